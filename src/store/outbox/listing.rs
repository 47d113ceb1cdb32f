//! The outbox as people see it: notices with their attempts; and what is deleted of it, and when.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::settle::KEPT;
use super::{maybe_instant, named};
use crate::domain::kind::Named;
use crate::domain::notice::{Message, NoticeId, NoticeKind, NoticeState, Reply, Stage};
use crate::domain::queue::priority;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write};
use crate::store::{Store, StoreError, instant, number};

/// A notice, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its number.
    pub id: NoticeId,
    /// What it is about.
    pub key: String,
    /// Of which programme.
    pub programme: String,
    /// For whom.
    pub subscriber: Option<SubscriberId>,
    /// What it is.
    pub kind: NoticeKind,
    /// Which deadline it is about.
    pub deadline: Option<String>,
    /// How far it has come.
    pub state: NoticeState,
    /// Not to be sent before.
    pub due: Instant,
    /// When its next attempt may be made.
    pub ready: Option<Instant>,
    /// When it came to an end.
    pub settled: Option<Instant>,
    /// Attempts that ended.
    pub attempts: u32,
    /// Where it goes, until its message is deleted.
    pub recipient: Option<String>,
    /// What was said at its last attempt.
    pub reply: Option<Reply>,
    /// How many deadlines it states.
    pub states: u32,
}

/// Which notices are looked for: those that are all of what is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sought<'s> {
    /// Of this programme.
    pub programme: Option<&'s str>,
    /// In this state.
    pub state: Option<NoticeState>,
    /// Of this kind.
    pub kind: Option<NoticeKind>,
    /// For this subscriber.
    pub subscriber: Option<SubscriberId>,
    /// Older than this one.
    pub before: Option<NoticeId>,
}

/// An attempt, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempted {
    /// When it was begun.
    pub began: Instant,
    /// When it ended, if that is known.
    pub ended: Option<Instant>,
    /// How far it got.
    pub stage: Stage,
    /// Relayed, delayed, failed or uncertain; none while it is made.
    pub outcome: Option<String>,
    /// What was said.
    pub reply: Option<Reply>,
}

macro_rules! listed {
    ($rest:literal) => {
        concat!(
            "SELECT n.id, n.key, n.programme, n.subscriber, n.kind, n.deadline, n.state, n.due, n.ready, n.settled, \
             n.attempts, m.recipient, a.code, a.reply, (SELECT COUNT(*) FROM stated s WHERE s.notice = n.id) \
             FROM notice n LEFT JOIN message m ON m.notice = n.id \
             LEFT JOIN attempt a ON a.notice = n.id \
             AND a.fence = (SELECT MAX(last.fence) FROM attempt last WHERE last.notice = n.id) ",
            $rest
        )
    };
}

impl Store {
    /// The newest notices, the newest first.
    pub async fn outbox(&self, most: usize) -> Result<Vec<Listed>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query(listed!("ORDER BY n.id DESC LIMIT $1")).bind(most).fetch_all(&self.pool).await?;
        rows.iter().map(listed).collect()
    }

    /// The newest of these notices, the newest first.
    pub async fn outbox_of(&self, sought: Sought<'_>, most: usize) -> Result<Vec<Listed>, StoreError> {
        let Sought { programme, state, kind, subscriber, before } = sought;
        let rows = sqlx::query(listed!(
            "WHERE ($1 IS NULL OR n.programme = $1) AND ($2 IS NULL OR n.state = $2) \
             AND ($3 IS NULL OR n.kind = $3) AND ($4 IS NULL OR n.subscriber = $4) AND ($5 IS NULL OR n.id < $5) \
             ORDER BY n.id DESC LIMIT $6"
        ));
        let rows = rows.bind(programme).bind(state.map(NoticeState::name)).bind(kind.map(NoticeKind::name));
        let rows = rows.bind(subscriber.map(|subscriber| subscriber.0)).bind(before.map(|before| before.0));
        let rows = rows.bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all(&self.pool).await?;
        rows.iter().map(listed).collect()
    }

    /// Tries a notice again that failed for good, or may not have arrived, while its message is kept. False when it is none.
    pub async fn retry(&self, id: NoticeId, now: Instant) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE notice SET state = 'due', ready = $2, attempts = 0, doubts = 0, since = NULL, settled = NULL, \
             kept = NULL WHERE id = $1 AND (state = 'failed' OR state = 'uncertain' AND ready IS NULL) AND EXISTS (SELECT 1 FROM message WHERE notice = $1)",
        );
        let done = done.bind(id.0).bind(now.timestamp()).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Everything there is for somebody, the oldest first.
    pub async fn mails_of(&self, subscriber: SubscriberId) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(listed!("WHERE n.subscriber = $1 ORDER BY n.id")).bind(subscriber.0);
        rows.fetch_all(&self.pool).await?.iter().map(listed).collect()
    }

    /// What there is for somebody besides confirmations, links, reminders and corrections, the oldest first.
    pub async fn besides_deadlines(&self, subscriber: SubscriberId) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(listed!(
            "WHERE n.subscriber = $1 AND n.kind IN ('announcement', 'decisions', 'presenter', 'closing') ORDER BY n.id"
        ));
        rows.bind(subscriber.0).fetch_all(&self.pool).await?.iter().map(listed).collect()
    }

    /// One notice.
    pub async fn notice(&self, id: NoticeId) -> Result<Option<Listed>, StoreError> {
        let row = sqlx::query(listed!("WHERE n.id = $1")).bind(id.0).fetch_optional(&self.pool).await?;
        row.as_ref().map(listed).transpose()
    }

    /// Whether there is a notice of this key.
    pub async fn is_known(&self, key: &str) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT 1 FROM notice WHERE key = $1").bind(key).fetch_optional(&self.pool).await?.is_some())
    }

    /// The keys of a programme's notices of a kind that were not withdrawn.
    pub async fn standing(&self, programme: &str, kind: NoticeKind) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query("SELECT key FROM notice WHERE programme = $1 AND kind = $2 AND state <> 'withdrawn'");
        let rows = rows.bind(programme).bind(kind.name()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The notice whose message had this Message-ID: a report of a bounce names it.
    pub async fn notice_of_message(&self, message_id: &str) -> Result<Option<Listed>, StoreError> {
        let row = sqlx::query(listed!("WHERE n.message_id = $1 ORDER BY n.id DESC LIMIT 1"));
        row.bind(message_id).fetch_optional(&self.pool).await?.as_ref().map(listed).transpose()
    }

    /// A notice's attempts, oldest first.
    pub async fn attempts(&self, id: NoticeId) -> Result<Vec<Attempted>, StoreError> {
        let rows = sqlx::query(
            "SELECT began, ended, stage, outcome, code, reply FROM attempt WHERE notice = $1 ORDER BY fence",
        )
        .bind(id.0)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(attempted).collect()
    }

    /// A notice's message, until it is deleted.
    pub async fn message(&self, id: NoticeId) -> Result<Option<Message>, StoreError> {
        let row = sqlx::query(
            "SELECT m.sender, m.recipient, n.message_id, m.octets FROM message m JOIN notice n ON n.id = m.notice \
             WHERE n.id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Message {
                from: row.try_get(0)?,
                to: row.try_get(1)?,
                message_id: row.try_get(2)?,
                octets: row.try_get(3)?,
            })
        })
        .transpose()
    }

    /// How many notices of a programme, or of all, are in each state.
    pub async fn counts(&self, programme: Option<&str>) -> Result<BTreeMap<NoticeState, usize>, StoreError> {
        let rows = sqlx::query("SELECT state, COUNT(*) FROM notice WHERE $1 IS NULL OR programme = $1 GROUP BY state");
        let rows = rows.bind(programme).fetch_all(&self.pool).await?;
        let count = |row: &SqliteRow| {
            let number: i64 = row.try_get(1)?;
            Ok((named(row, 0)?, usize::try_from(number).unwrap_or(0)))
        };
        rows.iter().map(count).collect()
    }

    /// Deletes the messages whose time has come, seven days after they were settled. Says how many.
    pub async fn delete_old_messages(&self, now: Instant) -> Result<u64, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let deleted = sqlx::query("DELETE FROM message WHERE notice IN (SELECT id FROM notice WHERE kept <= $1)")
            .bind(now.timestamp())
            .execute(write.connection())
            .await?;
        sqlx::query("UPDATE notice SET kept = NULL WHERE kept <= $1")
            .bind(now.timestamp())
            .execute(write.connection())
            .await?;
        write.commit().await?;
        Ok(deleted.rows_affected())
    }

    /// Nothing more goes to a subscriber, save what is on its way this moment. Says how many notices that was.
    pub async fn withdraw_all(&self, subscriber: SubscriberId, now: Instant) -> Result<u64, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let withdrawn = write.withdraw_all(subscriber, now).await?;
        write.commit().await?;
        Ok(withdrawn)
    }

    /// The notices there were for a subscriber: files may have been made of them.
    pub async fn notices_of(&self, subscriber: SubscriberId) -> Result<Vec<NoticeId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM notice WHERE subscriber = $1").bind(subscriber.0);
        rows.fetch_all(&self.pool).await?.iter().map(|row| Ok(NoticeId(row.try_get(0)?))).collect()
    }

    /// Deletes a subscriber's messages and what relays said about them, and withdraws what was not sent.
    pub async fn erase_mail(&self, subscriber: SubscriberId, now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        write.erase_mail(subscriber, now).await?;
        write.commit().await
    }

    /// Withdraws the notices of a kind that wait and whose keys are not among these: what they say is not so any more.
    /// Says how many.
    pub async fn withdraw_others(
        &self,
        kind: NoticeKind,
        keys: &BTreeSet<String>,
        now: Instant,
    ) -> Result<u64, StoreError> {
        let waiting = sqlx::query(
            "SELECT id, key FROM notice WHERE state IN ('due', 'delayed', 'uncertain') AND priority = $1 AND kind = $2",
        )
        .bind(i64::from(priority(kind)))
        .bind(kind.name())
        .fetch_all(&self.pool)
        .await?;
        let mut withdrawn = 0;
        for row in &waiting {
            if keys.contains(row.try_get::<&str, _>(1)?) {
                continue;
            }
            let done = sqlx::query(
                "UPDATE notice SET state = 'withdrawn', ready = NULL, settled = $2, kept = $3, fence = fence + 1 \
                 WHERE id = $1 AND state IN ('due', 'delayed')",
            )
            .bind(row.try_get::<i64, _>(0)?)
            .bind(now.timestamp())
            .bind((now + KEPT).timestamp())
            .execute(&self.pool)
            .await?;
            withdrawn += done.rows_affected();
        }
        Ok(withdrawn)
    }
}

impl Write {
    /// Nothing more goes to a subscriber, save what is on its way this moment.
    pub(in crate::store) async fn withdraw_all(
        &mut self,
        subscriber: SubscriberId,
        now: Instant,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE notice SET state = 'withdrawn', ready = NULL, lease = NULL, settled = $2, kept = $3, fence = fence + 1 \
             WHERE subscriber = $1 AND (state IN ('due', 'delayed', 'held', 'claimed') \
             OR state = 'uncertain' AND ready IS NOT NULL)",
        )
        .bind(subscriber.0)
        .bind(now.timestamp())
        .bind((now + KEPT).timestamp())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }

    /// What is on its way this moment is taken out of its holder's hands too: what the relay says of it would name the
    /// mailbox, and comes too late to be written down.
    pub(in crate::store) async fn erase_mail(&mut self, id: SubscriberId, now: Instant) -> Result<(), StoreError> {
        self.withdraw_all(id, now).await?;
        for statement in [
            "UPDATE attempt SET ended = $2, outcome = CASE stage WHEN 'dot' THEN 'uncertain' ELSE 'delayed' END \
             WHERE outcome IS NULL AND notice IN (SELECT id FROM notice WHERE subscriber = $1)",
            "UPDATE notice SET state = CASE WHEN EXISTS (SELECT 1 FROM attempt a WHERE a.notice = notice.id \
             AND a.outcome = 'uncertain') THEN 'uncertain' ELSE 'withdrawn' END, \
             ready = NULL, lease = NULL, settled = $2, fence = fence + 1 WHERE subscriber = $1 AND state = 'sending'",
        ] {
            sqlx::query(statement).bind(id.0).bind(now.timestamp()).execute(self.connection()).await?;
        }
        for statement in [
            "DELETE FROM message WHERE notice IN (SELECT id FROM notice WHERE subscriber = $1)",
            "UPDATE attempt SET reply = NULL WHERE notice IN (SELECT id FROM notice WHERE subscriber = $1)",
        ] {
            sqlx::query(statement).bind(id.0).execute(self.connection()).await?;
        }
        Ok(())
    }
}

fn listed(row: &SqliteRow) -> Result<Listed, StoreError> {
    Ok(Listed {
        id: NoticeId(row.try_get(0)?),
        key: row.try_get(1)?,
        programme: row.try_get(2)?,
        subscriber: row.try_get::<Option<i64>, _>(3)?.map(SubscriberId),
        kind: named(row, 4)?,
        deadline: row.try_get(5)?,
        state: named(row, 6)?,
        due: instant(row, 7)?,
        ready: maybe_instant(row, 8)?,
        settled: maybe_instant(row, 9)?,
        attempts: number(row, 10)?,
        recipient: row.try_get(11)?,
        reply: reply(row, 12)?,
        states: number(row, 14)?,
    })
}

fn attempted(row: &SqliteRow) -> Result<Attempted, StoreError> {
    let stage: String = row.try_get(2)?;
    let damaged = || StoreError::Damaged { what: "an attempt".to_owned(), why: format!("{stage:?} is no stage") };
    Ok(Attempted {
        began: instant(row, 0)?,
        ended: maybe_instant(row, 1)?,
        stage: Stage::named(&stage).ok_or_else(damaged)?,
        outcome: row.try_get(3)?,
        reply: reply(row, 4)?,
    })
}

/// What a relay said: a code, and words in the column after it.
fn reply(row: &SqliteRow, column: usize) -> Result<Option<Reply>, StoreError> {
    let (code, text): (Option<i64>, Option<String>) = (row.try_get(column)?, row.try_get(column + 1)?);
    Ok(text.map(|text| Reply { code: code.and_then(|code| u16::try_from(code).ok()), text }))
}
