//! Publishing from the command line: what it would do, then the act, then what came of it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use allim::app;
use allim::app::announce;
use allim::app::consider::octets;
use allim::app::publish::{Consequences, Outcome, Proposal, consequences};
use allim::clock::Clock;
use allim::domain::publication::Source;
use allim::store::Store;

use super::{Failure, REFUSED, print_changes, print_report, refused};

pub(crate) async fn publish(
    store: &Store,
    clock: &Clock,
    file: &Path,
    dry_run: bool,
    accept: Vec<String>,
    note: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let octets = octets(file).map_err(|error| refused(format!("{}: {error}", file.display())))?;
    let name = file.display().to_string();
    let mut proposal = Proposal { accept, note, ..Proposal::new(Source::CommandLine, name, octets) };
    let considered = consequences(store, &proposal, clock.now()).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    print_consequences(&considered, json, &mut out)?;
    if dry_run {
        for blocked in store.blocked().await.map_err(refused)? {
            let programme = blocked.programme.as_deref().unwrap_or("a programme");
            let (subject, text) = app::blocked::words(&blocked, programme, clock.now());
            eprintln!("{subject}\n\n{text}");
        }
        return Ok(if considered.report.is_publishable() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) });
    }
    // What is done is what was said: if somebody else publishes meanwhile, it is to be looked at again.
    proposal.base = considered.programme.is_some().then_some(considered.live);
    let outcome = app::publish::publish(store, &proposal, clock).await.map_err(refused)?;
    print_outcome(&outcome, json, &mut out)
}

pub(crate) async fn undo(
    store: &Store,
    clock: &Clock,
    programme: &str,
    note: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let outcome = app::publish::undo(store, programme, Source::CommandLine, note, clock).await.map_err(refused)?;
    let outcome = outcome.ok_or_else(|| refused(format!("there is no revision of {programme} to go back to")))?;
    let mut out = std::io::stdout().lock();
    if let Outcome::Published(publication) = &outcome {
        print_changes(&publication.changes, json, &mut out)?;
    }
    print_outcome(&outcome, json, &mut out)
}

/// What a file changes, before it does.
fn print_consequences(considered: &Consequences, json: bool, out: &mut impl Write) -> std::io::Result<()> {
    if !considered.report.problems.is_empty() {
        print_report(&considered.report, json, out)?;
    }
    for name in &considered.unasked {
        eprintln!("no doubt of this file is called {name}");
    }
    print_changes(&considered.changes, json, out)
}

fn print_outcome(outcome: &Outcome, json: bool, out: &mut impl Write) -> Result<ExitCode, Failure> {
    match outcome {
        Outcome::Published(publication) => {
            let (id, number) = (&publication.revision.header.id, publication.revision.number);
            if json {
                writeln!(out, "{}", serde_json::json!({ "published": number, "programme": id }))?;
            } else {
                writeln!(out, "{id}: revision {number} is published")?;
                for words in announce::offered(id, &publication.changes) {
                    writeln!(out, "{words}")?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Unchanged(number) => {
            if json {
                writeln!(out, "{}", serde_json::json!({ "unchanged": number }))?;
            } else {
                writeln!(out, "nothing new: revision {number} says the same")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Refused(_) => Err(refused("not published; what was published before stays up")),
        Outcome::Overtaken(now) => {
            writeln!(out, "revision {} was published meanwhile; on top of it this file would do:", now.live)?;
            print_consequences(now, json, out)?;
            Err(refused("not published; look at what it would do now, and run it again if it is meant"))
        }
    }
}
