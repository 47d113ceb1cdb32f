//! The outbox: the row is the queue. Notices come in by key, are claimed under a lease and a fence, and settled.
//!
//! Whoever holds a notice shows the fence it was claimed with; a lease that ran out gives the notice to another holder
//! with a higher fence, so that a stalled process that wakes cannot overwrite. What follows from an outcome is decided
//! in [`crate::domain::queue`]; what was said in an attempt stands in `attempt`, written before the attempt is made.

mod listing;
mod queue;
mod returned;
mod settle;
mod stated;
mod steps;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use chrono::TimeDelta;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Row, SqliteConnection};

use super::sqlite::{self, Write, batch};
use super::{Store, StoreError, instant, number};
use crate::domain::kind::Named;
use crate::domain::notice::{Message, NewNotice, NoticeId, NoticeKind};
use crate::domain::queue::{PRIORITIES, priority};
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use queue::Queue;

pub use listing::{Attempted, Listed, Sought};
pub use queue::{Cause, Pause};
pub use stated::Stating;
pub use steps::{Answer, Settlement, Step, Taken, Taking};

/// Rows in one statement: enough that its cost does not show, few enough that its parameter stays small.
const ROWS: usize = 500;

/// What is due and may be taken, of one priority. No other notice that states a date to the same subscriber must be on
/// its way.
const READY: &str = "\
    SELECT n.id, n.subscriber, n.deadline FROM notice n \
    WHERE n.state IN ('due', 'delayed', 'uncertain') AND n.priority = $1 AND n.ready <= $2 \
      AND (n.deadline IS NULL OR NOT EXISTS (\
          SELECT 1 FROM notice taken WHERE taken.subscriber = n.subscriber \
          AND taken.deadline IS NOT NULL AND taken.state IN ('claimed', 'sending'))) \
    ORDER BY n.ready, n.id LIMIT $3";

/// A notice in one process's hands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// Its number.
    pub id: NoticeId,
    /// What it was claimed with.
    pub fence: i64,
    /// What it is about.
    pub key: String,
    /// Of which programme.
    pub programme: String,
    /// For whom.
    pub subscriber: Option<SubscriberId>,
    /// What it is.
    pub kind: NoticeKind,
    /// Which deadline it is about.
    pub deadline: Option<String>,
    /// Attempts before this one.
    pub attempts: u32,
    /// When the first was made.
    pub first: Option<Instant>,
    /// The message.
    pub message: Message,
    /// Taken although the queue is paused, to see whether it still must be.
    pub probe: bool,
}

impl Store {
    /// Puts notices into the queue; one whose key is known already is left alone, unless it was withdrawn. Says how
    /// many are new.
    pub async fn enqueue(&self, notices: &[NewNotice]) -> Result<usize, StoreError> {
        let mut written = 0;
        for part in notices.chunks(ROWS) {
            let mut write = sqlite::begin(&self.pool).await?;
            written += write.enqueue(part).await?;
            write.commit().await?;
        }
        Ok(written)
    }

    /// Takes up to `most` notices that are due at `now` until `now + lease`, the most urgent first. While the queue is
    /// paused none, or one as a probe when the time for it has come.
    pub async fn claim(&self, now: Instant, lease: TimeDelta, most: usize) -> Result<Vec<Claimed>, StoreError> {
        // Looked for outside of a write: most of the time there is nothing, and nobody need wait for that.
        let found = self.ready(now, most).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut write = sqlite::begin(&self.pool).await?;
        let mut queue = write.queue().await?;
        let before = queue.clone();
        let claimed = write.claim(&found, &mut queue, now, now + lease).await?;
        if queue != before {
            write.set_queue(&queue).await?;
        }
        write.commit().await?;
        Ok(claimed)
    }

    /// Whether anything is due, and may be taken once the queue is not paused.
    pub async fn is_anything_due(&self, now: Instant) -> Result<bool, StoreError> {
        Ok(!self.ready(now, 1).await?.is_empty())
    }

    async fn ready(&self, now: Instant, most: usize) -> Result<Vec<i64>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        ready(&mut connection, now, most).await
    }

    /// How the database finds what is due: a test holds it to the index made for it.
    pub async fn plan_of_claim(&self) -> Result<Vec<String>, StoreError> {
        sqlite::plan(&self.pool, READY).await
    }
}

/// The same of every priority, the most urgent first, as one text: each statement by itself would cost a hop between
/// threads, in a transaction that others wait for.
static READY_OF_ALL: LazyLock<String> = LazyLock::new(|| {
    let of = |priority: u32| READY.replace("$1", &priority.to_string());
    PRIORITIES.map(of).collect::<Vec<_>>().join("; ")
});

/// Numbers of notices that may be taken now, the most urgent first, no two of them stating dates to one subscriber.
async fn ready(connection: &mut SqliteConnection, now: Instant, most: usize) -> Result<Vec<i64>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(READY_OF_ALL.as_str()))
        .bind(Option::<i64>::None)
        .bind(now.timestamp())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    let (mut found, mut readers) = (Vec::new(), HashSet::new());
    for row in rows {
        let (id, subscriber, deadline): (i64, Option<i64>, Option<String>) = FromRow::from_row(&row)?;
        let reader = subscriber.filter(|_| deadline.is_some());
        if found.len() < most && reader.is_none_or(|reader| readers.insert(reader)) {
            found.push(id);
        }
    }
    Ok(found)
}

impl Write {
    /// Takes those of the notices that were found which are still to be had, as many as a paused queue lets through.
    async fn claim(
        &mut self,
        found: &[i64],
        queue: &mut Queue,
        now: Instant,
        lease: Instant,
    ) -> Result<Vec<Claimed>, StoreError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let Some((most, probe)) = queue.gate(now, found.len()) else { return Ok(Vec::new()) };
        let found = &found[..most];
        let claiming = sqlx::query(batch::CLAIM).bind(json!(found).to_string());
        let rows = claiming.bind(lease.timestamp()).bind(now.timestamp()).fetch_all(self.connection()).await?;
        let mut taken = rows.iter().map(|row| claimed(row, probe)).collect::<Result<Vec<_>, _>>()?;
        // The database says them in whatever order.
        taken.sort_by_key(|taken| found.iter().position(|id| *id == taken.id.0));
        Ok(taken)
    }

    /// Puts notices into the queue, together with whatever else this write does.
    pub(in crate::store) async fn enqueue(&mut self, notices: &[NewNotice]) -> Result<usize, StoreError> {
        let rows: Vec<_> = notices.iter().map(row_of).collect();
        let written = sqlx::query(batch::ENQUEUE).bind(json!(rows).to_string()).fetch_all(self.connection()).await?;
        let ids: HashMap<String, i64> =
            written.iter().map(|row| Ok((row.try_get(1)?, row.try_get(0)?))).collect::<Result<_, sqlx::Error>>()?;
        // The same key twice in one call is one notice: the first.
        let mut left = ids.clone();
        let new: Vec<_> =
            notices.iter().filter_map(|notice| Some((NoticeId(left.remove(&notice.key)?), notice))).collect();
        let messages = new.iter().map(|(id, notice)| {
            let Message { from, to, octets, .. } = &notice.message;
            json!({ "notice": id.0, "sender": from, "recipient": to, "octets": hex(octets) })
        });
        let messages = json!(messages.collect::<Vec<_>>()).to_string();
        sqlx::query(batch::MESSAGES).bind(messages).execute(self.connection()).await?;
        self.keep_stated(&new).await?;
        Ok(ids.len())
    }
}

fn row_of(notice: &NewNotice) -> serde_json::Value {
    json!({
        "key": notice.key,
        "programme": notice.programme,
        "subscriber": notice.subscriber.map(|SubscriberId(id)| id),
        "kind": notice.kind.name(),
        "priority": priority(notice.kind),
        "deadline": notice.deadline,
        "message_id": notice.message.message_id,
        "due": notice.due.timestamp(),
        "until": notice.until.map(|until| until.timestamp()),
    })
}

fn claimed(row: &SqliteRow, probe: bool) -> Result<Claimed, StoreError> {
    let message =
        Message { from: row.try_get(9)?, to: row.try_get(10)?, message_id: row.try_get(11)?, octets: row.try_get(12)? };
    Ok(Claimed {
        id: NoticeId(row.try_get(0)?),
        fence: row.try_get(1)?,
        key: row.try_get(2)?,
        programme: row.try_get(3)?,
        subscriber: row.try_get::<Option<i64>, _>(4)?.map(SubscriberId),
        kind: named(row, 5)?,
        deadline: row.try_get(6)?,
        attempts: number(row, 7)?,
        first: maybe_instant(row, 8)?,
        message,
        probe,
    })
}

fn named<T: Named>(row: &SqliteRow, column: usize) -> Result<T, StoreError> {
    let name: String = row.try_get(column)?;
    let damaged = || StoreError::Damaged { what: "the outbox".to_owned(), why: format!("{name:?} is unknown") };
    T::named(&name).ok_or_else(damaged)
}

fn maybe_instant(row: &SqliteRow, column: usize) -> Result<Option<Instant>, StoreError> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => instant(row, column).map(Some),
        None => Ok(None),
    }
}

fn hex(octets: &[u8]) -> String {
    const FIGURES: &[u8; 16] = b"0123456789abcdef";
    let figure = |half: u8| char::from(FIGURES[usize::from(half)]);
    octets.iter().flat_map(|octet| [figure(octet >> 4), figure(octet & 15)]).collect()
}
