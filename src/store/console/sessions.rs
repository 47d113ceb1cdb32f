//! Links that sign in, sessions, and forms that have acted.

use chrono::TimeDelta;
use sqlx::Row;

use crate::domain::organizer::{LINK, LINKS_AN_HOUR, OrganizerId};
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, sqlite};

/// How long it is known that a form has acted.
const FORMS: TimeDelta = TimeDelta::days(30);

impl Store {
    /// Keeps a link that signs somebody in, by its hash. False when they had as many in this hour as they may.
    pub async fn keep_sign_in(
        &self,
        organizer: OrganizerId,
        fingerprint: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let old = sqlx::query("DELETE FROM sign_in WHERE expires <= $1").bind((now - TimeDelta::days(1)).timestamp());
        old.execute(write.connection()).await?;
        let recent = sqlx::query("SELECT COUNT(*) FROM sign_in WHERE organizer = $1 AND made > $2");
        let recent = recent.bind(organizer.0).bind((now - TimeDelta::hours(1)).timestamp());
        let recent: i64 = recent.fetch_one(write.connection()).await?.try_get(0)?;
        if usize::try_from(recent).unwrap_or(usize::MAX) >= LINKS_AN_HOUR {
            write.roll_back().await?;
            return Ok(false);
        }
        sqlx::query("INSERT INTO sign_in (fingerprint, organizer, made, expires) VALUES ($1, $2, $3, $4)")
            .bind(fingerprint)
            .bind(organizer.0)
            .bind(now.timestamp())
            .bind((now + LINK).timestamp())
            .execute(write.connection())
            .await?;
        write.commit().await?;
        Ok(true)
    }

    /// Whom a link would sign in now; none when it is used, too old, or none of ours.
    pub async fn sign_in(&self, fingerprint: &str, now: Instant) -> Result<Option<OrganizerId>, StoreError> {
        let row = sqlx::query("SELECT organizer FROM sign_in WHERE fingerprint = $1 AND used IS NULL AND expires > $2");
        let row = row.bind(fingerprint).bind(now.timestamp()).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(OrganizerId(row.try_get(0)?))).transpose()
    }

    /// Uses a link up, and opens a session, each by its hash. None when the link is used, too old, or none of ours.
    pub async fn open_session(
        &self,
        link: &str,
        session: &str,
        lasts: TimeDelta,
        now: Instant,
    ) -> Result<Option<OrganizerId>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let used = sqlx::query(
            "UPDATE sign_in SET used = $2 WHERE fingerprint = $1 AND used IS NULL AND expires > $2 RETURNING organizer",
        );
        let used = used.bind(link).bind(now.timestamp()).fetch_optional(write.connection()).await?;
        let Some(row) = used else {
            write.roll_back().await?;
            return Ok(None);
        };
        let organizer = OrganizerId(row.try_get(0)?);
        let old = sqlx::query("DELETE FROM session WHERE expires <= $1").bind(now.timestamp());
        old.execute(write.connection()).await?;
        sqlx::query("INSERT INTO session (fingerprint, organizer, made, expires) VALUES ($1, $2, $3, $4)")
            .bind(session)
            .bind(organizer.0)
            .bind(now.timestamp())
            .bind((now + lasts).timestamp())
            .execute(write.connection())
            .await?;
        write.commit().await?;
        Ok(Some(organizer))
    }

    /// Whose session it is, while it lasts.
    pub async fn session(&self, fingerprint: &str, now: Instant) -> Result<Option<OrganizerId>, StoreError> {
        let row = sqlx::query("SELECT organizer FROM session WHERE fingerprint = $1 AND expires > $2");
        let row = row.bind(fingerprint).bind(now.timestamp()).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(OrganizerId(row.try_get(0)?))).transpose()
    }

    /// Ends a session; with `all` every one of whose it is.
    pub async fn end_session(&self, fingerprint: &str, all: bool) -> Result<(), StoreError> {
        let sql = match all {
            false => "DELETE FROM session WHERE fingerprint = $1",
            true => "DELETE FROM session WHERE organizer = (SELECT organizer FROM session WHERE fingerprint = $1)",
        };
        sqlx::query(sql).bind(fingerprint).execute(&self.pool).await?;
        Ok(())
    }

    /// Notes that a form acts. False when it has acted before.
    pub async fn act_once(&self, once: &str, now: Instant) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let old = sqlx::query("DELETE FROM sent_form WHERE at <= $1").bind((now - FORMS).timestamp());
        old.execute(write.connection()).await?;
        let new = sqlx::query("INSERT INTO sent_form (once, at) VALUES ($1, $2) ON CONFLICT (once) DO NOTHING");
        let new = new.bind(once).bind(now.timestamp()).execute(write.connection()).await?.rows_affected() > 0;
        write.commit().await?;
        Ok(new)
    }
}
