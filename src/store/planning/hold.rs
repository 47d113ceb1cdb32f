//! What waits for an organizer, and how many mails were foreseen.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::kind::Named;
use crate::domain::planner::Cause;
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, from_seconds, instant, number, sqlite, wish};

/// What an organizer says to what waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Release {
    /// It is sent.
    Send,
    /// It counts as sent: nobody is written to, and everybody counts as told.
    Count,
}

impl Named for Release {
    const ALL: &'static [(&'static str, Release)] = &[("send", Release::Send), ("count", Release::Count)];
}

impl Release {
    /// Its name, as it is stored and stands in a link.
    pub fn name(self) -> &'static str {
        wish::name(self)
    }
}

/// Something that waits, or waited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// The programme's id.
    pub programme: String,
    /// The deadline's id; none: everything of the programme.
    pub deadline: Option<String>,
    /// By what it was caused.
    pub cause: Cause,
    /// Why, a sentence.
    pub reason: String,
    /// Since when.
    pub since: Instant,
    /// How many mails it was then.
    pub waiting: usize,
    /// What an organizer said.
    pub answer: Option<Release>,
    /// When that was carried out.
    pub done: Option<Instant>,
}

const COLUMNS: &str = "SELECT id, programme, deadline, cause, reason, since, waiting, answer, done FROM hold ";

impl Store {
    /// What waits, and what was answered and is not carried out yet; of one programme or of all.
    pub async fn waiting(&self, programme: Option<&str>) -> Result<Vec<Waiting>, StoreError> {
        let sql = format!("{COLUMNS} WHERE done IS NULL AND ($1 IS NULL OR programme = $1) ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(waiting).collect()
    }

    /// Something that waits or waited.
    pub async fn hold(&self, id: i64) -> Result<Option<Waiting>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"))).bind(id);
        row.fetch_optional(&self.pool).await?.as_ref().map(waiting).transpose()
    }

    /// Lets something wait. False when it waits already.
    pub async fn let_wait(
        &self,
        programme: &str,
        deadline: Option<&str>,
        (cause, reason): (Cause, &str),
        number: usize,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO hold (programme, deadline, cause, reason, since, waiting) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (programme, deadline) WHERE done IS NULL DO NOTHING",
        )
        .bind(programme)
        .bind(deadline.unwrap_or_default())
        .bind(wish::name(cause))
        .bind(reason)
        .bind(now.timestamp())
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The clock is in doubt: everything of every programme that somebody subscribed to waits. How many they are.
    pub async fn doubt_clock(&self, reason: &str, now: Instant) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "INSERT INTO hold (programme, deadline, cause, reason, since, waiting) \
             SELECT h.programme, '', 'clock', $1, $2, 0 FROM head h WHERE EXISTS (\
                 SELECT 1 FROM subscriber s WHERE s.programme = h.programme AND s.standing = 'confirmed') \
             ON CONFLICT (programme, deadline) WHERE done IS NULL DO NOTHING",
        );
        Ok(done.bind(reason).bind(now.timestamp()).execute(&self.pool).await?.rows_affected())
    }

    /// Takes an organizer's answer; what waited is looked at again. False when it does not wait any more.
    pub async fn release(&self, id: i64, answer: Release) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let done = sqlx::query("UPDATE hold SET answer = $2 WHERE id = $1 AND done IS NULL AND answer IS NULL");
        let done = done.bind(id).bind(answer.name()).execute(write.connection()).await?.rows_affected();
        if done > 0 {
            let unsettle = sqlx::query(
                "UPDATE deadline SET unsettled = 1 WHERE EXISTS (SELECT 1 FROM hold h WHERE h.id = $1 \
                 AND h.programme = deadline.programme AND h.deadline IN ('', deadline.id))",
            );
            unsettle.bind(id).execute(write.connection()).await?;
        }
        write.commit().await?;
        Ok(done > 0)
    }

    /// What was answered is carried out.
    pub async fn carried_out(&self, ids: &[i64], now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for id in ids {
            let query = sqlx::query("UPDATE hold SET done = $2 WHERE id = $1 AND answer IS NOT NULL AND done IS NULL");
            query.bind(id).bind(now.timestamp()).execute(write.connection()).await?;
        }
        write.commit().await
    }

    /// Whether the time may be wrong: what is old by it is not erased.
    pub async fn is_clock_in_doubt(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM hold WHERE done IS NULL AND cause IN ('clock', 'away') LIMIT 1");
        Ok(row.fetch_optional(&self.pool).await?.is_some())
    }

    /// How many mails about each deadline of a programme are foreseen, and when that was looked at.
    pub async fn foreseen(&self, programme: &str) -> Result<BTreeMap<String, (Instant, usize)>, StoreError> {
        let rows = sqlx::query("SELECT deadline, made, number FROM forecast WHERE programme = $1").bind(programme);
        let rows = rows.fetch_all(&self.pool).await?;
        let foreseen = |row: &SqliteRow| {
            Ok((row.try_get(0)?, (instant(row, 1)?, usize::try_from(number(row, 2)?).unwrap_or(usize::MAX))))
        };
        rows.iter().map(foreseen).collect()
    }

    /// Writes a forecast down.
    pub async fn foresee(
        &self,
        programme: &str,
        forecast: &BTreeMap<String, usize>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for (deadline, number) in forecast {
            sqlx::query(
                "INSERT INTO forecast (programme, deadline, made, number) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (programme, deadline) DO UPDATE SET made = excluded.made, number = excluded.number",
            )
            .bind(programme)
            .bind(deadline)
            .bind(now.timestamp())
            .bind(i64::try_from(*number).unwrap_or(i64::MAX))
            .execute(write.connection())
            .await?;
        }
        write.commit().await
    }

    /// How many confirmed since an instant: they were not foreseen before.
    pub async fn confirmed_since(&self, programme: &str, since: Instant) -> Result<usize, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM subscriber WHERE programme = $1 AND standing = 'confirmed' AND confirmed >= $2",
        );
        let row = row.bind(programme).bind(since.timestamp()).fetch_one(&self.pool).await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }
}

fn waiting(row: &SqliteRow) -> Result<Waiting, StoreError> {
    let deadline: String = row.try_get(2)?;
    Ok(Waiting {
        id: row.try_get(0)?,
        programme: row.try_get(1)?,
        deadline: Some(deadline).filter(|deadline| !deadline.is_empty()),
        cause: wish::named(row.try_get(3)?)?,
        reason: row.try_get(4)?,
        since: instant(row, 5)?,
        waiting: usize::try_from(row.try_get::<i64, _>(6)?).unwrap_or(0),
        answer: row.try_get::<Option<&str>, _>(7)?.map(wish::named).transpose()?,
        done: row.try_get::<Option<i64>, _>(8)?.map(from_seconds).transpose()?,
    })
}
