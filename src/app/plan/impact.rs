//! What a change would do to people: who would be corrected of which deadline, and which reminders that stands for. The
//! planner itself is asked, as of the end of the hold.

use std::collections::BTreeMap;

use super::letters::{Desk, Matter};
use super::{PEOPLE, Table};
use crate::app::mailing::Mailing;
use crate::domain::notice::Message;
use crate::domain::planner::{Act, DeadlineFacts, HOLD, plan};
use crate::domain::programme::{Deadline, Id, Programme};
use crate::domain::revision::Revision;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::store::planning::Kept;
use crate::store::{Store, StoreError};

/// What a change does to those who follow one deadline.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Impact {
    /// So many were told otherwise, and are told.
    pub corrected: usize,
    /// So many reminders the correction stands for.
    pub superseded: usize,
    /// The mail as one of them would get it, with links that lead nowhere.
    pub sample: Option<Message>,
}

/// The impact of publishing a programme, as a revision, at `now`: by deadline, where anybody is corrected.
///
/// # Errors
/// When the store cannot be read.
pub async fn impact(
    store: &Store,
    mailing: &Mailing,
    programme: &Programme,
    revision: &Revision,
    now: Instant,
) -> Result<BTreeMap<String, Impact>, StoreError> {
    let then = now + HOLD;
    let table = Table::read(store, programme, revision, now).await?;
    let default = table.default_leads();
    let desk = Desk { programme, revision, mailing, now: then };
    // A deadline that leaves the programme is told as one that is no more.
    let mut deadlines: Vec<Deadline> = programme.deadlines.clone();
    let gone = table.deadlines().await?;
    let left = gone.into_values().map(|laid| laid.deadline).filter(|deadline| deadline.cancelled.is_some());
    let left: Vec<Deadline> = left.filter(|one| deadlines.iter().all(|known| known.id != one.id)).collect();
    deadlines.extend(left);
    let mut found: BTreeMap<String, Impact> = BTreeMap::new();
    for part in store.confirmed(programme.id.as_str()).await?.chunks(PEOPLE) {
        for person in store.people(part).await? {
            for deadline in &deadlines {
                let id = deadline.id.as_str();
                let names = std::iter::once(id).chain(deadline.formerly.iter().map(Id::as_str));
                let nothing = Kept::default();
                let kept = names.filter_map(|name| person.kept.get(name)).next().unwrap_or(&nothing);
                let facts = DeadlineFacts { held_until: None, ..DeadlineFacts::of(deadline, id) };
                let ledger = table.ledger(&person, kept, deadline);
                let acts = plan(then, &person.subscriber, &default, &facts, &ledger);
                if !acts.iter().any(|act| matches!(act, Act::Correct { .. })) {
                    continue;
                }
                let impact = found.entry(id.to_owned()).or_default();
                impact.corrected += 1;
                impact.superseded += acts.iter().filter(|act| matches!(act, Act::Supersede { .. })).count();
                if impact.sample.is_none() {
                    // Whoever looks at a preview is not to be given somebody's links.
                    let mut somebody = person.clone();
                    somebody.subscriber.id = SubscriberId(0);
                    let matter = Matter::Correction(vec![(deadline, &ledger.told)]);
                    let made = desk.notice(&somebody, format!("preview {id}"), matter, Vec::new(), None);
                    impact.sample = made.map(|notice| notice.message);
                }
            }
        }
    }
    Ok(found)
}
