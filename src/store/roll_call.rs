//! Roll calls: organizers who were asked where our mail arrived, and what they said.

use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::{FILE, Store, StoreError, from_seconds, instant, sqlite, wish};
use crate::domain::kind::Named;
use crate::domain::zone::Instant;

/// Where a mail was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Where {
    /// Where it belongs.
    Inbox,
    /// Among the spam.
    Spam,
}

impl Named for Where {
    const ALL: &'static [(&'static str, Where)] = &[("inbox", Where::Inbox), ("spam", Where::Spam)];
}

impl Where {
    /// Its name, as it is stored and stands in links.
    pub fn name(self) -> &'static str {
        wish::name(self)
    }
}

/// Somebody who was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RollCall {
    /// A random number.
    pub id: i64,
    /// For which programme.
    pub programme: String,
    /// Their address, masked.
    pub who: String,
    /// When they were asked.
    pub asked: Instant,
    /// What they said, and when.
    pub answer: Option<(Where, Instant)>,
}

const COLUMNS: &str = "id, programme, who, asked, answer, answered";

impl Store {
    /// Notes who is asked.
    pub async fn call_roll(&self, calls: &[RollCall]) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for call in calls {
            sqlx::query("INSERT INTO roll_call (id, programme, who, asked) VALUES ($1, $2, $3, $4)")
                .bind(call.id)
                .bind(&call.programme)
                .bind(&call.who)
                .bind(call.asked.timestamp())
                .execute(write.connection())
                .await?;
        }
        write.commit().await
    }

    /// Who was asked, by number.
    pub async fn roll_call(&self, id: i64) -> Result<Option<RollCall>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM roll_call WHERE id = $1")));
        row.bind(id).fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// Notes what somebody said, or that they take it back.
    pub async fn answer_roll_call(&self, id: i64, answer: Option<Where>, now: Instant) -> Result<(), StoreError> {
        sqlx::query("UPDATE roll_call SET answer = $2, answered = $3 WHERE id = $1")
            .bind(id)
            .bind(answer.map(Where::name))
            .bind(answer.map(|_| now.timestamp()))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// The latest roll call of each programme in a state folder, looked at without changing anything.
///
/// # Errors
/// When the database cannot be read.
pub async fn latest(state: &Path) -> Result<Vec<RollCall>, StoreError> {
    let path = state.join(FILE);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let unusable = |error: sqlx::Error| StoreError::Unusable { path: path.clone(), why: error.to_string() };
    let pool = sqlite::open_to_read(&path).await.map_err(unusable)?;
    let calls = newest(&pool).await;
    pool.close().await;
    calls
}

async fn newest(pool: &SqlitePool) -> Result<Vec<RollCall>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM roll_call r \
         WHERE asked = (SELECT MAX(asked) FROM roll_call WHERE programme = r.programme) ORDER BY programme, who"
    );
    match sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await {
        Ok(rows) => rows.iter().map(read).collect(),
        // The schema is of an earlier version, in which nobody was asked.
        Err(sqlx::Error::Database(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn read(row: &SqliteRow) -> Result<RollCall, StoreError> {
    let (answer, answered): (Option<String>, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
    let answer = match answer.zip(answered) {
        Some((name, at)) => Some((wish::named(&name)?, from_seconds(at)?)),
        None => None,
    };
    Ok(RollCall {
        id: row.try_get(0)?,
        programme: row.try_get(1)?,
        who: row.try_get(2)?,
        asked: instant(row, 3)?,
        answer,
    })
}
