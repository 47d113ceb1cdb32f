//! What the templates are given: every word of a page, ready to be put in its place.

use serde::Serialize;

use crate::domain::programme::Speaker;

/// How a page reaches the rest of its site.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// From the page to the site's root: `../`, `../../../`.
    pub root: String,
    /// From the page to the programme's folder: empty, or `../../`.
    pub programme: String,
    /// The absolute address below which the programme's feeds are found, where it is known.
    pub feeds: Option<String>,
    /// Whether a choice of one's own can be kept there: a service can, files cannot.
    pub chooses: bool,
}

#[derive(Serialize)]
pub(super) struct ProgrammePage {
    pub id: String,
    pub title: String,
    pub short: String,
    pub summary: Option<String>,
    pub url: Option<String>,
    pub contact: Option<String>,
    pub attendance: &'static str,
    /// `Tuesday 23 September 2025`, or a span of days; none while unknown.
    pub dates: Option<String>,
    pub zone: String,
    pub venue: VenueView,
    pub deadlines: Vec<DeadlineView>,
    pub days: Vec<DayView>,
    pub papers: Vec<PaperView>,
    pub people: Vec<PeopleView>,
    pub awards: Vec<AwardView>,
    pub links: Vec<LinkView>,
    pub hosts: Vec<HostView>,
    pub call: Option<CallView>,
    pub feeds: Vec<FeedView>,
    /// Whether a feed of one's own can be chosen.
    pub chooses: bool,
    pub revision: u32,
    pub published: String,
}

#[derive(Serialize)]
pub(super) struct VenueView {
    pub name: Option<String>,
    pub name_local: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub room: Option<String>,
    pub address: Option<String>,
    pub address_local: Option<String>,
    pub url: Option<String>,
    pub maps: Vec<MapView>,
}

#[derive(Serialize)]
pub(super) struct MapView {
    pub name: &'static str,
    pub url: String,
}

/// A deadline, on every clock that matters to its reader.
#[derive(Serialize)]
pub(super) struct DeadlineView {
    pub id: String,
    pub title: String,
    pub short: String,
    pub kind: &'static str,
    /// The instant, for the script: `2025-07-01T11:59:00Z`. None while it is to be announced.
    pub instant: Option<String>,
    /// `Mon 30 Jun 2025, 23:59 AoE (UTC-12)`.
    pub own: Option<String>,
    /// `Tue 1 Jul 2025, 20:59 in Daejeon, KST (UTC+9)`; none where it is the same clock.
    pub venue: Option<String>,
    /// `Tue 1 Jul 2025, 11:59 UTC`.
    pub utc: Option<String>,
    /// `Extended on 24 Jun (was 25 Jun)`.
    pub moved: Option<String>,
    pub needs: Option<String>,
    pub note: Option<String>,
    pub url: Option<String>,
    pub submits: bool,
    pub accepted_only: bool,
    pub ours: bool,
    pub cancelled: Option<String>,
    pub page: String,
    pub feed: String,
}

#[derive(Serialize)]
pub(super) struct DayView {
    /// `Tuesday 23 September 2025`.
    pub title: String,
    pub date: String,
    /// `KST (UTC+9)`.
    pub zone: String,
    pub sessions: Vec<SessionView>,
}

/// A session, in the venue's time.
#[derive(Serialize)]
pub(super) struct SessionView {
    pub id: String,
    pub kind: &'static str,
    pub kind_label: &'static str,
    pub title: String,
    /// `13:35`, `14:20`.
    pub start: String,
    pub end: String,
    pub start_instant: String,
    pub end_instant: String,
    /// `Tuesday 23 September 2025`.
    pub day: String,
    pub zone: String,
    pub speakers: Vec<Speaker>,
    pub authors: Option<String>,
    pub summary: Option<String>,
    pub room: Option<String>,
    pub place: String,
    pub host: Option<String>,
    pub url: Option<String>,
    pub papers: Vec<PaperView>,
    pub tentative: bool,
    pub cancelled: Option<String>,
    pub moved: Option<String>,
    pub page: String,
    pub feed: String,
}

#[derive(Serialize)]
pub(super) struct PaperView {
    pub title: String,
    pub authors: String,
    pub url: Option<String>,
    pub award: Option<String>,
    pub session: Option<String>,
}

#[derive(Serialize)]
pub(super) struct PeopleView {
    pub role: &'static str,
    pub people: Vec<PersonView>,
}

#[derive(Serialize)]
pub(super) struct PersonView {
    pub name: String,
    pub affiliation: Option<String>,
    pub url: Option<String>,
    pub summary: Option<String>,
}

#[derive(Serialize)]
pub(super) struct AwardView {
    pub title: String,
    pub summary: Option<String>,
    pub url: Option<String>,
    pub recipients: Vec<RecipientView>,
}

#[derive(Serialize)]
pub(super) struct RecipientView {
    pub name: String,
    pub affiliation: Option<String>,
    pub paper: Option<String>,
}

#[derive(Serialize)]
pub(super) struct LinkView {
    pub kind: &'static str,
    pub title: String,
    pub url: String,
    pub summary: Option<String>,
}

#[derive(Serialize)]
pub(super) struct HostView {
    pub name: String,
    pub url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct CallView {
    pub summary: Option<String>,
    pub topics: Vec<String>,
    pub format: Option<String>,
    pub supplementary: Option<String>,
    pub url: Option<String>,
}

/// A feed and the ways into each calendar application.
#[derive(Serialize)]
pub(super) struct FeedView {
    pub id: &'static str,
    pub title: &'static str,
    pub what: &'static str,
    /// Relative to the page.
    pub path: String,
    /// The address to copy, and the services' "add by URL" links; none where the site does not know its address.
    pub links: Option<SubscribeLinks>,
}

#[derive(Serialize)]
pub(super) struct SubscribeLinks {
    pub address: String,
    pub webcal: String,
    pub google: String,
    pub outlook: String,
    pub office: String,
}

/// The page of one entry.
#[derive(Serialize)]
pub(super) struct EntryPage {
    pub programme_title: String,
    pub programme_short: String,
    pub programme_path: String,
    pub gone: bool,
    pub session: Option<SessionView>,
    pub deadline: Option<DeadlineView>,
}

/// What changed.
#[derive(Serialize)]
pub(super) struct ChangesPage {
    pub title: String,
    pub short: String,
    pub programme_path: String,
    pub chapters: Vec<ChapterView>,
}

/// What one revision did.
#[derive(Serialize)]
pub(super) struct ChapterView {
    pub number: u32,
    /// `Tuesday 24 June 2025, 20:13 UTC`.
    pub published: String,
    pub instant: String,
    pub note: Option<String>,
    pub changes: Vec<ChangeView>,
}

/// One change, with a way to what it is about.
#[derive(Serialize)]
pub(super) struct ChangeView {
    pub title: String,
    pub kind: &'static str,
    pub was: Option<String>,
    pub is: Option<String>,
    pub page: Option<String>,
}
