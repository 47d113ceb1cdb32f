//! A feed of one's own: ticked without an account, read by calendars, changed, given other addresses, deleted, forgotten.

use chrono::TimeDelta;

use crate::house::{Answer, Service, read};

const NOW: &str = "2027-05-01T09:00:00Z";
const HOME: &str = "/pacific-2027";
const OURS: (&str, &str) = ("Origin", "http://calendar.example.org");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn source() -> String {
    read("data/examples/pacific-2027.toml")
}

fn pacific() -> Service {
    Service::start(&[("pacific-2027.toml", &source())], NOW)
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

fn post(service: &Service, path: &str, fields: &[(&str, &str)]) -> Answer {
    service.ask_with("POST", path, &[OURS, FORM], &encoded(fields))
}

/// Where the page of a new feed is.
fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").expect("a place").split('?').next().expect("a path").to_owned();
    let secret = place.strip_prefix("mine/").unwrap_or(&place);
    assert!(secret.len() == 32 && secret.bytes().all(|octet| octet.is_ascii_hexdigit()), "{place}");
    format!("{HOME}/mine/{secret}")
}

fn make(service: &Service, entries: &[&str]) -> String {
    let fields: Vec<(&str, &str)> = entries.iter().map(|id| ("entry", *id)).collect();
    made(&post(service, &format!("{HOME}/mine"), &fields))
}

/// The address of the feed, as its page shows it.
fn feed_of(service: &Service, page: &str) -> String {
    let page = service.get(page).text();
    let marker = format!("<code data-copy>http://calendar.example.org{HOME}/mine/");
    let token = page.split(&marker).nth(1).expect("an address").split('<').next().expect("its end").to_owned();
    assert!(token.ends_with(".ics"), "{token}");
    format!("{HOME}/mine/{token}")
}

fn calendar(service: &Service, feed: &str) -> String {
    let answer = service.get(feed);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().replace("\r\n ", "")
}

fn uids(calendar: &str) -> Vec<&str> {
    let lines = calendar.lines().filter_map(|line| line.strip_prefix("UID:"));
    lines.filter_map(|uid| uid.split('.').next()).collect()
}

#[test]
fn what_was_ticked_is_a_feed_that_follows_the_programme() {
    let service = pacific();
    assert!(service.get(&format!("{HOME}/")).text().contains("href=\"mine?lang=en\""));
    let form = service.get(&format!("{HOME}/mine"));
    assert_eq!((form.status, form.header("cache-control")), (200, Some("no-store")));
    assert!(form.text().contains("value=\"keynote-okoye\"") && !form.text().contains(" checked"));

    let page = make(&service, &["keynote-okoye", "tutorial", "no-such-talk", "full-paper"]);
    let shown = service.get(&page);
    for (name, value) in
        [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex")]
    {
        assert_eq!(shown.header(name), Some(value));
    }
    assert!(shown.text().contains("value=\"hands-on\" checked"), "a former id is followed");
    let feed = feed_of(&service, &page);
    assert_ne!(feed, format!("{page}.ics"), "who reads the feed cannot change it");
    let calendar = calendar(&service, &feed);
    assert_eq!(uids(&calendar), ["deadline-full-paper", "session-keynote-okoye", "session-hands-on"]);
    assert!(calendar.contains(&format!("SOURCE;VALUE=URI:http://calendar.example.org{feed}")));
    assert!(calendar.contains("NAME:My Pacific 2027"), "{calendar}");

    // Another revision: a ticked session is renamed, another is cancelled.
    let renamed = source()
        .replace("id       = \"keynote-okoye\"", "id       = \"opening\"\nformerly = [\"keynote-okoye\"]")
        .replace("id       = \"hands-on\"\n", "id       = \"hands-on\"\ncancelled = \"the tutor is ill\"\n");
    std::fs::write(service.data.join("pacific-2027.toml"), renamed).expect("written");
    service.until("the next revision", |service| service.get(&feed).text().contains("CANCELLED"));
    let after = self::calendar(&service, &feed);
    assert_eq!(uids(&after), uids(&calendar), "the same entries under the same names");
    assert!(after.contains("STATUS:CANCELLED"));
    assert!(service.get(&page).text().contains("value=\"opening\" checked"));
}

#[test]
fn it_is_asked_for_like_any_feed_and_kept_by_no_shared_cache() {
    let service = pacific();
    let page = make(&service, &["keynote-okoye", "oral-tamm"]);
    let feed = feed_of(&service, &page);
    let first = service.get(&feed);
    assert_eq!(first.header("cache-control"), Some("private, max-age=300, stale-if-error=86400"));
    assert_eq!(first.header("x-robots-tag"), Some("noindex"));
    assert_eq!(first.header("content-type"), Some("text/calendar; charset=utf-8"));
    let etag = first.header("etag").expect("a validator").to_owned();
    let modified = first.header("last-modified").expect("a time").to_owned();
    assert_eq!(service.ask("GET", &feed, &[("If-None-Match", &etag)]).status, 304);
    assert_eq!(service.ask("GET", &feed, &[("If-Modified-Since", &modified)]).status, 304);
    let head = service.ask("HEAD", &feed, &[]);
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, Some(etag.as_str()), 0));
    assert_eq!(service.ask("GET", &feed, &[("Accept-Encoding", "gzip")]).header("content-encoding"), Some("gzip"));
    assert!(calendar(&service, &format!("{feed}?tz=UTC&alarm=15m")).contains("BEGIN:VALARM"));
    assert_eq!(service.ask("POST", &feed, &[]).status, 404, "its address changes nothing");

    // Unticked it is gone, and not cancelled; the feed is newer, though the clock went back.
    service.clock.advance(TimeDelta::hours(-2));
    let saved = post(&service, &page, &[("act", "change"), ("entry", "oral-tamm")]);
    assert_eq!(saved.status, 200);
    assert!(saved.text().contains("role=\"status\""));
    let changed = service.ask("GET", &feed, &[("If-None-Match", &etag), ("If-Modified-Since", &modified)]);
    assert_eq!(changed.status, 200);
    assert_eq!(uids(&changed.text()), ["session-oral-tamm"]);
    assert!(!changed.text().contains("CANCELLED"));
    assert_eq!(service.ask("GET", &feed, &[("If-Modified-Since", &modified)]).status, 200);
    let restarted = service.restart();
    let etag = changed.header("etag").expect("a validator");
    assert_eq!(restarted.ask("GET", &feed, &[("If-None-Match", etag)]).status, 304, "the same after a restart");
}

#[test]
fn kinds_can_be_ticked_by_themselves_and_the_others_stay() {
    let service = pacific();
    let some = service.get(&format!("{HOME}/mine?kind=keynote,oral")).text();
    assert!(some.contains("value=\"keynote-okoye\"") && some.contains("value=\"oral-tamm\""));
    assert!(!some.contains("value=\"posters\"") && !some.contains("value=\"full-paper\""));
    let named = service.get(&format!("{HOME}/mine?entry=tutorial&entry=no-such-talk&entry=%00")).text();
    assert_eq!(named.matches(" checked").count(), 1, "an address can tick ahead");
    let page = make(&service, &["posters", "oral-tamm"]);
    let only = format!("{page}?kind=oral");
    assert!(service.get(&only).text().contains("name=\"shown\" value=\"oral-tamm\""));
    let shown = [("act", "change"), ("shown", "oral-tamm"), ("shown", "oral-baptiste"), ("entry", "oral-baptiste")];
    assert_eq!(post(&service, &only, &shown).status, 200);
    let feed = feed_of(&service, &page);
    assert_eq!(uids(&calendar(&service, &feed)), ["session-oral-baptiste", "session-posters"]);
}

#[test]
fn other_addresses_make_the_old_ones_void_and_deleting_leaves_nothing() {
    let service = pacific();
    let page = make(&service, &["oral-tamm"]);
    let feed = feed_of(&service, &page);
    let rotated = made(&post(&service, &page, &[("act", "rotate")]));
    assert_ne!(rotated, page);
    let new = feed_of(&service, &rotated);
    assert_ne!(new, feed);
    assert_eq!(uids(&calendar(&service, &new)), ["session-oral-tamm"]);
    let unknown = format!("{HOME}/mine/{}", "0".repeat(32));
    let (old, never) = (service.get(&page), service.get(&unknown));
    assert_eq!((old.status, old.text()), (never.status, never.text()), "they tell nothing apart");
    assert_eq!(old.status, 404);
    assert_eq!(old.header("cache-control"), Some("no-store"));
    assert_eq!(post(&service, &page, &[("act", "change"), ("entry", "posters")]).status, 404);
    let (old, never) = (service.get(&feed), service.get(&format!("{unknown}.ics")));
    assert_eq!((old.status, old.text()), (404, never.text()));
    assert_eq!(service.get(&feed.replace(".ics", "")).status, 404, "a feed's address opens no page");

    assert_eq!(post(&service, &rotated, &[("act", "delete")]).status, 200);
    assert_eq!((service.get(&rotated).status, service.get(&new).status), (404, 404));
    let octets = std::fs::read(service.state.join("allim.db")).expect("a database");
    let secret = page.rsplit('/').next().expect("a secret");
    assert!(!octets.windows(32).any(|part| part == secret.as_bytes()), "a secret is kept nowhere");
}

#[test]
fn nothing_is_made_of_nothing_or_from_elsewhere_or_too_often() {
    let service = pacific();
    let path = format!("{HOME}/mine");
    let nothing = post(&service, &path, &[("entry", "no-such-talk")]);
    assert_eq!(nothing.status, 422);
    assert!(nothing.text().contains("role=\"alert\""));
    let evil = [("Origin", "https://evil.example"), FORM];
    assert_eq!(service.ask_with("POST", &path, &evil, "entry=oral-tamm").status, 403);
    assert_eq!(service.ask_with("POST", &path, &[OURS, FORM], &"x".repeat(200_000)).status, 413);
    assert_eq!(service.ask("DELETE", &path, &[]).header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    let from = |network: &str| {
        let headers = [OURS, FORM, ("X-Forwarded-For", network)];
        service.ask_with("POST", &path, &headers, "entry=oral-tamm").status
    };
    for _ in 0..5 {
        assert_eq!(from("203.0.113.9"), 303);
    }
    assert_eq!(from("203.0.113.77"), 429, "a neighbour is of the same network");
    assert_eq!(from("198.51.100.7"), 303);
    service.clock.advance(TimeDelta::hours(1));
    assert_eq!(from("203.0.113.9"), 303);
    let page = make(&service, &["oral-tamm"]);
    assert_eq!(post(&service, &page, &[("act", "change")]).status, 422);
    assert_eq!(uids(&calendar(&service, &feed_of(&service, &page))), ["session-oral-tamm"]);
}

#[test]
fn it_outlives_the_workshop_for_as_long_as_a_calendar_asks() {
    let service = pacific();
    let (read, unread) = (make(&service, &["oral-tamm"]), make(&service, &["posters"]));
    let [feed, other] = [&read, &unread].map(|page| feed_of(&service, page));
    let wait = |days: i64| {
        service.clock.advance(TimeDelta::days(days));
        service.a_day_passes();
    };
    // Over on 3 October; a calendar asks for one of them in November, and in January.
    service.clock.advance(TimeDelta::days(190));
    assert_eq!(service.get(&feed).status, 200);
    wait(60);
    service.until("an end of what nobody reads", |service| service.get(&unread).status == 404);
    assert_eq!(service.get(&other).status, 404);
    assert_eq!(uids(&calendar(&service, &feed)), ["session-oral-tamm"]);
    // When it asked is noted within the next minute: here, that is after a leap.
    wait(100);
    wait(100);
    service.until("an end of the other", |service| service.get(&read).status == 404);
}

#[test]
fn a_backup_holds_it_and_korean_readers_are_spoken_to() {
    let service = pacific();
    let page = make(&service, &["oral-tamm"]);
    let feed = feed_of(&service, &page);
    let korean = service.get(&format!("{page}?lang=ko")).text();
    assert!(
        korean.contains("<html lang=\"ko\">") && korean.contains("내 선택") && korean.contains("2027년 10월 2일(토)")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("allim.db");
    crate::house::wait(service.store().backup(&copy)).expect("a backup");
    let again = Service::start_in(folder.path(), &[("pacific-2027.toml", &source())], NOW);
    assert_eq!(uids(&calendar(&again, &feed)), ["session-oral-tamm"]);
}

#[test]
fn three_hundred_sessions_can_be_ticked_at_once() {
    let mut big =
        "[programme]\nid = \"big\"\ntitle = \"A big workshop\"\nshort = \"Big\"\nuid_domain = \"big.example.org\"\ntime_zone = \"Asia/Tokyo\"\n"
            .to_owned();
    for (day, hour, quarter, room) in (0..300).map(|n| (1 + n / 100, 9 + n % 100 / 20, n % 20 / 5 * 15, n % 5)) {
        big.push_str(&format!(
            "[[session]]\nid = \"talk-of-some-length-{day}-{hour}-{quarter}-{room}\"\nkind = \"oral\"\ntitle = \"Talk\"\n\
             room = \"Room {room}\"\nstart = 2027-10-0{day}T{hour:02}:{quarter:02}:00\nend = 2027-10-0{day}T{hour:02}:{:02}:00\n",
            quarter + 14
        ));
    }
    let service = Service::start(&[("big.toml", &big)], NOW);
    let form = service.get("/big/mine").text();
    let ids: Vec<&str> =
        form.split("name=\"entry\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), 300);
    let fields: Vec<(&str, &str)> = ids.iter().flat_map(|id| [("entry", *id), ("shown", *id)]).collect();
    let made = post(&service, "/big/mine", &fields);
    assert_eq!(made.status, 303, "{}", made.text());
    let page = service.get(&format!("/big/{}", made.header("location").expect("a place"))).text();
    let feed = page
        .split("<code data-copy>http://calendar.example.org")
        .nth(1)
        .expect("an address")
        .split('<')
        .next()
        .expect("its end");
    assert_eq!(uids(&calendar(&service, feed)).len(), 300);
}

#[test]
fn a_site_of_files_keeps_no_choice_and_offers_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = (folder.path().join("pacific-2027.toml"), folder.path().join("public"));
    std::fs::write(&file, source()).expect("written");
    allim::app::site::build(&[file], &out, None, crate::house::instant(NOW)).expect("a site");
    let page = std::fs::read_to_string(out.join("pacific-2027/index.html")).expect("a page");
    assert!(!page.contains("Tick the talks") && !page.contains("href=\"mine"));
}
