//! A site of static files: feeds, pages, and the ledger that lets the next build count on.
//!
//! Nothing is written unless every file can be published; then the ledger goes first, so that a build that is cut off
//! is completed, not repeated, by the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::app::consider::programme_of;
use crate::app::export::{self, Format, Place};
use crate::app::ledger::{Ledger, LedgerError, Story, replace};
use crate::app::lineage::{considered, file_of};
use crate::app::report::Report;
use crate::app::serve::listing;
use crate::domain::change::{Change, changes};
use crate::domain::programme::Programme;
use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::changes::{atom, json};
use crate::feed::{self, Feed, Query};
use crate::page::{self, Addresses, PageError};

/// Netlify's way to say it; GitHub Pages and Caddy know `.ics`, nginx is told in its own configuration.
const HEADERS: &str = "\
/*.ics
  Content-Type: text/calendar; charset=utf-8
  Access-Control-Allow-Origin: *
  Cache-Control: public, max-age=300, stale-if-error=86400
/*.json
  Access-Control-Allow-Origin: *
/*.xml
  Access-Control-Allow-Origin: *
/*.yml
  Content-Type: application/yaml
  Access-Control-Allow-Origin: *
";

/// A built site.
#[derive(Debug)]
pub struct Built {
    /// What there is to say of each file; notes only.
    pub reports: Vec<Report>,
    /// A line for each programme.
    pub programmes: Vec<Line>,
    /// Files that were new or changed.
    pub written: usize,
}

/// What became of one programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its live revision.
    pub revision: u32,
    /// How many entries were ever published.
    pub entries: usize,
    /// What the new revision did; none when there is no new one.
    pub changes: Option<Vec<Change>>,
}

/// Why no site was built. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file has errors, or doubts nobody accepted. With what the files would have changed.
    #[error("not built; what was built before is left as it was")]
    Refused(Vec<Report>, Vec<Change>),
    /// Two files are about the same programme.
    #[error("{first} and {second} both have the id \"{id}\"; give one another id (a page: in its front matter)")]
    Twice {
        /// The id.
        id: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The ledger or a file of the site.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A page.
    #[error(transparent)]
    Page(#[from] PageError),
}

/// Builds the site of `files` in `out`. `base_url` is the address under which `out` will be found, where it is known.
///
/// # Errors
/// When a file is refused, or something cannot be read or written.
pub fn build(files: &[PathBuf], out: &Path, base_url: Option<&str>, now: Instant) -> Result<Built, SiteError> {
    let mut ledger = Ledger::load(out)?;
    let mut reports = Vec::new();
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut programmes = Vec::new();
    let (mut refused, mut would_change) = (false, Vec::new());
    for path in files {
        let (considered, previous) = considered(path, out, &ledger, site_of(base_url).as_deref(), now);
        match considered.publishable().cloned() {
            Some(programme) => {
                let id = programme.id.to_string();
                if let Some(first) = owners.insert(id.clone(), path.clone()) {
                    return Err(SiteError::Twice { id, first, second: path.clone() });
                }
                let (story, is_new) = continued(previous, &programme, &considered.file, now);
                programmes.push(Line {
                    id: id.clone(),
                    revision: story.revision.number,
                    entries: story.revision.records.len(),
                    changes: is_new.then(|| story.chapters[0].changes.clone()),
                });
                ledger.programmes.insert(id.clone(), story);
                ledger.note_file(&id, file_of(path, out).as_deref());
            }
            None => {
                refused = true;
                let before = previous.as_ref().and_then(|story| programme_of(&story.revision));
                let known = previous.as_ref().map(|story| &story.revision).zip(before.as_ref());
                if let (Some(known), Some(programme)) = (known, &considered.programme) {
                    would_change.extend(changes(Some(known), programme, now));
                }
            }
        }
        reports.push(considered.report);
    }
    if refused {
        return Err(SiteError::Refused(reports, would_change));
    }
    let mut site: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for story in ledger.programmes.values() {
        render(&mut site, story, base_url)?;
    }
    let listings: Vec<_> = ledger.programmes.values().map(|story| listing(&story.revision)).collect();
    site.insert("index.html".into(), page::index(&listings, "")?.into_bytes());
    for (path, asset) in export::assets() {
        site.insert(path.into(), asset.body.into());
    }
    site.insert("_headers".into(), HEADERS.into());
    site.insert(".nojekyll".into(), Vec::new());
    ledger.save(out)?;
    let written = write(out, &site)?;
    Ok(Built { reports, programmes, written })
}

/// The site whose page is built from: the folder that holds the one the calendar is in.
fn site_of(base_url: Option<&str>) -> Option<String> {
    let base = base_url?.trim_end_matches('/');
    let above =
        base.rsplit_once('/').map(|(above, _)| above).filter(|above| above.contains("://") && !above.ends_with('/'));
    Some(format!("{}/", above.unwrap_or(base)))
}

/// The story after a programme was published once more, and whether that is a new revision.
fn continued(previous: Option<Story>, programme: &Programme, source: &str, now: Instant) -> (Story, bool) {
    let revision = previous.as_ref().map(|story| &story.revision);
    match (Revision::next(revision, programme, source, now), previous) {
        (Some(revision), previous) => {
            let before = previous.as_ref().and_then(|story| programme_of(&story.revision));
            let told = changes(previous.as_ref().map(|story| &story.revision).zip(before.as_ref()), programme, now);
            let chapter = Chapter { number: revision.number, published: revision.published, note: None, changes: told };
            let earlier = previous.map(|story| story.chapters).unwrap_or_default();
            (Story { revision, chapters: std::iter::once(chapter).chain(earlier).collect(), file: None }, true)
        }
        (None, Some(previous)) => (previous, false),
        (None, None) => unreachable!("a first publication is always new"),
    }
}

/// The files of one programme, below its own folder. A file that is no longer understood leaves the feeds up.
fn render(site: &mut BTreeMap<PathBuf, Vec<u8>>, story: &Story, base_url: Option<&str>) -> Result<(), PageError> {
    let revision = &story.revision;
    let programme = programme_of(revision);
    let id = revision.header.id.as_str();
    let folder = PathBuf::from(id);
    let feed_url = programme.as_ref().and_then(|programme| programme.feed_url.as_ref());
    let base = export::folder(id, base_url, feed_url);
    let mut feed = |feed: Feed| {
        let octets = feed::octets(revision, &feed, &Query::default(), base.as_deref());
        site.insert(folder.join(feed.path()), octets);
    };
    Feed::WHOLE.into_iter().for_each(&mut feed);
    // Former names and what left the programme answer for ever, as do those that were to be forgotten.
    let keys = revision.records.iter().flat_map(|record| std::iter::once(&record.key).chain(&record.formerly));
    let ids: BTreeSet<&str> =
        keys.filter_map(|key| key.id()).chain(revision.header.forget.iter().map(String::as_str)).collect();
    for id in &ids {
        feed(Feed::Entry((*id).to_owned()));
    }
    let addresses = Addresses { root: "../".to_owned(), programme: String::new(), feeds: base.clone(), chooses: false };
    if let Some(programme) = &programme {
        let data = export::page_data(revision, programme, base.as_deref());
        site.insert(
            folder.join("index.html"),
            page::programme(revision, programme, &addresses, &data, None)?.into_bytes(),
        );
        let place = Place { base: base.as_deref(), in_folder: true };
        for (name, format) in Format::FILES {
            site.insert(folder.join(name), export::export(format, revision, programme, place)?.into_bytes());
        }
        // In somebody else's page only absolute links lead anywhere.
        if base.is_some() {
            site.insert(folder.join("embed.html"), page::embed(revision, programme, &addresses)?.into_bytes());
        }
    }
    site.insert(folder.join("programme.toml"), revision.source.clone().into_bytes());
    let chapters = &story.chapters;
    site.insert(folder.join("changes.atom"), atom(&revision.header, chapters, base.as_deref()));
    site.insert(folder.join("changes.json"), json(&revision.header, chapters, base.as_deref()));
    let addresses =
        Addresses { root: "../../".to_owned(), programme: "../".to_owned(), feeds: base.clone(), chooses: false };
    let page = page::changes(&revision.header, chapters, &addresses)?;
    site.insert(folder.join("changes/index.html"), page.into_bytes());
    let addresses =
        Addresses { root: "../../../".to_owned(), programme: "../../".to_owned(), feeds: base, chooses: false };
    for chapter in chapters {
        let page = page::changes(&revision.header, std::slice::from_ref(chapter), &addresses)?;
        site.insert(folder.join("changes").join(chapter.number.to_string()).join("index.html"), page.into_bytes());
    }
    for id in ids {
        if let Some(page) = page::entry(revision, id, &addresses)? {
            site.insert(folder.join("at").join(id).join("index.html"), page.into_bytes());
        }
    }
    Ok(())
}

/// Writes what is new or changed; a file that is as it should be keeps its time.
fn write(out: &Path, site: &BTreeMap<PathBuf, Vec<u8>>) -> Result<usize, LedgerError> {
    let mut written = 0;
    for (path, octets) in site {
        let path = out.join(path);
        if std::fs::read(&path).is_ok_and(|old| old == *octets) {
            continue;
        }
        replace(&path, octets)?;
        written += 1;
    }
    Ok(written)
}
