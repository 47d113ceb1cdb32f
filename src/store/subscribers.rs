//! Subscribers: their rows, what they want, what they said, what they were told.
//!
//! Everything about one person hangs on one row of `subscriber`; when it goes, the rest goes with it. Lead times and
//! marks keep since when they stand, because nobody is reminded of what they asked for too late.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::planning::todays_id;
use super::{Store, StoreError, from_seconds, instant, sqlite, wish};
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::Mailbox;
use crate::domain::subscription::{Choice, Standing, Subscriber, SubscriberId, Telling, Wish};
use crate::domain::zone::Instant;

/// What a subscriber asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// To be written to like this.
    Wish(Wish),
    /// To hear no more reminders of a deadline, or to hear them again.
    Done(String, bool),
    /// That it be known whether they were accepted; none: that it is open.
    Accepted(Option<bool>),
    /// To be told when and where they present: in these sessions.
    Presents(BTreeSet<String>),
    /// The mail after the workshop, or not.
    Closing(bool),
    /// To leave.
    Leave,
    /// To come back.
    Return,
    /// New links: older ones stop working.
    NewLinks,
}

const COLUMNS: &str = "id, programme, mailbox, language, zone, role, own_leads, to_the_minute, calendar, standing, \
                       created, confirmed, accepted, link_version";

impl Store {
    /// A subscriber by number.
    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        Ok(self.subscribers_where("id = $1", id.0, "").await?.pop())
    }

    /// A programme's subscriber by mailbox, in any spelling of capital and small letters.
    pub async fn subscriber_at(&self, programme: &str, mailbox: &Mailbox) -> Result<Option<Subscriber>, StoreError> {
        let row = sqlx::query("SELECT id FROM subscriber WHERE programme = $1 AND found_by = $2")
            .bind(programme)
            .bind(found_by(mailbox))
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => self.subscriber(SubscriberId(row.try_get(0)?)).await,
            None => Ok(None),
        }
    }

    /// Everybody of a programme, by mailbox.
    pub async fn subscribers(&self, programme: &str) -> Result<Vec<Subscriber>, StoreError> {
        self.subscribers_where("programme = $1", programme.to_owned(), " ORDER BY found_by").await
    }

    /// These people, by a list of their numbers in JSON.
    pub(super) async fn subscribers_of(&self, ids: &str) -> Result<Vec<Subscriber>, StoreError> {
        self.subscribers_where(sqlite::batch::AMONG, ids.to_owned(), "").await
    }

    async fn subscribers_where<'q, B>(
        &self,
        condition: &str,
        bound: B,
        order: &str,
    ) -> Result<Vec<Subscriber>, StoreError>
    where
        B: Clone + Send + sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + 'q,
    {
        // The conditions are ours; what is asked for is bound.
        let sql = |text: String| sqlx::query(sqlx::AssertSqlSafe(text));
        let of = format!("WHERE subscriber IN (SELECT id FROM subscriber WHERE {condition})");
        let rows = sql(format!("SELECT {COLUMNS} FROM subscriber WHERE {condition}{order}"));
        let rows = rows.bind(bound.clone()).fetch_all(&self.pool).await?;
        let leads = sql(format!("SELECT subscriber, lead FROM lead_time {of} ORDER BY since, lead"));
        let leads = leads.bind(bound.clone()).fetch_all(&self.pool).await?;
        let marks = sql(format!("SELECT subscriber, deadline, what FROM mark {of}"));
        let marks = marks.bind(bound).fetch_all(&self.pool).await?;
        let mut more: BTreeMap<i64, More> = BTreeMap::new();
        for row in &leads {
            let text: String = row.try_get(1)?;
            let lead = text.parse().map_err(|_| wish::damaged("a lead time", &text))?;
            more.entry(row.try_get(0)?).or_default().leads.push(lead);
        }
        for row in &marks {
            let (id, deadline, what): (i64, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let more = more.entry(id).or_default();
            match what.as_str() {
                "excluded" => more.excluded.insert(deadline),
                "included" => more.included.insert(deadline),
                "done" => more.done.insert(deadline),
                "presents" => more.presents.insert(deadline),
                "closing" => {
                    more.closing = true;
                    true
                }
                _ => false,
            };
        }
        rows.iter().map(|row| subscriber(row, more.remove(&row.try_get(0)?).unwrap_or_default())).collect()
    }

    /// Does what a subscriber asks for; none when there is no such subscriber any more. Asked twice, it is done once.
    /// `shown` is what the page that answers states of deadlines they were told nothing of so far: it counts as told.
    pub async fn act(
        &self,
        id: SubscriberId,
        ask: &Ask,
        shown: &[Telling],
        now: Instant,
    ) -> Result<Option<Subscriber>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let connection = write.connection();
        match ask {
            Ask::Wish(wish) => write_wish(connection, id, wish, now).await?,
            Ask::Done(deadline, done) => {
                let deadline = todays_id(connection, id, deadline).await?;
                match done {
                    true => add_mark(connection, id, &deadline, "done", now).await?,
                    false => take_mark(connection, id, &deadline, "done", now).await?,
                }
            }
            Ask::Accepted(accepted) => {
                let query = sqlx::query("UPDATE subscriber SET accepted = $2 WHERE id = $1");
                query.bind(id.0).bind(accepted.map(i64::from)).execute(connection).await?;
            }
            Ask::Presents(sessions) => {
                let known = sqlx::query("SELECT deadline FROM mark WHERE subscriber = $1 AND what = 'presents'");
                for row in known.bind(id.0).fetch_all(&mut *connection).await? {
                    let session: String = row.try_get(0)?;
                    if !sessions.contains(&session) {
                        drop_mark(connection, id, &session, "presents").await?;
                    }
                }
                for session in sessions {
                    add_mark(connection, id, session, "presents", now).await?;
                }
            }
            Ask::Closing(true) => add_mark(connection, id, "", "closing", now).await?,
            Ask::Closing(false) => {
                drop_mark(connection, id, "", "closing").await?;
            }
            Ask::Leave => {
                let query =
                    sqlx::query("UPDATE subscriber SET standing = 'left' WHERE id = $1 AND standing = 'confirmed'");
                query.bind(id.0).execute(connection).await?;
            }
            Ask::Return => {
                let query = sqlx::query(
                    "UPDATE subscriber SET standing = 'confirmed', confirmed = $2 WHERE id = $1 AND standing = 'left'",
                );
                query.bind(id.0).bind(now.timestamp()).execute(connection).await?;
            }
            Ask::NewLinks => {
                let query = sqlx::query("UPDATE subscriber SET link_version = link_version + 1 WHERE id = $1");
                query.bind(id.0).execute(connection).await?;
            }
        }
        if !matches!(ask, Ask::Leave | Ask::NewLinks) {
            for telling in shown {
                show(write.connection(), id, telling, now).await?;
            }
            unsettle(write.connection(), id).await?;
        }
        write.commit().await?;
        self.subscriber(id).await
    }

    /// Notes what somebody was told.
    pub async fn tell(&self, id: SubscriberId, told: &[Telling]) -> Result<(), StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        for telling in told {
            write_told(write.connection(), id, telling).await?;
        }
        write.commit().await
    }

    /// What somebody was told, and how often each changed, by deadline.
    pub async fn told(&self, id: SubscriberId) -> Result<Vec<(Telling, u32)>, StoreError> {
        let rows = sqlx::query("SELECT deadline, what, due, link, n FROM told WHERE subscriber = $1 ORDER BY deadline")
            .bind(id.0)
            .fetch_all(&self.pool)
            .await?;
        let telling = |row: &SqliteRow| -> Result<(Telling, u32), StoreError> {
            let what = wish::stated_of(row.try_get(1)?, row.try_get(2)?)?;
            Ok((Telling { deadline: row.try_get(0)?, what, link: row.try_get(3)? }, super::number(row, 4)?))
        };
        rows.iter().map(telling).collect()
    }

    /// Removes everybody of a programme, with all that hangs on them, and what was written to them. How many they were.
    pub async fn erase_programme(&self, programme: &str, now: Instant) -> Result<u64, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let all = sqlx::query("SELECT id FROM subscriber WHERE programme = $1").bind(programme);
        for row in all.fetch_all(write.connection()).await? {
            write.erase_mail(SubscriberId(row.try_get(0)?), now).await?;
        }
        for table in ["request", "confirmation", "suppression", "invited", "reason", "roll_call"] {
            let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE programme = $1"));
            sqlx::query(sql).bind(programme).execute(write.connection()).await?;
        }
        let done = sqlx::query("DELETE FROM subscriber WHERE programme = $1");
        let done = done.bind(programme).execute(write.connection()).await?.rows_affected();
        write.commit().await?;
        Ok(done)
    }

    /// Makes sure that what was erased is not left over in the write-ahead log. False: somebody reads; try again.
    pub async fn overwrite(&self) -> Result<bool, StoreError> {
        sqlite::settle(&self.pool).await
    }
}

#[derive(Default)]
struct More {
    leads: Vec<LeadTime>,
    excluded: BTreeSet<String>,
    included: BTreeSet<String>,
    done: BTreeSet<String>,
    presents: BTreeSet<String>,
    closing: bool,
}

/// A mailbox is found whichever letters are capital: two people who differ in that alone have not been seen yet.
pub(super) fn found_by(mailbox: &Mailbox) -> String {
    mailbox.to_string().to_lowercase()
}

fn subscriber(row: &SqliteRow, more: More) -> Result<Subscriber, StoreError> {
    let (mailbox, own_leads): (String, i64) = (row.try_get(2)?, row.try_get(6)?);
    let (to_the_minute, calendar): (i64, i64) = (row.try_get(7)?, row.try_get(8)?);
    let (confirmed, accepted): (Option<i64>, Option<i64>) = (row.try_get(11)?, row.try_get(12)?);
    Ok(Subscriber {
        id: SubscriberId(row.try_get(0)?),
        programme: row.try_get(1)?,
        mailbox: mailbox.parse().map_err(|_| wish::damaged("a mailbox", "what stands in a row"))?,
        language: wish::named(row.try_get(3)?)?,
        zone: wish::zone(row.try_get(4)?)?,
        role: wish::named(row.try_get(5)?)?,
        choice: Choice {
            excluded: more.excluded,
            included: more.included,
            leads: (own_leads == 1).then_some(more.leads),
            to_the_minute: to_the_minute == 1,
            calendar: calendar == 1,
        },
        standing: wish::named::<Standing>(row.try_get(9)?)?,
        created: instant(row, 10)?,
        confirmed: confirmed.map(from_seconds).transpose()?,
        accepted: accepted.map(|accepted| accepted == 1),
        done: more.done,
        presents: more.presents,
        closing: more.closing,
        link_version: super::number(row, 13)?,
    })
}

/// Writes a wish over the one before. What it chooses anew counts from now on.
pub(super) async fn write_wish(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    wish: &Wish,
    now: Instant,
) -> Result<(), StoreError> {
    let choice = &wish.choice;
    let done = sqlx::query(
        "UPDATE subscriber SET language = $2, zone = $3, role = $4, own_leads = $5, to_the_minute = $6, calendar = $7 \
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(wish::name(wish.language))
    .bind(wish.zone.name())
    .bind(wish::name(wish.role))
    .bind(i64::from(choice.leads.is_some()))
    .bind(i64::from(choice.to_the_minute))
    .bind(i64::from(choice.calendar))
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    let leads: Vec<String> = choice.leads.iter().flatten().map(ToString::to_string).collect();
    let known =
        sqlx::query("SELECT lead FROM lead_time WHERE subscriber = $1").bind(id.0).fetch_all(&mut *connection).await?;
    for row in known {
        let lead: String = row.try_get(0)?;
        if !leads.contains(&lead) {
            let query = sqlx::query("DELETE FROM lead_time WHERE subscriber = $1 AND lead = $2");
            query.bind(id.0).bind(lead).execute(&mut *connection).await?;
        }
    }
    for lead in leads {
        let query = sqlx::query(
            "INSERT INTO lead_time (subscriber, lead, since) VALUES ($1, $2, $3) ON CONFLICT (subscriber, lead) DO NOTHING",
        );
        query.bind(id.0).bind(lead).bind(now.timestamp()).execute(&mut *connection).await?;
    }
    for (what, wanted) in [("excluded", &choice.excluded), ("included", &choice.included)] {
        let known = sqlx::query("SELECT deadline FROM mark WHERE subscriber = $1 AND what = $2");
        for row in known.bind(id.0).bind(what).fetch_all(&mut *connection).await? {
            let deadline: String = row.try_get(0)?;
            if !wanted.contains(&deadline) {
                take_mark(connection, id, &deadline, what, now).await?;
            }
        }
        for deadline in wanted {
            add_mark(connection, id, deadline, what, now).await?;
        }
    }
    Ok(())
}

pub(super) async fn add_mark(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    deadline: &str,
    what: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO mark (subscriber, deadline, what, since) SELECT id, $2, $3, $4 FROM subscriber WHERE id = $1 \
         ON CONFLICT (subscriber, deadline, what) DO NOTHING",
    );
    query.bind(id.0).bind(deadline).bind(what).bind(now.timestamp()).execute(connection).await?;
    Ok(())
}

/// Takes a mark away, and notes that the deadline is asked for since now.
async fn take_mark(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    deadline: &str,
    what: &str,
    now: Instant,
) -> Result<(), StoreError> {
    if !drop_mark(connection, id, deadline, what).await? || what == "included" {
        return Ok(());
    }
    ask_anew(connection, id, deadline, now).await
}

/// Takes a mark away; false when there was none.
async fn drop_mark(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    deadline: &str,
    what: &str,
) -> Result<bool, StoreError> {
    let query = sqlx::query("DELETE FROM mark WHERE subscriber = $1 AND deadline = $2 AND what = $3");
    let done = query.bind(id.0).bind(deadline).bind(what).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// The planner looks at them again, whatever the hour.
pub(super) async fn unsettle(connection: &mut SqliteConnection, id: SubscriberId) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE subscriber SET unsettled = unsettled + 1 WHERE id = $1");
    query.bind(id.0).execute(connection).await?;
    Ok(())
}

/// What a page stated of a deadline of which they were told nothing so far; reminders that are past are not for them.
async fn show(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    telling: &Telling,
    now: Instant,
) -> Result<(), StoreError> {
    let known = sqlx::query("SELECT 1 FROM told WHERE subscriber = $1 AND deadline = $2");
    let known = known.bind(id.0).bind(&telling.deadline).fetch_optional(&mut *connection).await?;
    if known.is_none() {
        write_told(connection, id, telling).await?;
        ask_anew(connection, id, &telling.deadline, now).await?;
    }
    Ok(())
}

/// Notes that a deadline is asked for since now.
async fn ask_anew(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    deadline: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO mark (subscriber, deadline, what, since) SELECT id, $2, 'asked', $3 FROM subscriber WHERE id = $1 \
         ON CONFLICT (subscriber, deadline, what) DO UPDATE SET since = excluded.since",
    );
    query.bind(id.0).bind(deadline).bind(now.timestamp()).execute(connection).await?;
    Ok(())
}

/// Each change of a row raises its number.
pub(super) async fn write_told(
    connection: &mut SqliteConnection,
    id: SubscriberId,
    telling: &Telling,
) -> Result<(), StoreError> {
    let (what, due) = wish::stated(telling.what);
    sqlx::query(
        "INSERT INTO told (subscriber, deadline, what, due, link, n) VALUES ($1, $2, $3, $4, $5, 1) \
         ON CONFLICT (subscriber, deadline) DO UPDATE SET what = excluded.what, due = excluded.due, \
         link = excluded.link, n = told.n + 1 WHERE told.what IS DISTINCT FROM excluded.what \
         OR told.due IS DISTINCT FROM excluded.due OR told.link IS DISTINCT FROM excluded.link",
    )
    .bind(id.0)
    .bind(&telling.deadline)
    .bind(what)
    .bind(due)
    .bind(telling.link.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}
