//! An organizer changes the programme in the console: looks at what it does, does it, stops it, goes back.

use crate::console::{Browser, HOME, signed_in, start};
use crate::organizers::{Running, link, readable};
use crate::relay::Relay;

const CHANGE: &str = "/organize/pacific-2027/change";

/// Somebody who is told the date of the paper by the confirmation they click.
fn subscriber(running: &Running, relay: &Relay, number: usize) {
    let form = "address=chi%40example.org&zone=Asia%2FSeoul&language=en&role=author";
    assert_eq!(running.send("POST", "/pacific-2027/subscribe", form).status, 200);
    relay.wait_until("the confirmation", |arrived| arrived.len() == number);
    let mail = readable(&relay.arrived().pop().expect("a mail").octets);
    assert_eq!(running.ask("POST", &link(&mail, "confirm")).status, 200);
}

/// Fills in a form of an entry, and gets the page that says what it does.
fn look(browser: &Browser<'_>, entry: &str, fields: &[(&str, &str)]) -> String {
    let page = format!("/organize/pacific-2027/entry/{entry}");
    let (guard, base) = (browser.hidden(&page, "guard"), browser.hidden(&page, "base"));
    let known = [("guard", guard.as_str()), ("base", base.as_str()), ("entry", entry)];
    let answer = browser.post(CHANGE, &[&known, fields].concat());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The fields of the form on such a page that publishes.
fn carried(page: &str) -> Vec<(String, String)> {
    let form = page.split("name=\"step\" value=\"publish\"").nth(1).unwrap_or_else(|| panic!("no button: {page}"));
    let form = form.split("</form>").next().expect("its end");
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    let pair = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").expect("a value");
        let value = rest.split('"').next().expect("its end");
        let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        (name.to_owned(), plain)
    };
    let once = page.split("name=\"once\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("once");
    let guard = page.split("name=\"guard\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("guard");
    let known = [("step", "publish"), ("once", once), ("guard", guard)];
    known.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(inputs.map(pair)).collect()
}

fn publish(browser: &Browser<'_>, page: &str, more: &[(&str, &str)]) -> crate::house::Answer {
    let carried = carried(page);
    let fields: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(CHANGE, &[&fields, more].concat())
}

#[test]
fn a_deadline_is_extended_with_its_consequences_seen_first_stopped_and_taken_back() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    subscriber(&running, &relay, 2);
    assert!(browser.get("/organize/pacific-2027/programme").text().contains("entry/full-paper"));
    let page = look(&browser, "full-paper", &[("edit", "due"), ("day", "2027-07-02"), ("time", "")]);
    for said in [
        "Full paper submission extended: ",
        "<strong>1</strong> people were told otherwise",
        "EXTENDED: ",
        "In calendars",
        "Words to paste",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // Looking changed nothing, and the mail that was shown opens nobody's subscription.
    assert!(!running.ask("GET", "/pacific-2027/programme.toml").text().contains("2027-07-02"));
    assert!(page.contains("/manage/0000000000000000"), "{page}");
    let done = publish(&browser, &page, &[("note", "Many asked")]);
    assert_eq!((done.status, done.header("location")), (303, Some("./")));
    let file = running.ask("GET", "/pacific-2027/programme.toml").text();
    assert!(file.contains("2027-07-02") && file.contains("was"), "{file}");
    // Sent again, as by an impatient thumb, it acts once.
    assert_eq!(publish(&browser, &page, &[]).status, 303);
    let home = browser.get(HOME).text();
    assert!(home.contains("its change is told to nobody until") && home.contains("Stop it"), "{home}");
    let (guard, once) = (browser.hidden(HOME, "guard"), browser.hidden(HOME, "once"));
    let press = |act: &str| {
        let once = format!("{once} {act}");
        let fields = [("guard", guard.as_str()), ("once", once.as_str()), ("act", act), ("about", "full-paper")];
        assert_eq!(browser.post(HOME, &fields).status, 303);
    };
    press("stop");
    assert!(browser.get(HOME).text().contains("its change was stopped"));
    // Back to what was published before, with its consequences: nobody was told, so nobody is corrected.
    let undone = browser.post(CHANGE, &[("guard", &guard), ("edit", "undo")]);
    assert!(undone.status == 200 && !undone.text().contains("people were told otherwise"), "{}", undone.text());
    assert_eq!(publish(&browser, &undone.text(), &[]).status, 303);
    assert!(!running.ask("GET", "/pacific-2027/programme.toml").text().contains("2027-07-02"));
    let audit = browser.get("/organize/pacific-2027/audit").text();
    assert!(audit.contains("publish") && audit.contains("revision 2") && audit.contains("stop"), "{audit}");
    // Two were published: what was sent twice, and its undoing.
    assert!(audit.contains("revision 3") && !audit.contains("revision 4"), "{audit}");
    assert_eq!(relay.arrived().len(), 2, "nobody was written to");
}

#[test]
fn what_looks_like_a_slip_is_asked_and_what_another_published_meanwhile_is_shown() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let (ada, bo) = (signed_in(&running, &relay, 1), signed_in(&running, &relay, 2));
    let earlier = look(&ada, "full-paper", &[("edit", "due"), ("day", "2027-06-10"), ("time", "17:00")]);
    assert!(earlier.contains("This looks like a slip") && earlier.contains("name=\"accept\""), "{earlier}");
    let refused = publish(&ada, &earlier, &[]);
    assert!(refused.status == 409 && refused.text().contains("This looks like a slip"), "{}", refused.text());
    let doubts: Vec<&str> =
        earlier.split("name=\"accept\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let accept: Vec<(&str, &str)> = doubts.iter().map(|name| ("accept", *name)).collect();
    // Meanwhile another organizer moves a talk.
    let moved = look(&bo, "oral-tamm", &[("edit", "room"), ("room", "Hall <2>")]);
    assert!(moved.contains("Hall &lt;2&gt;") && !moved.contains("Hall <2>"), "{moved}");
    assert_eq!(publish(&bo, &moved, &[]).status, 303);
    let again = publish(&ada, &refused.text(), &accept);
    assert!(again.status == 409 && again.text().contains("Somebody published meanwhile"), "{}", again.text());
    assert_eq!(publish(&ada, &again.text(), &accept).status, 303);
    let file = running.ask("GET", "/pacific-2027/programme.toml").text();
    assert!(file.contains("2027-06-10T17:00:00") && file.contains("Hall <2>"), "both: {file}");
}

#[test]
fn bad_input_is_told_in_its_place_and_changes_nothing() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = start(&relay);
    let browser = signed_in(&running, &relay, 1);
    let guard = browser.hidden(HOME, "guard");
    let before = running.ask("GET", "/pacific-2027/programme.toml").text();
    let ask = |fields: &[(&str, &str)]| browser.post(CHANGE, &[&[("guard", guard.as_str())], fields].concat());
    for (fields, said) in [
        (&[("edit", "due"), ("entry", "full-paper"), ("day", "soon")][..], "Write the day as 2025-06-30."),
        (
            &[("edit", "due"), ("entry", "full-paper"), ("day", "2027-07-02"), ("time", "late")],
            "Write the time as 17:00",
        ),
        (&[("edit", "cancel"), ("entry", "full-paper"), ("why", " ")], "Say in a word why"),
        (&[("edit", "title"), ("entry", "full-paper"), ("title", "")], "A title is needed."),
        (
            &[("edit", "times"), ("entry", "oral-tamm"), ("start", "2027-10-09T10:00"), ("end", "2027-10-09T09:00")],
            "It must end after it begins.",
        ),
    ] {
        let answer = ask(fields);
        assert!(answer.status == 422 && answer.text().contains(said), "{said}: {}", answer.text());
    }
    assert_eq!(ask(&[("edit", "due"), ("entry", "nothing"), ("day", "2027-07-02")]).status, 404);
    assert_eq!(ask(&[]).status, 404);
    // The whole file: what is wrong with it is shown as the command line shows it.
    let broken = ask(&[("edit", "file"), ("source", &before.replacen("\n[programme]\n", "\n[programme\n", 1))]);
    assert!(broken.status == 200 && broken.text().contains("To be mended first"), "{}", broken.text());
    assert!(
        broken.text().contains("programme.toml:") && !broken.text().contains("value=\"publish\""),
        "{}",
        broken.text()
    );
    let title = before.replacen("title", "# <script>alert(1)</script>\ntitle", 1);
    let same = ask(&[("edit", "file"), ("source", &title)]);
    assert!(same.status == 200 && !same.text().contains("<script>alert"), "{}", same.text());
    let long = "x".repeat(5 << 20);
    assert_eq!(ask(&[("edit", "file"), ("source", &long)]).status, 413);
    assert_eq!(running.ask("GET", "/pacific-2027/programme.toml").text(), before);
}
