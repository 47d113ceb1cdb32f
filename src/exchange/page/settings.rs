//! What a page says to us alone: `allim:` in its front matter, and `<!-- allim: accept NAME -->`.

use std::ops::Range;

use serde_json::Value as Json;
use toml_edit::{Array, Datetime, InlineTable, Value};

use super::MOST_ENTRIES;
use super::draft::Draft;
use super::front::Front;
use super::sheet::Sheet;
use super::whole::first_of;

/// Tables there is one of.
const SINGLE: [&str; 3] = ["venue", "call", "privacy"];

/// Tables there can be several of; those with an id can be given by it.
const SEVERAL: [&str; 7] = ["deadline", "session", "paper", "person", "award", "link", "host"];

/// Keys whose text is a day or an hour.
const CIVIL: [&str; 6] = ["dates", "due", "was", "start", "end", "revised"];

/// No table has more of them.
const MOST_KEYS: usize = 100;

/// The doubts the page itself accepts.
pub(super) fn accepted(comments: &[(String, Range<usize>)], front: &Front) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (comment, _) in comments {
        let told = comment.trim().strip_prefix("allim:").and_then(|rest| rest.trim_start().strip_prefix("accept"));
        names.extend(told.iter().flat_map(|rest| rest.lines()).map(|name| name.trim().to_owned()));
    }
    match front.settings.get("accept") {
        Some(Json::Array(list)) => names.extend(list.iter().filter_map(Json::as_str).map(str::to_owned)),
        Some(Json::String(name)) => names.push(name.clone()),
        _ => {}
    }
    names.retain(|name| !name.is_empty());
    names.dedup();
    names.truncate(MOST_ENTRIES);
    names
}

/// Puts the settings of the front matter in the place of what was found on the page.
pub(super) fn apply(page: &mut Sheet, front: &Front) {
    let mut odd: Vec<String> = Vec::new();
    for (name, value) in front.settings.iter().take(MOST_KEYS) {
        let at = front.place(name);
        if let Some(single) = SINGLE.into_iter().find(|single| single == name) {
            if let Json::Object(keys) = value {
                let draft = find(page, |draft| draft.name == single, || Draft::single(single, at.clone()));
                fill(draft, keys, front, &mut odd);
            }
        } else if let Some(several) = SEVERAL.into_iter().find(|several| several == name) {
            match value {
                Json::Object(entries) => {
                    for (id, keys) in entries.iter().take(MOST_ENTRIES) {
                        let Json::Object(keys) = keys else { continue };
                        let same = |draft: &Draft| draft.name == several && draft.text("id") == Some(id);
                        let draft = find(page, same, || {
                            let mut draft = Draft::one_of(several, front.place(id));
                            draft.set("id", id.as_str(), front.place(id));
                            draft
                        });
                        fill(draft, keys, front, &mut odd);
                    }
                }
                Json::Array(entries) => {
                    for keys in entries.iter().take(MOST_ENTRIES).filter_map(Json::as_object) {
                        let mut draft = Draft::one_of(several, at.clone());
                        fill(&mut draft, keys, front, &mut odd);
                        page.drafts.push(draft);
                    }
                }
                _ => {}
            }
        } else if !is_key(name) {
            odd.push(name.clone());
        } else if name != "accept"
            && let (Some(value), Some(draft)) = (written(name, value), page.drafts.first_mut())
        {
            // These were read before, and stand where they belong.
            if !["id", "time_zone", "deadline_zone"].contains(&name.as_str()) {
                draft.set(name, value, at);
            }
        }
    }
    for name in odd {
        let what = format!("left out of the programme: {:?} is no key", first_of(&name, 60));
        page.note(front.place(&name), what, "mend it on the page");
    }
}

/// Whether a key of the file can be called so: what cannot would be torn apart in the list of the page's keys.
fn is_key(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_' || octet == b'-')
}

fn find(page: &mut Sheet, same: impl Fn(&Draft) -> bool, new: impl FnOnce() -> Draft) -> &mut Draft {
    let at = page.drafts.iter().position(same).unwrap_or_else(|| {
        page.drafts.push(new());
        page.drafts.len() - 1
    });
    &mut page.drafts[at]
}

fn fill(draft: &mut Draft, keys: &serde_json::Map<String, Json>, front: &Front, odd: &mut Vec<String>) {
    for (name, value) in keys.iter().take(MOST_KEYS) {
        if !is_key(name) {
            odd.push(name.clone());
            continue;
        }
        match (written(name, value), value.as_str()) {
            (Some(Value::String(_)), Some(text)) => drop(draft.set_text(name, text, front.place(name)).guess.take()),
            (Some(value), _) => drop(draft.set(name, value, front.place(name)).guess.take()),
            (None, _) => {}
        }
    }
}

/// A value of YAML as one of TOML.
fn written(name: &str, value: &Json) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64()?),
        },
        Json::String(text) => {
            let civil = CIVIL.contains(&name).then(|| text.replace(' ', "T").parse::<Datetime>().ok()).flatten();
            civil.map_or_else(|| Value::from(text.as_str()), Value::from)
        }
        Json::Array(values) => Value::Array(values.iter().filter_map(|value| written(name, value)).collect::<Array>()),
        Json::Object(keys) => {
            let mut table = InlineTable::new();
            for (key, value) in keys {
                if let Some(value) = written(key, value) {
                    table.insert(key, value);
                }
            }
            Value::InlineTable(table)
        }
    })
}
