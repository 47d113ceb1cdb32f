//! Considering: from a file's octets to a programme, or to the reasons why there is none.
//!
//! A file is a programme file, or a workshop's own Markdown page, which is imported like one: onto what was published of
//! it before, so that its entries keep their ids. Its name tells which it is.

use std::path::Path;

use crate::app::report::Report;
use crate::domain::doubt::doubts;
use crate::domain::file::{self, Level, Problem, Reading};
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::exchange::page::{self, Held, Options, is_page};

/// A larger programme file is no programme file.
pub const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// A file that was read, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Considered {
    /// The programme, when no error blocks it.
    pub programme: Option<Programme>,
    /// The programme file: its text, or what was made of the page.
    pub file: String,
    /// Errors, doubts and notes.
    pub report: Report,
}

impl Considered {
    /// The programme, when neither an error nor a doubt blocks it.
    pub fn publishable(&self) -> Option<&Programme> {
        self.programme.as_ref().filter(|_| self.report.is_publishable())
    }
}

/// What is known beside a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'b> {
    /// What was published before: the programme and the file that states it.
    pub before: Option<(&'b Programme, &'b str)>,
    /// The address of the site a page belongs to.
    pub site: Option<&'b str>,
    /// The programme that the file was until now.
    pub held: Option<&'b Held>,
}

impl<'b> Beside<'b> {
    /// After this programme and its file.
    pub fn after(programme: &'b Programme, file: &'b str) -> Beside<'b> {
        Beside { before: Some((programme, file)), ..Beside::default() }
    }
}

/// Reads a file and asks its doubts against what was published before.
pub fn consider(path: &Path, beside: Beside<'_>, now: Instant) -> Considered {
    match octets(path) {
        Ok(octets) => consider_octets(&path.display().to_string(), &octets, beside, now),
        Err(error) => unreadable(&path.display().to_string(), &error),
    }
}

/// The same for octets at hand, named `name` in the report.
pub fn consider_octets(name: &str, octets: &[u8], beside: Beside<'_>, now: Instant) -> Considered {
    read(name, octets, beside, |reading| match &reading.programme {
        Some(programme) => doubts(programme, &reading.places, beside.before.map(|(before, _)| before), now),
        None => Vec::new(),
    })
}

/// Reads octets and adds the doubts that `ask` has about them.
pub(super) fn read(
    name: &str,
    octets: &[u8],
    beside: Beside<'_>,
    ask: impl FnOnce(&Reading) -> Vec<Problem>,
) -> Considered {
    let source = match file::decode(octets) {
        Ok(source) => source,
        Err(problem) => {
            let readable = String::from_utf8_lossy(octets.get(..problem.span.start).unwrap_or_default()).into_owned();
            let report = Report { file: name.to_owned(), source: readable, problems: vec![problem] };
            return Considered { programme: None, file: String::new(), report };
        }
    };
    if [".html", ".htm"].iter().any(|ending| name.to_lowercase().ends_with(ending)) {
        return refused(
            name,
            "this is a page of HTML: only one of Markdown is read, a file whose name ends in .md".to_owned(),
        );
    }
    let (file, mut reading) = if is_page(name) {
        let site = beside.site.map(str::to_owned);
        let options = Options { site, held: beside.held.cloned(), ..Options::named(name) };
        // What was published can be read, so a page can be put onto it.
        let onto = beside.before.map(|(_, file)| file);
        match page::import(source, &options, onto).or_else(|_| page::import(source, &options, None)) {
            Ok(imported) => (imported.file, imported.reading),
            Err(error) => return refused(name, error.to_string()),
        }
    } else {
        (source.to_owned(), file::read(source))
    };
    // Of what is wrong, nobody can say yet whether it is meant.
    let asked = if reading.is_sound() { ask(&reading) } else { Vec::new() };
    let mut problems = std::mem::take(&mut reading.problems);
    problems.extend(asked);
    problems.sort_by_key(|problem| (problem.span.start, problem.level));
    let report = Report { file: name.to_owned(), source: source.to_owned(), problems };
    Considered { programme: reading.programme, file, report }
}

/// A file's octets.
///
/// # Errors
/// When it cannot be read, or is too large to be one of ours.
pub fn octets(path: &Path) -> std::io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > LARGEST_FILE {
        return Err(std::io::Error::other(format!("{size} bytes are more than a programme file can have (8 MiB)")));
    }
    std::fs::read(path)
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Considered {
    refused(name, format!("the file cannot be read: {error}"))
}

fn refused(name: &str, what: String) -> Considered {
    let problems = vec![Problem { level: Level::Error, span: 0..0, what, help: None, doubt: None }];
    let report = Report { file: name.to_owned(), source: String::new(), problems };
    Considered { programme: None, file: String::new(), report }
}

/// The programme of a revision as its own file states it; none when today's reader no longer takes that file.
pub fn programme_of(revision: &Revision) -> Option<Programme> {
    file::read(&revision.source).programme
}
