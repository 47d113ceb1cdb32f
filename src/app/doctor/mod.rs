//! Doctor: is everything as it must be for mail to arrive? Each check is one line that says what to do.
//!
//! Nothing is changed: the database is opened to read, and only a mail to oneself, when asked for, leaves the machine.
//! A roll call, which asks every organizer "inbox or spam?", goes by the queue; what was answered is told here.

mod names;
mod settings;

use std::fmt::Write;
use std::path::Path;

use chrono::{Datelike, TimeDelta};

pub use settings::{Setup, Way};

use crate::app::roll_call;
use crate::clock::Mark;
use crate::domain::finding::{Finding, Level};
use crate::domain::mailbox::Mailbox;
use crate::domain::notice::{Blame, Message, NoticeId, Outcome, Reply};
use crate::domain::zone::{self, Instant};
use crate::mail::transport::{Delivery, Transport, Unsent};
use crate::mail::{arrived, authentication, probe};
use crate::store::health::{self, Health};

/// A wall clock that was set by more than this while we looked.
const LEAP: TimeDelta = TimeDelta::seconds(2);

/// A service whose heartbeat is older than so many seconds does not run: it writes one a minute.
const QUIET: i64 = 150;

/// A log beyond this is one that nobody moves into the database.
const LARGE_LOG: u64 = 64 << 20;

/// Looks at settings, database, clock, zone data and DNS.
pub async fn examine(setup: &Setup, now: Instant) -> Vec<Finding> {
    let began = Mark::here();
    let mut findings = settings::examine(setup);
    let (database, newest) = database(&setup.state, now).await;
    findings.extend(database);
    findings.push(zones(now));
    findings.extend(dns(setup).await);
    findings.extend(roll_call::findings(&setup.state).await);
    findings.push(clock(now, began.leap(&Mark::here()), newest));
    findings
}

async fn dns(setup: &Setup) -> Vec<Finding> {
    let Ok(from) = setup.sender() else {
        return vec![Finding::warn("DNS", "not asked: mail has no address it is from", "set ALLIM_FROM")];
    };
    let Way::Relay { host, .. } = setup.way() else {
        return vec![Finding::ok("DNS", "not asked: no mail leaves this machine")];
    };
    if authentication::shared(from.domain()).is_some() {
        return vec![Finding::ok("DNS", format!("not asked: {} is not yours to change", from.domain()))];
    }
    let bounce = setup.bounce_domain.as_deref();
    names::examine(setup.resolver, &names::Domains { from: from.domain(), bounce, relay: Some(&host) }).await
}

async fn database(state: &Path, now: Instant) -> (Vec<Finding>, Option<Instant>) {
    let check = "database";
    let health = match health::examine(state).await {
        Ok(Some(health)) => health,
        Ok(None) => return (vec![Finding::ok(check, "none yet; the first allim serve makes it")], None),
        Err(error) => {
            return (vec![Finding::fail(check, error.to_string(), "put a backup in its place")], None);
        }
    };
    let mebibytes = |octets: u64| format!("{:.1} MiB", octets as f64 / f64::from(1 << 20));
    let mut findings = vec![match health.faults.first() {
        Some(fault) => {
            Finding::fail(check, format!("it is damaged: {fault}"), "stop the service and put a backup in its place")
        }
        None => Finding::ok(check, format!("whole, {}", mebibytes(health.octets))),
    }];
    if health.behind > 0 {
        findings.push(Finding::ok("schema", "of an earlier version; the next start brings it up to date"));
    }
    if !health.write_ahead {
        findings.push(Finding::warn("WAL", "off", "start the service once: readers wait for writers until then"));
    }
    if health.log_octets > LARGE_LOG {
        let says = format!("{} wait to be moved into the database", mebibytes(health.log_octets));
        findings.push(Finding::warn("WAL", says, "restart the service when nothing is going out"));
    }
    findings.extend(health.heartbeat.map(|heartbeat| service(heartbeat, now)));
    findings.extend(queue(&health));
    (findings, health.newest)
}

/// Whether mail leaves, and what waits for a person.
fn queue(health: &Health) -> Vec<Finding> {
    let check = "queue";
    let mut findings = Vec::new();
    if let Some((since, reason)) = &health.paused {
        let says = format!("nothing leaves since {}: {reason}", since.format("%Y-%m-%d %H:%M UTC"));
        findings.push(Finding::fail(
            check,
            says,
            "mend what the relay complains of; one mail is tried from time to time",
        ));
    }
    if health.waiting > 0 {
        let says = match health.waiting {
            1 => "a batch of mail waits for an organizer".to_owned(),
            several => format!("{several} batches of mail wait for an organizer"),
        };
        findings.push(Finding::warn(check, says, "allim outbox list shows what, and how to answer"));
    }
    if findings.is_empty() && health.heartbeat.is_some() {
        findings.push(Finding::ok(check, "open; nothing waits for an organizer"));
    }
    findings
}

/// Whether the service runs, by the heartbeat it writes every minute.
fn service(heartbeat: Instant, now: Instant) -> Finding {
    let (check, shown) = ("service", heartbeat.format("%Y-%m-%d %H:%M:%S UTC"));
    match (now - heartbeat).num_seconds() {
        seconds @ 0..=QUIET => Finding::ok(check, format!("it runs: its heartbeat is {seconds} s old")),
        1.. => Finding::warn(check, format!("no heartbeat since {shown}"), "no mail leaves until it is started"),
        _ => Finding::warn(check, format!("its heartbeat is of {shown}, which is to come"), "look at the clock"),
    }
}

fn clock(now: Instant, leap: TimeDelta, newest: Option<Instant>) -> Finding {
    let (check, shown) = ("clock", now.format("%Y-%m-%d %H:%M:%S UTC"));
    let advice = "let the machine take its time from a time server (chrony, systemd-timesyncd)";
    match newest {
        _ if leap.abs() > LEAP => {
            Finding::fail(check, format!("it was set by {} s while we looked", leap.num_seconds()), advice)
        }
        _ if !(2025..2100).contains(&now.year()) => Finding::fail(check, format!("{shown} cannot be"), advice),
        Some(newest) if newest > now => {
            let newest = newest.format("%Y-%m-%d %H:%M:%S UTC");
            let says = format!("{shown} is before what the database holds ({newest})");
            Finding::fail(check, says, "the clock is slow, or was fast then: nothing is sent while that is in doubt")
        }
        _ => Finding::ok(check, shown.to_string()),
    }
}

fn zones(now: Instant) -> Finding {
    let version = zone::database_version();
    let year = version.get(..4).and_then(|year| year.parse::<i32>().ok());
    match year {
        Some(year) if now.year() - year <= 1 => Finding::ok("zone data", version),
        _ => {
            Finding::warn("zone data", format!("{version} is old"), "countries change their clocks: take a newer Allim")
        }
    }
}

/// Composes a mail to oneself and gives it to `send`, which hands it to the transport.
pub async fn to_oneself(
    setup: &Setup,
    to: &Mailbox,
    now: Instant,
    send: impl AsyncFnOnce(Message) -> Outcome,
) -> Finding {
    let check = "mail to oneself";
    let from = match setup.sender() {
        Ok(from) => from,
        Err(error) => return Finding::fail(check, format!("not sent: {error}"), "set ALLIM_FROM"),
    };
    match send(probe::probe(&from, to, &setup.base(), now)).await {
        Outcome::Relayed(reply) => Finding::ok(
            check,
            format!("taken ({}); when it is there, save it and run allim doctor --came-back FILE.eml", said(&reply)),
        ),
        Outcome::Delayed(_, reply) => {
            Finding::fail(check, format!("not now: {}", said(&reply)), "try again in some minutes")
        }
        Outcome::Failed(_, reply) => {
            Finding::fail(check, format!("refused: {}", said(&reply)), "ask the relay's operator with these words")
        }
        Outcome::Uncertain(reply) => {
            Finding::warn(check, format!("no answer at the end: {}", said(&reply)), "see whether it is there")
        }
    }
}

/// Sends one message by a transport, at once and once: what is not taken is told, not tried again.
pub async fn send(transport: &Transport, message: Message, now: Instant) -> Outcome {
    let delivery = Delivery { notice: NoticeId(0), first: now, message: &message };
    let line = match transport.open().await {
        Ok(line) => line,
        Err(ended) => return ended.outcome,
    };
    let outcome = match line.offer(&delivery).await {
        Ok(line) => line.hand_over(&delivery).await,
        Err(Unsent::Ended(ended)) => ended.outcome,
        Err(Unsent::Gone) => {
            Outcome::Delayed(Blame::Relay, Reply { code: None, text: "the relay closed the connection".to_owned() })
        }
    };
    transport.rest().await;
    outcome
}

fn said(reply: &Reply) -> String {
    reply.code.map_or_else(|| reply.text.clone(), |code| format!("{code} {}", reply.text))
}

/// Looks at a mail to oneself, or any other of ours, as it arrived.
pub fn came_back(setup: &Setup, octets: &[u8]) -> Vec<Finding> {
    match setup.sender() {
        Ok(from) => arrived::examine(octets, &from, &setup.base()),
        Err(error) => vec![Finding::fail("From", error, "set ALLIM_FROM to the address the mail is from")],
    }
}

/// The findings, a line each, and what they come to.
pub fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let _ = writeln!(out, "{}", finding.line());
    }
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let _ = match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => writeln!(out, "all is well"),
        (0, warnings) => writeln!(out, "it works; {warnings} to look at"),
        (failures, warnings) => writeln!(out, "{failures} to mend, {warnings} to look at"),
    };
    out
}

/// The findings, a JSON object a line.
pub fn json(findings: &[Finding]) -> String {
    let object = |finding: &Finding| {
        let Finding { level, check, says, advice } = finding;
        serde_json::json!({ "level": level.name(), "check": check, "says": says, "advice": advice }).to_string() + "\n"
    };
    findings.iter().map(object).collect()
}

/// Whether anything must be mended.
pub fn fails(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Fail)
}
