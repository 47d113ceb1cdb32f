//! What would be an error of the programme file becomes a comment in it: a page always gives a file that can be read.

use std::collections::BTreeSet;
use std::ops::Range;

use toml_edit::{Document, DocumentMut, Item, Table, Value};

use super::draft::one_line;
use crate::domain::file::{self, Level, Reading};

/// How often what was left out can bring another error to light.
const ROUNDS: usize = 12;

/// Where an error stands: a table, which of several, and the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Spot {
    name: String,
    index: Option<usize>,
    key: Option<String>,
}

/// The file of a document, with every error commented out; each with its path, and what was wrong.
pub(super) fn mended(document: &mut DocumentMut) -> (String, Vec<(String, String)>, Reading) {
    let mut told = Vec::new();
    for round in 0..=ROUNDS {
        let text = text_of(document);
        let reading = file::read(&text);
        let errors: Vec<_> = reading.problems.iter().filter(|problem| problem.level == Level::Error).collect();
        if errors.is_empty() {
            return (text, told, reading);
        }
        let mut spots: BTreeSet<(Spot, String)> = BTreeSet::new();
        if let Ok(parsed) = Document::parse(text.as_str()) {
            spots.extend(errors.iter().filter_map(|error| Some((spot(&parsed, &error.span)?, error.what.clone()))));
        }
        if spots.is_empty() || round + 1 >= ROUNDS {
            // Nothing but the workshop itself is sure.
            let others: Vec<String> = document.iter().map(|(name, _)| name.to_owned()).collect();
            others.iter().filter(|name| *name != "programme").for_each(|name| drop(document.remove(name)));
            if let Some(programme) = document.get_mut("programme").and_then(Item::as_table_mut) {
                programme.retain(|key, _| REQUIRED.iter().any(|(required, _)| *required == key));
            }
        }
        // The last of several goes first, so that the others keep their places.
        for (spot, what) in spots.into_iter().rev() {
            let path = path(document, &spot);
            // That a key is missing is no news where it was left out before.
            let known =
                what.ends_with("missing") && told.iter().any(|(known, _): &(String, String)| known.starts_with(&path));
            if !known {
                told.push((path, what.clone()));
            }
            leave_out(document, &spot, &what);
        }
        complete(document);
    }
    let text = text_of(document);
    let reading = file::read(&text);
    (text, told, reading)
}

fn text_of(document: &DocumentMut) -> String {
    let mut text = document.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

const REQUIRED: [(&str, &str); 5] = [
    ("id", "workshop"),
    ("title", "Workshop"),
    ("short", "Workshop"),
    ("time_zone", "UTC"),
    ("uid_domain", "workshop.invalid"),
];

/// What [programme] cannot do without.
fn complete(document: &mut DocumentMut) {
    if document.get("programme").and_then(Item::as_table).is_none() {
        document.insert("programme", Item::Table(Table::new()));
    }
    let Some(programme) = document.get_mut("programme").and_then(Item::as_table_mut) else { return };
    for (key, value) in REQUIRED {
        if !programme.contains_key(key) {
            programme.insert(key, Item::Value(Value::from(value)));
        }
    }
}

/// What stands at an octet of the file.
fn spot(document: &Document<&str>, span: &Range<usize>) -> Option<Spot> {
    let inside =
        |found: Option<Range<usize>>| found.is_some_and(|found| found.start <= span.start && span.start < found.end);
    let key_of = |table: &Table| {
        let holds = |key: &str, item: &Item| {
            let named = table.key(key).and_then(toml_edit::Key::span);
            inside(named)
                || inside(item.span())
                || item.as_table().is_some_and(|inner| inner.iter().any(|(_, item)| inside(item.span())))
        };
        table.iter().find(|(key, item)| holds(key, item)).map(|(key, _)| key.to_owned())
    };
    for (name, item) in document.iter() {
        match item {
            Item::Table(table) => {
                let key = key_of(table);
                if key.is_some() || inside(table.span()) {
                    return Some(Spot { name: name.to_owned(), index: None, key });
                }
            }
            Item::ArrayOfTables(tables) => {
                for (index, table) in tables.iter().enumerate() {
                    let key = key_of(table);
                    if key.is_some() || inside(table.span()) {
                        return Some(Spot { name: name.to_owned(), index: Some(index), key });
                    }
                }
            }
            Item::Value(_) | Item::None if inside(item.span()) => {
                return Some(Spot { name: name.to_owned(), index: None, key: None });
            }
            Item::Value(_) | Item::None => {}
        }
    }
    None
}

/// The path by which places know a spot.
fn path(document: &DocumentMut, spot: &Spot) -> String {
    let item = document.get(&spot.name);
    let table = spot.index.and_then(|index| item?.as_array_of_tables()?.get(index));
    let id = table.and_then(|table| table.get("id")?.as_str());
    let head = match (spot.index, id) {
        (Some(_), Some(id)) => format!("{}.{id}", spot.name),
        (Some(index), None) => format!("{}.{index}", spot.name),
        (None, _) => spot.name.clone(),
    };
    spot.key.as_ref().map_or(head.clone(), |key| format!("{head}.{key}"))
}

fn leave_out(document: &mut DocumentMut, spot: &Spot, what: &str) {
    let Some(item) = document.get_mut(&spot.name) else { return };
    let text = match (item, spot.index, &spot.key) {
        (Item::ArrayOfTables(tables), Some(index), Some(key)) => match tables.get_mut(index) {
            Some(table) => key_left_out(table, key, what),
            None => return,
        },
        (Item::ArrayOfTables(tables), Some(index), None) if index < tables.len() => {
            let table = tables.remove(index);
            // What was left out of it before stands above it.
            let above = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().trim();
            let above = if above.is_empty() { String::new() } else { format!("{above}\n") };
            let all = commented(&format!("[[{}]]\n{table}", spot.name));
            Some(format!("# left out ({}):\n{above}{all}", one_line(what)))
        }
        (Item::Table(table), _, Some(key)) => key_left_out(table, key, what),
        (Item::Table(_), _, None) if spot.name == "programme" => None,
        (item, ..) => {
            let text = item.to_string();
            document.remove(&spot.name);
            Some(format!("# left out ({}):\n{}", one_line(what), commented(&text)))
        }
    };
    if let Some(text) = text {
        let before = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{before}\n{text}"));
    }
}

/// Takes a key out of a table and puts a comment above its header; what has no header tells it to its caller.
fn key_left_out(table: &mut Table, key: &str, what: &str) -> Option<String> {
    let item = table.remove(key)?;
    let comment = commented(&format!("left out ({}): {key} = {}", one_line(what), item.to_string().trim()));
    let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("\n").to_owned();
    table.decor_mut().set_prefix(format!("{before}{comment}"));
    None
}

fn commented(text: &str) -> String {
    text.lines()
        .map(|line| format!("# {}\n", line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>()))
        .collect()
}
