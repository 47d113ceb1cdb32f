//! The clock: the one place that reads the time. Everything else is told `now`.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta};

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
    /// One that moves only when it is moved.
    Manual(Arc<Mutex<Hand>>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn manual(now: Instant) -> Clock {
        Clock::Manual(Arc::new(Mutex::new(Hand { now, set: TimeDelta::zero() })))
    }

    /// The time.
    #[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
    pub fn now(&self) -> Instant {
        match self {
            Clock::System => {
                let now: Instant = SystemTime::now().into();
                DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
            }
            Clock::Manual(hand) => hand.lock().unwrap_or_else(PoisonError::into_inner).now,
        }
    }

    /// Moves a manual clock forward; the machine's cannot be moved.
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
