//! From what the planner decided to a message on its way.

use crate::app::mailing::Mailing;
use crate::domain::notice::{NewNotice, NoticeKind, States};
use crate::domain::planner::{Statement, Told};
use crate::domain::programme::{Deadline, Programme, Session};
use crate::domain::revision::Revision;
use crate::domain::subscription::Subscriber;
use crate::domain::zone::Instant;
use crate::feed;
use crate::mail::compose::compose;
use crate::mail::letter::{self, About, Content, Corrected, Letter, Reader};
use crate::store::planning::Person;

/// What letters of a programme are written with.
pub struct Desk<'d> {
    /// The programme.
    pub programme: &'d Programme,
    /// Its live revision.
    pub revision: &'d Revision,
    /// Who writes, and how.
    pub mailing: &'d Mailing,
    /// When.
    pub now: Instant,
}

/// What somebody is to be told.
pub(super) enum Matter<'m> {
    /// A deadline is ahead; they were told this of it.
    Reminder { deadline: &'m Deadline, told: &'m Told, is_so: bool },
    /// What they were told is not so any more.
    Correction(Vec<(&'m Deadline, &'m Told)>),
    /// An organizer's own words.
    Words { subject: String, body: String, about: Option<About> },
    /// They present in this session, in this room.
    Presenter { session: &'m Session, room: Option<&'m str> },
    /// It is over; the organizers' words, if they gave any.
    Closing { body: Option<String> },
    /// Were they accepted? Then these deadlines are theirs.
    Decisions { titles: Vec<String>, last: bool },
}

impl Desk<'_> {
    /// The notice; none when no message can be made of it, which is told to whoever runs the service.
    pub(super) fn notice(
        &self,
        person: &Person,
        key: String,
        matter: Matter<'_>,
        states: Vec<States>,
        until: Option<Instant>,
    ) -> Option<NewNotice> {
        let subscriber = &person.subscriber;
        let deadline = states.first().map(|states| states.telling.deadline.clone());
        let one = deadline.as_deref().filter(|_| states.len() == 1);
        let reader = Reader {
            mailbox: subscriber.mailbox.clone(),
            language: subscriber.language,
            zone: subscriber.zone,
            calendar: subscriber.choice.calendar,
        };
        let calendar = one.filter(|_| reader.calendar).map(|deadline| self.calendar(deadline));
        let is_reminder = matches!(matter, Matter::Reminder { .. });
        let letter = Letter {
            programme: self.programme,
            sender: &self.mailing.sender,
            reader: &reader,
            key: &key,
            at: self.now,
            after: one.and_then(|one| person.kept.get(one)).map(|kept| kept.thread.clone()).unwrap_or_default(),
            links: self.mailing.links(subscriber, one),
            calendar,
            content: self.content(matter, subscriber),
        };
        let kind = if is_reminder { NoticeKind::Reminder } else { letter.content.kind() };
        let message = compose(&letter, &self.mailing.templates).map_err(|error| {
            tracing::error!(programme = %subscriber.programme, subscriber = subscriber.id.0, "no mail can be made of {}: {error}", letter.key);
        });
        let message = message.ok()?;
        Some(NewNotice {
            key,
            programme: subscriber.programme.clone(),
            subscriber: Some(subscriber.id),
            kind,
            deadline,
            message,
            due: self.now,
            until,
            states,
        })
    }

    fn content(&self, matter: Matter<'_>, subscriber: &Subscriber) -> Content {
        let corrected = |deadline: &Deadline, told: &Told| {
            let done = self.mailing.links(subscriber, Some(deadline.id.as_str())).done;
            Corrected { done, ..corrected(deadline, told) }
        };
        match matter {
            // Its correction failed: what reminds of the new date says that it is a new one.
            Matter::Reminder { deadline, told, is_so: false } if told.number > 0 => {
                Content::Correction(vec![corrected(deadline, told)])
            }
            Matter::Reminder { deadline, .. } => Content::Reminder { deadline: deadline.clone() },
            Matter::Correction(mut changes) => {
                // As they fall; what has no date comes last.
                changes.sort_by_key(|(deadline, _)| {
                    let due = deadline.due.moment().filter(|_| deadline.cancelled.is_none());
                    (due.is_none(), due.map(|due| due.instant))
                });
                Content::Correction(changes.into_iter().map(|(deadline, told)| corrected(deadline, told)).collect())
            }
            Matter::Words { subject, body, about } => Content::Announcement { subject, body, about },
            Matter::Presenter { session, room } => {
                Content::Presenter { session: session.clone(), room: room.map(str::to_owned) }
            }
            Matter::Closing { body } => Content::Closing { body },
            Matter::Decisions { titles, last } => Content::Decisions { accepted_only: titles, last },
        }
    }

    /// The deadline's entry, as the feed has it, for a calendar that takes single ones.
    fn calendar(&self, deadline: &str) -> String {
        let contact = self.programme.contact.clone();
        let organizer = contact.unwrap_or_else(|| self.mailing.sender.mailbox.to_string());
        feed::published(self.revision, deadline, &organizer)
    }
}

/// A deadline against what somebody was told of it.
pub(super) fn corrected(deadline: &Deadline, told: &Told) -> Corrected {
    Corrected {
        deadline: deadline.clone(),
        told: match told.statement {
            Statement::Open => letter::Told::Open,
            Statement::At(moment) => letter::Told::At(moment),
            Statement::Withdrawn => letter::Told::Withdrawn,
        },
        link_moved_from: told.link.clone().filter(|was| deadline.url.as_ref().is_some_and(|is| is.as_str() != was)),
        done: None,
    }
}
