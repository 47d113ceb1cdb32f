//! The command line: parse, call, exit code. 0 done, 1 refused with reasons, 2 wrong usage.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use allim::app::publish::{Considered, consider};
use allim::app::report::{Drawing, Report};
use allim::app::serve::App;
use allim::app::site::{self, SiteError};
use allim::clock::Clock;
use allim::config::{self, Config, Settings};
use allim::domain::file::Level;
use allim::domain::revision::Revision;
use allim::feed::{self, Feed, Query};
use allim::server::{self, Limits};
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
    /// Write a completion script for a shell to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual page to standard output
    Man,
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
    let (data, state, address) = (config.data.clone(), config.state.clone(), base.clone());
    let opened = tokio::task::spawn_blocking(move || App::open(&data, &state, &address, Clock::System)).await;
    let app = Arc::new(opened.map_err(refused)?.map_err(refused)?);
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
