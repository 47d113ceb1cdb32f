//! Next year's programme file on standard output, what to do on standard error.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::consider::{Beside, consider};
use allim::clock::Clock;
use allim::exchange::next_year::{Wishes, from_last_year, from_nothing};

use super::{Failure, REFUSED, drawing, refused};

pub(crate) fn new(from: Option<&Path>, wishes: Wishes<'_>) -> Result<ExitCode, Failure> {
    let made = match from {
        None => from_nothing(wishes),
        Some(path) => {
            // What is doubtful about last year's dates does not matter any more: only errors do.
            let considered = consider(path, Beside::default(), Clock::System.now());
            if considered.programme.is_none() {
                eprint!("{}", considered.report.text(drawing(std::io::stderr().is_terminal())));
                return Ok(ExitCode::from(REFUSED));
            }
            from_last_year(&considered.file, wishes)
        }
    };
    let made = made.map_err(refused)?;
    std::io::stdout().lock().write_all(made.text.as_bytes())?;
    eprint!("{}: what to do, in this order\n{}", made.id, made.checklist);
    Ok(ExitCode::SUCCESS)
}
