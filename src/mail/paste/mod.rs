//! Words to paste: what an organizer puts into the submission system's mail form, a mailing group, a post, the page.
//!
//! Nothing in them needs a server of ours, and nothing in them tells of a person. The direction of a move is held
//! against the dates: words that say "extended" about a date that came closer are refused, with what to mend.

mod model;
mod post;
mod refusal;
mod templates;

use chrono::TimeDelta;

use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::programme::{Deadline, Due, Moment, Programme};
use crate::domain::zone::Instant;

use refusal::{find, holds, written};

pub(super) use model::task;
pub use post::{LONGEST_POST, weight};
pub use refusal::NoWords;

/// Why people are written to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Occasion {
    /// A deadline draws near.
    Reminder,
    /// It falls later than was said.
    Extended,
    /// It falls earlier than was said.
    Earlier,
    /// It is no more.
    Withdrawn,
    /// Its date was open and is known.
    Announced,
    /// Decisions on papers are out: what comes next.
    Decisions,
}

impl Named for Occasion {
    const ALL: &'static [(&'static str, Occasion)] = &[
        ("reminder", Occasion::Reminder),
        ("extended", Occasion::Extended),
        ("earlier", Occasion::Earlier),
        ("withdrawn", Occasion::Withdrawn),
        ("announced", Occasion::Announced),
        ("decisions", Occasion::Decisions),
    ];
}

/// What the words are for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The deadline's id, present or former.
    pub id: &'r str,
    /// Why people are written to.
    pub occasion: Occasion,
    /// In which language.
    pub language: Language,
    /// Why a deadline is withdrawn, where the file does not say.
    pub reason: Option<&'r str>,
}

/// Words, ready to paste.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// The mail's subject, one line.
    pub subject: String,
    /// The mail's text, plain.
    pub body: String,
    /// A post of at most [`LONGEST_POST`] characters.
    pub post: String,
    /// One or two lines of Markdown for the page.
    pub banner: String,
    /// What whoever pastes should look at first.
    pub notes: Vec<String>,
}

/// The words of a programme for a request, as of `now`.
///
/// # Errors
/// When the file does not bear them out: no such deadline, no date, another direction, nothing to tell.
pub fn words(programme: &Programme, request: Request<'_>, now: Instant) -> Result<Words, NoWords> {
    let deadline = find(programme, request.id)?;
    holds(programme, deadline, request, now)?;
    let model = model::Model::new(programme, deadline, request, now);
    let written = templates::render(request.occasion, request.language, &model)?;
    let post = post::fit(request.language, deadline, &model, |wording| {
        templates::render_post(request.occasion, request.language, &model, wording)
    })?;
    let notes = notes(programme, deadline, request.occasion, now);
    Ok(Words { subject: written.subject, body: written.body, post, banner: written.banner, notes })
}

/// The last date people knew before the present one.
fn previous(deadline: &Deadline) -> Option<Moment> {
    let due = deadline.due.moment()?;
    deadline.was.last().copied().filter(|was| was.instant != due.instant)
}

/// By how much a date moved: whole days by its own calendar, or hours and minutes within a day.
pub(super) fn moved_by(language: Language, was: Moment, due: Moment) -> String {
    match (due.date() - was.date()).num_days().abs() {
        0 => language.length((due.instant - was.instant).abs()),
        days => language.days(days),
    }
}

fn notes(programme: &Programme, deadline: &Deadline, occasion: Occasion, now: Instant) -> Vec<String> {
    let mut notes = Vec::new();
    let steps = if occasion == Occasion::Decisions { model::steps(programme).collect() } else { vec![deadline] };
    for step in steps {
        if let Some(due) = step.due.moment().filter(|due| due.instant <= now) {
            notes.push(format!("\"{}\" is past: it fell due on {}", step.id, written(due)));
        }
    }
    if !deadline.ours {
        notes.push(format!("\"{}\" is another's date (ours = false): check their page first", deadline.id));
    }
    if occasion == Occasion::Withdrawn && deadline.cancelled.is_none() {
        notes.push(format!("the file does not say so yet: write cancelled = \"why\" into \"{}\" too", deadline.id));
    }
    if deadline.due == Due::Open && occasion == Occasion::Decisions {
        notes.push(format!("the file has no date for \"{}\" yet", deadline.id));
    }
    let ahead = deadline.due.moment().filter(|due| due.instant - now > TimeDelta::days(1));
    if let Some(due) = ahead.filter(|_| occasion == Occasion::Decisions) {
        notes.push(format!("decisions were promised for {}: are they out?", written(due)));
    }
    notes
}
