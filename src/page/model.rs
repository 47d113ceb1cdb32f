//! What a page shows, in the words and the order it shows them.

use url::form_urlencoded;

use super::view::{
    Addresses, AwardView, CallView, ChangeView, ChangesPage, ChapterView, DayView, DeadlineView, EntryPage, FeedView,
    HostView, LinkView, MapView, PaperView, PeopleView, PersonView, ProgrammePage, RecipientView, SessionView,
    SubscribeLinks, VenueView,
};
use crate::domain::change::Change;
use crate::domain::entry::{DeadlineEntry, Entry, Place, SessionEntry};
use crate::domain::programme::{Attendance, Audience, DeadlineKind, Moment, Named, Programme, Role};
use crate::domain::publication::Chapter;
use crate::domain::revision::{Header, Record, Revision, State};
use crate::domain::zone::Zone;

pub(super) fn programme(revision: &Revision, programme: &Programme, addresses: &Addresses) -> ProgrammePage {
    let venue = &programme.venue;
    let text = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    let papers = programme.papers.iter().map(|paper| PaperView {
        title: paper.title.clone(),
        authors: paper.authors.join(", "),
        url: text(&paper.url),
        award: paper.award.clone(),
        session: programme
            .sessions
            .iter()
            .find(|session| session.paper.as_ref() == Some(&paper.id))
            .map(|session| format!("{}at/{}/", addresses.programme, session.id)),
    });
    ProgrammePage {
        id: programme.id.to_string(),
        title: programme.title.clone(),
        short: programme.short.clone(),
        summary: programme.summary.clone(),
        url: text(&programme.url),
        contact: programme.contact.clone(),
        attendance: match programme.attendance {
            Attendance::InPerson => "In person",
            Attendance::Online => "Online",
            Attendance::Hybrid => "In person and online",
        },
        dates: programme.dates.map(|(first, last)| span_of_days(first, last)),
        zone: programme.time_zone.name().to_owned(),
        venue: VenueView {
            name: venue.name.clone(),
            name_local: venue.name_local.clone(),
            city: venue.city.clone(),
            country: venue.country.clone(),
            room: venue.room.clone(),
            address: venue.address.clone(),
            address_local: venue.address_local.clone(),
            url: text(&venue.url),
            maps: venue.maps.iter().map(|(name, url)| MapView { name: map_name(name), url: url.to_string() }).collect(),
        },
        deadlines: deadlines(revision, programme, addresses),
        days: days(revision, programme, addresses),
        papers: papers.collect(),
        people: people(programme),
        awards: programme
            .awards
            .iter()
            .map(|award| AwardView {
                title: award.title.clone(),
                summary: award.summary.clone(),
                url: text(&award.url),
                recipients: award
                    .recipients
                    .iter()
                    .map(|recipient| RecipientView {
                        name: recipient.name.clone(),
                        affiliation: recipient.affiliation.clone(),
                        paper: recipient.paper.as_ref().and_then(|id| Some(programme.paper(id)?.title.clone())),
                    })
                    .collect(),
            })
            .collect(),
        links: programme
            .links
            .iter()
            .map(|link| LinkView {
                kind: link.kind.name(),
                title: link.title.clone(),
                url: link.url.to_string(),
                summary: link.summary.clone(),
            })
            .collect(),
        hosts: programme.hosts.iter().map(|host| HostView { name: host.name.clone(), url: text(&host.url) }).collect(),
        call: programme.call.as_ref().map(|call| CallView {
            summary: call.summary.clone(),
            topics: call.topics.clone(),
            format: call.format.clone(),
            supplementary: call.supplementary.clone(),
            url: text(&call.url),
        }),
        feeds: feeds(&programme.short, addresses),
        chooses: addresses.chooses && revision.records.iter().any(|record| matches!(record.entry, Entry::Session(_))),
        revision: revision.number,
        published: full_day(programme.time_zone.local(revision.published).civil.date()),
    }
}

/// What changed, newest first.
pub(super) fn changes(header: &Header, chapters: &[Chapter], addresses: &Addresses) -> ChangesPage {
    let change = |change: &Change| ChangeView {
        title: change.title.clone(),
        kind: change.kind.name(),
        was: change.was.clone(),
        is: change.is.clone(),
        page: change.entry.as_ref().and_then(|key| Some(format!("{}at/{}/", addresses.programme, key.id()?))),
    };
    let chapter = |chapter: &Chapter| ChapterView {
        number: chapter.number,
        published: chapter.published.format("%A %-d %B %Y, %H:%M UTC").to_string(),
        instant: chapter.published.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        note: chapter.note.clone(),
        changes: chapter.changes.iter().map(change).collect(),
    };
    ChangesPage {
        title: header.title.clone(),
        short: header.short.clone(),
        programme_path: if addresses.programme.is_empty() { "./".to_owned() } else { addresses.programme.clone() },
        chapters: chapters.iter().map(chapter).collect(),
    }
}

/// The page of the entry that has, or had, this id.
pub(super) fn entry(revision: &Revision, id: &str, addresses: &Addresses) -> Option<EntryPage> {
    let shown = revision.records.iter().filter(|record| record.state != State::Forgotten);
    let record = shown.into_iter().find(|record| {
        std::iter::once(&record.key).chain(&record.formerly).filter_map(|key| key.id()).any(|name| name == id)
    })?;
    Some(EntryPage {
        programme_title: revision.header.title.clone(),
        programme_short: revision.header.short.clone(),
        programme_path: addresses.programme.clone(),
        gone: record.state == State::Cancelled,
        session: match &record.entry {
            Entry::Session(session) => Some(session_view(record, session, addresses)),
            _ => None,
        },
        deadline: match &record.entry {
            Entry::Deadline(deadline) => Some(deadline_view(record, deadline, addresses)),
            _ => None,
        },
    })
}

fn deadlines(revision: &Revision, programme: &Programme, addresses: &Addresses) -> Vec<DeadlineView> {
    let mut dated: Vec<(Option<Moment>, DeadlineView)> = Vec::new();
    for deadline in &programme.deadlines {
        let record = revision.records.iter().find(|record| record.key.id() == Some(deadline.id.as_str()));
        match (deadline.due.moment(), record.map(|record| (record, &record.entry))) {
            (Some(due), Some((record, Entry::Deadline(entry)))) => {
                dated.push((Some(due), deadline_view(record, entry, addresses)));
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
                },
            )),
        }
    }
    // What has a date comes first, by date; what has none keeps the order of the file.
    dated.sort_by_key(|(due, _)| (due.is_none(), due.map(|due| due.instant)));
    dated.into_iter().map(|(_, view)| view).collect()
}

fn deadline_view(record: &Record, deadline: &DeadlineEntry, addresses: &Addresses) -> DeadlineView {
    let due = deadline.due;
    let id = record.key.id().unwrap_or_default();
    let utc = due.seen_in(Zone::UTC);
    let venue = deadline.at_the_venue().filter(|venue| venue.civil != utc.civil);
    DeadlineView {
        id: id.to_owned(),
        title: deadline.title.clone(),
        short: deadline.short.clone(),
        kind: deadline.kind.name(),
        instant: Some(rfc3339(due)),
        own: Some(on_clock(due, None)),
        venue: venue.map(|venue| on_clock(venue, deadline.city.as_deref())),
        utc: (utc.civil != due.civil).then(|| on_clock(utc, None)),
        moved: record.move_in_words(),
        needs: deadline.needs.clone(),
        note: deadline.note.clone(),
        url: deadline.link().map(str::to_owned),
        submits: deadline.url.is_some()
            && matches!(
                deadline.kind,
                DeadlineKind::Abstract
                    | DeadlineKind::Submission
                    | DeadlineKind::CameraReady
                    | DeadlineKind::Registration
            ),
        accepted_only: deadline.audience == Audience::Accepted,
        ours: deadline.ours,
        cancelled: cancelled(record, deadline.cancelled.as_deref()),
        page: format!("{}at/{id}/", addresses.programme),
        feed: format!("{}at/{id}.ics", addresses.programme),
    }
}

fn cancelled(record: &Record, reason: Option<&str>) -> Option<String> {
    let gone = || (record.state == State::Cancelled).then(|| "no longer in the programme".to_owned());
    reason.map(str::to_owned).or_else(gone)
}

fn days(revision: &Revision, programme: &Programme, addresses: &Addresses) -> Vec<DayView> {
    let mut days: Vec<DayView> = Vec::new();
    for session in &programme.sessions {
        let record = revision.records.iter().find(|record| record.key.id() == Some(session.id.as_str()));
        let Some((record, Entry::Session(entry))) = record.map(|record| (record, &record.entry)) else { continue };
        let date = session.start.date().to_string();
        if days.last().is_none_or(|day| day.date != date) {
            days.push(DayView {
                title: full_day(session.start.date()),
                date,
                zone: session.start.zone_label(),
                sessions: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            day.sessions.push(session_view(record, entry, addresses));
        }
    }
    days
}

fn session_view(record: &Record, session: &SessionEntry, addresses: &Addresses) -> SessionView {
    let id = record.key.id().unwrap_or_default();
    let Place { room, name, city, .. } = &session.place;
    SessionView {
        id: id.to_owned(),
        kind: session.kind.name(),
        kind_label: session.kind.label(),
        title: if session.is_open() { "To be announced".to_owned() } else { session.title.clone() },
        start: session.start.clock(),
        end: session.end.clock(),
        start_instant: rfc3339(session.start),
        end_instant: rfc3339(session.end),
        day: full_day(session.start.date()),
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
        tentative: session.certainty == crate::domain::programme::Certainty::Tentative,
        cancelled: cancelled(record, session.cancelled.as_deref()),
        moved: record.move_in_words(),
        page: format!("{}at/{id}/", addresses.programme),
        feed: format!("{}at/{id}.ics", addresses.programme),
    }
}

fn people(programme: &Programme) -> Vec<PeopleView> {
    let view = |role: Role| PeopleView {
        role: match role {
            Role::Organizer => "Organizers",
            Role::Keynote => "Keynote speakers",
            Role::Chair => "Chairs",
            Role::Committee => "Committee",
        },
        people: programme
            .people
            .iter()
            .filter(|person| person.role == role)
            .map(|person| PersonView {
                name: person.name.clone(),
                affiliation: person.affiliation.clone(),
                url: person.url.as_ref().map(ToString::to_string),
                summary: person.summary.clone(),
            })
            .collect(),
    };
    let groups = Role::ALL.iter().map(|(_, role)| view(*role));
    groups.filter(|group| !group.people.is_empty()).collect()
}

fn feeds(short: &str, addresses: &Addresses) -> Vec<FeedView> {
    let feed = |id: &'static str, title: &'static str, what: &'static str| FeedView {
        id,
        title,
        what,
        path: format!("{}{id}.ics", addresses.programme),
        links: addresses.feeds.as_ref().map(|base| {
            let name = if id == "workshop" { short.to_owned() } else { format!("{short} {}", title.to_lowercase()) };
            subscribe_links(&format!("{base}{id}.ics"), &name)
        }),
    };
    vec![
        feed("workshop", "The workshop", "one entry a day, with the whole programme in it"),
        feed("sessions", "Every session", "one entry each, with its room and speaker"),
        feed("deadlines", "Deadlines", "with alarms a week and a day before"),
        feed("all", "Sessions and deadlines", "both in one calendar"),
    ]
}

/// The address of a feed as each kind of calendar wants it: Google takes a `webcal:` address inside its own link and
/// turns an `https:` one down; Microsoft's services are the other way round.
pub(super) fn subscribe_links(address: &str, name: &str) -> SubscribeLinks {
    let webcal = match address.split_once("://") {
        Some((_, rest)) => format!("webcal://{rest}"),
        None => address.to_owned(),
    };
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let microsoft =
        |host: &str| format!("https://{host}/calendar/0/addfromweb/?url={}&name={}", encode(address), encode(name));
    SubscribeLinks {
        google: format!("https://calendar.google.com/calendar/u/0/r?cid={}", encode(&webcal)),
        outlook: microsoft("outlook.live.com"),
        office: microsoft("outlook.office.com"),
        address: address.to_owned(),
        webcal,
    }
}

/// `Mon 30 Jun 2025, 23:59 AoE (UTC-12)`, with the city between where one is named.
fn on_clock(moment: Moment, city: Option<&str>) -> String {
    let place = city.map_or(String::new(), |city| format!(" in {city},"));
    format!("{}{place} {}", moment.civil.format("%a %-d %b %Y, %H:%M"), moment.zone_label())
}

fn rfc3339(moment: Moment) -> String {
    moment.instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn full_day(date: chrono::NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

/// `Tuesday 23 September 2025`, or `2–3 October 2027`, or both days in full where the month changes.
pub fn span_of_days(first: chrono::NaiveDate, last: chrono::NaiveDate) -> String {
    use chrono::Datelike;
    if first == last {
        full_day(first)
    } else if (first.year(), first.month()) == (last.year(), last.month()) {
        format!("{}–{}", first.day(), last.format("%-d %B %Y"))
    } else {
        format!("{} – {}", full_day(first), full_day(last))
    }
}

fn map_name(key: &'static str) -> &'static str {
    match key {
        "naver" => "Naver",
        "kakao" => "Kakao",
        _ => "Google",
    }
}
