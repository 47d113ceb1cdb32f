//! A workshop's programme: its sessions, deadlines, papers and people.
//!
//! A [`Programme`] that exists is valid: everybody may read its fields, only [`super::file`] makes one. Civil times are
//! already resolved in their zones, references point at something, texts are within their limits.

use std::fmt;
use std::ops::Deref;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use url::Url;

use super::lead_time::LeadTime;
use super::zone::{Instant, Zone, utc_offset};

pub use super::kind::{Attendance, Audience, Certainty, DeadlineKind, LinkKind, Named, Role, SessionKind};

/// A short stable name, `[a-z0-9](-?[a-z0-9])*`, at most 64 octets: part of addresses and UIDs, so it never changes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// A text that is no [`Id`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an id is made of a-z, 0-9 and single hyphens between them, at most 64 characters")]
pub struct BadId;

impl Id {
    /// The id, if `text` is one.
    ///
    /// # Errors
    /// When it has another character, a hyphen at an end or two in a row, or is empty or too long.
    pub fn new(text: &str) -> Result<Id, BadId> {
        let clean = text.len() <= 64
            && text
                .split('-')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        if clean { Ok(Id(text.to_owned())) } else { Err(BadId) }
    }

    /// The nearest thing to `text` that is an id: what an error suggests.
    pub fn suggestion(text: &str) -> Option<Id> {
        let lower: String =
            text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let joined = lower.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        Id::new(joined.get(..joined.len().min(64)).unwrap_or("").trim_end_matches('-')).ok()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = BadId;

    fn try_from(text: String) -> Result<Id, BadId> {
        Id::new(&text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.0
    }
}

/// A civil time in a zone, and the instant it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "StoredMoment", into = "StoredMoment")]
pub struct Moment {
    /// What a clock of `zone` shows.
    pub civil: NaiveDateTime,
    /// Whose clock.
    pub zone: Zone,
    /// The point in time.
    pub instant: Instant,
}

/// A moment as written down: the civil time is what was promised, so it is what is kept.
#[derive(Serialize, Deserialize)]
struct StoredMoment {
    civil: NaiveDateTime,
    zone: Zone,
}

impl Moment {
    /// The same point in time on the clocks of another zone.
    pub fn seen_in(self, zone: Zone) -> Moment {
        Moment { civil: zone.local(self.instant).civil, zone, instant: self.instant }
    }

    /// The day on its own clock.
    pub fn date(self) -> NaiveDate {
        self.civil.date()
    }

    /// Hour and minute on its own clock, `23:59`: seconds are kept and never shown.
    pub fn clock(self) -> String {
        self.civil.format("%H:%M").to_string()
    }

    /// Its zone in letters and as an offset, `AoE (UTC-12)` or `KST (UTC+9)`, or the offset alone.
    pub fn zone_label(self) -> String {
        let local = self.zone.local(self.instant);
        let offset = utc_offset(local.offset_seconds);
        if local.label == offset { offset } else { format!("{} ({offset})", local.label) }
    }
}

impl From<StoredMoment> for Moment {
    fn from(stored: StoredMoment) -> Moment {
        Moment { civil: stored.civil, zone: stored.zone, instant: stored.zone.instant_or_nearest(stored.civil) }
    }
}

impl From<Moment> for StoredMoment {
    fn from(moment: Moment) -> StoredMoment {
        StoredMoment { civil: moment.civil, zone: moment.zone }
    }
}

/// When a deadline falls, if that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// To be announced.
    Open,
    /// At this moment.
    At(Moment),
}

impl Due {
    /// The moment, if it is known.
    pub fn moment(self) -> Option<Moment> {
        match self {
            Due::Open => None,
            Due::At(moment) => Some(moment),
        }
    }
}

/// What an entry's first publication is dated with, where the file says so (`revised`, `sequence`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seed {
    /// CREATED and LAST-MODIFIED of the first publication.
    pub revised: Option<Instant>,
    /// SEQUENCE of the first publication.
    pub sequence: Option<u32>,
}

/// Where the workshop takes place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Venue {
    pub name: Option<String>,
    pub name_local: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub room: Option<String>,
    pub address: Option<String>,
    pub address_local: Option<String>,
    /// Degrees north and east, as written, so that they are printed as written.
    pub geo: Option<(String, String)>,
    /// A map service's name, and its page.
    pub maps: Vec<(&'static str, Url)>,
    pub url: Option<Url>,
}

/// Something authors must do, or will hear, by a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// Its name in addresses and UIDs.
    pub id: Id,
    /// What it asks for.
    pub kind: DeadlineKind,
    /// In full, as in a list.
    pub title: String,
    /// In a word or two, as in a mail's subject.
    pub short: String,
    /// When.
    pub due: Due,
    /// Earlier published moments, oldest first.
    pub was: Vec<Moment>,
    /// The zone in which it was set.
    pub zone: Zone,
    /// Where to submit.
    pub url: Option<Url>,
    /// What must be handed in.
    pub needs: Option<String>,
    /// A remark for everybody.
    pub note: Option<String>,
    /// Whom it concerns.
    pub audience: Audience,
    /// Whether the workshop set it; another's date is listed and linked, never mailed about.
    pub ours: bool,
    /// Why it was withdrawn, if it was.
    pub cancelled: Option<String>,
    /// Ids it had before.
    pub formerly: Vec<Id>,
    /// What its first publication is dated with.
    pub seed: Seed,
}

/// Somebody speaking in a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Speaker {
    /// As they write themselves.
    pub name: String,
    /// Where they work.
    pub affiliation: Option<String>,
    /// Their own page.
    pub url: Option<String>,
}

/// Something that takes place at the workshop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Its name in addresses and UIDs.
    pub id: Id,
    /// What it is.
    pub kind: SessionKind,
    /// Its title; `TBC` while open.
    pub title: String,
    /// When it begins, in the programme's zone.
    pub start: Moment,
    /// When it ends.
    pub end: Moment,
    /// Who speaks.
    pub speakers: Vec<Speaker>,
    /// The paper presented.
    pub paper: Option<Id>,
    /// The room, where it is not the venue's.
    pub room: Option<String>,
    /// What it is about.
    pub summary: Option<String>,
    /// A remark for those who present.
    pub note: Option<String>,
    /// Which of several hosts it belongs to.
    pub host: Option<Id>,
    /// More about it.
    pub url: Option<Url>,
    /// Whether it may still change.
    pub certainty: Certainty,
    /// Why it is cancelled, if it is.
    pub cancelled: Option<String>,
    /// Ids it had before.
    pub formerly: Vec<Id>,
    /// What its first publication is dated with.
    pub seed: Seed,
}

/// An accepted paper.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Paper {
    pub id: Id,
    pub title: String,
    pub authors: Vec<String>,
    pub url: Option<Url>,
    pub award: Option<String>,
}

/// A person named on the page.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Person {
    pub name: String,
    pub role: Role,
    pub affiliation: Option<String>,
    pub url: Option<Url>,
    pub summary: Option<String>,
}

/// Somebody who got an award.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Recipient {
    pub name: String,
    pub affiliation: Option<String>,
    pub paper: Option<Id>,
}

/// An award.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Award {
    pub title: String,
    pub summary: Option<String>,
    pub url: Option<Url>,
    pub recipients: Vec<Recipient>,
}

/// A link of the workshop.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Link {
    pub kind: LinkKind,
    pub title: String,
    pub url: Url,
    pub summary: Option<String>,
}

/// One of several workshops held together.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Host {
    pub id: Id,
    pub name: String,
    pub url: Option<Url>,
}

/// The call for papers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Call {
    pub summary: Option<String>,
    pub topics: Vec<String>,
    pub format: Option<String>,
    pub supplementary: Option<String>,
    pub url: Option<Url>,
}

/// Who answers for personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of that name in the programme file")]
pub struct Privacy {
    pub controller: Option<String>,
    pub contact: Option<String>,
    pub host: Option<String>,
    pub authority: Option<String>,
}

/// Everything a programme file states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its name in addresses and UIDs.
    pub id: Id,
    /// In full.
    pub title: String,
    /// In a word or two.
    pub short: String,
    /// The workshop's own page.
    pub url: Option<Url>,
    /// A mailbox people can write to.
    pub contact: Option<String>,
    /// First and last day, once known.
    pub dates: Option<(NaiveDate, NaiveDate)>,
    /// The venue's zone.
    pub time_zone: Zone,
    /// The zone of deadlines that name none.
    pub deadline_zone: Zone,
    /// The right-hand side of UIDs.
    pub uid_domain: String,
    /// Where people take part.
    pub attendance: Attendance,
    /// Lead times of those who choose none.
    pub remind: Vec<LeadTime>,
    /// What it is about.
    pub summary: Option<String>,
    /// Doubts the organizers have answered, by name.
    pub accept: Vec<String>,
    /// Ids whose tombstones leave the feeds.
    pub forget: Vec<Id>,
    /// The static address people are given for the feeds.
    pub feed_url: Option<Url>,
    /// A CSS colour name.
    pub color: Option<String>,
    /// A picture.
    pub logo: Option<Url>,
    /// Where.
    pub venue: Venue,
    /// In the order of the file.
    pub deadlines: Vec<Deadline>,
    /// By start, then by the order of the file.
    pub sessions: Vec<Session>,
    /// In the order of the file.
    pub papers: Vec<Paper>,
    /// In the order of the file.
    pub people: Vec<Person>,
    /// In the order of the file.
    pub awards: Vec<Award>,
    /// In the order of the file.
    pub links: Vec<Link>,
    /// In the order of the file.
    pub hosts: Vec<Host>,
    /// The call for papers.
    pub call: Option<Call>,
    /// Who answers for personal data.
    pub privacy: Option<Privacy>,
}

/// A valid programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Programme(Facts);

impl Programme {
    /// Seals facts that were checked: the reader's last act.
    pub(super) fn new(facts: Facts) -> Programme {
        Programme(facts)
    }

    /// Whether both state the same of the workshop; which doubts were answered is no statement of it.
    pub fn says_the_same(&self, other: &Programme) -> bool {
        Facts { accept: other.0.accept.clone(), ..self.0.clone() } == other.0
    }

    /// The paper of that id.
    pub fn paper(&self, id: &Id) -> Option<&Paper> {
        self.papers.iter().find(|paper| paper.id == *id)
    }

    /// The papers that no session presents: what the poster sessions show.
    pub fn posters(&self) -> impl Iterator<Item = &Paper> {
        self.papers.iter().filter(|paper| !self.sessions.iter().any(|s| s.paper.as_ref() == Some(&paper.id)))
    }

    /// The deadline of this programme that a later one continues, also under a former id, or when a new name is taken back.
    pub fn ancestor_of_deadline(&self, later: &Deadline) -> Option<&Deadline> {
        let names = std::iter::once(&later.id).chain(&later.formerly);
        let named = names.filter_map(|id| self.deadlines.iter().find(|deadline| deadline.id == *id)).next();
        named.or_else(|| self.deadlines.iter().find(|deadline| deadline.formerly.contains(&later.id)))
    }

    /// The session of this programme that a later one continues, also under a former id, or when a new name is taken back.
    pub fn ancestor_of_session(&self, later: &Session) -> Option<&Session> {
        let names = std::iter::once(&later.id).chain(&later.formerly);
        let named = names.filter_map(|id| self.sessions.iter().find(|session| session.id == *id)).next();
        named.or_else(|| self.sessions.iter().find(|session| session.formerly.contains(&later.id)))
    }

    /// The session's room, or the venue's.
    pub fn room<'a>(&'a self, session: &'a Session) -> Option<&'a str> {
        session.room.as_deref().or(self.venue.room.as_deref())
    }
}

impl Deref for Programme {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_stable() {
        for good in ["a", "faimi-2025", "0", "a-b-c"] {
            assert_eq!(Id::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(Id::new(bad), Err(BadId), "{bad:?}");
        }
    }

    #[test]
    fn a_bad_id_suggests_a_good_one() {
        assert_eq!(Id::suggestion("Keynote: Tal Arbel").unwrap().as_str(), "keynote-tal-arbel");
        assert_eq!(Id::suggestion("  "), None);
        assert_eq!(Id::suggestion(&"x".repeat(80)).unwrap().as_str().len(), 64);
    }
}
