//! What the planner works on: deadlines under watch, whom to look at, what they were told; and what it decided.
//!
//! A tick reads what is due and not what exists: reminders are found by the clock and the lead time they are due on,
//! corrections by the deadlines that moved and by whoever was told something else.

mod candidates;
mod hold;
mod people;
mod presenters;
mod rows;
mod unsent;
mod watch;

use serde_json::json;

use super::sqlite::{self, batch};
use super::subscribers::write_told;
use super::{Store, StoreError};
use crate::domain::notice::{NewNotice, NoticeKind, Unsent};
use crate::domain::subscription::{SubscriberId, Telling};
use crate::domain::zone::Instant;

pub use candidates::Clocked;
pub use hold::{Release, Waiting};
pub use people::{Announced, Kept, Person};
pub use presenters::{CLOSING, Presenting};
pub use unsent::NotSent;
pub(super) use watch::todays_id;

/// What was decided for some people of a programme.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    /// The programme's id.
    pub programme: &'p str,
    /// The revision it was decided on.
    pub revision: u32,
    /// What is to be sent.
    pub notices: &'p [NewNotice],
    /// What is not.
    pub unsent: &'p [Unsent],
    /// Keys of what is on its way and not wanted any more.
    pub unwanted: &'p [String],
    /// The announcements some of these are: they must not have been taken back.
    pub announcements: &'p [i64],
    /// What counts as told without a mail.
    pub told: &'p [(SubscriberId, Telling)],
    /// Who was looked at, and how unsettled they were then.
    pub seen: &'p [(SubscriberId, i64)],
    /// The time.
    pub now: Instant,
}

impl<'p> Plan<'p> {
    /// Nothing but notices.
    pub fn of_notices(programme: &'p str, revision: u32, notices: &'p [NewNotice], now: Instant) -> Plan<'p> {
        let (unsent, unwanted, announcements, told, seen) = (&[], &[], &[], &[], &[]);
        Plan { programme, revision, notices, unsent, unwanted, announcements, told, seen, now }
    }
}

impl Store {
    /// Writes down what was decided; how many notices are new. None when another revision is live by now, or an
    /// announcement was taken back: then nothing is written, and all is to be decided anew.
    pub async fn write_plan(&self, plan: &Plan<'_>) -> Result<Option<usize>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        if !write.is_live(plan.programme, plan.revision).await? || !write.stand(plan.announcements).await? {
            write.roll_back().await?;
            return Ok(None);
        }
        write.make_anew(plan.notices).await?;
        let written = write.enqueue(plan.notices).await?;
        let corrections = plan.notices.iter().filter(|notice| notice.kind != NoticeKind::Reminder);
        let covering: Vec<&str> = corrections.map(|notice| notice.key.as_str()).collect();
        if !covering.is_empty() {
            write.absorb(&covering, plan.now).await?;
        }
        write.leave_out(plan.unsent, plan.now).await?;
        write.withdraw(plan.unwanted, plan.now).await?;
        for (subscriber, telling) in plan.told {
            write_told(write.connection(), *subscriber, telling).await?;
        }
        // Whoever did something meanwhile is looked at once more.
        let seen = plan.seen.iter().filter(|(_, unsettled)| *unsettled > 0);
        let seen: Vec<_> = seen.map(|(id, unsettled)| json!({ "id": id.0, "unsettled": unsettled })).collect();
        if !seen.is_empty() {
            sqlx::query(batch::SEEN).bind(json!(seen).to_string()).execute(write.connection()).await?;
        }
        write.commit().await?;
        Ok(Some(written))
    }
}
