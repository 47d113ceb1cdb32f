//! A page imported onto the programme file that an earlier version of it became.
//!
//! The page is the source of what it states, and of nothing else: ids are kept, comments too, and so is everything that
//! was added by hand. Which keys came from the page stands behind each table's header; a table with that mark which the
//! page no longer holds goes, one without stays.

use std::collections::BTreeMap;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::NotOnto;
use super::draft::{self, Draft, GUESSED, MARK, marked};
use super::ids::{Ids, surname};
use super::mend;
use super::papers::joined;
use super::text::folded;
use crate::domain::programme::Id;

/// The drafts without those that can be no part of any file.
pub(super) fn kept(drafts: Vec<Draft>, alone: &mend::Mended) -> Vec<Draft> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut draft in drafts {
        let count = counts.entry(draft.name).or_default();
        let index = draft.several.then_some(*count);
        *count += 1;
        if alone.hopeless && draft.name == "programme" {
            draft.keys.retain(|key| mend::is_needed(&key.name));
        }
        if !alone.gone.contains(&(draft.name.to_owned(), index)) {
            kept.push(draft);
        }
    }
    kept
}

/// Puts what a page states onto a file. The drafts get the ids that are kept.
///
/// `own_id` is the id the page states of itself. With the document come sentences about what was lost: what somebody
/// added by hand to an entry that left the page.
pub(super) fn merge(
    before: &str,
    drafts: &mut [Draft],
    own_id: Option<&str>,
) -> Result<(DocumentMut, Vec<String>), NotOnto> {
    let mut document: DocumentMut =
        before.parse().map_err(|error: toml_edit::TomlError| NotOnto::Syntax(error.message().to_owned()))?;
    let known = document.get("programme").and_then(Item::as_table).map(|table| text(table, "id").to_owned());
    if let (Some(found), Some(wanted)) = (own_id, known.filter(|known| !known.is_empty()))
        && found != wanted
    {
        return Err(NotOnto::Another { found: found.to_owned(), wanted });
    }
    mend::forget(&mut document);
    let imported = is_imported(&document);
    let mut lost = Vec::new();
    let mut homes: BTreeMap<&'static str, Vec<Option<usize>>> = BTreeMap::new();
    let mut renamed: Vec<(&'static str, String, String)> = Vec::new();
    for name in ["deadline", "session", "paper", "host", "person", "award", "link"] {
        let known = tables(&document, name);
        let found = matched(name, drafts, &known);
        keep_ids(name, drafts, &known, &found, &mut renamed);
        homes.insert(name, found);
    }
    rename_references(drafts, &renamed);
    let singles: Vec<&'static str> = drafts.iter().filter(|draft| !draft.several).map(|draft| draft.name).collect();
    for draft in drafts.iter().filter(|draft| !draft.several) {
        if document.get(draft.name).and_then(Item::as_table).is_some() {
            if let Some(table) = document.get_mut(draft.name).and_then(Item::as_table_mut) {
                update(table, draft, imported);
            }
        } else {
            document.insert(draft.name, Item::Table(draft::table(draft)));
        }
    }
    for name in ["venue", "call", "privacy"] {
        let gone = |table: &Table| !singles.contains(&name) && marked(table).is_some();
        if document.get_mut(name).and_then(Item::as_table_mut).is_some_and(|table| gone(table) && emptied(table)) {
            document.remove(name);
        }
    }
    for (name, found) in homes {
        place(&mut document, (name, imported), drafts, &found, &mut lost);
    }
    Ok((document, lost))
}

/// Whether a page became this file, or was put onto it, before: then what has no mark is somebody's own.
fn is_imported(document: &DocumentMut) -> bool {
    let marked = |table: &Table| marked(table).is_some();
    document.iter().any(|(_, item)| match item {
        Item::Table(table) => marked(table),
        Item::ArrayOfTables(tables) => tables.iter().any(marked),
        Item::Value(_) | Item::None => false,
    })
}

fn tables(document: &DocumentMut, name: &str) -> Vec<Table> {
    let tables = document.get(name).and_then(Item::as_array_of_tables);
    tables.map(|tables| tables.iter().cloned().collect()).unwrap_or_default()
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table.get(key).and_then(Item::as_str).unwrap_or_default()
}

/// What tells one entry from another, of a draft or of a table, ready to be compared.
#[derive(Default)]
struct Traits {
    id: String,
    kind: String,
    title: String,
    /// A person's, or a host's.
    name: String,
    role: String,
    url: String,
    /// When it begins, or is due.
    at: String,
    speaker: String,
}

impl Traits {
    fn of<'v>(value: impl Fn(&str) -> Option<&'v Value>) -> Traits {
        let text = |key: &str| value(key).and_then(Value::as_str).unwrap_or_default();
        let at = value("start").or_else(|| value("due")).map(written).unwrap_or_default();
        let speaker = value("speakers").and_then(first_name).map(|name| folded(surname(&name))).unwrap_or_default();
        Traits {
            id: text("id").to_owned(),
            kind: text("kind").to_owned(),
            title: if text("title") == "TBC" { String::new() } else { joined(text("title")) },
            name: folded(text("name")),
            role: text("role").to_owned(),
            url: text("url").to_owned(),
            at,
            speaker,
        }
    }
}

/// How alike two must be to be the same thing, the surest rule first.
type Rule = fn(&Traits, &Traits) -> bool;

fn rules(name: &str) -> &'static [Rule] {
    fn same(one: &str, other: &str) -> bool {
        !one.is_empty() && one == other
    }
    fn told_alike(a: &Traits, b: &Traits) -> bool {
        same(&a.title, &b.title) || same(&a.speaker, &b.speaker)
    }
    match name {
        "deadline" => &[
            |a, b| same(&a.id, &b.id),
            |a, b| same(&a.title, &b.title),
            |a, b| same(&a.kind, &b.kind) && same(&a.at, &b.at),
            |a, b| same(&a.kind, &b.kind),
        ],
        "session" => &[
            |a, b| same(&a.at, &b.at) && told_alike(a, b),
            |a, b| same(&a.id, &b.id) && told_alike(a, b),
            |a, b| same(&a.title, &b.title) && same(&a.kind, &b.kind),
            |a, b| same(&a.id, &b.id),
            |a, b| same(&a.speaker, &b.speaker) && same(&a.kind, &b.kind),
            |a, b| same(&a.at, &b.at) && same(&a.kind, &b.kind),
        ],
        "paper" => &[|a, b| same(&a.title, &b.title), |a, b| same(&a.id, &b.id)],
        "person" => &[|a, b| same(&a.name, &b.name) && a.role == b.role, |a, b| same(&a.name, &b.name)],
        "link" => &[|a, b| same(&a.url, &b.url), |a, b| same(&a.title, &b.title)],
        "host" => &[|a, b| same(&a.name, &b.name), |a, b| same(&a.id, &b.id)],
        _ => &[|a, b| same(&a.title, &b.title)],
    }
}

/// A day or an hour as it is compared.
fn written(value: &Value) -> String {
    match value {
        Value::Datetime(datetime) => datetime.value().to_string(),
        _ => String::new(),
    }
}

fn first_name(speakers: &Value) -> Option<String> {
    let first = speakers.as_array()?.iter().next()?.as_inline_table()?;
    first.get("name").and_then(Value::as_str).map(str::to_owned)
}

/// For each draft of a name the table it continues.
fn matched(name: &str, drafts: &[Draft], known: &[Table]) -> Vec<Option<usize>> {
    let drafts = drafts.iter().filter(|draft| draft.several && draft.name == name);
    let drafts: Vec<Traits> = drafts.map(|draft| Traits::of(|key| draft.key(key).map(|key| &key.value))).collect();
    let known: Vec<Traits> =
        known.iter().map(|table| Traits::of(|key| table.get(key).and_then(Item::as_value))).collect();
    let mut found: Vec<Option<usize>> = vec![None; drafts.len()];
    let mut taken = vec![false; known.len()];
    for rule in rules(name) {
        for (draft, found) in drafts.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = (0..known.len()).find(|index| !taken[*index] && rule(draft, &known[*index]));
            found.iter().for_each(|index| taken[*index] = true);
        }
    }
    found
}

/// Gives drafts the ids their tables have, and new ones ids that are free.
fn keep_ids(
    name: &'static str,
    drafts: &mut [Draft],
    known: &[Table],
    found: &[Option<usize>],
    renamed: &mut Vec<(&'static str, String, String)>,
) {
    let mut taken = Ids::default();
    let ids = known.iter().filter_map(|table| Id::new(text(table, "id")).ok());
    ids.for_each(|id| drop(taken.claim([id])));
    let own = drafts.iter_mut().filter(|draft| draft.several && draft.name == name);
    for (draft, home) in own.zip(found) {
        let Some(id) = draft.text("id").map(str::to_owned) else { continue };
        let kept = match home.map(|index| text(&known[index], "id")).filter(|id| !id.is_empty()) {
            Some(kept) => kept.to_owned(),
            None => Id::new(&id).map_or(id.clone(), |id| taken.claim([id]).to_string()),
        };
        if kept != id {
            let at = draft.at.clone();
            if let Some(key) = draft.keys.iter_mut().find(|key| key.name == "id") {
                *key = draft::Key {
                    name: "id".to_owned(),
                    value: Value::from(kept.as_str()),
                    at,
                    guess: None,
                    remark: None,
                };
            }
            renamed.push((name, id, kept));
        }
    }
}

fn rename_references(drafts: &mut [Draft], renamed: &[(&'static str, String, String)]) {
    let new_name = |kind: &str, id: &str| {
        renamed.iter().find(|(name, old, _)| *name == kind && old == id).map(|(.., new)| new.as_str())
    };
    for draft in drafts {
        for key in &mut draft.keys {
            if let (Some(id), kind @ ("paper" | "host")) = (key.value.as_str(), key.name.as_str())
                && let Some(new) = new_name(kind, id)
            {
                key.value = Value::from(new);
            }
            for recipient in key.value.as_array_mut().into_iter().flat_map(|list| list.iter_mut()) {
                let paper = recipient.as_inline_table_mut().and_then(|table| table.get_mut("paper"));
                if let Some(paper) = paper
                    && let Some(new) = paper.as_str().and_then(|id| new_name("paper", id))
                {
                    *paper = Value::from(new);
                }
            }
        }
    }
}

/// Puts the drafts of a name into their tables, in the page's order; what left the page goes.
fn place(
    document: &mut DocumentMut,
    (name, imported): (&'static str, bool),
    drafts: &[Draft],
    found: &[Option<usize>],
    lost: &mut Vec<String>,
) {
    let drafts: Vec<&Draft> = drafts.iter().filter(|draft| draft.several && draft.name == name).collect();
    let mut known: Vec<Option<Table>> = tables(document, name).into_iter().map(Some).collect();
    for (draft, home) in drafts.iter().zip(found) {
        if let Some(table) = home.and_then(|index| known[index].as_mut()) {
            update(table, draft, imported);
        }
    }
    for (index, slot) in known.iter_mut().enumerate() {
        if !found.contains(&Some(index)) && slot.as_ref().is_some_and(|table| marked(table).is_some()) {
            let gone = slot.take();
            lost.extend(gone.and_then(|table| lost_with(name, &table)));
        }
    }
    // A new one stands behind the one before it on the page.
    let mut order: Vec<Table> = Vec::new();
    let mut new: BTreeMap<usize, Vec<Table>> = BTreeMap::new();
    let mut after = 0;
    for (draft, home) in drafts.iter().zip(found) {
        match home {
            Some(index) => after = index + 1,
            None => new.entry(after).or_default().push(draft::table(draft)),
        }
    }
    for index in 0..=known.len() {
        order.extend(new.remove(&index).unwrap_or_default());
        order.extend(known.get_mut(index).and_then(Option::take));
    }
    if order.is_empty() {
        if document.get(name).is_some_and(Item::is_array_of_tables) {
            document.remove(name);
        }
        return;
    }
    let mut tables = ArrayOfTables::new();
    order.into_iter().for_each(|table| tables.push(table));
    document.insert(name, Item::ArrayOfTables(tables));
}

/// What was added by hand to an entry that is no longer on the page.
fn lost_with(name: &str, table: &Table) -> Option<String> {
    let marks = marked(table).unwrap_or_default();
    let own = table.iter().map(|(key, _)| key).filter(|key| *key != "id" && !marks.iter().any(|mark| mark == key));
    let own: Vec<&str> = own.collect();
    let called = ["id", "name", "title"].iter().map(|key| text(table, key)).find(|text| !text.is_empty())?;
    (!own.is_empty()).then(|| {
        format!(
            "the {name} {called:?} is no longer on the page, and with it goes what was added to it: {}",
            own.join(", ")
        )
    })
}

/// Takes the page's keys out of a table; true when nothing is left.
fn emptied(table: &mut Table) -> bool {
    for key in marked(table).unwrap_or_default() {
        table.remove(&key);
    }
    table.is_empty()
}

fn update(table: &mut Table, draft: &Draft, imported: bool) {
    let marks = marked(table);
    // In a file that a page became before, a table without the mark is somebody's own.
    if imported && marks.is_none() {
        return;
    }
    let before = marks.unwrap_or_default();
    let mut from_page = Vec::new();
    // What calendars know an entry by does not change, whatever the page comes to say.
    for key in &draft.keys {
        let stands =
            table.get(&key.name).and_then(Item::as_value).filter(|known| !comment_of(known).contains(mend::NOTHING));
        if ["id", "uid_domain"].contains(&key.name.as_str()) && stands.is_some() {
            from_page.extend(before.contains(&key.name).then_some(key.name.as_str()));
            continue;
        }
        let is_guess = |value: &Value| comment_of(value).contains(GUESSED);
        let known = table.get(&key.name).and_then(Item::as_value);
        // So is a key that is not behind the mark.
        let is_own = imported && known.is_some() && !before.contains(&key.name);
        if is_own {
            continue;
        }
        from_page.push(key.name.as_str());
        // A guess is no reason to change what somebody knows, nor is a list of names without where they work.
        let knows_more = known.is_some_and(|known| key.guess.is_some() && !is_guess(known) || says_more(known, key));
        if knows_more {
            continue;
        }
        let key = &with_earlier(key, known);
        let same = known.is_some_and(|known| alike(known, &key.value));
        let guessed = known.is_some_and(is_guess);
        if !same || guessed != key.guess.is_some() {
            let decor = known.filter(|known| !is_guess(known)).map(|known| known.decor().clone());
            let mut value = key.value.clone();
            if let Some(decor) = decor {
                *value.decor_mut() = decor;
            }
            table.insert(&key.name, Item::Value(value));
            if key.guess.is_some() || key.remark.is_some() {
                draft::comment(table, key);
            }
        }
    }
    // What a date was before stays known when the page no longer says it.
    for gone in before.iter().filter(|key| *key != "was" && draft.key(key).is_none()) {
        table.remove(gone);
    }
    let note = table.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().to_owned();
    let own: Vec<&str> = note.split('#').skip(1).map(str::trim).filter(|text| !text.starts_with(MARK)).collect();
    draft::mark(table.decor_mut(), from_page.into_iter());
    if !own.is_empty() {
        let marked = table.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().to_owned();
        table.decor_mut().set_suffix(format!("{marked}  # {}", own.join(" # ")));
    }
}

/// Whether a list of speakers names the same people as the page, and where they work besides.
fn says_more(known: &Value, key: &draft::Key) -> bool {
    let names = |value: &Value| -> Option<Vec<String>> {
        let people =
            value.as_array()?.iter().map(|one| one.as_inline_table()?.get("name")?.as_str().map(str::to_owned));
        people.collect()
    };
    let affiliations = |value: &Value| value.to_string().matches("affiliation").count();
    key.name == "speakers" && names(known) == names(&key.value) && affiliations(known) > affiliations(&key.value)
}

/// Dates that held once stay known, also when the page strikes out only the last of them.
fn with_earlier(key: &draft::Key, known: Option<&Value>) -> draft::Key {
    let mut key = key.clone();
    if let (true, Some(known), Some(stated)) =
        (key.name == "was", known.and_then(Value::as_array), key.value.as_array())
    {
        let earlier = known.iter().filter(|date| !stated.iter().any(|stated| alike(stated, date)));
        let dates = earlier.chain(stated.iter()).filter_map(Value::as_datetime).map(|date| Value::from(*date));
        key.value = Value::Array(dates.collect());
    }
    key
}

fn comment_of(value: &Value) -> &str {
    value.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default()
}

/// Whether two values say the same, however they are written.
fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.value() == right.value(),
        (Value::Integer(left), Value::Integer(right)) => left.value() == right.value(),
        (Value::Float(left), Value::Float(right)) => left.value() == right.value(),
        (Value::Boolean(left), Value::Boolean(right)) => left.value() == right.value(),
        (Value::Datetime(left), Value::Datetime(right)) => left.value().to_string() == right.value().to_string(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| alike(left, right))
        }
        (Value::InlineTable(left), Value::InlineTable(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| alike(value, other)))
        }
        _ => false,
    }
}
