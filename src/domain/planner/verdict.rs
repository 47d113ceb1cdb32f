//! What becomes of one reminder, and why: the planner's rules as data, so that the same rules explain themselves.

use crate::domain::lead_time::LeadTime;
use crate::domain::programme::{Audience, DeadlineKind};
use crate::domain::subscription::{ReaderRole, Standing, Subscriber};
use crate::domain::zone::Instant;

use super::{DeadlineFacts, Ledger, Statement, leads};

/// What becomes of a reminder. The first that holds is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// They did not confirm, or left.
    NotSubscribed,
    /// Another's date: it is listed, never mailed about.
    AnothersDate,
    /// Nothing is asked of authors on that day.
    NoReminders,
    /// An attendee hears of registration only.
    NotTheirRole,
    /// They unticked this deadline.
    NotChosen,
    /// They were not accepted, or did not say so yet.
    NotAccepted,
    /// They said "done, or not for me".
    Done,
    /// This lead time is not among theirs.
    LeadNotChosen,
    /// Its date is to be announced.
    NoDate,
    /// There is no such deadline any more.
    Withdrawn,
    /// It was sent, failed for good, or was said by something else.
    Finished {
        /// When it fell due.
        fire: Instant,
    },
    /// They asked for it after its time.
    AskedLater {
        /// When it fell due.
        fire: Instant,
        /// When they asked.
        asked: Instant,
    },
    /// A correction or an announcement says it.
    Covered {
        /// When it would fall due.
        fire: Instant,
        /// Up to when that covers.
        until: Instant,
    },
    /// The deadline passed before it could be sent.
    Expired {
        /// When it fell due.
        fire: Instant,
    },
    /// A change of the deadline is held.
    Held {
        /// When it fell due.
        fire: Instant,
        /// Until when.
        until: Instant,
    },
    /// Not yet.
    Ahead {
        /// When it falls due.
        fire: Instant,
    },
    /// Now.
    Due {
        /// When it fell due.
        fire: Instant,
    },
}

/// What becomes at `now` of the reminder with this lead time, and why.
pub fn judge(
    now: Instant,
    subscriber: &Subscriber,
    default: &[LeadTime],
    deadline: &DeadlineFacts,
    ledger: &Ledger,
    lead: LeadTime,
) -> Verdict {
    if let Some(verdict) = not_wanted(subscriber, default, deadline, lead) {
        return verdict;
    }
    let due = match deadline.statement {
        Statement::At(due) => due,
        Statement::Open => return Verdict::NoDate,
        Statement::Withdrawn => return Verdict::Withdrawn,
    };
    let fire = lead.fire(due.instant, subscriber.zone, subscriber.choice.to_the_minute);
    if ledger.finished.contains(&(lead, due.instant)) {
        return Verdict::Finished { fire };
    }
    let asked = ledger.chosen.get(&lead).map_or(ledger.asked, |since| ledger.asked.max(*since));
    if asked >= fire {
        return Verdict::AskedLater { fire, asked };
    }
    if let Some(until) = ledger.covers_until.filter(|until| fire <= *until) {
        return Verdict::Covered { fire, until };
    }
    match deadline.held_until {
        _ if now < fire => Verdict::Ahead { fire },
        _ if now >= due.instant => Verdict::Expired { fire },
        Some(until) if now < until => Verdict::Held { fire, until },
        _ => Verdict::Due { fire },
    }
}

/// Why somebody hears nothing of a deadline at all, whatever the hour.
pub(super) fn not_followed(subscriber: &Subscriber, deadline: &DeadlineFacts) -> Option<Verdict> {
    let included = subscriber.choice.included.contains(&deadline.id);
    let registration = deadline.kind == DeadlineKind::Registration;
    let rejected = subscriber.accepted == Some(false) && !registration;
    if subscriber.standing != Standing::Confirmed {
        Some(Verdict::NotSubscribed)
    } else if !deadline.ours {
        Some(Verdict::AnothersDate)
    } else if subscriber.role == ReaderRole::Attendee && !registration && !included {
        Some(Verdict::NotTheirRole)
    } else if subscriber.choice.excluded.contains(&deadline.id) {
        Some(Verdict::NotChosen)
    } else if rejected || deadline.audience == Audience::Accepted && subscriber.accepted != Some(true) {
        Some(Verdict::NotAccepted)
    } else {
        None
    }
}

/// Why somebody would never get this reminder, whatever the hour.
pub fn not_wanted(
    subscriber: &Subscriber,
    default: &[LeadTime],
    deadline: &DeadlineFacts,
    lead: LeadTime,
) -> Option<Verdict> {
    if let Some(verdict) = not_followed(subscriber, deadline) {
        Some(verdict)
    } else if deadline.kind == DeadlineKind::Notification {
        Some(Verdict::NoReminders)
    } else if subscriber.done.contains(&deadline.id) {
        Some(Verdict::Done)
    } else if !leads(subscriber, default).contains(&lead) {
        Some(Verdict::LeadNotChosen)
    } else {
        None
    }
}
