//! The days as a timeline: what goes on in one room is a list, what goes on in several at once stands side by side.

use super::entries::session_view;
use super::view::{Addresses, BlockView, ColumnView, DayView, ScheduleView, SessionView};
use super::words::{full_day, session_kinds};
use crate::domain::entry::Entry;
use crate::domain::kind::SessionKind;
use crate::domain::programme::{Named, Programme, Session};
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;

/// Every session, by day, block and room.
pub(super) fn schedule(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    now: Option<Instant>,
) -> ScheduleView {
    let language = addresses.language;
    let view = |session: &Session| {
        let record = revision.records.iter().find(|record| record.key.id() == Some(session.id.as_str()))?;
        let Entry::Session(entry) = &record.entry else { return None };
        Some(SessionView { note: session.note.clone(), ..session_view(record, entry, addresses, now) })
    };
    let blocks = blocks(&programme.sessions);
    let is_parallel =
        |block: &[&Session]| block.iter().any(|session| room(programme, session) != room(programme, block[0]));
    // Rooms in which things go on at the same time, in the order they are first used.
    let mut rooms: Vec<String> = Vec::new();
    for session in blocks.iter().filter(|block| is_parallel(block)).flatten() {
        let room = room(programme, session).unwrap_or_default().to_owned();
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    }
    rooms.sort();
    let mut days: Vec<DayView> = Vec::new();
    for block in &blocks {
        let start = block[0].start;
        let date = start.date().to_string();
        if days.last().is_none_or(|day| day.date != date) {
            days.push(DayView {
                title: full_day(start.date(), language),
                brief: language.weekday_and_day(start.date()),
                date,
                zone: start.zone_label(),
                blocks: Vec::new(),
            });
        }
        let Some(day) = days.last_mut() else { continue };
        if is_parallel(block) {
            let until = block_end(block);
            // A row that follows another at once stands below the same rooms' names.
            let named = day.blocks.last().is_none_or(|last| last.rooms == 0 || last.until < start.instant);
            let columns = rooms.iter().enumerate().filter_map(|(at, name)| {
                let here = block.iter().filter(|session| room(programme, session).unwrap_or_default() == name);
                let sessions: Vec<SessionView> = here.filter_map(|session| view(session)).collect();
                (!sessions.is_empty()).then_some(ColumnView { at: at + 1, sessions })
            });
            day.blocks.push(BlockView { rooms: rooms.len(), named, until, columns: columns.collect() });
            continue;
        }
        let sessions: Vec<SessionView> = block.iter().filter_map(|session| view(session)).collect();
        // One list goes on through every block that has no other beside it.
        match day.blocks.last_mut().filter(|last| last.rooms == 0) {
            Some(last) => last.columns[0].sessions.extend(sessions),
            None => day.blocks.push(BlockView {
                rooms: 0,
                named: false,
                until: block_end(block),
                columns: vec![ColumnView { at: 0, sessions }],
            }),
        }
    }
    let has = |kind: SessionKind| programme.sessions.iter().any(|session| session.kind == kind);
    let kinds: Vec<_> = SessionKind::ALL
        .iter()
        .filter(|(_, kind)| has(*kind) && !matches!(kind, SessionKind::Break | SessionKind::Ceremony))
        .map(|(name, kind)| (*name, session_kinds(*kind, language)))
        .collect();
    ScheduleView { days, kinds: if kinds.len() > 1 { kinds } else { Vec::new() }, rooms }
}

/// The room of a session: its own, or else the workshop's.
pub(super) fn room<'p>(programme: &'p Programme, session: &'p Session) -> Option<&'p str> {
    session.room.as_deref().or(programme.venue.room.as_deref())
}

fn block_end(block: &[&Session]) -> Instant {
    block.iter().map(|session| session.end.instant).fold(block[0].end.instant, Instant::max)
}

/// Runs of sessions that overlap one another, a new one wherever nothing goes on, and with every day.
fn blocks(sessions: &[Session]) -> Vec<Vec<&Session>> {
    let mut blocks: Vec<Vec<&Session>> = Vec::new();
    let mut until: Option<Instant> = None;
    for session in sessions {
        let goes_on = until.is_some_and(|until| session.start.instant < until);
        match blocks.last_mut() {
            Some(block) if goes_on && block[0].start.date() == session.start.date() => block.push(session),
            _ => {
                blocks.push(vec![session]);
                until = None;
            }
        }
        until = Some(until.map_or(session.end.instant, |until| until.max(session.end.instant)));
    }
    blocks
}
