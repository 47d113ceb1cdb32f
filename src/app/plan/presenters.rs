//! Whoever presents is told when and where: once, on a morning of their own, five days before their session.
//!
//! Who presents says so on the page of their subscription, and in which session. Whoever says so later is told at once.

use chrono::TimeDelta;

use super::Table;
use super::announcements::session;
use super::letters::{Desk, Matter};
use crate::app::mailing::Mailing;
use crate::domain::announcement::{presenter_key, told_to_present};
use crate::domain::programme::Session;
use crate::domain::subscription::SubscriberId;
use crate::store::StoreError;
use crate::store::planning::{Plan, Presenting};

/// Nobody is told earlier than so long before.
const FARTHEST: TimeDelta = TimeDelta::days(7);

impl Table<'_> {
    /// Tells whoever is to be told now. Says how many notices are new.
    pub(super) async fn tell_presenters(&self, mailing: &Mailing) -> Result<usize, StoreError> {
        let (store, now) = (self.store, self.now);
        let near = |session: &&Session| {
            let start = session.start.instant;
            session.cancelled.is_none() && start > now && start - now < FARTHEST
        };
        // Everything of the programme may wait for an organizer.
        if !self.programme.sessions.iter().any(|session| near(&session)) || self.waits("") {
            return Ok(0);
        }
        let mut due: Vec<(Presenting, &Session)> = store
            .presenting(self.programme.id.as_str())
            .await?
            .into_iter()
            .filter_map(|presenting| {
                let session = session(self.programme, &presenting.session).filter(near)?;
                (told_to_present(session.start.instant, presenting.zone) <= now).then_some((presenting, session))
            })
            .collect();
        if due.is_empty() {
            return Ok(0);
        }
        due.sort_by_key(|(_, session)| session.start.instant);
        let ids: Vec<SubscriberId> = due.iter().map(|(presenting, _)| presenting.subscriber).collect();
        let people = store.people(&ids).await?;
        let desk = Desk { programme: self.programme, revision: self.revision, mailing, now };
        let notices = due.iter().filter(|_| !self.counts("")).filter_map(|(presenting, session)| {
            let person = people.iter().find(|person| person.subscriber.id == presenting.subscriber)?;
            let matter = Matter::Presenter { session, room: self.programme.room(session) };
            let key = presenter_key(presenting.subscriber, &presenting.session);
            desk.notice(person, key, matter, Vec::new(), Some(session.start.instant))
        });
        let notices: Vec<_> = notices.collect();
        let (programme, revision) = (self.programme.id.as_str(), self.revision.number);
        let Some(written) = store.write_plan(&Plan::of_notices(programme, revision, &notices, now)).await? else {
            return Ok(0);
        };
        // A key keeps anybody from being told twice, should this not be kept.
        store.presented(due.iter().map(|(presenting, _)| presenting), now).await?;
        Ok(written)
    }
}
