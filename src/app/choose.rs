//! A chosen feed: ticked, changed, given another address, deleted; and read by calendars.
//!
//! Whoever made it has a secret, that opens its page. The feed's own address holds what follows from that secret: it is
//! pasted into other people's services, and opens the feed alone. The store has the hash of the latter.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use moka::sync::Cache;

use crate::app::mailing::network;
use crate::app::serve::App;
use crate::app::subscribe::number;
use crate::domain::link::{fingerprint, hex, to_read};
use crate::domain::programme::Id;
use crate::domain::zone::Instant;
use crate::feed::{self, Feed, Representation};
use crate::store::{self, Chosen, StoreError};

/// Once everything of a programme's subscribers is erased, its chosen feeds go that no calendar asked for so long.
const UNREAD: TimeDelta = TimeDelta::days(90);
/// So many feeds can be served on while the database cannot be read.
const REMEMBERED: u64 = 10_000;

/// What the service remembers of chosen feeds between two questions, by their hash.
pub struct Choices {
    /// Served last: calendars punish an error, also one that is not theirs.
    last: Cache<String, Chosen>,
    /// Those a calendar asked for since it was last noted.
    asked: Mutex<BTreeSet<String>>,
}

impl Default for Choices {
    fn default() -> Choices {
        Choices { last: Cache::new(REMEMBERED), asked: Mutex::default() }
    }
}

impl Choices {
    fn asked(&self) -> MutexGuard<'_, BTreeSet<String>> {
        // A set is whole after every step.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what was ticked and gives the secret of its page; none when too many were made within the hour from there, or
/// in all.
///
/// # Errors
/// When it cannot be kept.
pub async fn make(
    app: &App,
    programme: &str,
    entries: BTreeSet<Id>,
    from: Option<IpAddr>,
    now: Instant,
) -> Result<Option<String>, StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(None) };
    let from = from.map_or_else(|| "unknown".to_owned(), |address| network(address).to_string());
    let secret = secret();
    let chosen = Chosen { programme: programme.to_owned(), entries, changed: now };
    let made = (number(), mailing.key.blinded("network", &from));
    let kept = app.store().add_chosen(&hash(&secret), &chosen, (made.0, &made.1), mailing.ceilings).await?;
    Ok(kept.then_some(secret))
}

/// What the holder of a secret chose of a programme.
///
/// # Errors
/// When the store cannot be read.
pub async fn find(app: &App, programme: &str, secret: &str) -> Result<Option<Chosen>, StoreError> {
    let found = app.store().chosen(&hash(secret)).await?;
    Ok(found.filter(|chosen| chosen.programme == programme))
}

/// Chooses anew. False when there is no such feed any more.
///
/// # Errors
/// When it cannot be kept.
pub async fn change(app: &App, secret: &str, entries: &BTreeSet<Id>, now: Instant) -> Result<bool, StoreError> {
    app.store().choose_anew(&hash(secret), entries, now).await
}

/// Gives a feed and its page other addresses; those it had are nobody's from then on. None when there is no such feed any
/// more.
///
/// # Errors
/// When it cannot be kept.
pub async fn rotate(app: &App, old: &str) -> Result<Option<String>, StoreError> {
    let secret = secret();
    let done = app.store().rotate_chosen(&hash(old), &hash(&secret)).await?;
    app.choices().last.invalidate(&hash(old));
    Ok(done.then_some(secret))
}

/// Deletes a feed.
///
/// # Errors
/// When it cannot be done.
pub async fn delete(app: &App, secret: &str) -> Result<(), StoreError> {
    app.store().delete_chosen(&hash(secret)).await?;
    app.choices().last.invalidate(&hash(secret));
    Ok(())
}

/// The feed at an address, as asked for; none when nothing is there, or not any more.
///
/// # Errors
/// When the store cannot be read, and the feed was not asked for before.
pub async fn feed(
    app: &App,
    programme: &str,
    token: &str,
    query: &str,
) -> Result<Option<Arc<Representation>>, StoreError> {
    let hash = fingerprint(token);
    let choices = app.choices();
    let chosen = match app.store().chosen(&hash).await {
        Ok(chosen) => chosen,
        Err(error) => match choices.last.get(&hash) {
            Some(last) => Some(last),
            None => return Err(error),
        },
    };
    let Some(chosen) = chosen.filter(|chosen| chosen.programme == programme) else { return Ok(None) };
    choices.last.insert(hash.clone(), chosen.clone());
    choices.asked().insert(hash);
    let Chosen { entries, changed, .. } = chosen;
    let feed = Feed::Chosen(feed::Chosen { token: token.to_owned(), entries, changed });
    Ok(app.feed(programme, &feed, query))
}

/// The address of a secret's feed, below the programme's.
pub fn path(secret: &str) -> String {
    format!("mine/{}.ics", to_read(secret))
}

/// Notes which feeds calendars asked for.
///
/// # Errors
/// When it cannot be done; they are noted the next time.
pub(super) async fn note_read(app: &App, now: Instant) -> Result<(), StoreError> {
    let asked = std::mem::take(&mut *app.choices().asked());
    if asked.is_empty() {
        return Ok(());
    }
    let noted = app.store().note_read(&asked, store::day(now)).await;
    if noted.is_err() {
        app.choices().asked().extend(asked);
    }
    noted
}

/// Deletes the feeds that nobody asks for any more, of workshops long over.
///
/// # Errors
/// When it cannot be done; the next look tries again.
pub(super) async fn forget_unread(app: &App, now: Instant) -> Result<(), StoreError> {
    for (id, edition) in &app.site().programmes {
        if edition.is_forgotten(now) {
            app.store().forget_chosen(id, store::day(now - UNREAD)).await?;
        }
    }
    Ok(())
}

/// 128 random bits: nobody guesses it, and it can still be typed.
fn secret() -> String {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).expect("the system has random numbers");
    hex(&octets)
}

fn hash(secret: &str) -> String {
    fingerprint(&to_read(secret))
}
