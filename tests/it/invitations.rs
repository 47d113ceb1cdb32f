//! Authors' lists, from the submission system's export to the click that subscribes: each is asked once.

use std::collections::BTreeSet;

use allim::app::{invite, secret, subscribe};
use allim::domain::link::Purpose;
use allim::domain::mailbox::Mailbox;
use allim::domain::subscription::Standing;
use allim::store::{Fate, Store, Why};
use chrono::TimeDelta;

use crate::house::{Service, instant, programme, read, wait};
use crate::organizers::{Running, link, mails, readable};
use crate::relay::Relay;

const REASON: &str = "You submitted to Pacific last year";

const CMT: &str = "Paper ID,Paper Title,Primary Contact Author Name,Primary Contact Author Email,Author Emails\r\n\
    1,\"Fair, and how\",Ada Lovelace,ada@example.org,\"ada@example.org*; bo@uppsala.example\"\r\n\
    2,Fairer,Chen Wu,chen@wu.example,chen@wu.example*\r\n\
    3,Typo,Eve,eve@example,eve@example*\r\n";

fn mailbox(text: &str) -> Mailbox {
    text.parse().expect("a mailbox")
}

#[test]
fn each_author_of_a_list_is_asked_once_and_only_with_a_reason() {
    let relay = Relay::start(&["8BITMIME"]);
    let running = Running::start(&relay, &["--from", "reminders@example.org"]);
    std::fs::write(running.folder.path().join("authors.csv"), CMT).expect("written");
    let import = |more: &[&str]| {
        let output = running.allim(&[&["subscribers", "import", "pacific-2027", "authors.csv"], more].concat());
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), format!("{out}{err}"))
    };
    let store = wait(Store::open(&running.folder.path().join("var"))).expect("a store");
    let standing = |address: &str| {
        let found = wait(store.subscriber_at("pacific-2027", &mailbox(address))).expect("read");
        found.map(|subscriber| subscriber.standing)
    };

    let (code, said) = import(&[]);
    assert!(code == Some(1) && said.contains("--reason") && said.contains("3 would be invited"), "{said}");
    assert!(said.contains("line 4: left out \"eve@example\""), "{said}");
    let (code, said) = import(&["--dry-run"]);
    assert!(code == Some(1) && said.contains("--reason"), "as the act would: {said}");
    let (code, said) = import(&["--dry-run", "--reason", REASON]);
    assert!(code == Some(0) && said.contains("3 would be invited") && said.contains(REASON), "{said}");
    assert!(wait(store.outbox(10)).expect("read").is_empty() && standing("ada@example.org").is_none());
    assert_eq!(import(&["--reason", "x\ny"]).0, Some(2));

    let (code, said) = import(&["--reason", REASON]);
    assert!(code == Some(0) && said.contains("3 invited"), "{said}");
    relay.wait_until("the invitations", |arrived| arrived.len() == 3);
    let to = |address: &str| {
        let found = relay.arrived().into_iter().find(|arrived| arrived.to == address);
        readable(&found.unwrap_or_else(|| panic!("nothing for {address}")).octets)
    };
    let mail = to("ada@example.org");
    assert!(mail.contains(&format!("in their words: {REASON}")), "{mail}");
    assert!(mail.contains("Read: [Pacific 2027] May we write to you about deadlines?"), "{mail}");
    assert!(!mail.contains("List-Unsubscribe") && mail.contains("Full paper"), "{mail}");

    // Looking changes nothing; the click says on which clock they live, which no list knows.
    let confirm = link(&mail, "confirm");
    let page = running.ask("GET", &confirm);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("name=\"zone\" data-guess=\"zone\""), "{}", page.text());
    assert_eq!(standing("ada@example.org"), Some(Standing::Pending));
    assert_eq!(running.send("POST", &confirm, "zone=Europe%2FCopenhagen").status, 200);
    assert_eq!(standing("ada@example.org"), Some(Standing::Confirmed));
    let ada = wait(store.subscriber_at("pacific-2027", &mailbox("ada@example.org"))).expect("read").expect("a row");
    assert_eq!(ada.zone.name(), "Europe/Copenhagen");
    // The link used again moves nobody.
    assert_eq!(running.send("POST", &confirm, "zone=Asia%2FTokyo").status, 200);
    let ada = wait(store.subscriber_at("pacific-2027", &mailbox("ada@example.org"))).expect("read").expect("a row");
    assert_eq!(ada.zone.name(), "Europe/Copenhagen");

    // Again, without the reason, which is kept: nobody is asked twice.
    let (code, said) = import(&[]);
    assert!(code == Some(0) && said.contains("nobody is invited") && said.contains(REASON), "{said}");
    assert!(
        said.contains("1 left alone: subscribed already") && said.contains("2 left alone: asked already"),
        "{said}"
    );

    // Whoever left, had everything erased, or cannot be reached is left alone.
    let key = secret::load(&running.folder.path().join("var/secret")).expect("a key");
    let ada = wait(store.subscriber_at("pacific-2027", &mailbox("ada@example.org"))).expect("read").expect("a row");
    let leave = key.token(Purpose::Unsubscribe, ada.id, "", ada.link_version);
    assert_eq!(running.ask("POST", &format!("/pacific-2027/unsubscribe/{leave}")).status, 200);
    assert!(running.allim(&["subscribers", "erase", "pacific-2027", "bo@uppsala.example"]).status.success());
    let hidden = subscribe::blinded(&key, &mailbox("nobody@example.org"));
    wait(store.suppress(&hidden, "", Why::Bounced, instant("2026-01-01T00:00:00Z"))).expect("written");
    let more =
        format!("{CMT}9,More,N,nobody@example.org,\"nobody@example.org; new@example.org; new+1@example.org\"\r\n");
    std::fs::write(running.folder.path().join("authors.csv"), more).expect("written");
    let (_, said) = import(&["--reason", "You reviewed for us"]);
    for line in [
        "1 invited",
        "1 left alone: asked already",
        "1 left alone: they unsubscribed",
        "1 left alone: they had everything erased",
        "1 left alone: mail to them came back",
        "1 not today",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    relay.wait_until("the fourth", |arrived| arrived.len() == 4);
    let recipients: BTreeSet<String> = relay.arrived().into_iter().map(|arrived| arrived.to).collect();
    assert_eq!(recipients.len(), 4, "each once: {recipients:?}");
    assert!(to("new@example.org").contains("in their words: You reviewed for us"));
    assert!(!running.allim(&["subscribers", "import", "other-2027", "authors.csv"]).status.success());
}

#[test]
fn who_does_not_answer_is_forgotten_after_seven_days_and_never_asked_again() {
    let file = read("data/examples/pacific-2027.toml");
    let service = Service::start(&[("pacific-2027.toml", &file)], "2027-05-01T09:00:00Z");
    let (store, key) =
        (wait(Store::open(&service.state)).expect("a store"), secret::load(&service.state.join("secret")));
    let (key, programme, people) = (key.expect("a key"), programme(&file), [mailbox("ada@example.org")]);
    let invite = || {
        let now = service.clock.now();
        wait(async {
            let reason = invite::reason(&store, "pacific-2027", Some(REASON), now).await.expect("kept");
            let (reason, _) = reason.expect("a reason");
            invite::invite(&store, &key, &programme, &people, Some(reason), now).await.expect("decided")
        })
    };
    assert_eq!(invite().into_iter().collect::<Vec<_>>(), [(Fate::Invited, 1)]);
    service.until("the invitation", |service| mails(service).len() == 1);
    let confirm = link(&mails(&service).remove(0), "confirm");
    service.clock.advance(TimeDelta::days(8));
    service.a_day_passes();
    service.until("they are forgotten", |_| wait(store.subscribers("pacific-2027")).expect("read").is_empty());
    assert_eq!(service.get(&confirm).status, 410);
    assert_eq!(invite().into_iter().collect::<Vec<_>>(), [(Fate::InvitedBefore, 1)]);
    assert_eq!(mails(&service).len(), 0, "the mail is erased with them, and none comes anew");

    // A public service without anybody who answers for the data invites nobody; nor does one whose workshop is over.
    let now = service.clock.now();
    let (start, end) = (file.find("\n[privacy]").expect("a table"), file.len());
    let silent = crate::house::programme(&file.replace(&file[start..end], "\n"));
    let public = "https://calendar.example.org";
    assert_eq!(invite::may_invite(&silent, public, now), Err(invite::NotNow::NobodyAnswers));
    assert_eq!(invite::may_invite(&silent, "http://127.0.0.1:8080", now), Ok(()));
    assert_eq!(invite::may_invite(&programme, public, instant("2028-01-01T00:00:00Z")), Err(invite::NotNow::Over));
}
