//! Subscribers in the console: found, explained, marked, erased, exported, imported.

use allim::app::secret;
use allim::app::subscribe::blinded;
use allim::store::{Store, Why};

use super::{Browser, mailed_to, signed_in, start, subscribe};
use crate::house::wait;
use crate::organizers::{Running, readable};
use crate::relay::Relay;

const LIST: &str = "/organize/pacific-2027/subscribers";
const IMPORT: &str = "/organize/pacific-2027/import";
const REASON: &str = "You submitted to Pacific last year";

const CMT: &str = "Paper ID,Paper Title,Primary Contact Author Email,Author Emails\r\n\
    1,\"Fair, and how\",cy@example.org,\"cy@example.org*; dee@uppsala.example\"\r\n\
    2,Typo,<script>x</script>,eve@example*\r\n";

fn store(running: &Running) -> Store {
    wait(Store::open(&running.folder.path().join("var"))).expect("a store")
}

/// The page of whoever is found by this.
fn found(browser: &Browser<'_>, address: &str) -> String {
    let guard = browser.hidden(LIST, "guard");
    let answer = browser.post(LIST, &[("guard", &guard), ("act", "find"), ("q", address)]);
    let place = answer.header("location").unwrap_or_else(|| panic!("{}", answer.text()));
    let place = place.rsplit("../").next().expect("a place").to_owned();
    assert!(answer.status == 303 && place.starts_with("organize/pacific-2027/subscribers/"), "{place}");
    format!("/{place}")
}

#[test]
fn one_person_is_found_explained_marked_and_erased() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    subscribe(&running, &relay, "bob@uppsala.example");
    let list = browser.get(LIST).text();
    assert!(list.contains("b***@example.org") && !list.contains("bo@example.org"), "masked in a list: {list}");
    assert!(list.contains("2 subscribed"), "{list}");
    let guard = browser.hidden(LIST, "guard");
    let several = browser.post(LIST, &[("guard", &guard), ("act", "find"), ("q", "BO")]).text();
    assert!(several.contains(">bo@example.org<") && several.contains(">bob@uppsala.example<"), "{several}");
    let nobody = browser.post(LIST, &[("guard", &guard), ("act", "find"), ("q", "<script>alert(1)</script>")]).text();
    assert!(nobody.contains("Nobody has such an address") && !nobody.contains("<script>alert"), "{nobody}");

    let path = found(&browser, "Bo@example.org");
    let page = browser.get(&path).text();
    // The same sentences as on the command line.
    let said = String::from_utf8(running.allim(&["explain", "pacific-2027", "bo@example.org"]).stdout).expect("text");
    let sentences =
        said.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  ")).map(|(_, said)| said.trim());
    let mut number = 0;
    for sentence in sentences {
        assert!(page.contains(&sentence.replace('\'', "&#39;")), "{sentence}: {page}");
        number += 1;
    }
    assert!(number > 5 && page.contains("bo@example.org in pacific-2027: confirmed on"), "{said}");
    assert!(page.contains("confirmation") && page.contains("/outbox/"), "their mails: {page}");
    assert!(browser.get(&format!("{path}?lang=ko")).text().contains("왜 받았고"));

    let standing = |address: &str| {
        wait(store(&running).subscriber_at("pacific-2027", &address.parse().expect("one"))).expect("read")
    };
    for (act, expected) in [("accepted", Some(true)), ("not-accepted", Some(false)), ("open", None)] {
        assert_eq!(browser.act(&path, &[("act", act)]).status, 303);
        assert_eq!(standing("bo@example.org").expect("one").accepted, expected, "{act}");
    }
    let audit = browser.get("/organize/pacific-2027/audit").text();
    assert!(audit.contains("b***@example.org: not accepted → open") && !audit.contains("bo@example.org"), "{audit}");

    // Erasing asks once more, and the audit keeps no address.
    let asking = browser.get(&format!("{path}/erase"));
    assert!(asking.status == 200 && asking.text().contains("cannot be undone") && standing("bo@example.org").is_some());
    let done = browser.act(&format!("{path}/erase"), &[("act", "erase")]);
    assert_eq!(done.header("location"), Some("../../../../organize/pacific-2027/subscribers?done=erased"));
    assert!(standing("bo@example.org").is_none() && browser.get(&path).status == 404);
    assert!(browser.get(&format!("{LIST}?done=erased")).text().contains("Erased."));
    // Whoever is gone may be invited again if an organizer says so, and is told why not before.
    let gone = browser.post(LIST, &[("guard", &guard), ("act", "find"), ("q", "bo@example.org")]).text();
    assert!(gone.contains("had everything erased"), "{gone}");
    let lifted = browser.act(LIST, &[("act", "lift"), ("address", "bo@example.org")]);
    assert!(lifted.header("location").is_some_and(|place| place.ends_with("?done=lifted")), "{lifted:?}");
    for unknown in ["0000000000000000", "zz", "1"] {
        assert_eq!(browser.get(&format!("{LIST}/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn many_are_marked_and_one_is_let_be_written_to_again() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let marked = browser.act(LIST, &[("act", "accept"), ("addresses", "bo@example.org")]);
    assert!(marked.header("location").is_some_and(|place| place.ends_with("?done=accepted.1")), "{marked:?}");
    let some = browser.act(LIST, &[("act", "accept"), ("addresses", "bo@example.org\r\nno@example.org, <b>x</b>")]);
    let page = some.text();
    assert!(some.status == 200 && page.contains("<li>no@example.org</li>") && !page.contains("<b>x"), "{page}");
    // The same form once more acts no more.
    let key = secret::load(&running.folder.path().join("var").join(secret::FILE)).expect("a key");
    let hidden = blinded(&key, &"bo@example.org".parse().expect("a mailbox"));
    wait(store(&running).suppress(&hidden, "", Why::Bounced, "2026-01-01T00:00:00Z".parse().expect("an instant")))
        .expect("written");
    let path = found(&browser, "bo@example.org");
    assert!(browser.get(&path).text().contains("Nobody writes to this address"));
    assert!(browser.get(&format!("{LIST}?only=suppressed")).text().contains("mail came back"));
    assert_eq!(browser.act(&path, &[("act", "lift")]).status, 303);
    assert!(!browser.get(&path).text().contains("Nobody writes to this address"));
    assert!(browser.get("/organize/pacific-2027/audit").text().contains("<strong>lift</strong>"));
}

#[test]
fn everybody_is_exported_without_a_formula_and_that_is_written_down() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "=1+1@example.org");
    let guard = browser.hidden(LIST, "guard");
    let take = |format: &str| browser.post(LIST, &[("guard", &guard), ("act", "export"), ("format", format)]);
    let csv = take("csv");
    let kept = csv.header("content-disposition").expect("a file");
    assert_eq!(kept, "attachment; filename=\"pacific-2027-subscribers.csv\"");
    assert!(
        csv.header("cache-control") == Some("no-store") && csv.text().contains("\n'=1+1@example.org,"),
        "{}",
        csv.text()
    );
    let json = take("json").text();
    let line: serde_json::Value = serde_json::from_str(json.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line["address"], "=1+1@example.org");
    let audit = browser.get("/organize/pacific-2027/audit").text();
    assert_eq!(audit.matches("<strong>export subscribers</strong>").count(), 2, "{audit}");
    assert_eq!(browser.post(LIST, &[("act", "export")]).status, 403);
    assert!(!browser.get(&format!("{LIST}?act=export")).text().contains("1+1@example.org"), "a link takes nothing");
}

/// A form with a file, as browsers send it.
fn upload(browser: &Browser<'_>, fields: &[(&str, &str)], file: &[u8]) -> crate::house::Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    body.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--x--\r\n");
    browser.running.send_octets(IMPORT, &browser.cookie, "multipart/form-data; boundary=x", &body)
}

#[test]
fn a_list_is_reported_first_and_invited_with_a_reason() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let guard = browser.hidden(IMPORT, "guard");
    let look = [("guard", guard.as_str()), ("act", "look")];
    let report = upload(&browser, &look, CMT.as_bytes());
    let page = report.text();
    for part in ["2 addresses", "line 3: left out", "2 would be invited", "&lt;script&gt;"] {
        assert!(report.status == 200 && page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script>x"), "{page}");
    // In the encoding a Korean spreadsheet writes it.
    let korean = [&b"\xc0\xcc\xb8\xa7,email\r\n\xb1\xe8,cy@example.org\r\n"[..], b""].concat();
    assert!(upload(&browser, &look, &korean).text().contains("1 would be invited"));
    // What is no list is told, and nothing is done.
    for (bad, said) in
        [(&b"a,b\r\n1,2\r\n"[..], "no column is called"), (b"PK\x03\x04", "not CSV"), (b"", "Choose a file")]
    {
        let answer = upload(&browser, &look, bad);
        assert!(answer.status == 422 && answer.text().contains(said), "{said}: {}", answer.text());
    }
    assert_eq!(upload(&browser, &look[1..], CMT.as_bytes()).status, 403, "without its page's field");
    let list = "cy@example.org\r\ndee@uppsala.example";
    let invite = [("act", "invite"), ("addresses", list)];
    let without = browser.act(IMPORT, &[invite[0], invite[1], ("reason", " ")]);
    assert!(without.status == 422 && without.text().contains("it is empty"), "{}", without.text());
    assert_eq!(relay.arrived().len(), 1, "nobody was written to");

    let once = browser.hidden(IMPORT, "guard");
    let fields = [("guard", once.as_str()), ("once", "an invitation"), invite[0], invite[1], ("reason", REASON)];
    let done = browser.post(IMPORT, &fields);
    assert!(done.header("location").is_some_and(|place| place.ends_with("subscribers?done=invited.2")), "{done:?}");
    relay.wait_until("the invitations", |arrived| arrived.len() == 3);
    assert!(readable(&mailed_to(&relay, "dee@uppsala.example")).contains(REASON));
    browser.post(IMPORT, &fields);
    assert!(browser.get(&format!("{LIST}?done=invited.2")).text().contains("2 invited"));
    let audit = browser.get("/organize/pacific-2027/audit").text();
    assert_eq!(audit.matches("<strong>import list</strong>").count(), 1, "replayed, it acts no more: {audit}");
    assert!(audit.contains("2 of 2 invited"), "{audit}");
    assert!(browser.get(IMPORT).text().contains(REASON), "kept for the next one");
    assert!(upload(&browser, &look, CMT.as_bytes()).text().contains("asked already"));
    assert!(browser.get(&format!("{IMPORT}?lang=ko")).text().contains("목록의 저자 초대하기"));
}

#[test]
fn what_is_too_large_is_not_read_and_a_stranger_may_send_less() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let guard = browser.hidden(IMPORT, "guard");
    let fields = [("guard", guard.as_str()), ("act", "look")];
    let rows = |number: usize| -> String {
        let lines = (0..number).map(|at| format!("author{at}@example.org\n"));
        std::iter::once("email\n".to_owned()).chain(lines).collect()
    };
    let large = upload(&browser, &fields, rows(20_000).as_bytes());
    assert!(large.status == 200 && large.text().contains("20000 would be invited"), "{}", large.status);
    let larger = upload(&browser, &fields, &vec![b'a'; (4 << 20) + 1]);
    assert!(matches!(larger.status, 0 | 413), "{}", larger.status);
    let stranger = Browser { running: &running, cookie: String::new() };
    let refused = upload(&stranger, &fields, &vec![b'a'; 64 << 10]);
    assert!(matches!(refused.status, 0 | 413), "{}", refused.status);
}
