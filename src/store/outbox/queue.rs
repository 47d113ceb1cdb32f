//! The queue as a whole: whether it is paused and why, its probes, its heartbeat.
//!
//! A relay's trouble pauses everything, for nothing else would get through; from time to time one notice is tried as a
//! probe. An organizer's pause has no probe and ends when an organizer says so.

use chrono::TimeDelta;
use sqlx::Row;

use super::{maybe_instant, named};
use crate::domain::heartbeat::Heartbeats;
use crate::domain::kind::Named;
use crate::domain::notice::{Blame, Outcome};
use crate::domain::queue::{REFUSALS, next_probe, without_addresses};
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write};
use crate::store::{Store, StoreError, number};

/// What paused the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The relay, the way to it, or our access to it.
    Relay,
    /// Too many messages refused in a row.
    Refusals,
    /// An organizer.
    Organizer,
}

impl Named for Cause {
    const ALL: &'static [(&'static str, Cause)] =
        &[("relay", Cause::Relay), ("refusals", Cause::Refusals), ("organizer", Cause::Organizer)];
}

impl Cause {
    fn name(self) -> &'static str {
        Cause::ALL.iter().find(|(_, cause)| *cause == self).map_or("", |(name, _)| name)
    }
}

/// A queue that is paused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pause {
    /// Since when.
    pub since: Instant,
    /// By what.
    pub cause: Cause,
    /// Why, in the relay's or the organizer's words.
    pub reason: String,
    /// When one notice is tried all the same.
    pub probe: Option<Instant>,
}

/// The queue's row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Queue {
    pub(super) pause: Option<Pause>,
    probes: u32,
    refusals: u32,
}

impl Queue {
    /// Whether refusals say more of us or the relay than of the messages.
    pub(super) fn is_suspicious(&self) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.cause == Cause::Refusals)
    }

    /// Takes an outcome into account.
    pub(super) fn note(&mut self, outcome: &Outcome, probe: bool, now: Instant) {
        let reply = outcome.reply();
        match outcome {
            Outcome::Relayed(_) => self.refusals = 0,
            // A refusal of our own has no code and proves nothing about the relay.
            Outcome::Failed(Blame::Message, _) if reply.code.is_some() => self.refusals += 1,
            // A relay that says nothing after the dot may have taken one message; of many in a row it takes none.
            Outcome::Uncertain(_) => self.refusals += 1,
            _ => {}
        }
        if outcome.blame() == Some(Blame::Relay) {
            self.hold(Cause::Relay, &reply.to_string(), now);
        } else if self.refusals >= REFUSALS && !matches!(outcome, Outcome::Relayed(_)) {
            self.hold(
                Cause::Refusals,
                &format!("{} messages in a row were not taken, the last: {reply}", self.refusals),
                now,
            );
        }
        let cause = self.pause.as_ref().map(|pause| pause.cause);
        let cleared = match cause {
            Some(Cause::Relay) => outcome.blame() != Some(Blame::Relay),
            Some(Cause::Refusals) => matches!(outcome, Outcome::Relayed(_)),
            Some(Cause::Organizer) | None => false,
        };
        if probe && cleared {
            *self = Queue::default();
        }
    }

    /// How many of `most` notices may be taken, and whether as a probe; none while the queue is paused. The next probe is
    /// set here, so that two processes do not both make this one.
    pub(super) fn gate(&mut self, now: Instant, most: usize) -> Option<(usize, bool)> {
        let Some(pause) = &mut self.pause else { return Some((most, false)) };
        if pause.probe.is_none_or(|probe| probe > now) {
            return None;
        }
        self.probes += 1;
        pause.probe = Some(next_probe(self.probes, now));
        Some((1, true))
    }

    fn hold(&mut self, cause: Cause, reason: &str, now: Instant) {
        let reason = without_addresses(reason);
        match &mut self.pause {
            // An organizer's pause is not the relay's to end; a probe has set its next one when it was taken.
            Some(pause) if pause.cause == Cause::Organizer => {}
            Some(pause) => (pause.cause, pause.reason) = (cause, reason),
            None => {
                self.probes = 1;
                let probe = Some(next_probe(self.probes, now));
                self.pause = Some(Pause { since: now, cause, reason, probe });
            }
        }
    }
}

impl Store {
    /// Why the queue is paused, if it is.
    pub async fn pause(&self) -> Result<Option<Pause>, StoreError> {
        let row = sqlx::query(QUEUE).fetch_one(&self.pool).await?;
        Ok(queue(&row)?.pause)
    }

    /// Pauses the queue until [`Store::resume_queue`].
    pub async fn pause_queue(&self, reason: &str, now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let pause = Pause { since: now, cause: Cause::Organizer, reason: reason.to_owned(), probe: None };
        let before = write.queue().await?;
        write.set_queue(&Queue { pause: Some(pause), ..before }).await?;
        write.commit().await
    }

    /// Lets the queue go on.
    pub async fn resume_queue(&self) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        write.set_queue(&Queue::default()).await?;
        write.commit().await
    }

    /// Notes that the service lives: a restored backup is known by the age of it, and a clock that was set by the
    /// distance to the one before.
    pub async fn beat(&self, now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let row = sqlx::query(HEARTBEATS).fetch_one(write.connection()).await?;
        let beats = Heartbeats::and(heartbeats(&row)?, now);
        sqlx::query("UPDATE queue SET steady = $1, heartbeat = $2 WHERE id = 1")
            .bind(beats.first.timestamp())
            .bind(beats.last.timestamp())
            .execute(write.connection())
            .await?;
        write.commit().await
    }

    /// When the service last said that it lives.
    pub async fn heartbeat(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.heartbeats().await?.map(|beats| beats.last))
    }

    /// The last heartbeat, and since when each followed the one before it.
    pub async fn heartbeats(&self) -> Result<Option<Heartbeats>, StoreError> {
        heartbeats(&sqlx::query(HEARTBEATS).fetch_one(&self.pool).await?)
    }
}

const HEARTBEATS: &str = "SELECT steady, heartbeat FROM queue WHERE id = 1";

fn heartbeats(row: &sqlx::sqlite::SqliteRow) -> Result<Option<Heartbeats>, StoreError> {
    let Some(last) = maybe_instant(row, 1)? else { return Ok(None) };
    Ok(Some(Heartbeats { first: maybe_instant(row, 0)?.unwrap_or(last), last }))
}

const QUEUE: &str = "SELECT paused, cause, reason, probe, probes, refusals FROM queue WHERE id = 1";

fn queue(row: &sqlx::sqlite::SqliteRow) -> Result<Queue, StoreError> {
    let pause = match maybe_instant(row, 0)? {
        Some(since) => {
            Some(Pause { since, cause: named(row, 1)?, reason: row.try_get(2)?, probe: maybe_instant(row, 3)? })
        }
        None => None,
    };
    Ok(Queue { pause, probes: number(row, 4)?, refusals: number(row, 5)? })
}

impl Write {
    pub(super) async fn queue(&mut self) -> Result<Queue, StoreError> {
        queue(&sqlx::query(QUEUE).fetch_one(self.connection()).await?)
    }

    pub(super) async fn set_queue(&mut self, queue: &Queue) -> Result<(), StoreError> {
        let pause = queue.pause.as_ref();
        sqlx::query(
            "UPDATE queue SET paused = $1, cause = $2, reason = $3, probe = $4, probes = $5, refusals = $6 WHERE id = 1",
        )
        .bind(pause.map(|pause| pause.since.timestamp()))
        .bind(pause.map(|pause| pause.cause.name()))
        .bind(pause.map(|pause| pause.reason.clone()))
        .bind(pause.and_then(|pause| pause.probe).map(|probe| probe.timestamp()))
        .bind(i64::from(queue.probes))
        .bind(i64::from(queue.refusals))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// How many messages the relay was given in the 24 hours before `now`, those among them that are on their way to it.
    pub(super) async fn spent_in_a_day(&mut self, now: Instant) -> Result<usize, StoreError> {
        let spent = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM attempt WHERE stage = 'dot' AND began > $1) \
                  + (SELECT COUNT(*) FROM notice n WHERE n.state IN ('claimed', 'sending') AND NOT EXISTS (\
                     SELECT 1 FROM attempt a WHERE a.notice = n.id AND a.fence = n.fence AND a.stage = 'dot'))",
        );
        let row = spent.bind((now - TimeDelta::days(1)).timestamp()).fetch_one(self.connection()).await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }
}
