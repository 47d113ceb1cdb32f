//! What can be said on the command line, and what each word of it may be.

mod announce;
mod organizers;
mod outbox;

use std::path::PathBuf;

use allim::app::export::Format;
use allim::app::simulate::{self, Version};
use allim::clock::{BadShift, Shift};
use allim::config::Settings;
use allim::domain::kind::Named;
use allim::domain::language::Language;
use allim::domain::mailbox::{BadMailbox, Mailbox};
use allim::domain::programme::Id;
use allim::domain::zone::{Instant, UnknownZone, Zone};
use allim::feed::Feed;
use allim::mail::paste::Occasion;
use chrono::{Datelike, NaiveDate};
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use url::Url;

pub(crate) use announce::{Announce, Closing, Decisions};
pub(crate) use organizers::{OrganizersCommand, SignIn};
pub(crate) use outbox::OutboxCommand;

/// Calendar feeds for academic workshops: sessions and deadlines at the right instant, whatever changes.
#[derive(Parser)]
#[command(name = "allim", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the feeds and pages of every programme in the data folder
    Serve {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Run at another time and rate, with a state folder of its own and mail into files, such as 2025-06-20T09:00:00Z@600
        #[arg(long, value_name = "INSTANT[@RATE]", value_parser = shift)]
        clock: Option<Shift>,
    },
    /// Read programme files and say what is wrong with them, and how to mend it
    Check {
        /// Programme files, or workshops' own pages (.md)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Ask what changes against this earlier version
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// Doubts are refused too
        #[arg(long)]
        strict: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Write one feed of a programme file to standard output
    Render {
        /// Programme file, or the workshop's own page (.md)
        file: PathBuf,
        /// workshop, sessions, deadlines or all
        #[arg(long, default_value = "all", value_parser = feed_named)]
        feed: Feed,
        /// What a feed's address would say after its question mark, such as 'tz=AoE&alarm=15m'
        #[arg(long, default_value = "")]
        query: String,
    },
    /// Write feeds and pages as files that any web server can offer
    Site {
        /// Programme files, or workshops' own pages (.md)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Folder to write; revisions.json in it lets the next build count on
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Address under which the folder will be found
        #[arg(long, value_name = "URL")]
        base_url: Option<Url>,
        /// Folder of a Jekyll site's includes: allim-ID.html for each programme, allim.html for the last file
        #[arg(long, value_name = "DIR", requires = "base_url")]
        includes: Option<PathBuf>,
    },
    /// Write next year's programme file to standard output, and what its team has to do
    New {
        /// Last year's programme file or page (.md); without it a fresh one is made
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// The new year [default: the one after the old file's]
        #[arg(long)]
        year: Option<i32>,
        /// The new id [default: the old one with the new year]
        #[arg(long, value_parser = id)]
        id: Option<Id>,
        /// The new title [default: the old one with the new year]
        #[arg(long, value_name = "TEXT", value_parser = one_line)]
        title: Option<String>,
    },
    /// Write the words about a deadline that an organizer pastes into a mail form, a post, the page
    Text {
        /// Programme file, or the workshop's own page (.md)
        file: PathBuf,
        /// The deadline's id
        id: String,
        /// reminder, extended, earlier, withdrawn, announced or decisions
        #[arg(long, value_parser = named::<Occasion>)]
        kind: Occasion,
        /// mail, post, banner or all
        #[arg(long = "as", default_value = "all", value_parser = named::<Form>)]
        form: Form,
        /// en or ko
        #[arg(long, default_value = "en", value_parser = named::<Language>)]
        lang: Language,
        /// Why the deadline is withdrawn, where the file does not say
        #[arg(long, value_name = "TEXT", value_parser = one_line)]
        reason: Option<String>,
        /// Count the time left from then, such as 2025-06-27T09:00:00Z [default: now]
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        at: Option<Instant>,
    },
    /// Write a programme in another format to standard output
    Export {
        /// Programme file or page (.md), or the id of a programme that was published
        #[arg(value_name = "PROGRAMME|FILE")]
        what: String,
        /// toml, json, frab-json, frab-xml, ccfddl, jsonld or embed
        #[arg(long, value_parser = named::<Format>)]
        format: Format,
        /// Address under which the programme's folder is found
        #[arg(long, value_name = "URL")]
        base_url: Option<Url>,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Publish a programme file: say what it changes, ask what is doubtful, make the next revision
    Publish {
        /// Programme file, or the workshop's own page (.md)
        #[arg(required_unless_present = "undo")]
        file: Option<PathBuf>,
        /// Only say what it would do
        #[arg(long)]
        dry_run: bool,
        /// A doubt that is meant, by its name; 'all' for every one
        #[arg(long, value_name = "DOUBT")]
        accept: Vec<String>,
        /// What to tell about it, in the list of changes
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Publish again what was live before the live revision of this programme
        #[arg(long, value_name = "PROGRAMME", conflicts_with_all = ["file", "dry_run", "accept"])]
        undo: Option<String>,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Make a programme file of a workshop's own Markdown page, or of a frab schedule, on standard output
    Import {
        /// The page, or the schedule as JSON
        #[arg(value_name = "PAGE.md|FRAB.json")]
        page: PathBuf,
        /// The programme's id; it never changes
        #[arg(long, value_parser = id)]
        id: Option<Id>,
        /// The workshop's day, such as 2025-09-23, where the page does not say it
        #[arg(long)]
        date: Option<NaiveDate>,
        /// The zone of the sessions, such as Asia/Seoul, where the page does not say it
        #[arg(long, value_parser = zone)]
        zone: Option<Zone>,
        /// The address of the site the page belongs to
        #[arg(long, value_name = "URL")]
        site_url: Option<Url>,
        /// The programme file an earlier version of the page became: ids, comments and additions are kept
        #[arg(long, value_name = "FILE")]
        onto: Option<PathBuf>,
    },
    /// Tell people something in your own words, by mail, after ten minutes in which it can be taken back
    Announce(Announce),
    /// Say that decisions are out: each author is asked once whether their paper was accepted, and once more a week before
    /// the first deadline of accepted papers
    Decisions(Decisions),
    /// Send the mail after the workshop, to accepted authors and whoever asked for it: thanks, awards, proceedings
    Closing(Closing),
    /// Print a link that signs an organizer in to the console, once, within 30 minutes
    SignIn(SignIn),
    /// Say who may sign in to the console
    #[command(subcommand)]
    Organizers(OrganizersCommand),
    /// Read a message that came back, on standard input, and do what it asks for: its recipient was not reached
    Bounce {
        /// Domain of bounce addresses
        #[arg(long, env = "ALLIM_BOUNCE_DOMAIN", hide_env_values = true, value_name = "DOMAIN")]
        bounce_domain: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Look whether settings, database, clock, zone data and DNS are as they must be for mail to arrive
    Doctor {
        #[command(flatten)]
        settings: Box<Settings>,
        /// Look at a mail of ours instead, saved with its headers where it arrived
        #[arg(long, value_name = "FILE")]
        came_back: Option<PathBuf>,
        /// Send a mail to oneself instead, and say what the relay answers
        #[arg(long, value_name = "ADDRESS", value_parser = mailbox, conflicts_with = "came_back")]
        to: Option<Mailbox>,
        /// Mail each organizer instead, of one programme or of all, and ask: inbox or spam? A later doctor tells the answers
        #[arg(long, value_name = "PROGRAMME", num_args = 0..=1, conflicts_with_all = ["came_back", "to"])]
        roll_call: Option<Option<String>>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Live a season through: what would be sent, to whom, when, and why not
    Simulate {
        /// Versions of one programme's file, each with the instant it was published, as FILE@2025-06-24T20:13:00Z
        #[arg(required = true, value_name = "FILE[@INSTANT]", value_parser = version)]
        versions: Vec<Version>,
        /// When it begins
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        from: Instant,
        /// When it ends
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        to: Instant,
        /// Subscribers, as CSV: address,joined,role,lead,zone,language,deadlines
        #[arg(long, value_name = "FILE.csv")]
        subscribers: Option<PathBuf>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Copy the database of a state folder to a new file, and its key to FILE.secret, also while the service runs
    Backup {
        /// File to make
        file: PathBuf,
        /// File of the key, where it is not in the state folder
        #[arg(long, env = "ALLIM_SECRET_FILE", hide_env_values = true, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Say of each reminder of one person what became or will become of it, and why
    Explain {
        /// The programme
        programme: String,
        /// The person's address
        #[arg(value_parser = mailbox)]
        address: Mailbox,
        /// One deadline's id [default: all]
        deadline: Option<String>,
        /// Also lead times of the programme that they did not choose
        #[arg(long)]
        all: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        state: StateFolder,
    },
    /// The subscribers of a programme
    Subscribers {
        #[command(subcommand)]
        command: SubscribersCommand,
    },
    /// What waits, what was sent and what comes
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// Tokens with which a programme can be published over HTTP
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Write a completion script for a shell to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual page to standard output
    Man,
}

#[derive(clap::Args)]
pub(crate) struct StateFolder {
    /// State folder of the service
    #[arg(long, env = "ALLIM_STATE", hide_env_values = true, default_value = "var", value_name = "DIR")]
    pub(crate) state: PathBuf,
}

/// Where the service keeps what it must remember; what is not said here stands in its settings file.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// State folder of the service [default: var]
    #[arg(long, env = "ALLIM_STATE", hide_env_values = true, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// File of the key, where it is not in the state folder
    #[arg(long, env = "ALLIM_SECRET_FILE", hide_env_values = true, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
}

impl Place {
    /// The same as settings.
    pub(crate) fn settings(self) -> Settings {
        Settings { state: self.state, secret_file: self.secret_file, ..Settings::default() }
    }
}

#[derive(Subcommand)]
pub(crate) enum SubscribersCommand {
    /// Show how many there are, and each with a masked address
    List {
        /// The programme
        programme: String,
        #[command(flatten)]
        place: Place,
    },
    /// Write all that is kept of them to standard output, one JSON object a line
    Export {
        /// The programme
        programme: String,
        /// As CSV, which simulate reads
        #[arg(long)]
        csv: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Invite the authors of a list, as CMT, OpenReview or a spreadsheet writes it: each is asked once
    Import {
        /// The programme
        programme: String,
        /// The list, as CSV
        file: PathBuf,
        /// Why these people may be written to, in your words: they read it in the mail
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: Option<String>,
        /// Only say what would become of each
        #[arg(long)]
        dry_run: bool,
        /// The column of the authors' addresses, where its name is none of the known
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Erase one of them, as they could themselves
    Erase {
        /// The programme
        programme: String,
        /// The address
        #[arg(value_parser = mailbox)]
        address: Mailbox,
        /// How mail leaves, as for serve: the messages in a folder are erased too [default: file:outbox]
        #[arg(long, env = "ALLIM_MAIL", hide_env_values = true, value_name = "URL")]
        mail: Option<String>,
        /// A file that holds the same
        #[arg(long, env = "ALLIM_MAIL_FILE", hide_env_values = true, value_name = "FILE")]
        mail_file: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// Mark authors as accepted, as they could themselves: they hear of the deadlines of accepted papers; or take it back
    Accept {
        /// The programme
        programme: String,
        /// Their addresses
        #[arg(required = true, value_name = "ADDRESS", value_parser = mailbox)]
        addresses: Vec<Mailbox>,
        /// They were not accepted: they hear of no deadline but registration
        #[arg(long)]
        not: bool,
        /// It is not known any more
        #[arg(long, conflicts_with = "not")]
        open: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Let an address be written to again after its mail came back, or after it was erased; it subscribes nobody
    Lift {
        /// The programme
        programme: String,
        /// The address
        #[arg(value_parser = mailbox)]
        address: Mailbox,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and show its secret, this once
    New {
        /// The programme it may publish
        programme: String,
        /// What to call it, such as who will use it
        #[arg(long, default_value = "token")]
        name: String,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Show the tokens of a programme
    List {
        /// The programme
        programme: String,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Take a token's power away
    Revoke {
        /// The programme
        programme: String,
        /// The token's name
        name: String,
        #[command(flatten)]
        state: StateFolder,
    },
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error: BadMailbox| error.to_string())
}

fn zone(text: &str) -> Result<Zone, String> {
    text.parse().map_err(|error: UnknownZone| match error.nearest {
        Some(near) => format!("{error}; did you mean {near}?"),
        None => error.to_string(),
    })
}

/// Which of the words are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Mail,
    Post,
    Banner,
    All,
}

impl Named for Form {
    const ALL: &'static [(&'static str, Form)] =
        &[("mail", Form::Mail), ("post", Form::Post), ("banner", Form::Banner), ("all", Form::All)];
}

/// A value of a closed list, by its name.
fn named<T: Named>(name: &str) -> Result<T, String> {
    T::named(name).ok_or_else(|| {
        let names: Vec<&str> = T::ALL.iter().map(|(name, _)| *name).collect();
        match names.split_last() {
            Some((last, rest)) => format!("it can be {} or {last}", rest.join(", ")),
            None => String::new(),
        }
    })
}

fn id(text: &str) -> Result<Id, String> {
    Id::new(text).map_err(|error| match Id::suggestion(text) {
        Some(near) => format!("{error}; such as {near}"),
        None => error.to_string(),
    })
}

fn version(text: &str) -> Result<Version, std::convert::Infallible> {
    Ok(simulate::version(text))
}

/// An instant of a year that workshops take place in.
fn instant(text: &str) -> Result<Instant, String> {
    let instant = text.parse::<Instant>().ok().filter(|instant| (1990..2200).contains(&instant.year()));
    instant.ok_or_else(|| "it is written 2025-06-27T09:00:00Z".to_owned())
}

fn shift(text: &str) -> Result<Shift, String> {
    text.parse().map_err(|error: BadShift| error.to_string())
}

fn one_line(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty".to_owned()),
        text if text.chars().any(char::is_control) => Err("it must be one line of plain text".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// A reason that people can read: a sentence or two.
fn reason(text: &str) -> Result<String, String> {
    allim::app::invite::reason_of(text).map_err(str::to_owned)
}

fn feed_named(name: &str) -> Result<Feed, String> {
    Feed::named(name).ok_or_else(|| "it can be workshop, sessions, deadlines or all".to_owned())
}
