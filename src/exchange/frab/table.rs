//! A table of a programme file in the making, tried with the reader of programme files before it is kept.
//!
//! What the reader takes is for the reader to say, so nothing of its rules is repeated here: a line that it refuses
//! becomes a comment with its reason, and a table that cannot be without that line becomes one as a whole.

use toml_edit::Value;

use crate::domain::file::{self, Level};

const LONGEST_LINE: usize = 300;
const LONGEST_TEXT: usize = 8 * 1024;

/// Lines of a table: what it must have, and what it may have.
pub(super) struct Table {
    pub header: &'static str,
    pub required: Vec<Line>,
    pub optional: Vec<Line>,
    /// Why it cannot be tried at all, where something it must have is not there.
    pub missing: Option<&'static str>,
}

/// A key with its value in TOML, and what is to be said of it.
pub(super) struct Line {
    pub key: &'static str,
    pub value: String,
    pub remark: Option<String>,
}

impl Line {
    pub fn new(key: &'static str, value: impl Into<String>) -> Line {
        Line { key, value: value.into(), remark: None }
    }

    /// A text that was cut to its limit, if it was.
    pub fn cut(key: &'static str, (text, cut): (String, bool)) -> Line {
        Line { key, value: quoted(&text), remark: cut.then(|| format!("the {key} is cut: it was longer than can be")) }
    }

    pub fn remark(self, remark: impl Into<Option<String>>) -> Line {
        Line { remark: remark.into(), ..self }
    }

    fn text(&self) -> String {
        let remark = self.remark.as_ref().map_or(String::new(), |remark| format!("# {}\n", one_line(remark)));
        format!("{remark}{} = {}\n", self.key, self.value)
    }
}

/// What became of a table.
pub(super) struct Tried {
    pub text: String,
    /// Why all of it is a comment, if it is.
    pub refused: Option<String>,
    /// Keys whose line alone is a comment.
    pub dropped: Vec<&'static str>,
}

impl Table {
    /// The table as the reader takes it below `above`, a programme file by itself.
    pub fn tried(&self, above: &str) -> Tried {
        let mut text: String =
            std::iter::once(format!("{}\n", self.header)).chain(self.required.iter().map(Line::text)).collect();
        let missing = self.missing.map(str::to_owned);
        if let Some(reason) = missing.or_else(|| objection(&format!("{above}{text}"))) {
            text.extend(self.optional.iter().map(Line::text));
            let text = format!("# Left out: {}\n{}", one_line(&reason), commented(&text));
            return Tried { text, refused: Some(reason), dropped: Vec::new() };
        }
        let mut dropped = Vec::new();
        for line in &self.optional {
            match objection(&format!("{above}{text}{}", line.text())) {
                None => text.push_str(&line.text()),
                Some(reason) => {
                    dropped.push(line.key);
                    text.push_str(&format!("# Left out: {}\n{}", one_line(&reason), commented(&line.text())));
                }
            }
        }
        Tried { text, refused: None, dropped }
    }
}

/// The first error the reader finds in a file.
pub(super) fn objection(source: &str) -> Option<String> {
    file::read(source).problems.into_iter().find(|problem| problem.level == Level::Error).map(|problem| problem.what)
}

fn commented(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}

/// A text as TOML has it, with the quotes that suit it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A text on one line, without what cannot be printed.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A title, cut at a word where it is too long to be one; whether it was.
pub(super) fn title(text: &str) -> (String, bool) {
    let line = one_line(text);
    match line.char_indices().nth(LONGEST_LINE) {
        None => (line, false),
        Some((end, _)) => (at_a_word(&line[..end]), true),
    }
}

/// A text of several lines, cut at a word where it is longer than one can be; whether it was.
pub(super) fn summary(text: &str) -> (String, bool) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_unprintable(*c)).collect();
    let plain = plain.trim();
    if plain.len() <= LONGEST_TEXT {
        return (plain.to_owned(), false);
    }
    let mut end = LONGEST_TEXT;
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    (at_a_word(&plain[..end]), true)
}

fn at_a_word(text: &str) -> String {
    let end = text.rfind(char::is_whitespace).filter(|end| *end > text.len() / 2).unwrap_or(text.len());
    text[..end].trim_end().to_owned()
}
