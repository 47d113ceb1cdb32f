//! A change of a programme as an organizer looks at it before it is published: what it says, what is doubtful about it,
//! how calendars will show it, who is corrected and with which mail, and the words for other places.

use std::collections::BTreeMap;

use crate::app::consider::programme_of;
use crate::app::plan::{Impact, impact};
use crate::app::publish::{Consequences, Outcome, Proposal, consequences, publish};
use crate::app::serve::App;
use crate::domain::change::ChangeKind;
use crate::domain::entry::Key;
use crate::domain::language::Language;
use crate::domain::programme::Programme;
use crate::domain::publication::Source;
use crate::exchange::page::is_page;
use crate::feed::{Feed, Query, octets};
use crate::mail::paste::{Occasion, Request, Words, words};
use crate::mail::reading;
use crate::store::StoreError;

pub use crate::exchange::edit::{Edit, When, edit};

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The programme's id.
    pub programme: String,
    /// The whole file as it would be.
    pub source: String,
    /// Doubts that are answered, by name.
    pub accept: Vec<String>,
    /// What the organizers say about it.
    pub note: Option<String>,
    /// The revision it was made on.
    pub base: u32,
}

/// What comes of it.
#[derive(Debug)]
pub struct Considered {
    /// Problems, doubts, changes.
    pub consequences: Consequences,
    /// Whether another revision is live by now than it was made on.
    pub overtaken: bool,
    /// Who is corrected, by deadline.
    pub people: BTreeMap<String, Impact>,
    /// The mail one of them gets: subject and text.
    pub sample: Option<(String, String)>,
    /// Entries as a calendar will show them: what they are called, and when.
    pub calendar: Vec<(String, String)>,
    /// Words for the places that state the date too.
    pub paste: Vec<Words>,
}

/// The file of the live revision, to be changed; none where it is the workshop's own page, which is changed where it is.
///
/// # Errors
/// When the store cannot be read.
pub async fn source(app: &App, programme: &str) -> Result<Option<(u32, String)>, StoreError> {
    let live = app.store().head(programme).await?;
    let here = live.filter(|live| !matches!(&live.source, Source::File(name) if is_page(name)));
    Ok(here.map(|live| (live.revision.number, live.revision.source)))
}

/// The file as it was published before; none when there is nothing to go back to.
///
/// # Errors
/// When the store cannot be read.
pub async fn before(app: &App, programme: &str) -> Result<Option<String>, StoreError> {
    let history = app.store().history(programme).await?;
    let [.., before, _] = history.as_slice() else { return Ok(None) };
    Ok(Some(before.revision.source.clone()))
}

fn proposal(change: &Change) -> Proposal {
    Proposal {
        source: Source::Console,
        programme: Some(change.programme.clone()),
        file: "programme.toml".to_owned(),
        octets: change.source.clone().into_bytes(),
        accept: change.accept.clone(),
        note: change.note.clone(),
        knows_live: true,
        base: Some(change.base),
    }
}

/// Considers a change; nothing is changed.
///
/// # Errors
/// When the store cannot be read.
pub async fn consider(app: &App, change: &Change, language: Language) -> Result<Considered, StoreError> {
    let now = app.clock().now();
    let would = consequences(app.store(), &proposal(change), now).await?;
    let overtaken = would.live != change.base;
    let mut considered = Considered {
        consequences: would,
        overtaken,
        people: BTreeMap::new(),
        sample: None,
        calendar: Vec::new(),
        paste: Vec::new(),
    };
    // A doubt blocks it: what it would do is shown all the same, as if it were accepted.
    let accepted = match considered.consequences.publication {
        Some(_) => None,
        None => {
            let all = Change { accept: vec!["all".to_owned()], ..change.clone() };
            consequences(app.store(), &proposal(&all), now).await?.publication
        }
    };
    let publication = considered.consequences.publication.as_ref().or(accepted.as_ref());
    let (Some(publication), Some(mailing)) = (publication, app.mailing()) else { return Ok(considered) };
    let revision = &publication.revision;
    let Some(programme) = programme_of(revision) else { return Ok(considered) };
    considered.people = impact(app.store(), mailing, &programme, revision, now).await?;
    let sample = considered.people.values().find_map(|impact| impact.sample.as_ref());
    let read = sample.and_then(|message| reading::read(&message.octets));
    considered.sample = read.map(|read| (read.subject, read.text));
    for id in publication.changes.iter().filter_map(|change| change.entry.as_ref()?.id()) {
        let feed = octets(revision, &Feed::Entry(id.to_owned()), &Query::default(), None);
        considered.calendar.extend(shown(&String::from_utf8_lossy(&feed)));
    }
    considered.calendar.dedup();
    for change in &publication.changes {
        let id = change.entry.as_ref().and_then(Key::id).unwrap_or_default();
        considered.paste.extend(pasted(&programme, change.kind, id, language, now));
    }
    Ok(considered)
}

/// What an entry is called in a calendar, and when it is there.
fn shown(feed: &str) -> Vec<(String, String)> {
    let feed = feed.replace("\r\n ", "");
    let event = feed.split("BEGIN:VEVENT").nth(1).unwrap_or_default();
    let value = |name: &str| {
        let line = event.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.replace("\\,", ",").replace("\\;", ";").replace("\\n", " "))
    };
    let when = |text: &str| {
        let digits = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let zone = if text.ends_with('Z') { " UTC" } else { "" };
        let day = format!("{}-{}-{}", digits(0, 4), digits(4, 6), digits(6, 8));
        if text.len() > 8 { format!("{day} {}:{}{zone}", digits(9, 11), digits(11, 13)) } else { day }
    };
    let (Some(summary), Some(start)) = (value("SUMMARY"), value("DTSTART")) else { return Vec::new() };
    vec![(summary, when(&start))]
}

fn pasted(
    programme: &Programme,
    kind: ChangeKind,
    id: &str,
    language: Language,
    now: crate::domain::zone::Instant,
) -> Option<Words> {
    let occasion = match kind {
        ChangeKind::Extended => Occasion::Extended,
        ChangeKind::BroughtForward => Occasion::Earlier,
        ChangeKind::Withdrawn => Occasion::Withdrawn,
        ChangeKind::Announced => Occasion::Announced,
        _ => return None,
    };
    words(programme, Request { id, occasion, language, reason: None }, now).ok()
}

/// Publishes it, if it is still on top of what it was made on and its doubts are answered.
///
/// # Errors
/// When the store cannot be used.
pub async fn act(app: &App, change: &Change) -> Result<Outcome, StoreError> {
    let outcome = publish(app.store(), &proposal(change), app.clock()).await?;
    app.reload().await;
    Ok(outcome)
}
