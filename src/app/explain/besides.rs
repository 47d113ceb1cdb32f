//! What one person got besides what is about their deadlines, or did not: announcements, that decisions are out, where
//! they present, that it is over.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::words::{Clock, said, utc};
use super::{Explanation, View};
use crate::domain::announcement::{Announcement, Missed, Says};
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::zone::Instant;
use crate::store::outbox::Listed;
use crate::store::{Store, StoreError};

/// A mail, or one that there is not.
#[derive(Clone, Debug)]
pub struct Besides {
    /// What it is.
    pub kind: NoticeKind,
    /// The subject that organizers gave it.
    pub subject: Option<String>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a mail.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It was made.
    Made(Box<Listed>),
    /// It is not for them.
    Missed(Missed, Instant),
    /// Its mails were made, and none was for them as they stood then.
    NotThen,
    /// It is made then.
    Ahead(Instant),
    /// It is made at the service's next look, or once what it waits for is released.
    Next,
}

impl View<'_> {
    /// All of it, the oldest first.
    pub(super) async fn besides(&self, store: &Store) -> Result<Vec<Besides>, StoreError> {
        let subscriber = &self.person.subscriber;
        let made: BTreeMap<String, Listed> = store
            .besides_deadlines(subscriber.id)
            .await?
            .into_iter()
            .map(|notice| (notice.key.clone(), notice))
            .collect();
        let unreachable = store.unreachable(&subscriber.programme).await?.contains(&subscriber.id);
        let mut found: Vec<(Instant, Besides)> = Vec::new();
        let mut announced: BTreeSet<String> = BTreeSet::new();
        for announcement in store.announcements(&subscriber.programme).await? {
            let kind = announcement.says.kind();
            let subject = match &announcement.says {
                Says::Words { subject, .. } => Some(subject.clone()),
                Says::Decisions | Says::Closing { .. } => None,
            };
            let key = announcement.key(subscriber.id);
            let fate = match made.get(&key) {
                Some(notice) => Fate::Made(Box::new(notice.clone())),
                None => self.unmade(&announcement, unreachable),
            };
            announced.insert(key);
            found.push((announcement.made, Besides { kind, subject, fate }));
        }
        // What is left was announced by nobody: where they present, the question put once more.
        let others = made.into_values().filter(|notice| !announced.contains(&notice.key));
        found.extend(others.map(|notice| {
            let (at, kind) = (notice.due, notice.kind);
            (at, Besides { kind, subject: None, fate: Fate::Made(Box::new(notice)) })
        }));
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, besides)| besides).collect())
    }

    fn unmade(&self, announcement: &Announcement, unreachable: bool) -> Fate {
        let about = announcement.about().and_then(|about| self.table.facts_of(about));
        let missed = announcement.missed_by(&self.person.subscriber, about.as_ref());
        match missed.or(unreachable.then_some(Missed::Unreachable)) {
            Some(missed) => Fate::Missed(missed, announcement.made),
            None if announcement.due > self.now => Fate::Ahead(announcement.due),
            None if announcement.told => Fate::NotThen,
            None => Fate::Next,
        }
    }
}

impl Besides {
    /// `announcement "News"`.
    pub(super) fn what(&self) -> String {
        let kind = self.kind.name();
        self.subject.as_ref().map_or_else(|| kind.to_owned(), |subject| format!("{kind} \"{subject}\""))
    }

    /// What became of it, a sentence.
    pub(super) fn sentence(&self, explanation: &Explanation) -> String {
        let clock = Clock(explanation);
        match &self.fate {
            Fate::Made(notice) => became(notice, &clock),
            Fate::Missed(missed, made) => {
                let why = match missed {
                    Missed::OtherRole => "it was for the others, authors or attendees".to_owned(),
                    Missed::Left => "you left".to_owned(),
                    Missed::Unconfirmed => {
                        format!("you had not confirmed when it was announced ({})", clock.full(*made))
                    }
                    Missed::NotTheirs => "it is about a deadline you hear nothing of".to_owned(),
                    Missed::Answered => "you had said already whether you were accepted".to_owned(),
                    Missed::Before => "you were written to about it before".to_owned(),
                    Missed::NotAskedFor => "you were not accepted, and did not ask for it".to_owned(),
                    Missed::Unreachable => "mail to you came back".to_owned(),
                };
                format!("Not sent: {why}.")
            }
            Fate::NotThen => "Not sent: by what you had asked for when it went out, it was not for you.".to_owned(),
            Fate::Ahead(due) => format!("Will be sent on {}.", clock.full(*due)),
            Fate::Next => {
                "It goes out at the service's next look, or once a change of its deadline is released.".to_owned()
            }
        }
    }

    pub(super) fn line(&self, explanation: &Explanation) -> Value {
        let at = match &self.fate {
            Fate::Made(notice) => notice.settled,
            Fate::Ahead(due) => Some(*due),
            Fate::Missed(..) | Fate::NotThen | Fate::Next => None,
        };
        let reason = match &self.fate {
            Fate::Made(notice) => notice.state.name(),
            Fate::Missed(..) | Fate::NotThen => "not for them",
            Fate::Ahead(_) => "ahead",
            Fate::Next => "due",
        };
        json!({
            "programme": explanation.subscriber.programme, "to": explanation.subscriber.mailbox.to_string(),
            "kind": self.kind.name(), "subject": self.subject, "reason": reason, "at": at.map(utc),
            "why": self.sentence(explanation),
        })
    }
}

fn became(notice: &Listed, clock: &Clock<'_>) -> String {
    let on = notice.settled.map_or(String::new(), |at| format!(" on {}", clock.full(at)));
    let reply = said(notice.reply.as_ref());
    match notice.state {
        NoticeState::Relayed => format!("Sent{on}."),
        NoticeState::Uncertain => format!("Handed over{on}, but no reply was read, so it may have arrived."),
        NoticeState::Failed => format!("Not sent: it was given up{on}{reply}."),
        NoticeState::Delayed => {
            let next = notice.ready.map_or(String::new(), |at| format!("; the next attempt is on {}", clock.full(at)));
            format!("Not sent yet: it was not taken{reply}{next}.")
        }
        NoticeState::Due | NoticeState::Claimed | NoticeState::Sending => {
            "On its way: it waits for its turn, or is being sent.".to_owned()
        }
        NoticeState::Held => "Not sent yet: an organizer is to say whether it goes.".to_owned(),
        NoticeState::Withdrawn => "Not sent: it was taken back, or you left before it could be.".to_owned(),
        NoticeState::Expired => "Not sent: what it was about passed before it could be.".to_owned(),
        NoticeState::Superseded => "Not sent: another mail said it.".to_owned(),
    }
}
