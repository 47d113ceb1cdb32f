//! Sessions and deadlines as a page shows them, each on every clock that matters to its reader.

use super::view::{Addresses, DeadlineView, PaperView, SessionView};
use super::words::{either, full_day, moved, on_clock, session_kind};
use crate::domain::entry::{DeadlineEntry, Entry, Place, SessionEntry};
use crate::domain::language::Language;
use crate::domain::programme::{Audience, Certainty, DeadlineKind, Moment, Programme};
use crate::domain::revision::{Record, Revision, State};
use crate::domain::zone::{Instant, Zone};

/// Every deadline of a programme: what has a date first, by date; what has none in the order of the file; what is past
/// at the end.
pub(super) fn deadlines(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    now: Option<Instant>,
) -> Vec<DeadlineView> {
    let mut dated: Vec<(Option<Moment>, DeadlineView)> = Vec::new();
    for deadline in &programme.deadlines {
        let record = revision.records.iter().find(|record| record.key.id() == Some(deadline.id.as_str()));
        match (deadline.due.moment(), record.map(|record| (record, &record.entry))) {
            (Some(due), Some((record, Entry::Deadline(entry)))) => {
                dated.push((Some(due), deadline_view(record, entry, addresses, now)));
            }
            _ => dated.push((
                None,
                DeadlineView {
                    id: deadline.id.to_string(),
                    title: deadline.title.clone(),
                    short: deadline.short.clone(),
                    kind: deadline.kind.name(),
                    instant: None,
                    own: None,
                    venue: None,
                    utc: None,
                    moved: None,
                    needs: deadline.needs.clone(),
                    note: deadline.note.clone(),
                    url: deadline.url.as_ref().map(ToString::to_string),
                    submits: false,
                    accepted_only: deadline.audience == Audience::Accepted,
                    ours: deadline.ours,
                    cancelled: deadline.cancelled.clone(),
                    page: String::new(),
                    feed: String::new(),
                    past: false,
                },
            )),
        }
    }
    dated.sort_by_key(|(due, view)| (view.past, due.is_none(), due.map(|due| due.instant)));
    dated.into_iter().map(|(_, view)| view).collect()
}

pub(super) fn deadline_view(
    record: &Record,
    deadline: &DeadlineEntry,
    addresses: &Addresses,
    now: Option<Instant>,
) -> DeadlineView {
    let language = addresses.language;
    let due = deadline.due;
    let id = record.key.id().unwrap_or_default();
    let utc = due.seen_in(Zone::UTC);
    let venue = deadline.at_the_venue().filter(|venue| venue.civil != utc.civil);
    DeadlineView {
        id: id.to_owned(),
        title: deadline.title.clone(),
        short: deadline.short.clone(),
        kind: deadline.kind.name(),
        instant: Some(rfc3339(due.instant)),
        own: Some(on_clock(due, None, language)),
        venue: venue.map(|venue| on_clock(venue, deadline.city.as_deref(), language)),
        utc: (utc.civil != due.civil).then(|| on_clock(utc, None, language)),
        moved: moved(record, language),
        needs: deadline.needs.clone(),
        note: deadline.note.clone(),
        url: deadline.link().map(str::to_owned),
        submits: submits(deadline),
        accepted_only: deadline.audience == Audience::Accepted,
        ours: deadline.ours,
        cancelled: cancelled(record, deadline.cancelled.as_deref(), language),
        page: addresses.page(&format!("{}at/{id}/", addresses.programme)),
        feed: format!("{}at/{id}.ics", addresses.programme),
        past: now.is_some_and(|now| due.instant <= now),
    }
}

/// Whether something is handed in, or somebody registers, at the deadline's own address.
pub(super) fn submits(deadline: &DeadlineEntry) -> bool {
    deadline.url.is_some()
        && matches!(
            deadline.kind,
            DeadlineKind::Abstract | DeadlineKind::Submission | DeadlineKind::CameraReady | DeadlineKind::Registration
        )
}

fn cancelled(record: &Record, reason: Option<&str>, language: Language) -> Option<String> {
    let words = either(language, "no longer in the programme", "프로그램에서 빠졌습니다");
    let gone = || (record.state == State::Cancelled).then(|| words.to_owned());
    reason.map(str::to_owned).or_else(gone)
}

/// A session in the venue's time.
pub(super) fn session_view(
    record: &Record,
    session: &SessionEntry,
    addresses: &Addresses,
    now: Option<Instant>,
) -> SessionView {
    let language = addresses.language;
    let id = record.key.id().unwrap_or_default();
    let Place { room, name, city, .. } = &session.place;
    SessionView {
        id: id.to_owned(),
        kind: session.kind.name(),
        kind_label: session_kind(session.kind, language),
        title: match session.is_open() {
            true => either(language, "To be announced", "추후 공지").to_owned(),
            false => session.title.clone(),
        },
        start: session.start.clock(),
        end: session.end.clock(),
        start_instant: rfc3339(session.start.instant),
        end_instant: rfc3339(session.end.instant),
        day: full_day(session.start.date(), language),
        zone: session.start.zone_label(),
        speakers: session.speakers.clone(),
        authors: session.authors.clone(),
        summary: session.summary.clone(),
        room: room.clone(),
        place: [room, name, city].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "),
        host: session.host.clone(),
        url: session.url.clone(),
        papers: session
            .papers
            .iter()
            .map(|paper| PaperView {
                title: paper.title.clone(),
                authors: paper.authors.clone(),
                url: None,
                award: None,
                session: None,
            })
            .collect(),
        tentative: session.certainty == Certainty::Tentative,
        cancelled: cancelled(record, session.cancelled.as_deref(), language),
        moved: moved(record, language),
        page: addresses.page(&format!("{}at/{id}/", addresses.programme)),
        feed: format!("{}at/{id}.ics", addresses.programme),
        past: now.is_some_and(|now| session.end.instant <= now),
        now: now.is_some_and(|now| session.start.instant <= now && now < session.end.instant),
        note: None,
    }
}

/// For a script: `2025-07-01T11:59:00Z`.
pub(super) fn rfc3339(instant: Instant) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
