//! Lineage: which published programme a file continues.
//!
//! A programme file says its id. A page need not: until it does, it is the programme that it was before, whatever
//! becomes of its title, and where its file was renamed, the one of the file that is gone. To subscribers another id is
//! another calendar, so what cannot be told is doubted.

use std::path::{Component, Path, PathBuf};

use chrono::Datelike;

use crate::app::consider::{Beside, Considered, octets, programme_of, read, unreadable};
use crate::app::ledger::{Ledger, Story};
use crate::domain::doubt::doubts;
use crate::domain::file::{Level, Problem, Reading};
use crate::domain::programme::{Id, Programme};
use crate::domain::revision::Revision;
use crate::domain::zone::Instant;
use crate::exchange::page::{Held, is_page};

/// A published programme, as one that a file may hold still.
pub(super) fn held(revision: &Revision, now: Instant) -> Option<Held> {
    let last = revision.header.dates.map(|(_, last)| last).filter(|last| *last < now.date_naive());
    Some(Held { id: Id::new(&revision.header.id).ok()?, over: last.map(|last| last.year()) })
}

/// The doubt about a file whose programme got another id: to its subscribers that is another workshop. When the old one
/// is over, its feeds have nothing to follow any more, and the file is next year's.
pub(super) fn other_programme(programme: &Programme, held: &Held, reading: &Reading) -> Option<Problem> {
    let name = format!("another-programme:{}", programme.id);
    let is_none = programme.id == held.id || held.over.is_some() || programme.accept.contains(&name);
    (!is_none).then(|| Problem {
        level: Level::Doubt,
        span: reading.places.find("programme.id"),
        what: format!("this file was the programme \"{}\" until now, whose feeds would no longer follow it", held.id),
        help: Some(format!(
            "keep the id, and put a new workshop into a file of its own. If it is meant, {}",
            reading.places.acceptance(&name)
        )),
        doubt: Some(name),
    })
}

/// A file of a site against what was published of its programme before, and that.
///
/// Which programme a file holds is known only when it was read; its doubts depend on what that one said before.
pub(super) fn considered(
    path: &Path,
    out: &Path,
    ledger: &Ledger,
    site: Option<&str>,
    now: Instant,
) -> (Considered, Option<Story>) {
    let name = path.display().to_string();
    let octets = match octets(path) {
        Ok(octets) => octets,
        Err(error) => return (unreadable(&name, &error), None),
    };
    let read_as = |held: Option<&Held>| read(&name, &octets, Beside { site, held, before: None }, |_| Vec::new());
    let story = |considered: &Considered| ledger.programmes.get(considered.programme.as_ref()?.id.as_str());
    let mut known = ledger.of_file(file_of(path, out).as_deref()).and_then(|story| held(&story.revision, now));
    let mut first = read_as(known.as_ref());
    // A page that is new here may be one that was renamed.
    let mut lost: Option<(Held, String)> = None;
    if let Some(page) = &first.programme
        && is_page(&name)
        && known.is_none()
        && story(&first).is_none()
    {
        // The folder itself may not be there yet.
        let is_gone = |file: &str| whole(&out.join(file)).is_some_and(|file| !file.exists());
        let gone: Vec<(&Story, &str)> = ledger.with_files().filter(|(_, file)| is_gone(file)).collect();
        known = gone
            .iter()
            .find(|(story, _)| is_of(page, &story.revision))
            .and_then(|(story, _)| held(&story.revision, now));
        if known.is_some() {
            first = read_as(known.as_ref());
        } else {
            let held =
                gone.into_iter().filter_map(|(story, file)| Some((held(&story.revision, now)?, file.to_owned())));
            let could_be = |held: &Held| read_as(Some(held)).programme.is_some_and(|page| page.id == held.id);
            lost = held.into_iter().find(|(held, _)| held.over.is_none() && could_be(held));
        }
    }
    let previous = story(&first).cloned();
    let before =
        previous.as_ref().and_then(|story| Some((programme_of(&story.revision)?, story.revision.source.as_str())));
    let before = before.as_ref().map(|(programme, source)| (programme, *source));
    let considered = read(&name, &octets, Beside { before, site, held: known.as_ref() }, |reading| {
        let Some(programme) = &reading.programme else { return Vec::new() };
        let mut found = doubts(programme, &reading.places, before.map(|(before, _)| before), now);
        if previous.is_none() {
            found.extend(known.as_ref().and_then(|held| other_programme(programme, held, reading)));
            found.extend(lost.as_ref().and_then(|(held, file)| lost_programme(programme, held, file, reading)));
        }
        found
    });
    (considered, previous)
}

/// Whether a page looks like another version of a published one.
fn is_of(page: &Programme, published: &Revision) -> bool {
    let header = &published.header;
    let same_url = page.url.as_ref().is_some_and(|url| header.url.as_deref() == Some(url.as_str()));
    let other_year = page.dates.zip(header.dates).is_some_and(|((new, _), (old, _))| new.year() != old.year());
    (same_url || page.title == header.title) && !other_year
}

/// The doubt about a new page beside a programme whose page is gone: it was renamed, and reads otherwise, or it is new.
fn lost_programme(programme: &Programme, held: &Held, file: &str, reading: &Reading) -> Option<Problem> {
    let name = format!("new-programme:{}", programme.id);
    (!programme.accept.contains(&name)).then(|| Problem {
        level: Level::Doubt,
        span: reading.places.find("programme.id"),
        what: format!(
            "this would be a new calendar, \"{}\", and {}, of which \"{}\" was made, is gone",
            programme.id,
            file.trim_start_matches("../"),
            held.id
        ),
        help: Some(format!(
            "if it is the same workshop, write id: {} below allim: in the front matter. If it is another one, {}",
            held.id,
            reading.places.acceptance(&name)
        )),
        doubt: Some(name),
    })
}

/// How a ledger remembers a file: by its path from the site's folder, so that both can move, and so that nothing of the
/// machine is told. None where the two have nothing in common.
pub(super) fn file_of(path: &Path, out: &Path) -> Option<String> {
    let (path, out) = (whole(path)?, whole(out)?);
    let common = path.components().zip(out.components()).take_while(|(one, other)| one == other).count();
    let up = out.components().skip(common).map(|_| "..".to_owned());
    let down = path.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let has_names = path.components().take(common).any(|part| matches!(part, Component::Normal(_)));
    has_names.then(|| up.chain(down).collect::<Vec<_>>().join("/"))
}

/// A path from the root, without `.` and `..`.
fn whole(path: &Path) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in std::path::absolute(path).ok()?.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    Some(whole)
}
