//! What a notice states of deadlines: kept with it, held against the deadlines and the told ledger before each attempt,
//! and written into that ledger once it is sent.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{maybe_instant, named};
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NewNotice, NoticeId, NoticeKind, States, Unsent, reminder_key};
use crate::domain::planner::Held;
use crate::domain::queue::{Facts, Standing, is_for_subscribers, priority};
use crate::domain::subscription::{SubscriberId, Telling};
use crate::domain::zone::Instant;
use crate::store::sqlite::{Write, batch};
use crate::store::{Store, StoreError, number, wish};

/// A notice in somebody's hands, and what is known of it.
pub(super) struct InHand {
    pub(super) attempts: u32,
    pub(super) doubts: u32,
    pub(super) first: Option<Instant>,
    pub(super) facts: Facts,
}

/// What a notice states of a deadline, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stating {
    /// The deadline, its date, and where to submit.
    pub telling: Telling,
    /// Of a reminder: its lead time.
    pub lead: Option<LeadTime>,
}

impl Store {
    /// What a notice states of deadlines.
    pub async fn stated(&self, id: NoticeId) -> Result<Vec<Stating>, StoreError> {
        let rows =
            sqlx::query("SELECT deadline, what, due, link, lead FROM stated WHERE notice = $1 ORDER BY deadline")
                .bind(id.0)
                .fetch_all(&self.pool)
                .await?;
        let stating = |row: &SqliteRow| {
            let what = wish::stated_of(row.try_get(1)?, row.try_get(2)?)?;
            let lead: Option<&str> = row.try_get(4)?;
            let lead = lead.map(|lead| lead.parse().map_err(|_| wish::damaged("a lead time", lead))).transpose()?;
            Ok(Stating { telling: Telling { deadline: row.try_get(0)?, what, link: row.try_get(3)? }, lead })
        };
        rows.iter().map(stating).collect()
    }
}

impl Write {
    /// Of these notices those that are held with these fences; the others are in other hands.
    pub(super) async fn in_hand(
        &mut self,
        held: impl Iterator<Item = (NoticeId, i64)>,
    ) -> Result<HashMap<NoticeId, InHand>, StoreError> {
        let held: Vec<_> = held.map(|(id, fence)| json!({ "id": id.0, "fence": fence })).collect();
        let rows = sqlx::query(batch::IN_HAND).bind(json!(held).to_string()).fetch_all(self.connection()).await?;
        let mut found: HashMap<NoticeId, InHand> = HashMap::new();
        for row in &rows {
            let held = match found.entry(NoticeId(row.try_get(14)?)) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(place) => place.insert(InHand {
                    attempts: number(row, 0)?,
                    doubts: number(row, 1)?,
                    first: maybe_instant(row, 2)?,
                    facts: Facts {
                        until: maybe_instant(row, 3)?,
                        wanted: is_wanted(row)?,
                        words: is_words(row)?,
                        doubtful: row.try_get(16)? && is_for_subscribers(named(row, 4)?),
                        stated: Vec::new(),
                    },
                }),
            };
            held.facts.stated.extend(standing(row)?);
        }
        Ok(found)
    }

    /// Keeps what notices state; of each, the number it has.
    pub(super) async fn keep_stated(&mut self, kept: &[(NoticeId, &NewNotice)]) -> Result<(), StoreError> {
        let rows = kept.iter().flat_map(|(id, notice)| {
            let subscriber = notice.subscriber.map_or(0, |SubscriberId(subscriber)| subscriber);
            notice.states.iter().map(move |states| row_of(*id, subscriber, states))
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            sqlx::query(batch::STATED).bind(json!(rows).to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Keeps that reminders are not sent; those that are on their way are stopped.
    pub(in crate::store) async fn leave_out(&mut self, unsent: &[Unsent], now: Instant) -> Result<(), StoreError> {
        if unsent.is_empty() {
            return Ok(());
        }
        let row = |unsent: &Unsent| {
            let Unsent { programme, subscriber, deadline, lead, fire, due, said_by } = unsent;
            json!({
                "key": reminder_key(*subscriber, deadline, *lead, *due), "programme": programme,
                "subscriber": subscriber.0, "deadline": deadline, "lead": lead.to_string(), "fire": fire.timestamp(),
                "due": due.timestamp(), "said_by": said_by, "priority": priority(NoticeKind::Reminder),
                "state": if said_by.is_some() { "superseded" } else { "expired" },
            })
        };
        let rows = json!(unsent.iter().map(row).collect::<Vec<_>>()).to_string();
        sqlx::query(batch::LEFT_OUT).bind(&rows).bind(now.timestamp()).execute(self.connection()).await?;
        sqlx::query(batch::LEFT_OUT_STATED).bind(&rows).execute(self.connection()).await?;
        Ok(())
    }

    /// Stops what is on its way and not wanted any more; asked for again, it opens again.
    pub(in crate::store) async fn withdraw(&mut self, keys: &[String], now: Instant) -> Result<(), StoreError> {
        if !keys.is_empty() {
            let query = sqlx::query(batch::WITHDRAW).bind(json!(keys).to_string()).bind(now.timestamp());
            query.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Reminders of a deadline that are on their way to somebody are said by this correction or announcement.
    pub(in crate::store) async fn absorb(&mut self, keys: &[&str], now: Instant) -> Result<(), StoreError> {
        let keys = json!(keys).to_string();
        sqlx::query(batch::ABSORB_STATED).bind(&keys).execute(self.connection()).await?;
        sqlx::query(batch::ABSORB).bind(&keys).bind(now.timestamp()).execute(self.connection()).await?;
        Ok(())
    }

    /// Writes into the ledger what notices state: their readers were told so. Where that is not so any more, or is not
    /// what the deadline says now, the planner looks at them again.
    pub(super) async fn tell_of(&mut self, ids: &[NoticeId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        sqlx::query(batch::TOLD).bind(numbers(ids)).execute(self.connection()).await?;
        self.unsettle(ids).await
    }

    /// Has the planner look again at the readers of notices that state what is not so.
    pub(super) async fn unsettle(&mut self, ids: &[NoticeId]) -> Result<(), StoreError> {
        sqlx::query(batch::UNSETTLE).bind(numbers(ids)).execute(self.connection()).await?;
        Ok(())
    }
}

fn numbers(ids: &[NoticeId]) -> String {
    json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string()
}

fn is_wanted(row: &SqliteRow) -> Result<bool, StoreError> {
    let (subscriber, standing): (Option<i64>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    let kind: NoticeKind = named(row, 4)?;
    // Whoever has answered meanwhile is not asked.
    if kind == NoticeKind::Decisions && row.try_get::<Option<i64>, _>(17)?.is_some() {
        return Ok(false);
    }
    let suppressed: bool = row.try_get(15)?;
    Ok(!suppressed && (subscriber.is_none() || !is_for_subscribers(kind) || standing.as_deref() == Some("confirmed")))
}

fn is_words(row: &SqliteRow) -> Result<bool, StoreError> {
    Ok(named::<NoticeKind>(row, 4)? == NoticeKind::Announcement)
}

/// None for a notice that states nothing.
fn standing(row: &SqliteRow) -> Result<Option<Standing>, StoreError> {
    if row.try_get::<Option<String>, _>(7)?.is_none() {
        return Ok(None);
    }
    let held = maybe_instant(row, 9)?.zip(maybe_instant(row, 10)?);
    let stopped = row.try_get::<Option<bool>, _>(11)?.unwrap_or_default();
    Ok(Some(Standing {
        holds: row.try_get(8)?,
        held: held.map(|(first, until)| Held { first, until, stopped }),
        told_since: row.try_get(12)?,
        refused: row.try_get(13)?,
    }))
}

fn row_of(id: NoticeId, subscriber: i64, states: &States) -> serde_json::Value {
    let States { telling, number, reminder, covers_until } = states;
    let (what, due) = wish::stated(telling.what);
    json!({
        "notice": id.0,
        "subscriber": subscriber,
        "deadline": telling.deadline,
        "lead": reminder.map(|(lead, _)| lead.to_string()),
        "fire": reminder.map(|(_, fire)| fire.timestamp()),
        "what": what,
        "due": due,
        "link": telling.link,
        "n": number,
        "covers": covers_until.map(|until| until.timestamp()),
    })
}
