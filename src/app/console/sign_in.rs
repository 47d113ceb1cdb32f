//! Signing in: by a link that is mailed to an organizer and works once. There is no password to store or to guess.
//!
//! Whoever the settings name are the first; from then on organizers live in the store, and say themselves who else is one.

use std::io;
use std::sync::Arc;

use chrono::TimeDelta;

use super::{Act, note};
use crate::app::consider::programme_of;
use crate::app::mailing::Mailing;
use crate::app::organizers::Organizer as Named;
use crate::app::post::notice;
use crate::app::serve::App;
use crate::app::subscribe::nonce;
use crate::domain::language::Language;
use crate::domain::link::fingerprint;
use crate::domain::mailbox::Mailbox;
use crate::domain::organizer::{LINK, LONG_SESSION, Organizer, SESSION, own_address};
use crate::domain::programme::{Id, Programme};
use crate::domain::zone::Instant;
use crate::mail::letter::{Content, Letter, Links, Reader};
use crate::store::{Store, StoreError};

/// Below this path a link signs in.
pub const PATH: &str = "organize/sign-in";

/// Takes the organizers of the settings into a store that has none yet.
///
/// # Errors
/// When it cannot be written.
pub async fn take_in(store: &Store, named: &[Named], now: Instant) -> Result<(), StoreError> {
    if !store.organizers().await?.is_empty() {
        return Ok(());
    }
    for one in named.iter().filter(|one| own_address(&one.mailbox).is_ok()) {
        store.add_organizer(&one.mailbox, one.programme.as_ref().map(Id::as_str), now).await?;
    }
    Ok(())
}

/// Mails a link to whoever has this address, if they may sign in. What is answered does not tell whether they may.
///
/// # Errors
/// When it cannot be kept, or makes no message.
pub async fn request(app: &App, mailbox: &Mailbox, language: Language, now: Instant) -> io::Result<()> {
    let (store, Some(mailing)) = (app.store(), app.mailing()) else { return Ok(()) };
    let Some(organizer) = store.organizer_at(mailbox).await.map_err(io::Error::other)? else { return Ok(()) };
    let Some(programme) = programme(app, &organizer) else { return Ok(()) };
    let secret = nonce();
    let link = fingerprint(&secret);
    if !store.keep_sign_in(organizer.id, &link, now).await.map_err(io::Error::other)? {
        tracing::warn!("no more links to sign in for an organizer in this hour");
        return Ok(());
    }
    let reader = Reader { mailbox: organizer.mailbox.clone(), language, zone: programme.time_zone, calendar: false };
    let letter = Letter {
        programme: &programme,
        sender: &mailing.sender,
        reader: &reader,
        key: &format!("sign-in {}", &link[..16]),
        at: now,
        after: Vec::new(),
        links: Links { act: Some(address(mailing, &secret)), ..mailing.public(programme.id.as_str()) },
        calendar: None,
        content: Content::SignIn { until: now + LINK },
    };
    let notice = notice(&letter, &mailing.templates, None, now)?;
    app.enqueue(&[notice]).await.map_err(io::Error::other)?;
    Ok(())
}

/// The same beside the answer to whoever asked, which takes as long for an address that is nobody's.
pub fn request_beside(app: Arc<App>, mailbox: Mailbox, language: Language) {
    tokio::spawn(async move {
        if let Err(error) = request(&app, &mailbox, language, app.clock().now()).await {
            tracing::error!("a link to sign in could not be mailed: {error}");
        }
    });
}

/// A programme of theirs that is up: its mail it is that signs them in.
fn programme(app: &App, organizer: &Organizer) -> Option<Programme> {
    let site = app.site();
    let theirs = site.programmes.iter().filter(|(id, _)| organizer.organizes(id));
    theirs.rev().find_map(|(_, edition)| programme_of(&edition.revision))
}

fn address(mailing: &Mailing, secret: &str) -> String {
    format!("{}/{PATH}/{secret}", mailing.sender.base_url)
}

/// What came of asking somebody in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Invited {
    /// They may sign in, and a link is on its way.
    Done,
    /// It is a mailing list.
    List,
}

/// Lets somebody sign in to a programme, and mails them a link.
///
/// # Errors
/// When it cannot be kept, or the mail makes no message.
pub async fn invite(
    app: &App,
    mailbox: &Mailbox,
    programme: &str,
    language: Language,
    now: Instant,
) -> io::Result<Invited> {
    if own_address(mailbox).is_err() {
        return Ok(Invited::List);
    }
    app.store().add_organizer(mailbox, Some(programme), now).await.map_err(io::Error::other)?;
    request(app, mailbox, language, now).await?;
    Ok(Invited::Done)
}

/// A link that signs in an organizer, for whoever has the machine at hand. The first of all becomes an owner.
///
/// # Errors
/// With why there is none.
pub async fn link(store: &Store, mailing: &Mailing, mailbox: &Mailbox, now: Instant) -> Result<String, NoLink> {
    own_address(mailbox)?;
    let organizer = match store.organizer_at(mailbox).await? {
        Some(organizer) => organizer,
        None if store.organizers().await?.is_empty() => {
            let first = store.add_organizer(mailbox, None, now).await?;
            let act = Act { programme: "", act: "first organizer", about: "", before: "", after: "owner" };
            note(store, &first, act, now).await?;
            first
        }
        None => return Err(NoLink::Unknown(mailbox.to_string())),
    };
    let secret = nonce();
    if !store.keep_sign_in(organizer.id, &fingerprint(&secret), now).await? {
        return Err(NoLink::TooMany);
    }
    Ok(address(mailing, &secret))
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum NoLink {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Everybody would get in.
    #[error(transparent)]
    List(#[from] crate::domain::organizer::IsAList),
    /// They are no organizer.
    #[error("{0} is no organizer here: allim organizers list shows who is, allim organizers add adds them")]
    Unknown(String),
    /// They had as many as they may.
    #[error("three links were made for them in this hour already: the last of them still works")]
    TooMany,
}

/// Signs in by the secret of a link, for long on a device of one's own. The session's secret, for its cookie, and how long
/// it lasts; none when the link is used, too old, or none of ours.
///
/// # Errors
/// When it cannot be kept.
pub async fn open(
    store: &Store,
    secret: &str,
    long: bool,
    now: Instant,
) -> Result<Option<(String, TimeDelta)>, StoreError> {
    let (session, lasts) = (nonce(), if long { LONG_SESSION } else { SESSION });
    let Some(id) = store.open_session(&fingerprint(secret), &fingerprint(&session), lasts, now).await? else {
        return Ok(None);
    };
    if let Some(organizer) = store.organizers().await?.iter().find(|organizer| organizer.id == id) {
        let act = Act { programme: "", act: "sign in", about: "", before: "", after: "" };
        note(store, organizer, act, now).await?;
    }
    Ok(Some((session, lasts)))
}

/// Whether a link would sign somebody in.
///
/// # Errors
/// When the store cannot be read.
pub async fn works(store: &Store, secret: &str, now: Instant) -> Result<bool, StoreError> {
    Ok(store.sign_in(&fingerprint(secret), now).await?.is_some())
}
