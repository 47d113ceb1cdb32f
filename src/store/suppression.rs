//! Who must not be written to, and erasing: what is left of somebody is an HMAC that can be compared and not be read.

use sqlx::Row;

use super::{Store, StoreError, sqlite};
use crate::domain::kind::Named;
use crate::domain::limits;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;

/// Why a mailbox is not written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// They had everything erased: lifted by their own new confirmation. Of one programme.
    Erased,
    /// The mailbox does not exist, as its host said twice: lifted by an organizer alone. Of all programmes.
    Bounced,
}

impl Named for Why {
    const ALL: &'static [(&'static str, Why)] = &[("erased", Why::Erased), ("bounced", Why::Bounced)];
}

impl Store {
    /// Puts a blinded mailbox on the list, of one programme or, where `programme` is empty, of all.
    pub async fn suppress(&self, blinded: &str, programme: &str, why: Why, now: Instant) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO suppression (blinded, programme, why, since) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (blinded, programme) DO NOTHING",
        )
        .bind(blinded)
        .bind(programme)
        .bind(super::wish::name(why))
        .bind(now.timestamp())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Why a blinded mailbox is not written to, by this programme or by all; none: it may be.
    pub async fn suppressed(&self, blinded: &str, programme: &str) -> Result<Option<Why>, StoreError> {
        let row = sqlx::query(
            "SELECT why FROM suppression WHERE blinded = $1 AND (programme = $2 OR programme = '') ORDER BY programme",
        );
        let row = row.bind(blinded).bind(programme).fetch_optional(&self.pool).await?;
        row.map(|row| super::wish::named(row.try_get(0)?)).transpose()
    }

    /// Takes a blinded mailbox off the list. False when it was not on it.
    pub async fn lift(&self, blinded: &str, programme: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM suppression WHERE blinded = $1 AND programme = $2");
        Ok(done.bind(blinded).bind(programme).execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Removes somebody with all that hangs on them; what is left is the blinded mailbox on the list. False when there
    /// is no such subscriber.
    pub async fn erase(
        &self,
        id: SubscriberId,
        programme: &str,
        blinded: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let requests = sqlx::query("DELETE FROM request WHERE subscriber = $1 OR programme = $2 AND blinded = $3");
        requests.bind(id.0).bind(programme).bind(blinded).execute(write.connection()).await?;
        sqlx::query("DELETE FROM confirmation WHERE subscriber = $1").bind(id.0).execute(write.connection()).await?;
        let done = sqlx::query("DELETE FROM subscriber WHERE id = $1").bind(id.0).execute(write.connection()).await?;
        sqlx::query(
            "INSERT INTO suppression (blinded, programme, why, since) VALUES ($1, $2, 'erased', $3) \
             ON CONFLICT (blinded, programme) DO NOTHING",
        )
        .bind(blinded)
        .bind(programme)
        .bind(now.timestamp())
        .execute(write.connection())
        .await?;
        write.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes whoever never confirmed within seven days, and what the limits need no more. How many people it was.
    pub async fn forget_unconfirmed(&self, now: Instant) -> Result<u64, StoreError> {
        let old = (now - super::requests::CONFIRMABLE).timestamp();
        let month = (now - limits::MONTH).timestamp();
        let mut write = sqlite::begin(&self.pool).await?;
        sqlx::query(
            "UPDATE confirmation SET wish = '', told = '' WHERE subscriber IN \
             (SELECT id FROM subscriber WHERE standing = 'pending' AND created <= $1)",
        )
        .bind(old)
        .execute(write.connection())
        .await?;
        let done = sqlx::query("DELETE FROM subscriber WHERE standing = 'pending' AND created <= $1");
        let done = done.bind(old).execute(write.connection()).await?.rows_affected();
        sqlx::query("DELETE FROM confirmation WHERE expires <= $1").bind(month).execute(write.connection()).await?;
        sqlx::query("DELETE FROM asked_mail WHERE due <= $1").bind(month).execute(write.connection()).await?;
        write.commit().await?;
        Ok(done)
    }
}
