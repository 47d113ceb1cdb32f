//! One table of a programme file being read.
//!
//! Which keys a table may have is known from which were asked for, so the schema and its unknown-key check cannot
//! drift apart.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::cursor::{Cursor, Value, written};
use super::meant::{self, nearest};
use super::statement::{header, is_table};

/// A key its table does not have.
pub(super) struct Stranger {
    name: String,
    span: Range<usize>,
    /// The table's own name in brackets, such as `[venue.maps]`.
    table: &'static str,
    /// It stands between braces, on one line.
    inline: bool,
    known: Vec<&'static str>,
    /// A required key that is not there: not missing when this one is a misspelling of it.
    missing: Vec<&'static str>,
}

/// A table being read.
pub(super) struct Table<'t, 'i> {
    /// Where it stands, for [`super::Places`]: `deadline.full-paper`.
    pub path: String,
    /// Its header, or all of it where it is written in one line.
    pub span: Range<usize>,
    /// What it is called in the file.
    name: &'static str,
    entries: &'t DeTable<'i>,
    known: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<(&'static str, &'static str)>>,
}

impl<'t, 'i> Table<'t, 'i> {
    pub fn new(path: impl Into<String>, name: &'static str, span: Range<usize>, entries: &'t DeTable<'i>) -> Self {
        let (known, missing) = (RefCell::default(), RefCell::default());
        Table { path: path.into(), span, name, entries, known, missing }
    }

    /// The table in a value, or a problem.
    pub fn of(cursor: &mut Cursor, path: &str, name: &'static str, value: &'t Value<'i>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table::new(path, name, value.span(), entries)),
            // People in a list, by their names alone.
            DeValue::String(text) if path.ends_with(|c: char| c.is_ascii_digit()) => {
                cursor.mismatch(value, "a table", format!("write {{ name = {} }}", meant::quoted(text)))
            }
            DeValue::Array(_) if has_headers(value) => {
                let what = format!("there is one {name} only");
                cursor.error(value.span(), what, format!("write {name}, in single brackets"));
                None
            }
            _ => cursor.mismatch(value, "a table", format!("write {name} on a line of its own, and its keys below")),
        }
    }

    pub fn raw(&self, key: &'static str) -> Option<&'t Value<'i>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries.get(key)
    }

    /// The value of a key and where it stands, if it is there.
    fn value(&self, cursor: &mut Cursor, key: &'static str) -> Option<&'t Value<'i>> {
        let value = self.raw(key)?;
        cursor.places.set(format!("{}.{key}", self.path), value.span());
        Some(value)
    }

    pub fn optional<T>(
        &self,
        cursor: &mut Cursor,
        key: &'static str,
        read: impl FnOnce(&mut Cursor, &Value<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(cursor, key)?;
        if matches!(value.get_ref(), DeValue::String(text) if text.trim().is_empty()) {
            cursor.error(value.span(), "the text is empty", "write something, or delete the line");
            return None;
        }
        read(cursor, value)
    }

    pub fn required<T>(
        &self,
        cursor: &mut Cursor,
        key: &'static str,
        read: impl FnOnce(&mut Cursor, &Value<'_>) -> Option<T>,
        example: &'static str,
    ) -> Option<T> {
        let Some(value) = self.value(cursor, key) else {
            if !cursor.may_be_unread(self.span.start, key) {
                self.missing.borrow_mut().push((key, example));
            }
            return None;
        };
        if matches!(value.get_ref(), DeValue::String(text) if text.trim().is_empty()) {
            cursor.error(value.span(), "the text is empty", format!("write something, such as {example}"));
            return None;
        }
        read(cursor, value)
    }

    /// The values of a list with where they stand; none unless every one of them could be read.
    pub fn spanned_list<T>(
        &self,
        cursor: &mut Cursor,
        key: &'static str,
        mut read: impl FnMut(&mut Cursor, &Value<'_>) -> Option<T>,
    ) -> Option<Vec<(T, Range<usize>)>> {
        let value = self.value(cursor, key)?;
        let DeValue::Array(values) = value.get_ref() else {
            let help = match (value.get_ref(), written(value)) {
                (DeValue::String(text), _) => {
                    let parts: Vec<String> = text.split(", ").map(meant::quoted).collect();
                    format!("write {key} = [{}]", meant::shortened(&parts.join(", ")))
                }
                (_, Some(written)) => format!("write {key} = [{written}]"),
                (_, None) => "write a list in brackets: [..., ...]".to_owned(),
            };
            return cursor.mismatch(value, "a list", help);
        };
        let read: Vec<Option<(T, Range<usize>)>> =
            values.iter().map(|value| Some((read(cursor, value)?, value.span()))).collect();
        read.into_iter().collect()
    }

    /// The values of a list; none unless every one of them could be read.
    pub fn list<T>(
        &self,
        cursor: &mut Cursor,
        key: &'static str,
        read: impl FnMut(&mut Cursor, &Value<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        Some(self.spanned_list(cursor, key, read)?.into_iter().map(|(value, _)| value).collect())
    }

    /// The tables of `[[key]]`, named `name` in the file.
    pub fn tables(&self, cursor: &mut Cursor, key: &'static str, name: &'static str) -> Vec<Table<'t, 'i>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
        let mut tables = Vec::new();
        match value.get_ref() {
            DeValue::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    tables.extend(Table::of(cursor, &format!("{prefix}{key}.{index}"), name, value));
                }
            }
            DeValue::Table(_) if self.path.is_empty() => {
                let what = format!("a programme can have several of these: [{key}] stands in double brackets");
                cursor.error(value.span(), what, format!("write [[{key}]] above each"));
            }
            DeValue::String(text) => {
                let help = format!("write {key} = [{{ name = {} }}]", meant::brief(text));
                cursor.mismatch::<()>(value, "a list", help);
            }
            _ => {
                let help = if self.path.is_empty() {
                    format!("write {name} above each")
                } else {
                    format!("write {key} = [{{ ... }}]")
                };
                cursor.mismatch::<()>(value, "a list of tables", help);
            }
        }
        tables
    }

    fn is_inline(&self, cursor: &Cursor) -> bool {
        cursor.source.get(self.span.start..).is_some_and(|rest| rest.starts_with('{'))
    }

    /// The keys and values that were not asked for, with where the keys stand.
    pub fn strangers(&self) -> impl Iterator<Item = (&str, Range<usize>, &'t Value<'i>)> {
        let known = self.known.borrow().clone();
        self.entries
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
            .filter(move |(name, ..)| !known.contains(name))
    }

    /// Reports what is missing, and keeps every key that was never asked for.
    pub fn finish(self, cursor: &mut Cursor) {
        let mut missing = self.missing.borrow().clone();
        let known = self.known.borrow().clone();
        for (name, span, _) in self.strangers() {
            if cursor.is_full() || cursor.strangers.len() > 500 {
                break;
            }
            let names: Vec<&'static str> = missing.iter().map(|(key, _)| *key).collect();
            let near = nearest(name, names.iter().copied());
            missing.retain(|(key, _)| Some(*key) != near);
            cursor.strangers.push(Stranger {
                name: name.to_owned(),
                span,
                table: self.name,
                inline: self.is_inline(cursor),
                known: known.clone(),
                missing: names,
            });
        }
        let lines = missing.iter().map(|(key, example)| format!("{key} = {example}"));
        match missing.as_slice() {
            [] => {}
            [(key, example)] => {
                let help = if self.is_inline(cursor) { "add" } else { "add a line such as" };
                cursor.error(self.span.clone(), format!("{key} is missing"), format!("{help} {key} = {example}"));
            }
            [rest @ .., (last, _)] => {
                let names: Vec<&str> = rest.iter().map(|(key, _)| *key).collect();
                let what = format!("{} and {last} are missing", names.join(", "));
                let lines = lines.collect::<Vec<_>>().join("\n");
                cursor.error(self.span.clone(), what, format!("add lines such as\n{lines}"));
            }
        }
        if !known.is_empty() {
            cursor.keys.insert(self.name, known);
        }
    }
}

/// Whether a list of tables is written as `[[name]]`, not between brackets: its place is then its first table's.
pub(super) fn has_headers(value: &Value<'_>) -> bool {
    match value.get_ref() {
        DeValue::Array(values) => {
            values.iter().next().is_some_and(|first| first.get_ref().is_table() && first.span() == value.span())
        }
        _ => false,
    }
}

/// Reports the keys that stand in no table of theirs: where another table has such a key, the line belongs there.
pub(super) fn report_strangers(cursor: &mut Cursor) {
    let tables = std::mem::take(&mut cursor.keys);
    for stranger in std::mem::take(&mut cursor.strangers) {
        let Stranger { name, span, table, inline, known, missing } = stranger;
        let owners: Vec<&str> = tables
            .iter()
            .filter(|(owner, keys)| **owner != table && keys.contains(&name.as_str()))
            .map(|(owner, _)| *owner)
            .collect();
        // [venue.maps] stands within [venue]: a line below it was meant for the outer one.
        let enclosing = owners.iter().find(|owner| {
            let inner = owner.trim_matches(['[', ']']);
            table.trim_matches(['[', ']']).strip_prefix(inner).is_some_and(|rest| rest.starts_with('.'))
        });
        let misspelt = nearest(&name, missing.iter().copied());
        let shown = if inline { table.trim_matches(['[', ']']).rsplit('.').next().unwrap_or(table) } else { table };
        let keys = || format!("the keys of {shown} are {}", known.join(", "));
        let help = match (enclosing, owners.as_slice()) {
            (Some(owner), _) if inline => format!("{name} belongs to {owner}: move it out of the braces"),
            (Some(owner), _) => format!("{name} belongs to {owner}: move it above {table}"),
            (None, ["[programme]"]) if misspelt.is_none() => format!("{name} belongs to [programme]: move it there"),
            (None, owners) => match (misspelt.or_else(|| nearest(&name, known.iter().copied())), owners) {
                (Some(near), _) => format!("did you mean {near}?"),
                (None, _) if is_table(&name) => {
                    format!("{name} is a table: write {} on a line of its own", header(&name))
                }
                (None, [one]) => format!("{name} belongs to {one}; {}", keys()),
                (None, _) => keys(),
            },
        };
        cursor.error(span, format!("{} is no key of {shown}", meant::brief(&name)), help);
    }
}
