//! Organizers and their programmes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;

use crate::domain::mailbox::Mailbox;
use crate::domain::organizer::{Organizer, OrganizerId};
use crate::domain::zone::Instant;
use crate::store::subscribers::found_by;
use crate::store::{Store, StoreError, instant, sqlite, wish};

impl Store {
    /// Everybody who may sign in, by address.
    pub async fn organizers(&self) -> Result<Vec<Organizer>, StoreError> {
        let mut programmes: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for row in sqlx::query("SELECT organizer, programme FROM organizes").fetch_all(&self.pool).await? {
            programmes.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
        }
        let rows = sqlx::query("SELECT id, mailbox, owner, since FROM organizer ORDER BY found_by");
        let organizer = |row: &sqlx::sqlite::SqliteRow| {
            let (id, mailbox): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            Ok(Organizer {
                id: OrganizerId(id),
                mailbox: mailbox.parse().map_err(|_| wish::damaged("a mailbox", &mailbox))?,
                owner: row.try_get(2)?,
                programmes: programmes.get(&id).cloned().unwrap_or_default(),
                since: instant(row, 3)?,
            })
        };
        rows.fetch_all(&self.pool).await?.iter().map(organizer).collect()
    }

    /// The organizer of an address, in any spelling of capital and small letters.
    pub async fn organizer_at(&self, mailbox: &Mailbox) -> Result<Option<Organizer>, StoreError> {
        let wanted = found_by(mailbox);
        Ok(self.organizers().await?.into_iter().find(|organizer| found_by(&organizer.mailbox) == wanted))
    }

    /// Lets somebody sign in: to a programme, or with none to all as an owner. Asked twice, it is done once.
    pub async fn add_organizer(
        &self,
        mailbox: &Mailbox,
        programme: Option<&str>,
        now: Instant,
    ) -> Result<Organizer, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        sqlx::query(
            "INSERT INTO organizer (mailbox, found_by, owner, since) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (found_by) DO UPDATE SET owner = MAX(owner, excluded.owner)",
        )
        .bind(mailbox.to_string())
        .bind(found_by(mailbox))
        .bind(programme.is_none())
        .bind(now.timestamp())
        .execute(write.connection())
        .await?;
        if let Some(programme) = programme {
            sqlx::query(
                "INSERT INTO organizes (organizer, programme, since) SELECT id, $2, $3 FROM organizer \
                 WHERE found_by = $1 ON CONFLICT (organizer, programme) DO NOTHING",
            )
            .bind(found_by(mailbox))
            .bind(programme)
            .bind(now.timestamp())
            .execute(write.connection())
            .await?;
        }
        write.commit().await?;
        let added = self.organizer_at(mailbox).await?;
        added.ok_or_else(|| wish::damaged("an organizer", "who was just added and is not there"))
    }

    /// Takes somebody off a programme; with none from all of them. Whoever is left without any cannot sign in any more,
    /// and is signed out. False when they were not there.
    pub async fn remove_organizer(&self, mailbox: &Mailbox, programme: Option<&str>) -> Result<bool, StoreError> {
        let mut write = sqlite::begin(&self.pool).await?;
        let wanted = found_by(mailbox);
        let removed = match programme {
            None => sqlx::query("DELETE FROM organizer WHERE found_by = $1").bind(&wanted),
            Some(programme) => sqlx::query(
                "DELETE FROM organizes WHERE programme = $2 \
                 AND organizer = (SELECT id FROM organizer WHERE found_by = $1)",
            )
            .bind(&wanted)
            .bind(programme),
        };
        let removed = removed.execute(write.connection()).await?.rows_affected() > 0;
        let without = sqlx::query(
            "DELETE FROM organizer WHERE found_by = $1 AND owner = 0 \
             AND NOT EXISTS (SELECT 1 FROM organizes o WHERE o.organizer = organizer.id)",
        );
        without.bind(&wanted).execute(write.connection()).await?;
        write.commit().await?;
        Ok(removed)
    }
}
