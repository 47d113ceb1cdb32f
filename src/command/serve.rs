//! The service, until it is told to end.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use allim::app::another_time::{self, Place};
use allim::app::console::sign_in;
use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::mailing::{self, Mailing};
use allim::app::organizers;
use allim::app::report::Drawing;
use allim::app::secret;
use allim::app::serve::App;
use allim::clock::{Clock, Shift};
use allim::config::{Config, Settings};
use allim::feed::Feed;
use allim::mail::templates::Templates;
use allim::mail::transport::Transport;
use allim::server::{self, Limits};
use allim::store::Store;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use super::{Failure, configured, drawing, refused};

/// How often it is noted how far another time has come.
const NOTED: Duration = Duration::from_millis(500);

pub(crate) fn serve(settings: Settings, shift: Option<Shift>) -> Result<ExitCode, Failure> {
    let mut config = configured(settings)?;
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
    let (clock, place) = match shift {
        Some(shift) => {
            let (clock, place) = at_another_time(&mut config, shift)?;
            (clock, Some(place))
        }
        None => {
            another_time::refuse_for_real(&config.state).map_err(refused)?;
            (Clock::System, None)
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(refused)?;
    let noted = place.as_ref();
    let served = runtime.block_on(async {
        tokio::select! {
            served = serve_until_told(config, clock.clone()) => served,
            () = note_time(noted, &clock) => Ok(()),
        }
    });
    if let Some(place) = &place {
        place.note(clock.now()).map_err(refused)?;
    }
    served?;
    // What still runs after the drain is cut off, or the end could wait for it for ever.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// The clock of another time, and its place: a state folder of its own, with a key of its own. Nobody must get mail of a
/// time that is not theirs.
fn at_another_time(config: &mut Config, shift: Shift) -> Result<(Clock, Place), Failure> {
    if !matches!(transport(config)?, Transport::File(_)) {
        return Err(Failure::Usage(
            "with --clock mail goes into files alone, or people would get mail of another time: say --mail file:outbox"
                .to_owned(),
        ));
    }
    let (place, from) = Place::open(&config.state, shift.from).map_err(refused)?;
    config.state = place.folder().to_owned();
    config.secret_file = None;
    Ok((Clock::shifted(Shift { from, ..shift }), place))
}

/// Notes now and then how far a clock has come. A trouble is told when it is a new one.
async fn note_time(place: Option<&Place>, clock: &Clock) {
    let mut known = None;
    loop {
        tokio::time::sleep(NOTED).await;
        let trouble = place.and_then(|place| place.note(clock.now()).err()).map(|error| error.to_string());
        if let Some(trouble) = trouble.as_ref().filter(|_| trouble != known) {
            tracing::error!("{trouble}; a restart would live the time since then once more");
        }
        known = trouble;
    }
}

fn transport(config: &Config) -> Result<Transport, Failure> {
    Transport::parse(config.mail.expose_secret(), &config.state).map_err(|error| Failure::Usage(error.to_string()))
}

async fn serve_until_told(config: Config, clock: Clock) -> Result<(), Failure> {
    // Before anything is done: a wrong setting is told at once.
    let transport = transport(&config)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| refused(format!("cannot listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(refused)?;
    let base = config.base_url.as_ref().map_or_else(|| format!("http://{address}"), ToString::to_string);
    let base = base.trim_end_matches('/').to_owned();
    let store = Store::open(&config.state).await.map_err(refused)?;
    let mailing = mailing(&config, &base)?;
    sign_in::take_in(&store, &mailing.organizers, clock.now()).await.map_err(refused)?;
    let app = App::open_with(&config.data, store, &base, clock.clone(), Some(mailing)).await.map_err(refused)?;
    let app = Arc::new(app);
    let per_day = config.mail_per_day.and_then(|number| usize::try_from(number).ok());
    let measure = Measure { sessions: config.mail_sessions, per_day };
    let dispatcher = Dispatcher::new(app.store().clone(), transport, clock, measure);
    app.dispatch_by(Arc::new(dispatcher));
    // Whoever reads only the first lines of it, or nothing, is served all the same.
    if let Err(error) = announce(&app, &base) {
        tracing::debug!("nobody reads the addresses to open: {error}");
    }
    server::run(listener, app, Limits::default(), told()).await.map_err(refused)
}

/// What the service writes to people with.
pub(super) fn mailing(config: &Config, base: &str) -> Result<Mailing, Failure> {
    let key = secret::load(&secret::place(&config.state, config.secret_file.as_deref())).map_err(refused)?;
    let sender = mailing::sender(config.from.as_deref(), base, config.bounce_domain.clone());
    let sender = sender.map_err(|error| Failure::Usage(format!("the address mail is from cannot be used: {error}")))?;
    let templates = config.templates.as_deref().map_or_else(|| Ok(Templates::built_in()), Templates::with_folder);
    let templates = templates.map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Mailing {
        key,
        sender,
        ceilings: mailing::ceilings(config.sign_ups_per_hour),
        trusted_proxies: config.trusted_proxies.clone(),
        templates,
        organizers: organizers::named(&config.organizers).map_err(|error| Failure::Usage(error.to_string()))?,
    })
}

/// The addresses to open.
fn announce(app: &App, base: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let site = app.site();
    if let Some(words) = app.clock().words() {
        writeln!(out, "{words}")?;
    }
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
