//! The clock: the one place that reads the time. Everything else is told `now`.

use std::sync::{Arc, Mutex, PoisonError};
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

/// Where `now` comes from. Whole seconds, as everything it is compared with.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// One that moves only when it is moved.
    Manual(Arc<Mutex<Instant>>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn manual(now: Instant) -> Clock {
        Clock::Manual(Arc::new(Mutex::new(now)))
    }

    /// The time.
    #[allow(clippy::disallowed_methods, reason = "this is the place where it is read")]
    pub fn now(&self) -> Instant {
        match self {
            Clock::System => {
                let now: Instant = SystemTime::now().into();
                DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
            }
            Clock::Manual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock forward; the machine's cannot be moved.
    pub fn advance(&self, by: TimeDelta) {
        if let Clock::Manual(now) = self {
            *now.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}
