//! Whom the planner looks at: found by what is due, never by looking at everybody.

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::watch::lead;
use crate::domain::lead_time::LeadTime;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::{Instant, Zone};
use crate::store::{Store, StoreError, wish};

/// The people of one clock and one lead time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clocked {
    /// Whose clock.
    pub zone: Zone,
    /// Whether hour-counted lead times are wanted to the minute.
    pub to_the_minute: bool,
    /// The lead time.
    pub lead: LeadTime,
}

impl Store {
    /// Programmes that somebody subscribed to: of the others nobody is to be told anything.
    pub async fn subscribed(&self) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT programme FROM head WHERE EXISTS (\
                 SELECT 1 FROM subscriber s WHERE s.programme = head.programme AND s.standing = 'confirmed')",
        );
        rows.fetch_all(&self.pool).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The clocks of a programme's subscribers. Each costs one look into an index, however many live by it.
    pub async fn clocks(&self, programme: &str) -> Result<Vec<Zone>, StoreError> {
        let rows = sqlx::query(
            "WITH RECURSIVE clock(zone) AS (\
                 SELECT MIN(zone) FROM subscriber WHERE programme = $1 AND standing = 'confirmed' \
                 UNION ALL \
                 SELECT (SELECT MIN(s.zone) FROM subscriber s \
                         WHERE s.programme = $1 AND s.standing = 'confirmed' AND s.zone > clock.zone) \
                 FROM clock WHERE clock.zone IS NOT NULL) \
             SELECT zone FROM clock WHERE zone IS NOT NULL",
        );
        let rows = rows.bind(programme).fetch_all(&self.pool).await?;
        rows.iter().map(|row| wish::zone(row.try_get(0)?)).collect()
    }

    /// Every lead time that somebody chose for themselves, of whatever programme.
    pub async fn chosen_leads(&self) -> Result<Vec<LeadTime>, StoreError> {
        let rows = sqlx::query(
            "WITH RECURSIVE chosen(lead) AS (\
                 SELECT MIN(lead) FROM lead_time \
                 UNION ALL \
                 SELECT (SELECT MIN(l.lead) FROM lead_time l WHERE l.lead > chosen.lead) \
                 FROM chosen WHERE chosen.lead IS NOT NULL) \
             SELECT lead FROM chosen WHERE lead IS NOT NULL",
        );
        rows.fetch_all(&self.pool).await?.iter().map(|row| lead(row.try_get(0)?)).collect()
    }

    /// Who lives by a clock and has chosen a lead time for themselves; with `default` also whoever has chosen none.
    pub async fn clocked(
        &self,
        programme: &str,
        clocked: &Clocked,
        default: bool,
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let own = sqlx::query(
            "SELECT s.id FROM lead_time l JOIN subscriber s ON s.id = l.subscriber \
             WHERE l.lead = $4 AND s.programme = $1 AND s.standing = 'confirmed' AND s.own_leads = 1 AND s.zone = $2 \
               AND s.to_the_minute = $3",
        );
        let bound = (clocked.zone.name(), i64::from(clocked.to_the_minute));
        let own = own.bind(programme).bind(bound.0).bind(bound.1).bind(clocked.lead.to_string());
        let mut found = ids(&own.fetch_all(&self.pool).await?)?;
        if default {
            let rest = sqlx::query(
                "SELECT id FROM subscriber WHERE programme = $1 AND standing = 'confirmed' AND zone = $2 \
                   AND to_the_minute = $3 AND own_leads = 0",
            );
            found.extend(ids(&rest.bind(programme).bind(bound.0).bind(bound.1).fetch_all(&self.pool).await?)?);
        }
        Ok(found)
    }

    /// Who was told something else of a deadline than what it says, or nothing.
    pub async fn told_otherwise(&self, programme: &str, deadline: &str) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.id FROM deadline d JOIN subscriber s ON s.programme = d.programme AND s.standing = 'confirmed' \
             LEFT JOIN told t ON t.subscriber = s.id AND t.deadline = d.id \
             WHERE d.programme = $1 AND d.id = $2 AND (t.what IS DISTINCT FROM d.what OR t.due IS DISTINCT FROM d.due \
               OR t.link IS DISTINCT FROM d.link)",
        );
        ids(&rows.bind(programme).bind(deadline).fetch_all(&self.pool).await?)
    }

    /// Whose reminder of a date was given up because it moved away: it may have come back.
    pub async fn given_up(
        &self,
        programme: &str,
        deadline: &str,
        due: Instant,
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.subscriber FROM notice n JOIN stated s ON s.notice = n.id AND s.deadline = $2 \
             JOIN stated r ON r.due = $3 AND r.lead IS NOT NULL AND r.deadline = $2 \
                  AND (r.notice = n.id OR r.said_by = n.id AND r.subscriber = n.subscriber) AND r.subscriber = s.subscriber \
             WHERE n.programme = $1 AND n.state = 'withdrawn'",
        );
        ids(&rows.bind(programme).bind(deadline).bind(due.timestamp()).fetch_all(&self.pool).await?)
    }

    /// Everybody of a programme who confirmed.
    pub async fn confirmed(&self, programme: &str) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM subscriber WHERE programme = $1 AND standing = 'confirmed' ORDER BY id");
        ids(&rows.bind(programme).fetch_all(&self.pool).await?)
    }

    /// Who is to be looked at whatever the hour.
    pub async fn unsettled(&self, programme: &str) -> Result<Vec<SubscriberId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM subscriber WHERE programme = $1 AND unsettled > 0");
        ids(&rows.bind(programme).fetch_all(&self.pool).await?)
    }
}

fn ids(rows: &[SqliteRow]) -> Result<Vec<SubscriberId>, StoreError> {
    rows.iter().map(|row| Ok(SubscriberId(row.try_get(0)?))).collect()
}
