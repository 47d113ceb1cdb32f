//! Feeds: a revision and a query in, iCalendar octets out (RFC 5545, RFC 7986).
//!
//! Pure: the same revision and the same query give the same octets, on every machine and in every year. What a feed
//! says and why it says it so is a matter of what each calendar application makes of it; the reasons stand where the
//! property is written.

pub mod changes;
mod event;
pub mod ical;
mod query;
mod representation;
pub mod vtimezone;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use icalendar::{Calendar, Component, Property};

pub use query::{Kind, Query};
pub use representation::Representation;

use crate::domain::entry::{Entry, Key};
use crate::domain::programme::Id;
use crate::domain::revision::{Record, Revision, State};
use crate::domain::zone::{Instant, Zone};
use event::Written;

const PRODUCT: &str = "-//Allim//Calendar feeds for workshops//EN";
/// What clients that heed it wait between two looks.
const REFRESH: &str = "PT1H";

/// One of a programme's feeds.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Feed {
    /// One entry a day.
    Workshop,
    /// Every session.
    Sessions,
    /// Every deadline that has a date.
    Deadlines,
    /// Sessions and deadlines.
    All,
    /// One session or deadline, by its id or a former one.
    Entry(String),
    /// What somebody ticked.
    Chosen(Chosen),
}

/// Entries that somebody ticked. What they untick leaves the feed, and so their calendar: it is not cancelled, and must
/// not say so. What is cancelled of what they ticked stays, as in every feed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Chosen {
    /// What its address ends in.
    pub token: String,
    /// Which entries, by their ids or former ones.
    pub entries: BTreeSet<Id>,
    /// When something was last ticked or unticked.
    pub changed: Instant,
}

impl Feed {
    /// The feeds every programme has.
    pub const WHOLE: [Feed; 4] = [Feed::Workshop, Feed::Sessions, Feed::Deadlines, Feed::All];

    /// The feed of that name: `workshop`, `sessions`, `deadlines`, `all`.
    pub fn named(name: &str) -> Option<Feed> {
        Feed::WHOLE.into_iter().find(|feed| feed.path() == format!("{name}.ics"))
    }

    /// Its address below the programme's.
    pub fn path(&self) -> String {
        match self {
            Feed::Workshop => "workshop.ics".to_owned(),
            Feed::Sessions => "sessions.ics".to_owned(),
            Feed::Deadlines => "deadlines.ics".to_owned(),
            Feed::All => "all.ics".to_owned(),
            Feed::Entry(id) => format!("at/{id}.ics"),
            Feed::Chosen(chosen) => format!("mine/{}.ics", chosen.token),
        }
    }

    fn holds(&self, record: &Record) -> bool {
        if record.state == State::Forgotten {
            return false;
        }
        match (self, &record.entry) {
            (Feed::Workshop, Entry::Day(_)) => !record.key.is_sessions_day(),
            (Feed::Sessions | Feed::All, Entry::Day(_)) => record.key.is_sessions_day(),
            (Feed::Sessions | Feed::All, Entry::Session(_)) => true,
            (Feed::Deadlines | Feed::All, Entry::Deadline(_)) => true,
            (Feed::Entry(id), _) => answers(record, id),
            (Feed::Chosen(chosen), Entry::Session(_) | Entry::Deadline(_)) => chosen.holds(record),
            _ => false,
        }
    }
}

impl Chosen {
    /// Whether a record is among what was ticked, under whatever name it has now.
    pub fn holds(&self, record: &Record) -> bool {
        self.entries.iter().any(|id| answers(record, id.as_str()))
    }
}

/// Whether a record bears that id, or once did.
fn answers(record: &Record, id: &str) -> bool {
    std::iter::once(&record.key).chain(&record.formerly).filter_map(Key::id).any(|name| name == id)
}

/// Whether the address of this entry was ever handed out: then it answers for ever.
pub fn has_entry(revision: &Revision, id: &str) -> bool {
    revision.header.forget.iter().any(|gone| gone == id) || revision.records.iter().any(|record| answers(record, id))
}

/// A feed as served. `base` is the address below which the programme's feeds are found, with a slash at its end; a
/// feed that does not know its address leaves SOURCE out.
pub fn render(revision: &Revision, feed: &Feed, query: &Query, base: Option<&str>) -> Representation {
    let modified = last_modified(revision, feed);
    Representation::new(octets(revision, feed, query, base), modified)
}

/// The octets of a feed.
pub fn octets(revision: &Revision, feed: &Feed, query: &Query, base: Option<&str>) -> Vec<u8> {
    let records = revision.records.iter().filter(|record| feed.holds(record) && query.admits(record));
    let mut events: Vec<_> = records.map(|record| event::build(record, query)).collect();
    events.sort_by_cached_key(|built| (built.start, built.event.get_uid().unwrap_or_default().to_owned()));
    let mut calendar = Calendar::empty();
    describe(&mut calendar, revision, feed, query, base);
    let mut zones: BTreeMap<&'static str, (Zone, i32, i32)> = BTreeMap::new();
    for built in &events {
        if let Written::Civil(zone, first, last) = built.written {
            let years = zones.entry(zone.tzid()).or_insert((zone, first, last));
            *years = (zone, years.1.min(first), years.2.max(last));
        }
    }
    if events.is_empty() {
        // RFC 5545 3.6: a calendar has at least one component.
        let zone = revision.header.time_zone;
        let year = chrono::Datelike::year(&revision.header_modified);
        zones.insert(zone.tzid(), (zone, year, year));
    }
    let zones: String = zones.values().map(|(zone, first, last)| vtimezone::write(*zone, *first, *last)).collect();
    for built in events {
        calendar.push(built.event);
    }
    ical::write(&calendar, &zones)
}

/// One entry as a calendar of its own that is sent in a mail (RFC 5546 3.2.1): it is published, by this organizer's
/// address, under the UID and SEQUENCE that the feeds have.
pub fn published(revision: &Revision, id: &str, organizer: &str) -> String {
    let (feed, query) = (Feed::Entry(id.to_owned()), Query::default());
    let mut calendar = Calendar::empty();
    for (key, value) in [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH")] {
        calendar.append_property(Property::new(key, value));
    }
    let records = revision.records.iter().filter(|record| feed.holds(record));
    for record in records {
        let mut event = event::build(record, &query).event;
        event.append_property(Property::new("ORGANIZER", format!("mailto:{organizer}")));
        calendar.push(event);
    }
    String::from_utf8_lossy(&ical::write(&calendar, "")).into_owned()
}

/// When a feed last changed: never earlier than it was, also when an entry was cancelled or forgotten.
pub fn last_modified(revision: &Revision, feed: &Feed) -> Instant {
    let records = revision.records.iter().filter(|record| feed.holds(record)).map(|record| record.modified);
    let chosen = match feed {
        Feed::Chosen(chosen) => Some(chosen.changed),
        _ => None,
    };
    records.chain([revision.header_modified]).chain(chosen).max().unwrap_or(revision.header_modified)
}

/// The calendar's own properties (RFC 5545 3.7, RFC 7986 5). No METHOD: with one, iTIP wants an ORGANIZER.
fn describe(calendar: &mut Calendar, revision: &Revision, feed: &Feed, query: &Query, base: Option<&str>) {
    let header = &revision.header;
    let mut add = |key: &str, value: &str| {
        calendar.append_property(Property::new(key, value));
    };
    let name = match feed {
        Feed::Workshop => header.short.clone(),
        Feed::Sessions => format!("{} sessions", header.short),
        Feed::Deadlines => format!("{} deadlines", header.short),
        Feed::All => format!("{} sessions and deadlines", header.short),
        Feed::Chosen(_) => format!("My {}", header.short),
        Feed::Entry(id) => match revision.records.iter().find(|record| answers(record, id)).map(|record| &record.entry)
        {
            Some(Entry::Session(session)) => format!("{}: {}", header.short, session.headline()),
            Some(Entry::Deadline(deadline)) => format!("{}: {}", header.short, deadline.short),
            _ => header.short.clone(),
        },
    };
    let description = description(revision, feed, query);
    let modified = last_modified(revision, feed);
    add("VERSION", "2.0");
    add("PRODID", PRODUCT);
    add("CALSCALE", "GREGORIAN");
    add("NAME", &name);
    add("X-WR-CALNAME", &name);
    add("DESCRIPTION", &description);
    add("X-WR-CALDESC", &description);
    add("LAST-MODIFIED", &modified.format("%Y%m%dT%H%M%SZ").to_string());
    if let Some(url) = &header.url {
        add("URL", url);
    }
    if *feed == Feed::Sessions {
        add("X-WR-TIMEZONE", query.zone.unwrap_or(header.time_zone).tzid());
    }
    if let Some(color) = &header.color {
        add("COLOR", color);
        if let Ok(rgb) = csscolorparser::parse(color) {
            add("X-APPLE-CALENDAR-COLOR", &rgb.to_css_hex().to_string().to_uppercase());
        }
    }
    add("X-PUBLISHED-TTL", REFRESH);
    calendar.append_property(Property::new("REFRESH-INTERVAL", REFRESH).add_parameter("VALUE", "DURATION").done());
    if let Some(base) = base {
        let asked = query.normalized();
        let mark = if asked.is_empty() { "" } else { "?" };
        let source = format!("{base}{}{mark}{asked}", feed.path());
        calendar.append_property(Property::new("SOURCE", source).add_parameter("VALUE", "URI").done());
    }
}

fn description(revision: &Revision, feed: &Feed, query: &Query) -> String {
    let header = &revision.header;
    let records = revision.records.iter().filter(|record| feed.holds(record)).map(|record| record.revision);
    let number = records.chain([revision.header_revision]).max().unwrap_or(1);
    let date = words::full_day(last_modified(revision, feed).date_naive());
    let what = match feed {
        Feed::Workshop => "One entry a day",
        Feed::Sessions => "Every session",
        Feed::Deadlines => "Every deadline",
        Feed::All => "Every session and deadline",
        Feed::Entry(_) => "One entry",
        Feed::Chosen(_) => "What you chose",
    };
    let mut text = format!("{what} of {}. Last change {date} (UTC), revision {number}.", header.title);
    let ignored = query.ignored.iter().map(|(key, value)| match value.as_str() {
        "" => key.clone(),
        value => format!("{key}={value}"),
    });
    let ignored: Vec<String> = ignored.collect();
    if !ignored.is_empty() {
        text.push_str(&format!(" Not understood in this feed's address, and left out: {}.", ignored.join(", ")));
    }
    // An id that this feed does not have is no mistake of the address's form, but hardly what was meant.
    let held: Vec<&Record> = revision.records.iter().filter(|record| feed.holds(record)).collect();
    let absent: Vec<&str> =
        query.only.iter().map(Id::as_str).filter(|id| !held.iter().any(|record| answers(record, id))).collect();
    if !absent.is_empty() {
        text.push_str(&format!(" Not in this feed: {}.", absent.join(", ")));
    }
    text
}
