//! Signing in and out: the mailed link, its one button, and the cookie.

use std::sync::Arc;

use url::{Host, Url};
use warp::http::header::{COOKIE, SET_COOKIE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::{Answer, Fault, Visit};
use crate::app::console::{self, Session, sign_in};
use crate::app::outgoing::is_near;
use crate::app::serve::App;
use crate::domain::language::Language;
use crate::domain::mailbox::Mailbox;
use crate::page::console::{Door, door};
use crate::web::Asked;
use crate::web::form::Form;
use crate::web::respond::{self, redirect};
use crate::web::subscribe::stand;

/// Whether cookies are safe at this address: over https, or on this machine alone.
pub(super) fn is_safe(base_url: &str) -> bool {
    let near = |url: &Url| url.host().is_some_and(|host: Host<&str>| is_near(&host));
    Url::parse(base_url).is_ok_and(|url| url.scheme() == "https" || near(&url))
}

/// A browser sends a cookie of the first name over https alone, and no other host can set it (RFC 6265bis 4.1.3).
fn cookie(base_url: &str) -> (&'static str, &'static str) {
    if base_url.starts_with("https:") { ("__Host-allim", "; Secure") } else { ("allim", "") }
}

/// Who is signed in.
pub(super) async fn of(app: &App, asked: &Asked) -> Result<Option<Session>, Fault> {
    let (name, _) = cookie(app.base_url());
    let lines = asked.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let Some((_, secret)) = pairs.into_iter().find(|(known, _)| *known == name) else { return Ok(None) };
    Ok(console::session(app, secret, app.clock().now()).await?)
}

/// The page that asks for an address, and what answers it: the same for everybody.
pub(super) fn ask(app: &Arc<App>, asked: &Asked, lang: Language, form: Option<Form>) -> Answer {
    let Some(form) = form else { return show(asked, lang, StatusCode::OK, Door::Ask { bad: false }) };
    let Ok(mailbox) = form.get("address").unwrap_or_default().trim().parse::<Mailbox>() else {
        return show(asked, lang, StatusCode::UNPROCESSABLE_ENTITY, Door::Ask { bad: true });
    };
    sign_in::request_beside(app.clone(), mailbox, lang);
    show(asked, lang, StatusCode::OK, Door::Sent)
}

/// A mailed link: a page with one button, for scanners open links too; and the button.
pub(super) async fn open(app: &App, asked: &Asked, lang: Language, secret: &str, form: Option<Form>) -> Answer {
    let (store, now) = (app.store(), app.clock().now());
    let Some(form) = form else {
        return match sign_in::works(store, secret, now).await? {
            true => show(asked, lang, StatusCode::OK, Door::Open),
            false => show(asked, lang, StatusCode::GONE, Door::Over),
        };
    };
    let Some((session, lasts)) = sign_in::open(store, secret, form.get("long").is_some(), now).await? else {
        return show(asked, lang, StatusCode::GONE, Door::Over);
    };
    let root = stand(asked, lang).root;
    let mut response = redirect(StatusCode::SEE_OTHER, &format!("{root}organize/"));
    let (name, secure) = cookie(app.base_url());
    let line = format!("{name}={session}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", lasts.num_seconds());
    set(&mut response, &line)?;
    Ok(response)
}

fn show(asked: &Asked, lang: Language, status: StatusCode, what: Door) -> Answer {
    Ok(respond::page(status, door(&stand(asked, lang), what)))
}

fn set(response: &mut Response, line: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    response.headers_mut().insert(SET_COOKIE, HeaderValue::from_str(line)?);
    Ok(())
}

impl Visit<'_> {
    /// Ends this session, or all of theirs.
    pub(super) async fn sign_out(&self, root: &str) -> Answer {
        let all = self.form.as_ref().is_some_and(|form| form.get("all").is_some());
        self.app.store().end_session(&self.session.fingerprint, all).await?;
        let mut response = redirect(StatusCode::SEE_OTHER, &format!("{root}organize/sign-in"));
        let (name, secure) = cookie(self.app.base_url());
        set(&mut response, &format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"))?;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_set_over_https_or_on_this_machine_alone() {
        for safe in ["https://calendar.example.org", "http://127.0.0.1:8080", "http://localhost:1"] {
            assert!(is_safe(safe), "{safe}");
        }
        for open in ["http://calendar.example.org", "http://10.0.0.1", "ftp://localhost.example.org", ""] {
            assert!(!is_safe(open), "{open}");
        }
        assert_eq!(cookie("https://calendar.example.org").0, "__Host-allim");
    }
}
