//! The digest: what was not sent, told to the organizers once a day at most, and never to authors.

use std::io;

use chrono::TimeDelta;

use super::Table;
use crate::app::mailing::Mailing;
use crate::app::organizers;
use crate::app::post::notice;
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::mail::letter::{Content, Letter, Reader};
use crate::store::planning::NotSent;

/// From one digest to the next.
const APART: TimeDelta = TimeDelta::days(1);

/// Tells the organizers what was not sent since they were told last.
///
/// # Errors
/// When the store cannot be used, or a letter makes no message; the next tick tries again.
pub(super) async fn tell(app: &App, mailing: &Mailing, table: &Table<'_>) -> io::Result<()> {
    let (store, programme, now) = (table.store, table.programme, table.now);
    let id = programme.id.as_str();
    let since = store.digested(id).await.map_err(io::Error::other)?;
    if since.is_some_and(|since| now - since < APART) {
        return Ok(());
    }
    let not_sent = store.not_sent(id, since, now).await.map_err(io::Error::other)?;
    if not_sent.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = not_sent.iter().map(|not_sent| line(table, not_sent)).collect();
    let mut notices = Vec::new();
    let all = organizers::told(store, &mailing.organizers, programme).await.map_err(io::Error::other)?;
    for (number, mailbox) in all.into_iter().enumerate() {
        let reader = Reader { mailbox, language: Language::English, zone: programme.time_zone, calendar: false };
        let letter = Letter {
            programme,
            sender: &mailing.sender,
            reader: &reader,
            key: &format!("digest {id} {} {number}", since.map_or(0, |since| since.timestamp())),
            at: now,
            after: Vec::new(),
            links: mailing.public(id),
            calendar: None,
            content: Content::Digest { lines: lines.clone(), coming: false },
        };
        notices.push(notice(&letter, &mailing.templates, None, now)?);
    }
    // Cut off between the two, the same letters have the same keys.
    app.enqueue(&notices).await.map_err(io::Error::other)?;
    store.digest(id, now).await.map_err(io::Error::other)
}

fn line(table: &Table<'_>, not_sent: &NotSent) -> String {
    let id = not_sent.deadline.as_deref().unwrap_or_default();
    let deadline = table.programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
    let title = deadline.map_or(id, |deadline| deadline.title.as_str());
    let what = match (not_sent.kind, not_sent.number) {
        (NoticeKind::Reminder, 1) => "1 reminder".to_owned(),
        (NoticeKind::Reminder, number) => format!("{number} reminders"),
        (kind, 1) => format!("1 {}", kind.name()),
        (kind, number) => format!("{number} {}s", kind.name()),
    };
    match not_sent.state {
        NoticeState::Expired => format!("{title}: {what} not sent, for the deadline passed first"),
        NoticeState::Uncertain => format!(
            "{title}: {what} may not have arrived: the relay took the message twice and never said so. allim outbox list \
             --only uncertain shows them, allim outbox retry NUMBER sends one again"
        ),
        _ => format!(
            "{title}: {what} refused for good. allim outbox list --only failed shows the relay's words, allim outbox \
             retry NUMBER tries one again"
        ),
    }
}
