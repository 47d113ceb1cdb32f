//! Confirming: the mail that asks, and the click that answers it.

use std::sync::Arc;

use crate::app::consider::programme_of;
use crate::app::edition::Edition;
use crate::app::mailing::Mailing;
use crate::app::manage::{self, Ask};
use crate::app::post::post;
use crate::app::serve::App;
use crate::app::subscribe::blinded;
use crate::domain::link::fingerprint;
use crate::domain::notice::NoticeKind;
use crate::domain::programme::{Audience, Deadline, DeadlineKind, Due, Programme};
use crate::domain::subscription::{Subscriber, Telling, Wish};
use crate::domain::zone::{Instant, Zone};
use crate::mail::letter::{Content, Letter, Reader};
use crate::store::{Answer, Answered, Confirmed, StoreError};

/// A click on a confirmation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Click {
    /// It can be made: whose it is.
    Open(Subscriber),
    /// It was made, now or before.
    Made(Subscriber),
    /// It is too late.
    Expired,
    /// There is no such confirmation.
    Unknown,
}

/// What a click would do; nothing is changed.
///
/// # Errors
/// When the store cannot be read.
pub async fn look(app: &App, programme: &str, secret: &str, now: Instant) -> Result<Click, StoreError> {
    let found = app.store().confirmation(&fingerprint(secret)).await?;
    let Some(found) = found.filter(|found| found.programme == programme) else { return Ok(Click::Unknown) };
    let Some(id) = found.subscriber else { return Ok(Click::Expired) };
    let Some(subscriber) = app.store().subscriber(id).await? else { return Ok(Click::Expired) };
    Ok(match found.used {
        Some(_) => Click::Made(subscriber),
        None if found.expires <= now => Click::Expired,
        None => Click::Open(subscriber),
    })
}

/// Whether somebody was put on a list rather than asked for it: then nobody knows on which clock they live.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_invited(app: &App, subscriber: &Subscriber) -> Result<bool, StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(false) };
    let hidden = blinded(&mailing.key, &subscriber.mailbox);
    Ok(app.store().reason_for(&subscriber.programme, &hidden).await?.is_some())
}

/// Takes the click, and with it the clock on which they live, where they say so. Made twice, it counts once.
///
/// # Errors
/// When it cannot be kept.
pub async fn confirm(
    app: &App,
    programme: &str,
    secret: &str,
    zone: Option<Zone>,
    now: Instant,
) -> Result<Click, StoreError> {
    let (Click::Open(subscriber), Some(mailing)) = (look(app, programme, secret, now).await?, app.mailing()) else {
        return look(app, programme, secret, now).await;
    };
    let hidden = blinded(&mailing.key, &subscriber.mailbox);
    match app.store().confirm(&fingerprint(secret), &hidden, now).await? {
        Confirmed::Now(id) => {
            tracing::info!(programme, subscriber = id.0, "confirmed");
            let Some(subscriber) = app.store().subscriber(id).await? else { return Ok(Click::Unknown) };
            let Some(zone) = zone.filter(|zone| *zone != subscriber.zone) else { return Ok(Click::Made(subscriber)) };
            let wish = Wish { zone, ..subscriber.wish() };
            let moved = manage::act(app, &subscriber, &Ask::Wish(wish), now).await?;
            Ok(moved.map_or(Click::Unknown, Click::Made))
        }
        Confirmed::Before(id) => Ok(app.store().subscriber(id).await?.map_or(Click::Unknown, Click::Made)),
        Confirmed::Expired => Ok(Click::Expired),
        Confirmed::Unknown => Ok(Click::Unknown),
    }
}

/// Writes the mail that answers a request.
pub(super) async fn write(
    app: &App,
    mailing: &Mailing,
    answered: &Answered,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let request = &answered.request;
    let edition: Option<Arc<Edition>> = app.edition(&request.programme);
    let programme = edition.and_then(|edition| programme_of(&edition.revision));
    let Some(programme) = programme else {
        tracing::error!(programme = %request.programme, "a sign-up is not answered: today's reader does not take its file");
        return Ok(());
    };
    let Some(subscriber) = app.store().subscriber(answered.subscriber).await? else { return Ok(()) };
    let (wish, at) = (&request.wish, answered.due);
    let (kind, links, content) = match answered.answer {
        Answer::Confirmation | Answer::Invitation => {
            let secret = mailing.key.confirmation(&request.nonce);
            let upcoming = upcoming(&programme, wish, at);
            let dated = upcoming.iter().filter(|(deadline, _)| deadline.due != Due::Open);
            let told: Vec<Telling> = dated.map(|(deadline, _)| Telling::of(deadline)).collect();
            app.store().keep_confirmation(&fingerprint(&secret), answered, &told).await?;
            let links = mailing.confirming(&subscriber, &secret);
            let content = if answered.answer == Answer::Confirmation {
                let for_them = programme.deadlines.iter().any(|deadline| wish.choice.wants(wish.role, deadline));
                Content::Confirmation { upcoming, announcements_only: !for_them }
            } else {
                let reason = app.store().reason_for(&request.programme, &request.blinded).await?.unwrap_or_default();
                Content::Invitation { reason, upcoming: upcoming.into_iter().map(|(deadline, _)| deadline).collect() }
            };
            (content.kind(), links, content)
        }
        Answer::AlreadySubscribed => {
            (NoticeKind::AlreadySubscribed, mailing.links(&subscriber, None), Content::AlreadySubscribed)
        }
    };
    // Somebody who is known is written to as they wanted, not as whoever sent the form says.
    let known = subscriber.wish();
    let wish = if kind == NoticeKind::Confirmation { wish } else { &known };
    let reader = Reader {
        mailbox: subscriber.mailbox.clone(),
        language: wish.language,
        zone: wish.zone,
        calendar: wish.choice.calendar,
    };
    let key = format!("{} {:016x}", kind.name(), request.id);
    let letter = Letter {
        programme: &programme,
        sender: &mailing.sender,
        reader: &reader,
        key: &key,
        at,
        after: Vec::new(),
        links,
        calendar: None,
        content,
    };
    post(app, &letter, subscriber.id).await?;
    Ok(())
}

/// The deadlines ahead that somebody would hear of, and when. Those for accepted papers have no date here: whoever was
/// not accepted need not know it.
pub fn upcoming(programme: &Programme, wish: &Wish, now: Instant) -> Vec<(Deadline, Vec<Instant>)> {
    let leads = wish.choice.leads.as_ref().unwrap_or(&programme.remind);
    let ahead = |deadline: &&Deadline| {
        wish.choice.wants(wish.role, deadline)
            && deadline.cancelled.is_none()
            && deadline.audience == Audience::Everyone
            && deadline.due.moment().is_none_or(|due| due.instant > now)
    };
    let with_reminders = |deadline: &Deadline| {
        let reminded = deadline.due.moment().filter(|_| deadline.kind != DeadlineKind::Notification);
        let fires = reminded
            .iter()
            .flat_map(|due| leads.iter().map(|lead| lead.fire(due.instant, wish.zone, wish.choice.to_the_minute)));
        let mut fires: Vec<Instant> = fires.filter(|fire| *fire > now).collect();
        fires.sort_unstable();
        fires.dedup();
        (deadline.clone(), fires)
    };
    programme.deadlines.iter().filter(ahead).map(with_reminders).collect()
}
