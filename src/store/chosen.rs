//! Chosen feeds: which entries somebody ticked, found by the hash of the secret in the feed's address. Nobody's name, and
//! no secret.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, instant, sqlite};
use crate::domain::limits::Ceilings;
use crate::domain::programme::Id;
use crate::domain::zone::Instant;

/// The ceilings are of so long a time.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// What somebody chose of a programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// Of which programme.
    pub programme: String,
    /// Which entries, by the ids they had then.
    pub entries: BTreeSet<Id>,
    /// When that was last changed.
    pub changed: Instant,
}

/// A day, in whole days since 1970, UTC.
pub fn day(now: Instant) -> i64 {
    now.timestamp().div_euclid(24 * 60 * 60)
}

impl Store {
    /// Keeps a feed that was made from a network, which its HMAC stands for. False when as many were made within the hour
    /// as may be: then nothing is kept.
    pub async fn add_chosen(
        &self,
        hash: &str,
        chosen: &Chosen,
        made: (i64, &str),
        ceilings: Ceilings,
    ) -> Result<bool, StoreError> {
        self.look()?;
        let (id, network) = made;
        let now = chosen.changed;
        let mut write = sqlite::begin(&self.pool).await?;
        let past = sqlx::query("DELETE FROM chosen_made WHERE made <= $1").bind((now - HOUR).timestamp());
        past.execute(write.connection()).await?;
        if !may_make(write.connection(), network, ceilings).await? {
            write.commit().await?;
            return Ok(false);
        }
        sqlx::query("INSERT INTO chosen_made (id, network, made) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(network)
            .bind(now.timestamp())
            .execute(write.connection())
            .await?;
        sqlx::query("INSERT INTO chosen_feed (hash, programme, entries, changed, read_on) VALUES ($1, $2, $3, $4, $5)")
            .bind(hash)
            .bind(&chosen.programme)
            .bind(written(&chosen.entries))
            .bind(now.timestamp())
            .bind(day(now))
            .execute(write.connection())
            .await?;
        write.commit().await?;
        Ok(true)
    }

    /// What was chosen, by the hash of a secret.
    pub async fn chosen(&self, hash: &str) -> Result<Option<Chosen>, StoreError> {
        let row = sqlx::query("SELECT programme, entries, changed FROM chosen_feed WHERE hash = $1");
        let Some(row) = row.bind(hash).fetch_optional(&self.pool).await? else { return Ok(None) };
        let entries: &str = row.try_get(1)?;
        let entries = entries.split_ascii_whitespace().filter_map(|id| Id::new(id).ok()).collect();
        Ok(Some(Chosen { programme: row.try_get(0)?, entries, changed: instant(&row, 2)? }))
    }

    /// Chooses anew. What changed never changed earlier than before, also after the clock was put back: calendars look at
    /// nothing that seems older than what they have. False when there is no such feed any more.
    pub async fn choose_anew(&self, hash: &str, entries: &BTreeSet<Id>, now: Instant) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE chosen_feed SET entries = $2, changed = CASE WHEN changed < $3 THEN $3 ELSE changed + 1 END \
             WHERE hash = $1 AND entries <> $2",
        );
        let done = done.bind(hash).bind(written(entries)).bind(now.timestamp()).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0 || self.chosen(hash).await?.is_some())
    }

    /// Gives a feed another secret. False when there is no such feed any more.
    pub async fn rotate_chosen(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE chosen_feed SET hash = $2 WHERE hash = $1");
        Ok(done.bind(from).bind(to).execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Deletes a feed.
    pub async fn delete_chosen(&self, hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM chosen_feed WHERE hash = $1").bind(hash).execute(&self.pool).await?;
        Ok(())
    }

    /// Notes that calendars asked for these feeds on a day.
    pub async fn note_read(&self, hashes: &BTreeSet<String>, day: i64) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for hash in hashes {
            let query = sqlx::query("UPDATE chosen_feed SET read_on = $2 WHERE hash = $1 AND read_on < $2");
            query.bind(hash).bind(day).execute(write.connection()).await?;
        }
        write.commit().await
    }

    /// Deletes a programme's feeds that no calendar asked for since a day. How many there were.
    pub async fn forget_chosen(&self, programme: &str, unread_since: i64) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM chosen_feed WHERE programme = $1 AND read_on <= $2");
        Ok(done.bind(programme).bind(unread_since).execute(&self.pool).await?.rows_affected())
    }
}

async fn may_make(connection: &mut SqliteConnection, network: &str, ceilings: Ceilings) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*), COALESCE(SUM(CASE WHEN network = $1 THEN 1 ELSE 0 END), 0) FROM chosen_made");
    let row = row.bind(network).fetch_one(connection).await?;
    let (all, of_network): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(all < i64::from(ceilings.all) && of_network < i64::from(ceilings.network))
}

fn written(entries: &BTreeSet<Id>) -> String {
    entries.iter().map(Id::as_str).collect::<Vec<_>>().join(" ")
}
