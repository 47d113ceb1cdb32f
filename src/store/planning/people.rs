//! People as the planner sees them: what they want since when, what they were told, what came of earlier plans.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::watch::lead;
use crate::domain::announcement::of_key;
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::planner::{Correction, ReminderKey};
use crate::domain::subscription::{Stated, Subscriber, SubscriberId, Telling};
use crate::domain::zone::Instant;
use crate::store::sqlite::batch;
use crate::store::{Store, StoreError, from_seconds, instant, number, wish};

/// Somebody, and all that is kept of what they are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Who.
    pub subscriber: Subscriber,
    /// How often something happened since the planner last looked at them.
    pub unsettled: i64,
    /// Lead times of their own, each since when.
    pub leads: BTreeMap<LeadTime, Instant>,
    /// By deadline.
    pub kept: BTreeMap<String, Kept>,
}

/// What is kept of somebody and a deadline.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// What they were last told, and the number of that row.
    pub told: Option<(Telling, u32)>,
    /// When they asked for it anew.
    pub asked: Option<Instant>,
    /// Reminders that need not be made again.
    pub finished: BTreeSet<ReminderKey>,
    /// Reminders that wait to be sent, each with its notice's key.
    pub on_their_way: Vec<(LeadTime, String)>,
    /// What was stated by what covers reminders, and up to when it covers those of the date it states.
    pub covers: Vec<(Stated, Instant)>,
    /// Corrections of the told row that were made.
    pub corrected: BTreeSet<Correction>,
    /// Keys of what was sent of it, oldest first: a thread.
    pub thread: Vec<String>,
    /// Mails of announcements about it, by the announcement's number.
    pub announced: BTreeMap<i64, Announced>,
}

/// The mail of an announcement about a deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announced {
    /// How far it has come.
    pub state: NoticeState,
    /// What it states.
    pub states: Correction,
    /// The number of the told row that it follows.
    pub number: u32,
}

impl Store {
    /// These people; those who are gone are left out.
    pub async fn people(&self, ids: &[SubscriberId]) -> Result<Vec<Person>, StoreError> {
        let ids = json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
        let subscribers = self.subscribers_of(&ids).await?;
        let mut people: BTreeMap<SubscriberId, Person> = subscribers
            .into_iter()
            .map(|subscriber| {
                let id = subscriber.id;
                (id, Person { subscriber, unsettled: 0, leads: BTreeMap::new(), kept: BTreeMap::new() })
            })
            .collect();
        let mut read = async |sql: &'static str, take: fn(&mut Person, &SqliteRow) -> Result<(), StoreError>| {
            for row in sqlx::query(sql).bind(&ids).fetch_all(&self.pool).await? {
                if let Some(person) = people.get_mut(&SubscriberId(row.try_get(0)?)) {
                    take(person, &row)?;
                }
            }
            Ok::<(), StoreError>(())
        };
        read(batch::UNSETTLED_OF, take_unsettled).await?;
        read(batch::LEADS_OF, take_lead).await?;
        read(batch::ASKED_OF, take_asked).await?;
        // What was told comes first: a correction counts for the row it answers.
        read(batch::TOLD_OF, take_told).await?;
        read(batch::STATED_OF, take_stated).await?;
        Ok(people.into_values().collect())
    }
}

fn take_unsettled(person: &mut Person, row: &SqliteRow) -> Result<(), StoreError> {
    person.unsettled = row.try_get(1)?;
    Ok(())
}

fn take_lead(person: &mut Person, row: &SqliteRow) -> Result<(), StoreError> {
    person.leads.insert(lead(row.try_get(1)?)?, instant(row, 2)?);
    Ok(())
}

fn take_asked(person: &mut Person, row: &SqliteRow) -> Result<(), StoreError> {
    person.kept.entry(row.try_get(1)?).or_default().asked = Some(instant(row, 2)?);
    Ok(())
}

fn take_told(person: &mut Person, row: &SqliteRow) -> Result<(), StoreError> {
    let deadline: String = row.try_get(1)?;
    let what = wish::stated_of(row.try_get(2)?, row.try_get(3)?)?;
    let telling = Telling { deadline: deadline.clone(), what, link: row.try_get(4)? };
    person.kept.entry(deadline).or_default().told = Some((telling, number(row, 5)?));
    Ok(())
}

/// A row of what a notice states, with the state it is in, and the state of what says it instead.
fn take_stated(person: &mut Person, row: &SqliteRow) -> Result<(), StoreError> {
    let kept = person.kept.entry(row.try_get(1)?).or_default();
    let what = wish::stated_of(row.try_get(3)?, row.try_get(4)?)?;
    let state: NoticeState = wish::named(row.try_get(8)?)?;
    let said_by: Option<NoticeState> = row.try_get::<Option<&str>, _>(11)?.map(wish::named).transpose()?;
    if matches!(state, NoticeState::Relayed | NoticeState::Uncertain) {
        kept.thread.push(row.try_get(10)?);
    }
    if let (Some(text), Stated::At(due)) = (row.try_get::<Option<&str>, _>(2)?, what) {
        let again = state == NoticeState::Withdrawn
            || state == NoticeState::Superseded && said_by == Some(NoticeState::Withdrawn);
        if !again {
            kept.finished.insert((lead(text)?, due));
        }
        if matches!(state, NoticeState::Due | NoticeState::Delayed | NoticeState::Held) {
            kept.on_their_way.push((lead(text)?, row.try_get(10)?));
        }
        return Ok(());
    }
    let (kind, number): (NoticeKind, u32) = (wish::named(row.try_get(9)?)?, number(row, 6)?);
    let states = (what, row.try_get(5)?);
    if let Some(id) = of_key(row.try_get(10)?) {
        kept.announced.insert(id, Announced { state, states: states.clone(), number });
    }
    use NoticeState::{Expired, Failed, Superseded, Withdrawn};
    if matches!(state, Superseded | Withdrawn) {
        return Ok(());
    }
    let answers = kept.told.as_ref().map_or(0, |(_, number)| *number);
    if matches!(kind, NoticeKind::Correction | NoticeKind::Announcement) && number == answers {
        kept.corrected.insert(states);
    }
    let covers = row.try_get::<Option<i64>, _>(7)?.map(from_seconds).transpose()?;
    if !matches!(state, Expired | Failed) {
        kept.covers.extend(covers.map(|until| (what, until)));
    }
    Ok(())
}
