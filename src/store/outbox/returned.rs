//! What came back: a report says, after the relay took a message, that it did not arrive (RFC 3464).

use sqlx::Row;

use super::settle::KEPT;
use crate::domain::notice::{Blame, NoticeId, Reply};
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::store::sqlite;
use crate::store::{Store, StoreError};

impl Store {
    /// A subscriber's notice whose Message-ID begins like this.
    pub async fn notice_marked(&self, subscriber: SubscriberId, mark: &str) -> Result<Option<NoticeId>, StoreError> {
        let row = sqlx::query(
            "SELECT id FROM notice WHERE subscriber = $1 AND substr(message_id, 2, $3) = $2 ORDER BY id DESC LIMIT 1",
        );
        let length = i64::try_from(mark.len()).unwrap_or(i64::MAX);
        let row = row.bind(subscriber.0).bind(mark).bind(length).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(NoticeId(row.try_get(0)?))).transpose()
    }

    /// Notes that a notice came back: it failed, with the report as its reply, and its mailbox is blamed for it where
    /// the report does. False when that was known. Of what was not handed to a relay nothing can come back.
    pub async fn came_back(
        &self,
        id: NoticeId,
        blame: Blame,
        report: &Reply,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let failed = sqlx::query(
            "UPDATE notice SET state = 'failed', ready = NULL, lease = NULL, settled = $2, kept = $3, fence = fence + 1 \
             WHERE id = $1 AND state IN ('relayed', 'uncertain', 'delayed', 'claimed', 'sending')",
        )
        .bind(id.0)
        .bind(now.timestamp())
        .bind((now + KEPT).timestamp())
        .execute(write.connection())
        .await?
        .rows_affected()
            > 0;
        let counted = write.count_hard_bounce(id, Some(blame), now).await?;
        if failed || counted {
            sqlx::query(
                "UPDATE attempt SET ended = COALESCE(ended, $2), outcome = 'failed', blame = $3, code = $4, reply = $5 \
                 WHERE notice = $1 AND fence = (SELECT MAX(fence) FROM attempt WHERE notice = $1 AND stage = 'dot')",
            )
            .bind(id.0)
            .bind(now.timestamp())
            .bind(blame.name())
            .bind(report.code.map(i64::from))
            .bind(&report.text)
            .execute(write.connection())
            .await?;
        }
        write.commit().await?;
        Ok(failed || counted)
    }

    /// Notes that somebody called a notice spam, as the reply that it came to. False when that was known.
    pub async fn complained_of(&self, id: NoticeId, now: Instant) -> Result<bool, StoreError> {
        const SAID: &str = "reported: a complaint";
        let done = sqlx::query(
            "UPDATE attempt SET ended = COALESCE(ended, $2), reply = $3 WHERE notice = $1 AND COALESCE(reply, '') <> $3 \
             AND fence = (SELECT MAX(fence) FROM attempt WHERE notice = $1 AND stage = 'dot')",
        );
        let done = done.bind(id.0).bind(now.timestamp()).bind(SAID).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }
}
