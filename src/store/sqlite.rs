//! What is SQLite's own: how it is opened, how a write begins, how it is copied while in use.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool};

use super::StoreError;

/// How long a writer waits for another process's write.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database's file, and how to know it again.
///
/// It is opened once and stays open as long as the store: closing any descriptor of a file gives up every lock that this
/// process has on it (POSIX fcntl), SQLite's among them, and another program would then take the log away as nobody's.
#[derive(Clone, Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    open: Option<Arc<Mutex<std::fs::File>>>,
}

impl File {
    pub(super) fn of(path: &Path) -> File {
        let open = std::fs::File::open(path).ok().map(|file| Arc::new(Mutex::new(file)));
        File { path: path.to_owned(), identity: identity(path), open }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks from outside: SQLite's own connections go on reading from memory what the disk no longer has.
    pub(super) fn look(&self) -> Result<(), String> {
        std::fs::metadata(&self.path).map_err(|error| error.to_string())?;
        if identity(&self.path) != self.identity {
            return Err("another file stands in its place".to_owned());
        }
        let Some(open) = &self.open else { return Err("it cannot be read".to_owned()) };
        let mut file = open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut head = [0; 16];
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut head));
        read.map_err(|error| error.to_string())?;
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
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Half a mebibyte a connection: what is served is not read from here.
        .pragma("cache_size", "-512")
        // What is erased is overwritten, not only forgotten.
        .pragma("secure_delete", "ON")
        .busy_timeout(PATIENCE);
    // Addresses lie in it, and in the log beside it, which takes its mode from it: its owner alone may read them.
    make(file).map_err(sqlx::Error::Io)?;
    // Made once: a connection that opens later, while the file is away, must not put an empty one in its place.
    options.clone().create_if_missing(true).connect().await?.close().await?;
    // A connection into this process is there: to ask it each time would cost a hop between threads.
    let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE).test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}

/// An empty file that its owner alone may read, where there is none: that is an empty database too.
fn make(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
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
pub(in crate::store) struct Write {
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
    let path = file;
    let file = path.to_str().ok_or_else(|| StoreError::Path(path.to_owned()))?;
    make(path).map_err(sqlx::Error::Io)?;
    sqlx::query("VACUUM INTO $1").bind(file).execute(pool).await?;
    Ok(())
}

/// How a statement would be carried out, a line for each step.
pub(super) async fn plan(pool: &SqlitePool, statement: &'static str) -> Result<Vec<String>, StoreError> {
    let explained = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explained).bind(0).bind(0).bind(1).fetch_all(pool).await?;
    rows.iter().map(|row| Ok(row.try_get("detail")?)).collect()
}

/// Many rows as one JSON parameter, and several statements that are to do with them as one text: each that is sent by
/// itself costs a hop between threads.
pub(super) mod batch {
    /// Notices; of known keys only those that were withdrawn open again. Says which were written.
    pub(in crate::store) const ENQUEUE: &str = "\
        INSERT INTO notice (key, programme, subscriber, kind, priority, deadline, message_id, state, due, until, ready) \
        SELECT value ->> 'key', value ->> 'programme', value ->> 'subscriber', value ->> 'kind', value ->> 'priority', \
               value ->> 'deadline', value ->> 'message_id', 'due', value ->> 'due', value ->> 'until', value ->> 'due' \
        FROM json_each($1) WHERE true \
        ON CONFLICT (key) DO UPDATE SET \
            message_id = excluded.message_id, state = 'due', due = excluded.due, until = excluded.until, \
            ready = excluded.ready, attempts = 0, doubts = 0, since = NULL, settled = NULL, kept = NULL \
        WHERE notice.state = 'withdrawn' OR notice.state = 'superseded' AND EXISTS (\
            SELECT 1 FROM stated s JOIN notice by ON by.id = s.said_by \
            WHERE s.notice = notice.id AND by.state = 'withdrawn') \
        RETURNING id, key";

    /// People by their numbers, as part of a statement.
    pub(in crate::store) const AMONG: &str = "id IN (SELECT value FROM json_each($1))";

    /// How unsettled each of these is.
    pub(in crate::store) const UNSETTLED_OF: &str =
        "SELECT id, unsettled FROM subscriber WHERE id IN (SELECT value FROM json_each($1)) AND unsettled > 0";

    /// Their own lead times, and since when.
    pub(in crate::store) const LEADS_OF: &str =
        "SELECT subscriber, lead, since FROM lead_time WHERE subscriber IN (SELECT value FROM json_each($1))";

    /// What they asked for anew, and when.
    pub(in crate::store) const ASKED_OF: &str = "SELECT subscriber, deadline, since FROM mark \
        WHERE subscriber IN (SELECT value FROM json_each($1)) AND what = 'asked'";

    /// What they were told.
    pub(in crate::store) const TOLD_OF: &str = "SELECT subscriber, deadline, what, due, link, n FROM told \
        WHERE subscriber IN (SELECT value FROM json_each($1))";

    /// What notices stated to them, and what became of those.
    pub(in crate::store) const STATED_OF: &str = "\
        SELECT s.subscriber, s.deadline, s.lead, s.what, s.due, s.link, s.n, s.covers, n.state, n.kind, n.key, by.state \
        FROM stated s JOIN notice n ON n.id = s.notice LEFT JOIN notice by ON by.id = s.said_by \
        WHERE s.subscriber IN (SELECT value FROM json_each($1)) ORDER BY n.id";

    /// They were looked at, unless something happened meanwhile.
    pub(in crate::store) const SEEN: &str = "\
        UPDATE subscriber SET unsettled = 0 WHERE EXISTS (SELECT 1 FROM json_each($1) \
            WHERE value ->> 'id' = subscriber.id AND value ->> 'unsettled' = subscriber.unsettled) \
          AND id IN (SELECT value ->> 'id' FROM json_each($1))";

    /// What they state.
    pub(in crate::store) const STATED: &str = "\
        INSERT INTO stated (notice, subscriber, deadline, lead, fire, what, due, link, n, covers) \
        SELECT value ->> 'notice', value ->> 'subscriber', value ->> 'deadline', value ->> 'lead', value ->> 'fire', \
               value ->> 'what', value ->> 'due', value ->> 'link', value ->> 'n', value ->> 'covers' \
        FROM json_each($1) WHERE true \
        ON CONFLICT (notice, deadline) DO UPDATE SET \
            fire = excluded.fire, what = excluded.what, due = excluded.due, link = excluded.link, n = excluded.n, \
            covers = excluded.covers, said_by = NULL";

    /// Announcements that state something and are on their way are to be made anew: none is that may have arrived.
    pub(in crate::store) const MAKE_ANEW: &str = "\
        UPDATE notice SET state = 'withdrawn', ready = NULL, fence = fence + 1 \
        WHERE key IN (SELECT value FROM json_each($1)) AND state IN ('due', 'delayed', 'held') \
          AND EXISTS (SELECT 1 FROM stated s WHERE s.notice = notice.id)";

    /// How many of these announcements were taken back.
    pub(in crate::store) const TAKEN_BACK: &str = "\
        SELECT COUNT(*) FROM announcement \
        WHERE undone IS NOT NULL AND id IN (SELECT value FROM json_each($1))";

    /// Reminders that are not sent. One that is on its way is stopped, unless it may have arrived.
    pub(in crate::store) const LEFT_OUT: &str = "\
        INSERT INTO notice (key, programme, subscriber, kind, priority, deadline, message_id, state, due, settled) \
        SELECT value ->> 'key', value ->> 'programme', value ->> 'subscriber', 'reminder', value ->> 'priority', \
               value ->> 'deadline', '', value ->> 'state', value ->> 'fire', $2 \
        FROM json_each($1) WHERE true \
        ON CONFLICT (key) DO UPDATE SET state = excluded.state, ready = NULL, settled = excluded.settled, \
            fence = notice.fence + 1 \
        WHERE notice.state IN ('due', 'delayed', 'held', 'withdrawn')";

    /// What they would state, and what says it instead.
    pub(in crate::store) const LEFT_OUT_STATED: &str = "\
        INSERT INTO stated (notice, subscriber, deadline, lead, fire, what, due, n, said_by) \
        SELECT n.id, value ->> 'subscriber', value ->> 'deadline', value ->> 'lead', value ->> 'fire', 'instant', \
               value ->> 'due', 0, (SELECT by.id FROM notice by WHERE by.key = value ->> 'said_by') \
        FROM json_each($1) JOIN notice n ON n.key = value ->> 'key' WHERE n.state IN ('superseded', 'expired') \
        ON CONFLICT (notice, deadline) DO UPDATE SET said_by = excluded.said_by";

    /// Stops notices that wait.
    pub(in crate::store) const WITHDRAW: &str = "\
        UPDATE notice SET state = 'withdrawn', ready = NULL, settled = $2, fence = fence + 1 \
        WHERE key IN (SELECT value FROM json_each($1)) AND state IN ('due', 'delayed', 'held')";

    /// Which notice says what reminders would that are still on their way.
    pub(in crate::store) const ABSORB_STATED: &str = "\
        UPDATE stated SET said_by = (\
            SELECT s.notice FROM stated s JOIN notice by ON by.id = s.notice \
            WHERE by.key IN (SELECT value FROM json_each($1)) AND s.subscriber = stated.subscriber \
              AND s.deadline = stated.deadline LIMIT 1) \
        WHERE lead IS NOT NULL \
          AND (subscriber, deadline) IN (\
              SELECT s.subscriber, s.deadline FROM stated s JOIN notice by ON by.id = s.notice \
              WHERE by.key IN (SELECT value FROM json_each($1))) \
          AND EXISTS (SELECT 1 FROM notice n WHERE n.id = stated.notice AND n.state IN ('due', 'delayed', 'held'))";

    /// Stops those reminders, and the second copy of one that may have arrived: what says it instead is newer.
    pub(in crate::store) const ABSORB: &str = "\
        UPDATE notice SET state = iif(state = 'uncertain', state, 'superseded'), ready = NULL, settled = $2, \
            fence = fence + 1 \
        WHERE kind = 'reminder' \
          AND (state IN ('due', 'delayed', 'held') OR state = 'uncertain' AND ready IS NOT NULL) AND id IN (\
            SELECT r.notice FROM stated r JOIN stated s ON s.subscriber = r.subscriber AND s.deadline = r.deadline \
            JOIN notice by ON by.id = s.notice \
            WHERE by.key IN (SELECT value FROM json_each($1)) AND r.lead IS NOT NULL AND r.notice <> s.notice)";

    /// Their messages.
    pub(in crate::store) const MESSAGES: &str = "\
        INSERT INTO message (notice, sender, recipient, octets) \
        SELECT value ->> 'notice', value ->> 'sender', value ->> 'recipient', unhex(value ->> 'octets') \
        FROM json_each($1) WHERE true \
        ON CONFLICT (notice) DO UPDATE SET \
            sender = excluded.sender, recipient = excluded.recipient, octets = excluded.octets";

    /// Takes the notices of these numbers that are still to be had, with their messages. The guard of the question stands here again:
    /// another process may have been faster.
    pub(in crate::store) const CLAIM: &str = "\
        UPDATE notice SET state = 'claimed', fence = fence + 1, lease = $2 \
        WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('due', 'delayed', 'uncertain') AND ready <= $3 \
          AND (notice.deadline IS NULL OR NOT EXISTS (\
              SELECT 1 FROM notice taken WHERE taken.subscriber = notice.subscriber \
              AND taken.deadline IS NOT NULL AND taken.state IN ('claimed', 'sending'))) \
        RETURNING id, fence, key, programme, subscriber, kind, deadline, attempts, since, \
            (SELECT sender FROM message WHERE notice = notice.id), (SELECT recipient FROM message WHERE notice = notice.id), \
            message_id, (SELECT octets FROM message WHERE notice = notice.id)";

    /// Of notices those that are held with these fences, a row for each deadline they state, and what is known of both.
    /// What one that may have arrived wrote into the ledger itself was not told by another since.
    pub(in crate::store) const IN_HAND: &str = "\
        SELECT n.attempts, n.doubts, n.since, n.until, n.kind, n.subscriber, p.standing, s.deadline, \
               d.id IS NULL OR d.what = s.what AND d.due IS NOT DISTINCT FROM s.due AND d.link IS NOT DISTINCT FROM s.link, \
               d.held_first, d.held_until, d.stopped, \
               COALESCE(t.n, 0) <> s.n AND NOT (t.n = s.n + 1 AND t.what = s.what \
                   AND EXISTS (SELECT 1 FROM attempt a WHERE a.notice = n.id AND a.outcome = 'uncertain') \
                   AND t.due IS NOT DISTINCT FROM s.due AND t.link IS NOT DISTINCT FROM s.link), \
               EXISTS (SELECT 1 FROM mark m WHERE m.subscriber = s.subscriber AND m.deadline = s.deadline \
                       AND (m.what = 'excluded' OR m.what = 'done' AND s.lead IS NOT NULL)), \
               n.id, EXISTS (SELECT 1 FROM suppression x WHERE x.blinded = p.blinded AND x.programme = ''), \
               EXISTS (SELECT 1 FROM hold h WHERE h.programme = n.programme AND h.cause = 'clock' AND h.answer IS NULL), p.accepted \
        FROM json_each($1) held JOIN notice n ON n.id = held.value ->> 'id' AND n.fence = held.value ->> 'fence' \
        LEFT JOIN subscriber p ON p.id = n.subscriber \
        LEFT JOIN stated s ON s.notice = n.id \
        LEFT JOIN deadline d ON d.programme = n.programme AND d.id = s.deadline \
        LEFT JOIN told t ON t.subscriber = s.subscriber AND t.deadline = s.deadline \
        WHERE n.state IN ('claimed', 'sending')";

    /// Their attempts begin, or have come further.
    pub(in crate::store) const BEGUN: &str = "\
        UPDATE notice SET state = 'sending' WHERE id IN (SELECT value ->> 'id' FROM json_each($1)); \
        INSERT INTO attempt (notice, fence, began, stage) \
        SELECT value ->> 'id', value ->> 'fence', value ->> 'began', value ->> 'stage' FROM json_each($1) WHERE true \
        ON CONFLICT (notice, fence) DO UPDATE SET stage = excluded.stage";

    /// The message is about to go. Says of which notices that is so.
    pub(in crate::store) const DOT: &str = "\
        UPDATE attempt SET stage = 'dot' FROM json_each($1) held \
        JOIN notice n ON n.id = held.value ->> 'id' AND n.fence = held.value ->> 'fence' AND n.state = 'sending' \
        WHERE attempt.notice = n.id AND attempt.fence = n.fence AND attempt.ended IS NULL RETURNING notice";

    /// Out of their holders' hands, to where they go, and how the attempts ended that did.
    pub(in crate::store) const MOVED: &str = "\
        UPDATE notice SET state = value ->> 'state', ready = value ->> 'ready', doubts = value ->> 'doubts', \
            attempts = value ->> 'attempts', since = value ->> 'since', settled = value ->> 'settled', \
            kept = value ->> 'kept', fence = fence + 1, lease = NULL \
        FROM json_each($1) WHERE notice.id = value ->> 'id'; \
        INSERT INTO attempt (notice, fence, began, ended, stage, outcome, blame, code, reply) \
        SELECT value ->> 'id', value ->> 'fence', value ->> 'ended', value ->> 'ended', value ->> 'stage', \
               value ->> 'outcome', value ->> 'blame', value ->> 'code', value ->> 'reply' \
        FROM json_each($1) WHERE value ->> 'outcome' IS NOT NULL \
        ON CONFLICT (notice, fence) DO UPDATE SET ended = excluded.ended, stage = excluded.stage, \
            outcome = excluded.outcome, blame = excluded.blame, code = excluded.code, reply = excluded.reply";

    /// What their readers were told; each change of a row raises its number. Nothing is kept of somebody who was erased
    /// meanwhile.
    pub(in crate::store) const TOLD: &str = "\
        INSERT INTO told (subscriber, deadline, what, due, link, n) \
        SELECT s.subscriber, s.deadline, s.what, s.due, s.link, 1 \
        FROM json_each($1) sent JOIN stated s ON s.notice = sent.value JOIN subscriber p ON p.id = s.subscriber \
        WHERE true \
        ON CONFLICT (subscriber, deadline) DO UPDATE SET what = excluded.what, due = excluded.due, \
            link = excluded.link, n = told.n + 1 WHERE told.what IS DISTINCT FROM excluded.what \
            OR told.due IS DISTINCT FROM excluded.due OR told.link IS DISTINCT FROM excluded.link";

    /// Readers of notices that state what is not so.
    pub(in crate::store) const UNSETTLE: &str = "\
        UPDATE subscriber SET unsettled = unsettled + 1 WHERE id IN (\
            SELECT p.id FROM json_each($1) said JOIN notice n ON n.id = said.value \
            JOIN subscriber p ON p.id = n.subscriber LEFT JOIN stated s ON s.notice = n.id \
            LEFT JOIN deadline d ON d.programme = p.programme AND d.id = s.deadline \
            WHERE n.kind = 'announcement' AND n.state = 'withdrawn' \
               OR d.id IS NOT NULL AND (d.what <> s.what OR d.due IS DISTINCT FROM s.due OR d.link IS DISTINCT FROM s.link))";

    /// Gives those that are still held a longer lease.
    pub(in crate::store) const RENEW: &str = "\
        UPDATE notice SET lease = $2 WHERE state IN ('claimed', 'sending') AND EXISTS (\
            SELECT 1 FROM json_each($1) held WHERE held.value ->> 'id' = notice.id AND held.value ->> 'fence' = notice.fence)";
}

/// Puts the write-ahead log into the database and empties it, so that what was erased is in neither. False when
/// somebody still reads from it: then it is to be tried again.
pub(super) async fn settle(pool: &SqlitePool) -> Result<bool, StoreError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await?;
    let busy: i64 = sqlx::Row::try_get(&row, 0)?;
    Ok(busy == 0)
}
