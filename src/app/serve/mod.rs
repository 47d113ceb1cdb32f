//! The live site: what the service holds ready to be sent.
//!
//! Everything is rendered when it changes, not when it is asked for; a request reads an immutable snapshot. A file that
//! turns bad, a disk that is full, a database that cannot be read change nothing of what is already up.

mod files;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use tokio::sync::{Mutex, Notify};

use crate::app::choose::Choices;
use crate::app::dispatch::Dispatcher;
use crate::app::edition::{Edition, Tongue, Variants};
use crate::app::export::Format;
use crate::app::mailing::Mailing;
use crate::app::watch::Watch;
use crate::clock::Clock;
use crate::domain::language::Language;
use crate::domain::notice::NewNotice;
use crate::domain::publication::Source;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::{Feed, Representation};
use crate::page::{self, Addresses, Listing};
use crate::store::{Store, StoreError};
use files::{Memory, first_line};

/// Everything that is served, at one moment.
#[derive(Default)]
pub struct Site {
    /// By programme id.
    pub programmes: BTreeMap<String, Arc<Edition>>,
    /// What the organizers should mend, a sentence each.
    pub troubles: Vec<String>,
}

/// The service.
pub struct App {
    data: PathBuf,
    base_url: String,
    clock: Clock,
    store: Store,
    site: ArcSwap<Site>,
    variants: Variants,
    memory: Mutex<Memory>,
    mailing: Option<Mailing>,
    asked: Notify,
    ticked: Notify,
    watch: Watch,
    choices: Choices,
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
        let watch = Watch::begin(&store, &clock).await?;
        let app = App {
            data: data.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            clock,
            store,
            site: ArcSwap::default(),
            variants: Variants::default(),
            memory: Mutex::default(),
            mailing,
            asked: Notify::new(),
            ticked: Notify::new(),
            watch,
            choices: Choices::default(),
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

    /// What is remembered of chosen feeds.
    pub(in crate::app) fn choices(&self) -> &Choices {
        &self.choices
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

    /// The last sign of life of the service before it was started, until the first look at what is due is over.
    pub fn last_sign_of_life(&self) -> Option<Instant> {
        self.watch.last_sign_of_life()
    }

    /// The first look at what is due is over.
    pub fn is_awake(&self) {
        self.watch.is_awake();
    }

    /// How far the clock was set since it was last asked, where that is too far to be believed.
    pub fn clock_leap(&self) -> Option<TimeDelta> {
        self.watch.leap(&self.clock)
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
        for waiting in self.store.waiting(None).await.unwrap_or_default().iter().filter(|hold| hold.answer.is_none()) {
            let (since, id) = (waiting.since.format("%Y-%m-%d %H:%M"), &waiting.programme);
            site.troubles.push(format!("mails of {id} wait for an organizer since {since} UTC: {}", waiting.reason));
        }
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

    fn swap(&self, site: Site) {
        self.variants.clear();
        self.site.store(Arc::new(site));
    }

    /// The list of programmes.
    pub fn index(&self, tongue: Tongue) -> Option<Arc<Representation>> {
        let site = self.site();
        let newest = site.programmes.values().map(|edition| edition.revision.published).max();
        let addresses = Addresses {
            root: String::new(),
            programme: String::new(),
            feeds: None,
            chooses: false,
            language: tongue.language,
            keeping: tongue.keeping,
            elsewhen: None,
        };
        self.variants.page(format!("/ {tongue:?}"), newest.unwrap_or_else(|| self.clock.now()), || {
            let of = |edition: &Arc<Edition>| listing(&edition.revision, tongue.language);
            let listings: Vec<Listing> = site.programmes.values().map(of).collect();
            page::index(&listings, &addresses).map(Some)
        })
    }

    /// A programme as it is served.
    pub fn edition(&self, programme: &str) -> Option<Arc<Edition>> {
        self.site.load().programmes.get(programme).cloned()
    }

    /// A programme's page, as it is now.
    pub fn page(&self, programme: &str, tongue: Tongue) -> Option<Arc<Representation>> {
        self.edition(programme)?.page_at(tongue, &self.clock, &self.variants)
    }

    /// The list of what changed in a programme.
    pub fn changes_page(&self, programme: &str, tongue: Tongue) -> Option<Arc<Representation>> {
        self.edition(programme)?.changes_page(tongue, &self.variants)
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
    pub fn framed(&self, programme: &str, tongue: Tongue) -> Option<Arc<Representation>> {
        self.edition(programme)?.framed(tongue, &self.variants)
    }

    /// The page of what one revision did.
    pub fn chapter_page(&self, programme: &str, number: u32, tongue: Tongue) -> Option<Arc<Representation>> {
        self.edition(programme)?.chapter_page(number, tongue, &self.variants)
    }

    /// The page of one entry.
    pub fn entry_page(&self, programme: &str, id: &str, tongue: Tongue) -> Option<Arc<Representation>> {
        self.edition(programme)?.entry_page(id, tongue, &self.clock, &self.variants)
    }
}

/// The line of a programme in the list.
pub fn listing(revision: &Revision, language: Language) -> Listing {
    let header = &revision.header;
    let dates = header.dates.map(|(first, last)| page::span_of_days(first, last, language));
    let parts: Vec<String> = [dates, header.city.clone()].into_iter().flatten().collect();
    Listing { id: header.id.clone(), title: header.title.clone(), when_and_where: parts.join(", ") }
}
