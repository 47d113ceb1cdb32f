//! A season lived through: what would be sent, on standard output; what is doubtful about the files, on standard error.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::simulate::{SimulateError, Version, simulate as live};
use allim::domain::zone::Instant;

use super::{Failure, drawing, refused};

pub(crate) fn simulate(
    versions: &[Version],
    subscribers: Option<&Path>,
    (from, to): (Instant, Instant),
    json: bool,
) -> Result<ExitCode, Failure> {
    let drawing = drawing(std::io::stderr().is_terminal());
    match live(versions, subscribers, from, to) {
        Ok(season) => {
            season.reports.iter().for_each(|report| eprint!("{}", report.text(drawing)));
            let text = if json { season.json_lines() } else { season.text() };
            std::io::stdout().lock().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(SimulateError::Errors(reports)) => {
            reports.iter().for_each(|report| eprint!("{}", report.text(drawing)));
            Err(refused("nothing was simulated"))
        }
        Err(error @ SimulateError::Backwards) => Err(Failure::Usage(error.to_string())),
        Err(error) => Err(refused(error)),
    }
}
