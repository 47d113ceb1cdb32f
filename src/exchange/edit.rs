//! The everyday changes of a programme file: one entry, one key, and everything else stays as somebody wrote it, comments
//! and order too.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use toml_edit::{Array, Datetime, DocumentMut, Item, Table, Value};

use crate::domain::programme::Id;

/// What is changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// A deadline falls due at another time; the one before is kept among those it was.
    Due {
        /// Its id.
        deadline: Id,
        /// When; none: nobody knows yet.
        due: Option<When>,
    },
    /// An entry is withdrawn or cancelled.
    Cancel {
        /// Its id.
        entry: Id,
        /// Why.
        why: String,
    },
    /// It stands after all.
    Reinstate {
        /// Its id.
        entry: Id,
    },
    /// A session begins and ends at other times.
    Times {
        /// Its id.
        session: Id,
        /// When it begins, in the programme's zone.
        start: NaiveDateTime,
        /// When it ends.
        end: NaiveDateTime,
    },
    /// A session is in another room; empty: in the venue's.
    Room {
        /// Its id.
        session: Id,
        /// Which.
        room: String,
    },
    /// An entry is called otherwise.
    Title {
        /// Its id.
        entry: Id,
        /// How.
        title: String,
    },
}

/// A day, and an hour where it is not the day's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct When {
    /// The day.
    pub day: NaiveDate,
    /// The hour.
    pub time: Option<NaiveTime>,
}

/// Why a file is not changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotEdited {
    /// It is no TOML.
    #[error("the file cannot be read: {0}")]
    Syntax(String),
    /// There is no such entry.
    #[error("the file has no {0}")]
    NoEntry(String),
}

/// The file with this change.
///
/// # Errors
/// When it cannot be read, or has no such entry.
pub fn edit(source: &str, edit: &Edit) -> Result<String, NotEdited> {
    let mut document: DocumentMut =
        source.parse().map_err(|error: toml_edit::TomlError| NotEdited::Syntax(error.message().to_owned()))?;
    match edit {
        Edit::Due { deadline, due } => {
            let table = entry(&mut document, &["deadline"], deadline)?;
            remember(table);
            set(table, "due", due.map_or_else(|| Value::from("TBC"), When::value));
        }
        Edit::Cancel { entry: id, why } => {
            set(entry(&mut document, &["deadline", "session"], id)?, "cancelled", Value::from(why.as_str()));
        }
        Edit::Reinstate { entry: id } => {
            entry(&mut document, &["deadline", "session"], id)?.remove("cancelled");
        }
        Edit::Times { session, start, end } => {
            let table = entry(&mut document, &["session"], session)?;
            set(table, "start", moment(*start));
            set(table, "end", moment(*end));
        }
        Edit::Room { session, room } => {
            let table = entry(&mut document, &["session"], session)?;
            if room.is_empty() {
                table.remove("room");
            } else {
                set(table, "room", Value::from(room.as_str()));
            }
        }
        Edit::Title { entry: id, title } => {
            set(entry(&mut document, &["deadline", "session"], id)?, "title", Value::from(title.as_str()));
        }
    }
    Ok(document.to_string())
}

impl When {
    fn value(self) -> Value {
        match self.time {
            None => datetime(&self.day.format("%Y-%m-%d").to_string()),
            Some(time) => moment(self.day.and_time(time)),
        }
    }
}

fn moment(civil: NaiveDateTime) -> Value {
    datetime(&civil.format("%Y-%m-%dT%H:%M:%S").to_string())
}

fn datetime(text: &str) -> Value {
    Value::from(text.parse::<Datetime>().expect("a date is written so"))
}

/// The entry of an id, also of one it had before.
fn entry<'d>(document: &'d mut DocumentMut, kinds: &[&str], id: &Id) -> Result<&'d mut Table, NotEdited> {
    let mut place = None;
    for kind in kinds {
        let Some(tables) = document.get(kind).and_then(Item::as_array_of_tables) else { continue };
        let named = |table: &Table| table.get("id").and_then(Item::as_str) == Some(id.as_str());
        if let Some(at) = tables.iter().position(named) {
            place = Some((*kind, at));
            break;
        }
    }
    let found = place.and_then(|(kind, at)| document.get_mut(kind)?.as_array_of_tables_mut()?.get_mut(at));
    found.ok_or_else(|| NotEdited::NoEntry(id.to_string()))
}

/// Sets a key, with the space and the comment that stand beside its value.
fn set(table: &mut Table, key: &str, mut value: Value) {
    if let Some(before) = table.get(key).and_then(Item::as_value) {
        *value.decor_mut() = before.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Adds the date there is to those it was: readers see what moved.
fn remember(table: &mut Table) {
    let Some(due) = table.get("due").and_then(Item::as_value).filter(|due| due.is_datetime()) else { return };
    let due = due.as_datetime().map(|due| Value::from(*due));
    let Some(due) = due else { return };
    if let Some(was) = table.get_mut("was").and_then(Item::as_array_mut) {
        if was.iter().last().map(|last| last.to_string().trim().to_owned()) != Some(due.to_string()) {
            was.push(due);
        }
        return;
    }
    let mut was = Array::new();
    was.push(due);
    let after = table.get_key_value("due").map(|(key, _)| key.leaf_decor().clone());
    table.insert("was", Item::Value(Value::Array(was)));
    if let (Some(after), Some(mut key)) = (after, table.key_mut("was")) {
        *key.leaf_decor_mut() = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Ours.\n[[deadline]]\nid    = \"paper\"   # keep\ndue   = 2025-06-25  # the first\nkind  = \"submission\"\n\n\
        [[session]]\nid = \"talk\"\nstart = 2025-09-23T14:00:00\nend = 2025-09-23T14:15:00\nroom = \"1\" # upstairs\n";

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_moves_and_all_else_stays() {
        let due = Some(When { day: day("2025-06-30"), time: None });
        let once = edit(FILE, &Edit::Due { deadline: id("paper"), due }).unwrap();
        let changed: Vec<&str> = once.lines().filter(|line| !FILE.lines().any(|before| before == *line)).collect();
        assert_eq!(changed, ["due   = 2025-06-30  # the first", "was   = [2025-06-25]"]);
        let due = Some(When { day: day("2025-07-02"), time: NaiveTime::from_hms_opt(17, 0, 0) });
        let twice = edit(&once, &Edit::Due { deadline: id("paper"), due }).unwrap();
        assert!(twice.contains("due   = 2025-07-02T17:00:00  # the first\n"), "{twice}");
        assert!(twice.contains("was   = [2025-06-25, 2025-06-30]\n"), "{twice}");
        let open = edit(&twice, &Edit::Due { deadline: id("paper"), due: None }).unwrap();
        assert!(open.contains("due   = \"TBC\"  # the first\n"), "{open}");
    }

    #[test]
    fn an_entry_is_cancelled_and_comes_back_as_it_was() {
        let why = "too few papers, \"alas\"\n[[deadline]]".to_owned();
        let gone = edit(FILE, &Edit::Cancel { entry: id("paper"), why }).unwrap();
        assert!(gone.parse::<DocumentMut>().unwrap()["deadline"].as_array_of_tables().unwrap().len() == 1, "{gone}");
        assert_eq!(edit(&gone, &Edit::Reinstate { entry: id("paper") }).unwrap(), FILE);
        assert_eq!(edit(FILE, &Edit::Reinstate { entry: id("paper") }).unwrap(), FILE);
    }

    #[test]
    fn a_session_moves_in_time_and_room() {
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let (start, end) = (at("2025-09-23T15:00:00"), at("2025-09-23T15:15:00"));
        let moved = edit(FILE, &Edit::Times { session: id("talk"), start, end }).unwrap();
        assert!(moved.contains("start = 2025-09-23T15:00:00\nend = 2025-09-23T15:15:00\n"), "{moved}");
        let room = |room: &str| edit(FILE, &Edit::Room { session: id("talk"), room: room.to_owned() }).unwrap();
        assert!(room("2").contains("room = \"2\" # upstairs\n"), "{}", room("2"));
        assert!(!room("").contains("room"), "{}", room(""));
        let title = edit(FILE, &Edit::Title { entry: id("talk"), title: "Anew".to_owned() }).unwrap();
        assert!(title.ends_with("title = \"Anew\"\n"), "{title}");
    }

    #[test]
    fn what_is_not_there_is_not_changed() {
        let reinstate = |name: &str| edit(FILE, &Edit::Reinstate { entry: id(name) }).unwrap_err().to_string();
        assert_eq!(reinstate("abstract"), "the file has no abstract");
        assert!(edit("[x", &Edit::Reinstate { entry: id("a") }).unwrap_err().to_string().contains("cannot be read"));
    }
}
