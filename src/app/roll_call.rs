//! The roll call: each organizer is mailed and says by one click whether it lay in the inbox or in the spam folder.
//!
//! What a receiver's filter does nobody else can tell. The mail goes the way every mail goes, by the queue of the running
//! service; the answer is counted by the button of a page, so that a scanner that opens links says nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::app::mailing::Mailing;
use crate::app::organizers;
use crate::app::post::notice;
use crate::app::serve::App;
use crate::app::subscribe::number;
use crate::domain::finding::Finding;
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::link::{Claim, Purpose};
use crate::domain::notice::NoticeKind;
use crate::domain::programme::Programme;
use crate::domain::subscription::SubscriberId;
use crate::domain::zone::Instant;
use crate::mail::letter::{Content, Letter, Links, Reader};
use crate::store::{Store, StoreError, roll_call};

pub use crate::store::{RollCall, Where};

/// A link of a roll call that was followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// Who was asked, and what they said before.
    pub call: RollCall,
    /// What the link says.
    pub says: Where,
}

/// Mails each organizer of a programme, and says how many they are.
///
/// # Errors
/// When it cannot be kept.
pub async fn call(store: &Store, mailing: &Mailing, programme: &Programme, now: Instant) -> io::Result<usize> {
    let (mut calls, mut notices) = (Vec::new(), Vec::new());
    let all = organizers::told(store, &mailing.organizers, programme).await.map_err(io::Error::other)?;
    for mailbox in all {
        let (id, who) = (number(), mailbox.masked());
        let reader = Reader { mailbox, language: Language::English, zone: programme.time_zone, calendar: false };
        let link = |says: Where| {
            let token = mailing.key.token(Purpose::RollCall, SubscriberId(id), says.name(), 0);
            Some(format!("{}/{}/roll-call/{token}", mailing.sender.base_url, programme.id))
        };
        let public = mailing.public(programme.id.as_str());
        let letter = Letter {
            programme,
            sender: &mailing.sender,
            reader: &reader,
            key: &format!("{} {id:016x}", NoticeKind::RollCall.name()),
            at: now,
            after: Vec::new(),
            links: Links { act: link(Where::Inbox), other_act: link(Where::Spam), ..public },
            calendar: None,
            content: Content::RollCall,
        };
        notices.push(notice(&letter, &mailing.templates, None, now)?);
        calls.push(RollCall { id, programme: programme.id.to_string(), who, asked: now, answer: None });
    }
    // First who is asked: a mail whose links lead nowhere would be worse than an answer nobody was asked for.
    store.call_roll(&calls).await.map_err(io::Error::other)?;
    store.enqueue(&notices).await.map_err(io::Error::other)
}

/// What a link of a roll call leads to; none when it is no link of ours.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow(app: &App, programme: &str, token: &str) -> Result<Option<Followed>, StoreError> {
    let (Some(mailing), Some(claim)) = (app.mailing(), Claim::read(token)) else { return Ok(None) };
    let Some(says) = Where::named(&claim.scope).filter(|_| mailing.key.holds(Purpose::RollCall, &claim, 0)) else {
        return Ok(None);
    };
    let call = app.store().roll_call(claim.subscriber.0).await?;
    Ok(call.filter(|call| call.programme == programme).map(|call| Followed { call, says }))
}

/// Takes what somebody says, or that they take it back.
///
/// # Errors
/// When it cannot be kept.
pub async fn answer(app: &App, call: &RollCall, says: Option<Where>, now: Instant) -> Result<(), StoreError> {
    app.store().answer_roll_call(call.id, says, now).await
}

/// What came of the latest roll call of each programme; nothing is changed.
pub async fn findings(state: &Path) -> Vec<Finding> {
    let check = "roll call";
    let calls = match roll_call::latest(state).await {
        Ok(calls) => calls,
        Err(error) => return vec![Finding::warn(check, error.to_string(), "see what is said of the database")],
    };
    let mut by_programme: BTreeMap<&str, Vec<&RollCall>> = BTreeMap::new();
    for call in &calls {
        by_programme.entry(&call.programme).or_default().push(call);
    }
    by_programme.into_iter().map(|(programme, calls)| finding(check, programme, &calls)).collect()
}

fn finding(check: &'static str, programme: &str, calls: &[&RollCall]) -> Finding {
    let of = |says: Option<Where>| -> Vec<&str> {
        let said = calls.iter().filter(|call| call.answer.map(|(says, _)| says) == says);
        said.map(|call| call.who.as_str()).collect()
    };
    let (inbox, spam, silent) = (of(Some(Where::Inbox)), of(Some(Where::Spam)), of(None));
    let asked = calls.first().map(|call| call.asked.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    let mut parts = vec![format!("{} in the inbox", inbox.len())];
    if !spam.is_empty() {
        parts.push(format!("{} in spam ({})", spam.len(), spam.join(", ")));
    }
    if !silent.is_empty() {
        parts.push(format!("{} did not answer yet ({})", silent.len(), silent.join(", ")));
    }
    let says = format!("{programme}, asked {asked}: {}", parts.join(", "));
    match (spam.is_empty(), silent.is_empty()) {
        (true, true) => Finding::ok(check, says),
        (true, false) => Finding::warn(check, says, "ask them in person: it may lie in spam, or nowhere"),
        (false, _) => {
            let advice =
                "let them mark it as no spam, save it with its headers, and run allim doctor --came-back FILE.eml";
            Finding::warn(check, says, advice)
        }
    }
}
