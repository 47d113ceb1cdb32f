//! Notices: what is sent to somebody, and how far it has come.
//!
//! A notice has a key that says what it is about; the same key twice is one notice. Its states are those of the queue:
//! due, claimed, sending, then one of the ends; what a reply of the other side means is an [`Outcome`] after RFC 3464.

use super::kind::Named;
use super::lead_time::LeadTime;
use super::subscription::{Stated, SubscriberId, Telling};
use super::zone::Instant;

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $type { $($(#[$variant_doc])* $variant,)+ }

        impl Named for $type {
            const ALL: &'static [(&'static str, $type)] = &[$(($name, $type::$variant),)+];
        }

        impl $type {
            /// Its name, as it is stored and shown.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)+ }
            }
        }
    };
}

named! {
    /// What a notice is.
    NoticeKind {
        /// Asks whether the mailbox's owner wants the mails.
        Confirmation = "confirmation",
        /// Somebody asked for a subscription that exists.
        AlreadySubscribed = "already-subscribed",
        /// From an organizer's list: asks once, and nothing else.
        Invitation = "invitation",
        /// New links, after the old ones were given up.
        FreshLink = "fresh link",
        /// A deadline is so and so far away.
        Reminder = "reminder",
        /// A date somebody was told is another one now.
        Correction = "correction",
        /// Decisions are out: were you accepted?
        Decisions = "decisions",
        /// Room, time and a note for who presents.
        Presenter = "presenter",
        /// After the workshop.
        Closing = "closing",
        /// An organizer's own words.
        Announcement = "announcement",
        /// To organizers: what was not sent, and why.
        Digest = "digest",
        /// To organizers: a doubtful change was not published.
        BlockedChange = "blocked change",
        /// To organizers: something waits for them.
        Hold = "hold",
        /// To organizers: does our mail reach you?
        RollCall = "roll call",
        /// A link into the console.
        SignIn = "sign-in",
    }
}

named! {
    /// How far a notice has come.
    NoticeState {
        /// To be sent now, or at its next attempt.
        Due = "due",
        /// A process has it.
        Claimed = "claimed",
        /// An attempt is under way.
        Sending = "sending",
        /// The relay took it. An end.
        Relayed = "relayed",
        /// The relay, or the way to it, asked for another attempt later.
        Delayed = "delayed",
        /// It will not be taken. An end.
        Failed = "failed",
        /// The final dot was sent and no reply was read: it may have arrived. The identical octets go once more.
        Uncertain = "uncertain",
        /// Another notice says it too. An end while that one stands.
        Superseded = "superseded",
        /// Too late to be worth anything. An end.
        Expired = "expired",
        /// Not wanted any more; asked for again, it opens again.
        Withdrawn = "withdrawn",
        /// Waits for an organizer.
        Held = "held",
    }
}

/// A notice's number in the queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NoticeId(pub i64);

impl std::fmt::Display for NoticeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose fault it was that a message was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Blame {
    /// The mailbox does not exist (RFC 3463 5.1.x): counts towards suppression.
    Mailbox,
    /// This recipient or this message is refused, for another reason.
    Message,
    /// The relay, the way to it, or our access to it: nothing else would get through either, so the queue pauses.
    Relay,
}

/// A reply of the relay: its code and its text (RFC 5321 4.2), or what went wrong without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// Three figures; none when no reply was read.
    pub code: Option<u16>,
    /// Its text on one line, at most 500 characters.
    pub text: String,
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What came of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The relay took the message.
    Relayed(Reply),
    /// Not now: try again later.
    Delayed(Blame, Reply),
    /// Never.
    Failed(Blame, Reply),
    /// The final dot was sent, and no reply was read.
    Uncertain(Reply),
}

impl Outcome {
    /// What was said, or what went wrong.
    pub fn reply(&self) -> &Reply {
        match self {
            Outcome::Relayed(reply)
            | Outcome::Delayed(_, reply)
            | Outcome::Failed(_, reply)
            | Outcome::Uncertain(reply) => reply,
        }
    }

    /// Whose fault it was that the message was not taken.
    pub fn blame(&self) -> Option<Blame> {
        match self {
            Outcome::Delayed(blame, _) | Outcome::Failed(blame, _) => Some(*blame),
            Outcome::Relayed(_) | Outcome::Uncertain(_) => None,
        }
    }

    /// Its name, as it is stored and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Relayed(_) => "relayed",
            Outcome::Delayed(..) => "delayed",
            Outcome::Failed(..) => "failed",
            Outcome::Uncertain(_) => "uncertain",
        }
    }
}

/// How far an SMTP attempt got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// Connecting, TLS, EHLO, AUTH.
    Connect,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA, before the message.
    Data,
    /// The message is on its way, its final dot may have been read: written down before the first octet is sent.
    Dot,
}

impl Named for Blame {
    const ALL: &'static [(&'static str, Blame)] =
        &[("mailbox", Blame::Mailbox), ("message", Blame::Message), ("relay", Blame::Relay)];
}

impl Blame {
    /// Its name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Blame::Mailbox => "mailbox",
            Blame::Message => "message",
            Blame::Relay => "relay",
        }
    }
}

impl Named for Stage {
    const ALL: &'static [(&'static str, Stage)] = &[
        ("connect", Stage::Connect),
        ("mail", Stage::Mail),
        ("rcpt", Stage::Recipient),
        ("data", Stage::Data),
        ("dot", Stage::Dot),
    ];
}

impl Stage {
    /// Its name, as it is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Connect => "connect",
            Stage::Mail => "mail",
            Stage::Recipient => "rcpt",
            Stage::Data => "data",
            Stage::Dot => "dot",
        }
    }
}

/// When an attempt may be made again after so many failed ones: after 1, 5, 15, 30 minutes, then every 30, four days at
/// most and not after `until`. `first` is when the first attempt was made.
pub fn next_attempt(attempts: u32, first: Instant, last: Instant, until: Option<Instant>) -> Option<Instant> {
    let minutes = match attempts {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        _ => 30,
    };
    let next = last + chrono::TimeDelta::minutes(minutes);
    let given_up = first + chrono::TimeDelta::days(4);
    (next <= given_up && until.is_none_or(|until| next < until)).then_some(next)
}

/// A composed message to one recipient, ready for any transport: nothing of it changes between attempts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The envelope's reverse-path (RFC 5321 4.1.1.2).
    pub from: String,
    /// The envelope's forward-path.
    pub to: String,
    /// Its Message-ID, with the angle brackets.
    pub message_id: String,
    /// Header and body, CRLF line ends, not dot-stuffed.
    pub octets: Vec<u8>,
}

/// A notice on its way into the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewNotice {
    /// What it is about: the same key again is the same notice, and is not enqueued twice.
    pub key: String,
    /// Of which programme.
    pub programme: String,
    /// For which subscriber; none for organizers' mail.
    pub subscriber: Option<SubscriberId>,
    /// What it is.
    pub kind: NoticeKind,
    /// Which deadline it is about, by id.
    pub deadline: Option<String>,
    /// The message.
    pub message: Message,
    /// Not to be sent before.
    pub due: Instant,
    /// Worthless from then on; none: never.
    pub until: Option<Instant>,
    /// What it states of deadlines: once it is sent, its reader was told so.
    pub states: Vec<States>,
}

/// What a notice states of one deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct States {
    /// The deadline, its date, and where to submit.
    pub telling: Telling,
    /// The number of the told row that it follows: once its reader was told something else, it is out of date.
    pub number: u32,
    /// Of a reminder: which, and when it fell due.
    pub reminder: Option<(LeadTime, Instant)>,
    /// Reminders that fire up to here are part of it.
    pub covers_until: Option<Instant>,
}

/// A reminder that is not sent, and is not looked for again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsent {
    /// Of which programme.
    pub programme: String,
    /// For whom.
    pub subscriber: SubscriberId,
    /// Of which deadline.
    pub deadline: String,
    /// Its lead time.
    pub lead: LeadTime,
    /// When it fell due, or would.
    pub fire: Instant,
    /// The instant it would state.
    pub due: Instant,
    /// The key of the notice that says it; none: its deadline passed.
    pub said_by: Option<String>,
}

/// The key of a reminder: the same again is the same reminder.
pub fn reminder_key(subscriber: SubscriberId, deadline: &str, lead: LeadTime, due: Instant) -> String {
    format!("reminder {:016x} {deadline} {lead} {}", subscriber.0, due.timestamp())
}

/// The key of a message that corrects what a subscriber was told: of each deadline the number of the told row it
/// answers, and what it states.
pub fn correction_key(subscriber: SubscriberId, states: &[States]) -> String {
    let mut key = format!("correction {:016x}", subscriber.0);
    for States { telling: Telling { deadline, what, link }, number, .. } in states {
        let stated = match what {
            Stated::At(due) => due.timestamp().to_string(),
            Stated::Open => "open".to_owned(),
            Stated::Withdrawn => "withdrawn".to_owned(),
        };
        key.push_str(&format!(" {deadline} {number} {stated}"));
        key.extend(link.as_ref().map(|link| format!(" {link}")));
    }
    key
}
