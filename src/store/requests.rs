//! Requests and confirmations: what the sign-up form leaves behind, until it is answered by a mail and that by a click.
//!
//! The form writes one row whoever asks and whatever is known of the mailbox. What the answer is, and when it may leave,
//! is decided later, in one transaction with the limits; a crash after that goes on where it was.

use chrono::TimeDelta;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::invitations::LIST;
use super::planning::todays_id;
use super::subscribers::{found_by, unsettle, write_told, write_wish};
use super::{Store, StoreError, from_seconds, instant, sqlite, wish};
use crate::domain::limits::{Ceilings, MONTH, Past, may_write, slot};
use crate::domain::mailbox::Mailbox;
use crate::domain::subscription::{SubscriberId, Telling, Wish};
use crate::domain::zone::Instant;

/// How long a confirmation can be clicked.
pub(super) const CONFIRMABLE: TimeDelta = TimeDelta::days(7);

/// A form that was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// A random number; also the subscriber's, if it makes one.
    pub id: i64,
    /// The programme's id.
    pub programme: String,
    /// To whom the answer goes.
    pub mailbox: Mailbox,
    /// What was chosen.
    pub wish: Wish,
    /// A random number that the confirmation's secret is made of.
    pub nonce: String,
    /// The HMAC of the mailbox as the limits count it.
    pub counted: String,
    /// The HMAC of the mailbox.
    pub blinded: String,
    /// The HMAC of the network that asked.
    pub network: String,
    /// When.
    pub asked: Instant,
}

/// Which mail answers a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Do you want this?
    Confirmation,
    /// You have it; here are your links.
    AlreadySubscribed,
    /// An organizer's list has you: do you want this?
    Invitation,
}

/// A request whose answer may leave now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// What was asked.
    pub request: Request,
    /// Which mail answers it.
    pub answer: Answer,
    /// Who gets it.
    pub subscriber: SubscriberId,
    /// From when on it may leave.
    pub due: Instant,
}

/// A confirmation that is out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirmation {
    /// Of which programme.
    pub programme: String,
    /// Whose; none when it was never used and they are forgotten.
    pub subscriber: Option<SubscriberId>,
    /// Until when it can be used.
    pub expires: Instant,
    /// When it was used first.
    pub used: Option<Instant>,
}

/// What came of a click.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Confirmed {
    /// It counts from now on.
    Now(SubscriberId),
    /// It counted already.
    Before(SubscriberId),
    /// Too late.
    Expired,
    /// There is no such confirmation.
    Unknown,
}

impl Store {
    /// Keeps a request. This is all that happens while whoever asked waits.
    pub async fn ask(&self, request: &Request) -> Result<(), StoreError> {
        self.look()?;
        sqlx::query(
            "INSERT INTO request (id, programme, mailbox, wish, nonce, counted, blinded, network, asked) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(request.id)
        .bind(&request.programme)
        .bind(request.mailbox.to_string())
        .bind(wish::write(&request.wish))
        .bind(&request.nonce)
        .bind(&request.counted)
        .bind(&request.blinded)
        .bind(&request.network)
        .bind(request.asked.timestamp())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Decides what answers the oldest requests, at most `most` of them. How many there were.
    pub async fn decide(&self, ceilings: Ceilings, most: u32, now: Instant) -> Result<usize, StoreError> {
        let any = sqlx::query("SELECT 1 FROM request WHERE answer IS NULL LIMIT 1").fetch_optional(&self.pool).await?;
        if any.is_none() {
            return Ok(0);
        }
        let mut write = sqlite::begin(&self.pool).await?;
        let rows = sqlx::query(
            "SELECT id, programme, mailbox, wish, nonce, counted, blinded, network, asked FROM request \
             WHERE answer IS NULL ORDER BY asked, id LIMIT $1",
        );
        let rows = rows.bind(i64::from(most)).fetch_all(write.connection()).await?;
        for row in &rows {
            let request = request(row)?;
            if !answer(write.connection(), &request, ceilings, now).await? {
                sqlx::query("DELETE FROM request WHERE id = $1").bind(request.id).execute(write.connection()).await?;
            }
        }
        write.commit().await?;
        Ok(rows.len())
    }

    /// The answers that may leave now, oldest first.
    pub async fn answers(&self, most: u32, now: Instant) -> Result<Vec<Answered>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, programme, mailbox, wish, nonce, counted, blinded, network, asked, answer, subscriber, due \
             FROM request WHERE answer IS NOT NULL AND due <= $1 ORDER BY due, id LIMIT $2",
        );
        let rows = rows.bind(now.timestamp()).bind(i64::from(most)).fetch_all(&self.pool).await?;
        let answered = |row: &SqliteRow| -> Result<Answered, StoreError> {
            let answer = match row.try_get::<&str, _>(9)? {
                "confirmation" => Answer::Confirmation,
                "invitation" => Answer::Invitation,
                _ => Answer::AlreadySubscribed,
            };
            let subscriber = SubscriberId(row.try_get(10)?);
            Ok(Answered { request: request(row)?, answer, subscriber, due: instant(row, 11)? })
        };
        rows.iter().map(answered).collect()
    }

    /// Forgets a request: its answer is in the queue.
    pub async fn settle_request(&self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM request WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps a confirmation by the hash of its secret, with what its mail states. Kept again, it stays as it is.
    pub async fn keep_confirmation(&self, hash: &str, answered: &Answered, told: &[Telling]) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO confirmation (hash, programme, subscriber, expires, wish, told) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash) DO NOTHING",
        )
        .bind(hash)
        .bind(&answered.request.programme)
        .bind(answered.subscriber.0)
        .bind((answered.due + CONFIRMABLE).timestamp())
        .bind(wish::write(&answered.request.wish))
        .bind(wish::write_told(told))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A confirmation by the hash of its secret.
    pub async fn confirmation(&self, hash: &str) -> Result<Option<Confirmation>, StoreError> {
        let row = sqlx::query("SELECT programme, subscriber, expires, used FROM confirmation WHERE hash = $1");
        let Some(row) = row.bind(hash).fetch_optional(&self.pool).await? else { return Ok(None) };
        let (subscriber, used): (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(3)?);
        Ok(Some(Confirmation {
            programme: row.try_get(0)?,
            subscriber: subscriber.map(SubscriberId),
            expires: instant(&row, 2)?,
            used: used.map(from_seconds).transpose()?,
        }))
    }

    /// Takes a click: the subscription stands as its mail described it, and what that mail stated counts as told.
    pub async fn confirm(&self, hash: &str, blinded: &str, now: Instant) -> Result<Confirmed, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let confirmed = click(write.connection(), hash, blinded, now).await?;
        write.commit().await?;
        Ok(confirmed)
    }

    /// Counts a mail that a holder of somebody's links asked for. False when they had as many as they may: then nothing
    /// is counted. It is counted apart from the mails a stranger can cause.
    pub async fn count_link(&self, id: i64, programme: &str, counted: &str, now: Instant) -> Result<bool, StoreError> {
        let counted = format!("link {counted}");
        let mut write = sqlite::begin(&self.pool).await?;
        // It may be asked for again at once: one a day would lock out who lost the first.
        let past = past(write.connection(), &counted, now).await?;
        let may = may_write("", &past, now);
        if may {
            note(write.connection(), id, programme, &counted, "", now).await?;
        }
        write.commit().await?;
        Ok(may)
    }
}

async fn click(
    connection: &mut SqliteConnection,
    hash: &str,
    blinded: &str,
    now: Instant,
) -> Result<Confirmed, StoreError> {
    let row = sqlx::query("SELECT subscriber, expires, used, wish, told FROM confirmation WHERE hash = $1");
    let Some(row) = row.bind(hash).fetch_optional(&mut *connection).await? else { return Ok(Confirmed::Unknown) };
    let (subscriber, used): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(2)?);
    let Some(id) = subscriber.map(SubscriberId) else { return Ok(Confirmed::Expired) };
    if used.is_some() {
        return Ok(Confirmed::Before(id));
    }
    if instant(&row, 1)? <= now {
        return Ok(Confirmed::Expired);
    }
    let wish = wish::read(row.try_get(3)?)?;
    let told = wish::read_told(row.try_get(4)?)?;
    // Whoever confirms the second of two mails gets what that one said.
    write_wish(connection, id, &wish, now).await?;
    let query = sqlx::query("UPDATE subscriber SET standing = 'confirmed', confirmed = $2 WHERE id = $1");
    query.bind(id.0).bind(now.timestamp()).execute(&mut *connection).await?;
    for telling in told {
        let deadline = todays_id(connection, id, &telling.deadline).await?;
        write_told(connection, id, &Telling { deadline, ..telling }).await?;
    }
    // What its mail stated may have moved meanwhile.
    unsettle(connection, id).await?;
    let query = sqlx::query("UPDATE confirmation SET used = $2 WHERE hash = $1");
    query.bind(hash).bind(now.timestamp()).execute(&mut *connection).await?;
    let query = sqlx::query(
        "DELETE FROM suppression WHERE blinded = $1 AND why = 'erased' \
         AND programme = (SELECT programme FROM subscriber WHERE id = $2)",
    );
    query.bind(blinded).bind(id.0).execute(connection).await?;
    Ok(Confirmed::Now(id))
}

/// Decides what answers a request; false when nothing does.
async fn answer(
    connection: &mut SqliteConnection,
    request: &Request,
    ceilings: Ceilings,
    now: Instant,
) -> Result<bool, StoreError> {
    // Whoever had everything erased may ask anew; a mailbox that does not exist cannot.
    if suppressed(connection, &request.blinded, "").await?.is_some() {
        return Ok(false);
    }
    if !may_be_written_to(connection, request, now).await? {
        return Ok(false);
    }
    let of_network = sqlx::query("SELECT due FROM asked_mail WHERE network = $1 ORDER BY due DESC LIMIT 1 OFFSET $2")
        .bind(&request.network)
        .bind(i64::from(ceilings.network.max(1)) - 1)
        .fetch_optional(&mut *connection)
        .await?;
    let of_all = sqlx::query("SELECT due FROM asked_mail WHERE network <> $1 ORDER BY due DESC LIMIT 1 OFFSET $2")
        .bind(LIST)
        .bind(i64::from(ceilings.all.max(1)) - 1)
        .fetch_optional(&mut *connection)
        .await?;
    let nth = |row: Option<SqliteRow>| row.map(|row| instant(&row, 0)).transpose();
    let due = slot(now, nth(of_network)?, nth(of_all)?);
    let (subscriber, answer) = match found_by_mailbox(connection, &request.programme, &request.mailbox).await? {
        Some((id, standing)) if standing == "confirmed" => (id, "already-subscribed"),
        Some((id, _)) => (id, "confirmation"),
        None => {
            insert(connection, request, due).await?;
            (request.id, "confirmation")
        }
    };
    // Whoever has not confirmed has seven days from the latest mail on.
    let query = sqlx::query("UPDATE subscriber SET created = $2 WHERE id = $1 AND standing = 'pending'");
    query.bind(subscriber).bind(due.timestamp()).execute(&mut *connection).await?;
    note(connection, request.id, &request.programme, &request.counted, &request.network, due).await?;
    let query = sqlx::query("UPDATE request SET answer = $2, subscriber = $3, due = $4 WHERE id = $1");
    query.bind(request.id).bind(answer).bind(subscriber).bind(due.timestamp()).execute(connection).await?;
    Ok(true)
}

/// Why a blinded mailbox is not written to, of one programme or of all; none: it may be.
pub(super) async fn suppressed(
    connection: &mut SqliteConnection,
    blinded: &str,
    programme: &str,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT why FROM suppression WHERE blinded = $1 AND (programme = $2 OR programme = '') ORDER BY programme",
    );
    let row = row.bind(blinded).bind(programme).fetch_optional(connection).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// A programme's subscriber by mailbox, and how far it has come.
pub(super) async fn found_by_mailbox(
    connection: &mut SqliteConnection,
    programme: &str,
    mailbox: &Mailbox,
) -> Result<Option<(i64, String)>, StoreError> {
    let row = sqlx::query("SELECT id, standing FROM subscriber WHERE programme = $1 AND found_by = $2");
    let row = row.bind(programme).bind(found_by(mailbox)).fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// Whether the limits let a mailbox have one mail more.
pub(super) async fn may_be_written_to(
    connection: &mut SqliteConnection,
    request: &Request,
    now: Instant,
) -> Result<bool, StoreError> {
    Ok(may_write(&request.programme, &past(connection, &request.counted, now).await?, now))
}

/// Makes the pending subscriber of a request.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    request: &Request,
    due: Instant,
) -> Result<(), StoreError> {
    let wish = &request.wish;
    sqlx::query(
        "INSERT INTO subscriber (id, programme, mailbox, found_by, language, zone, role, own_leads, to_the_minute, \
         calendar, standing, created, link_version, blinded) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 'pending', $8, 0, $9)",
    )
    .bind(request.id)
    .bind(&request.programme)
    .bind(request.mailbox.to_string())
    .bind(found_by(&request.mailbox))
    .bind(wish::name(wish.language))
    .bind(wish.zone.name())
    .bind(wish::name(wish.role))
    .bind(due.timestamp())
    .bind(&request.blinded)
    .execute(&mut *connection)
    .await?;
    write_wish(connection, SubscriberId(request.id), wish, due).await
}

async fn past(connection: &mut SqliteConnection, counted: &str, now: Instant) -> Result<Vec<Past>, StoreError> {
    let rows = sqlx::query("SELECT programme, due FROM asked_mail WHERE counted = $1 AND due > $2")
        .bind(counted)
        .bind((now - MONTH).timestamp())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(Past { programme: row.try_get(0)?, due: instant(row, 1)? })).collect()
}

pub(super) async fn note(
    connection: &mut SqliteConnection,
    id: i64,
    programme: &str,
    counted: &str,
    network: &str,
    due: Instant,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO asked_mail (id, programme, counted, network, due) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(programme)
        .bind(counted)
        .bind(network)
        .bind(due.timestamp())
        .execute(connection)
        .await?;
    Ok(())
}

fn request(row: &SqliteRow) -> Result<Request, StoreError> {
    let mailbox: String = row.try_get(2)?;
    Ok(Request {
        id: row.try_get(0)?,
        programme: row.try_get(1)?,
        mailbox: mailbox.parse().map_err(|_| wish::damaged("a mailbox", "what stands in a row"))?,
        wish: wish::read(row.try_get(3)?)?,
        nonce: row.try_get(4)?,
        counted: row.try_get(5)?,
        blinded: row.try_get(6)?,
        network: row.try_get(7)?,
        asked: instant(row, 8)?,
    })
}
