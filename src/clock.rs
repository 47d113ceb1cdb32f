//! The clock: the one place that reads the time. Everything else is told `now`.

use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, TimeDelta};

use crate::domain::zone::Instant;

/// A moment on the machine's two clocks: the one on the wall, which can be set, and the one that only counts.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    wall: SystemTime,
    counted: std::time::Instant,
}

impl Mark {
    /// This moment.
    #[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
    pub fn here() -> Mark {
        Mark { wall: SystemTime::now(), counted: std::time::Instant::now() }
    }

    /// How far the wall clock was set between this moment and a later one; negative: back.
    pub fn leap(&self, later: &Mark) -> TimeDelta {
        let wall: DateTime<chrono::Utc> = self.wall.into();
        let elapsed = DateTime::<chrono::Utc>::from(later.wall) - wall;
        let counted = TimeDelta::from_std(later.counted.saturating_duration_since(self.counted));
        elapsed - counted.unwrap_or_default()
    }
}

/// Another time than the machine's: where it begins, and how fast it runs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shift {
    /// Where it begins.
    pub from: Instant,
    /// Seconds of it that pass in one.
    pub rate: f64,
}

/// Another time that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadShift {
    /// The instant is none, or of no year that workshops take place in.
    #[error("it is written INSTANT[@RATE], such as 2025-06-20T09:00:00Z@600")]
    Instant,
    /// The rate is none.
    #[error(
        "the rate after the @ is a positive number of at most 1000000, such as 600 or 0.5: 2025-06-20T09:00:00Z@600"
    )]
    Rate,
}

/// A look at what is due takes some milliseconds: more often than this would leave time for nothing else.
const SHORTEST_TICK: Duration = Duration::from_millis(50);

/// A day passes in a tenth of a second; faster than that nothing could be lived through.
const FASTEST: f64 = 1_000_000.0;

impl FromStr for Shift {
    type Err = BadShift;

    fn from_str(text: &str) -> Result<Shift, BadShift> {
        let (from, rate) = text.split_once('@').map_or((text, None), |(from, rate)| (from, Some(rate)));
        let from = from.parse::<Instant>().ok().filter(|from| (1990..2200).contains(&from.year()));
        let from = from.and_then(|from| DateTime::from_timestamp(from.timestamp(), 0)).ok_or(BadShift::Instant)?;
        let Some(rate) = rate else { return Ok(Shift { from, rate: 1.0 }) };
        // Figures and one point: no signs, no powers of ten, no infinity.
        let plain = rate.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
        let rate = rate.parse::<f64>().ok().filter(|rate| plain && *rate > 0.0 && *rate <= FASTEST);
        Ok(Shift { from, rate: rate.ok_or(BadShift::Rate)? })
    }
}

/// The hand of a clock that is moved: what it shows, and how far it was set, which is no time that passed.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    now: Instant,
    set: TimeDelta,
}

/// What a clock shows, beside the time that passed: they differ by how far it was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    shown: Instant,
    passed: TimeDelta,
}

impl Reading {
    /// How far the clock was set between this reading and a later one; negative: back.
    pub fn leap(&self, later: &Reading) -> TimeDelta {
        (later.shown - self.shown) - (later.passed - self.passed)
    }
}

/// Where `now` comes from. Whole seconds, as everything it is compared with.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Another one, counted by the machine's clock that only counts: nobody can set it, so it never leaps.
    Shifted(Shift, std::time::Instant),
    /// One that moves only when it is moved.
    Manual(Arc<Mutex<Hand>>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn manual(now: Instant) -> Clock {
        Clock::Manual(Arc::new(Mutex::new(Hand { now, set: TimeDelta::zero() })))
    }

    /// A clock that runs from now on.
    #[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
    pub fn shifted(shift: Shift) -> Clock {
        Clock::Shifted(shift, std::time::Instant::now())
    }

    /// Whether it is the machine's, by which its readers' clocks go too.
    pub fn is_the_systems(&self) -> bool {
        matches!(self, Clock::System)
    }

    /// The time.
    #[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
    pub fn now(&self) -> Instant {
        match self {
            Clock::System => {
                let now: Instant = SystemTime::now().into();
                DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
            }
            Clock::Shifted(shift, since) => {
                let passed = since.elapsed().as_secs_f64() * shift.rate;
                #[allow(clippy::cast_possible_truncation, reason = "a cast of what is too large gives the largest")]
                let passed = TimeDelta::try_seconds(passed as i64).unwrap_or(TimeDelta::MAX);
                shift.from.checked_add_signed(passed).unwrap_or(Instant::MAX_UTC)
            }
            Clock::Manual(hand) => hand.lock().unwrap_or_else(PoisonError::into_inner).now,
        }
    }

    /// How far this clock goes while so much time passes outside: for what guards a process and not a date, such as a
    /// lease. Never less than that time: this clock is read in whole seconds.
    pub fn meanwhile(&self, outside: TimeDelta) -> TimeDelta {
        let Clock::Shifted(shift, _) = self else { return outside };
        #[allow(clippy::cast_possible_truncation, reason = "the longest is some weeks at the highest rate")]
        let milliseconds = (outside.as_seconds_f64() * 1000.0 * shift.rate) as i64;
        outside.max(TimeDelta::milliseconds(milliseconds))
    }

    /// How often to look at what is due where a second is too long: a second of a fast clock, as near as can be done.
    pub fn hurry(&self) -> Option<Duration> {
        match self {
            Clock::Shifted(shift, _) if shift.rate > 1.0 => {
                Some(Duration::from_secs_f64(1.0 / shift.rate).max(SHORTEST_TICK))
            }
            Clock::Shifted(..) | Clock::System | Clock::Manual(_) => None,
        }
    }

    /// What to say of a clock that is not the machine's; none of the machine's.
    pub fn words(&self) -> Option<String> {
        let Clock::Shifted(shift, _) = self else { return None };
        let now = self.now().format("%Y-%m-%d %H:%M:%S");
        Some(match shift.rate {
            1.0 => format!("the clock is not the real one: it is {now} UTC here"),
            rate => format!("the clock is not the real one: it is {now} UTC here, and {rate} seconds pass in one"),
        })
    }

    /// Moves a manual clock forward; others cannot be moved.
    pub fn advance(&self, by: TimeDelta) {
        if let Clock::Manual(hand) = self {
            hand.lock().unwrap_or_else(PoisonError::into_inner).now += by;
        }
    }

    /// Sets a manual clock, as somebody sets the one on the wall: no time passes by it.
    pub fn set(&self, to: Instant) {
        if let Clock::Manual(hand) = self {
            let mut hand = hand.lock().unwrap_or_else(PoisonError::into_inner);
            *hand = Hand { now: to, set: hand.set + (to - hand.now) };
        }
    }

    /// The time, beside what passed of it.
    pub fn reading(&self) -> Reading {
        match self {
            Clock::System => {
                let mark = Mark::here();
                let passed = TimeDelta::from_std(mark.counted.duration_since(*START)).unwrap_or_default();
                Reading { shown: mark.wall.into(), passed }
            }
            Clock::Shifted(shift, _) => {
                let shown = self.now();
                Reading { shown, passed: shown - shift.from }
            }
            Clock::Manual(hand) => {
                let hand = *hand.lock().unwrap_or_else(PoisonError::into_inner);
                Reading { shown: hand.now, passed: hand.now - Instant::UNIX_EPOCH - hand.set }
            }
        }
    }
}

/// What the counting clock is counted from.
#[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_time_reads_with_and_without_a_rate() {
        let from: Instant = "2025-06-20T09:00:00Z".parse().unwrap();
        for (text, rate) in [("", 1.0), ("@600", 600.0), ("@0.5", 0.5), ("@1000000", 1_000_000.0)] {
            assert_eq!(format!("2025-06-20T09:00:00Z{text}").parse(), Ok(Shift { from, rate }));
        }
        for rate in ["", "0", "-1", "+1", "1e3", "inf", "NaN", "1.2.3", ".", "1000001", "fast", " 1"] {
            assert_eq!(format!("2025-06-20T09:00:00Z@{rate}").parse::<Shift>(), Err(BadShift::Rate), "{rate:?}");
        }
        for text in ["", "now", "2025-06-20", "@600", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z@2"] {
            assert_eq!(text.parse::<Shift>(), Err(BadShift::Instant), "{text:?}");
        }
    }

    #[test]
    fn a_lease_is_as_long_outside_at_any_rate() {
        let at = |text: &str| Clock::shifted(format!("2025-06-20T09:00:00Z{text}").parse().unwrap());
        let half = TimeDelta::seconds(30);
        assert_eq!(at("@600").meanwhile(half), TimeDelta::hours(5));
        assert_eq!(
            (at("@0.01").meanwhile(half), at("").meanwhile(half), Clock::System.meanwhile(half)),
            (half, half, half)
        );
        let hurries = ["", "@0.5", "@4", "@600"].map(|rate| at(rate).hurry().map(|every| every.as_millis()));
        assert_eq!(hurries, [None, None, Some(250), Some(50)]);
    }

    #[test]
    fn it_runs_at_its_rate_and_not_backwards() {
        let from: Instant = "2025-06-20T09:00:00Z".parse().unwrap();
        let clock = Clock::shifted(Shift { from, rate: 1_000_000.0 });
        let first = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(first >= from && clock.now() >= first + TimeDelta::seconds(2000), "{} {}", first, clock.now());
    }
}
