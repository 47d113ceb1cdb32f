//! What must hold between the tables of a programme file, and between the values of one.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{NaiveDate, TimeDelta};

use super::cursor::Cursor;
use super::meant::nearest;
use super::table::Table;
use super::value;
use crate::domain::programme::{Id, Moment, SessionKind};

/// Addresses of the service itself, which no programme can have.
pub(super) const RESERVED: &[&str] = &["organize", "api", "assets", "healthz", "readyz", "metrics"];

const MOST_DAYS: i64 = 31;
const LONGEST_ID: usize = 64;

/// The first and the last day, from the list in the file.
pub(super) fn days(cursor: &mut Cursor, dates: &[NaiveDate]) -> Option<(NaiveDate, NaiveDate)> {
    let span = cursor.places.find("programme.dates");
    let (first, last) = match *dates {
        [one] => (one, one),
        [first, last] => (first, last),
        [first, .., last] => {
            let what = "dates holds the first and the last day only";
            cursor.error(span, what, format!("write dates = [{first}, {last}]"));
            return None;
        }
        [] => {
            let help = "write dates = [2025-09-23]; delete the line while the day is unknown";
            cursor.error(span, "dates holds the first and the last day", help);
            return None;
        }
    };
    if last < first {
        cursor.error(span, "the last day comes before the first", format!("write dates = [{last}, {first}]"));
        return None;
    }
    if last - first >= TimeDelta::days(MOST_DAYS) {
        cursor.error(span, format!("a workshop of more than {MOST_DAYS} days"), "check the years and months");
        return None;
    }
    Some((first, last))
}

/// A session has a minute at least, or calendars lose it, and a day at most.
pub(super) fn length(cursor: &mut Cursor, path: &str, start: Moment, end: Moment) {
    let span = cursor.places.find(&format!("{path}.end"));
    let length = end.instant - start.instant;
    if length <= TimeDelta::zero() {
        let shown = |moment: Moment| {
            let pattern = if start.date() == end.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
            moment.civil.format(pattern).to_string()
        };
        let what = format!("it ends at {}, not after its start at {}", shown(end), shown(start));
        let next = end.civil + TimeDelta::days(1);
        // Late in the evening and early in the morning: the session passes midnight.
        let past_midnight = next > start.civil && next - start.civil < TimeDelta::hours(8);
        let help = if start.date() == end.date() && past_midnight {
            format!("past midnight is the next day: write {}", next.format("%Y-%m-%dT%H:%M:%S"))
        } else {
            "check both".to_owned()
        };
        cursor.error(span, what, help);
    } else if length < TimeDelta::minutes(1) {
        cursor.error(span, "a session shorter than a minute is lost in some calendars", "give it a minute or more");
    } else if length > TimeDelta::days(1) {
        cursor.error(span, "a session longer than a day", "check its end; make one session for each day");
    }
}

/// Whether a session of this kind normally has somebody speaking.
pub(super) fn wants_speaker(kind: SessionKind) -> bool {
    matches!(kind, SessionKind::Keynote | SessionKind::Oral)
}

/// The ids of one namespace, each with its kind and where it stands.
#[derive(Default)]
pub(super) struct Ids {
    known: HashMap<Id, (&'static str, Range<usize>)>,
    doubled: Vec<(Id, &'static str, Range<usize>)>,
}

impl Ids {
    /// Reads a table's id, and names the table by it from here on.
    pub fn read(&mut self, cursor: &mut Cursor, table: &mut Table<'_, '_>, kind: &'static str) -> Option<Id> {
        let id = table.required(cursor, "id", value::id, "\"a-short-name\"");
        let span = cursor.places.find(&format!("{}.id", table.path));
        let Some(id) = id else {
            // What refers to it refers to the name it will have.
            let written = cursor.source.get(span.clone()).and_then(Id::suggestion);
            self.known.extend(written.map(|id| (id, (kind, span))));
            return None;
        };
        if self.known.contains_key(&id) {
            self.doubled.push((id, kind, span));
            return None;
        }
        table.path = format!("{kind}.{id}");
        cursor.places.set(table.path.clone(), span.clone());
        cursor.places.set(format!("{}.id", table.path), span.clone());
        self.known.insert(id.clone(), (kind, span));
        Some(id)
    }

    /// Reports ids given twice, each with a name that is still free.
    pub fn report_doubled(&mut self, cursor: &mut Cursor) {
        for (id, kind, span) in std::mem::take(&mut self.doubled) {
            if cursor.is_full() {
                return;
            }
            let (other, first) = self.known.get(&id).cloned().unwrap_or((kind, span.clone()));
            let what = format!("\"{id}\" is already the id of the {other} in line {}", cursor.line(first.start));
            let free = (2..).map(|number| numbered(&id, number)).find(|id| !self.known.contains_key(id));
            let free = free.expect("there are more numbers than entries");
            cursor.error(span.clone(), what, format!("choose another, such as \"{free}\""));
            self.known.insert(free, (kind, span));
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(Id::as_str)
    }
}

fn numbered(id: &Id, number: usize) -> Id {
    let ending = format!("-{number}");
    let base = &id.as_str()[..id.as_str().len().min(LONGEST_ID - ending.len())];
    Id::new(&format!("{}{ending}", base.trim_end_matches('-'))).expect("an id and a number are an id")
}

/// What refers to something else, found while the tables were read: those that have errors refer too.
#[derive(Default)]
pub(super) struct References {
    pub papers: Vec<(Id, Range<usize>)>,
    pub hosts: Vec<(Id, Range<usize>)>,
    /// A session's title, its place, and the paper it presents.
    pub presented: Vec<(String, Range<usize>, Id)>,
    /// An id an entry had before, its place, and the entry's id now.
    pub former: Vec<(Id, Range<usize>, Option<Id>)>,
}

impl References {
    /// Everything that is referred to exists.
    pub fn check(self, cursor: &mut Cursor, entries: &Ids, papers: &Ids, hosts: &Ids, titles: &HashMap<Id, String>) {
        if !cursor.ids_may_be_unread() {
            self.papers.into_iter().for_each(|(id, span)| exists(cursor, "paper", papers, &id, span));
            self.hosts.into_iter().for_each(|(id, span)| exists(cursor, "host", hosts, &id, span));
        }
        for (title, span, paper) in self.presented {
            if let Some(other) = titles.get(&paper).filter(|other| **other != title && title != "TBC") {
                let what = format!("the title differs from its paper's, {other:?}");
                cursor.note(span, what, "keep one of the two spellings");
            }
        }
        former_ids(cursor, entries, self.former);
    }
}

fn exists(cursor: &mut Cursor, kind: &str, known: &Ids, id: &Id, span: Range<usize>) {
    if known.known.contains_key(id) || cursor.is_full() {
        return;
    }
    let near = if cursor.may_compare(known.known.len()) { nearest(id.as_str(), known.names()) } else { None };
    let help = match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("add a [[{kind}]] with this id, or mend the reference"),
    };
    cursor.error(span, format!("there is no {kind} \"{id}\""), help);
}

/// A former id is nobody's present one, and has one successor.
fn former_ids(cursor: &mut Cursor, entries: &Ids, former: Vec<(Id, Range<usize>, Option<Id>)>) {
    let mut successors: HashMap<Id, (Option<Id>, usize)> = HashMap::new();
    for (old, span, successor) in former {
        let line = cursor.line(span.start);
        if successor.as_ref() == Some(&old) {
            cursor.error(
                span,
                format!("\"{old}\" is its id now"),
                "delete it here: formerly holds the ids it had before",
            );
        } else if let Some((kind, place)) = entries.known.get(&old) {
            let what = format!("\"{old}\" is the id of the {kind} in line {}", cursor.line(place.start));
            cursor.error(span, what, "remove one of the two: an id that is in use is nobody's former one");
        } else if let Some((other, other_line)) = successors.get(&old) {
            let other = other.as_ref().map_or_else(String::new, |id| format!(" of \"{id}\""));
            let what = format!("\"{old}\" is already the former id{other} in line {other_line}");
            cursor.error(span, what, "keep it where its subscribers should end up");
        } else {
            successors.insert(old, (successor, line));
        }
    }
}
