//! What waits for an organizer: found before a batch is written, told by mail, released by a button or a command.

use std::collections::BTreeMap;
use std::io;

use chrono::{Days, NaiveTime, TimeDelta};

use super::{Laid, PEOPLE, Table};
use crate::app::mailing::Mailing;
use crate::app::organizers;
use crate::app::post::notice;
use crate::app::serve::App;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::link::{Claim, Purpose};
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::NewNotice;
use crate::domain::planner::{Act, Batch, Cause, holds, holds_at_start};
use crate::domain::programme::{Due, Programme};
use crate::domain::subscription::{Stated, SubscriberId};
use crate::domain::zone::{Instant, Zone};
use crate::mail::letter::{Content, Letter, Links, Reader};
use crate::store::StoreError;
use crate::store::planning::Clocked;

pub use crate::store::planning::{Release, Waiting};

/// Organizers are told again when what waits blocks a deadline that is so near.
const NEAR: TimeDelta = TimeDelta::hours(6);

impl Table<'_> {
    /// Lets wait what nobody expects. True when something new does: then nothing is written in this tick.
    pub(super) async fn weigh(
        &self,
        app: &App,
        laid: &BTreeMap<String, Laid>,
        people: &[SubscriberId],
    ) -> Result<bool, StoreError> {
        let id = self.programme.id.as_str();
        let batches = self.batches(laid, people).await?;
        // How many an announcement reaches was said when it was made: that it is late is not.
        let all = batches.values().copied().fold(self.announced_batch().await?, Batch::with);
        if self.answered().next().is_none()
            && let Some(cause) = holds_at_start(&all, app.last_sign_of_life(), self.now)
        {
            let away = app.last_sign_of_life().map_or_else(String::new, utc);
            let titles: Vec<&str> = batches
                .keys()
                .map(|id| laid.get(id).map_or(id.as_str(), |laid| laid.deadline.title.as_str()))
                .collect();
            let about = if titles.is_empty() { String::new() } else { format!(" about {}", titles.join(", ")) };
            let reason = format!(
                "the service was away since {away} (was a backup restored?), and mails{about} fell due meanwhile"
            );
            return self.let_wait(None, (cause, &reason), all.mails).await;
        }
        let foreseen = self.store.foreseen(id).await?;
        let mut anything = false;
        for (deadline, batch) in &batches {
            if self.answered().any(|hold| hold.deadline.as_ref().is_none_or(|held| held == deadline)) {
                continue;
            }
            let expected = match foreseen.get(deadline) {
                Some((made, number)) => Some(number + self.store.confirmed_since(id, *made).await?),
                None => None,
            };
            let Some(cause) = holds(batch, expected, self.now) else { continue };
            let title = laid.get(deadline).map_or(deadline.as_str(), |laid| laid.deadline.title.as_str());
            let reason = match cause {
                Cause::Larger => {
                    format!("{} mails about {title}, where {} were foreseen", batch.mails, expected.unwrap_or(0))
                }
                _ => format!("about {title}, the oldest due since {}", batch.oldest.map_or_else(String::new, utc)),
            };
            anything |= self.let_wait(Some(deadline), (cause, &reason), batch.mails).await?;
        }
        Ok(anything)
    }

    async fn let_wait(&self, deadline: Option<&str>, why: (Cause, &str), mails: usize) -> Result<bool, StoreError> {
        let id = self.programme.id.as_str();
        let new = self.store.let_wait(id, deadline, why, mails, self.now).await?;
        if new {
            tracing::error!(
                programme = id,
                deadline,
                mails,
                "held until an organizer says what is to be done: {}",
                why.1
            );
        }
        Ok(new)
    }

    /// What would be sent now, by deadline.
    async fn batches(
        &self,
        laid: &BTreeMap<String, Laid>,
        people: &[SubscriberId],
    ) -> Result<BTreeMap<String, Batch>, StoreError> {
        let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
        for part in people.chunks(PEOPLE) {
            let people = self.store.people(part).await?;
            let announced = self.announced_among(&people).await?;
            for person in people {
                let announced = self.announced_to(&announced, &person, laid);
                for (laid, ledger, act) in self.acts(laid, &person, &announced) {
                    let own = match act {
                        Act::Remind { fire, .. } => fire,
                        Act::Correct { .. } => ledger.asked,
                        Act::Supersede { .. } | Act::Expire { .. } => continue,
                    };
                    batches.entry(laid.facts.id.clone()).or_default().add(own.max(laid.told_since));
                }
            }
        }
        Ok(batches)
    }

    /// Writes down how many mails are foreseen until the day after the next midnight, where that is not known yet: after
    /// each publication, and each day. False: it was known.
    pub(super) async fn look_ahead(&self) -> Result<bool, StoreError> {
        let id = self.programme.id.as_str();
        let midnight = self.now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let since = midnight.max(self.revision.published.min(self.now));
        let known = self.store.foreseen(id).await?;
        let fresh = |deadline: &str| known.get(deadline).is_some_and(|(made, _)| *made >= since);
        if self.watched.iter().all(|watched| fresh(&watched.telling.deadline)) {
            return Ok(false);
        }
        let end = midnight + Days::new(1) + TimeDelta::hours(1);
        let leads = self.leads().await?;
        let clocks = self.store.clocks(id).await?;
        let mut forecast = BTreeMap::new();
        for watched in &self.watched {
            let deadline = watched.telling.deadline.clone();
            let mut number = if watched.unsettled { self.store.told_otherwise(id, &deadline).await?.len() } else { 0 };
            if let Stated::At(due) = watched.telling.what {
                for (zone, lead) in pairs(&clocks, &leads) {
                    for to_the_minute in [false, true] {
                        let fire = lead.fire(due, zone, to_the_minute);
                        if watched.planned < fire && fire <= end {
                            let default = self.remind.contains_key(&lead);
                            let clocked = Clocked { zone, to_the_minute, lead };
                            number += self.store.clocked(id, &clocked, default).await?.len();
                        }
                    }
                }
            }
            forecast.insert(deadline, number);
        }
        self.store.foresee(id, &forecast, self.now).await?;
        Ok(true)
    }
}

pub(super) fn pairs<'p, L: Copy>(clocks: &'p [Zone], leads: &'p [L]) -> impl Iterator<Item = (Zone, L)> + 'p {
    clocks.iter().flat_map(move |zone| leads.iter().map(move |lead| (*zone, *lead)))
}

fn utc(instant: Instant) -> String {
    instant.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// Mails the organizers what waits: at once, and again when it blocks a deadline that is near. A key keeps each from
/// going twice.
///
/// # Errors
/// When a letter makes no message, or cannot be kept.
pub(super) async fn tell(app: &App, mailing: &Mailing, table: &Table<'_>) -> io::Result<()> {
    let waiting = table.store.waiting(Some(table.programme.id.as_str())).await.map_err(io::Error::other)?;
    let mut notices = Vec::new();
    for waiting in waiting.iter().filter(|waiting| waiting.answer.is_none()) {
        let blocked = table.watched.iter().filter_map(|watched| {
            let concerned = waiting.deadline.as_ref().is_none_or(|deadline| *deadline == watched.telling.deadline);
            let Stated::At(due) = watched.telling.what else { return None };
            (concerned && due > table.now).then_some((due, watched.telling.deadline.as_str()))
        });
        let blocks = blocked.min();
        // What was near already when they were told first is not told twice.
        let near = blocks.is_some_and(|(due, _)| due - table.now <= NEAR && due - waiting.since > NEAR);
        let mut reader = mailing.key.blinded("hold", &waiting.id.to_string());
        reader.truncate(8);
        let key = format!("hold {} {reader}", waiting.id);
        for key in std::iter::once(key.clone()).chain(near.then(|| format!("{key} near"))) {
            if table.store.is_known(&key).await.map_err(io::Error::other)? {
                continue;
            }
            let told = organizers::told(table.store, &mailing.organizers, table.programme).await;
            let told = told.map_err(io::Error::other)?;
            notices.extend(letters((mailing, &told), table.programme, waiting, blocks, &key, table.now)?);
        }
    }
    if !notices.is_empty() {
        app.enqueue(&notices).await.map_err(io::Error::other)?;
    }
    Ok(())
}

fn letters(
    (mailing, told): (&Mailing, &[Mailbox]),
    programme: &Programme,
    waiting: &Waiting,
    blocks: Option<(Instant, &str)>,
    key: &str,
    now: Instant,
) -> io::Result<Vec<NewNotice>> {
    let letter = |(number, mailbox)| {
        let reader = Reader { mailbox, language: Language::English, zone: programme.time_zone, calendar: false };
        let link = |answer: Release| {
            let token = mailing.key.token(Purpose::Release, SubscriberId(waiting.id), answer.name(), 0);
            Some(format!("{}/{}/release/{token}", mailing.sender.base_url, programme.id))
        };
        let blocks = blocks.and_then(|(_, id)| {
            let deadline = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id)?;
            Some((deadline.title.clone(), deadline.due))
        });
        let blocks = blocks.filter(|(_, due)| *due != Due::Open);
        // The first has the key by which it is known that they were told.
        let key = if number == 0 { key.to_owned() } else { format!("{key} {number}") };
        let letter = Letter {
            programme,
            sender: &mailing.sender,
            reader: &reader,
            key: &key,
            at: now,
            after: Vec::new(),
            links: Links {
                act: link(Release::Send),
                other_act: link(Release::Count),
                ..mailing.public(programme.id.as_str())
            },
            calendar: None,
            content: Content::Hold { reason: reason(waiting), waiting: waiting.waiting, blocks },
        };
        notice(&letter, &mailing.templates, None, now)
    };
    told.iter().cloned().enumerate().map(letter).collect()
}

/// Why it waits, and after a restored backup what to do instead of pressing a button.
pub fn reason(waiting: &Waiting) -> String {
    let Waiting { id, reason, cause, .. } = waiting;
    if *cause != Cause::Away {
        return reason.clone();
    }
    format!(
        "{reason}. After a restored backup do not press a button: run allim outbox release {id} --restored to send them, or \
         allim outbox count-as-sent {id} --restored"
    )
}

/// What a button in such a mail leads to, and what it says; none when it is no link of ours.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow(app: &App, programme: &str, token: &str) -> Result<Option<(Waiting, Release)>, StoreError> {
    let (Some(mailing), Some(claim)) = (app.mailing(), Claim::read(token)) else { return Ok(None) };
    let Some(answer) = Release::named(&claim.scope).filter(|_| mailing.key.holds(Purpose::Release, &claim, 0)) else {
        return Ok(None);
    };
    let waiting = app.store().hold(claim.subscriber.0).await?;
    Ok(waiting.filter(|waiting| waiting.programme == programme).map(|waiting| (waiting, answer)))
}

/// Takes an organizer's answer. False when somebody was faster.
///
/// # Errors
/// When it cannot be kept.
pub async fn release(app: &App, waiting: &Waiting, answer: Release) -> Result<bool, StoreError> {
    let released = app.store().release(waiting.id, answer).await?;
    if released {
        tracing::info!(programme = %waiting.programme, hold = waiting.id, "released: {}", answer.name());
        app.ring();
    }
    Ok(released)
}
