//! Inviting: the people of an organizer's list are asked once whether they want the mails, and nothing else is sent.
//!
//! A reason must be given first, in the organizer's own words, for the people will read it. The mails are written by the
//! running service, which knows its address and its relay; this only says who gets one, so it can run beside it.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::app::mailing::{closes, is_offered};
use crate::app::subscribe::{blinded, nonce, number};
use crate::domain::language::Language;
use crate::domain::limits::counted;
use crate::domain::link::Key;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::Programme;
use crate::domain::subscription::{Choice, ReaderRole, Wish};
use crate::domain::zone::Instant;
use crate::exchange::authors::{self, AuthorsList, BadList};
use crate::store::{Request, Store, StoreError};

pub use crate::store::Fate;

/// A longer reason is read by nobody.
const LONGEST_REASON: usize = 300;

/// So many people are decided on in one transaction, so that nobody waits long for the store.
const BATCH: usize = 100;

/// Reads a list of authors, as CMT, OpenReview or a spreadsheet writes it. `column` names the one of the addresses, where
/// its name is none of the known.
///
/// # Errors
/// When it is no such list.
pub fn read(octets: &[u8], column: Option<&str>) -> Result<AuthorsList, BadList> {
    authors::read(octets, column)
}

/// Why nobody of a programme may be invited.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotNow {
    /// Nobody answers for their data.
    #[error("nobody answers for people's data: say who does in [privacy] of the programme file, then import again")]
    NobodyAnswers,
    /// It is over.
    #[error("the workshop is over, and so is sign-up")]
    Over,
}

/// Whether people may be invited to a programme that is served at an address.
///
/// # Errors
/// With why not.
pub fn may_invite(programme: &Programme, base_url: &str, now: Instant) -> Result<(), NotNow> {
    if closes(programme).is_some_and(|closes| closes <= now) {
        return Err(NotNow::Over);
    }
    if is_offered(programme, base_url) { Ok(()) } else { Err(NotNow::NobodyAnswers) }
}

/// A reason that people can read, a sentence or two, made sure of.
///
/// # Errors
/// With what is wrong with it.
pub fn reason_of(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it is empty"),
        text if text.chars().any(char::is_control) => Err("it must be one line of plain text"),
        text if text.chars().count() > LONGEST_REASON => Err("it has more than 300 characters"),
        text => Ok(text.to_owned()),
    }
}

/// What came of a list, or would.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// How many met which fate.
    pub fates: BTreeMap<Fate, usize>,
    /// The reason they read; none: nobody is invited without one.
    pub reason: Option<String>,
    /// Whether it was done.
    pub done: bool,
}

/// Imports a list: with a reason, given now or before, its people are invited; without one, or with `dry_run`, it is
/// only said what would become of each. Whether people may be invited at all, [`may_invite`] says.
///
/// # Errors
/// As [`invite`].
pub async fn import(
    store: &Store,
    key: &Key,
    programme: &Programme,
    mailboxes: &[Mailbox],
    (given, dry_run): (Option<&str>, bool),
    now: Instant,
) -> Result<Imported, StoreError> {
    let id = programme.id.as_str();
    let kept = if dry_run { store.reason(id).await? } else { reason(store, id, given, now).await? };
    let words = given.map(str::to_owned).or(kept.as_ref().map(|(_, words)| words.clone()));
    let number = kept.filter(|_| !dry_run).map(|(number, _)| number);
    let fates = invite(store, key, programme, mailboxes, number, now).await?;
    Ok(Imported { fates, reason: words, done: number.is_some() })
}

/// The reason to be shown to people of a programme: the one given now, which is kept, or the one given last.
///
/// # Errors
/// When the store cannot be used.
pub async fn reason(
    store: &Store,
    programme: &str,
    given: Option<&str>,
    now: Instant,
) -> Result<Option<(i64, String)>, StoreError> {
    let kept = store.reason(programme).await?;
    let Some(given) = given.filter(|given| kept.as_ref().is_none_or(|(_, words)| words != given)) else {
        return Ok(kept);
    };
    let id = number();
    store.keep_reason(id, programme, given, now).await?;
    Ok(Some((id, given.to_owned())))
}

/// Invites whoever of these is to be; without a reason it is only said what would become of each. How many met which
/// fate.
///
/// # Errors
/// When the store cannot be used; whoever was invited before the trouble is not invited again the next time.
pub async fn invite(
    store: &Store,
    key: &Key,
    programme: &Programme,
    mailboxes: &[Mailbox],
    reason: Option<i64>,
    now: Instant,
) -> Result<BTreeMap<Fate, usize>, StoreError> {
    let wish = Wish {
        language: Language::English,
        zone: programme.time_zone,
        role: ReaderRole::Author,
        choice: Choice::default(),
    };
    let request = |mailbox: &Mailbox| Request {
        id: number(),
        programme: programme.id.to_string(),
        wish: wish.clone(),
        nonce: nonce(),
        counted: key.blinded("counted", &counted(mailbox)),
        blinded: blinded(key, mailbox),
        network: String::new(),
        mailbox: mailbox.clone(),
        asked: now,
    };
    let mut fates = BTreeMap::new();
    for part in mailboxes.chunks(BATCH) {
        let people: Vec<Request> = part.iter().map(request).collect();
        for fate in store.invite(&people, reason, now).await? {
            *fates.entry(fate).or_insert(0) += 1;
        }
    }
    Ok(fates)
}

/// What became of the people of a list, or would, a line for each fate.
pub fn text(fates: &BTreeMap<Fate, usize>, done: bool) -> String {
    let mut out = String::new();
    if !fates.contains_key(&Fate::Invited) {
        let _ = writeln!(out, "nobody {} invited", if done { "is" } else { "would be" });
    }
    for (fate, count) in fates {
        let what = match fate {
            Fate::Invited if done => "invited: each gets one mail that asks, and nothing else unless they say yes",
            Fate::Invited => "would be invited",
            Fate::Subscribed => "left alone: subscribed already",
            Fate::Asked => "left alone: asked already, and not answered yet",
            Fate::InvitedBefore => "left alone: invited before",
            Fate::Left => "left alone: they unsubscribed",
            Fate::Erased => "left alone: they had everything erased",
            Fate::Bounced => "left alone: mail to them came back",
            Fate::Limited => "not today: their mailbox had as many mails as one may be sent; import again tomorrow",
        };
        let _ = writeln!(out, "{count} {what}");
    }
    out
}
