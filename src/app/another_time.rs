//! The place of a service that runs at another time: a state folder of its own, `clock/` below the ordinary one.
//!
//! What is written at another time must never meet what is written at the real one: dates of both would be measured
//! against each other. The folder remembers how far its time has come; a restart goes on from there, or from the instant
//! it is given where that is later, for time does not go back. One process at a time may run in it: two would have two
//! times.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::app::ledger;
use crate::domain::zone::Instant;
use crate::store::Store;

const FOLDER: &str = "clock";
const REACHED: &str = "reached";
const LOCK: &str = "lock";

/// Why a service cannot run there.
#[derive(Debug, thiserror::Error)]
pub enum AnotherTimeError {
    /// It has run at real time there.
    #[error("{} has run at real time; delete or move it, or name another folder with --state", .0.display())]
    Real(PathBuf),
    /// It has run at another time there.
    #[error("{} has run at another time: serve it with --clock, or name another folder with --state", .0.display())]
    Another(PathBuf),
    /// It runs there already.
    #[error("another service runs at its own time in {}", .0.display())]
    Taken(PathBuf),
    /// Nobody knows how far it came.
    #[error("{} does not say how far its time has come; delete the folder to begin anew", .0.display())]
    Damaged(PathBuf),
    /// The file system says no.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be noted.
    #[error(transparent)]
    Note(#[from] ledger::LedgerError),
}

/// The place, while this process has it.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the place below a state folder, made where there is none; says from when on time runs there: from `wanted`,
    /// or from where it had come to, whichever is later.
    ///
    /// # Errors
    /// When another process has it, or it has run at real time.
    pub fn open(state: &Path, wanted: Instant) -> Result<(Place, Instant), AnotherTimeError> {
        let folder = state.join(FOLDER);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| AnotherTimeError::Io { path, source }
        };
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let path = folder.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AnotherTimeError::Taken(folder)),
            Err(TryLockError::Error(source)) => return Err(AnotherTimeError::Io { path, source }),
        }
        let reached = reached(&folder)?;
        if reached.is_none() && Store::is_in(&folder) {
            return Err(AnotherTimeError::Real(folder));
        }
        let from = reached.map_or(wanted, |reached| reached.max(wanted));
        let place = Place { folder, _lock: lock };
        // Before anything is written there: from here on it is known for what it is.
        place.note(from)?;
        Ok((place, from))
    }

    /// The state folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Remembers how far time has come.
    ///
    /// # Errors
    /// When it cannot be written; what was noted before stands.
    pub fn note(&self, now: Instant) -> Result<(), AnotherTimeError> {
        Ok(ledger::replace(&self.folder.join(REACHED), format!("{}\n", now.to_rfc3339()).as_bytes())?)
    }
}

/// How far time has come in a state folder of another time; none in an ordinary one.
///
/// # Errors
/// When it cannot be read.
pub fn reached(state: &Path) -> Result<Option<Instant>, AnotherTimeError> {
    let path = state.join(REACHED);
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| AnotherTimeError::Damaged(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AnotherTimeError::Io { path, source }),
    }
}

/// A service at real time must not go on where one ran at another.
///
/// # Errors
/// When one did.
pub fn refuse_for_real(state: &Path) -> Result<(), AnotherTimeError> {
    match reached(state)? {
        Some(_) => Err(AnotherTimeError::Another(state.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn time_goes_on_from_the_later_of_two() {
        let (early, late) = (at("2025-06-20T09:00:00Z"), at("2025-06-24T09:00:00Z"));
        let state = tempfile::tempdir().unwrap();
        let (place, from) = Place::open(state.path(), early).unwrap();
        assert_eq!(from, early);
        let again = Place::open(state.path(), early).unwrap_err();
        assert!(matches!(again, AnotherTimeError::Taken(_)), "{again}");
        place.note(late).unwrap();
        drop(place);
        let (place, from) = Place::open(state.path(), early).unwrap();
        assert_eq!((from, reached(place.folder()).unwrap()), (late, Some(late)));
        drop(place);
        assert_eq!(Place::open(state.path(), at("2025-07-01T00:00:00Z")).unwrap().1, at("2025-07-01T00:00:00Z"));
    }

    #[test]
    fn real_and_other_time_do_not_meet() {
        let state = tempfile::tempdir().unwrap();
        assert!(refuse_for_real(state.path()).is_ok());
        let (place, _) = Place::open(state.path(), at("2025-06-20T09:00:00Z")).unwrap();
        assert!(refuse_for_real(place.folder()).is_err() && refuse_for_real(state.path()).is_ok());
        std::fs::remove_file(place.folder().join(REACHED)).unwrap();
        std::fs::write(place.folder().join(crate::store::FILE), "").unwrap();
        drop(place);
        let refused = Place::open(state.path(), at("2025-06-20T09:00:00Z")).unwrap_err().to_string();
        assert!(refused.contains("has run at real time"), "{refused}");
        std::fs::write(state.path().join(FOLDER).join(REACHED), "soon").unwrap();
        assert!(matches!(reached(&state.path().join(FOLDER)), Err(AnotherTimeError::Damaged(_))));
    }
}
