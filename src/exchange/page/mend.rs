//! What would be an error of the programme file becomes a comment in it: a page always gives a file that can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml_edit::{Document, DocumentMut, Item, Table, Value};

use super::draft::{GUESSED, MARK, marked, one_line};
use crate::domain::file::{self, Level, Reading};

/// How often what was left out can bring another error to light.
const ROUNDS: usize = 12;

/// A file with more errors is no programme file, and each of them costs time.
const MOST_LEFT_OUT: usize = 2000;

/// Why a key has a value that means nothing.
pub(super) const NOTHING: &str = "the page says nothing that can stand here";

/// The words above what was left out.
const LEFT_OUT: &str = "# left out (";

/// Before every line but the first of a value that was left out: so its end is known.
const GOES_ON: &str = "#     ";

/// More of a value that was left out tells nobody anything.
const LONGEST: usize = 1000;

/// Where an error stands: a table, which of several, and the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Spot {
    name: String,
    index: Option<usize>,
    key: Option<String>,
}

/// What became of a document whose errors were commented out.
pub(super) struct Mended {
    pub file: String,
    pub reading: Reading,
    pub told: Vec<Told>,
    /// Whole tables that went, each by its name and which of several it was at first.
    pub gone: BTreeSet<(String, Option<usize>)>,
    /// Their comments.
    pub comments: String,
    /// There were more errors than anybody mends: of the programme itself only what it needs is there.
    pub hopeless: bool,
}

/// Something that was left out: its path as places know it, and what was wrong.
pub(super) struct Told {
    pub path: String,
    pub what: String,
    /// The table it is about, as in [`Mended::gone`].
    pub table: (String, Option<usize>),
}

/// The file of a document, with every error commented out.
pub(super) fn mended(document: &mut DocumentMut) -> Mended {
    let (mut told, mut gone, mut comments): (Vec<Told>, BTreeSet<_>, String) = Default::default();
    let (mut left, mut hopeless) = (0, false);
    // Where those of several tables that still stand were at first.
    let mut origins: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, item) in document.iter() {
        origins.extend(item.as_array_of_tables().map(|tables| (name.to_owned(), (0..tables.len()).collect())));
    }
    for round in 0..=ROUNDS {
        let text = text_of(document);
        let reading = file::read(&text);
        let errors: Vec<_> = reading.problems.iter().filter(|problem| problem.level == Level::Error).collect();
        if errors.is_empty() || round == ROUNDS {
            return Mended { file: text, reading, told, gone, comments, hopeless };
        }
        let mut spots: BTreeSet<(Spot, String)> = BTreeSet::new();
        if let Ok(parsed) = Document::parse(text.as_str()) {
            let places = all_spots(&parsed);
            let spot = |span: &Range<usize>| {
                let found = places.iter().find(|(place, _)| place.start <= span.start && span.start < place.end);
                found.map(|(_, spot)| spot.clone())
            };
            spots.extend(errors.iter().filter_map(|error| Some((spot(&error.span)?, error.what.clone()))));
        }
        left += spots.len();
        if spots.is_empty() || round + 2 >= ROUNDS || left > MOST_LEFT_OUT {
            // Nothing but the workshop itself is sure.
            hopeless = true;
            for (name, item) in document.iter().filter(|(name, _)| *name != "programme") {
                match origins.get(name) {
                    Some(indices) => gone.extend(indices.iter().map(|index| (name.to_owned(), Some(*index)))),
                    None if item.is_table() => drop(gone.insert((name.to_owned(), None))),
                    None => {}
                }
            }
            origins.clear();
            document.retain(|name, _| name == "programme");
            if let Some(programme) = document.get_mut("programme").and_then(Item::as_table_mut) {
                programme.retain(|key, _| is_needed(key));
            }
        }
        let mut removed: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut new = String::new();
        // The keys of a table go before it does.
        for (spot, what) in spots.into_iter().rev() {
            let origin = spot.index.map(|index| origin(&origins, &spot.name, index));
            let path = path(document, &spot, origin);
            // That a key is missing is no news where it was left out before.
            let known = what.ends_with("missing") && told.iter().any(|known| known.path.starts_with(&path));
            let table = (spot.name.clone(), origin);
            if !known {
                told.push(Told { path, what: what.clone(), table: table.clone() });
            }
            let is_removed = |index| removed.get(&spot.name).is_some_and(|removed| removed.contains(&index));
            if spot.index.is_some_and(is_removed) {
                continue;
            }
            if let Some(text) = leave_out(document, &spot, &what) {
                new.push_str(&format!("\n{text}"));
                gone.insert(table);
                removed.entry(spot.name).or_default().extend(spot.index);
            }
        }
        // All at once: each by itself would move those behind it, and change their places.
        for (name, indices) in removed {
            if let Some(tables) = document.get_mut(&name).and_then(Item::as_array_of_tables_mut) {
                let mut index = 0..;
                tables.retain(|_| index.next().is_none_or(|index| !indices.contains(&index)));
            }
            if let Some(origins) = origins.get_mut(&name) {
                let mut index = 0..;
                origins.retain(|_| index.next().is_none_or(|index| !indices.contains(&index)));
            }
        }
        append(document, &new);
        comments.push_str(&new);
        complete(document);
    }
    unreachable!("the last round returns")
}

/// Which of several a table was at first.
fn origin(origins: &BTreeMap<String, Vec<usize>>, name: &str, index: usize) -> usize {
    origins.get(name).and_then(|origins| origins.get(index)).copied().unwrap_or(index)
}

/// Whether a programme cannot be without a key.
pub(super) fn is_needed(key: &str) -> bool {
    REQUIRED.iter().any(|(required, _)| *required == key)
}

/// Puts comments at the end of a document.
pub(super) fn append(document: &mut DocumentMut, comments: &str) {
    let before = document.trailing().as_str().unwrap_or_default();
    document.set_trailing(format!("{before}{comments}"));
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
            // As a guess, it gives way to what the page says one day.
            let guess = format!("  # {GUESSED} {NOTHING}");
            programme.insert(key, Item::Value(Value::from(value).decorated(" ", guess)));
        }
    }
}

/// Everything that stands in the file with its octets, keys before the tables that hold them.
fn all_spots(document: &Document<&str>) -> Vec<(Range<usize>, Spot)> {
    fn of_table(spots: &mut Vec<(Range<usize>, Spot)>, name: &str, index: Option<usize>, table: &Table) {
        let spot = |key: Option<&str>| Spot { name: name.to_owned(), index, key: key.map(str::to_owned) };
        for (key, item) in table.iter() {
            let inner = item.as_table().into_iter().flat_map(|inner| inner.iter().filter_map(|(_, item)| item.span()));
            let named = table.key(key).and_then(toml_edit::Key::span);
            let places = named.into_iter().chain(item.span()).chain(inner);
            spots.extend(places.map(|place| (place, spot(Some(key)))));
        }
        spots.extend(table.span().map(|place| (place, spot(None))));
    }
    let mut spots = Vec::new();
    for (name, item) in document.iter() {
        match item {
            Item::Table(table) => of_table(&mut spots, name, None, table),
            Item::ArrayOfTables(tables) => {
                tables.iter().enumerate().for_each(|(index, table)| of_table(&mut spots, name, Some(index), table));
            }
            Item::Value(_) | Item::None => {
                let spot = Spot { name: name.to_owned(), index: None, key: None };
                spots.extend(item.span().map(|place| (place, spot)));
            }
        }
    }
    spots
}

/// The path by which places know a spot.
fn path(document: &DocumentMut, spot: &Spot, origin: Option<usize>) -> String {
    let item = document.get(&spot.name);
    let table = spot.index.and_then(|index| item?.as_array_of_tables()?.get(index));
    let id = table.and_then(|table| table.get("id")?.as_str());
    let head = match (origin, id) {
        (Some(_), Some(id)) => format!("{}.{id}", spot.name),
        (Some(index), None) => format!("{}.{index}", spot.name),
        (None, _) => spot.name.clone(),
    };
    spot.key.as_ref().map_or(head.clone(), |key| format!("{head}.{key}"))
}

/// Makes a comment of something in the document: a key's stands above its table, that of a table is returned. One of
/// several tables is still to be taken out.
fn leave_out(document: &mut DocumentMut, spot: &Spot, what: &str) -> Option<String> {
    let item = document.get_mut(&spot.name)?;
    match (item, spot.index, &spot.key) {
        (Item::ArrayOfTables(tables), Some(index), Some(key)) => {
            key_left_out(tables.get_mut(index)?, key, what);
            None
        }
        (Item::ArrayOfTables(tables), Some(index), None) => {
            Some(table_left_out(&format!("[[{}]]", spot.name), tables.get(index)?, what))
        }
        (Item::Table(table), _, Some(key)) => {
            key_left_out(table, key, what);
            None
        }
        (Item::Table(_), _, None) if spot.name == "programme" => None,
        (item, ..) => {
            let text = match item {
                Item::Table(table) => table_left_out(&format!("[{}]", spot.name), table, what),
                item => format!("{LEFT_OUT}{}):\n{}", one_line(what), commented("# ", &cut(&item.to_string()))),
            };
            document.remove(&spot.name);
            Some(text)
        }
    }
}

/// A table as a comment: what was left out of it before first, then its header with the mark that it has.
fn table_left_out(header: &str, table: &Table, what: &str) -> String {
    let text = |raw: Option<&toml_edit::RawString>| raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
    let above = text(table.decor().prefix());
    let above = commented("", above.trim());
    let all = format!("{header}{}\n{}", text(table.decor().suffix()), cut(&table.to_string()));
    format!("{LEFT_OUT}{}):\n{above}{}", one_line(what), commented("# ", &all))
}

/// Takes a key out of a table and puts a comment above its header.
fn key_left_out(table: &mut Table, key: &str, what: &str) {
    let Some(item) = table.remove(key) else { return };
    let value = cut(item.to_string().trim());
    let mut lines = value.lines();
    let first = format!("{}): {key} = {}", one_line(what), lines.next().unwrap_or_default());
    let rest: String = lines.map(|line| commented(GOES_ON, line.trim_start())).collect();
    let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("\n").to_owned();
    table.decor_mut().set_prefix(format!("{before}{}{rest}", commented(LEFT_OUT, &first)));
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} ...\n", &text[..end])
}

/// The lines of a text with `before` each, and without what a comment cannot hold.
fn commented(before: &str, text: &str) -> String {
    let clean = |line: &str| line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    text.lines().map(|line| format!("{before}{}\n", clean(line).trim_end())).collect()
}

/// Takes the comments about what was left out of an earlier version of the page out of the file: the present version
/// says anew what it has of it. What was written by hand and left out stays.
pub(super) fn forget(document: &mut DocumentMut) {
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing(without_left_out(&trailing, &[]));
    for (_, item) in document.iter_mut() {
        match item {
            Item::Table(table) => forget_in(table),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(forget_in),
            Item::Value(_) | Item::None => {}
        }
    }
}

fn forget_in(table: &mut Table) {
    let keys = marked(table).unwrap_or_default();
    if let Some(before) = table.decor().prefix().and_then(|prefix| prefix.as_str()) {
        let after = without_left_out(before, &keys);
        table.decor_mut().set_prefix(after);
    }
}

/// Comments without those about these keys, and about whole tables of the page.
fn without_left_out(comments: &str, keys: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = comments.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(told) = line.strip_prefix(LEFT_OUT) else {
            kept.push(line);
            continue;
        };
        let is_table = told.trim_end().ends_with("):");
        let mut block = vec![line];
        while let Some(line) = lines.next_if(|line| line.starts_with(if is_table { "#" } else { GOES_ON })) {
            block.push(line);
        }
        let is_header = |line: &&str| line.starts_with("# [");
        let from_page = if is_table {
            block.iter().find(|line| is_header(line)).is_some_and(|line| line.contains(&format!("  # {MARK}")))
        } else {
            keys.iter().any(|key| told.contains(&format!("): {key} = ")))
        };
        if !from_page {
            kept.append(&mut block);
        } else if is_table && kept.last().is_some_and(|line| line.trim().is_empty()) {
            kept.pop();
        }
    }
    kept.concat()
}
