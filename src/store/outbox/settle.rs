//! What happens to a notice in somebody's hands: an attempt begins, comes to its dot, is settled; or its lease runs out.
//!
//! Steps of several notices are written in one transaction: a commit costs the same for one and for fifty. Each step
//! holds only where the number and the fence are those of the row.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::queue::Queue;
use super::{maybe_instant, named};
use crate::domain::notice::{NoticeId, NoticeState, Outcome, Stage};
use crate::domain::queue::{Freshness, Next, Tries, freshness, resting};
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write, batch};
use crate::store::{Store, StoreError, number};

/// How long the octets of a message are kept after it was settled.
pub(super) const KEPT: TimeDelta = TimeDelta::days(7);

/// A step of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// An attempt is about to be made, or has come to this stage. Its freshness is decided here.
    Begin {
        /// Of which notice.
        id: NoticeId,
        /// As claimed.
        fence: i64,
        /// What is about to be done.
        stage: Stage,
        /// The time.
        now: Instant,
    },
    /// The first octet of the message is about to be sent.
    Dot {
        /// Of which notice.
        id: NoticeId,
        /// As claimed.
        fence: i64,
    },
    /// The attempt has ended.
    Settle(Settlement),
}

/// How an attempt ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// Of which notice.
    pub id: NoticeId,
    /// As claimed.
    pub fence: i64,
    /// How far it got.
    pub stage: Stage,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether it was a probe of a paused queue.
    pub probe: bool,
    /// The time.
    pub now: Instant,
}

/// What became of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is written.
    Done,
    /// The notice is in other hands by now: nothing was written, and nothing may be sent.
    Lost,
    /// It is not worth sending any more; this is its state now.
    Stopped(NoticeState),
    /// Its state now.
    Settled(NoticeState),
}

impl Store {
    /// Writes steps in one transaction, and says of each what became of it.
    pub async fn apply(&self, steps: &[Step]) -> Result<Vec<Answer>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let mut queue = write.queue().await?;
        let before = queue.clone();
        let mut answers = Vec::with_capacity(steps.len());
        for step in steps {
            answers.push(match step {
                Step::Begin { id, fence, stage, now } => write.begin_attempt(*id, *fence, *stage, *now).await?,
                Step::Dot { id, fence } => write.stage_dot(*id, *fence).await?,
                Step::Settle(settlement) => write.settle(settlement, &mut queue).await?,
            });
        }
        if queue != before {
            write.set_queue(&queue).await?;
        }
        write.commit().await?;
        Ok(answers)
    }

    /// Lengthens the lease of notices still held.
    pub async fn renew(&self, held: &[(NoticeId, i64)], lease: Instant) -> Result<(), StoreError> {
        let held: Vec<_> = held.iter().map(|(id, fence)| json!({ "id": id.0, "fence": fence })).collect();
        let renewing = sqlx::query(batch::RENEW).bind(json!(held).to_string()).bind(lease.timestamp());
        renewing.execute(&self.pool).await?;
        Ok(())
    }

    /// Takes notices back from holders whose lease ran out: before the dot nothing was accepted, past it nothing is
    /// known. Says how many.
    pub async fn release_expired(&self, now: Instant) -> Result<usize, StoreError> {
        const EXPIRED: &str = "\
            SELECT n.id, n.attempts, n.doubts, n.since, n.until, n.state, a.stage, n.fence \
            FROM notice n LEFT JOIN attempt a ON a.notice = n.id AND a.fence = n.fence \
            WHERE n.state IN ('claimed', 'sending') AND n.lease <= $1";
        if sqlx::query(EXPIRED).bind(now.timestamp()).fetch_optional(&self.pool).await?.is_none() {
            return Ok(0);
        }
        let mut write = sqlite::begin(&self.pool).await?;
        let rows = sqlx::query(EXPIRED).bind(now.timestamp()).fetch_all(write.connection()).await?;
        for row in &rows {
            write.release(row, now).await?;
        }
        write.commit().await?;
        Ok(rows.len())
    }
}

impl Write {
    async fn begin_attempt(
        &mut self,
        id: NoticeId,
        fence: i64,
        stage: Stage,
        now: Instant,
    ) -> Result<Answer, StoreError> {
        let Some(mut held) = self.in_hand(id, fence).await? else { return Ok(Answer::Lost) };
        let (attempts, doubts, first) = (held.attempts, held.doubts, held.first);
        held.facts.wanted &= !self.is_suppressed(id).await?;
        let ended = match freshness(&held.facts, now) {
            Freshness::Send => {
                self.write_attempt(id, fence, stage, now).await?;
                return Ok(Answer::Done);
            }
            Freshness::Wait(until) => {
                let state = resting(attempts, doubts);
                self.move_on(id, attempts, first, Next { state, ready: Some(until), doubts }, now).await?;
                return Ok(Answer::Stopped(state));
            }
            // It may have arrived, and counts as told: what it was is not known any better by not sending it again.
            _ if doubts > 0 => NoticeState::Uncertain,
            Freshness::Withdraw => NoticeState::Withdrawn,
            Freshness::Supersede => NoticeState::Superseded,
            Freshness::Expire => NoticeState::Expired,
        };
        self.move_on(id, attempts, first, Next { state: ended, ready: None, doubts }, now).await?;
        // What it would have said is not so, or was said: what is so is the planner's to find.
        self.unsettle(id).await?;
        Ok(Answer::Stopped(ended))
    }

    async fn write_attempt(&mut self, id: NoticeId, fence: i64, stage: Stage, now: Instant) -> Result<(), StoreError> {
        sqlx::query("UPDATE notice SET state = 'sending' WHERE id = $1").bind(id.0).execute(self.connection()).await?;
        sqlx::query(
            "INSERT INTO attempt (notice, fence, began, stage) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (notice, fence) DO UPDATE SET stage = excluded.stage",
        )
        .bind(id.0)
        .bind(fence)
        .bind(now.timestamp())
        .bind(stage.name())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn stage_dot(&mut self, id: NoticeId, fence: i64) -> Result<Answer, StoreError> {
        let done = sqlx::query(
            "UPDATE attempt SET stage = 'dot' WHERE notice = $1 AND fence = $2 AND ended IS NULL AND EXISTS (\
             SELECT 1 FROM notice WHERE id = $1 AND fence = $2 AND state = 'sending')",
        )
        .bind(id.0)
        .bind(fence)
        .execute(self.connection())
        .await?;
        Ok(if done.rows_affected() == 1 { Answer::Done } else { Answer::Lost })
    }

    /// State, attempt, and what its reader was told thereby: one transaction.
    async fn settle(&mut self, settlement: &Settlement, queue: &mut Queue) -> Result<Answer, StoreError> {
        let Settlement { id, fence, stage, outcome, probe, now } = settlement;
        let Some(held) = self.in_hand(*id, *fence).await? else { return Ok(Answer::Lost) };
        let attempts = held.attempts + 1;
        let first = held.first.unwrap_or(*now);
        let tries = Tries { attempts, doubts: held.doubts, first, until: held.facts.until };
        let next = tries.after(outcome, queue.is_suspicious(), *now);
        self.move_on(*id, attempts, Some(first), next, *now).await?;
        if matches!(outcome, Outcome::Relayed(_) | Outcome::Uncertain(_)) && !held.facts.stated.is_empty() {
            self.tell_of(*id).await?;
        }
        let reply = outcome.reply();
        sqlx::query(
            "INSERT INTO attempt (notice, fence, began, ended, stage, outcome, blame, code, reply) \
             VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (notice, fence) DO UPDATE SET ended = excluded.ended, stage = excluded.stage, \
             outcome = excluded.outcome, blame = excluded.blame, code = excluded.code, reply = excluded.reply",
        )
        .bind(id.0)
        .bind(fence)
        .bind(now.timestamp())
        .bind(stage.name())
        .bind(outcome.name())
        .bind(outcome.blame().map(crate::domain::notice::Blame::name))
        .bind(reply.code.map(i64::from))
        .bind(&reply.text)
        .execute(self.connection())
        .await?;
        queue.note(outcome, *probe, *now);
        self.count_hard_bounce(*id, outcome.blame(), *now).await?;
        Ok(Answer::Settled(next.state))
    }

    /// Out of its holder's hands, to where it goes.
    async fn move_on(
        &mut self,
        id: NoticeId,
        attempts: u32,
        first: Option<Instant>,
        next: Next,
        now: Instant,
    ) -> Result<(), StoreError> {
        let settled = next.ready.is_none().then_some(now);
        sqlx::query(
            "UPDATE notice SET state = $2, ready = $3, doubts = $4, attempts = $5, since = $6, settled = $7, kept = $8, \
             fence = fence + 1, lease = NULL WHERE id = $1",
        )
        .bind(id.0)
        .bind(next.state.name())
        .bind(next.ready.map(|ready| ready.timestamp()))
        .bind(i64::from(next.doubts))
        .bind(i64::from(attempts))
        .bind(first.map(|first| first.timestamp()))
        .bind(settled.map(|settled| settled.timestamp()))
        .bind(settled.map(|settled| (settled + KEPT).timestamp()))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn release(&mut self, row: &SqliteRow, now: Instant) -> Result<(), StoreError> {
        let id = NoticeId(row.try_get(0)?);
        let (attempts, doubts) = (number(row, 1)?, number(row, 2)?);
        let (first, until) = (maybe_instant(row, 3)?, maybe_instant(row, 4)?);
        if named::<NoticeState>(row, 5)? == NoticeState::Claimed {
            let next = Next { state: resting(attempts, doubts), ready: Some(now), doubts };
            return self.move_on(id, attempts, first, next, now).await;
        }
        let past_the_dot = named::<Stage>(row, 6)? == Stage::Dot;
        let tries = Tries { attempts: attempts + 1, doubts, first: first.unwrap_or(now), until };
        self.move_on(id, tries.attempts, Some(tries.first), tries.after_death(past_the_dot, now), now).await?;
        if past_the_dot {
            self.tell_of(id).await?;
        }
        let outcome = if past_the_dot { "uncertain" } else { "delayed" };
        sqlx::query(
            "UPDATE attempt SET ended = $3, outcome = $4, reply = 'the process that made it ended' \
             WHERE notice = $1 AND fence = $2",
        )
        .bind(id.0)
        .bind(row.try_get::<i64, _>(7)?)
        .bind(now.timestamp())
        .bind(outcome)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
