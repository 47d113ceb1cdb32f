//! The subscribers of a programme, as its organizers meet them: all of them, one marked as accepted, one let be written to
//! again. What is done here is done the same way from the command line and in the console.

use std::collections::BTreeSet;

use crate::app::manage;
use crate::app::subscribe::blinded;
use crate::domain::kind::Named;
use crate::domain::link::Key;
use crate::domain::mailbox::Mailbox;
use crate::domain::subscription::{Standing, Subscriber, SubscriberId};
use crate::domain::zone::Instant;
use crate::store::{Ask, Store, StoreError};

pub use crate::store::Why;

/// Everybody of a programme.
#[derive(Clone, Debug)]
pub struct Roll {
    /// By address.
    pub subscribers: Vec<Subscriber>,
    /// Whom nobody writes to, because mail to them came back.
    pub unreachable: BTreeSet<SubscriberId>,
}

/// Calls the roll.
///
/// # Errors
/// When the store cannot be read.
pub async fn roll(store: &Store, programme: &str) -> Result<Roll, StoreError> {
    let subscribers = store.subscribers(programme).await?;
    Ok(Roll { subscribers, unreachable: store.unreachable(programme).await? })
}

impl Roll {
    /// How many there are of each standing, and last how many are not written to where there are any.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let of = |standing| self.subscribers.iter().filter(|one| one.standing == standing).count();
        let suppressed = (!self.unreachable.is_empty()).then_some(("suppressed", self.unreachable.len()));
        Standing::ALL.iter().map(|(name, standing)| (*name, of(*standing))).chain(suppressed).collect()
    }
}

/// A standing by its name.
pub fn standing(of: Standing) -> &'static str {
    Standing::ALL.iter().find(|(_, known)| *known == of).map_or("", |(name, _)| name)
}

/// Everything of everybody as a table, in which no cell is a formula.
pub fn as_csv(subscribers: &[Subscriber]) -> String {
    crate::exchange::subscribers::write(subscribers)
}

/// The same as JSON, an object a line.
pub fn as_json_lines(subscribers: &[Subscriber]) -> String {
    subscribers.iter().map(|one| format!("{}\n", manage::record(one))).collect()
}

/// Notes that somebody was accepted, that they were not, or that it is open. Nothing was shown to them: a date that they
/// do not know yet is mailed to them. False when nobody who confirmed has this address.
///
/// # Errors
/// When it cannot be kept.
pub async fn mark(
    store: &Store,
    programme: &str,
    mailbox: &Mailbox,
    accepted: Option<bool>,
    now: Instant,
) -> Result<bool, StoreError> {
    let found = store.subscriber_at(programme, mailbox).await?;
    let Some(author) = found.filter(|author| author.standing == Standing::Confirmed) else { return Ok(false) };
    Ok(store.act(author.id, &Ask::Accepted(accepted), &[], now).await?.is_some())
}

/// Why a programme does not write to an address; none: it may.
///
/// # Errors
/// When the store cannot be read.
pub async fn kept_from(
    store: &Store,
    key: &Key,
    programme: &str,
    mailbox: &Mailbox,
) -> Result<Option<Why>, StoreError> {
    store.suppressed(&blinded(key, mailbox), programme).await
}

/// Lets an address be written to again; it subscribes nobody. Says what kept it: nothing, when nothing did.
///
/// # Errors
/// When it cannot be kept.
pub async fn lift(store: &Store, key: &Key, programme: &str, mailbox: &Mailbox) -> Result<Vec<Why>, StoreError> {
    store.lift(&blinded(key, mailbox), programme).await
}
