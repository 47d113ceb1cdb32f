//! What a link in a mail leads to. GET shows a page with one button and changes nothing, for scanners open links and run
//! scripts; POST acts, is taken from our own pages only, and can be undone. The POST of RFC 8058 is the exception: it
//! comes from a mail provider, acts at once, and its address stands in a header alone.

use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use warp::http::{HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::form::{Form, NoForm, Origin, language, origin};
use super::respond::page as answer;
use super::subscribe::{changed, no_form, not_kept, say, stand};
use super::{Asked, not_found};
use crate::app::blocked;
use crate::app::confirm::{self, Click};
use crate::app::consider::programme_of;
use crate::app::erase::erase;
use crate::app::links::{Followed, follow};
use crate::app::manage::{self, Ask};
use crate::app::plan::hold::{self, Release};
use crate::app::roll_call::{self, Where};
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::link::Purpose;
use crate::domain::programme::{Audience, Programme};
use crate::domain::subscription::{Standing, Subscriber};
use crate::page::{self, About, Saying};

/// The verbs whose address ends in a token.
pub(super) const VERBS: [&str; 9] =
    ["confirm", "manage", "done", "unsubscribe", "one-click", "accepted", "roll-call", "release", "publish-as-written"];

/// A link that was followed: by GET or HEAD to look, by POST to act.
pub(super) struct Visit<'v> {
    app: &'v App,
    asked: &'v Asked,
    programme: Programme,
    /// What was sent; none: somebody looks.
    form: Option<Form>,
}

/// Answers `/{programme}/{verb}/{token}`.
pub(super) async fn visit(
    id: &str,
    verb: &str,
    token: &str,
    app: &App,
    asked: &Asked,
    read: Result<Form, NoForm>,
) -> Response {
    let lang = language(asked, None);
    let edition = app.edition(id).filter(|_| app.mailing().is_some());
    let Some(programme) = edition.and_then(|edition| programme_of(&edition.revision)) else { return not_found(asked) };
    let about = About { short: programme.short.clone(), ..About::default() };
    let form = if asked.method == Method::POST {
        if verb != "one-click" && origin(&asked.headers, app.base_url()) != Origin::Ours {
            return say(asked, lang, StatusCode::FORBIDDEN, Saying::Foreign, &about);
        }
        match read {
            Ok(form) => Some(form),
            Err(why) => return no_form(asked, lang, why),
        }
    } else {
        None
    };
    let visit = Visit { app, asked, programme, form };
    let visited = match verb {
        "confirm" => visit.confirm(id, token).await,
        "manage" => visit.manage(id, token).await,
        "done" => visit.done(id, token).await,
        "accepted" => visit.accepted(id, token).await,
        "roll-call" => visit.roll_call(id, token).await,
        "release" => visit.release(id, token).await,
        "publish-as-written" => visit.publish(id, token).await,
        "one-click" => visit.leave(id, Purpose::OneClick, token).await,
        _ => visit.leave(id, Purpose::Unsubscribe, token).await,
    };
    visited.unwrap_or_else(|error| not_kept(asked, lang, &*error))
}

type Visited = Result<Response, Box<dyn std::error::Error + Send + Sync>>;

impl Visit<'_> {
    fn sent(&self, name: &str) -> Option<&str> {
        self.form.as_ref()?.get(name)
    }

    fn undoes(&self) -> bool {
        self.sent("act") == Some("undo")
    }

    fn say(&self, subscriber: Option<&Subscriber>, status: StatusCode, saying: Saying, about: About) -> Response {
        let lang = language(self.asked, subscriber.map(|subscriber| subscriber.language));
        let who = subscriber.map_or_else(String::new, |subscriber| subscriber.mailbox.masked());
        say(self.asked, lang, status, saying, &About { short: self.programme.short.clone(), who, ..about })
    }

    fn ok(&self, subscriber: &Subscriber, saying: Saying, about: About) -> Visited {
        Ok(self.say(Some(subscriber), StatusCode::OK, saying, about))
    }

    /// The link is not ours, or not any more.
    fn no_link(&self) -> Visited {
        Ok(self.say(None, StatusCode::NOT_FOUND, Saying::NoLink, About { form: true, ..About::default() }))
    }

    async fn act(
        &self,
        subscriber: Subscriber,
        ask: &Ask,
    ) -> Result<Subscriber, Box<dyn std::error::Error + Send + Sync>> {
        let done = manage::act(self.app, &subscriber, ask, self.app.clock().now()).await?;
        Ok(done.unwrap_or(subscriber))
    }

    async fn confirm(&self, id: &str, secret: &str) -> Visited {
        let now = self.app.clock().now();
        // Whoever was put on a list says on which clock they live; what is no zone is as if they said nothing.
        let zone = self.sent("zone").and_then(|zone| zone.parse().ok());
        let click = match self.form {
            Some(_) => confirm::confirm(self.app, id, secret, zone, now).await?,
            None => confirm::look(self.app, id, secret, now).await?,
        };
        let about = |subscriber: &Subscriber| {
            let links = self.app.mailing().map(|mailing| mailing.links(subscriber, None));
            About { manage: links.and_then(|links| links.manage), ..About::default() }
        };
        match click {
            Click::Open(subscriber) => {
                let invited = confirm::is_invited(self.app, &subscriber).await?;
                let about = About { zone: invited.then_some(subscriber.zone), ..About::default() };
                self.ok(&subscriber, Saying::Confirm, about)
            }
            Click::Made(subscriber) if subscriber.standing == Standing::Confirmed => {
                self.ok(&subscriber, Saying::Confirmed, about(&subscriber))
            }
            Click::Made(subscriber) => self.ok(&subscriber, Saying::Left, about(&subscriber)),
            Click::Expired => {
                let about = About { form: true, ..About::default() };
                Ok(self.say(None, StatusCode::GONE, Saying::ConfirmTooLate, about))
            }
            Click::Unknown => self.no_link(),
        }
    }

    async fn done(&self, id: &str, token: &str) -> Visited {
        let Some(Followed { subscriber, scope }) = follow(self.app, id, Purpose::Done, token).await? else {
            return self.no_link();
        };
        // A deadline that was renamed since is meant by its new name.
        let named = |deadline: &&crate::domain::programme::Deadline| {
            deadline.id.as_str() == scope || deadline.formerly.iter().any(|former| former.as_str() == scope)
        };
        let deadline = self.programme.deadlines.iter().find(named);
        let key = deadline.map_or(scope.clone(), |deadline| deadline.id.to_string());
        let what = deadline.map_or(scope, |deadline| deadline.title.clone());
        let (undoes, acts) = (self.undoes(), self.form.is_some());
        let subscriber = if acts { self.act(subscriber, &Ask::Done(key.clone(), !undoes)).await? } else { subscriber };
        match (subscriber.done.contains(&key), acts) {
            (true, _) => self.ok(&subscriber, Saying::IsDone, About { what, undoes: true, ..About::default() }),
            (false, true) => self.ok(&subscriber, Saying::Undone, About { what, ..About::default() }),
            (false, false) => self.ok(&subscriber, Saying::Done, About { what, ..About::default() }),
        }
    }

    async fn accepted(&self, id: &str, token: &str) -> Visited {
        let Some(Followed { subscriber, scope }) = follow(self.app, id, Purpose::Accepted, token).await? else {
            return self.no_link();
        };
        let yes = scope == "yes";
        if self.form.is_none() {
            let saying = if yes { Saying::Accepted } else { Saying::NotAccepted };
            return self.ok(&subscriber, saying, About::default());
        }
        if self.undoes() {
            let subscriber = self.act(subscriber, &Ask::Accepted(None)).await?;
            return self.ok(&subscriber, Saying::AcceptedOpen, About::default());
        }
        let subscriber = self.act(subscriber, &Ask::Accepted(Some(yes))).await?;
        let lang = language(self.asked, Some(subscriber.language));
        let saying = if yes { Saying::IsAccepted } else { Saying::IsNotAccepted };
        let lines = if yes { self.dates_of_accepted(&subscriber, lang) } else { Vec::new() };
        self.ok(&subscriber, saying, About { undoes: true, lines, ..About::default() })
    }

    /// An organizer says where a mail lay.
    async fn roll_call(&self, id: &str, token: &str) -> Visited {
        let Some(roll_call::Followed { call, says }) = roll_call::follow(self.app, id, token).await? else {
            return self.no_link();
        };
        let (undoes, acts, now) = (self.undoes(), self.form.is_some(), self.app.clock().now());
        if acts {
            roll_call::answer(self.app, &call, Some(says).filter(|_| !undoes), now).await?;
        }
        let counted = if acts { !undoes } else { call.answer.is_some_and(|(said, _)| said == says) };
        let saying = match says {
            _ if counted => Saying::RollCallCounted,
            Where::Inbox => Saying::RollCallInbox,
            Where::Spam => Saying::RollCallSpam,
        };
        Ok(self.say(None, StatusCode::OK, saying, About { what: call.who, undoes: counted, ..About::default() }))
    }

    /// An organizer says what becomes of what waits.
    async fn release(&self, id: &str, token: &str) -> Visited {
        let Some((waiting, answer)) = hold::follow(self.app, id, token).await? else { return self.no_link() };
        let about = About { what: hold::reason(&waiting), ..About::default() };
        let acts = self.form.is_some() && waiting.answer.is_none();
        let answered =
            if acts && hold::release(self.app, &waiting, answer).await? { Some(answer) } else { waiting.answer };
        let saying = match (answered, answer) {
            (Some(Release::Send), _) => Saying::ReleasedToSend,
            (Some(Release::Count), _) => Saying::ReleasedAsSent,
            (None, Release::Send) => Saying::ReleaseToSend,
            (None, Release::Count) => Saying::ReleaseAsSent,
        };
        Ok(self.say(None, StatusCode::OK, saying, about))
    }

    /// An organizer says that a doubtful change is meant.
    async fn publish(&self, id: &str, token: &str) -> Visited {
        let Some(followed) = blocked::follow(self.app, id, token).await? else {
            return Ok(self.say(None, StatusCode::GONE, Saying::NothingRefused, About::default()));
        };
        let about = About { what: followed.source.to_string(), ..About::default() };
        if self.form.is_some() && blocked::publish_as_written(self.app, &followed).await? {
            return Ok(self.say(None, StatusCode::OK, Saying::PublishedAsWritten, about));
        }
        let (status, saying) = match followed.is_publishable {
            true => (StatusCode::OK, Saying::PublishAsWritten),
            false => (StatusCode::CONFLICT, Saying::NotPublishable),
        };
        Ok(self.say(None, status, saying, about))
    }

    fn dates_of_accepted(&self, subscriber: &Subscriber, language: Language) -> Vec<String> {
        let concerned = self.programme.deadlines.iter().filter(|deadline| {
            deadline.audience == Audience::Accepted
                && deadline.cancelled.is_none()
                && subscriber.choice.wants(subscriber.role, deadline)
        });
        let line = |deadline: &crate::domain::programme::Deadline| {
            let due = deadline.due.moment()?.seen_in(subscriber.zone);
            Some(format!("{}: {}", deadline.title, language.moment(due)))
        };
        concerned.filter_map(line).collect()
    }

    async fn leave(&self, id: &str, purpose: Purpose, token: &str) -> Visited {
        let Some(Followed { subscriber, .. }) = follow(self.app, id, purpose, token).await? else {
            return self.no_link();
        };
        let one_click = purpose == Purpose::OneClick;
        if one_click && self.form.is_some() && self.sent("List-Unsubscribe") != Some("One-Click") {
            return Ok(self.say(Some(&subscriber), StatusCode::BAD_REQUEST, Saying::NoForm, About::default()));
        }
        let acts = self.form.is_some();
        let ask = if self.undoes() && !one_click { Ask::Return } else { Ask::Leave };
        let subscriber = if acts { self.act(subscriber, &ask).await? } else { subscriber };
        match (subscriber.standing, acts) {
            // Coming back is no click of a mail provider: the page of the subscription does it.
            (Standing::Left, _) if one_click => self.ok(&subscriber, Saying::Left, About::default()),
            (Standing::Left, _) => self.ok(&subscriber, Saying::HasLeft, About { undoes: true, ..About::default() }),
            (_, true) => self.ok(&subscriber, Saying::IsBack, About::default()),
            (_, false) => self.ok(&subscriber, Saying::Leave, About { one_click, ..About::default() }),
        }
    }

    async fn manage(&self, id: &str, token: &str) -> Visited {
        let Some(followed) = follow(self.app, id, Purpose::Manage, token).await? else { return self.no_link() };
        let fresh = followed.is_fresh(self.app.clock().now());
        let subscriber = followed.subscriber.clone();
        let Some(form) = &self.form else {
            if self.asked.query.split('&').any(|pair| pair == "data=all") {
                return if fresh { self.data(&subscriber).await } else { self.not_fresh(&subscriber) };
            }
            return Ok(self.managed(&subscriber, fresh, false, &[]));
        };
        let deadline = || form.get("deadline").unwrap_or_default().to_owned();
        let ask = match form.get("act") {
            Some(act @ ("fresh" | "links")) => return self.send_links(&followed, act == "links").await,
            Some("erase") if fresh => {
                erase(self.app, &subscriber, self.app.clock().now()).await?;
                return self.ok(&subscriber, Saying::Erased, About { form: true, ..About::default() });
            }
            Some("erase") => return self.not_fresh(&subscriber),
            Some(act @ ("done" | "undone")) => {
                if !self.programme.deadlines.iter().any(|known| known.id.as_str() == deadline()) {
                    let faults = [page::Fault::Deadline];
                    return Ok(self.managed(&subscriber, fresh, false, &faults));
                }
                Ask::Done(deadline(), act == "done")
            }
            Some("accepted") => Ask::Accepted(Some(true)),
            Some("not-accepted") => Ask::Accepted(Some(false)),
            Some("open") => Ask::Accepted(None),
            Some("closing") => Ask::Closing(true),
            Some("no-closing") => Ask::Closing(false),
            Some("presents") => Ask::Presents(manage::presents(&self.programme, &subscriber, form.all("session"))),
            Some("leave") => Ask::Leave,
            Some("return") => Ask::Return,
            Some("change") => match changed(form, &self.programme, &subscriber.wish()) {
                Ok(wish) => Ask::Wish(wish),
                Err(faults) => return Ok(self.managed(&subscriber, fresh, false, &faults)),
            },
            _ => return Ok(self.say(Some(&subscriber), StatusCode::BAD_REQUEST, Saying::NoForm, About::default())),
        };
        let subscriber = self.act(subscriber, &ask).await?;
        Ok(self.managed(&subscriber, fresh, true, &[]))
    }

    fn managed(&self, subscriber: &Subscriber, fresh: bool, saved: bool, faults: &[page::Fault]) -> Response {
        let stand = stand(self.asked, language(self.asked, Some(subscriber.language)));
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let now = self.app.clock().now();
        answer(status, page::manage(&stand, &self.programme, subscriber, fresh, saved, faults, now))
    }

    fn not_fresh(&self, subscriber: &Subscriber) -> Visited {
        Ok(self.say(Some(subscriber), StatusCode::FORBIDDEN, Saying::NotFresh, About::default()))
    }

    async fn send_links(&self, followed: &Followed, void: bool) -> Visited {
        if manage::send_links(self.app, followed, void, self.app.clock().now()).await? {
            self.ok(&followed.subscriber, Saying::LinksSent, About::default())
        } else {
            let status = StatusCode::TOO_MANY_REQUESTS;
            Ok(self.say(Some(&followed.subscriber), status, Saying::LinksTooMany, About::default()))
        }
    }

    async fn data(&self, subscriber: &Subscriber) -> Visited {
        let data = manage::data(self.app, subscriber).await?;
        let mut response = Response::new(serde_json::to_string_pretty(&data)?.into());
        for (name, value) in [
            (CONTENT_TYPE, "application/json; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"subscription.json\""),
            (CACHE_CONTROL, "no-store"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }
}
