//! The live site: what the service holds ready to be sent.
//!
//! Everything is rendered when it changes, not when it is asked for; a request reads an immutable snapshot. A file that
//! turns bad, a disk that is full, a database that cannot be read change nothing of what is already up.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use tokio::sync::{Mutex, Notify};

use crate::app::consider::{Beside, consider_octets, octets};
use crate::app::dispatch::Dispatcher;
use crate::app::edition::{Edition, Variants};
use crate::app::export::Format;
use crate::app::mailing::Mailing;
use crate::app::publish::{Outcome, Proposal, content_of, held_by, publish};
use crate::app::report::{Drawing, Report};
use crate::clock::Clock;
use crate::domain::file::{Level, position};
use crate::domain::notice::NewNotice;
use crate::domain::publication::Source;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::exchange::page::is_page;
use crate::feed::{Feed, Representation};
use crate::page::{self, Listing};
use crate::store::{Store, StoreError};

/// A file in trouble is read again after so long even if it did not change: its trouble may have been the disk's.
const RETRY: TimeDelta = TimeDelta::seconds(30);

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
    looks: BTreeMap<PathBuf, Look>,
    troubles: BTreeMap<PathBuf, Trouble>,
    /// Which programme each file holds: two files about one would undo each other.
    owners: BTreeMap<PathBuf, String>,
}

struct Trouble {
    text: String,
    since: Instant,
}

/// The service.
pub struct App {
    data: PathBuf,
    base_url: String,
    clock: Clock,
    store: Store,
    site: ArcSwap<Site>,
    index: ArcSwap<Option<Arc<Representation>>>,
    variants: Variants,
    memory: Mutex<Memory>,
    mailing: Option<Mailing>,
    asked: Notify,
    ticked: Notify,
    draining: AtomicBool,
    dispatcher: OnceLock<Arc<Dispatcher>>,
    listening: OnceLock<SocketAddr>,
}

impl App {
    /// The service over a data folder and a store, with everything published that can be.
    ///
    /// # Errors
    /// When the store cannot be read. What is wrong with a file is no error: it is a trouble of the site.
    pub async fn open(data: &Path, store: Store, base_url: &str, clock: Clock) -> Result<App, StoreError> {
        App::open_with(data, store, base_url, clock, None).await
    }

    /// The same, with the means to write to people.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        data: &Path,
        store: Store,
        base_url: &str,
        clock: Clock,
        mailing: Option<Mailing>,
    ) -> Result<App, StoreError> {
        let app = App {
            data: data.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            clock,
            store,
            site: ArcSwap::default(),
            index: ArcSwap::default(),
            variants: Variants::default(),
            memory: Mutex::default(),
            mailing,
            asked: Notify::new(),
            ticked: Notify::new(),
            draining: AtomicBool::new(false),
            dispatcher: OnceLock::new(),
            listening: OnceLock::new(),
        };
        let mut site = Site::default();
        app.take_over(&mut site).await?;
        app.swap(site);
        app.reload().await;
        Ok(app)
    }

    /// The folder of programme files.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What was published, by whom.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Mail leaves by this dispatcher from now on; it is given once.
    pub fn dispatch_by(&self, dispatcher: Arc<Dispatcher>) {
        let _ = self.dispatcher.set(dispatcher);
    }

    /// By which mail leaves; none where the service was given none.
    pub fn dispatcher(&self) -> Option<&Arc<Dispatcher>> {
        self.dispatcher.get()
    }

    /// Connections come in at this address from now on; it is told once.
    pub fn listen_on(&self, address: SocketAddr) {
        let _ = self.listening.set(address);
    }

    /// Where connections come in, once they do.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.listening.get().copied()
    }

    /// The means to write to people; none where nobody is written to.
    pub fn mailing(&self) -> Option<&Mailing> {
        self.mailing.as_ref()
    }

    /// The service's address for people, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Puts notices into the queue, and sees to it that they are sent. Says how many are new.
    ///
    /// # Errors
    /// When the store cannot be written: then none of them is in the queue, or those before the trouble.
    pub async fn enqueue(&self, notices: &[NewNotice]) -> Result<usize, StoreError> {
        let written = self.store.enqueue(notices).await?;
        if let Some(dispatcher) = self.dispatcher() {
            dispatcher.ring();
        }
        Ok(written)
    }

    /// Somebody asked for something that a mail answers.
    pub fn ring(&self) {
        self.asked.notify_one();
        self.ticked.notify_one();
    }

    /// Until somebody asks.
    pub async fn rung(&self) {
        self.asked.notified().await;
    }

    /// Until something may have become due.
    pub async fn time_passed(&self) {
        self.ticked.notified().await;
    }

    /// The snapshot being served.
    pub fn site(&self) -> Arc<Site> {
        self.site.load_full()
    }

    /// Whether the service is not about to end.
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed)
    }

    /// From here on the service is about to end.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Publishes what changed in the data folder, and takes over what other processes published.
    pub async fn reload(&self) {
        let mut memory = self.memory.lock().await;
        let now = self.clock.now();
        match programme_files(&self.data) {
            Ok(files) => {
                self.settle(&mut memory, &self.data, None, now);
                self.look_at(&mut memory, files, now).await;
            }
            Err(error) => {
                let text = format!("{}: the data folder cannot be read: {error}", self.data.display());
                self.settle(&mut memory, &self.data, Some(text), now);
            }
        }
        self.refresh_with(&mut memory, now).await;
    }

    /// Takes over what was published since, by this process or another.
    pub async fn refresh(&self) {
        let mut memory = self.memory.lock().await;
        let now = self.clock.now();
        self.refresh_with(&mut memory, now).await;
    }

    async fn refresh_with(&self, memory: &mut Memory, now: Instant) {
        let current = self.site();
        let mut site = Site { programmes: current.programmes.clone(), troubles: Vec::new() };
        let taken = match self.store.look() {
            Ok(()) => self.take_over(&mut site).await,
            Err(error) => Err(error),
        };
        let store = Path::new("database");
        let blocked = match taken {
            Ok(()) => self.store.blocked().await,
            Err(error) => Err(error),
        };
        let paused = self.store.pause().await.ok().flatten();
        match blocked {
            Ok(blocked) => {
                self.settle(memory, store, None, now);
                site.troubles = memory.troubles.values().map(first_line).collect();
                // What a file of ours is blocked for stands among the troubles already.
                let ours = |source: &Source| matches!(source, Source::File(_));
                let others = blocked.iter().filter(|blocked| !ours(&blocked.source));
                site.troubles.extend(others.map(|blocked| {
                    let since = blocked.since.format("%Y-%m-%d %H:%M");
                    format!("what the {} wanted to publish is refused since {since} UTC", blocked.source)
                }));
            }
            Err(error) => {
                self.settle(memory, store, Some(format!("{error}; what is up stays up")), now);
                site.troubles = memory.troubles.values().map(first_line).collect();
            }
        }
        site.troubles.extend(paused.map(|pause| {
            let since = pause.since.format("%Y-%m-%d %H:%M");
            format!("no mail is sent since {since} UTC: {}", pause.reason)
        }));
        let same = site.troubles == current.troubles
            && site.programmes.len() == current.programmes.len()
            && site
                .programmes
                .iter()
                .all(|(id, edition)| current.programmes.get(id).is_some_and(|old| Arc::ptr_eq(old, edition)));
        if !same {
            self.swap(site);
        }
    }

    /// Puts the live revision of each programme into a site, where it is not there yet.
    async fn take_over(&self, site: &mut Site) -> Result<(), StoreError> {
        for (id, number) in self.store.heads().await? {
            if site.programmes.get(&id).is_some_and(|edition| edition.revision.number == number) {
                continue;
            }
            let Some(publication) = self.store.head(&id).await? else { continue };
            let chapters = self.store.chapters(&id).await?;
            match Edition::new(publication.revision, chapters, &self.base_url, self.mailing.as_ref()) {
                Ok(edition) => {
                    site.programmes.insert(id, Arc::new(edition));
                }
                Err(error) => tracing::error!(programme = %id, "{error}"),
            }
        }
        Ok(())
    }

    /// Publishes each file that changed. A file that did not is not read.
    async fn look_at(&self, memory: &mut Memory, files: Vec<(PathBuf, Look)>, now: Instant) {
        let there = |path: &PathBuf| files.iter().any(|(file, _)| file == path);
        for (path, _) in memory.looks.iter().filter(|(path, _)| !there(path)) {
            tracing::warn!(file = %path.display(), "the file is gone; what was published from it stays up");
        }
        memory.looks.retain(|path, _| there(path));
        memory.owners.retain(|path, _| there(path));
        memory.troubles.retain(|path, _| there(path) || *path == self.data || path.as_os_str() == "database");
        for (path, _) in &files {
            if !memory.owners.contains_key(path)
                && let Ok(Some((programme, _))) = self.store.seen(&source_of(path)).await
            {
                memory.owners.insert(path.clone(), programme);
            }
        }
        for (path, look) in files {
            let waits =
                memory.troubles.get(&path).is_none_or(|trouble| now - trouble.since < self.clock.meanwhile(RETRY));
            if memory.looks.get(&path) == Some(&look) && waits {
                continue;
            }
            let trouble = self.publish_file(memory, &path).await.err();
            memory.looks.insert(path.clone(), look);
            self.settle(memory, &path, trouble, now);
        }
    }

    async fn publish_file(&self, memory: &mut Memory, path: &Path) -> Result<(), String> {
        let octets = octets(path).map_err(|error| format!("{}: it cannot be read: {error}", path.display()))?;
        let source = source_of(path);
        let kept = |error: StoreError| format!("{}: it cannot be published: {error}", path.display());
        // What was published from this file before is not published again, whatever others published since.
        let content = content_of(&octets);
        let seen = self.store.seen(&source).await.map_err(kept)?;
        let known = seen.filter(|(_, seen)| *seen == content).map(|(programme, _)| programme);
        let file = path.display().to_string();
        let now = self.clock.now();
        let held = held_by(&self.store, &source, now).await.map_err(kept)?;
        let considered = consider_octets(&file, &octets, Beside { held: held.as_ref(), ..Beside::default() }, now);
        let notes = considered.report.problems.into_iter().filter(|problem| problem.level == Level::Note);
        let guesses: Vec<String> = notes.map(|note| note.what).collect();
        let id = considered.programme.map(|programme| programme.id.to_string()).or_else(|| known.clone());
        let other = memory.owners.iter().find(|(other, owned)| id.as_ref() == Some(owned) && *other != path);
        if let (Some((other, _)), Some(id)) = (other, &id) {
            let other = other.display();
            return Err(format!("{file}: the id \"{id}\" is already that of {other}; give one another id"));
        }
        if known.is_some() {
            return self.store.unblock(&source).await.map_err(kept);
        }
        let revision_file = file.clone();
        let proposal = Proposal { source, file, octets, accept: Vec::new(), note: None, knows_live: false, base: None };
        match publish(&self.store, &proposal, &self.clock).await.map_err(kept)? {
            Outcome::Published(publication) => {
                let revision = &publication.revision;
                tracing::info!(programme = %revision.header.id, revision = revision.number, "published");
                // What was made of a page without asking is told to whoever runs the service.
                for guess in guesses.iter().filter(|_| is_page(&revision_file)) {
                    tracing::info!(programme = %revision.header.id, "{guess}");
                }
            }
            Outcome::Unchanged(_) | Outcome::Overtaken(_) => {}
            Outcome::Refused(report) => {
                let is_up = memory.owners.get(path).is_some_and(|id| self.edition(id).is_some());
                return Err(refusal(&report, is_up));
            }
        }
        memory.owners.extend(id.map(|id| (path.to_owned(), id)));
        Ok(())
    }

    /// Notes a trouble, or that there is none any more, and says so once, not at every look.
    fn settle(&self, memory: &mut Memory, path: &Path, trouble: Option<String>, now: Instant) {
        match trouble {
            Some(text) => {
                if memory.troubles.get(path).is_none_or(|known| known.text != text) {
                    tracing::error!("{text}");
                }
                memory.troubles.insert(path.to_owned(), Trouble { text, since: now });
            }
            None => {
                if memory.troubles.remove(path).is_some() {
                    tracing::info!(what = %path.display(), "mended");
                }
            }
        }
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
        self.variants.clear();
        self.site.store(Arc::new(site));
    }

    /// The list of programmes.
    pub fn index(&self) -> Option<Arc<Representation>> {
        self.index.load().as_ref().clone()
    }

    /// A programme as it is served.
    pub fn edition(&self, programme: &str) -> Option<Arc<Edition>> {
        self.site.load().programmes.get(programme).cloned()
    }

    /// A programme's page, as it is now.
    pub fn page(&self, programme: &str) -> Option<Arc<Representation>> {
        Some(self.edition(programme)?.page_at(self.clock.now(), &self.variants))
    }

    /// A programme's feed as asked for; none when there is no such programme or entry.
    pub fn feed(&self, programme: &str, feed: &Feed, query: &str) -> Option<Arc<Representation>> {
        self.edition(programme)?.feed(feed, query, &self.variants)
    }

    /// A programme in another format.
    pub fn export(&self, programme: &str, format: Format) -> Option<Arc<Representation>> {
        self.edition(programme)?.export(format, &self.variants)
    }

    /// A programme's dates and feeds, to be shown in a frame.
    pub fn framed(&self, programme: &str) -> Option<Arc<Representation>> {
        self.edition(programme)?.framed(&self.variants)
    }

    /// The page of what one revision did.
    pub fn chapter_page(&self, programme: &str, number: u32) -> Option<Arc<Representation>> {
        self.edition(programme)?.chapter_page(number, &self.variants)
    }

    /// The page of one entry.
    pub fn entry_page(&self, programme: &str, id: &str) -> Option<Arc<Representation>> {
        self.edition(programme)?.entry_page(id, &self.variants)
    }
}

/// A file of the data folder as a source: by its name, so that the folder can move.
fn source_of(path: &Path) -> Source {
    Source::File(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// What a file's trouble is: a line that says it all, then the frames that show it.
fn refusal(report: &Report, is_up: bool) -> String {
    let blocking: Vec<_> = report.problems.iter().filter(|problem| problem.level != Level::Note).collect();
    let (what, line) = blocking
        .first()
        .map_or(("not readable", 1), |problem| (problem.what.as_str(), position(&report.source, problem.span.start).0));
    let more = if blocking.len() > 1 { format!(" (and {} more)", blocking.len() - 1) } else { String::new() };
    let frames = report.blocking().text(Drawing::Plain);
    let before = if is_up { "; what was published before stays up" } else { "" };
    format!("{}:{line}: {what}{more}: not published{before}\n{frames}", report.file)
}

fn first_line(trouble: &Trouble) -> String {
    trouble.text.lines().next().unwrap_or_default().to_owned()
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
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A folder's own README is no workshop's page.
        let is_readme = name.to_lowercase().starts_with("readme.");
        let named = path.extension().is_some_and(|extension| extension == "toml") || is_page(&name) && !is_readme;
        let hidden = name.starts_with('.');
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
