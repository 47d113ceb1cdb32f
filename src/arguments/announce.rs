//! What can be said of announcements, and of decisions.

use std::path::PathBuf;

use allim::config::Settings;
use allim::domain::announcement::Addressees;

use super::named;

#[derive(clap::Args)]
pub(crate) struct Announce {
    /// The programme
    pub(crate) programme: String,
    /// authors, attendees or all
    #[arg(long, value_parser = named::<Addressees>, required_unless_present = "undo")]
    pub(crate) to: Option<Addressees>,
    /// Its subject: the first forty letters tell it
    #[arg(long, value_name = "TEXT", required_unless_present = "undo")]
    pub(crate) subject: Option<String>,
    /// Your words, as Markdown
    #[arg(long, value_name = "FILE", required_unless_present = "undo")]
    pub(crate) body: Option<PathBuf>,
    /// The deadline or session it is about, which is shown below; of a deadline it tells a date that moved
    #[arg(long, value_name = "ID")]
    pub(crate) about: Option<String>,
    /// Without the ten minutes
    #[arg(long)]
    pub(crate) now: bool,
    /// Only show the mail, who would get it, and who would not
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take back what was announced last
    #[arg(long, conflicts_with_all = ["to", "subject", "body", "about", "now", "dry_run"])]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) settings: Box<Settings>,
}

#[derive(clap::Args)]
pub(crate) struct Closing {
    /// The programme
    pub(crate) programme: String,
    /// Your words, as Markdown; without them it thanks, and names awards and proceedings
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// Without the ten minutes in which it can be taken back
    #[arg(long)]
    pub(crate) now: bool,
    /// Only show the mail, who would get it, and who would not
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take it back
    #[arg(long, conflicts_with_all = ["body", "now", "dry_run"])]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) settings: Box<Settings>,
}

#[derive(clap::Args)]
pub(crate) struct Decisions {
    /// The programme
    pub(crate) programme: String,
    /// Without the ten minutes in which it can be taken back
    #[arg(long)]
    pub(crate) now: bool,
    /// Only show the mail, who would get it, and who would not
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take it back
    #[arg(long, conflicts_with_all = ["now", "dry_run"])]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) settings: Box<Settings>,
}
