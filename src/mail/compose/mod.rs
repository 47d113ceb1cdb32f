//! A letter as a message, ready for any transport. Pure: the same letter gives the same octets, on every machine.
//!
//! The words come from [`super::templates`], header and MIME parts (RFC 5322, 2045, 2387) from lettre's builder; what
//! could differ from one run to the next (Message-ID, Date, boundaries) is made of the letter itself.

mod envelope;
mod markdown;
mod mime;
mod model;
pub(super) mod trial;
mod turn;
mod view;

use minijinja::value::{Serde, Value};

use super::clean::BadLink;
use super::letter::{Content, Letter};
use super::templates::{Fault, Templates};
use crate::domain::notice::{Message, NoticeKind};

/// A letter that makes no message.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A reminder of what is not ahead: without a date, past or withdrawn.
    #[error("there is nothing to be reminded of: \"{0}\" is not ahead")]
    NothingAhead(String),
    /// A correction that corrects nothing.
    #[error("nothing of it is other than it was told")]
    NothingCorrected,
    /// A link that is none.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// An address that mail cannot be written for.
    #[error("an address that no header can hold: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// A bounce address whose local part would be longer than 64 octets, or has letters it cannot have.
    #[error("the token is too long, or has other letters than a bounce address can have")]
    Bounce,
    /// A calendar that is not published, or not whole.
    #[error("the calendar has no METHOD:PUBLISH, or does not end")]
    Calendar,
    /// A line longer than the 998 octets of RFC 5322 2.1.1, or with a bare CR or LF.
    #[error("line {0} of the message is none that RFC 5322 allows")]
    Line(usize),
    /// A broken template.
    #[error("a template is broken: {0}")]
    Template(#[from] Fault),
    /// Something lettre refuses.
    #[error(transparent)]
    Build(#[from] lettre::error::Error),
}

/// The message of a letter.
///
/// # Errors
/// When the letter states nothing, or something that no mail can hold: see [`ComposeError`].
pub fn compose(letter: &Letter<'_>, templates: &Templates) -> Result<Message, ComposeError> {
    let model = Value::from(Serde(model::Model::new(letter)?));
    let written = templates.render(letter.content.kind(), letter.reader.language, &model)?;
    let message = envelope::headers(letter, &written.subject)?.multipart(mime::parts(letter, written)?)?;
    let octets = message.formatted();
    mime::check(&octets)?;
    Ok(Message {
        from: envelope::sender(letter)?,
        to: letter.reader.mailbox.to_string(),
        message_id: envelope::message_id(letter, letter.key),
        octets,
    })
}

/// The subject of a letter's message, without the message.
///
/// # Errors
/// As [`compose`], as far as the subject goes.
pub fn subject(letter: &Letter<'_>, templates: &Templates) -> Result<String, ComposeError> {
    let model = Value::from(Serde(model::Model::new(letter)?));
    let written = templates.subject(letter.content.kind(), letter.reader.language, &model)?;
    Ok(envelope::plain(&written))
}

/// Whether anything of an organizer's Markdown is read in a mail.
pub fn says_something(markdown: &str) -> bool {
    !markdown::text(markdown).is_empty()
}

impl Content {
    /// What a letter of this content is.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Content::Confirmation { .. } => NoticeKind::Confirmation,
            Content::AlreadySubscribed => NoticeKind::AlreadySubscribed,
            Content::Invitation { .. } => NoticeKind::Invitation,
            Content::FreshLink { .. } => NoticeKind::FreshLink,
            Content::Reminder { .. } => NoticeKind::Reminder,
            Content::Correction(_) => NoticeKind::Correction,
            Content::Decisions { .. } => NoticeKind::Decisions,
            Content::Presenter { .. } => NoticeKind::Presenter,
            Content::Closing { .. } => NoticeKind::Closing,
            Content::Announcement { .. } => NoticeKind::Announcement,
            Content::Digest { .. } => NoticeKind::Digest,
            Content::BlockedChange { .. } => NoticeKind::BlockedChange,
            Content::Hold { .. } => NoticeKind::Hold,
            Content::RollCall => NoticeKind::RollCall,
            Content::SignIn { .. } => NoticeKind::SignIn,
        }
    }
}
