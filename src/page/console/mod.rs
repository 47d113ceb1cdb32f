//! The pages of the console: what they are given, ready to be put in its place.

pub mod announce;
pub mod change;
pub mod outbox;
pub mod subscribers;
pub mod words;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::domain::language::Language;
use crate::page::subscription::Stand;
use crate::page::{PageError, TEMPLATES};

/// What every page of the console has.
#[derive(Clone, Debug)]
pub struct Frame {
    /// In which language it is.
    pub language: Language,
    /// From the page to the site's root.
    pub root: String,
    /// Who is signed in.
    pub who: String,
    /// What each form carries: no other site knows it.
    pub guard: String,
    /// What lets a form act once.
    pub once: String,
    /// The programme, by id and in a word or two.
    pub programme: Option<(String, String)>,
    /// Which screen it is.
    pub here: String,
}

impl Frame {
    pub(super) fn values(&self) -> Value {
        let (id, short) = self.programme.clone().unwrap_or_default();
        context! {
            lang => self.language.tag(), root => self.root.as_str(), who => self.who.as_str(), guard => self.guard.as_str(),
            once => self.once.as_str(), id, short, here => self.here.as_str(),
        }
    }
}

/// What the page before the console says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// It asks for an address; `bad` where the last was none.
    Ask {
        /// Whether what was written is no address.
        bad: bool,
    },
    /// A link is on its way, if it is an organizer's.
    Sent,
    /// A link that works: one button.
    Open,
    /// A link that was used, or is too old.
    Over,
}

/// The page before the console.
///
/// # Errors
/// When a template is broken.
pub fn door(stand: &Stand, what: Door) -> Result<String, PageError> {
    let (name, bad) = match what {
        Door::Ask { bad } => ("ask", bad),
        Door::Sent => ("sent", false),
        Door::Open => ("open", false),
        Door::Over => ("over", false),
    };
    let values = context! { lang => stand.language.tag(), root => stand.root.as_str(), what => name, bad };
    Ok(TEMPLATES.get_template("console/door.html")?.render(values)?)
}

/// The programmes somebody organizes, each by id and title.
///
/// # Errors
/// When a template is broken.
pub fn programmes(frame: &Frame, programmes: &[(String, String)]) -> Result<String, PageError> {
    let values = context! { programmes => Serde(programmes), ..frame.values() };
    Ok(TEMPLATES.get_template("console/programmes.html")?.render(values)?)
}

/// Something that waits for an organizer.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Waiting {
    pub id: i64,
    pub reason: String,
    pub since: String,
}

/// A change that is told to nobody yet; without `until` it was stopped.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Held {
    pub deadline: String,
    pub title: String,
    pub until: Option<String>,
}

/// A mail.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Notice {
    pub kind: &'static str,
    pub state: &'static str,
    pub about: Option<String>,
    pub at: String,
}

/// The first screen.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the part of that name")]
pub struct Today {
    pub waiting: Vec<Waiting>,
    pub held: Vec<Held>,
    pub paused: Option<String>,
    pub notices: Vec<Notice>,
    pub counts: Vec<(&'static str, usize)>,
    /// A line a day.
    pub ahead: Vec<String>,
}

/// The first screen.
///
/// # Errors
/// When a template is broken.
pub fn today(frame: &Frame, today: &Today) -> Result<String, PageError> {
    let values = context! { today => Serde(today), ..frame.values() };
    Ok(TEMPLATES.get_template("console/today.html")?.render(values)?)
}

/// An act, in the audit.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is the column of that name")]
pub struct Done {
    pub at: String,
    pub who: String,
    pub act: String,
    pub about: String,
    pub before: String,
    pub after: String,
}

/// Who did what; `more`: there are older ones, before that of this number.
///
/// # Errors
/// When a template is broken.
pub fn audit(frame: &Frame, rows: &[Done], more: Option<i64>) -> Result<String, PageError> {
    let values = context! { rows => Serde(rows), more, ..frame.values() };
    Ok(TEMPLATES.get_template("console/audit.html")?.render(values)?)
}

/// Somebody who organizes the same programme.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Colleague {
    pub address: String,
    pub owner: bool,
    /// Whether they can be taken off this programme.
    pub removable: bool,
}

/// Who may sign in to a programme; `bad`: why nobody was asked in, in English and in Korean.
///
/// # Errors
/// When a template is broken.
pub fn organizers(frame: &Frame, rows: &[Colleague], bad: Option<[&str; 2]>) -> Result<String, PageError> {
    let bad = bad.map(|[english, korean]| if frame.language == Language::Korean { korean } else { english });
    let values = context! { rows => Serde(rows), bad, ..frame.values() };
    Ok(TEMPLATES.get_template("console/organizers.html")?.render(values)?)
}
