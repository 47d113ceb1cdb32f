//! A relay that takes messages by SMTP (RFC 5321), a session for each message at a time, kept for the next one.
//!
//! Commands go one by one, so that it is known how far an attempt got; each has its own time. The socket sends at once
//! what it is given. After a message that was taken a session is as new (RFC 5321 4.1.1.4); after a refusal RSET makes
//! it so; a session that did not answer is not used again.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::reply::{Trouble, taken};
use super::stream::Sealed;
use super::{Ended, Unsent, said};
use crate::domain::notice::{Blame, Message, Outcome, Stage};

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Not: for a relay on this machine.
    None,
    /// From STARTTLS on (RFC 3207); without it nothing is said.
    StartTls,
    /// From the first octet on (RFC 8314).
    Implicit,
}

/// How long each step may take (RFC 5321 4.5.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For the connection itself.
    pub connect: Duration,
    /// For the greeting and the reply to a command.
    pub command: Duration,
    /// For the message and the reply to its dot. A shorter wait than ten minutes makes doubles.
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Timeouts { connect: minutes(1), command: minutes(5), dot: minutes(10 + 3) }
    }
}

/// A relay.
pub struct Relay {
    host: String,
    port: u16,
    security: Security,
    authorities: Option<Vec<u8>>,
    credentials: Option<Credentials>,
    timeouts: Timeouts,
    kept: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Relay {
    pub(super) fn new(host: &str, port: u16, security: Security, authorities: Option<Vec<u8>>) -> Relay {
        Relay {
            host: host.to_owned(),
            port,
            security,
            authorities,
            credentials: None,
            timeouts: Timeouts::default(),
            kept: Mutex::default(),
        }
    }

    pub(super) fn signing_in(self, credentials: Credentials) -> Relay {
        Relay { credentials: Some(credentials), ..self }
    }

    /// Other times to wait.
    #[must_use]
    pub fn waiting(self, timeouts: Timeouts) -> Relay {
        Relay { timeouts, ..self }
    }

    /// A session that was kept, if there is one.
    pub(super) fn kept(&self) -> Option<Session<'_>> {
        let connection = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Session { relay: self, connection, kept: true })
    }

    /// A new session, as far as AUTH.
    pub(super) async fn connect(&self) -> Result<Session<'_>, Ended> {
        let connection = self.greet().await.map_err(|trouble| match trouble {
            Unwilling::Trouble(trouble) => trouble.at(Stage::Connect),
            Unwilling::Unsafe(why) => Ended::delayed(Stage::Connect, Blame::Relay, why),
        })?;
        Ok(Session { relay: self, connection, kept: false })
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, Unwilling> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let stream = timeout(self.timeouts.connect, connecting)
            .await
            .map_err(|_| Unwilling::Unsafe(format!("{}:{} does not answer", self.host, self.port)))?
            .map_err(|error| Unwilling::Unsafe(format!("{}:{}: {error}", self.host, self.port)))?;
        let _ = stream.set_nodelay(true);
        let wait = self.timeouts.command;
        let stream: Box<dyn AsyncTokioStream> = match self.security {
            Security::Implicit => Box::new(within(wait, Sealed::over(stream, self.tls()?)).await?),
            Security::StartTls | Security::None => Box::new(stream),
        };
        let name = ClientId::default();
        let mut connection = within(wait, AsyncSmtpConnection::connect_with_transport(stream, &name)).await?;
        if self.security == Security::StartTls {
            if !connection.can_starttls() {
                return Err(Unwilling::Unsafe(format!("{} offers no STARTTLS, and TLS is required", self.host)));
            }
            within(wait, connection.starttls(self.tls()?, &name)).await?;
        }
        if let Some(credentials) = &self.credentials {
            within(wait, connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)).await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, Trouble> {
        let mut building = TlsParametersBuilder::new(self.host.clone());
        if let Some(pem) = &self.authorities {
            building = building.add_root_certificate(Certificate::from_pem(pem)?);
        }
        Ok(building.build()?)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// Ends the sessions that are kept.
    pub(super) async fn quit(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        for mut connection in kept {
            // Politeness, not worth a long wait.
            let _ = timeout(Duration::from_secs(2), connection.command(Quit)).await;
        }
    }
}

/// Why there is no session.
enum Unwilling {
    Trouble(Trouble),
    /// No connection, or none that may be used.
    Unsafe(String),
}

impl From<Trouble> for Unwilling {
    fn from(trouble: Trouble) -> Unwilling {
        Unwilling::Trouble(trouble)
    }
}

/// A session with a relay. Dropped, it is closed.
pub struct Session<'r> {
    relay: &'r Relay,
    connection: AsyncSmtpConnection,
    kept: bool,
}

impl Session<'_> {
    /// MAIL, RCPT, DATA. The session comes back when the message may be sent.
    pub(super) async fn offer(mut self: Box<Self>, message: &Message) -> Result<Box<Self>, Unsent> {
        let (from, to) = envelope(message).map_err(Unsent::Ended)?;
        match self.converse(message, &from, &to).await {
            Ok(None) => Ok(self),
            Ok(Some(lacking)) => {
                self.relay.keep(self.connection);
                Err(Unsent::Ended(lacking))
            }
            // It was kept for too long and has ended meanwhile; nothing was said in it.
            Err((Stage::Mail, trouble)) if self.kept && trouble.is_broken() => Err(Unsent::Gone),
            Err((stage, trouble)) => {
                if !trouble.is_broken() {
                    self.reset().await;
                }
                Err(Unsent::Ended(trouble.at(stage)))
            }
        }
    }

    /// The three commands; what this relay cannot carry is found out before the first.
    async fn converse(
        &mut self,
        message: &Message,
        from: &Address,
        to: &Address,
    ) -> Result<Option<Ended>, (Stage, Trouble)> {
        let can = |extension| self.connection.server_info().supports_feature(extension);
        let mut parameters = Vec::new();
        let lacking = |what: &str| {
            let text = format!("the relay has no {what}, which this message needs");
            Ok(Some(Ended { stage: Stage::Mail, outcome: Outcome::Failed(Blame::Message, said(text)) }))
        };
        if !message.from.is_ascii() || !message.to.is_ascii() {
            if !can(Extension::SmtpUtfEight) {
                return lacking("SMTPUTF8 (RFC 6531)");
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.octets.is_ascii() {
            if !can(Extension::EightBitMime) {
                return lacking("8BITMIME (RFC 6152)");
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let wait = self.relay.timeouts.command;
        let connection = &mut self.connection;
        let at = |stage| move |trouble| (stage, trouble);
        within(wait, connection.command(Mail::new(Some(from.clone()), parameters))).await.map_err(at(Stage::Mail))?;
        within(wait, connection.command(Rcpt::new(to.clone(), Vec::new()))).await.map_err(at(Stage::Recipient))?;
        within(wait, connection.command(Data)).await.map_err(at(Stage::Data))?;
        Ok(None)
    }

    pub(super) fn keep(self: Box<Self>) {
        self.relay.keep(self.connection);
    }

    /// The message and its dot.
    pub(super) async fn hand_over(mut self: Box<Self>, octets: &[u8]) -> Outcome {
        // The line end before the dot is the message's own last one.
        let octets = octets.strip_suffix(b"\r\n").unwrap_or(octets);
        match within(self.relay.timeouts.dot, self.connection.message(octets)).await {
            Ok(response) => {
                self.relay.keep(self.connection);
                taken(&response)
            }
            Err(trouble) => {
                if !trouble.is_broken() {
                    self.relay.keep(self.connection);
                }
                trouble.at(Stage::Dot).outcome
            }
        }
    }

    /// Gives up what was begun, so that the session can be used for another message.
    async fn reset(mut self) {
        if within(self.relay.timeouts.command, self.connection.command(Rset)).await.is_ok() {
            self.relay.keep(self.connection);
        }
    }
}

fn envelope(message: &Message) -> Result<(Address, Address), Ended> {
    let parsed = |text: &str| {
        let outcome = || Outcome::Failed(Blame::Message, said("the address cannot be put on an envelope"));
        text.parse::<Address>().map_err(|_| Ended { stage: Stage::Mail, outcome: outcome() })
    };
    Ok((parsed(&message.from)?, parsed(&message.to)?))
}

async fn within<T>(
    wait: Duration,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Trouble> {
    timeout(wait, step).await.map_err(|_| Trouble::Silent)?.map_err(Trouble::Said)
}

impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, how) = match self.security {
            Security::None => ("smtp", "in the clear"),
            Security::StartTls => ("smtp", "STARTTLS"),
            Security::Implicit => ("smtps", "TLS"),
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let signed = if self.credentials.is_some() { ", with a password" } else { "" };
        write!(f, "{scheme}://{host}:{}, {how}{signed}", self.port)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({self})")
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.relay)
    }
}
