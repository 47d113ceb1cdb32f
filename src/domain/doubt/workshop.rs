//! Doubts about the workshop as a whole: its days, city and zone, sessions that collide, ids that changed, and a file
//! that changes more than people usually mean.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::Doubts;
use super::deadline::host;
use crate::domain::entry::{Draft, Entry, Place, entries};
use crate::domain::file::Places;
use crate::domain::programme::{Id, Link, LinkKind, Programme, Session};
use crate::domain::zone::Zone;

/// With fewer entries a third of them is nothing to wonder at.
const FEWEST_ENTRIES_TO_COUNT: usize = 6;

/// So many of those that change are named.
const NAMED: usize = 3;

/// What is asked against the revision before.
pub(super) fn ask(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    let moved = moved(doubts, programme, previous);
    links(doubts, programme, previous);
    renamed(doubts, programme, previous);
    // Another day, city or zone changes every entry by itself.
    if !moved {
        extent(doubts, programme, previous);
    }
}

/// Sessions on another day than the workshop's, or two in one room at once.
pub(super) fn ask_of_sessions(doubts: &mut Doubts<'_>, programme: &Programme) {
    let live: Vec<&Session> = programme.sessions.iter().filter(|session| session.cancelled.is_none()).collect();
    if let Some((first, last)) = programme.dates {
        let off = |date: NaiveDate| date < first || date > last;
        for session in live.iter().filter(|session| off(session.start.date())) {
            let (id, date) = (&session.id, session.start.date());
            let days = days(first, last);
            let what = format!("{} is on {date}, which is no day of the workshop ({days})", session.title);
            let name = format!("other-day:{id}:{date}");
            let right =
                doubts.places.says("check its date, or dates in [programme]", "check its date, or the workshop's");
            doubts.add(&format!("session.{id}.start"), name, what, right);
        }
    }
    // Sessions are in order of their start: one that is still running in a room meets the next one there.
    let mut running: Vec<&Session> = Vec::new();
    for session in live {
        running.retain(|other| other.end.instant > session.start.instant);
        if let Some(other) = running.iter().find(|other| programme.room(other) == programme.room(session)) {
            overlap(doubts, programme, other, session);
        }
        running.push(session);
    }
}

fn overlap(doubts: &mut Doubts<'_>, programme: &Programme, other: &Session, session: &Session) {
    let room = programme.room(session).map_or(String::new(), |room| format!(" in {room}"));
    let line = doubts.places.line(doubts.places.find(&format!("session.{}", other.id)).start);
    let what = format!("{} begins while {} (line {line}) still runs{room}", session.title, other.title);
    let end = session.end.civil.min(other.end.civil);
    let shared = format!("{}-{}", session.start.civil.format("%Y-%m-%dT%H:%M"), end.format("%H:%M"));
    let name = format!("overlap:{}:{}:{shared}", other.id, session.id);
    let right = "check the times, or give one of them another room";
    doubts.add(&format!("session.{}.start", session.id), name, what, right);
}

fn days(first: NaiveDate, last: NaiveDate) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// Its day, its city or its zone is another, or no longer said. Says whether one of them is another.
fn moved(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) -> bool {
    match (programme.dates, previous.dates) {
        (Some((first, last)), Some((old, old_last))) if (first, last) != (old, old_last) => {
            let (was, is) = (days(old, old_last), days(first, last));
            let what = if first == last && old == old_last {
                format!("the workshop moves from {was} to {is}")
            } else {
                format!("the workshop's days change: {was} -> {is}")
            };
            let name = if first == last { format!("day-moved:{first}") } else { format!("day-moved:{first}:{last}") };
            let right = if first.year() == old.year() {
                "check the dates".to_owned()
            } else {
                format!("check the year: another year's workshop needs {}", another(doubts.places))
            };
            doubts.add("programme.dates", name, what, &right);
        }
        (None, Some((old, old_last))) => {
            let source = doubts.places.says("file", "page");
            let what = format!("the workshop's day is gone from the {source}: it was {}", days(old, old_last));
            let dates = if old == old_last { old.to_string() } else { format!("{old}, {old_last}") };
            let right = format!("write dates = [{dates}] again");
            let right = doubts.places.says(&right, "write it again").to_owned();
            doubts.add("programme", format!("dates-vanished:{old}"), what, &right);
        }
        _ => {}
    }
    match (&programme.venue.city, &previous.venue.city) {
        (Some(new), Some(old)) if new != old => {
            let what = format!("the city changes: {old} -> {new}");
            doubts.add("venue.city", format!("city-moved:{new}"), what, "check the city");
        }
        (None, Some(old)) => {
            let source = doubts.places.says("file", "page");
            let what = format!("the city is gone from the {source}: it was {old}");
            let path = if doubts.places.has("venue") { "venue" } else { "end" };
            doubts.add(path, format!("city-vanished:{old}"), what, "write the city again");
        }
        _ => {}
    }
    if programme.time_zone != previous.time_zone {
        let zone = |zone: Zone| zone.name();
        let (new, old) = (zone(programme.time_zone), zone(previous.time_zone));
        let what = format!("every session moves to another time zone: {old} -> {new}");
        let right = doubts.places.says("check time_zone", "check the place and the zone");
        doubts.add("programme.time_zone", format!("zone-moved:{new}"), what, right);
    }
    programme.dates != previous.dates
        || programme.venue.city != previous.venue.city
        || programme.time_zone != previous.time_zone
}

/// The workshop's link to its submission site leads to another one.
fn links(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    let old: Vec<&Link> = previous.links.iter().filter(|link| link.kind == LinkKind::Submission).collect();
    let several = programme.links.iter().filter(|link| link.kind == LinkKind::Submission).count() > 1;
    for (index, link) in programme.links.iter().enumerate().filter(|(_, link)| link.kind == LinkKind::Submission) {
        let before = match old.as_slice() {
            [one] if !several => Some(*one),
            old => old.iter().copied().find(|before| before.title == link.title),
        };
        let Some(before) = before else { continue };
        if let (Some(new), Some(old)) = (host(Some(&link.url)), host(Some(&before.url)))
            && new != old
        {
            let what = format!("{} leads to another site: {old} -> {new}", link.title);
            doubts.add(&format!("link.{index}.url"), format!("link-moved:submission:{new}"), what, "check the address");
        }
    }
}

/// Kind, id and title of everything that can be subscribed to by itself.
fn identities(programme: &Programme) -> impl Iterator<Item = (&'static str, &Id, &str)> {
    let deadlines = programme.deadlines.iter().map(|d| ("deadline", &d.id, d.title.as_str()));
    deadlines.chain(programme.sessions.iter().map(|s| ("session", &s.id, s.title.as_str())))
}

/// The id of each kind and title, where one entry alone bears it: a title of several tells nothing, nor does an open one.
fn by_title(programme: &Programme) -> HashMap<(&'static str, &str), &Id> {
    let mut ids: HashMap<_, Option<&Id>> = HashMap::new();
    for (kind, id, title) in identities(programme).filter(|(.., title)| *title != "TBC") {
        ids.entry((kind, title)).and_modify(|one| *one = None).or_insert(Some(id));
    }
    ids.into_iter().filter_map(|(title, id)| Some((title, id?))).collect()
}

/// Each id that is gone while a new one bears its title, with its kind and that new one: probably the same entry.
pub(super) fn renames<'p>(programme: &'p Programme, previous: &'p Programme) -> Vec<(&'static str, &'p Id, &'p Id)> {
    let formerly = programme.deadlines.iter().flat_map(|deadline| &deadline.formerly);
    let formerly = formerly.chain(programme.sessions.iter().flat_map(|session| &session.formerly));
    let present = identities(programme).map(|(_, id, _)| id);
    let explained: HashSet<&Id> = present.chain(formerly).chain(&programme.forget).collect();
    let known: HashSet<&Id> = identities(previous).map(|(_, id, _)| id).collect();
    let (old, new) = (by_title(previous), by_title(programme));
    let gone = identities(previous)
        .filter(|(kind, id, title)| !explained.contains(id) && old.get(&(*kind, *title)).is_some_and(|one| one == id));
    gone.filter_map(|(kind, id, title)| {
        let successor = new.get(&(kind, title)).copied().filter(|successor| !known.contains(successor))?;
        Some((kind, id, successor))
    })
    .collect()
}

/// An id that is gone while a new one bears its title: probably a rename, which `formerly` says.
fn renamed(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    for (kind, gone, id) in renames(programme, previous) {
        let what = format!("the {kind} \"{gone}\" is gone, and \"{id}\" bears its title");
        let right = format!("write formerly = [\"{gone}\"] to keep its subscribers");
        let of_a_page = format!(
            "to keep its subscribers, write into the front matter, below allim: {kind}: {{ {id}: {{ formerly: [{gone}] }} }}"
        );
        let right = doubts.places.says(&right, &of_a_page).to_owned();
        let meant = "they are two different entries";
        doubts.unless(&format!("{kind}.{id}"), format!("renamed:{gone}:{id}"), what, &right, meant);
    }
}

/// More than a third of the entries changed or gone: perhaps the wrong file.
fn extent(doubts: &mut Doubts<'_>, programme: &Programme, previous: &Programme) {
    let shown = |programme: &Programme| -> Vec<Draft> {
        let own = entries(programme).into_iter().filter(|draft| draft.key.id().is_some());
        own.map(|draft| without_the_venue(draft, programme.venue.room.as_deref())).collect()
    };
    let (old, new) = (shown(previous), shown(programme));
    let continues = |new: &Draft, old: &Draft| new.key == old.key || new.formerly.contains(&old.key);
    let kept = |old: &&Draft| new.iter().any(|new| continues(new, old) && new.entry == old.entry);
    let touched: Vec<&Draft> = old.iter().filter(|old| !kept(old)).collect();
    if old.len() < FEWEST_ENTRIES_TO_COUNT || touched.len() * 3 <= old.len() {
        return;
    }
    // The name is bound to what the file would publish, not only to how much of it.
    let content = serde_json::to_vec(&new.iter().map(|draft| &draft.entry).collect::<Vec<_>>());
    let digest = Sha256::digest(content.expect("entries are plain data"));
    let digest: String = digest[..4].iter().map(|octet| format!("{octet:02x}")).collect();
    let titles: Vec<&str> = touched.iter().take(NAMED).map(|draft| title(&draft.entry)).collect();
    let more = if touched.len() > NAMED { ", ..." } else { "" };
    let (count, all) = (touched.len(), old.len());
    let what = format!("{count} of {all} published entries change or vanish at once: {}{more}", titles.join(", "));
    let right = format!("check that this is the right {}", doubts.places.says("file", "page"));
    doubts.add("programme", format!("much-changed:{count}:{digest}"), what, &right);
}

/// What makes a workshop of another year another programme.
fn another(places: &Places) -> &'static str {
    places.says("a file and an id of its own", "an id of its own, in the front matter: allim: { id: ... }")
}

/// An entry without what it has from the venue: one word of that would change them all. The room is announced late in
/// every year, for the whole venue at once.
fn without_the_venue(mut draft: Draft, room: Option<&str>) -> Draft {
    match &mut draft.entry {
        Entry::Session(session) => {
            let own = session.place.room.take().filter(|own| room != Some(own));
            session.place = Place { room: own, ..Place::default() };
        }
        Entry::Deadline(deadline) => (deadline.city, deadline.venue_zone) = (None, Zone::UTC),
        Entry::Day(_) => {}
    }
    draft
}

fn title(entry: &Entry) -> &str {
    match entry {
        Entry::Session(session) => &session.title,
        Entry::Deadline(deadline) => &deadline.title,
        Entry::Day(day) => &day.title,
    }
}
