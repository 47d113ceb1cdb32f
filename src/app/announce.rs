//! Announcing: an organizer's own words, or that decisions are out, through the queue that every mail goes through.
//!
//! What is announced is kept, and the running service makes the mails of it once it is due; so this can run beside it, and
//! what was announced can be taken back until then. A preview shows the mail, and says who gets it and who does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::TimeDelta;

use crate::app::mailing::Mailing;
use crate::app::plan;
use crate::app::serve::App;
use crate::app::subscribe::number;
use crate::domain::announcement::{self, Addressees, Announcement, Missed, Says};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::entry::Key;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::link::fingerprint;
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{Message, NewNotice, NoticeKind};
use crate::domain::planner::{DeadlineFacts, Watched};
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::domain::subscription::{ReaderRole, SubscriberId};
use crate::domain::zone::Instant;
use crate::mail::compose::says_something;
use crate::mail::reading::{self, Readable};
use crate::store::announcements::TakenBack;
use crate::store::{Store, StoreError};

/// A longer subject would be cut by whoever shows it; its first forty letters tell it.
const LONGEST_SUBJECT: usize = 120;

/// A longer body would make a mail of over 30 KB, for it stands there twice.
const LONGEST_BODY: usize = 10_000;

/// Why something is not announced.
#[derive(Debug, thiserror::Error)]
pub enum NotAnnounced {
    /// It has no subject.
    #[error("the subject is empty: its first forty letters are what people read")]
    NoSubject,
    /// A subject is one line.
    #[error("the subject must be one line of plain text")]
    SubjectLines,
    /// A subject people do not see the end of.
    #[error("the subject has {0} characters; {LONGEST_SUBJECT} are the most, and the first forty tell it")]
    SubjectLong(usize),
    /// It is no text.
    #[error("it is not written in UTF-8 (byte {0}): save it as UTF-8 and try again")]
    NotUtf8(usize),
    /// Nothing of it would be read.
    #[error("nothing of it would be read: it is empty, or holds nothing but markup that mails do not have")]
    NoBody,
    /// A body that makes too large a mail.
    #[error("it has {0} characters; {LONGEST_BODY} are the most: say the rest on a page, and link it")]
    BodyLong(usize),
    /// There is no such entry.
    #[error("{programme} has no deadline or session {id}; it has {known}")]
    NoEntry {
        /// The programme.
        programme: String,
        /// What was named.
        id: String,
        /// What there is.
        known: String,
    },
    /// It is about a date of others.
    #[error("the date of {0} is set by others, and nobody is written to about it; leave --about out")]
    AnothersDate(String),
    /// Nobody knows when the workshop is over.
    #[error("the programme has no dates and no sessions yet: nobody knows when it is over")]
    NoLastDay,
    /// It is not over.
    #[error("the workshop is not over: the closing mail goes from {} on", .0.format("%-d %b %Y, %H:%M UTC"))]
    NotOver(Instant),
    /// It was over long ago.
    #[error(
        "the closing mail could go until {}: two weeks after the workshop nobody waits for it any more",
        .0.format("%-d %b %Y, %H:%M UTC")
    )]
    LongOver(Instant),
    /// The same waits already.
    #[error("the same is announced already and has not left yet; allim outbox list shows it")]
    Twice,
    /// Nobody would get it.
    #[error("nobody would get it")]
    Nobody,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mail that cannot be made.
    #[error("no mail can be made of it")]
    NoMail,
}

impl NotAnnounced {
    /// Whether the file of the body is to be mended.
    pub fn is_of_the_body(&self) -> bool {
        matches!(self, NotAnnounced::NotUtf8(_) | NotAnnounced::NoBody | NotAnnounced::BodyLong(_))
    }
}

/// Words of an organizer, made sure of: subject, octets of the body, the entry they are about.
///
/// # Errors
/// With what is wrong with them.
pub fn words(programme: &Programme, subject: &str, body: &[u8], about: Option<&str>) -> Result<Says, NotAnnounced> {
    let subject = subject.trim();
    let letters = subject.chars().count();
    if subject.is_empty() {
        return Err(NotAnnounced::NoSubject);
    }
    if subject.chars().any(char::is_control) {
        return Err(NotAnnounced::SubjectLines);
    }
    if letters > LONGEST_SUBJECT {
        return Err(NotAnnounced::SubjectLong(letters));
    }
    let body = markdown(body)?;
    let about = about.map(|about| entry(programme, about)).transpose()?;
    Ok(Says::Words { subject: subject.to_owned(), body: body.to_owned(), about })
}

/// The mail after the workshop, made sure of: with these words, or with what the programme has to say.
///
/// # Errors
/// When it is not the time for it, or with what is wrong with the words.
pub fn closing(programme: &Programme, body: Option<&[u8]>, now: Instant) -> Result<Says, NotAnnounced> {
    let Some((first, last)) = announcement::closing_days(programme) else { return Err(NotAnnounced::NoLastDay) };
    if now < first {
        return Err(NotAnnounced::NotOver(first));
    }
    if now >= last {
        return Err(NotAnnounced::LongOver(last));
    }
    let body = body.map(|body| markdown(body).map(str::to_owned)).transpose()?;
    Ok(Says::Closing { body })
}

/// An organizer's words.
fn markdown(octets: &[u8]) -> Result<&str, NotAnnounced> {
    let body = std::str::from_utf8(octets).map_err(|error| NotAnnounced::NotUtf8(error.valid_up_to() + 1))?;
    let body = body.trim_start_matches('\u{feff}').trim_end();
    if !says_something(body) {
        return Err(NotAnnounced::NoBody);
    }
    let letters = body.chars().count();
    if letters > LONGEST_BODY {
        return Err(NotAnnounced::BodyLong(letters));
    }
    Ok(body)
}

/// The id that an entry has today.
fn entry(programme: &Programme, id: &str) -> Result<String, NotAnnounced> {
    let mut deadlines = programme.deadlines.iter();
    let deadline = deadlines
        .find(|known| known.id.as_str() == id)
        .or_else(|| programme.deadlines.iter().find(|known| known.formerly.iter().any(|former| former.as_str() == id)));
    if let Some(deadline) = deadline {
        let id = deadline.id.to_string();
        return if deadline.ours { Ok(id) } else { Err(NotAnnounced::AnothersDate(id)) };
    }
    if let Some(session) = plan::session(programme, id) {
        return Ok(session.id.to_string());
    }
    let deadlines = programme.deadlines.iter().map(|deadline| deadline.id.as_str());
    let known: Vec<&str> = deadlines.chain(programme.sessions.iter().map(|session| session.id.as_str())).collect();
    let known = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
    Err(NotAnnounced::NoEntry { programme: programme.id.to_string(), id: id.to_owned(), known })
}

/// Changes that make an announcement likely, each with the id of its entry, where it has one, and a subject: nobody is
/// written to about sessions by itself.
pub fn likely(changes: &[Change]) -> impl Iterator<Item = (Option<&str>, String)> {
    use ChangeKind::{Cancelled, CityMoved, DayMoved, Moved, Reinstated, RoomMoved};
    let about = changes
        .iter()
        .filter(|change| matches!(change.kind, Cancelled | CityMoved | DayMoved | Moved | Reinstated | RoomMoved));
    about.map(|change| (change.entry.as_ref().and_then(Key::id), format!("{} {}", change.title, change.kind.name())))
}

/// The same, each as the command that makes it.
pub fn offered(programme: &str, changes: &[Change]) -> Vec<String> {
    let command = |(id, subject): (Option<&str>, String)| {
        let id = id.map_or(String::new(), |id| format!("--about {id} "));
        let subject = subject.replace(['"', '$', '`', '\\'], "");
        format!(
            "calendars follow by themselves; to tell people by mail: allim announce {programme} --to all {id}\
             --subject \"{subject}\" --body FILE.md"
        )
    };
    likely(changes).map(command).collect()
}

/// What is to be announced, and to whom.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The announcement, as it would be kept.
    pub announcement: Announcement,
    /// When it leaves.
    pub leaves: Leaves,
    /// Who gets it.
    pub reached: Vec<(SubscriberId, ReaderRole, Language)>,
    /// Who does not, and why.
    pub missed: BTreeMap<Missed, usize>,
}

/// When an announcement leaves. One about a deadline waits for the hold of that one's change, and tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaves {
    /// At once.
    Now,
    /// Then; until then it can be taken back.
    At(Instant),
    /// When the hold of a change ends.
    WithChange(Instant),
    /// When a change that was stopped is released.
    Stopped,
}

/// Looks who would get it. With `at_once` it is not held.
///
/// # Errors
/// When the store cannot be read.
pub async fn draft(
    store: &Store,
    programme: &Programme,
    to: Addressees,
    says: Says,
    at_once: bool,
    now: Instant,
) -> Result<Draft, StoreError> {
    let id = programme.id.as_str();
    let mut announcement =
        Announcement { id: number(), programme: id.to_owned(), to, says, made: now, due: now, told: false };
    let deadline = announcement.about().and_then(|about| programme.deadlines.iter().find(|d| d.id.as_str() == about));
    let about = deadline.map(|deadline| DeadlineFacts::of(deadline, deadline.id.as_str()));
    if !at_once {
        announcement.due = announcement::due(now, about.as_ref().map(|about| about.statement.stated()));
    }
    let unreachable = store.unreachable(id).await?;
    let (mut reached, mut missed) = (Vec::new(), BTreeMap::new());
    // Of words each announcement is another; the rest is told once.
    let known = match announcement.says {
        Says::Words { .. } => BTreeSet::new(),
        Says::Decisions | Says::Closing { .. } => store.standing(id, announcement.says.kind()).await?,
    };
    for subscriber in store.subscribers(id).await? {
        let before = || known.contains(&announcement.key(subscriber.id)).then_some(Missed::Before);
        let cannot = unreachable.contains(&subscriber.id).then_some(Missed::Unreachable).or_else(before);
        match announcement.missed_by(&subscriber, about.as_ref()).or(cannot) {
            None => reached.push((subscriber.id, subscriber.role, subscriber.language)),
            Some(why) => *missed.entry(why).or_insert(0) += 1,
        }
    }
    let watched = if about.is_some() { store.watched(id).await? } else { Vec::new() };
    let leaves = leaves(&announcement, &watched, now);
    Ok(Draft { announcement, leaves, reached, missed })
}

/// A change of the deadline may be held longer than the announcement: it is told by it, once the hold ends.
fn leaves(announcement: &Announcement, watched: &[Watched], now: Instant) -> Leaves {
    let about = watched.iter().find(|watched| announcement.about() == Some(watched.telling.deadline.as_str()));
    let due = announcement.due;
    match about.and_then(|about| about.held).filter(|held| held.holds(now)) {
        Some(held) if held.stopped => Leaves::Stopped,
        Some(held) if held.until > due => Leaves::WithChange(held.until),
        _ if due > announcement.made => Leaves::At(due),
        _ => Leaves::Now,
    }
}

impl Draft {
    /// The mail as the first reader of each language would get it, with links that lead nowhere.
    ///
    /// # Errors
    /// When the store cannot be read, or no mail can be made of it.
    pub async fn mails(
        &self,
        store: &Store,
        mailing: &Mailing,
        (programme, revision): (&Programme, &Revision),
        now: Instant,
    ) -> Result<Vec<(Language, Message)>, NotAnnounced> {
        let samples = self.samples(store, mailing, (programme, revision), None, now).await?;
        Ok(samples.into_iter().map(|(language, sample)| (language, sample.message)).collect())
    }

    /// The same, of nobody's subscription, addressed to whoever looks at it.
    async fn samples(
        &self,
        store: &Store,
        mailing: &Mailing,
        (programme, revision): (&Programme, &Revision),
        to: Option<&Mailbox>,
        now: Instant,
    ) -> Result<Vec<(Language, NewNotice)>, NotAnnounced> {
        let mut samples = Vec::new();
        for (_, language) in Language::ALL {
            let Some((id, ..)) = self.reached.iter().find(|(.., own)| own == language) else { continue };
            let people = store.people(&[*id]).await?;
            let Some(mut person) = people.into_iter().next() else { continue };
            // Whoever looks at a preview is not to be given somebody's links.
            person.subscriber.id = SubscriberId(to.map_or(0, |_| number()));
            if let Some(to) = to {
                person.subscriber.mailbox = to.clone();
            }
            let desk = plan::Desk { programme, revision, mailing, now };
            let made = plan::sample(&desk, &person, &self.announcement);
            let made = made.ok_or(NotAnnounced::NoMail)?;
            samples.push((*language, NewNotice { subscriber: None, states: Vec::new(), until: None, ..made }));
        }
        Ok(samples)
    }

    /// The mail as its readers will see it, by language, addressed to an organizer.
    ///
    /// # Errors
    /// As [`Draft::mails`].
    pub async fn preview(
        &self,
        app: &App,
        (programme, revision): (&Programme, &Revision),
        to: &Mailbox,
        now: Instant,
    ) -> Result<Vec<(Language, Readable)>, NotAnnounced> {
        let Some(mailing) = app.mailing() else { return Ok(Vec::new()) };
        let samples = self.samples(app.store(), mailing, (programme, revision), Some(to), now).await?;
        let read = |(language, sample): (Language, NewNotice)| {
            Some((language, reading::read(&sample.message.octets)?.without_keys()))
        };
        Ok(samples.into_iter().filter_map(read).collect())
    }

    /// Mails that preview to an organizer, to see it where mail is read. The same `token` sends it once.
    ///
    /// # Errors
    /// As [`Draft::mails`].
    pub async fn mail_preview(
        &self,
        app: &App,
        (programme, revision): (&Programme, &Revision),
        (to, token): (&Mailbox, &str),
        now: Instant,
    ) -> Result<usize, NotAnnounced> {
        let Some(mailing) = app.mailing() else { return Ok(0) };
        let samples = self.samples(app.store(), mailing, (programme, revision), Some(to), now).await?;
        let notice = |(language, sample): (Language, NewNotice)| {
            let key = format!("preview {} {}", fingerprint(token), language.tag());
            NewNotice { key, deadline: None, ..sample }
        };
        let notices: Vec<NewNotice> = samples.into_iter().map(notice).collect();
        Ok(app.enqueue(&notices).await?)
    }

    /// How many of each role get it.
    pub fn roles(&self) -> [(usize, &'static str); 2] {
        let count = |role| self.reached.iter().filter(|(_, own, _)| *own == role).count();
        [(count(ReaderRole::Author), "author"), (count(ReaderRole::Attendee), "attendee")]
    }

    /// How many read it in each language.
    pub fn languages(&self) -> Vec<(usize, Language)> {
        let count = |language| self.reached.iter().filter(|(.., own)| *own == language).count();
        Language::ALL.iter().map(|(_, language)| (count(*language), *language)).collect()
    }

    /// How many people get it, and who does not.
    pub fn people(&self) -> String {
        let mut out = String::new();
        let by_role = self.roles().into_iter().filter(|(count, _)| *count > 0).map(|(n, role)| many(n, role));
        let by_role: Vec<String> = by_role.collect();
        let languages: Vec<String> = self
            .languages()
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, language)| format!("{count} in {}", language.tag()))
            .collect();
        let _ = match by_role.is_empty() {
            true => writeln!(out, "it reaches nobody"),
            false => writeln!(out, "it reaches {} ({})", by_role.join(" and "), languages.join(", ")),
        };
        for (why, count) in &self.missed {
            let why = match why {
                Missed::OtherRole => continue,
                Missed::Left => "they left",
                Missed::Unconfirmed => "they did not confirm",
                Missed::NotTheirs => "they hear nothing of this deadline: it is not for them, or they unticked it",
                Missed::Answered => "they have said already whether they were accepted",
                Missed::Before => "they were written to about it before, and are once",
                Missed::NotAskedFor => "they were not accepted, and did not ask for it",
                Missed::Unreachable => "mail to them came back",
            };
            let _ = writeln!(out, "left out: {count}, for {why}");
        }
        out
    }

    /// When it leaves, and how to take it back.
    pub fn when(&self) -> String {
        let Announcement { programme, says, .. } = &self.announcement;
        let verb = match says {
            Says::Words { .. } => "announce",
            Says::Decisions => "decisions",
            Says::Closing { .. } => "closing",
        };
        let back = format!("allim {verb} {programme} --undo takes it back");
        let clock = |at: &Instant| at.format("%Y-%m-%d %H:%M UTC").to_string();
        match self.leaves {
            Leaves::Stopped => {
                format!("a change of its deadline was stopped: it leaves once that is released, and tells it; {back}")
            }
            Leaves::WithChange(until) => {
                format!(
                    "a change of its deadline is held until {}: it leaves then, and tells it; {back}",
                    clock(&until)
                )
            }
            Leaves::At(due) => format!("it leaves at {}; until then {back}", clock(&up_to_the_minute(due))),
            Leaves::Now => "it leaves at once".to_owned(),
        }
    }
}

/// The minute it has certainly left by.
fn up_to_the_minute(at: Instant) -> Instant {
    let over = at.timestamp() % 60;
    if over == 0 { at } else { at + TimeDelta::seconds(60 - over) }
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Announces it.
///
/// # Errors
/// When nobody would get it, or it cannot be kept.
pub async fn announce(store: &Store, draft: &Draft) -> Result<(), NotAnnounced> {
    if draft.reached.is_empty() {
        return Err(NotAnnounced::Nobody);
    }
    let open = store.open_announcements(&draft.announcement.programme).await?;
    if open.iter().any(|open| open.says == draft.announcement.says && open.to == draft.announcement.to) {
        return Err(NotAnnounced::Twice);
    }
    Ok(store.announce(&draft.announcement).await?)
}

/// Takes back what was announced last of this kind, and says what came of it; an error text when there is nothing to take.
///
/// # Errors
/// When the store cannot be written.
pub async fn take_back(
    store: &Store,
    programme: &str,
    kind: NoticeKind,
    now: Instant,
) -> Result<Result<String, String>, StoreError> {
    let Some(TakenBack { subject, done, withdrawn, left }) = store.take_back(programme, kind, None, now).await? else {
        return Ok(Err(format!("{programme} has nothing announced that could be taken back")));
    };
    let what = if subject.is_empty() { "that decisions are out".to_owned() } else { format!("\"{subject}\"") };
    Ok(match (done, left) {
        (false, _) => Err(format!("all of {what} has left: {}; nothing can be taken back", mails(left))),
        (true, 0) => Ok(format!("{what} is taken back; nobody got it")),
        (true, _) => Ok(format!(
            "{what} is taken back: {} withdrawn, {} left before",
            mails(withdrawn),
            if left == 1 { "1".to_owned() } else { left.to_string() }
        )),
    })
}

fn mails(count: u64) -> String {
    if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") }
}
