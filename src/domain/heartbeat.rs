//! Heartbeats: what the service writes down of its own time, so that a clock that was set is not believed at once.
//!
//! What is erased by its age cannot be brought back, and a clock ten years ahead would make everything old. Nothing in
//! one reading tells a clock that was set from a service that was off; a day of readings, each close to the one before,
//! does as far as it can be told.

use chrono::TimeDelta;

use super::zone::Instant;

/// A heartbeat that comes later than this does not follow the one before it: a machine may be off for a night.
const APART: TimeDelta = TimeDelta::days(1);
/// A clock that is set back by no more than this is only put right.
const BACK: TimeDelta = TimeDelta::minutes(2);

/// The last heartbeat, and the first of those that follow one another up to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heartbeats {
    /// The first.
    pub first: Instant,
    /// The last.
    pub last: Instant,
}

impl Heartbeats {
    /// With one more.
    pub fn and(before: Option<Heartbeats>, now: Instant) -> Heartbeats {
        let first = before.filter(|before| follows(before.last, now)).map_or(now, |before| before.first);
        Heartbeats { first, last: now }
    }

    /// Whether two of them, a day apart, agree on what time it is `now`.
    pub fn agree(&self, now: Instant) -> bool {
        self.last - self.first >= TimeDelta::days(1) && follows(self.last, now)
    }
}

fn follows(last: Instant, now: Instant) -> bool {
    (-BACK..=APART).contains(&(now - last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_heartbeats_is_believed_and_a_leap_is_not() {
        let start: Instant = "2025-06-20T09:00:00Z".parse().unwrap();
        let hours = |hours| start + TimeDelta::hours(hours);
        let mut beats = Heartbeats::and(None, start);
        assert!(!beats.agree(start));
        for hour in 1..=24 {
            assert!(!beats.agree(hours(hour)), "{hour}");
            beats = Heartbeats::and(Some(beats), hours(hour));
        }
        assert!(beats.agree(hours(24)) && beats.agree(hours(30)));
        assert!(!beats.agree(hours(24) + TimeDelta::days(3650)), "a leap before the next heartbeat");
        assert!(!beats.agree(hours(0)), "back");
        for leap in [TimeDelta::days(3650), TimeDelta::hours(25), -TimeDelta::hours(1)] {
            let after = Heartbeats::and(Some(beats), hours(24) + leap);
            assert!(!after.agree(after.last), "{leap}");
        }
        let put_right = Heartbeats::and(Some(beats), hours(24) - TimeDelta::seconds(90));
        assert_eq!(put_right.first, start);
    }
}
