//! Subscribers: who they are, what they got and why, and what an organizer may do for one of them.

use std::collections::BTreeSet;

use warp::http::StatusCode;

use super::outbox::{place, placed};
use super::{Answer, Fault, Visit};
use crate::app::erase;
use crate::app::explain::{Question, explain};
use crate::app::mailing::Mailing;
use crate::app::outbox::Sought;
use crate::app::subscribers::{self as people, Why, kept_from, lift, mark, roll};
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::Programme;
use crate::domain::subscription::{ReaderRole, Standing, Subscriber, SubscriberId};
use crate::page::console::subscribers::{self as page, Listed, Paragraph, Person, Said, Search, Subscribers};
use crate::page::console::words;
use crate::page::said_lead;
use crate::web::not_found;
use crate::web::respond::{self, download};

/// People on a page.
const LISTED: usize = 100;
/// People that a search shows.
const FOUND: usize = 30;
/// Mails on somebody's page.
const MAILS: usize = 20;

impl Visit<'_> {
    /// The list, with what was done or looked for above it.
    pub(super) async fn subscribers(&self, programme: &Programme) -> Answer {
        let Some(form) = &self.form else {
            let said = self.asked_for("done").and_then(|done| done_before(&done));
            return self.list(programme, said, None).await;
        };
        let written = |name: &str| form.get(name).unwrap_or_default().trim();
        match written("act") {
            "find" => self.find(programme, written("q")).await,
            "export" => self.export(programme, written("format")).await,
            "accept" => self.accept(programme, written("addresses")).await,
            "lift" => match written("address").parse() {
                Ok(mailbox) => {
                    let lifted = self.lift(programme, &mailbox).await?;
                    let done = if lifted { "lifted" } else { "free" };
                    self.back(&self.screen(programme, &format!("subscribers?done={done}")))
                }
                Err(_) => self.back(&self.screen(programme, "subscribers")),
            },
            _ => self.back(&self.screen(programme, "subscribers")),
        }
    }

    async fn list(&self, programme: &Programme, said: Option<Said>, search: Option<Search>) -> Answer {
        let roll = roll(self.app.store(), programme.id.as_str()).await?;
        let only = self.asked_for("only").unwrap_or_default();
        let from: usize = self.asked_for("from").and_then(|from| from.parse().ok()).unwrap_or(0);
        let is_meant = |one: &&Subscriber| match only.as_str() {
            "" => true,
            "suppressed" => roll.unreachable.contains(&one.id),
            name => Standing::named(name).is_none_or(|standing| one.standing == standing),
        };
        let meant: Vec<&Subscriber> = roll.subscribers.iter().filter(is_meant).collect();
        let shown = meant.iter().skip(from).take(LISTED);
        let listed = shown.map(|one| self.listed(programme, &roll.unreachable, one, one.mailbox.masked())).collect();
        let next = from.saturating_add(LISTED);
        let more = (meant.len() > next).then(|| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("from", &next.to_string());
            if !only.is_empty() {
                query.append_pair("only", &only);
            }
            query.finish()
        });
        let counted = |(name, number): (&'static str, usize)| {
            let words = Standing::named(name).map_or_else(
                || words::either(self.lang, "whose mail came back", "메일 반송"),
                |standing| words::standing(self.lang, standing),
            );
            (name, words.to_owned(), number, only == name)
        };
        let all = words::either(self.lang, "in all", "전체");
        let mut counts = vec![("", all.to_owned(), roll.subscribers.len(), only.is_empty())];
        counts.extend(roll.counts().into_iter().filter(|(_, number)| *number > 0).map(counted));
        let page = Subscribers { said, counts, search, listed, more };
        Ok(respond::page(StatusCode::OK, page::subscribers(&self.frame(Some(programme), "subscribers"), &page)))
    }

    fn listed(
        &self,
        programme: &Programme,
        unreachable: &BTreeSet<SubscriberId>,
        one: &Subscriber,
        address: String,
    ) -> Listed {
        Listed {
            place: place(one.id),
            address,
            standing: words::standing(self.lang, one.standing),
            role: words::role(self.lang, one.role),
            since: self.said(programme, one.confirmed.unwrap_or(one.created)),
            accepted: one.accepted,
            suppressed: unreachable.contains(&one.id),
        }
    }

    /// Whoever has this in their address: straight to the only one. What is looked for stands in no address.
    async fn find(&self, programme: &Programme, asked: &str) -> Answer {
        let roll = roll(self.app.store(), programme.id.as_str()).await?;
        let wanted = asked.to_lowercase();
        let has = |one: &&Subscriber| !wanted.is_empty() && one.mailbox.to_string().to_lowercase().contains(&wanted);
        let found: Vec<&Subscriber> = roll.subscribers.iter().filter(has).collect();
        let exact = found.iter().find(|one| one.mailbox.to_string().to_lowercase() == wanted);
        if let (Some(one), _) | (None, [one]) = (exact, &found[..]) {
            return self.back(&self.screen(programme, &format!("subscribers/{}", place(one.id))));
        }
        let kept_from = match (asked.parse(), self.app.mailing()) {
            (Ok(mailbox), Some(mailing)) => {
                kept_from(self.app.store(), &mailing.key, programme.id.as_str(), &mailbox).await?
            }
            _ => None,
        };
        let shown = found.iter().take(FOUND);
        let search = Search {
            asked: asked.to_owned(),
            found: shown.map(|one| self.listed(programme, &roll.unreachable, one, one.mailbox.to_string())).collect(),
            more: found.len() > FOUND,
            kept_from: kept_from.map(|why| match why {
                Why::Bounced => "bounced",
                Why::Erased => "erased",
            }),
        };
        self.list(programme, None, Some(search)).await
    }

    /// Everybody with everything, for a spreadsheet or a program. That it was taken is written down.
    async fn export(&self, programme: &Programme, format: &str) -> Answer {
        let id = programme.id.as_str();
        let all = self.app.store().subscribers(id).await?;
        let (name, media_type, octets) = match format {
            "json" => ("jsonl", "application/x-ndjson", people::as_json_lines(&all)),
            _ => ("csv", "text/csv; charset=utf-8", people::as_csv(&all)),
        };
        self.note(programme, "export subscribers", name, "", &format!("{} people", all.len())).await?;
        Ok(download(&format!("{id}-subscribers.{name}"), media_type, octets.into_bytes()))
    }

    /// Marks many as accepted. Whoever is unknown is named.
    async fn accept(&self, programme: &Programme, addresses: &str) -> Answer {
        let (mut number, mut unknown) = (0, Vec::new());
        let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
        for written in addresses.split(between).filter(|written| !written.is_empty()) {
            let done = match written.parse::<Mailbox>() {
                Ok(mailbox) => {
                    let done = mark(self.app.store(), programme.id.as_str(), &mailbox, Some(true), self.now).await?;
                    if done {
                        self.note(programme, "mark", &mailbox.masked(), "", "accepted").await?;
                    }
                    done
                }
                Err(_) => false,
            };
            if done {
                number += 1;
            } else {
                unknown.push(written.to_owned());
            }
        }
        self.app.ring();
        if unknown.is_empty() {
            return self.back(&self.screen(programme, &format!("subscribers?done=accepted.{number}")));
        }
        self.list(programme, Some(Said::Accepted { number, unknown }), None).await
    }

    async fn lift(&self, programme: &Programme, mailbox: &Mailbox) -> Result<bool, Fault> {
        let Some(Mailing { key, .. }) = self.app.mailing() else { return Ok(false) };
        let lifted = lift(self.app.store(), key, programme.id.as_str(), mailbox).await?;
        if !lifted.is_empty() {
            let names = lifted.iter().map(|why| match why {
                Why::Bounced => "mail came back",
                Why::Erased => "erased",
            });
            let before = names.collect::<Vec<_>>().join(", ");
            self.note(programme, "lift", &mailbox.masked(), &before, "may be written to").await?;
            self.app.ring();
        }
        Ok(!lifted.is_empty())
    }

    async fn found(&self, programme: &Programme, place: &str) -> Result<Option<Subscriber>, Fault> {
        let Some(id) = placed(place) else { return Ok(None) };
        let found = self.app.store().subscriber(id).await?;
        Ok(found.filter(|one| one.programme == programme.id.as_str()))
    }

    /// One person, and what is done for them.
    pub(super) async fn person(&self, programme: &Programme, at: &str) -> Answer {
        let Some(one) = self.found(programme, at).await? else { return Ok(not_found(self.asked)) };
        if let Some(form) = &self.form {
            let done = self.act(programme, &one, form.get("act").unwrap_or_default()).await?;
            let done = if done { "?done=saved" } else { "" };
            return self.back(&self.screen(programme, &format!("subscribers/{}{done}", place(one.id))));
        }
        let (store, id) = (self.app.store(), programme.id.as_str());
        let unreachable = store.unreachable(id).await?;
        let question = Question { programme: id, mailbox: &one.mailbox, deadline: None, all: false };
        let (standing, paused, paragraphs) = explain(store, &question, self.now).await?.parts();
        let explained =
            paragraphs.into_iter().map(|part| Paragraph { title: part.title, is: part.is, lines: spelled(part.lines) });
        let sought = Sought { programme: Some(id), subscriber: Some(one.id), ..Sought::default() };
        let person = Person {
            listed: self.listed(programme, &unreachable, &one, one.mailbox.to_string()),
            language: words::language(self.lang, one.language).to_owned(),
            zone: one.zone.name(),
            saved: self.asked_for("done").is_some(),
            is_author: one.role == ReaderRole::Author,
            confirmed: one.standing == Standing::Confirmed,
            standing,
            paused,
            explained: explained.collect(),
            mails: self.lines(programme, sought, MAILS).await?,
        };
        Ok(respond::page(StatusCode::OK, page::person(&self.frame(Some(programme), "subscribers"), &person)))
    }

    async fn act(&self, programme: &Programme, one: &Subscriber, act: &str) -> Result<bool, Fault> {
        let accepted = match act {
            "lift" => return self.lift(programme, &one.mailbox).await,
            "accepted" => Some(true),
            "not-accepted" => Some(false),
            "open" => None,
            _ => return Ok(false),
        };
        let done = mark(self.app.store(), programme.id.as_str(), &one.mailbox, accepted, self.now).await?;
        if done {
            let said = |accepted| match accepted {
                Some(true) => "accepted",
                Some(false) => "not accepted",
                None => "open",
            };
            self.note(programme, "mark", &one.mailbox.masked(), said(one.accepted), said(accepted)).await?;
            self.app.ring();
        }
        Ok(done)
    }

    /// Asks once more, then erases. The audit keeps no address of whoever is gone.
    pub(super) async fn erase(&self, programme: &Programme, at: &str) -> Answer {
        let Some(one) = self.found(programme, at).await? else { return Ok(not_found(self.asked)) };
        if let Some(form) = &self.form {
            if form.get("act") == Some("erase") {
                erase::erase(self.app, &one, self.now).await?;
                self.note(programme, "erase", "a subscriber", people::standing(one.standing), "erased").await?;
            }
            return self.back(&self.screen(programme, "subscribers?done=erased"));
        }
        let unreachable = self.app.store().unreachable(programme.id.as_str()).await?;
        let listed = self.listed(programme, &unreachable, &one, one.mailbox.to_string());
        Ok(respond::page(StatusCode::OK, page::erase(&self.frame(Some(programme), "subscribers"), &listed)))
    }
}

/// The same with lead times in words, in the language of the sentences.
fn spelled(lines: Vec<(String, String)>) -> Vec<(String, String)> {
    let words = |what: String| match what.parse::<LeadTime>() {
        Ok(lead) => said_lead(lead, Language::English),
        Err(_) => what,
    };
    lines.into_iter().map(|(what, sentence)| (words(what), sentence)).collect()
}

/// What was done before the page was asked for anew.
fn done_before(done: &str) -> Option<Said> {
    let (what, number) = done.split_once('.').unwrap_or((done, "0"));
    let number = number.parse().ok()?;
    match what {
        "invited" => Some(Said::Invited { number }),
        "accepted" => Some(Said::Accepted { number, unknown: Vec::new() }),
        "erased" => Some(Said::Erased),
        "lifted" => Some(Said::Lifted),
        "free" => Some(Said::Free),
        _ => None,
    }
}
