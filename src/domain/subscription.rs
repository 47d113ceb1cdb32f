//! Subscriptions: who asked to be told what of one programme, in which language, on which clock, how early.
//!
//! A subscriber belongs to one programme; the same mailbox in two programmes is two subscribers that know nothing of
//! each other. By default every deadline is chosen, also those added later: what is unticked is an exclusion.

use std::collections::BTreeSet;

use super::kind::Named;
use super::language::Language;
use super::lead_time::LeadTime;
use super::mailbox::Mailbox;
use super::programme::{Deadline, DeadlineKind, Due};
use super::zone::{Instant, Zone};

/// A subscriber's number: random, so that it tells nothing of how many there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SubscriberId(pub i64);

/// What somebody is to the workshop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReaderRole {
    /// Hands something in: all deadlines by default.
    Author,
    /// Comes to listen: the registration deadlines by default.
    Attendee,
}

impl Named for ReaderRole {
    const ALL: &'static [(&'static str, ReaderRole)] =
        &[("author", ReaderRole::Author), ("attendee", ReaderRole::Attendee)];
}

/// How far a subscription has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// Asked for, not confirmed: nothing but the confirmation is sent. Gone after seven days.
    Pending,
    /// Confirmed.
    Confirmed,
    /// Left: nothing is sent. Comes back by confirming anew.
    Left,
}

impl Named for Standing {
    const ALL: &'static [(&'static str, Standing)] =
        &[("pending", Standing::Pending), ("confirmed", Standing::Confirmed), ("left", Standing::Left)];
}

/// Which deadlines, and how early.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// Ids of deadlines nothing is wanted of.
    pub excluded: BTreeSet<String>,
    /// Ids of deadlines that were chosen one by one, where their role alone would not bring them.
    pub included: BTreeSet<String>,
    /// Lead times; none stands for the programme's own, whatever they become.
    pub leads: Option<Vec<LeadTime>>,
    /// Hour-counted lead times to the minute, also at night.
    pub to_the_minute: bool,
    /// An `.ics` part with every mail about a deadline.
    pub calendar: bool,
}

impl Choice {
    /// Whether news of a deadline is wanted by somebody of this role. Another's date is nobody's news.
    pub fn wants(&self, role: ReaderRole, deadline: &Deadline) -> bool {
        let id = deadline.id.as_str();
        let by_role = role == ReaderRole::Author || deadline.kind == DeadlineKind::Registration;
        deadline.ours && !self.excluded.contains(id) && (by_role || self.included.contains(id))
    }
}

/// What somebody asks for: everything of a subscription that they decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// In which language.
    pub language: Language,
    /// On whose clock.
    pub zone: Zone,
    /// What they are.
    pub role: ReaderRole,
    /// What they want.
    pub choice: Choice,
}

/// What somebody was told of a deadline, as the mail stated it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Telling {
    /// The deadline's id.
    pub deadline: String,
    /// What was stated.
    pub what: Stated,
    /// The submission link that stood beside it.
    pub link: Option<String>,
}

/// What a mail stated of a deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stated {
    /// It falls due then.
    At(Instant),
    /// It was withdrawn.
    Withdrawn,
    /// Its date is open.
    Open,
}

impl Telling {
    /// What a mail states that states this deadline as it is.
    pub fn of(deadline: &Deadline) -> Telling {
        let what = match deadline.due {
            _ if deadline.cancelled.is_some() => Stated::Withdrawn,
            Due::At(moment) => Stated::At(moment.instant),
            Due::Open => Stated::Open,
        };
        Telling { deadline: deadline.id.to_string(), what, link: deadline.url.as_ref().map(ToString::to_string) }
    }
}

/// A subscriber.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscriber {
    /// Its number.
    pub id: SubscriberId,
    /// The programme's id.
    pub programme: String,
    /// Where mail goes.
    pub mailbox: Mailbox,
    /// In which language.
    pub language: Language,
    /// On whose clock.
    pub zone: Zone,
    /// What they are.
    pub role: ReaderRole,
    /// What they want.
    pub choice: Choice,
    /// How far it has come.
    pub standing: Standing,
    /// First asked for.
    pub created: Instant,
    /// Last confirmed.
    pub confirmed: Option<Instant>,
    /// Whether they were accepted, as they or an organizer said.
    pub accepted: Option<bool>,
    /// Deadlines they are done with, or that are not for them, by id.
    pub done: BTreeSet<String>,
    /// Sessions they present in, by id: they are told when and where.
    pub presents: BTreeSet<String>,
    /// Whether they asked for the mail after the workshop.
    pub closing: bool,
    /// Raised when they ask for new links: older ones stop working.
    pub link_version: u32,
}

impl Subscriber {
    /// What they asked for, as it stands.
    pub fn wish(&self) -> Wish {
        Wish { language: self.language, zone: self.zone, role: self.role, choice: self.choice.clone() }
    }
}
