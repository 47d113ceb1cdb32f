//! What the templates are given: every word of a page, ready to be put in its place.

use serde::Serialize;

use crate::domain::language::Language;
use crate::domain::programme::Speaker;
use crate::domain::zone::Instant;

/// How a page reaches the rest of its site, and in which language it is.
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
    /// In which language it is.
    pub language: Language,
    /// How its links keep that language.
    pub keeping: Keeping,
    /// What time it is, where the service lives at another than its readers.
    pub elsewhen: Option<Instant>,
}

/// How a link to another page of the site keeps the reader's language.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Keeping {
    /// Not at all: the browser asks for it with every page.
    Browser,
    /// In the query: the reader chose another than their browser asks for.
    Query,
    /// There is a file for each, `index.html` and `index.ko.html`.
    Files,
}

impl Addresses {
    /// A page of the site, by its folder: `at/welcome/`, or the same with what keeps the language.
    pub fn page(&self, folder: &str) -> String {
        match (self.keeping, self.language) {
            (Keeping::Browser, _) | (Keeping::Files, Language::English) => folder.to_owned(),
            (Keeping::Query, language) => format!("{folder}?lang={}", language.tag()),
            (Keeping::Files, Language::Korean) => format!("{folder}{}", file_in(self.language)),
        }
    }

    /// The programme's page.
    pub(super) fn home(&self) -> String {
        self.page(if self.programme.is_empty() { "./" } else { &self.programme })
    }

    /// This page in the other language.
    pub(super) fn other(&self) -> String {
        let other = match self.language {
            Language::English => Language::Korean,
            Language::Korean => Language::English,
        };
        match (self.keeping, other) {
            (Keeping::Files, Language::English) => "./".to_owned(),
            (Keeping::Files, Language::Korean) => file_in(other).to_owned(),
            _ => format!("?lang={}", other.tag()),
        }
    }
}

/// The file of a page in a folder of static files.
pub fn file_in(language: Language) -> &'static str {
    match language {
        Language::English => "index.html",
        Language::Korean => "index.ko.html",
    }
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
    pub schedule: ScheduleView,
    pub papers: Vec<PaperView>,
    pub people: Vec<PeopleView>,
    pub awards: Vec<AwardView>,
    pub links: Vec<LinkView>,
    pub hosts: Vec<HostView>,
    pub call: Option<CallView>,
    pub logo: Option<String>,
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
    pub past: bool,
}

/// The sessions, by day, and what one may choose among them.
#[derive(Serialize)]
pub(super) struct ScheduleView {
    pub days: Vec<DayView>,
    /// Kinds there are, each with its name and the word for it; none where there is nothing to choose.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// Rooms there are, where some sessions go on side by side.
    pub rooms: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct DayView {
    /// `Tuesday 23 September 2025`.
    pub title: String,
    /// `Tue 23 September`.
    pub brief: String,
    pub date: String,
    /// `KST (UTC+9)`.
    pub zone: String,
    pub blocks: Vec<BlockView>,
}

/// Sessions from one moment at which nothing goes on to the next: a list, or a row of lists, one a room.
#[derive(Serialize)]
pub(super) struct BlockView {
    /// How many rooms the row has; 0: it is a list.
    pub rooms: usize,
    /// Whether the rooms' names stand above it.
    pub named: bool,
    #[serde(skip)]
    pub until: Instant,
    pub columns: Vec<ColumnView>,
}

#[derive(Serialize)]
pub(super) struct ColumnView {
    /// Which of the rooms, from 1.
    pub at: usize,
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
    pub past: bool,
    /// Whether it goes on.
    pub now: bool,
    /// A remark for those who present.
    pub note: Option<String>,
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
    /// Its days as single entries, for what cannot subscribe.
    pub one: Vec<OneView>,
}

#[derive(Serialize)]
pub(super) struct SubscribeLinks {
    pub address: String,
    pub webcal: String,
    pub google: String,
    pub outlook: String,
    pub office: String,
    /// A mail to oneself that carries the address to another machine.
    pub send: String,
}

/// One entry, by a link that fills in a service's own form.
#[derive(Serialize)]
pub(super) struct OneView {
    /// The day, where there are several.
    pub day: Option<String>,
    pub google: String,
    pub outlook: String,
}

/// The page of one entry.
#[derive(Serialize)]
pub(super) struct EntryPage {
    pub programme_title: String,
    pub programme_short: String,
    pub gone: bool,
    pub session: Option<SessionView>,
    pub deadline: Option<DeadlineView>,
    /// The same in a service's own form.
    pub one: Option<OneView>,
}

/// What changed.
#[derive(Serialize)]
pub(super) struct ChangesPage {
    pub title: String,
    pub short: String,
    pub chapters: Vec<ChapterView>,
}

/// What one revision did.
#[derive(Serialize)]
pub(super) struct ChapterView {
    pub number: u32,
    /// `Tuesday 24 June 2025, 20:13 UTC`.
    pub published: String,
    pub instant: String,
    /// The page of this revision alone.
    pub page: String,
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

/// The first screen.
#[derive(Serialize)]
pub(super) struct StageView {
    /// `before`, `day` or `after`; empty where what time it is is not known.
    pub phase: &'static str,
    /// When the first day begins, and when the workshop is over.
    pub opens: Option<String>,
    pub closes: Option<String>,
    /// `in 12 days`.
    pub days_left: Option<String>,
    /// Every deadline with a date.
    pub due: Vec<DueView>,
    /// The date of today's part of the programme, where there is one.
    pub date: Option<String>,
    pub today: TodayView,
    /// What to go on to once it is over.
    pub stays: Vec<LinkView>,
    pub changed: Option<ChangedView>,
}

/// A deadline as the first screen tells it.
#[derive(Serialize)]
pub(super) struct DueView {
    pub short: String,
    pub title: String,
    pub instant: String,
    /// `Mon 30 Jun, 23:59 AoE`, then the other clocks, each with its minutes east of UTC.
    pub clocks: Vec<(String, i32)>,
    /// `30 Jun`, on its own clock.
    pub day: String,
    /// `5 days left`.
    pub left: Option<String>,
    pub moved: Option<String>,
    pub accepted_only: bool,
    /// Where to hand in.
    pub url: Option<String>,
    pub registers: bool,
    pub page: String,
    pub past: bool,
    /// Whether it is the next.
    pub next: bool,
}

/// The day as it is now.
#[derive(Serialize)]
pub(super) struct TodayView {
    /// `14:41`, on the venue's clock.
    pub clock: String,
    /// The letters of that clock.
    pub zone: String,
    pub now: Vec<LineView>,
    pub next: Vec<LineView>,
    pub then: Vec<LineView>,
}

/// A session in a line.
#[derive(Serialize)]
pub(super) struct LineView {
    /// The weekday, where it is not today.
    pub day: Option<String>,
    pub start: String,
    pub end: String,
    pub title: String,
    pub speakers: String,
    /// Where it is not the workshop's own.
    pub room: Option<String>,
    pub page: String,
    /// It does not take place.
    pub cancelled: bool,
}

/// The last change.
#[derive(Serialize)]
pub(super) struct ChangedView {
    pub instant: String,
    /// `24 Jun`.
    pub day: String,
    pub words: String,
    /// How many more came with it.
    pub more: usize,
    pub page: String,
    pub today: bool,
}
