//! Every page, as it meets people: narrow and wide, light and dark, twice as large, in Korean, by keyboard, without a
//! script, at three times of the season.

use super::{Visitor, faimi, pacific, started};
use crate::house::Service;

/// Before a deadline, on the day at 14:41, and afterwards.
const SEASON: [&str; 3] = ["2025-06-20T09:00:00Z", "2025-09-23T05:41:00Z", "2025-10-10T09:00:00Z"];

/// Everything that can be opened without a link from a mail.
const PATHS: [&str; 11] = [
    "/",
    "/faimi-2025/",
    "/faimi-2025/at/full-paper/",
    "/faimi-2025/at/keynote-arbel/",
    "/faimi-2025/changes/",
    "/faimi-2025/changes/1/",
    "/faimi-2025/subscribe",
    "/faimi-2025/privacy",
    "/faimi-2025/mine",
    "/faimi-2025/embed",
    "/faimi-2025/no-such-page",
];

fn both(now: &str) -> Service {
    started(&["data/faimi-2025.toml", "data/examples/pacific-2027.toml"], now)
}

#[test]
fn no_page_breaks_a_rule_of_accessibility() {
    let Some(page) = Visitor::with_a_phone().with_clock("Asia/Seoul", SEASON[0]).arrives() else { return };
    let service = both(SEASON[0]);
    let mut found = String::new();
    for path in PATHS {
        for language in ["en", "ko"] {
            page.open(&service.at(&format!("{path}?lang={language}")));
            found.push_str(&page.violations());
        }
    }
    assert_eq!(found, "");
}

#[test]
fn the_page_of_the_programme_is_sound_at_three_times_of_the_season() {
    for now in SEASON {
        let Some(page) = Visitor::at_a_desk().with_clock("America/New_York", now).arrives() else { return };
        let service = faimi(now);
        page.open(&service.at("/faimi-2025/"));
        page.is_sound();
        page.picture(&format!("season-{}", &now[..10]));
        assert_eq!(page.violations(), "", "{now}");
    }
}

#[test]
fn every_page_fits_every_window() {
    let service = both(SEASON[0]);
    let (phone, desk) = (Visitor::with_a_phone(), Visitor::at_a_desk());
    let larger = desk.twice_as_large();
    for (name, visitor) in [
        ("phone", phone),
        ("phone-dark", phone.in_the_dark()),
        ("phone-ko", phone.reading("ko")),
        ("desk", desk),
        ("desk-dark", desk.in_the_dark()),
        ("desk-200", larger),
        ("desk-400", larger.twice_as_large()),
    ] {
        let Some(page) = visitor.with_clock("Pacific/Auckland", SEASON[0]).arrives() else { return };
        for path in PATHS {
            page.open(&service.at(path));
            page.is_sound();
            page.picture(&format!("{}-{name}", path.trim_matches('/').replace('/', "-")));
        }
    }
}

#[test]
fn without_a_script_every_page_says_as_much() {
    let service = both(SEASON[0]);
    let Some(plain) = Visitor::with_a_phone().without_script().arrives() else { return };
    for path in PATHS {
        plain.open(&service.at(path));
        plain.is_sound();
        assert_eq!(plain.all("main").len(), 1, "{path}");
        assert_ne!(plain.value("document.documentElement.lang"), "", "{path}");
        let bare = plain.value("[...document.links].filter((it) => !it.getAttribute('href')).length");
        assert_eq!(bare, 0, "{path} has a link that leads nowhere");
    }
    plain.open(&service.at("/faimi-2025/"));
    let text = plain.text();
    for said in ["FAIMI", "30 Jun 2025", "AoE", "Daejeon"] {
        assert!(text.contains(said), "{said} is missing of {text}");
    }
}

#[test]
fn the_time_left_is_counted_on_the_readers_own_clock() {
    let service = pacific("2027-05-01T09:00:00Z");
    let Some(page) = Visitor::at_a_desk().with_clock("Asia/Seoul", "2027-05-01T09:00:00Z").arrives() else { return };
    page.open(&service.at("/pacific-2027/"));
    // How many days are left until the first deadline that is ahead.
    let counted = page.value(
        "(() => { const at = [...document.querySelectorAll('time')].map((it) => Date.parse(it.dateTime))
            .filter((at) => at > Date.now()).sort((a, b) => a - b)[0];
          const text = document.body.innerText; const days = Math.floor((at - Date.now()) / 864e5);
          return days < 2 || text.includes(`${days} day`); })()",
    );
    let text = page.text();
    assert_eq!(counted, true, "{text}");
    // 17:00 in Vancouver on 25 June is another day in Seoul.
    for said in ["Seoul", "26 Jun", "09:00", "17:00"] {
        assert!(text.contains(said), "{said} is missing of {text}");
    }
    page.is_sound();
}

#[test]
fn a_reader_of_korean_reads_korean() {
    let service = faimi(SEASON[0]);
    let Some(page) = Visitor::with_a_phone().reading("ko").arrives() else { return };
    for path in ["subscribe", "privacy", "mine"] {
        page.open(&service.at(&format!("/faimi-2025/{path}")));
        assert_eq!(page.value("document.documentElement.lang"), "ko", "{path}");
        page.loading(|| page.find("link", "English").click());
        assert_eq!(page.value("document.documentElement.lang"), "en", "{path}");
    }
}

#[test]
fn everything_can_be_done_by_keyboard() {
    let service = faimi(SEASON[0]);
    let Some(page) = Visitor::at_a_desk().arrives() else { return };
    page.open(&service.at("/faimi-2025/"));
    page.press("Tab");
    assert!(page.value("document.activeElement.textContent").as_str().expect("a text").contains("Skip"));
    page.press("Enter");
    assert_eq!(page.value("document.activeElement.id"), "main");
    // What has the focus is seen to have it.
    page.tab_to("it.matches('a[href], button, summary, input, select')");
    assert_eq!(page.value("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), true);
    page.open(&service.at("/faimi-2025/mine"));
    page.tab_to("it.name === 'entry' && it.value.startsWith('keynote')");
    page.press(" ");
    page.tab_to("it.tagName === 'BUTTON' && it.value === 'make'");
    page.loading(|| page.press("Enter"));
    assert!(page.text().contains("Keep this page"));
    page.is_sound();
}
