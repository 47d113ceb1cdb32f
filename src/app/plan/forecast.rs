//! The future, which is not stored: the planner asked what is still ahead.

use super::{PEOPLE, Table};
use crate::domain::lead_time::LeadTime;
use crate::domain::planner::{Verdict, judge, leads};
use crate::domain::programme::Programme;
use crate::domain::zone::Instant;
use crate::store::planning::Kept;
use crate::store::{Store, StoreError};

/// Each reminder that fires after `now` and up to `until` if nothing changes: when, of which deadline, which.
///
/// # Errors
/// When the store cannot be read.
pub async fn forecast(
    store: &Store,
    programme: &Programme,
    now: Instant,
    until: Instant,
) -> Result<Vec<(Instant, String, LeadTime)>, StoreError> {
    let Some(live) = store.head(programme.id.as_str()).await? else { return Ok(Vec::new()) };
    let table = Table::lay(store, programme, &live.revision, now).await?;
    let laid = table.deadlines().await?;
    let default: Vec<LeadTime> = table.remind.keys().copied().collect();
    let ids: Vec<_> = store.confirmed(programme.id.as_str()).await?;
    let nothing = Kept::default();
    let mut ahead = Vec::new();
    for part in ids.chunks(PEOPLE) {
        for person in store.people(part).await? {
            for (id, laid) in &laid {
                let ledger = table.ledger(&person, person.kept.get(id).unwrap_or(&nothing), &laid.deadline);
                for lead in leads(&person.subscriber, &default) {
                    let verdict = judge(now, &person.subscriber, &default, &laid.facts, &ledger, *lead);
                    if let Verdict::Ahead { fire } = verdict
                        && fire <= until
                    {
                        ahead.push((fire, id.clone(), *lead));
                    }
                }
            }
        }
    }
    ahead.sort_unstable_by_key(|(fire, ..)| *fire);
    Ok(ahead)
}
