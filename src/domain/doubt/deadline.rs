//! Doubts about deadlines: the year, the order, and what a new revision does to dates people have noted.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, Days, NaiveDate};
use url::Url;

use super::workshop::renames;
use super::{Doubts, named, written};
use crate::domain::programme::{Deadline, DeadlineKind, Id, Moment, Programme};
use crate::domain::zone::Instant;

/// A year before the workshop nothing is due yet, save by a wrong year.
const LONGEST_SEASON_DAYS: u64 = 366;

/// What is asked of each deadline, by itself and against the one it continues.
pub(super) fn ask(doubts: &mut Doubts<'_>, programme: &Programme, previous: Option<&Programme>, now: Instant) {
    for deadline in programme.deadlines.iter().filter(|deadline| deadline.cancelled.is_none()) {
        let before = previous.and_then(|previous| previous.ancestor_of_deadline(deadline));
        if let Some(before) = before {
            link(doubts, deadline, before);
        }
        let Some(due) = deadline.due.moment() else { continue };
        let told = before.and_then(|before| before.due.moment());
        // A wrong year also looks early, out of order and moved: it is asked about once.
        let asked = match told {
            Some(told) => moved(doubts, programme, deadline, due, told, now),
            None => wrong_year(doubts, programme, deadline, due, now),
        };
        if !asked {
            season(doubts, programme, deadline, due);
            order(doubts, programme, deadline, due);
        }
    }
}

/// The same day a year later, if that would make sense of a moment that is past.
fn a_year_later(programme: &Programme, deadline: &Deadline, due: Moment, now: Instant) -> Option<NaiveDate> {
    let later = due.date().with_year(due.date().year() + 1)?;
    let instant = due.zone.instant_or_nearest(later.and_time(due.civil.time()));
    let possible = due.instant <= now && instant > now && programme.dates.is_none_or(|(_, last)| later <= last);
    // Joined half-way: the next step is still ahead, this one is simply over.
    let over = steps(programme)
        .any(|(rank, next, _)| Some(rank) > self::rank(deadline.kind) && next.instant > now && next.instant < instant);
    let over = over && rank(deadline.kind).is_some();
    (possible && !over).then_some(later)
}

/// A deadline already past when it is first published, while the same day a year later would make sense.
fn wrong_year(doubts: &mut Doubts<'_>, programme: &Programme, deadline: &Deadline, due: Moment, now: Instant) -> bool {
    let Some(later) = a_year_later(programme, deadline, due, now) else { return false };
    let (id, date) = (&deadline.id, due.date());
    let what = format!("{} on {date} is already past", deadline.title);
    let (right, meant) = (format!("did you mean {later}?"), format!("{date} is right"));
    doubts.unless(&format!("deadline.{id}.due"), format!("wrong-year:{id}:{date}"), what, &right, &meant);
    true
}

/// A deadline still ahead that is brought forward, or moved into the past. Says whether the new date is doubted as such.
fn moved(
    doubts: &mut Doubts<'_>,
    programme: &Programme,
    deadline: &Deadline,
    due: Moment,
    old: Moment,
    now: Instant,
) -> bool {
    if due.instant >= old.instant || old.instant <= now {
        return false;
    }
    let id = &deadline.id;
    let zone = if due.zone == old.zone { String::new() } else { format!(":{}", due.zone) };
    let name = format!("{id}:{}{zone}", named(due));
    let path = format!("deadline.{id}.due");
    if due.instant <= now {
        let what = format!("{} moves into the past: {} -> {}", deadline.title, written(old), written(due));
        match a_year_later(programme, deadline, due, now) {
            Some(later) => {
                let (right, meant) = (format!("did you mean {later}?"), format!("{} is right", due.date()));
                doubts.unless(&path, format!("into-past:{name}"), what, &right, &meant);
            }
            None => {
                let right = "nobody could meet it: check year and month";
                doubts.add(&path, format!("into-past:{name}"), what, right);
            }
        }
        return true;
    }
    let (path, why) = if due.civil != old.civil || due.zone == old.zone {
        (path, "")
    } else if doubts.places.has(&format!("deadline.{id}.zone")) {
        (format!("deadline.{id}.zone"), " because its zone changes")
    } else if doubts.places.has("programme.deadline_zone") {
        ("programme.deadline_zone".to_owned(), " because its zone changes")
    } else {
        (path, " because its zone changes")
    };
    let what = format!("{} is brought forward{why}: {} -> {}", deadline.title, written(old), written(due));
    doubts.add(&path, format!("brought-forward:{name}"), what, "authors who noted the old date would be late");
    false
}

/// A link that leads to another site.
fn link(doubts: &mut Doubts<'_>, deadline: &Deadline, before: &Deadline) {
    if let (Some(new), Some(old)) = (host(deadline.url.as_ref()), host(before.url.as_ref()))
        && new != old
    {
        let id = &deadline.id;
        let what = match deadline.kind {
            DeadlineKind::Abstract | DeadlineKind::Submission | DeadlineKind::CameraReady => {
                format!("{} is submitted at another site: {old} -> {new}", deadline.title)
            }
            _ => format!("the link of {} leads to another site: {old} -> {new}", deadline.title),
        };
        doubts.add(&format!("deadline.{id}.url"), format!("link-moved:{id}:{new}"), what, "check the address");
    }
}

pub(super) fn host(url: Option<&Url>) -> Option<&str> {
    url.and_then(Url::host_str)
}

/// A deadline after the workshop, or more than a year before it.
fn season(doubts: &mut Doubts<'_>, programme: &Programme, deadline: &Deadline, due: Moment) {
    let Some((first, last)) = programme.dates else { return };
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

fn rank(kind: DeadlineKind) -> Option<u8> {
    match kind {
        DeadlineKind::Abstract => Some(0),
        DeadlineKind::Submission => Some(1),
        DeadlineKind::Notification => Some(2),
        DeadlineKind::CameraReady => Some(3),
        DeadlineKind::Registration | DeadlineKind::Other => None,
    }
}

/// The workshop's own steps that have a date.
fn steps(programme: &Programme) -> impl Iterator<Item = (u8, Moment, &Deadline)> {
    let ours = programme.deadlines.iter().filter(|deadline| deadline.cancelled.is_none() && deadline.ours);
    ours.filter_map(|deadline| Some((rank(deadline.kind)?, deadline.due.moment()?, deadline)))
}

/// Camera-ready before notification, notification before submission.
fn order(doubts: &mut Doubts<'_>, programme: &Programme, deadline: &Deadline, due: Moment) {
    let Some(rank) = rank(deadline.kind).filter(|_| deadline.ours) else { return };
    let Some(nearest) = steps(programme).map(|(other, ..)| other).filter(|other| *other < rank).max() else { return };
    // Two tracks of one workshop overlap; a step is out of order only when it precedes every instance of the one before.
    let earlier = steps(programme).filter(|(other, ..)| *other == nearest);
    let Some((_, first, before)) = earlier.min_by_key(|(_, due, _)| due.instant) else { return };
    if due.instant < first.instant {
        let id = &deadline.id;
        let what = format!("{} on {} comes before {} on {}", deadline.title, due.date(), before.title, first.date());
        let name = format!("order:{id}:{}:{}", before.id, due.date());
        doubts.add(&format!("deadline.{id}.due"), name, what, "check both dates");
    }
}

/// A deadline still ahead that is gone, or open again.
pub(super) fn ask_of_vanished(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme, now: Instant) {
    // Where it stood, for whoever looks for it: right after the entry that came before it.
    let mut stood = "end".to_owned();
    let renamed: HashSet<&Id> = renames(programme, previous).into_iter().map(|(_, gone, _)| gone).collect();
    let pairs = programme.deadlines.iter().map(|new| (previous.ancestor_of_deadline(new), new));
    let continued: HashMap<&Id, &Deadline> = pairs.filter_map(|(old, new)| Some((&old?.id, new))).collect();
    for old in &previous.deadlines {
        let continued = continued.get(&old.id).copied();
        if let Some(new) = continued {
            stood = format!("deadline.{}", new.id);
        }
        let Some(due) = old.due.moment().filter(|due| due.instant > now) else { continue };
        if old.cancelled.is_some() {
            continue;
        }
        let name = format!("vanished:{}:{}", old.id, named(due));
        match continued {
            Some(new) if new.due.moment().is_some() || new.cancelled.is_some() => {}
            Some(new) => {
                let what = format!("{} on {} is open again", old.title, written(due));
                let right = doubts.places.says(
                    "write the date, or cancelled = \"why\" if it was withdrawn",
                    "write the date, or strike out the whole line, ~~name and date~~, if it was withdrawn",
                );
                doubts.add(&format!("deadline.{}.due", new.id), name, what, right);
            }
            // A rename is asked about where the new name stands.
            None if renamed.contains(&old.id) => {}
            None => {
                let source = doubts.places.says("file", "page");
                let what = format!("{} on {} is gone from the {source}", old.title, written(due));
                let right = doubts.places.says(
                    "keep it, and write cancelled = \"why\" if it was withdrawn",
                    "keep it, and strike out the whole line, ~~name and date~~, if it was withdrawn",
                );
                doubts.add(&stood, name, what, right);
            }
        }
    }
}
