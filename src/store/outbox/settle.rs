//! How a notice leaves the hands it is in: its attempt has ended, or its lease has run out.
//!
//! What follows is decided notice by notice in [`crate::domain::queue`], and written for all that ended at one moment
//! in a few statements.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::queue::Queue;
use super::steps::{Answer, Settlement};
use super::{maybe_instant, named};
use crate::domain::notice::{Blame, NoticeId, NoticeState, Outcome, Stage};
use crate::domain::queue::{Next, Tries, resting};
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write, batch};
use crate::store::{Store, StoreError, number};

/// How long the octets of a message are kept after it was settled.
pub(super) const KEPT: TimeDelta = TimeDelta::days(7);

/// A notice that leaves its holder's hands, and where it goes.
pub(super) struct Moved<'s> {
    pub(super) id: NoticeId,
    pub(super) attempts: u32,
    pub(super) first: Option<Instant>,
    pub(super) next: Next,
    /// How its attempt ended, where one did.
    pub(super) ended: Option<&'s Settlement>,
    pub(super) now: Instant,
}

impl Store {
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
    /// State, attempt, and what its reader was told thereby: one transaction.
    pub(super) async fn settle(
        &mut self,
        settlements: &[&Settlement],
        queue: &mut Queue,
    ) -> Result<Vec<Answer>, StoreError> {
        let mut held = self.in_hand(settlements.iter().map(|settlement| (settlement.id, settlement.fence))).await?;
        let (mut answers, mut moved) = (Vec::with_capacity(settlements.len()), Vec::new());
        let (mut told, mut blamed, mut streak) = (Vec::new(), Vec::new(), None);
        for settlement in settlements.iter().copied() {
            let Settlement { id, outcome, probe, now, .. } = settlement;
            let Some(held) = held.remove(id) else {
                answers.push(Answer::Lost);
                continue;
            };
            let (attempts, first) = (held.attempts + 1, held.first.unwrap_or(*now));
            let tries = Tries { attempts, doubts: held.doubts, first, until: held.facts.until };
            let (next, known) = (tries.after(outcome, queue.is_suspicious(), *now), queue.is_suspicious());
            queue.note(outcome, *probe, *now);
            streak = streak.or((queue.is_suspicious() && !known).then_some(*now));
            moved.push(Moved { id: *id, attempts, first: Some(first), next, ended: Some(settlement), now: *now });
            if matches!(outcome, Outcome::Relayed(_) | Outcome::Uncertain(_)) && !held.facts.stated.is_empty() {
                told.push(*id);
            }
            if outcome.blame() == Some(Blame::Mailbox) {
                blamed.push((*id, *now));
            }
            answers.push(Answer::Settled(next.state));
        }
        self.move_on(&moved).await?;
        if let Some(now) = streak {
            self.give_back_streak(now).await?;
        }
        self.tell_of(&told).await?;
        for (id, now) in blamed {
            self.count_hard_bounce(id, Some(Blame::Mailbox), now).await?;
        }
        Ok(answers)
    }

    /// So many in a row were refused that it is not the messages: those of the row are tried again like all others.
    async fn give_back_streak(&mut self, now: Instant) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE notice SET state = 'delayed', ready = $1, settled = NULL, kept = NULL \
             WHERE state = 'failed' AND EXISTS (SELECT 1 FROM message m WHERE m.notice = notice.id) AND id IN (\
                 SELECT a.notice FROM attempt a WHERE a.outcome = 'failed' AND a.blame = 'message' AND a.ended > $2 \
                 AND a.ended >= (SELECT COALESCE(MAX(r.ended), 0) FROM attempt r WHERE r.outcome = 'relayed'))",
        )
        .bind(now.timestamp())
        .bind((now - TimeDelta::days(1)).timestamp())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Out of their holders' hands, to where they go.
    pub(super) async fn move_on(&mut self, moved: &[Moved<'_>]) -> Result<(), StoreError> {
        if !moved.is_empty() {
            let rows: Vec<_> = moved.iter().map(row_of).collect();
            sqlx::query(batch::MOVED).bind(json!(rows).to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }

    async fn release(&mut self, row: &SqliteRow, now: Instant) -> Result<(), StoreError> {
        let id = NoticeId(row.try_get(0)?);
        let (attempts, doubts) = (number(row, 1)?, number(row, 2)?);
        let (first, until) = (maybe_instant(row, 3)?, maybe_instant(row, 4)?);
        if named::<NoticeState>(row, 5)? == NoticeState::Claimed {
            let next = Next { state: resting(attempts, doubts), ready: Some(now), doubts };
            return self.move_on(&[Moved { id, attempts, first, next, ended: None, now }]).await;
        }
        let past_the_dot = named::<Stage>(row, 6)? == Stage::Dot;
        let tries = Tries { attempts: attempts + 1, doubts, first: first.unwrap_or(now), until };
        let next = tries.after_death(past_the_dot, now);
        self.move_on(&[Moved { id, attempts: tries.attempts, first: Some(tries.first), next, ended: None, now }])
            .await?;
        if past_the_dot {
            self.tell_of(&[id]).await?;
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

fn row_of(moved: &Moved<'_>) -> serde_json::Value {
    let Moved { id, attempts, first, next, ended, now } = moved;
    let settled = next.ready.is_none().then_some(*now);
    let reply = ended.map(|ended| ended.outcome.reply());
    json!({
        "id": id.0,
        "state": next.state.name(),
        "ready": next.ready.map(|ready| ready.timestamp()),
        "doubts": next.doubts,
        "attempts": attempts,
        "since": first.map(|first| first.timestamp()),
        "settled": settled.map(|settled| settled.timestamp()),
        "kept": settled.map(|settled| (settled + KEPT).timestamp()),
        "fence": ended.map(|ended| ended.fence),
        "ended": now.timestamp(),
        "stage": ended.map(|ended| ended.stage.name()),
        "outcome": ended.map(|ended| ended.outcome.name()),
        "blame": ended.and_then(|ended| ended.outcome.blame()).map(Blame::name),
        "code": reply.and_then(|reply| reply.code),
        "reply": reply.map(|reply| &reply.text),
    })
}
