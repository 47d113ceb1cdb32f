//! What others keep, as a programme file on standard output.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use allim::app::import::{self, ImportError, Said, Told};

use allim::clock::Clock;
use allim::domain::file::Level;

use super::{Failure, drawing, refused, usable};
use url::Url;

pub(crate) fn import(page: &Path, told: Told, site: Option<&Url>, onto: Option<&Path>) -> Result<ExitCode, Failure> {
    usable(site)?;
    let told = Told { site: site.map(Url::to_string), ..told };
    let drawing = drawing(std::io::stderr().is_terminal());
    match import::import(page, told, onto, Clock::System.now()) {
        Ok(imported) => {
            if let Said::Page(report) = &imported.said
                && report.count(Level::Error) > 0
            {
                eprint!("{}", report.text(drawing));
                return Err(refused("nothing was imported"));
            }
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
        // Which file it is, the error says itself.
        Err(error @ ImportError::Io { .. }) => Err(refused(error)),
        Err(ImportError::NotOnto(error)) => Err(refused(format!("{}: {error}", onto.unwrap_or(page).display()))),
        Err(error) => Err(refused(format!("{}: {error}", page.display()))),
    }
}
