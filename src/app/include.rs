//! Includes: each programme's fragment where a Jekyll site looks for what its pages include.

use std::path::Path;

use crate::app::ledger::{Ledger, LedgerError, replace};
use crate::app::site::Built;

/// Writes `allim-<id>.html` for every programme of the site in `out`, and `allim.html` for the last file it was built
/// of. The number of files that were new or changed.
///
/// # Errors
/// When a file cannot be read or written.
pub fn include(built: &Built, out: &Path, folder: &Path) -> Result<usize, LedgerError> {
    let ledger = Ledger::load(out)?;
    let mut written = 0;
    let mut write = |name: String, text: &str| -> Result<(), LedgerError> {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        written += 1;
        replace(&path, text.as_bytes())
    };
    for id in ledger.programmes.keys() {
        let path = out.join(id).join("embed.html");
        // There is none of a programme whose file is no longer understood.
        let Ok(fragment) = std::fs::read_to_string(path) else { continue };
        let text = shown_by_liquid(&fragment);
        write(format!("allim-{id}.html"), &text)?;
        if built.programmes.last().is_some_and(|last| last.id == *id) {
            write("allim.html".to_owned(), &text)?;
        }
    }
    Ok(written)
}

/// HTML that Liquid leaves as it is: an include is a template, so a brace that would open a tag is written as HTML does.
fn shown_by_liquid(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('{', Some('{' | '%')) => out.push_str("&#123;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_brace_opens_a_tag() {
        for (html, text) in [
            ("a { b }", "a { b }"),
            ("{{ x }}", "&#123;{ x }}"),
            ("{{{%", "&#123;&#123;&#123;%"),
            ("{", "{"),
            ("{% y %}", "&#123;% y %}"),
        ] {
            assert_eq!(shown_by_liquid(html), text, "{html}");
        }
    }
}
