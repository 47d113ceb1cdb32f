//! The first screen: what waits for somebody, what is on hold, what went out and what comes; and who did what.

use warp::http::StatusCode;

use super::{Answer, Done, Visit};
use crate::app::outbox::{self, overview};
use crate::app::plan::hold::{self, Release};
use crate::domain::kind::Named;
use crate::domain::programme::Programme;
use crate::page::console::{self, Held, Today, Waiting};
use crate::web::respond;

/// Notices on the first screen.
const NEWEST: usize = 8;
/// Days ahead.
const AHEAD: u32 = 7;
/// Acts on a page.
const ACTS: usize = 100;

impl Visit<'_> {
    pub(super) async fn today(&self, programme: &Programme) -> Answer {
        if let Some(form) = &self.form {
            let (act, about) = (form.get("act").unwrap_or_default(), form.get("about").unwrap_or_default());
            self.answer(programme, act, about).await?;
            return self.back("./");
        }
        let (store, id) = (self.app.store(), programme.id.as_str());
        let seen = overview(store, Some(id), None, NEWEST, self.now).await?;
        let titled = |id: &str| {
            let found = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
            found.map_or_else(|| id.to_owned(), |deadline| deadline.title.clone())
        };
        let said = |at| {
            self.lang.moment(crate::domain::programme::Moment {
                civil: programme.time_zone.local(at).civil,
                zone: programme.time_zone,
                instant: at,
            })
        };
        let waiting = seen.waiting.iter().map(|waiting| Waiting {
            id: waiting.id,
            reason: waiting.reason.clone(),
            since: said(waiting.since),
        });
        let held = seen.held.iter().filter_map(|(_, watched)| {
            let held = watched.held?;
            Some(Held {
                deadline: watched.telling.deadline.clone(),
                title: titled(&watched.telling.deadline),
                until: (!held.stopped).then(|| said(held.until)),
            })
        });
        let notices = seen.notices.iter().rev().map(|notice| console::Notice {
            kind: notice.kind.name(),
            state: notice.state.name(),
            about: notice.deadline.as_deref().map(titled),
            at: said(notice.settled.or(notice.ready).unwrap_or(notice.due)),
        });
        let counts = seen.counts.iter().map(|(state, number)| (state.name(), *number));
        let today = Today {
            waiting: waiting.collect(),
            held: held.collect(),
            paused: seen.paused.clone(),
            notices: notices.collect(),
            counts: counts.collect(),
            ahead: outbox::ahead(store, programme, AHEAD, None, self.now).await?.lines().map(str::to_owned).collect(),
        };
        Ok(respond::page(StatusCode::OK, console::today(&self.frame(Some(programme), "today"), &today)))
    }

    /// What a button of the first screen does.
    async fn answer(&self, programme: &Programme, act: &str, about: &str) -> Done {
        let (store, id) = (self.app.store(), programme.id.as_str());
        let done = match act {
            "send" | "count" => {
                let number = about.parse().unwrap_or_default();
                let waiting = store.hold(number).await?.filter(|waiting| waiting.programme == id);
                match (waiting, Release::named(act)) {
                    (Some(waiting), Some(answer)) => hold::release(self.app, &waiting, answer).await?,
                    _ => false,
                }
            }
            "stop" => store.stop_hold(id, about, self.now).await?,
            "send-now" => {
                let done = store.end_hold(id, about, self.now).await?;
                self.app.ring();
                done
            }
            _ => false,
        };
        if done {
            self.note(programme, act, about, "", "").await?;
        }
        Ok(())
    }

    /// Who did what.
    pub(super) async fn audit(&self, programme: &Programme) -> Answer {
        let before = self.asked.query.split('&').find_map(|pair| pair.strip_prefix("before=")?.parse().ok());
        let entries = self.app.store().audited(programme.id.as_str(), before, ACTS).await?;
        let zone = programme.time_zone;
        let rows: Vec<console::Done> = entries
            .iter()
            .map(|entry| console::Done {
                at: zone.local(entry.at).civil.format("%Y-%m-%d %H:%M").to_string(),
                who: entry.who.clone(),
                act: entry.act.clone(),
                about: entry.about.clone(),
                before: entry.before.clone(),
                after: entry.after.clone(),
            })
            .collect();
        let more = (entries.len() == ACTS).then(|| entries.last().map_or(0, |entry| entry.id));
        Ok(respond::page(StatusCode::OK, console::audit(&self.frame(Some(programme), "audit"), &rows, more)))
    }
}
