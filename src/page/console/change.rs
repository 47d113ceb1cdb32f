//! The pages on which a programme is changed.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::Frame;
use crate::domain::language::Language;
use crate::page::{PageError, TEMPLATES};

/// An entry of the programme.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Row {
    pub id: String,
    pub title: String,
    pub when: Option<String>,
    pub room: Option<String>,
    /// Withdrawn or cancelled.
    pub gone: bool,
}

/// The entries; `can`: they are changed here, and not on the workshop's own page; `back`: there is a revision to go back to.
///
/// # Errors
/// When a template is broken.
pub fn entries(frame: &Frame, deadlines: &[Row], sessions: &[Row], can: bool, back: bool) -> Result<String, PageError> {
    let values = context! { deadlines => Serde(deadlines), sessions => Serde(sessions), can, back, ..frame.values() };
    Ok(TEMPLATES.get_template("console/programme.html")?.render(values)?)
}

/// An entry that is to be changed, as it is.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says, as a field of a form holds it")]
pub struct Subject {
    /// The revision it is of.
    pub base: u32,
    pub id: String,
    pub title: String,
    pub is_session: bool,
    pub day: Option<String>,
    pub time: Option<String>,
    pub zone: String,
    pub open: bool,
    pub start: String,
    pub end: String,
    pub room: String,
    /// Why it is withdrawn or cancelled, if it is.
    pub gone: Option<String>,
}

/// The forms of one entry; `bad`: what of the last could not be taken, in English and in Korean.
///
/// # Errors
/// When a template is broken.
pub fn entry(frame: &Frame, subject: &Subject, bad: Option<[&str; 2]>) -> Result<String, PageError> {
    let bad = bad.map(|[english, korean]| if frame.language == Language::Korean { korean } else { english });
    let values = context! { subject => Serde(subject), bad, ..frame.values() };
    Ok(TEMPLATES.get_template("console/entry.html")?.render(values)?)
}

/// The whole file, of this revision.
///
/// # Errors
/// When a template is broken.
pub fn file(frame: &Frame, base: u32, source: &str) -> Result<String, PageError> {
    let values = context! { base, source, ..frame.values() };
    Ok(TEMPLATES.get_template("console/file.html")?.render(values)?)
}

/// Something doubtful that only a person can answer.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Doubt {
    pub name: String,
    pub what: String,
    pub help: String,
}

/// What a change would do.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Was and is, a sentence each.
    pub changes: Vec<String>,
    /// What must be mended first, with its place.
    pub errors: String,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
    /// Somebody published meanwhile: this is on top of theirs.
    pub overtaken: bool,
    /// Deadline, people who are corrected, reminders that stands for.
    pub people: Vec<(String, usize, usize)>,
    /// Subject and text of the mail that one of them gets.
    pub sample: Option<(String, String)>,
    /// What entries are called in a calendar, and when they are.
    pub calendar: Vec<(String, String)>,
    /// Words for other places: subject and text.
    pub paste: Vec<(String, String)>,
    /// Fields that the next form carries on.
    pub carried: Vec<(String, String)>,
}

/// The consequences, and the button that publishes.
///
/// # Errors
/// When a template is broken.
pub fn consequences(frame: &Frame, shown: &Shown) -> Result<String, PageError> {
    let values = context! { shown => Serde(shown), ..frame.values() };
    Ok(TEMPLATES.get_template("console/consequences.html")?.render(values)?)
}
