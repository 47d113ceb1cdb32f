//! The head of an imported programme file: what the workshop is called, when it is, and in which zone.

use url::Url;

use super::reading::{Conference, Event, When};
use super::table::{Line, Table, objection, one_line, quoted, title};
use crate::domain::programme::Id;
use crate::domain::zone::{Zone, utc_offset};

/// What is said beside the schedule.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The programme's id; without it one is made of the schedule's acronym.
    pub id: Option<Id>,
    /// The zone of the sessions where the schedule names none.
    pub zone: Option<Zone>,
}

const NO_DOMAIN: &str = "example.org";
const NO_ID: &str = "imported-schedule";
const NO_TITLE: &str = "An imported schedule";
/// A longer title is not said in a word or two.
const LONGEST_SHORT: usize = 24;

/// The zone the schedule names, or the one that was said, or one with the offset its events have.
pub(super) fn zone(
    conference: &Conference,
    events: &[Event],
    options: &Options,
    notes: &mut Vec<String>,
) -> (Zone, Option<String>) {
    let named = conference.text("time_zone_name").map(|name| title(name).0).filter(|name| !name.is_empty());
    if let Some(zone) = named.as_ref().and_then(|name| name.parse().ok()) {
        return (zone, None);
    }
    if let Some(zone) = options.zone {
        return (zone, None);
    }
    let mut offsets = events.iter().filter_map(|event| match event.start() {
        Some(When::At(_, offset)) => Some(offset),
        _ => None,
    });
    let first = offsets.next();
    let shared = first.filter(|first| offsets.all(|offset| offset == *first));
    // The sign of these names is the other way round.
    let fixed = shared.filter(|offset| offset % 3600 == 0).map(|offset| format!("Etc/GMT{:+}", -offset / 3600));
    let zone = fixed.filter(|_| shared != Some(0)).and_then(|name| name.parse().ok()).unwrap_or(Zone::UTC);
    let why = match (named, shared) {
        (Some(name), _) => format!("\"{name}\" is no time zone we know"),
        (None, Some(offset)) => format!("the schedule names no zone, its events are at {}", utc_offset(offset)),
        (None, None) => "the schedule names no zone".to_owned(),
    };
    notes.push(format!("The time zone is guessed as {zone}: {why}."));
    (zone, Some(format!("guessed: {why}; name the city")))
}

/// The table of the programme itself.
pub(super) struct Head {
    pub text: String,
    /// What of it every other table is tried with: the keys that no programme can be without.
    pub needed: String,
}

/// The table of the programme itself.
pub(super) fn programme(
    conference: &Conference,
    events: &[Event],
    options: &Options,
    (zone, doubt): (Zone, Option<String>),
    notes: &mut Vec<String>,
) -> Head {
    let acronym = conference.text("acronym").map(|acronym| title(acronym).0).unwrap_or_default();
    let full = title(conference.text("title").filter(|title| !one_line(title).is_empty()).unwrap_or(&acronym));
    let full = if full.0.is_empty() { (NO_TITLE.to_owned(), false) } else { full };
    let brief = acronym.is_empty() || full.0.chars().count() <= LONGEST_SHORT;
    let short = if brief { full.0.clone() } else { acronym.replace('_', " ") };
    let id = options.id.clone().or_else(|| Id::suggestion(&acronym)).or_else(|| Id::suggestion(&full.0));
    let page = conference.url().and_then(|url| Url::parse(url).ok());
    let host = page.as_ref().and_then(|page| page.host_str().map(str::to_ascii_lowercase));
    let id = id.map(|id| id.to_string());
    let id = accepted("id", id, NO_ID);
    let domain = accepted("uid_domain", host, NO_DOMAIN);
    for (key, guess, constant) in [("id", &id, NO_ID), ("uid_domain", &domain, NO_DOMAIN)] {
        if guess == constant {
            notes
                .push(format!("The schedule has nothing that can be its {key}: it is {constant} until you change it."));
        }
    }
    let placeholder =
        |value: &str, constant| (value == constant).then(|| "guessed: change it before you publish".to_owned());
    let (id_remark, domain_remark) = (placeholder(&id, NO_ID), placeholder(&domain, NO_DOMAIN));
    let mut optional = Vec::new();
    optional.extend(page.map(|page| Line::new("url", quoted(page.as_str()))));
    optional.extend(dates(conference, events, zone).map(|dates| Line::new("dates", dates)));
    let table = Table {
        header: "[programme]",
        required: vec![
            Line::new("id", quoted(&id)).remark(id_remark),
            Line::cut("title", full),
            Line::new("short", quoted(&short)),
            Line::new("time_zone", quoted(zone.name())).remark(doubt),
            Line::new("uid_domain", quoted(&domain)).remark(domain_remark),
        ],
        optional,
        missing: None,
    };
    let tried = table.tried("");
    for key in &tried.dropped {
        notes.push(format!("{key} of the workshop is left out: a programme file cannot hold it as it is."));
    }
    Head { text: tried.text, needed: Table { optional: Vec::new(), ..table }.tried("").text }
}

/// A value of a key of `[programme]` that the reader takes, or the one that stands for none.
fn accepted(key: &'static str, wanted: Option<String>, constant: &str) -> String {
    let fits = |value: &String| {
        let (id, domain) = if key == "id" { (value.as_str(), NO_DOMAIN) } else { (NO_ID, value.as_str()) };
        objection(&format!(
            "[programme]\nid = {}\ntitle = \"x\"\nshort = \"x\"\ntime_zone = \"UTC\"\nuid_domain = {}\n",
            quoted(id),
            quoted(domain)
        ))
        .is_none()
    };
    wanted.filter(fits).unwrap_or_else(|| constant.to_owned())
}

/// The days the schedule states, or those of its events.
fn dates(conference: &Conference, events: &[Event], zone: Zone) -> Option<String> {
    let days = || events.iter().filter_map(|event| Some(event.start()?.civil(zone).date()));
    let (first, last) = conference.dates().or_else(|| Some((days().min()?, days().max()?)))?;
    Some(if first == last { format!("[{first}]") } else { format!("[{first}, {last}]") })
}
