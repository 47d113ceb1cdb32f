//! Announcing in the console: what was announced, the form, and the mail before it is.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::Frame;
use crate::page::{PageError, TEMPLATES};

/// Something that was announced.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Made {
    pub number: String,
    /// `announce`, `decisions` or `closing`.
    pub kind: &'static str,
    /// Its subject, where it has one of its own.
    pub subject: Option<String>,
    /// Of words: authors, attendees or all.
    pub to: &'static str,
    pub made: String,
    /// When it leaves, while it did not, and in how many minutes at most.
    pub leaves: Option<(String, i64)>,
    /// Whether it may be taken back.
    pub takes_back: bool,
}

/// What came of taking one back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct TakenBack {
    pub done: bool,
    pub left: u64,
}

/// The fields of an announcement, as they were written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs, reason = "each is the field of that name")]
pub struct Written {
    pub to: String,
    pub subject: String,
    pub body: String,
    pub about: String,
    pub now: bool,
}

/// The list and the form.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Announcing {
    /// `announce` or `closing`.
    pub kind: &'static str,
    pub made: Vec<Made>,
    pub taken_back: Option<TakenBack>,
    /// Something was announced just now.
    pub done: bool,
    pub fault: Option<String>,
    pub written: Written,
    /// What was published and may be worth a mail: in words, and the query that fills the form.
    pub likely: Vec<(String, String)>,
    /// Deadlines and sessions, by id and title.
    pub entries: [Vec<(String, String)>; 2],
}

/// The list and the form.
///
/// # Errors
/// When a template is broken.
pub fn announce(frame: &Frame, announcing: &Announcing) -> Result<String, PageError> {
    let values = context! { page => Serde(announcing), ..frame.values() };
    Ok(TEMPLATES.get_template("console/announce.html")?.render(values)?)
}

/// A mail, as readers of a language see it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Sample {
    pub language: &'static str,
    pub subject: String,
    pub text: String,
}

/// When it leaves.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "when", content = "at", rename_all = "lowercase")]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Leaves {
    Now,
    At(String),
    Change(String),
    Stopped,
}

/// What is announced, before it is.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Preview {
    /// `announce`, `decisions` or `closing`.
    pub kind: &'static str,
    /// Why it cannot be announced.
    pub fault: Option<String>,
    pub written: Written,
    /// Its entry, by title.
    pub about: Option<String>,
    /// How many get it: authors, attendees.
    pub reached: [usize; 2],
    /// By language.
    pub languages: Vec<(usize, &'static str)>,
    /// How many do not, and why.
    pub missed: Vec<(usize, &'static str)>,
    pub leaves: Leaves,
    pub samples: Vec<Sample>,
    /// So many were mailed to the organizer.
    pub mailed: Option<usize>,
    /// What lets a preview be mailed once.
    pub token: String,
    /// One that was announced before.
    pub made: Vec<Made>,
}

/// What is announced, before it is.
///
/// # Errors
/// When a template is broken.
pub fn preview(frame: &Frame, preview: &Preview) -> Result<String, PageError> {
    let values = context! { page => Serde(preview), ..frame.values() };
    Ok(TEMPLATES.get_template("console/preview.html")?.render(values)?)
}
