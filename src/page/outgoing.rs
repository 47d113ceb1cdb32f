//! Outgoing mail as pages: the list, and one letter with what was said about it.

use minijinja::context;
use minijinja::value::Serde;

use super::{PageError, TEMPLATES};

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[allow(missing_docs, reason = "each is what stands in the column of that name; instants are UTC")]
pub struct Notice {
    pub id: i64,
    pub kind: &'static str,
    pub state: &'static str,
    pub due: String,
    pub to: String,
    pub subject: String,
}

/// An attempt to send it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[allow(missing_docs, reason = "each is what stands in the column of that name; instants are UTC")]
pub struct Attempt {
    pub began: String,
    pub stage: &'static str,
    pub outcome: String,
    pub reply: String,
}

/// A letter.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[allow(missing_docs, reason = "each is the header or part of that name")]
pub struct Letter {
    pub id: i64,
    pub subject: String,
    pub from: String,
    pub to: String,
    pub text: String,
    pub links: Vec<String>,
    pub parts: Vec<String>,
    pub has_html: bool,
    pub state: &'static str,
    pub attempts: Vec<Attempt>,
}

/// The list, and above it what is to be known first, a sentence each; `clock` says that the time is another than the real one, where it is.
///
/// # Errors
/// When a template is broken.
pub fn outbox(notices: &[Notice], notes: &[String], clock: Option<&str>, root: &str) -> Result<String, PageError> {
    Ok(TEMPLATES
        .get_template("outbox.html")?
        .render(context! { notices => Serde(notices), notes => Serde(notes), clock, root })?)
}

/// One letter; its HTML part is framed, not put into the page.
///
/// # Errors
/// When a template is broken.
pub fn letter(letter: &Letter, root: &str) -> Result<String, PageError> {
    Ok(TEMPLATES.get_template("letter.html")?.render(context! { letter => Serde(letter), root })?)
}
