//! What organizers announce: made, told when it is due, taken back.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::sqlite::{self, Write, batch};
use super::{Store, StoreError, from_seconds, instant, wish};
use crate::domain::announcement::{Addressees, Announcement, Says};
use crate::domain::notice::{NewNotice, NoticeKind};
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::{Instant, Zone};

/// How long the octets of a message are kept that was taken back.
const KEPT: TimeDelta = TimeDelta::days(7);

const COLUMNS: &str = "SELECT id, programme, kind, audience, about, subject, body, made, due, told FROM announcement";

/// What came of taking the last announcement back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenBack {
    /// Its subject; empty for decisions.
    pub subject: String,
    /// Whether it was taken back: where all of it has left there is nothing to take.
    pub done: bool,
    /// Mails that waited, and are withdrawn.
    pub withdrawn: u64,
    /// Mails that left before.
    pub left: u64,
}

/// How far it was planned who is asked once more whether they were accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asking {
    /// The announcement's number.
    pub id: i64,
    /// Up to then.
    pub planned: Instant,
    /// For a first deadline at this instant.
    pub aimed: Option<Instant>,
    /// When decisions were out.
    pub since: Instant,
}

impl Store {
    /// Keeps an announcement: the planner makes mails of it when it is due.
    pub async fn announce(&self, announcement: &Announcement) -> Result<(), StoreError> {
        let Announcement { id, programme, to, says, made, due, told: _ } = announcement;
        let (subject, body, about) = match says {
            Says::Words { subject, body, about } => (subject.as_str(), body.as_str(), about.as_deref()),
            Says::Decisions => ("", "", None),
            Says::Closing { body } => ("", body.as_deref().unwrap_or_default(), None),
        };
        sqlx::query(
            "INSERT INTO announcement (id, programme, kind, audience, about, subject, body, made, due) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(programme)
        .bind(says.kind().name())
        .bind(wish::name(*to))
        .bind(about)
        .bind(subject)
        .bind(body)
        .bind(made.timestamp())
        .bind(due.timestamp())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A programme's announcements of which not all mails were made, the oldest first.
    pub async fn open_announcements(&self, programme: &str) -> Result<Vec<Announcement>, StoreError> {
        let sql = format!("{COLUMNS} WHERE programme = $1 AND told IS NULL AND undone IS NULL ORDER BY made, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// A programme's announcements that were not taken back, the oldest first.
    pub async fn announcements(&self, programme: &str) -> Result<Vec<Announcement>, StoreError> {
        let sql = format!("{COLUMNS} WHERE programme = $1 AND undone IS NULL ORDER BY made, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// An announcement that was not taken back.
    pub async fn announcement(&self, id: i64) -> Result<Option<Announcement>, StoreError> {
        let sql = format!("{COLUMNS} WHERE id = $1 AND undone IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Who was confirmed when an announcement was made, of the roles it is for.
    pub async fn addressed(&self, announcement: &Announcement) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query(
            "SELECT id FROM subscriber WHERE programme = $1 AND standing = 'confirmed' AND confirmed <= $2 \
             AND ($3 = 'all' OR role || 's' = $3)",
        );
        let rows = rows.bind(&announcement.programme).bind(announcement.made.timestamp());
        let rows = rows.bind(wish::name(announcement.to)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(SubscriberId(row.try_get(0)?))).collect()
    }

    /// All mails of an announcement were made.
    pub async fn announced(&self, id: i64, now: Instant) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE announcement SET told = $2 WHERE id = $1 AND told IS NULL");
        done.bind(id).bind(now.timestamp()).execute(&self.pool).await?;
        Ok(())
    }

    /// Takes the last announcement of this kind back, or that of a number, with what waits of it; none where there is
    /// none.
    pub async fn take_back(
        &self,
        programme: &str,
        kind: NoticeKind,
        only: Option<i64>,
        now: Instant,
    ) -> Result<Option<TakenBack>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let row = sqlx::query(
            "SELECT id, subject, told FROM announcement WHERE programme = $1 AND kind = $2 AND undone IS NULL \
             AND ($3 IS NULL OR id = $3) ORDER BY made DESC, id DESC LIMIT 1",
        );
        let row = row.bind(programme).bind(kind.name()).bind(only).fetch_optional(write.connection()).await?;
        let Some(row) = row else {
            write.roll_back().await?;
            return Ok(None);
        };
        let (id, subject): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let of = match kind {
            NoticeKind::Announcement => format!("{} {id:016x} %", kind.name()),
            _ => format!("{} %", kind.name()),
        };
        let left = sqlx::query(
            "SELECT COUNT(*) FROM notice WHERE programme = $1 AND key LIKE $2 \
             AND state IN ('claimed', 'sending', 'relayed', 'uncertain')",
        );
        let left: i64 = left.bind(programme).bind(&of).fetch_one(write.connection()).await?.try_get(0)?;
        // What they were to be told of a deadline is told another way.
        sqlx::query(
            "UPDATE subscriber SET unsettled = unsettled + 1 WHERE id IN (\
                 SELECT n.subscriber FROM notice n JOIN stated s ON s.notice = n.id \
                 WHERE n.programme = $1 AND n.key LIKE $2 AND n.state IN ('due', 'delayed', 'held'))",
        )
        .bind(programme)
        .bind(&of)
        .execute(write.connection())
        .await?;
        let withdrawn = sqlx::query(
            "UPDATE notice SET state = 'withdrawn', ready = NULL, settled = $3, kept = $4, fence = fence + 1 \
             WHERE programme = $1 AND key LIKE $2 AND state IN ('due', 'delayed', 'held')",
        )
        .bind(programme)
        .bind(&of)
        .bind(now.timestamp())
        .bind((now + KEPT).timestamp())
        .execute(write.connection())
        .await?
        .rows_affected();
        let done = withdrawn > 0 || row.try_get::<Option<i64>, _>(2)?.is_none();
        if done {
            let undone = sqlx::query("UPDATE announcement SET undone = $2 WHERE id = $1");
            undone.bind(id).bind(now.timestamp()).execute(write.connection()).await?;
        }
        write.commit().await?;
        Ok(Some(TakenBack { subject, done, withdrawn, left: u64::try_from(left).unwrap_or(0) }))
    }

    /// How far it was planned who is asked once more; none while decisions are not out.
    pub async fn asking(&self, programme: &str) -> Result<Option<Asking>, StoreError> {
        let row = sqlx::query(
            "SELECT id, COALESCE(planned, told), aimed, due FROM announcement \
             WHERE programme = $1 AND kind = 'decisions' AND told IS NOT NULL AND undone IS NULL \
             ORDER BY made DESC, id DESC LIMIT 1",
        );
        let row = row.bind(programme).fetch_optional(&self.pool).await?;
        let asking = |row: SqliteRow| {
            let aimed = row.try_get::<Option<i64>, _>(2)?.map(from_seconds).transpose()?;
            Ok(Asking { id: row.try_get(0)?, planned: instant(&row, 1)?, aimed, since: instant(&row, 3)? })
        };
        row.map(asking).transpose()
    }

    /// Authors of a clock who were asked before `fire` whether they were accepted, once, and did not answer.
    pub async fn unanswered(
        &self,
        programme: &str,
        zone: Zone,
        fire: Instant,
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.id FROM subscriber s JOIN notice n ON n.subscriber = s.id AND n.kind = 'decisions' \
             WHERE s.programme = $1 AND s.standing = 'confirmed' AND s.role = 'author' AND s.accepted IS NULL \
               AND s.zone = $2 \
             GROUP BY s.id \
             HAVING COUNT(*) = 1 AND MIN(n.state) IN ('relayed', 'uncertain') AND MIN(n.due) < $3",
        );
        let rows = rows.bind(programme).bind(zone.name()).bind(fire.timestamp()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(SubscriberId(row.try_get(0)?))).collect()
    }

    /// Notes how far it was planned who is asked once more, and for which first deadline.
    pub async fn asked_up_to(&self, id: i64, aimed: Instant, planned: Instant) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE announcement SET planned = $2, aimed = $3 WHERE id = $1");
        query.bind(id).bind(planned.timestamp()).bind(aimed.timestamp()).execute(&self.pool).await?;
        Ok(())
    }
}

impl Write {
    /// Whether none of these was taken back.
    pub(super) async fn stand(&mut self, announcements: &[i64]) -> Result<bool, StoreError> {
        if announcements.is_empty() {
            return Ok(true);
        }
        let row = sqlx::query(batch::TAKEN_BACK).bind(json!(announcements).to_string());
        Ok(row.fetch_one(self.connection()).await?.try_get::<i64, _>(0)? == 0)
    }

    /// Announcements that are on their way and state what is not so any more open again when they are enqueued.
    pub(super) async fn make_anew(&mut self, notices: &[NewNotice]) -> Result<(), StoreError> {
        let announced = notices.iter().filter(|notice| notice.kind == NoticeKind::Announcement);
        let keys: Vec<&str> = announced.map(|notice| notice.key.as_str()).collect();
        if !keys.is_empty() {
            sqlx::query(batch::MAKE_ANEW).bind(json!(keys).to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<Announcement, StoreError> {
    let says = match wish::named::<NoticeKind>(row.try_get(2)?)? {
        NoticeKind::Decisions => Says::Decisions,
        NoticeKind::Closing => {
            Says::Closing { body: Some(row.try_get::<String, _>(6)?).filter(|body| !body.is_empty()) }
        }
        _ => Says::Words { subject: row.try_get(5)?, body: row.try_get(6)?, about: row.try_get(4)? },
    };
    Ok(Announcement {
        id: row.try_get(0)?,
        programme: row.try_get(1)?,
        to: wish::named::<Addressees>(row.try_get(3)?)?,
        says,
        made: instant(row, 7)?,
        due: instant(row, 8)?,
        told: row.try_get::<Option<i64>, _>(9)?.is_some(),
    })
}
