//! How a database is, looked at without changing it: nothing is made, nothing is brought up to date.

use std::path::Path;

use sqlx::Row;

use super::{FILE, StoreError, instant, migrations, number, sqlite};
use crate::domain::zone::Instant;

/// How a database is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// Octets of its file.
    pub octets: u64,
    /// Octets written and not yet moved into it.
    pub log_octets: u64,
    /// Whether writers and readers do not wait for one another.
    pub write_ahead: bool,
    /// What is damaged; nothing when it is whole.
    pub faults: Vec<String>,
    /// Steps of the schema it has not come to yet.
    pub behind: usize,
    /// The latest instant in it.
    pub newest: Option<Instant>,
    /// When a service last said that it lives.
    pub heartbeat: Option<Instant>,
    /// Since when nothing leaves, and why, where the queue is paused.
    pub paused: Option<(Instant, String)>,
    /// How many batches wait for an organizer.
    pub waiting: u32,
}

/// Looks at the database of a state folder; none when there is none yet.
///
/// # Errors
/// When it cannot be opened or read, or a newer program wrote it.
pub async fn examine(state: &Path) -> Result<Option<Health>, StoreError> {
    let path = state.join(FILE);
    let octets = |path: &Path| std::fs::metadata(path).map(|about| about.len());
    let size = match octets(&path) {
        Ok(size) => size,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::Unusable { path, why: error.to_string() }),
    };
    let unusable = |error: sqlx::Error| StoreError::Unusable { path: path.clone(), why: error.to_string() };
    let pool = sqlite::open_to_read(&path).await.map_err(unusable)?;
    let looked = sqlite::look_through(&pool).await.map_err(unusable)?;
    let known: Vec<i64> = migrations().iter().map(|step| step.version).collect();
    let done = sqlx::query("SELECT version FROM _sqlx_migrations ORDER BY version").fetch_all(&pool).await;
    let done: Vec<i64> = done.unwrap_or_default().iter().filter_map(|row| row.try_get(0).ok()).collect();
    if let Some(step) = done.iter().copied().find(|step| !known.contains(step)) {
        return Err(StoreError::Newer { step });
    }
    let newest = sqlx::query("SELECT MAX(published) FROM publication").fetch_optional(&pool).await.ok().flatten();
    let newest = newest.as_ref().and_then(|row| instant(row, 0).ok());
    let heartbeat = sqlx::query("SELECT heartbeat FROM queue WHERE heartbeat IS NOT NULL");
    let heartbeat = heartbeat.fetch_optional(&pool).await.ok().flatten();
    let heartbeat = heartbeat.as_ref().and_then(|row| instant(row, 0).ok());
    // A database of an earlier version has no such tables, and nothing in them.
    let paused = sqlx::query("SELECT paused, reason FROM queue WHERE paused IS NOT NULL");
    let paused = paused.fetch_optional(&pool).await.ok().flatten();
    let paused = paused.and_then(|row| Some((instant(&row, 0).ok()?, row.try_get(1).ok()?)));
    let waiting = sqlx::query("SELECT COUNT(*) FROM hold WHERE done IS NULL").fetch_one(&pool).await;
    let waiting = waiting.ok().and_then(|row| number(&row, 0).ok()).unwrap_or(0);
    let behind = known.len() - done.len();
    pool.close().await;
    let log_octets = octets(&path.with_extension("db-wal")).unwrap_or(0);
    let sqlite::Look { faults, write_ahead } = looked;
    Ok(Some(Health { octets: size, log_octets, write_ahead, faults, behind, newest, heartbeat, paused, waiting }))
}
