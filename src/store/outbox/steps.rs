//! Steps of attempts: one begins, comes to its dot, ends; and whoever ended one is given the next, begun already.
//!
//! A commit costs the same for one step and for fifty, and so does a statement: what is asked for at one moment is
//! written in one transaction, and steps of one kind that follow each other in one statement. Each holds only where the
//! number and the fence are those of the row.

use std::collections::HashSet;
use std::mem::discriminant;

use chrono::TimeDelta;
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::queue::Queue;
use super::settle::Moved;
use super::stated::InHand;
use super::{Claimed, ready};
use crate::domain::notice::{NoticeId, NoticeState, Outcome, Stage};
use crate::domain::queue::{Freshness, Next, freshness, resting};
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write, batch};
use crate::store::{Store, StoreError};

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

/// What sessions that are free ask for: a notice each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taking {
    /// The time.
    pub now: Instant,
    /// How long a notice is held.
    pub lease: TimeDelta,
    /// What each session would do first with its notice.
    pub stages: Vec<Stage>,
    /// How many messages the relay may be given in 24 hours.
    pub per_day: Option<usize>,
}

/// A notice that was taken, and whether its attempt has begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The notice.
    pub notice: Claimed,
    /// What became of the first step of its attempt.
    pub begun: Answer,
}

/// An attempt that is to begin.
struct Beginning {
    id: NoticeId,
    fence: i64,
    stage: Stage,
    now: Instant,
}

impl Step {
    fn of(&self) -> (NoticeId, i64) {
        match self {
            Step::Begin { id, fence, .. } | Step::Dot { id, fence } => (*id, *fence),
            Step::Settle(settlement) => (settlement.id, settlement.fence),
        }
    }
}

impl Store {
    /// Writes steps in one transaction, and says of each what became of it.
    pub async fn apply(&self, steps: &[Step]) -> Result<Vec<Answer>, StoreError> {
        Ok(self.apply_and_take(steps, None).await?.0)
    }

    /// The same, and takes notices as [`Store::claim`] does, in the same transaction: what the steps say of the queue
    /// and of the readers decides what may be taken after them. The attempts of what is taken begin here too.
    pub async fn apply_and_take(
        &self,
        steps: &[Step],
        taking: Option<&Taking>,
    ) -> Result<(Vec<Answer>, Vec<Taken>), StoreError> {
        if taking.is_none()
            && let [dots] = runs(steps)[..]
            && dots.iter().all(|step| matches!(step, Step::Dot { .. }))
        {
            // One statement is a transaction by itself.
            let dots: Vec<_> = dots.iter().map(Step::of).collect();
            let mut connection = self.pool.acquire().await?;
            return Ok((come_to_the_dot(&mut connection, &dots).await?, Vec::new()));
        }
        let mut write = sqlite::begin(&self.pool).await?;
        let mut queue = write.queue().await?;
        let before = queue.clone();
        let mut answers = Vec::with_capacity(steps.len());
        for run in runs(steps) {
            answers.extend(write.apply(run, &mut queue).await?);
        }
        let taken = match taking {
            Some(taking) => write.take(taking, &mut queue).await?,
            None => Vec::new(),
        };
        if queue != before {
            write.set_queue(&queue).await?;
        }
        write.commit().await?;
        Ok((answers, taken))
    }
}

/// Steps of one kind that follow each other, each of another notice.
fn runs(steps: &[Step]) -> Vec<&[Step]> {
    let (mut runs, mut rest) = (Vec::new(), steps);
    while let Some(first) = rest.first() {
        let mut seen = HashSet::new();
        let alike = |step: &&Step| discriminant(*step) == discriminant(first) && seen.insert(step.of().0);
        let (run, after) = rest.split_at(rest.iter().take_while(alike).count());
        runs.push(run);
        rest = after;
    }
    runs
}

impl Write {
    async fn apply(&mut self, run: &[Step], queue: &mut Queue) -> Result<Vec<Answer>, StoreError> {
        let (mut beginnings, mut dots, mut settlements) = (Vec::new(), Vec::new(), Vec::new());
        for step in run {
            match step {
                Step::Begin { id, fence, stage, now } => {
                    beginnings.push(Beginning { id: *id, fence: *fence, stage: *stage, now: *now });
                }
                Step::Dot { id, fence } => dots.push((*id, *fence)),
                Step::Settle(settlement) => settlements.push(settlement),
            }
        }
        if !beginnings.is_empty() {
            self.begin_attempts(&beginnings).await
        } else if !dots.is_empty() {
            come_to_the_dot(self.connection(), &dots).await
        } else {
            self.settle(&settlements, queue).await
        }
    }

    async fn begin_attempts(&mut self, beginnings: &[Beginning]) -> Result<Vec<Answer>, StoreError> {
        let mut held = self.in_hand(beginnings.iter().map(|beginning| (beginning.id, beginning.fence))).await?;
        let (mut answers, mut rows) = (Vec::with_capacity(beginnings.len()), Vec::new());
        for Beginning { id, fence, stage, now } in beginnings {
            let Some(held) = held.remove(id) else {
                answers.push(Answer::Lost);
                continue;
            };
            answers.push(match freshness(&held.facts, *now) {
                Freshness::Send => {
                    rows.push(json!({ "id": id.0, "fence": fence, "began": now.timestamp(), "stage": stage.name() }));
                    Answer::Done
                }
                stale => Answer::Stopped(self.stop(*id, &held, stale, *now).await?),
            });
        }
        if !rows.is_empty() {
            sqlx::query(batch::BEGUN).bind(json!(rows).to_string()).execute(self.connection()).await?;
        }
        Ok(answers)
    }

    /// What is not to be sent, or not now, leaves its holder's hands. Says its state.
    async fn stop(
        &mut self,
        id: NoticeId,
        held: &InHand,
        stale: Freshness,
        now: Instant,
    ) -> Result<NoticeState, StoreError> {
        let InHand { attempts, doubts, first, .. } = *held;
        let (state, ready) = match stale {
            Freshness::Wait(until) => (resting(attempts, doubts), Some(until)),
            // It may have arrived, and counts as told: what it was is not known any better by not sending it again.
            _ if doubts > 0 => (NoticeState::Uncertain, None),
            Freshness::Expire => (NoticeState::Expired, None),
            Freshness::Supersede => (NoticeState::Superseded, None),
            Freshness::Withdraw | Freshness::Send => (NoticeState::Withdrawn, None),
        };
        self.move_on(&[Moved { id, attempts, first, next: Next { state, ready, doubts }, ended: None, now }]).await?;
        if ready.is_none() {
            // What it would have said is not so, or was said: what is so is the planner's to find.
            self.unsettle(&[id]).await?;
        }
        Ok(state)
    }

    async fn take(&mut self, taking: &Taking, queue: &mut Queue) -> Result<Vec<Taken>, StoreError> {
        let Taking { now, lease, stages, per_day } = taking;
        let most = match per_day {
            None => stages.len(),
            Some(per_day) => stages.len().min(per_day.saturating_sub(self.spent_in_a_day(*now).await?)),
        };
        let found = ready(self.connection(), *now, most).await?;
        let claimed = self.claim(&found, queue, *now, *now + *lease).await?;
        let beginning = |(notice, stage): (&Claimed, &Stage)| Beginning {
            id: notice.id,
            fence: notice.fence,
            stage: *stage,
            now: *now,
        };
        let beginnings: Vec<_> = claimed.iter().zip(stages).map(beginning).collect();
        if beginnings.is_empty() {
            return Ok(Vec::new());
        }
        let begun = self.begin_attempts(&beginnings).await?;
        Ok(claimed.into_iter().zip(begun).map(|(notice, begun)| Taken { notice, begun }).collect())
    }
}

async fn come_to_the_dot(
    connection: &mut SqliteConnection,
    dots: &[(NoticeId, i64)],
) -> Result<Vec<Answer>, StoreError> {
    let rows: Vec<_> = dots.iter().map(|(id, fence)| json!({ "id": id.0, "fence": fence })).collect();
    let done = sqlx::query(batch::DOT).bind(json!(rows).to_string()).fetch_all(connection).await?;
    let done: HashSet<i64> = done.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let answer = |(id, _): &(NoticeId, i64)| if done.contains(&id.0) { Answer::Done } else { Answer::Lost };
    Ok(dots.iter().map(answer).collect())
}
