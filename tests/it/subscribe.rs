//! Signing up, confirming, managing, leaving: the whole story over a real connection, and everything that must not work.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::house::{Answer, Service, instant, read, wait, walk};

const NOW: &str = "2027-05-01T09:00:00Z";
const HOME: &str = "/pacific-2027";
const OURS: (&str, &str) = ("Origin", "http://calendar.example.org");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn pacific() -> Service {
    Service::start(&[("pacific-2027.toml", &read("data/examples/pacific-2027.toml"))], NOW)
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    form.finish()
}

fn post(service: &Service, path: &str, fields: &[(&str, &str)]) -> Answer {
    service.ask_with("POST", path, &[OURS, FORM], &encoded(fields))
}

/// Signs up from a network of its own.
fn sign_up_from(service: &Service, network: u32, fields: &[(&str, &str)]) -> Answer {
    let from = format!("203.{}.{}.9", network / 256 % 256, network % 256);
    let path = format!("{HOME}/subscribe");
    service.ask_with("POST", &path, &[OURS, FORM, ("X-Forwarded-For", &from)], &encoded(fields))
}

/// A mail's headers as they are, its subject and its text decoded.
fn readable(octets: &[u8]) -> String {
    let mail = mail_parser::MessageParser::default().parse(octets).expect("a mail");
    let whole = String::from_utf8_lossy(octets);
    let (headers, _) = whole.split_once("\r\n\r\n").expect("headers");
    let (subject, text) = (mail.subject().unwrap_or_default(), mail.body_text(0).unwrap_or_default());
    format!("{headers}\r\nRead: {subject}\r\n\r\n{text}")
}

/// The subjects of a kind, without the programme.
fn subjects(kind: &str) -> [String; 2] {
    ["en", "ko"].map(|language| {
        let source = read(&format!("src/mail/templates/{}/{language}.subject", kind.replace(' ', "-")));
        source.trim().split_once("] ").expect("a programme and words").1.to_owned()
    })
}

fn is_of(mail: &str, kind: &str) -> bool {
    subjects(kind).iter().any(|subject| mail.contains(&format!("] {subject}\r\n")))
}

fn mails(service: &Service) -> Vec<String> {
    let folder = service.state.join("outbox");
    let files = if folder.is_dir() { walk(&folder) } else { Vec::new() };
    let whole = files.iter().filter(|file| !file.file_name().expect("a name").to_string_lossy().starts_with('.'));
    whole.filter_map(|file| std::fs::read(file).ok()).map(|octets| readable(&octets)).collect()
}

/// The mail of this subject to this address, once it is there.
fn mail(service: &Service, address: &str, subject: &str) -> String {
    let found = |service: &Service| {
        let mut mails = mails(service).into_iter();
        mails.find(|mail| mail.contains(&format!("To: {address}\r\n")) && is_of(mail, subject))
    };
    service.until(&format!("a mail \"{subject}\" to {address}"), |service| found(service).is_some());
    found(service).expect("found")
}

/// The path of the first link of a verb in a mail.
fn link(mail: &str, verb: &str) -> String {
    let marker = format!("http://calendar.example.org{HOME}/{verb}/");
    let rest = mail.split(&marker).nth(1).unwrap_or_else(|| panic!("no {verb} link in {mail}"));
    let token: String =
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || ".-".contains(*letter)).collect();
    format!("{HOME}/{verb}/{token}")
}

/// Signs up and confirms; the mail that a second sign-up brings a day later holds all the links.
fn confirmed(service: &Service, address: &str) -> String {
    assert_eq!(sign_up_from(service, 1, &[("address", address)]).status, 200);
    let confirm = link(&mail(service, address, "confirmation"), "confirm");
    assert_eq!(post(service, &confirm, &[]).status, 200);
    service.clock.advance(TimeDelta::hours(25));
    assert_eq!(sign_up_from(service, 1, &[("address", address)]).status, 200);
    mail(service, address, "already-subscribed")
}

fn store(service: &Service) -> allim::store::Store {
    service.store()
}

fn known(service: &Service, address: &str) -> Option<allim::domain::subscription::Subscriber> {
    let mailbox = address.parse().expect("a mailbox");
    let store = store(service);
    wait(store.subscriber_at("pacific-2027", &mailbox)).expect("read")
}

/// The path for mail programs; mails name it only where pages come by HTTPS.
fn one_click(service: &Service, address: &str) -> String {
    let subscriber = known(service, address).expect("a row");
    let key = allim::app::secret::load(&service.state.join("secret")).expect("a key");
    let token = key.token(allim::domain::link::Purpose::OneClick, subscriber.id, "", subscriber.link_version);
    format!("{HOME}/one-click/{token}")
}

/// Everything that a story could have changed.
fn everything(service: &Service) -> Vec<String> {
    wait(store(service).subscribers("pacific-2027")).expect("read").iter().map(|known| format!("{known:?}")).collect()
}

#[test]
fn from_the_form_to_the_last_click() {
    let service = pacific();
    let page = service.get(&format!("{HOME}/"));
    assert!(page.text().contains("action=\"subscribe\"") && page.text().contains("#mail"), "no form on the page");
    let form = service.get(&format!("{HOME}/subscribe")).text();
    for field in [
        "name=\"address\"",
        "name=\"zone\"",
        "name=\"language\"",
        "name=\"role\"",
        "name=\"deadline\"",
        "name=\"lead\"",
        "name=\"ics\"",
    ] {
        assert!(form.contains(field), "{field}");
    }
    let answer = sign_up_from(
        &service,
        1,
        &[
            ("address", "Tal@KCL.ac.uk"),
            ("zone", "Europe/Copenhagen"),
            ("lead", "3d@09:00"),
            ("deadline", "full-paper"),
            ("ics", "yes"),
        ],
    );
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.header("set-cookie"), None);
    let confirmation = mail(&service, "Tal@kcl.ac.uk", "confirmation");
    assert!(confirmation.contains("Full paper") && !confirmation.contains("Abstract"), "{confirmation}");
    // 09:00 in Copenhagen, three days before Saturday 26 June, 02:00.
    assert!(
        confirmation.contains("Sat 26 June 2027, 02:00") && confirmation.contains("Wed 23 June, 09:00"),
        "{confirmation}"
    );
    assert!(!confirmation.contains("List-Unsubscribe"));

    let confirm = link(&confirmation, "confirm");
    let look = service.get(&confirm);
    assert!(
        look.status == 200 && look.text().contains("T***@kcl.ac.uk") && look.text().contains("<button"),
        "{look:?}"
    );
    let subscriber = known(&service, "tal@kcl.ac.uk").expect("a row");
    assert_eq!(subscriber.confirmed, None);
    for _ in 0..2 {
        let click = post(&service, &confirm, &[]);
        assert!(click.status == 200 && click.text().contains("You are subscribed"), "{}", click.text());
    }
    let subscriber = known(&service, "tal@kcl.ac.uk").expect("a row");
    assert_eq!(subscriber.confirmed, Some(instant(NOW)));
    assert_eq!(subscriber.choice.leads.as_ref().expect("leads")[0].to_string(), "3d@09:00");
    assert!(subscriber.choice.calendar && subscriber.choice.excluded.contains("abstract"));
    let told = wait(store(&service).told(subscriber.id)).expect("read");
    let told: Vec<_> = told.iter().map(|(telling, n)| (telling.deadline.as_str(), telling.what, *n)).collect();
    let due = allim::domain::subscription::Stated::At(instant("2027-06-26T00:00:00Z"));
    assert_eq!(told, [("full-paper", due, 1)]);

    // Asked again, they get their links, and no second confirmation.
    service.clock.advance(TimeDelta::hours(25));
    sign_up_from(&service, 1, &[("address", "tal@kcl.ac.uk"), ("language", "ko")]);
    let links = mail(&service, "Tal@kcl.ac.uk", "already-subscribed");
    assert!(links.contains("Content-Language: en"), "a stranger chose their language");
    let manage = link(&links, "manage");
    let page = service.get(&manage).text();
    assert!(page.contains("My subscription") && page.contains("T***@kcl.ac.uk") && !page.contains("al@kcl"), "{page}");

    // Done and undone, in the list and by a link of its own.
    let key = allim::app::secret::load(&service.state.join("secret")).expect("a key");
    let token = |purpose, scope| key.token(purpose, subscriber.id, scope, 0);
    let done = format!("{HOME}/done/{}", token(allim::domain::link::Purpose::Done, "full-paper"));
    assert!(service.get(&done).text().contains("Full paper"), "the deadline is not named");
    assert!(post(&service, &done, &[]).text().contains("No more reminders"));
    assert!(known(&service, "tal@kcl.ac.uk").expect("a row").done.contains("full-paper"));
    assert!(post(&service, &done, &[("act", "undo")]).text().contains("reminded of"));
    assert!(known(&service, "tal@kcl.ac.uk").expect("a row").done.is_empty());
    post(&service, &manage, &[("act", "done"), ("deadline", "full-paper")]);
    assert!(known(&service, "tal@kcl.ac.uk").expect("a row").done.contains("full-paper"));
    assert_eq!(post(&service, &manage, &[("act", "done"), ("deadline", "dinner")]).status, 422);

    // Accepted, and the rest of what can be changed.
    let accepted = format!("{HOME}/accepted/{}", token(allim::domain::link::Purpose::Accepted, "yes"));
    assert!(service.get(&accepted).text().contains("Yes, accepted"));
    assert!(post(&service, &accepted, &[]).text().contains("Congratulations"));
    assert_eq!(known(&service, "tal@kcl.ac.uk").expect("a row").accepted, Some(true));
    let change = [
        ("act", "change"),
        ("zone", "Asia/Tokyo"),
        ("language", "ko"),
        ("role", "author"),
        ("lead", "3h"),
        ("minute", "yes"),
        ("shown", "full-paper"),
        ("shown", "abstract"),
        ("deadline", "abstract"),
    ];
    let saved = post(&service, &manage, &change);
    assert!(saved.status == 200 && saved.text().contains("저장했습니다"), "{}", saved.text());
    let changed = known(&service, "tal@kcl.ac.uk").expect("a row");
    assert_eq!(
        (changed.zone.name(), changed.choice.calendar, changed.choice.to_the_minute),
        ("Asia/Tokyo", false, true)
    );
    assert!(changed.choice.excluded.contains("full-paper") && !changed.choice.excluded.contains("abstract"));
    // What was not shown stays as it was: not chosen.
    assert!(changed.choice.excluded.contains("proposals"));
    assert_eq!(post(&service, &manage, &[("act", "change"), ("zone", "Mars/Base")]).status, 422);

    // Leaving and coming back.
    let unsubscribe = link(&links, "unsubscribe");
    assert!(post(&service, &unsubscribe, &[]).text().contains("되돌리기"));
    assert_eq!(format!("{:?}", known(&service, "tal@kcl.ac.uk").expect("a row").standing), "Left");
    post(&service, &unsubscribe, &[("act", "undo")]);
    assert_eq!(format!("{:?}", known(&service, "tal@kcl.ac.uk").expect("a row").standing), "Confirmed");
}

#[test]
fn new_links_make_the_old_ones_void_and_a_fresh_one_shows_and_erases_everything() {
    let service = pacific();
    let links = confirmed(&service, "ada@example.org");
    let (manage, unsubscribe) = (link(&links, "manage"), link(&links, "unsubscribe"));
    assert_eq!(service.get(&format!("{manage}?data=all")).status, 403);
    assert_eq!(post(&service, &manage, &[("act", "erase")]).status, 403);
    assert!(known(&service, "ada@example.org").is_some());
    assert_eq!(post(&service, &manage, &[("act", "links")]).status, 200);
    for old in [&manage, &unsubscribe] {
        assert_eq!(service.get(old).status, 404, "{old}");
        assert_eq!(post(&service, old, &[]).status, 404, "{old}");
    }
    let fresh = link(&mail(&service, "ada@example.org", "fresh link"), "manage");
    let data = service.get(&format!("{fresh}?data=all"));
    assert_eq!(data.header("content-type"), Some("application/json; charset=utf-8"));
    let data: serde_json::Value = serde_json::from_slice(&data.body).expect("JSON");
    assert_eq!(data["subscription"]["address"], "ada@example.org");
    assert_eq!(data["told"][0]["deadline"], "abstract");

    // A day later it is a link like others.
    service.clock.advance(TimeDelta::hours(24));
    assert_eq!((service.get(&fresh).status, post(&service, &fresh, &[("act", "erase")]).status), (200, 403));
    // Three such mails a day, six in thirty days.
    for round in 0..4 {
        let status = post(&service, &fresh, &[("act", "fresh")]).status;
        assert_eq!(status, if round < 3 { 200 } else { 429 }, "round {round}");
    }
    let now = service.clock.now().timestamp();
    let newest = |service: &Service| {
        let fresh = mails(service).into_iter().filter(|mail| is_of(mail, "fresh link"));
        let manage = fresh.map(|mail| link(&mail, "manage"));
        manage.max_by_key(|path| path.split_once('.').and_then(|(_, until)| until.parse::<i64>().ok())).expect("a link")
    };
    let count = |service: &Service| mails(service).iter().filter(|mail| is_of(mail, "fresh link")).count();
    service.until("all four", |service| count(service) == 4);
    let fresh = newest(&service);
    assert!(fresh.ends_with(&format!(".{}", now + 86400)), "{fresh}");
    // The scope cannot be stretched.
    let stretched = fresh.replace(&format!(".{}", now + 86400), &format!(".{}", now + 999_999));
    assert_eq!(post(&service, &stretched, &[("act", "erase")]).status, 404);

    // Others stay; of them nothing is left but an HMAC, neither in the database nor in its log.
    for other in 0..60 {
        sign_up_from(&service, 100 + other, &[("address", &format!("other{other}@example.net"))]);
    }
    mail(&service, "other59@example.net", "confirmation");
    let erased = post(&service, &fresh, &[("act", "erase")]);
    assert!(erased.status == 200 && erased.text().contains("Everything is erased"), "{}", erased.text());
    assert_eq!(known(&service, "ada@example.org"), None);
    assert_eq!(service.get(&fresh).status, 404);
    for file in walk(&service.state) {
        let octets = std::fs::read(&file).expect("a file");
        let holds = octets.windows(15).any(|window| window.eq_ignore_ascii_case(b"ada@example.org"));
        assert!(!holds, "{} still holds the address", file.display());
    }
    let key = allim::app::secret::load(&service.state.join("secret")).expect("a key");
    let blinded = allim::app::subscribe::blinded(&key, &"ada@example.org".parse().expect("a mailbox"));
    let why = || wait(store(&service).suppressed(&blinded, "pacific-2027")).expect("read");
    assert_eq!(why(), Some(allim::store::Why::Erased));
    // They may come back by themselves.
    service.clock.advance(TimeDelta::days(2));
    sign_up_from(&service, 1, &[("address", "ada@example.org")]);
    post(&service, &link(&mail(&service, "ada@example.org", "confirmation"), "confirm"), &[]);
    assert_eq!(why(), None);
}

#[test]
fn the_answer_is_the_same_whatever_is_known() {
    let service = pacific();
    confirmed(&service, "ada@example.org");
    sign_up_from(&service, 1, &[("address", "pending@example.org")]);
    let answers: Vec<Answer> = ["ada@example.org", "pending@example.org", "nobody@example.org", "nobody@example.org"]
        .iter()
        .map(|address| sign_up_from(&service, 2, &[("address", address)]))
        .collect();
    let plain = |answer: &Answer| {
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
        (answer.status, headers, answer.text())
    };
    let first = plain(&answers[0]);
    assert!(first.2.contains("Look into your mailbox") && !first.2.contains("example.org"), "{}", first.2);
    for answer in &answers {
        assert_eq!(plain(answer), first);
    }
}

#[test]
fn scanners_and_other_sites_change_nothing() {
    let service = pacific();
    sign_up_from(&service, 1, &[("address", "new@example.org")]);
    let confirm = link(&mail(&service, "new@example.org", "confirmation"), "confirm");
    let links = confirmed(&service, "ada@example.org");
    let subscriber = known(&service, "ada@example.org").expect("a row");
    let key = allim::app::secret::load(&service.state.join("secret")).expect("a key");
    let token = |purpose, scope| key.token(purpose, subscriber.id, scope, 0);
    let paths = [
        confirm,
        link(&links, "manage"),
        link(&links, "unsubscribe"),
        one_click(&service, "ada@example.org"),
        format!("{HOME}/done/{}", token(allim::domain::link::Purpose::Done, "abstract")),
        format!("{HOME}/accepted/{}", token(allim::domain::link::Purpose::Accepted, "no")),
    ];
    let (before, sent) = (everything(&service), mails(&service).len());
    let foreign: [&[(&str, &str)]; 5] = [
        &[("Origin", "https://evil.example"), FORM],
        &[("Origin", "null"), FORM],
        &[("Sec-Fetch-Site", "cross-site"), FORM],
        &[("Sec-Fetch-Site", "same-site"), FORM],
        &[FORM],
    ];
    for path in &paths {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
            let answer = service.ask(method, path, &[]);
            assert!(answer.status < 500 && answer.header("set-cookie").is_none(), "{method} {path}");
        }
        assert_eq!(service.get(path).status, 200, "{path}");
        for act in ["", "leave", "erase", "links", "fresh", "done", "accepted"] {
            service.get(&format!("{path}?act={act}"));
            for headers in foreign {
                let answer =
                    service.ask_with("POST", path, headers, &encoded(&[("act", act), ("deadline", "abstract")]));
                let expected = if path.contains("/one-click/") { 400 } else { 403 };
                assert_eq!(answer.status, expected, "{path} {headers:?}");
            }
        }
        assert_eq!(service.ask("DELETE", path, &[]).header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    }
    let subscribe = format!("{HOME}/subscribe");
    for headers in &foreign[..4] {
        let answer = service.ask_with("POST", &subscribe, headers, "address=third%40example.org");
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    assert_eq!(everything(&service), before);
    assert_eq!(mails(&service).len(), sent);

    // RFC 8058 alone acts from elsewhere: in both of its forms, without a redirect, and twice over.
    let one_click = one_click(&service, "ada@example.org");
    let parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    for (kind, body) in [("multipart/form-data; boundary=x", parts), (FORM.1, "List-Unsubscribe=One-Click")] {
        let answer = service.ask_with("POST", &one_click, &[("Content-Type", kind)], body);
        assert_eq!((answer.status, answer.header("location")), (200, None));
        assert_eq!(format!("{:?}", known(&service, "ada@example.org").expect("a row").standing), "Left");
        post(&service, &link(&links, "unsubscribe"), &[("act", "undo")]);
    }
}

#[test]
fn what_is_no_form_or_no_link_is_told_so() {
    let service = pacific();
    let subscribe = format!("{HOME}/subscribe");
    let bad = [
        "",
        " ",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@localhost",
        "ada@[192.0.2.1]",
        "ada@192.0.2.1",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@exa mple.org",
        "ada ada@example.org",
        "Ada <ada@example.org>",
        "<ada@example.org>",
        "ada@example.org,bob@example.org",
        "ada@example.org;bob@example.org",
        "ada@example.org bob@example.org",
        "ada@bob@example.org",
        "\"ada@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@example.org\r\nBcc: x@example.org",
        "ada@example.org\nX: y",
        "ada@example.org\0",
        "a\u{7f}@example.org",
        "ada\t@example.org",
        "ada@exam\u{200b}ple\u{0}.org",
        "mailto:ada@example.org?cc=x@example.org,",
        "ada(comment)@example.org",
        "ada@exa_mple.org",
        "ada@example.org/..;",
        "ada\\@example.org",
        "ada@example.org>",
        "ada@ex%61mple.org",
        "ada:x@example.org",
    ];
    assert_eq!(bad.len(), 40);
    for address in bad {
        let answer = post(&service, &subscribe, &[("address", address)]);
        assert_eq!(answer.status, 422, "{address:?}");
        assert!(answer.text().contains("role=\"alert\"") && answer.text().contains("aria-invalid"), "{address:?}");
    }
    let long = format!("{}@example.org", "a".repeat(65));
    assert_eq!(post(&service, &subscribe, &[("address", &long)]).status, 422);
    let injected = "en\r\nBcc: x@example.org";
    for field in ["zone", "language", "role", "deadline", "lead"] {
        for value in [injected, "<script>alert(1)</script>", "no such thing"] {
            let answer = post(&service, &subscribe, &[("address", "ada@example.org"), (field, value)]);
            assert_eq!(answer.status, 422, "{field} {value:?}");
            assert!(!answer.text().contains("<script>alert"), "{field}");
        }
    }
    let markup = post(&service, &subscribe, &[("address", "\"><img src=x onerror=alert(1)>")]);
    assert!(markup.status == 422 && !markup.text().contains("<img"), "{}", markup.text());
    let nine: Vec<(String, String)> = (1..=9).map(|day| ("lead".to_owned(), format!("{day}d"))).collect();
    let mut fields: Vec<(&str, &str)> = nine.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("address", "ada@example.org"));
    assert_eq!(post(&service, &subscribe, &fields).status, 422);

    assert_eq!(post(&service, &subscribe, &[("address", &"a".repeat(20_000))]).status, 413);
    for kind in ["application/json", "text/plain", "multipart/form-data"] {
        let answer = service.ask_with("POST", &subscribe, &[OURS, ("Content-Type", kind)], "{\"address\":\"a@b.cd\"}");
        assert_eq!(answer.status, 415, "{kind}");
    }
    assert_eq!(service.ask("PUT", &subscribe, &[]).header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    assert_eq!(service.ask("POST", "/no-such/subscribe", &[OURS]).status, 404);
    assert_eq!(everything(&service), Vec::<String>::new());
    assert_eq!(mails(&service), Vec::<String>::new());

    for verb in ["confirm", "manage", "done", "unsubscribe", "one-click", "accepted"] {
        for token in ["x", &"0".repeat(64), &"0".repeat(48), &format!("{}.abstract", "f".repeat(48)), "%00", "..%2f"] {
            let path = format!("{HOME}/{verb}/{token}");
            let expected = |status| assert_eq!(status, 404, "{path}");
            expected(service.get(&path).status);
            expected(post(&service, &path, &[("List-Unsubscribe", "One-Click")]).status);
        }
    }
}

#[test]
fn a_link_works_for_its_programme_purpose_and_time_alone() {
    let (pacific, other) = (read("data/examples/pacific-2027.toml"), read("data/examples/pacific-2027.toml"));
    let other = other.replace("\"pacific-2027\"", "\"atlantic-2027\"");
    let service = Service::start(&[("a.toml", &pacific), ("b.toml", &other)], NOW);
    sign_up_from(&service, 1, &[("address", "late@example.org")]);
    let late = link(&mail(&service, "late@example.org", "confirmation"), "confirm");
    assert_eq!(service.get(&late.replace("pacific", "atlantic")).status, 404);
    assert_eq!(post(&service, &late.replace("pacific", "atlantic"), &[]).status, 404);
    let links = confirmed(&service, "ada@example.org");
    for verb in ["manage", "unsubscribe", "one-click"] {
        let path = if verb == "one-click" { one_click(&service, "ada@example.org") } else { link(&links, verb) };
        assert_eq!(service.get(&path.replace("pacific", "atlantic")).status, 404, "{verb}");
        for other in ["manage", "unsubscribe", "one-click", "done", "accepted"].iter().filter(|other| **other != verb) {
            let crossed = path.replace(&format!("/{verb}/"), &format!("/{other}/"));
            assert_eq!(service.get(&crossed).status, 404, "{verb} as {other}");
        }
    }
    // Seven days, to the second; then the row is gone, and the late click hears why.
    service.clock.advance(TimeDelta::days(7) - TimeDelta::hours(25) - TimeDelta::seconds(1));
    assert_eq!(service.get(&late).status, 200);
    service.clock.advance(TimeDelta::seconds(1));
    assert_eq!((service.get(&late).status, post(&service, &late, &[]).status), (410, 410));
    service.a_day_passes();
    service.until("the end of the unconfirmed", |service| known(service, "late@example.org").is_none());
    assert_eq!((service.get(&late).status, post(&service, &late, &[]).status), (410, 410));
    assert!(known(&service, "ada@example.org").is_some());
}

#[test]
fn nobody_can_fill_a_mailbox_through_the_form() {
    let service = pacific();
    // Many spellings, many networks, one person; between them others, who are served.
    for round in 0..2000_u32 {
        let address = match round % 4 {
            0 => "victim@example.org".to_owned(),
            1 => "VICTIM@Example.ORG".to_owned(),
            2 => format!("victim+{round}@example.org"),
            _ => format!("Victim+{round}@EXAMPLE.org"),
        };
        assert_eq!(sign_up_from(&service, round, &[("address", &address)]).status, 200);
    }
    assert_eq!(sign_up_from(&service, 9000, &[("address", "bystander@example.org")]).status, 200);
    mail(&service, "bystander@example.org", "confirmation");
    let to_victim =
        |service: &Service| mails(service).iter().filter(|mail| mail.to_lowercase().contains("to: victim")).count();
    service.until("one mail", |service| to_victim(service) == 1);
    for day in 1..40 {
        service.clock.advance(TimeDelta::hours(25));
        for round in 0..3 {
            sign_up_from(&service, 7 * day + round, &[("address", "victim@example.org")]);
        }
        let marker = format!("day{day}@example.org");
        sign_up_from(&service, 9000 + day, &[("address", &marker)]);
        mail(&service, &marker, "confirmation");
        let sent = to_victim(&service);
        assert!(sent <= if day < 28 { 6 } else { 12 }, "{sent} mails by day {day}");
    }
    service.until("all twelve", |service| to_victim(service) == 12);
}

#[test]
fn one_network_waits_its_turn_and_nobody_is_dropped_not_even_by_a_restart() {
    let mut service = pacific();
    for guest in 0..12 {
        assert_eq!(sign_up_from(&service, 1, &[("address", &format!("guest{guest}@example.org"))]).status, 200);
    }
    sign_up_from(&service, 2, &[("address", "elsewhere@example.org")]);
    mail(&service, "elsewhere@example.org", "confirmation");
    let guests = |service: &Service| mails(service).iter().filter(|mail| mail.contains("To: guest")).count();
    service.until("the first five", |service| guests(service) == 5);
    service.clock.advance(TimeDelta::minutes(59));
    service = service.restart();
    service.until("the first five", |service| guests(service) == 5);
    service.clock.advance(TimeDelta::minutes(1));
    service.until("the next five", |service| guests(service) == 10);
    service.clock.advance(TimeDelta::hours(1));
    service.until("the rest", |service| guests(service) == 12);
    // Before and after, a link is a link.
    let confirm = link(&mail(&service, "guest0@example.org", "confirmation"), "confirm");
    service = service.restart();
    assert_eq!(post(&service, &confirm, &[]).status, 200);
    assert!(known(&service, "guest0@example.org").expect("a row").confirmed.is_some());
}

#[test]
fn a_request_that_was_kept_before_a_crash_is_answered_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [("pacific-2027.toml", read("data/examples/pacific-2027.toml"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    drop(Service::start_in(folder.path(), &files, NOW));
    let request = allim::store::Request {
        id: 77,
        programme: "pacific-2027".to_owned(),
        mailbox: "ada@example.org".parse().expect("a mailbox"),
        wish: allim::domain::subscription::Wish {
            language: allim::domain::language::Language::Korean,
            zone: "Asia/Tokyo".parse().expect("a zone"),
            role: allim::domain::subscription::ReaderRole::Author,
            choice: allim::domain::subscription::Choice::default(),
        },
        nonce: "nonce".to_owned(),
        counted: "counted".to_owned(),
        blinded: "blinded".to_owned(),
        network: "network".to_owned(),
        asked: instant(NOW),
    };
    // Decided, but not answered: as far as a process can come before it is killed.
    let ceilings = allim::app::mailing::ceilings(5);
    let kept = async {
        let store = allim::store::Store::open(folder.path()).await.expect("a store");
        store.ask(&request).await.expect("kept");
        assert_eq!(store.decide(ceilings, 10, instant(NOW)).await.expect("decided"), 1);
        assert_eq!(store.decide(ceilings, 10, instant(NOW)).await.expect("decided"), 0);
        assert_eq!(store.answers(10, instant(NOW)).await.expect("read").len(), 1);
    };
    wait(kept);
    let service = Service::start_in(folder.path(), &files, NOW);
    let confirm = link(&mail(&service, "ada@example.org", "confirmation"), "confirm");
    assert!(post(&service, &confirm, &[]).text().contains("구독되었습니다"));
    assert_eq!(mails(&service).len(), 1);
}

#[test]
fn sign_up_ends_with_the_workshop_and_everything_is_erased_ninety_days_later() {
    let service =
        Service::start(&[("pacific-2027.toml", &read("data/examples/pacific-2027.toml"))], "2027-10-03T20:00:00Z");
    sign_up_from(&service, 1, &[("address", "ada@example.org")]);
    let confirm = link(&mail(&service, "ada@example.org", "confirmation"), "confirm");
    post(&service, &confirm, &[]);
    // Midnight in Vancouver.
    service.clock.advance(TimeDelta::hours(11) - TimeDelta::seconds(1));
    assert!(service.get(&format!("{HOME}/")).text().contains("action=\"subscribe\""));
    service.clock.advance(TimeDelta::seconds(1));
    let page = service.get(&format!("{HOME}/")).text();
    assert!(!page.contains("action=\"subscribe\"") && page.contains("#calendar"));
    assert_eq!(service.get(&format!("{HOME}/subscribe")).status, 410);
    assert_eq!(sign_up_from(&service, 1, &[("address", "bob@example.org")]).status, 410);
    assert!(service.get(&format!("{HOME}/privacy")).text().contains("Sun 2 January 2028"));
    service.clock.advance(TimeDelta::days(90) - TimeDelta::seconds(60));
    assert_eq!(service.get(&confirm).status, 200);
    assert!(known(&service, "ada@example.org").is_some());
    service.clock.advance(TimeDelta::seconds(60));
    service.a_day_passes();
    service.until("the end", |service| known(service, "ada@example.org").is_none() && mails(service).is_empty());
}

#[test]
fn without_a_controller_a_public_server_takes_no_address() {
    let service = Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], "2025-06-01T00:00:00Z");
    assert!(!service.get("/faimi-2025/").text().contains("action=\"subscribe\""));
    assert_eq!(service.get("/faimi-2025/subscribe").status, 404);
    let sent = service.ask_with("POST", "/faimi-2025/subscribe", &[OURS, FORM], "address=ada%40example.org");
    assert!(sent.status == 404 && sent.text().contains("who answers for your data"), "{}", sent.text());
    assert!(service.get("/faimi-2025/privacy").text().contains("named nobody"));
}

#[test]
fn the_pages_speak_korean_to_whoever_reads_it() {
    let service = pacific();
    let korean = [("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.5")];
    for path in ["subscribe", "privacy", "manage/x", "confirm/x", "unsubscribe/x"] {
        let path = format!("{HOME}/{path}");
        let page = service.ask("GET", &path, &korean).text();
        assert!(page.contains("<html lang=\"ko\">"), "{path}");
        assert!(page.chars().filter(|letter| ('가'..='힣').contains(letter)).count() > 40, "{path}");
        let page = service.get(&format!("{path}?lang=ko")).text();
        assert!(page.contains("<html lang=\"ko\">"), "{path}");
        assert!(
            service.ask("GET", &format!("{path}?lang=en"), &korean).text().contains("<html lang=\"en\">"),
            "{path}"
        );
    }
    let bad = service.ask_with("POST", &format!("{HOME}/subscribe?lang=ko"), &[OURS, FORM], "address=ada");
    assert!(bad.status == 422 && bad.text().contains("@가 빠졌습니다"), "{}", bad.text());
}

#[test]
fn no_page_names_more_than_is_needed_or_runs_what_is_not_ours() {
    let service = pacific();
    let links = confirmed(&service, "ada@example.org");
    let mut policies = BTreeSet::new();
    for path in
        [format!("{HOME}/subscribe"), format!("{HOME}/privacy"), link(&links, "manage"), link(&links, "unsubscribe")]
    {
        let answer = service.get(&path);
        policies.insert(answer.header("content-security-policy").expect("a policy").to_owned());
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.header("x-content-type-options") == Some("nosniff") && answer.header("set-cookie").is_none());
        let text = answer.text();
        assert!(!text.contains("ada@example.org") && !text.contains("<script>") && !text.contains(" style="), "{path}");
    }
    assert_eq!(policies.len(), 1);
    assert!(policies.iter().all(|policy| policy.starts_with("default-src 'none'") && !policy.contains("unsafe")));
}

/// What the store keeps of mails that were asked for, as the limits see it, without the store.
#[derive(Default)]
struct Log {
    of_victim: Vec<allim::domain::limits::Past>,
    networks: std::collections::HashMap<u32, Vec<allim::domain::zone::Instant>>,
    all: Vec<allim::domain::zone::Instant>,
}

impl Log {
    /// The n-th latest of instants that are kept in order.
    fn nth(sorted: &[allim::domain::zone::Instant], n: u32) -> Option<allim::domain::zone::Instant> {
        sorted.len().checked_sub(n as usize).and_then(|at| sorted.get(at)).copied()
    }

    /// Asks for a mail, to the victim or to somebody who never asked before; when it leaves, if it does.
    fn ask(
        &mut self,
        programme: &str,
        to_victim: bool,
        network: u32,
        ceilings: allim::domain::limits::Ceilings,
        now: allim::domain::zone::Instant,
    ) -> Option<allim::domain::zone::Instant> {
        use allim::domain::limits::{MONTH, Past, may_write, slot};
        self.of_victim.retain(|past| past.due > now - MONTH);
        if to_victim && !may_write(programme, &self.of_victim, now) {
            return None;
        }
        let of_network = self.networks.entry(network).or_default();
        let due = slot(now, Log::nth(of_network, ceilings.network), Log::nth(&self.all, ceilings.all));
        for sorted in [of_network, &mut self.all] {
            sorted.insert(sorted.partition_point(|known| *known <= due), due);
        }
        if to_victim {
            self.of_victim.push(Past { programme: programme.to_owned(), due });
        }
        Some(due)
    }
}

/// The most of these instants that lie within any span of a length.
fn most_within(sorted: &[allim::domain::zone::Instant], length: TimeDelta) -> usize {
    let from = |at: usize| sorted.partition_point(|known| *known <= sorted[at] - length);
    (0..sorted.len()).map(|at| at + 1 - from(at)).max().unwrap_or(0)
}

#[test]
fn a_million_posts_from_many_networks_against_one_victim_stay_within_the_limits() {
    let ceilings = allim::domain::limits::Ceilings { network: 300, all: 1000 };
    let mut random = 1_u64;
    let mut roll = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let (mut log, mut now) = (Log::default(), instant(NOW));
    let mut to_victim: Vec<(String, allim::domain::zone::Instant)> = Vec::new();
    let (mut asked_by_others, mut sent_to_others) = (0, 0);
    for _ in 0..1_000_000 {
        // Sixty days in all, in bursts.
        now += TimeDelta::seconds(if roll(100) == 0 { 518 } else { 0 });
        let programme = format!("programme-{}", roll(5));
        let network = u32::try_from(roll(50_000)).expect("small");
        let victim = roll(200) != 0;
        asked_by_others += usize::from(!victim);
        if let Some(due) = log.ask(&programme, victim, network, ceilings, now) {
            if victim { to_victim.push((programme, due)) } else { sent_to_others += 1 }
        }
    }
    let dues = |of: &dyn Fn(&str) -> bool| {
        let mut dues: Vec<_> = to_victim.iter().filter(|(name, _)| of(name)).map(|(_, due)| *due).collect();
        dues.sort_unstable();
        dues
    };
    for number in 0..5 {
        let name = format!("programme-{number}");
        assert!(most_within(&dues(&|known| known == name), TimeDelta::hours(24)) <= 1);
    }
    let all = dues(&|_| true);
    assert_eq!((most_within(&all, TimeDelta::hours(24)), most_within(&all, TimeDelta::days(30))), (3, 6));
    // Sixty days hold two full rounds and no more; everybody else is written to.
    assert!((12..=18).contains(&all.len()), "{}", all.len());
    assert_eq!(sent_to_others, asked_by_others);
}

#[test]
fn in_no_hour_do_more_mails_leave_than_the_ceilings_let_through() {
    let ceilings = allim::domain::limits::Ceilings { network: 20, all: 50 };
    proptest::proptest!(proptest::test_runner::Config::with_cases(40), |(steps in proptest::collection::vec((0_i64..400, 0_u32..6), 1..900))| {
        let (mut log, mut now) = (Log::default(), instant(NOW));
        for (seconds, network) in steps {
            now += TimeDelta::seconds(seconds);
            let due = log.ask("p", false, network, ceilings, now);
            proptest::prop_assert!(due.is_some_and(|due| due >= now), "delayed, never dropped, never early");
        }
        proptest::prop_assert!(most_within(&log.all, TimeDelta::hours(1)) <= 50);
        for dues in log.networks.values() {
            proptest::prop_assert!(most_within(dues, TimeDelta::hours(1)) <= 20);
        }
    });
}

#[test]
fn organizers_list_export_and_erase_and_a_backup_holds_the_key() {
    let mut service = pacific();
    let links = confirmed(&service, "ada@example.org");
    sign_up_from(&service, 2, &[("address", "bob@example.org")]);
    mail(&service, "bob@example.org", "confirmation");
    let state = service.state.to_str().expect("a path").to_owned();
    let allim = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_allim"));
        let output = command.args(arguments).args(["--state", &state]).output().expect("it runs");
        let text = |octets: Vec<u8>| String::from_utf8(octets).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, listed, _) = allim(&["subscribers", "list", "pacific-2027"]);
    assert!(code == Some(0) && listed.starts_with("pacific-2027: 1 pending, 1 confirmed, 0 left\n"), "{listed}");
    assert!(
        listed.contains("a***@example.org  confirmed since 2027-05-01 09:00") && !listed.contains("ada@"),
        "{listed}"
    );
    let (_, exported, _) = allim(&["subscribers", "export", "pacific-2027"]);
    let first: serde_json::Value = serde_json::from_str(exported.lines().next().expect("a line")).expect("JSON");
    assert_eq!((first["address"].as_str(), first["standing"].as_str()), (Some("ada@example.org"), Some("confirmed")));

    let (_, csv, _) = allim(&["subscribers", "export", "pacific-2027", "--csv"]);
    assert!(csv.starts_with("address,joined,role,") && csv.contains("\r\nada@example.org,2027-05-01T"), "{csv}");

    let copy = tempfile::tempdir().expect("a folder");
    let file = copy.path().join("copy.db");
    let (code, told, _) = allim(&["backup", file.to_str().expect("a path")]);
    assert!(code == Some(0) && told.contains("copy.db.secret holds the key"), "{told}");
    let (ours, copied) = (service.state.join("secret"), copy.path().join("copy.db.secret"));
    assert_eq!(std::fs::read(ours).expect("a key"), std::fs::read(copied).expect("a key"));

    let (code, _, why) = allim(&["subscribers", "erase", "pacific-2027", "nobody@example.org"]);
    assert!(code == Some(1) && why.contains("no subscriber of this address"), "{why}");
    let (code, told, _) = allim(&["subscribers", "erase", "pacific-2027", "Ada@example.org"]);
    assert!(code == Some(0) && told == "a***@example.org is erased from pacific-2027\n", "{told}");
    assert_eq!(service.get(&link(&links, "manage")).status, 404);
    assert!(mails(&service).iter().all(|mail| mail.contains("To: bob@")), "messages are left");
    service.stop();
}
