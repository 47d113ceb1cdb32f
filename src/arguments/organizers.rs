//! What can be said of organizers.

use allim::config::Settings;
use allim::domain::mailbox::Mailbox;

use super::{Place, mailbox};

#[derive(clap::Args)]
pub(crate) struct SignIn {
    /// Their address; the first of all becomes an owner of every programme
    #[arg(value_parser = mailbox)]
    pub(crate) address: Mailbox,
    #[command(flatten)]
    pub(crate) settings: Box<Settings>,
}

#[derive(clap::Subcommand)]
pub(crate) enum OrganizersCommand {
    /// Who may sign in, and to what
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Let somebody sign in to a programme, or to all as an owner
    Add {
        /// Their own address, no mailing list's
        #[arg(value_parser = mailbox)]
        address: Mailbox,
        /// The programme; without it, every programme, and who else may sign in
        #[arg(long, value_name = "PROGRAMME")]
        programme: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Take somebody off a programme, or off all; they are signed out
    Remove {
        /// Their address
        #[arg(value_parser = mailbox)]
        address: Mailbox,
        /// The programme; without it, all
        #[arg(long, value_name = "PROGRAMME")]
        programme: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}
