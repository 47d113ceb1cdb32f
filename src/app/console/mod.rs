//! The console: who is signed in, and what they do, written down as they do it.

pub mod change;
pub mod sign_in;

use crate::app::mailing::Mailing;
use crate::app::serve::App;
use crate::domain::link::fingerprint;
use crate::domain::organizer::Organizer;
use crate::domain::zone::Instant;
pub use crate::store::console::Act;
use crate::store::{Store, StoreError};

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub organizer: Organizer,
    /// The session, by its hash.
    pub fingerprint: String,
    /// What every form of theirs carries: no other site can know it.
    pub guard: String,
}

/// The session of a cookie, while it lasts and whose it is may sign in.
///
/// # Errors
/// When the store cannot be read.
pub async fn session(app: &App, cookie: &str, now: Instant) -> Result<Option<Session>, StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(None) };
    let fingerprint = fingerprint(cookie);
    let Some(id) = app.store().session(&fingerprint, now).await? else { return Ok(None) };
    let organizer = app.store().organizers().await?.into_iter().find(|organizer| organizer.id == id);
    Ok(organizer.map(|organizer| Session { organizer, guard: guard(mailing, &fingerprint), fingerprint }))
}

fn guard(mailing: &Mailing, fingerprint: &str) -> String {
    mailing.key.blinded("form of a session", fingerprint)
}

/// What lets a form act once: another for each page.
pub fn once() -> String {
    crate::app::subscribe::nonce()
}

/// Writes down what was done at the command line, by whoever has the machine at hand.
///
/// # Errors
/// When it cannot be written.
pub async fn note_of_command(store: &Store, act: Act<'_>, now: Instant) -> Result<(), StoreError> {
    store.audit("command line", act, now).await
}

/// Writes down what an organizer did.
///
/// # Errors
/// When it cannot be written.
pub async fn note(store: &Store, who: &Organizer, act: Act<'_>, now: Instant) -> Result<(), StoreError> {
    store.audit(&who.mailbox.to_string(), act, now).await
}
