//! A site of static files: feeds, pages, and the ledger that lets the next build count on.
//!
//! Nothing is written unless every file can be published; then the ledger goes first, so that a build that is cut off
//! is completed, not repeated, by the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::app::ledger::{Ledger, LedgerError, replace};
use crate::app::publish::{consider_onto, programme_of};
use crate::app::report::Report;
use crate::app::serve::listing;
use crate::domain::programme::Programme;
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::feed::{self, Feed, Query};
use crate::page::{self, Addresses, PageError};

/// Netlify's way to say it; GitHub Pages and Caddy know `.ics`, nginx is told in its own configuration.
const HEADERS: &str = "\
/*.ics
  Content-Type: text/calendar; charset=utf-8
  Access-Control-Allow-Origin: *
  Cache-Control: public, max-age=300, stale-if-error=86400
";

/// A built site.
#[derive(Debug)]
pub struct Built {
    /// What there is to say of each file; notes only.
    pub reports: Vec<Report>,
    /// Id, number and count of entries of each programme, and whether it has a new revision.
    pub programmes: Vec<(String, u32, usize, bool)>,
    /// Files that were new or changed.
    pub written: usize,
}

/// Why no site was built. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file has errors, or doubts nobody accepted.
    #[error("not built; what was built before is left as it was")]
    Refused(Vec<Report>),
    /// Two files are about the same programme.
    #[error("{first} and {second} both have the id \"{id}\"; give one another id")]
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
    let mut refused = false;
    for path in files {
        let (considered, previous) = consider_onto(path, &ledger, now);
        match considered.publishable().cloned() {
            Some(programme) => {
                let id = programme.id.to_string();
                if let Some(first) = owners.insert(id.clone(), path.clone()) {
                    return Err(SiteError::Twice { id, first, second: path.clone() });
                }
                let next = Revision::next(previous.as_ref(), &programme, &considered.report.source, now);
                let is_new = next.is_some();
                let revision = next.or(previous).expect("there is a revision before, or there is a first one");
                programmes.push((id.clone(), revision.number, revision.records.len(), is_new));
                ledger.programmes.insert(id, revision);
            }
            None => refused = true,
        }
        reports.push(considered.report);
    }
    if refused {
        return Err(SiteError::Refused(reports));
    }
    let mut site: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for revision in ledger.programmes.values() {
        if let Some(programme) = programme_of(revision) {
            render(&mut site, revision, &programme, base_url)?;
        }
    }
    let listings: Vec<_> = ledger.programmes.values().map(listing).collect();
    site.insert("index.html".into(), page::index(&listings, "")?.into_bytes());
    for asset in page::ASSETS {
        site.insert(page::asset_path(&asset).into(), asset.body.into());
    }
    site.insert("_headers".into(), HEADERS.into());
    site.insert(".nojekyll".into(), Vec::new());
    ledger.save(out)?;
    let written = write(out, &site)?;
    Ok(Built { reports, programmes, written })
}

/// The files of one programme, below its own folder.
fn render(
    site: &mut BTreeMap<PathBuf, Vec<u8>>,
    revision: &Revision,
    programme: &Programme,
    base_url: Option<&str>,
) -> Result<(), PageError> {
    let id = programme.id.as_str();
    let folder = PathBuf::from(id);
    let base = match (base_url, &programme.feed_url) {
        (Some(base), _) => Some(format!("{}/{id}/", base.trim_end_matches('/'))),
        (None, Some(feed_url)) => Some(format!("{}/", feed_url.as_str().trim_end_matches('/'))),
        (None, None) => None,
    };
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
    let addresses = Addresses { root: "../".to_owned(), programme: String::new(), feeds: base.clone() };
    site.insert(folder.join("index.html"), page::programme(revision, programme, &addresses)?.into_bytes());
    site.insert(folder.join("embed.html"), page::embed(revision, programme, &addresses)?.into_bytes());
    let addresses = Addresses { root: "../../../".to_owned(), programme: "../../".to_owned(), feeds: base.clone() };
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
