//! Who must not be written to, and erasing: what is left of somebody is an HMAC that can be compared and not be read.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::Row;

use super::sqlite::{self, Write};
use super::{Store, StoreError};
use crate::domain::kind::Named;
use crate::domain::limits;
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{Blame, NoticeId};
use crate::domain::queue::HARD_BOUNCES;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;

/// How long a hard bounce waits for a second one.
const HELD_AGAINST: TimeDelta = TimeDelta::days(365);

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

    /// Takes a blinded mailbox off the list, as far as it keeps a programme from writing to it, and forgets what came
    /// back from it. Says why it was on it; nothing when it was not.
    pub async fn lift(&self, blinded: &str, programme: &str) -> Result<Vec<Why>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let rows = sqlx::query(
            "DELETE FROM suppression WHERE blinded = $1 AND (programme = $2 OR programme = '') RETURNING why",
        );
        let rows = rows.bind(blinded).bind(programme).fetch_all(write.connection()).await?;
        sqlx::query("DELETE FROM hard_bounce WHERE blinded = $1").bind(blinded).execute(write.connection()).await?;
        // Whoever is still there is told what moved meanwhile.
        let unsettle = sqlx::query("UPDATE subscriber SET unsettled = unsettled + 1 WHERE blinded = $1");
        unsettle.bind(blinded).execute(write.connection()).await?;
        write.commit().await?;
        rows.iter().map(|row| super::wish::named(row.try_get(0)?)).collect()
    }

    /// How many notices came back from a blinded mailbox because there is none such.
    pub async fn hard_bounces(&self, blinded: &str) -> Result<u32, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM hard_bounce WHERE blinded = $1").bind(blinded);
        super::number(&row.fetch_one(&self.pool).await?, 0)
    }

    /// Whom of a programme nobody writes to, because their mailboxes do not exist.
    pub async fn unreachable(&self, programme: &str) -> Result<BTreeSet<SubscriberId>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.id FROM subscriber s JOIN suppression p ON p.blinded = s.blinded AND p.programme = '' \
             WHERE s.programme = $1",
        );
        let rows = rows.bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(SubscriberId(row.try_get(0)?))).collect()
    }

    /// Notes the blinded mailbox of those it is not known of: they were here before it was kept, or came by a way that
    /// does not know the key.
    pub async fn blind(&self, blinded: impl Fn(&Mailbox) -> String) -> Result<(), StoreError> {
        let rows =
            sqlx::query("SELECT id, mailbox FROM subscriber WHERE blinded IS NULL").fetch_all(&self.pool).await?;
        for row in &rows {
            let mailbox: String = row.try_get(1)?;
            let mailbox = mailbox.parse().map_err(|_| super::wish::damaged("a mailbox", "what stands in a row"))?;
            sqlx::query("UPDATE subscriber SET blinded = $2 WHERE id = $1")
                .bind(row.try_get::<i64, _>(0)?)
                .bind(blinded(&mailbox))
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Removes somebody with all that hangs on them, and what was written to them; what is left is the blinded mailbox on the list. False when there
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
        write.erase_mail(id, now).await?;
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

    /// Whoever never confirmed within seven days.
    pub async fn unconfirmed(&self, now: Instant) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM subscriber WHERE standing = 'pending' AND created <= $1");
        let rows = rows.bind((now - super::requests::CONFIRMABLE).timestamp()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(SubscriberId(row.try_get(0)?))).collect()
    }

    /// Removes one who never confirmed within seven days, with what was written to them. False when they did meanwhile,
    /// or asked anew.
    pub async fn forget_unconfirmed(&self, id: SubscriberId, now: Instant) -> Result<bool, StoreError> {
        let old = (now - super::requests::CONFIRMABLE).timestamp();
        let mut write = sqlite::begin(&self.pool).await?;
        sqlx::query(
            "UPDATE confirmation SET wish = '', told = '' WHERE subscriber IN \
             (SELECT id FROM subscriber WHERE id = $1 AND standing = 'pending' AND created <= $2)",
        )
        .bind(id.0)
        .bind(old)
        .execute(write.connection())
        .await?;
        let done = sqlx::query("DELETE FROM subscriber WHERE id = $1 AND standing = 'pending' AND created <= $2");
        let gone = done.bind(id.0).bind(old).execute(write.connection()).await?.rows_affected() > 0;
        if gone {
            write.erase_mail(id, now).await?;
        }
        write.commit().await?;
        Ok(gone)
    }

    /// Removes what the limits need no more, what late clicks are told by, and hard bounces too old to be held against
    /// a mailbox.
    pub async fn forget_the_past(&self, now: Instant) -> Result<(), StoreError> {
        let month = (now - limits::MONTH).timestamp();
        let mut write = sqlite::begin(&self.pool).await?;
        sqlx::query("DELETE FROM confirmation WHERE expires <= $1").bind(month).execute(write.connection()).await?;
        sqlx::query("DELETE FROM asked_mail WHERE due <= $1").bind(month).execute(write.connection()).await?;
        let bounces = sqlx::query("DELETE FROM hard_bounce WHERE noted <= $1");
        bounces.bind((now - HELD_AGAINST).timestamp()).execute(write.connection()).await?;
        write.commit().await
    }
}

impl Write {
    /// Counts a notice that failed for there being no such mailbox, once, whoever says so. From the second on nobody
    /// writes to that mailbox any more, and what waits for it is withdrawn. False when it was counted before, or was no
    /// such failure.
    pub(in crate::store) async fn count_hard_bounce(
        &mut self,
        notice: NoticeId,
        blame: Option<Blame>,
        now: Instant,
    ) -> Result<bool, StoreError> {
        if blame != Some(Blame::Mailbox) {
            return Ok(false);
        }
        let counted = sqlx::query(
            "INSERT INTO hard_bounce (blinded, notice, noted) \
             SELECT s.blinded, n.id, $2 FROM notice n JOIN subscriber s ON s.id = n.subscriber \
             WHERE n.id = $1 AND s.blinded IS NOT NULL ON CONFLICT (blinded, notice) DO NOTHING RETURNING blinded",
        );
        let counted = counted.bind(notice.0).bind(now.timestamp()).fetch_optional(self.connection()).await?;
        let Some(counted) = counted else { return Ok(false) };
        let blinded: String = counted.try_get(0)?;
        let suppressed = sqlx::query(
            "INSERT INTO suppression (blinded, programme, why, since) \
             SELECT blinded, '', 'bounced', $2 FROM hard_bounce WHERE blinded = $1 GROUP BY blinded \
             HAVING COUNT(*) >= $3 ON CONFLICT (blinded, programme) DO NOTHING",
        );
        let suppressed = suppressed.bind(&blinded).bind(now.timestamp()).bind(i64::from(HARD_BOUNCES));
        if suppressed.execute(self.connection()).await?.rows_affected() > 0 {
            let theirs = sqlx::query("SELECT id FROM subscriber WHERE blinded = $1").bind(&blinded);
            for row in theirs.fetch_all(self.connection()).await? {
                self.withdraw_all(SubscriberId(row.try_get(0)?), now).await?;
            }
        }
        Ok(true)
    }

    /// Whether nobody writes to a notice's mailbox any more, because it does not exist.
    pub(in crate::store) async fn is_suppressed(&mut self, notice: NoticeId) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM notice n JOIN subscriber s ON s.id = n.subscriber \
             JOIN suppression p ON p.blinded = s.blinded AND p.programme = '' WHERE n.id = $1",
        );
        Ok(row.bind(notice.0).fetch_optional(self.connection()).await?.is_some())
    }
}
