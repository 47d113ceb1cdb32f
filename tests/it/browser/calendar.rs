//! "Put it in my calendar": whatever the visitor's machine, every way into every calendar is there, and leads where it
//! should.

use super::{Visitor, faimi};
use crate::file_server::FileServer;
use crate::house::{instant, project};

const NOW: &str = "2025-06-20T09:00:00Z";

/// How browsers call themselves.
pub(super) const AGENTS: [(&str, &str); 7] = [
    (
        "Safari on an iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 \
         Mobile/15E148 Safari/604.1",
    ),
    (
        "Chrome on an iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
         CriOS/137.0.7151.79 Mobile/15E148 Safari/604.1",
    ),
    (
        "Chrome on Android",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile \
         Safari/537.36",
    ),
    (
        "KakaoTalk",
        "Mozilla/5.0 (Linux; Android 14; SM-S918N Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
         Version/4.0 Chrome/136.0.7103.125 Mobile Safari/537.36;KAKAOTALK 2510830",
    ),
    (
        "Edge on Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 \
         Safari/537.36 Edg/137.0.0.0",
    ),
    (
        "Safari on a Mac",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 \
         Safari/605.1.15",
    ),
    ("Firefox on Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"),
];

#[test]
fn every_way_is_there_on_every_machine() {
    let service = faimi(NOW);
    let feed = service.at("/faimi-2025/workshop.ics");
    let webcal = feed.replace("http://", "webcal://");
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for (who, agent) in AGENTS {
        let Some(page) = Visitor::with_a_phone().calling_itself(agent).arrives() else { return };
        page.open(&service.at("/faimi-2025/"));
        assert_eq!(page.value("navigator.userAgent"), agent);
        let links = page.value("[...document.links].map((it) => it.href)");
        let links: Vec<&str> = links.as_array().into_iter().flatten().filter_map(|link| link.as_str()).collect();
        for (way, expected) in [
            ("webcal", webcal.clone()),
            ("Google", format!("https://calendar.google.com/calendar/u/0/r?cid={}", encoded(&webcal))),
            ("Outlook.com", format!("https://outlook.live.com/calendar/0/addfromweb/?url={}", encoded(&feed))),
            ("Microsoft 365", format!("https://outlook.office.com/calendar/0/addfromweb/?url={}", encoded(&feed))),
            ("a copy", feed.clone()),
        ] {
            let there = links.iter().any(|link| link.starts_with(&expected));
            assert!(there, "{who} has no way by {way} ({expected}) among {links:#?}");
        }
        page.is_sound();
    }
}

#[test]
fn a_site_of_files_finds_its_own_addresses_and_offers_what_it_has() {
    let Some(page) = Visitor::with_a_phone().arrives() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = [project("data/faimi-2025.toml")];
    allim::app::site::build(&file, folder.path(), None, instant(NOW)).expect("a site");
    let Some(server) = FileServer::python(folder.path()) else {
        println!("left out: a site of files in a browser, for there is no python3");
        return;
    };
    let home = format!("http://127.0.0.1:{}/faimi-2025/", server.port());
    page.open(&home);
    let webcal = format!("{}workshop.ics", home.replace("http://", "webcal://"));
    let links = page.value("[...document.links].map((it) => it.href)");
    assert!(links.as_array().is_some_and(|links| links.iter().any(|link| *link == *webcal)), "{links}");
    for (role, name) in [("button", "Remind me by mail"), ("link", "Tick the talks"), ("textbox", "mail")] {
        assert!(!page.has(role, name), "a folder cannot keep anything, and offers {name}");
    }
    page.is_sound();
    assert_eq!(page.violations(), "");
    for path in ["at/full-paper/", "changes/"] {
        page.open(&format!("{home}{path}"));
        page.is_sound();
    }
}

#[test]
fn an_address_is_copied_whole() {
    let Some(page) = Visitor::at_a_desk().arrives() else { return };
    let service = faimi(NOW);
    page.open(&service.at("/faimi-2025/"));
    page.find("button", "Copy").click();
    page.until("[...document.querySelectorAll('[role=status]')].some((it) => it.textContent.startsWith('Address'))");
    page.is_sound();
}
