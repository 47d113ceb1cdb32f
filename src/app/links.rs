//! Addresses in mails: made of tokens here, and taken apart here when somebody follows them.

use crate::app::serve::App;
use crate::domain::link::{Claim, Purpose};
use crate::domain::subscription::{Standing, Subscriber};
use crate::domain::zone::Instant;
use crate::mail::letter::Links;
use crate::store::StoreError;

use super::mailing::Mailing;

/// How long a fresh link may also erase.
const FRESH: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// A link that was followed, and is ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// Whose it is.
    pub subscriber: Subscriber,
    /// What it is about.
    pub scope: String,
}

impl Followed {
    /// Whether it was asked for so lately that it may erase.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.scope.parse().is_ok_and(|until: i64| now.timestamp() < until)
    }
}

impl Mailing {
    /// The links that anybody may have.
    pub fn public(&self, programme: &str) -> Links {
        let base = format!("{}/{programme}/", self.sender.base_url);
        Links {
            page: base.clone(),
            changes: format!("{base}changes/"),
            privacy: format!("{base}privacy"),
            ..Links::default()
        }
    }

    /// The links of a mail that asks for confirmation.
    pub fn confirming(&self, subscriber: &Subscriber, secret: &str) -> Links {
        let programme = &subscriber.programme;
        let confirm = format!("{}/{programme}/confirm/{secret}", self.sender.base_url);
        Links { confirm: Some(confirm), bounce: Some(self.bounce(subscriber)), ..self.public(programme) }
    }

    /// The links of a mail to a subscriber; about a deadline, where one is named.
    pub fn links(&self, subscriber: &Subscriber, deadline: Option<&str>) -> Links {
        let link = |purpose, verb, scope| self.link(subscriber, purpose, verb, scope);
        Links {
            manage: Some(link(Purpose::Manage, "manage", "")),
            unsubscribe: Some(link(Purpose::Unsubscribe, "unsubscribe", "")),
            one_click: Some(link(Purpose::OneClick, "one-click", "")),
            done: deadline.map(|deadline| link(Purpose::Done, "done", deadline)),
            accepted: Some(link(Purpose::Accepted, "accepted", "yes")),
            not_accepted: Some(link(Purpose::Accepted, "accepted", "no")),
            bounce: Some(self.bounce(subscriber)),
            ..self.public(&subscriber.programme)
        }
    }

    /// The same, of which the first may also erase, for a day.
    pub fn fresh(&self, subscriber: &Subscriber, now: Instant) -> Links {
        let until = (now + FRESH).timestamp().to_string();
        let manage = Some(self.link(subscriber, Purpose::Manage, "manage", &until));
        Links { manage, ..self.links(subscriber, None) }
    }

    /// A mail to somebody comes back to an address that holds this.
    fn bounce(&self, subscriber: &Subscriber) -> String {
        self.key.token(Purpose::Bounce, subscriber.id, "", subscriber.link_version)
    }

    fn link(&self, subscriber: &Subscriber, purpose: Purpose, verb: &str, scope: &str) -> String {
        let token = self.key.token(purpose, subscriber.id, scope, subscriber.link_version);
        format!("{}/{}/{verb}/{token}", self.sender.base_url, subscriber.programme)
    }
}

/// Whose a link of a programme is; none when it is no link of ours, or not any more.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow(app: &App, programme: &str, purpose: Purpose, token: &str) -> Result<Option<Followed>, StoreError> {
    let (Some(mailing), Some(claim)) = (app.mailing(), Claim::read(token)) else { return Ok(None) };
    let found = app.store().subscriber(claim.subscriber).await?;
    let ours = found.filter(|subscriber| {
        mailing.key.holds(purpose, &claim, subscriber.link_version)
            && subscriber.programme == programme
            && subscriber.standing != Standing::Pending
    });
    Ok(ours.map(|subscriber| Followed { subscriber, scope: claim.scope }))
}
