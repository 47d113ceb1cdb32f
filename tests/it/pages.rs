//! The pages, by what they say at which time, in which language, and what they weigh. How they look is told elsewhere.

use std::fmt::Write;
use std::io::Write as _;

use allim::app::site::build;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::house::{Service, instant, read, walk};

const PAGE: &str = "/faimi-2025/";

fn faimi(now: &str) -> Service {
    Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], now)
}

/// The opening tags of a page that carry these words.
fn tags<'p>(page: &'p str, words: &str) -> Vec<&'p str> {
    let tags = page.split('<').filter_map(|piece| piece.split('>').next());
    tags.filter(|tag| tag.contains(words)).collect()
}

/// What the first screen shows of the time: the card that is not hidden.
fn phase(page: &str) -> Vec<&str> {
    let cards =
        tags(page, "data-phase=").into_iter().filter(|tag| tag.starts_with("section") && !tag.contains(" hidden"));
    cards.filter_map(|tag| tag.split("data-phase=\"").nth(1)?.split('"').next()).collect()
}

/// From a mark to the next, without the tags.
fn words(page: &str, from: &str, to: &str) -> String {
    let part = page.split(from).nth(1).unwrap_or_else(|| panic!("no {from}"));
    let part = part.split(to).next().expect("a first part");
    let mut said = String::new();
    for piece in format!(">{part}").split('<') {
        said.push_str(piece.split_once('>').map_or("", |(_, text)| text));
        said.push(' ');
    }
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn next(page: &str) -> String {
    let due = tags(page, "data-due=").into_iter().find(|tag| !tag.contains(" hidden")).expect("something next");
    words(page, &format!("<{due}>"), "</div>")
}

fn slot(page: &str, name: &str) -> String {
    let tag = tags(page, &format!("data-slot=\"{name}\""))[0];
    if tag.contains(" hidden") { String::new() } else { words(page, &format!("<{tag}>"), "</div>") }
}

#[test]
fn before_a_deadline_the_first_screen_says_what_is_next_and_how_long_is_left() {
    let service = faimi("2025-06-18T09:00:00Z");
    let page = service.get(PAGE).text();
    assert_eq!(phase(&page), ["before"]);
    assert_eq!(
        next(&page),
        "Next 13 days left Full paper submission Mon 30 Jun, 23:59 AoE Tue 1 Jul, 20:59 Daejeon Extended on 24 Jun \
         (was 25 Jun) Submit : Full paper"
    );
    // An hour and a half is told to the minute.
    service.clock.set(instant("2025-07-01T10:28:00Z"));
    let page = service.get(PAGE).text();
    assert!(next(&page).starts_with("Next 1 h left"), "{}", next(&page));
    service.clock.set(instant("2025-07-01T11:58:59Z"));
    assert!(next(&service.get(PAGE).text()).starts_with("Next 1 min left"));
    // Once it is due it is not next any more.
    service.clock.set(instant("2025-07-01T11:59:00Z"));
    let page = service.get(PAGE).text();
    assert!(next(&page).starts_with("Next 16 days left Notification of acceptance"), "{}", next(&page));
    assert_eq!(tags(&page, "class=\"deadline past\"").len(), 1);
    // After the last, the workshop itself.
    service.clock.set(instant("2025-09-11T03:00:00Z"));
    let page = service.get(PAGE).text();
    assert!(!tags(&page, "data-none")[0].contains("hidden"));
    assert!(words(&page, "data-none>", "</div>").starts_with("Next in 12 days The workshop itself"));
}

#[test]
fn on_the_day_the_first_screen_says_what_is_now_and_next_and_where() {
    let service = faimi("2025-09-23T03:00:00Z");
    let page = service.get(PAGE).text();
    assert_eq!(phase(&page), ["day"]);
    assert_eq!(slot(&page, "now"), "");
    assert!(slot(&page, "next").starts_with("Next 13:30 –13:35 Welcome"), "{}", slot(&page, "next"));
    service.clock.set(instant("2025-09-23T05:41:30Z"));
    let page = service.get(PAGE).text();
    assert!(page.contains("<time data-clock>14:41</time>") && page.contains("Today · DCC1-1F-111"));
    assert!(slot(&page, "now").starts_with("Now 14:35 –14:50 Revisiting the Evaluation Bias"));
    assert!(slot(&page, "now").ends_with("Utku Ozbulak"), "{}", slot(&page, "now"));
    assert!(slot(&page, "next").starts_with("Next 14:50"));
    assert!(slot(&page, "then").starts_with("Then 15:05 –15:30 Poster session 15:30"));
    assert!(page.contains("No changes today.") && page.contains("calendars follow later"));
    let current = tags(&page, "aria-current=\"time\"");
    assert!(current.len() == 1 && current[0].contains("data-start=\"2025-09-23T05:35:00Z\""), "{current:?}");
    // A change of today is said, and that it is.
    let moved = read("data/faimi-2025.toml").replace("2025-09-23T15:05:00", "2025-09-23T15:10:00");
    std::fs::write(service.data.join("faimi-2025.toml"), moved).expect("written");
    service.until("a change", |service| service.get(PAGE).text().contains("data-changed="));
    let page = service.get(PAGE).text();
    assert!(!tags(&page, "data-today")[0].contains("hidden") && tags(&page, "data-unchanged")[0].contains("hidden"));
}

#[test]
fn afterwards_the_papers_and_the_calendars_stay() {
    let service = faimi("2025-09-23T09:00:00Z");
    let page = service.get(PAGE).text();
    assert_eq!(phase(&page), ["after"]);
    let said = words(&page, "aria-label=\"Afterwards\">", "</section>");
    assert!(said.contains("FAIMI 2025 is over.") && said.contains("Proceedings") && said.contains("Awards"), "{said}");
    assert!(page.contains("id=\"calendar\"") && page.contains("webcal://"));
    assert!(page.find("id=\"papers\"") < page.find("id=\"programme\"") && page.find("id=\"awards\"").is_some());
    assert!(!page.contains("aria-current"));
    // Once next year's page is known, it comes first.
    let link = "[[link]]\nkind = \"next\"\ntitle = \"FAIMI 2026\"\nurl = \"https://example.org/2026/\"\n";
    let source = format!("{}\n{link}", read("data/faimi-2025.toml"));
    std::fs::write(service.data.join("faimi-2025.toml"), source).expect("written");
    let first = "<a class=\"button\" href=\"https://example.org/2026/\">FAIMI 2026</a>";
    service.until("a link", |service| service.get(PAGE).text().contains(first));
}

#[test]
fn a_page_of_one_moment_is_the_same_and_of_the_next_another() {
    let service = faimi("2025-06-18T09:00:00Z");
    let tag = |service: &Service| service.get(PAGE).header("etag").expect("a validator").to_owned();
    let first = tag(&service);
    service.clock.set(instant("2025-06-18T09:59:59Z"));
    assert_eq!(tag(&service), first);
    let known = service.ask("GET", PAGE, &[("If-None-Match", &first)]);
    assert_eq!(known.status, 304);
    service.clock.set(instant("2025-06-20T10:00:00Z"));
    assert_ne!(tag(&service), first);
    let answer = service.get(PAGE);
    assert_eq!(answer.header("last-modified"), Some("Fri, 20 Jun 2025 10:00:00 GMT"));
    assert_eq!(answer.header("vary"), Some("accept-encoding, accept-language"));
}

#[test]
fn every_page_is_korean_for_whoever_reads_korean_and_its_links_keep_what_was_chosen() {
    let service = faimi("2025-06-18T09:00:00Z");
    let korean = [("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.5")];
    for path in ["", "at/full-paper/", "at/keynote-arbel/", "changes/", "changes/1/", "embed", "nothing"] {
        let path = format!("{PAGE}{path}");
        for page in [service.ask("GET", &path, &korean).text(), service.get(&format!("{path}?lang=ko")).text()] {
            assert!(page.contains("<html lang=\"ko\""), "{path}");
            assert!(page.chars().filter(|letter| ('가'..='힣').contains(letter)).count() > 12, "{path}");
        }
        let english = service.ask("GET", &format!("{path}?lang=en"), &korean).text();
        assert!(english.contains("<html lang=\"en\""), "{path}");
    }
    let asked = service.ask("GET", PAGE, &korean).text();
    assert!(asked.contains("6월 30일(월) 23:59 AoE") && asked.contains("6월 24일 연장(원래 6월 25일)"), "{asked}");
    assert!(asked.contains("href=\"at/full-paper/\"") && asked.contains("href=\"?lang=en\""));
    let chosen = service.get(&format!("{PAGE}?lang=ko")).text();
    assert!(chosen.contains("href=\"at/full-paper/?lang=ko\""));
    let entry = service.get(&format!("{PAGE}at/full-paper/?lang=ko")).text();
    assert!(entry.contains("href=\"../../?lang=ko#calendar\""));
    let redirected = service.get("/faimi-2025?lang=ko");
    assert_eq!((redirected.status, redirected.header("location")), (308, Some("faimi-2025/?lang=ko")));
}

#[test]
fn a_site_holds_every_time_and_both_languages() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = (folder.path().join("faimi-2025.toml"), folder.path().join("public"));
    std::fs::write(&file, read("data/faimi-2025.toml")).expect("written");
    build(&[file], &out, Some("https://example.org/cal"), instant("2025-06-18T09:00:00Z")).expect("built");
    let page = std::fs::read_to_string(out.join("faimi-2025/index.html")).expect("a page");
    // What time its reader has is for the script to say: nothing that could be wrong is shown without one.
    assert_eq!(phase(&page), Vec::<&str>::new());
    assert_eq!(tags(&page, "data-due=").len(), 3);
    assert!(!page.contains("action=\"subscribe\"") && page.contains("href=\"index.ko.html\""));
    let korean = std::fs::read_to_string(out.join("faimi-2025/index.ko.html")).expect("a page");
    assert!(korean.contains("href=\"at/full-paper/index.ko.html\"") && korean.contains("href=\"./\""));
    let files = walk(&out).into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "html"));
    let (korean, english): (Vec<_>, Vec<_>) = files.partition(|file| file.to_string_lossy().ends_with(".ko.html"));
    // The embed is in one language: it stands in somebody else's page.
    assert_eq!(korean.len() + 1, english.len());
}

#[test]
fn every_way_into_a_calendar_is_offered_for_every_feed_with_what_to_expect() {
    let service = faimi("2025-06-18T09:00:00Z");
    let page = service.get(PAGE).text();
    for feed in ["workshop", "sessions", "deadlines", "all"] {
        let panel = page.split(&format!("data-panel=\"{feed}\"")).nth(1).expect("a panel");
        let panel = panel.split("</code></p>").next().expect("its end");
        let ways: Vec<&str> = panel.split("data-way=\"").skip(1).filter_map(|piece| piece.split('"').next()).collect();
        let days: &[&str] = if feed == "deadlines" { &[] } else { &["one"] };
        let all = [&["elsewhere", "apple"], days, &["google", "outlook", "office", "others", "file"]].concat();
        assert_eq!(ways, all, "{feed}");
        assert_eq!(panel.matches("class=\"expect\"").count(), all.len(), "{feed}");
        let own = format!("http://calendar.example.org/faimi-2025/{feed}.ics");
        assert!(panel.contains(&format!("<code data-copy>{own}")), "{feed}");
        assert!(panel.contains(&own.replacen("http", "webcal", 1)), "{feed}");
    }
    let one = page.split("https://calendar.google.com/calendar/render?").nth(1).expect("a day");
    assert!(one.starts_with("action=TEMPLATE&amp;text=Fairness%20of%20AI"), "{}", &one[..80]);
    assert!(one.contains("&amp;dates=20250923T043000Z/20250923T090000Z&amp;ctz=Asia%2FSeoul"));
    assert!(page.contains("<svg class=\"qr\"") && page.contains("<path fill=\"#000\" d=\"M4 4h7v1H4z"));
    let entry = service.get(&format!("{PAGE}at/full-paper/")).text();
    assert!(entry.contains("dates=20250701T115900Z/20250701T115900Z&amp;details"));
    assert!(entry.contains("https://outlook.live.com/calendar/0/deeplink/compose?subject=Full%20paper"));
}

#[test]
fn a_workshop_has_its_own_colour_where_it_can_be_read() {
    let service = faimi("2025-06-18T09:00:00Z");
    for path in ["", "at/full-paper/", "changes/"] {
        let page = service.get(&format!("{PAGE}{path}")).text();
        assert!(page.contains("colors.css\">") && !page.contains("style=\""), "{path}");
    }
    let colors = service.get(&format!("{PAGE}colors.css"));
    assert_eq!((colors.status, colors.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(colors.text().starts_with(":root{--accent:#00"), "{}", colors.text());
    let plain = read("data/faimi-2025.toml").replace("color         = \"teal\"\n", "");
    let service = Service::start(&[("faimi-2025.toml", &plain)], "2025-06-18T09:00:00Z");
    assert_eq!(service.get(&format!("{PAGE}colors.css")).status, 404);
    assert!(!service.get(PAGE).text().contains("colors.css"));
}

/// Three days in five rooms, twenty sessions a room and day, with a break after every fourth.
fn large() -> String {
    let mut source = String::from(
        "[programme]\nid = \"large\"\ntitle = \"A large meeting\"\nshort = \"LARGE\"\ndates = [2027-06-01, 2027-06-03]\n\
         time_zone = \"Europe/Copenhagen\"\ndeadline_zone = \"AoE\"\nuid_domain = \"example.org\"\n\
         [venue]\nname = \"Hall\"\ncity = \"Copenhagen\"\n",
    );
    let words: Vec<String> = read("src/domain/revision.rs")
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() > 3)
        .map(str::to_lowercase)
        .collect();
    let mut seed: usize = 7;
    let mut some = |count: usize| {
        let word = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            words[(seed >> 33) % words.len()].clone()
        };
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    };
    for (day, room, slot) in
        (1..=3).flat_map(|day| (1..=5).flat_map(move |room| (0..20).map(move |slot| (day, room, slot))))
    {
        let start = 9 * 60 + slot * 20 + slot / 4 * 20;
        let clock = |minutes: usize| format!("2027-06-0{day}T{:02}:{:02}:00", minutes / 60, minutes % 60);
        let kind = if slot % 8 == 0 { "keynote" } else { "oral" };
        writeln!(
            source,
            "[[session]]\nid = \"s-{day}-{room}-{slot}\"\nkind = \"{kind}\"\ntitle = \"{}\"\nstart = {}\nend = {}\nroom = \"Room {room}\"\n\
             speakers = [{{ name = \"{}\", affiliation = \"University of {}\" }}]",
            some(8),
            clock(start),
            clock(start + 20),
            some(2),
            some(1)
        )
        .expect("memory");
    }
    source
}

#[test]
fn three_hundred_sessions_in_five_rooms_stand_side_by_side_and_weigh_little() {
    let service = Service::start(&[("large.toml", &large())], "2027-06-02T07:30:00Z");
    let page = service.get("/large/").text();
    assert_eq!(tags(&page, "li class=\"session").len(), 300);
    let rows = tags(&page, "class=\"block row rooms-5\"");
    assert_eq!(rows.len(), 60);
    // The rooms' names stand above what goes on without a break, once.
    assert_eq!(page.matches("class=\"room-name in-1\"").count(), 15);
    assert_eq!(slot(&page, "now").matches("Room ").count(), 5);
    assert_eq!(slot(&page, "next").matches("Room ").count(), 5);
    assert!(page.contains("href=\"#day-2027-06-02\"") && page.contains("id=\"kind-keynote\""));
    assert!(page.contains("id=\"room-5\""));
    let mut weight = 0;
    let gzip = [("Accept-Encoding", "gzip")];
    weight += service.ask("GET", "/large/", &gzip).body.len();
    let assets = page.split(['"']).filter(|text| text.starts_with("../assets/"));
    for asset in assets {
        let answer = service.ask("GET", &asset.replace("../", "/"), &gzip);
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{asset}");
        weight += answer.body.len();
    }
    assert!(weight < 60_000, "{weight} octets");
}

#[test]
fn a_small_workshop_weighs_less() {
    let service = faimi("2025-06-18T09:00:00Z");
    let page = service.ask("GET", PAGE, &[("Accept-Encoding", "gzip")]).body.len();
    let packed = |name: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(read(&format!("src/page/assets/{name}")).as_bytes()).expect("memory");
        encoder.finish().expect("memory").len()
    };
    let weight = page + packed("allim.css") + packed("allim.js");
    assert!(weight < 32_000, "{weight} octets");
}
