//! Hold instead of blast: when a batch waits for an organizer, because it is not what anybody expects.
//!
//! A mail too many cannot be taken back. What is larger than was foreseen, what is late, and what a clock says that may
//! be wrong is shown to a person first.

use chrono::TimeDelta;

use crate::domain::kind::Named;
use crate::domain::zone::Instant;

/// A batch up to this size is never held for its size.
const SMALL: usize = 50;
/// What fell due longer ago than this is shown to a person first.
const LATE: TimeDelta = TimeDelta::hours(24);
/// Nobody was there for longer than this: a backup may have been restored.
const AWAY: TimeDelta = TimeDelta::hours(6);
/// A wall clock that leaps further than this within one run is in doubt.
pub const LEAP: TimeDelta = TimeDelta::minutes(2);
/// After an absence, what fell due no longer ago than this is on time.
const ON_TIME: TimeDelta = TimeDelta::minutes(10);

/// What would be sent about one deadline now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// Mails.
    pub mails: usize,
    /// Since when the oldest of them is due.
    pub oldest: Option<Instant>,
}

impl Batch {
    /// With one mail more.
    pub fn add(&mut self, since: Instant) {
        self.mails += 1;
        self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
    }

    /// Since when the oldest of two batches is due, and how many they are together.
    #[must_use]
    pub fn with(self, other: Batch) -> Batch {
        let oldest = self.oldest.into_iter().chain(other.oldest).min();
        Batch { mails: self.mails + other.mails, oldest }
    }
}

/// Why something waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// There are more than was foreseen.
    Larger,
    /// It fell due long ago.
    Late,
    /// The service was away, and something fell due meanwhile.
    Away,
    /// The clock was set.
    Clock,
    /// It is the mail after the workshop, which goes only when somebody says so.
    Closing,
}

impl Named for Cause {
    const ALL: &'static [(&'static str, Cause)] = &[
        ("larger", Cause::Larger),
        ("late", Cause::Late),
        ("away", Cause::Away),
        ("clock", Cause::Clock),
        ("closing", Cause::Closing),
    ];
}

/// Whether a batch about one deadline waits. `foreseen` is how many mails about it were expected.
pub fn holds(batch: &Batch, foreseen: Option<usize>, now: Instant) -> Option<Cause> {
    if batch.oldest.is_some_and(|oldest| now - oldest > LATE) {
        Some(Cause::Late)
    } else if batch.mails > SMALL && foreseen.is_some_and(|foreseen| 2 * batch.mails > 3 * foreseen) {
        Some(Cause::Larger)
    } else {
        None
    }
}

/// Whether everything waits at a start, after a last sign of life at `before`.
pub fn holds_at_start(all: &Batch, before: Option<Instant>, now: Instant) -> Option<Cause> {
    let away = before.is_some_and(|before| now - before > AWAY);
    let overdue = all.oldest.is_some_and(|oldest| now - oldest > ON_TIME);
    (away && overdue).then_some(Cause::Away)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_expects_waits() {
        let now: Instant = "2025-06-20T09:00:00Z".parse().unwrap();
        let batch = |mails, hours| Batch { mails, oldest: Some(now - TimeDelta::hours(hours)) };
        assert_eq!(holds(&batch(50, 1), Some(1), now), None, "a small one");
        assert_eq!(holds(&batch(90, 1), Some(60), now), None);
        assert_eq!(holds(&batch(91, 1), Some(60), now), Some(Cause::Larger));
        assert_eq!(holds(&batch(91, 1), None, now), None, "nothing was foreseen yet");
        assert_eq!(holds(&batch(1, 25), None, now), Some(Cause::Late));
        let hours = |hours| Some(now - TimeDelta::hours(hours));
        assert_eq!(holds_at_start(&batch(1, 1), hours(7), now), Some(Cause::Away));
        assert_eq!(holds_at_start(&batch(1, 1), hours(5), now), None);
        assert_eq!(holds_at_start(&batch(1, 0), hours(7), now), None, "it is just due");
        assert_eq!(holds_at_start(&batch(1, 1), None, now), None, "a first start");
    }
}
