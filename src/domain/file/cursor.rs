//! A walk through a parsed document that collects problems instead of stopping at the first.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::syntax::Unread;
use super::{Level, Places, Problem, meant};

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Nobody reads more of them, and each costs time to draw.
const MOST_PROBLEMS: usize = 500;

/// To look for a near name among so many others in one file takes a third of a second.
const MOST_COMPARED: usize = 20_000;

/// What was found so far.
pub(super) struct Cursor<'s> {
    pub source: &'s str,
    pub problems: Vec<Problem>,
    errors: usize,
    notes: usize,
    compared: usize,
    pub places: Places,
    /// Lines that could not be read: what seems to be missing may stand there.
    pub unread: Vec<Unread>,
    /// Whole tables could not be read.
    pub unread_tables: bool,
    /// Keys that no table of theirs has, looked up in the others once all are read.
    pub strangers: Vec<super::table::Stranger>,
    /// The keys of every table that was read.
    pub keys: BTreeMap<&'static str, Vec<&'static str>>,
}

impl<'s> Cursor<'s> {
    pub fn new(source: &'s str) -> Self {
        Cursor {
            source,
            problems: Vec::new(),
            errors: 0,
            notes: 0,
            compared: 0,
            places: Places::new(source),
            unread: Vec::new(),
            unread_tables: false,
            strangers: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    pub fn error(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.problem(Level::Error, span, what.into(), help.into());
    }

    pub fn note(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.problem(Level::Note, span, what.into(), help.into());
    }

    /// Notes never stand in the place of an error: what has one must not pass.
    fn problem(&mut self, level: Level, span: Range<usize>, what: String, help: String) {
        let so_far = if level == Level::Error { &mut self.errors } else { &mut self.notes };
        *so_far += 1;
        if *so_far <= MOST_PROBLEMS {
            self.problems.push(Problem { level, span, what, help: Some(help), doubt: None });
        }
    }

    /// Whether there is time to look for a near name among so many more.
    pub fn may_compare(&mut self, names: usize) -> bool {
        self.compared += names;
        self.compared <= MOST_COMPARED
    }

    /// Whether there are as many errors as anybody will read.
    pub fn is_full(&self) -> bool {
        self.errors >= MOST_PROBLEMS
    }

    /// The line of an octet, from 1.
    pub fn line(&self, octet: usize) -> usize {
        self.places.line(octet)
    }

    /// Whether `key` of the table whose header begins at `header` may stand in a line that could not be read.
    pub fn may_be_unread(&self, header: usize, key: &str) -> bool {
        self.unread.iter().any(|line| {
            let name = line.key.as_deref();
            line.header == Some(header)
                && name.is_none_or(|name| name == key || meant::nearest(name, std::iter::once(key)).is_some())
        })
    }

    /// Whether something with an id may stand in what could not be read.
    pub fn ids_may_be_unread(&self) -> bool {
        self.unread_tables || self.unread.iter().any(|line| line.key.as_deref().is_none_or(|key| key == "id"))
    }

    /// A value of the wrong type.
    pub fn mismatch<T>(&mut self, value: &Value<'_>, wanted: &str, help: impl Into<String>) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(datetime) => match (datetime.date, datetime.time) {
                (Some(_), None) => "a day",
                (None, _) => "an hour",
                (Some(_), Some(_)) => "a day and an hour",
            },
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(value.span(), format!("{wanted} belongs here, not {found}"), help);
        None
    }
}

/// A single value as it stands in the file; none for lists and tables.
pub(super) fn written(value: &Value<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(meant::quoted(text)),
        DeValue::Integer(integer) => Some(integer.as_str().to_owned()),
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(datetime) => Some(datetime.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
