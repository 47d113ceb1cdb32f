//! Is everything as it must be for mail to arrive?

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::doctor::{self, Setup};
use allim::clock::Clock;
use allim::config::{Config, Settings};

use super::{Failure, REFUSED, configured, refused};

/// No mail is larger, and ours are far from it.
const MOST_OCTETS: u64 = 16 << 20;

pub(crate) fn doctor(settings: Settings, came_back: Option<&Path>, json: bool) -> Result<ExitCode, Failure> {
    let setup = setup(configured(settings)?);
    let findings = match came_back {
        Some(file) => doctor::came_back(&setup, &read(file)?),
        None => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
            runtime.block_on(doctor::examine(&setup, Clock::System.now()))
        }
    };
    let text = if json { doctor::json(&findings) } else { doctor::text(&findings) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if doctor::fails(&findings) { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
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
