//! An organizer's Markdown (CommonMark) as HTML for a mail, and as text that reads well without it.
//!
//! Neither holds a picture, a script or raw markup: both are made of the same events, and the HTML is sanitized.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Event, Parser, Tag, TagEnd, html};

use crate::mail::clean;

const TAGS: [&str; 19] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
];

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(None);
    builder
});

const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// As HTML.
pub fn html(markdown: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, events(&clean::block(markdown)));
    SANITIZER.clean(&out).to_string().trim_end().to_owned()
}

/// As plain text: links beside their words, lists with marks, quotations with `>`.
pub fn text(markdown: &str) -> String {
    let source = clean::block(markdown);
    let mut writer = Writer::default();
    events(&source).for_each(|event| writer.take(event));
    writer.out.trim().to_owned()
}

fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new(source).filter(|event| {
        !matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::Image { .. } | Tag::HtmlBlock)
                | Event::End(TagEnd::Image | TagEnd::HtmlBlock)
        )
    })
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The next number of each list we are in, none for one with marks.
    lists: Vec<Option<u64>>,
    /// Where the quotations we are in began.
    quotes: Vec<usize>,
    /// The link we are in, and where its words began.
    link: Option<(String, usize)>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.out.push_str(&text),
            Event::SoftBreak => self.out.push(' '),
            Event::HardBreak => self.out.push('\n'),
            Event::Rule => self.out.push_str("----\n\n"),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.end_line();
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::BlockQuote(_) => self.quotes.push(self.out.len()),
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.to_string(), self.out.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock => {
                self.end_line();
                self.out.push('\n');
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.end_line();
                if self.lists.is_empty() {
                    self.out.push('\n');
                }
            }
            TagEnd::Item => self.end_line(),
            TagEnd::BlockQuote(_) => self.quote(),
            TagEnd::Link => self.address(),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn item(&mut self) {
        self.end_line();
        self.out.push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.out.push_str(&format!("{number}. "));
                *number += 1;
            }
            _ => self.out.push_str("- "),
        }
    }

    fn quote(&mut self) {
        let start = self.quotes.pop().unwrap_or_default();
        let quoted = self.out.split_off(start);
        for line in quoted.trim_end().lines() {
            self.out.push_str(&format!("> {line}\n"));
        }
        self.out.push('\n');
    }

    fn address(&mut self) {
        let Some((url, start)) = self.link.take() else { return };
        let said = self.out.get(start..).unwrap_or_default();
        let known = url.split(':').next().is_some_and(|scheme| SCHEMES.contains(&scheme));
        if known && said != url && format!("mailto:{said}") != url {
            self.out.push_str(&format!(" ({url})"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "# Hello\n\nA *soft*\nline, [a page](https://a.example/x), <https://b.example>.\n\n\
        - one\n- two\n  1. inner\n\n> quoted\n> twice\n\n![logo](https://a.example/t.png) <b onclick=x>raw</b>\n\n\
        <script>alert(1)</script>\n\n[bad](javascript:alert(1))";

    #[test]
    fn it_reads_well_as_text() {
        assert_eq!(
            text(SOURCE),
            "Hello\n\nA soft line, a page (https://a.example/x), https://b.example.\n\n- one\n- two\n  1. inner\n\n\
             > quoted twice\n\nlogo raw\n\nbad"
        );
    }

    #[test]
    fn the_html_holds_no_picture_no_script_no_raw_markup() {
        let html = html(SOURCE);
        assert!(html.contains("<a href=\"https://a.example/x\">a page</a>"), "{html}");
        for forbidden in ["<img", "<script", "alert", "onclick", "<b"] {
            let found = html.replace("<blockquote", "").contains(forbidden);
            assert!(!found, "{forbidden}: {html}");
        }
    }
}
