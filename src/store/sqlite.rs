//! What is SQLite's own: how it is opened, how a write begins, how it is copied while in use.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool};

use super::StoreError;

/// How long a writer waits for another process's write.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database's file, and how to know it again.
#[derive(Clone, Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl File {
    pub(super) fn of(path: &Path) -> File {
        File { path: path.to_owned(), identity: identity(path) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks from outside: SQLite's own connections go on reading from memory what the disk no longer has.
    pub(super) fn look(&self) -> Result<(), String> {
        let mut head = [0; 16];
        let mut file = std::fs::File::open(&self.path).map_err(|error| error.to_string())?;
        if identity(&self.path) != self.identity {
            return Err("another file stands in its place".to_owned());
        }
        file.read_exact(&mut head).map_err(|error| error.to_string())?;
        if head == *b"SQLite format 3\0" { Ok(()) } else { Err("it is no database any more".to_owned()) }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// A database file, made where there is none. Every commit is on the disk before it is acknowledged.
pub(super) async fn open(file: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Half a mebibyte a connection: what is served is not read from here.
        .pragma("cache_size", "-512")
        .busy_timeout(PATIENCE);
    Ok(SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE).connect_with(options).await?)
}

/// A database file as it is: nothing is made, nothing is changed.
pub(super) async fn open_to_read(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(PATIENCE);
    SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options).await
}

/// What SQLite finds in its own file.
pub(super) struct Look {
    /// What is damaged.
    pub(super) faults: Vec<String>,
    /// Whether it writes ahead (WAL).
    pub(super) write_ahead: bool,
}

/// Looks through the whole file.
pub(super) async fn look_through(pool: &SqlitePool) -> Result<Look, sqlx::Error> {
    let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(pool).await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    let faults = said.into_iter().filter(|line| line != "ok").collect();
    Ok(Look { faults, write_ahead: mode == "wal" })
}

/// A connection that may write from its first statement on: one that began by reading could find, when it comes to
/// write, that somebody else has written meanwhile, and would have to begin again.
pub(super) async fn begin(pool: &SqlitePool) -> Result<Write, StoreError> {
    let mut connection = pool.acquire().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    Ok(Write { connection, open: true })
}

/// A write under way; undone when it is dropped without [`Write::commit`].
pub(super) struct Write {
    connection: PoolConnection<Sqlite>,
    open: bool,
}

impl Write {
    pub(super) fn connection(&mut self) -> &mut sqlx::SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut *self.connection).await?;
        self.open = false;
        Ok(())
    }

    pub(super) async fn roll_back(mut self) -> Result<(), StoreError> {
        sqlx::query("ROLLBACK").execute(&mut *self.connection).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        // A connection with an open transaction must not go back to the pool: closing it undoes what it wrote.
        if self.open {
            self.connection.close_on_drop();
        }
    }
}

/// A copy of the whole database as it is at one moment, in a new file, while others read and write.
pub(super) async fn backup(pool: &SqlitePool, file: &Path) -> Result<(), StoreError> {
    let file = file.to_str().ok_or_else(|| StoreError::Path(file.to_owned()))?;
    sqlx::query("VACUUM INTO $1").bind(file).execute(pool).await?;
    Ok(())
}
