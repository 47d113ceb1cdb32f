//! Doubts: what a file says that may well be meant, and was a slip of the pen more than once.
//!
//! A doubt has a name bound to its content, such as `brought-forward:camera-ready:2023-08-18`: accepting it answers
//! this question only, not the next one. Some doubts lie in the file alone, most in what it would change.

use std::collections::HashSet;

use chrono::{Datelike, Days, NaiveDate};
use sha2::{Digest, Sha256};
use url::Url;

use super::entry::{Draft, entries};
use super::file::{Level, Places, Problem};
use super::programme::{Deadline, DeadlineKind, Id, Moment, Programme, Session};
use super::zone::{Instant, Zone};

/// A year before the workshop nothing is due yet, save by a wrong year.
const LONGEST_SEASON_DAYS: u64 = 366;

/// With fewer entries a third of them is nothing to wonder at.
const FEWEST_ENTRIES_TO_COUNT: usize = 6;

/// The doubts of publishing `programme` at `now` after `previous`, save those its file accepts.
pub fn doubts(programme: &Programme, places: &Places, previous: Option<&Programme>, now: Instant) -> Vec<Problem> {
    let mut doubts = Doubts { places, found: Vec::new() };
    for deadline in &programme.deadlines {
        season(&mut doubts, programme, deadline);
        let before = previous.and_then(|previous| previous.ancestor_of_deadline(deadline));
        slipped_year(&mut doubts, programme, deadline, before, now);
        if let Some(before) = before {
            moved(&mut doubts, deadline, before, now);
        }
    }
    order(&mut doubts, programme);
    sessions(&mut doubts, programme);
    if let Some(previous) = previous {
        vanished(&mut doubts, programme, previous, now);
        workshop(&mut doubts, programme, previous);
        renamed(&mut doubts, programme, previous);
        extent(&mut doubts, programme, previous);
    }
    let accepted = |problem: &Problem| {
        problem.doubt.as_ref().is_some_and(|name| programme.accept.iter().any(|accepted| accepted == name))
    };
    doubts.found.retain(|problem| !accepted(problem));
    doubts.found.sort_by_key(|problem| problem.span.start);
    doubts.found
}

struct Doubts<'p> {
    places: &'p Places,
    found: Vec<Problem>,
}

impl Doubts<'_> {
    fn add(&mut self, path: &str, name: String, what: String, right: impl Into<String>) {
        let help = format!("{}; if it is meant, accept = [\"{name}\"]", right.into());
        self.found.push(Problem {
            level: Level::Doubt,
            span: self.places.find(path),
            what,
            help: Some(help),
            doubt: Some(name),
        });
    }
}

/// A deadline after the workshop, or more than a year before it.
fn season(doubts: &mut Doubts<'_>, programme: &Programme, deadline: &Deadline) {
    let (Some(due), Some((first, last)), None) = (deadline.due.moment(), programme.dates, &deadline.cancelled) else {
        return;
    };
    let (id, date) = (&deadline.id, due.date());
    let path = format!("deadline.{id}.due");
    if date > last {
        let what = format!("{} falls on {date}, after the workshop's last day {last}", deadline.title);
        doubts.add(&path, format!("after-workshop:{id}:{date}"), what, "check the year and the month");
    } else if date < first.checked_sub_days(Days::new(LONGEST_SEASON_DAYS)).unwrap_or(first) {
        let what = format!("{} falls on {date}, more than a year before the workshop on {first}", deadline.title);
        doubts.add(&path, format!("long-before-workshop:{id}:{date}"), what, "check the year");
    }
}

/// A deadline already past when it is first published, while the same day a year later would make sense.
fn slipped_year(
    doubts: &mut Doubts<'_>,
    programme: &Programme,
    deadline: &Deadline,
    before: Option<&Deadline>,
    now: Instant,
) {
    let Some(due) = deadline.due.moment() else { return };
    let first_time = before.is_none_or(|before| before.due.moment().is_none());
    if !first_time || due.instant > now || deadline.cancelled.is_some() {
        return;
    }
    let Some(later) = due.date().with_year(due.date().year() + 1) else { return };
    let ahead = due.zone.instant_or_nearest(later.and_time(due.civil.time())) > now;
    if ahead && programme.dates.is_none_or(|(_, last)| later <= last) {
        let id = &deadline.id;
        let what = format!("{} on {} is already past", deadline.title, due.date());
        let right = format!("did you mean {later}?");
        doubts.add(&format!("deadline.{id}.due"), format!("wrong-year:{id}:{}", due.date()), what, right);
    }
}

/// A deadline still ahead that is brought forward, or moved into the past; a submission link on another host.
fn moved(doubts: &mut Doubts<'_>, deadline: &Deadline, before: &Deadline, now: Instant) {
    let id = &deadline.id;
    if deadline.cancelled.is_some() {
        return;
    }
    if let (Some(due), Some(old)) = (deadline.due.moment(), before.due.moment())
        && due.instant < old.instant
        && old.instant > now
    {
        let (name, how) = if due.instant <= now {
            ("into-past", "moves into the past")
        } else {
            ("brought-forward", "is brought forward")
        };
        let what = format!("{} {how}: {} -> {}", deadline.title, written(old), written(due));
        let right = "authors who noted the old date would be late";
        doubts.add(&format!("deadline.{id}.due"), format!("{name}:{id}:{}", due.date()), what, right);
    }
    let host = |url: &Option<Url>| url.as_ref().and_then(|url| url.host_str().map(str::to_owned));
    if let (Some(new), Some(old)) = (host(&deadline.url), host(&before.url))
        && new != old
    {
        let what = format!("{} is submitted at another site: {old} -> {new}", deadline.title);
        doubts.add(&format!("deadline.{id}.url"), format!("link-moved:{id}:{new}"), what, "check the address");
    }
}

/// Camera-ready before notification, notification before submission.
fn order(doubts: &mut Doubts<'_>, programme: &Programme) {
    let rank = |kind: DeadlineKind| match kind {
        DeadlineKind::Abstract => Some(0),
        DeadlineKind::Submission => Some(1),
        DeadlineKind::Notification => Some(2),
        DeadlineKind::CameraReady => Some(3),
        DeadlineKind::Registration | DeadlineKind::Other => None,
    };
    let dated: Vec<(u8, Moment, &Deadline)> = programme
        .deadlines
        .iter()
        .filter(|deadline| deadline.cancelled.is_none() && deadline.ours)
        .filter_map(|deadline| Some((rank(deadline.kind)?, deadline.due.moment()?, deadline)))
        .collect();
    // Two tracks of one workshop overlap; a step is out of order only when it precedes every instance of the one before.
    for (rank, due, deadline) in &dated {
        let earlier_steps = dated.iter().filter(|(other, ..)| other + 1 == *rank);
        let Some((_, first, before)) = earlier_steps.min_by_key(|(_, due, _)| due.instant) else { continue };
        if due.instant < first.instant {
            let id = &deadline.id;
            let what =
                format!("{} on {} comes before {} on {}", deadline.title, due.date(), before.title, first.date());
            let name = format!("order:{id}:{}:{}", before.id, due.date());
            doubts.add(&format!("deadline.{id}.due"), name, what, "check both dates");
        }
    }
}

/// Sessions on another day than the workshop's, or two in one room at once.
fn sessions(doubts: &mut Doubts<'_>, programme: &Programme) {
    let live: Vec<&Session> = programme.sessions.iter().filter(|session| session.cancelled.is_none()).collect();
    if let Some((first, last)) = programme.dates {
        let off = |date: NaiveDate| date < first || date > last;
        for session in live.iter().filter(|session| off(session.start.date())) {
            let (id, date) = (&session.id, session.start.date());
            let what = format!("{} is on {date}, which is no day of the workshop ({first} to {last})", session.title);
            doubts.add(
                &format!("session.{id}.start"),
                format!("other-day:{id}:{date}"),
                what,
                "check its date, or dates",
            );
        }
    }
    // Sessions are in order of their start: one that is still running in a room meets the next one there.
    let mut running: Vec<&Session> = Vec::new();
    for session in live {
        running.retain(|other| other.end.instant > session.start.instant);
        if let Some(other) = running.iter().find(|other| programme.room(other) == programme.room(session)) {
            let room = programme.room(session).map_or(String::new(), |room| format!(" in {room}"));
            let what = format!("{} begins while {} still runs{room}", session.title, other.title);
            let name = format!("overlap:{}:{}:{}", other.id, session.id, session.start.civil.format("%H:%M"));
            doubts.add(
                &format!("session.{}.start", session.id),
                name,
                what,
                "check the times, or give one another room",
            );
        }
        running.push(session);
    }
}

/// A deadline still ahead that is gone, or open again.
fn vanished(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme, now: Instant) {
    for old in &previous.deadlines {
        let Some(due) = old.due.moment().filter(|due| due.instant > now) else { continue };
        if old.cancelled.is_some() {
            continue;
        }
        let continued =
            programme.deadlines.iter().find(|new| previous.ancestor_of_deadline(new).is_some_and(|o| o.id == old.id));
        let what = match continued {
            Some(new) if new.due.moment().is_some() || new.cancelled.is_some() => continue,
            Some(_) => format!("{} on {} is open again", old.title, written(due)),
            None => format!("{} on {} is gone from the file", old.title, written(due)),
        };
        let right = "keep it, and write cancelled = \"why\" if it was withdrawn";
        let name = format!("vanished:{}:{}", old.id, due.date());
        doubts.add(&format!("deadline.{}", old.id), name, what, right);
    }
}

/// Its day, its city or its zone is another.
fn workshop(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    if let (Some((first, last)), Some(old)) = (programme.dates, previous.dates)
        && (first, last) != old
    {
        let what = format!("the workshop moves from {} to {first}", old.0);
        let name = if first == last { format!("day-moved:{first}") } else { format!("day-moved:{first}:{last}") };
        doubts.add("programme.dates", name, what, "check the dates");
    }
    if let (Some(new), Some(old)) = (&programme.venue.city, &previous.venue.city)
        && new != old
    {
        doubts.add(
            "venue.city",
            format!("city-moved:{new}"),
            format!("the city changes: {old} -> {new}"),
            "check the city",
        );
    }
    if programme.time_zone != previous.time_zone {
        let zone = |zone: Zone| zone.name();
        let (new, old) = (zone(programme.time_zone), zone(previous.time_zone));
        let what = format!("every session moves to another time zone: {old} -> {new}");
        doubts.add("programme.time_zone", format!("zone-moved:{new}"), what, "check time_zone");
    }
}

/// An id that is gone while a new one bears its title: probably a rename, which `formerly` says.
fn renamed(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    let named = |programme: &Programme| -> Vec<(&'static str, Id, String)> {
        let deadlines = programme.deadlines.iter().map(|d| ("deadline", d.id.clone(), d.title.clone()));
        deadlines.chain(programme.sessions.iter().map(|s| ("session", s.id.clone(), s.title.clone()))).collect()
    };
    let (old, new) = (named(previous), named(programme));
    let former: HashSet<&Id> = programme
        .deadlines
        .iter()
        .flat_map(|deadline| &deadline.formerly)
        .chain(programme.sessions.iter().flat_map(|session| &session.formerly))
        .collect();
    for (kind, gone, title) in &old {
        if new.iter().any(|(_, id, _)| id == gone) || former.contains(gone) || programme.forget.contains(gone) {
            continue;
        }
        let same = |(other, id, new_title): &&(&str, Id, String)| {
            other == kind && new_title == title && !old.iter().any(|(_, known, _)| known == id)
        };
        if let Some((_, id, _)) = new.iter().find(same) {
            let what = format!("the {kind} \"{gone}\" is gone, and \"{id}\" bears its title");
            let right = format!("write formerly = [\"{gone}\"] to keep its subscribers");
            doubts.add(&format!("{kind}.{id}"), format!("renamed:{gone}:{id}"), what, right);
        }
    }
}

/// More than a third of the entries changed or gone: perhaps the wrong file.
fn extent(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    let shown = |programme: &Programme| -> Vec<Draft> {
        entries(programme).into_iter().filter(|draft| draft.key.id().is_some()).collect()
    };
    let (old, new) = (shown(previous), shown(programme));
    let continues = |new: &Draft, old: &Draft| new.key == old.key || new.formerly.contains(&old.key);
    let kept = |old: &&Draft| new.iter().any(|new| continues(new, old) && new.entry == old.entry);
    let touched = old.len() - old.iter().filter(kept).count();
    if old.len() >= FEWEST_ENTRIES_TO_COUNT && touched * 3 > old.len() {
        // The name is bound to what the file would publish, not only to how much of it.
        let content = serde_json::to_vec(&new.iter().map(|draft| &draft.entry).collect::<Vec<_>>());
        let digest = Sha256::digest(content.expect("entries are plain data"));
        let name =
            format!("much-changed:{touched}:{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
        let what = format!("{touched} of {} published entries change or vanish at once", old.len());
        doubts.add("programme", name, what, "check that this is the right file");
    }
}

fn written(moment: Moment) -> String {
    format!("{} {}", moment.civil.format("%Y-%m-%d %H:%M"), moment.zone.local(moment.instant).label)
}
