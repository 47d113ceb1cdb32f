//! Why there are no words: each refusal says what the file holds, and what to write or to ask for instead.

use super::{Occasion, Request, previous};
use crate::domain::file::nearest;
use crate::domain::programme::{Deadline, DeadlineKind, Due, Moment, Programme};
use crate::domain::zone::Instant;

/// Why there are no words.
#[derive(Debug, thiserror::Error)]
pub enum NoWords {
    /// No deadline has this id.
    #[error("there is no deadline \"{id}\"{} The deadlines are {known}", hint.as_ref().map_or(".".to_owned(), |near| format!(": did you mean \"{near}\"?")))]
    Unknown {
        /// What was asked for.
        id: String,
        /// A deadline with nearly this id.
        hint: Option<String>,
        /// All of them.
        known: String,
    },
    /// The id is a session's.
    #[error("\"{0}\" is a session: there are words for deadlines only, {1}")]
    Session(String, String),
    /// The programme has no deadline at all.
    #[error("the file has no [[deadline]]: there is nothing to write about")]
    NoDeadlines,
    /// It has no date.
    #[error("\"{0}\" has no date yet: the file says due = \"TBC\"; write the date first")]
    Open(String),
    /// It was withdrawn.
    #[error(
        "\"{id}\" is withdrawn: the file says cancelled = {reason:?}; use --kind withdrawn, or take that line out of the file"
    )]
    Withdrawn {
        /// The deadline.
        id: String,
        /// What the file says.
        reason: String,
    },
    /// It is over.
    #[error("\"{id}\" is past: it fell due on {due}, and it is {now}; nobody can meet it any more")]
    Past {
        /// The deadline.
        id: String,
        /// When it fell due.
        due: String,
        /// When the words would be written.
        now: String,
    },
    /// Nothing is asked of anybody.
    #[error("\"{0}\" is a notification: authors need do nothing by then; once it is out use --kind decisions")]
    NothingToDo(String),
    /// It did not move.
    #[error(
        "\"{id}\" did not move: the file holds no other date before {due}; write the one people know into was = [...], or use --kind {instead}"
    )]
    NotMoved {
        /// The deadline.
        id: String,
        /// Its date.
        due: String,
        /// What fits.
        instead: &'static str,
    },
    /// It moved the other way, or it moved where it should have been open.
    #[error(
        "\"{id}\" {moved}: the file holds was = {was}, due = {due}; use --kind {instead}, or mend was in the file if that is wrong"
    )]
    OtherWay {
        /// The deadline.
        id: String,
        /// What it did.
        moved: &'static str,
        /// The last date before.
        was: String,
        /// Its date.
        due: String,
        /// What fits.
        instead: &'static str,
    },
    /// Nobody said why.
    #[error(
        "\"{0}\" is not withdrawn: write cancelled = \"why\" into its [[deadline]], or say it here with --reason \"why\""
    )]
    NoReason(String),
    /// Decisions are told of a notification.
    #[error("\"{id}\" is no notification: decisions are told of {}", if of.is_empty() { "a deadline with kind = \"notification\", and the file has none" } else { of })]
    NotANotification {
        /// The deadline.
        id: String,
        /// The notifications there are.
        of: String,
    },
    /// A template is broken: a fault of the templates, never of the file.
    #[error("the words could not be made: {0}")]
    Template(#[from] minijinja::Error),
}

/// The deadline of an id, present or former.
pub(super) fn find<'p>(programme: &'p Programme, id: &str) -> Result<&'p Deadline, NoWords> {
    let deadlines = &programme.deadlines;
    let called = deadlines.iter().find(|deadline| deadline.id.as_str() == id);
    let called = called.or_else(|| deadlines.iter().find(|d| d.formerly.iter().any(|former| former.as_str() == id)));
    called.ok_or_else(|| {
        let known = deadlines.iter().map(|deadline| deadline.id.as_str()).collect::<Vec<_>>().join(", ");
        if deadlines.is_empty() {
            return NoWords::NoDeadlines;
        }
        if programme.sessions.iter().any(|session| session.id.as_str() == id) {
            return NoWords::Session(id.to_owned(), known);
        }
        let hint = nearest(id, deadlines.iter().map(|deadline| deadline.id.as_str())).map(str::to_owned);
        NoWords::Unknown { id: id.to_owned(), hint, known }
    })
}

/// Whether the file bears the words out.
pub(super) fn holds(
    programme: &Programme,
    deadline: &Deadline,
    request: Request<'_>,
    now: Instant,
) -> Result<(), NoWords> {
    let id = deadline.id.to_string();
    if request.occasion == Occasion::Withdrawn {
        let told = deadline.cancelled.is_some() || request.reason.is_some_and(|reason| !reason.trim().is_empty());
        return if told { Ok(()) } else { Err(NoWords::NoReason(id)) };
    }
    if let Some(reason) = &deadline.cancelled {
        return Err(NoWords::Withdrawn { id, reason: reason.clone() });
    }
    if request.occasion == Occasion::Decisions {
        return is_notification(programme, deadline);
    }
    let Due::At(due) = deadline.due else { return Err(NoWords::Open(id)) };
    match request.occasion {
        Occasion::Reminder if deadline.kind == DeadlineKind::Notification => Err(NoWords::NothingToDo(id)),
        Occasion::Reminder if due.instant <= now => {
            let now = format!("{} UTC", now.format("%Y-%m-%d %H:%M"));
            Err(NoWords::Past { id, due: written(due), now })
        }
        Occasion::Reminder | Occasion::Withdrawn | Occasion::Decisions => Ok(()),
        Occasion::Extended | Occasion::Earlier | Occasion::Announced => direction(deadline, due, request.occasion, now),
    }
}

fn is_notification(programme: &Programme, deadline: &Deadline) -> Result<(), NoWords> {
    if deadline.kind == DeadlineKind::Notification {
        return Ok(());
    }
    let others = programme.deadlines.iter().filter(|other| other.kind == DeadlineKind::Notification);
    let of = others.map(|other| format!("\"{}\"", other.id)).collect::<Vec<_>>().join(", ");
    Err(NoWords::NotANotification { id: deadline.id.to_string(), of })
}

/// Whether a date moved the way the words say.
fn direction(deadline: &Deadline, due: Moment, said: Occasion, now: Instant) -> Result<(), NoWords> {
    let id = deadline.id.to_string();
    let moved = previous(deadline).map(|was| (was, was.instant < due.instant));
    let (fits, moved_in_words) = match moved {
        None => (Occasion::Announced, ""),
        Some((_, true)) => (Occasion::Extended, "falls later than it did"),
        Some((_, false)) => (Occasion::Earlier, "falls earlier than it did"),
    };
    match moved {
        _ if fits == said => Ok(()),
        None => {
            let reminds = deadline.kind != DeadlineKind::Notification && due.instant > now;
            let instead = if reminds { "reminder" } else { "announced" };
            Err(NoWords::NotMoved { id, due: written(due), instead })
        }
        Some((was, later)) => {
            let instead = if later { "extended" } else { "earlier" };
            Err(NoWords::OtherWay { id, moved: moved_in_words, was: written(was), due: written(due), instead })
        }
    }
}

/// A date as an error tells it.
pub(super) fn written(moment: Moment) -> String {
    format!("{} {}", moment.civil.format("%Y-%m-%d %H:%M"), moment.zone.local(moment.instant).label)
}
