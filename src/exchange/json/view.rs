//! The shape of `programme.json`, key by key, in the order it is written. The schema explains each.

use chrono::NaiveDate;
use serde::Serialize;
use url::Url;

use crate::domain::entry::{DeadlineEntry, Listed};
use crate::domain::programme::{self, Moment};
use crate::domain::revision::{self, Record, State};
use crate::exchange::published::{Published, offset, utc};

#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<&'a str>,
    pub format: u32,
    pub id: &'a str,
    pub title: &'a str,
    pub short: &'a str,
    pub summary: Option<&'a str>,
    pub url: Option<&'a Url>,
    pub page: Option<&'a str>,
    pub contact: Option<&'a str>,
    pub attendance: &'static str,
    pub dates: Option<Dates>,
    pub time_zone: &'static str,
    pub deadline_zone: &'static str,
    pub color: Option<&'a str>,
    pub logo: Option<&'a Url>,
    pub revision: RevisionView,
    pub venue: VenueView<'a>,
    pub days: Vec<Day<'a>>,
    pub sessions: Vec<Session<'a>>,
    pub deadlines: Vec<Deadline<'a>>,
    pub papers: Vec<Paper<'a>>,
    pub people: Vec<Person<'a>>,
    pub awards: Vec<AwardView<'a>>,
    pub links: Vec<Link<'a>>,
    pub hosts: Vec<Host<'a>>,
    pub call: Option<Call<'a>>,
    pub privacy: Option<Privacy<'a>>,
}

#[derive(Serialize)]
pub(super) struct Dates {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

#[derive(Serialize)]
pub(super) struct RevisionView {
    pub number: u32,
    pub published: String,
}

/// A moment as an instant and on its own clock.
#[derive(Serialize)]
pub(super) struct Time {
    instant: String,
    civil: String,
    zone: &'static str,
    offset: String,
}

impl Time {
    pub fn of(moment: Moment) -> Time {
        let local = moment.zone.local(moment.instant);
        Time {
            instant: utc(moment.instant),
            civil: local.civil.format("%Y-%m-%dT%H:%M:%S").to_string(),
            zone: moment.zone.name(),
            offset: offset(local.offset_seconds),
        }
    }
}

/// What the publications of an entry made of it; all null for a deadline that has no date and so no entry.
#[derive(Serialize)]
pub(super) struct Stamps<'a> {
    uid: Option<&'a str>,
    sequence: Option<u32>,
    created: Option<String>,
    modified: Option<String>,
    revision: Option<u32>,
    status: &'static str,
    listed: bool,
    page: Option<String>,
    formerly: Vec<&'a str>,
}

impl<'a> Stamps<'a> {
    pub fn of(published: &Published<'a>, record: &'a Record, tentative: bool) -> Stamps<'a> {
        Stamps {
            uid: Some(&record.uid),
            sequence: Some(record.sequence),
            created: Some(utc(record.created)),
            modified: Some(utc(record.modified)),
            revision: Some(record.revision),
            status: match (record.is_cancelled(), tentative) {
                (true, _) => "cancelled",
                (false, true) => "tentative",
                (false, false) => "confirmed",
            },
            listed: record.state == State::Live,
            page: published.entry_page(record),
            formerly: record.formerly.iter().filter_map(|key| key.id()).collect(),
        }
    }

    /// Those of a deadline without a date; `record` is that of the date it had.
    fn open(published: &Published<'a>, record: Option<&'a Record>, cancelled: bool) -> Stamps<'a> {
        let none = Stamps {
            uid: None,
            sequence: None,
            created: None,
            modified: None,
            revision: None,
            status: "open",
            listed: true,
            page: None,
            formerly: Vec::new(),
        };
        let stamps = record.map_or(none, |record| Stamps::of(published, record, false));
        Stamps { status: if cancelled { "cancelled" } else { "open" }, listed: true, ..stamps }
    }
}

#[derive(Serialize)]
pub(super) struct Moved {
    from: Time,
    on: Option<String>,
    words: Option<String>,
}

impl Moved {
    pub fn of(record: &Record) -> Option<Moved> {
        let revision::Moved { from, on } = record.moved?;
        Some(Moved { from: Time::of(from), on: on.map(utc), words: record.move_in_words() })
    }
}

#[derive(Serialize)]
pub(super) struct Day<'a> {
    #[serde(flatten)]
    pub stamps: Stamps<'a>,
    pub title: &'a str,
    pub dates: Option<Dates>,
    pub start: Option<Time>,
    pub end: Option<Time>,
}

#[derive(Serialize)]
pub(super) struct Session<'a> {
    pub id: Option<&'a str>,
    #[serde(flatten)]
    pub stamps: Stamps<'a>,
    pub kind: &'static str,
    pub title: Option<&'a str>,
    pub headline: String,
    pub start: Time,
    pub end: Time,
    pub moved: Option<Moved>,
    pub room: Option<&'a str>,
    pub speakers: Vec<Speaker<'a>>,
    pub authors: Option<&'a str>,
    pub paper: Option<&'a str>,
    pub papers: &'a [Listed],
    pub host: Option<&'a str>,
    pub summary: Option<&'a str>,
    pub url: Option<&'a str>,
    pub cancelled: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Speaker<'a> {
    pub name: &'a str,
    pub affiliation: Option<&'a str>,
    pub url: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Deadline<'a> {
    id: Option<&'a str>,
    #[serde(flatten)]
    stamps: Stamps<'a>,
    kind: &'static str,
    title: &'a str,
    short: &'a str,
    due: Option<Time>,
    was: Vec<Time>,
    moved: Option<Moved>,
    #[serde(rename = "for")]
    audience: &'static str,
    ours: bool,
    needs: Option<&'a str>,
    note: Option<&'a str>,
    url: Option<&'a str>,
    cancelled: Option<&'a str>,
}

impl<'a> Deadline<'a> {
    pub fn dated(deadline: &'a DeadlineEntry, published: &Published<'a>, record: &'a Record) -> Deadline<'a> {
        Deadline {
            id: record.key.id(),
            stamps: Stamps::of(published, record, false),
            kind: deadline.kind.name(),
            title: &deadline.title,
            short: &deadline.short,
            due: Some(Time::of(deadline.due)),
            was: deadline.was.iter().copied().map(Time::of).collect(),
            moved: Moved::of(record),
            audience: deadline.audience.name(),
            ours: deadline.ours,
            needs: deadline.needs.as_deref(),
            note: deadline.note.as_deref(),
            url: deadline.url.as_deref(),
            cancelled: deadline.cancelled.as_deref(),
        }
    }

    pub fn open(
        deadline: &'a programme::Deadline,
        published: &Published<'a>,
        record: Option<&'a Record>,
    ) -> Deadline<'a> {
        Deadline {
            id: Some(deadline.id.as_str()),
            stamps: Stamps::open(published, record, deadline.cancelled.is_some()),
            kind: deadline.kind.name(),
            title: &deadline.title,
            short: &deadline.short,
            due: None,
            was: deadline.was.iter().copied().map(Time::of).collect(),
            moved: None,
            audience: deadline.audience.name(),
            ours: deadline.ours,
            needs: deadline.needs.as_deref(),
            note: deadline.note.as_deref(),
            url: deadline.url.as_ref().map(Url::as_str),
            cancelled: deadline.cancelled.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct VenueView<'a> {
    pub name: Option<&'a str>,
    pub name_local: Option<&'a str>,
    pub city: Option<&'a str>,
    pub country: Option<&'a str>,
    pub room: Option<&'a str>,
    pub address: Option<&'a str>,
    pub address_local: Option<&'a str>,
    pub geo: Option<Geo>,
    pub maps: Vec<Map<'a>>,
    pub url: Option<&'a Url>,
}

#[derive(Serialize)]
pub(super) struct Geo {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Serialize)]
pub(super) struct Map<'a> {
    pub service: &'static str,
    pub url: &'a Url,
}

#[derive(Serialize)]
pub(super) struct Paper<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub authors: &'a [String],
    pub url: Option<&'a Url>,
    pub award: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Person<'a> {
    pub name: &'a str,
    pub role: &'static str,
    pub affiliation: Option<&'a str>,
    pub url: Option<&'a Url>,
    pub summary: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct AwardView<'a> {
    pub title: &'a str,
    pub summary: Option<&'a str>,
    pub url: Option<&'a Url>,
    pub recipients: Vec<Recipient<'a>>,
}

#[derive(Serialize)]
pub(super) struct Recipient<'a> {
    pub name: &'a str,
    pub affiliation: Option<&'a str>,
    pub paper: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Link<'a> {
    pub kind: &'static str,
    pub title: &'a str,
    pub url: &'a Url,
    pub summary: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Host<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub url: Option<&'a Url>,
}

#[derive(Serialize)]
pub(super) struct Call<'a> {
    pub summary: Option<&'a str>,
    pub topics: &'a [String],
    pub format: Option<&'a str>,
    pub supplementary: Option<&'a str>,
    pub url: Option<&'a Url>,
}

#[derive(Serialize)]
pub(super) struct Privacy<'a> {
    pub controller: Option<&'a str>,
    pub contact: Option<&'a str>,
    pub host: Option<&'a str>,
    pub authority: Option<&'a str>,
}
