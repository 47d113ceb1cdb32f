//! The tables of a programme file and their keys; those of deadlines and sessions are in [`super::entries`].
//!
//! Every table reads all of its keys before anything is given up, so that one look shows every problem.

use std::collections::HashMap;

use toml::de::{DeTable, DeValue};

use super::address;
use super::check::{self, Ids, References};
use super::cursor::Cursor;
use super::entries::{read_deadline, read_session};
use super::meant::nearest;
use super::statement::{SEVERAL, SINGLE, header as header_of};
use super::table::{Table, has_headers, report_strangers};
use super::{time, value};
use crate::domain::lead_time::LeadTime;
use crate::domain::programme::{
    Attendance, Award, Call, Facts, Host, Id, Link, Paper, Person, Privacy, Recipient, Seed, Venue,
};
use crate::domain::zone::Zone;

/// What the tables below [programme] need of it.
pub(super) struct Defaults {
    /// Where sessions are; none where the file names no zone that is known.
    pub time_zone: Option<Zone>,
    /// Where deadlines fall that name no zone.
    pub deadline_zone: Option<Zone>,
    pub seed: Seed,
}

/// Reads the whole document.
pub(super) fn read(cursor: &mut Cursor, document: &DeTable<'_>) -> Option<Facts> {
    let root = Table::new("", "", 0..0, document);
    let programme = root.raw("programme");
    let programme = programme.and_then(|value| Table::of(cursor, "programme", "[programme]", value));
    let (draft, defaults) = match programme {
        Some(table) => header(cursor, table),
        None => (None, Defaults { time_zone: None, deadline_zone: None, seed: Seed::default() }),
    };
    let venue = single(cursor, &root, "venue", "[venue]");
    let venue = venue.map(|table| read_venue(cursor, table)).unwrap_or_default();
    let (mut ids, mut paper_ids, mut host_ids) = (Ids::default(), Ids::default(), Ids::default());
    let (mut references, mut titles) = (References::default(), HashMap::new());
    let deadlines = several(cursor, &root, "deadline", "[[deadline]]", |cursor, table| {
        read_deadline(cursor, table, &defaults, &mut ids, &mut references)
    });
    let mut sessions = several(cursor, &root, "session", "[[session]]", |cursor, table| {
        read_session(cursor, table, &defaults, &mut ids, &mut references)
    });
    let papers = several(cursor, &root, "paper", "[[paper]]", |cursor, table| {
        read_paper(cursor, table, &mut paper_ids, &mut titles)
    });
    let people = several(cursor, &root, "person", "[[person]]", read_person);
    let awards =
        several(cursor, &root, "award", "[[award]]", |cursor, table| read_award(cursor, table, &mut references));
    let links = several(cursor, &root, "link", "[[link]]", read_link);
    let hosts = several(cursor, &root, "host", "[[host]]", |cursor, table| read_host(cursor, table, &mut host_ids));
    let call = single(cursor, &root, "call", "[call]").map(|table| read_call(cursor, table));
    let privacy = single(cursor, &root, "privacy", "[privacy]").map(|table| read_privacy(cursor, table));
    outermost(cursor, &root);
    for ids in [&mut ids, &mut paper_ids, &mut host_ids] {
        ids.report_doubled(cursor);
    }
    report_strangers(cursor);
    references.check(cursor, &ids, &paper_ids, &host_ids, &titles);
    sessions.sort_by_key(|session| session.start.instant);
    draft.map(|facts| Facts {
        venue,
        deadlines,
        sessions,
        papers,
        people,
        awards,
        links,
        hosts,
        call,
        privacy,
        ..facts
    })
}

fn single<'t, 'i>(
    cursor: &mut Cursor,
    root: &Table<'t, 'i>,
    key: &'static str,
    name: &'static str,
) -> Option<Table<'t, 'i>> {
    root.raw(key).and_then(|value| Table::of(cursor, key, name, value))
}

/// Reads the tables of `[[key]]`, until there are more problems than anybody reads.
fn several<'t, 'i, T>(
    cursor: &mut Cursor,
    root: &Table<'t, 'i>,
    key: &'static str,
    name: &'static str,
    mut read: impl FnMut(&mut Cursor, Table<'t, 'i>) -> Option<T>,
) -> Vec<T> {
    let tables = root.tables(cursor, key, name).into_iter();
    tables.map_while(|table| (!cursor.is_full()).then(|| read(cursor, table))).flatten().collect()
}

/// What stands outside of every table, tables nobody knows, and a file without [programme].
fn outermost(cursor: &mut Cursor, root: &Table<'_, '_>) {
    let has_programme = root.raw("programme").is_some();
    // A line above every table that could not be read may have been its header.
    let mut explained = has_programme || cursor.unread_tables || cursor.unread.iter().any(|line| line.header.is_none());
    let mut strangers: Vec<_> = root.strangers().collect();
    strangers.sort_by_key(|(_, span, _)| span.start);
    let mut said = false;
    for (name, span, value) in strangers {
        if cursor.is_full() {
            return;
        }
        let is_table = has_headers(value) || matches!(value.get_ref(), DeValue::Table(_));
        let near = nearest(name, SINGLE.iter().chain(SEVERAL).copied());
        explained |= near == Some("programme");
        if !is_table {
            // One header above them is missing, so one problem says it of all.
            if !std::mem::replace(&mut said, true) {
                explained = true;
                let (what, help) = if has_programme {
                    (
                        format!("{name} stands above every table"),
                        "move it below the line of its table, such as [programme]",
                    )
                } else {
                    (
                        "the line [programme] is missing above this".to_owned(),
                        "write [programme] on a line of its own above",
                    )
                };
                cursor.error(span, what, help);
            }
            continue;
        }
        let help = match near {
            Some(near) => format!("did you mean {}?", header_of(near)),
            None => {
                let all: Vec<String> = SINGLE.iter().chain(SEVERAL).map(|name| header_of(name)).collect();
                format!("the tables are {}", all.join(", "))
            }
        };
        cursor.error(span, format!("unknown key {name:?}: no table has this name"), help);
    }
    if !explained {
        let help = "begin the file with [programme] and its id, title, short, time_zone and uid_domain";
        cursor.error(0..0, "there is no [programme] table", help);
    }
}

fn header(cursor: &mut Cursor, table: Table<'_, '_>) -> (Option<Facts>, Defaults) {
    cursor.places.set("programme".to_owned(), table.span.clone());
    let id = table.required(cursor, "id", value::id, "\"faimi-2025\"");
    if let Some(id) = id.as_ref().filter(|id| check::RESERVED.contains(&id.as_str())) {
        let span = cursor.places.find("programme.id");
        cursor.error(span, format!("the id \"{id}\" is an address of the service itself"), "choose another");
    }
    let title = table.required(cursor, "title", value::line, "\"Fairness of AI in Medical Imaging (FAIMI 2025)\"");
    let short = table.required(cursor, "short", value::line, "\"FAIMI 2025\"");
    let dates = table.list(cursor, "dates", time::date).and_then(|dates| check::days(cursor, &dates));
    let time_zone = table.required(cursor, "time_zone", value::zone, "\"Asia/Seoul\"");
    let deadline_zone = match table.raw("deadline_zone") {
        Some(_) => table.optional(cursor, "deadline_zone", value::zone),
        None => Some(Zone::AnywhereOnEarth),
    };
    let uid_domain = table.required(cursor, "uid_domain", address::domain, "\"example.org\"");
    let default_remind = || ["7d@09:00", "1d@09:00"].map(|text| text.parse().expect("a lead time")).to_vec();
    let mut remind: Vec<LeadTime> = table.list(cursor, "remind", value::lead_time).unwrap_or_else(default_remind);
    remind.dedup();
    let facts = (
        table.optional(cursor, "url", address::url),
        table.optional(cursor, "contact", address::mailbox),
        table
            .optional(cursor, "attendance", |c, v| value::name(c, v, "kind of attendance"))
            .unwrap_or(Attendance::InPerson),
        table.optional(cursor, "summary", value::text),
        table.list(cursor, "accept", value::line).unwrap_or_default(),
        table.list(cursor, "forget", value::id).unwrap_or_default(),
        table.optional(cursor, "feed_url", address::url),
        table.optional(cursor, "color", value::color),
        table.optional(cursor, "logo", address::url),
    );
    let seed = read_seed(cursor, &table, Seed::default());
    table.finish(cursor);
    let (url, contact, attendance, summary, accept, forget, feed_url, color, logo) = facts;
    let defaults = Defaults { time_zone, deadline_zone, seed };
    let facts = || {
        Some(Facts {
            id: id?,
            title: title?,
            short: short?,
            url,
            contact,
            dates,
            time_zone: time_zone?,
            deadline_zone: deadline_zone?,
            uid_domain: uid_domain?,
            attendance,
            remind,
            summary,
            accept,
            forget,
            feed_url,
            color,
            logo,
            venue: Venue::default(),
            deadlines: Vec::new(),
            sessions: Vec::new(),
            papers: Vec::new(),
            people: Vec::new(),
            awards: Vec::new(),
            links: Vec::new(),
            hosts: Vec::new(),
            call: None,
            privacy: None,
        })
    };
    (facts(), defaults)
}

/// The stamps of a first publication: an entry's own, or those of the programme.
pub(super) fn read_seed(cursor: &mut Cursor, table: &Table<'_, '_>, default: Seed) -> Seed {
    Seed {
        revised: table.optional(cursor, "revised", time::instant).or(default.revised),
        sequence: table.optional(cursor, "sequence", value::count).or(default.sequence),
    }
}

fn read_venue(cursor: &mut Cursor, table: Table<'_, '_>) -> Venue {
    let geo = table.optional(cursor, "geo", value::geo);
    let maps = table.raw("maps").and_then(|value| Table::of(cursor, "venue.maps", "[venue.maps]", value));
    let maps = maps.map_or_else(Vec::new, |maps| {
        let found = ["naver", "kakao", "google"]
            .into_iter()
            .filter_map(|name| Some((name, maps.optional(cursor, name, address::url)?)))
            .collect();
        maps.finish(cursor);
        found
    });
    let venue = Venue {
        name: table.optional(cursor, "name", value::line),
        name_local: table.optional(cursor, "name_local", value::line),
        city: table.optional(cursor, "city", value::line),
        country: table.optional(cursor, "country", value::line),
        room: table.optional(cursor, "room", value::line),
        address: table.optional(cursor, "address", value::line),
        address_local: table.optional(cursor, "address_local", value::line),
        geo,
        maps,
        url: table.optional(cursor, "url", address::url),
    };
    table.finish(cursor);
    venue
}

fn read_paper(
    cursor: &mut Cursor,
    mut table: Table<'_, '_>,
    ids: &mut Ids,
    titles: &mut HashMap<Id, String>,
) -> Option<Paper> {
    let id = ids.read(cursor, &mut table, "paper");
    let title = table.required(cursor, "title", value::line, "\"A title\"");
    let authors = table.list(cursor, "authors", value::line).unwrap_or_default();
    let url = table.optional(cursor, "url", address::url);
    let award = table.optional(cursor, "award", value::line);
    table.finish(cursor);
    titles.extend(id.clone().zip(title.clone()));
    Some(Paper { id: id?, title: title?, authors, url, award })
}

fn read_person(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Person> {
    let name = table.required(cursor, "name", value::line, "\"Tal Arbel\"");
    let role = table.required(cursor, "role", |c, v| value::name(c, v, "role"), "\"organizer\"");
    let affiliation = table.optional(cursor, "affiliation", value::line);
    let url = table.optional(cursor, "url", address::url);
    let summary = table.optional(cursor, "summary", value::text);
    table.finish(cursor);
    Some(Person { name: name?, role: role?, affiliation, url, summary })
}

fn read_award(cursor: &mut Cursor, table: Table<'_, '_>, references: &mut References) -> Option<Award> {
    let title = table.required(cursor, "title", value::line, "\"Best Poster\"");
    let summary = table.optional(cursor, "summary", value::text);
    let url = table.optional(cursor, "url", address::url);
    let recipients = table.tables(cursor, "recipients", "[[award.recipients]]").into_iter().filter_map(|recipient| {
        let name = recipient.required(cursor, "name", value::line, "\"A Name\"");
        let affiliation = recipient.optional(cursor, "affiliation", value::line);
        let paper = recipient.optional(cursor, "paper", value::id);
        let span = cursor.places.find(&format!("{}.paper", recipient.path));
        references.papers.extend(paper.clone().map(|id| (id, span)));
        recipient.finish(cursor);
        Some(Recipient { name: name?, affiliation, paper })
    });
    let recipients = recipients.collect();
    table.finish(cursor);
    Some(Award { title: title?, summary, url, recipients })
}

fn read_link(cursor: &mut Cursor, table: Table<'_, '_>) -> Option<Link> {
    let kind = table.required(cursor, "kind", |c, v| value::name(c, v, "kind of link"), "\"proceedings\"");
    let title = table.required(cursor, "title", value::line, "\"Proceedings\"");
    let url = table.required(cursor, "url", address::url, "\"https://example.org/\"");
    let summary = table.optional(cursor, "summary", value::text);
    table.finish(cursor);
    Some(Link { kind: kind?, title: title?, url: url?, summary })
}

fn read_host(cursor: &mut Cursor, mut table: Table<'_, '_>, ids: &mut Ids) -> Option<Host> {
    let id = ids.read(cursor, &mut table, "host");
    let name = table.required(cursor, "name", value::line, "\"Another workshop\"");
    let url = table.optional(cursor, "url", address::url);
    table.finish(cursor);
    Some(Host { id: id?, name: name?, url })
}

fn read_call(cursor: &mut Cursor, table: Table<'_, '_>) -> Call {
    let call = Call {
        summary: table.optional(cursor, "summary", value::text),
        topics: table.list(cursor, "topics", value::line).unwrap_or_default(),
        format: table.optional(cursor, "format", value::text),
        supplementary: table.optional(cursor, "supplementary", value::text),
        url: table.optional(cursor, "url", address::url),
    };
    table.finish(cursor);
    call
}

fn read_privacy(cursor: &mut Cursor, table: Table<'_, '_>) -> Privacy {
    let privacy = Privacy {
        controller: table.optional(cursor, "controller", value::text),
        contact: table.optional(cursor, "contact", address::mailbox),
        host: table.optional(cursor, "host", value::line),
        authority: table.optional(cursor, "authority", value::line),
    };
    table.finish(cursor);
    privacy
}
