//! Whether the time can be believed: what is known of the clock between two looks, and of the last run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::clock::{Clock, Reading};
use crate::domain::planner::LEAP;
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError};

/// When the service was last alive, before this run.
pub(super) struct Watch {
    before: Option<Instant>,
    awake: AtomicBool,
    clock: ClockWatch,
}

impl Watch {
    /// At the start of a run, before its first sign of life.
    pub async fn begin(store: &Store, clock: &Clock) -> Result<Watch, StoreError> {
        let before = store.heartbeats().await?.map(|beats| beats.last);
        Ok(Watch { before, awake: AtomicBool::new(false), clock: ClockWatch::begin(clock) })
    }

    pub fn last_sign_of_life(&self) -> Option<Instant> {
        self.before.filter(|_| !self.awake.load(Ordering::Relaxed))
    }

    pub fn is_awake(&self) {
        self.awake.store(true, Ordering::Relaxed);
    }

    pub fn leap(&self, clock: &Clock) -> Option<TimeDelta> {
        self.clock.leap(clock)
    }
}

/// A clock, from one look to the next.
pub(super) struct ClockWatch(Mutex<Reading>);

impl ClockWatch {
    pub fn begin(clock: &Clock) -> ClockWatch {
        ClockWatch(Mutex::new(clock.reading()))
    }

    /// How far it was set since the last look, where that is too far to be believed.
    pub fn leap(&self, clock: &Clock) -> Option<TimeDelta> {
        let now = clock.reading();
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), now);
        Some(before.leap(&now)).filter(|leap| leap.abs() > LEAP)
    }
}

/// That the clock was set, and by how much.
pub(super) fn leap_in_words(leap: TimeDelta) -> String {
    let (way, by) = if leap < TimeDelta::zero() { ("back", -leap) } else { ("forward", leap) };
    let by = match (by.num_days(), by.num_hours(), by.num_minutes()) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., _) => format!("{hours} hours"),
        (.., minutes) => format!("{minutes} minutes"),
    };
    format!("the clock of the machine was set {way} by {by} while the service ran; is it right now?")
}
