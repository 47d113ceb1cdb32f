//! Bounces: which of our notices a report is about, and what is to be done for it.
//!
//! Anybody can write a report. A token in the address it came to is ours for certain; a Message-ID is known to whoever
//! got the mail, and counts only if the notice went to the address reported. Looking them up is the caller's.

use std::fmt;

use crate::domain::mailbox::Mailbox;
use crate::domain::notice::Blame;
use crate::mail::bounce::{Action, Incoming, Other, Recipient, Report, read};

/// What may tell which notice it was: the most certain are asked for first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Clue<'c> {
    /// A token from an address at the bounce domain.
    Token(&'c str),
    /// A Message-ID, without its angle brackets, and the address that the report names.
    MessageId(&'c str, Option<&'c str>),
}

/// By what a notice was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// A token.
    Token,
    /// A Message-ID.
    MessageId,
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// The notice failed: for the mailbox, which counts towards suppression, or for another reason, which does not.
    Fail(Blame),
    /// Its reader wants no more.
    Unsubscribe,
    /// Nothing: it is tried again, or it arrived.
    Nothing,
}

/// What came of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict<N> {
    /// A report on a notice of ours.
    Matched {
        /// The notice, as the caller knows it.
        notice: N,
        /// By what it was found.
        by: By,
        /// What was reported.
        told: Told,
    },
    /// A report, on no notice that is known.
    Unknown(Told),
    /// No report.
    NotAReport(Other),
}

/// What a report told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Of whom.
    pub recipient: Option<Recipient>,
    /// What is to be done for it.
    pub effect: Effect,
}

/// Reads a message and asks `find` for each clue until one is known.
///
/// # Errors
/// Those of `find`.
pub async fn judge<N, E>(
    octets: &[u8],
    bounce_domain: Option<&str>,
    mut find: impl AsyncFnMut(Clue<'_>) -> Result<Option<N>, E>,
) -> Result<Verdict<N>, E> {
    let (report, complaint) = match read(octets) {
        Incoming::Report(report) => (report, false),
        Incoming::Complaint(report) => (report, true),
        Incoming::Other(other) => return Ok(Verdict::NotAReport(other)),
    };
    let recipient = report.worst().cloned();
    let effect = match &recipient {
        _ if complaint => Effect::Unsubscribe,
        Some(recipient) if recipient.action == Action::Failed => Effect::Fail(recipient.blame()),
        _ => Effect::Nothing,
    };
    let address = recipient.as_ref().and_then(|recipient| recipient.address.as_deref());
    for (by, clue) in clues(&report, bounce_domain, address) {
        if let Some(notice) = find(clue).await? {
            return Ok(Verdict::Matched { notice, by, told: Told { recipient, effect } });
        }
    }
    Ok(Verdict::Unknown(Told { recipient, effect }))
}

fn clues<'c>(report: &'c Report, domain: Option<&str>, address: Option<&'c str>) -> Vec<(By, Clue<'c>)> {
    let tokens = domain.map(|domain| report.tokens(domain)).unwrap_or_default();
    let tokens = tokens.into_iter().map(|token| (By::Token, Clue::Token(token)));
    let ids = report.message_ids.iter().map(|id| (By::MessageId, Clue::MessageId(id, address)));
    tokens.chain(ids).collect()
}

impl fmt::Display for Told {
    /// On one line, without the whole address: what is printed in a mail filter ends in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(recipient) = &self.recipient else { return f.write_str("a report that names no recipient") };
        let mailbox = recipient.address.as_deref().and_then(|address| address.parse::<Mailbox>().ok());
        let whom = mailbox.map_or_else(|| "somebody".to_owned(), |mailbox| mailbox.masked());
        let why = recipient.status.map_or_else(String::new, |status| format!(" ({status})"));
        match (self.effect, recipient.action) {
            (Effect::Unsubscribe, _) => write!(f, "a complaint: {whom} calls it spam"),
            (_, Action::Failed) => write!(f, "a report: delivery to {whom} failed{why}"),
            (_, Action::Delayed) => write!(f, "a report: delivery to {whom} is delayed{why} and goes on"),
            (_, Action::Delivered | Action::Relayed | Action::Expanded) => {
                write!(f, "a report: it was delivered to {whom}")
            }
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::Fail(Blame::Mailbox) => "the notice counts as failed, and this towards suppression",
            Effect::Fail(_) => "the notice counts as failed",
            Effect::Unsubscribe => "they are unsubscribed",
            Effect::Nothing => "nothing is to be done",
        })
    }
}

impl<N> fmt::Display for Verdict<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Matched { by: By::Token, told, .. } => write!(f, "{told}; ours by its token: {}", told.effect),
            Verdict::Matched { told, .. } => write!(f, "{told}; ours by its Message-ID: {}", told.effect),
            Verdict::Unknown(told) if told.effect == Effect::Nothing => write!(f, "{told}; {}", told.effect),
            Verdict::Unknown(told) => write!(f, "{told}; on no message of ours that is known: nothing is done"),
            Verdict::NotAReport(other) => f.write_str(match other {
                Other::Empty => "no message: nothing is done",
                Other::Receipt => "a receipt, no report: nothing is done",
                Other::AutomaticAnswer => "an automatic answer, no report: nothing is done",
                Other::Letter => "somebody's own words, no report: read them",
            }),
        }
    }
}
