//! The first screens in a browser: what a page of files says at each time, which way into a calendar comes first on
//! which machine, and what is shown of a programme when one kind or one room is chosen.

use super::calendar::AGENTS;
use super::{Page, Visitor, faimi, started};
use crate::file_server::FileServer;
use crate::house::{instant, project};

/// What is seen of a part of the page: a section by its name.
fn seen(page: &Page, name: &str) -> bool {
    page.value(&format!("document.querySelector('section[aria-label={name:?}]').checkVisibility()")) == true
}

#[test]
fn a_site_of_files_says_what_holds_when_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = [project("data/faimi-2025.toml")];
    allim::app::site::build(&file, folder.path(), None, instant("2025-06-01T00:00:00Z")).expect("a site");
    let Some(server) = FileServer::python(folder.path()) else {
        println!("left out: a site of files in a browser, for there is no python3");
        return;
    };
    let home = format!("http://127.0.0.1:{}/faimi-2025/", server.port());
    let cards = ["What is next", "Today", "Afterwards"];
    for (now, card, said) in [
        (
            "2025-06-20T09:00:00Z",
            0,
            vec!["11 days left", "Tue 1 Jul, 20:59 Daejeon · your time", "Mon 30 Jun, 23:59 AoE"],
        ),
        ("2025-07-01T12:00:00Z", 0, vec!["Notification of acceptance", "15 days left"]),
        ("2025-09-23T03:00:00Z", 1, vec!["it is 12:00", "Welcome"]),
        ("2025-09-23T05:41:00Z", 1, vec!["it is 14:41", "Now", "Utku Ozbulak", "Next", "14:50", "No changes today"]),
        ("2025-09-23T09:00:00Z", 2, vec!["FAIMI 2025 is over"]),
    ] {
        let Some(page) = Visitor::with_a_phone().with_clock("Asia/Seoul", now).arrives() else { return };
        page.open(&home);
        for (at, name) in cards.iter().enumerate() {
            assert_eq!(seen(&page, name), at == card, "{name} at {now}");
        }
        let text = page.text();
        for said in said {
            assert!(text.contains(said), "{said} is missing at {now} of {text}");
        }
        page.is_sound();
        assert_eq!(page.violations(), "", "{now}");
    }
    // Without a script nothing is said that time could have made wrong.
    let Some(plain) = Visitor::with_a_phone().without_script().arrives() else { return };
    plain.open(&home);
    assert!(cards.iter().all(|name| !seen(&plain, name)));
}

#[test]
fn the_way_that_works_comes_first_and_the_others_are_one_tap_away() {
    let service = faimi("2025-06-20T09:00:00Z");
    let first = [
        "Apple Calendar",
        "Google Calendar",
        "The day as one entry",
        "Open in your own browser",
        "Outlook.com",
        "Apple Calendar",
        "Thunderbird and others",
    ];
    for ((who, agent), first) in AGENTS.into_iter().zip(first) {
        let Some(page) = Visitor::with_a_phone().calling_itself(agent).arrives() else { return };
        page.open(&service.at("/faimi-2025/"));
        let shown = "[...document.querySelectorAll('[data-panel] a.button')].filter((it) => it.checkVisibility())";
        assert_eq!(page.value(&format!("{shown}[0].textContent")), first, "{who}");
        assert!(page.has("link", first), "{who}");
        let before = page.value(&format!("{shown}.length"));
        page.value("[...document.querySelectorAll('.others > summary')].find((it) => it.checkVisibility()).click()");
        let all = page.value(&format!("{shown}.length"));
        assert!(before.as_u64() < all.as_u64() && all.as_u64() >= Some(7), "{who}: {before} of {all}");
        page.is_sound();
    }
}

#[test]
fn one_kind_or_one_room_can_be_looked_at_without_a_script_too() {
    let service = started(&["data/examples/pacific-2027.toml"], "2027-06-02T09:00:00Z");
    for visitor in [Visitor::at_a_desk(), Visitor::with_a_phone().without_script()] {
        let Some(page) = visitor.arrives() else { return };
        page.open(&service.at("/pacific-2027/"));
        let shown = |page: &Page, kind: &str| {
            page.value(&format!(
                "[...document.querySelectorAll('.session{kind}')].filter((it) => it.checkVisibility()).length"
            ))
        };
        let (all, keynotes) = (shown(&page, ""), shown(&page, ".keynote"));
        assert!(keynotes.as_u64() > Some(0) && keynotes.as_u64() < all.as_u64(), "{keynotes} of {all}");
        page.find("radio", "Keynotes").click();
        assert_eq!((shown(&page, ""), shown(&page, ".keynote")), (keynotes.clone(), keynotes));
        page.find("radio", "All kinds").click();
        assert_eq!(shown(&page, ""), all);
    }
}
