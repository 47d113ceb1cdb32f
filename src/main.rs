//! The command line: parse, call, exit code. 0 done, 1 refused with reasons, 2 wrong usage.

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
use allim::domain::file::Level;
use allim::domain::publication::Source;
use allim::domain::revision::Revision;
use allim::feed::{self, Feed, Query};
use allim::server::{self, Limits};
use allim::store::Store;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use tokio::net::TcpListener;
use url::Url;

/// Calendar feeds and deadline mail for academic workshops.
#[derive(Parser)]
#[command(name = "allim", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the feeds and pages of every programme in the data folder
    Serve {
        #[command(flatten)]
        settings: Settings,
    },
    /// Read programme files and say what is wrong with them, and how to mend it
    Check {
        /// Programme files
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
        /// Programme file
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
        /// Programme files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Folder to write; revisions.json in it lets the next build count on
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Address under which the folder will be found
        #[arg(long, value_name = "URL")]
        base_url: Option<Url>,
    },
    /// Publish a programme file: say what it changes, ask what is doubtful, make the next revision
    Publish {
        /// Programme file
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
        #[arg(long, value_name = "PROGRAMME", conflicts_with = "file")]
        undo: Option<String>,
        #[command(flatten)]
        state: StateFolder,
    },
    /// Copy the database of a state folder to a new file, also while the service runs
    Backup {
        /// File to make
        file: PathBuf,
        #[command(flatten)]
        state: StateFolder,
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
struct StateFolder {
    /// State folder of the service
    #[arg(long, env = "ALLIM_STATE", hide_env_values = true, default_value = "var", value_name = "DIR")]
    state: PathBuf,
}

#[derive(Subcommand)]
enum TokenCommand {
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

fn feed_named(name: &str) -> Result<Feed, String> {
    Feed::named(name).ok_or_else(|| "it can be workshop, sessions, deadlines or all".to_owned())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve { settings } => serve(settings),
        Command::Check { files, against, strict, json } => check(&files, against.as_deref(), strict, json),
        Command::Render { file, feed, query } => render(&file, &feed, &query),
        Command::Site { files, out, base_url } => build(&files, &out, base_url.as_ref()),
        Command::Publish { undo: Some(programme), note, json, state, .. } => {
            in_store(&state.state, async |store| undo(&store, &programme, note, json).await)
        }
        Command::Publish { file, dry_run, accept, note, json, state, .. } => {
            let file = file.unwrap_or_default();
            in_store(&state.state, async |store| publish(&store, &file, dry_run, accept, note, json).await)
        }
        Command::Backup { file, state } => in_store(&state.state, async |store| backup(&store, &file).await),
        Command::Token { command } => tokens(command),
        Command::Completions { shell } => completions(shell),
        Command::Man => manual(),
    };
    match done {
        Ok(code) => code,
        // Whoever reads our output may stop reading: that is no failure of ours to tell.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("allim: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Usage(String),
    #[error("standard output: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
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

fn check(files: &[PathBuf], against: Option<&Path>, strict: bool, json: bool) -> Result<ExitCode, Failure> {
    let now = Clock::System.now();
    let before = match against.map(|path| consider(path, None, now)) {
        None => None,
        Some(Considered { programme: Some(before), .. }) => Some(before),
        Some(Considered { report, .. }) => {
            print_report(&report, json, &mut std::io::stdout().lock())?;
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let mut out = std::io::stdout().lock();
    let mut bad = false;
    for file in files {
        let report = consider(file, before.as_ref(), now).report;
        print_report(&report, json, &mut out)?;
        bad |= report.count(Level::Error) > 0 || strict && report.count(Level::Doubt) > 0;
    }
    Ok(if bad { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
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

fn render(file: &Path, feed: &Feed, query: &str) -> Result<ExitCode, Failure> {
    let Considered { programme, report } = consider(file, None, Clock::System.now());
    if !report.problems.is_empty() {
        eprint!("{}", report.text(drawing(std::io::stderr().is_terminal())));
    }
    let Some(programme) = programme else { return Ok(ExitCode::from(REFUSED)) };
    let revision = Revision::unpublished(&programme, &report.source);
    let octets = feed::octets(&revision, feed, &Query::parse(query), None);
    std::io::stdout().lock().write_all(&octets)?;
    Ok(ExitCode::SUCCESS)
}

fn build(files: &[PathBuf], out: &Path, base_url: Option<&Url>) -> Result<ExitCode, Failure> {
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
            for (id, revision, entries, is_new) in &built.programmes {
                let news = if *is_new { "new" } else { "as before" };
                writeln!(stdout, "{id}: revision {revision} ({news}), {entries} entries")?;
            }
            writeln!(stdout, "{}: {} files written", out.display(), built.written)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(SiteError::Refused(reports)) => {
            for report in &reports {
                eprint!("{}", report.text(drawing));
            }
            Err(Failure::Refused(format!("nothing was written; {} is as it was", out.display())))
        }
        Err(error) => Err(refused(error)),
    }
}

/// Runs a command that needs the store and nothing else that is concurrent.
fn in_store<C>(state: &Path, command: C) -> Result<ExitCode, Failure>
where
    C: AsyncFnOnce(Store) -> Result<ExitCode, Failure>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    runtime.block_on(async { command(Store::open(state).await.map_err(refused)?).await })
}

async fn publish(
    store: &Store,
    file: &Path,
    dry_run: bool,
    accept: Vec<String>,
    note: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let octets = octets(file).map_err(|error| refused(format!("{}: {error}", file.display())))?;
    let name = file.display().to_string();
    let proposal = Proposal { source: Source::CommandLine, file: name, octets, accept, note, knows_live: false };
    let considered = consequences(store, &proposal, Clock::System.now()).await.map_err(refused)?;
    let mut out = std::io::stdout().lock();
    print_consequences(&considered, json, &mut out)?;
    if dry_run {
        for blocked in store.blocked().await.map_err(refused)? {
            let since = blocked.since.format("%Y-%m-%d %H:%M");
            eprintln!("refused since {since} UTC from the {}:\n{}", blocked.source, blocked.report);
        }
        return Ok(if considered.report.is_publishable() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) });
    }
    let outcome = app::publish::publish(store, &proposal, &Clock::System).await.map_err(refused)?;
    print_outcome(&outcome, json, &mut out)
}

async fn undo(store: &Store, programme: &str, note: Option<String>, json: bool) -> Result<ExitCode, Failure> {
    let outcome =
        app::publish::undo(store, programme, Source::CommandLine, note, &Clock::System).await.map_err(refused)?;
    let outcome = outcome.ok_or_else(|| refused(format!("there is no revision of {programme} to go back to")))?;
    let mut out = std::io::stdout().lock();
    if let (Outcome::Published(publication), false) = (&outcome, json) {
        for change in &publication.changes {
            writeln!(out, "{}", change.words())?;
        }
    }
    print_outcome(&outcome, json, &mut out)
}

/// What a file changes, before it does.
fn print_consequences(considered: &Consequences, json: bool, out: &mut impl Write) -> std::io::Result<()> {
    if !considered.report.problems.is_empty() {
        print_report(&considered.report, json, out)?;
    }
    for change in &considered.changes {
        if json {
            writeln!(out, "{}", serde_json::json!({ "change": change, "words": change.words() }))?;
        } else {
            writeln!(out, "{}", change.words())?;
        }
    }
    Ok(())
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
    }
}

async fn backup(store: &Store, file: &Path) -> Result<ExitCode, Failure> {
    if file.exists() {
        return Err(refused(format!("{} exists already; a backup is a new file", file.display())));
    }
    store.backup(file).await.map_err(refused)?;
    println!("{} holds everything as of now", file.display());
    Ok(ExitCode::SUCCESS)
}

fn tokens(command: TokenCommand) -> Result<ExitCode, Failure> {
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

fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "allim", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

fn manual() -> Result<ExitCode, Failure> {
    clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

fn serve(settings: Settings) -> Result<ExitCode, Failure> {
    let config = Config::load(settings, Path::new(config::FILE)).map_err(|error| Failure::Usage(error.to_string()))?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("ALLIM_LOG").unwrap_or_else(|_| "info".into());
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
        writeln!(out, "not published: {trouble}")?;
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
