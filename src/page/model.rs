//! What a page shows, in the words and the order it shows them.

use super::entries::{deadline_view, deadlines, session_view};
use super::view::{
    Addresses, AwardView, CallView, ChangeView, ChangesPage, ChapterView, EntryPage, HostView, LinkView, MapView,
    PaperView, PeopleView, PersonView, ProgrammePage, RecipientView, VenueView,
};
use super::words::{attendance, change_kind, full_day, map_name, role, span_of_days};
use super::{timeline, ways};
use crate::domain::change::Change;
use crate::domain::entry::Entry;
use crate::domain::language::Language;
use crate::domain::programme::{Named, Programme, Role};
use crate::domain::publication::Chapter;
use crate::domain::revision::{Header, Revision, State};
use crate::domain::zone::Instant;

/// Everything a programme states, as it is at `now`; without a `now` as it is at any time.
pub(super) fn programme(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    now: Option<Instant>,
) -> ProgrammePage {
    let venue = &programme.venue;
    let language = addresses.language;
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
            .map(|session| addresses.page(&format!("{}at/{}/", addresses.programme, session.id))),
    });
    ProgrammePage {
        id: programme.id.to_string(),
        title: programme.title.clone(),
        short: programme.short.clone(),
        summary: programme.summary.clone(),
        url: text(&programme.url),
        contact: programme.contact.clone(),
        attendance: attendance(programme.attendance, language),
        dates: programme.dates.map(|(first, last)| span_of_days(first, last, language)),
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
            maps: venue
                .maps
                .iter()
                .map(|(name, url)| MapView { name: map_name(name, language), url: url.to_string() })
                .collect(),
        },
        deadlines: deadlines(revision, programme, addresses, now),
        schedule: timeline::schedule(revision, programme, addresses, now),
        papers: papers.collect(),
        people: people(programme, language),
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
        logo: text(&programme.logo),
        feeds: ways::feeds(revision, programme, addresses),
        chooses: addresses.chooses && revision.records.iter().any(|record| matches!(record.entry, Entry::Session(_))),
        revision: revision.number,
        published: full_day(programme.time_zone.local(revision.published).civil.date(), language),
    }
}

/// What changed, newest first.
pub(super) fn changes(header: &Header, chapters: &[Chapter], addresses: &Addresses) -> ChangesPage {
    let language = addresses.language;
    let change = |change: &Change| ChangeView {
        title: change.title.clone(),
        kind: change_kind(change.kind, language),
        was: change.was.clone(),
        is: change.is.clone(),
        page: change
            .entry
            .as_ref()
            .and_then(|key| Some(addresses.page(&format!("{}at/{}/", addresses.programme, key.id()?)))),
    };
    let chapter = |chapter: &Chapter| ChapterView {
        number: chapter.number,
        published: match language {
            Language::English => chapter.published.format("%A %-d %B %Y, %H:%M UTC").to_string(),
            Language::Korean => {
                format!("{} {} UTC", language.date(chapter.published.date_naive()), chapter.published.format("%H:%M"))
            }
        },
        page: addresses.page(&format!("{}changes/{}/", addresses.programme, chapter.number)),
        instant: chapter.published.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        note: chapter.note.clone(),
        changes: chapter.changes.iter().map(change).collect(),
    };
    ChangesPage {
        title: header.title.clone(),
        short: header.short.clone(),
        chapters: chapters.iter().map(chapter).collect(),
    }
}

/// The page of the entry that has, or had, this id.
pub(super) fn entry(revision: &Revision, id: &str, addresses: &Addresses, now: Option<Instant>) -> Option<EntryPage> {
    let shown = revision.records.iter().filter(|record| record.state != State::Forgotten);
    let record = shown.into_iter().find(|record| {
        std::iter::once(&record.key).chain(&record.formerly).filter_map(|key| key.id()).any(|name| name == id)
    })?;
    Some(EntryPage {
        programme_title: revision.header.title.clone(),
        programme_short: revision.header.short.clone(),
        gone: record.state == State::Cancelled,
        session: match &record.entry {
            Entry::Session(session) => Some(session_view(record, session, addresses, now)),
            _ => None,
        },
        deadline: match &record.entry {
            Entry::Deadline(deadline) => Some(deadline_view(record, deadline, addresses, now)),
            _ => None,
        },
        one: ways::one(record, &revision.header.short),
    })
}

fn people(programme: &Programme, language: Language) -> Vec<PeopleView> {
    let view = |of: Role| PeopleView {
        role: role(of, language),
        people: programme
            .people
            .iter()
            .filter(|person| person.role == of)
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
