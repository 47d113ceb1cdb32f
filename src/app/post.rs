//! From a letter to the queue: the one place where what somebody is to be told becomes a message on its way.
//!
//! A message is known by its key: posted twice, it is one message.

use std::io;

use crate::app::serve::App;
use crate::domain::notice::NewNotice;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::mail::compose::{self, compose};
use crate::mail::letter::Letter;
use crate::mail::templates::Templates;

/// Puts a letter to a subscriber into the queue, to leave at once.
///
/// # Errors
/// When it makes no message, or cannot be kept. Nothing is on its way then.
pub async fn post(app: &App, letter: &Letter<'_>, subscriber: SubscriberId) -> io::Result<()> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    let notice = notice(letter, &mailing.templates, Some(subscriber), app.clock().now())?;
    app.enqueue(&[notice]).await.map_err(io::Error::other)?;
    Ok(())
}

/// A letter as a notice that may leave at `due`, to a subscriber or, without one, to an organizer.
///
/// # Errors
/// When it makes no message.
pub fn notice(
    letter: &Letter<'_>,
    templates: &Templates,
    subscriber: Option<SubscriberId>,
    due: Instant,
) -> io::Result<NewNotice> {
    let message = compose(letter, templates).map_err(io::Error::other::<compose::ComposeError>)?;
    Ok(NewNotice {
        key: letter.key.to_owned(),
        programme: letter.programme.id.to_string(),
        subscriber,
        kind: letter.content.kind(),
        deadline: None,
        message,
        due,
        until: None,
        states: Vec::new(),
    })
}
