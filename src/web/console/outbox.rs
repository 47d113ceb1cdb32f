//! The outbox: every mail with what was tried and what was said to it; and what comes.

use warp::http::StatusCode;

use super::{Answer, Visit};
use crate::app::outbox::{self, Mail as Looked, Sought, look_ahead};
use crate::domain::kind::Named;
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{NoticeId, NoticeKind, NoticeState};
use crate::domain::programme::Programme;
use crate::domain::subscription::SubscriberId;
use crate::page::console::outbox::{self as page, Attempt, Choice, Day, Line, Mail, Outbox};
use crate::page::console::words;
use crate::page::said_lead;
use crate::web::not_found;
use crate::web::respond::{self, letter};

/// Mails on a page.
const LISTED: usize = 50;
/// Days ahead.
const AHEAD: u32 = 30;

/// Somebody's page, below the list of subscribers: their number, which tells nothing.
pub(super) fn place(id: SubscriberId) -> String {
    format!("{:016x}", id.0)
}

/// Whose page it is.
pub(super) fn placed(place: &str) -> Option<SubscriberId> {
    (place.len() == 16).then(|| i64::from_str_radix(place, 16).ok().map(SubscriberId)).flatten()
}

impl Visit<'_> {
    /// The list, or what of it is asked for.
    pub(super) async fn outbox(&self, programme: &Programme) -> Answer {
        let (store, id) = (self.app.store(), programme.id.as_str());
        let state = self.asked_for("state").and_then(|name| NoticeState::named(&name));
        let kind = self.asked_for("kind").and_then(|name| NoticeKind::named(&name));
        let before = self.asked_for("before").and_then(|number| number.parse().ok()).map(NoticeId);
        let asked = self.asked_for("person").and_then(|place| placed(&place));
        let person = match asked {
            Some(id) => store.subscriber(id).await?.filter(|person| person.programme == programme.id.as_str()),
            None => None,
        };
        if asked.is_some() && person.is_none() {
            return Ok(not_found(self.asked));
        }
        let subscriber = person.as_ref().map(|person| person.id);
        let sought = Sought { programme: Some(id), state, kind, subscriber, before };
        let notices = self.lines(programme, sought, LISTED).await?;
        let more = (notices.len() == LISTED).then(|| {
            let pairs = [
                ("state", state.map(|state| state.name().to_owned())),
                ("kind", kind.map(|kind| kind.name().to_owned())),
                ("person", subscriber.map(place)),
                ("before", notices.last().map(|line| line.id.to_string())),
            ];
            let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        });
        let counts = store.counts(Some(id)).await?;
        let states = NoticeState::ALL.iter().filter_map(|(name, known)| {
            let number = counts.get(known)?;
            let words = format!("{} ({number})", words::state(self.lang, *known));
            Some(Choice { name, words, chosen: state == Some(*known) })
        });
        let kinds = NoticeKind::ALL.iter().map(|(name, known)| Choice {
            name,
            words: words::kind(self.lang, *known).to_owned(),
            chosen: kind == Some(*known),
        });
        let person = person.map(|person| {
            (self.screen(programme, &format!("subscribers/{}", place(person.id))), person.mailbox.masked())
        });
        let seen = outbox::overview(store, Some(id), None, 0, self.now).await?;
        let outbox =
            Outbox { paused: seen.paused, states: states.collect(), kinds: kinds.collect(), person, notices, more };
        Ok(respond::page(StatusCode::OK, page::outbox(&self.frame(Some(programme), "outbox"), &outbox)))
    }

    /// The newest of these mails, a line each.
    pub(super) async fn lines(
        &self,
        programme: &Programme,
        sought: Sought<'_>,
        most: usize,
    ) -> Result<Vec<Line>, super::Fault> {
        let store = self.app.store();
        let mut lines = Vec::new();
        for notice in store.outbox_of(sought, most).await? {
            // Its subject, where the message is kept.
            let looked = outbox::mail(store, programme.id.as_str(), notice.id).await?;
            lines.extend(looked.map(|looked| self.line(programme, &looked)));
        }
        Ok(lines)
    }

    fn line(&self, programme: &Programme, looked: &Looked) -> Line {
        use NoticeState::{Delayed, Failed, Uncertain};
        let notice = &looked.notice;
        let titled = |id: &str| {
            let found = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
            found.map_or_else(|| id.to_owned(), |deadline| deadline.title.clone())
        };
        let is_trouble = matches!(notice.state, Delayed | Failed | Uncertain);
        let to: Option<Mailbox> = notice.recipient.as_deref().and_then(|to| to.parse().ok());
        Line {
            id: notice.id.0,
            kind: words::kind(self.lang, notice.kind),
            state: words::state(self.lang, notice.state),
            is_trouble,
            subject: looked.read.as_ref().map(|read| read.subject.clone()).filter(|subject| !subject.is_empty()),
            about: notice.deadline.as_deref().map(titled),
            to: to.map(|to| to.masked()),
            at: self.said(programme, notice.settled.or(notice.ready).unwrap_or(notice.due)),
            reply: notice.reply.as_ref().filter(|_| is_trouble).map(ToString::to_string),
        }
    }

    async fn looked(&self, programme: &Programme, number: &str) -> Result<Option<Looked>, super::Fault> {
        let Ok(number) = number.parse() else { return Ok(None) };
        Ok(outbox::mail(self.app.store(), programme.id.as_str(), NoticeId(number)).await?)
    }

    /// One mail, and its button.
    pub(super) async fn mail(&self, programme: &Programme, number: &str) -> Answer {
        let Some(looked) = self.looked(programme, number).await? else { return Ok(not_found(self.asked)) };
        let notice = &looked.notice;
        if let Some(form) = &self.form {
            if form.get("act") == Some("retry") && outbox::retry(self.app.store(), notice.id, self.now).await? {
                if let Some(dispatcher) = self.app.dispatcher() {
                    dispatcher.ring();
                }
                let (before, after) = (notice.state.name(), NoticeState::Due.name());
                self.note(programme, "retry", &format!("mail {}", notice.id), before, after).await?;
            }
            return self.back(&self.screen(programme, &format!("outbox/{}", notice.id)));
        }
        let attempts = looked.attempts.iter().map(|attempt| Attempt {
            at: self.said(programme, attempt.ended.unwrap_or(attempt.began)),
            outcome: match attempt.outcome.as_deref().and_then(NoticeState::named) {
                Some(state) => words::state(self.lang, state),
                None => words::state(self.lang, NoticeState::Sending),
            },
            stage: words::stage(self.lang, attempt.stage),
            reply: attempt.reply.as_ref().map(ToString::to_string).unwrap_or_default(),
        });
        let read = looked.read.as_ref();
        let is_secret = notice.kind == NoticeKind::SignIn;
        let again = notice.ready.filter(|_| notice.state == NoticeState::Delayed);
        let mail = Mail {
            line: self.line(programme, &looked),
            person: notice.subscriber.map(place),
            due: self.said(programme, notice.due),
            again: again.map(|at| self.said(programme, at)),
            attempts: attempts.collect(),
            text: read.map(|read| read.text.clone()),
            has_html: read.is_some_and(|read| read.html.is_some()),
            parts: read.map(|read| read.parts.clone()).unwrap_or_default(),
            is_secret,
            retries: notice.state == NoticeState::Failed && (is_secret || read.is_some()),
        };
        Ok(respond::framing_page(page::mail(&self.frame(Some(programme), "outbox"), &mail)))
    }

    /// Its HTML part, for a frame.
    pub(super) async fn mail_as_html(&self, programme: &Programme, number: &str) -> Answer {
        let html = self.looked(programme, number).await?.and_then(|looked| looked.read?.html);
        Ok(html.map_or_else(|| not_found(self.asked), letter))
    }

    /// The reminders of the days to come.
    pub(super) async fn forecast(&self, programme: &Programme) -> Answer {
        let per_day = self.app.dispatcher().and_then(|dispatcher| dispatcher.per_day());
        let ahead = look_ahead(self.app.store(), programme, AHEAD, per_day, self.now).await?;
        let titled = |id: &str| {
            let found = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
            found.map_or_else(|| id.to_owned(), |deadline| deadline.title.clone())
        };
        let days = ahead.days.iter().map(|(day, reminders)| Day {
            day: self.lang.date(*day),
            number: ahead.on(*day),
            exceeds: ahead.exceeded(*day),
            reminders: reminders
                .iter()
                .map(|(deadline, lead, number)| (*number, titled(deadline), said_lead(*lead, self.lang)))
                .collect(),
        });
        let days: Vec<Day> = days.collect();
        let frame = self.frame(Some(programme), "forecast");
        Ok(respond::page(StatusCode::OK, page::forecast(&frame, &days, AHEAD, ahead.total())))
    }
}
