//! Managing: what a subscriber can change, see and have sent, by the links in their mails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::consider::programme_of;
use crate::app::links::Followed;
use crate::app::post::post;
use crate::app::serve::App;
use crate::app::subscribe::number;
use crate::domain::kind::Named;
use crate::domain::limits::counted;
use crate::domain::notice::NoticeKind;
use crate::domain::programme::{Audience, Deadline, Id, Programme};
use crate::domain::subscription::{Stated, Subscriber, Telling};
use crate::domain::zone::Instant;
use crate::mail::letter::{Content, Letter, Reader};
use crate::store::StoreError;

pub use crate::store::Ask;

/// Does what a subscriber asks for; none when they are gone meanwhile.
///
/// # Errors
/// When it cannot be kept.
pub async fn act(
    app: &App,
    subscriber: &Subscriber,
    ask: &Ask,
    now: Instant,
) -> Result<Option<Subscriber>, StoreError> {
    let edition = app.edition(&subscriber.programme);
    let programme = edition.as_ref().and_then(|edition| edition.programme.as_ref());
    let shown = programme.map(|programme| shown(programme, subscriber, ask)).unwrap_or_default();
    app.store().act(subscriber.id, ask, &shown, now).await
}

/// What the page that answers states: the dates of deadlines they have just chosen, or that were kept back until now.
fn shown(programme: &Programme, subscriber: &Subscriber, ask: &Ask) -> Vec<Telling> {
    let (wish, accepted) = match ask {
        Ask::Wish(wish) => (wish.clone(), subscriber.accepted),
        Ask::Accepted(accepted) => (subscriber.wish(), *accepted),
        Ask::Done(..) | Ask::Presents(_) | Ask::Closing(_) | Ask::Leave | Ask::Return | Ask::NewLinks => {
            return Vec::new();
        }
    };
    let may = |deadline: &&Deadline| {
        let may_know = deadline.audience == Audience::Everyone || accepted == Some(true);
        may_know && wish.choice.wants(wish.role, deadline)
    };
    let told = programme.deadlines.iter().filter(may).map(Telling::of);
    told.filter(|telling| telling.what != Stated::Open).collect()
}

/// The sessions of these ids that there are, each by the name under which it is kept that they present in it.
pub fn presents<'i>(
    programme: &Programme,
    subscriber: &Subscriber,
    ids: impl Iterator<Item = &'i str>,
) -> BTreeSet<String> {
    let kept = |id: &str| {
        let session = programme.sessions.iter().find(|session| session.id.as_str() == id)?;
        let known = session.formerly.iter().map(Id::as_str).find(|former| subscriber.presents.contains(*former));
        Some(known.unwrap_or(id).to_owned())
    };
    ids.filter_map(kept).collect()
}

/// Mails somebody their links anew, of which the first may also erase for a day; with `void`, older ones stop working.
/// False when they had as many of these mails as they may: nothing is changed then.
///
/// # Errors
/// When it cannot be kept.
pub async fn send_links(app: &App, followed: &Followed, void: bool, now: Instant) -> Result<bool, std::io::Error> {
    let subscriber = &followed.subscriber;
    let (Some(mailing), Some(edition)) = (app.mailing(), app.edition(&subscriber.programme)) else { return Ok(false) };
    let Some(programme) = programme_of(&edition.revision) else { return Ok(false) };
    let id = number();
    let counted = mailing.key.blinded("counted", &counted(&subscriber.mailbox));
    let kept = std::io::Error::other::<StoreError>;
    if !app.store().count_link(id, &subscriber.programme, &counted, now).await.map_err(kept)? {
        return Ok(false);
    }
    let renewed =
        if void { app.store().act(subscriber.id, &Ask::NewLinks, &[], now).await.map_err(kept)? } else { None };
    let subscriber = renewed.as_ref().unwrap_or(subscriber);
    let reader = Reader {
        mailbox: subscriber.mailbox.clone(),
        language: subscriber.language,
        zone: subscriber.zone,
        calendar: subscriber.choice.calendar,
    };
    let kind = NoticeKind::FreshLink;
    let letter = Letter {
        programme: &programme,
        sender: &mailing.sender,
        reader: &reader,
        key: &format!("{} {id:016x}", kind.name()),
        at: now,
        after: Vec::new(),
        links: mailing.fresh(subscriber, now),
        calendar: None,
        content: Content::FreshLink { void },
    };
    post(app, &letter, subscriber.id).await?;
    Ok(true)
}

/// Everything that is kept of a subscriber, for themselves.
///
/// # Errors
/// When the store cannot be read.
pub async fn data(app: &App, subscriber: &Subscriber) -> Result<Value, StoreError> {
    let told = app.store().told(subscriber.id).await?.into_iter().map(|(telling, _)| {
        let (what, due) = match telling.what {
            Stated::At(due) => ("instant", Some(due)),
            Stated::Withdrawn => ("withdrawn", None),
            Stated::Open => ("open", None),
        };
        json!({ "deadline": telling.deadline, "what": what, "due": due, "link": telling.link })
    });
    let told: Vec<Value> = told.collect();
    let mails = app.store().mails_of(subscriber.id).await?;
    let mails = mails.iter().map(|mail| {
        json!({
            "kind": mail.kind.name(), "deadline": mail.deadline, "state": mail.state.name(), "due": mail.due,
            "settled": mail.settled, "reply": mail.reply.as_ref().map(ToString::to_string),
        })
    });
    let mails: Vec<Value> = mails.collect();
    let unreachable = app.store().unreachable(&subscriber.programme).await?.contains(&subscriber.id);
    Ok(json!({
        "subscription": record(subscriber), "told": told, "mails": mails,
        "mail to this address comes back": unreachable,
    }))
}

/// A subscriber as one JSON object.
pub fn record(subscriber: &Subscriber) -> Value {
    fn name<T: Named + PartialEq>(value: T) -> &'static str {
        T::ALL.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
    }
    let choice = &subscriber.choice;
    json!({
        "programme": subscriber.programme,
        "address": subscriber.mailbox.to_string(),
        "language": name(subscriber.language),
        "zone": subscriber.zone.name(),
        "role": name(subscriber.role),
        "standing": name(subscriber.standing),
        "asked": subscriber.created,
        "confirmed": subscriber.confirmed,
        "accepted": subscriber.accepted,
        "excluded": choice.excluded,
        "included": choice.included,
        "lead": choice.leads.as_ref().map(|leads| leads.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "to_the_minute": choice.to_the_minute,
        "ics": choice.calendar,
        "done": subscriber.done,
        "presents": subscriber.presents,
        "closing": subscriber.closing,
    })
}
