//! The commands: each calls the operation of its name and says what came of it. Part of the binary.

mod announce;
mod bounce;
mod doctor;
mod explain;
mod export;
mod file;
mod import;
mod manual;
mod new;
mod organizers;
mod outbox;
mod publish;
mod serve;
mod simulate;
mod state;
mod subscribers;
mod text;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::another_time;
use allim::app::report::{Drawing, Report};
use allim::app::secret;
use allim::clock::Clock;
use allim::config::{self, Config, Settings};
use allim::domain::change::Change;
use allim::domain::link::Key;
use allim::store::Store;
use url::Url;

pub(crate) use announce::{announce, closing, decisions};
pub(crate) use bounce::bounce;
pub(crate) use doctor::{Looking, doctor};
pub(crate) use explain::explain;
pub(crate) use export::export;
pub(crate) use file::{build, check, render};
pub(crate) use import::import;
pub(crate) use manual::{completions, manual};
pub(crate) use new::new;
pub(crate) use organizers::{organizers, sign_in};
pub(crate) use outbox::outbox;
pub(crate) use publish::{publish, undo};
pub(crate) use serve::serve;
pub(crate) use simulate::simulate;
pub(crate) use state::{backup, tokens};
pub(crate) use subscribers::subscribers;
pub(crate) use text::text;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Usage(String),
    #[error("standard output: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Refused(_) | Failure::Output(_) => 1,
            Failure::Usage(_) => 2,
        }
    }
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::Refused(error.to_string())
}

const REFUSED: u8 = 1;

/// A base URL that addresses can be made of, or none.
fn usable(base_url: Option<&Url>) -> Result<(), Failure> {
    match base_url.filter(|base| !config::usable(base)) {
        Some(base) => {
            Err(Failure::Usage(format!("the address {base} must begin with http:// or https:// and have no query")))
        }
        None => Ok(()),
    }
}

fn print_changes(changes: &[Change], json: bool, out: &mut impl Write) -> std::io::Result<()> {
    for change in changes {
        if json {
            writeln!(out, "{}", serde_json::json!({ "change": change, "words": change.words() }))?;
        } else {
            writeln!(out, "{}", change.words())?;
        }
    }
    Ok(())
}

fn print_report(report: &Report, json: bool, out: &mut impl Write) -> std::io::Result<()> {
    let text = if json { report.json_lines() } else { report.text(drawing(std::io::stdout().is_terminal())) };
    out.write_all(text.as_bytes())
}

/// In colour on a terminal, unless <https://no-color.org> is heeded.
fn drawing(terminal: bool) -> Drawing {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !unwanted { Drawing::Colour } else { Drawing::Plain }
}

/// The time of a state folder: the machine's, or what a service at another time has come to there.
pub(crate) fn clock_of(state: &Path) -> Result<Clock, Failure> {
    Ok(another_time::reached(state).map_err(refused)?.map_or(Clock::System, Clock::manual))
}

/// The settings of the service, of which a command was told some.
fn configured(given: Settings) -> Result<Config, Failure> {
    Config::load(given, Path::new(config::FILE)).map_err(|error| Failure::Usage(error.to_string()))
}

/// The service's key. One made here would fit nothing that was ever kept.
fn key(config: &Config) -> Result<Key, Failure> {
    let place = secret::place(&config.state, config.secret_file.as_deref());
    if !place.exists() {
        return Err(refused(format!("there is no key at {}; say --secret-file where it is", place.display())));
    }
    secret::load(&place).map_err(refused)
}

/// Runs a command on a store that is there: looking for something must not leave a new, empty one behind.
fn in_known_store<C>(state: &Path, command: C) -> Result<ExitCode, Failure>
where
    C: AsyncFnOnce(Store) -> Result<ExitCode, Failure>,
{
    if !Store::is_in(state) {
        return Err(refused(format!("there is no database in {}; say --state where it is", state.display())));
    }
    in_store(state, command)
}

/// Runs a command that needs the store and nothing else that is concurrent.
pub(crate) fn in_store<C>(state: &Path, command: C) -> Result<ExitCode, Failure>
where
    C: AsyncFnOnce(Store) -> Result<ExitCode, Failure>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    runtime.block_on(async { command(Store::open(state).await.map_err(refused)?).await })
}
