//! Taking back: a source gives something the value it had before another source changed it.
//!
//! Two people keep the same programme, one in a file, one in the console; the file's next edit must not undo, unasked,
//! what was set in the console since. Every field of every entry is looked at by itself: an entry that is new in one
//! field and stale in another takes back the latter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::entry::{Entry, entries};
use super::file::{Level, Places, Problem};
use super::programme::Programme;
use super::publication::{Publication, Source};
use super::revision::State;

/// The fields of what can be taken back, by the path under which [`Places`] knows it.
type Fields = BTreeMap<String, BTreeMap<String, Value>>;

/// Doubts about what publishing `programme` from `source` would take back. `history` is everything published so far,
/// oldest first.
pub fn taking_back(programme: &Programme, places: &Places, history: &[Publication], source: &Source) -> Vec<Problem> {
    let Some(live) = history.last() else { return Vec::new() };
    if live.source == *source {
        return Vec::new();
    }
    let past: Vec<Fields> = history.iter().map(published).collect();
    let next = proposed(programme);
    let Some((now, before)) = past.split_last() else { return Vec::new() };
    let mut problems = Vec::new();
    let paths: BTreeSet<&String> = now.keys().chain(next.keys()).collect();
    for path in paths {
        let mut stale = Vec::new();
        let mut by = None;
        for field in fields_of(path, now, &next) {
            let (is, was) = (get(&next, path, &field), get(now, path, &field));
            if is == was {
                continue;
            }
            // The last publication that still had another value; the one after it set the live one.
            let Some(other) = before.iter().rposition(|old| get(old, path, &field) != was) else { continue };
            let setter = &history[other + 1];
            if setter.source != *source && before[..=other].iter().any(|old| get(old, path, &field) == is) {
                stale.push(format!("{field}: {} -> {}", in_words(was), in_words(is)));
                by = Some(setter);
            }
        }
        if let Some(setter) = by {
            problems.push(doubt(path, places, &stale, setter));
        }
    }
    let accepted = |problem: &Problem| problem.doubt.as_ref().is_some_and(|name| programme.accept.contains(name));
    problems.retain(|problem| !accepted(problem));
    problems
}

fn doubt(path: &str, places: &Places, stale: &[String], setter: &Publication) -> Problem {
    let digest = Sha256::digest(stale.join("\n"));
    let name = format!("taking-back:{path}:{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
    Problem {
        level: Level::Doubt,
        span: places.find(path),
        what: format!(
            "{path} takes back what the {} published in revision {}: {}",
            setter.source,
            setter.revision.number,
            stale.join("; ")
        ),
        help: Some(format!("take over what is live. If it is meant, {}", places.acceptance(&name))),
        doubt: Some(name),
    }
}

/// The whole entry counts as one field when it is on one side only.
fn fields_of(path: &str, now: &Fields, next: &Fields) -> Vec<String> {
    match (now.get(path), next.get(path)) {
        (Some(now), Some(next)) => {
            now.keys().chain(next.keys()).cloned().collect::<BTreeSet<_>>().into_iter().collect()
        }
        _ => vec!["all of it".to_owned()],
    }
}

fn get<'f>(fields: &'f Fields, path: &str, field: &str) -> Option<&'f Value> {
    let entry = fields.get(path)?;
    if field == "all of it" { Some(&Value::Null) } else { entry.get(field) }
}

fn published(publication: &Publication) -> Fields {
    let live = publication.revision.records.iter().filter(|record| record.state == State::Live);
    let mut fields: Fields = live.filter_map(|record| named(record.key.id()?, &record.entry)).collect();
    let header = &publication.revision.header;
    let workshop = [
        ("title", serde_json::json!(header.title)),
        ("dates", serde_json::json!(header.dates)),
        ("city", serde_json::json!(header.city)),
        ("time_zone", serde_json::json!(header.time_zone)),
    ];
    fields.insert("programme".to_owned(), workshop.map(|(name, value)| (name.to_owned(), value)).into());
    fields
}

fn proposed(programme: &Programme) -> Fields {
    let drafts = entries(programme);
    let mut fields: Fields = drafts.iter().filter_map(|draft| named(draft.key.id()?, &draft.entry)).collect();
    let workshop = [
        ("title", serde_json::json!(programme.title)),
        ("dates", serde_json::json!(programme.dates)),
        ("city", serde_json::json!(programme.venue.city)),
        ("time_zone", serde_json::json!(programme.time_zone)),
    ];
    fields.insert("programme".to_owned(), workshop.map(|(name, value)| (name.to_owned(), value)).into());
    fields
}

/// An entry's own fields; what it has from the venue and the programme is looked at there.
fn named(id: &str, entry: &Entry) -> Option<(String, BTreeMap<String, Value>)> {
    const INHERITED: [&str; 5] = ["page", "city", "venue_zone", "papers", "authors"];
    let (kind, value) = match entry {
        Entry::Session(session) => ("session", serde_json::to_value(session)),
        Entry::Deadline(deadline) => ("deadline", serde_json::to_value(deadline)),
        Entry::Day(_) => return None,
    };
    let Ok(Value::Object(mut object)) = value else { return None };
    // Of its place only the room can be its own.
    if let Some(room) = object.remove("place").and_then(|place| place.get("room").cloned()) {
        object.insert("room".to_owned(), room);
    }
    object.retain(|name, _| !INHERITED.contains(&name.as_str()));
    Some((format!("{kind}.{id}"), object.into_iter().collect()))
}

/// A value as a person reads it; a moment by its civil time.
fn in_words(value: Option<&Value>) -> String {
    match value {
        None => "gone".to_owned(),
        Some(Value::Null) => "there".to_owned(),
        Some(Value::String(text)) => text.chars().take(60).collect(),
        Some(Value::Object(object)) if object.contains_key("civil") => in_words(object.get("civil")),
        Some(value) => value.to_string().chars().take(60).collect(),
    }
}
