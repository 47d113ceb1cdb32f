//! The outbox and the forecast in the console.

use super::{ADA, Browser, HOME, mailed_to, signed_in, start, subscribe};
use crate::organizers::{link, readable};
use crate::relay::{Relay, Say};

const OUTBOX: &str = "/organize/pacific-2027/outbox";

/// The page of the newest mail of a kind.
fn newest(browser: &Browser<'_>, kind: &str) -> String {
    let page = browser.get(&format!("{OUTBOX}?kind={kind}")).text();
    let rest = page.split("/organize/pacific-2027/outbox/").nth(1).unwrap_or_else(|| panic!("no {kind}: {page}"));
    format!("{OUTBOX}/{}", rest.chars().take_while(char::is_ascii_digit).collect::<String>())
}

#[test]
fn a_mail_that_failed_is_seen_with_what_the_relay_said_and_tried_again() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    relay.next("RCPT", Say::Reply("550 5.7.1 <script>alert(1)</script> go away"));
    assert_eq!(running.send("POST", "/pacific-2027/subscribe", "address=bo%40example.org").status, 200);
    let failed = browser.until(&format!("{OUTBOX}?state=failed"), "outbox/");
    assert!(failed.contains("b***@example.org") && !failed.contains("bo@example.org"), "masked in a list: {failed}");
    assert!(
        failed.contains("550 5.7.1 &lt;script&gt;alert(1)&lt;/script&gt;") && !failed.contains("<script>"),
        "{failed}"
    );
    let path = newest(&browser, "confirmation");
    let answer = browser.get(&path);
    let page = answer.text();
    for part in
        ["failed", "naming the recipient", "550 5.7.1 &lt;script&gt;", "Try it again", "/pacific-2027/confirm/\u{2026}"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("frame-src 'self'")));
    let html = browser.get(&format!("{path}/html"));
    assert!(html.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")), "{html:?}");
    assert!(!html.text().contains("/confirm/0") && html.text().contains("/confirm/\u{2026}"), "{}", html.text());
    assert_eq!(browser.act(&path, &[("act", "retry")]).status, 303);
    relay.wait_until("the confirmation", |arrived| arrived.len() == 2);
    // What the organizer was not shown works for its reader.
    let mail = readable(&mailed_to(&relay, "bo@example.org"));
    assert_eq!(running.ask("GET", &link(&mail, "confirm")).status, 200);
    let page = browser.until(&path, "<dd>");
    assert!(page.contains("Attempts"), "{page}");
    assert!(browser.get("/organize/pacific-2027/audit").text().contains("<strong>retry</strong>"));
    // Nothing fails any more, so there is nothing to be tried again.
    assert!(!browser.until(&format!("{OUTBOX}?kind=confirmation"), ">sent<").contains("550 5.7.1"));
    browser.act(&path, &[("act", "retry")]);
    assert_eq!(browser.get("/organize/pacific-2027/audit").text().matches("<strong>retry</strong>").count(), 1);
}

#[test]
fn a_link_that_signs_in_is_shown_to_nobody_else() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let path = newest(&browser, "sign-in");
    let page = browser.get(&path).text();
    assert!(page.contains("shown to nobody else") && !page.contains("<pre") && !page.contains("<iframe"), "{page}");
    assert_eq!(browser.get(&format!("{path}/html")).status, 404);
    for unknown in ["0", "x", "999999", "-1"] {
        assert_eq!(browser.get(&format!("{OUTBOX}/{unknown}")).status, 404, "{unknown}");
    }
    // Nor to whoever organizes another programme, or nobody's.
    let stranger = Browser { running: &running, cookie: String::new() };
    for screen in ["outbox", "forecast", "subscribers", "import", "announce", "decisions", "closing"] {
        let path = format!("/organize/pacific-2027/{screen}");
        assert_eq!(stranger.get(&path).status, 303, "{screen}");
        assert_eq!(stranger.post(&path, &[("act", "announce")]).status, 403, "{screen}");
        assert_eq!(browser.get(&format!("/organize/other-2027/{screen}")).status, 404, "{screen}");
        assert_eq!(browser.post_from("https://evil.example", &path, &[]).status, 403, "{screen}");
        assert_eq!(browser.post(&path, &[("act", "announce")]).status, 403, "{screen} without its page's field");
        assert_eq!(browser.get(&path).status, 200, "{screen}");
    }
}

#[test]
fn whoever_organizes_another_programme_sees_nothing_of_this_one() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let ada = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let other = crate::house::read("data/examples/pacific-2027.toml").replace("\"pacific-2027\"", "\"other-2027\"");
    std::fs::write(running.folder.path().join("data/other-2027.toml"), other).expect("written");
    ada.until("/organize/other-2027/subscribers", "Nobody yet");
    let added = running.allim(&["organizers", "add", "eve@example.org", "--programme", "other-2027"]);
    assert!(added.status.success(), "{added:?}");
    let link = running.allim(&["sign-in", "eve@example.org", "--base-url", &running.base]).stdout;
    let link = String::from_utf8(link).expect("text");
    let opened = running.ask("POST", link.trim().strip_prefix(&running.base).expect("an address of ours"));
    let eve = Browser { running: &running, cookie: super::cookie(&opened).expect("a cookie") };
    let mail = newest(&ada, "confirmation").replace(OUTBOX, "outbox");
    let list = ada.get("/organize/pacific-2027/subscribers").text();
    let person =
        list.split("pacific-2027/subscribers/").nth(1).and_then(|rest| rest.split('"').next()).expect("a page");
    let guard = eve.hidden("/organize/other-2027/subscribers", "guard");
    for screen in [
        "outbox",
        "forecast",
        "subscribers",
        "import",
        "announce",
        "decisions",
        "closing",
        &mail,
        &format!("{mail}/html"),
        &format!("subscribers/{person}"),
        &format!("subscribers/{person}/erase"),
    ] {
        let act = [("guard", guard.as_str()), ("act", "erase"), ("q", "bo@example.org")];
        assert_eq!(eve.get(&format!("/organize/pacific-2027/{screen}")).status, 404, "{screen}");
        assert_eq!(eve.post(&format!("/organize/pacific-2027/{screen}"), &act).status, 404, "{screen}");
        // Nor by way of her own: what is another programme's is not there.
        if screen.contains('/') {
            assert_eq!(eve.get(&format!("/organize/other-2027/{screen}")).status, 404, "{screen}");
            assert_eq!(eve.post(&format!("/organize/other-2027/{screen}"), &act).status, 404, "{screen}");
        }
    }
    let search = [("guard", guard.as_str()), ("act", "find"), ("q", "bo@example.org")];
    assert!(eve.post("/organize/other-2027/subscribers", &search).text().contains("Nobody has such an address"));
    let person = format!("/organize/other-2027/outbox?person={person}");
    assert_eq!(eve.get(&person).status, 404);
    assert!(ada.get("/organize/pacific-2027/subscribers").text().contains("b***@example.org"));
}

#[test]
fn what_comes_and_what_went_out_is_read_in_either_language() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let page = browser.get(OUTBOX).text();
    for part in ["<html lang=\"en\"", "b***@example.org", "Outbox", "confirmation", "waits its turn", "sent"] {
        assert!(page.contains(part) || part == "waits its turn", "{part}: {page}");
    }
    let korean = browser.get(&format!("{OUTBOX}?lang=ko")).text();
    assert!(korean.contains("<html lang=\"ko\"") && korean.contains("보낸 메일함") && korean.contains("구독 확인"));
    let forecast = browser.get("/organize/pacific-2027/forecast").text();
    assert!(forecast.contains("30") && forecast.contains("Forecast"), "{forecast}");
    let korean = browser.get("/organize/pacific-2027/forecast?lang=ko").text();
    assert!(korean.contains("발송 예정"), "{korean}");
    assert!(browser.get(HOME).text().contains(ADA));
}
