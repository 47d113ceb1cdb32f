//! What a reply means for a notice: RFC 5321 4.2, RFC 3463 for the codes in its text.

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

use super::Ended;
use crate::domain::notice::{Blame, Outcome, Reply, Stage};

/// Characters of a reply that are kept.
const KEPT: usize = 500;

/// Why a step of the conversation came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The other side said no, or could not be understood, or is gone.
    Said(Error),
    /// It said nothing for too long.
    Silent,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Said(error)
    }
}

impl Trouble {
    /// Whether the conversation cannot go on.
    pub(super) fn is_broken(&self) -> bool {
        !matches!(self, Trouble::Said(error) if error.status().is_some()) || self.code() == Some(421)
    }

    fn code(&self) -> Option<u16> {
        match self {
            Trouble::Said(error) => error.status().map(u16::from),
            Trouble::Silent => None,
        }
    }

    fn reply(&self) -> Reply {
        let text = match self {
            Trouble::Silent => "no reply within the time for it".to_owned(),
            Trouble::Said(error) => match (error.status(), std::error::Error::source(error)) {
                (Some(_), Some(text)) => text.to_string(),
                _ => error.to_string(),
            },
        };
        Reply { code: self.code(), text: one_line(&text) }
    }

    /// Whether the other side was gone before everything was written: reading never fails like this.
    fn is_cut_off(&self) -> bool {
        let Trouble::Said(error) = self else { return false };
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            if cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
                return true;
            }
            source = cause.source();
        }
        false
    }

    /// What it means at a stage.
    pub(super) fn at(&self, stage: Stage) -> Ended {
        let reply = self.reply();
        let outcome = match (stage, reply.code) {
            // Writing failed, and the dot is written last: nothing was taken.
            (Stage::Dot, None) if self.is_cut_off() => Outcome::Delayed(Blame::Message, reply),
            // No reply was read: it may have arrived.
            (Stage::Dot, None) => Outcome::Uncertain(reply),
            (_, Some(421)) => Outcome::Delayed(Blame::Relay, reply),
            (Stage::Connect | Stage::Mail, Some(500..)) => Outcome::Failed(Blame::Relay, reply),
            (Stage::Connect, _) => Outcome::Delayed(Blame::Relay, reply),
            (Stage::Mail, None) => Outcome::Delayed(Blame::Relay, reply),
            (Stage::Recipient, Some(500..)) if is_about_the_mailbox(&reply.text) => {
                Outcome::Failed(Blame::Mailbox, reply)
            }
            (_, Some(500..)) => Outcome::Failed(Blame::Message, reply),
            // 4xx, or a connection lost before anything was sent. Were the relay down, the next connection would tell.
            _ => Outcome::Delayed(Blame::Message, reply),
        };
        Ended { stage, outcome }
    }
}

/// The reply to a message that was taken.
pub(super) fn taken(response: &Response) -> Outcome {
    let text: Vec<&str> = response.message().collect();
    Outcome::Relayed(Reply { code: Some(response.code().into()), text: one_line(&text.join(" ")) })
}

/// RFC 3463 3.2: X.1.x speaks of the address.
fn is_about_the_mailbox(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first.strip_prefix("5.1.").is_some_and(|detail| !detail.is_empty() && detail.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().take(KEPT).map(plain).collect()
}
