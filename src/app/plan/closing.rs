//! The closing mail: thanks, awards, proceedings, and that nothing more comes. It is put ready the day after the workshop,
//! and goes when an organizer says so, within two weeks or not at all.

use super::Table;
use crate::app::subscribe::number;
use crate::domain::announcement::{Addressees, Announcement, Says, closing_days};
use crate::domain::planner::Cause;
use crate::store::StoreError;
use crate::store::planning::{CLOSING, Release};

/// What organizers read of it.
const REASON: &str = "the closing mail is ready, for accepted authors and whoever asked for it: thanks, awards, \
                      proceedings. Look at it with allim closing --dry-run, and give it words of your own with --body; \
                      counted as sent, it is not sent";

impl Table<'_> {
    /// Puts it ready, sends it once it is released, and forgets it once it is too late.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (store, id, now) = (self.store, self.programme.id.as_str(), self.now);
        let Some((_, last)) = closing_days(self.programme).filter(|(first, _)| *first <= now) else {
            return Ok(());
        };
        let of_closing = |cause| cause == Cause::Closing;
        if let Some(hold) = self.waiting.iter().find(|hold| of_closing(hold.cause)) {
            return match hold.answer {
                Some(Release::Send) if now < last && !store.is_closing_announced(id).await? => {
                    let says = Says::Closing { body: None };
                    let programme = id.to_owned();
                    let closing = Announcement {
                        id: number(),
                        programme,
                        to: Addressees::All,
                        says,
                        made: now,
                        due: now,
                        told: false,
                    };
                    store.announce(&closing).await
                }
                Some(_) => Ok(()),
                None if now >= last || store.is_closing_announced(id).await? => {
                    store.release(hold.id, Release::Count).await?;
                    Ok(())
                }
                None => Ok(()),
            };
        }
        if now >= last || store.was_closing_ready(id).await? {
            return Ok(());
        }
        let wanted = store.wanting_closing(id).await?;
        if wanted > 0 {
            store.let_wait(id, Some(CLOSING), (Cause::Closing, REASON), wanted, now).await?;
        }
        Ok(())
    }
}
