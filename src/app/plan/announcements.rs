//! Announcements among what is planned. Once one is due, a mail to everybody it reaches is made of it, together with what
//! else is due to them: one about a deadline takes the place of their correction of it and of its reminders.
//!
//! What one is about may move while its mails wait: then they are made anew. Nobody gets one twice, for a mail is known by
//! its key; taken back, it is not made any more.

use std::collections::{BTreeMap, BTreeSet};

use super::letters::{Desk, Matter, corrected};
use super::{Laid, Table, states, told};
use crate::domain::announcement::{Announcement, Says, closing_days, is_near};
use crate::domain::notice::{NewNotice, NoticeState, States};
use crate::domain::planner::{Batch, DeadlineFacts, Held, Watched, covers_until};
use crate::domain::programme::{Audience, Deadline, Programme, Session};
use crate::domain::subscription::{Subscriber, SubscriberId};
use crate::domain::zone::Instant;
use crate::mail::letter::{self, About};
use crate::store::StoreError;
use crate::store::planning::{Announced, Kept, Person};

/// An announcement of which a mail is made to somebody, and the deadline it is about.
pub(super) type Announcing<'a> = (&'a Announcement, Option<&'a Laid>);

/// While an announcement about a deadline waits, nothing else goes out about it, unless it is near: it will be told by the
/// announcement, or once that is taken back.
pub(super) fn hold(announcements: &[Announcement], watched: &mut [Watched], now: Instant) {
    for announcement in announcements.iter().filter(|announcement| now < announcement.due) {
        let about = |watched: &&mut Watched| announcement.about() == Some(watched.telling.deadline.as_str());
        let Some(watched) = watched.iter_mut().find(about).filter(|watched| !is_near(watched.telling.what, now)) else {
            continue;
        };
        let waits = Held { first: announcement.made, until: announcement.due, stopped: false };
        let held = watched.held.filter(|held| held.holds(now));
        watched.held = Some(held.map_or(waits, |held| Held { until: held.until.max(waits.until), ..held }));
    }
}

/// A session of a programme, by an id that it has or had.
pub fn session<'p>(programme: &'p Programme, id: &str) -> Option<&'p Session> {
    let named = |session: &&Session| session.id.as_str() == id;
    let was = |session: &&Session| session.formerly.iter().any(|former| former.as_str() == id);
    programme.sessions.iter().find(named).or_else(|| programme.sessions.iter().find(was))
}

/// The titles of what accepted authors will be reminded of: without a date, for who is asked may not be one.
pub(super) fn of_accepted(programme: &Programme, subscriber: &Subscriber) -> Vec<String> {
    let wanted = programme
        .deadlines
        .iter()
        .filter(|deadline| is_of_accepted(deadline) && subscriber.choice.wants(subscriber.role, deadline));
    wanted.map(|deadline| deadline.title.clone()).collect()
}

/// Whether a deadline is one that accepted authors alone hear of.
pub(super) fn is_of_accepted(deadline: &Deadline) -> bool {
    deadline.audience == Audience::Accepted && deadline.ours && deadline.cancelled.is_none()
}

impl Table<'_> {
    /// Announcements of which mails are made now: what they are about may be told.
    pub(super) fn announced_now(&self) -> impl Iterator<Item = &Announcement> {
        let about = |announcement: &Announcement| {
            self.watched.iter().find(|watched| announcement.about() == Some(watched.telling.deadline.as_str()))
        };
        let may = move |announcement: &&Announcement| {
            let held = about(announcement).is_some_and(|about| about.is_held(self.now));
            !held && !self.waits(announcement.about().unwrap_or_default())
        };
        self.announcements.iter().filter(|announcement| announcement.due <= self.now).filter(may)
    }

    /// Whom they reach.
    pub(super) async fn addressed(&self) -> Result<BTreeSet<SubscriberId>, StoreError> {
        let mut found = BTreeSet::new();
        for announcement in self.announced_now() {
            found.extend(self.store.addressed(announcement).await?);
        }
        Ok(found)
    }

    /// What would be sent of them now.
    pub(super) async fn announced_batch(&self) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        for announcement in self.announced_now() {
            self.store.addressed(announcement).await?.iter().for_each(|_| batch.add(announcement.due));
        }
        Ok(batch)
    }

    /// All their mails were made.
    pub(super) async fn announced(&self) -> Result<(), StoreError> {
        for announcement in self.announced_now() {
            self.store.announced(announcement.id, self.now).await?;
        }
        Ok(())
    }

    /// Those of which these people may get a mail now: also those of which a mail to them is still on its way.
    pub(super) async fn announced_among(&self, people: &[Person]) -> Result<Vec<Announcement>, StoreError> {
        let mut announced: Vec<Announcement> = self.announced_now().cloned().collect();
        let waiting: BTreeSet<i64> = people
            .iter()
            .flat_map(|person| person.kept.values())
            .flat_map(|kept| kept.announced.iter().filter(|(_, mail)| may_be_made_anew(mail)))
            .map(|(id, _)| *id)
            .filter(|id| announced.iter().all(|known| known.id != *id))
            .collect();
        for id in waiting {
            announced.extend(self.store.announcement(id).await?);
        }
        Ok(announced)
    }

    /// Those of which a mail is made to somebody now, each with the deadline it is about.
    pub(super) fn announced_to<'a>(
        &self,
        announced: &'a [Announcement],
        person: &Person,
        laid: &'a BTreeMap<String, Laid>,
    ) -> Vec<Announcing<'a>> {
        let with_about = announced.iter().map(|one| (one, one.about().and_then(|about| laid.get(about))));
        let mine = with_about.filter(|(announcement, about)| {
            let facts = about.map(|about| &about.facts);
            let held = facts.is_some_and(|facts| facts.held_until.is_some_and(|until| self.now < until));
            !held
                && announcement.missed_by(&person.subscriber, facts).is_none()
                && self.is_to_be_made(announcement, *about, person)
        });
        mine.collect()
    }

    /// Whether a mail of it is new to somebody, or on its way with something that is not so any more.
    fn is_to_be_made(&self, announcement: &Announcement, about: Option<&Laid>, person: &Person) -> bool {
        let kept = about.and_then(|about| Some((about, person.kept.get(&about.facts.id)?)));
        let Some((about, kept)) = kept else { return !announcement.told };
        let Some(mail) = kept.announced.get(&announcement.id) else { return !announcement.told };
        let number = kept.told.as_ref().map_or(0, |(_, number)| *number);
        let is_so = (about.facts.statement.stated(), about.facts.link.clone());
        let waits = mail.state != NoticeState::Withdrawn && mail.number == number && mail.states == is_so;
        may_be_made_anew(mail) && !waits
    }
}

impl Desk<'_> {
    /// The mail of an announcement to somebody.
    pub(super) fn announcement(
        &self,
        person: &Person,
        announcement: &Announcement,
        about: Option<&Laid>,
    ) -> Option<NewNotice> {
        let key = announcement.key(person.subscriber.id);
        let (subject, body, named) = match &announcement.says {
            Says::Words { subject, body, about } => (subject.clone(), body.clone(), about),
            Says::Decisions => {
                let titles = of_accepted(self.programme, &person.subscriber);
                let until = last_asked(self.programme, self.now);
                return self.notice(person, key, Matter::Decisions { titles, last: false }, Vec::new(), until);
            }
            Says::Closing { body } => {
                let until = closing_days(self.programme).map(|(_, last)| last);
                return self.notice(person, key, Matter::Closing { body: body.clone() }, Vec::new(), until);
            }
        };
        let Some(about) = about else {
            let shown = named.as_deref().and_then(|named| session(self.programme, named));
            let until = shown.map(|session| session.end.instant).filter(|end| *end > self.now);
            let room = |session: &Session| self.programme.room(session).map(str::to_owned);
            let about = shown.map(|session| About::Session(Box::new(session.clone()), room(session)));
            return self.notice(person, key, Matter::Words { subject, body, about }, Vec::new(), until);
        };
        let nothing = Kept::default();
        let kept = person.kept.get(&about.facts.id).unwrap_or(&nothing);
        let told = told(kept.told.as_ref(), &about.deadline);
        let covers = covers_until(self.now, &about.facts.statement);
        let states: Vec<States> = vec![states(about, told.number, None, Some(covers))];
        let dates = [told.statement.instant(), about.facts.statement.instant()];
        let until = dates.into_iter().flatten().max().filter(|until| *until > self.now);
        let mut shown = corrected(&about.deadline, &told);
        if about.deadline.cancelled.is_some() && shown.told == letter::Told::Withdrawn {
            // That it is no more is said again, and not its date as if that stood.
            shown.told = letter::Told::Open;
        }
        let about = Some(About::Deadline(Box::new(shown)));
        self.notice(person, key, Matter::Words { subject, body, about }, states, until)
    }
}

/// Until when it is worth asking whether somebody was accepted.
pub(super) fn last_asked(programme: &Programme, now: Instant) -> Option<Instant> {
    let of_accepted = programme.deadlines.iter().filter(|deadline| is_of_accepted(deadline));
    of_accepted.filter_map(|deadline| Some(deadline.due.moment()?.instant)).max().filter(|last| *last > now)
}

/// The mail of an announcement as somebody would get it.
pub fn sample(desk: &Desk<'_>, person: &Person, announcement: &Announcement) -> Option<NewNotice> {
    let named = |deadline: &&Deadline| announcement.about() == Some(deadline.id.as_str());
    let deadline = desk.programme.deadlines.iter().find(named);
    let about = deadline.map(|deadline| Laid {
        facts: DeadlineFacts::of(deadline, deadline.id.as_str()),
        deadline: deadline.clone(),
        told_since: desk.now,
    });
    desk.announcement(person, announcement, about.as_ref())
}

/// A mail that did not leave, and can: one that failed, or may have arrived, is not made again.
fn may_be_made_anew(mail: &Announced) -> bool {
    use NoticeState::{Claimed, Delayed, Due, Held, Sending, Withdrawn};
    matches!(mail.state, Due | Delayed | Held | Withdrawn | Claimed | Sending)
}
