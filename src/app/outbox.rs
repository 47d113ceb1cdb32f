//! The outbox for whoever runs the service: what waits, what was sent, what comes; and what they can do about it.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use crate::app::plan::forecast;
use crate::app::publish::content_of;
use crate::clock::Clock;
use crate::domain::announcement::{Announcement, Says};
use crate::domain::kind::Named;
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NoticeId, NoticeKind, NoticeState};
use crate::domain::planner::{Dates, Watched};
use crate::domain::programme::Programme;
use crate::domain::publication::{Publication, Source};
use crate::domain::zone::Instant;
use crate::mail::reading::{self, Readable};
use crate::store::outbox::{Attempted, Listed};
use crate::store::planning::{Release, Waiting};
use crate::store::{Store, StoreError};

use super::consider::programme_of;

pub use crate::store::outbox::Sought;

/// What an organizer looks at first.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What waits for them.
    pub waiting: Vec<Waiting>,
    /// Changes on hold, each with its programme's id.
    pub held: Vec<(String, Watched)>,
    /// What was announced and has not left.
    pub announced: Vec<Announcement>,
    /// Why nothing leaves, where the queue is paused.
    pub paused: Option<String>,
    /// How many notices are in each state.
    pub counts: BTreeMap<NoticeState, usize>,
    /// The newest notices.
    pub notices: Vec<Listed>,
}

/// Looks.
///
/// # Errors
/// When the store cannot be read.
pub async fn overview(
    store: &Store,
    programme: Option<&str>,
    state: Option<NoticeState>,
    most: usize,
    now: Instant,
) -> Result<Overview, StoreError> {
    let concerned = |id: &str| programme.is_none_or(|programme| programme == id);
    let (mut held, mut announced) = (Vec::new(), Vec::new());
    for (id, _) in store.heads().await?.into_iter().filter(|(id, _)| concerned(id)) {
        announced.extend(store.open_announcements(&id).await?);
        let watched = store.watched(&id).await?;
        held.extend(watched.into_iter().filter(|watched| watched.is_held(now)).map(|watched| (id.clone(), watched)));
    }
    let mut notices = store.outbox_of(Sought { programme, state, ..Sought::default() }, most).await?;
    notices.reverse();
    let mut waiting = store.waiting(programme).await?;
    waiting.retain(|waiting| waiting.answer.is_none());
    let paused =
        store.pause().await?.map(|pause| format!("nothing leaves since {}: {}", utc(pause.since), pause.reason));
    Ok(Overview { waiting, held, announced, paused, counts: store.counts(programme).await?, notices })
}

impl Overview {
    /// For people: what is to be decided first.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for hold in &self.waiting {
            let (id, programme) = (hold.id, &hold.programme);
            let about = hold.deadline.as_ref().map_or(String::new(), |deadline| format!(" {deadline}"));
            let _ = writeln!(out, "WAITS {id}  {programme}{about}: {} (since {})", hold.reason, utc(hold.since));
            let _ = writeln!(out, "  allim outbox release {id}, or allim outbox count-as-sent {id}");
        }
        for (programme, watched) in &self.held {
            let Some(held) = watched.held else { continue };
            let deadline = &watched.telling.deadline;
            let until = if held.stopped { "until you say so".to_owned() } else { format!("until {}", utc(held.until)) };
            let _ = writeln!(out, "HELD  {programme} {deadline}: its change is told to nobody {until}");
            let stop =
                if held.stopped { String::new() } else { format!("allim outbox stop {programme} {deadline}, or ") };
            let _ = writeln!(out, "  {stop}allim outbox send-now {programme} {deadline}");
        }
        for announcement in &self.announced {
            let Announcement { programme, due, .. } = announcement;
            let (what, verb) = announced(announcement);
            let _ = writeln!(out, "ANNOUNCED  {programme} {what}: it leaves at {}", utc(*due));
            let _ = writeln!(out, "  allim {verb} {programme} --undo takes it back");
        }
        if let Some(paused) = &self.paused {
            let _ = writeln!(out, "PAUSED {paused}");
        }
        for notice in &self.notices {
            let to = notice.recipient.as_deref().and_then(|to| to.parse().ok());
            let to = to.map_or_else(String::new, |to: crate::domain::mailbox::Mailbox| format!(" to {}", to.masked()));
            let about = about(notice);
            let at = notice.settled.or(notice.ready).unwrap_or(notice.due);
            let (id, kind, state) = (notice.id, notice.kind.name(), notice.state.name());
            let _ = writeln!(out, "{id:>6}  {}  {state:<10} {}{about}: {kind}{to}", utc(at), notice.programme);
            if let Some(said) = said(notice) {
                let _ = writeln!(out, "        {said}");
            }
        }
        let counts: Vec<String> =
            self.counts.iter().map(|(state, number)| format!("{number} {}", state.name())).collect();
        let _ =
            writeln!(out, "{}", if counts.is_empty() { "nothing was sent yet".to_owned() } else { counts.join(", ") });
        out
    }

    /// What waits, is held or stands still, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let waits = self.waiting.iter().map(|hold| {
            let about = hold.deadline.as_ref().map_or(String::new(), |deadline| format!(" of {deadline}"));
            format!("Mail{about} waits for an organizer: {}.", hold.reason.trim_end_matches('.'))
        });
        let held = self.held.iter().filter_map(|(_, watched)| {
            let held = watched.held?;
            let until =
                if held.stopped { "until somebody says so".to_owned() } else { format!("until {}", utc(held.until)) };
            Some(format!("The change of {} is told to nobody {until}.", watched.telling.deadline))
        });
        let announced = self.announced.iter().map(|announcement| {
            format!("What was announced leaves at {}: {}.", utc(announcement.due), announced(announcement).0)
        });
        let paused = self.paused.iter().map(|paused| format!("The queue is paused: {paused}."));
        waits.chain(held).chain(announced).chain(paused).collect()
    }

    /// One JSON object a line, the holds first.
    pub fn json_lines(&self) -> String {
        let mut lines = Vec::new();
        for hold in &self.waiting {
            lines.push(json!({
                "hold": hold.id, "programme": hold.programme, "deadline": hold.deadline, "reason": hold.reason,
                "since": hold.since, "waiting": hold.waiting,
            }));
        }
        for (programme, watched) in &self.held {
            lines.push(json!({
                "held": watched.telling.deadline, "programme": programme,
                "until": watched.held.filter(|held| !held.stopped).map(|held| held.until),
            }));
        }
        for announcement in &self.announced {
            lines.push(json!({
                "announced": announced(announcement).0, "programme": announcement.programme,
                "about": announcement.about(), "due": announcement.due,
            }));
        }
        for notice in &self.notices {
            lines.push(json!({
                "notice": notice.id.0, "programme": notice.programme, "kind": notice.kind.name(),
                "state": notice.state.name(), "deadline": notice.deadline, "due": notice.due, "ready": notice.ready,
                "settled": notice.settled, "attempts": notice.attempts, "key": notice.key,
                "reply": notice.reply.as_ref().map(ToString::to_string),
            }));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What an announcement is called, and the command it was made by.
fn announced(announcement: &Announcement) -> (String, &'static str) {
    match &announcement.says {
        Says::Words { subject, about, .. } => {
            let about = about.as_ref().map_or(String::new(), |about| format!(" about {about}"));
            (format!("\"{subject}\"{about}"), "announce")
        }
        Says::Decisions => ("that decisions are out".to_owned(), "decisions"),
        Says::Closing { .. } => ("that it is over".to_owned(), "closing"),
    }
}

/// The announcement that will tell a change of a deadline once it leaves, in words.
///
/// # Errors
/// When the store cannot be read.
pub async fn told_by(
    store: &Store,
    programme: &str,
    deadline: &str,
    now: Instant,
) -> Result<Option<String>, StoreError> {
    let open = store.open_announcements(programme).await?;
    let about = open.iter().find(|announcement| announcement.about() == Some(deadline) && announcement.due > now);
    Ok(about.map(|about| format!("the announcement {} tells it, at {}", announced(about).0, utc(about.due))))
}

/// The deadlines a notice is about, in a word or two.
fn about(notice: &Listed) -> String {
    match (&notice.deadline, notice.states) {
        (None, _) => String::new(),
        (Some(deadline), 0 | 1) => format!(" {deadline}"),
        (Some(deadline), several) => format!(" {deadline} and {} more", several - 1),
    }
}

/// What the relay said of a notice that it did not take, and when it is tried again.
fn said(notice: &Listed) -> Option<String> {
    use NoticeState::{Delayed, Failed, Uncertain};
    if !matches!(notice.state, Delayed | Failed | Uncertain) {
        return None;
    }
    let reply = notice.reply.as_ref().map_or_else(|| "nothing was said".to_owned(), ToString::to_string);
    let attempts = if notice.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", notice.attempts) };
    let next = notice.ready.map_or_else(String::new, |ready| format!("; again at {}", utc(ready)));
    Some(format!("{reply} ({attempts}{next})"))
}

/// What will be sent of a programme's reminders if nothing changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ahead {
    /// Days on which some are, with how many of which deadline, how long before it.
    pub days: BTreeMap<NaiveDate, Vec<(String, LeadTime, usize)>>,
    programme: String,
    span: u32,
    /// What the relay takes in a day.
    per_day: Option<usize>,
}

/// Looks ahead.
///
/// # Errors
/// When the store cannot be read.
pub async fn look_ahead(
    store: &Store,
    programme: &Programme,
    span: u32,
    per_day: Option<usize>,
    now: Instant,
) -> Result<Ahead, StoreError> {
    let until = now + TimeDelta::days(span.into());
    let mut lines: BTreeMap<(NaiveDate, String, String), (LeadTime, usize)> = BTreeMap::new();
    for (fire, deadline, lead) in forecast(store, programme, now, until).await? {
        let day = (fire.date_naive(), deadline, lead.to_string());
        lines.entry(day).or_insert((lead, 0)).1 += 1;
    }
    let mut days: BTreeMap<NaiveDate, Vec<(String, LeadTime, usize)>> = BTreeMap::new();
    for ((day, deadline, _), (lead, number)) in lines {
        days.entry(day).or_default().push((deadline, lead, number));
    }
    Ok(Ahead { days, programme: programme.id.to_string(), span, per_day })
}

impl Ahead {
    /// How many reminders there are on a day.
    pub fn on(&self, day: NaiveDate) -> usize {
        self.days.get(&day).map_or(0, |lines| lines.iter().map(|(.., number)| number).sum())
    }

    /// How many there are in all.
    pub fn total(&self) -> usize {
        self.days.keys().map(|day| self.on(*day)).sum()
    }

    /// What the relay takes in a day, where a day has more.
    pub fn exceeded(&self, day: NaiveDate) -> Option<usize> {
        self.per_day.filter(|most| self.on(day) > *most)
    }

    /// A line a day and deadline; with a word where that is more than the relay takes in a day.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let said = |day: NaiveDate| day.format("%a %-d %b %Y");
        for (day, lines) in &self.days {
            for (deadline, lead, number) in lines {
                let _ = writeln!(out, "{}  {number:>6} x {deadline}, {lead} before", said(*day));
            }
        }
        for day in self.days.keys() {
            if let Some(most) = self.exceeded(*day) {
                let _ =
                    writeln!(out, "{} is too much: {}, and the relay takes {most} in a day", said(*day), self.on(*day));
            }
        }
        let _ = writeln!(out, "{} reminders of {} in {} days", self.total(), self.programme, self.span);
        out
    }
}

/// The same as text.
///
/// # Errors
/// As [`look_ahead`].
pub async fn ahead(
    store: &Store,
    programme: &Programme,
    days: u32,
    per_day: Option<u32>,
    now: Instant,
) -> Result<String, StoreError> {
    let per_day = per_day.and_then(|most| usize::try_from(most).ok());
    Ok(look_ahead(store, programme, days, per_day, now).await?.text())
}

/// One mail, with everything that was tried.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The notice.
    pub notice: Listed,
    /// The attempts, oldest first.
    pub attempts: Vec<Attempted>,
    /// The message, without the keys in its links; none once it is deleted, and of a link to sign in, which is for one
    /// pair of eyes.
    pub read: Option<Readable>,
}

/// Looks at one mail of a programme; none when there is no such.
///
/// # Errors
/// When the store cannot be read.
pub async fn mail(store: &Store, programme: &str, id: NoticeId) -> Result<Option<Mail>, StoreError> {
    let Some(notice) = store.notice(id).await?.filter(|notice| notice.programme == programme) else { return Ok(None) };
    let message = store.message(id).await?.filter(|_| notice.kind != NoticeKind::SignIn);
    let read = message.and_then(|message| reading::read(&message.octets)).map(Readable::without_keys);
    Ok(Some(Mail { attempts: store.attempts(id).await?, notice, read }))
}

/// Gives an answer to what waits. False when it does not wait any more.
///
/// # Errors
/// When it cannot be kept.
pub async fn answer(store: &Store, hold: i64, answer: Release) -> Result<bool, StoreError> {
    store.release(hold, answer).await
}

/// Tries a notice again that failed for good. False when it is none, or its message is deleted.
///
/// # Errors
/// When it cannot be kept.
pub async fn retry(store: &Store, notice: NoticeId, now: Instant) -> Result<bool, StoreError> {
    store.retry(notice, now).await
}

/// After a backup was restored: what calendars know already is newer than what it says, so every SEQUENCE (RFC 5545
/// 3.8.7.4) jumps ahead of it.
///
/// # Errors
/// When it cannot be published; [`StoreError::Conflict`] when somebody else published meanwhile.
pub async fn raise_sequences(store: &Store, programme: &str, clock: &Clock) -> Result<u32, StoreError> {
    let Some(live) = store.head(programme).await? else { return Ok(0) };
    let mut revision = live.revision;
    let now = clock.now();
    revision.raise(now);
    let number = revision.number;
    let content = content_of(revision.source.as_bytes());
    let dates = programme_of(&revision).map(|read| Dates::of(&read, Some(&read)));
    let Some(dates) = dates else { return Ok(0) };
    let note = Some("A backup was restored".to_owned());
    let publication = Publication { revision, source: Source::CommandLine, note, changes: Vec::new() };
    store.append(programme, &publication, &dates, &content).await?;
    Ok(number)
}

/// A state by its name.
pub fn state(name: &str) -> Option<NoticeState> {
    NoticeState::named(name)
}

fn utc(instant: Instant) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}
