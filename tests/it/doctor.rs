//! Doctor: against a DNS server of our own on loopback, and mails as they arrive.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;

use allim::app::doctor::{self, Setup};
use allim::domain::finding::{Finding, Level};
use allim::domain::mailbox::Mailbox;
use allim::domain::notice::{Blame, Message, Outcome, Reply};
use allim::mail::probe::probe;
use allim::store::Store;

use crate::house::{golden, instant, wait};
use crate::organizers::Running;
use crate::relay::{Relay, Say};

const NOW: &str = "2026-06-01T09:00:00Z";

/// A record: its owner, its type, its value as it is written in a zone file.
type Record = (&'static str, &'static str, &'static str);

/// Answers from these records for as long as the tests run; what it does not know does not exist.
fn dns(records: &'static [Record]) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut octets = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut octets) {
            if let Some(answer) = answer(&octets[..length], records) {
                socket.send_to(&answer, from).expect("sent");
            }
        }
    });
    address
}

fn answer(query: &[u8], records: &[Record]) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while *query.get(at)? != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(query.get(at + 1..end)?).to_lowercase());
        at = end;
    }
    let kind = u16::from_be_bytes([*query.get(at + 1)?, *query.get(at + 2)?]);
    let name = labels.join(".");
    let code = |kind: &str| match kind {
        "A" => 1,
        "MX" => 15,
        _ => 16,
    };
    let found: Vec<_> = records.iter().filter(|(owner, of, _)| *owner == name && code(of) == kind).collect();
    let known = records.iter().any(|(owner, ..)| *owner == name);
    let count = u16::try_from(found.len()).ok()?.to_be_bytes();
    let mut out = [&query[..2], &[0x81, if known { 0x80 } else { 0x83 }, 0, 1], &count, &[0, 0, 0, 0]].concat();
    out.extend_from_slice(&query[12..at + 5]);
    for (_, of, value) in found {
        let data = match *of {
            "A" => value.split('.').map(|part| part.parse().expect("an octet")).collect(),
            "MX" => [&[0, 10][..], &wire(value)].concat(),
            _ => value
                .as_bytes()
                .chunks(255)
                .flat_map(|part| [&[u8::try_from(part.len()).expect("short")], part].concat())
                .collect::<Vec<u8>>(),
        };
        out.extend_from_slice(&[0xc0, 12, 0, u8::try_from(code(of)).expect("small"), 0, 1, 0, 0, 0, 60]);
        out.extend_from_slice(&u16::try_from(data.len()).ok()?.to_be_bytes());
        out.extend_from_slice(&data);
    }
    Some(out)
}

fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut out: Vec<u8> =
        labels.flat_map(|label| [&[u8::try_from(label.len()).expect("short")], label.as_bytes()].concat()).collect();
    out.push(0);
    out
}

struct Patient {
    setup: Setup,
    _folder: tempfile::TempDir,
}

/// A service that is set up well, in folders of its own.
fn patient(resolver: SocketAddr) -> Patient {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, state) = (folder.path().join("data"), folder.path().join("var"));
    std::fs::create_dir(&data).expect("a folder");
    std::fs::create_dir(&state).expect("a folder");
    only_ours(&state, 0o700);
    let setup = Setup {
        listen: "127.0.0.1:8080".parse().expect("an address"),
        base_url: Some("https://calendar.example.org".parse().expect("a URL")),
        data,
        state,
        mail: "smtp://me:hunter2@relay.example.org:587".to_owned().into(),
        per_day: Some(500),
        from: Some("reminders@example.org".to_owned()),
        bounce_domain: Some("bounces.example.org".to_owned()),
        templates: None,
        trusted_proxies: 1,
        resolver: Some(resolver),
        holding_secrets: Vec::new(),
        secret_file: None,
    };
    Patient { setup, _folder: folder }
}

#[cfg(unix)]
fn only_ours(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

const WELL: &[Record] = &[
    ("example.org", "MX", "mx.example.org"),
    ("example.org", "TXT", "some-verification=1"),
    ("example.org", "TXT", "v=spf1 include:_spf.example.net -all"),
    ("_spf.example.net", "TXT", "v=spf1 ip4:192.0.2.0/24 ~all"),
    ("_dmarc.example.org", "TXT", "v=DMARC1; p=quarantine"),
    ("bounces.example.org", "MX", "mx.example.org"),
    ("bounces.example.org", "TXT", "v=spf1 a:relay.example.org -all"),
    ("relay.example.org", "A", "192.0.2.25"),
];

fn findings(setup: &Setup) -> Vec<Finding> {
    wait(doctor::examine(setup, instant(NOW)))
}

fn of<'f>(findings: &'f [Finding], check: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("{check}: {findings:#?}"))
}

#[test]
fn a_service_that_is_well_is_told_so() {
    let patient = patient(dns(WELL));
    let store = wait(Store::open(&patient.setup.state)).expect("a store");
    drop(store);
    let findings = findings(&patient.setup);
    assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{}", doctor::text(&findings));
    let folder = patient.setup.state.parent().expect("a folder").display().to_string();
    let resolver = patient.setup.resolver.expect("an address").to_string();
    let text = doctor::text(&findings).replace(&folder, "FOLDER").replace(&resolver, "SERVER");
    let version = allim::domain::zone::database_version();
    let size = |line: &str| {
        if line.contains("database: whole") {
            "ok    database: whole, SIZE".to_owned()
        } else {
            line.replace(version, "VERSION")
        }
    };
    let text: Vec<String> = text.lines().map(size).collect();
    golden("doctor/well.txt", (text.join("\n") + "\n").as_bytes());
}

#[test]
fn what_dns_lacks_is_told_with_what_to_do() {
    const MANY: &str = "v=spf1 a:a.example.org a:b.example.org a:c.example.org a:d.example.org a:e.example.org \
                        a:f.example.org a:g.example.org a:h.example.org a:i.example.org a:j.example.org mx -all";
    const MX: Record = ("example.org", "MX", "mx.example.org");
    const RELAY: Record = ("relay.example.org", "A", "192.0.2.25");
    const CASES: &[(&[Record], &str, Level, &str)] = &[
        (&[("example.org", "MX", ".")], "MX", Level::Fail, "takes no mail"),
        (&[("example.org", "A", "192.0.2.1")], "MX", Level::Warn, "no MX"),
        (&[RELAY], "MX", Level::Fail, "neither"),
        (&[MX], "SPF", Level::Warn, "no SPF record"),
        (
            &[MX, ("example.org", "TXT", "v=spf1 -all"), ("example.org", "TXT", "v=spf1 ~all")],
            "SPF",
            Level::Fail,
            "several",
        ),
        (&[MX, ("example.org", "TXT", "v=spf1 ipv4:192.0.2.1 -all")], "SPF", Level::Fail, "ipv4:192.0.2.1"),
        (&[MX, ("example.org", "TXT", "v=spf1 +all")], "SPF", Level::Fail, "everybody"),
        (
            &[MX, RELAY, ("example.org", "TXT", "v=spf1 include:gone.example.net -all")],
            "SPF",
            Level::Fail,
            "gone.example.net",
        ),
        (&[MX, RELAY, ("example.org", "TXT", "v=spf1 include:example.org -all")], "SPF", Level::Fail, "10 lookups"),
        (&[MX, RELAY, ("example.org", "TXT", MANY)], "SPF", Level::Fail, "10 lookups"),
        (&[MX, RELAY, ("example.org", "TXT", "v=spf1 ip4:198.51.100.0/24 ~all")], "SPF", Level::Warn, "does not name"),
        (
            &[MX, RELAY, ("example.org", "TXT", "v=spf1 exists:%{i}.x.example -all")],
            "SPF",
            Level::Ok,
            "only a receiver",
        ),
        (
            &[
                MX,
                RELAY,
                ("example.org", "TXT", "v=spf1 redirect=_s.example.net"),
                ("_s.example.net", "TXT", "v=spf1 ip4:192.0.2.25 -all"),
            ],
            "SPF",
            Level::Ok,
            "lets",
        ),
        (&[MX, ("example.org", "TXT", "v=spf1 mx -all")], "relay", Level::Fail, "no address"),
        (&[MX], "DMARC", Level::Warn, "_dmarc.example.org"),
        (&[MX, ("_dmarc.example.org", "TXT", "v=DMARC1; rua=mailto:x@example.org")], "DMARC", Level::Fail, "not used"),
        (&[MX, ("_dmarc.example.org", "TXT", "v=DMARC1; p=none")], "DMARC", Level::Ok, "p=none"),
    ];
    for (records, check, level, word) in CASES {
        let mut patient = patient(dns(records));
        patient.setup.bounce_domain = None;
        let findings = findings(&patient.setup);
        let finding = of(&findings, check);
        assert!(finding.level == *level && finding.line().contains(word), "{records:?}\n{}", doctor::text(&findings));
    }
}

#[test]
fn a_bounce_domain_of_somebody_else_is_told() {
    const RECORDS: &[Record] = &[("example.org", "MX", "mx.example.org"), ("b.example.com", "MX", "mx.example.com")];
    let mut patient = patient(dns(RECORDS));
    patient.setup.bounce_domain = Some("b.example.com".to_owned());
    let found = findings(&patient.setup);
    assert_eq!((of(&found, "bounce domain").level, of(&found, "bounce alignment").level), (Level::Ok, Level::Warn));
    patient.setup.bounce_domain = Some("nowhere.example.org".to_owned());
    assert_eq!(of(&findings(&patient.setup), "bounce domain").level, Level::Fail);
}

#[test]
fn without_dns_one_clear_word_is_said() {
    // A port that was ours a moment ago and that nobody listens on.
    let closed = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let patient = patient(closed);
    let findings = findings(&patient.setup);
    let about: Vec<_> = findings.iter().filter(|one| ["DNS", "MX", "SPF", "DMARC"].contains(&one.check)).collect();
    assert_eq!(about.len(), 1, "{}", doctor::text(&findings));
    assert!(about[0].level == Level::Warn && about[0].says.contains("no answer"), "{:?}", about[0]);
}

#[test]
fn a_from_that_cannot_align_is_refused_and_a_better_one_named() {
    let cases = [
        ("faimi@googlegroups.com", "smtp://u:p@smtp.gmail.com:587", Level::Fail, "group"),
        ("faimi@gmail.com", "smtp://u:p@relay.example.org:587", Level::Fail, "smtp.gmail.com"),
        ("faimi@gmail.com", "smtp://u:p@smtp.gmail.com:587", Level::Ok, "own"),
        ("faimi@outlook.com", "smtps://u:p@relay.example.org", Level::Fail, "DMARC"),
        ("faimi@naver.com", "smtp://u:p@smtp.gmail.com:587", Level::Fail, "smtp.naver.com"),
        ("faimi@naver.com", "smtps://u:p@smtp.naver.com:465", Level::Ok, "own"),
        ("faimi@notgmail.com", "smtp://u:p@relay.example.org:587", Level::Ok, "faimi@notgmail.com"),
        ("faimi", "smtp://u:p@relay.example.org:587", Level::Fail, "ALLIM_FROM"),
    ];
    for (from, mail, level, word) in cases {
        let mut patient = patient(dns(WELL));
        (patient.setup.from, patient.setup.mail) = (Some(from.to_owned()), mail.to_owned().into());
        let findings = findings(&patient.setup);
        let finding = of(&findings, "From");
        assert!(finding.level == level && finding.line().contains(word), "{from} {mail}: {}", finding.line());
    }
}

#[test]
fn settings_that_cannot_work_are_told_and_no_password_is() {
    let mut patient = patient(dns(WELL));
    let secret = patient.setup.state.join("secret");
    std::fs::write(&secret, [7; 32]).expect("written");
    only_ours(&secret, 0o644);
    patient.setup.base_url = Some("http://calendar.example.org".parse().expect("a URL"));
    patient.setup.mail = "smpt://me:hunter2@relay.example.org".to_owned().into();
    patient.setup.data = "no-such-folder".into();
    patient.setup.templates = Some("no-such-templates".into());
    only_ours(&patient.setup.state, 0o755);
    let found = findings(&patient.setup);
    for (check, level) in [
        ("secret", Level::Fail),
        ("base URL", Level::Fail),
        ("mail", Level::Fail),
        ("data folder", Level::Fail),
        ("templates", Level::Fail),
        ("state folder", Level::Warn),
    ] {
        assert_eq!(of(&found, check).level, level, "{check}");
    }
    assert!(!doctor::text(&found).contains("hunter2") && doctor::fails(&found));
    std::fs::write(&secret, [7; 8]).expect("written");
    assert!(of(&findings(&patient.setup), "secret").says.contains("shorter"));
    only_ours(&secret, 0o600);
    std::fs::write(&secret, [7; 32]).expect("written");
    assert_eq!(of(&findings(&patient.setup), "secret").level, Level::Ok);
}

#[test]
fn a_damaged_database_and_a_wrong_clock_are_told() {
    let patient = patient(dns(WELL));
    let file = patient.setup.state.join("allim.db");
    std::fs::write(&file, b"SQLite format 3\0 and then something else entirely").expect("written");
    assert_eq!(of(&findings(&patient.setup), "database").level, Level::Fail);
    std::fs::remove_file(&file).expect("removed");
    assert_eq!(of(&findings(&patient.setup), "database").level, Level::Ok);
    assert!(!file.exists(), "looking makes nothing");
    for (at, level) in [
        ("1970-01-01T00:00:00Z", Level::Fail),
        ("2026-06-01T00:00:00Z", Level::Ok),
        ("2150-01-01T00:00:00Z", Level::Fail),
    ] {
        assert_eq!(of(&wait(doctor::examine(&patient.setup, instant(at))), "clock").level, level, "{at}");
    }
}

#[test]
fn a_clock_behind_the_database_is_told() {
    let patient = patient(dns(WELL));
    let file = crate::house::project("data/faimi-2025.toml");
    let published = Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(["publish", "--accept", "all", "--state"])
        .arg(&patient.setup.state)
        .arg(file)
        .output()
        .expect("it runs");
    assert!(published.status.success(), "{}", String::from_utf8_lossy(&published.stderr));
    let found = wait(doctor::examine(&patient.setup, instant("2025-01-01T00:00:00Z")));
    assert!(of(&found, "clock").says.contains("before what the database holds"), "{}", doctor::text(&found));
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().expect("a mailbox")
}

#[test]
fn a_mail_to_oneself_goes_by_the_transport_and_its_answer_is_told() {
    let patient = patient(dns(WELL));
    let reply = |code, text: &str| Reply { code, text: text.to_owned() };
    let outcomes = [
        (Outcome::Relayed(reply(Some(250), "queued")), Level::Ok, "queued"),
        (Outcome::Delayed(Blame::Relay, reply(Some(451), "later")), Level::Fail, "451 later"),
        (Outcome::Failed(Blame::Relay, reply(Some(535), "who?")), Level::Fail, "535 who?"),
        (Outcome::Uncertain(reply(None, "connection lost")), Level::Warn, "connection lost"),
    ];
    for (outcome, level, word) in outcomes {
        let send = async |message: Message| {
            assert_eq!((message.from.as_str(), message.to.as_str()), ("reminders@example.org", "me@example.com"));
            outcome
        };
        let finding = wait(doctor::to_oneself(&patient.setup, &mailbox("me@example.com"), instant(NOW), send));
        assert!(finding.level == level && finding.line().contains(word), "{}", finding.line());
    }
}

/// The mail to oneself as a large provider keeps it.
fn arrived() -> String {
    let message = probe(
        &mailbox("reminders@example.org"),
        &mailbox("me@example.com"),
        "https://calendar.example.org",
        instant(NOW),
    );
    let sent = String::from_utf8(message.octets).expect("ASCII");
    format!(
        "Delivered-To: me@example.com\r\n\
         Authentication-Results: mx.example.com;\r\n       dkim=pass header.i=@example.org header.s=s1;\r\n       \
         spf=pass (example.com: names 192.0.2.25) smtp.mailfrom=reminders@example.org;\r\n       \
         dmarc=pass (p=QUARANTINE) header.from=example.org\r\n\
         Authentication-Results: forged.example; dmarc=fail\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=mail.example.org; s=s1; h=From:To:Subject:\r\n List-Unsubscribe:List-Unsubscribe-Post; \
         bh=x; b=y\r\n{sent}"
    )
}

#[test]
fn a_mail_that_came_back_whole_is_told_so_and_what_the_way_did_to_another() {
    let patient = patient(dns(WELL));
    let look = |mail: &str| doctor::came_back(&patient.setup, mail.as_bytes());
    golden("doctor/came-back.txt", doctor::text(&look(&arrived())).as_bytes());
    let mail = arrived();
    let cases = [
        (mail.replace("From: Allim <reminders@", "From: Allim <someone@"), "From", Level::Fail),
        (mail.replace("dmarc=pass (p", "dmarc=fail (p"), "DMARC", Level::Fail),
        (mail.replace("spf=pass", "spf=softfail"), "SPF", Level::Warn),
        (mail.replace("dkim=pass", "dkim=none"), "DKIM", Level::Warn),
        (mail.replace("Authentication-Results", "X-Gone"), "SPF", Level::Warn),
        (mail.replace("d=mail.example.org", "d=relay.example.net"), "DKIM-Signature", Level::Warn),
        (mail.replace("List-Unsubscribe:List-Unsubscribe-Post;", "Date;"), "DKIM-Signature", Level::Warn),
        (mail.replace("DKIM-Signature", "X-Gone"), "DKIM-Signature", Level::Fail),
        (mail.replace("List-Id", "X-Gone"), "headers", Level::Fail),
        (mail.replace("List-Unsubscribe-Post: ", "X-Gone: "), "one-click", Level::Fail),
        (
            mail.replace("<https://calendar.example.org/?doctor=one-click>", "<https://relay.example.net/u/1>"),
            "one-click",
            Level::Fail,
        ),
        (mail.replace("multipart/alternative", "multipart/mixed"), "alternatives", Level::Fail),
        (
            mail.replace("href=\"https://", "href=\"https://eu.safelinks.protection.outlook.com/?url=https%3A%2F%2F"),
            "links",
            Level::Fail,
        ),
        (mail.replace("calendar.example.org/?doctor=came-back", "click.example.net/x"), "links", Level::Warn),
        (format!("X-Spam-Flag: YES\r\n{mail}"), "spam filter", Level::Warn),
        ("no mail at all".to_owned(), "message", Level::Fail),
        (String::new(), "message", Level::Fail),
    ];
    for (mail, check, level) in cases {
        let findings = look(&mail);
        assert_eq!(of(&findings, check).level, level, "{check}\n{}", doctor::text(&findings));
    }
}

#[test]
fn a_mail_to_oneself_goes_out_by_the_relay_and_is_looked_at_when_it_came_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Relay::start(&[]);
    let allim = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(["doctor", "--from", "reminders@example.org", "--base-url", "https://calendar.example.org"])
            .args(["--mail", &relay.url()])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = allim(&["--to", "me@example.com"]);
    assert!(code == Some(0) && said.contains("taken (250 2.0.0 taken)"), "{said}");
    assert!(!folder.path().join("var").exists(), "a mail to oneself leaves nothing behind");
    // As the receiver's own server would keep it: with what it found out on top.
    let sent = relay.arrived().remove(0);
    assert_eq!(sent.to, "me@example.com");
    let found = arrived().split_once("From: Allim").expect("its headers").0.to_owned();
    std::fs::write(folder.path().join("mail.eml"), [found.as_bytes(), &sent.octets].concat()).expect("written");
    let (code, said) = allim(&["--came-back", "mail.eml"]);
    assert!(code == Some(0) && said.ends_with("all is well\n"), "{said}");
    relay.next("RCPT", Say::Reply("550 5.7.1 not for you"));
    let (code, said) = allim(&["--to", "me@example.com"]);
    assert!(code == Some(1) && said.contains("refused: 550 5.7.1 not for you"), "{said}");
    relay.next("connect", Say::Drop);
    let (code, said) = allim(&["--to", "me@example.com", "--json"]);
    assert!(code == Some(1) && said.contains("\"level\":\"fail\""), "{said}");
    assert_eq!(allim(&["--to", "me"]).0, Some(2));
}

#[test]
fn the_command_tells_by_its_exit_code_and_in_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("arrived.eml");
    std::fs::write(&file, arrived()).expect("written");
    let allim = |arguments: &[&str]| {
        let command = Command::new(env!("CARGO_BIN_EXE_allim"))
            .args(arguments)
            .args(["--from", "reminders@example.org", "--base-url", "https://calendar.example.org"])
            .current_dir(folder.path())
            .output();
        command.expect("it runs")
    };
    let path = file.to_str().expect("a path");
    let well = allim(&["doctor", "--came-back", path, "--json"]);
    assert_eq!(well.status.code(), Some(0));
    for line in String::from_utf8_lossy(&well.stdout).lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(object["level"] == "ok" && object["advice"].is_null(), "{line}");
    }
    let bad = allim(&["doctor"]);
    assert_eq!(bad.status.code(), Some(1), "there is no data folder: {}", String::from_utf8_lossy(&bad.stdout));
    assert_eq!(allim(&["doctor", "--came-back", "no-such-file"]).status.code(), Some(1));
    assert_eq!(allim(&["doctor", "--resolver", "nowhere"]).status.code(), Some(2));
}

#[test]
fn whether_the_service_runs_is_known_by_its_heartbeat() {
    let patient = patient(dns(WELL));
    let store = wait(Store::open(&patient.setup.state)).expect("a store");
    let service = |seconds: i64| {
        let now = instant(NOW);
        wait(store.beat(now - chrono::TimeDelta::seconds(seconds))).expect("written");
        of(&findings(&patient.setup), "service").line()
    };
    assert_eq!(service(60), "ok    service: it runs: its heartbeat is 60 s old");
    assert!(
        service(3600).starts_with("warn  service: no heartbeat since 2026-06-01 08:00:00 UTC"),
        "{}",
        service(3600)
    );
    assert!(service(-3600).contains("which is to come"), "{}", service(-3600));
}

/// The mode of a file, and of nobody else's business.
#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner_alone_and_a_password_that_others_may_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let allim = |arguments: &str| {
        let output = Command::new("sh")
            .args(["-c", &format!("umask 022; exec \"$0\" {arguments}"), env!("CARGO_BIN_EXE_allim")])
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
    };
    let file = crate::house::project("data/faimi-2025.toml");
    let said = allim(&format!("publish --accept all --state below/state {}", file.display()));
    assert!(folder.path().join("below/state").is_dir(), "{said}");
    let said = allim("backup copy.db --state below/state");
    assert!(said.contains("holds everything"), "{said}");
    let state = folder.path().join("below/state");
    let modes = [state.clone(), state.join("allim.db"), folder.path().join("copy.db")].map(|path| mode(&path));
    assert_eq!(modes.map(|mode| format!("{mode:o}")), ["700", "600", "600"]);

    // The settings file, where a password stands in it, and the file it names instead.
    let settings = folder.path().join("allim.toml");
    let relay = folder.path().join("relay");
    std::fs::write(&settings, "state = \"below/state\"\nmail = \"smtp://me:hunter2@relay.example\"\n")
        .expect("written");
    std::fs::write(&relay, "smtp://me:hunter2@relay.example\n").expect("written");
    let warns =
        |said: &str, file: &str| said.lines().any(|line| line.starts_with("warn  password") && line.contains(file));
    for (path, of, arguments) in [(&settings, "allim.toml", "doctor"), (&relay, "relay", "doctor --mail-file relay")] {
        only_ours(path, 0o640);
        let said = allim(arguments);
        assert!(warns(&said, of) && said.contains("mode 640") && !said.contains("hunter2"), "{said}");
        only_ours(path, 0o600);
        assert!(!warns(&allim(arguments), of));
    }
    std::fs::write(&settings, "state = \"below/state\"\n").expect("written");
    only_ours(&settings, 0o644);
    assert!(!warns(&allim("doctor"), "allim.toml"), "it holds no password");
}

#[test]
fn what_the_relay_says_is_read_in_the_outbox_and_what_stops_the_queue_by_doctor_too() {
    let relay = Relay::start(&["8BITMIME"]);
    // One mailbox that is not ready, and then a relay that is not.
    relay.next("RCPT", Say::Reply("451 4.2.1 the mailbox rests"));
    let running = Running::start(&relay, &["--from", "reminders@example.org"]);
    let sign_up = |address: &str| {
        let form = format!("address={}&zone=Asia%2FSeoul&language=en&role=author", address.replace('@', "%40"));
        assert_eq!(running.send("POST", "/pacific-2027/subscribe", &form).status, 200);
    };
    let told = |arguments: &[&str], what: &str| {
        let started = std::time::Instant::now();
        loop {
            let said = String::from_utf8(running.allim(arguments).stdout).expect("text");
            if said.contains(what) {
                return said;
            }
            assert!(started.elapsed().as_secs() < 30, "{what} is not told: {said}");
        }
    };
    sign_up("ann@example.org");
    let listed = told(&["outbox", "list"], "451 4.2.1 the mailbox rests (1 attempt; again at ");
    assert!(listed.contains("delayed") && listed.contains("1 delayed"), "{listed}");
    assert!(told(&["doctor"], "nothing waits for an organizer").contains("queue"));
    for _ in 0..9 {
        relay.next("connect", Say::Reply("421 4.3.2 the relay rests"));
    }
    sign_up("bo@example.org");
    told(&["outbox", "list"], "PAUSED nothing leaves since ");
    let said = told(&["doctor"], "the relay rests");
    assert!(said.contains("nothing leaves since "), "{said}");
    assert!(running.allim(&["doctor"]).status.code() == Some(1), "nothing leaves: that is no success");
}
