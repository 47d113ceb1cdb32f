//! What the settings say, before anybody is asked: the base URL, the From, the way mail goes, folders and files.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::domain::finding::Finding;
use crate::domain::mailbox::Mailbox;
use crate::mail::authentication::{Shared, organization, shared};

/// The settings, as far as they are looked at.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is the setting of that name")]
pub struct Setup {
    pub listen: SocketAddr,
    pub base_url: Option<Url>,
    pub data: PathBuf,
    pub state: PathBuf,
    pub mail: SecretString,
    pub holding_secrets: Vec<PathBuf>,
    pub per_day: Option<u32>,
    pub from: Option<String>,
    pub bounce_domain: Option<String>,
    pub templates: Option<PathBuf>,
    pub trusted_proxies: usize,
    pub resolver: Option<SocketAddr>,
    pub secret_file: Option<PathBuf>,
}

/// The way mail goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// Into a folder: nobody gets it.
    Folder,
    /// To a relay.
    Relay {
        /// Its host.
        host: String,
        /// Whether a user and a password are given.
        login: bool,
    },
    /// The setting cannot be used.
    Unusable,
}

impl Setup {
    /// The address people reach the service at, without a slash at its end.
    pub fn base(&self) -> String {
        let base = self.base_url.as_ref().map_or_else(|| format!("http://{}", self.listen), ToString::to_string);
        base.trim_end_matches('/').to_owned()
    }

    /// The address mail is from: the one given, or `allim@` and the base URL's host.
    pub fn sender(&self) -> Result<Mailbox, String> {
        let host = self.base_url.as_ref().and_then(Url::host_str).unwrap_or("localhost");
        let from = self.from.clone().unwrap_or_else(|| format!("allim@{host}"));
        from.parse::<Mailbox>().map_err(|error| format!("{from}: {error}"))
    }

    /// The way mail goes.
    pub fn way(&self) -> Way {
        let mail = self.mail.expose_secret();
        if mail.starts_with("file:") {
            return Way::Folder;
        }
        match Url::parse(mail) {
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.has_host() => {
                let host = url.host_str().unwrap_or_default().to_owned();
                Way::Relay { host, login: !url.username().is_empty() && url.password().is_some() }
            }
            _ => Way::Unusable,
        }
    }

    fn secret(&self) -> PathBuf {
        self.secret_file.clone().unwrap_or_else(|| self.state.join("secret"))
    }
}

/// Looks at the settings.
pub fn examine(setup: &Setup) -> Vec<Finding> {
    let mut findings = vec![base_url(setup), mail(setup)];
    findings.push(match setup.sender() {
        Ok(from) => sender(&from, &setup.way()),
        // Where a relay is set, nothing can be sent without it.
        Err(error) if setup.from.is_none() && !matches!(setup.way(), Way::Relay { .. }) => {
            Finding::warn("From", error, "set ALLIM_FROM to an address that your relay lets you write from")
        }
        Err(error) => Finding::fail("From", error, "set ALLIM_FROM to an address that your relay lets you write from"),
    });
    findings.extend(allowance(setup));
    findings.push(folder("data folder", &setup.data, "make it, or name another with --data"));
    if let Some(templates) = &setup.templates {
        findings.push(folder("templates", templates, "make it, or leave ALLIM_TEMPLATES out"));
    }
    findings.push(state(&setup.state));
    findings.push(secret(&setup.secret(), setup.secret_file.is_some()));
    findings.extend(setup.holding_secrets.iter().filter_map(|path| password(path)));
    findings.extend(proxies(setup));
    findings
}

fn loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn base_url(setup: &Setup) -> Finding {
    let check = "base URL";
    let base = setup.base();
    match &setup.base_url {
        None => Finding::warn(
            check,
            format!("not given: {base}"),
            "links in mails lead to this machine alone: set ALLIM_BASE_URL",
        ),
        Some(url) if url.scheme() == "https" => Finding::ok(check, base),
        Some(url) if loopback(url.host()) => Finding::warn(
            check,
            format!("{base} is this machine alone"),
            "well for trying; set ALLIM_BASE_URL before mail goes out",
        ),
        Some(_) => Finding::fail(
            check,
            format!("{base} is not https"),
            "put it behind TLS: tokens in links must not be read on the way",
        ),
    }
}

fn mail(setup: &Setup) -> Finding {
    match setup.way() {
        Way::Folder => {
            let advice = "nobody gets them: set ALLIM_MAIL to smtp://USER:PASSWORD@HOST:587 when you are ready";
            Finding::warn("mail", "messages become files in a folder", advice)
        }
        Way::Relay { host, login: true } => Finding::ok("mail", format!("by {host}, with a password")),
        Way::Relay { host, login: false } => Finding::ok("mail", format!("by {host}, without a password")),
        Way::Unusable => {
            let advice = "write file:FOLDER, smtp://USER:PASSWORD@HOST:PORT or smtps://...; special characters of a password as %XX";
            Finding::fail("mail", "ALLIM_MAIL is none of what it can be", advice)
        }
    }
}

/// Whether mail from this address can be believed when it comes by this way.
fn sender(from: &Mailbox, way: &Way) -> Finding {
    let (check, domain) = ("From", from.domain());
    let relay = match way {
        Way::Relay { host, .. } => Some(host.to_ascii_lowercase()),
        Way::Folder | Way::Unusable => None,
    };
    match shared(domain) {
        Some(Shared::Group) => Finding::fail(
            check,
            format!("{from} is a group's address"),
            "only the group's own servers may send from it, so receivers drop what others send: write from an address of \
             your own and let the group be the programme's contact (Reply-To)",
        ),
        Some(Shared::Mailboxes { relays, .. }) => match relay {
            Some(relay) if relays.iter().any(|own| relay == *own || relay.ends_with(&format!(".{own}"))) => {
                Finding::ok(check, format!("{from}, by its provider's own {relay}"))
            }
            Some(relay) => Finding::fail(
                check,
                format!("{from} is a mailbox at {domain}, and {relay} is not {domain}'s"),
                format!(
                    "it can never pass DMARC there: send by {}, or write from a domain that lets {relay} sign",
                    relays.first().copied().unwrap_or("its own relay")
                ),
            ),
            None => Finding::ok(check, format!("{from}; only {domain}'s own relay can send from it")),
        },
        None => match relay {
            Some(relay) if organization(&relay) == organization(domain) => {
                Finding::ok(check, format!("{from}, by its own domain's {relay}"))
            }
            _ => Finding::ok(check, from.to_string()),
        },
    }
}

fn allowance(setup: &Setup) -> Option<Finding> {
    let domain = setup.sender().ok()?.domain().to_owned();
    match (setup.per_day, shared(&domain), setup.way()) {
        (None, Some(Shared::Mailboxes { per_day, .. }), Way::Relay { .. }) => Some(Finding::warn(
            "allowance",
            format!("{domain} stops a mailbox that sends too much in a day, and none is set"),
            format!("set ALLIM_MAIL_PER_DAY={per_day}"),
        )),
        (Some(given), Some(Shared::Mailboxes { per_day, .. }), Way::Relay { .. }) if given > per_day => {
            let says = format!("{given} mails a day are more than {domain} surely lets pass");
            Some(Finding::warn("allowance", says, format!("ALLIM_MAIL_PER_DAY={per_day} is on the safe side")))
        }
        (Some(given), ..) => Some(Finding::ok("allowance", format!("{given} mails a day"))),
        _ => None,
    }
}

fn folder(check: &'static str, path: &Path, advice: &str) -> Finding {
    match std::fs::read_dir(path) {
        Ok(_) => Finding::ok(check, path.display().to_string()),
        Err(error) => Finding::fail(check, format!("{}: {error}", path.display()), advice),
    }
}

fn state(path: &Path) -> Finding {
    let check = "state folder";
    if !path.exists() {
        return Finding::warn(check, format!("{} is not there yet", path.display()), "the first allim serve makes it");
    }
    match tempfile::NamedTempFile::new_in(path) {
        Ok(_) => match others_may(path) {
            Some(mode) => Finding::warn(
                check,
                format!("{} can be entered by others of this machine (mode {mode:o})", path.display()),
                "chmod 700: subscribers' addresses lie in it",
            ),
            None => Finding::ok(check, path.display().to_string()),
        },
        Err(error) => Finding::fail(check, format!("{}: {error}", path.display()), "let the service write there"),
    }
}

fn secret(path: &Path, given: bool) -> Finding {
    let check = "secret";
    let name = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !given => {
            Finding::ok(check, "not made yet; the first start makes it")
        }
        Err(error) => {
            Finding::fail(check, format!("{name}: {error}"), "links in mails cannot be signed: put the file back")
        }
        Ok(about) if !about.is_file() => Finding::fail(check, format!("{name} is no file"), "name a file"),
        Ok(about) if about.len() < 32 => Finding::fail(
            check,
            format!("{name} is shorter than 32 octets"),
            "whoever guesses it can speak for every subscriber: make a longer one",
        ),
        Ok(_) => match others_may(path) {
            Some(mode) => Finding::fail(
                check,
                format!("{name} can be read by others of this machine (mode {mode:o})"),
                "chmod 600: whoever reads it can speak for every subscriber",
            ),
            None => Finding::ok(check, format!("{name}, read by its owner alone")),
        },
    }
}

fn password(path: &Path) -> Option<Finding> {
    let mode = others_may(path)?;
    Some(Finding::warn(
        "password",
        format!("{} can be read by others of this machine (mode {mode:o})", path.display()),
        "chmod 600: whoever reads it can send mail in your name",
    ))
}

fn proxies(setup: &Setup) -> Option<Finding> {
    let behind = setup.base_url.as_ref().is_some_and(|url| url.scheme() == "https");
    (behind && setup.trusted_proxies == 0).then(|| {
        Finding::warn(
            "proxy",
            "none is trusted, so all visitors seem to come from it, and share one network's limit",
            "set ALLIM_TRUSTED_PROXIES, such as 127.0.0.1/32",
        )
    })
}

/// The mode of a file that others than its owner can use.
#[cfg(unix)]
fn others_may(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn others_may(_: &Path) -> Option<u32> {
    None
}
