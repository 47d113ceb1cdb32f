//! What was published, kept in a file: `revisions.json`, beside a static site.
//!
//! It is what lets SEQUENCE and LAST-MODIFIED count on, and keeps tombstones. It is replaced in one step, so a reader
//! finds the old one or the new one, whole.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;

/// The file's name.
pub const FILE: &str = "revisions.json";

/// Raised when a ledger of an older program can no longer be read by a newer one.
const FORMAT: u32 = 1;

/// What a site remembers of its programmes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ledger {
    format: u32,
    /// By programme id.
    pub programmes: BTreeMap<String, Story>,
}

/// A programme's live revision, and how it came about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Story {
    /// The live revision.
    pub revision: Revision,
    /// What each revision did, newest first.
    pub chapters: Vec<Chapter>,
    /// The file it is made of, by its path from the ledger's folder. A page's programme is known by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger { format: FORMAT, programmes: BTreeMap::new() }
    }
}

/// Why a ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file system says no.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error(
        "{path} is damaged ({source}); restore it from a backup or from the published site: without it every entry would \
         begin again at SEQUENCE 0, and calendars would show old dates"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
    /// There are feeds, and no memory of them.
    #[error(
        "{feed} is there and {path} is not: without it every entry would begin again at SEQUENCE 0, what was cancelled \
         would vanish, and calendars would show old dates; restore it from a backup or the published site, or delete the \
         feeds to begin anew"
    )]
    Lost {
        /// The ledger that is missing.
        path: PathBuf,
        /// A feed it should know.
        feed: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{path} was written by a newer version (format {found}, this one reads {FORMAT}): use that version")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

impl Ledger {
    /// The ledger in a folder; an empty one where there is none yet.
    ///
    /// # Errors
    /// When there is one that cannot be read: beginning anew would undo what subscribers know.
    pub fn load(folder: &Path) -> Result<Ledger, LedgerError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = folder.join(FILE);
        let octets = match std::fs::read(&path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return match published_before(folder) {
                    Some(feed) => Err(LedgerError::Lost { path, feed }),
                    None => Ok(Ledger::default()),
                };
            }
            Err(source) => return Err(LedgerError::Io { path, source }),
        };
        let damaged = |source| LedgerError::Damaged { path: path.clone(), source };
        let Format { format: found } = serde_json::from_slice(&octets).map_err(damaged)?;
        if found > FORMAT {
            return Err(LedgerError::Newer { path, found });
        }
        serde_json::from_slice(&octets).map_err(damaged)
    }

    /// The programme that was made of a file.
    pub fn of_file(&self, file: Option<&str>) -> Option<&Story> {
        self.programmes.values().find(|story| file.is_some() && story.file.as_deref() == file)
    }

    /// The programmes that were made of a file, with it.
    pub fn with_files(&self) -> impl Iterator<Item = (&Story, &str)> {
        self.programmes.values().filter_map(|story| Some((story, story.file.as_deref()?)))
    }

    /// Remembers of which file a programme was made; another one is no longer.
    pub fn note_file(&mut self, id: &str, file: Option<&str>) {
        for (known, story) in &mut self.programmes {
            if known == id {
                story.file = file.map(str::to_owned);
            } else if story.file.as_deref() == file {
                story.file = None;
            }
        }
    }

    /// Replaces the ledger in a folder.
    ///
    /// # Errors
    /// When it cannot be written; the old one then stands.
    pub fn save(&self, folder: &Path) -> Result<(), LedgerError> {
        let mut octets = serde_json::to_vec_pretty(self).expect("plain data");
        octets.push(b'\n');
        replace(&folder.join(FILE), &octets)
    }
}

/// A feed that an earlier build left in a folder.
fn published_before(folder: &Path) -> Option<PathBuf> {
    let below = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("all.ics")));
    below.into_iter().find(|feed| feed.is_file())
}

/// Writes a file beside its place, to the disk, and moves it there.
///
/// # Errors
/// When it cannot be written; what stood there still does.
pub fn replace(path: &Path, octets: &[u8]) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".allim-").tempfile_in(folder)?;
        file.write_all(octets)?;
        file.as_file().sync_all()?;
        readable(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| LedgerError::Io { path: path.to_owned(), source })
}

/// A temporary file is its owner's alone; a published one is everybody's to read.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
