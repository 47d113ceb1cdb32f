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
mod liquid;
mod mend;
mod months;
mod names;
mod nesting;
mod onto;
mod outline;
mod papers;
mod people;
mod rest;
mod rows;
mod schedule;
mod section;
mod settings;
mod sheet;
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

/// The same for deadlines.
const MOST_DEADLINES: usize = 200;

/// What is known of a page beside its text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The programme's id.
    pub id: Option<Id>,
    /// The workshop's day.
    pub date: Option<NaiveDate>,
    /// The zone of the sessions.
    pub zone: Option<Zone>,
    /// The page's file, as it was named.
    pub file: Option<String>,
    /// The address of the site the page belongs to.
    pub site: Option<String>,
    /// The programme that the page was until now.
    pub held: Option<Held>,
}

/// The programme that a page was until now: it stays that, whatever becomes of its title or its file's name, unless it
/// says another id itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Its id.
    pub id: Id,
    /// The year of its workshop, when that is over: a page that goes on to a later one is another programme.
    pub over: Option<i32>,
}

impl Options {
    /// The options of a page in a file of this name.
    pub fn named(name: &str) -> Options {
        Options { file: Some(name.to_owned()), ..Options::default() }
    }

    /// The file's name, without its ending.
    fn stem(&self) -> Option<&str> {
        let name = self.file.as_deref()?;
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        Some(base.rsplit_once('.').map_or(base, |(stem, _)| stem))
    }

    /// The id a file's name gives, unless it is one that any page can have.
    fn named_by_file(&self) -> Option<Id> {
        let stem = self.stem()?;
        let anybodys = ["index", "readme", "page", "home", "workshop"].contains(&stem.to_lowercase().as_str());
        let says_nothing = anybodys || !stem.contains(char::is_alphabetic);
        Id::suggestion(stem).filter(|_| !says_nothing)
    }

    /// The page's own address, where both the site's and the path in it are known. A site can be a folder of its host:
    /// a permalink counts from there. Without one only the site's first page has a path that every Jekyll gives it.
    fn address(&self, permalink: Option<&str>) -> Option<String> {
        let is_first = || self.stem() == Some("index") && self.file.as_ref().is_some_and(|file| !file.contains('/'));
        // `/:year/:title/` is filled in by Jekyll.
        let path = permalink.filter(|path| !path.contains(':')).or_else(|| is_first().then_some(""))?;
        let site = url::Url::parse(&format!("{}/", self.site.as_deref()?.trim_end_matches('/'))).ok()?;
        site.join(path.trim_start_matches('/').trim_end_matches("index.html")).ok().map(|url| url.to_string())
    }

    /// The id of the programme the page was until now, unless it is about a later year's workshop.
    fn continued(&self, year: Option<i32>) -> Option<Id> {
        let held = self.held.as_ref()?;
        let is_next = held.over.zip(year).is_some_and(|(over, year)| year > over);
        (!is_next).then(|| held.id.clone())
    }
}

/// Whether a file of this name is a page, not a programme file.
pub fn is_page(name: &str) -> bool {
    let ending = std::path::Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["md", "markdown"].contains(&ending.as_str())
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
pub enum NotOnto {
    /// It is no TOML.
    #[error("the file to import onto is no programme file: {0}")]
    Syntax(String),
    /// It is another workshop's.
    #[error("the file to import onto is the programme \"{wanted}\", and this page says that it is \"{found}\"")]
    Another {
        /// What the page says.
        found: String,
        /// What the file is.
        wanted: String,
    },
}

/// Reads a page, and onto `onto`, the programme file that an earlier version of it became: ids, comments and what was
/// added by hand are kept. Whatever the page holds, this does not panic.
///
/// # Errors
/// When `onto` is no TOML, or another workshop's file.
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
    if assembled.is_blank() && front.settings.is_empty() && front.fault.is_none() {
        let help = "a page needs a day, a deadline, a schedule or people under headings such as Dates and Schedule";
        assembled.error(0..0, "nothing of a workshop was found on this page", help);
    }
    for name in ["deadline", "session", "paper", "person", "link"] {
        let most = if name == "deadline" { MOST_DEADLINES } else { MOST_ENTRIES };
        if assembled.drafts.iter().filter(|draft| draft.name == name).count() >= most {
            let what =
                format!("{most} of the kind \"{name}\" are the most that is read of a page: the rest is left out");
            assembled.note(0..0, what, "put what is not of this workshop on another page");
        }
    }
    let is_broken = assembled.problems.iter().any(|problem| problem.level == Level::Error) || front.fault.is_some();
    if let Some(fault) = &front.fault {
        let help = "mend the lines between the two --- at the top of the page";
        assembled.error(
            front.place(""),
            format!("the front matter cannot be read: {}", fault.trim_start_matches("error: ")),
            help,
        );
    }
    // What is no id is told as that, and says nothing of whose page this is.
    let stated = front.setting("id").filter(|id| Id::new(id).is_ok());
    let own_id = options.id.as_ref().map(Id::as_str).or(stated);
    let sheet::Sheet { drafts, mut problems } = assembled;
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
            let (mut document, parted) = onto::merge(before, &mut kept, own_id)?;
            mend::append(&mut document, &alone.comments);
            let help = Some("put it elsewhere in the file if it is still wanted".to_owned());
            let parted = parted.into_iter().map(|what| (what, help.clone()));
            problems.extend(parted.map(|(what, help)| Problem {
                level: Level::Note,
                span: 0..0,
                what,
                help,
                doubt: None,
            }));
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
    let too_long =
        || Some((end, format!("the page is longer than {LONGEST_PAGE} bytes"))).filter(|_| end < source.len());
    if let Some((at, why)) = outline.rest.or_else(too_long) {
        let what = format!("{why}: the rest was not read");
        let help = Some("put what has nothing to do with the programme on another page".to_owned());
        problems.push(Problem { level: Level::Note, span: at..source.len(), what, help, doubt: None });
    }
    if is_broken {
        // What was guessed of a page that is not read matters to nobody yet.
        problems.retain(|problem| problem.level == Level::Error);
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
