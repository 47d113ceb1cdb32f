//! A schedule of JSON in, a programme file out: its sessions, with the workshop's title, days and zone.
//!
//! The file always passes the reader of programme files. What that would refuse stands in it as a comment with the
//! reason, what was guessed is marked, and the notes tell both. Deadlines, papers and people are in no schedule.

use std::collections::BTreeMap;

use serde_json::Value;

use super::heading::{Head, Options, programme, zone};
use super::naming::{Names, kind};
use super::plan::NO_ROOM;
use super::reading::{Conference, Event, When};
use super::table::{Line, Table, objection, one_line, quoted, summary, title};
use crate::domain::programme::SessionKind;
use crate::domain::zone::Zone;

const OPEN: &str = "TBC";

/// A schedule of more events is no workshop's, and each is tried with the reader.
const MOST_EVENTS: usize = 2000;

/// An imported programme file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The file, TOML.
    pub source: String,
    /// What was guessed and what was left out, a sentence each.
    pub notes: Vec<String>,
}

/// Why a text is no schedule.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is not JSON.
    #[error("the file is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It is JSON of another kind.
    #[error(
        "there is no schedule in this JSON: neither {{\"schedule\": {{\"conference\": ...}}}} nor a conference with days"
    )]
    NoConference,
    /// It is one, and nothing takes place in it.
    #[error("there is no event in this schedule")]
    NoEvents,
    /// The programme file made of it is not understood: a fault of ours.
    #[error("the programme file made of it is refused: {0}")]
    Refused(String),
}

/// A programme file of a frab schedule, as JSON: whole, or its conference alone.
///
/// # Errors
/// When the text is not JSON, or no schedule.
pub fn import(text: &str, options: &Options) -> Result<Imported, ImportError> {
    let document: Value = serde_json::from_str(text)?;
    let conference = Conference::find(&document).ok_or(ImportError::NoConference)?;
    let mut events = conference.events();
    if events.is_empty() {
        return Err(ImportError::NoEvents);
    }
    let mut notes = Vec::new();
    if events.len() > MOST_EVENTS {
        notes.push(format!("Of {} events only the first {MOST_EVENTS} are read.", events.len()));
        events.truncate(MOST_EVENTS);
    }
    let (zone, doubt) = zone(&conference, &events, options, &mut notes);
    let mut source = String::from("# Made from a schedule. Read it once: what is left out or guessed says so.\n\n");
    let Head { text, needed } = programme(&conference, &events, options, (zone, doubt), &mut notes);
    source.push_str(&text);
    let only_room = one_room(&events);
    if let Some(room) = &only_room {
        let table = Table {
            header: "[venue]",
            required: Vec::new(),
            optional: vec![Line::new("room", quoted(room))],
            missing: None,
        };
        source.push('\n');
        source.push_str(&table.tried(&needed).text);
    }
    sessions(&conference, &events, (zone, &needed, only_room.is_none()), &mut source, &mut notes);
    if conference.has_tracks() {
        notes.push("Tracks are left out: a programme file has hosts, for workshops held together.".to_owned());
    }
    match objection(&source) {
        None => Ok(Imported { source, notes }),
        Some(reason) => Err(ImportError::Refused(reason)),
    }
}

/// The room of every event, where there is but one.
fn one_room(events: &[Event]) -> Option<String> {
    let mut rooms = events.iter().map(|event| room(event));
    let first = rooms.next()??;
    rooms.all(|room| room.as_ref() == Some(&first)).then_some(first)
}

fn room(event: &Event) -> Option<String> {
    let (room, _) = title(event.room());
    (!room.is_empty() && room != NO_ROOM).then_some(room)
}

fn sessions(
    conference: &Conference,
    events: &[Event],
    (zone, head, with_rooms): (Zone, &str, bool),
    source: &mut String,
    notes: &mut Vec<String>,
) {
    let own = conference.text("acronym").map(|acronym| format!("{acronym}-session-")).unwrap_or_default();
    let mut names = Names::default();
    // Names that were given before come first, whatever is made anew.
    let kept: Vec<Option<String>> = events
        .iter()
        .map(|event| event.text("slug").strip_prefix(&own).filter(|_| !own.is_empty()).and_then(|id| names.take(id)))
        .collect();
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|at| events[*at].start().map(|start| start.civil(zone)));
    let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut refused, mut guessed) = (Vec::new(), 0);
    for at in order {
        let event = &events[at];
        let known = kind(event.text("type"), event.text("title"));
        guessed += usize::from(known.is_none());
        let table = session(event, known, kept[at].as_deref(), &mut names, zone, with_rooms);
        let tried = table.tried(head);
        source.push('\n');
        source.push_str(&tried.text);
        refused.extend(tried.refused.map(|reason| (shown_title(event), reason)));
        for key in tried.dropped {
            *dropped.entry(key).or_default() += 1;
        }
    }
    for (event, reason) in refused {
        notes.push(format!("\"{event}\" is left out: {}.", one_line(&reason)));
    }
    for (key, count) in dropped {
        notes.push(format!("{key} is left out of {count} of the sessions: a programme file cannot hold it as it is."));
    }
    if guessed > 0 {
        notes.push(format!("Neither type nor title says what {guessed} of the sessions are: they are called talks."));
    }
}

/// A session's table. What has no start or no end cannot be one, and its table says so when it is tried.
fn session(
    event: &Event,
    known: Option<SessionKind>,
    kept: Option<&str>,
    names: &mut Names,
    zone: Zone,
    with_rooms: bool,
) -> Table {
    let kind = known.unwrap_or(SessionKind::Oral);
    let speakers: Vec<String> =
        event.speakers().into_iter().map(|name| title(name).0).filter(|n| !n.is_empty()).collect();
    let full = session_title(event.text("title"));
    let words = if full.0 == OPEN { "" } else { full.0.as_str() };
    let id = kept.map_or_else(|| names.make(kind, speakers.first().map(String::as_str), words), str::to_owned);
    let time = |key, when: Option<When>| {
        let civil = when.map(|when| when.civil(zone).format("%Y-%m-%dT%H:%M:%S").to_string());
        Line::new(key, civil.unwrap_or_else(|| "?".to_owned()))
    };
    let guess = known.is_none().then(|| "guessed: neither type nor title says what it is".to_owned());
    let mut optional = Vec::new();
    if !speakers.is_empty() {
        let named: Vec<String> = speakers.iter().map(|name| format!("{{ name = {} }}", quoted(name))).collect();
        optional.push(Line::new("speakers", format!("[{}]", named.join(", "))));
    }
    optional.extend(room(event).filter(|_| with_rooms).map(|room| Line::new("room", quoted(&room))));
    // Of an event we wrote, the address is that of the entry this becomes, and the description only says what the
    // format has no field for.
    let url = Some(event.text("url")).filter(|url| kept.is_none() && url.starts_with("http"));
    optional.extend(url.map(|url| Line::new("url", quoted(url))));
    let about = [event.text("abstract"), if kept.is_none() { event.text("description") } else { "" }].map(summary);
    optional.extend(about.into_iter().find(|(text, _)| !text.is_empty()).map(|about| Line::cut("summary", about)));
    Table {
        header: "[[session]]",
        required: vec![
            Line::new("id", quoted(&id)),
            Line::new("kind", quoted(kind.name())).remark(guess),
            Line::cut("title", full),
            time("start", event.start()),
            time("end", event.end()),
        ],
        optional,
        missing: match (event.start(), event.end()) {
            (None, _) => Some("the schedule does not say when it begins"),
            (_, None) => Some("the schedule does not say when it ends"),
            _ => None,
        },
    }
}

/// A title; `TBC` for one that says itself that it is open, or says nothing.
fn session_title(text: &str) -> (String, bool) {
    let (line, cut) = title(text);
    let lower = line.to_lowercase();
    let open = ["", "tba", "tbc", "tbd", "to be announced", "to be confirmed"].contains(&lower.as_str())
        || lower.ends_with("title to be announced");
    if open { (OPEN.to_owned(), false) } else { (line, cut) }
}

fn shown_title(event: &Event) -> String {
    session_title(event.text("title")).0
}
