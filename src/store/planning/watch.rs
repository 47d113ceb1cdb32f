//! Deadlines under watch: written with each publication, read by each tick.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::domain::lead_time::LeadTime;
use crate::domain::planner::{Dates, Held, Watched};
use crate::domain::subscription::{Stated, SubscriberId, Telling};
use crate::domain::zone::Instant;
use crate::store::sqlite::{self, Write};
use crate::store::{Store, StoreError, from_seconds, instant, wish};

const WATCHED: &str = "SELECT id, what, due, link, since, held_first, held_until, stopped, unsettled, planned \
                       FROM deadline WHERE programme = $1 ORDER BY id";

impl Store {
    /// A programme's deadlines, also those that left it, by id.
    pub async fn watched(&self, programme: &str) -> Result<Vec<Watched>, StoreError> {
        let rows = sqlx::query(WATCHED).bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(watched).collect()
    }

    /// A programme's own lead times, and since when each stands.
    pub async fn remind(&self, programme: &str) -> Result<BTreeMap<LeadTime, Instant>, StoreError> {
        let rows = sqlx::query("SELECT lead, since FROM remind WHERE programme = $1").bind(programme);
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((lead(row.try_get(0)?)?, instant(row, 1)?))).collect()
    }

    /// Puts a programme under watch that was published before there was any: what is not known yet is written down.
    pub async fn watch(&self, programme: &str, revision: u32, dates: &Dates, now: Instant) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        if write.is_live(programme, revision).await? {
            let known = write.watched(programme).await?;
            for telling in dates.tellings.iter().filter(|telling| !known.contains_key(&telling.deadline)) {
                // Somebody may have been told another date by a confirmation.
                let row = Watched { unsettled: true, ..Watched::after(None, telling.clone(), true, now) };
                write_watched(write.connection(), programme, &row).await?;
            }
            write_remind(write.connection(), programme, &dates.remind, now).await?;
        }
        write.commit().await
    }

    /// Reminders of these deadlines are planned up to `now`, and whoever was told something else of them is written to.
    /// False when another revision is live by now.
    pub async fn settle_deadlines(
        &self,
        programme: &str,
        revision: u32,
        deadlines: &[String],
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let live = write.is_live(programme, revision).await?;
        for deadline in deadlines.iter().filter(|_| live) {
            sqlx::query(
                "UPDATE deadline SET unsettled = 0, planned = CASE WHEN planned < $3 THEN $3 ELSE planned END \
                 WHERE programme = $1 AND id = $2",
            )
            .bind(programme)
            .bind(deadline)
            .bind(now.timestamp())
            .execute(write.connection())
            .await?;
        }
        write.commit().await?;
        Ok(live)
    }

    /// Keeps the change of a deadline on hold until somebody says what is to be done. False when none is on hold.
    pub async fn stop_hold(&self, programme: &str, deadline: &str, now: Instant) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE deadline SET stopped = 1 WHERE programme = $1 AND id = $2 AND stopped = 0 AND held_until > $3",
        );
        let done = done.bind(programme).bind(deadline).bind(now.timestamp()).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends the hold of a deadline's change: it is told now. False when none is on hold.
    pub async fn end_hold(&self, programme: &str, deadline: &str, now: Instant) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE deadline SET stopped = 0, held_until = $3 \
             WHERE programme = $1 AND id = $2 AND held_until IS NOT NULL AND (stopped = 1 OR held_until > $3)",
        );
        let done = done.bind(programme).bind(deadline).bind(now.timestamp()).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }
}

impl Write {
    /// Whether a programme's live revision is this one.
    pub(super) async fn is_live(&mut self, programme: &str, revision: u32) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM head WHERE programme = $1 AND number = $2");
        Ok(row.bind(programme).bind(i64::from(revision)).fetch_optional(self.connection()).await?.is_some())
    }

    async fn watched(&mut self, programme: &str) -> Result<BTreeMap<String, Watched>, StoreError> {
        let rows = sqlx::query(WATCHED).bind(programme).fetch_all(self.connection()).await?;
        rows.iter().map(|row| watched(row).map(|watched| (watched.telling.deadline.clone(), watched))).collect()
    }

    /// What a publication at `now` says of deadlines, in the transaction that publishes it. `opening`: it is the first.
    pub(in crate::store) async fn publish_dates(
        &mut self,
        programme: &str,
        dates: &Dates,
        opening: bool,
        now: Instant,
    ) -> Result<(), StoreError> {
        for (was, is) in &dates.renamed {
            rename(self.connection(), programme, was, is).await?;
        }
        let mut known = self.watched(programme).await?;
        for telling in &dates.tellings {
            let before = known.remove(&telling.deadline);
            let after = Watched::after(before.as_ref(), telling.clone(), opening, now);
            if before.as_ref() != Some(&after) {
                write_watched(self.connection(), programme, &after).await?;
            }
        }
        for before in known.into_values() {
            let telling = Telling { what: Stated::Withdrawn, ..before.telling.clone() };
            let after = Watched::after(Some(&before), telling, opening, now);
            if before != after {
                write_watched(self.connection(), programme, &after).await?;
            }
        }
        write_remind(self.connection(), programme, &dates.remind, now).await
    }
}

/// The id that a deadline of a subscriber's programme has today, by one that stands in a mail.
pub(in crate::store) async fn todays_id(
    connection: &mut SqliteConnection,
    subscriber: SubscriberId,
    id: &str,
) -> Result<String, StoreError> {
    let row = sqlx::query(
        "SELECT f.id FROM former_deadline f JOIN subscriber s ON s.programme = f.programme \
         WHERE s.id = $1 AND f.former = $2",
    );
    let row = row.bind(subscriber.0).bind(id).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or_else(|| id.to_owned()))
}

/// Everything that is kept of a deadline goes over to its new id. What that id was before, if anything, stays.
async fn rename(connection: &mut SqliteConnection, programme: &str, was: &str, is: &str) -> Result<(), StoreError> {
    for statement in [
        "UPDATE deadline SET id = $3 WHERE programme = $1 AND id = $2 \
         AND NOT EXISTS (SELECT 1 FROM deadline d WHERE d.programme = $1 AND d.id = $3)",
        "UPDATE told SET deadline = $3 WHERE deadline = $2 \
         AND subscriber IN (SELECT id FROM subscriber WHERE programme = $1) \
         AND NOT EXISTS (SELECT 1 FROM told t WHERE t.subscriber = told.subscriber AND t.deadline = $3)",
        "UPDATE mark SET deadline = $3 WHERE deadline = $2 \
         AND subscriber IN (SELECT id FROM subscriber WHERE programme = $1) \
         AND NOT EXISTS (SELECT 1 FROM mark m WHERE m.subscriber = mark.subscriber AND m.deadline = $3 \
                         AND m.what = mark.what)",
        "UPDATE stated SET deadline = $3 WHERE deadline = $2 AND notice IN (SELECT id FROM notice WHERE programme = $1) \
         AND NOT EXISTS (SELECT 1 FROM stated s WHERE s.notice = stated.notice AND s.deadline = $3)",
        "UPDATE notice SET deadline = $3 WHERE programme = $1 AND deadline = $2",
        "UPDATE announcement SET about = $3 WHERE programme = $1 AND about = $2",
        "UPDATE former_deadline SET id = $3 WHERE programme = $1 AND id = $2",
    ] {
        sqlx::query(statement).bind(programme).bind(was).bind(is).execute(&mut *connection).await?;
    }
    sqlx::query("DELETE FROM former_deadline WHERE programme = $1 AND former = $2")
        .bind(programme)
        .bind(is)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO former_deadline (programme, former, id) VALUES ($1, $2, $3) \
         ON CONFLICT (programme, former) DO UPDATE SET id = excluded.id",
    )
    .bind(programme)
    .bind(was)
    .bind(is)
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_watched(connection: &mut SqliteConnection, programme: &str, row: &Watched) -> Result<(), StoreError> {
    let (what, due) = wish::stated(row.telling.what);
    sqlx::query(
        "INSERT INTO deadline (programme, id, what, due, link, since, held_first, held_until, stopped, unsettled, planned) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (programme, id) DO UPDATE SET what = excluded.what, due = excluded.due, link = excluded.link, \
         since = excluded.since, held_first = excluded.held_first, held_until = excluded.held_until, \
         stopped = excluded.stopped, unsettled = excluded.unsettled",
    )
    .bind(programme)
    .bind(&row.telling.deadline)
    .bind(what)
    .bind(due)
    .bind(row.telling.link.as_deref())
    .bind(row.since.timestamp())
    .bind(row.held.map(|held| held.first.timestamp()))
    .bind(row.held.map(|held| held.until.timestamp()))
    .bind(i64::from(row.held.is_some_and(|held| held.stopped)))
    .bind(i64::from(row.unsettled))
    .bind(row.planned.timestamp())
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_remind(
    connection: &mut SqliteConnection,
    programme: &str,
    remind: &[LeadTime],
    now: Instant,
) -> Result<(), StoreError> {
    let known = sqlx::query("SELECT lead FROM remind WHERE programme = $1").bind(programme);
    for row in known.fetch_all(&mut *connection).await? {
        let text: String = row.try_get(0)?;
        if !remind.contains(&lead(&text)?) {
            let query = sqlx::query("DELETE FROM remind WHERE programme = $1 AND lead = $2");
            query.bind(programme).bind(text).execute(&mut *connection).await?;
        }
    }
    for lead in remind {
        let query = sqlx::query(
            "INSERT INTO remind (programme, lead, since) VALUES ($1, $2, $3) ON CONFLICT (programme, lead) DO NOTHING",
        );
        query.bind(programme).bind(lead.to_string()).bind(now.timestamp()).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) fn lead(text: &str) -> Result<LeadTime, StoreError> {
    text.parse().map_err(|_| wish::damaged("a lead time", text))
}

fn watched(row: &SqliteRow) -> Result<Watched, StoreError> {
    let maybe = |column: usize| -> Result<Option<Instant>, StoreError> {
        row.try_get::<Option<i64>, _>(column)?.map(from_seconds).transpose()
    };
    let stopped = row.try_get::<i64, _>(7)? == 1;
    let held = maybe(5)?.zip(maybe(6)?).map(|(first, until)| Held { first, until, stopped });
    Ok(Watched {
        telling: Telling {
            deadline: row.try_get(0)?,
            what: wish::stated_of(row.try_get(1)?, row.try_get(2)?)?,
            link: row.try_get(3)?,
        },
        since: instant(row, 4)?,
        held,
        unsettled: row.try_get::<i64, _>(8)? == 1,
        planned: instant(row, 9)?,
    })
}
