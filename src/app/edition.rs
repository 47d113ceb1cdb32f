//! An edition: one programme's live revision, rendered and ready to be sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use moka::sync::Cache;

use crate::app::consider::programme_of;
use crate::app::export::{self, Format, Place};
use crate::app::mailing::{KEPT_AFTER, Mailing, closes, is_loopback, is_offered};
use crate::domain::programme::Programme;
use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::{self, Feed, Query, Representation, changes};
use crate::page::{self, Addresses, Offer, PageError};

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
    /// Forgets everything.
    pub fn clear(&self) {
        self.0.invalidate_all();
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
    /// Its page.
    pub page: Arc<Representation>,
    /// The list of changes, for people.
    pub changes: Arc<Representation>,
    /// The same for readers of Atom (RFC 4287).
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
        let addresses = Addresses {
            root: "../".to_owned(),
            programme: String::new(),
            feeds: Some(base.clone()),
            chooses: mailing.is_some(),
        };
        let offered = programme.as_ref().filter(|programme| is_offered(programme, base_url));
        let offered = offered.zip(mailing);
        let offer = offered.map(|(programme, mailing)| Offer {
            from: mailing.sender.mailbox.to_string(),
            tried_out: programme.privacy.is_none() && is_loopback(base_url),
        });
        let page = match &programme {
            Some(programme) => {
                let data = export::page_data(&revision, programme, Some(&base));
                page::programme(&revision, programme, &addresses, &data, offer.as_ref())?
            }
            None => page::message(&revision.header.title, "The calendar feeds of this workshop go on.", "../")?,
        };
        let below = Addresses {
            root: "../../".to_owned(),
            programme: "../".to_owned(),
            feeds: Some(base.clone()),
            chooses: false,
        };
        let at = revision.published;
        let prepared = |octets: Vec<u8>| Arc::new(Representation::new(octets, at));
        Ok(Edition {
            page: prepared(page.into_bytes()),
            changes: prepared(page::changes(&revision.header, &chapters, &below)?.into_bytes()),
            atom: prepared(changes::atom(&revision.header, &chapters, Some(&own))),
            json: prepared(changes::json(&revision.header, &chapters, Some(&own))),
            file: prepared(revision.source.clone().into_bytes()),
            closes: programme.as_ref().and_then(closes),
            offer,
            revision,
            programme,
            chapters,
            base,
            own,
            feeds,
        })
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

    /// Its page, without the form once the workshop is over.
    pub fn page_at(&self, now: Instant, variants: &Variants) -> Arc<Representation> {
        if self.offer.is_none() || self.is_open(now) {
            return self.page.clone();
        }
        let addresses = Addresses {
            root: "../".to_owned(),
            programme: String::new(),
            feeds: Some(self.base.clone()),
            chooses: true,
        };
        let closed = self.made("over", variants, || {
            let Some(programme) = programme_of(&self.revision) else { return Ok(None) };
            let data = export::page_data(&self.revision, &programme, Some(&self.base));
            page::programme(&self.revision, &programme, &addresses, &data, None).map(Some)
        });
        closed.unwrap_or_else(|| self.page.clone())
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
    pub fn entry_page(&self, id: &str, variants: &Variants) -> Option<Arc<Representation>> {
        if !feed::has_entry(&self.revision, id) {
            return None;
        }
        let addresses = Addresses {
            root: "../../../".to_owned(),
            programme: "../../".to_owned(),
            feeds: Some(self.base.clone()),
            chooses: false,
        };
        self.made(&format!("at/{id}"), variants, || page::entry(&self.revision, id, &addresses))
    }

    /// The programme in another format; none when its file is no longer understood.
    pub fn export(&self, format: Format, variants: &Variants) -> Option<Arc<Representation>> {
        let place = Place { base: Some(&self.base), in_folder: true };
        self.made(&format!("{format:?}"), variants, || {
            let Some(programme) = programme_of(&self.revision) else { return Ok(None) };
            export::export(format, &self.revision, &programme, place).map(Some)
        })
    }

    /// The next dates and the feeds as a page to be shown in a frame; none when the file is no longer understood.
    pub fn framed(&self, variants: &Variants) -> Option<Arc<Representation>> {
        let addresses = Addresses {
            root: "../".to_owned(),
            programme: self.base.clone(),
            feeds: Some(self.base.clone()),
            chooses: false,
        };
        self.made("embed", variants, || {
            let Some(programme) = programme_of(&self.revision) else { return Ok(None) };
            page::framed(&self.revision, &programme, &addresses).map(Some)
        })
    }

    /// The validator of the programme's own file: its revision and its contents. A writer shows it to prove what it saw.
    pub fn file_etag(&self) -> String {
        format!("\"{}-{}\"", self.revision.number, self.file.etag.trim_matches('"'))
    }

    /// The page of one revision's changes; none when there is no such revision.
    pub fn chapter_page(&self, number: u32, variants: &Variants) -> Option<Arc<Representation>> {
        let chapter = self.chapters.iter().find(|chapter| chapter.number == number)?;
        let addresses = Addresses {
            root: "../../../".to_owned(),
            programme: "../../".to_owned(),
            feeds: Some(self.base.clone()),
            chooses: false,
        };
        self.made(&format!("changes/{number}"), variants, || {
            page::changes(&self.revision.header, std::slice::from_ref(chapter), &addresses).map(Some)
        })
    }

    fn made(
        &self,
        path: &str,
        variants: &Variants,
        make: impl FnOnce() -> Result<Option<String>, PageError>,
    ) -> Option<Arc<Representation>> {
        let made = variants.0.try_get_with(self.key(path, "page"), || {
            let page = make().map_err(|error| error.to_string())?.ok_or_else(|| "there is none".to_owned())?;
            Ok::<_, String>(Arc::new(Representation::new(page.into_bytes(), self.revision.published)))
        });
        made.ok()
    }

    fn key(&self, path: &str, query: &str) -> String {
        format!("{} {} {path} {query}", self.revision.header.id, self.revision.number)
    }
}
