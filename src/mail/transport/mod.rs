//! Transports: the ways a message leaves by, and what their answers mean (RFC 5321, RFC 3463, RFC 3464).
//!
//! A message goes in two steps, so that what is known can be written down between them: [`Line::offer`] says to whom it
//! goes, [`Line::hand_over`] sends it, and from its first octet on nobody can say that it did not arrive. A transport
//! knows no store, no retry and no clock.

mod address;
mod file;
mod memory;
mod reply;
mod smtp;
mod stream;

use std::path::Path;

use crate::domain::notice::{Blame, Message, NoticeId, Outcome, Reply, Stage};
use crate::domain::zone::Instant;

pub use address::BadTransport;
pub use file::Folder;
pub use memory::{Act, Memory};
pub use smtp::{Relay, Security, Timeouts};

/// A way for messages to leave.
#[derive(Debug)]
pub enum Transport {
    /// A file for each message: the default, which needs no relay.
    File(Folder),
    /// A relay that takes them by SMTP.
    Smtp(Relay),
    /// Kept, with outcomes as they were told: for trying out.
    Memory(Memory),
}

/// A message to be sent, and what it is known by.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'d> {
    /// Of which notice.
    pub notice: NoticeId,
    /// When its first attempt was made: the same in each attempt.
    pub first: Instant,
    /// The message.
    pub message: &'d Message,
}

/// A way that is open, for one message at a time.
#[derive(Debug)]
pub enum Line<'t> {
    /// Into a folder.
    File(&'t Folder),
    /// A session with a relay.
    Smtp(Box<smtp::Session<'t>>),
    /// Into memory.
    Memory(&'t Memory),
}

/// An attempt that ended, and how far it had got.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// How far.
    pub stage: Stage,
    /// What came of it.
    pub outcome: Outcome,
}

/// Why a message was not asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unsent {
    /// The attempt has ended.
    Ended(Ended),
    /// The way had been kept for too long and is closed: open another.
    Gone,
}

impl Transport {
    /// The transport of a URL: `file:FOLDER` below the state folder, `smtp://USER:PASSWORD@HOST:PORT`, `smtps://...`.
    /// TLS is a must, unless the relay is on this machine; `?tls=none` or `?tls=required` says so, `?ca=FILE` names
    /// certificates to trust besides the system's.
    ///
    /// # Errors
    /// When it is no such URL, or would send a password or a message in the clear.
    pub fn parse(url: &str, state: &Path) -> Result<Transport, BadTransport> {
        address::parse(url, state)
    }

    /// The same, with other times to wait for a relay.
    #[must_use]
    pub fn waiting(self, timeouts: Timeouts) -> Transport {
        match self {
            Transport::Smtp(relay) => Transport::Smtp(relay.waiting(timeouts)),
            other => other,
        }
    }

    /// A way that is open already: no time passes before the message is offered.
    pub fn ready(&self) -> Option<Line<'_>> {
        match self {
            Transport::File(folder) => Some(Line::File(folder)),
            Transport::Memory(memory) => Some(Line::Memory(memory)),
            Transport::Smtp(relay) => relay.kept().map(|session| Line::Smtp(Box::new(session))),
        }
    }

    /// Opens a way.
    ///
    /// # Errors
    /// How the attempt ended, when there is none.
    pub async fn open(&self) -> Result<Line<'_>, Ended> {
        match self {
            Transport::Smtp(relay) => Ok(Line::Smtp(Box::new(relay.connect().await?))),
            Transport::File(folder) => Ok(Line::File(folder)),
            Transport::Memory(memory) => Ok(Line::Memory(memory)),
        }
    }

    /// Nothing is to be sent for a while: ends the sessions that are kept.
    pub async fn rest(&self) {
        if let Transport::Smtp(relay) = self {
            relay.quit().await;
        }
    }
}

impl Line<'_> {
    /// Says from whom and to whom the message goes. Nothing of it is sent; dropped now, the way is closed.
    ///
    /// # Errors
    /// When the other side does not want it, or the way turned out to be closed.
    pub async fn offer(self, delivery: &Delivery<'_>) -> Result<Self, Unsent> {
        match self {
            Line::File(folder) => Ok(Line::File(folder)),
            Line::Memory(memory) => memory.offer().map(|()| Line::Memory(memory)).map_err(Unsent::Ended),
            Line::Smtp(session) => session.offer(delivery.message).await.map(Line::Smtp),
        }
    }

    /// Not needed after all: kept for the next message.
    pub fn keep(self) {
        if let Line::Smtp(session) = self {
            session.keep();
        }
    }

    /// Sends the message, and says what came of it. The way is kept for the next one where it can be.
    pub async fn hand_over(self, delivery: &Delivery<'_>) -> Outcome {
        match self {
            Line::File(folder) => folder.write(delivery),
            Line::Memory(memory) => memory.take(delivery.message),
            Line::Smtp(session) => session.hand_over(&delivery.message.octets).await,
        }
    }
}

impl Ended {
    fn delayed(stage: Stage, blame: Blame, text: impl Into<String>) -> Ended {
        Ended { stage, outcome: Outcome::Delayed(blame, said(text)) }
    }
}

/// What went wrong without a reply.
fn said(text: impl Into<String>) -> Reply {
    Reply { code: None, text: reply::one_line(&text.into()) }
}
