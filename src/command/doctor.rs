//! Is everything as it must be for mail to arrive?

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use allim::app::consider::programme_of;
use allim::app::doctor::{self, Setup};
use allim::app::roll_call;
use allim::clock::Clock;
use allim::config::{Config, Settings};
use allim::domain::finding::Finding;
use allim::domain::mailbox::Mailbox;
use allim::domain::zone::Instant;
use allim::mail::transport::Transport;
use allim::store::Store;
use secrecy::ExposeSecret;

use super::serve::mailing;
use super::{Failure, REFUSED, configured, refused};

/// No mail is larger, and ours are far from it.
const MOST_OCTETS: u64 = 16 << 20;

/// What is looked at.
pub(crate) enum Looking {
    /// Settings, database, clock, zone data, DNS.
    Everything,
    /// A mail that arrived.
    CameBack(PathBuf),
    /// Whether the relay takes a mail to this address.
    ToOneself(Mailbox),
    /// Where mail to the organizers arrives, of one programme or of all.
    RollCall(Option<String>),
}

pub(crate) fn doctor(settings: Settings, what: &Looking, json: bool) -> Result<ExitCode, Failure> {
    let config = configured(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let now = Clock::System.now();
    let findings = match what {
        Looking::Everything => runtime.block_on(doctor::examine(&setup(config), now)),
        Looking::CameBack(file) => doctor::came_back(&setup(config), &read(file)?),
        Looking::ToOneself(to) => {
            let transport = Transport::parse(config.mail.expose_secret(), &config.state)
                .map_err(|error| Failure::Usage(error.to_string()))?;
            let send = async |message| doctor::send(&transport, message, now).await;
            vec![runtime.block_on(doctor::to_oneself(&setup(config), to, now, send))]
        }
        Looking::RollCall(programme) => runtime.block_on(call_roll(&config, programme.as_deref(), now))?,
    };
    let text = if json { doctor::json(&findings) } else { doctor::text(&findings) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if doctor::fails(&findings) { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

/// Asks the organizers; the running service writes to them.
async fn call_roll(config: &Config, only: Option<&str>, now: Instant) -> Result<Vec<Finding>, Failure> {
    let check = "roll call";
    if !Store::is_in(&config.state) {
        return Err(refused(format!("there is no database in {}; say --state", config.state.display())));
    }
    let store = Store::open(&config.state).await.map_err(refused)?;
    let mailing = mailing(config, &config.base())?;
    let mut findings = Vec::new();
    for (id, _) in store.heads().await.map_err(refused)? {
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let head = store.head(&id).await.map_err(refused)?;
        let Some(programme) = head.and_then(|head| programme_of(&head.revision)) else {
            findings.push(Finding::fail(check, format!("{id}: its file is not read any more"), "mend it"));
            continue;
        };
        findings.push(match roll_call::call(&store, &mailing, &programme, now).await.map_err(refused)? {
            0 => Finding::fail(check, format!("{id} has no organizers to ask"), "name them in ALLIM_ORGANIZERS"),
            count => {
                let mails = if count == 1 { "1 mail leaves".to_owned() } else { format!("{count} mails leave") };
                Finding::ok(check, format!("{id}: {mails} by the running service; allim doctor tells the answers"))
            }
        });
    }
    if findings.is_empty() {
        let what = only.map_or_else(|| "nothing is published".to_owned(), |id| format!("there is no programme {id}"));
        return Err(refused(what));
    }
    Ok(findings)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let told = |error: std::io::Error| refused(format!("{}: {error}", file.display()));
    let mut octets = Vec::new();
    std::fs::File::open(file).map_err(told)?.take(MOST_OCTETS).read_to_end(&mut octets).map_err(told)?;
    Ok(octets)
}

fn setup(config: Config) -> Setup {
    Setup {
        listen: config.listen,
        base_url: config.base_url,
        data: config.data,
        state: config.state,
        mail: config.mail,
        holding_secrets: config.holding_secrets,
        per_day: config.mail_per_day,
        from: config.from,
        bounce_domain: config.bounce_domain,
        templates: config.templates,
        trusted_proxies: config.trusted_proxies.len(),
        resolver: config.resolver,
        secret_file: config.secret_file,
    }
}
