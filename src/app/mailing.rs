//! What the service needs to write to people: its key, its name as a sender, its limits; and when it may be asked to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{NaiveTime, TimeDelta};
use ipnet::IpNet;
use url::{Host, Url};

use crate::app::organizers::Organizer;
use crate::domain::limits::Ceilings;
use crate::domain::link::Key;
use crate::domain::mailbox::{BadMailbox, Mailbox};
use crate::domain::programme::Programme;
use crate::domain::zone::Instant;
use crate::mail::letter::Sender;
use crate::mail::templates::Templates;

/// How many mails that anybody asked for leave in an hour.
const IN_ALL_AN_HOUR: u32 = 1000;

/// Everything of a programme's subscribers is erased so long after its last day.
pub(super) const KEPT_AFTER: TimeDelta = TimeDelta::days(90);

/// The means to write to people.
#[derive(Clone, Debug)]
pub struct Mailing {
    /// What links are signed with.
    pub key: Key,
    /// Who writes.
    pub sender: Sender,
    /// How many confirmations leave in an hour.
    pub ceilings: Ceilings,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// The words of mails.
    pub templates: Templates,
    /// Who is told what the organizers should know.
    pub organizers: Vec<Organizer>,
}

/// The address mail is from where none was given: `allim@` and the host of the base URL.
///
/// # Errors
/// When what was given is no mailbox.
pub fn sender(given: Option<&str>, base_url: &str, bounce_domain: Option<String>) -> Result<Sender, BadMailbox> {
    let host = Url::parse(base_url).ok().and_then(|url| match url.host() {
        Some(Host::Domain(host)) if host.contains('.') => Some(host.to_owned()),
        _ => None,
    });
    // An address that nothing can be sent to, for a service that is only tried out.
    let host = host.unwrap_or_else(|| "localhost.localdomain".to_owned());
    let mailbox: Mailbox = given.map_or_else(|| format!("allim@{host}"), str::to_owned).parse()?;
    Ok(Sender { mailbox, bounce_domain, base_url: base_url.trim_end_matches('/').to_owned() })
}

/// The ceilings, of which one is a setting.
pub fn ceilings(network: u32) -> Ceilings {
    Ceilings { network, all: IN_ALL_AN_HOUR.max(network) }
}

/// Whether pages are shown to this machine alone.
pub fn is_loopback(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| match url.host() {
        Some(Host::Domain(host)) => host == "localhost" || host.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

/// Whether a programme takes sign-ups from people: somebody must answer for their data, unless it is only tried out.
pub fn is_offered(programme: &Programme, base_url: &str) -> bool {
    programme.privacy.is_some() || is_loopback(base_url)
}

/// From when on nobody signs up any more: the day after the workshop's last, on its own clock.
pub fn closes(programme: &Programme) -> Option<Instant> {
    let (_, last) = programme.dates?;
    Some(programme.time_zone.instant_or_nearest((last + TimeDelta::days(1)).and_time(NaiveTime::MIN)))
}

/// From when on nothing of its subscribers is kept.
pub fn forgotten(programme: &Programme) -> Option<Instant> {
    closes(programme).map(|closes| closes + KEPT_AFTER)
}

/// The network of an address, as the limits see it: /24, or /48 in IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0xff).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !((1 << 80) - 1)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_network() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("203.0.113.77"), "203.0.113.0");
        assert_eq!(network("::ffff:203.0.113.77"), "203.0.113.0");
        assert_eq!(network("2001:db8:1:2::3"), "2001:db8:1::");
    }

    #[test]
    fn a_service_on_this_machine_is_known_by_its_address() {
        for (base, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("https://calendar.example.org", false),
            ("http://127.0.0.1.example.org", false),
        ] {
            assert_eq!(is_loopback(base), expected, "{base}");
        }
        assert_eq!(
            sender(None, "https://calendar.example.org/", None).unwrap().mailbox.to_string(),
            "allim@calendar.example.org"
        );
        assert!(sender(None, "http://127.0.0.1:8080", None).is_ok());
        assert!(sender(Some("nobody"), "http://127.0.0.1:8080", None).is_err());
    }
}
