//! A programme as published: what every export is made from, and what several of them say in the same way.
//!
//! The records of the revision say what was published of each entry and under which stamps; the programme says the
//! rest. Both are of the same revision.

use crate::domain::entry::{DayEntry, Days, DeadlineEntry, Entry, SessionEntry};
use crate::domain::programme::{Moment, Programme};
use crate::domain::revision::{Record, Revision, State};
use crate::domain::zone::Instant;

/// A published programme and where its pages are found.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// What was published.
    pub revision: &'a Revision,
    /// The programme of that revision's own file.
    pub programme: &'a Programme,
    /// The absolute address of the programme's folder, with a slash at its end, where it is known.
    pub base: Option<&'a str>,
}

impl<'a> Published<'a> {
    /// Every session that was not forgotten, by start; cancelled ones too.
    pub(super) fn sessions(&self) -> Vec<(&'a Record, &'a SessionEntry)> {
        let mut found: Vec<_> = self
            .records()
            .filter_map(|record| match &record.entry {
                Entry::Session(session) => Some((record, session)),
                Entry::Deadline(_) | Entry::Day(_) => None,
            })
            .collect();
        found.sort_by_key(|(record, session)| (session.start.instant, session.end.instant, record.uid.as_str()));
        found
    }

    /// Every deadline with a date that was not forgotten, by date; withdrawn ones too.
    pub(super) fn deadlines(&self) -> Vec<(&'a Record, &'a DeadlineEntry)> {
        let mut found: Vec<_> = self
            .records()
            .filter_map(|record| match &record.entry {
                Entry::Deadline(deadline) => Some((record, deadline)),
                Entry::Session(_) | Entry::Day(_) => None,
            })
            .collect();
        found.sort_by_key(|(record, deadline)| (deadline.due.instant, record.uid.as_str()));
        found
    }

    /// Every day of the workshop that was not forgotten, in order, and the placeholder of its sessions.
    pub(super) fn days(&self) -> Vec<(&'a Record, &'a DayEntry)> {
        let mut found: Vec<_> = self
            .records()
            .filter_map(|record| match &record.entry {
                Entry::Day(day) => Some((record, day)),
                Entry::Session(_) | Entry::Deadline(_) => None,
            })
            .collect();
        found.sort_by_key(|(record, day)| match day.days {
            Days::Open => (None, record.uid.as_str()),
            Days::Span(first, _) => (Some(first), record.uid.as_str()),
        });
        found
    }

    fn records(&self) -> impl Iterator<Item = &'a Record> {
        self.revision.records.iter().filter(|record| record.state != State::Forgotten)
    }

    /// The address of an entry's page.
    pub(super) fn entry_page(&self, record: &Record) -> Option<String> {
        Some(format!("{}at/{}/", self.base?, record.key.id()?))
    }

    /// The programme's page, or else the workshop's own.
    pub(super) fn home(&self) -> Option<&'a str> {
        self.base.or_else(|| self.programme.url.as_ref().map(url::Url::as_str))
    }

    /// The programme's colour as `#rrggbb`.
    pub(super) fn color(&self) -> Option<String> {
        let named = csscolorparser::parse(self.programme.color.as_deref()?).ok()?;
        Some(named.to_css_hex().to_string())
    }
}

/// `2025-07-01T11:59:00Z`.
pub(super) fn utc(instant: Instant) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2025-06-30T23:59:00-12:00`: the moment on its own clock, with the offset that makes it an instant.
pub(super) fn with_offset(moment: Moment) -> String {
    let local = moment.zone.local(moment.instant);
    format!("{}{}", local.civil.format("%Y-%m-%dT%H:%M:%S"), offset(local.offset_seconds))
}

/// `+09:00`.
pub(super) fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
