//! The subject lines of a season's mails, by the composer that would write them.
//!
//! A subject is the same for everybody who reads the same on the same clock, so it is composed once for all of them: a
//! season of a thousand people costs little more than one of ten.

use std::collections::HashMap;

use crate::app::mailing::sender;
use crate::domain::planner::{Statement, Told as Known};
use crate::domain::programme::{Deadline, Due, Programme};
use crate::domain::season::{Event, Kind};
use crate::domain::subscription::Subscriber;
use crate::domain::zone::Instant;
use crate::mail::compose::subject;
use crate::mail::letter::{Content, Corrected, Letter, Links, Reader, Sender, Told};
use crate::mail::templates::Templates;

/// An address for links: no subject has one.
const NOWHERE: &str = "http://127.0.0.1";

/// Composes subjects, each once.
pub(super) struct Subjects<'s> {
    versions: &'s [(Instant, Programme)],
    templates: Templates,
    sender: Sender,
    known: HashMap<String, Option<String>>,
}

impl<'s> Subjects<'s> {
    /// Of mails about these versions of a programme, in the order of their publication.
    pub(super) fn new(versions: &'s [(Instant, Programme)]) -> Subjects<'s> {
        let sender = sender(None, NOWHERE, None).expect("the address of a service that is only tried out");
        Subjects { versions, templates: Templates::built_in(), sender, known: HashMap::new() }
    }

    /// The subject of each event of one moment and one reader; none where no mail goes. Corrections of one moment are one
    /// message.
    pub(super) fn of(&mut self, events: &[Event], reader: &Subscriber) -> Vec<Option<String>> {
        let corrections: Vec<&Event> =
            events.iter().filter(|event| matches!(event.kind, Kind::Correction(_))).collect();
        let subject = |event: &Event| match event.kind {
            Kind::Correction(_) => self.one(&corrections, reader),
            Kind::Confirmation | Kind::Reminder(_) => self.one(&[event], reader),
            Kind::Superseded(_) | Kind::Expired(_) | Kind::Held(_) => None,
        };
        events.iter().map(subject).collect()
    }

    fn one(&mut self, events: &[&Event], reader: &Subscriber) -> Option<String> {
        let first = events.first()?;
        let at = first.at;
        let (number, programme) = self.live(at)?;
        let mut key = format!("{number} {:?} {}", reader.language, reader.zone.name());
        for Event { deadline, kind, statement, .. } in events {
            key.push_str(&match kind {
                // It says the same whatever is confirmed.
                Kind::Confirmation => " confirmation".to_owned(),
                Kind::Correction(told) => format!(" {at} {deadline} {statement:?} {told:?}"),
                _ => format!(" {deadline} {statement:?}"),
            });
        }
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let content = match first.kind {
            Kind::Confirmation => Some(Content::Confirmation { upcoming: Vec::new(), announcements_only: false }),
            Kind::Correction(_) => {
                let corrected: Option<Vec<Corrected>> = events.iter().map(|event| self.corrected(event)).collect();
                corrected.map(Content::Correction)
            }
            _ => self.deadline(first).map(|deadline| Content::Reminder { deadline }),
        };
        let composed = content.and_then(|content| self.compose(programme, reader, at, content));
        self.known.insert(key, composed.clone());
        composed
    }

    /// The version that is live at an instant.
    fn live(&self, at: Instant) -> Option<(usize, &'s Programme)> {
        let after = self.versions.partition_point(|(published, _)| *published <= at);
        let number = after.saturating_sub(1);
        self.versions.get(number).map(|(_, programme)| (number, programme))
    }

    /// The deadline as the mail states it; one that vanished as it was last published.
    fn deadline(&self, event: &Event) -> Option<Deadline> {
        let (number, _) = self.live(event.at)?;
        let named = |(_, programme): &'s (Instant, Programme)| {
            programme.deadlines.iter().find(|deadline| deadline.id.as_str() == event.deadline)
        };
        let mut deadline = self.versions[..=number].iter().rev().find_map(named)?.clone();
        match event.statement {
            Statement::At(moment) => (deadline.due, deadline.cancelled) = (Due::At(moment), None),
            Statement::Open => (deadline.due, deadline.cancelled) = (Due::Open, None),
            Statement::Withdrawn => deadline.cancelled = deadline.cancelled.or(Some(String::new())),
        }
        Some(deadline)
    }

    fn corrected(&self, event: &Event) -> Option<Corrected> {
        let Kind::Correction(Known { statement, link, .. }) = &event.kind else { return None };
        let deadline = self.deadline(event)?;
        let told = match statement {
            Statement::At(moment) => Told::At(*moment),
            Statement::Open => Told::Open,
            Statement::Withdrawn => Told::Withdrawn,
        };
        let now = deadline.url.as_ref().map(ToString::to_string);
        let link_moved_from = link.clone().filter(|link| now.as_ref().is_some_and(|now| now != link));
        Some(Corrected { deadline, told, link_moved_from, done: None })
    }

    fn compose(&self, programme: &Programme, to: &Subscriber, at: Instant, content: Content) -> Option<String> {
        let (mailbox, language, zone) = (to.mailbox.clone(), to.language, to.zone);
        let reader = Reader { mailbox, language, zone, calendar: false };
        let address = || NOWHERE.to_owned();
        let links = Links { page: address(), changes: address(), privacy: address(), ..Links::default() };
        let (sender, after) = (&self.sender, Vec::new());
        let letter = Letter { programme, sender, reader: &reader, key: "", at, after, links, calendar: None, content };
        subject(&letter, &self.templates).ok()
    }
}
