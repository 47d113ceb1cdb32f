//! A walk through a parsed document that collects problems instead of stopping at the first.
//!
//! Which keys a table may have is known from which were asked for, so the schema and its unknown-key check cannot
//! drift apart.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Level, Places, Problem};

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Reads one value, or reports why it cannot.
pub(super) type Read<T> = fn(&mut Cursor, &Value<'_>) -> Option<T>;

/// What was found so far.
#[derive(Default)]
pub(super) struct Cursor {
    pub problems: Vec<Problem>,
    pub places: Places,
    /// The syntax is broken somewhere, so what seems to be missing may only be unread: nothing is said of it.
    pub broken: bool,
}

impl Cursor {
    pub fn error(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.problem(Level::Error, span, what.into(), Some(help.into()));
    }

    /// Something that ought to be there and is not.
    pub fn missing(&mut self, span: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        if !self.broken {
            self.error(span, what, help);
        }
    }

    pub fn note(&mut self, span: Range<usize>, what: impl Into<String>) {
        self.problem(Level::Note, span, what.into(), None);
    }

    fn problem(&mut self, level: Level, span: Range<usize>, what: String, help: Option<String>) {
        self.problems.push(Problem { level, span, what, help, doubt: None });
    }

    /// A value of the wrong type.
    pub fn mismatch<T>(&mut self, value: &Value<'_>, wanted: &str, example: &str) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(value.span(), format!("expected {wanted}, found {found}"), format!("write it as {example}"));
        None
    }

    pub fn syntax_error(&mut self, source: &str, error: &toml::de::Error) {
        self.broken = true;
        let span = error.span().unwrap_or(source.len()..source.len());
        let message = error.message();
        let (what, help) = if message.contains("duplicate key") {
            (message.to_owned(), "keep one of the two")
        } else if source.get(span.clone()).is_some_and(|text| text.contains('\u{201c}') || text.contains('\u{201d}')) {
            ("typographic quotation marks do not open a text".to_owned(), "use the straight ones: \"")
        } else {
            (format!("not TOML: {message}"), "texts stand in \"quotes\", dates are 2025-06-30, lists [\"a\", \"b\"]")
        };
        self.error(span, what, help);
    }
}

/// A table being read.
pub(super) struct Table<'t, 'i> {
    /// Where it stands, for [`Places`]: `deadline.full-paper`.
    pub path: String,
    /// Its header, or all of it where it is written in one line.
    pub span: Range<usize>,
    entries: &'t DeTable<'i>,
    known: RefCell<Vec<&'static str>>,
}

impl<'t, 'i> Table<'t, 'i> {
    pub fn new(path: impl Into<String>, span: Range<usize>, entries: &'t DeTable<'i>) -> Self {
        Table { path: path.into(), span, entries, known: RefCell::default() }
    }

    /// The table in a value, or a problem.
    pub fn of(cursor: &mut Cursor, path: &str, value: &'t Value<'i>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table::new(path, value.span(), entries)),
            _ => cursor.mismatch(value, "a table", &format!("[{path}] and its keys on the lines below")),
        }
    }

    pub fn raw(&self, key: &'static str) -> Option<&'t Value<'i>> {
        self.known.borrow_mut().push(key);
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn optional<T>(&self, cursor: &mut Cursor, key: &'static str, read: Read<T>) -> Option<T> {
        let value = self.raw(key)?;
        cursor.places.set(format!("{}.{key}", self.path), value.span());
        read(cursor, value)
    }

    pub fn required<T>(&self, cursor: &mut Cursor, key: &'static str, read: Read<T>, example: &str) -> Option<T> {
        if !self.entries.keys().any(|name| name.get_ref() == key) {
            self.known.borrow_mut().push(key);
            cursor.missing(
                self.span.clone(),
                format!("{key} is missing"),
                format!("add a line such as {key} = {example}"),
            );
            return None;
        }
        self.optional(cursor, key, read)
    }

    /// The values of a list.
    pub fn list<T>(&self, cursor: &mut Cursor, key: &'static str, read: Read<T>) -> Option<Vec<T>> {
        let value = self.raw(key)?;
        cursor.places.set(format!("{}.{key}", self.path), value.span());
        match value.get_ref() {
            DeValue::Array(values) => Some(values.iter().filter_map(|value| read(cursor, value)).collect()),
            _ => cursor.mismatch(value, "a list", "a list in brackets: [..., ...]"),
        }
    }

    /// The tables of `[[key]]`.
    pub fn tables(&self, cursor: &mut Cursor, key: &'static str) -> Vec<Table<'t, 'i>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
        let mut tables = Vec::new();
        match value.get_ref() {
            DeValue::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    tables.extend(Table::of(cursor, &format!("{prefix}{key}.{index}"), value));
                }
            }
            _ => {
                let written = if self.path.is_empty() { format!("[[{key}]]") } else { "[{ ... }]".to_owned() };
                cursor.mismatch::<()>(value, &format!("a list of tables, {written}"), &written);
            }
        }
        tables
    }

    /// Reports every key that was never asked for.
    pub fn finish(self, cursor: &mut Cursor) {
        let known = self.known.borrow();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let place = if self.path.is_empty() { "here" } else { "in this table" };
                cursor.error(
                    key.span(),
                    format!("unknown key {name:?}"),
                    match nearest(name, known.iter().copied()) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("the keys {place} are {}", known.join(", ")),
                    },
                );
            }
        }
    }
}

/// The known name nearest to what was written, if it is near.
pub(super) fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // Similarity costs the product of the lengths: nothing so long is a slip of the pen.
    if written.len() > 100 {
        return None;
    }
    let written = written.to_lowercase();
    known
        .map(|name| (strsim::normalized_damerau_levenshtein(&written, name), name))
        .filter(|(score, _)| *score >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
