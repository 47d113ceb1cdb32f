//! The two tables that become entries of a feed: deadlines and sessions.

use toml::de::DeValue;

use super::check::{self, Ids, References};
use super::cursor::Cursor;
use super::schema::{Defaults, read_seed};
use super::table::Table;
use super::{address, time, value};
use crate::domain::programme::{Audience, Certainty, Deadline, DeadlineKind, Id, Session, Speaker};

/// A deadline.
pub(super) fn read_deadline(
    cursor: &mut Cursor,
    mut table: Table<'_, '_>,
    defaults: &Defaults,
    ids: &mut Ids,
    references: &mut References,
) -> Option<Deadline> {
    let id = ids.read(cursor, &mut table, "deadline");
    if let Some(id) = id.as_ref().filter(|id| id.as_str().starts_with("day-")) {
        let span = cursor.places.find(&format!("deadline.{id}.id"));
        cursor.error(span, "a deadline's id cannot begin with day-: all-day entries are named so", "choose another");
    }
    let kind = table.required(cursor, "kind", |c, v| value::name(c, v, "kind of deadline"), "\"submission\"");
    let title = table.required(cursor, "title", value::line, "\"Full paper submission\"");
    let short = table.optional(cursor, "short", value::line).or_else(|| title.clone());
    let zone = match table.raw("zone") {
        Some(_) => table.optional(cursor, "zone", value::zone),
        None => defaults.deadline_zone,
    };
    let due = table.required(cursor, "due", |c, v| time::due(c, v, zone), "2025-06-30");
    let was = table.list(cursor, "was", |c, v| time::moment_or_day(c, v, zone)).unwrap_or_default();
    let audience = table.optional(cursor, "for", |c, v| value::name::<Audience>(c, v, "audience"));
    let rest = (
        table.optional(cursor, "url", address::url),
        table.optional(cursor, "needs", value::text),
        table.optional(cursor, "note", value::text),
        table.optional(cursor, "ours", value::flag).unwrap_or(true),
        table.optional(cursor, "cancelled", value::line),
        former_ids(cursor, &table, id.as_ref(), references),
        read_seed(cursor, &table, defaults.seed),
    );
    table.finish(cursor);
    let (url, needs, note, ours, cancelled, formerly, seed) = rest;
    let kind = kind?;
    let default_audience = if kind == DeadlineKind::CameraReady { Audience::Accepted } else { Audience::Everyone };
    Some(Deadline {
        id: id?,
        kind,
        title: title?,
        short: short?,
        due: due?,
        was,
        zone: zone?,
        url,
        needs,
        note,
        audience: audience.unwrap_or(default_audience),
        ours,
        cancelled,
        formerly,
        seed,
    })
}

/// A session.
pub(super) fn read_session(
    cursor: &mut Cursor,
    mut table: Table<'_, '_>,
    defaults: &Defaults,
    ids: &mut Ids,
    references: &mut References,
) -> Option<Session> {
    let id = ids.read(cursor, &mut table, "session");
    let kind = table.required(cursor, "kind", |c, v| value::name(c, v, "kind of session"), "\"oral\"");
    let title = table.required(cursor, "title", value::line, "\"TBC\"");
    let zone = defaults.time_zone;
    let start = table.required(cursor, "start", |c, v| time::moment(c, v, zone), "2025-09-23T13:30:00");
    let end = table.required(cursor, "end", |c, v| time::moment(c, v, zone), "2025-09-23T13:35:00");
    if let (Some(start), Some(end)) = (start, end) {
        check::length(cursor, &table.path, start, end);
    }
    let names_nobody = match table.raw("speakers") {
        Some(value) => matches!(value.get_ref(), DeValue::Array(speakers) if speakers.is_empty()),
        None => !cursor.may_be_unread(table.span.start, "speakers"),
    };
    let speakers = table.tables(cursor, "speakers", "[[session.speakers]]").into_iter();
    let speakers: Vec<Speaker> = speakers.filter_map(|speaker| read_speaker(cursor, speaker)).collect();
    if names_nobody && kind.is_some_and(check::wants_speaker) && title.as_deref().is_some_and(|title| title != "TBC") {
        let span = cursor.places.find(&format!("{}.kind", table.path));
        cursor.note(span, "no speaker is named", "add speakers = [{ name = \"A Name\" }]");
    }
    let rest = (
        table.optional(cursor, "paper", value::id),
        table.optional(cursor, "room", value::line),
        table.optional(cursor, "summary", value::text),
        table.optional(cursor, "note", value::text),
        table.optional(cursor, "host", value::id),
        table.optional(cursor, "url", address::url),
        table.optional(cursor, "status", |c, v| value::name(c, v, "status")).unwrap_or(Certainty::Confirmed),
        table.optional(cursor, "cancelled", value::line),
        former_ids(cursor, &table, id.as_ref(), references),
        read_seed(cursor, &table, defaults.seed),
    );
    let path = table.path.clone();
    table.finish(cursor);
    let (paper, room, summary, note, host, url, certainty, cancelled, formerly, seed) = rest;
    let place = |key: &str| cursor.places.find(&format!("{path}.{key}"));
    references.papers.extend(paper.clone().map(|id| (id, place("paper"))));
    references.hosts.extend(host.clone().map(|id| (id, place("host"))));
    references.presented.extend(title.clone().zip(paper.clone()).map(|(title, id)| (title, place("title"), id)));
    Some(Session {
        id: id?,
        kind: kind?,
        title: title?,
        start: start?,
        end: end?,
        speakers,
        paper,
        room,
        summary,
        note,
        host,
        url,
        certainty,
        cancelled,
        formerly,
        seed,
    })
}

fn read_speaker(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Speaker> {
    let name = table.required(cursor, "name", value::line, "\"Tal Arbel\"");
    let affiliation = table.optional(cursor, "affiliation", value::line);
    let url = table.optional(cursor, "url", address::url).map(|url| url.to_string());
    table.finish(cursor);
    Some(Speaker { name: name?, affiliation, url })
}

fn former_ids(cursor: &mut Cursor, table: &Table<'_, '_>, id: Option<&Id>, references: &mut References) -> Vec<Id> {
    let former = table.spanned_list(cursor, "formerly", value::id).unwrap_or_default();
    references.former.extend(former.iter().map(|(old, span)| (old.clone(), span.clone(), id.cloned())));
    former.into_iter().map(|(old, _)| old).collect()
}
