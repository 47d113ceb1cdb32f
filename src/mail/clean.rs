//! Texts of others, made harmless before they stand in a mail.
//!
//! A name is one line whatever was typed; letters that end a line, ring a bell or turn the direction of what follows
//! (Unicode TR 36) stand in no mail. What HTML reads as markup is escaped, and only web addresses are links.

use std::borrow::Cow;
use std::fmt;

use url::Url;

/// An address that is no link of a mail.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no http or https address")]
pub struct BadLink(pub String);

/// On one line, every run of blanks one.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if is_one_line(text) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let between = |letter: char| letter.is_whitespace() || letter.is_control();
    for word in text.split(between).filter(|word| !word.is_empty()) {
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !turns(*letter)));
    }
    line.truncate(line.trim_end().len());
    Cow::Owned(line)
}

/// Most texts are clean already.
fn is_one_line(text: &str) -> bool {
    let mut blank = true;
    let clean = text.chars().all(|letter| {
        let after_blank = std::mem::replace(&mut blank, letter == ' ');
        match letter {
            ' ' => !after_blank,
            '!'..='~' => true,
            _ => !letter.is_whitespace() && !letter.is_control() && !turns(letter),
        }
    });
    clean && (!blank || text.is_empty())
}

/// Several lines, with the blanks they had.
pub fn block(text: &str) -> String {
    let kept = |letter: &char| matches!(letter, '\n' | '\t') || !letter.is_control() && !turns(*letter);
    text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").chars().filter(kept).collect()
}

/// Paragraphs: no blanks at the ends of lines, one empty line between them.
pub fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines().map(str::trim_end) {
        gap |= line.is_empty();
        if !line.is_empty() {
            if std::mem::take(&mut gap) && !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Embeddings, overrides and isolates of direction, and the mark that begins a file.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// As HTML text, also within quotes.
pub fn escape(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}

/// A link, in the letters a header may hold too.
///
/// # Errors
/// When it is no web address.
pub fn link(text: &str) -> Result<String, BadLink> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let plain = |url: &str| url.bytes().all(|octet| octet.is_ascii_graphic() && !b"<>\"'`\\".contains(&octet));
    url.map(String::from).filter(|url| plain(url)).ok_or_else(|| BadLink(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_without_tricks() {
        assert_eq!(one_line(" a\r\nBcc: b\u{0}\t c\u{2028}d "), "a Bcc: b c d");
        assert_eq!(one_line("abc\u{202e}cba 🧠 \"q\" \u{202e}"), "abccba 🧠 \"q\"");
        assert_eq!(block("a\r\nb\rc\u{7}\n  d"), "a\nb\nc\n  d");
    }

    #[test]
    fn only_web_addresses_are_links() {
        for bad in ["javascript:alert(1)", "mailto:a@b.example", "", "/x", "data:text/html,x", "https://"] {
            assert!(link(bad).is_err(), "{bad}");
        }
        assert_eq!(link("https://a.example/한?x='<b>").unwrap(), "https://a.example/%ED%95%9C?x=%27%3Cb%3E");
    }
}
