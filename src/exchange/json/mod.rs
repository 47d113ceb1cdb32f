//! The whole programme as JSON, for programs of people we do not know.
//!
//! Every key is always there, null where something is not known, so that a reader finds one shape. Each moment is told
//! twice, as the UTC instant and as the clock of its own zone shows it. What left the programme ahead of its time is in
//! it too, cancelled: who reads this after a feed must find the same entries. `programme.schema.json` beside this file
//! says what each key means.

mod view;

use crate::domain::entry::Days;
use crate::domain::programme::{Award, Deadline, Id, Programme, Venue};
use crate::exchange::published::{Published, utc};

/// The JSON Schema (2020-12) of what [`programme`] writes.
pub const SCHEMA: &str = include_str!("../programme.schema.json");

/// The version of the format: it rises when a reader of the one before would go wrong.
const FORMAT: u32 = 1;

/// The programme as JSON. `schema` is the address of [`SCHEMA`], absolute or relative to where the text will be found.
pub fn programme(published: &Published, schema: Option<&str>) -> String {
    let Published { revision, programme, base } = *published;
    let document = view::Document {
        schema,
        format: FORMAT,
        id: programme.id.as_str(),
        title: &programme.title,
        short: &programme.short,
        summary: programme.summary.as_deref(),
        url: programme.url.as_ref(),
        page: base,
        contact: programme.contact.as_deref(),
        attendance: programme.attendance.name(),
        dates: programme.dates.map(|(first, last)| view::Dates { first, last }),
        time_zone: programme.time_zone.name(),
        deadline_zone: programme.deadline_zone.name(),
        color: programme.color.as_deref(),
        logo: programme.logo.as_ref(),
        revision: view::RevisionView { number: revision.number, published: utc(revision.published) },
        venue: venue(&programme.venue),
        days: days(published),
        sessions: sessions(published),
        deadlines: deadlines(published),
        papers: papers(programme),
        people: people(programme),
        awards: programme.awards.iter().map(award).collect(),
        links: links(programme),
        hosts: programme
            .hosts
            .iter()
            .map(|host| view::Host { id: host.id.as_str(), name: &host.name, url: host.url.as_ref() })
            .collect(),
        call: programme.call.as_ref().map(|call| view::Call {
            summary: call.summary.as_deref(),
            topics: &call.topics,
            format: call.format.as_deref(),
            supplementary: call.supplementary.as_deref(),
            url: call.url.as_ref(),
        }),
        privacy: programme.privacy.as_ref().map(|privacy| view::Privacy {
            controller: privacy.controller.as_deref(),
            contact: privacy.contact.as_deref(),
            host: privacy.host.as_deref(),
            authority: privacy.authority.as_deref(),
        }),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("plain data");
    text.push('\n');
    text
}

fn venue(venue: &Venue) -> view::VenueView<'_> {
    let degrees = |text: &String| text.parse::<f64>().ok();
    view::VenueView {
        name: venue.name.as_deref(),
        name_local: venue.name_local.as_deref(),
        city: venue.city.as_deref(),
        country: venue.country.as_deref(),
        room: venue.room.as_deref(),
        address: venue.address.as_deref(),
        address_local: venue.address_local.as_deref(),
        geo: venue
            .geo
            .as_ref()
            .and_then(|(north, east)| Some(view::Geo { latitude: degrees(north)?, longitude: degrees(east)? })),
        maps: venue.maps.iter().map(|(service, url)| view::Map { service, url }).collect(),
        url: venue.url.as_ref(),
    }
}

fn days<'a>(published: &Published<'a>) -> Vec<view::Day<'a>> {
    let span = |days| match days {
        Days::Open => None,
        Days::Span(first, last) => Some(view::Dates { first, last }),
    };
    let days = published.days().into_iter().map(|(record, day)| view::Day {
        stamps: view::Stamps::of(published, record, false),
        title: &day.title,
        dates: span(day.days),
        start: day.lines.iter().map(|line| line.start).min_by_key(|start| start.instant).map(view::Time::of),
        end: day.lines.iter().map(|line| line.end).max_by_key(|end| end.instant).map(view::Time::of),
    });
    days.collect()
}

fn sessions<'a>(published: &Published<'a>) -> Vec<view::Session<'a>> {
    let programme = published.programme;
    let sessions = published.sessions().into_iter().map(|(record, session)| {
        let stated = programme.sessions.iter().find(|stated| record.key.id() == Some(stated.id.as_str()));
        let tentative = session.certainty.name() == "tentative";
        view::Session {
            id: record.key.id(),
            stamps: view::Stamps::of(published, record, tentative),
            kind: session.kind.name(),
            title: (!session.is_open()).then_some(session.title.as_str()),
            headline: session.headline(),
            start: view::Time::of(session.start),
            end: view::Time::of(session.end),
            moved: view::Moved::of(record),
            room: session.place.room.as_deref(),
            speakers: session
                .speakers
                .iter()
                .map(|speaker| view::Speaker {
                    name: &speaker.name,
                    affiliation: speaker.affiliation.as_deref(),
                    url: speaker.url.as_deref(),
                })
                .collect(),
            authors: session.authors.as_deref(),
            paper: stated.and_then(|stated| stated.paper.as_ref()).map(Id::as_str),
            papers: &session.papers,
            host: session.host.as_deref(),
            summary: session.summary.as_deref(),
            url: session.url.as_deref(),
            cancelled: session.cancelled.as_deref(),
        }
    });
    sessions.collect()
}

/// Deadlines with a date by date, then those to be announced in the order of the file. One whose date is open again has
/// a record, cancelled as the feeds have it; here it is one deadline, not two.
fn deadlines<'a>(published: &Published<'a>) -> Vec<view::Deadline<'a>> {
    let open: Vec<&Deadline> = published.programme.deadlines.iter().filter(|d| d.due.moment().is_none()).collect();
    let (again, dated): (Vec<_>, Vec<_>) = published
        .deadlines()
        .into_iter()
        .partition(|(record, _)| open.iter().any(|deadline| record.key.id() == Some(deadline.id.as_str())));
    let record = |deadline: &Deadline| {
        again.iter().map(|(record, _)| *record).find(|record| record.key.id() == Some(deadline.id.as_str()))
    };
    let open = open.iter().map(|deadline| view::Deadline::open(deadline, published, record(deadline)));
    let dated = dated.iter().map(|(record, deadline)| view::Deadline::dated(deadline, published, record));
    dated.chain(open).collect()
}

fn papers(programme: &Programme) -> Vec<view::Paper<'_>> {
    let papers = programme.papers.iter().map(|paper| view::Paper {
        id: paper.id.as_str(),
        title: &paper.title,
        authors: &paper.authors,
        url: paper.url.as_ref(),
        award: paper.award.as_deref(),
    });
    papers.collect()
}

fn people(programme: &Programme) -> Vec<view::Person<'_>> {
    let people = programme.people.iter().map(|person| view::Person {
        name: &person.name,
        role: person.role.name(),
        affiliation: person.affiliation.as_deref(),
        url: person.url.as_ref(),
        summary: person.summary.as_deref(),
    });
    people.collect()
}

fn award(award: &Award) -> view::AwardView<'_> {
    let recipients = award.recipients.iter().map(|recipient| view::Recipient {
        name: &recipient.name,
        affiliation: recipient.affiliation.as_deref(),
        paper: recipient.paper.as_ref().map(Id::as_str),
    });
    view::AwardView {
        title: &award.title,
        summary: award.summary.as_deref(),
        url: award.url.as_ref(),
        recipients: recipients.collect(),
    }
}

fn links(programme: &Programme) -> Vec<view::Link<'_>> {
    let links = programme.links.iter().map(|link| view::Link {
        kind: link.kind.name(),
        title: &link.title,
        url: &link.url,
        summary: link.summary.as_deref(),
    });
    links.collect()
}
