//! Who presents, and who wants the mail after the workshop.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::subscription::SubscriberId;
use crate::domain::zone::{Instant, Zone};
use crate::store::{Store, StoreError, sqlite, wish};

/// What a hold of the closing mail has for a deadline: no deadline has such an id.
pub const CLOSING: &str = "closing mail";

/// Somebody who presents and was not told when and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presenting {
    /// Who.
    pub subscriber: SubscriberId,
    /// On whose clock.
    pub zone: Zone,
    /// The session's id, as it was when they said so.
    pub session: String,
}

impl Store {
    /// Those of a programme who present and were not told when and where.
    pub async fn presenting(&self, programme: &str) -> Result<Vec<Presenting>, StoreError> {
        let rows = sqlx::query(
            "SELECT m.subscriber, s.zone, m.deadline FROM mark m JOIN subscriber s ON s.id = m.subscriber \
             WHERE m.what = 'presents' AND s.programme = $1 AND s.standing = 'confirmed' AND NOT EXISTS (\
                 SELECT 1 FROM mark told WHERE told.subscriber = m.subscriber AND told.deadline = m.deadline \
                 AND told.what = 'presented') \
             ORDER BY m.subscriber, m.deadline",
        );
        let presenting = |row: &SqliteRow| {
            Ok(Presenting {
                subscriber: SubscriberId(row.try_get(0)?),
                zone: wish::zone(row.try_get(1)?)?,
                session: row.try_get(2)?,
            })
        };
        rows.bind(programme).fetch_all(&self.pool).await?.iter().map(presenting).collect()
    }

    /// They were told.
    pub async fn presented(&self, told: impl Iterator<Item = &Presenting>, now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for Presenting { subscriber, session, .. } in told {
            crate::store::subscribers::add_mark(write.connection(), *subscriber, session, "presented", now).await?;
        }
        write.commit().await
    }

    /// How many of a programme want the mail after the workshop: accepted authors, and whoever asked for it.
    pub async fn wanting_closing(&self, programme: &str) -> Result<usize, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM subscriber s WHERE s.programme = $1 AND s.standing = 'confirmed' \
             AND (s.accepted = 1 OR EXISTS (SELECT 1 FROM mark m WHERE m.subscriber = s.id AND m.what = 'closing'))",
        );
        let row = row.bind(programme).fetch_one(&self.pool).await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    /// Whether the mail after the workshop was put ready for the organizers, or announced by them.
    pub async fn was_closing_ready(&self, programme: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM hold WHERE programme = $1 AND cause = 'closing' LIMIT 1").bind(programme);
        let ready = row.fetch_optional(&self.pool).await?.is_some();
        Ok(ready || self.is_closing_announced(programme).await?)
    }

    /// Whether it was announced, and not taken back.
    pub async fn is_closing_announced(&self, programme: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM announcement WHERE programme = $1 AND kind = 'closing' AND undone IS NULL LIMIT 1",
        );
        Ok(row.bind(programme).fetch_optional(&self.pool).await?.is_some())
    }
}
