//! Erasing: by the person themself, by the organizers, and by age. What is left is an HMAC that no address follows from.

use crate::app::serve::App;
use crate::app::subscribe::blinded;
use crate::domain::link::Key;
use crate::domain::subscription::Subscriber;
use crate::domain::zone::Instant;
use crate::mail::transport::Transport;
use crate::store::{Store, StoreError};

/// Erases one subscriber, and what was written to them.
///
/// # Errors
/// When it cannot be done; it can be asked for again.
pub async fn erase(app: &App, subscriber: &Subscriber, now: Instant) -> Result<(), StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    app.erase_mail(subscriber.id).await?;
    from_store(app.store(), &mailing.key, subscriber, now).await?;
    tracing::info!(programme = %subscriber.programme, subscriber = subscriber.id.0, "erased");
    Ok(())
}

/// The same where no service is at hand: from a store, and from a folder of outgoing mail.
///
/// # Errors
/// As [`erase`].
pub async fn everywhere(
    store: &Store,
    key: &Key,
    transport: &Transport,
    subscriber: &Subscriber,
    now: Instant,
) -> Result<(), StoreError> {
    let notices = store.erase_mail(subscriber.id, now).await?;
    if let Transport::File(folder) = transport
        && let Err(error) = folder.erase(&notices)
    {
        tracing::error!(subscriber = subscriber.id.0, "messages could not be erased yet: {error}");
    }
    from_store(store, key, subscriber, now).await
}

async fn from_store(store: &Store, key: &Key, subscriber: &Subscriber, now: Instant) -> Result<(), StoreError> {
    store.erase(subscriber.id, &subscriber.programme, &blinded(key, &subscriber.mailbox), now).await?;
    if !store.overwrite().await? {
        tracing::warn!("the write-ahead log is in use; what was erased leaves it within a minute of service");
    }
    Ok(())
}

/// Erases what is too old to be kept: whoever never confirmed, after seven days; everybody of a programme, ninety days
/// after its last day.
///
/// # Errors
/// When it cannot be done; the next look tries again.
pub async fn by_age(app: &App) -> Result<(), StoreError> {
    if app.mailing().is_none() {
        return Ok(());
    }
    let now = app.clock().now();
    let mut erased = app.store().forget_unconfirmed(now).await?;
    for (id, edition) in &app.site().programmes {
        if !edition.is_forgotten(now) {
            continue;
        }
        for subscriber in app.store().subscribers(id).await? {
            app.erase_mail(subscriber.id).await?;
        }
        erased += app.store().erase_programme(id).await?;
    }
    if erased > 0 {
        tracing::info!(subscribers = erased, "erased by age");
    }
    // Also what was erased meanwhile, while somebody read or by another process.
    app.store().overwrite().await?;
    Ok(())
}
