//! `/{programme}/subscribe` and `privacy`: the sign-up form, the answer that is the same for everybody, and what is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use warp::http::StatusCode;
use warp::reply::Response;

use super::form::{Form, NoForm, Origin, language, origin, remote};
use super::respond::page as answer;
use super::{Asked, not_found};
use crate::app::consider::programme_of;
use crate::app::edition::Edition;
use crate::app::mailing::forgotten;
use crate::app::serve::App;
use crate::app::subscribe::request;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::lead_time::LeadTime;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::{DeadlineKind, Programme};
use crate::domain::subscription::{Choice, ReaderRole, Wish};
use crate::domain::zone::Zone;
use crate::page::{self, About, Fault, Filled, Offer, Saying, Stand};

/// More lead times are no help to anybody.
const MOST_LEADS: usize = 8;

/// Where a page at the address asked for stands.
pub(super) fn stand(asked: &Asked, language: Language) -> Stand {
    let deep = asked.path.matches('/').count().saturating_sub(1);
    let up = |steps: usize| if steps == 0 { "./".to_owned() } else { "../".repeat(steps) };
    Stand { language, root: "../".repeat(deep), home: up(deep.saturating_sub(1)) }
}

/// A page that says one thing.
pub(super) fn say(asked: &Asked, language: Language, status: StatusCode, saying: Saying, about: &About) -> Response {
    answer(status, page::said_page(&stand(asked, language), saying, about))
}

/// What is wrong with a body, as a page.
pub(super) fn no_form(asked: &Asked, language: Language, why: NoForm) -> Response {
    let (status, saying) = match why {
        NoForm::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Saying::TooLarge),
        NoForm::OtherType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Saying::NoForm),
        NoForm::BrokenOff => (StatusCode::BAD_REQUEST, Saying::NoForm),
    };
    say(asked, language, status, saying, &About::default())
}

/// It could not be kept: our fault, told as such.
pub(super) fn not_kept(asked: &Asked, language: Language, error: &dyn std::fmt::Display) -> Response {
    tracing::error!("a subscription: {error}");
    say(asked, language, StatusCode::SERVICE_UNAVAILABLE, Saying::NotKept, &About::default())
}

struct Open {
    programme: Programme,
    offer: Offer,
}

/// The programme, where it takes sign-ups now; else the page that says why not.
fn open(app: &App, id: &str, asked: &Asked, language: Language) -> Result<Open, Box<Response>> {
    let offers = app.mailing().is_some_and(|mailing| mailing.sign_up);
    let edition: Option<Arc<Edition>> = app.edition(id).filter(|_| offers);
    let Some(edition) = edition else { return Err(Box::new(not_found(asked))) };
    let short = edition.revision.header.short.clone();
    let about = About { short, ..About::default() };
    if edition.is_over(app.clock().now()) {
        return Err(Box::new(say(asked, language, StatusCode::GONE, Saying::Closed, &about)));
    }
    match (programme_of(&edition.revision), edition.offer.clone()) {
        (Some(programme), Some(offer)) => Ok(Open { programme, offer }),
        _ => Err(Box::new(say(asked, language, StatusCode::NOT_FOUND, Saying::NobodyAnswers, &about))),
    }
}

/// The form.
pub(super) fn form(id: &str, app: &App, asked: &Asked) -> Response {
    let language = language(asked, None);
    match open(app, id, asked, language) {
        Ok(Open { programme, offer }) => {
            let blank = Filled::blank(&programme, language);
            let page = page::sign_up(&stand(asked, language), &programme, &blank, &[], &offer, app.clock().now());
            answer(StatusCode::OK, page)
        }
        Err(refusal) => *refusal,
    }
}

/// A form that was sent.
pub(super) async fn post(id: &str, app: &App, asked: &Asked, read: Result<Form, NoForm>) -> Response {
    let lang = language(asked, None);
    let Open { programme, offer } = match open(app, id, asked, lang) {
        Ok(open) => open,
        Err(refusal) => return *refusal,
    };
    let about = About { short: programme.short.clone(), ..About::default() };
    // Who says nothing of where they come from is no browser, and could as well lie.
    if origin(&asked.headers, app.base_url()) == Origin::Foreign {
        return say(asked, lang, StatusCode::FORBIDDEN, Saying::Foreign, &about);
    }
    let form = match read {
        Ok(form) => form,
        Err(why) => return no_form(asked, lang, why),
    };
    let now = app.clock().now();
    let filled = filled(&form, &programme, lang);
    let lang = Language::named(&filled.language).unwrap_or(lang);
    let (mailbox, wish) = match wished(&filled, &programme) {
        Ok(wished) => wished,
        Err(faults) => {
            let page = page::sign_up(&stand(asked, lang), &programme, &filled, &faults, &offer, now);
            return answer(StatusCode::UNPROCESSABLE_ENTITY, page);
        }
    };
    let from = app.mailing().and_then(|mailing| remote(asked, &mailing.trusted_proxies));
    match request(app, id, mailbox, wish, from, now).await {
        Ok(()) => say(asked, lang, StatusCode::OK, Saying::Sent, &about),
        Err(error) => not_kept(asked, lang, &error),
    }
}

/// What is stored, why and how long.
pub(super) fn privacy(id: &str, app: &App, asked: &Asked) -> Response {
    let (Some(edition), Some(mailing)) = (app.edition(id), app.mailing()) else { return not_found(asked) };
    let Some(programme) = programme_of(&edition.revision) else { return not_found(asked) };
    let stand = stand(asked, language(asked, None));
    let from = mailing.sender.mailbox.to_string();
    answer(StatusCode::OK, page::privacy(&stand, &programme, &from, forgotten(&programme)))
}

/// The fields as they were filled in; those left out as the programme and the page have them.
fn filled(form: &Form, programme: &Programme, language: Language) -> Filled {
    let blank = Filled::blank(programme, language);
    let or = |name: &str, other: String| form.get(name).map_or(other, |value| value.trim_matches(' ').to_owned());
    let several = |name| form.all(name).filter(|value| !value.is_empty()).map(str::to_owned).collect::<BTreeSet<_>>();
    Filled {
        address: form.get("address").unwrap_or_default().to_owned(),
        zone: or("zone", blank.zone),
        language: or("language", blank.language),
        role: or("role", blank.role),
        deadline: several("deadline"),
        lead: several("lead"),
        ics: form.get("ics").is_some_and(is_yes),
        minute: form.get("minute").is_some_and(is_yes),
    }
}

fn is_yes(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "no" | "false" | "off")
}

/// What a form wishes, or everything that is wrong with it.
fn wished(filled: &Filled, programme: &Programme) -> Result<(Mailbox, Wish), Vec<Fault>> {
    let mut faults = Vec::new();
    let mailbox: Option<Mailbox> = filled.address.parse().map_err(|bad| faults.push(Fault::from(bad))).ok();
    match (mailbox, wish(filled, programme, false)) {
        (Some(mailbox), Ok(wish)) => Ok((mailbox, wish)),
        (_, wish) => {
            faults.extend(wish.err().unwrap_or_default());
            Err(faults)
        }
    }
}

/// The wish of a form's fields. `whole`: what is not ticked is not wanted; else ticking nothing is wanting everything.
pub(super) fn wish(filled: &Filled, programme: &Programme, whole: bool) -> Result<Wish, Vec<Fault>> {
    let mut faults = Vec::new();
    let zone: Option<Zone> = filled.zone.parse().ok();
    let language = Language::named(&filled.language);
    let role = ReaderRole::named(&filled.role);
    let leads: Result<Vec<LeadTime>, _> = filled.lead.iter().map(|lead| lead.parse()).collect();
    let leads = leads.ok().filter(|leads| leads.len() <= MOST_LEADS);
    let known = |id: &String| programme.deadlines.iter().any(|deadline| deadline.id.as_str() == id);
    for (is_wrong, fault) in [
        (zone.is_none(), Fault::Zone),
        (language.is_none(), Fault::Language),
        (role.is_none(), Fault::Role),
        (!filled.deadline.iter().all(known), Fault::Deadline),
        (leads.is_none(), Fault::Lead),
    ] {
        if is_wrong {
            faults.push(fault);
        }
    }
    let (Some(zone), Some(language), Some(role), Some(leads), true) = (zone, language, role, leads, faults.is_empty())
    else {
        return Err(faults);
    };
    let mut choice = Choice {
        leads: (!leads.is_empty()).then_some(leads),
        to_the_minute: filled.minute,
        calendar: filled.ics,
        ..Choice::default()
    };
    if whole || !filled.deadline.is_empty() {
        for deadline in programme.deadlines.iter().filter(|deadline| deadline.ours) {
            let id = deadline.id.to_string();
            let by_role = role == ReaderRole::Author || deadline.kind == DeadlineKind::Registration;
            match (filled.deadline.contains(&id), by_role) {
                (true, false) => choice.included.insert(id),
                (false, true) => choice.excluded.insert(id),
                _ => false,
            };
        }
    }
    Ok(Wish { language, zone, role, choice })
}

/// The fields of a form that changes a subscription. A deadline it did not show stays as it is.
pub(super) fn changed(form: &Form, programme: &Programme, before: &Wish) -> Result<Wish, Vec<Fault>> {
    let mut filled = filled(form, programme, before.language);
    let shown: BTreeSet<&str> = form.all("shown").collect();
    for deadline in &programme.deadlines {
        if !shown.contains(deadline.id.as_str()) && before.choice.wants(before.role, deadline) {
            filled.deadline.insert(deadline.id.to_string());
        }
    }
    wish(&filled, programme, true)
}
