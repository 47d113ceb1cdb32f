//! The outbox in the console: the mails, one with everything that was tried, and what comes.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::Frame;
use crate::page::{PageError, TEMPLATES};

/// A line of the list.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Line {
    pub id: i64,
    pub kind: &'static str,
    pub state: &'static str,
    /// Whether somebody should look at it.
    pub is_trouble: bool,
    /// Its subject, or what stands for it.
    pub subject: Option<String>,
    pub about: Option<String>,
    /// Masked.
    pub to: Option<String>,
    pub at: String,
    /// What the relay said, where it did not take it.
    pub reply: Option<String>,
}

/// What can be chosen to be shown alone.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Choice {
    pub name: &'static str,
    pub words: String,
    pub chosen: bool,
}

/// The list.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Outbox {
    pub paused: Option<String>,
    pub states: Vec<Choice>,
    pub kinds: Vec<Choice>,
    /// Whose mails alone are shown: their page, and their address, masked.
    pub person: Option<(String, String)>,
    pub notices: Vec<Line>,
    /// The query that shows older ones.
    pub more: Option<String>,
}

/// The list.
///
/// # Errors
/// When a template is broken.
pub fn outbox(frame: &Frame, outbox: &Outbox) -> Result<String, PageError> {
    let values = context! { outbox => Serde(outbox), ..frame.values() };
    Ok(TEMPLATES.get_template("console/outbox.html")?.render(values)?)
}

/// An attempt.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Attempt {
    pub at: String,
    pub outcome: &'static str,
    pub stage: &'static str,
    pub reply: String,
}

/// One mail.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Mail {
    pub line: Line,
    /// The page of whom it goes to, where that is a subscriber.
    pub person: Option<String>,
    pub due: String,
    /// When it is tried again.
    pub again: Option<String>,
    pub attempts: Vec<Attempt>,
    /// Its text; none where it is not shown.
    pub text: Option<String>,
    pub has_html: bool,
    pub parts: Vec<String>,
    /// It is shown to nobody, for its link signs somebody in.
    pub is_secret: bool,
    /// Whether it failed, and can be tried again.
    pub retries: bool,
}

/// One mail.
///
/// # Errors
/// When a template is broken.
pub fn mail(frame: &Frame, mail: &Mail) -> Result<String, PageError> {
    let values = context! { mail => Serde(mail), ..frame.values() };
    Ok(TEMPLATES.get_template("console/mail.html")?.render(values)?)
}

/// A day that has reminders.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Day {
    pub day: String,
    pub number: usize,
    /// What the relay takes in a day, where this is more.
    pub exceeds: Option<usize>,
    /// How many, of which deadline, how long before it.
    pub reminders: Vec<(usize, String, String)>,
}

/// The reminders of so many days, and how many they are.
///
/// # Errors
/// When a template is broken.
pub fn forecast(frame: &Frame, days: &[Day], span: u32, total: usize) -> Result<String, PageError> {
    let values = context! { days => Serde(days), span, total, ..frame.values() };
    Ok(TEMPLATES.get_template("console/forecast.html")?.render(values)?)
}
