//! What can be said of the outbox on the command line.

use allim::app::outbox;
use allim::domain::notice::NoticeState;
use clap::Subcommand;

use super::Place;

#[derive(Subcommand)]
pub(crate) enum OutboxCommand {
    /// Show what waits for an organizer, changes on hold, and the newest notices
    List {
        /// Of this programme alone
        programme: Option<String>,
        /// Notices in this state alone, such as failed
        #[arg(long, value_parser = state, value_name = "STATE")]
        only: Option<NoticeState>,
        /// So many notices
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        most: usize,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Show how many reminders fall due in the coming days, if nothing changes
    Forecast {
        /// The programme
        programme: String,
        /// So many days
        #[arg(long, default_value_t = 14, value_name = "NUMBER")]
        days: u32,
        #[command(flatten)]
        place: Place,
    },
    /// Send what waits
    Release {
        /// Its number, as list shows it
        hold: i64,
        /// A backup was restored: the feeds' entries count on far ahead of what it says, so that calendars believe them
        #[arg(long)]
        restored: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Write to nobody, and count what waits as sent
    CountAsSent {
        /// Its number, as list shows it
        hold: i64,
        /// A backup was restored: the feeds' entries count on far ahead of what it says, so that calendars believe them
        #[arg(long)]
        restored: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Keep a deadline's change on hold until you say so
    #[command(visible_alias = "undo")]
    Stop {
        /// The programme
        programme: String,
        /// The deadline's id
        deadline: String,
        #[command(flatten)]
        place: Place,
    },
    /// Tell a deadline's change that is on hold now
    SendNow {
        /// The programme
        programme: String,
        /// The deadline's id
        deadline: String,
        #[command(flatten)]
        place: Place,
    },
    /// Try a notice again that failed for good
    Retry {
        /// Its number, as list shows it
        notice: i64,
        #[command(flatten)]
        place: Place,
    },
}

fn state(name: &str) -> Result<NoticeState, String> {
    outbox::state(name).ok_or_else(|| {
        format!(
            "\"{name}\" is no state; there are due, claimed, sending, relayed, delayed, failed, uncertain, superseded, expired, \
             withdrawn and held"
        )
    })
}
