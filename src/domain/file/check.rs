//! What must hold between the tables of a programme file, and between the values of one.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};

use super::cursor::{Cursor, nearest};
use crate::domain::programme::{Award, Deadline, Host, Id, Moment, Paper, Session, SessionKind};

/// Addresses of the service itself, which no programme can have.
pub(super) const RESERVED: &[&str] = &["organize", "api", "assets", "healthz", "readyz", "metrics"];

const MOST_DAYS: i64 = 31;

/// The first and the last day, from the list in the file.
pub(super) fn days(cursor: &mut Cursor, dates: &[NaiveDate]) -> Option<(NaiveDate, NaiveDate)> {
    let span = cursor.places.find("programme.dates");
    let (first, last) = match *dates {
        [one] => (one, one),
        [first, last] => (first, last),
        _ => {
            let what = "dates holds the first and the last day";
            cursor.error(
                span,
                what,
                "write dates = [2025-09-23], or [2027-10-02, 2027-10-03]; leave it out while unknown",
            );
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
        let what =
            format!("it ends at {}, not after its start at {}", end.civil.format("%H:%M"), start.civil.format("%H:%M"));
        cursor.error(span, what, "check both; a session past midnight ends on the next date");
    } else if length < TimeDelta::minutes(1) {
        cursor.error(span, "a session shorter than a minute is lost in some calendars", "give it a minute or more");
    } else if length > TimeDelta::days(1) {
        cursor.error(span, "a session longer than a day", "make one session for each day");
    }
}

/// Whether a session of this kind normally has somebody speaking.
pub(super) fn wants_speaker(kind: SessionKind) -> bool {
    matches!(kind, SessionKind::Keynote | SessionKind::Oral)
}

/// Everything that is referred to exists.
pub(super) fn references(
    cursor: &mut Cursor,
    sessions: &[Session],
    awards: &[Award],
    papers: &[Paper],
    hosts: &[Host],
) {
    let titles: HashMap<&Id, &str> = papers.iter().map(|paper| (&paper.id, paper.title.as_str())).collect();
    for session in sessions {
        if let Some(id) = &session.paper {
            let span = cursor.places.find(&format!("session.{}.paper", session.id));
            match titles.get(id) {
                None => missing(cursor, span, "paper", id, papers.iter().map(|paper| paper.id.as_str())),
                Some(title) if *title != session.title && session.title != "TBC" => {
                    let span = cursor.places.find(&format!("session.{}.title", session.id));
                    cursor.note(span, format!("the title differs from its paper's, {title:?}"));
                }
                Some(_) => {}
            }
        }
        if let Some(id) = &session.host
            && !hosts.iter().any(|host| host.id == *id)
        {
            let span = cursor.places.find(&format!("session.{}.host", session.id));
            missing(cursor, span, "host", id, hosts.iter().map(|host| host.id.as_str()));
        }
    }
    for (index, award) in awards.iter().enumerate() {
        for (place, recipient) in award.recipients.iter().enumerate() {
            if let Some(id) = recipient.paper.as_ref().filter(|id| !titles.contains_key(id)) {
                let span = cursor.places.find(&format!("award.{index}.recipients.{place}.paper"));
                missing(cursor, span, "paper", id, papers.iter().map(|paper| paper.id.as_str()));
            }
        }
    }
}

fn missing<'k>(
    cursor: &mut Cursor,
    span: std::ops::Range<usize>,
    kind: &str,
    id: &Id,
    known: impl Iterator<Item = &'k str>,
) {
    let help = match nearest(id.as_str(), known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("add a [[{kind}]] with this id, or mend the reference"),
    };
    cursor.missing(span, format!("there is no {kind} \"{id}\""), help);
}

/// A former id is nobody's present one, and has one successor.
pub(super) fn former_ids(cursor: &mut Cursor, deadlines: &[Deadline], sessions: &[Session]) {
    let present: HashSet<&Id> = deadlines.iter().map(|d| &d.id).chain(sessions.iter().map(|s| &s.id)).collect();
    let mut successors: HashMap<&Id, &Id> = HashMap::new();
    let former = deadlines
        .iter()
        .map(|deadline| ("deadline", &deadline.id, &deadline.formerly))
        .chain(sessions.iter().map(|session| ("session", &session.id, &session.formerly)));
    for (kind, id, formerly) in former {
        for old in formerly {
            let span = cursor.places.find(&format!("{kind}.{id}.formerly"));
            if present.contains(old) {
                let help = "remove one of the two: an id that is in use is nobody's former one";
                cursor.error(span, format!("\"{old}\" is still the id of an entry"), help);
            } else if let Some(other) = successors.insert(old, id) {
                let help = "keep it where its subscribers should end up";
                cursor.error(span, format!("\"{old}\" is already the former id of \"{other}\""), help);
            }
        }
    }
}
