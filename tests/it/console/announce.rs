//! Announcing in the console: looked at, mailed to oneself, announced, taken back.

use super::{ADA, Browser, mailed_to, signed_in, start, subscribe};
use crate::house::wait;
use crate::organizers::readable;
use crate::relay::Relay;

const ANNOUNCE: &str = "/organize/pacific-2027/announce";

const WORDS: [(&str, &str); 5] = [
    ("to", "all"),
    ("subject", "The room <b>moved</b>"),
    ("body", "Come to the **Harbour Room**.\r\n\r\n<script>alert(1)</script>"),
    ("about", ""),
    ("when", "held"),
];

fn with<'f>(more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    [more, &WORDS].concat()
}

#[test]
fn words_are_looked_at_mailed_to_oneself_announced_and_taken_back() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let guard = browser.hidden(ANNOUNCE, "guard");
    let look = |more: &[(&'static str, &'static str)]| {
        browser.post(ANNOUNCE, &[&[("guard", guard.as_str())], &with(more)[..]].concat())
    };
    let preview = look(&[("act", "look")]);
    let page = preview.text();
    for part in
        ["1 author", "The room &lt;b&gt;moved&lt;/b&gt;", "Come to the", "In English", "can be taken back until then"]
    {
        assert!(preview.status == 200 && page.contains(part), "{part}: {page}");
    }
    // Nobody's address, nobody's links, and nothing that runs.
    assert!(page.contains(ADA) && !page.contains("bo@example.org") && !page.contains("<script>alert"), "{page}");
    assert!(!page.contains("<b>moved"), "{page}");
    let html = look(&[("act", "html"), ("language", "en")]);
    assert!(html.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")), "{html:?}");
    assert!(
        html.text().contains("<strong>Harbour Room</strong>") && !html.text().contains("<script"),
        "{}",
        html.text()
    );

    // A preview is mailed once, however often its form is sent, and to whoever looks alone.
    for number in [2, 1] {
        let mailed = look(&[("act", "mail"), ("token", "a token")]).text();
        let said = if number == 2 { "on its way" } else { "mailed to you already" };
        assert!(mailed.contains(said), "{mailed}");
        relay.wait_until("the preview", |arrived| arrived.len() == 3);
    }
    assert_eq!(relay.arrived().len(), 3);
    let mail = readable(&relay.arrived()[2].octets);
    assert!(relay.arrived()[2].to == ADA && mail.contains("The room <b>moved</b>"), "{mail}");
    let unsubscribe = crate::organizers::link(&mail, "unsubscribe");
    assert_eq!(running.ask("POST", &unsubscribe).status, 404, "nobody's links");

    // Whoever reads it in another language gets it in that frame.
    let body = "address=chi%40example.org&language=ko&role=attendee";
    assert_eq!(running.send("POST", "/pacific-2027/subscribe", body).status, 200);
    relay.wait_until("the confirmation", |arrived| arrived.len() == 4);
    let confirm = crate::organizers::link(&readable(&mailed_to(&relay, "chi@example.org")), "confirm");
    assert_eq!(running.ask("POST", &confirm).status, 200);
    let both = look(&[("act", "look")]).text();
    for part in ["1 author and 1 attendee", "1 in English, 1 in Korean", "In Korean", "조직위원"] {
        assert!(both.contains(part), "{part}: {both}");
    }

    // Changing it brings it back as it was.
    let form = look(&[("act", "edit")]).text();
    assert!(
        form.contains("value=\"The room &lt;b&gt;moved&lt;/b&gt;\"") && form.contains("**Harbour Room**"),
        "{form}"
    );
    for (field, bad, said) in [("subject", "", "The subject is empty"), ("body", " ", "Nothing of it would be read")] {
        let mut fields = with(&[("guard", guard.as_str()), ("act", "look")]);
        fields.retain(|(name, _)| *name != field);
        fields.push((field, bad));
        let refused = browser.post(ANNOUNCE, &fields);
        assert!(refused.status == 422 && refused.text().contains(said), "{said}: {}", refused.text());
    }
    let injected = browser.post(
        ANNOUNCE,
        &[("guard", &guard), ("act", "look"), ("to", "all"), ("subject", "a\r\nBcc: eve@example.org"), ("body", "b")],
    );
    assert_eq!(injected.status, 422);

    let fields = [&[("guard", guard.as_str()), ("once", "one announcement"), ("act", "announce")], &WORDS[..]].concat();
    assert_eq!(browser.post(ANNOUNCE, &fields[1..]).status, 403, "without its page's field");
    for _ in 0..2 {
        assert_eq!(browser.post(ANNOUNCE, &fields).status, 303);
    }
    let page = browser.get(ANNOUNCE).text();
    assert_eq!(page.matches("Take it back").count(), 1, "replayed, it announces no more: {page}");
    assert!(page.contains("Leaves at") && page.contains("(in 10 min)"), "{page}");
    let number = browser.hidden(ANNOUNCE, "number");
    let back = browser.act(ANNOUNCE, &[("act", "take-back"), ("kind", "announce"), ("number", &number)]);
    assert!(back.header("location").is_some_and(|place| place.ends_with("announce?back=yes.0")), "{back:?}");
    let page = browser.get(&format!("{ANNOUNCE}?back=yes.0")).text();
    assert!(page.contains("nobody got it") && !page.contains("Take it back"), "{page}");
    let audit = browser.get("/organize/pacific-2027/audit").text();
    assert!(audit.contains("to 2 people") && audit.contains("take back") && !audit.contains("<b>moved"), "{audit}");
}

#[test]
fn at_once_it_leaves_and_about_a_deadline_it_states_the_date() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let fields = [
        ("act", "announce"),
        ("to", "authors"),
        ("subject", "Papers are due"),
        ("body", "Do not forget."),
        ("about", "full-paper"),
        ("when", "now"),
    ];
    assert_eq!(browser.act(ANNOUNCE, &fields).status, 303);
    relay.wait_until("the announcement", |arrived| arrived.len() == 3);
    let mail = readable(&mailed_to(&relay, "bo@example.org"));
    assert!(mail.contains("Papers are due") && mail.contains("25 June"), "{mail}");
    let person = browser.get("/organize/pacific-2027/outbox?kind=announcement").text();
    assert!(person.contains("Papers are due") && person.contains("Full paper") || person.contains("paper"), "{person}");
    // To nobody it is not announced, and the page says so.
    let nobody = [("act", "announce"), ("to", "attendees"), ("subject", "Hello"), ("body", "Hello"), ("when", "now")];
    let answer = browser.act(ANNOUNCE, &nobody);
    assert!(answer.status == 422 && answer.text().contains("Nobody would get it."), "{}", answer.text());
}

#[test]
fn that_decisions_are_out_is_asked_and_the_closing_mail_waits_for_the_end() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    let path = "/organize/pacific-2027/decisions";
    let page = browser.get(path).text();
    assert!(page.contains("1 author") && page.contains("Ask them") && page.contains("accepted"), "{page}");
    assert_eq!(relay.arrived().len(), 2, "looking asks nobody");
    assert_eq!(browser.act(path, &[("act", "announce"), ("when", "now")]).status, 303);
    relay.wait_until("the question", |arrived| arrived.len() == 3);
    let mail = readable(&mailed_to(&relay, "bo@example.org"));
    assert!(mail.contains("/accepted/"), "{mail}");
    let store = wait(allim::store::Store::open(&running.folder.path().join("var"))).expect("a store");
    assert_eq!(wait(store.announcements("pacific-2027")).expect("read").len(), 1);
    let closing = browser.get("/organize/pacific-2027/closing").text();
    assert!(closing.contains("The workshop is not over") && !closing.contains("Send it"), "{closing}");
    let korean = browser.get("/organize/pacific-2027/closing?lang=ko").text();
    assert!(korean.contains("아직 끝나지 않았습니다"), "{korean}");
    assert_eq!(browser.act("/organize/pacific-2027/closing", &[("act", "announce")]).status, 422);
    assert_eq!(wait(store.announcements("pacific-2027")).expect("read").len(), 1);
    // An announcement of another programme is not taken back here.
    let stranger = Browser { running: &running, cookie: "allim=0".to_owned() };
    assert_eq!(stranger.post(path, &[("act", "announce")]).status, 403);
}

#[test]
fn a_room_that_moved_is_offered_as_an_announcement() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscribe(&running, &relay, "bo@example.org");
    assert!(!browser.get(ANNOUNCE).text().contains("Changed lately"));
    let moved = crate::house::read("data/examples/pacific-2027.toml").replace("\"Cedar Room\"", "\"Spruce Room\"");
    std::fs::write(running.folder.path().join("data/pacific-2027.toml"), moved).expect("written");
    let page = browser.until(ANNOUNCE, "Changed lately");
    let rest = page.split("/announce?").nth(1).expect("an offer");
    let query = rest.split('#').next().expect("a query").replace("&amp;", "&");
    let form = browser.get(&format!("{ANNOUNCE}?{query}")).text();
    assert!(
        query.contains("about=oral-baptiste") && form.contains("value=\"oral-baptiste\" selected"),
        "{query}: {form}"
    );
    let subject =
        form.split("name=\"subject\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1)).expect("a field");
    let subject = subject.split('"').next().expect("a subject").replace("&#39;", "'");
    let fields = [
        ("act", "announce"),
        ("to", "all"),
        ("subject", subject.as_str()),
        ("body", "It is next door."),
        ("about", "oral-baptiste"),
        ("when", "now"),
    ];
    assert_eq!(browser.act(ANNOUNCE, &fields).status, 303);
    relay.wait_until("the announcement", |arrived| arrived.len() == 3);
    assert!(readable(&mailed_to(&relay, "bo@example.org")).contains("Spruce Room"));
}
