//! From the form to the last click, by the links in the mails.

use super::{Visitor, faimi, mailed};

/// Half past seven in Copenhagen, a week before the paper is due.
const NOW: &str = "2025-06-24T05:30:00Z";

#[test]
fn signed_up_confirmed_changed_and_left() {
    let Some(page) = Visitor::with_a_phone().with_clock("Europe/Copenhagen", NOW).arrives() else { return };
    let service = faimi(NOW);
    let mut found = String::new();
    page.open(&service.at("/faimi-2025/subscribe"));
    assert_eq!(page.find("combobox", "time zone").ask("function() { return this.value; }"), "Europe/Copenhagen");
    page.find("textbox", "mail address").fill("ada@example.org");
    page.loading(|| page.find("button", "Remind me by mail").click());
    assert!(page.text().contains("Look into your mailbox"));
    found.push_str(&page.violations());

    page.open(&mailed(&service, "/faimi-2025/confirm/"));
    page.loading(|| page.find("button", "Yes, write to me").click());
    assert!(page.text().contains("You are subscribed"));
    found.push_str(&page.violations());
    page.loading(|| page.find("link", "My subscription").click());
    page.is_sound();
    found.push_str(&page.violations());
    let manage = page.address();
    // At nine comes the reminder, with a link of each kind.
    service.clock.advance(chrono::TimeDelta::minutes(100));
    page.open(&mailed(&service, "/faimi-2025/done/"));
    assert_eq!(page.violations(), "");
    page.loading(|| page.find("button", "Done, or not for me").click());
    assert!(page.text().contains("No more reminders"));
    page.loading(|| page.find("button", "Undo").click());
    page.is_sound();
    page.open(&manage);
    page.loading(|| page.find("button", "Done, or not for me").click());
    assert!(page.text().contains("Saved."));
    page.find("combobox", "Language").ask("function() { this.value = 'ko'; }");
    page.loading(|| page.find("button", "Save").click());
    assert_eq!(page.value("document.documentElement.lang"), "ko");
    page.is_sound();
    found.push_str(&page.violations());

    page.open(&mailed(&service, "/faimi-2025/unsubscribe/"));
    found.push_str(&page.violations());
    page.loading(|| page.all("button")[0].click());
    found.push_str(&page.violations());
    page.open(&manage);
    assert!(page.text().contains("구독을 해지하셨습니다"));
    page.is_sound();

    // On a machine of one's own the mails can be read in the browser.
    page.open(&service.at("/organize/outbox"));
    page.is_sound();
    found.push_str(&page.violations());
    page.loading(|| page.find("link", "[FAIMI").click());
    page.is_sound();
    assert_eq!(found, "");
}
