//! An organizer on a phone: signs in by a mailed link, moves a deadline, stops what goes out.

use super::{Page, Visitor, mailed, pacific};
use crate::house::wait;

const NOW: &str = "2027-05-01T09:00:00Z";
const ADA: &str = "ada@example.org";

/// Whatever the browser finds fault with, in light and in the dark.
fn looked_at(page: &Page, name: &str) {
    page.is_sound();
    assert_eq!(page.violations(), "", "{name}");
    for dark in [false, true] {
        page.darken(dark);
        page.picture(&format!("console-{name}-{}", if dark { "dark" } else { "light" }));
    }
    page.darken(false);
}

fn story(page: &Page, words: &[&str; 9]) {
    let [mail_me, sign_in, programme, look, publish, on_hold, stop, stopped, out] = words;
    let service = pacific(NOW);
    wait(service.store().add_organizer(&ADA.parse().expect("an address"), None, service.clock.now())).expect("added");
    page.open(&service.at("/organize/"));
    looked_at(page, "door");
    page.find("textbox", "").fill(ADA);
    page.loading(|| page.find("button", mail_me).click());
    looked_at(page, "sent");
    page.open(&mailed(&service, "/organize/sign-in/"));
    looked_at(page, "open");
    page.loading(|| page.find("button", sign_in).click());
    looked_at(page, "today");
    page.loading(|| page.find("link", programme).click());
    looked_at(page, "programme");
    page.loading(|| page.find("link", "Full paper submission").click());
    looked_at(page, "entry");
    page.value("document.getElementById('day').value = '2027-07-02'");
    page.loading(|| page.find("button", look).click());
    assert!(page.text().contains("Full paper submission extended"), "{}", page.text());
    looked_at(page, "consequences");
    page.loading(|| page.find("button", publish).click());
    assert!(page.text().contains(on_hold), "{}", page.text());
    looked_at(page, "held");
    page.loading(|| page.find("button", stop).click());
    assert!(page.text().contains(stopped), "{}", page.text());
    page.open(&service.at("/organize/pacific-2027/file"));
    looked_at(page, "file");
    page.open(&service.at("/organize/pacific-2027/audit"));
    looked_at(page, "audit");
    page.loading(|| page.find("button", out).click());
    page.open(&service.at("/organize/pacific-2027/"));
    assert!(page.address().ends_with("/organize/sign-in"), "{}", page.address());
}

const ENGLISH: [&str; 9] = [
    "Mail me a link",
    "Sign in",
    "Programme",
    "Look at what it does",
    "Publish it",
    "its change is told to nobody until",
    "Stop it",
    "its change was stopped",
    "Sign out everywhere",
];
const KOREAN: [&str; 9] = [
    "링크 받기",
    "로그인",
    "프로그램",
    "결과 보기",
    "게시하기",
    "변경 안내 예정",
    "멈추기",
    "변경 안내를 멈췄습니다",
    "모든 기기에서 로그아웃",
];

#[test]
fn a_deadline_is_extended_and_stopped_with_a_phone() {
    let Some(page) = Visitor::with_a_phone().arrives() else { return };
    story(&page, &ENGLISH);
}

#[test]
fn the_same_at_a_desk_in_korean_without_script() {
    let Some(page) = Visitor::at_a_desk().reading("ko").without_script().arrives() else { return };
    story(&page, &KOREAN);
}
