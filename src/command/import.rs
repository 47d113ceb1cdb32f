//! What others keep, as a programme file on standard output.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::import::{self, ImportError, Said, Told};

use super::{Failure, drawing, refused};

pub(crate) fn import(page: &Path, told: Told, onto: Option<&Path>) -> Result<ExitCode, Failure> {
    let drawing = drawing(std::io::stderr().is_terminal());
    match import::import(page, told, onto) {
        Ok(imported) => {
            std::io::stdout().lock().write_all(imported.file.as_bytes())?;
            match imported.said {
                Said::Page(report) => eprint!("{}", report.text(drawing)),
                Said::Schedule(notes) => notes.iter().for_each(|note| eprintln!("{}: {note}", page.display())),
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(ImportError::NotText(report)) => {
            eprint!("{}", report.text(drawing));
            Err(refused("nothing was imported"))
        }
        Err(error @ ImportError::PagesOnly) => Err(Failure::Usage(error.to_string())),
        Err(error) => Err(refused(format!("{}: {error}", page.display()))),
    }
}
