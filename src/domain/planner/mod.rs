//! The planner: what is due to one subscriber about one deadline, now.
//!
//! It keeps no timers and stores no future: it is asked with the facts of this moment, and asked again later it answers
//! from the facts of then. Run twice, late or on several machines it gives the same answer. What came of earlier
//! answers (what somebody was told, which reminders are finished) is part of the facts; [`Ledger`] holds it.

mod blast;
mod explain;
mod verdict;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::lead_time::LeadTime;
use super::programme::{Audience, Deadline, DeadlineKind, Due, Moment};
use super::subscription::{ReaderRole, Stated, Subscriber};
use super::zone::Instant;

pub use blast::{Batch, Cause, LEAP, holds, holds_at_start};
pub use explain::{Asking, News, Reason, Row, SaidBy, Saying, explain, last_told, news};
pub use verdict::{Verdict, judge, not_wanted};
pub use watch::{Dates, Held, Watched};

/// A change is told after so long from its last edit, unless it is stopped before.
pub const HOLD: TimeDelta = TimeDelta::minutes(10);

/// However many edits follow one another, the first is not held longer.
pub const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(30);

/// When the new instant is nearer than this, a change is told at once.
pub const TOO_NEAR_TO_HOLD: TimeDelta = TimeDelta::hours(6);

/// What a deadline says at present, or what somebody was told of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Statement {
    /// Its date is to be announced.
    Open,
    /// It falls due at this moment.
    At(Moment),
    /// There is no such deadline any more.
    Withdrawn,
}

impl Statement {
    /// What a deadline says.
    pub fn of(deadline: &Deadline) -> Statement {
        match (&deadline.cancelled, deadline.due) {
            (Some(_), _) => Statement::Withdrawn,
            (None, Due::Open) => Statement::Open,
            (None, Due::At(moment)) => Statement::At(moment),
        }
    }

    /// The same without the clock it is read on.
    pub fn stated(&self) -> Stated {
        match self {
            Statement::Open => Stated::Open,
            Statement::At(moment) => Stated::At(moment.instant),
            Statement::Withdrawn => Stated::Withdrawn,
        }
    }

    /// The instant it states.
    pub fn instant(&self) -> Option<Instant> {
        match self {
            Statement::At(moment) => Some(moment.instant),
            Statement::Open | Statement::Withdrawn => None,
        }
    }

    /// Whether both state the same: the instant counts, not the clock it is read on.
    pub fn says_the_same(&self, other: &Statement) -> bool {
        self.stated() == other.stated()
    }
}

/// A deadline as the planner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadlineFacts {
    /// Its name, the first it had: a rename makes no other deadline of it.
    pub id: String,
    /// What it asks for.
    pub kind: DeadlineKind,
    /// Whom it concerns.
    pub audience: Audience,
    /// Whether the workshop set it: another's date is never mailed about.
    pub ours: bool,
    /// What it says now.
    pub statement: Statement,
    /// Where to submit.
    pub link: Option<String>,
    /// While its last change is held, until when.
    pub held_until: Option<Instant>,
}

impl DeadlineFacts {
    /// Of a deadline whose first name was `id`, with no change of it held.
    pub fn of(deadline: &Deadline, id: &str) -> DeadlineFacts {
        DeadlineFacts {
            id: id.to_owned(),
            kind: deadline.kind,
            audience: deadline.audience,
            ours: deadline.ours,
            statement: Statement::of(deadline),
            link: deadline.url.as_ref().map(ToString::to_string),
            held_until: None,
        }
    }
}

/// What somebody was last told of a deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What it said.
    pub statement: Statement,
    /// Where to submit, as it said.
    pub link: Option<String>,
    /// The number of this row: each change of it raises it.
    pub number: u32,
}

impl Told {
    /// What everybody knows of a deadline they were never written about.
    pub fn nothing() -> Told {
        Told { statement: Statement::Open, link: None, number: 0 }
    }
}

/// What a reminder is about: the same again is the same reminder.
pub type ReminderKey = (LeadTime, Instant);

/// What came of what was planned before, for one subscriber and one deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ledger {
    /// What they were last told.
    pub told: Told,
    /// Reminders that were sent, failed for good, expired or are superseded.
    pub finished: BTreeSet<ReminderKey>,
    /// Reminders that fire up to here are covered by a correction or an announcement that went out.
    pub covers_until: Option<Instant>,
    /// When they last asked for what they ask for now: confirmed, took "done" or an exclusion back.
    pub asked: Instant,
    /// Since when each lead time stands, as they or the programme chose it; one that is not here stands since ever.
    pub chosen: BTreeMap<LeadTime, Instant>,
    /// What corrections of this told row state, that are on their way or came to an end: none of them is made again.
    pub corrected: BTreeSet<Correction>,
}

/// What a correction states: the date, and where to submit.
pub type Correction = (Stated, Option<String>);

impl Ledger {
    /// Of somebody who asked at `asked` and was told nothing yet.
    pub fn since(asked: Instant) -> Ledger {
        Ledger {
            told: Told::nothing(),
            finished: BTreeSet::new(),
            covers_until: None,
            asked,
            chosen: BTreeMap::new(),
            corrected: BTreeSet::new(),
        }
    }
}

impl Ledger {
    /// As it is once an announcement about the deadline, made at `now`, has gone out: nothing is left to correct, and
    /// reminders are part of it as they are of a correction.
    pub fn told_at(self, now: Instant, deadline: &DeadlineFacts) -> Ledger {
        let told = Told { statement: deadline.statement, link: deadline.link.clone(), ..self.told };
        let covers = covers_until(now, &deadline.statement);
        Ledger { told, covers_until: self.covers_until.max(Some(covers)), ..self }
    }
}

/// What is to be done now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Send this reminder.
    Remind {
        /// Its lead time.
        lead: LeadTime,
        /// When it fell due.
        fire: Instant,
        /// The deadline it states.
        due: Moment,
    },
    /// This reminder is said by something else.
    Supersede {
        /// Its lead time.
        lead: LeadTime,
        /// When it fell due, or would.
        fire: Instant,
        /// The deadline it would state.
        due: Moment,
    },
    /// This reminder's time is over.
    Expire {
        /// Its lead time.
        lead: LeadTime,
        /// When it fell due.
        fire: Instant,
        /// The deadline it would state.
        due: Moment,
    },
    /// What they were told is not so any more.
    Correct {
        /// What they were told.
        told: Told,
        /// What is so.
        statement: Statement,
        /// Where to submit now.
        link: Option<String>,
        /// Reminders that fire up to here are part of it.
        covers_until: Instant,
    },
}

/// The lead times of a subscriber: their own, or the programme's.
pub fn leads<'l>(subscriber: &'l Subscriber, default: &'l [LeadTime]) -> &'l [LeadTime] {
    subscriber.choice.leads.as_deref().unwrap_or(default)
}

/// Whether a deadline is one this subscriber hears of at all.
pub fn is_for(subscriber: &Subscriber, deadline: &DeadlineFacts) -> bool {
    let by_role = subscriber.role == ReaderRole::Author || deadline.kind == DeadlineKind::Registration;
    let choice = &subscriber.choice;
    let chosen = (by_role || choice.included.contains(&deadline.id)) && !choice.excluded.contains(&deadline.id);
    let accepted = match deadline.audience {
        Audience::Everyone => subscriber.accepted != Some(false) || deadline.kind == DeadlineKind::Registration,
        Audience::Accepted => subscriber.accepted == Some(true),
    };
    deadline.ours && chosen && accepted
}

/// What is due at `now` to a confirmed subscriber about a deadline.
///
/// `default` are the programme's lead times. The acts are in the order in which they are to be written down; at most one
/// of them is a mail.
pub fn plan(
    now: Instant,
    subscriber: &Subscriber,
    default: &[LeadTime],
    deadline: &DeadlineFacts,
    ledger: &Ledger,
) -> Vec<Act> {
    // While a change is held nothing goes out about the deadline, neither the old date nor the new one.
    if !is_for(subscriber, deadline) || deadline.held_until.is_some_and(|until| now < until) {
        return Vec::new();
    }
    let correction = correction(now, deadline, ledger);
    let covers_until = correction.as_ref().map(|(covers_until, _)| *covers_until).or(ledger.covers_until);
    let mut acts: Vec<Act> = correction.into_iter().map(|(_, act)| act).collect();
    let Statement::At(due) = deadline.statement else { return acts };
    let mut to_send: Option<(LeadTime, Instant)> = None;
    for lead in leads(subscriber, default) {
        let covered = Ledger { covers_until, ..ledger.clone() };
        match judge(now, subscriber, default, deadline, &covered, *lead) {
            Verdict::Due { fire } => match to_send {
                // The one that fires last says it best; those before it are said by it.
                Some((other, earlier)) if earlier <= fire => {
                    acts.push(Act::Supersede { lead: other, fire: earlier, due });
                    to_send = Some((*lead, fire));
                }
                Some(_) => acts.push(Act::Supersede { lead: *lead, fire, due }),
                None => to_send = Some((*lead, fire)),
            },
            Verdict::Covered { fire, .. } => acts.push(Act::Supersede { lead: *lead, fire, due }),
            Verdict::Expired { fire } => acts.push(Act::Expire { lead: *lead, fire, due }),
            _ => {}
        }
    }
    acts.extend(to_send.map(|(lead, fire)| Act::Remind { lead, fire, due }));
    acts
}

/// The correction that is due, and up to when it covers reminders.
fn correction(now: Instant, deadline: &DeadlineFacts, ledger: &Ledger) -> Option<(Instant, Act)> {
    let told = &ledger.told;
    if is_so(told, deadline) || !is_ahead(now, told, deadline) {
        return None;
    }
    if ledger.corrected.contains(&(deadline.statement.stated(), deadline.link.clone())) {
        return None;
    }
    let covers_until = covers_until(now, &deadline.statement);
    let act =
        Act::Correct { told: told.clone(), statement: deadline.statement, link: deadline.link.clone(), covers_until };
    Some((covers_until, act))
}

/// Whether a deadline still is what somebody was told: its date, and where to submit.
pub fn is_so(told: &Told, deadline: &DeadlineFacts) -> bool {
    let link_moved = told.link.is_some() && told.link != deadline.link && deadline.link.is_some();
    let link_moved = link_moved && matches!(deadline.statement, Statement::At(_));
    told.statement.says_the_same(&deadline.statement) && !link_moved
}

/// Whether the date somebody was told, or the one that is so, is still ahead.
fn is_ahead(now: Instant, told: &Told, deadline: &DeadlineFacts) -> bool {
    [&told.statement, &deadline.statement].into_iter().any(|said| said.instant().is_some_and(|instant| instant > now))
}

/// Up to when reminders are part of what tells a deadline's date at `now`: those due within twelve hours, or a quarter of
/// the time left where that is less.
pub fn covers_until(now: Instant, statement: &Statement) -> Instant {
    let left = statement.instant().map_or(TimeDelta::zero(), |due| (due - now).max(TimeDelta::zero()));
    now + (left / 4).min(TimeDelta::hours(12))
}

/// Until when a change is held that was edited first at `first` and last at `last`; none when it is told at once.
pub fn hold(first: Instant, last: Instant, stated: Stated) -> Option<Instant> {
    if let Stated::At(due) = stated
        && due > last
        && due - last < TOO_NEAR_TO_HOLD
    {
        return None;
    }
    Some((last + HOLD).min(first + LONGEST_HOLD))
}
