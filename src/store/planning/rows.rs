//! Rows of what somebody was sent, was to be sent and is not sent: what an explanation is made of.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::watch::lead;
use crate::domain::lead_time::LeadTime;
use crate::domain::notice::{NoticeKind, NoticeState, Reply};
use crate::domain::planner::{Row, SaidBy, Saying};
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::store::{Store, StoreError, from_seconds, number, wish};

/// Of each notice the last attempt that ended, and what says it instead.
const ROWS: &str = "\
    SELECT s.deadline, n.kind, n.state, s.lead, s.fire, s.what, s.due, s.link, s.n, n.ready, n.settled, \
           a.ended, a.code, a.reply, by.kind, by.state, by.settled, o.lead \
    FROM stated s JOIN notice n ON n.id = s.notice \
    LEFT JOIN attempt a ON a.notice = n.id AND a.fence = (\
        SELECT MAX(l.fence) FROM attempt l WHERE l.notice = n.id AND l.ended IS NOT NULL) \
    LEFT JOIN notice by ON by.id = s.said_by \
    LEFT JOIN stated o ON o.notice = s.said_by AND o.deadline = s.deadline \
    WHERE s.subscriber = $1 ORDER BY n.id";

impl Store {
    /// Everything that was to state a deadline to somebody, by deadline, oldest first.
    pub async fn rows(&self, id: SubscriberId) -> Result<BTreeMap<String, Vec<Row>>, StoreError> {
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in &sqlx::query(ROWS).bind(id.0).fetch_all(&self.pool).await? {
            rows.entry(row.try_get(0)?).or_default().push(read(row)?);
        }
        Ok(rows)
    }
}

fn read(row: &SqliteRow) -> Result<Row, StoreError> {
    let maybe = |column: usize| -> Result<Option<Instant>, StoreError> {
        row.try_get::<Option<i64>, _>(column)?.map(from_seconds).transpose()
    };
    let lead_in = |column: usize| -> Result<Option<LeadTime>, StoreError> {
        row.try_get::<Option<&str>, _>(column)?.map(lead).transpose()
    };
    let code = row.try_get::<Option<i64>, _>(12)?.and_then(|code| u16::try_from(code).ok());
    let reply = row.try_get::<Option<String>, _>(13)?.map(|text| Reply { code, text });
    let said_by = row.try_get::<Option<&str>, _>(14)?.map(wish::named::<NoticeKind>).transpose()?;
    let said_by = match said_by {
        Some(kind) => Some(SaidBy {
            saying: lead_in(17)?.map_or(Saying::Mail(kind), Saying::Reminder),
            state: wish::named::<NoticeState>(row.try_get(15)?)?,
            settled: maybe(16)?,
        }),
        None => None,
    };
    Ok(Row {
        kind: wish::named(row.try_get(1)?)?,
        state: wish::named(row.try_get(2)?)?,
        reminder: lead_in(3)?.zip(maybe(4)?),
        stated: wish::stated_of(row.try_get(5)?, row.try_get(6)?)?,
        link: row.try_get(7)?,
        number: number(row, 8)?,
        ready: maybe(9)?,
        settled: maybe(10)?,
        attempt: maybe(11)?.map(|at| (at, reply)),
        said_by,
    })
}
