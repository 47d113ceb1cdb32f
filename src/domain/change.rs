//! Changes: what a revision did to the one before, under the names people use.
//!
//! One text for each, the same on the page, in Atom, in JSON and in a mail: what it is about, what happened, was -> is.

use serde::{Deserialize, Serialize};

use super::entry::Key;
use super::programme::{Deadline, Due, Moment, Named, Programme, Session};
use super::revision::{Revision, State};
use super::zone::Instant;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub enum ChangeKind { $($(#[$doc])* #[serde(rename = $name)] $variant,)+ }

        impl Named for ChangeKind {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, ChangeKind::$variant),)+];
        }

        impl ChangeKind {
            /// The word for it.
            pub fn name(self) -> &'static str {
                match self { $(ChangeKind::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    /// A date that was open is known.
    Announced = "announced",
    /// It is new.
    Added = "added",
    /// A deadline falls later.
    Extended = "extended",
    /// A deadline falls earlier.
    BroughtForward = "brought forward",
    /// A deadline is no more.
    Withdrawn = "withdrawn",
    /// A deadline's date is open again.
    OpenAgain = "date to be announced again",
    /// A session takes place at another time.
    Moved = "moved",
    /// A session takes place in another room.
    RoomMoved = "moved to another room",
    /// The workshop takes place on another day.
    DayMoved = "day moved",
    /// The workshop takes place in another city.
    CityMoved = "city moved",
    /// Papers are handed in elsewhere.
    SubmissionSiteMoved = "submission site moved",
    /// It bears another title.
    Retitled = "retitled",
    /// Something else that is said of it is another.
    Described = "described",
    /// A session does not take place.
    Cancelled = "cancelled",
    /// It is back.
    Reinstated = "reinstated",
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To which entry; none: to the workshop as a whole.
    pub entry: Option<Key>,
    /// What it is about, in people's words.
    pub title: String,
    /// How it was.
    pub was: Option<String>,
    /// How it is.
    pub is: Option<String>,
}

impl Change {
    /// `Full paper submission extended: Wed 25 Jun 2025, 23:59 AoE -> Mon 30 Jun 2025, 23:59 AoE`.
    pub fn words(&self) -> String {
        let head = format!("{} {}", self.title, self.kind.name());
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => format!("{head}: {was} -> {is}"),
            (None, Some(is)) => format!("{head}: {is}"),
            (Some(was), None) => format!("{head} (was {was})"),
            (None, None) => head,
        }
    }
}

/// What publishing `next` at `now` does to what was published before.
pub fn changes(previous: Option<(&Revision, &Programme)>, next: &Programme, now: Instant) -> Vec<Change> {
    let Some((revision, previous)) = previous else {
        let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let is = [counted(next.sessions.len(), "session"), counted(next.deadlines.len(), "deadline")].join(", ");
        return vec![Change {
            kind: ChangeKind::Added,
            entry: None,
            title: next.title.clone(),
            was: None,
            is: Some(is),
        }];
    };
    let mut found = Found { now, revision, changes: Vec::new() };
    found.workshop(previous, next);
    for deadline in &next.deadlines {
        found.deadline(previous.ancestor_of_deadline(deadline), deadline);
    }
    for old in &previous.deadlines {
        if !next
            .deadlines
            .iter()
            .any(|new| previous.ancestor_of_deadline(new).is_some_and(|before| before.id == old.id))
        {
            found.gone_deadline(old);
        }
    }
    for session in &next.sessions {
        found.session(previous, next, previous.ancestor_of_session(session), session);
    }
    for old in &previous.sessions {
        if !next.sessions.iter().any(|new| previous.ancestor_of_session(new).is_some_and(|before| before.id == old.id))
        {
            found.gone_session(old);
        }
    }
    found.changes
}

/// What one version of a programme does to another that was never published: what a file would change, told without
/// knowing what was.
pub fn changes_between(previous: &Programme, source: &str, next: &Programme, now: Instant) -> Vec<Change> {
    changes(Some((&Revision::unpublished(previous, source), previous)), next, now)
}

struct Found<'r> {
    now: Instant,
    revision: &'r Revision,
    changes: Vec<Change>,
}

impl Found<'_> {
    fn add(
        &mut self,
        kind: ChangeKind,
        about: (Option<Key>, &str),
        was: impl Into<Option<String>>,
        is: impl Into<Option<String>>,
    ) {
        let (entry, title) = about;
        self.changes.push(Change { kind, entry, title: title.to_owned(), was: was.into(), is: is.into() });
    }

    /// An entry nobody had before: new, or back from where it was cancelled or archived.
    fn appeared(&self, key: &Key) -> ChangeKind {
        let known = self.revision.records.iter().find(|record| record.key == *key || record.formerly.contains(key));
        match known.map(|record| record.state) {
            Some(State::Cancelled | State::Archived | State::Forgotten) => ChangeKind::Reinstated,
            Some(State::Live) | None => ChangeKind::Added,
        }
    }

    fn workshop(&mut self, old: &Programme, new: &Programme) {
        let about = || (None, new.short.as_str());
        if old.title != new.title {
            self.add(ChangeKind::Retitled, (None, &old.title), None, new.title.clone());
        }
        if old.dates != new.dates {
            let days = |programme: &Programme| programme.dates.map(|(first, last)| days_in_words(first, last));
            let kind = if old.dates.is_none() { ChangeKind::Announced } else { ChangeKind::DayMoved };
            self.add(kind, about(), days(old), days(new).or_else(|| Some("open".to_owned())));
        }
        if old.venue.city != new.venue.city {
            match (&old.venue.city, &new.venue.city) {
                (None, Some(city)) => self.add(ChangeKind::Announced, about(), None, format!("in {city}")),
                (was, is) => self.add(ChangeKind::CityMoved, about(), was.clone(), is.clone()),
            }
        }
        if old.venue.room != new.venue.room {
            match (&old.venue.room, &new.venue.room) {
                (None, Some(room)) => self.add(ChangeKind::Announced, about(), None, format!("room {room}")),
                (was, is) => {
                    let is = is.clone().unwrap_or_else(|| "open".to_owned());
                    self.add(ChangeKind::RoomMoved, about(), was.clone(), is);
                }
            }
        }
        if old.time_zone != new.time_zone {
            let zone = |programme: &Programme| format!("time zone {}", programme.time_zone);
            self.add(ChangeKind::Described, about(), zone(old), zone(new));
        }
        if old.attendance != new.attendance {
            let (was, is) = (old.attendance.name().to_owned(), new.attendance.name().to_owned());
            self.add(ChangeKind::Described, about(), was, is);
        }
        let venue = |programme: &Programme| {
            let venue = programme.venue.clone();
            (venue.name, venue.name_local, venue.address, venue.address_local, venue.geo, venue.maps, venue.url)
        };
        let parts = [
            ("short name", old.short != new.short),
            ("page", old.url != new.url),
            ("contact", old.contact != new.contact),
            ("summary", old.summary != new.summary),
            ("venue", venue(old) != venue(new)),
            ("papers", old.papers != new.papers),
            ("people", old.people != new.people),
            ("awards", old.awards != new.awards),
            ("links", old.links != new.links),
            ("hosts", old.hosts != new.hosts),
            ("call for papers", old.call != new.call),
            ("privacy", old.privacy != new.privacy),
        ];
        self.described(about(), &parts);
    }

    /// What is too long, or too small, to be told as was -> is.
    fn described(&mut self, about: (Option<Key>, &str), parts: &[(&str, bool)]) {
        let changed: Vec<&str> = parts.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect();
        if !changed.is_empty() {
            self.add(ChangeKind::Described, about, None, changed.join(", "));
        }
    }

    fn deadline(&mut self, old: Option<&Deadline>, new: &Deadline) {
        let key = Key::deadline(&new.id);
        let about = || (Some(key.clone()), new.title.as_str());
        let Some(old) = old else {
            self.add(self.appeared(&key), about(), None, due_in_words(new.due));
            return;
        };
        match (&old.cancelled, &new.cancelled) {
            (None, Some(reason)) => self.add(ChangeKind::Withdrawn, about(), due_in_words(old.due), reason.clone()),
            (Some(_), None) => self.add(ChangeKind::Reinstated, about(), None, due_in_words(new.due)),
            (Some(was), Some(is)) if was != is => self.add(ChangeKind::Described, about(), was.clone(), is.clone()),
            _ => {}
        }
        let kind = match (old.due, new.due) {
            (Due::Open, Due::At(_)) => Some(ChangeKind::Announced),
            (Due::At(_), Due::Open) => Some(ChangeKind::OpenAgain),
            (Due::At(was), Due::At(is)) if was.instant < is.instant => Some(ChangeKind::Extended),
            (Due::At(was), Due::At(is)) if was.instant > is.instant => Some(ChangeKind::BroughtForward),
            _ => None,
        };
        if let Some(kind) = kind {
            let was = old.due.moment().map(moment_in_words);
            self.add(kind, about(), was, new.due.moment().map(moment_in_words));
        }
        if old.title != new.title {
            self.add(ChangeKind::Retitled, (Some(key.clone()), &old.title), None, new.title.clone());
        }
        let host = |deadline: &Deadline| deadline.url.as_ref().and_then(|url| url.host_str().map(str::to_owned));
        if let (Some(was), Some(is)) = (host(old), host(new))
            && was != is
        {
            self.add(ChangeKind::SubmissionSiteMoved, about(), was, is);
        }
        let parts = [
            ("id", old.id != new.id),
            ("kind", old.kind != new.kind),
            ("short name", old.short != new.short),
            ("link", old.url != new.url && host(old) == host(new) || old.url.is_some() != new.url.is_some()),
            ("what it needs", old.needs != new.needs),
            ("note", old.note != new.note),
            ("whom it is for", old.audience != new.audience || old.ours != new.ours),
            ("earlier dates", kind.is_none() && old.was != new.was),
            ("zone", kind.is_none() && old.zone != new.zone),
        ];
        self.described(about(), &parts);
    }

    fn gone_deadline(&mut self, old: &Deadline) {
        let past = old.due.moment().is_some_and(|due| due.instant <= self.now);
        if !past && old.cancelled.is_none() {
            let about = (Some(Key::deadline(&old.id)), old.title.as_str());
            self.add(ChangeKind::Withdrawn, about, due_in_words(old.due), None);
        }
    }

    fn session(&mut self, before: &Programme, after: &Programme, old: Option<&Session>, new: &Session) {
        let key = Key::session(&new.id);
        let about = || (Some(key.clone()), new.title.as_str());
        let Some(old) = old else {
            self.add(self.appeared(&key), about(), None, times_in_words(new));
            return;
        };
        match (&old.cancelled, &new.cancelled) {
            (None, Some(reason)) => self.add(ChangeKind::Cancelled, about(), None, reason.clone()),
            (Some(_), None) => self.add(ChangeKind::Reinstated, about(), None, times_in_words(new)),
            (Some(was), Some(is)) if was != is => self.add(ChangeKind::Described, about(), was.clone(), is.clone()),
            _ => {}
        }
        if (old.start.instant, old.end.instant) != (new.start.instant, new.end.instant) {
            self.add(ChangeKind::Moved, about(), times_in_words(old), times_in_words(new));
        }
        // The venue's room moves once for the workshop, not once for each session in it.
        if old.room != new.room {
            let room = |programme: &Programme, session| programme.room(session).unwrap_or("open").to_owned();
            self.add(ChangeKind::RoomMoved, about(), room(before, old), room(after, new));
        }
        match (old.title.as_str(), new.title.as_str()) {
            (was, is) if was == is => {}
            ("TBC", is) => {
                let speaker = new.speakers.first().map(|speaker| format!(" by {}", speaker.name)).unwrap_or_default();
                let about = (Some(key.clone()), format!("{}{speaker}", new.kind.name()));
                self.add(ChangeKind::Announced, (about.0, &about.1), None, is.to_owned());
            }
            (was, is) => self.add(ChangeKind::Retitled, (Some(key.clone()), was), None, is.to_owned()),
        }
        let parts = [
            ("id", old.id != new.id),
            ("kind", old.kind != new.kind),
            ("speakers", old.speakers != new.speakers),
            ("paper", old.paper != new.paper),
            ("summary", old.summary != new.summary),
            ("note", old.note != new.note),
            ("host", old.host != new.host),
            ("link", old.url != new.url),
            ("status", old.certainty != new.certainty),
        ];
        self.described(about(), &parts);
    }

    fn gone_session(&mut self, old: &Session) {
        if old.end.instant > self.now && old.cancelled.is_none() {
            let about = (Some(Key::session(&old.id)), old.title.as_str());
            self.add(ChangeKind::Cancelled, about, times_in_words(old), None);
        }
    }
}

/// `Mon 30 Jun 2025, 23:59 AoE`.
fn moment_in_words(moment: Moment) -> String {
    format!("{} {}", moment.civil.format("%a %-d %b %Y, %H:%M"), moment.zone.local(moment.instant).label)
}

fn due_in_words(due: Due) -> Option<String> {
    Some(due.moment().map_or_else(|| "date to be announced".to_owned(), moment_in_words))
}

/// `Tue 23 Sep 2025, 13:35-14:20`.
fn times_in_words(session: &Session) -> String {
    format!("{}-{}", session.start.civil.format("%a %-d %b %Y, %H:%M"), session.end.clock())
}

fn days_in_words(first: chrono::NaiveDate, last: chrono::NaiveDate) -> String {
    let day = |date: chrono::NaiveDate| date.format("%-d %B %Y").to_string();
    if first == last { day(first) } else { format!("{} to {}", day(first), day(last)) }
}
