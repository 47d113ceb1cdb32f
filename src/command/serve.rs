//! The service, until it is told to end.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::mailing::{self, Mailing};
use allim::app::organizers;
use allim::app::report::Drawing;
use allim::app::secret;
use allim::app::serve::App;
use allim::clock::Clock;
use allim::config::{Config, Settings};
use allim::feed::Feed;
use allim::mail::templates::Templates;
use allim::mail::transport::Transport;
use allim::server::{self, Limits};
use allim::store::Store;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use super::{Failure, configured, drawing, refused};

pub(crate) fn serve(settings: Settings) -> Result<ExitCode, Failure> {
    let config = configured(settings)?;
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
    // Before anything is done: a wrong setting is told at once.
    let transport = Transport::parse(config.mail.expose_secret(), &config.state)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| refused(format!("cannot listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(refused)?;
    let base = config.base_url.as_ref().map_or_else(|| format!("http://{address}"), ToString::to_string);
    let base = base.trim_end_matches('/').to_owned();
    let store = Store::open(&config.state).await.map_err(refused)?;
    let mailing = mailing(&config, &base)?;
    let app = App::open_with(&config.data, store, &base, Clock::System, Some(mailing)).await.map_err(refused)?;
    let app = Arc::new(app);
    let per_day = config.mail_per_day.and_then(|number| usize::try_from(number).ok());
    let measure = Measure { sessions: config.mail_sessions, per_day };
    let dispatcher = Dispatcher::new(app.store().clone(), transport, Clock::System, measure);
    app.dispatch_by(Arc::new(dispatcher));
    announce(&app, &base)?;
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
