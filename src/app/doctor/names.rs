//! What DNS says of the domains mail is from: MX, SPF, DMARC. Asked of one server, or of the system's.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::domain::finding::Finding;
use crate::mail::authentication::{Mechanism, Policy, Qualifier, Spf, aligned, dmarc, organization, spf};

/// How long one question may take, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// RFC 7208 4.6.4: receivers give up on a record that makes them ask more often.
const MOST_LOOKUPS: usize = 10;

/// Nobody answered, or what came was no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Silence(String);

/// A way to ask.
pub struct Names {
    resolver: TokioResolver,
    server: String,
}

impl Names {
    /// Asks this server, or those the system asks.
    ///
    /// # Errors
    /// When the system names none.
    pub fn of(server: Option<SocketAddr>) -> Result<Names, Silence> {
        let told = |error: NetError| Silence(error.to_string());
        let mut builder = match server {
            None => TokioResolver::builder_tokio().map_err(told)?,
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        builder.options_mut().timeout = PATIENCE;
        builder.options_mut().attempts = ATTEMPTS;
        let resolver = builder.build().map_err(told)?;
        Ok(Names { resolver, server: server.map_or_else(|| "the system's DNS server".to_owned(), |at| at.to_string()) })
    }

    async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, Silence> {
        let name = format!("{}.", name.trim_end_matches('.'));
        match self.resolver.lookup(name, kind).await {
            Ok(answer) => Ok(answer.answers().iter().map(|record| record.data.clone()).collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Ok(Vec::new()),
            Err(error) => Err(Silence(error.to_string())),
        }
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, Silence> {
        let text = |data: RData| match data {
            RData::TXT(text) => {
                let octets: Vec<u8> = text.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
                Some(String::from_utf8_lossy(&octets).into_owned())
            }
            _ => None,
        };
        Ok(self.ask(name, RecordType::TXT).await?.into_iter().filter_map(text).collect())
    }

    /// The servers that take mail for a domain; an empty name stands for "none at all" (RFC 7505).
    async fn exchangers(&self, domain: &str) -> Result<Vec<String>, Silence> {
        let exchanger = |data: RData| match data {
            RData::MX(mx) => Some((mx.preference, mx.exchange.to_string().trim_end_matches('.').to_lowercase())),
            _ => None,
        };
        let mut found: Vec<_> = self.ask(domain, RecordType::MX).await?.into_iter().filter_map(exchanger).collect();
        found.sort();
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Silence> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let mut found = Vec::new();
        for kind in [RecordType::A, RecordType::AAAA] {
            found.extend(self.ask(host, kind).await?.into_iter().filter_map(|data| match data {
                RData::A(a) => Some(IpAddr::V4(a.0)),
                RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
                _ => None,
            }));
        }
        Ok(found)
    }

    async fn spf_of(&self, domain: &str) -> Result<Vec<Result<Spf, String>>, Silence> {
        Ok(self.texts(domain).await?.iter().filter_map(|text| spf(text)).collect())
    }
}

/// What is asked about.
pub struct Domains<'d> {
    /// Of the From.
    pub from: &'d str,
    /// Of bounce addresses.
    pub bounce: Option<&'d str>,
    /// The relay, where mail goes by one.
    pub relay: Option<&'d str>,
}

/// Looks at everything DNS says. When nobody answers the first question the rest is left out, in one word.
pub async fn examine(server: Option<SocketAddr>, domains: &Domains<'_>) -> Vec<Finding> {
    let silent = |silence: Silence| {
        let advice = "MX, SPF and DMARC were not looked at; name another server with --resolver, or run this where \
                      there is one";
        vec![Finding::warn("DNS", format!("no answer ({silence})"), advice)]
    };
    let names = match Names::of(server) {
        Ok(names) => names,
        Err(silence) => return silent(silence),
    };
    let mut findings = match mx(&names, "MX", domains.from).await {
        Ok(finding) => vec![Finding::ok("DNS", format!("{} answers", names.server)), finding],
        Err(silence) => return silent(Silence(format!("{}: {silence}", names.server))),
    };
    let envelope = domains.bounce.unwrap_or(domains.from);
    let dmarc = dmarc_of(&names, domains.from).await;
    for finding in [
        spf_finding(&names, envelope, domains.relay).await,
        dmarc.as_ref().map_err(Clone::clone).map(|(finding, _)| finding.clone()),
    ] {
        findings.push(finding.unwrap_or_else(|silence| Finding::warn("DNS", silence.to_string(), "try again later")));
    }
    if let Some(bounce) = domains.bounce {
        let strict = dmarc.is_ok_and(|(_, strict)| strict);
        let mx = mx(&names, "bounce domain", bounce).await;
        findings.push(mx.unwrap_or_else(|error| Finding::warn("bounce domain", error.to_string(), "try again later")));
        findings.push(bounce_alignment(domains.from, bounce, strict));
    }
    findings
}

async fn mx(names: &Names, check: &'static str, domain: &str) -> Result<Finding, Silence> {
    let exchangers = names.exchangers(domain).await?;
    Ok(match exchangers.as_slice() {
        [only] if only.is_empty() => Finding::fail(
            check,
            format!("{domain} says that it takes no mail (a null MX)"),
            "use a domain that answers and bounces can reach",
        ),
        [first, ..] => Finding::ok(check, format!("{domain} takes mail at {first}")),
        [] if !names.addresses(domain).await?.is_empty() => Finding::warn(
            check,
            format!("{domain} has an address but no MX"),
            "let its DNS say where mail goes; some receivers want it",
        ),
        [] => Finding::fail(
            check,
            format!("{domain} takes no mail: neither MX nor address"),
            "bounces and answers would be lost, and receivers refuse such a sender: use a domain that takes mail",
        ),
    })
}

async fn spf_finding(names: &Names, domain: &str, relay: Option<&str>) -> Result<Finding, Silence> {
    let check = "SPF";
    let record = match &names.spf_of(domain).await?[..] {
        [] => {
            let says = format!("{domain} has no SPF record");
            return Ok(Finding::warn(check, says, "publish the one your relay's operator names, as a TXT record"));
        }
        [Ok(record)] => record.clone(),
        [Err(word)] => {
            let says = format!("{domain}: \"{word}\" in its SPF record is understood by nobody");
            return Ok(Finding::fail(check, says, "receivers then take the whole record as an error: mend it"));
        }
        [_, _, ..] => {
            let says = format!("{domain} has several SPF records");
            return Ok(Finding::fail(check, says, "receivers then take none: make one of them"));
        }
    };
    if record.mechanisms.iter().any(|(qualifier, one)| *one == Mechanism::All && *qualifier == Qualifier::Pass) {
        let says = format!("{domain} lets everybody send as it (+all)");
        return Ok(Finding::fail(check, says, "end the record in ~all or -all"));
    }
    let Some(relay) = relay else { return Ok(Finding::ok(check, format!("{domain} has one record"))) };
    let addresses = names.addresses(relay).await?;
    let Some(address) = addresses.first() else {
        return Ok(Finding::fail("relay", format!("{relay} has no address"), "correct the host in ALLIM_MAIL"));
    };
    let mut asked = 0;
    Ok(match passes(names, domain, &record, *address, &mut asked).await {
        Ok(Some(Qualifier::Pass)) => Finding::ok(check, format!("{domain} lets {relay} send")),
        Ok(Some(_)) => Finding::warn(
            check,
            format!("{domain} does not name the address of {relay}"),
            "a relay may send from other addresses than it takes mail at: ask its operator for the \"include\", and see \
             what arrives with --came-back",
        ),
        Ok(None) => Finding::ok(check, format!("{domain} has one record, which only a receiver can work out")),
        Err(Trouble::TooMany) => Finding::fail(
            check,
            format!("the record of {domain} needs more than {MOST_LOOKUPS} lookups"),
            "receivers then take it as an error: take out what is not used",
        ),
        Err(Trouble::Missing(other)) => Finding::fail(
            check,
            format!("{domain} includes {other}, which has no SPF record"),
            "receivers then take the whole record as an error: take it out",
        ),
        Err(Trouble::Silence(silence)) => return Err(silence),
    })
}

enum Trouble {
    TooMany,
    Missing(String),
    Silence(Silence),
}

impl From<Silence> for Trouble {
    fn from(silence: Silence) -> Trouble {
        Trouble::Silence(silence)
    }
}

/// What a record says of an address; none where only a receiver could tell.
async fn passes(
    names: &Names,
    domain: &str,
    record: &Spf,
    address: IpAddr,
    asked: &mut usize,
) -> Result<Option<Qualifier>, Trouble> {
    let mut untold = false;
    for (qualifier, mechanism) in &record.mechanisms {
        if !matches!(mechanism, Mechanism::All | Mechanism::Addresses(_)) {
            *asked += 1;
        }
        if *asked > MOST_LOOKUPS {
            return Err(Trouble::TooMany);
        }
        let matched = match mechanism {
            Mechanism::All => true,
            Mechanism::Addresses(network) => network.contains(&address),
            Mechanism::A(host) => names.addresses(host.as_deref().unwrap_or(domain)).await?.contains(&address),
            Mechanism::Mx(host) => {
                let mut found = false;
                for exchanger in names.exchangers(host.as_deref().unwrap_or(domain)).await?.iter().take(10) {
                    found = found || names.addresses(exchanger).await?.contains(&address);
                }
                found
            }
            Mechanism::Include(other) => match Box::pin(of_other(names, other, address, asked)).await? {
                None => {
                    untold = true;
                    false
                }
                Some(said) => said == Qualifier::Pass,
            },
            Mechanism::Untold => {
                untold = true;
                false
            }
        };
        if matched && !(untold && *mechanism == Mechanism::All) {
            return Ok(Some(*qualifier));
        }
    }
    match &record.redirect {
        _ if untold => Ok(None),
        Some(other) => {
            *asked += 1;
            Box::pin(of_other(names, other, address, asked)).await
        }
        None => Ok(Some(Qualifier::Neutral)),
    }
}

async fn of_other(
    names: &Names,
    other: &str,
    address: IpAddr,
    asked: &mut usize,
) -> Result<Option<Qualifier>, Trouble> {
    match &names.spf_of(other).await?[..] {
        [Ok(record)] => passes(names, other, record, address, asked).await,
        _ => Err(Trouble::Missing(other.to_owned())),
    }
}

/// The policy, and whether SPF must be of the very domain.
async fn dmarc_of(names: &Names, from: &str) -> Result<(Finding, bool), Silence> {
    let check = "DMARC";
    let parent = organization(from);
    let mut places = vec![from];
    if parent != from {
        places.push(&parent);
    }
    for place in places {
        let texts = names.texts(&format!("_dmarc.{place}")).await?;
        match &texts.iter().filter_map(|text| dmarc(text)).collect::<Vec<_>>()[..] {
            [] => {}
            [Ok(record)] => {
                let policy = if place == from { record.policy } else { record.below };
                let way = match policy {
                    Policy::None => "mail that fails still arrives".to_owned(),
                    _ => format!("mail arrives only if the relay signs with DKIM as {place}, or SPF passes for it"),
                };
                let finding = Finding::ok(check, format!("p={} at {place}: {way}", policy.name()));
                return Ok((finding, record.spf_strict));
            }
            [Err(why)] => {
                let says = format!("the record of {place} is not used: {why}");
                return Ok((Finding::fail(check, says, "mend it"), false));
            }
            _ => return Ok((Finding::fail(check, format!("{place} has several records"), "keep one"), false)),
        }
    }
    let advice = format!("publish the TXT record _dmarc.{parent} \"v=DMARC1; p=none\": large providers ask for one");
    Ok((Finding::warn(check, format!("{parent} has no record"), advice), false))
}

fn bounce_alignment(from: &str, bounce: &str, strict: bool) -> Finding {
    if aligned(from, bounce, strict) {
        return Finding::ok("bounce alignment", format!("SPF of {bounce} speaks for {from}"));
    }
    Finding::warn(
        "bounce alignment",
        format!("SPF of {bounce} does not speak for {from}"),
        "only DKIM can pass DMARC then: use a bounce domain below that of the From",
    )
}
