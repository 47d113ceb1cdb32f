//! What receivers ask of a mail before they believe its From: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489).
//! Records are read and domains compared here; asking for them is the caller's.

use std::net::IpAddr;

use ipnet::IpNet;

/// The domain an organization registered, which relaxed alignment compares: `example.org` of `mail.example.org`.
pub fn organization(domain: &str) -> String {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    psl::domain_str(&domain).map_or_else(|| domain.clone(), str::to_owned)
}

/// Whether a domain that SPF or DKIM passed for speaks for that of the From.
pub fn aligned(from: &str, other: &str, strict: bool) -> bool {
    if strict { from.eq_ignore_ascii_case(other) } else { organization(from) == organization(other) }
}

/// What receivers are asked to do with mail that fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "each is the policy of that name")]
pub enum Policy {
    None,
    Quarantine,
    Reject,
}

impl Policy {
    /// As it stands in the record.
    pub fn name(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }
}

/// A DMARC record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dmarc {
    /// For the domain itself.
    pub policy: Policy,
    /// For those below it.
    pub below: Policy,
    /// DKIM's domain must be the From's own.
    pub dkim_strict: bool,
    /// The envelope's domain must be the From's own.
    pub spf_strict: bool,
}

/// Reads a DMARC record. None: the text is none; an error: it is one, and receivers will not use it.
pub fn dmarc(text: &str) -> Option<Result<Dmarc, &'static str>> {
    let mut tags = text.split(';').map(|tag| tag.split_once('=').unwrap_or((tag, "")));
    tags.next().filter(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")?;
    let tags: Vec<(String, String)> =
        tags.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_lowercase())).collect();
    let tag = |name: &str| tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let policy = |text: &str| match text {
        "none" => Some(Policy::None),
        "quarantine" => Some(Policy::Quarantine),
        "reject" => Some(Policy::Reject),
        _ => None,
    };
    Some(match tag("p").and_then(policy) {
        None => Err("it has no p=none, p=quarantine or p=reject"),
        Some(own) => Ok(Dmarc {
            policy: own,
            below: tag("sp").and_then(policy).unwrap_or(own),
            dkim_strict: tag("adkim") == Some("s"),
            spf_strict: tag("aspf") == Some("s"),
        }),
    })
}

/// What an SPF mechanism says of an address that it matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the result of that name")]
pub enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

/// An SPF mechanism. A domain that is none is the record's own.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the mechanism of that name")]
pub enum Mechanism {
    All,
    Addresses(IpNet),
    A(Option<String>),
    Mx(Option<String>),
    Include(String),
    /// One whose answer hangs on macros or on reverse DNS.
    Untold,
}

/// An SPF record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spf {
    /// In the order they are tried.
    pub mechanisms: Vec<(Qualifier, Mechanism)>,
    /// Whose record holds where none matches.
    pub redirect: Option<String>,
}

/// Reads an SPF record. None: the text is none; an error: the word that receivers will not understand.
pub fn spf(text: &str) -> Option<Result<Spf, String>> {
    let mut words = text.split_ascii_whitespace();
    words.next().filter(|word| word.eq_ignore_ascii_case("v=spf1"))?;
    let mut record = Spf { mechanisms: Vec::new(), redirect: None };
    for word in words {
        let lower = word.to_ascii_lowercase();
        if let Some(domain) = lower.strip_prefix("redirect=") {
            record.redirect = Some(domain.to_owned());
        } else if lower.split([':', '/']).next().is_some_and(|name| name.contains('=')) {
            continue;
        } else {
            match mechanism(&lower) {
                Some(mechanism) => record.mechanisms.push(mechanism),
                None => return Some(Err(word.chars().take(60).collect())),
            }
        }
    }
    Some(Ok(record))
}

fn mechanism(word: &str) -> Option<(Qualifier, Mechanism)> {
    let (qualifier, word) = match word.as_bytes().first()? {
        b'+' => (Qualifier::Pass, &word[1..]),
        b'-' => (Qualifier::Fail, &word[1..]),
        b'~' => (Qualifier::SoftFail, &word[1..]),
        b'?' => (Qualifier::Neutral, &word[1..]),
        _ => (Qualifier::Pass, word),
    };
    if word.contains('%') {
        return Some((qualifier, Mechanism::Untold));
    }
    let (name, value) = word.split_once(':').map_or((word, None), |(name, value)| (name, Some(value)));
    // A network behind a name (`a/24`) widens it: what passes for the address itself passes for it too.
    let (name, value) = match (name.split_once('/'), value) {
        (Some((name, _)), None) => (name, None),
        (_, Some(value)) if !name.starts_with("ip") => (name, value.split('/').next()),
        _ => (name, value),
    };
    let network = |value: &str| value.parse::<IpNet>().or_else(|_| value.parse::<IpAddr>().map(IpNet::from)).ok();
    let mechanism = match (name, value) {
        ("all", None) => Mechanism::All,
        ("ip4" | "ip6", Some(value)) => Mechanism::Addresses(network(value)?),
        ("a", value) => Mechanism::A(value.map(str::to_owned)),
        ("mx", value) => Mechanism::Mx(value.map(str::to_owned)),
        ("include", Some(domain)) if !domain.is_empty() => Mechanism::Include(domain.to_owned()),
        ("ptr", _) | ("exists", Some(_)) => Mechanism::Untold,
        _ => return None,
    };
    Some((qualifier, mechanism))
}

/// A domain of many strangers: only its own servers may send mail from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shared {
    /// A mailing group's.
    Group,
    /// Mailboxes at a provider: its relays, as far as they take a password, and the mails a day they let pass.
    Mailboxes {
        /// Names the relays end in.
        relays: &'static [&'static str],
        /// As the provider tells it, or what experience says.
        per_day: u32,
    },
}

/// What kind of shared domain it is, if it is one.
pub fn shared(domain: &str) -> Option<Shared> {
    const GROUPS: &[&str] =
        &["googlegroups.com", "groups.io", "groups.google.com", "jiscmail.ac.uk", "listserv.net", "freelists.org"];
    const MAILBOXES: &[(&[&str], &[&str], u32)] = &[
        (&["gmail.com", "googlemail.com"], &["smtp.gmail.com"], 400),
        (&["outlook.com", "hotmail.com", "live.com", "msn.com"], &["outlook.com", "office365.com"], 250),
        (&["naver.com"], &["smtp.naver.com"], 300),
        (&["daum.net", "hanmail.net", "kakao.com"], &["smtp.daum.net", "smtp.kakao.com"], 300),
        (&["nate.com"], &["smtp.mail.nate.com"], 200),
        (&["icloud.com", "me.com", "mac.com"], &["smtp.mail.me.com"], 800),
        (&["aol.com", "yahoo.com", "ymail.com"], &["mail.yahoo.com", "smtp.aol.com"], 400),
        (&["gmx.net", "gmx.de", "gmx.com", "web.de"], &["mail.gmx.net", "mail.gmx.com", "smtp.web.de"], 400),
        (&["proton.me", "protonmail.com", "pm.me"], &["smtp.protonmail.ch"], 100),
        (&["qq.com", "foxmail.com"], &["smtp.qq.com"], 200),
        (&["163.com", "126.com"], &["smtp.163.com", "smtp.126.com"], 200),
        (&["mail.ru", "yandex.ru", "yandex.com"], &["smtp.mail.ru", "smtp.yandex.ru", "smtp.yandex.com"], 300),
        (&["zoho.com", "fastmail.com"], &["smtp.zoho.com", "smtp.fastmail.com"], 400),
    ];
    let below = |parent: &str| {
        let domain = domain.to_ascii_lowercase();
        domain.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if GROUPS.iter().any(|group| below(group)) {
        return Some(Shared::Group);
    }
    let known = MAILBOXES.iter().find(|(domains, ..)| domains.iter().any(|domain| below(domain)));
    known.map(|(_, relays, per_day)| Shared::Mailboxes { relays, per_day: *per_day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_is_the_organizations() {
        assert!(aligned("mail.kcl.ac.uk", "kcl.ac.uk", false));
        assert!(!aligned("kcl.ac.uk", "ucl.ac.uk", false));
        assert!(!aligned("mail.kcl.ac.uk", "kcl.ac.uk", true));
        assert_eq!(organization("a.b.example.co.kr"), "example.co.kr");
    }

    #[test]
    fn records_are_read_as_receivers_read_them() {
        let record = dmarc("v=DMARC1; p=Quarantine; adkim=s").unwrap().unwrap();
        assert_eq!((record.policy, record.below, record.dkim_strict), (Policy::Quarantine, Policy::Quarantine, true));
        assert!(dmarc("v=DMARC1; rua=mailto:x@example.org").unwrap().is_err());
        assert_eq!(dmarc("v=spf1 -all"), None);
        let record = spf("v=spf1 ip4:192.0.2.0/24 a/24 mx:example.org include:_spf.example.net exp=x.example ~all");
        let record = record.unwrap().unwrap();
        assert_eq!(record.mechanisms.len(), 5);
        assert_eq!(record.mechanisms[1], (Qualifier::Pass, Mechanism::A(None)));
        assert_eq!(record.mechanisms[4], (Qualifier::SoftFail, Mechanism::All));
        assert_eq!(spf("v=spf1 ipv4:192.0.2.1 -all"), Some(Err("ipv4:192.0.2.1".to_owned())));
        assert_eq!(spf("v=spf10"), None);
    }

    #[test]
    fn shared_domains_are_known_with_those_below() {
        assert_eq!(shared("googlegroups.com"), Some(Shared::Group));
        assert!(matches!(shared("Gmail.com"), Some(Shared::Mailboxes { .. })));
        assert_eq!(shared("notgmail.com"), None);
    }
}
