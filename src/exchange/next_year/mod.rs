//! Next year's programme file: last year's without what was last year's, or a fresh one.
//!
//! A programme file in, another out, and the list of what the next team has to do. Dates become open, what took place
//! stays behind, and an address that could still collect something for last year is commented out with its old value
//! in sight. Comments and texts are kept: whoever wrote them wrote them for whoever comes next.

mod carry;
mod checklist;
mod comment;
mod fresh;
mod leave;
mod year;

use toml_edit::TomlError;

use crate::domain::file::{self, Level, Problem};
use crate::domain::programme::{Id, Programme};

use year::year_of;

/// How the first line of a file ends that was made here.
const IN_ORDER: &str = "What to do, in this order:";

/// What is asked for; what is not said is taken from the old file.
#[derive(Clone, Copy, Default, Debug)]
pub struct Wishes<'w> {
    /// The year of the new workshop; the one after the old if not said.
    pub year: Option<i32>,
    /// The new id.
    pub id: Option<&'w Id>,
    /// The new title.
    pub title: Option<&'w str>,
}

/// A file for next year.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextYear {
    /// Its programme's id.
    pub id: Id,
    /// The file; the checklist stands at its head as comments.
    pub text: String,
    /// What to do, in which order.
    pub checklist: String,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The old file has errors.
    #[error("it can only be made from a programme file in TOML without errors")]
    Unreadable,
    /// The old file is no TOML, so that its comments cannot be kept.
    #[error("it can only be made from a programme file in TOML: {0}")]
    NotToml(#[from] TomlError),
    /// Nothing says which year the old one was.
    #[error("neither dates nor id nor title of {0} name a year: say which one is next, such as --year 2027")]
    NoYear(Id),
    /// The new year is not later.
    #[error("{year} is not after {old}, the year of {id}")]
    NotAfter {
        /// The year asked for.
        year: i32,
        /// The old file's.
        old: i32,
        /// The old file's programme.
        id: Id,
    },
    /// A year no file can hold.
    #[error("{0} is no year we can plan with")]
    OddYear(i32),
    /// An id identifies one workshop for good.
    #[error(
        "{0} is the id of the old file: calendars would take the new workshop for the old one; choose another --id"
    )]
    SameId(Id),
    /// The year does not fit into the id.
    #[error("{0} and the year are too long for an id: choose another --id")]
    LongId(Id),
    /// What was asked for makes no good file.
    #[error("{}", said(.0))]
    Wrong(Vec<Problem>),
}

fn said(problems: &[Problem]) -> String {
    let of = |problem: &Problem| match &problem.help {
        Some(help) => format!("{}: {help}", problem.what),
        None => problem.what.clone(),
    };
    problems.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// Next year's file, from last year's.
///
/// # Errors
/// When the old file cannot be read, or the year or the id does not come after it.
pub fn from_last_year(source: &str, wishes: Wishes<'_>) -> Result<NextYear, NotMade> {
    let old = file::read(source).programme.ok_or(NotMade::Unreadable)?;
    let year = next_year(&old, wishes.year)?;
    let id = match wishes.id {
        Some(id) => id.clone(),
        None => year::id(&old.id, year).ok_or_else(|| NotMade::LongId(old.id.clone()))?,
    };
    if id == old.id {
        return Err(NotMade::SameId(id));
    }
    let carried = carry::carry(source, &old, &id, year, wishes.title)?;
    let checklist = checklist::numbered(&checklist::after(&old, &id, &carried.says_old_year));
    let title = format!("Made from {}, for {year}. {IN_ORDER}", old.id);
    finished(id, &title, checklist, &carried.text)
}

/// A fresh file to fill in.
///
/// # Errors
/// When the title or the year cannot stand in a file.
pub fn from_nothing(wishes: Wishes<'_>) -> Result<NextYear, NotMade> {
    if let Some(year) = wishes.year.filter(|year| !year::YEARS.contains(year)) {
        return Err(NotMade::OddYear(year));
    }
    let id = wishes.id.cloned().unwrap_or_else(|| fresh::id(wishes.title, wishes.year));
    let checklist = checklist::numbered(&checklist::of_a_fresh_file(&id));
    let text = fresh::text(&id, wishes.title, wishes.year);
    finished(id, &format!("A new programme file. {IN_ORDER}"), checklist, &text)
}

/// Puts the checklist on top, and reads the result as its user's check will.
fn finished(id: Id, title: &str, checklist: String, text: &str) -> Result<NextYear, NotMade> {
    let head: Vec<String> = checklist.lines().map(comment::line).collect();
    let text = format!("# {title}\n#\n{}\n\n{}", head.join("\n"), text.trim_start_matches('\n'));
    let mut problems = file::read(&text).problems;
    problems.retain(|problem| problem.level == Level::Error);
    if problems.is_empty() { Ok(NextYear { id, text, checklist }) } else { Err(NotMade::Wrong(problems)) }
}

/// The year asked for, or the one after the old.
fn next_year(old: &Programme, asked: Option<i32>) -> Result<i32, NotMade> {
    let before = year_of(old);
    let year = match (asked, before) {
        (Some(year), _) => year,
        (None, Some(before)) => before + 1,
        (None, None) => return Err(NotMade::NoYear(old.id.clone())),
    };
    if !year::YEARS.contains(&year) {
        return Err(NotMade::OddYear(year));
    }
    match before.filter(|before| year <= *before) {
        Some(before) => Err(NotMade::NotAfter { year, old: before, id: old.id.clone() }),
        None => Ok(year),
    }
}
