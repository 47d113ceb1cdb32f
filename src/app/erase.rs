//! Erasing: by the person themself, by the organizers, and by age. What is left is an HMAC that no address follows from.
//!
//! Files go first: whatever comes between, the rows that tell of them are still there, and the next try finds them. They
//! are looked for once more at the end, for one that was being written meanwhile.

use crate::app::choose;
use crate::app::serve::App;
use crate::app::subscribe::blinded;
use crate::domain::link::Key;
use crate::domain::subscription::{Subscriber, SubscriberId};
use crate::domain::zone::Instant;
use crate::mail::transport::{Folder, Transport};
use crate::store::{Store, StoreError};

/// Erases one subscriber, and what was written to them.
///
/// # Errors
/// When it cannot be done; it can be asked for again.
pub async fn erase(app: &App, subscriber: &Subscriber, now: Instant) -> Result<(), StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    everywhere(app.store(), &mailing.key, &folders(app), subscriber, now).await?;
    tracing::info!(programme = %subscriber.programme, subscriber = subscriber.id.0, "erased");
    Ok(())
}

/// The same where no service is at hand: from a store, and from folders of outgoing mail.
///
/// # Errors
/// As [`erase`].
pub async fn everywhere(
    store: &Store,
    key: &Key,
    folders: &[Folder],
    subscriber: &Subscriber,
    now: Instant,
) -> Result<(), StoreError> {
    delete_files(store, folders, &[subscriber.id]).await?;
    store.erase(subscriber.id, &subscriber.programme, &blinded(key, &subscriber.mailbox), now).await?;
    delete_files(store, folders, &[subscriber.id]).await?;
    if !store.overwrite().await? {
        tracing::warn!("the write-ahead log is in use; what was erased leaves it within a minute of service");
    }
    Ok(())
}

/// Erases what is too old to be kept: whoever never confirmed, after seven days; everybody of a programme, ninety days
/// after its last day; and then the chosen feeds that nobody reads any more. Only once two heartbeats a day apart agree on the time: what is erased does not come back when
/// the clock is put right.
///
/// # Errors
/// When it cannot be done; the next look tries again.
pub async fn by_age(app: &App) -> Result<(), StoreError> {
    let (store, now) = (app.store(), app.clock().now());
    choose::note_read(app, now).await?;
    if store.heartbeats().await?.is_some_and(|beats| beats.agree(now)) && !store.is_clock_in_doubt().await? {
        let erased = old(app, &folders(app), now).await?;
        if erased > 0 {
            tracing::info!(subscribers = erased, "erased by age");
        }
    }
    // Also what was erased meanwhile, while somebody read or by another process.
    store.overwrite().await?;
    Ok(())
}

async fn old(app: &App, folders: &[Folder], now: Instant) -> Result<u64, StoreError> {
    let store = app.store();
    let mut erased = 0;
    let unconfirmed = store.unconfirmed(now).await?;
    delete_files(store, folders, &unconfirmed).await?;
    let mut forgotten = Vec::new();
    for id in unconfirmed {
        if store.forget_unconfirmed(id, now).await? {
            erased += 1;
            forgotten.push(id);
        }
    }
    delete_files(store, folders, &forgotten).await?;
    store.forget_the_past(now).await?;
    choose::forget_unread(app, now).await?;
    for (id, edition) in &app.site().programmes {
        if !edition.is_forgotten(now) {
            continue;
        }
        let all: Vec<SubscriberId> = store.subscribers(id).await?.iter().map(|subscriber| subscriber.id).collect();
        delete_files(store, folders, &all).await?;
        erased += store.erase_programme(id, now).await?;
        delete_files(store, folders, &all).await?;
    }
    Ok(erased)
}

/// Where messages become files; nowhere when they go to a relay.
fn folders(app: &App) -> Vec<Folder> {
    match app.dispatcher().map(|by| by.transport()) {
        Some(Transport::File(folder)) => vec![folder.clone()],
        _ => Vec::new(),
    }
}

async fn delete_files(store: &Store, folders: &[Folder], subscribers: &[SubscriberId]) -> Result<(), StoreError> {
    if folders.is_empty() || subscribers.is_empty() {
        return Ok(());
    }
    let mut notices = Vec::new();
    for subscriber in subscribers {
        notices.extend(store.notices_of(*subscriber).await?);
    }
    for folder in folders {
        let failed = |source| StoreError::Folder { path: folder.path().to_owned(), source };
        folder.erase(&notices).map_err(failed)?;
    }
    Ok(())
}
