//! Revisions: what was published, when, and under which stamps.
//!
//! Calendars show a change only when SEQUENCE, LAST-MODIFIED or DTSTAMP rose (RFC 5545 3.8.7), so the stamps move with
//! every visible change of an entry and only then. An entry that leaves the programme stays in the feeds: cancelled
//! while it lies ahead, exactly as it was once it is past. UIDs are given once and kept, also through a new name.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::entry::{Days, Draft, Entry, Key, entries};
use super::file;
use super::programme::{Moment, Programme};
use super::zone::{Instant, Zone};

/// Whether the programme still holds an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It stands in the programme.
    Live,
    /// It left while it lay ahead: a tombstone, shown as cancelled for as long as the feed lives.
    Cancelled,
    /// It left after it was over: shown as last published.
    Archived,
    /// It was to be forgotten: in no feed. Its stamps are kept, for a subscriber who has it may meet it again.
    Forgotten,
}

/// From when an entry was moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moved {
    /// What was published before.
    pub from: Moment,
    /// When the present moment was published, where that is known.
    pub on: Option<Instant>,
}

/// An entry with the stamps of its publications.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its name in the programme.
    pub key: Key,
    /// Names it had before, under which it is still found.
    pub formerly: Vec<Key>,
    /// UID, RFC 5545 3.8.4.7: given at the first publication, never changed.
    pub uid: String,
    /// CREATED: the first publication.
    pub created: Instant,
    /// LAST-MODIFIED and DTSTAMP: the last visible change.
    pub modified: Instant,
    /// SEQUENCE: counts visible changes.
    pub sequence: u32,
    /// The revision of the last visible change.
    pub revision: u32,
    /// Whether the programme still holds it.
    pub state: State,
    /// Its last move, if it was ever moved.
    pub moved: Option<Moved>,
    /// What it states.
    pub entry: Entry,
}

/// What a feed says of the programme as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the programme's key of that name")]
pub struct Header {
    pub id: String,
    pub uid_domain: String,
    pub title: String,
    pub short: String,
    pub summary: Option<String>,
    pub url: Option<String>,
    pub contact: Option<String>,
    pub color: Option<String>,
    pub city: Option<String>,
    pub dates: Option<(NaiveDate, NaiveDate)>,
    pub time_zone: Zone,
    pub deadline_zone: Zone,
    pub forget: Vec<String>,
}

impl Header {
    /// What a feed's own properties say of it: only a change of these is one that every subscriber sees.
    fn shown(&self) -> (&str, &str, Option<&str>, Option<&str>, Zone) {
        (&self.title, &self.short, self.url.as_deref(), self.color.as_deref(), self.time_zone)
    }
}

/// A published state of a programme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// 1 for the first, then one more for each.
    pub number: u32,
    /// When it was published.
    pub published: Instant,
    /// The programme as a whole.
    pub header: Header,
    /// When what a feed shows of the header, or the set of records, last changed.
    pub header_modified: Instant,
    /// The revision of that change.
    pub header_revision: u32,
    /// Every entry that was ever published and not forgotten, by UID.
    pub records: Vec<Record>,
    /// The programme file it was made of.
    pub source: String,
}

/// By how much every SEQUENCE jumps after a backup was restored: more than was ever published since it was made.
const JUMP: u32 = 1000;

impl Revision {
    /// Makes of it the revision after it, which says the same with every SEQUENCE far ahead: calendars may have seen more
    /// of them than this revision knows of.
    pub fn raise(&mut self, now: Instant) {
        self.number += 1;
        self.published = now;
        for record in &mut self.records {
            record.sequence += JUMP;
            record.modified = now;
            record.revision = self.number;
        }
    }

    /// The revision that follows `previous` when `programme`, read from `source`, is published at `now`; none when it
    /// says the same again.
    pub fn next(previous: Option<&Revision>, programme: &Programme, source: &str, now: Instant) -> Option<Revision> {
        let drafts = entries(programme);
        let Some(previous) = previous else {
            return Some(first(programme, drafts, source, now));
        };
        if previous.source == source {
            return None;
        }
        let number = previous.number + 1;
        let continued = continued(&previous.records, &drafts);
        let mut records: Vec<Record> = Vec::new();
        for (draft, known) in drafts.into_iter().zip(&continued) {
            records.push(match known {
                Some(record) => previous.records[*record].republished(draft, number, now),
                None => Record::new(programme, draft, number, now, &previous.records),
            });
        }
        let forgotten =
            |record: &Record| record.key.id().is_some_and(|id| programme.forget.iter().any(|gone| gone.as_str() == id));
        for (index, record) in previous.records.iter().enumerate() {
            if !continued.contains(&Some(index)) {
                let forgotten = forgotten(record);
                let left = if forgotten { record.forgotten() } else { record.departed(number, now) };
                records.push(left);
            }
        }
        records.sort_by(|a, b| a.uid.cmp(&b.uid));
        // A record that left altogether changes the body and no stamp of an entry.
        let gone = |records: &[Record]| records.iter().filter(|record| record.state == State::Forgotten).count();
        let left = gone(&records) != gone(&previous.records);
        let header = header(programme);
        let header_changed = left || header.shown() != previous.header.shown();
        let same = records == previous.records && !header_changed && header == previous.header;
        if same && file::read(&previous.source).programme.is_some_and(|before| before.says_the_same(programme)) {
            return None;
        }
        Some(Revision {
            number,
            published: after(previous.published, now),
            header_modified: if header_changed {
                after(previous.last_modified(), now)
            } else {
                previous.header_modified
            },
            header_revision: if header_changed { number } else { previous.header_revision },
            header,
            records,
            source: source.to_owned(),
        })
    }

    /// A revision that no publication made: what a file alone says, for `render`. It has no day of first publication,
    /// so an entry that needs one is left out.
    pub fn unpublished(programme: &Programme, source: &str) -> Revision {
        let epoch = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day").and_time(chrono::NaiveTime::MIN).and_utc();
        let mut revision = first(programme, entries(programme), source, epoch);
        revision.records.retain(|record| !matches!(&record.entry, Entry::Day(day) if day.days == Days::Open));
        revision
    }

    /// The last change of anything a feed shows.
    fn last_modified(&self) -> Instant {
        self.records.iter().map(|record| record.modified).chain([self.header_modified]).max().unwrap_or(self.published)
    }
}

fn first(programme: &Programme, drafts: Vec<Draft>, source: &str, now: Instant) -> Revision {
    let mut records: Vec<Record> = drafts.into_iter().map(|draft| Record::new(programme, draft, 1, now, &[])).collect();
    records.sort_by(|a, b| a.uid.cmp(&b.uid));
    // Seeded stamps say when these facts were first public, and the header was so with the first of them: a feed is as
    // new as what it holds.
    let seeded = records.iter().map(|record| record.modified).min();
    Revision {
        number: 1,
        published: now,
        header: header(programme),
        header_modified: seeded.unwrap_or(now),
        header_revision: 1,
        records,
        source: source.to_owned(),
    }
}

/// Which record each draft continues: the one of its name; else one under a name it had; else one that was renamed and
/// now has its old name back. No record is continued twice.
fn continued(records: &[Record], drafts: &[Draft]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; drafts.len()];
    let rules: [fn(&Draft, &Record) -> bool; 3] = [
        |draft, record| record.key == draft.key,
        |draft, record| draft.formerly.contains(&record.key),
        |draft, record| record.formerly.contains(&draft.key),
    ];
    for continues in rules {
        for (at, draft) in drafts.iter().enumerate() {
            if found[at].is_none() {
                let free = |index: &usize| continues(draft, &records[*index]) && !found.contains(&Some(*index));
                found[at] = (0..records.len()).find(free);
            }
        }
    }
    found
}

fn header(programme: &Programme) -> Header {
    Header {
        id: programme.id.to_string(),
        uid_domain: programme.uid_domain.clone(),
        title: programme.title.clone(),
        short: programme.short.clone(),
        summary: programme.summary.clone(),
        url: programme.url.as_ref().map(ToString::to_string),
        contact: programme.contact.clone(),
        color: programme.color.clone(),
        city: programme.venue.city.clone(),
        dates: programme.dates,
        time_zone: programme.time_zone,
        deadline_zone: programme.deadline_zone,
        forget: programme.forget.iter().map(ToString::to_string).collect(),
    }
}

/// Stamps only rise, by whole seconds, also when the clock went back.
fn after(last: Instant, now: Instant) -> Instant {
    now.max(last + TimeDelta::seconds(1))
}

/// A UID nobody else has: one whose name was taken over by a renamed entry gets a number.
fn uid(programme: &Programme, key: &Key, others: &[Record]) -> String {
    let mut numbered = (1..).map(|number| {
        let suffix = if number == 1 { String::new() } else { format!("~{number}") };
        format!("{}{suffix}.{}@{}", key.as_str(), programme.id, programme.uid_domain)
    });
    let free = |uid: &String| others.iter().all(|other| other.uid != *uid);
    numbered.find(free).expect("there are more numbers than records")
}

impl Record {
    fn new(programme: &Programme, draft: Draft, revision: u32, now: Instant, others: &[Record]) -> Record {
        let stamp = draft.seed.revised.unwrap_or(now);
        let moved = match &draft.entry {
            Entry::Deadline(deadline) => deadline.previous().map(|from| Moved { from, on: draft.seed.revised }),
            Entry::Session(_) | Entry::Day(_) => None,
        };
        Record {
            uid: uid(programme, &draft.key, others),
            key: draft.key,
            formerly: draft.formerly,
            created: stamp,
            modified: stamp,
            sequence: draft.seed.sequence.unwrap_or(0),
            revision,
            state: State::Live,
            moved,
            entry: draft.entry,
        }
    }

    /// This record after its entry was published again, changed or not.
    fn republished(&self, draft: Draft, revision: u32, now: Instant) -> Record {
        let mut record = Record { key: draft.key, ..self.clone() };
        let before = draft.formerly.into_iter().chain([self.key.clone()]);
        for key in before.filter(|key| *key != record.key) {
            if !record.formerly.contains(&key) {
                record.formerly.push(key);
            }
        }
        if self.state == State::Live && self.entry == draft.entry {
            return record;
        }
        if let (Some(from), Some(to)) = (self.entry.moment(), draft.entry.moment())
            && from.instant != to.instant
        {
            record.moved = Some(Moved { from, on: Some(now) });
        }
        record.entry = draft.entry;
        record.state = State::Live;
        record.touch(revision, now);
        record
    }

    /// This record after its entry left the programme.
    fn departed(&self, revision: u32, now: Instant) -> Record {
        let mut record = self.clone();
        if self.state == State::Live {
            if self.entry.is_past(now) {
                record.state = State::Archived;
            } else {
                record.state = State::Cancelled;
                record.touch(revision, now);
            }
        }
        record
    }

    /// This record after the organizers wanted it out of the feeds.
    fn forgotten(&self) -> Record {
        Record { state: State::Forgotten, ..self.clone() }
    }

    fn touch(&mut self, revision: u32, now: Instant) {
        self.modified = after(self.modified, now);
        self.sequence += 1;
        self.revision = revision;
    }

    /// Whether it is shown as cancelled: by the programme's own word, or because it left while it lay ahead.
    pub fn is_cancelled(&self) -> bool {
        self.state == State::Cancelled || self.entry.is_cancelled()
    }

    /// Its last move in words, the same wherever it is told: `Extended on 24 Jun (was 25 Jun)`,
    /// `Moved from 14:20 on 22 Sep`. Days are those of the entry's own zone.
    pub fn move_in_words(&self) -> Option<String> {
        let Moved { from, on } = self.moved?;
        let to = self.entry.moment()?;
        let day = |date: NaiveDate| date.format("%-d %b").to_string();
        let on = on.map_or(String::new(), |on| format!(" on {}", day(to.zone.local(on).civil.date())));
        let same_clock = from.civil.time() == to.civil.time();
        Some(match &self.entry {
            Entry::Deadline(_) => {
                let how = if from.instant < to.instant { "Extended" } else { "Brought forward" };
                let clock = if same_clock { String::new() } else { format!(" {}", from.clock()) };
                format!("{how}{on} (was {}{clock})", day(from.date()))
            }
            Entry::Session(_) | Entry::Day(_) => {
                let date = if from.date() == to.date() { String::new() } else { format!("{} ", day(from.date())) };
                format!("Moved from {date}{}{on}", from.clock())
            }
        })
    }
}
