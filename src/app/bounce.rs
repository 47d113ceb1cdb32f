//! Bounces: which of our notices a report is about, what is to be done for it, and doing it.
//!
//! Anybody can write a report. A token in the address it came to is ours for certain; a Message-ID is known to whoever
//! got the mail, and counts only if the notice went to the address reported.

use std::fmt;

use crate::app::subscribe::blinded;
use crate::domain::link::{Claim, Key, Purpose};
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{Blame, NoticeId, Reply, Stage};
use crate::domain::zone::Instant;
use crate::mail::bounce::{Action, Incoming, Other, Recipient, Report, read};
use crate::store::outbox::Listed;
use crate::store::{Ask, Store, StoreError};

/// A reply is kept on one line of so many characters.
const LONGEST_REPLY: usize = 500;

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

/// What came of a message, and whether it was news.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// What came of it.
    pub verdict: Verdict<NoticeId>,
    /// Whether anything was changed for it.
    pub changed: bool,
}

/// Where what was sent is known, and what its tokens are proven by.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'s> {
    /// The store.
    pub store: &'s Store,
    /// The key; without one no token is ours.
    pub key: Option<&'s Key>,
    /// The domain of bounce addresses.
    pub domain: Option<&'s str>,
}

impl Sent<'_> {
    /// Reads a message and does what it asks for. Taken twice, it is done once.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn take(&self, octets: &[u8], now: Instant) -> Result<Taken, StoreError> {
        let verdict = judge(octets, self.domain, async |clue: Clue<'_>| self.find(clue).await).await?;
        let changed = match &verdict {
            Verdict::Matched { notice, told, .. } => self.act(notice, told, now).await?,
            Verdict::Unknown(_) | Verdict::NotAReport(_) => false,
        };
        Ok(Taken { verdict: verdict.map(|notice| notice.id), changed })
    }

    async fn find(&self, clue: Clue<'_>) -> Result<Option<Listed>, StoreError> {
        let notice = match clue {
            Clue::Token(token) => self.proven(token).await?,
            Clue::MessageId(id, Some(address)) => match self.store.notice_of_message(&format!("<{id}>")).await? {
                Some(notice) if self.went_to(&notice, address).await? => Some(notice),
                _ => None,
            },
            Clue::MessageId(_, None) => None,
        };
        let Some(notice) = notice else { return Ok(None) };
        // What no relay was given cannot come back, whoever says so.
        let attempts = self.store.attempts(notice.id).await?;
        Ok(attempts.iter().any(|attempt| attempt.stage == Stage::Dot).then_some(notice))
    }

    /// The notice of a token: the token proves whose it is, and the beginning of a Message-ID behind it says which.
    /// Small letters may have become capitals on the way.
    async fn proven(&self, token: &str) -> Result<Option<Listed>, StoreError> {
        let token = token.to_ascii_lowercase();
        let Some((token, mark)) = token.split_once('.').filter(|(_, mark)| !mark.is_empty()) else { return Ok(None) };
        let (Some(key), Some(claim)) = (self.key, Claim::read(token)) else { return Ok(None) };
        let subscriber = self.store.subscriber(claim.subscriber).await?;
        if !subscriber.is_some_and(|subscriber| key.holds(Purpose::Bounce, &claim, subscriber.link_version)) {
            return Ok(None);
        }
        match self.store.notice_marked(claim.subscriber, mark).await? {
            Some(id) => self.store.notice(id).await,
            None => Ok(None),
        }
    }

    async fn went_to(&self, notice: &Listed, address: &str) -> Result<bool, StoreError> {
        let spelt = |address: &str| address.parse().map_or_else(|_| address.to_owned(), |it: Mailbox| it.to_string());
        // The message goes a week after it was settled; whom it was for is known for longer.
        let recipient = match (&notice.recipient, notice.subscriber) {
            (Some(recipient), _) => Some(recipient.clone()),
            (None, Some(id)) => self.store.subscriber(id).await?.map(|subscriber| subscriber.mailbox.to_string()),
            (None, None) => None,
        };
        Ok(recipient.is_some_and(|recipient| spelt(&recipient).to_lowercase() == spelt(address).to_lowercase()))
    }

    async fn act(&self, notice: &Listed, told: &Told, now: Instant) -> Result<bool, StoreError> {
        match (told.effect, notice.subscriber) {
            (Effect::Fail(blame), _) => {
                if let Some(key) = self.key {
                    self.store.blind(|mailbox| blinded(key, mailbox)).await?;
                }
                self.store.came_back(notice.id, blame, &told.reply(), now).await
            }
            (Effect::Unsubscribe, Some(id)) => {
                // Taken again, it must not undo that they came back meanwhile.
                let news = self.store.complained_of(notice.id, now).await?;
                if news {
                    self.store.act(id, &Ask::Leave, &[], now).await?;
                    self.store.withdraw_all(id, now).await?;
                }
                Ok(news)
            }
            (Effect::Unsubscribe, None) | (Effect::Nothing, _) => Ok(false),
        }
    }
}

impl Told {
    /// The report, as the reply that the notice came to.
    fn reply(&self) -> Reply {
        let recipient = self.recipient.as_ref();
        let status = recipient.and_then(|recipient| recipient.status).map(|status| status.to_string());
        let words = recipient.and_then(|recipient| recipient.diagnostic.clone());
        let text = ["reported".to_owned()].into_iter().chain(status).chain(words).collect::<Vec<_>>().join(": ");
        let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        Reply { code: None, text: plain.take(LONGEST_REPLY).collect() }
    }
}

impl<N> Verdict<N> {
    /// The same, with the notice known otherwise.
    fn map<M>(self, with: impl FnOnce(N) -> M) -> Verdict<M> {
        match self {
            Verdict::Matched { notice, by, told } => Verdict::Matched { notice: with(notice), by, told },
            Verdict::Unknown(told) => Verdict::Unknown(told),
            Verdict::NotAReport(other) => Verdict::NotAReport(other),
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.verdict.fmt(f)?;
        match &self.verdict {
            Verdict::Matched { told, .. } if told.effect != Effect::Nothing && !self.changed => {
                f.write_str("; it was known already")
            }
            _ => Ok(()),
        }
    }
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
