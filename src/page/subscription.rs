//! The pages of sign-up and of a subscription: what they are given, ready to be put in its place.

use std::collections::BTreeSet;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::saying::Saying;
use super::{PageError, TEMPLATES};
use crate::domain::announcement::closing_days;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::BadMailbox;
use crate::domain::programme::{Audience, Deadline, DeadlineKind, Programme, Session, SessionKind};
use crate::domain::subscription::{ReaderRole, Standing, Subscriber, Wish};
use crate::domain::zone::{self, Instant, Zone};

/// Lead times that are offered beside the programme's own.
const OFFERED: [&str; 5] = ["14d@09:00", "7d@09:00", "3d@09:00", "1d@09:00", "3h"];

/// Where a page stands, and in which language.
#[derive(Clone, Debug)]
pub struct Stand {
    /// In which language it is.
    pub language: Language,
    /// From the page to the site's root.
    pub root: String,
    /// From the page to the programme's folder.
    pub home: String,
}

impl Stand {
    /// The style sheet of the workshop's own colour.
    pub(super) fn colors(&self, color: Option<&str>) -> Option<String> {
        let named = color.is_some_and(|name| super::colors(name).is_some());
        named.then(|| format!("{}colors.css", self.home))
    }
}

/// What somebody filled in, as they did.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs, reason = "each is the field of that name")]
pub struct Filled {
    pub address: String,
    pub zone: String,
    pub language: String,
    pub role: String,
    pub deadline: BTreeSet<String>,
    pub lead: BTreeSet<String>,
    pub ics: bool,
    pub minute: bool,
}

impl Filled {
    /// What the form holds before anybody wrote into it.
    pub fn blank(programme: &Programme, language: Language) -> Filled {
        Filled {
            zone: programme.time_zone.name().to_owned(),
            language: language.tag().to_owned(),
            role: "author".to_owned(),
            ..Filled::default()
        }
    }

    fn of(programme: &Programme, subscriber: &Subscriber) -> Filled {
        let Wish { language, zone, role, choice } = subscriber.wish();
        let chosen = programme.deadlines.iter().filter(|deadline| choice.wants(role, deadline));
        Filled {
            address: String::new(),
            zone: zone.name().to_owned(),
            language: language.tag().to_owned(),
            role: ReaderRole::ALL.iter().find(|(_, known)| *known == role).map_or("", |(name, _)| name).to_string(),
            deadline: chosen.map(|deadline| deadline.id.to_string()).collect(),
            lead: choice.leads.iter().flatten().map(ToString::to_string).collect(),
            ics: choice.calendar,
            minute: choice.to_the_minute,
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The address.
    Address(BadMailbox),
    /// A name that is no time zone.
    Zone,
    /// No language we write.
    Language,
    /// Neither author nor attendee.
    Role,
    /// No deadline of this programme.
    Deadline,
    /// No lead time, or too many of them.
    Lead,
}

impl From<BadMailbox> for Fault {
    fn from(bad: BadMailbox) -> Fault {
        Fault::Address(bad)
    }
}

impl Fault {
    fn field(&self) -> &'static str {
        match self {
            Fault::Address(_) => "address",
            Fault::Zone => "zone",
            Fault::Language => "language",
            Fault::Role => "role",
            Fault::Deadline => "deadline",
            Fault::Lead => "lead",
        }
    }

    fn words(&self, language: Language) -> &'static str {
        use BadMailbox as Bad;
        let [english, korean] = match self {
            Fault::Address(Bad::Empty) => {
                ["Write your address, such as name@example.org.", "주소를 적어 주세요. 예: name@example.org"]
            }
            Fault::Address(Bad::NoAt) => {
                ["The @ is missing: write it as name@example.org.", "@가 빠졌습니다. name@example.org처럼 적어 주세요."]
            }
            Fault::Address(Bad::NotAlone) => {
                ["Write one address alone, without a name.", "이름 없이 주소 하나만 적어 주세요."]
            }
            Fault::Address(Bad::Control) => {
                ["There is a character in it that no address has.", "주소에 쓸 수 없는 문자가 있습니다."]
            }
            Fault::Address(Bad::TooLong) => ["It is longer than an address can be.", "주소가 너무 깁니다."],
            Fault::Address(Bad::Malformed) => ["This is no mail address.", "메일 주소가 아닙니다."],
            Fault::Zone => [
                "Choose a time zone from the list, such as Europe/Copenhagen.",
                "목록에서 시간대를 골라 주세요. 예: Asia/Tokyo",
            ],
            Fault::Language => ["Mails are written in English or Korean.", "메일은 영어 또는 한국어로 보냅니다."],
            Fault::Role => ["Choose author or attendee.", "저자와 참석자 가운데 골라 주세요."],
            Fault::Deadline => ["There is no such deadline here.", "그런 마감은 없습니다."],
            Fault::Lead => [
                "Choose up to eight times, such as 7d@09:00 or 3h.",
                "알림 시점은 7d@09:00, 3h처럼 여덟 개까지 고를 수 있습니다.",
            ],
        };
        if language == Language::Korean { korean } else { english }
    }
}

#[derive(Serialize)]
struct FaultView {
    field: &'static str,
    words: &'static str,
}

#[derive(Serialize)]
struct Continent {
    name: String,
    zones: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    when: Option<String>,
    chosen: bool,
    done: bool,
    accepted_only: bool,
    over: bool,
    /// Whether reminders of it exist that one could be done with.
    reminds: bool,
}

#[derive(Serialize)]
struct Lead {
    value: String,
    words: String,
    chosen: bool,
}

/// A zone that is not among the places: whoever chose it keeps it.
fn other_zone(filled: &Filled) -> Option<&str> {
    Some(filled.zone.as_str()).filter(|chosen| !zone::places().any(|place| place == *chosen))
}

/// Whether attendees hear of a deadline at all.
fn has_registration(programme: &Programme) -> bool {
    let registers = |deadline: &Deadline| deadline.kind == DeadlineKind::Registration && deadline.ours;
    programme.deadlines.iter().any(|deadline| registers(deadline) && deadline.cancelled.is_none())
}

/// The choice of a zone: which there are, and which is chosen.
fn zones(chosen: Option<Zone>) -> Value {
    let Some(zone) = chosen else { return context! { zone_asked => false } };
    let filled = Filled { zone: zone.name().to_owned(), ..Filled::default() };
    let other = other_zone(&filled).map(str::to_owned);
    context! { zone_asked => true, continents => Serde(continents()), other_zone => other, filled => Serde(filled) }
}

fn continents() -> Vec<Continent> {
    let mut continents: Vec<Continent> = Vec::new();
    for name in zone::places() {
        let (continent, city) = name.split_once('/').unwrap_or(("UTC", name));
        let zone = (name.to_owned(), city.replace('_', " ").replace('/', ", "));
        match continents.last_mut().filter(|last| last.name == continent) {
            Some(last) => last.zones.push(zone),
            None => continents.push(Continent { name: continent.to_owned(), zones: vec![zone] }),
        }
    }
    continents
}

/// The lead times of a programme and those one may choose beside them, the earliest first.
fn leads(programme: &Programme, filled: &Filled, language: Language) -> Vec<Lead> {
    let chosen = filled.lead.iter().filter_map(|lead| lead.parse().ok());
    let offered = OFFERED.iter().filter_map(|lead| lead.parse().ok());
    let mut all: Vec<LeadTime> = offered.chain(programme.remind.iter().copied()).chain(chosen).collect();
    all.sort_by_key(|lead| std::cmp::Reverse(hours(*lead)));
    all.dedup();
    let lead = |lead: LeadTime| {
        let value = lead.to_string();
        Lead { words: said(lead, language), chosen: filled.lead.contains(&value), value }
    };
    all.into_iter().map(lead).collect()
}

fn hours(lead: LeadTime) -> u32 {
    match lead {
        LeadTime::Hours(hours) => hours,
        LeadTime::DaysAt { days, .. } => days * 24,
    }
}

/// How long before a deadline a reminder of this lead time goes out, in words.
pub fn said(lead: LeadTime, language: Language) -> String {
    let length = |hours: u32| language.length(chrono::TimeDelta::hours(hours.into()));
    match (lead, language) {
        (LeadTime::DaysAt { days, at }, Language::English) => {
            format!("{} before, at {}", length(days * 24), at.format("%H:%M"))
        }
        (LeadTime::DaysAt { days, at }, Language::Korean) => format!("{} 전 {}", length(days * 24), at.format("%H:%M")),
        (LeadTime::Hours(hours), Language::English) => format!("{} before", length(hours)),
        (LeadTime::Hours(hours), Language::Korean) => format!("{} 전", length(hours)),
    }
}

fn own_leads(programme: &Programme, language: Language) -> String {
    programme.remind.iter().map(|lead| said(*lead, language)).collect::<Vec<_>>().join("; ")
}

#[derive(Serialize)]
struct Talk {
    id: String,
    title: String,
    when: String,
    chosen: bool,
}

/// Sessions that somebody may present in, while they are ahead; chosen ones by today's id.
fn talks(programme: &Programme, subscriber: &Subscriber, language: Language, now: Instant) -> Vec<Talk> {
    let shown = programme.sessions.iter().filter(|session| {
        session.kind != SessionKind::Break && session.cancelled.is_none() && session.end.instant > now
    });
    let talk = |session: &Session| {
        let mut names = std::iter::once(&session.id).chain(&session.formerly);
        Talk {
            id: session.id.to_string(),
            title: session.title.clone(),
            when: language.moment(session.start),
            chosen: names.any(|name| subscriber.presents.contains(name.as_str())),
        }
    };
    shown.map(talk).collect()
}

fn rows(
    programme: &Programme,
    subscriber: Option<&Subscriber>,
    filled: &Filled,
    language: Language,
    now: Instant,
) -> Vec<Row> {
    let may_know = |deadline: &Deadline| {
        deadline.audience == Audience::Everyone || subscriber.is_none_or(|subscriber| subscriber.accepted == Some(true))
    };
    let row = |deadline: &Deadline| {
        let due = deadline.due.moment();
        let seen = due.map(|due| subscriber.map_or(due, |subscriber| due.seen_in(subscriber.zone)));
        Row {
            id: deadline.id.to_string(),
            title: deadline.title.clone(),
            when: seen.filter(|_| may_know(deadline)).map(|due| language.moment(due)),
            chosen: filled.deadline.contains(deadline.id.as_str()),
            done: subscriber.is_some_and(|subscriber| subscriber.done.contains(deadline.id.as_str())),
            accepted_only: deadline.audience == Audience::Accepted,
            reminds: deadline.kind != DeadlineKind::Notification,
            over: due.is_some_and(|due| due.instant <= now),
        }
    };
    let shown = programme.deadlines.iter().filter(|deadline| deadline.ours && deadline.cancelled.is_none());
    shown.map(row).collect()
}

/// What the form on a programme's page says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    /// The address mail comes from.
    pub from: String,
    /// Nobody answers for data: the service is shown to its own machine alone.
    pub tried_out: bool,
}

/// The sign-up form as a page: blank, or as it was filled in with what is wrong.
///
/// # Errors
/// When a template is broken.
pub fn sign_up(
    stand: &Stand,
    programme: &Programme,
    filled: &Filled,
    faults: &[Fault],
    offer: &Offer,
    now: Instant,
) -> Result<String, PageError> {
    let language = stand.language;
    let Offer { from, tried_out } = offer;
    // What is no zone cannot be shown as chosen; the fault says so.
    let known = filled.zone.parse::<Zone>().is_ok();
    let zone = if known { filled.zone.clone() } else { programme.time_zone.name().to_owned() };
    let filled = &Filled { zone, ..filled.clone() };
    let faults: Vec<FaultView> =
        faults.iter().map(|fault| FaultView { field: fault.field(), words: fault.words(language) }).collect();
    let rows: Vec<Row> = rows(programme, None, filled, language, now).into_iter().filter(|row| !row.over).collect();
    Ok(TEMPLATES.get_template("subscribe.html")?.render(context! {
        lang => language.tag(), colors => stand.colors(programme.color.as_deref()), root => stand.root.as_str(), home => stand.home.as_str(),
        title => programme.title.as_str(), short => programme.short.as_str(), from, tried_out,
        filled => Serde(filled), faults => Serde(faults), rows => Serde(rows),
        leads => Serde(leads(programme, filled, language)), own_leads => own_leads(programme, language),
        has_registration => has_registration(programme),
        continents => Serde(continents()), other_zone => other_zone(filled),
    })?)
}

/// The page of a subscription. `fresh`: it may show and erase everything.
///
/// # Errors
/// When a template is broken.
pub fn manage(
    stand: &Stand,
    programme: &Programme,
    subscriber: &Subscriber,
    fresh: bool,
    saved: bool,
    faults: &[Fault],
    now: Instant,
) -> Result<String, PageError> {
    let language = stand.language;
    let filled = Filled::of(programme, subscriber);
    let faults: Vec<FaultView> =
        faults.iter().map(|fault| FaultView { field: fault.field(), words: fault.words(language) }).collect();
    Ok(TEMPLATES.get_template("manage.html")?.render(context! {
        lang => language.tag(), colors => stand.colors(programme.color.as_deref()), root => stand.root.as_str(), home => stand.home.as_str(),
        title => programme.title.as_str(), short => programme.short.as_str(), who => subscriber.mailbox.masked(),
        left => subscriber.standing == Standing::Left, accepted => subscriber.accepted, fresh, saved,
        filled => Serde(&filled), faults => Serde(faults),
        rows => Serde(rows(programme, Some(subscriber), &filled, language, now)),
        talks => Serde(talks(programme, subscriber, language, now)), closing => subscriber.closing,
        closes => closing_days(programme).is_some_and(|(_, last)| now < last),
        has_accepted_only => programme.deadlines.iter().any(|deadline| deadline.audience == Audience::Accepted),
        leads => Serde(leads(programme, &filled, language)), own_leads => own_leads(programme, language),
        has_registration => has_registration(programme),
        continents => Serde(continents()), other_zone => other_zone(&filled),
    })?)
}

/// What a short page is about.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The programme in a word or two.
    pub short: String,
    /// The masked address.
    pub who: String,
    /// The deadline.
    pub what: String,
    /// A line each, below the text.
    pub lines: Vec<String>,
    /// The button undoes what was done.
    pub undoes: bool,
    /// The button is RFC 8058's own.
    pub one_click: bool,
    /// The page of the subscription, where it may be shown.
    pub manage: Option<String>,
    /// Whether the form may help further.
    pub form: bool,
    /// The button also says on which clock they live; this one until they say another.
    pub zone: Option<Zone>,
}

/// A page that says one thing.
///
/// # Errors
/// When a template is broken.
pub fn said_page(stand: &Stand, saying: Saying, about: &About) -> Result<String, PageError> {
    let filled =
        |text: &str| text.replace("{who}", &about.who).replace("{what}", &about.what).replace("{short}", &about.short);
    let [heading, text, button] = saying.words(stand.language).map(filled);
    Ok(TEMPLATES.get_template("said.html")?.render(context! {
        lang => stand.language.tag(), root => stand.root.as_str(), home => stand.home.as_str(), short => about.short.as_str(),
        heading, text, button, lines => &about.lines, undoes => about.undoes, one_click => about.one_click,
        manage => about.manage.as_deref(), form => about.form, who => about.who.as_str(), ..zones(about.zone),
    })?)
}

/// What is stored of subscribers, why and how long.
///
/// # Errors
/// When a template is broken.
pub fn privacy(
    stand: &Stand,
    programme: &Programme,
    from: &str,
    forgotten: Option<Instant>,
) -> Result<String, PageError> {
    let told = programme.privacy.as_ref();
    let until = forgotten.map(|at| stand.language.date(programme.time_zone.local(at).civil.date()));
    Ok(TEMPLATES.get_template("privacy.html")?.render(context! {
        lang => stand.language.tag(), colors => stand.colors(programme.color.as_deref()), root => stand.root.as_str(), home => stand.home.as_str(),
        title => programme.title.as_str(), short => programme.short.as_str(), from, until,
        contact => programme.contact.as_deref(), told => told.is_some(), logo => programme.logo.as_ref().and_then(|logo| logo.host_str()),
        controller => told.and_then(|told| told.controller.as_deref()),
        asked => told.and_then(|told| told.contact.as_deref()),
        host => told.and_then(|told| told.host.as_deref()),
        authority => told.and_then(|told| told.authority.as_deref()),
    })?)
}
