//! The commands: each calls the operation of its name and says what came of it. Part of the binary.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use allim::app;
use allim::app::publish::{Consequences, Considered, Outcome, Proposal, consequences, consider, octets};
use allim::app::report::{Drawing, Report};
use allim::app::serve::App;
use allim::app::site::{self, SiteError};
use allim::app::token;
use allim::clock::Clock;
use allim::config::{self, Config, Settings};
use allim::domain::change::{Change, changes_between};
use allim::domain::file::Level;
use allim::domain::publication::Source;
use allim::domain::revision::Revision;
use allim::feed::{self, Feed, Query};
use allim::server::{self, Limits};
use allim::store::Store;
use clap::CommandFactory;
use clap_complete::Shell;
use tokio::net::TcpListener;
use url::Url;

use crate::{Arguments, TokenCommand};

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

pub(crate) fn check(files: &[PathBuf], against: Option<&Path>, strict: bool, json: bool) -> Result<ExitCode, Failure> {
    let now = Clock::System.now();
    let mut out = std::io::stdout().lock();
    let before = match against.map(|path| consider(path, None, now)) {
        None => None,
        Some(Considered { programme: Some(before), report }) => Some((before, report.source)),
        Some(Considered { report, .. }) => {
            print_report(&report, json, &mut out)?;
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let mut bad = false;
    for file in files {
        let mut considered = consider(file, before.as_ref().map(|(before, _)| before), now);
        if let (Some((before, _)), Some(programme)) = (&before, &considered.programme)
            && before.id != programme.id
        {
            eprintln!("{}: of another programme ({}, not {}): not compared", file.display(), programme.id, before.id);
            considered = consider(file, None, now);
        } else if let (Some((before, source)), Some(programme)) = (&before, &considered.programme) {
            print_changes(&changes_between(before, source, programme, now), json, &mut out)?;
        }
        let report = considered.report;
        print_report(&report, json, &mut out)?;
        bad |= report.count(Level::Error) > 0 || strict && report.count(Level::Doubt) > 0;
    }
    Ok(if bad { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
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

pub(crate) fn render(file: &Path, feed: &Feed, query: &str) -> Result<ExitCode, Failure> {
    let Considered { programme, report } = consider(file, None, Clock::System.now());
    if !report.problems.is_empty() {
        eprint!("{}", report.text(drawing(std::io::stderr().is_terminal())));
    }
    let Some(programme) = programme else { return Ok(ExitCode::from(REFUSED)) };
    let revision = Revision::unpublished(&programme, &report.source);
    let octets = feed::octets(&revision, feed, &Query::parse(query.trim_start_matches('?')), None);
    std::io::stdout().lock().write_all(&octets)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn build(files: &[PathBuf], out: &Path, base_url: Option<&Url>) -> Result<ExitCode, Failure> {
    if let Some(base) = base_url.filter(|base| !config::usable(base)) {
        return Err(Failure::Usage(format!(
            "the base URL {base} must begin with http:// or https:// and have no query"
        )));
    }
    let drawing = drawing(std::io::stderr().is_terminal());
    match site::build(files, out, base_url.map(Url::as_str), Clock::System.now()) {
        Ok(built) => {
            for report in built.reports.iter().filter(|report| !report.problems.is_empty()) {
                eprint!("{}", report.text(drawing));
            }
            let mut stdout = std::io::stdout().lock();
            for programme in &built.programmes {
                let site::Line { id, revision, entries, changes } = programme;
                let news = if changes.is_some() { "new" } else { "as before" };
                writeln!(stdout, "{id}: revision {revision} ({news}), {entries} entries")?;
                print_changes(changes.as_deref().unwrap_or_default(), false, &mut stdout)?;
            }
            writeln!(stdout, "{}: {} files written", out.display(), built.written)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(SiteError::Refused(reports, changes)) => {
            for report in &reports {
                eprint!("{}", report.text(drawing));
            }
            print_changes(&changes, false, &mut std::io::stderr())?;
            Err(Failure::Refused(format!("nothing was written; {} is as it was", out.display())))
        }
        Err(error) => Err(refused(error)),
    }
}

/// Runs a command that needs the store and nothing else that is concurrent.
pub(crate) fn in_store<C>(state: &Path, command: C) -> Result<ExitCode, Failure>
where
    C: AsyncFnOnce(Store) -> Result<ExitCode, Failure>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    runtime.block_on(async { command(Store::open(state).await.map_err(refused)?).await })
}

pub(crate) async fn publish(
    store: &Store,
    file: &Path,
    dry_run: bool,
    accept: Vec<String>,
    note: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let octets = octets(file).map_err(|error| refused(format!("{}: {error}", file.display())))?;
    let name = file.display().to_string();
    let mut proposal =
        Proposal { source: Source::CommandLine, file: name, octets, accept, note, knows_live: false, base: None };
    let considered = consequences(store, &proposal, Clock::System.now()).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    print_consequences(&considered, json, &mut out)?;
    if dry_run {
        for blocked in store.blocked().await.map_err(refused)? {
            let programme = blocked.programme.as_deref().unwrap_or("a programme");
            let (subject, text) = app::blocked::words(&blocked, programme, Clock::System.now());
            eprintln!("{subject}\n\n{text}");
        }
        return Ok(if considered.report.is_publishable() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) });
    }
    // What is done is what was said: if somebody else publishes meanwhile, it is to be looked at again.
    proposal.base = considered.programme.is_some().then_some(considered.live);
    let outcome = app::publish::publish(store, &proposal, &Clock::System).await.map_err(refused)?;
    print_outcome(&outcome, json, &mut out)
}

pub(crate) async fn undo(
    store: &Store,
    programme: &str,
    note: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let outcome =
        app::publish::undo(store, programme, Source::CommandLine, note, &Clock::System).await.map_err(refused)?;
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

pub(crate) async fn backup(store: &Store, file: &Path) -> Result<ExitCode, Failure> {
    if file.exists() {
        return Err(refused(format!("{} exists already; a backup is a new file", file.display())));
    }
    store.backup(file).await.map_err(refused)?;
    println!("{} holds everything as of now", file.display());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn tokens(command: TokenCommand) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::New { programme, name, state } => in_store(&state.state, async |store| {
            match token::issue(&store, &programme, &name, Clock::System.now()).await.map_err(refused)? {
                Some(secret) => {
                    eprintln!("this secret is shown once; it publishes {programme} by PUT /{programme}/programme.toml");
                    println!("{secret}");
                    Ok(ExitCode::SUCCESS)
                }
                None => Err(refused(format!("{programme} has a token called {name} already; choose another --name"))),
            }
        }),
        TokenCommand::List { programme, state } => in_store(&state.state, async |store| {
            for token in store.tokens(&programme).await.map_err(refused)? {
                let created = token.created.format("%Y-%m-%d %H:%M");
                let revoked =
                    token.revoked.map_or(String::new(), |at| format!(", revoked {}", at.format("%Y-%m-%d %H:%M")));
                println!("{}: made {created}{revoked} (UTC)", token.name);
            }
            Ok(ExitCode::SUCCESS)
        }),
        TokenCommand::Revoke { programme, name, state } => in_store(&state.state, async |store| {
            if store.revoke_token(&programme, &name, Clock::System.now()).await.map_err(refused)? {
                println!("{name} publishes {programme} no more");
                Ok(ExitCode::SUCCESS)
            } else {
                Err(refused(format!("{programme} has no token called {name}")))
            }
        }),
    }
}

pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "allim", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// One manual page for all commands: what each takes stands below it, not on a page that nobody installs.
pub(crate) fn manual() -> Result<ExitCode, Failure> {
    const REST: &str = ".SH \"EXIT STATUS\"\n0: done. 1: refused, with reasons. 2: wrong usage.\n\
        .SH FILES\n.TP\nallim.toml\nSettings of the service, in the folder it is started in: listen, data, state, \
        base_url, as its flags are called. A flag or a variable beats it.\n\
        .TP\ndata/*.toml\nProgramme files.\n.TP\nvar/allim.db\nWhat was published.\n";
    let command = Arguments::command();
    let page = clap_mangen::Man::new(command.clone());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    for command in command.get_subcommands() {
        describe(command, "allim", &mut out)?;
    }
    out.write_all(REST.as_bytes())?;
    page.render_version_section(&mut out)?;
    std::io::stdout().lock().write_all(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn describe(command: &clap::Command, parent: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    let page = clap_mangen::Man::new(command.clone().display_name(name.clone()).bin_name(name.clone()));
    let mut sections = Vec::new();
    page.render_description_section(&mut sections)?;
    page.render_synopsis_section(&mut sections)?;
    page.render_options_section(&mut sections)?;
    writeln!(out, ".SH \"{name}\"")?;
    out.write_all(String::from_utf8_lossy(&sections).replace(".SH ", ".SS ").as_bytes())?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below, &name, out)?;
    }
    Ok(())
}

pub(crate) fn serve(settings: Settings) -> Result<ExitCode, Failure> {
    let config = Config::load(settings, Path::new(config::FILE)).map_err(|error| Failure::Usage(error.to_string()))?;
    let level = std::env::var("ALLIM_LOG").unwrap_or_else(|_| "info".to_owned());
    let level: tracing_subscriber::filter::LevelFilter = level
        .parse()
        .map_err(|_| Failure::Usage(format!("ALLIM_LOG={level}: it can be error, warn, info, debug or trace")))?;
    // Of the libraries only trouble is told: their ordinary course is not the operator's business.
    let filter = tracing_subscriber::EnvFilter::new(format!("warn,allim={level}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(drawing(std::io::stderr().is_terminal()) == Drawing::Colour)
        .init();
    if !config.data.is_dir() {
        let folder = config.data.display();
        return Err(Failure::Usage(format!("there is no data folder {folder}; make it, or name another with --data")));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(refused)?;
    runtime.block_on(serve_until_told(config))?;
    // What still runs after the drain is cut off, or the end could wait for it for ever.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

async fn serve_until_told(config: Config) -> Result<(), Failure> {
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| refused(format!("cannot listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(refused)?;
    let base = config.base_url.as_ref().map_or_else(|| format!("http://{address}"), ToString::to_string);
    let base = base.trim_end_matches('/').to_owned();
    let store = Store::open(&config.state).await.map_err(refused)?;
    let app = Arc::new(App::open(&config.data, store, &base, Clock::System).await.map_err(refused)?);
    announce(&app, &base)?;
    server::run(listener, app, Limits::default(), told()).await.map_err(refused)
}

/// The addresses to open.
fn announce(app: &App, base: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let site = app.site();
    for (id, edition) in &site.programmes {
        writeln!(out, "{}", edition.revision.header.title)?;
        writeln!(out, "  page       {base}/{id}/")?;
        for feed in Feed::WHOLE {
            let path = feed.path();
            writeln!(out, "  {:<10} {base}/{id}/{path}", path.trim_end_matches(".ics"))?;
        }
    }
    if site.programmes.is_empty() {
        writeln!(out, "no programme is published yet; {} is watched", app.data().display())?;
    }
    for trouble in &site.troubles {
        writeln!(out, "{trouble}")?;
    }
    out.flush()
}

/// Until SIGTERM or SIGINT.
async fn told() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let mut terminated =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals can be awaited");
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
