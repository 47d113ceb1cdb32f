//! A bounce on standard input, as a mail filter gives it.

use std::convert::Infallible;
use std::io::Read;
use std::process::ExitCode;

use allim::app::bounce::{Clue, Effect, Sent, Taken, Verdict, judge};
use allim::app::secret;
use allim::config::{Config, Settings};
use allim::domain::notice::NoticeId;
use allim::mail::bounce::{MOST_OCTETS, Other};
use allim::store::Store;

use super::{Failure, REFUSED, clock_of, configured, key, refused};

/// 0 when there is nothing left to do, so that a filter may drop the message; 1 when a person should look at it.
pub(crate) fn bounce(settings: Settings) -> Result<ExitCode, Failure> {
    let mut octets = Vec::new();
    let mut input = std::io::stdin().lock();
    let limit = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX);
    input.by_ref().take(limit).read_to_end(&mut octets).map_err(refused)?;
    // What is left is taken and dropped: who writes to us is a mail server, and would think that we broke down.
    std::io::copy(&mut input, &mut std::io::sink()).map_err(refused)?;
    if octets.trim_ascii().is_empty() {
        return Err(Failure::Usage("there is no message on standard input".to_owned()));
    }
    let config = configured(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let taken = runtime.block_on(take(&config, &octets))?;
    println!("{taken}");
    let done = match taken.verdict {
        Verdict::Matched { .. } => true,
        Verdict::Unknown(told) => told.effect == Effect::Nothing,
        Verdict::NotAReport(other) => matches!(other, Other::Receipt | Other::AutomaticAnswer),
    };
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

async fn take(config: &Config, octets: &[u8]) -> Result<Taken, Failure> {
    let domain = config.bounce_domain.as_deref();
    if !Store::is_in(&config.state) {
        // Nothing was ever sent from here; the message is read all the same.
        let unknown = async |_: Clue<'_>| Ok::<Option<NoticeId>, Infallible>(None);
        let verdict = judge(octets, domain, unknown).await.map_err(refused)?;
        return Ok(Taken { verdict, changed: false });
    }
    let store = Store::open(&config.state).await.map_err(refused)?;
    let place = secret::place(&config.state, config.secret_file.as_deref());
    let key = if place.exists() { Some(key(config)?) } else { None };
    let sent = Sent { store: &store, key: key.as_ref(), domain };
    sent.take(octets, clock_of(&config.state)?.now()).await.map_err(refused)
}
