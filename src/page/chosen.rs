//! The page on which a feed is chosen: every entry with a box to tick, and where the feed is found once it is made.

use std::collections::BTreeSet;

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::ways::subscribe_links;
use super::{PageError, Stand, TEMPLATES};
use crate::domain::entry::{DeadlineEntry, Entry, SessionEntry};
use crate::domain::kind::{Named, SessionKind};
use crate::domain::language::Language;
use crate::domain::programme::Id;
use crate::domain::revision::{Record, Revision, State};

/// What somebody ticked, and how far they have come.
#[derive(Clone, Debug, Default)]
pub struct Ticked {
    /// Which entries, by their ids or former ones.
    pub entries: BTreeSet<Id>,
    /// Kinds of sessions that alone are shown; all when empty.
    pub kinds: BTreeSet<SessionKind>,
    /// Nothing was ticked, or too many were made: it was not kept.
    pub fault: Option<TickFault>,
    /// It was kept just now.
    pub saved: bool,
    /// The feed, where there is one.
    pub feed: Option<Address>,
}

/// Where a chosen feed and its page are.
#[derive(Clone, Debug)]
pub struct Address {
    /// The page, in full: who has it can change the feed.
    pub page: String,
    /// The feed, in full: who has it can read the feed.
    pub feed: String,
}

/// Why a choice was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TickFault {
    /// Nothing is ticked.
    Nothing,
    /// Too many feeds were made within the hour.
    TooMany,
}

#[derive(Serialize)]
struct Group {
    id: String,
    title: String,
    zone: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    /// `13:35–14:20`, or a deadline's moment in full.
    when: String,
    what: String,
    chosen: bool,
    cancelled: bool,
}

#[derive(Serialize)]
struct KindLink {
    name: &'static str,
    label: &'static str,
    shown: bool,
}

/// The page of a choice.
///
/// # Errors
/// When a template is broken.
pub fn choose(stand: &Stand, revision: &Revision, ticked: &Ticked) -> Result<String, PageError> {
    let header = &revision.header;
    let language = stand.language;
    let groups = groups(revision, ticked, language);
    let name = match language {
        Language::English => format!("My {}", header.short),
        Language::Korean => format!("내 {}", header.short),
    };
    let links = ticked.feed.as_ref().map(|address| subscribe_links(&address.feed, &name));
    Ok(TEMPLATES.get_template("chosen.html")?.render(context! {
        lang => language.tag(), colors => stand.colors(header.color.as_deref()), root => stand.root.as_str(), home => stand.home.as_str(),
        title => header.title.as_str(), short => header.short.as_str(),
        groups => Serde(groups), kinds => Serde(kinds(revision, ticked, language)), filtered => !ticked.kinds.is_empty(),
        nothing => ticked.fault == Some(TickFault::Nothing), too_many => ticked.fault == Some(TickFault::TooMany),
        saved => ticked.saved, links => Serde(links),
        page => ticked.feed.as_ref().map(|address| address.page.as_str()),
    })?)
}

/// The kinds of sessions there are, in the order of the programme file's own list.
fn kinds(revision: &Revision, ticked: &Ticked, language: Language) -> Vec<KindLink> {
    let sessions = || sessions(revision).map(|(_, session)| session.kind);
    let there = SessionKind::ALL.iter().filter(|(_, kind)| sessions().any(|session| session == *kind));
    there
        .map(|(name, kind)| KindLink { name, label: kind_in(*kind, language), shown: ticked.kinds.contains(kind) })
        .collect()
}

fn kind_in(kind: SessionKind, language: Language) -> &'static str {
    match (language, kind) {
        (Language::English, kind) => kind.label(),
        (Language::Korean, SessionKind::Ceremony) => "개회·폐회",
        (Language::Korean, SessionKind::Keynote) => "기조 강연",
        (Language::Korean, SessionKind::Oral) => "발표",
        (Language::Korean, SessionKind::Poster) => "포스터",
        (Language::Korean, SessionKind::Break) => "휴식",
        (Language::Korean, SessionKind::Panel) => "토론",
    }
}

fn sessions(revision: &Revision) -> impl Iterator<Item = (&Record, &SessionEntry)> {
    revision.records.iter().filter(|record| record.state != State::Forgotten).filter_map(|record| match &record.entry {
        Entry::Session(session) => Some((record, session)),
        _ => None,
    })
}

/// Days, then deadlines. What is cancelled is shown to whoever ticked it.
fn groups(revision: &Revision, ticked: &Ticked, language: Language) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let wanted = |kind| ticked.kinds.is_empty() || ticked.kinds.contains(&kind);
    // What is ticked stays in sight, whichever kind is looked at: it must not be lost.
    let keeps = |record: &Record| record.key.id().is_some_and(|id| ticked.entries.iter().any(|one| one.as_str() == id));
    let shown = sessions(revision).filter(|(record, session)| wanted(session.kind) || keeps(record));
    let mut shown: Vec<_> = shown.collect();
    let rooms: BTreeSet<_> = shown.iter().filter_map(|(_, session)| session.place.room.as_deref()).collect();
    shown.sort_by_key(|(record, session)| (session.start.instant, session.end.instant, record.key.clone()));
    for (record, session) in shown {
        let Some(row) = row(record, ticked, |id, is| session_row(id, session, language, rooms.len() > 1, is)) else {
            continue;
        };
        let date = session.start.date();
        let id = format!("day-{date}");
        if groups.last().is_none_or(|group| group.id != id) {
            let (title, zone) = (language.date(date), session.start.zone_label());
            groups.push(Group { id, title, zone, rows: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(row);
        }
    }
    let mut deadlines: Vec<_> =
        revision.records.iter().filter(|record| ticked.kinds.is_empty() || keeps(record)).collect();
    deadlines.sort_by_key(|record| record.entry.moment().map(|due| due.instant));
    let deadline = |record: &&Record| match &record.entry {
        Entry::Deadline(deadline) if record.state != State::Forgotten => {
            row(record, ticked, |id, is| deadline_row(id, deadline, language, is))
        }
        _ => None,
    };
    let rows: Vec<Row> = deadlines.iter().filter_map(deadline).collect();
    if !rows.is_empty() {
        let title = if language == Language::Korean { "마감" } else { "Deadlines" }.to_owned();
        groups.push(Group { id: "deadlines".to_owned(), title, zone: String::new(), rows });
    }
    groups
}

/// Whether an entry is ticked, and whether it is cancelled.
type Is = (bool, bool);

fn row(record: &Record, ticked: &Ticked, make: impl FnOnce(&str, Is) -> Row) -> Option<Row> {
    let names = std::iter::once(&record.key).chain(&record.formerly).filter_map(|key| key.id());
    let chosen = names.into_iter().any(|name| ticked.entries.iter().any(|id| id.as_str() == name));
    let cancelled = record.is_cancelled();
    (chosen || !cancelled && record.state == State::Live)
        .then(|| make(record.key.id().unwrap_or_default(), (chosen, cancelled)))
}

fn session_row(id: &str, session: &SessionEntry, language: Language, in_rooms: bool, (chosen, cancelled): Is) -> Row {
    let speakers = session.speakers.iter().map(|speaker| speaker.name.as_str());
    let named = !matches!(session.kind, SessionKind::Break | SessionKind::Ceremony);
    let kind = Some(kind_in(session.kind, language)).filter(|_| named);
    // Where all are in one room, it is no news.
    let room = session.place.room.as_deref().filter(|_| in_rooms);
    let open = if language == Language::Korean { "제목 미정" } else { "To be announced" };
    Row {
        id: id.to_owned(),
        title: if session.is_open() { open.to_owned() } else { session.title.clone() },
        when: format!("{}–{}", session.start.clock(), session.end.clock()),
        what: kind.into_iter().chain(speakers).chain(room).collect::<Vec<_>>().join(" · "),
        chosen,
        cancelled,
    }
}

fn deadline_row(id: &str, deadline: &DeadlineEntry, language: Language, (chosen, cancelled): Is) -> Row {
    let (title, when) = (deadline.title.clone(), language.moment(deadline.due));
    Row { id: id.to_owned(), title, when, what: String::new(), chosen, cancelled }
}
