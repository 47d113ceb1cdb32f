//! What was not sent, for the digest that organizers get of it.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, from_seconds, wish};

/// So many notices of one kind about one deadline that were not sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotSent {
    /// What they were.
    pub kind: NoticeKind,
    /// Expired, failed, or uncertain.
    pub state: NoticeState,
    /// The deadline's id, where it was one.
    pub deadline: Option<String>,
    /// How many.
    pub number: usize,
}

impl Store {
    /// Up to when the organizers of a programme were told what was not sent.
    pub async fn digested(&self, programme: &str) -> Result<Option<Instant>, StoreError> {
        let row = sqlx::query("SELECT until FROM digest WHERE programme = $1").bind(programme);
        row.fetch_optional(&self.pool).await?.map(|row| from_seconds(row.try_get(0)?)).transpose()
    }

    /// The same, from now on.
    pub async fn digest(&self, programme: &str, until: Instant) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO digest (programme, until) VALUES ($1, $2) \
             ON CONFLICT (programme) DO UPDATE SET until = excluded.until",
        )
        .bind(programme)
        .bind(until.timestamp())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was not sent to subscribers after `since`, up to `until`.
    pub async fn not_sent(
        &self,
        programme: &str,
        since: Option<Instant>,
        until: Instant,
    ) -> Result<Vec<NotSent>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind, state, deadline, COUNT(*) FROM notice \
             WHERE programme = $1 AND (state IN ('expired', 'failed') OR state = 'uncertain' AND ready IS NULL AND doubts > 1) AND settled > $2 AND settled <= $3 \
               AND subscriber IS NOT NULL AND deadline IS NOT NULL \
             GROUP BY kind, state, deadline ORDER BY deadline, kind, state",
        );
        let since = since.map_or(i64::MIN, |since| since.timestamp());
        let rows = rows.bind(programme).bind(since).bind(until.timestamp()).fetch_all(&self.pool).await?;
        let not_sent = |row: &SqliteRow| {
            Ok(NotSent {
                kind: wish::named(row.try_get(0)?)?,
                state: wish::named(row.try_get(1)?)?,
                deadline: row.try_get(2)?,
                number: usize::try_from(row.try_get::<i64, _>(3)?).unwrap_or(0),
            })
        };
        rows.iter().map(not_sent).collect()
    }
}
