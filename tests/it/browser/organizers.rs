//! The organizers' console in a browser: its screens as they meet people, and what is done on a phone in a corridor.

use allim::app::console::sign_in;

use super::{Page, Visitor, pacific};
use crate::house::{Service, mailing, wait};
use crate::organizers::{link, mails};

const NOW: &str = "2027-06-05T09:00:00Z";
const HOME: &str = "/organize/pacific-2027/";

/// Somebody subscribes, and confirms.
fn subscribe(service: &Service, address: &str) {
    let base = service.at("");
    let ours = [("Origin", base.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("address", address).finish();
    assert_eq!(service.ask_with("POST", "/pacific-2027/subscribe", &ours, &body).status, 200);
    let to = format!("To: {address}");
    service.until("the confirmation", |service| mails(service).iter().any(|mail| mail.contains(&to)));
    let mail = mails(service).into_iter().find(|mail| mail.contains(&to)).expect("a mail");
    assert_eq!(service.ask_with("POST", &link(&mail, "confirm"), &ours, "x=1").status, 200);
}

/// Signs a visitor in, by a link and its button; each as somebody else, for there are so many links an hour.
fn sign_in(service: &Service, page: &Page) {
    let store = service.store();
    let mailing = mailing(&service.state, &service.at(""), None);
    let number = wait(store.organizers()).expect("read").len();
    let who = format!("ada{number}@example.org").parse().expect("a mailbox");
    wait(store.add_organizer(&who, None, service.clock.now())).expect("written");
    let link = wait(sign_in::link(&store, &mailing, &who, service.clock.now())).expect("a link");
    page.open(&link);
    page.loading(|| page.all("button")[0].click());
    assert_eq!(page.address(), service.at(HOME));
}

/// A service with something on every screen.
fn peopled() -> Service {
    let service = pacific(NOW);
    for address in ["bo@uppsala.example", "a-rather-long-name-of-somebody@medical-imaging.example.org"] {
        subscribe(&service, address);
    }
    service
}

/// Everything that can be looked at, with the pages of one person and of one mail.
fn screens(service: &Service) -> Vec<(String, String)> {
    let store = service.store();
    let bo = "bo@uppsala.example".parse().expect("a mailbox");
    let bo = wait(store.subscriber_at("pacific-2027", &bo)).expect("read").expect("a subscriber");
    let mail = wait(store.outbox(1)).expect("read").remove(0).id;
    let person = format!("subscribers/{:016x}", bo.id.0);
    let named = [
        ("today", String::new()),
        ("outbox", "outbox".to_owned()),
        ("mail", format!("outbox/{mail}")),
        ("forecast", "forecast".to_owned()),
        ("subscribers", "subscribers".to_owned()),
        ("erase", format!("{person}/erase")),
        ("person", person),
        ("import", "import".to_owned()),
        ("announce", "announce".to_owned()),
        ("decisions", "decisions".to_owned()),
        ("closing", "closing".to_owned()),
        ("audit", "audit".to_owned()),
    ];
    named.map(|(name, path)| (name.to_owned(), service.at(&format!("{HOME}{path}")))).to_vec()
}

#[test]
fn every_screen_of_the_console_is_sound_in_every_window() {
    let service = peopled();
    let (phone, desk) = (Visitor::with_a_phone(), Visitor::at_a_desk());
    for (name, visitor) in [
        ("phone", phone),
        ("phone-dark", phone.in_the_dark()),
        ("phone-ko", phone.reading("ko")),
        ("desk", desk),
        ("desk-dark", desk.in_the_dark()),
        ("desk-400", desk.twice_as_large().twice_as_large()),
    ] {
        let Some(page) = visitor.with_clock("Europe/Copenhagen", NOW).arrives() else { return };
        sign_in(&service, &page);
        for (screen, address) in screens(&service) {
            page.open(&address);
            page.is_sound();
            page.picture(&format!("console-{screen}-{name}"));
            if matches!(name, "phone" | "phone-ko" | "desk") {
                assert_eq!(page.violations(), "", "{screen}, {name}");
            }
        }
    }
}

#[test]
fn a_list_is_imported_and_one_of_it_explained_on_a_phone() {
    for visitor in [Visitor::with_a_phone(), Visitor::with_a_phone().without_script()] {
        let Some(page) = visitor.with_clock("Europe/Copenhagen", NOW).arrives() else { return };
        let service = peopled();
        sign_in(&service, &page);
        page.loading(|| page.find("link", "Subscribers").click());
        page.loading(|| page.find("link", "Invite the authors of a list").click());
        page.loading(|| page.find("button", "Look what would happen").click());
        page.is_sound();
        page.picture("console-import-fault-phone");
        assert!(page.violations().is_empty() && page.text().contains("Choose a file"), "{}", page.text());
        page.find("textbox", "Or paste it")
            .fill("Paper ID,Author Emails\n1,cy@example.org; dee@example.org\n2,typo@x\n");
        page.loading(|| page.find("button", "Look what would happen").click());
        page.is_sound();
        page.picture("console-import-report-phone");
        assert_eq!(page.violations(), "");
        let text = page.text();
        assert!(text.contains("2 would be invited") && text.contains("line 3: left out"), "{text}");
        page.find("textbox", "Why these people").fill("You submitted to Pacific last year");
        page.loading(|| page.find("button", "Invite them (2)").click());
        assert!(page.text().contains("2 invited"), "{}", page.text());
        service
            .until("the invitations", |service| mails(service).iter().any(|mail| mail.contains("To: cy@example.org")));
        page.find("textbox", "Address, or a part of it").fill("example.org");
        page.loading(|| page.find("button", "Find").click());
        page.is_sound();
        page.picture("console-found-phone");
        assert!(page.text().contains("dee@example.org"), "{}", page.text());
        page.find("textbox", "Address, or a part of it").fill("cy@");
        page.loading(|| page.find("button", "Find").click());
        let text = page.text();
        assert!(text.contains("cy@example.org") && text.contains("you have not confirmed"), "{text}");
        page.is_sound();
    }
}

#[test]
fn words_are_announced_and_taken_back_on_a_phone() {
    for visitor in [Visitor::with_a_phone(), Visitor::with_a_phone().without_script()] {
        let Some(page) = visitor.with_clock("Europe/Copenhagen", NOW).arrives() else { return };
        let service = peopled();
        sign_in(&service, &page);
        page.loading(|| page.find("link", "Announce").click());
        page.find("textbox", "Subject").fill("The keynote begins an hour later");
        page.find("textbox", "Your words").fill("It is now at **ten**.\n\nThe room stays.");
        page.loading(|| page.find("button", "Look at it first").click());
        page.is_sound();
        page.picture("console-preview-phone");
        assert_eq!(page.violations(), "");
        assert!(page.text().contains("2 authors") && page.text().contains("The room stays."), "{}", page.text());
        page.loading(|| page.find("button", "Send me a preview").click());
        assert!(page.text().contains("A preview is on its way"), "{}", page.text());
        page.loading(|| page.find("button", "Announce it").click());
        page.picture("console-announced-phone");
        assert!(page.text().contains("in 10 min"), "{}", page.text());
        assert_eq!(page.violations(), "");
        page.loading(|| page.find("button", "Take it back").click());
        assert!(page.text().contains("nobody got it"), "{}", page.text());
        service.until("the preview", |service| mails(service).iter().any(|mail| mail.contains("To: ada0@example.org")));
        assert!(!mails(&service).iter().any(|mail| mail.contains("an hour later") && mail.contains("To: bo@")));
    }
}
