//! The workshop as schema.org sees it, in JSON-LD, for search engines and assistants that read pages.
//!
//! The workshop is an `Event` with its sessions as `subEvent`. A session or a workshop that moved is rescheduled and
//! says from when; a cancelled one is cancelled, not absent. A deadline is no `Event`: nobody goes there, and a list of
//! events that shows it would send people to the venue. It is a `potentialAction` that can be done until its `endTime`,
//! with the submission site as its `target`; one that was withdrawn cannot be done and is left out.

mod vocabulary;

use std::collections::BTreeSet;

use crate::domain::entry::{DeadlineEntry, SessionEntry};
use crate::domain::programme::{Attendance, DeadlineKind, Moment, Role, Speaker};
use crate::domain::revision::{Record, State};
use crate::exchange::published::{Published, with_offset};
use vocabulary::{Action, Address, Event, Geo, Location, Party};

/// Beyond so many sessions, what the workshop's own record and each session's page say is not said again for each: a page
/// would be heavier than all that is read on it.
const IN_FULL: usize = 60;

/// The workshop as a JSON-LD document for people to read and paste.
pub fn document(published: &Published) -> String {
    let mut text = serde_json::to_string_pretty(&workshop(published)).expect("plain data");
    text.push('\n');
    text
}

/// The same without blanks, as part of a page.
pub fn compact(published: &Published) -> String {
    serde_json::to_string(&workshop(published)).expect("plain data")
}

fn workshop(published: &Published) -> Event {
    let programme = published.programme;
    // What left after it was over is on the page no more.
    let sessions: Vec<_> =
        published.sessions().into_iter().filter(|(record, _)| record.state != State::Archived).collect();
    let (start_date, end_date) = span(published, &sessions);
    let (event_status, previous_start_date) = status(is_cancelled(published), former_start(&sessions));
    let mut performers = BTreeSet::new();
    let live = sessions.iter().filter(|(record, _)| !record.is_cancelled());
    let speakers = live.flat_map(|(_, session)| &session.speakers);
    let performer = speakers.filter(|speaker| performers.insert(&speaker.name)).map(person).collect();
    let own = programme.url.as_ref().map(ToString::to_string);
    Event {
        context: Some("https://schema.org"),
        kind: "Event",
        name: programme.title.clone(),
        description: programme.summary.clone(),
        url: published.home().map(str::to_owned),
        same_as: own.filter(|own| published.home() != Some(own)),
        image: programme.logo.as_ref().map(ToString::to_string),
        start_date,
        end_date,
        event_status,
        previous_start_date,
        event_attendance_mode: attendance(published),
        location: venue(published),
        organizer: organizers(published),
        performer,
        sub_event: {
            let many = sessions.len() > IN_FULL;
            sessions.iter().map(|(record, session)| sub_event(published, record, session, many)).collect()
        },
        potential_action: published
            .deadlines()
            .into_iter()
            .filter(|(record, _)| record.state == State::Live && !record.is_cancelled())
            .map(|(record, deadline)| action(published, record, deadline))
            .collect(),
    }
}

fn sub_event(published: &Published, record: &Record, session: &SessionEntry, many: bool) -> Event {
    let (event_status, previous_start_date) =
        status(record.is_cancelled(), record.moved.map(|moved| moved.from).filter(|from| *from != session.start));
    Event {
        kind: "Event",
        name: if session.is_open() { session.headline() } else { session.title.clone() },
        description: session.summary.clone().filter(|_| !many),
        url: published.entry_page(record).or_else(|| session.url.clone()),
        start_date: Some(with_offset(session.start)),
        end_date: Some(with_offset(session.end)),
        event_status,
        previous_start_date,
        event_attendance_mode: attendance(published),
        location: if many { Vec::new() } else { room(published, session) },
        performer: session.speakers.iter().map(person).collect(),
        ..Event::default()
    }
}

/// Cancelled beats rescheduled: from when it was moved matters no more.
fn status(cancelled: bool, moved: Option<Moment>) -> (&'static str, Option<String>) {
    match (cancelled, moved) {
        (true, _) => ("https://schema.org/EventCancelled", None),
        (false, Some(from)) => ("https://schema.org/EventRescheduled", Some(with_offset(from))),
        (false, None) => ("https://schema.org/EventScheduled", None),
    }
}

/// Whether every day of the workshop is cancelled, session by session.
fn is_cancelled(published: &Published) -> bool {
    let mut days = published
        .days()
        .into_iter()
        .filter(|(record, _)| record.state == State::Live && !record.key.is_sessions_day())
        .peekable();
    days.peek().is_some() && days.all(|(record, _)| record.is_cancelled())
}

/// When the workshop began before its sessions were moved, if that was another day. A workshop whose first session only
/// takes place an hour later was not rescheduled.
fn former_start(sessions: &[(&Record, &SessionEntry)]) -> Option<Moment> {
    let live = || sessions.iter().filter(|(record, _)| !record.is_cancelled());
    let start = live().map(|(_, session)| session.start).min_by_key(|start| start.instant)?;
    let before = live().map(|(record, session)| record.moved.map_or(session.start, |moved| moved.from));
    before.min_by_key(|start| start.instant).filter(|before| before.date() != start.date())
}

/// From the first session to the last, as far as they reach; where a day has no session yet, the day alone.
fn span(published: &Published, sessions: &[(&Record, &SessionEntry)]) -> (Option<String>, Option<String>) {
    let is_live = |(record, _): &&(&Record, &SessionEntry)| !record.is_cancelled();
    let live: Vec<_> = sessions.iter().filter(is_live).collect();
    let shown = if live.is_empty() { sessions.iter().collect() } else { live };
    let start = shown.iter().map(|(_, session)| session.start).min_by_key(|start| start.instant);
    let end = shown.iter().map(|(_, session)| session.end).max_by_key(|end| end.instant);
    let Some((first, last)) = published.programme.dates else {
        return (start.map(with_offset), end.map(with_offset));
    };
    let start = start.filter(|start| start.date() <= first).map_or_else(|| first.to_string(), with_offset);
    let end = end.filter(|end| end.date() >= last).map_or_else(|| last.to_string(), with_offset);
    (Some(start), Some(end))
}

fn attendance(published: &Published) -> &'static str {
    match published.programme.attendance {
        Attendance::InPerson => "https://schema.org/OfflineEventAttendanceMode",
        Attendance::Online => "https://schema.org/OnlineEventAttendanceMode",
        Attendance::Hybrid => "https://schema.org/MixedEventAttendanceMode",
    }
}

fn venue(published: &Published) -> Vec<Location> {
    let venue = &published.programme.venue;
    let place = Location::Place {
        name: venue.name.clone().or_else(|| venue.city.clone()),
        alternate_name: venue.name_local.clone(),
        url: venue.url.as_ref().map(ToString::to_string),
        address: address(published),
        geo: venue.geo.clone().map(|(latitude, longitude)| Geo { latitude, longitude }),
    };
    let known = venue.name.is_some() || venue.city.is_some() || venue.address.is_some();
    locations(published, known.then_some(place))
}

fn room(published: &Published, session: &SessionEntry) -> Vec<Location> {
    let parts = [&session.place.room, &session.place.name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let name = (!parts.is_empty()).then(|| parts.join(", ")).or_else(|| session.place.city.clone());
    let address = address(published);
    let known = name.is_some() || address.is_some();
    let place = Location::Place { name, alternate_name: None, url: None, address, geo: None };
    locations(published, known.then_some(place))
}

/// The place, the network, or both, as people take part.
fn locations(published: &Published, place: Option<Location>) -> Vec<Location> {
    let online = Location::VirtualLocation {
        url: published.programme.url.as_ref().map(ToString::to_string).or_else(|| published.home().map(str::to_owned)),
    };
    match published.programme.attendance {
        Attendance::InPerson => place.into_iter().collect(),
        Attendance::Online => vec![online],
        Attendance::Hybrid => place.into_iter().chain([online]).collect(),
    }
}

fn address(published: &Published) -> Option<Address> {
    let venue = &published.programme.venue;
    let known = venue.address.is_some() || venue.city.is_some() || venue.country.is_some();
    known.then(|| Address {
        street_address: venue.address.clone(),
        address_locality: venue.city.clone(),
        address_country: venue.country.clone(),
    })
}

/// The workshops held together, then who runs them; the workshop itself where nobody is named.
fn organizers(published: &Published) -> Vec<Party> {
    let programme = published.programme;
    let organization =
        |name: &str, url: Option<String>| Party { kind: "Organization", name: name.to_owned(), url, affiliation: None };
    let hosts = programme.hosts.iter().map(|host| organization(&host.name, host.url.as_ref().map(ToString::to_string)));
    let people = programme.people.iter().filter(|person| person.role == Role::Organizer).map(|person| Party {
        kind: "Person",
        name: person.name.clone(),
        url: person.url.as_ref().map(ToString::to_string),
        affiliation: person.affiliation.as_deref().map(|name| Box::new(organization(name, None))),
    });
    let named: Vec<Party> = hosts.chain(people).collect();
    if named.is_empty() { vec![organization(&programme.short, published.home().map(str::to_owned))] } else { named }
}

fn person(speaker: &Speaker) -> Party {
    let affiliation = speaker
        .affiliation
        .clone()
        .map(|name| Box::new(Party { kind: "Organization", name, url: None, affiliation: None }));
    Party { kind: "Person", name: speaker.name.clone(), url: speaker.url.clone(), affiliation }
}

/// A deadline as what can be done until then. At a notification it is the organizers who act.
fn action(published: &Published, record: &Record, deadline: &DeadlineEntry) -> Action {
    Action {
        kind: match deadline.kind {
            DeadlineKind::Abstract | DeadlineKind::Submission | DeadlineKind::CameraReady => "SendAction",
            DeadlineKind::Notification => "InformAction",
            DeadlineKind::Registration => "RegisterAction",
            DeadlineKind::Other => "Action",
        },
        name: deadline.title.clone(),
        description: deadline.needs.clone(),
        end_time: with_offset(deadline.due),
        target: deadline.url.clone(),
        url: published.entry_page(record),
    }
}
