//! Subscribers in the console: the list, one person, erasing one, and the import of a list.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::Frame;
use super::outbox::Line;
use crate::page::{PageError, TEMPLATES};

/// Somebody, in a list.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Listed {
    /// Their page, below the list.
    pub place: String,
    /// Their address: masked where nobody asked for it.
    pub address: String,
    pub standing: &'static str,
    pub role: &'static str,
    pub since: String,
    pub accepted: Option<bool>,
    /// Nobody writes to them, for mail to them came back.
    pub suppressed: bool,
}

/// What was done, or is to be said.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Said {
    /// So many were invited.
    Invited { number: usize },
    /// So many were marked as accepted; these addresses are nobody's here.
    Accepted { number: usize, unknown: Vec<String> },
    /// One was erased.
    Erased,
    /// An address may be written to again.
    Lifted,
    /// Nothing kept it from being written to.
    Free,
}

/// What was looked for.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Search {
    pub asked: String,
    pub found: Vec<Listed>,
    /// More were found than are shown.
    pub more: bool,
    /// It is an address that is not written to: `bounced` or `erased`.
    pub kept_from: Option<&'static str>,
}

/// The list.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Subscribers {
    pub said: Option<Said>,
    /// By name, in words, how many, and whether those alone are listed.
    pub counts: Vec<(&'static str, String, usize, bool)>,
    pub search: Option<Search>,
    pub listed: Vec<Listed>,
    /// The query of the next ones.
    pub more: Option<String>,
}

/// The list.
///
/// # Errors
/// When a template is broken.
pub fn subscribers(frame: &Frame, subscribers: &Subscribers) -> Result<String, PageError> {
    let values = context! { page => Serde(subscribers), ..frame.values() };
    Ok(TEMPLATES.get_template("console/subscribers.html")?.render(values)?)
}

/// What is explained, in sentences.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Paragraph {
    pub title: String,
    pub is: String,
    pub lines: Vec<(String, String)>,
}

/// One person.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Person {
    pub listed: Listed,
    pub language: String,
    pub zone: &'static str,
    pub saved: bool,
    pub is_author: bool,
    pub confirmed: bool,
    /// Who they are, as the explanation says it.
    pub standing: String,
    pub paused: Option<String>,
    pub explained: Vec<Paragraph>,
    pub mails: Vec<Line>,
}

/// One person.
///
/// # Errors
/// When a template is broken.
pub fn person(frame: &Frame, person: &Person) -> Result<String, PageError> {
    let values = context! { person => Serde(person), ..frame.values() };
    Ok(TEMPLATES.get_template("console/person.html")?.render(values)?)
}

/// Asks whether somebody is to be erased.
///
/// # Errors
/// When a template is broken.
pub fn erase(frame: &Frame, listed: &Listed) -> Result<String, PageError> {
    let values = context! { listed => Serde(listed), ..frame.values() };
    Ok(TEMPLATES.get_template("console/erase.html")?.render(values)?)
}

/// A list that was read, before anything is done.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Report {
    /// What was read, a line each.
    pub read: Vec<String>,
    /// What would become of its people: how many, and what; the first is those who would be invited.
    pub fates: Vec<(usize, &'static str)>,
    pub invites: usize,
    /// The addresses, for the act.
    pub addresses: String,
}

/// The import of a list.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Import {
    /// What is wrong: with the list, in the words of whoever read it, or with the reason.
    pub fault: Option<String>,
    pub fault_is_english: bool,
    pub reason_fault: Option<String>,
    /// Why nobody can be invited now: `over` or `nobody-answers`.
    pub closed: Option<&'static str>,
    pub report: Option<Report>,
    pub reason: String,
    pub column: String,
    pub pasted: String,
}

/// The import of a list.
///
/// # Errors
/// When a template is broken.
pub fn import(frame: &Frame, import: &Import) -> Result<String, PageError> {
    let values = context! { import => Serde(import), ..frame.values() };
    Ok(TEMPLATES.get_template("console/import.html")?.render(values)?)
}
