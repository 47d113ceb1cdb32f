//! Decisions are out: whoever did not answer whether they were accepted is asked once more, and never again.
//!
//! On a morning of their own, seven days before the first deadline of accepted authors, if they were asked before that.
//! The first question is an announcement like any other; that the second was put is known by its key.

use chrono::TimeDelta;

use super::announcements::{is_of_accepted, last_asked, of_accepted};
use super::letters::{Desk, Matter};
use super::{PEOPLE, Table};
use crate::app::mailing::Mailing;
use crate::domain::announcement::{once_more, once_more_key};
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::store::StoreError;
use crate::store::planning::Plan;

/// Nobody is asked once more earlier than so long before.
const FARTHEST: TimeDelta = TimeDelta::days(9);

impl Table<'_> {
    /// Asks once more whoever is to be now. Says how many notices are new.
    pub(super) async fn ask_once_more(&self, mailing: &Mailing) -> Result<usize, StoreError> {
        let (store, id, now) = (self.store, self.programme.id.as_str(), self.now);
        let Some(first) = self.first_of_accepted().filter(|first| *first - now < FARTHEST) else { return Ok(0) };
        let Some(asking) = store.asking(id).await? else { return Ok(0) };
        // Where the date moved, the morning did too; the key keeps anybody from being asked twice.
        let planned = if asking.aimed == Some(first) { asking.planned } else { asking.since };
        let mut found: Vec<SubscriberId> = Vec::new();
        for zone in store.clocks(id).await? {
            let fire = once_more(first, zone);
            if planned < fire && fire <= now {
                found.extend(store.unanswered(id, zone, fire).await?);
            }
        }
        let unreachable = store.unreachable(id).await?;
        found.retain(|subscriber| !unreachable.contains(subscriber));
        let desk = Desk { programme: self.programme, revision: self.revision, mailing, now };
        let mut written = 0;
        for part in found.chunks(PEOPLE) {
            let people = store.people(part).await?;
            let notices = people.iter().filter_map(|person| {
                let subscriber = person.subscriber.id;
                let titles = of_accepted(self.programme, &person.subscriber);
                let matter = Matter::Decisions { titles, last: true };
                desk.notice(person, once_more_key(subscriber), matter, Vec::new(), last_asked(self.programme, now))
            });
            let notices: Vec<_> = notices.collect();
            let plan = Plan::of_notices(id, self.revision.number, &notices, now);
            let plan = Plan { announcements: &[asking.id], ..plan };
            let Some(new) = store.write_plan(&plan).await? else { return Ok(written) };
            written += new;
        }
        if !found.is_empty() || now - planned >= TimeDelta::hours(1) {
            store.asked_up_to(asking.id, first, now).await?;
        }
        Ok(written)
    }

    /// The first deadline of accepted authors that is ahead; none while a change of it is held.
    fn first_of_accepted(&self) -> Option<Instant> {
        let ahead =
            self.programme.deadlines.iter().filter(|deadline| is_of_accepted(deadline)).filter_map(|deadline| {
                let due = deadline.due.moment()?.instant;
                (due > self.now).then_some((due, deadline.id.as_str()))
            });
        let (due, id) = ahead.min()?;
        let held = self.open().all(|watched| watched.telling.deadline != id);
        (!held).then_some(due)
    }
}
