//! Signing up: the form leaves a request, and a mail answers it.
//!
//! Whoever sends the form waits for one row to be written, whatever is known of the address: neither the answer nor its
//! time tells. What the mail is, whether there is one, and when it may leave is decided afterwards, by [`attend`].

use std::net::IpAddr;

use crate::app::confirm;
use crate::app::mailing::network;
use crate::app::serve::App;
use crate::domain::limits::counted;
use crate::domain::link::{Key, hex};
use crate::domain::mailbox::Mailbox;
use crate::domain::subscription::Wish;
use crate::domain::zone::Instant;
use crate::store::{Request, StoreError};

/// So many requests are decided in one transaction, and answered one after the other.
const BATCH: u32 = 100;

/// The HMAC that stands for a mailbox where it must not be kept: on the list of whom not to write to.
pub fn blinded(key: &Key, mailbox: &Mailbox) -> String {
    key.blinded("mailbox", &mailbox.to_string().to_lowercase())
}

/// Keeps a request, from an address of the network.
///
/// # Errors
/// When it cannot be kept; whoever asked must hear it, for no mail will come.
pub async fn request(
    app: &App,
    programme: &str,
    mailbox: Mailbox,
    wish: Wish,
    from: Option<IpAddr>,
    now: Instant,
) -> Result<(), StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    let key = &mailing.key;
    let from = from.map_or_else(|| "unknown".to_owned(), |address| network(address).to_string());
    let request = Request {
        id: number(),
        programme: programme.to_owned(),
        wish,
        nonce: nonce(),
        counted: key.blinded("counted", &counted(&mailbox)),
        blinded: blinded(key, &mailbox),
        network: key.blinded("network", &from),
        mailbox,
        asked: now,
    };
    app.store().ask(&request).await?;
    app.ring();
    Ok(())
}

/// Answers what was asked: decides, then writes to whoever is to be written to. It can be cut off anywhere, and run
/// twice: what is decided stays decided, and a mail has one key.
///
/// # Errors
/// When something cannot be kept. What was not answered is answered the next time.
pub async fn attend(app: &App) -> Result<(), StoreError> {
    let Some(mailing) = app.mailing() else { return Ok(()) };
    app.store().look()?;
    let now = app.clock().now();
    app.store().blind(|mailbox| blinded(&mailing.key, mailbox)).await?;
    while app.store().decide(mailing.ceilings, BATCH, now).await? > 0 {}
    loop {
        let answers = app.store().answers(BATCH, now).await?;
        let mut answered = 0;
        for answer in &answers {
            match confirm::write(app, mailing, answer).await {
                Ok(()) => {
                    app.store().settle_request(answer.request.id).await?;
                    answered += 1;
                }
                Err(error) => {
                    tracing::error!(subscriber = answer.subscriber.0, "a sign-up could not be answered yet: {error}");
                }
            }
        }
        // What cannot be answered stays where it is until the bell rings again.
        if answered == 0 {
            return Ok(());
        }
    }
}

/// A random number of 63 bits.
pub(super) fn number() -> i64 {
    let mut octets = [0; 8];
    getrandom::fill(&mut octets).expect("the system has random numbers");
    i64::from_be_bytes(octets) & i64::MAX
}

/// 256 random bits.
pub(super) fn nonce() -> String {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).expect("the system has random numbers");
    hex(&octets)
}
