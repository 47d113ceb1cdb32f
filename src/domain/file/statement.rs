//! The statements of a file that does not parse: which lines belong together, and what in them was left open.
//!
//! It is asked only where the toml crate has found a fault, to tell people where that began: the crate names the place
//! at which it lost its way, which for a list without its bracket is the end of the file. It judges nothing by itself.

use std::ops::Range;

/// The tables of which a programme has several, written `[[deadline]]`.
pub(super) const SEVERAL: &[&str] = &["deadline", "session", "paper", "person", "award", "link", "host"];

/// The tables of which it has one, written `[venue]`.
pub(super) const SINGLE: &[&str] = &["programme", "venue", "call", "privacy"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Comment,
    Header,
    Entry,
}

/// One statement, over as many lines as its value has.
#[derive(Debug)]
pub(super) struct Statement {
    pub kind: Kind,
    /// From its first character that is no blank to the end of its last line.
    pub span: Range<usize>,
    /// Where the header of its table begins, if it has one.
    pub header: Option<usize>,
    /// The first `=` outside of texts.
    pub equals: Option<usize>,
    /// Where the value ends and a comment may begin.
    pub value_end: usize,
    /// The first bracket, or `"""`, that was never closed, and what would close it.
    pub open: Option<(usize, String)>,
    /// The opening quotation mark of a text that does not end on its line.
    pub unclosed: Option<usize>,
    /// Right after the closing mark of the first text, where the value is a text.
    pub closed: Option<usize>,
    /// The first typographic quotation mark outside of texts.
    pub typographic: Option<usize>,
    /// The first blank outside of texts that is none of the keyboard's.
    pub odd_blank: Option<usize>,
}

pub(super) fn is_typographic(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}')
}

fn is_odd_blank(c: char) -> bool {
    !c.is_ascii() && c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Every statement of a text, in order.
pub(super) fn all(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let (mut at, mut header) = (0, None);
    while let Some(skipped) = text[at..].find(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n')) {
        let mut statement = one(text, at + skipped);
        if statement.kind == Kind::Header {
            header = Some(statement.span.start);
        }
        statement.header = header;
        at = statement.span.end;
        statements.push(statement);
    }
    statements
}

fn one(text: &str, start: usize) -> Statement {
    let mut statement = Statement {
        kind: match text.as_bytes()[start] {
            b'#' => Kind::Comment,
            b'[' => Kind::Header,
            _ => Kind::Entry,
        },
        span: start..line_end(text, start),
        header: None,
        equals: None,
        value_end: line_end(text, start),
        open: None,
        unclosed: None,
        closed: None,
        typographic: None,
        odd_blank: None,
    };
    if statement.kind == Kind::Entry {
        statement.scan(text);
    }
    statement
}

impl Statement {
    fn scan(&mut self, text: &str) {
        let mut brackets: Vec<(usize, char)> = Vec::new();
        let mut at = self.span.start;
        self.value_end = text.len();
        while let Some(c) = text[at..].chars().next() {
            match c {
                '\n' if brackets.last().is_none_or(|(_, inner)| ends_value(&text[at + 1..], *inner)) => break,
                '#' => {
                    self.value_end = self.value_end.min(at);
                    at = line_end(text, at);
                    if !brackets.is_empty() {
                        self.value_end = text.len();
                    }
                    continue;
                }
                '"' | '\'' => {
                    let Some(after) = self.text(text, at, c) else { break };
                    if brackets.is_empty() && self.equals.is_some() {
                        self.closed.get_or_insert(after);
                    }
                    at = after;
                    continue;
                }
                '=' => {
                    self.equals.get_or_insert(at);
                }
                '[' | '{' if self.equals.is_some() => brackets.push((at, c)),
                ']' | '}' => {
                    // Of `[{ ]` the brace is the one left open.
                    let opening = if c == ']' { '[' } else { '{' };
                    match brackets.pop() {
                        Some((inner, other)) if other != opening => {
                            self.open.get_or_insert((inner, closing(other).to_owned()));
                            brackets.pop();
                        }
                        _ => {}
                    }
                }
                c if is_typographic(c) => {
                    self.typographic.get_or_insert(at);
                }
                c if is_odd_blank(c) => {
                    self.odd_blank.get_or_insert(at);
                }
                _ => {}
            }
            at += c.len_utf8();
        }
        if let (None, [(first, bracket), ..]) = (&self.open, brackets.as_slice()) {
            let wanted: Vec<&str> = brackets.iter().rev().map(|(_, bracket)| closing(*bracket)).take(4).collect();
            let wanted = if brackets.len() > 3 { closing(*bracket).to_owned() } else { wanted.join(" and ") };
            self.open = Some((*first, wanted));
        }
        self.span.end = self.span.end.max(at);
        self.value_end = self.value_end.min(self.span.end);
        let kept = text[..self.value_end].trim_end().len();
        self.value_end = kept.max(self.equals.map_or(self.span.start, |equals| equals + 1));
    }

    /// Passes over a text; none when it is one of several lines that is never closed.
    fn text(&mut self, text: &str, at: usize, mark: char) -> Option<usize> {
        let three = if mark == '"' { "\"\"\"" } else { "'''" };
        if text[at..].starts_with(three) {
            let close = closing_mark(text, at + 3, three, mark == '"');
            let header = next_header(text, at..close.unwrap_or(text.len()));
            return match (close, header) {
                (Some(close), None) => {
                    // A text may end in quotation marks of its own.
                    let more = text[close + 3..].chars().take(2).take_while(|c| *c == mark).count();
                    Some(close + 3 + more)
                }
                (_, header) => {
                    self.open.get_or_insert((at, three.to_owned()));
                    self.span.end = header.unwrap_or(text.trim_end().len()).max(self.span.end);
                    None
                }
            };
        }
        let end = line_end(text, at);
        let one_line = &text[..end];
        match closing_mark(one_line, at + 1, &text[at..at + 1], mark == '"') {
            Some(close) => Some(close + 1),
            None => {
                self.unclosed.get_or_insert(at);
                Some(end)
            }
        }
    }

    /// What stands left of the `=`, or the first word where there is none.
    pub fn name<'t>(&self, text: &'t str) -> &'t str {
        let end = self.equals.unwrap_or(self.span.end);
        text[self.span.start..end].trim()
    }

    /// What stands right of the `=`, without a comment.
    pub fn value<'t>(&self, text: &'t str) -> &'t str {
        self.equals.map_or("", |equals| text[equals + 1..self.value_end].trim())
    }

    /// Where [`Statement::value`] stands.
    pub fn value_span(&self, text: &str) -> Range<usize> {
        let start = self.equals.map_or(self.span.start, |equals| equals + 1);
        let rest = &text[start..self.value_end];
        let start = start + (rest.len() - rest.trim_start().len());
        start..self.value_end.max(start)
    }
}

fn closing(bracket: char) -> &'static str {
    if bracket == '[' { "]" } else { "}" }
}

/// The end of the line an octet is in, without its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

fn closing_mark(text: &str, from: usize, mark: &str, escapes: bool) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + text[at..].find(mark)?;
        let backslashes = text[from..found].bytes().rev().take_while(|octet| *octet == b'\\').count();
        if !escapes || backslashes % 2 == 0 {
            return Some(found);
        }
        at = found + 1;
    }
}

/// Whether the next line begins something new although a bracket is still open.
fn ends_value(rest: &str, innermost: char) -> bool {
    let line = rest.split('\n').next().unwrap_or("").trim();
    // In braces, `name = ...` is an entry of the table they hold.
    is_header(line) || innermost == '[' && entry_name(line).is_some()
}

/// The name of `name = ...`.
pub(super) fn entry_name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')).then_some(name)
}

/// Where a line that is one of our headers begins: a text of several lines has none in it.
fn next_header(text: &str, within: Range<usize>) -> Option<usize> {
    let mut at = within.start;
    while let Some(newline) = text[at..within.end].find("\n[") {
        at += newline + 1;
        if is_header(text[at..line_end(text, at)].trim()) {
            return Some(at);
        }
    }
    None
}

/// Whether a programme has tables of that name.
pub(super) fn is_table(name: &str) -> bool {
    SEVERAL.contains(&name) || SINGLE.contains(&name)
}

/// The header of a table of that name.
pub(super) fn header(name: &str) -> String {
    if SEVERAL.contains(&name) { format!("[[{name}]]") } else { format!("[{name}]") }
}

fn is_header(line: &str) -> bool {
    if !line.starts_with('[') {
        return false;
    }
    let name = line.trim_start_matches('[').split([']', '.', ' ']).next().unwrap_or("");
    is_table(name)
}
