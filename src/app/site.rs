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
use crate::domain::language::Language;
use crate::domain::programme::Programme;
use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::changes::{atom, json};
use crate::feed::{self, Feed, Query};
use crate::page::{self, Addresses, Keeping, PageError, Setting, file_in};

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

/// Each page is a file in each.
const LANGUAGES: [Language; 2] = [Language::English, Language::Korean];

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
    for language in LANGUAGES {
        let addresses = addresses(0, language, None);
        let of = |story: &Story| listing(&story.revision, language);
        let listings: Vec<_> = ledger.programmes.values().map(of).collect();
        site.insert(file_in(language).into(), page::index(&listings, &addresses)?.into_bytes());
    }
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
    if let Some(programme) = &programme {
        let place = Place { base: base.as_deref(), in_folder: true };
        for (name, format) in Format::FILES {
            site.insert(folder.join(name), export::export(format, revision, programme, place)?.into_bytes());
        }
        // In somebody else's page only absolute links lead anywhere.
        if base.is_some() {
            let addresses = addresses(1, Language::English, base.as_deref());
            site.insert(folder.join("embed.html"), page::embed(revision, programme, &addresses)?.into_bytes());
        }
    }
    if let Some(colors) = revision.header.color.as_deref().and_then(page::colors) {
        site.insert(folder.join("colors.css"), colors.into_bytes());
    }
    site.insert(folder.join("programme.toml"), revision.source.clone().into_bytes());
    let chapters = &story.chapters;
    site.insert(folder.join("changes.atom"), atom(&revision.header, chapters, base.as_deref()));
    site.insert(folder.join("changes.json"), json(&revision.header, chapters, base.as_deref()));
    for language in LANGUAGES {
        pages(site, story, programme.as_ref(), &ids, language, base.as_deref())?;
    }
    Ok(())
}

/// The pages of one programme in a language.
fn pages(
    site: &mut BTreeMap<PathBuf, Vec<u8>>,
    story: &Story,
    programme: Option<&Programme>,
    ids: &BTreeSet<&str>,
    language: Language,
    base: Option<&str>,
) -> Result<(), PageError> {
    let (revision, chapters) = (&story.revision, &story.chapters);
    let folder = PathBuf::from(revision.header.id.as_str());
    let mut add =
        |below: &str, page: String| site.insert(folder.join(below).join(file_in(language)), page.into_bytes());
    if let Some(programme) = programme {
        let data = export::page_data(revision, programme, base);
        let setting = Setting { data: &data, offer: None, chapters, now: None, address: base };
        add("", page::programme(revision, programme, &addresses(1, language, base), setting)?);
    }
    add("changes", page::changes(&revision.header, chapters, &addresses(2, language, base))?);
    let addresses = addresses(3, language, base);
    for chapter in chapters {
        let page = page::changes(&revision.header, std::slice::from_ref(chapter), &addresses)?;
        add(&format!("changes/{}", chapter.number), page);
    }
    for id in ids {
        if let Some(page) = page::entry(revision, id, &addresses, None)? {
            add(&format!("at/{id}"), page);
        }
    }
    Ok(())
}

/// From a page so many folders below the site's root.
fn addresses(deep: usize, language: Language, base: Option<&str>) -> Addresses {
    Addresses {
        root: "../".repeat(deep),
        programme: "../".repeat(deep.saturating_sub(1)),
        feeds: base.map(str::to_owned),
        chooses: false,
        language,
        keeping: Keeping::Files,
        elsewhen: None,
    }
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
