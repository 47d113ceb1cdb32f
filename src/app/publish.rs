//! From a file's octets to the next revision, or to the reasons why there is none.

use std::path::Path;

use crate::app::ledger::Ledger;
use crate::app::report::Report;
use crate::domain::doubt::doubts;
use crate::domain::file::{self, Level, Problem, Reading};
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;

/// A larger programme file is no programme file.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// A file that was read, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Considered {
    /// The programme, when no error blocks it.
    pub programme: Option<Programme>,
    /// Errors, doubts and notes.
    pub report: Report,
}

impl Considered {
    /// The programme, when neither an error nor a doubt blocks it.
    pub fn publishable(&self) -> Option<&Programme> {
        self.programme.as_ref().filter(|_| self.report.is_publishable())
    }
}

/// Reads a file and asks its doubts against what was published before.
pub fn consider(path: &Path, previous: Option<&Programme>, now: Instant) -> Considered {
    match octets(path) {
        Ok(octets) => consider_octets(&path.display().to_string(), &octets, previous, now),
        Err(error) => refused(path, String::new(), 0..0, format!("the file cannot be read: {error}"), None),
    }
}

/// Reads a file against what a ledger says was published of its programme, and returns that too.
///
/// Which programme a file holds is known only when it was read; its doubts depend on what that one said before.
pub fn consider_onto(path: &Path, ledger: &Ledger, now: Instant) -> (Considered, Option<Revision>) {
    let first = consider(path, None, now);
    let id = first.programme.as_ref().map(|programme| programme.id.as_str());
    let previous = id.and_then(|id| ledger.programmes.get(id)).cloned();
    match previous.as_ref().and_then(programme_of) {
        Some(before) => (consider(path, Some(&before), now), previous),
        None => (first, previous),
    }
}

/// The same for octets at hand, named `file` in the report.
pub fn consider_octets(file: &str, octets: &[u8], previous: Option<&Programme>, now: Instant) -> Considered {
    let source = match file::decode(octets) {
        Ok(source) => source,
        Err(problem) => {
            let source = String::from_utf8_lossy(octets.get(..problem.span.start).unwrap_or_default()).into_owned();
            return refused(Path::new(file), source, problem.span.clone(), problem.what.clone(), problem.help.clone());
        }
    };
    let Reading { programme, mut problems, places } = file::read(source);
    if let Some(programme) = &programme {
        problems.extend(doubts(programme, &places, previous, now));
        problems.sort_by_key(|problem| (problem.span.start, problem.level));
    }
    Considered { programme, report: Report { file: file.to_owned(), source: source.to_owned(), problems } }
}

fn octets(path: &Path) -> std::io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > LARGEST_FILE {
        return Err(std::io::Error::other(format!("{size} octets are more than a programme file can have (8 MiB)")));
    }
    std::fs::read(path)
}

fn refused(
    path: &Path,
    source: String,
    span: std::ops::Range<usize>,
    what: String,
    help: Option<String>,
) -> Considered {
    let problems = vec![Problem { level: Level::Error, span, what, help, doubt: None }];
    Considered { programme: None, report: Report { file: path.display().to_string(), source, problems } }
}

/// The programme of a revision as its own file states it; none when today's reader no longer takes that file.
pub fn programme_of(revision: &Revision) -> Option<Programme> {
    file::read(&revision.source).programme
}
