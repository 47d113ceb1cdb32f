//! Erasing: by the person themself, by the organizers, and by age. What is left is an HMAC that no address follows from.

use crate::app::consider::programme_of;
use crate::app::mailing::forgotten;
use crate::app::post;
use crate::app::serve::App;
use crate::app::subscribe::blinded;
use crate::domain::link::Key;
use crate::domain::subscription::Subscriber;
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError};

/// Erases one subscriber, and what was written to them.
///
/// # Errors
/// When it cannot be done; it can be asked for again.
pub async fn erase(app: &App, subscriber: &Subscriber, now: Instant) -> Result<(), StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    if let Err(error) = post::erase(app, subscriber.id).await {
        tracing::error!(subscriber = subscriber.id.0, "messages could not be erased yet: {error}");
    }
    rows(app.store(), &mailing.key, subscriber, now).await?;
    tracing::info!(programme = %subscriber.programme, subscriber = subscriber.id.0, "erased");
    Ok(())
}

/// The rows alone: where no service is at hand.
///
/// # Errors
/// As [`erase`].
pub async fn rows(store: &Store, key: &Key, subscriber: &Subscriber, now: Instant) -> Result<(), StoreError> {
    store.erase(subscriber.id, &subscriber.programme, &blinded(key, &subscriber.mailbox), now).await?;
    if !store.overwrite().await? {
        tracing::warn!("the write-ahead log is in use; what was erased leaves it with the next look");
    }
    Ok(())
}

/// Erases what is too old to be kept: whoever never confirmed, after seven days; everybody of a programme, ninety days
/// after its last day.
///
/// # Errors
/// When it cannot be done; the next look tries again.
pub async fn by_age(app: &App) -> Result<(), StoreError> {
    let now = app.clock().now();
    let mut erased = app.store().forget_unconfirmed(now).await?;
    for (id, edition) in &app.site().programmes {
        let over = programme_of(&edition.revision).and_then(|programme| forgotten(&programme));
        if over.is_none_or(|over| now < over) {
            continue;
        }
        for subscriber in app.store().subscribers(id).await? {
            if let Err(error) = post::erase(app, subscriber.id).await {
                tracing::error!(subscriber = subscriber.id.0, "messages could not be erased yet: {error}");
            }
        }
        erased += app.store().erase_programme(id).await?;
    }
    if erased > 0 {
        tracing::info!(subscribers = erased, "erased by age");
        app.store().overwrite().await?;
    }
    Ok(())
}
