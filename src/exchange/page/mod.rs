//! A workshop's own Markdown page, read into a programme file.
//!
//! Organizers write one page for people; this finds in it what a calendar needs: the day and the place, the schedule,
//! the dates with those that no longer hold, papers, speakers, organizers, awards. It refuses to guess in silence: what
//! the page does not say is marked in the file as a comment and told with its line, what contradicts itself is doubted.
//! The file always passes the programme reader: what would be an error becomes a comment.

mod assemble;
mod cell;
mod deadlines;
mod draft;
mod entries;
mod facts;
mod front;
mod ids;
mod mend;
mod names;
mod nesting;
mod onto;
mod outline;
mod papers;
mod people;
mod rest;
mod schedule;
mod section;
mod settings;
mod slots;
mod text;
mod tokens;
mod when;
mod whole;
mod zones;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;

use crate::domain::file::{Level, Places, Problem, Reading};
use crate::domain::programme::Id;
use crate::domain::zone::Zone;

/// A page is read so far: the longest known has a fiftieth of it.
const LONGEST_PAGE: usize = 1 << 20;

/// Of each sort of entry so many are read: what has more is no workshop's page.
const MOST_ENTRIES: usize = 1000;

/// What is known of a page beside its text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The programme's id.
    pub id: Option<Id>,
    /// The workshop's day.
    pub date: Option<NaiveDate>,
    /// The zone of the sessions.
    pub zone: Option<Zone>,
    /// The name of the page's file, without its ending.
    pub stem: Option<String>,
    /// The address of the site the page belongs to.
    pub site: Option<String>,
}

impl Options {
    /// The options of a page in a file of this name.
    pub fn named(name: &str) -> Options {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        Options { stem: Some(stem.to_owned()), ..Options::default() }
    }

    /// The id a file's name gives, unless it is one that any page can have.
    fn named_by_file(&self) -> Option<Id> {
        let stem = self.stem.as_deref()?;
        let says_nothing = ["index", "readme", "page", "home", "workshop", "-"].contains(&stem.to_lowercase().as_str());
        Id::suggestion(stem).filter(|_| !says_nothing)
    }

    /// The page's own address, where both the site's and the path in it are known.
    fn address(&self, permalink: Option<&str>) -> Option<String> {
        let (site, path) = (self.site.as_deref()?, permalink?);
        let site = url::Url::parse(site).ok()?;
        site.join(path.trim_end_matches("index.html")).ok().map(|url| url.to_string())
    }
}

/// What became of a page.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The programme file.
    pub file: String,
    /// It as read, with what there is to say of the page: every place is one in the page.
    pub reading: Reading,
}

/// Why a page cannot be imported onto a file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the file to import onto is no programme file: {0}")]
pub struct NotOnto(String);

/// Reads a page, and onto `onto`, the programme file that an earlier version of it became: ids, comments and what was
/// added by hand are kept. Whatever the page holds, this does not panic.
///
/// # Errors
/// When `onto` is no TOML.
pub fn import(source: &str, options: &Options, onto: Option<&str>) -> Result<Imported, NotOnto> {
    let mut end = source.len().min(LONGEST_PAGE);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let outline = outline::outline(&source[..end]);
    let front = front::front(outline.front_matter.as_ref());
    let accepted = settings::accepted(&outline.comments, &front);
    let mut assembled = assemble::assemble(&outline.blocks, &front, &accepted, options);
    settings::apply(&mut assembled, &front);
    let assemble::Assembled { drafts, mut problems } = assembled;
    let preface = "# Made of the workshop's page. The keys behind \"page:\" follow it whenever it is imported again onto\n\
        # this file; everything else here is yours, and so is a table without that mark.\n\n";
    let alone = mend::mended(&mut draft::document(&drafts, preface));
    let all = places(source, &drafts);
    let left_out = |told: mend::Told, places: &Places| Problem {
        level: Level::Note,
        span: places.find(&told.path),
        what: format!("left out of the programme: {}", told.what),
        help: Some("mend it on the page".to_owned()),
        doubt: None,
    };
    let (mend::Mended { file, reading, told, .. }, places) = match onto {
        None => (alone, all),
        Some(before) => {
            // What the page alone says wrong has no part in the file, or it would take the place of what is right.
            let mut kept = onto::kept(drafts, &alone);
            let mut document = onto::merge(before, &mut kept)?;
            mend::append(&mut document, &alone.comments);
            let lost = alone.told.into_iter().filter(|told| alone.gone.contains(&told.table));
            problems.extend(lost.map(|told| left_out(told, &all)));
            (mend::mended(&mut document), places(source, &kept))
        }
    };
    let place = |span: &Range<usize>| reading.places.path_of(span).map_or(0..0, |path| places.find(path));
    // What the file could do without is told in the page's terms, not in those of the file.
    let noted = |problem: &Problem| Problem {
        span: place(&problem.span),
        help: Some("write it on the page, if you like".to_owned()),
        ..problem.clone()
    };
    problems.extend(reading.problems.iter().map(noted));
    problems.extend(told.into_iter().map(|told| left_out(told, &places)));
    if let Some(fault) = &front.fault {
        let help = "mend the lines between the two --- at the top of the page".to_owned();
        let what = format!("the front matter cannot be read: {fault}");
        problems.push(Problem { level: Level::Note, span: front.place(""), what, help: Some(help), doubt: None });
    }
    let too_long =
        || Some((end, format!("the page is longer than {LONGEST_PAGE} bytes"))).filter(|_| end < source.len());
    if let Some((at, why)) = outline.rest.or_else(too_long) {
        let what = format!("{why}: the rest was not read");
        let help = Some("put what has nothing to do with the programme on another page".to_owned());
        problems.push(Problem { level: Level::Note, span: at..source.len(), what, help, doubt: None });
    }
    problems.sort_by_key(|problem| (problem.span.start, problem.level));
    problems.dedup();
    Ok(Imported { file, reading: Reading { programme: reading.programme, problems, places } })
}

/// Where in the page stands what a programme file holds.
fn places(source: &str, drafts: &[draft::Draft]) -> Places {
    let mut spans: Vec<(String, Range<usize>)> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for draft in drafts {
        let index = counts.entry(draft.name).or_default();
        let path = match draft.text("id") {
            Some(id) if draft.several => format!("{}.{id}", draft.name),
            _ if draft.several => format!("{}.{index}", draft.name),
            _ => draft.name.to_owned(),
        };
        *index += 1;
        spans.push((path.clone(), draft.at.clone()));
        spans.extend(draft.keys.iter().map(|key| (format!("{path}.{}", key.name), key.at.clone())));
    }
    Places::of(source, spans)
}
