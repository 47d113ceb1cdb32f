//! A letter: everything a mail states, before a template says it. What is sent, to whom, from whom, with which links.

use crate::domain::language::Language;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::{Deadline, Due, Moment, Programme, Session};
use crate::domain::zone::{Instant, Zone};

/// Who sends: the same for every mail of a programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// From and envelope sender: what the relay signs.
    pub mailbox: Mailbox,
    /// The domain of bounce addresses with a token, where one is configured (RFC 3464 reports come back to it).
    pub bounce_domain: Option<String>,
    /// The address of the service, without a slash at its end.
    pub base_url: String,
}

/// Who reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    /// Where it goes.
    pub mailbox: Mailbox,
    /// In which language.
    pub language: Language,
    /// On whose clock.
    pub zone: Zone,
    /// Whether an `.ics` part is wanted.
    pub calendar: bool,
}

/// Addresses in a mail, absolute, ready to be clicked. None: the mail has no such link.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "each is the page of that name")]
pub struct Links {
    /// The programme's public page: what co-authors are given.
    pub page: String,
    pub changes: String,
    pub privacy: String,
    pub confirm: Option<String>,
    pub manage: Option<String>,
    pub unsubscribe: Option<String>,
    /// RFC 8058: POST there unsubscribes; it stands in the header only.
    pub one_click: Option<String>,
    /// `done, or not for me`, for this deadline.
    pub done: Option<String>,
    pub accepted: Option<String>,
    pub not_accepted: Option<String>,
    /// An organizer's button: publish as written, release, stop, sign in, inbox or spam.
    pub act: Option<String>,
    pub other_act: Option<String>,
    /// A token for a bounce address, in letters a local part can hold; at most 48 of them.
    pub bounce: Option<String>,
}

/// What moved, against what this reader was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// It was told as not announced yet, or not told at all.
    Open,
    /// This date.
    At(Moment),
    /// That it was withdrawn.
    Withdrawn,
}

/// One deadline of a correction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Corrected {
    /// The deadline as it is now; one that left the programme as it was last published, with `cancelled`.
    pub deadline: Deadline,
    /// What this reader was told.
    pub told: Told,
    /// The submission link they were told, where that is another one now.
    pub link_moved_from: Option<String>,
    /// `done, or not for me`, for this deadline, where the letter has such a link.
    pub done: Option<String>,
}

/// The entry an announcement is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// A deadline: its date line is added, as a correction where this reader was told otherwise.
    Deadline(Box<Corrected>),
    /// A session, and its room.
    Session(Box<Session>, Option<String>),
}

/// A change on hold, which is told to people soon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaving {
    /// The deadline's title.
    pub title: String,
    /// When.
    pub at: Instant,
    /// The command that stops it.
    pub stop: String,
}

/// What the letter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Asks for the confirmation, and says what would come and when: deadline, and the instants of its reminders.
    Confirmation {
        /// The deadlines chosen, with their dates, and when their reminders would come.
        upcoming: Vec<(Deadline, Vec<Instant>)>,
        /// Whether none is for them by what they are: they hear what organizers announce.
        announcements_only: bool,
    },
    /// This mailbox has a subscription already; here are its links.
    AlreadySubscribed,
    /// An organizer's list holds this mailbox, for the reason they typed.
    Invitation {
        /// Why these people may be written to, in the organizer's words.
        reason: String,
        /// The deadlines one would hear of.
        upcoming: Vec<Deadline>,
    },
    /// New links.
    FreshLink {
        /// Whether older ones stopped working.
        void: bool,
    },
    /// A deadline is ahead.
    Reminder {
        /// Which.
        deadline: Deadline,
    },
    /// What they were told is another date now; one message states all that moved at once.
    Correction(Vec<Corrected>),
    /// Decisions are out: two buttons.
    Decisions {
        /// The deadlines of accepted authors; their dates are not stated here.
        accepted_only: Vec<String>,
        /// Whether this reader was asked before, and is not asked again.
        last: bool,
    },
    /// For who presents.
    Presenter {
        /// Their session.
        session: Session,
        /// Its room.
        room: Option<String>,
    },
    /// After the workshop: awards, proceedings, next year.
    Closing {
        /// The organizers' words, Markdown; none: what the programme has to say.
        body: Option<String>,
    },
    /// An organizer's own words.
    Announcement {
        /// Its subject.
        subject: String,
        /// Markdown.
        body: String,
        /// The entry it is about, which is shown below the words.
        about: Option<About>,
    },
    /// To organizers: what was not sent.
    Digest {
        /// A line each.
        lines: Vec<String>,
        /// Whether that is still to come, instead.
        coming: bool,
    },
    /// To organizers: a doubtful change was not published.
    BlockedChange {
        /// The words of the refusal, with frames.
        report: String,
        /// Where it came from.
        source: String,
        /// Since when.
        since: Instant,
        /// What was published before and is told to people soon, if nobody stops it.
        leaving: Vec<Leaving>,
    },
    /// To organizers: a batch waits.
    Hold {
        /// Why, a sentence.
        reason: String,
        /// How many mails.
        waiting: usize,
        /// The deadline it blocks next, if any.
        blocks: Option<(String, Due)>,
    },
    /// To organizers: inbox or spam?
    RollCall,
    /// A link into the console.
    SignIn {
        /// Until when it works.
        until: Instant,
    },
}

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter<'l> {
    /// Of which programme.
    pub programme: &'l Programme,
    /// From whom.
    pub sender: &'l Sender,
    /// To whom.
    pub reader: &'l Reader,
    /// The notice's key: Message-ID and boundaries are made of it.
    pub key: &'l str,
    /// When it is composed: its Date, and what "left" is counted from.
    pub at: Instant,
    /// Keys of earlier letters of the same thread, oldest first: References.
    pub after: Vec<String>,
    /// Its links.
    pub links: Links,
    /// The calendar of an `.ics` part, where there is one: RFC 5545 octets with METHOD:PUBLISH and an ORGANIZER.
    pub calendar: Option<String>,
    /// What it says.
    pub content: Content,
}
