//! The tables of a programme file and their keys.
//!
//! Every table reads all of its keys before anything is given up, so that one look shows every problem.

use std::collections::HashMap;
use std::ops::Range;

use chrono::NaiveDateTime;
use toml::Spanned;
use toml::de::DeTable;

use super::check;
use super::cursor::{Cursor, Table};
use super::value;
use crate::domain::lead_time::LeadTime;
use crate::domain::programme::{
    Attendance, Audience, Award, Call, Certainty, Deadline, DeadlineKind, Due, Facts, Host, Id, Link, Moment, Paper,
    Person, Privacy, Recipient, Seed, Session, Speaker, Venue,
};
use crate::domain::zone::{CivilError, Zone};

/// Reads the whole document.
pub(super) fn read(cursor: &mut Cursor, document: &Spanned<DeTable<'_>>) -> Option<Facts> {
    let root = Table::new("", document.span(), document.get_ref());
    let programme = match root.raw("programme") {
        Some(value) => Table::of(cursor, "programme", value),
        None => {
            cursor.missing(
                0..0,
                "there is no [programme] table",
                "begin the file with [programme] and its id, title, short, time_zone and uid_domain",
            );
            None
        }
    };
    let mut draft = programme.and_then(|table| header(cursor, table));
    // Without a zone, civil times are still checked for everything else.
    let (time_zone, deadline_zone, seed) =
        draft.as_ref().map_or((Zone::UTC, Zone::AnywhereOnEarth, Seed::default()), |(facts, seed)| {
            (facts.time_zone, facts.deadline_zone, *seed)
        });
    let venue = root.raw("venue").and_then(|value| Table::of(cursor, "venue", value));
    let venue = venue.map(|table| read_venue(cursor, table)).unwrap_or_default();
    let mut ids = Ids::default();
    let deadlines =
        tables(cursor, &root, "deadline", |cursor, table| read_deadline(cursor, table, deadline_zone, seed, &mut ids));
    let mut sessions =
        tables(cursor, &root, "session", |cursor, table| read_session(cursor, table, time_zone, seed, &mut ids));
    let mut paper_ids = Ids::default();
    let papers = tables(cursor, &root, "paper", |cursor, table| read_paper(cursor, table, &mut paper_ids));
    let people = tables(cursor, &root, "person", read_person);
    let awards = tables(cursor, &root, "award", read_award);
    let links = tables(cursor, &root, "link", read_link);
    let mut host_ids = Ids::default();
    let hosts = tables(cursor, &root, "host", |cursor, table| read_host(cursor, table, &mut host_ids));
    let call = root.raw("call").and_then(|value| Table::of(cursor, "call", value));
    let call = call.map(|table| read_call(cursor, table));
    let privacy = root.raw("privacy").and_then(|value| Table::of(cursor, "privacy", value));
    let privacy = privacy.map(|table| read_privacy(cursor, table));
    root.finish(cursor);
    check::references(cursor, &sessions, &awards, &papers, &hosts);
    check::former_ids(cursor, &deadlines, &sessions);
    sessions.sort_by_key(|session| session.start.instant);
    draft.take().map(|(facts, _)| Facts {
        venue,
        deadlines,
        sessions,
        papers,
        people,
        awards,
        links,
        hosts,
        call,
        privacy,
        ..facts
    })
}

fn tables<'t, 'i, T>(
    cursor: &mut Cursor,
    root: &Table<'t, 'i>,
    key: &'static str,
    mut read: impl FnMut(&mut Cursor, Table<'t, 'i>) -> Option<T>,
) -> Vec<T> {
    root.tables(cursor, key).into_iter().filter_map(|table| read(cursor, table)).collect()
}

/// Ids given so far and where, so that a second use can be reported.
#[derive(Default)]
struct Ids(HashMap<Id, String>);

impl Ids {
    /// Reads a table's id, and names the table by it from here on.
    fn read(&mut self, cursor: &mut Cursor, table: &mut Table<'_, '_>, kind: &str) -> Option<Id> {
        let id = table.required(cursor, "id", value::id, "\"a-short-name\"")?;
        let span = cursor.places.find(&format!("{}.id", table.path));
        table.path = format!("{kind}.{id}");
        if let Some(other) = self.0.get(&id) {
            let what = format!("the id \"{id}\" is already taken by a {other}");
            cursor.error(span.clone(), what, format!("choose another, such as \"{id}-2\""));
            return None;
        }
        cursor.places.set(table.path.clone(), span.clone());
        cursor.places.set(format!("{}.id", table.path), span);
        self.0.insert(id.clone(), kind.to_owned());
        Some(id)
    }
}

fn header(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<(Facts, Seed)> {
    cursor.places.set("programme".to_owned(), table.span.clone());
    let id = table.required(cursor, "id", value::id, "\"faimi-2025\"");
    if let Some(id) = id.as_ref().filter(|id| check::RESERVED.contains(&id.as_str())) {
        let span = cursor.places.find("programme.id");
        cursor.error(span, format!("the id \"{id}\" is an address of the service itself"), "choose another");
    }
    let title = table.required(cursor, "title", value::line, "\"Fairness of AI in Medical Imaging (FAIMI 2025)\"");
    let short = table.required(cursor, "short", value::line, "\"FAIMI 2025\"");
    let dates = table.list(cursor, "dates", value::date).and_then(|dates| check::days(cursor, &dates));
    let time_zone = table.required(cursor, "time_zone", value::zone, "\"Asia/Seoul\"");
    let deadline_zone = table.optional(cursor, "deadline_zone", value::zone).unwrap_or(Zone::AnywhereOnEarth);
    let uid_domain = table.required(cursor, "uid_domain", value::domain, "\"example.org\"");
    let default_remind = || ["7d@09:00", "1d@09:00"].map(|text| text.parse().expect("a lead time")).to_vec();
    let mut remind: Vec<LeadTime> = table.list(cursor, "remind", value::lead_time).unwrap_or_else(default_remind);
    remind.dedup();
    let facts = (
        table.optional(cursor, "url", value::url),
        table.optional(cursor, "contact", value::mailbox),
        table.optional(cursor, "attendance", value::name::<Attendance>).unwrap_or(Attendance::InPerson),
        table.optional(cursor, "summary", value::text),
        table.list(cursor, "accept", value::line).unwrap_or_default(),
        table.list(cursor, "forget", value::id).unwrap_or_default(),
        table.optional(cursor, "feed_url", value::url),
        table.optional(cursor, "color", value::color),
        table.optional(cursor, "logo", value::url),
    );
    let seed = read_seed(cursor, &table, Seed::default());
    table.finish(cursor);
    let (url, contact, attendance, summary, accept, forget, feed_url, color, logo) = facts;
    let facts = Facts {
        id: id?,
        title: title?,
        short: short?,
        url,
        contact,
        dates,
        time_zone: time_zone?,
        deadline_zone,
        uid_domain: uid_domain?,
        attendance,
        remind,
        summary,
        accept,
        forget,
        feed_url,
        color,
        logo,
        venue: Venue::default(),
        deadlines: Vec::new(),
        sessions: Vec::new(),
        papers: Vec::new(),
        people: Vec::new(),
        awards: Vec::new(),
        links: Vec::new(),
        hosts: Vec::new(),
        call: None,
        privacy: None,
    };
    Some((facts, seed))
}

/// The stamps of a first publication: an entry's own, or those of the programme.
fn read_seed(cursor: &mut Cursor, table: &Table<'_, '_>, default: Seed) -> Seed {
    Seed {
        revised: table.optional(cursor, "revised", value::instant).or(default.revised),
        sequence: table.optional(cursor, "sequence", value::count).or(default.sequence),
    }
}

fn read_venue(cursor: &mut Cursor, table: Table<'_, '_>) -> Venue {
    let geo = table.list(cursor, "geo", value::degrees).and_then(|degrees| match <[String; 2]>::try_from(degrees) {
        Ok([north, east]) if north.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= 90.0) => Some((north, east)),
        _ => {
            let span = cursor.places.find("venue.geo");
            cursor.error(
                span,
                "geo is two numbers, degrees north and degrees east",
                "such as geo = [36.3753, 127.3925]",
            );
            None
        }
    });
    let maps = table.raw("maps").and_then(|value| Table::of(cursor, "venue.maps", value));
    let maps = maps.map_or_else(Vec::new, |maps| {
        let found = ["naver", "kakao", "google"]
            .into_iter()
            .filter_map(|name| Some((name, maps.optional(cursor, name, value::url)?)))
            .collect();
        maps.finish(cursor);
        found
    });
    let venue = Venue {
        name: table.optional(cursor, "name", value::line),
        name_local: table.optional(cursor, "name_local", value::line),
        city: table.optional(cursor, "city", value::line),
        country: table.optional(cursor, "country", value::line),
        room: table.optional(cursor, "room", value::line),
        address: table.optional(cursor, "address", value::line),
        address_local: table.optional(cursor, "address_local", value::line),
        geo,
        maps,
        url: table.optional(cursor, "url", value::url),
    };
    table.finish(cursor);
    venue
}

/// The moment of a civil time, or a problem when there is none, or two.
fn moment(cursor: &mut Cursor, span: Range<usize>, civil: NaiveDateTime, zone: Zone) -> Option<Moment> {
    match zone.instant(civil) {
        Ok(instant) => Some(Moment { civil, zone, instant }),
        Err(CivilError::Gap { resumes }) => {
            let what = format!(
                "{} does not exist in {zone}: the clocks are put forward over it",
                civil.format("%Y-%m-%d %H:%M")
            );
            cursor.error(span, what, format!("the next time they show is {}", resumes.format("%Y-%m-%dT%H:%M:%S")));
            None
        }
        Err(CivilError::Overlap { earlier, later }) => {
            let what =
                format!("{} comes twice in {zone}: the clocks are put back over it", civil.format("%Y-%m-%d %H:%M"));
            let help = format!(
                "it is {} UTC and again {} UTC: choose a time outside that hour",
                earlier.format("%H:%M"),
                later.format("%H:%M")
            );
            cursor.error(span, what, help);
            None
        }
    }
}

fn read_deadline(
    cursor: &mut Cursor,
    mut table: Table<'_, '_>,
    default_zone: Zone,
    seed: Seed,
    ids: &mut Ids,
) -> Option<Deadline> {
    let id = ids.read(cursor, &mut table, "deadline");
    if let Some(id) = id.as_ref().filter(|id| id.as_str().starts_with("day-")) {
        let span = cursor.places.find(&format!("deadline.{id}.id"));
        cursor.error(span, "a deadline's id cannot begin with day-: all-day entries are named so", "choose another");
    }
    let kind = table.required(cursor, "kind", value::name::<DeadlineKind>, "\"submission\"");
    let title = table.required(cursor, "title", value::line, "\"Full paper submission\"");
    let short = table.optional(cursor, "short", value::line).or_else(|| title.clone());
    let zone = table.optional(cursor, "zone", value::zone).unwrap_or(default_zone);
    let due = table.required(cursor, "due", value::due, "2025-06-30").and_then(|civil| match civil {
        None => Some(Due::Open),
        Some(civil) => {
            let span = cursor.places.find(&format!("{}.due", table.path));
            moment(cursor, span, civil, zone).map(Due::At)
        }
    });
    let was_span = |cursor: &Cursor| cursor.places.find(&format!("{}.was", table.path));
    let was: Vec<NaiveDateTime> = table.list(cursor, "was", value::civil_or_day).unwrap_or_default();
    let was = was.into_iter().filter_map(|civil| {
        let span = was_span(cursor);
        moment(cursor, span, civil, zone)
    });
    let was: Vec<Moment> = was.collect();
    let audience = table.optional(cursor, "for", value::name::<Audience>);
    let rest = (
        table.optional(cursor, "url", value::url),
        table.optional(cursor, "needs", value::text),
        table.optional(cursor, "note", value::text),
        table.optional(cursor, "ours", value::flag).unwrap_or(true),
        table.optional(cursor, "cancelled", value::line),
        table.list(cursor, "formerly", value::id).unwrap_or_default(),
        read_seed(cursor, &table, seed),
    );
    table.finish(cursor);
    let (url, needs, note, ours, cancelled, formerly, seed) = rest;
    let kind = kind?;
    let default_audience = if kind == DeadlineKind::CameraReady { Audience::Accepted } else { Audience::Everyone };
    Some(Deadline {
        id: id?,
        kind,
        title: title?,
        short: short?,
        due: due?,
        was,
        zone,
        url,
        needs,
        note,
        audience: audience.unwrap_or(default_audience),
        ours,
        cancelled,
        formerly,
        seed,
    })
}

fn read_session(
    cursor: &mut Cursor,
    mut table: Table<'_, '_>,
    zone: Zone,
    seed: Seed,
    ids: &mut Ids,
) -> Option<Session> {
    let id = ids.read(cursor, &mut table, "session");
    let kind = table.required(cursor, "kind", value::name, "\"oral\"");
    let title = table.required(cursor, "title", value::line, "\"Welcome\" (or \"TBC\")");
    let time = |cursor: &mut Cursor, key: &'static str, example: &str| {
        let civil = table.required(cursor, key, value::civil, example)?;
        let span = cursor.places.find(&format!("{}.{key}", table.path));
        moment(cursor, span, civil, zone)
    };
    let start = time(cursor, "start", "2025-09-23T13:30:00");
    let end = time(cursor, "end", "2025-09-23T13:35:00");
    if let (Some(start), Some(end)) = (start, end) {
        check::length(cursor, &table.path, start, end);
    }
    let speakers = table.tables(cursor, "speakers").into_iter().filter_map(|speaker| read_speaker(cursor, speaker));
    let speakers: Vec<Speaker> = speakers.collect();
    if speakers.is_empty() && kind.is_some_and(check::wants_speaker) {
        let span = cursor.places.find(&format!("{}.kind", table.path));
        cursor.note(span, "no speaker is named");
    }
    let rest = (
        table.optional(cursor, "paper", value::id),
        table.optional(cursor, "room", value::line),
        table.optional(cursor, "summary", value::text),
        table.optional(cursor, "note", value::text),
        table.optional(cursor, "host", value::id),
        table.optional(cursor, "url", value::url),
        table.optional(cursor, "status", value::name::<Certainty>).unwrap_or(Certainty::Confirmed),
        table.optional(cursor, "cancelled", value::line),
        table.list(cursor, "formerly", value::id).unwrap_or_default(),
        read_seed(cursor, &table, seed),
    );
    table.finish(cursor);
    let (paper, room, summary, note, host, url, certainty, cancelled, formerly, seed) = rest;
    Some(Session {
        id: id?,
        kind: kind?,
        title: title?,
        start: start?,
        end: end?,
        speakers,
        paper,
        room,
        summary,
        note,
        host,
        url,
        certainty,
        cancelled,
        formerly,
        seed,
    })
}

fn read_speaker(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Speaker> {
    let name = table.required(cursor, "name", value::line, "\"Tal Arbel\"");
    let affiliation = table.optional(cursor, "affiliation", value::line);
    let url = table.optional(cursor, "url", value::url).map(|url| url.to_string());
    table.finish(cursor);
    Some(Speaker { name: name?, affiliation, url })
}

fn read_paper(cursor: &mut Cursor, mut table: Table<'_, '_>, ids: &mut Ids) -> Option<Paper> {
    let id = ids.read(cursor, &mut table, "paper");
    let title = table.required(cursor, "title", value::line, "\"A title\"");
    let authors = table.list(cursor, "authors", value::line).unwrap_or_default();
    let url = table.optional(cursor, "url", value::url);
    let award = table.optional(cursor, "award", value::line);
    table.finish(cursor);
    Some(Paper { id: id?, title: title?, authors, url, award })
}

fn read_person(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Person> {
    let name = table.required(cursor, "name", value::line, "\"Tal Arbel\"");
    let role = table.required(cursor, "role", value::name, "\"organizer\"");
    let affiliation = table.optional(cursor, "affiliation", value::line);
    let url = table.optional(cursor, "url", value::url);
    let summary = table.optional(cursor, "summary", value::text);
    table.finish(cursor);
    Some(Person { name: name?, role: role?, affiliation, url, summary })
}

fn read_award(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Award> {
    let title = table.required(cursor, "title", value::line, "\"Best Poster\"");
    let summary = table.optional(cursor, "summary", value::text);
    let url = table.optional(cursor, "url", value::url);
    let recipients = table.tables(cursor, "recipients").into_iter().filter_map(|recipient| {
        let name = recipient.required(cursor, "name", value::line, "\"A Name\"");
        let affiliation = recipient.optional(cursor, "affiliation", value::line);
        let paper = recipient.optional(cursor, "paper", value::id);
        recipient.finish(cursor);
        Some(Recipient { name: name?, affiliation, paper })
    });
    let recipients = recipients.collect();
    table.finish(cursor);
    Some(Award { title: title?, summary, url, recipients })
}

fn read_link(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Link> {
    let kind = table.required(cursor, "kind", value::name, "\"proceedings\"");
    let title = table.required(cursor, "title", value::line, "\"Proceedings\"");
    let url = table.required(cursor, "url", value::url, "\"https://example.org/\"");
    let summary = table.optional(cursor, "summary", value::text);
    table.finish(cursor);
    Some(Link { kind: kind?, title: title?, url: url?, summary })
}

fn read_host(cursor: &mut Cursor, mut table: Table<'_, '_>, ids: &mut Ids) -> Option<Host> {
    let id = ids.read(cursor, &mut table, "host");
    let name = table.required(cursor, "name", value::line, "\"Another workshop\"");
    let url = table.optional(cursor, "url", value::url);
    table.finish(cursor);
    Some(Host { id: id?, name: name?, url })
}

fn read_call(cursor: &mut Cursor, table: Table<'_, '_>) -> Call {
    let call = Call {
        summary: table.optional(cursor, "summary", value::text),
        topics: table.list(cursor, "topics", value::line).unwrap_or_default(),
        format: table.optional(cursor, "format", value::text),
        supplementary: table.optional(cursor, "supplementary", value::text),
        url: table.optional(cursor, "url", value::url),
    };
    table.finish(cursor);
    call
}

fn read_privacy(cursor: &mut Cursor, table: Table<'_, '_>) -> Privacy {
    let privacy = Privacy {
        controller: table.optional(cursor, "controller", value::text),
        contact: table.optional(cursor, "contact", value::mailbox),
        host: table.optional(cursor, "host", value::line),
        authority: table.optional(cursor, "authority", value::line),
    };
    table.finish(cursor);
    privacy
}
