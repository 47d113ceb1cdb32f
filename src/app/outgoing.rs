//! Outgoing mail, to be looked at: for whoever tries the service out on a machine of their own.
//!
//! Without a sign-in it is shown only where nobody else can be reading: mail goes into files, and the service listens
//! and is known on this machine alone. The web adds what only a request can tell.

use std::net::IpAddr;

use url::{Host, Url};

use crate::app::outbox::overview;
use crate::app::serve::App;
use crate::domain::notice::{NoticeId, NoticeState};
use crate::domain::zone::Instant;
use crate::mail::reading::{self, Readable};
use crate::mail::transport::Transport;
use crate::page;
use crate::store::StoreError;

/// Notices on the list.
const LISTED: usize = 200;

/// A letter to be looked at.
pub struct Outgoing {
    /// Its page.
    pub letter: page::Letter,
    /// Its HTML part.
    pub html: Option<String>,
    /// As it was sent.
    pub source: Vec<u8>,
}

impl App {
    /// Whether this is a set-up for trying out, of which outgoing mail may be shown.
    pub fn may_show_outgoing(&self) -> bool {
        let files = self.dispatcher().is_some_and(|by| matches!(by.transport(), Transport::File(_)));
        let near = self.listening().is_some_and(|address| address.ip().is_loopback());
        files && near && Url::parse(self.base_url()).is_ok_and(|base| base.host().is_some_and(|host| is_near(&host)))
    }

    /// The newest notices, as a list.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outgoing(&self) -> Result<Vec<page::Notice>, StoreError> {
        let listed = self.store().outbox(LISTED).await?;
        let mut notices = Vec::with_capacity(listed.len());
        for notice in listed {
            let message = self.store().message(notice.id).await?;
            let read = message.and_then(|message| reading::read(&message.octets));
            notices.push(page::Notice {
                id: notice.id.0,
                kind: notice.kind.name(),
                state: notice.state.name(),
                due: minute(notice.due),
                to: notice.recipient.unwrap_or_default(),
                subject: read.map_or_else(|| without_words(notice.state).to_owned(), |read| read.subject),
            });
        }
        Ok(notices)
    }

    /// What waits, is held or stands still, a sentence each.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outgoing_notes(&self) -> Result<Vec<String>, StoreError> {
        Ok(overview(self.store(), None, None, 0, self.clock().now()).await?.notes())
    }

    /// One of them; none when there is no such notice, or its message is deleted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outgoing_letter(&self, id: NoticeId) -> Result<Option<Outgoing>, StoreError> {
        let (Some(notice), Some(message)) = (self.store().notice(id).await?, self.store().message(id).await?) else {
            return Ok(None);
        };
        let attempts = self.store().attempts(id).await?.into_iter().map(|attempt| page::Attempt {
            began: minute(attempt.began),
            stage: attempt.stage.name(),
            outcome: attempt.outcome.unwrap_or_else(|| "under way".to_owned()),
            reply: attempt.reply.map(|reply| reply.to_string()).unwrap_or_default(),
        });
        let read = reading::read(&message.octets).unwrap_or_default();
        let Readable { subject, from, to, text, html, links, parts } = read;
        let attempts = attempts.collect();
        let state = notice.state.name();
        let has_html = html.is_some();
        let letter = page::Letter { id: id.0, subject, from, to, text, links, parts, has_html, state, attempts };
        Ok(Some(Outgoing { letter, html, source: message.octets }))
    }
}

/// Whether a host is this machine.
pub fn is_near(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

/// What stands for the subject of what has no message.
fn without_words(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Superseded => "(not sent: another mail says it)",
        NoticeState::Expired => "(not sent: it was too late)",
        _ => "(deleted)",
    }
}

fn minute(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}
