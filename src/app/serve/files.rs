//! The data folder: its files are looked at from outside, read when they change, and published.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::TimeDelta;

use super::App;
use crate::app::consider::{Beside, consider_octets, octets};
use crate::app::publish::{Outcome, Proposal, content_of, held_by, publish};
use crate::app::report::{Drawing, Report};
use crate::domain::file::{Level, position};
use crate::domain::publication::Source;
use crate::domain::zone::Instant;
use crate::exchange::page::is_page;
use crate::store::StoreError;

/// A file in trouble is read again after so long even if it did not change: its trouble may have been the disk's.
const RETRY: TimeDelta = TimeDelta::seconds(30);

/// A file's look from outside: when it changes, the file is read again.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
}

/// What is known of the files.
#[derive(Default)]
pub(super) struct Memory {
    looks: BTreeMap<PathBuf, Look>,
    pub(super) troubles: BTreeMap<PathBuf, Trouble>,
    /// Which programme each file holds: two files about one would undo each other.
    owners: BTreeMap<PathBuf, String>,
}

pub(super) struct Trouble {
    text: String,
    since: Instant,
}

impl App {
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

    /// The same, and files in trouble are read again although they did not change: what was doubtful was answered.
    pub async fn look_again(&self) {
        let mut memory = self.memory.lock().await;
        let troubled: Vec<PathBuf> = memory.troubles.keys().cloned().collect();
        memory.looks.retain(|path, _| !troubled.contains(path));
        drop(memory);
        self.reload().await;
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
        let proposal = Proposal::new(source, file, octets);
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
    pub(super) fn settle(&self, memory: &mut Memory, path: &Path, trouble: Option<String>, now: Instant) {
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

pub(super) fn first_line(trouble: &Trouble) -> String {
    trouble.text.lines().next().unwrap_or_default().to_owned()
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
