//! The programme file: TOML written by people, read into a [`Programme`].
//!
//! The reader reports every problem at once, each with its place in the file, what is wrong and what to write instead.
//! It refuses to guess: what it cannot read is an error, and a file with an error makes no programme.

mod address;
mod check;
mod cursor;
mod entries;
mod meant;
mod schema;
mod statement;
mod syntax;
mod table;
mod time;
mod value;
mod wording;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use toml::de::DeTable;

use super::programme::Programme;

pub use meant::nearest;

/// How much a problem matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Blocks: there is no programme.
    Error,
    /// Blocks until somebody says that it is meant.
    Doubt,
    /// Never blocks.
    Note,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Doubt => "doubt",
            Level::Note => "note",
        }
    }
}

/// Something about a programme file that its author should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// How much it matters.
    pub level: Level,
    /// The octets of the source it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub help: Option<String>,
    /// A doubt's name, bound to its content: what `accept` takes.
    pub doubt: Option<String>,
}

/// Where in the source things stand: `deadline.full-paper`, `deadline.full-paper.due`, `programme.dates`, and `end`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Places {
    spans: HashMap<String, Range<usize>>,
    /// Where each line ends.
    newlines: Vec<usize>,
    /// The source is a page that a programme file was made of.
    page: bool,
}

impl Places {
    fn new(source: &str) -> Places {
        let newlines = source.match_indices('\n').map(|(at, _)| at).collect();
        let end = source.trim_end().len();
        Places { spans: HashMap::from([("end".to_owned(), end..end)]), newlines, page: false }
    }

    /// The places of another text, by the same paths: a page that a programme file was made of.
    pub fn of(source: &str, spans: impl IntoIterator<Item = (String, Range<usize>)>) -> Places {
        let mut places = Places { page: true, ..Places::new(source) };
        spans.into_iter().for_each(|(path, span)| places.set(path, span));
        places
    }

    /// The path of the smallest thing that holds `span`.
    pub fn path_of(&self, span: &Range<usize>) -> Option<&str> {
        let holds = |found: &Range<usize>| found.start <= span.start && span.end <= found.end;
        let holding = self.spans.iter().filter(|(path, found)| *path != "end" && holds(found));
        // Of two as large the longer path says more.
        let smallest = holding.min_by_key(|(path, found)| (found.len(), std::cmp::Reverse(path.len()), *path));
        smallest.map(|(path, _)| path.as_str())
    }

    /// The place of `path`, or of the nearest thing that encloses it.
    pub fn find(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(span) = self.spans.get(path) {
                return span.clone();
            }
            match path.rsplit_once('.') {
                Some((enclosing, _)) => path = enclosing,
                None => return self.spans.get("programme").cloned().unwrap_or(0..0),
            }
        }
    }

    /// Of two ways to say something the one for this source: a programme file, or a page that one was made of.
    pub fn says<'w>(&self, of_a_file: &'w str, of_a_page: &'w str) -> &'w str {
        if self.page { of_a_page } else { of_a_file }
    }

    /// What to write where so that a doubt is answered.
    pub fn acceptance(&self, name: &str) -> String {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        // A second `accept` would be a duplicate key, and at the end of the file it would belong to the last table.
        if self.page {
            format!("write <!-- allim: accept {name} --> into the page")
        } else if self.has("programme.accept") {
            format!("add \"{quoted}\" to accept in [programme]")
        } else {
            format!("below [programme] add the line accept = [\"{quoted}\"]")
        }
    }

    /// Whether `path` itself stands in the source.
    pub fn has(&self, path: &str) -> bool {
        self.spans.contains_key(path)
    }

    /// The line of an octet, from 1.
    pub fn line(&self, octet: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < octet) + 1
    }

    fn set(&mut self, path: String, span: Range<usize>) {
        self.spans.entry(path).or_insert(span);
    }
}

/// What became of a programme file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The programme, when nothing blocks it.
    pub programme: Option<Programme>,
    /// Errors and notes, in the order of the file. Doubts are asked elsewhere, where it is known what went before.
    pub problems: Vec<Problem>,
    /// Where things stand.
    pub places: Places,
}

impl Reading {
    /// Whether nothing is wrong with it.
    pub fn is_sound(&self) -> bool {
        self.problems.iter().all(|problem| problem.level != Level::Error)
    }
}

/// Reads a programme file. Whatever it holds, this neither fails nor panics.
pub fn read(source: &str) -> Reading {
    let mut cursor = cursor::Cursor::new(source);
    let (document, errors) = DeTable::parse_recoverable(source);
    let facts = if errors.is_empty() {
        schema::read(&mut cursor, document.get_ref())
    } else {
        drop(document);
        let mended = syntax::mend(&mut cursor, source, errors);
        mended.and_then(|text| schema::read(&mut cursor, DeTable::parse_recoverable(&text).0.get_ref()))
    };
    let mut problems = cursor.problems;
    problems.sort_by_key(|problem| (problem.span.start, problem.level));
    // Of a value that is wrong nothing else need be said.
    let wrong: HashSet<usize> =
        problems.iter().filter(|problem| problem.level == Level::Error).map(|problem| problem.span.start).collect();
    problems.retain(|problem| problem.level == Level::Error || !wrong.contains(&problem.span.start));
    let blocked = !wrong.is_empty();
    let programme = facts.filter(|_| !blocked).map(Programme::new);
    Reading { programme, problems, places: cursor.places }
}

/// The text of a file, or the one problem that says why it is none.
///
/// # Errors
/// When the octets are not UTF-8; a byte order mark in front of UTF-8 is passed over.
pub fn decode(octets: &[u8]) -> Result<&str, Problem> {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    std::str::from_utf8(octets).map_err(|error| Problem {
        level: Level::Error,
        span: error.valid_up_to()..error.valid_up_to() + 1,
        what: match octets {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16, not UTF-8".to_owned(),
            _ => {
                let before = String::from_utf8_lossy(&octets[..error.valid_up_to()]);
                let line = before.rsplit('\n').next().unwrap_or("").trim_start();
                let last: String = line.chars().skip(line.chars().count().saturating_sub(30)).collect();
                format!("the file is not UTF-8: the character after `{last}` is written in another encoding")
            }
        },
        help: Some("save it again with the encoding UTF-8".to_owned()),
        doubt: None,
    })
}

/// Line and column of an octet, both from 1; columns count characters.
pub fn position(source: &str, octet: usize) -> (usize, usize) {
    let mut octet = octet.min(source.len());
    while !source.is_char_boundary(octet) {
        octet -= 1;
    }
    let before = &source[..octet];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
