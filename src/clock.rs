//! The clock: the one place that reads the time. Everything else is told `now`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta};

use crate::domain::zone::Instant;

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
