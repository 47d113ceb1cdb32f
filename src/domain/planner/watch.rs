//! What is kept of a deadline between two looks: what it says, since when, whether a change of it is held, and how far
//! its reminders are planned.

use super::hold;
use crate::domain::lead_time::LeadTime;
use crate::domain::programme::Programme;
use crate::domain::subscription::{Stated, Telling};
use crate::domain::zone::Instant;

/// A change on hold: nothing goes out about the deadline, neither the old date nor the new one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// When the first of its edits was published.
    pub first: Instant,
    /// Until when, unless it is stopped.
    pub until: Instant,
    /// Stopped by an organizer: without limit, until one says what is to be done.
    pub stopped: bool,
}

impl Held {
    /// Whether it holds at this moment.
    pub fn holds(&self, now: Instant) -> bool {
        self.stopped || now < self.until
    }
}

/// What a revision says that the planner goes by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dates {
    /// Its deadlines.
    pub tellings: Vec<Telling>,
    /// Deadlines that have another id than in the revision before, by both.
    pub renamed: Vec<(String, String)>,
    /// The lead times of whoever chose none.
    pub remind: Vec<LeadTime>,
}

impl Dates {
    /// Of a programme, and the one that was live before.
    pub fn of(programme: &Programme, before: Option<&Programme>) -> Dates {
        let renamed = programme.deadlines.iter().filter_map(|deadline| {
            let was = before?.ancestor_of_deadline(deadline)?;
            (was.id != deadline.id).then(|| (was.id.to_string(), deadline.id.to_string()))
        });
        Dates {
            tellings: programme.deadlines.iter().map(Telling::of).collect(),
            renamed: renamed.collect(),
            remind: programme.remind.clone(),
        }
    }
}

/// A deadline under watch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched {
    /// What it says.
    pub telling: Telling,
    /// Since when it says so.
    pub since: Instant,
    /// Its last change, while that is held or was not looked at since.
    pub held: Option<Held>,
    /// Whether somebody may have been told something else.
    pub unsettled: bool,
    /// Reminders that fire up to here are planned.
    pub planned: Instant,
}

impl Watched {
    /// What is kept after a publication at `now` in which the deadline says `telling`. `opening`: it is the programme's
    /// first, before which nobody can have been told anything.
    pub fn after(before: Option<&Watched>, telling: Telling, opening: bool, now: Instant) -> Watched {
        let is_new = Watched { telling, since: now, held: None, unsettled: false, planned: now };
        let Some(before) = before else {
            let quiet = opening || is_new.telling.what == Stated::Open;
            let held = if quiet { None } else { is_new.holding(None, now) };
            return Watched { held, unsettled: !quiet, ..is_new };
        };
        let same = before.telling.what == is_new.telling.what && before.telling.link == is_new.telling.link;
        if same {
            return Watched { telling: is_new.telling, ..before.clone() };
        }
        let standing = before.held.filter(|held| held.holds(now));
        let held = is_new.holding(standing, now);
        Watched { held, unsettled: true, planned: before.planned, ..is_new }
    }

    /// Whether nothing may go out about it now.
    pub fn is_held(&self, now: Instant) -> bool {
        self.held.is_some_and(|held| held.holds(now))
    }

    /// The hold of a change at `now`, one edit more of a change that is still held where there is one.
    fn holding(&self, standing: Option<Held>, now: Instant) -> Option<Held> {
        let first = standing.map_or(now, |held| held.first);
        let stopped = standing.is_some_and(|held| held.stopped);
        let until = hold(first, now, self.telling.what);
        match (until, stopped) {
            (Some(until), _) => Some(Held { first, until, stopped }),
            // What an organizer stopped waits for them, however near it comes.
            (None, true) => Some(Held { first, until: now, stopped }),
            (None, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn due(text: &str) -> Telling {
        Telling { deadline: "paper".to_owned(), what: Stated::At(at(text)), link: None }
    }

    const JUNE: &str = "2025-06-26T11:59:00Z";
    const JULY: &str = "2025-07-01T11:59:00Z";

    #[test]
    fn edits_within_a_hold_are_one_change() {
        let first = Watched::after(None, due(JUNE), true, at("2025-05-01T00:00:00Z"));
        assert_eq!((first.held, first.unsettled), (None, false));
        let edited = at("2025-06-24T20:13:00Z");
        let moved = Watched::after(Some(&first), due(JULY), false, edited);
        let until = |watched: &Watched| watched.held.map(|held| held.until);
        assert_eq!((until(&moved), moved.unsettled), (Some(at("2025-06-24T20:23:00Z")), true));
        assert_eq!(moved.planned, first.planned, "the mark stands still");
        let again = Watched::after(Some(&moved), due("2025-07-02T11:59:00Z"), false, at("2025-06-24T20:20:00Z"));
        assert_eq!(until(&again), Some(at("2025-06-24T20:30:00Z")));
        let late = Watched::after(Some(&again), due(JULY), false, at("2025-06-24T20:29:00Z"));
        assert_eq!(until(&late).zip(late.held.map(|held| held.first)), Some((at("2025-06-24T20:39:00Z"), edited)));
        let last = Watched::after(Some(&late), due(JUNE), false, at("2025-06-24T20:38:00Z"));
        assert_eq!(until(&last), Some(at("2025-06-24T20:43:00Z")), "thirty minutes from the first at most");
        assert_eq!(Watched::after(Some(&last), due(JUNE), false, at("2025-06-24T20:40:00Z")), last);
    }

    #[test]
    fn what_is_near_is_told_at_once_and_what_was_stopped_waits() {
        let first = Watched::after(None, due(JUNE), true, at("2025-05-01T00:00:00Z"));
        let near = Watched::after(Some(&first), due("2025-06-25T02:00:00Z"), false, at("2025-06-24T20:13:00Z"));
        assert_eq!((near.held, near.unsettled), (None, true));
        let mut stopped = Watched::after(Some(&first), due(JULY), false, at("2025-06-24T20:13:00Z"));
        stopped.held = stopped.held.map(|held| Held { stopped: true, ..held });
        assert!(stopped.is_held(at("2025-07-24T20:13:00Z")));
        let near = Watched::after(Some(&stopped), due("2025-06-25T02:00:00Z"), false, at("2025-06-24T20:14:00Z"));
        assert!(near.is_held(at("2025-06-25T20:13:00Z")));
    }

    #[test]
    fn a_new_deadline_is_held_when_it_has_a_date() {
        let now = at("2025-06-24T20:13:00Z");
        assert!(Watched::after(None, due(JULY), false, now).is_held(now));
        let open = Telling { what: Stated::Open, ..due(JULY) };
        assert_eq!(Watched::after(None, open, false, now).held, None);
    }
}
