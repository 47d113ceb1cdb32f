//! Publishing: from a file's octets to the next revision, or to the reasons why there is none.
//!
//! Considering is separate from publishing: a dry run, the pages and the real act see the same consequences. Between
//! the two somebody else may publish; the store then says so, and everything is considered anew.

use sha2::{Digest, Sha256};

use crate::app::consider::{Beside, Considered, programme_of, read};
use crate::app::lineage::{held, other_programme};
use crate::app::report::{Drawing, Report};
use crate::clock::Clock;
use crate::domain::change::{Change, changes};
use crate::domain::doubt::doubts;
use crate::domain::file::Problem;
use crate::domain::planner::{Dates, Watched};
use crate::domain::programme::Programme;
use crate::domain::publication::{Publication, Source};
use crate::domain::revision::Revision;
use crate::domain::taking_back::taking_back;
use crate::domain::zone::Instant;
use crate::exchange::page::Held;
use crate::store::{Blocked, Store, StoreError};

/// How often a publication is considered anew because others were faster.
const MOST_TRIES: usize = 16;

/// A programme file on its way to be published.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Where it comes from.
    pub source: Source,
    /// Of which programme it is meant to be, where that is known before it is read.
    pub programme: Option<String>,
    /// What it is called in reports.
    pub file: String,
    /// Its contents.
    pub octets: Vec<u8>,
    /// Doubts that are answered, by name; `all` answers every one.
    pub accept: Vec<String>,
    /// What the organizers say about it.
    pub note: Option<String>,
    /// Whether who proposes it has seen the live revision, so that nothing is taken back unknowingly.
    pub knows_live: bool,
    /// The live revision for which it was decided on; another one in its place means to look again.
    pub base: Option<u32>,
}

impl Proposal {
    /// A file as it came from somewhere, with no doubt of it answered and nothing known of what is live.
    pub fn new(source: Source, file: String, octets: Vec<u8>) -> Proposal {
        let (accept, programme, note, knows_live, base) = (Vec::new(), None, None, false, None);
        Proposal { source, programme, file, octets, accept, note, knows_live, base }
    }
}

/// What publishing a proposal would do.
#[derive(Clone, Debug)]
pub struct Consequences {
    /// The programme's id, if the file could be read.
    pub programme: Option<String>,
    /// What is to be said of the file.
    pub report: Report,
    /// What would change; empty for a file that is refused or says what is live already.
    pub changes: Vec<Change>,
    /// The number of the live revision, 0 before the first.
    pub live: u32,
    /// The publication, unless it is blocked or nothing new.
    pub publication: Option<Publication>,
    /// What it says of deadlines.
    pub dates: Option<Dates>,
    /// Names that were accepted and are no doubt of this file.
    pub unasked: Vec<String>,
}

/// What became of a proposal.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is live.
    Published(Box<Publication>),
    /// It says what is live already.
    Unchanged(u32),
    /// Errors, or doubts nobody answered. It is kept among what is blocked.
    Refused(Report),
    /// Somebody else published meanwhile: this is what it would do now. Nothing was done.
    Overtaken(Box<Consequences>),
}

/// What a proposal would do if it were published at `now`.
///
/// # Errors
/// When the store cannot be read.
pub async fn consequences(store: &Store, proposal: &Proposal, now: Instant) -> Result<Consequences, StoreError> {
    // A file that held another programme: its feeds would go on without anybody keeping them.
    let held = held_by(store, &proposal.source, now).await?;
    let held = held.as_ref();
    let first = read(&proposal.file, &proposal.octets, Beside { held, ..Beside::default() }, |_| Vec::new());
    let id = first.programme.as_ref().map(|programme| programme.id.to_string());
    let Some(id) = id else {
        return Ok(Consequences {
            programme: None,
            report: first.report,
            changes: Vec::new(),
            live: 0,
            publication: None,
            dates: None,
            unasked: Vec::new(),
        });
    };
    let live = store.head(&id).await?;
    let strange = live.as_ref().is_some_and(|live| live.source != proposal.source && !proposal.knows_live);
    let history = if strange { store.history(&id).await? } else { Vec::new() };
    let previous = live.as_ref().and_then(|live| programme_of(&live.revision));
    let told = still_told(store, &id, now).await?;
    let beside = match live.as_ref().zip(previous.as_ref()) {
        Some((live, previous)) => Beside { held, ..Beside::after(previous, &live.revision.source) },
        None => Beside { held, ..Beside::default() },
    };
    let Considered { programme, file, mut report } = read(&proposal.file, &proposal.octets, beside, |reading| {
        let Some(programme) = &reading.programme else { return Vec::new() };
        let mut found = doubts(programme, &reading.places, previous.as_ref(), now);
        if let Some((held, told)) = &told {
            // Nobody was told of the change that is on hold: who goes back from it surprises nobody.
            let against_told = doubts(programme, &reading.places, Some(told), now);
            found.retain(|doubt| !is_about(doubt, held) || against_told.iter().any(|one| one.doubt == doubt.doubt));
        }
        found.extend(taking_back(programme, &reading.places, &history, &proposal.source));
        found.extend(held.filter(|_| live.is_none()).and_then(|held| other_programme(programme, held, reading)));
        found
    });
    let asked = |name: &String| report.problems.iter().any(|problem| problem.doubt.as_ref() == Some(name));
    let unasked = proposal.accept.iter().filter(|name| *name != "all" && !asked(name)).cloned().collect();
    let answered = |problem: &Problem| {
        problem
            .doubt
            .as_ref()
            .is_some_and(|name| proposal.accept.iter().any(|accept| accept == "all" || accept == name))
    };
    report.problems.retain(|problem| !answered(problem));
    let revision = live.as_ref().map(|live| &live.revision);
    let number = revision.map_or(0, |revision| revision.number);
    let (mut told, mut publication) = (Vec::new(), None);
    let dates = programme.as_ref().map(|programme| Dates::of(programme, previous.as_ref()));
    if let Some(programme) = programme
        && let Some(next) = Revision::next(revision, &programme, &file, now)
    {
        told = changes(revision.zip(previous.as_ref()), &programme, now);
        publication = report.is_publishable().then(|| Publication {
            revision: next,
            source: proposal.source.clone(),
            note: proposal.note.clone(),
            changes: told.clone(),
        });
    }
    Ok(Consequences { programme: Some(id), report, changes: told, live: number, publication, dates, unasked })
}

/// The deadlines whose changes are on hold, and the programme as people were told of it: as it was before the first of
/// these changes. None when nothing is on hold.
async fn still_told(store: &Store, id: &str, now: Instant) -> Result<Option<(Vec<String>, Programme)>, StoreError> {
    let held: Vec<Watched> = store.watched(id).await?.into_iter().filter(|watched| watched.is_held(now)).collect();
    let Some(first) = held.iter().filter_map(|watched| watched.held).map(|held| held.first).min() else {
        return Ok(None);
    };
    let history = store.history(id).await?;
    let before = history.iter().rfind(|publication| publication.revision.published < first);
    let told = before.and_then(|before| programme_of(&before.revision));
    Ok(told.map(|told| (held.into_iter().map(|watched| watched.telling.deadline).collect(), told)))
}

/// Whether a doubt is about one of these deadlines: its name has the id after what is doubted.
fn is_about(doubt: &Problem, deadlines: &[String]) -> bool {
    let id = doubt.doubt.as_deref().and_then(|name| name.split(':').nth(1));
    id.is_some_and(|id| deadlines.iter().any(|deadline| deadline == id))
}

/// The programme that a file of the data folder was until now. Other sources hold whatever they are given.
pub(super) async fn held_by(store: &Store, source: &Source, now: Instant) -> Result<Option<Held>, StoreError> {
    let Source::File(_) = source else { return Ok(None) };
    let Some((programme, _)) = store.seen(source).await? else { return Ok(None) };
    Ok(store.head(&programme).await?.and_then(|live| held(&live.revision, now)))
}

/// Publishes a proposal, or keeps it with the reasons why not.
///
/// # Errors
/// When the store cannot be read or written; nothing was published then.
pub async fn publish(store: &Store, proposal: &Proposal, clock: &Clock) -> Result<Outcome, StoreError> {
    let content = content_of(&proposal.octets);
    let mut tries = 0;
    loop {
        let now = clock.now();
        let considered = consequences(store, proposal, now).await?;
        if considered.programme.is_some() && proposal.base.is_some_and(|base| base != considered.live) {
            return Ok(Outcome::Overtaken(Box::new(considered)));
        }
        let Consequences { programme, report, live, publication, dates, .. } = considered;
        let Some(id) = programme.clone().filter(|_| report.is_publishable()) else {
            let text = report.blocking().text(Drawing::Plain);
            let (source, programme) = (proposal.source.clone(), programme.or_else(|| proposal.programme.clone()));
            store.block(&Blocked { source, programme, since: now, content, report: text }).await?;
            return Ok(Outcome::Refused(report));
        };
        let (Some(publication), Some(dates)) = (publication, dates) else {
            store.agree(&proposal.source, &id, &content).await?;
            return Ok(Outcome::Unchanged(live));
        };
        match store.append(&id, &publication, &dates, &content).await {
            Ok(()) => return Ok(Outcome::Published(Box::new(publication))),
            Err(StoreError::Conflict { .. }) if tries < MOST_TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Publishes again what was live before the live revision. None when there is nothing to go back to.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn undo(
    store: &Store,
    programme: &str,
    source: Source,
    note: Option<String>,
    clock: &Clock,
) -> Result<Option<Outcome>, StoreError> {
    let history = store.history(programme).await?;
    let [.., before, live] = history.as_slice() else { return Ok(None) };
    let proposal = Proposal {
        source,
        programme: Some(programme.to_owned()),
        file: format!("revision {} of {programme}", before.revision.number),
        octets: before.revision.source.clone().into_bytes(),
        // It was live once, so its doubts were answered; what it takes back is what is asked for.
        accept: vec!["all".to_owned()],
        note: note.or_else(|| Some(format!("Undoes revision {}", live.revision.number))),
        knows_live: true,
        base: Some(live.revision.number),
    };
    publish(store, &proposal, clock).await.map(Some)
}

/// The hash under which a file's contents are remembered.
pub fn content_of(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}
