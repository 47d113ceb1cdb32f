//! What stands where in the schedule: its days, in them rooms, in them events.
//!
//! A day of the schedule runs from four in the morning to four the next: what begins after midnight belongs to the
//! evening before. Every event stands in a room, so one that has none stands in the building.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};
use url::Url;

use super::identity::{guid, number, numbers};
use super::schedule::{
    Colors, Conference, Day, Document, Event, Generator, Link, Person, Room, RoomHead, Schedule, Track,
};
use crate::domain::entry::{Days, SessionEntry};
use crate::domain::programme::{Attendance, Certainty, Moment, Speaker};
use crate::domain::revision::Record;
use crate::exchange::published::{Published, with_offset};

/// The hour at which a day of the schedule ends and the next begins.
const DAY_BREAK: u32 = 4;
/// The pattern of an acronym wants so many letters.
const SHORTEST_ACRONYM: usize = 4;
/// The room of a session of which no place is known.
pub(super) const NO_ROOM: &str = "To be announced";

/// The whole schedule.
pub(super) fn document(published: &Published) -> Document {
    let programme = published.programme;
    let days = days(published);
    let mut rooms: Vec<RoomHead> = Vec::new();
    for room in days.iter().flat_map(|day| &day.rooms) {
        if rooms.iter().all(|known| known.name != room.head.name) {
            rooms.push(room.head.clone());
        }
    }
    let date = |day: Option<&Day>| day.map_or_else(String::new, |day| day.date.to_string());
    let conference = Conference {
        acronym: acronym(published),
        title: programme.title.clone(),
        start: date(days.first()),
        end: date(days.last()),
        days_count: days.len(),
        timeslot_duration: "00:05",
        time_zone_name: programme.time_zone.tzid(),
        url: programme.url.as_ref().map(ToString::to_string),
        logo: programme.logo.as_ref().map(ToString::to_string),
        colors: published.color().map(|primary| Colors { primary }),
        rooms,
        tracks: programme
            .hosts
            .iter()
            .map(|host| Track { name: host.name.clone(), slug: format!("host-{}", host.id) })
            .collect(),
        days,
    };
    Document {
        schema: "https://c3voc.de/schedule/schema.json",
        generator: Generator { name: "Allim" },
        schedule: Schedule {
            version: format!("revision {}", published.revision.number),
            base_url: published.base.map(str::to_owned),
            conference,
        },
    }
}

/// The programme's id in the letters an acronym may have. It never changes, as the id never does.
fn acronym(published: &Published) -> String {
    let id = published.programme.id.as_str().replace('-', "_");
    if id.len() < SHORTEST_ACRONYM { format!("{id}_workshop") } else { id }
}

/// Every day the workshop has or a session falls on. A programme that knows neither stands on the day of its first
/// publication, as its feeds do: the format wants a day.
fn days(published: &Published) -> Vec<Day> {
    let sessions: Vec<_> = published.sessions().into_iter().filter(|(record, _)| !record.is_cancelled()).collect();
    let mut by_day: BTreeMap<NaiveDate, Vec<(&Record, &SessionEntry)>> = BTreeMap::new();
    if let Some((first, last)) = published.programme.dates {
        by_day.extend(first.iter_days().take_while(|date| *date <= last).map(|date| (date, Vec::new())));
    }
    let (night, day): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|(_, s)| s.start.civil.hour() < DAY_BREAK);
    for (record, session) in day {
        by_day.entry(session.start.date()).or_default().push((record, session));
    }
    for (record, session) in night {
        // Where there is no evening before, it is the morning of its own day.
        let before = session.start.date() - TimeDelta::days(1);
        let date = if by_day.contains_key(&before) { before } else { session.start.date() };
        by_day.entry(date).or_default().push((record, session));
    }
    if by_day.is_empty() {
        by_day.insert(first_publication(published), Vec::new());
    }
    let numbers = numbers(published.revision);
    let days = by_day.into_iter().enumerate().map(|(index, (date, mut sessions))| {
        sessions.sort_by_key(|(_, session)| session.start.instant);
        let starts = sessions.iter().map(|(_, session)| session.start);
        let ends = sessions.iter().map(|(_, session)| session.end);
        let first = starts.chain([break_of(published, date)]).min_by_key(|start| start.instant);
        let last = ends.chain([break_of(published, date + TimeDelta::days(1))]).max_by_key(|end| end.instant);
        Day {
            index: index + 1,
            date,
            day_start: first.map(with_offset).unwrap_or_default(),
            day_end: last.map(with_offset).unwrap_or_default(),
            rooms: rooms(published, &sessions, &numbers),
        }
    });
    days.collect()
}

fn break_of(published: &Published, date: NaiveDate) -> Moment {
    let zone = published.programme.time_zone;
    let civil = date.and_time(NaiveTime::from_hms_opt(DAY_BREAK, 0, 0).expect("an hour of the day"));
    Moment { civil, zone, instant: zone.instant_or_nearest(civil) }
}

fn first_publication(published: &Published) -> NaiveDate {
    let open = published.days().into_iter().find(|(_, day)| day.days == Days::Open).map(|(record, _)| record.created);
    published.programme.time_zone.local(open.unwrap_or(published.revision.published)).civil.date()
}

/// The rooms of a day, in the order in which they come into use.
fn rooms(published: &Published, sessions: &[(&Record, &SessionEntry)], numbers: &HashMap<&str, u32>) -> Vec<Room> {
    let mut rooms: Vec<Room> = Vec::new();
    for (record, session) in sessions {
        let name = room_of(published, session);
        let event = event(published, record, session, name, numbers[record.uid.as_str()]);
        match rooms.iter_mut().find(|room| room.head.name == name) {
            Some(room) => room.events.push(event),
            None => {
                let guid = guid(&format!("room:{}:{name}", published.programme.id));
                rooms.push(Room { head: RoomHead { name: name.to_owned(), guid }, events: vec![event] });
            }
        }
    }
    rooms
}

fn room_of<'a>(published: &Published<'a>, session: &'a SessionEntry) -> &'a str {
    let place = &session.place;
    let elsewhere = if published.programme.attendance == Attendance::Online { "Online" } else { NO_ROOM };
    place.room.as_deref().or(place.name.as_deref()).unwrap_or(elsewhere)
}

fn event(published: &Published, record: &Record, session: &SessionEntry, room: &str, id: u32) -> Event {
    let guid = guid(&record.uid);
    // A minute that has begun counts: nobody is to leave too early.
    let minutes = ((session.end.instant - session.start.instant).num_seconds() + 59) / 60;
    let own = session.url.clone();
    let url = published.entry_page(record).or_else(|| own.clone()).unwrap_or_else(|| format!("urn:uuid:{guid}"));
    Event {
        id,
        date: with_offset(session.start),
        start: session.start.clock(),
        end: with_offset(session.end),
        duration: format!("{:02}:{:02}", minutes / 60, minutes % 60),
        room: room.to_owned(),
        slug: format!("{}-{}", acronym(published), record.key.as_str()),
        links: own
            .filter(|own| *own != url && Some(own.as_str()) != published.programme.url.as_ref().map(Url::as_str))
            .map(|url| Link { title: "More about it", url, kind: "related" })
            .into_iter()
            .collect(),
        url,
        title: if session.is_open() { session.headline() } else { session.title.clone() },
        subtitle: if session.certainty == Certainty::Tentative { "Tentative" } else { "" },
        track: session.host.clone(),
        kind: session.kind.label(),
        language: language(&session.title),
        summary: session.summary.clone().unwrap_or_default(),
        description: description(session),
        persons: session.speakers.iter().map(|speaker| person(published, speaker)).collect(),
        guid,
    }
}

fn person(published: &Published, speaker: &Speaker) -> Person {
    let name = format!("person:{}:{}", published.programme.id, speaker.name);
    Person {
        id: number(&name),
        guid: guid(&name),
        name: speaker.name.clone(),
        public_name: speaker.name.clone(),
        url: speaker.url.clone(),
    }
}

/// Programme files name no language. A title in Hangul belongs to a talk in Korean; English is what the rest is read
/// in.
fn language(title: &str) -> &'static str {
    if title.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c)) { "ko" } else { "en" }
}

/// What the format has no field for: where speakers work, who wrote the paper, what hangs on the walls.
fn description(session: &SessionEntry) -> String {
    let mut lines: Vec<String> = Vec::new();
    for speaker in &session.speakers {
        lines.extend(speaker.affiliation.as_ref().map(|affiliation| format!("{}, {affiliation}", speaker.name)));
    }
    lines.extend(session.authors.as_ref().map(|authors| format!("Authors: {authors}")));
    for paper in &session.papers {
        let authors = if paper.authors.is_empty() { String::new() } else { format!("{}: ", paper.authors) };
        lines.push(format!("- {authors}{}", paper.title));
    }
    lines.join("\n")
}
