//! Who did what, when. Rows are added, and never changed.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, instant};

/// What somebody did.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The programme's id; empty where it is none's.
    pub programme: &'a str,
    /// What was done, in a word or two.
    pub act: &'a str,
    /// To what.
    pub about: &'a str,
    /// How it was.
    pub before: &'a str,
    /// How it is.
    pub after: &'a str,
}

/// The same, as it was written down.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the others are what they are in Act")]
pub struct Entry {
    pub id: i64,
    pub at: Instant,
    /// Their address, or what acted for them.
    pub who: String,
    pub programme: String,
    pub act: String,
    pub about: String,
    pub before: String,
    pub after: String,
}

impl Store {
    /// Writes down what somebody did: their address, or what acted for them.
    pub async fn audit(&self, who: &str, act: Act<'_>, now: Instant) -> Result<(), StoreError> {
        let Act { programme, act, about, before, after } = act;
        sqlx::query(
            "INSERT INTO audit (at, who, programme, act, about, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(now.timestamp())
        .bind(who)
        .bind(programme)
        .bind(act)
        .bind(about)
        .bind(before)
        .bind(after)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was done in a programme, or in none, the newest first; before the entry of that number, if one is given.
    pub async fn audited(&self, programme: &str, before: Option<i64>, most: usize) -> Result<Vec<Entry>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, at, who, programme, act, about, before, after FROM audit \
             WHERE programme IN ($1, '') AND id < $2 ORDER BY id DESC LIMIT $3",
        );
        let rows = rows.bind(programme).bind(before.unwrap_or(i64::MAX)).bind(i64::try_from(most).unwrap_or(i64::MAX));
        let entry = |row: &SqliteRow| {
            Ok(Entry {
                id: row.try_get(0)?,
                at: instant(row, 1)?,
                who: row.try_get(2)?,
                programme: row.try_get(3)?,
                act: row.try_get(4)?,
                about: row.try_get(5)?,
                before: row.try_get(6)?,
                after: row.try_get(7)?,
            })
        };
        rows.fetch_all(&self.pool).await?.iter().map(entry).collect()
    }
}
