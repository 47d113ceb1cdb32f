//! The rules of the queue: what goes first, what is still worth sending, what follows from an outcome.
//!
//! Pure, as the planner is: the store asks in the transaction that writes the answer, so that two processes, or one
//! that was late, cannot disagree.

use chrono::TimeDelta;

use super::notice::{Blame, NoticeKind, NoticeState, Outcome, next_attempt};
use super::planner::Held;
use super::zone::Instant;

/// Uncertain attempts after which the identical octets are not sent again: one, and one more.
const DOUBTS: u32 = 2;
/// The same where the process died in each: it cannot be told from a relay that kept silent, and must end somewhere.
const DEATHS: u32 = 5;
/// Notices to one mailbox that came back because there is none such, after which nobody writes to it.
pub const HARD_BOUNCES: u32 = 2;
/// Refused messages in a row that say the fault is ours or the relay's.
pub const REFUSALS: u32 = 5;

/// How urgent a kind is, the most urgent first: an allowance is spent in this order.
pub fn priority(kind: NoticeKind) -> u32 {
    match kind {
        NoticeKind::Correction => 0,
        NoticeKind::Confirmation
        | NoticeKind::AlreadySubscribed
        | NoticeKind::FreshLink
        | NoticeKind::SignIn
        | NoticeKind::BlockedChange
        | NoticeKind::Hold
        | NoticeKind::Digest
        | NoticeKind::RollCall => 1,
        NoticeKind::Reminder | NoticeKind::Decisions | NoticeKind::Presenter => 2,
        NoticeKind::Announcement | NoticeKind::Closing | NoticeKind::Invitation => 3,
    }
}

/// Whether a kind goes to confirmed subscribers only: who left meanwhile does not get it.
pub fn is_for_subscribers(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Reminder
            | NoticeKind::Correction
            | NoticeKind::Decisions
            | NoticeKind::Presenter
            | NoticeKind::Closing
            | NoticeKind::Announcement
    )
}

/// All there are.
pub const PRIORITIES: std::ops::Range<u32> = 0..4;

/// Whether a notice is still worth sending, just before it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// It is.
    Send,
    /// Nobody wants it any more.
    Withdraw,
    /// Another notice says it too.
    Supersede,
    /// It comes too late.
    Expire,
    /// A change of its deadline is held: not before then.
    Wait(Instant),
}

/// What is known of a notice when its freshness is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Worthless from then on.
    pub until: Option<Instant>,
    /// Whether its reader is still written to.
    pub wanted: bool,
    /// Whether the time may be wrong: nothing that hangs on a date is sent, or given up, until an organizer says so.
    pub doubtful: bool,
    /// What it states, deadline by deadline.
    pub stated: Vec<Standing>,
}

/// What became of a deadline since a notice was made that states it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Whether it still says what the notice states.
    pub holds: bool,
    /// Its change on hold, if there is one.
    pub held: Option<Held>,
    /// Whether its reader was told something else meanwhile than what the notice answers.
    pub told_since: bool,
    /// Whether its reader wants this no more: they are done with it, or unticked it.
    pub refused: bool,
}

/// How long a notice rests that waits for an organizer, before it is looked at again.
const STOPPED: TimeDelta = TimeDelta::minutes(5);

/// Asked at each attempt, in the transaction that writes it.
pub fn freshness(facts: &Facts, now: Instant) -> Freshness {
    let holding = |standing: &Standing| standing.held.filter(|held| held.holds(now));
    let waits =
        facts.stated.iter().filter_map(holding).map(|held| held.until.max(now + STOPPED * i32::from(held.stopped)));
    if facts.doubtful {
        Freshness::Wait(now + STOPPED)
    } else if facts.until.is_some_and(|until| until <= now) {
        Freshness::Expire
    } else if !facts.wanted || facts.stated.iter().any(|standing| standing.refused) {
        Freshness::Withdraw
    } else if let Some(until) = waits.max() {
        Freshness::Wait(until)
    } else if !facts.stated.iter().all(|standing| standing.holds) {
        Freshness::Withdraw
    } else if facts.stated.iter().any(|standing| standing.told_since) {
        Freshness::Supersede
    } else {
        Freshness::Send
    }
}

/// What was tried so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tries {
    /// Attempts, the one that ends now among them.
    pub attempts: u32,
    /// How many before it ended in doubt.
    pub doubts: u32,
    /// When the first was made.
    pub first: Instant,
    /// Worthless from then on.
    pub until: Option<Instant>,
}

/// Where a notice goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Next {
    /// Its state.
    pub state: NoticeState,
    /// When its next attempt may be made, if there is one.
    pub ready: Option<Instant>,
    /// Attempts in doubt, now.
    pub doubts: u32,
}

impl Tries {
    /// What follows from an outcome at `now`. While the queue is paused for refused messages, `suspicious`, a refusal
    /// proves nothing about the message it was said of.
    pub fn after(&self, outcome: &Outcome, suspicious: bool, now: Instant) -> Next {
        let end = |state| Next { state, ready: None, doubts: self.doubts };
        match outcome {
            Outcome::Relayed(_) => end(NoticeState::Relayed),
            Outcome::Failed(Blame::Mailbox, _) => end(NoticeState::Failed),
            Outcome::Failed(Blame::Message, _) if !suspicious => end(NoticeState::Failed),
            Outcome::Failed(..) | Outcome::Delayed(..) => self.again(self.next(now), now),
            Outcome::Uncertain(_) => {
                let ready = self.next(now).filter(|_| self.doubts + 1 < DOUBTS);
                Next { state: NoticeState::Uncertain, ready, doubts: self.doubts + 1 }
            }
        }
    }

    /// What follows when a process died in an attempt: nothing is known of it past the dot, and before it nothing was
    /// accepted. No relay asked for a pause, so there is nothing to wait for.
    pub fn after_death(&self, past_the_dot: bool, now: Instant) -> Next {
        let ready = next_attempt(self.attempts, self.first, now, None).map(|_| now);
        if !past_the_dot {
            return self.again(ready, now);
        }
        let ready = ready.filter(|_| self.doubts + 1 < DEATHS);
        Next { state: NoticeState::Uncertain, ready, doubts: self.doubts + 1 }
    }

    fn next(&self, now: Instant) -> Option<Instant> {
        next_attempt(self.attempts, self.first, now, self.until)
    }

    fn again(&self, ready: Option<Instant>, now: Instant) -> Next {
        let waits = resting(self.attempts, self.doubts);
        let cut_short =
            self.until.is_some_and(|until| next_attempt(self.attempts, self.first, now, None) >= Some(until));
        let state = match ready {
            None if self.doubts == 0 && cut_short => NoticeState::Expired,
            None if self.doubts == 0 => NoticeState::Failed,
            _ => waits,
        };
        Next { state, ready, doubts: self.doubts }
    }
}

/// The state of a notice that nobody has: doubt about an attempt stays whatever comes after it.
pub fn resting(attempts: u32, doubts: u32) -> NoticeState {
    match (attempts, doubts) {
        (0, 0) => NoticeState::Due,
        (_, 0) => NoticeState::Delayed,
        _ => NoticeState::Uncertain,
    }
}

/// What a relay said, without the addresses in it: they are nobody's business but their owner's, and this is logged.
pub fn without_addresses(text: &str) -> String {
    let word = |word: &str| if word.contains('@') { "(address)".to_owned() } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// When a paused queue is probed again, after so many probes.
pub fn next_probe(probes: u32, now: Instant) -> Instant {
    next_attempt(probes, now, now, None).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice::Reply;
    use chrono::TimeDelta;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn reply() -> Reply {
        Reply { code: None, text: String::new() }
    }

    #[test]
    fn a_doubt_is_resent_once_and_stays_a_doubt() {
        let now = at("2025-06-20T09:00:00Z");
        let tries = Tries { attempts: 1, doubts: 0, first: now, until: None };
        let once = tries.after(&Outcome::Uncertain(reply()), false, now);
        assert_eq!(once, Next { state: NoticeState::Uncertain, ready: Some(now + TimeDelta::minutes(1)), doubts: 1 });
        let tries = Tries { attempts: 2, doubts: 1, first: now, until: None };
        let delayed = tries.after(&Outcome::Delayed(Blame::Message, reply()), false, now);
        assert_eq!((delayed.state, delayed.ready), (NoticeState::Uncertain, Some(now + TimeDelta::minutes(5))));
        let twice = tries.after(&Outcome::Uncertain(reply()), false, now);
        assert_eq!(twice, Next { state: NoticeState::Uncertain, ready: None, doubts: 2 });
    }

    #[test]
    fn what_cannot_go_before_its_deadline_expires_and_after_four_days_it_failed() {
        let now = at("2025-06-20T09:00:00Z");
        let delayed = Outcome::Delayed(Blame::Message, reply());
        let tries = Tries { attempts: 4, doubts: 0, first: now, until: Some(now + TimeDelta::minutes(30)) };
        assert_eq!(tries.after(&delayed, false, now).state, NoticeState::Expired);
        let tries = Tries { attempts: 200, doubts: 0, first: now - TimeDelta::days(4), until: None };
        assert_eq!(tries.after(&delayed, false, now).state, NoticeState::Failed);
    }

    #[test]
    fn a_death_costs_no_time_and_is_not_survived_for_ever() {
        let now = at("2025-06-20T09:00:00Z");
        let tries = |attempts, doubts| Tries { attempts, doubts, first: now, until: None };
        let next = |state, ready, doubts| Next { state, ready, doubts };
        assert_eq!(tries(3, 0).after_death(false, now), next(NoticeState::Delayed, Some(now), 0));
        assert_eq!(tries(3, 2).after_death(false, now), next(NoticeState::Uncertain, Some(now), 2));
        assert_eq!(tries(3, 2).after_death(true, now), next(NoticeState::Uncertain, Some(now), 3));
        assert_eq!(tries(5, 4).after_death(true, now), next(NoticeState::Uncertain, None, 5));
        let later = now + TimeDelta::days(5);
        assert_eq!(tries(3, 0).after_death(false, later), next(NoticeState::Failed, None, 0));
    }

    #[test]
    fn a_reason_names_nobody() {
        assert_eq!(without_addresses("550 5.1.1 <ada@example.org>: no such user"), "550 5.1.1 (address) no such user");
    }

    #[test]
    fn a_refusal_is_final_unless_all_are_refused() {
        let now = at("2025-06-20T09:00:00Z");
        let refused = Outcome::Failed(Blame::Message, reply());
        let tries = Tries { attempts: 1, doubts: 0, first: now, until: None };
        assert_eq!(tries.after(&refused, false, now).state, NoticeState::Failed);
        assert_eq!(tries.after(&refused, true, now).state, NoticeState::Delayed);
    }
}
