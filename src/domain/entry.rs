//! An entry: a session, a deadline or a day of the workshop, as published.
//!
//! An entry holds what a reader of a feed can see and nothing else, complete by itself: two entries are equal exactly
//! when no subscriber could tell them apart, and one that left the programme can be shown for ever as it was. It
//! carries no stamps; those belong to the record of its publications ([`super::revision`]).

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::programme::{
    Audience, Certainty, Deadline, DeadlineKind, Id, Moment, Paper, Programme, Seed, Session, SessionKind, Speaker,
};
use super::zone::{Instant, Zone};

/// An entry's name within its programme, the left part of its UID: `session-<id>`, `deadline-<id>`, `day`, `day-2`,
/// `sessions-day`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// A session's key.
    pub fn session(id: &Id) -> Key {
        Key(format!("session-{id}"))
    }

    /// A deadline's key.
    pub fn deadline(id: &Id) -> Key {
        Key(format!("deadline-{id}"))
    }

    /// The first day is `day`, the next `day-2`: most workshops have one.
    fn day(index: usize) -> Key {
        Key(if index == 0 { "day".to_owned() } else { format!("day-{}", index + 1) })
    }

    fn sessions_day() -> Key {
        Key("sessions-day".to_owned())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a day that stands in for sessions not yet known.
    pub fn is_sessions_day(&self) -> bool {
        self.0 == "sessions-day"
    }

    /// The id in the programme file, for a session or a deadline.
    pub fn id(&self) -> Option<&str> {
        if self.is_sessions_day() {
            return None;
        }
        self.0.strip_prefix("session-").or_else(|| self.0.strip_prefix("deadline-"))
    }
}

/// Where a session takes place.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the venue's key of that name")]
pub struct Place {
    pub room: Option<String>,
    pub name: Option<String>,
    pub city: Option<String>,
    pub geo: Option<(String, String)>,
}

/// A paper as a poster session lists it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the paper's key of that name")]
pub struct Listed {
    pub title: String,
    pub authors: String,
}

/// A session as published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the session's key of that name")]
pub struct SessionEntry {
    pub kind: SessionKind,
    pub title: String,
    pub start: Moment,
    pub end: Moment,
    pub speakers: Vec<Speaker>,
    pub authors: Option<String>,
    pub summary: Option<String>,
    pub host: Option<String>,
    pub papers: Vec<Listed>,
    pub place: Place,
    pub url: Option<String>,
    pub certainty: Certainty,
    pub cancelled: Option<String>,
}

/// A deadline as published. One without a date is no entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the deadline's key of that name")]
pub struct DeadlineEntry {
    pub kind: DeadlineKind,
    pub title: String,
    pub short: String,
    pub due: Moment,
    pub was: Vec<Moment>,
    pub audience: Audience,
    pub ours: bool,
    pub needs: Option<String>,
    pub note: Option<String>,
    /// Where to submit.
    pub url: Option<String>,
    /// The workshop's own page.
    pub page: Option<String>,
    pub cancelled: Option<String>,
    /// The venue's city and zone: the third clock the moment is told on.
    pub city: Option<String>,
    pub venue_zone: Zone,
}

/// A line of a day's programme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DayLine {
    /// When the session begins.
    pub start: Moment,
    /// When it ends.
    pub end: Moment,
    /// Kind, speaker and title.
    pub headline: String,
    /// The room, where it is not the one of the whole day.
    pub room: Option<String>,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// Which days a day's entry covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Days {
    /// Not known: it stands on the day of its first publication, tentative.
    Open,
    /// From the first to the last, both included.
    Span(NaiveDate, NaiveDate),
}

/// A day of the workshop as one entry, or the workshop's place in the calendar before its sessions are known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the programme's or the venue's key of that name")]
pub struct DayEntry {
    pub title: String,
    pub short: String,
    /// Which of how many days, where there are several.
    pub ordinal: Option<(usize, usize)>,
    pub days: Days,
    pub zone: Zone,
    /// Empty while no session is known: then the entry lasts all day.
    pub lines: Vec<DayLine>,
    pub place: Place,
    pub url: Option<String>,
}

/// What an entry states.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// A session.
    Session(SessionEntry),
    /// A deadline.
    Deadline(DeadlineEntry),
    /// A day of the workshop.
    Day(DayEntry),
}

/// An entry on its way into a revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Its name.
    pub key: Key,
    /// Names it had before.
    pub formerly: Vec<Key>,
    /// What its first publication is dated with.
    pub seed: Seed,
    /// What it states.
    pub entry: Entry,
}

impl Entry {
    /// Whether nothing of it lies ahead of `now`. A day without a date never does.
    pub fn is_past(&self, now: Instant) -> bool {
        match self {
            Entry::Session(session) => session.end.instant <= now,
            Entry::Deadline(deadline) => deadline.due.instant <= now,
            Entry::Day(day) => match (day.lines.iter().map(|line| line.end.instant).max(), day.days) {
                (Some(end), _) => end <= now,
                (None, Days::Span(_, last)) => {
                    day.zone.instant_or_nearest((last + TimeDelta::days(1)).and_time(NaiveTime::MIN)) <= now
                }
                (None, Days::Open) => false,
            },
        }
    }

    /// Whether the programme itself says that it is cancelled.
    pub fn is_cancelled(&self) -> bool {
        match self {
            Entry::Session(session) => session.cancelled.is_some(),
            Entry::Deadline(deadline) => deadline.cancelled.is_some(),
            Entry::Day(day) => !day.lines.is_empty() && day.lines.iter().all(|line| line.cancelled),
        }
    }

    /// The moment people note down: a session's start, a deadline's due moment.
    pub fn moment(&self) -> Option<Moment> {
        match self {
            Entry::Session(session) => Some(session.start),
            Entry::Deadline(deadline) => Some(deadline.due),
            Entry::Day(_) => None,
        }
    }
}

impl SessionEntry {
    /// Kind and speaker first, because a phone shows thirty characters: `Keynote · Tal Arbel: Towards ...`.
    pub fn headline(&self) -> String {
        let kind = match self.kind {
            SessionKind::Keynote => "Keynote",
            SessionKind::Oral => "Talk",
            SessionKind::Panel if !self.speakers.is_empty() => "Panel",
            SessionKind::Ceremony | SessionKind::Poster | SessionKind::Break | SessionKind::Panel => "",
        };
        let speakers = match self.speakers.as_slice() {
            [] => String::new(),
            [one] => one.name.clone(),
            [one, two] => format!("{} and {}", one.name, two.name),
            [one, rest @ ..] => format!("{} and {} others", one.name, rest.len()),
        };
        let lead = match (kind, speakers.as_str()) {
            ("", speakers) => speakers.to_owned(),
            (kind, "") => kind.to_owned(),
            (kind, speakers) => format!("{kind} · {speakers}"),
        };
        let title = if self.is_open() { "title to be announced" } else { &self.title };
        if lead.is_empty() { title.to_owned() } else { format!("{lead}: {title}") }
    }

    /// Whether the title is still `TBC`.
    pub fn is_open(&self) -> bool {
        self.title == "TBC"
    }
}

impl DeadlineEntry {
    /// Where to submit, or else where to read about it.
    pub fn link(&self) -> Option<&str> {
        self.url.as_deref().or(self.page.as_deref())
    }

    /// The moment on the venue's clock, where that shows another time than the deadline's own.
    pub fn at_the_venue(&self) -> Option<Moment> {
        let seen = self.due.seen_in(self.venue_zone);
        (seen.civil != self.due.civil).then_some(seen)
    }

    /// The last moment it was announced for, before the present one.
    pub fn previous(&self) -> Option<Moment> {
        self.was.last().copied().filter(|was| was.instant != self.due.instant)
    }
}

/// The entries of a programme: deadlines, sessions, days, in that order.
pub fn entries(programme: &Programme) -> Vec<Draft> {
    let deadlines = programme.deadlines.iter().filter_map(|deadline| {
        Some(Draft {
            key: Key::deadline(&deadline.id),
            formerly: deadline.formerly.iter().map(Key::deadline).collect(),
            seed: deadline.seed,
            entry: Entry::Deadline(deadline_entry(programme, deadline)?),
        })
    });
    let sessions = programme.sessions.iter().map(|session| Draft {
        key: Key::session(&session.id),
        formerly: session.formerly.iter().map(Key::session).collect(),
        seed: session.seed,
        entry: Entry::Session(session_entry(programme, session)),
    });
    deadlines.chain(sessions).chain(days(programme)).collect()
}

fn place(programme: &Programme, room: Option<&str>) -> Place {
    let venue = &programme.venue;
    Place { room: room.map(str::to_owned), name: venue.name.clone(), city: venue.city.clone(), geo: venue.geo.clone() }
}

fn session_entry(programme: &Programme, session: &Session) -> SessionEntry {
    let papers = if session.kind == SessionKind::Poster {
        programme.posters().map(|p| Listed { title: p.title.clone(), authors: p.authors.join(", ") }).collect()
    } else {
        Vec::new()
    };
    let paper: Option<&Paper> = session.paper.as_ref().and_then(|id| programme.paper(id));
    let host = session.host.as_ref().and_then(|id| programme.hosts.iter().find(|host| host.id == *id));
    SessionEntry {
        kind: session.kind,
        title: session.title.clone(),
        start: session.start,
        end: session.end,
        speakers: session.speakers.clone(),
        authors: paper.map(|paper| paper.authors.join(", ")).filter(|authors| !authors.is_empty()),
        summary: session.summary.clone(),
        host: host.map(|host| host.name.clone()),
        papers,
        place: place(programme, programme.room(session)),
        url: [session.url.as_ref(), paper.and_then(|p| p.url.as_ref()), programme.url.as_ref()]
            .into_iter()
            .flatten()
            .next()
            .map(ToString::to_string),
        certainty: session.certainty,
        cancelled: session.cancelled.clone(),
    }
}

fn deadline_entry(programme: &Programme, deadline: &Deadline) -> Option<DeadlineEntry> {
    Some(DeadlineEntry {
        kind: deadline.kind,
        title: deadline.title.clone(),
        short: deadline.short.clone(),
        due: deadline.due.moment()?,
        was: deadline.was.clone(),
        audience: deadline.audience,
        ours: deadline.ours,
        needs: deadline.needs.clone(),
        note: deadline.note.clone(),
        url: deadline.url.as_ref().map(ToString::to_string),
        page: programme.url.as_ref().map(ToString::to_string),
        cancelled: deadline.cancelled.clone(),
        city: programme.venue.city.clone(),
        venue_zone: programme.time_zone,
    })
}

/// The days of the workshop: each with its sessions, or all day while it has none.
fn days(programme: &Programme) -> Vec<Draft> {
    let draft =
        |key: Key, ordinal: Option<(usize, usize)>, days: Days, lines: Vec<DayLine>, room: Option<&str>| Draft {
            key,
            formerly: Vec::new(),
            seed: Seed {
                revised: programme.sessions.iter().filter_map(|s| s.seed.revised).max(),
                sequence: programme.sessions.iter().filter_map(|s| s.seed.sequence).max(),
            },
            entry: Entry::Day(DayEntry {
                title: programme.title.clone(),
                short: programme.short.clone(),
                ordinal,
                days,
                zone: programme.time_zone,
                lines,
                place: place(programme, room),
                url: programme.url.as_ref().map(ToString::to_string),
            }),
        };
    let venue_room = programme.venue.room.as_deref();
    let mut drafts = Vec::new();
    let mut dates: Vec<NaiveDate> = programme.sessions.iter().map(|session| session.start.date()).collect();
    if let Some((first, last)) = programme.dates {
        dates.extend(first.iter_days().take_while(|date| *date <= last));
    }
    dates.sort_unstable();
    dates.dedup();
    if dates.is_empty() {
        drafts.push(draft(Key::day(0), None, Days::Open, Vec::new(), venue_room));
    }
    for (index, date) in dates.iter().enumerate() {
        let here: Vec<&Session> = programme.sessions.iter().filter(|s| s.start.date() == *date).collect();
        // One room for the whole day is said once, as the day's place; several are said line by line.
        let room = match here.split_first() {
            Some((one, rest)) => {
                let room = programme.room(one);
                room.filter(|room| rest.iter().all(|other| programme.room(other) == Some(room)))
            }
            None => venue_room,
        };
        let lines = here.iter().map(|session| DayLine {
            start: session.start,
            end: session.end,
            headline: session_entry(programme, session).headline(),
            room: if room.is_some() { None } else { programme.room(session).map(str::to_owned) },
            cancelled: session.cancelled.is_some(),
        });
        let ordinal = (dates.len() > 1).then_some((index + 1, dates.len()));
        drafts.push(draft(Key::day(index), ordinal, Days::Span(*date, *date), lines.collect(), room));
    }
    if programme.sessions.is_empty() {
        let days = programme.dates.map_or(Days::Open, |(first, last)| Days::Span(first, last));
        drafts.push(draft(Key::sessions_day(), None, days, Vec::new(), venue_room));
    }
    drafts
}
