//! `/organize/`: the organizers' console. Every page of it wants a session, save those that open one; every POST comes
//! from a page of ours, carries what only that page knows, and acts once.

mod announce;
mod import;
mod organizers;
mod outbox;
mod programme;
mod session;
mod subscribers;
mod today;

use std::sync::Arc;

use warp::http::{Method, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::form::{self, Form, NoForm, Origin, language, origin};
use super::respond::{self, message, redirect};
use super::subscribe::{no_form, not_kept, stand};
use super::{Asked, Body, asked, not_found};
use crate::app::consider::programme_of;
use crate::app::console::{self, Session};
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::programme::{Moment, Programme};
use crate::domain::zone::Instant;
use crate::page::console::Frame;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Answer = Result<Response, Fault>;
type Done = Result<(), Fault>;

pub(super) fn route(app: Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let any = warp::get().or(warp::head()).unify().or(warp::post()).unify();
    warp::path("organize")
        .and(warp::path::tail())
        .and(any)
        .and(warp::any().map(move || app.clone()))
        .and(asked())
        .and(super::body())
        .then(|rest: warp::path::Tail, app: Arc<App>, asked: Asked, body: Body| async move {
            let form = match asked.method {
                // Who is signed in may send a whole programme, or a list.
                Method::POST if session::of(&app, &asked).await.is_ok_and(|session| session.is_some()) => {
                    Some(form::read_file(&asked, body).await)
                }
                Method::POST => Some(form::read(&asked, body).await),
                _ => None,
            };
            answer(&app, &asked, rest.as_str(), form).await
        })
}

async fn answer(app: &Arc<App>, asked: &Asked, rest: &str, form: Option<Result<Form, NoForm>>) -> Response {
    let lang = language(asked, None);
    let root = "../".repeat(asked.path.matches('/').count().saturating_sub(1));
    if app.mailing().is_none() {
        return not_found(asked);
    }
    if !session::is_safe(app.base_url()) {
        let words = "The console is shown over https alone: set the base URL to the https address of your proxy.";
        return message(&root, StatusCode::FORBIDDEN, "Not over http", words);
    }
    let form = match form {
        Some(_) if origin(&asked.headers, app.base_url()) != Origin::Ours => {
            let words = "This was sent by a page of another site. Nothing was changed.";
            return message(&root, StatusCode::FORBIDDEN, "Not from here", words);
        }
        Some(Err(why)) => return no_form(asked, lang, why),
        Some(Ok(form)) => Some(form),
        None => None,
    };
    let visited = match rest.trim_end_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["sign-in"] => session::ask(app, asked, lang, form),
        ["sign-in", secret] => session::open(app, asked, lang, secret, form).await,
        ref parts => match session::of(app, asked).await {
            Ok(Some(session)) => inside(app, asked, lang, session, parts, form).await,
            Ok(None) if form.is_some() => {
                let words = "You are signed out, and nothing was changed. Sign in, and do it again.";
                return message(&root, StatusCode::FORBIDDEN, "Signed out", words);
            }
            Ok(None) => return redirect(StatusCode::SEE_OTHER, &format!("{root}organize/sign-in")),
            Err(error) => Err(error),
        },
    };
    visited.unwrap_or_else(|error| not_kept(asked, lang, &*error))
}

/// Somebody who is signed in, and what they look at or do.
struct Visit<'v> {
    app: &'v App,
    asked: &'v Asked,
    lang: Language,
    session: Session,
    now: Instant,
    /// What was sent; none: somebody looks.
    form: Option<Form>,
}

async fn inside(
    app: &App,
    asked: &Asked,
    lang: Language,
    session: Session,
    parts: &[&str],
    form: Option<Form>,
) -> Answer {
    let root = "../".repeat(asked.path.matches('/').count().saturating_sub(1));
    let now = app.clock().now();
    let visit = Visit { app, asked, lang, session, now, form };
    if let Some(form) = &visit.form {
        if form.get("guard") != Some(visit.session.guard.as_str()) {
            let words = "This page is of an earlier session. Nothing was changed; load it anew.";
            return Ok(message(&root, StatusCode::FORBIDDEN, "An old page", words));
        }
        // Sent twice it acts once, and leads to the same place.
        if let Some(once) = form.get("once")
            && !app.store().act_once(once, now).await?
        {
            return Ok(redirect(StatusCode::SEE_OTHER, form.get("then").filter(|then| is_ours(then)).unwrap_or("./")));
        }
    }
    match parts {
        ["sign-out"] if visit.form.is_some() => visit.sign_out(&root).await,
        [""] => visit.programmes(&root),
        [id, screen @ ..] => {
            let edition = app.edition(id).filter(|_| visit.session.organizer.organizes(id));
            let Some(programme) = edition.and_then(|edition| programme_of(&edition.revision)) else {
                return Ok(not_found(asked));
            };
            if screen.is_empty() && !asked.path.ends_with('/') {
                return Ok(redirect(StatusCode::PERMANENT_REDIRECT, &format!("{id}/")));
            }
            match screen {
                [] => visit.today(&programme).await,
                ["audit"] => visit.audit(&programme).await,
                ["organizers"] => visit.organizers(&programme).await,
                ["programme"] => visit.programme(&programme).await,
                ["entry", entry] => visit.entry(&programme, entry).await,
                ["file"] => visit.file(&programme).await,
                ["change"] => match &visit.form {
                    Some(form) => visit.change(&programme, form).await,
                    None => Ok(redirect(StatusCode::SEE_OTHER, "programme")),
                },
                ["outbox"] => visit.outbox(&programme).await,
                ["outbox", number] => visit.mail(&programme, number).await,
                ["outbox", number, "html"] => visit.mail_as_html(&programme, number).await,
                ["forecast"] => visit.forecast(&programme).await,
                ["subscribers"] => visit.subscribers(&programme).await,
                ["subscribers", place] => visit.person(&programme, place).await,
                ["subscribers", place, "erase"] => visit.erase(&programme, place).await,
                ["import"] => visit.import(&programme).await,
                [kind @ ("announce" | "decisions" | "closing")] => visit.announce(&programme, kind).await,
                _ => Ok(not_found(asked)),
            }
        }
        [] => Ok(not_found(asked)),
    }
}

/// A place to go to afterwards: one of this site, below where we are.
fn is_ours(place: &str) -> bool {
    !place.is_empty() && !place.starts_with('/') && !place.contains(':') && !place.contains('\\')
}

impl Visit<'_> {
    /// What every page of the console has.
    fn frame(&self, programme: Option<&Programme>, here: &str) -> Frame {
        let stand = stand(self.asked, self.lang);
        Frame {
            language: self.lang,
            root: stand.root,
            who: self.session.organizer.mailbox.to_string(),
            guard: self.session.guard.clone(),
            once: crate::app::console::once(),
            programme: programme.map(|programme| (programme.id.to_string(), programme.short.clone())),
            here: here.to_owned(),
        }
    }

    /// The programmes of theirs; straight to the only one.
    fn programmes(&self, root: &str) -> Answer {
        let site = self.app.site();
        let theirs = site.programmes.iter().filter(|(id, _)| self.session.organizer.organizes(id));
        let theirs: Vec<(String, String)> =
            theirs.map(|(id, edition)| (id.clone(), edition.revision.header.title.clone())).collect();
        if let [(id, _)] = &theirs[..] {
            return Ok(redirect(StatusCode::SEE_OTHER, &format!("{root}organize/{id}/")));
        }
        Ok(respond::page(StatusCode::OK, crate::page::console::programmes(&self.frame(None, ""), &theirs)))
    }

    /// Writes down what they did.
    async fn note(&self, programme: &Programme, act: &str, about: &str, before: &str, after: &str) -> Done {
        let programme = programme.id.as_str();
        let act = console::Act { programme, act, about, before, after };
        Ok(console::note(self.app.store(), &self.session.organizer, act, self.now).await?)
    }

    /// The address of a screen, from here.
    fn screen(&self, programme: &Programme, below: &str) -> String {
        format!("{}organize/{}/{below}", stand(self.asked, self.lang).root, programme.id)
    }

    /// What the query says of something.
    fn asked_for(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.asked.query.as_bytes());
        pairs.find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    }

    /// An instant, on the programme's clock.
    fn said(&self, programme: &Programme, at: Instant) -> String {
        let civil = programme.time_zone.local(at).civil;
        self.lang.brief_moment(Moment { civil, zone: programme.time_zone, instant: at })
    }

    /// Back to a page after something was done.
    fn back(&self, to: &str) -> Answer {
        Ok(redirect(StatusCode::SEE_OTHER, to))
    }
}
