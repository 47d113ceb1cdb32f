//! Announcements: what organizers tell in their own words, and the question whether a paper was accepted, which goes the
//! same way.
//!
//! One is made at once and told after a hold, to whoever was confirmed when it was made. One about a deadline states its
//! date, and is the correction for those it reaches: while it waits, nothing else about that deadline goes out.

use chrono::{NaiveTime, TimeDelta};

use super::kind::Named;
use super::lead_time::LeadTime;
use super::notice::NoticeKind;
use super::planner::{DeadlineFacts, HOLD, TOO_NEAR_TO_HOLD, is_for};
use super::programme::Programme;
use super::subscription::{ReaderRole, Standing, Stated, Subscriber, SubscriberId};
use super::zone::{Instant, Zone};

/// Nine in the morning.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(nine) => nine,
    None => NaiveTime::MIN,
};

/// Whom it is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Addressees {
    /// Authors.
    Authors,
    /// Attendees.
    Attendees,
    /// Everybody.
    All,
}

impl Named for Addressees {
    const ALL: &'static [(&'static str, Addressees)] =
        &[("authors", Addressees::Authors), ("attendees", Addressees::Attendees), ("all", Addressees::All)];
}

impl Addressees {
    /// Whether somebody of this role is one of them.
    pub fn include(self, role: ReaderRole) -> bool {
        match self {
            Addressees::Authors => role == ReaderRole::Author,
            Addressees::Attendees => role == ReaderRole::Attendee,
            Addressees::All => true,
        }
    }
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Says {
    /// The organizers' words.
    Words {
        /// Its subject, one line.
        subject: String,
        /// Markdown.
        body: String,
        /// The id of the deadline or session it is about.
        about: Option<String>,
    },
    /// Decisions are out: were you accepted?
    Decisions,
    /// The workshop is over.
    Closing {
        /// The organizers' words, Markdown; none: what the programme has to say.
        body: Option<String>,
    },
}

impl Says {
    /// What its mails are.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Words { .. } => NoticeKind::Announcement,
            Self::Decisions => NoticeKind::Decisions,
            Self::Closing { .. } => NoticeKind::Closing,
        }
    }
}

/// An announcement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// A random number that is not negative.
    pub id: i64,
    /// Of which programme.
    pub programme: String,
    /// Whom it is for.
    pub to: Addressees,
    /// What it says.
    pub says: Says,
    /// When it was made: who confirmed later does not get it.
    pub made: Instant,
    /// When it may be told; until then it can be taken back.
    pub due: Instant,
    /// Whether all its mails were made.
    pub told: bool,
}

/// Why somebody does not get it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Missed {
    /// It is for the others.
    OtherRole,
    /// They left.
    Left,
    /// They did not confirm, or not before it was made.
    Unconfirmed,
    /// They hear nothing of the deadline it is about.
    NotTheirs,
    /// They have said already whether they were accepted.
    Answered,
    /// They got it before: it is told once.
    Before,
    /// They were not accepted, and did not ask for the mail after the workshop.
    NotAskedFor,
    /// Mail to them came back.
    Unreachable,
}

impl Announcement {
    /// Why a subscriber does not get it, as far as they themselves say; none: they do. `about` is the deadline it is
    /// about.
    pub fn missed_by(&self, subscriber: &Subscriber, about: Option<&DeadlineFacts>) -> Option<Missed> {
        let in_time = subscriber.confirmed.is_some_and(|confirmed| confirmed <= self.made);
        match subscriber.standing {
            _ if !self.to.include(subscriber.role) => Some(Missed::OtherRole),
            Standing::Left => Some(Missed::Left),
            Standing::Confirmed if in_time => match self.says {
                Says::Decisions => subscriber.accepted.map(|_| Missed::Answered),
                Says::Closing { .. } => {
                    let wants = subscriber.accepted == Some(true) || subscriber.closing;
                    (!wants).then_some(Missed::NotAskedFor)
                }
                Says::Words { .. } => about.filter(|about| !is_for(subscriber, about)).map(|_| Missed::NotTheirs),
            },
            Standing::Confirmed | Standing::Pending => Some(Missed::Unconfirmed),
        }
    }

    /// The entry it is about.
    pub fn about(&self) -> Option<&str> {
        match &self.says {
            Says::Words { about, .. } => about.as_deref(),
            Says::Decisions | Says::Closing { .. } => None,
        }
    }

    /// The key of its mail to somebody. Whether they were accepted somebody is asked once, however often it is announced;
    /// that it is over is told once.
    pub fn key(&self, subscriber: SubscriberId) -> String {
        match self.says {
            Says::Words { .. } => format!("{ANNOUNCEMENT}{:016x} {:016x}", self.id, subscriber.0),
            Says::Decisions => format!("decisions {:016x}", subscriber.0),
            Says::Closing { .. } => format!("closing {:016x}", subscriber.0),
        }
    }
}

const ANNOUNCEMENT: &str = "announcement ";

/// The number of the announcement that a key is of.
pub fn of_key(key: &str) -> Option<i64> {
    i64::from_str_radix(key.strip_prefix(ANNOUNCEMENT)?.split(' ').next()?, 16).ok()
}

/// The key of the mail that asks somebody once more whether they were accepted.
pub fn once_more_key(subscriber: SubscriberId) -> String {
    format!("decisions {:016x} once more", subscriber.0)
}

/// The key of the mail that tells somebody when and where they present.
pub fn presenter_key(subscriber: SubscriberId, session: &str) -> String {
    format!("presenter {:016x} {session}", subscriber.0)
}

/// When somebody is told when and where they present: on a morning of theirs, five days before it begins.
pub fn told_to_present(start: Instant, zone: Zone) -> Instant {
    LeadTime::DaysAt { days: 5, at: MORNING }.fire(start, zone, false)
}

/// From when to when the mail after the workshop may go: from the morning after its last day, for two weeks. None while
/// nobody knows which day that is.
pub fn closing_days(programme: &Programme) -> Option<(Instant, Instant)> {
    let zone = programme.time_zone;
    let held = programme.sessions.iter().filter(|session| session.cancelled.is_none());
    let ends = held.map(|session| session.end.seen_in(zone).date());
    let last = ends.chain(programme.dates.map(|(_, last)| last)).max()?;
    let morning = zone.instant_or_nearest(last.succ_opt()?.and_time(MORNING));
    Some((morning, morning + TimeDelta::days(14)))
}

/// When an announcement made at `made` may be told; about a deadline, what that says. Like the change of one it is held
/// for ten minutes, and not at all when what it is about is near.
pub fn due(made: Instant, about: Option<Stated>) -> Instant {
    if about.is_some_and(|stated| is_near(stated, made)) { made } else { made + HOLD }
}

/// Whether a deadline is so near that nothing about it is held.
pub fn is_near(stated: Stated, now: Instant) -> bool {
    matches!(stated, Stated::At(due) if due > now && due - now < TOO_NEAR_TO_HOLD)
}

/// When whoever did not answer is asked once more: on a morning of theirs, seven days before the first deadline of
/// accepted authors.
pub fn once_more(first_deadline: Instant, zone: Zone) -> Instant {
    LeadTime::DaysAt { days: 7, at: MORNING }.fire(first_deadline, zone, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_held_unless_what_it_is_about_is_near() {
        let made = at("2025-06-24T20:13:00Z");
        let held = at("2025-06-24T20:23:00Z");
        assert_eq!(due(made, None), held);
        assert_eq!(due(made, Some(Stated::At(at("2025-06-25T11:59:00Z")))), held);
        assert_eq!(due(made, Some(Stated::At(at("2025-06-25T01:59:00Z")))), made);
        assert_eq!(due(made, Some(Stated::At(at("2025-06-24T11:59:00Z")))), held, "it is past");
    }

    #[test]
    fn its_keys_say_whose_it_is() {
        let says = Says::Words { subject: "News".to_owned(), body: "News".to_owned(), about: None };
        let made = at("2025-06-24T20:13:00Z");
        let one = Announcement {
            id: 0xabc,
            programme: "fair".to_owned(),
            to: Addressees::All,
            says,
            made,
            due: made,
            told: false,
        };
        let key = one.key(SubscriberId(7));
        assert_eq!((key.as_str(), of_key(&key)), ("announcement 0000000000000abc 0000000000000007", Some(0xabc)));
        let decisions = Announcement { says: Says::Decisions, ..one };
        assert_eq!(of_key(&decisions.key(SubscriberId(7))), None);
    }
}
