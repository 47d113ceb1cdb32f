//! The live site: what the service holds ready to be sent.
//!
//! Everything is rendered when it changes, not when it is asked for; a request reads an immutable snapshot. A file that
//! turns bad, a disk that is full, a ledger that cannot be written change nothing of what is already up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use moka::sync::Cache;

use crate::app::ledger::{Ledger, LedgerError};
use crate::app::publish::{Considered, consider_onto, programme_of};
use crate::app::report::{Drawing, Report};
use crate::clock::Clock;
use crate::domain::file::{Level, position};
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::{self, Feed, Query, Representation};
use crate::page::{self, Addresses, Listing};

/// Rendered variants are kept up to so many octets; the least used make room.
const VARIANT_OCTETS: u64 = 32 * 1024 * 1024;

/// A programme as it is served.
pub struct Edition {
    /// What was published last.
    pub revision: Revision,
    /// The programme of that revision; none when its file is no longer understood, which leaves the feeds up.
    pub programme: Option<Programme>,
    /// Where its feeds are found from outside.
    base: String,
    feeds: BTreeMap<Feed, Arc<Representation>>,
    page: Arc<Representation>,
}

/// Everything that is served, at one moment.
#[derive(Default)]
pub struct Site {
    /// By programme id.
    pub programmes: BTreeMap<String, Arc<Edition>>,
    /// What the organizers should mend, a sentence each.
    pub troubles: Vec<String>,
}

/// A file's look from outside: when it changes, the file is read again.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
}

#[derive(Default)]
struct Memory {
    ledger: Ledger,
    looks: BTreeMap<PathBuf, Look>,
    troubles: BTreeMap<PathBuf, String>,
    /// Which programme each file holds: two files about one would undo each other.
    owners: BTreeMap<PathBuf, String>,
}

/// The service.
pub struct App {
    data: PathBuf,
    state: PathBuf,
    base_url: String,
    clock: Clock,
    site: ArcSwap<Site>,
    index: ArcSwap<Option<Arc<Representation>>>,
    variants: Cache<String, Arc<Representation>>,
    memory: Mutex<Memory>,
    draining: AtomicBool,
}

impl App {
    /// The service over a data folder and a state folder, with everything published that can be.
    ///
    /// # Errors
    /// When the ledger of what was published cannot be read.
    pub fn open(data: &Path, state: &Path, base_url: &str, clock: Clock) -> Result<App, LedgerError> {
        let memory = Memory { ledger: Ledger::load(state)?, ..Memory::default() };
        let app = App {
            data: data.to_owned(),
            state: state.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            clock,
            site: ArcSwap::default(),
            index: ArcSwap::default(),
            variants: Cache::builder()
                .max_capacity(VARIANT_OCTETS)
                .weigher(|_, body: &Arc<Representation>| u32::try_from(body.weight()).unwrap_or(u32::MAX))
                .build(),
            memory: Mutex::new(memory),
            draining: AtomicBool::new(false),
        };
        app.restore();
        app.reload();
        Ok(app)
    }

    /// The folder of programme files.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The snapshot being served.
    pub fn site(&self) -> Arc<Site> {
        self.site.load_full()
    }

    /// Whether the service is ready to be sent traffic: it has looked at its files once and is not about to end.
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed)
    }

    /// From here on the service is about to end.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Puts up what was published before, whatever the files say by now.
    fn restore(&self) {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut site = Site::default();
        for (id, revision) in &memory.ledger.programmes {
            self.put_up(&mut site, id, revision.clone(), programme_of(revision));
        }
        self.swap(site);
    }

    /// Looks at the data folder and publishes what changed. A file that did not change is not read.
    pub fn reload(&self) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let files = match programme_files(&self.data) {
            Ok(files) => files,
            Err(error) => {
                let trouble = format!("{}: the data folder cannot be read: {error}", self.data.display());
                self.report(&mut memory, self.data.clone(), Some(trouble));
                self.swap(Site { programmes: self.site().programmes.clone(), troubles: troubles(&memory) });
                return;
            }
        };
        let before = troubles(&memory);
        memory.troubles.remove(&self.data);
        memory.looks.retain(|path, _| files.iter().any(|(file, _)| file == path));
        memory.owners.retain(|path, _| files.iter().any(|(file, _)| file == path));
        memory.troubles.retain(|path, _| files.iter().any(|(file, _)| file == path));
        let mut site = Site { programmes: self.site().programmes.clone(), troubles: Vec::new() };
        let mut changed = false;
        for (path, look) in files {
            let unchanged = memory.looks.get(&path) == Some(&look);
            if unchanged && !memory.troubles.contains_key(&path) {
                continue;
            }
            let trouble = match self.publish(&mut memory, &mut site, &path, now) {
                Ok(published) => {
                    changed |= published;
                    None
                }
                Err(trouble) => Some(trouble),
            };
            memory.looks.insert(path.clone(), look);
            self.report(&mut memory, path, trouble);
        }
        site.troubles = troubles(&memory);
        if changed || site.troubles != before {
            self.swap(site);
        }
    }

    /// Publishes one file. Returns whether there is a new revision, or what is wrong.
    fn publish(&self, memory: &mut Memory, site: &mut Site, path: &Path, now: Instant) -> Result<bool, String> {
        let (Considered { programme, report }, previous) = consider_onto(path, &memory.ledger, now);
        let Some(programme) = programme.filter(|_| report.is_publishable()) else {
            return Err(refusal(&report));
        };
        let id = programme.id.to_string();
        if let Some((other, _)) = memory.owners.iter().find(|(other, owned)| **owned == id && *other != path) {
            let other = other.display();
            return Err(format!("{}: the id \"{id}\" is already that of {other}; give one another id", report.file));
        }
        memory.owners.insert(path.to_owned(), id.clone());
        let Some(revision) = Revision::next(previous.as_ref(), &programme, &report.source, now) else {
            return Ok(false);
        };
        let mut ledger = memory.ledger.clone();
        ledger.programmes.insert(id.clone(), revision.clone());
        ledger
            .save(&self.state)
            .map_err(|error| format!("revision {} of {id} cannot be kept: {error}", revision.number))?;
        memory.ledger = ledger;
        tracing::info!(programme = %id, revision = revision.number, "published");
        self.put_up(site, &id, revision, Some(programme));
        Ok(true)
    }

    /// Notes a file's trouble, and says it once, not at every look.
    fn report(&self, memory: &mut Memory, path: PathBuf, trouble: Option<String>) {
        let known = memory.troubles.get(&path);
        match trouble {
            Some(trouble) if known == Some(&trouble) => {}
            Some(trouble) => {
                tracing::error!("{trouble}");
                memory.troubles.insert(path, trouble);
            }
            None => {
                if memory.troubles.remove(&path).is_some() {
                    tracing::info!(file = %path.display(), "mended");
                }
            }
        }
    }

    /// Renders a programme's feeds and its page into a site.
    fn put_up(&self, site: &mut Site, id: &str, revision: Revision, programme: Option<Programme>) {
        let base = match programme.as_ref().and_then(|programme| programme.feed_url.as_ref()) {
            Some(static_address) => format!("{}/", static_address.as_str().trim_end_matches('/')),
            None => format!("{}/{id}/", self.base_url),
        };
        let feeds = Feed::WHOLE
            .map(|feed| (feed.clone(), Arc::new(feed::render(&revision, &feed, &Query::default(), Some(&base)))))
            .into();
        let addresses = Addresses { root: "../".to_owned(), programme: String::new(), feeds: Some(base.clone()) };
        let page = match &programme {
            Some(programme) => page::programme(&revision, programme, &addresses),
            None => page::message(&revision.header.title, "The calendar feeds of this workshop go on.", "../"),
        };
        let page = match page {
            Ok(page) => Representation::new(page.into_bytes(), revision.published),
            Err(error) => {
                tracing::error!(programme = %id, "{error}");
                return;
            }
        };
        let edition = Edition { revision, programme, base, feeds, page: Arc::new(page) };
        site.programmes.insert(id.to_owned(), Arc::new(edition));
    }

    fn swap(&self, site: Site) {
        let listings: Vec<Listing> = site.programmes.values().map(|edition| listing(&edition.revision)).collect();
        let newest = site.programmes.values().map(|edition| edition.revision.published).max();
        match page::index(&listings, "") {
            Ok(page) => {
                let modified = newest.unwrap_or_else(|| self.clock.now());
                self.index.store(Arc::new(Some(Arc::new(Representation::new(page.into_bytes(), modified)))));
            }
            Err(error) => tracing::error!("{error}"),
        }
        self.variants.invalidate_all();
        self.site.store(Arc::new(site));
    }

    /// The list of programmes.
    pub fn index(&self) -> Option<Arc<Representation>> {
        self.index.load().as_ref().clone()
    }

    /// A programme's page.
    pub fn page(&self, programme: &str) -> Option<Arc<Representation>> {
        Some(self.site.load().programmes.get(programme)?.page.clone())
    }

    /// A programme's feed as asked for; none when there is no such programme or entry.
    pub fn feed(&self, programme: &str, feed: &Feed, query: &str) -> Option<Arc<Representation>> {
        let site = self.site.load();
        let edition = site.programmes.get(programme)?;
        if let (Some(prepared), "") = (edition.feeds.get(feed), query) {
            return Some(prepared.clone());
        }
        if let Feed::Entry(id) = feed
            && !feed::has_entry(&edition.revision, id)
        {
            return None;
        }
        let query = Query::parse(query);
        if let (Some(prepared), true) = (edition.feeds.get(feed), query.is_plain()) {
            return Some(prepared.clone());
        }
        let key = format!("{programme} {} {} {}", edition.revision.number, feed.path(), query.normalized());
        Some(
            self.variants
                .get_with(key, || Arc::new(feed::render(&edition.revision, feed, &query, Some(&edition.base)))),
        )
    }

    /// The page of one entry.
    pub fn entry_page(&self, programme: &str, id: &str) -> Option<Arc<Representation>> {
        let site = self.site.load();
        let edition = site.programmes.get(programme)?;
        if !feed::has_entry(&edition.revision, id) {
            return None;
        }
        let key = format!("{programme} {} page {id}", edition.revision.number);
        let addresses = Addresses {
            root: "../../../".to_owned(),
            programme: "../../".to_owned(),
            feeds: Some(edition.base.clone()),
        };
        let made = self.variants.try_get_with(key, || {
            let page = page::entry(&edition.revision, id, &addresses).map_err(|error| error.to_string())?;
            let page = page.ok_or_else(|| "forgotten".to_owned())?;
            Ok::<_, String>(Arc::new(Representation::new(page.into_bytes(), edition.revision.published)))
        });
        made.ok()
    }
}

/// What a file's trouble is: a line that says it all, then the frames that show it.
fn refusal(report: &Report) -> String {
    let blocking: Vec<_> = report.problems.iter().filter(|problem| problem.level != Level::Note).collect();
    let (what, line) = blocking
        .first()
        .map_or(("not readable", 1), |problem| (problem.what.as_str(), position(&report.source, problem.span.start).0));
    let more = if blocking.len() > 1 { format!(" (and {} more)", blocking.len() - 1) } else { String::new() };
    let frames = report.text(Drawing::Plain);
    format!("{}:{line}: {what}{more}; not published, what was published before stays up\n{frames}", report.file)
}

fn troubles(memory: &Memory) -> Vec<String> {
    memory.troubles.values().map(|trouble| trouble.lines().next().unwrap_or_default().to_owned()).collect()
}

/// The line of a programme in the list.
pub fn listing(revision: &Revision) -> Listing {
    let header = &revision.header;
    let dates = header.dates.map(|(first, last)| page::span_of_days(first, last));
    let parts: Vec<String> = [dates, header.city.clone()].into_iter().flatten().collect();
    Listing { id: header.id.clone(), title: header.title.clone(), when_and_where: parts.join(", ") }
}

/// The programme files of a folder, in the order of their names.
fn programme_files(folder: &Path) -> std::io::Result<Vec<(PathBuf, Look)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let named = path.extension().is_some_and(|extension| extension == "toml");
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // An editor's rename shows for a moment as a file that is not there: the next look finds it.
        if let (true, false, Ok(about)) = (named, hidden, std::fs::metadata(&path))
            && about.is_file()
        {
            files.push((path, Look { length: about.len(), modified: about.modified().ok() }));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}
