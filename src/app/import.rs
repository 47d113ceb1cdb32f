//! Importing: what others keep, as a programme file. A page of Markdown, or a schedule of JSON as conference apps read it.

use std::path::Path;

use chrono::NaiveDate;

use crate::app::consider::octets;
use crate::app::report::Report;
use crate::domain::doubt::doubts;
use crate::domain::file::{self, Problem};
use crate::domain::programme::Id;
use crate::domain::zone::{Instant, Zone};
use crate::exchange::frab;
use crate::exchange::page::{self, NotOnto, Options};

/// What was made of somebody's page or schedule.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The programme file.
    pub file: String,
    /// What was guessed, left out, or contradicts itself.
    pub said: Said,
}

/// What there is to say of an import.
#[derive(Clone, Debug)]
pub enum Said {
    /// Of a page, with the places in it.
    Page(Report),
    /// Of a schedule, a sentence each.
    Schedule(Vec<String>),
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text.
    #[error("it cannot be read")]
    NotText(Report),
    /// The file to import onto cannot be kept.
    #[error(transparent)]
    NotOnto(#[from] NotOnto),
    /// It is JSON, and no schedule.
    #[error(transparent)]
    NoSchedule(#[from] frab::ImportError),
    /// A schedule has no page that could change.
    #[error("a schedule is imported alone: --onto, --date and --site-url are for pages")]
    PagesOnly,
}

/// What is said on the command line of a page.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The programme's id.
    pub id: Option<Id>,
    /// The workshop's day.
    pub date: Option<NaiveDate>,
    /// The zone of the sessions.
    pub zone: Option<Zone>,
    /// The address of the site the page belongs to.
    pub site: Option<String>,
}

/// Imports a page, onto the programme file that an earlier version of it became, if there is one; or a schedule.
///
/// # Errors
/// When a file cannot be read, or the one to import onto is no programme file.
pub fn import(path: &Path, told: Told, onto: Option<&Path>, now: Instant) -> Result<Imported, ImportError> {
    let name = path.display().to_string();
    let source = text_of(path)?;
    if source.trim_start().starts_with(['{', '[']) {
        if onto.is_some() || told.date.is_some() || told.site.is_some() {
            return Err(ImportError::PagesOnly);
        }
        let frab::Imported { source, notes } = frab::import(&source, &frab::Options { id: told.id, zone: told.zone })?;
        return Ok(Imported { file: source, said: Said::Schedule(notes) });
    }
    let onto = onto.map(text_of).transpose()?;
    let Told { id, date, zone, site } = told;
    let options = Options { id, date, zone, site, ..Options::named(&name) };
    let page::Imported { file, reading } = page::import(&source, &options, onto.as_deref())?;
    let is_sound = reading.is_sound();
    let mut problems = reading.problems;
    // What would be asked before it is published is better known now.
    if let Some(programme) = reading.programme.as_ref().filter(|_| is_sound) {
        problems.extend(doubts(programme, &reading.places, None, now));
        problems.sort_by_key(|problem| (problem.span.start, problem.level));
    }
    Ok(Imported { file, said: Said::Page(Report { file: name, source, problems }) })
}

fn text_of(path: &Path) -> Result<String, ImportError> {
    let name = || path.display().to_string();
    let octets = octets(path).map_err(|source| ImportError::Io { path: name(), source })?;
    let unreadable = |problem: Problem| {
        let source = String::from_utf8_lossy(octets.get(..problem.span.start).unwrap_or_default()).into_owned();
        ImportError::NotText(Report { file: name(), source, problems: vec![problem] })
    };
    file::decode(&octets).map(str::to_owned).map_err(unreadable)
}
