//! What a deadline did, measured against what one reader was told: never against the file's history.

use crate::domain::kind::Named;
use crate::domain::programme::{Deadline, Due, Moment};
use crate::domain::zone::Instant;
use crate::mail::letter::Told;

/// What a deadline did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// It falls later.
    Extended,
    /// It falls earlier.
    Earlier,
    /// It is no more.
    Withdrawn,
    /// Its date was open, and is known.
    Announced,
    /// Its date was known, and is open.
    Open,
    /// It was over or withdrawn, and can be met again.
    Reopened,
    /// Its date stands, the place to submit moved.
    Link,
    /// Nothing moved.
    Same,
}

impl Named for Turn {
    const ALL: &'static [(&'static str, Turn)] = &[
        ("extended", Turn::Extended),
        ("earlier", Turn::Earlier),
        ("withdrawn", Turn::Withdrawn),
        ("announced", Turn::Announced),
        ("open", Turn::Open),
        ("reopened", Turn::Reopened),
        ("link", Turn::Link),
        ("same", Turn::Same),
    ];
}

impl Turn {
    /// What `deadline` did for somebody who was told `told`, as of `at`.
    pub fn of(deadline: &Deadline, told: &Told, link_moved: bool, at: Instant) -> Turn {
        let unmoved = if link_moved { Turn::Link } else { Turn::Same };
        match (told, deadline.due) {
            (Told::Withdrawn, _) if deadline.cancelled.is_some() => unmoved,
            (_, _) if deadline.cancelled.is_some() => Turn::Withdrawn,
            (Told::Withdrawn, Due::At(_)) => Turn::Reopened,
            (Told::Withdrawn | Told::At(_), Due::Open) => Turn::Open,
            (Told::Open, Due::At(_)) => Turn::Announced,
            (Told::Open, Due::Open) => unmoved,
            (Told::At(was), Due::At(due)) => Turn::between(*was, due, at).unwrap_or(unmoved),
        }
    }

    fn between(was: Moment, due: Moment, at: Instant) -> Option<Turn> {
        match due.instant.cmp(&was.instant) {
            std::cmp::Ordering::Less => Some(Turn::Earlier),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater if was.instant <= at => Some(Turn::Reopened),
            std::cmp::Ordering::Greater => Some(Turn::Extended),
        }
    }

    /// Its name, as templates ask for it.
    pub fn name(self) -> &'static str {
        Turn::ALL.iter().find(|(_, turn)| *turn == self).map_or("", |(name, _)| *name)
    }
}
