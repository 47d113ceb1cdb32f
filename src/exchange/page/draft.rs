//! A programme file on its way from a page: tables and keys, each with its place in the page.
//!
//! What was guessed says so in a comment. Which keys came from the page stands behind each table's header, so that the
//! next version of the page can be told from what somebody added by hand.

use std::ops::Range;

use chrono::NaiveDate;
use toml_edit::{ArrayOfTables, Datetime, Decor, DocumentMut, Item, Table, Value};

/// The word before the keys that came from a page.
pub(super) const MARK: &str = "page:";

/// The word before what was guessed.
pub(super) const GUESSED: &str = "guessed:";

/// A line of the file longer than this is wrapped.
const WIDEST: usize = 110;

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub name: String,
    pub value: Value,
    pub at: Range<usize>,
    /// Why it is only a guess.
    pub guess: Option<String>,
    /// What else its reader should know.
    pub remark: Option<String>,
}

/// One table of a programme file.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// `programme`, `session`.
    pub name: &'static str,
    /// Whether there can be several.
    pub several: bool,
    pub at: Range<usize>,
    pub keys: Vec<Key>,
}

impl Draft {
    pub fn single(name: &'static str, at: Range<usize>) -> Draft {
        Draft { name, several: false, at, keys: Vec::new() }
    }

    pub fn one_of(name: &'static str, at: Range<usize>) -> Draft {
        Draft { name, several: true, at, keys: Vec::new() }
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>, at: Range<usize>) -> &mut Key {
        let key = Key { name: name.to_owned(), value: value.into(), at, guess: None, remark: None };
        let index = self.keys.iter().position(|known| known.name == name).unwrap_or_else(|| {
            self.keys.push(key.clone());
            self.keys.len() - 1
        });
        self.keys[index] = key;
        &mut self.keys[index]
    }

    pub fn set_text(&mut self, name: &str, text: &str, at: Range<usize>) -> &mut Key {
        self.set(name, long_text(name, text), at)
    }

    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.key(name).and_then(|key| key.value.as_str())
    }
}

/// A day as a value.
pub(super) fn civil_day(day: NaiveDate) -> Value {
    day.to_string().parse::<Datetime>().map_or_else(|_| Value::from(day.to_string()), Value::from)
}

/// A text as a value: a long one on several lines.
fn long_text(name: &str, text: &str) -> Value {
    let text = cut(text);
    if text.len() + name.len() + 5 <= WIDEST && !text.contains('\n') {
        return Value::from(text);
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut lines = vec![String::new()];
    for (index, paragraph) in escaped.split('\n').enumerate() {
        if index > 0 {
            // Line ends in the text are written as such, those of the file are not part of it.
            lines.last_mut().expect("a line").push_str("\\n");
            if !paragraph.is_empty() {
                lines.push(String::new());
            }
        }
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let last = lines.last_mut().expect("a line");
            if last.len() + word.len() > WIDEST - 10 && !last.is_empty() {
                lines.push(word.to_owned());
            } else {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(word);
            }
        }
    }
    let mut written = "\"\"\"\\\n".to_owned();
    for (index, line) in lines.iter().enumerate() {
        let is_last = index + 1 == lines.len();
        let glue = if is_last || line.ends_with("\\n") { "" } else { " " };
        written.push_str(&format!("    {line}{glue}{}", if is_last { "\"\"\"" } else { "\\\n" }));
    }
    written.parse::<Value>().ok().filter(|value| value.as_str() == Some(&text)).unwrap_or_else(|| Value::from(text))
}

/// A text within the limit of a programme file, cut behind a word.
fn cut(text: &str) -> String {
    const LONGEST: usize = 8 * 1024 - 16;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind(' ').unwrap_or(end);
    format!("{} ...", &text[..end])
}

/// The drafts as a document, with their comments.
pub(super) fn document(drafts: &[Draft], preface: &str) -> DocumentMut {
    let mut document = DocumentMut::new();
    for draft in drafts {
        let table = table(draft);
        if draft.several {
            let tables = document.entry(draft.name).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
            if let Some(tables) = tables.as_array_of_tables_mut() {
                tables.push(table);
            }
        } else {
            document.insert(draft.name, Item::Table(table));
        }
    }
    if let Some(first) = document.iter_mut().next().and_then(|(_, item)| item.as_table_mut().map(Table::decor_mut)) {
        first.set_prefix(preface);
    }
    document
}

/// One draft as a table.
pub(super) fn table(draft: &Draft) -> Table {
    let mut table = Table::new();
    for key in &draft.keys {
        table.insert(&key.name, Item::Value(key.value.clone()));
        comment(&mut table, key);
    }
    mark(table.decor_mut(), draft.keys.iter().map(|key| key.name.as_str()));
    table
}

/// Writes a key's comment behind its value.
pub(super) fn comment(table: &mut Table, key: &Key) {
    let text = match (&key.guess, &key.remark) {
        (Some(guess), _) => format!("  # {GUESSED} {}", one_line(guess)),
        (None, Some(remark)) => format!("  # {}", one_line(remark)),
        (None, None) => return,
    };
    if let Some(value) = table.get_mut(&key.name).and_then(Item::as_value_mut) {
        value.decor_mut().set_suffix(text);
    }
}

/// Notes behind a header which keys came from the page.
pub(super) fn mark<'k>(decor: &mut Decor, keys: impl Iterator<Item = &'k str>) {
    let keys: Vec<&str> = keys.filter(|key| *key != "id").collect();
    decor.set_suffix(format!("  # {MARK} {}", keys.join(" ")));
}

/// The keys of a table that came from the page; none for one that was written by hand.
pub(super) fn marked(table: &Table) -> Option<Vec<String>> {
    let suffix = table.decor().suffix()?.as_str()?;
    let keys = suffix.split('#').find_map(|comment| comment.trim().strip_prefix(MARK))?;
    Some(keys.split_whitespace().map(str::to_owned).collect())
}

/// A comment cannot hold a line end or another control character.
pub(super) fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = super::text::tidy(&clean);
    if clean.chars().count() > 200 { format!("{} ...", clean.chars().take(196).collect::<String>()) } else { clean }
}
