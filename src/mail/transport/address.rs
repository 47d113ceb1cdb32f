//! The URL that names a transport, read once, with a clear word about what is wrong with it.
//!
//! What would send a password or somebody's mail in the clear over a network is refused here, before anything is sent.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use lettre::transport::smtp::authentication::Credentials;
use url::{Host, Url};

use super::{Folder, Relay, Security, Transport};

/// A URL that names no transport. Its text never holds the password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadTransport {
    /// Neither a folder nor a relay.
    #[error("mail must be file:FOLDER, smtp://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST:PORT, not {0:?}")]
    Scheme(String),
    /// No URL at all.
    #[error("the mail URL cannot be read: {0}")]
    Malformed(String),
    /// A folder that is none, or is outside of the state folder.
    #[error("file:{0} must be a folder below the state folder, such as file:outbox")]
    Folder(String),
    /// No host.
    #[error("the mail URL names no host")]
    NoHost,
    /// A user without a password, or the other way round.
    #[error("the mail URL has a user without a password, or a password without a user")]
    HalfCredentials,
    /// In the clear, over a network.
    #[error(
        "tls=none is for a relay on this machine only; {0} is reached over a network, where mail and password could be read"
    )]
    InTheClear(String),
    /// An unknown option.
    #[error("the mail URL has ?{0}, and only tls=required, tls=none and ca=FILE are known")]
    Option(String),
    /// Certificates that cannot be read.
    #[error("the certificates of ca={}: {why}", path.display())]
    Certificates {
        /// Where they should be.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

pub(super) fn parse(text: &str, state: &Path) -> Result<Transport, BadTransport> {
    if let Some(folder) = text.strip_prefix("file:") {
        let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if folder.is_empty() || !Path::new(folder).components().all(plain) {
            return Err(BadTransport::Folder(folder.to_owned()));
        }
        return Ok(Transport::File(Folder::new(state.join(folder))));
    }
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    if !matches!(scheme, "smtp" | "smtps") {
        return Err(BadTransport::Scheme(scheme.to_owned()));
    }
    let url = Url::parse(text).map_err(|error| BadTransport::Malformed(error.to_string()))?;
    relay(&url).map(Transport::Smtp)
}

fn relay(url: &Url) -> Result<Relay, BadTransport> {
    let host = match url.host().ok_or(BadTransport::NoHost)? {
        Host::Domain("") => return Err(BadTransport::NoHost),
        // Of a scheme it does not know the crate leaves the host as it was written.
        Host::Domain(name) => match name.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => idna::domain_to_ascii_strict(name).map_err(|_| BadTransport::NoHost)?,
        },
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let (mut tls, mut authorities) = (!near, None);
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("tls", "required") => tls = true,
            ("tls", "none") if near && url.scheme() == "smtp" => tls = false,
            ("tls", "none") => return Err(BadTransport::InTheClear(host)),
            ("ca", file) => authorities = Some(certificates(Path::new(file))?),
            (name, value) => return Err(BadTransport::Option(format!("{name}={value}"))),
        }
    }
    let (security, port) = match (url.scheme(), tls) {
        ("smtps", _) => (Security::Implicit, 465),
        (_, true) => (Security::StartTls, 587),
        (_, false) => (Security::None, 25),
    };
    let relay = Relay::new(&host, url.port().unwrap_or(port), security, authorities);
    Ok(match credentials(url)? {
        Some(credentials) => relay.signing_in(credentials),
        None => relay,
    })
}

fn credentials(url: &Url) -> Result<Option<Credentials>, BadTransport> {
    let plain =
        |text: &str| percent_decoded(text).ok_or_else(|| BadTransport::Malformed("user or password".to_owned()));
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(BadTransport::HalfCredentials),
        (user, Some(password)) => Ok(Some(Credentials::new(plain(user)?, plain(password)?))),
    }
}

/// RFC 3986 2.1.
fn percent_decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        (octets, rest) = match (first, after) {
            (b'%', [_, _, after @ ..]) => {
                let figures = std::str::from_utf8(&rest[1..3]).ok()?;
                octets.push(u8::from_str_radix(figures, 16).ok()?);
                (octets, after)
            }
            _ => {
                octets.push(first);
                (octets, after)
            }
        };
    }
    String::from_utf8(octets).ok()
}

fn certificates(path: &Path) -> Result<Vec<u8>, BadTransport> {
    let failed = |why: String| BadTransport::Certificates { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    match lettre::transport::smtp::client::Certificate::from_pem(&pem) {
        Ok(_) if pem.windows(11).any(|part| part == b"-----BEGIN ") => Ok(pem),
        Ok(_) => Err(failed("there is none in the file".to_owned())),
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<Transport, BadTransport> {
        parse(url, Path::new("var"))
    }

    fn relay_of(url: &str) -> String {
        match of(url) {
            Ok(Transport::Smtp(relay)) => relay.to_string(),
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn a_relay_is_reached_under_tls_unless_it_is_on_this_machine() {
        assert_eq!(relay_of("smtp://relay.example"), "smtp://relay.example:587, STARTTLS");
        assert_eq!(relay_of("smtps://me:a%40b@relay.example"), "smtps://relay.example:465, TLS, with a password");
        assert_eq!(relay_of("smtp://127.0.0.1:2525"), "smtp://127.0.0.1:2525, in the clear");
        assert_eq!(relay_of("smtp://[::1]:2525"), "smtp://[::1]:2525, in the clear");
        assert_eq!(relay_of("smtp://localhost?tls=required"), "smtp://localhost:587, STARTTLS");
        assert!(matches!(of("file:outbox"), Ok(Transport::File(_))));
    }

    #[test]
    fn what_cannot_be_used_is_told_why_and_without_the_password() {
        let cases = [
            ("smtp://relay.example?tls=none", BadTransport::InTheClear("relay.example".to_owned())),
            ("smtps://localhost?tls=none", BadTransport::InTheClear("localhost".to_owned())),
            ("http://relay.example", BadTransport::Scheme("http".to_owned())),
            ("relay.example", BadTransport::Scheme(String::new())),
            ("file:", BadTransport::Folder(String::new())),
            ("file:../elsewhere", BadTransport::Folder("../elsewhere".to_owned())),
            ("file:/etc", BadTransport::Folder("/etc".to_owned())),
            ("smtp://me@relay.example", BadTransport::HalfCredentials),
            ("smtp://relay.example?tls=maybe", BadTransport::Option("tls=maybe".to_owned())),
            ("smtp://", BadTransport::NoHost),
        ];
        for (url, error) in cases {
            assert_eq!(of(url).unwrap_err(), error, "{url}");
        }
        let told = of("smtp://me:hunter2@relay.example:port").unwrap_err().to_string();
        assert!(!told.contains("hunter2"), "{told}");
        assert!(!format!("{:?}", of("smtps://me:hunter2@relay.example")).contains("hunter2"));
    }
}
