//! A file that is not TOML: each fault told once, and the rest made readable.
//!
//! The toml crate stops building the document at some faults and stumbles on after others. So each faulty statement is
//! blanked (octets keep their places) and the rest is parsed again, until what remains is TOML: one fault, one problem,
//! and the other lines are still checked for what they say.

use std::collections::HashMap;
use std::ops::Range;

use toml::de::{DeTable, Error};

use super::cursor::Cursor;
use super::statement::{self, Kind, SEVERAL, Statement, entry_name};
use super::wording;

/// Parsing again costs time: after so many rounds, or in a file so large, the first faults must do.
const MOST_ROUNDS: usize = 20;
const LARGEST_MENDED: usize = 256 * 1024;

/// A line that could not be read, so that nothing of it is called missing.
#[derive(Debug)]
pub(super) struct Unread {
    /// Where the header of its table begins.
    pub header: Option<usize>,
    /// Its key; none where that is not certain.
    pub key: Option<String>,
}

/// Reports the faults of `source`, and returns what of it can be read; nothing when that is not worth checking.
pub(super) fn mend(cursor: &mut Cursor, source: &str, mut errors: Vec<Error>) -> Option<String> {
    let mut text = source.to_owned();
    for _ in 0..MOST_ROUNDS {
        let faults: Vec<(usize, &str)> = errors.iter().filter(|error| !is_duplicate(error)).map(placed).collect();
        if faults.is_empty() {
            duplicates(cursor, &text, &errors);
            return Some(text).filter(|_| !cursor.is_full());
        }
        // The wrong language altogether, or two versions in one.
        if let Some((span, what, help)) = wording::whole_file(&text) {
            cursor.error(span, what, help);
            return None;
        }
        let blanked = report(cursor, &text, faults);
        if blanked.is_empty() || source.len() > LARGEST_MENDED {
            return None;
        }
        text = blank(text, &blanked);
        errors = DeTable::parse_recoverable(&text).1;
    }
    None
}

fn is_duplicate(error: &&Error) -> bool {
    error.message().starts_with("duplicate key")
}

fn placed(error: &Error) -> (usize, &str) {
    (error.span().map_or(0, |span| span.start), error.message())
}

/// Reports the first fault of each statement, and returns what must be blanked.
fn report(cursor: &mut Cursor, text: &str, mut faults: Vec<(usize, &str)>) -> Vec<Range<usize>> {
    faults.sort_by_key(|(at, _)| *at);
    let statements = statement::all(text);
    let mut blanked: Vec<Range<usize>> = Vec::new();
    let open = statements.iter().position(|statement| statement.open.is_some());
    let end = open.map_or(usize::MAX, |open| statements[open].span.start);
    let broken = faults.iter().filter(|(at, _)| *at < end).filter_map(|(at, message)| {
        let index = statements.partition_point(|statement| statement.span.start <= *at).checked_sub(1)?;
        Some((index, *at, *message))
    });
    // Whatever follows an open bracket is misread, so it waits for the next round.
    let left_open = statements.iter().enumerate().filter(|(_, statement)| statement.open.is_some());
    let left_open = left_open.map(|(index, statement)| (index, statement.span.start, ""));
    for (index, at, message) in broken.chain(left_open) {
        let statement = &statements[index];
        if blanked.last().is_some_and(|done| done.end > statement.span.start) {
            continue;
        }
        if cursor.is_full() {
            return Vec::new();
        }
        let (span, what, help) = wording::fault(text, statement, at, message);
        cursor.error(span, what, help);
        // Cut off in the middle: what would follow is not there either.
        cursor.unread_tables |=
            index + 1 == statements.len() && (statement.unclosed.is_some() || statement.open.is_some());
        let written = &text[statement.span.clone()];
        let header = statement.header;
        cursor.unread.push(Unread { header, key: entry_name(written).map(str::to_owned) });
        // A second entry on the line is lost with the first.
        let names = written.split('=').skip(1).filter_map(|part| part.split_whitespace().last());
        cursor.unread.extend(names.map(|name| Unread { header, key: Some(name.to_owned()) }));
        blanked.push(if statement.kind == Kind::Header {
            cursor.unread_tables = true;
            statement.span.start..block_end(&statements[index..], text)
        } else {
            statement.span.clone()
        });
    }
    blanked
}

/// Without its header a table's lines would be taken for those of the one above.
fn block_end(statements: &[Statement], text: &str) -> usize {
    let next = statements.iter().skip(1).find(|statement| statement.kind == Kind::Header);
    next.map_or(text.len(), |next| next.span.start)
}

fn blank(text: String, spans: &[Range<usize>]) -> String {
    let mut octets = text.into_bytes();
    for span in spans {
        for octet in &mut octets[span.clone()] {
            if !matches!(*octet, b'\n' | b'\r') {
                *octet = b' ';
            }
        }
    }
    String::from_utf8(octets).expect("statements begin and end between characters")
}

/// Keys and tables that stand there twice.
fn duplicates(cursor: &mut Cursor, text: &str, errors: &[Error]) {
    let mut spans: Vec<Range<usize>> = errors.iter().filter_map(Error::span).collect();
    spans.sort_by_key(|span| span.start);
    let mut spans = spans.into_iter().peekable();
    let (mut headers, mut names) = (HashMap::new(), HashMap::new());
    let (mut at, mut is_second) = (0, false);
    for line in text.split_inclusive('\n') {
        let here = at;
        at += line.len();
        let found = spans.next_if(|span| span.start < at);
        while spans.next_if(|span| span.start < at).is_some() {}
        let line = line.trim();
        if line.starts_with('[') {
            names.clear();
            is_second = found.is_some();
            let first = *headers.entry(line).or_insert(here);
            // Of [session] the schema says that it is written [[session]], once for all of them.
            let name = line.trim_matches(['[', ']']);
            if let Some(span) = found.filter(|_| !SEVERAL.contains(&name)) {
                let what = format!("{line} already stands in line {}", cursor.line(first));
                cursor.error(span, what, "put the keys of both under one");
            }
            continue;
        }
        let name = entry_name(line).unwrap_or("");
        let first = *names.entry(name).or_insert(here);
        // The keys of a second header are not at fault, the header is.
        let Some(span) = found.filter(|_| !is_second) else { continue };
        let help = if line.ends_with(']') { "put the values of both into one list" } else { "keep one of the two" };
        let what = match text.get(span.clone()) {
            Some(twice) if twice == name && first != here => {
                format!("{twice:?} already stands in line {}", cursor.line(first))
            }
            twice => format!("{:?} stands here twice", twice.unwrap_or("a name")),
        };
        cursor.error(span, what, help);
        if cursor.is_full() {
            return;
        }
    }
}
