//! An edition: one programme's live revision, rendered and ready to be sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use moka::sync::Cache;

use crate::app::consider::programme_of;
use crate::app::export::{self, Format, Place};
use crate::app::mailing::{KEPT_AFTER, Mailing, closes, is_loopback, is_offered};
use crate::clock::Clock;
use crate::domain::language::Language;
use crate::domain::programme::Programme;
use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::{self, Feed, Query, Representation, changes};
use crate::page::{self, Addresses, Keeping, Offer, PageError, Setting};

/// Rendered variants are kept up to so many octets; the least used make room.
const VARIANT_OCTETS: u64 = 32 * 1024 * 1024;

/// What was rendered because somebody asked for it so, in bounded memory.
pub struct Variants(Cache<String, Arc<Representation>>);

impl Default for Variants {
    fn default() -> Variants {
        let weight = |_: &String, body: &Arc<Representation>| u32::try_from(body.weight()).unwrap_or(u32::MAX);
        Variants(Cache::builder().max_capacity(VARIANT_OCTETS).weigher(weight).build())
    }
}

impl Variants {
    /// The page of that key, made where it is not known; none where there is none.
    pub(super) fn page(
        &self,
        key: String,
        modified: Instant,
        make: impl FnOnce() -> Result<Option<String>, PageError>,
    ) -> Option<Arc<Representation>> {
        let made = self.0.try_get_with(key, || {
            let page = make().map_err(|error| error.to_string())?.ok_or_else(|| "there is none".to_owned())?;
            Ok::<_, String>(Arc::new(Representation::new(page.into_bytes(), modified)))
        });
        made.ok()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}

/// In which language a page is asked for, and how its links keep that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tongue {
    /// The language.
    pub language: Language,
    /// How links keep it.
    pub keeping: Keeping,
}

impl Default for Tongue {
    /// As a browser that asks for no language of ours is answered.
    fn default() -> Tongue {
        Tongue { language: Language::English, keeping: Keeping::Browser }
    }
}

/// A programme as it is served.
pub struct Edition {
    /// What was published last.
    pub revision: Revision,
    /// The same as a programme; none when today's reader no longer takes its file.
    pub programme: Option<Programme>,
    /// What each revision did, newest first.
    pub chapters: Vec<Chapter>,
    /// What its revisions did, for readers of Atom (RFC 4287).
    pub atom: Arc<Representation>,
    /// The same as JSON Feed 1.1.
    pub json: Arc<Representation>,
    /// Its own file.
    pub file: Arc<Representation>,
    /// What the sign-up form says of itself; none where it is not offered.
    pub offer: Option<Offer>,
    /// From when on nobody signs up any more.
    closes: Option<Instant>,
    base: String,
    /// Whether somebody can keep a choice of their own here.
    chooses: bool,
    /// The same, where this service answers itself.
    own: String,
    feeds: BTreeMap<Feed, Arc<Representation>>,
}

impl Edition {
    /// Renders everything that is asked for often.
    ///
    /// # Errors
    /// When a template is broken.
    pub fn new(
        revision: Revision,
        chapters: Vec<Chapter>,
        base_url: &str,
        mailing: Option<&Mailing>,
    ) -> Result<Edition, PageError> {
        // None when its file is no longer understood: that leaves the feeds up.
        let programme = programme_of(&revision);
        let static_address = programme.as_ref().and_then(|programme| programme.feed_url.as_ref());
        let base = match static_address {
            Some(address) => format!("{}/", address.as_str().trim_end_matches('/')),
            None => format!("{base_url}/{}/", revision.header.id),
        };
        let own = format!("{base_url}/{}/", revision.header.id);
        let feeds = Feed::WHOLE
            .map(|feed| (feed.clone(), Arc::new(feed::render(&revision, &feed, &Query::default(), Some(&base)))))
            .into();
        let offered = programme.as_ref().filter(|programme| is_offered(programme, base_url));
        let offered = offered.zip(mailing);
        let offer = offered.map(|(programme, mailing)| Offer {
            from: mailing.sender.mailbox.to_string(),
            tried_out: programme.privacy.is_none() && is_loopback(base_url),
        });
        let at = revision.published;
        let prepared = |octets: Vec<u8>| Arc::new(Representation::new(octets, at));
        let edition = Edition {
            atom: prepared(changes::atom(&revision.header, &chapters, Some(&own))),
            json: prepared(changes::json(&revision.header, &chapters, Some(&own))),
            file: prepared(revision.source.clone().into_bytes()),
            closes: programme.as_ref().and_then(closes),
            offer,
            revision,
            programme,
            chapters,
            base,
            chooses: mailing.is_some(),
            own,
            feeds,
        };
        // A template that is broken is found now, and not by the first reader.
        edition.page_of(Tongue::default(), None, None, edition.offer.as_ref())?;
        Ok(edition)
    }

    /// Whether people can sign up.
    pub fn is_open(&self, now: Instant) -> bool {
        self.offer.is_some() && !self.is_over(now)
    }

    /// Whether it is too late to sign up.
    pub fn is_over(&self, now: Instant) -> bool {
        self.closes.is_some_and(|closes| closes <= now)
    }

    /// Whether nothing of its subscribers may be kept any more.
    pub fn is_forgotten(&self, now: Instant) -> bool {
        self.closes.is_some_and(|closes| closes + KEPT_AFTER <= now)
    }

    /// Its page as it is now, without the form once the workshop is over.
    pub fn page_at(&self, tongue: Tongue, clock: &Clock, variants: &Variants) -> Option<Arc<Representation>> {
        let now = clock.now();
        let as_of = self.programme.as_ref().map_or(self.revision.published, |programme| page::as_of(programme, now));
        let offer = self.offer.as_ref().filter(|_| self.is_open(now));
        let path = format!("{} {}", as_of.timestamp(), offer.is_some());
        self.made(&path, tongue, variants, as_of.max(self.revision.published), || {
            let elsewhen = Some(as_of).filter(|_| !clock.is_the_systems());
            self.page_of(tongue, Some(as_of), elsewhen, offer).map(Some)
        })
    }

    fn page_of(
        &self,
        tongue: Tongue,
        now: Option<Instant>,
        elsewhen: Option<Instant>,
        offer: Option<&Offer>,
    ) -> Result<String, PageError> {
        let Some(programme) = &self.programme else {
            let words = match tongue.language {
                Language::English => "The calendar feeds of this workshop go on.",
                Language::Korean => "이 워크숍의 캘린더 피드는 계속 이어집니다.",
            };
            return page::message(&self.revision.header.title, words, "../", tongue.language);
        };
        let data = export::page_data(&self.revision, programme, Some(&self.base));
        let setting = Setting { data: &data, offer, chapters: &self.chapters, now, address: Some(&self.own) };
        let addresses = Addresses { elsewhen, ..self.addresses(tongue, 1) };
        page::programme(&self.revision, programme, &addresses, setting)
    }

    /// From a page so many folders below the site's root.
    fn addresses(&self, tongue: Tongue, deep: usize) -> Addresses {
        Addresses {
            root: "../".repeat(deep),
            programme: "../".repeat(deep - 1),
            feeds: Some(self.base.clone()),
            chooses: self.chooses,
            language: tongue.language,
            keeping: tongue.keeping,
            elsewhen: None,
        }
    }

    /// A feed as asked for; none when there is no such entry.
    pub fn feed(&self, feed: &Feed, query: &str, variants: &Variants) -> Option<Arc<Representation>> {
        if let (Some(prepared), "") = (self.feeds.get(feed), query) {
            return Some(prepared.clone());
        }
        if let Feed::Entry(id) = feed
            && !feed::has_entry(&self.revision, id)
        {
            return None;
        }
        let query = Query::parse(query);
        if let (Some(prepared), true) = (self.feeds.get(feed), query.is_plain()) {
            return Some(prepared.clone());
        }
        // What was ticked is kept here, and not where files are.
        let (path, base) = match feed {
            Feed::Chosen(chosen) => (format!("{chosen:?}"), &self.own),
            _ => (feed.path(), &self.base),
        };
        let key = self.key(&path, &query.normalized());
        let render = || Arc::new(feed::render(&self.revision, feed, &query, Some(base)));
        Some(variants.0.get_with(key, render))
    }

    /// The page of one entry; none when there is no such entry.
    pub fn entry_page(
        &self,
        id: &str,
        tongue: Tongue,
        clock: &Clock,
        variants: &Variants,
    ) -> Option<Arc<Representation>> {
        let now = clock.now();
        if !feed::has_entry(&self.revision, id) {
            return None;
        }
        let mut records = self.revision.records.iter();
        let is_past = records.any(|record| {
            let mut keys = std::iter::once(&record.key).chain(&record.formerly);
            keys.any(|key| key.id() == Some(id)) && record.entry.is_past(now)
        });
        let elsewhen = self.programme.as_ref().filter(|_| !clock.is_the_systems()).map(|known| page::as_of(known, now));
        let path = format!("at/{id} {is_past} {elsewhen:?}");
        self.made(&path, tongue, variants, self.revision.published, || {
            let addresses = Addresses { elsewhen, ..self.addresses(tongue, 3) };
            page::entry(&self.revision, id, &addresses, is_past.then_some(now))
        })
    }

    /// The programme in another format; none when its file is no longer understood.
    pub fn export(&self, format: Format, variants: &Variants) -> Option<Arc<Representation>> {
        let place = Place { base: Some(&self.base), in_folder: true };
        self.made(&format!("{format:?}"), Tongue::default(), variants, self.revision.published, || {
            let Some(programme) = programme_of(&self.revision) else { return Ok(None) };
            export::export(format, &self.revision, &programme, place).map(Some)
        })
    }

    /// The next dates and the feeds as a page to be shown in a frame; none when the file is no longer understood.
    pub fn framed(&self, tongue: Tongue, variants: &Variants) -> Option<Arc<Representation>> {
        let addresses = Addresses { programme: self.base.clone(), ..self.addresses(tongue, 1) };
        self.made("embed", tongue, variants, self.revision.published, || {
            let Some(programme) = programme_of(&self.revision) else { return Ok(None) };
            page::framed(&self.revision, &programme, &addresses).map(Some)
        })
    }

    /// The validator of the programme's own file: its revision and its contents. A writer shows it to prove what it saw.
    pub fn file_etag(&self) -> String {
        format!("\"{}-{}\"", self.revision.number, self.file.etag.trim_matches('"'))
    }

    /// The page of one revision's changes; none when there is no such revision.
    pub fn chapter_page(&self, number: u32, tongue: Tongue, variants: &Variants) -> Option<Arc<Representation>> {
        let chapter = self.chapters.iter().find(|chapter| chapter.number == number)?;
        self.made(&format!("changes/{number}"), tongue, variants, self.revision.published, || {
            page::changes(&self.revision.header, std::slice::from_ref(chapter), &self.addresses(tongue, 3)).map(Some)
        })
    }

    /// The list of changes, for people.
    pub fn changes_page(&self, tongue: Tongue, variants: &Variants) -> Option<Arc<Representation>> {
        self.made("changes", tongue, variants, self.revision.published, || {
            page::changes(&self.revision.header, &self.chapters, &self.addresses(tongue, 2)).map(Some)
        })
    }

    /// The style sheet of its own colour, where it has one.
    pub fn colors(&self) -> Option<String> {
        page::colors(self.revision.header.color.as_deref()?)
    }

    fn made(
        &self,
        path: &str,
        tongue: Tongue,
        variants: &Variants,
        modified: Instant,
        make: impl FnOnce() -> Result<Option<String>, PageError>,
    ) -> Option<Arc<Representation>> {
        variants.page(self.key(path, &format!("page {tongue:?}")), modified, make)
    }

    fn key(&self, path: &str, query: &str) -> String {
        format!("{} {} {path} {query}", self.revision.header.id, self.revision.number)
    }
}
