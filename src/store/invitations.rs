//! Invitations: whoever is on an organizer's list is asked once, and it is decided here who is asked at all.
//!
//! An invitation is a request that is answered already: the running service writes its mail, as it writes that of a form.
//! Who was invited is remembered by the HMAC of the mailbox alone, for longer than the pending subscriber lives.

use sqlx::{Row, SqliteConnection};

use super::requests::{found_by_mailbox, insert, may_be_written_to, note, suppressed};
use super::{Store, StoreError, sqlite, wish};
use crate::domain::subscription::Standing;
use crate::domain::zone::Instant;
use crate::store::Request;

/// What stands in place of a network where an organizer's list caused a mail: a stranger's mails are counted apart.
pub(super) const LIST: &str = "list";

/// What becomes of somebody on a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// They are asked.
    Invited,
    /// They are subscribed.
    Subscribed,
    /// They were asked, by an invitation or by their own sign-up, and have not answered.
    Asked,
    /// They were invited before, and did not want it.
    InvitedBefore,
    /// They left.
    Left,
    /// They had everything erased.
    Erased,
    /// Their mailbox does not exist.
    Bounced,
    /// Their mailbox had as many mails as one may be sent: another day they may be asked.
    Limited,
}

impl Store {
    /// Keeps the reason why a list may be written to, by a random number.
    pub async fn keep_reason(&self, id: i64, programme: &str, words: &str, now: Instant) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO reason (id, programme, words, since) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(programme)
            .bind(words)
            .bind(now.timestamp())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The reason that was given last for a programme, with its number.
    pub async fn reason(&self, programme: &str) -> Result<Option<(i64, String)>, StoreError> {
        let row = sqlx::query("SELECT id, words FROM reason WHERE programme = $1 ORDER BY since DESC, id DESC LIMIT 1");
        let row = row.bind(programme).fetch_optional(&self.pool).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// The reason for which a mailbox was invited.
    pub async fn reason_for(&self, programme: &str, blinded: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(
            "SELECT r.words FROM invited i JOIN reason r ON r.id = i.reason WHERE i.programme = $1 AND i.blinded = $2",
        );
        let row = row.bind(programme).bind(blinded).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Decides what becomes of people on a list, and invites those who are to be; without a reason nothing is kept.
    ///
    /// # Errors
    /// When it cannot be kept: then nobody of these is invited.
    pub async fn invite(&self, people: &[Request], reason: Option<i64>, now: Instant) -> Result<Vec<Fate>, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let mut fates = Vec::with_capacity(people.len());
        for one in people {
            let fate = fate(write.connection(), one, now).await?;
            if let (Fate::Invited, Some(reason)) = (fate, reason) {
                invite(write.connection(), one, reason, now).await?;
            }
            fates.push(fate);
        }
        match reason {
            Some(_) => write.commit().await?,
            None => write.roll_back().await?,
        }
        Ok(fates)
    }
}

async fn fate(connection: &mut SqliteConnection, one: &Request, now: Instant) -> Result<Fate, StoreError> {
    if let Some(why) = suppressed(connection, &one.blinded, &one.programme).await? {
        return Ok(if why == "erased" { Fate::Erased } else { Fate::Bounced });
    }
    if let Some((_, standing)) = found_by_mailbox(connection, &one.programme, &one.mailbox).await? {
        return Ok(match wish::named::<Standing>(&standing)? {
            Standing::Confirmed => Fate::Subscribed,
            Standing::Pending => Fate::Asked,
            Standing::Left => Fate::Left,
        });
    }
    let invited = sqlx::query("SELECT 1 FROM invited WHERE programme = $1 AND blinded = $2");
    let invited = invited.bind(&one.programme).bind(&one.blinded).fetch_optional(&mut *connection).await?;
    if invited.is_some() {
        return Ok(Fate::InvitedBefore);
    }
    let may = may_be_written_to(connection, one, now).await?;
    Ok(if may { Fate::Invited } else { Fate::Limited })
}

async fn invite(connection: &mut SqliteConnection, one: &Request, reason: i64, now: Instant) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO invited (programme, blinded, reason) VALUES ($1, $2, $3)")
        .bind(&one.programme)
        .bind(&one.blinded)
        .bind(reason)
        .execute(&mut *connection)
        .await?;
    insert(connection, one, now).await?;
    note(connection, one.id, &one.programme, &one.counted, LIST, now).await?;
    sqlx::query(
        "INSERT INTO request (id, programme, mailbox, wish, nonce, counted, blinded, network, asked, answer, subscriber, due) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'invitation', $1, $9)",
    )
    .bind(one.id)
    .bind(&one.programme)
    .bind(one.mailbox.to_string())
    .bind(wish::write(&one.wish))
    .bind(&one.nonce)
    .bind(&one.counted)
    .bind(&one.blinded)
    .bind(LIST)
    .bind(now.timestamp())
    .execute(connection)
    .await?;
    Ok(())
}
