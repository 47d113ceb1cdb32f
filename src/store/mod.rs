//! The store: what was published, by whom, what was refused, who is written to, and what is to be sent. The only
//! module that knows SQL.
//!
//! Revisions are appended, never changed. A writer says which revision it follows; if another one came between, it is
//! told so and looks again, so that no number is skipped or given twice. What is SQLite's own stands in `sqlite.rs`; the
//! rest of the SQL is portable: `$1`, ON CONFLICT, instants as integers.

pub mod announcements;
mod chosen;
pub mod console;
pub mod health;
mod invitations;
pub mod outbox;
pub mod planning;
mod requests;
pub mod roll_call;
mod sqlite;
mod subscribers;
mod suppression;
mod wish;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, SqlitePool};

use crate::domain::planner::Dates;
use crate::domain::publication::{Chapter, Publication, Source};
use crate::domain::zone::Instant;

pub use chosen::{Chosen, day};
pub use invitations::Fate;
pub use requests::{Answer, Answered, Confirmation, Confirmed, Request};
pub use roll_call::{RollCall, Where};
pub use subscribers::Ask;
pub use suppression::Why;

/// The database's file in the state folder.
pub const FILE: &str = "allim.db";

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else published first: look at what is live now, and try again.
    #[error("revision {live} was published meanwhile")]
    Conflict {
        /// The revision that is live.
        live: u32,
    },
    /// A newer program was here.
    #[error(
        "the database was written by a newer version of this program (its schema has step {step}, unknown here): use \
         that version, or a backup from before it"
    )]
    Newer {
        /// The step that is unknown here.
        step: i64,
    },
    /// A row that cannot be read back.
    #[error("the database holds something this program cannot read ({what}): {why}")]
    Damaged {
        /// Which row.
        what: String,
        /// Why.
        why: String,
    },
    /// A file name the database cannot take.
    #[error("{0:?} is no file name in UTF-8")]
    Path(PathBuf),
    /// The state folder.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database says no: it is locked, the disk is full, the file is damaged.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Something could not be told to the organizers.
    #[error("the organizers could not be told: {0}")]
    Told(String),
    /// The database is gone or damaged.
    #[error("the database {path} cannot be used ({why}); put a backup in its place and start again")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// A publication that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// From where it came.
    pub source: Source,
    /// Of which programme, if that could be read.
    pub programme: Option<String>,
    /// Since when it is refused with this content.
    pub since: Instant,
    /// The hash of its content.
    pub content: String,
    /// Why, with frames.
    pub report: String,
}

/// Who may publish over HTTP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// For which programme.
    pub programme: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created: Instant,
    /// When it was revoked, if it was.
    pub revoked: Option<Instant>,
}

/// The store, open.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    file: sqlite::File,
}

fn migrations() -> Migrator {
    let steps = [
        (1, "publications", include_str!("migrations/0001_publications.sql")),
        (2, "subscribers", include_str!("migrations/0002_subscribers.sql")),
        (3, "outbox", include_str!("migrations/0003_outbox.sql")),
        (4, "planner", include_str!("migrations/0004_planner.sql")),
        (5, "bounces", include_str!("migrations/0005_bounces.sql")),
        (6, "organizers", include_str!("migrations/0006_organizers.sql")),
        (7, "announcements", include_str!("migrations/0007_announcements.sql")),
        (8, "holds", include_str!("migrations/0008_holds.sql")),
        (9, "digest", include_str!("migrations/0009_digest.sql")),
        (10, "chosen", include_str!("migrations/0010_chosen.sql")),
        (11, "presenters", include_str!("migrations/0011_presenters.sql")),
        (12, "console", include_str!("migrations/0012_console.sql")),
    ];
    let steps = steps.map(|(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    Migrator { migrations: Cow::Owned(steps.to_vec()), ..Migrator::DEFAULT }
}

/// Makes a folder that its owner alone may enter, where there is none; those above it are made as others are.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Somebody else was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

impl Store {
    /// The store in a state folder, made where there is none, its schema brought up to date.
    ///
    /// # Errors
    /// When the folder or the database cannot be used, or a newer program wrote it.
    pub async fn open(state: &Path) -> Result<Store, StoreError> {
        make_folder(state).map_err(|source| StoreError::Folder { path: state.to_owned(), source })?;
        let path = state.join(FILE);
        let unusable = |why: String| StoreError::Unusable { path: path.clone(), why };
        let pool = sqlite::open(&path).await.map_err(|error| unusable(error.to_string()))?;
        let migrations = migrations();
        let mut made = migrations.run(&pool).await;
        for _ in &migrations.migrations[..] {
            // Of two processes that start at once on a new folder one makes a step, and the other finds it made: then it
            // goes on from there.
            let Err(MigrateError::ExecuteMigration(..)) = &made else { break };
            made = migrations.run(&pool).await;
        }
        made.map_err(|error| match error {
            MigrateError::VersionMissing(step) => StoreError::Newer { step },
            error => unusable(error.to_string()),
        })?;
        Ok(Store { pool, file: sqlite::File::of(&path) })
    }

    /// Whether a state folder has a database: opening makes one where there is none.
    pub fn is_in(state: &Path) -> bool {
        state.join(FILE).is_file()
    }

    /// Whether the database is still the one that was opened: an open file goes on working after it was deleted, and
    /// what is written to it is lost.
    ///
    /// # Errors
    /// When it is gone, is another one, or is no database any more.
    pub fn look(&self) -> Result<(), StoreError> {
        self.file.look().map_err(|why| StoreError::Unusable { path: self.file.path().to_owned(), why })
    }

    /// The live revision of each programme, by number: what a running service compares with what it shows.
    pub async fn heads(&self) -> Result<Vec<(String, u32)>, StoreError> {
        let rows = sqlx::query("SELECT programme, number FROM head ORDER BY programme").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, number(row, 1)?))).collect()
    }

    /// The publication that is live.
    pub async fn head(&self, programme: &str) -> Result<Option<Publication>, StoreError> {
        let row = sqlx::query(
            "SELECT p.programme, p.number, p.source, p.note, p.revision, p.changes FROM publication p \
             JOIN head h ON h.programme = p.programme AND h.number = p.number WHERE p.programme = $1",
        )
        .bind(programme)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(publication).transpose()
    }

    /// Everything that was published of a programme, oldest first.
    pub async fn history(&self, programme: &str) -> Result<Vec<Publication>, StoreError> {
        let rows = sqlx::query(
            "SELECT programme, number, source, note, revision, changes FROM publication WHERE programme = $1 ORDER BY number",
        )
        .bind(programme)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(publication).collect()
    }

    /// The same as a list of changes, newest first.
    pub async fn chapters(&self, programme: &str) -> Result<Vec<Chapter>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, published, note, changes FROM publication WHERE programme = $1 ORDER BY number DESC",
        )
        .bind(programme)
        .fetch_all(&self.pool)
        .await?;
        let chapter = |row: &SqliteRow| -> Result<Chapter, StoreError> {
            let number = number(row, 0)?;
            Ok(Chapter {
                number,
                published: instant(row, 1)?,
                note: row.try_get(2)?,
                changes: parsed(row, 3, || format!("changes of {programme} {number}"))?,
            })
        };
        rows.iter().map(chapter).collect()
    }

    /// Appends a publication with what it says of deadlines, and notes that `content` was published from its source.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it does not follow what is live. Nothing is written then, as after any error.
    pub async fn append(
        &self,
        programme: &str,
        publication: &Publication,
        dates: &Dates,
        content: &str,
    ) -> Result<(), StoreError> {
        self.look()?;
        let mut write = sqlite::begin(&self.pool).await?;
        let live: Option<SqliteRow> = sqlx::query("SELECT number FROM head WHERE programme = $1")
            .bind(programme)
            .fetch_optional(write.connection())
            .await?;
        let live = live.map(|row| number(&row, 0)).transpose()?.unwrap_or(0);
        if publication.revision.number != live + 1 {
            write.roll_back().await?;
            return Err(StoreError::Conflict { live });
        }
        let revision = serde_json::to_string(&publication.revision).expect("plain data");
        let changes = serde_json::to_string(&publication.changes).expect("plain data");
        sqlx::query(
            "INSERT INTO publication (programme, number, published, source, note, revision, changes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(programme)
        .bind(i64::from(publication.revision.number))
        .bind(publication.revision.published.timestamp())
        .bind(publication.source.to_string())
        .bind(publication.note.as_deref())
        .bind(revision)
        .bind(changes)
        .execute(write.connection())
        .await?;
        sqlx::query(
            "INSERT INTO head (programme, number) VALUES ($1, $2) \
             ON CONFLICT (programme) DO UPDATE SET number = excluded.number",
        )
        .bind(programme)
        .bind(i64::from(publication.revision.number))
        .execute(write.connection())
        .await?;
        let (opening, now) = (publication.revision.number == 1, publication.revision.published);
        write.publish_dates(programme, dates, opening, now).await?;
        note_seen(&mut write, &publication.source, programme, content).await?;
        write.commit().await
    }

    /// Notes that a source says what is live already.
    pub async fn agree(&self, source: &Source, programme: &str, content: &str) -> Result<(), StoreError> {
        if self.seen(source).await?.is_some_and(|seen| seen == (programme.to_owned(), content.to_owned()))
            && !self.blocked().await?.iter().any(|blocked| blocked.source == *source)
        {
            return Ok(());
        }
        let mut write = sqlite::begin(&self.pool).await?;
        note_seen(&mut write, source, programme, content).await?;
        write.commit().await
    }

    /// The programme and the content last published from a source.
    pub async fn seen(&self, source: &Source) -> Result<Option<(String, String)>, StoreError> {
        let row = sqlx::query("SELECT programme, content FROM seen WHERE source = $1")
            .bind(source.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Keeps a refused publication. The same content again keeps the time since when; one that was published from there
    /// meanwhile, because somebody answered its doubts, is refused no more.
    pub async fn block(&self, blocked: &Blocked) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO blocked (source, programme, since, content, report) SELECT $1, $2, $3, $4, $5 \
             WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.source = $1 AND seen.content = $4) \
             ON CONFLICT (source) DO UPDATE SET programme = excluded.programme, report = excluded.report, \
             since = CASE WHEN blocked.content = excluded.content THEN blocked.since ELSE excluded.since END, \
             content = excluded.content",
        )
        .bind(blocked.source.to_string())
        .bind(blocked.programme.as_deref())
        .bind(blocked.since.timestamp())
        .bind(&blocked.content)
        .bind(&blocked.report)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets that something was refused from a source.
    pub async fn unblock(&self, source: &Source) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM blocked WHERE source = $1").bind(source.to_string()).execute(&self.pool).await?;
        Ok(())
    }

    /// Everything that is refused.
    pub async fn blocked(&self) -> Result<Vec<Blocked>, StoreError> {
        let rows = sqlx::query("SELECT source, programme, since, content, report FROM blocked ORDER BY source")
            .fetch_all(&self.pool)
            .await?;
        let blocked = |row: &SqliteRow| -> Result<Blocked, StoreError> {
            let (since, content) = (instant(row, 2)?, row.try_get(3)?);
            Ok(Blocked { source: source(row, 0)?, programme: row.try_get(1)?, since, content, report: row.try_get(4)? })
        };
        rows.iter().map(blocked).collect()
    }

    /// Keeps a token by the hash of its secret. False when the programme has one of that name.
    pub async fn add_token(&self, token: &Token, hash: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO token (programme, name, hash, created) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (programme, name) DO NOTHING",
        )
        .bind(&token.programme)
        .bind(&token.name)
        .bind(hash)
        .bind(token.created.timestamp())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A programme's tokens.
    pub async fn tokens(&self, programme: &str) -> Result<Vec<Token>, StoreError> {
        let rows =
            sqlx::query("SELECT programme, name, created, revoked FROM token WHERE programme = $1 ORDER BY name")
                .bind(programme)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(token).collect()
    }

    /// The token with this hash, unless it was revoked.
    pub async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        let row =
            sqlx::query("SELECT programme, name, created, revoked FROM token WHERE hash = $1 AND revoked IS NULL")
                .bind(hash)
                .fetch_optional(&self.pool)
                .await?;
        row.as_ref().map(token).transpose()
    }

    /// Revokes a token. False when there is none of that name that is not revoked.
    pub async fn revoke_token(&self, programme: &str, name: &str, now: Instant) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE token SET revoked = $3 WHERE programme = $1 AND name = $2 AND revoked IS NULL")
            .bind(programme)
            .bind(name)
            .bind(now.timestamp())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A copy of everything, as it is at one moment, in a file that does not exist yet.
    pub async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        sqlite::backup(&self.pool, file).await
    }
}

async fn note_seen(
    write: &mut sqlite::Write,
    source: &Source,
    programme: &str,
    content: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO seen (source, programme, content) VALUES ($1, $2, $3) \
         ON CONFLICT (source) DO UPDATE SET programme = excluded.programme, content = excluded.content",
    )
    .bind(source.to_string())
    .bind(programme)
    .bind(content)
    .execute(write.connection())
    .await?;
    sqlx::query("DELETE FROM blocked WHERE source = $1").bind(source.to_string()).execute(write.connection()).await?;
    Ok(())
}

fn publication(row: &SqliteRow) -> Result<Publication, StoreError> {
    let (programme, number): (String, u32) = (row.try_get(0)?, number(row, 1)?);
    let what = || format!("revision {number} of {programme}");
    Ok(Publication {
        source: source(row, 2)?,
        note: row.try_get(3)?,
        revision: parsed(row, 4, what)?,
        changes: parsed(row, 5, what)?,
    })
}

fn token(row: &SqliteRow) -> Result<Token, StoreError> {
    let revoked: Option<i64> = row.try_get(3)?;
    Ok(Token {
        programme: row.try_get(0)?,
        name: row.try_get(1)?,
        created: instant(row, 2)?,
        revoked: revoked.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    })
}

fn parsed<T: serde::de::DeserializeOwned>(
    row: &SqliteRow,
    column: usize,
    what: impl Fn() -> String,
) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| StoreError::Damaged { what: what(), why: error.to_string() })
}

fn number(row: &SqliteRow, column: usize) -> Result<u32, StoreError> {
    let number: i64 = row.try_get(column)?;
    u32::try_from(number)
        .map_err(|error| StoreError::Damaged { what: format!("number {number}"), why: error.to_string() })
}

fn instant(row: &SqliteRow, column: usize) -> Result<Instant, StoreError> {
    from_seconds(row.try_get(column)?)
}

fn from_seconds(seconds: i64) -> Result<Instant, StoreError> {
    let damaged = || StoreError::Damaged { what: format!("instant {seconds}"), why: "out of range".to_owned() };
    DateTime::from_timestamp(seconds, 0).ok_or_else(damaged)
}

fn source(row: &SqliteRow, column: usize) -> Result<Source, StoreError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error: crate::domain::publication::UnknownSource| StoreError::Damaged {
        what: "a source".to_owned(),
        why: error.to_string(),
    })
}
