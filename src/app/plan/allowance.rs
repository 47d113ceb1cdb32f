//! The relay's allowance: where more reminders fall due on a day than it takes, the organizers are told three days ahead.

use std::collections::BTreeMap;
use std::io;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};

use super::Table;
use super::hold::pairs;
use crate::app::mailing::Mailing;
use crate::app::organizers;
use crate::app::post::notice;
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::subscription::Stated;
use crate::mail::letter::{Content, Letter, Reader};
use crate::store::StoreError;
use crate::store::planning::Clocked;

/// So many days are looked at: today, and three more.
const AHEAD: u64 = 4;

impl Table<'_> {
    /// How many reminders fall due on each of the next days, by date in UTC.
    async fn coming(&self) -> Result<BTreeMap<NaiveDate, usize>, StoreError> {
        let (id, today) = (self.programme.id.as_str(), self.now.date_naive());
        let end = (today + Days::new(AHEAD)).and_time(NaiveTime::MIN).and_utc();
        let (leads, clocks) = (self.leads().await?, self.store.clocks(id).await?);
        let mut coming: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        for watched in self.open() {
            let Stated::At(due) = watched.telling.what else { continue };
            for (zone, lead) in pairs(&clocks, &leads) {
                for to_the_minute in [false, true] {
                    let fire = lead.fire(due, zone, to_the_minute);
                    if self.now < fire && fire < end {
                        let clocked = Clocked { zone, to_the_minute, lead };
                        let people = self.store.clocked(id, &clocked, self.remind.contains_key(&lead)).await?;
                        *coming.entry(fire.date_naive()).or_default() += people.len();
                    }
                }
            }
        }
        Ok(coming)
    }
}

/// Tells the organizers of days on which more falls due than the relay takes; of each day once.
///
/// # Errors
/// When the store cannot be used, or a letter makes no message.
pub(super) async fn tell(app: &App, mailing: &Mailing, table: &Table<'_>) -> io::Result<()> {
    let Some(most) = app.dispatcher().and_then(|by| by.per_day()).filter(|most| *most > 0) else { return Ok(()) };
    let (id, now) = (table.programme.id.as_str(), table.now);
    let coming = table.coming().await.map_err(io::Error::other)?;
    let mut notices = Vec::new();
    for (day, number) in coming.into_iter().filter(|(_, number)| *number > most) {
        let first = format!("allowance {id} {day} 0");
        if table.store.is_known(&first).await.map_err(io::Error::other)? {
            continue;
        }
        let days = number.div_ceil(most);
        let last = day + TimeDelta::days(i64::try_from(days).unwrap_or(i64::MAX) - 1);
        let line = format!(
            "{}: {number} reminders fall due, and the relay takes {most} mails in a day (ALLIM_MAIL_PER_DAY): the last \
             of them would leave on {}",
            day.format("%a %-d %B"),
            last.format("%a %-d %B")
        );
        let all =
            organizers::told(table.store, &mailing.organizers, table.programme).await.map_err(io::Error::other)?;
        for (number, mailbox) in all.into_iter().enumerate() {
            let zone = table.programme.time_zone;
            let reader = Reader { mailbox, language: Language::English, zone, calendar: false };
            let letter = Letter {
                programme: table.programme,
                sender: &mailing.sender,
                reader: &reader,
                key: &format!("allowance {id} {day} {number}"),
                at: now,
                after: Vec::new(),
                links: mailing.public(id),
                calendar: None,
                content: Content::Digest { lines: vec![line.clone()], coming: true },
            };
            notices.push(notice(&letter, &mailing.templates, None, now)?);
        }
    }
    if !notices.is_empty() {
        app.enqueue(&notices).await.map_err(io::Error::other)?;
    }
    Ok(())
}
