//! The service, asked over a real connection.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use allim::server::Limits;

use crate::feeds::{NOW, every_feed_is_a_calendar, no_query_is_refused, what_a_client_has_is_not_sent_again};
use crate::house::{Service, read, read_answer};

fn faimi() -> Service {
    Service::start(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], NOW)
}

fn gunzip(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(octets).read_to_end(&mut out).expect("gzip");
    out
}

#[test]
fn every_feed_and_page_answers() {
    let service = faimi();
    every_feed_is_a_calendar(&service);
    for path in ["/faimi-2025/", "/faimi-2025/at/full-paper/", "/faimi-2025/at/keynote-arbel/"] {
        let answer = service.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(service.get("/").header("location"), Some("faimi-2025/"));
    assert_eq!(service.get("/faimi-2025").header("location"), Some("faimi-2025/"));
    assert_eq!(service.get("/faimi-2025/at/welcome").header("location"), Some("welcome/"));
    assert_eq!(service.get("/faimi-2025/changes").header("location"), Some("changes/"));
    assert_eq!(service.get("/healthz").text(), "alive\n");
    assert!(service.get("/readyz").text().starts_with("ready: 1 programme\n"));
    assert_eq!(service.get("/robots.txt").status, 200);
}

#[test]
fn pages_load_nothing_that_is_not_there_and_nothing_from_elsewhere() {
    let service = faimi();
    for (page, folder) in [("/faimi-2025/", "/faimi-2025/"), ("/faimi-2025/at/posters/", "/faimi-2025/at/posters/")] {
        let text = service.get(page).text();
        let loaded = text.split("<link rel=\"stylesheet\" href=\"").chain(text.split("src=\"")).skip(1);
        let mut checked = 0;
        for reference in loaded.filter_map(|rest| rest.split('"').next()).filter(|r| r.contains("assets/")) {
            let mut path: Vec<&str> = folder.trim_matches('/').split('/').collect();
            let mut rest = reference;
            while let Some(up) = rest.strip_prefix("../") {
                path.pop();
                rest = up;
            }
            path.push(rest);
            let answer = service.get(&format!("/{}", path.join("/")));
            assert_eq!(answer.status, 200, "{page}: {reference}");
            assert!(answer.header("cache-control").expect("a header").contains("immutable"));
            checked += 1;
        }
        assert!(checked >= 2, "{page}: {checked} assets");
    }
}

#[test]
fn the_table_of_methods_preconditions_and_codings() {
    let service = faimi();
    let path = "/faimi-2025/deadlines.ics";
    let plain = service.get(path);
    let etag = plain.header("etag").expect("an ETag").to_owned();
    let modified = plain.header("last-modified").expect("a time").to_owned();
    assert_eq!(modified, "Tue, 24 Jun 2025 20:13:00 GMT");

    let zipped = service.ask("GET", path, &[("Accept-Encoding", "br;q=1, gzip;q=0.8")]);
    let zipped_etag = zipped.header("etag").expect("an ETag").to_owned();
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert_eq!(gunzip(&zipped.body), plain.body);
    assert_eq!(zipped_etag, format!("{}-gz\"", etag.trim_end_matches('"')));

    what_a_client_has_is_not_sent_again(&service);
    let rows: [(&[(&str, &str)], u16); 7] = [
        (&[("If-None-Match", &etag)], 304),
        (&[("If-None-Match", &zipped_etag)], 200),
        (&[("If-None-Match", &zipped_etag), ("Accept-Encoding", "gzip")], 304),
        (&[("If-Modified-Since", "Wed, 25 Jun 2025 00:00:00 GMT")], 304),
        (&[("If-Modified-Since", "Tue, 24 Jun 2025 20:12:59 GMT")], 200),
        (&[("Accept-Encoding", "gzip;q=0")], 200),
        (&[("Accept-Encoding", "identity, gzip;q=0.5")], 200),
    ];
    for (headers, status) in rows {
        let answer = service.ask("GET", path, headers);
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{headers:?}");
        assert!(answer.header("etag").is_some() && answer.header("cache-control").is_some(), "{headers:?}");
        if status == 304 {
            assert_eq!(answer.body, b"", "{headers:?}");
        } else {
            assert_eq!((&answer.body, answer.header("content-encoding")), (&plain.body, None), "{headers:?}");
        }
    }

    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let answer = service.ask(method, path, &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{method}");
    }
    let options = service.ask("OPTIONS", path, &[("Origin", "https://example.org")]);
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
    assert_eq!(options.header("access-control-allow-origin"), Some("*"));
    assert_eq!(service.ask("OPTIONS", "*", &[]).status, 204);
    assert_eq!(
        service.send(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nConnection: close\r\n\r\n").status,
        405
    );
}

#[test]
fn a_feed_address_is_never_refused() {
    let service = faimi();
    no_query_is_refused(&service);
    let told = service.get("/faimi-2025/sessions.ics?tz=Mars/Olympus&utm_source=x");
    assert!(
        told.text()
            .replace("\r\n ", "")
            .contains("Not understood in this feed's address\\, and left out: tz=Mars/Olympus\\, utm_source.")
    );
    let long = service.get(&format!("/faimi-2025/all.ics?only={}", "a".repeat(9000)));
    assert_eq!(long.status, 414);
}

#[test]
fn what_is_not_there_is_not_found() {
    let service = faimi();
    for path in [
        "/nothing/",
        "/nothing/all.ics",
        "/faimi-2025/nothing.ics",
        "/faimi-2025/at/nothing.ics",
        "/faimi-2025/at/nothing/",
        "/faimi-2025/../../etc/passwd",
        "/faimi-2025/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../Cargo.toml",
        "/assets/000000000000/allim.css",
        "/faimi-2025/all.ics/",
        "//",
    ] {
        let answer = service.get(path);
        assert!([404, 308].contains(&answer.status) || path.ends_with("all.ics/"), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:"), "{path}");
    }
}

#[test]
fn a_query_asks_for_what_it_says() {
    let service = faimi();
    let text = |path: &str| service.get(path).text().replace("\r\n ", "");
    let utc = text("/faimi-2025/sessions.ics?tz=UTC");
    assert!(utc.contains("DTSTART:20250923T043000Z") && !utc.contains("TZID"), "{utc}");
    let aoe = text("/faimi-2025/deadlines.ics?tz=AoE");
    assert!(aoe.contains("DTEND;TZID=Etc/GMT+12:20250630T235900"), "{aoe}");
    let days = text("/faimi-2025/deadlines.ics?deadlines=all-day");
    assert!(days.contains("UID:deadline-day-full-paper.faimi-2025@") && days.contains("DTSTART;VALUE=DATE:20250630"));
    let keynotes = text("/faimi-2025/sessions.ics?kind=keynote");
    assert_eq!(keynotes.matches("BEGIN:VEVENT").count(), 2);
    let chosen = text("/faimi-2025/all.ics?only=welcome,full-paper");
    assert_eq!(chosen.matches("BEGIN:VEVENT").count(), 2);
    let ringing = text("/faimi-2025/sessions.ics?alarm=15m");
    assert_eq!(ringing.matches("TRIGGER:-PT15M").count(), 13);
    assert!(
        chosen.contains("SOURCE;VALUE=URI:http://calendar.example.org/faimi-2025/all.ics?only=full-paper%2Cwelcome")
    );
}

#[test]
fn a_broken_file_leaves_the_feed_up_and_a_mended_one_is_taken() {
    let service = faimi();
    let path = "/faimi-2025/deadlines.ics";
    let good = service.get(path);
    let file = service.data.join("faimi-2025.toml");
    let source = read("data/faimi-2025.toml");

    std::fs::write(&file, source.replace("[programme]", "[programm")).expect("written");
    service.until("the trouble", |service| service.get("/readyz").text().contains("degraded: "));
    let ready = service.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.text().contains("faimi-2025.toml:"), "{}", ready.text());
    let outside = service.ask("GET", "/readyz", &[("X-Forwarded-For", "192.0.2.1")]).text();
    assert!(outside.contains("degraded: 1 trouble,") && !outside.contains("faimi-2025.toml"), "{outside}");
    let still = service.get(path);
    assert_eq!((still.status, &still.body, still.header("etag")), (200, &good.body, good.header("etag")));

    service.clock.advance(chrono::TimeDelta::hours(1));
    let mended = source.replace("= 2025-07-30", "= 2025-08-02");
    assert_ne!(mended, source);
    std::fs::write(&file, mended).expect("written");
    service.until("the mended file", |service| service.get(path).body != good.body);
    let text = service.get(path).text().replace("\r\n ", "");
    assert!(text.contains("SUMMARY:Camera-ready due 23:59 AoE\\, 2 Aug (extended)"), "{text}");
    assert!(text.contains("Extended on 31 Aug (was 30 Jul)"), "{text}");
    assert!(!service.get("/readyz").text().contains("degraded"));

    // Feeds that did not change keep their validators; the deadlines moved on.
    assert_eq!(service.get("/faimi-2025/at/welcome.ics").status, 200);
    let after = service.get(path);
    assert_eq!(after.header("last-modified"), Some("Mon, 01 Sep 2025 01:00:00 GMT"));
    let restarted = service.restart();
    let again = restarted.get(path);
    assert_eq!(
        (again.body, again.headers.iter().find(|h| h.0 == "etag").cloned()),
        (after.body, after.headers.iter().find(|h| h.0 == "etag").cloned())
    );
}

#[test]
fn a_second_file_with_the_same_id_is_refused_by_name() {
    let service = faimi();
    std::fs::write(service.data.join("zz-copy.toml"), read("data/faimi-2025.toml")).expect("written");
    service.until("the trouble", |service| service.get("/readyz").text().contains("is already that of"));
    assert_eq!(service.get("/faimi-2025/all.ics").status, 200);
}

#[test]
fn half_a_request_is_given_up_and_too_large_a_head_refused() {
    let limits = Limits { head: Duration::from_millis(300), ..Limits::default() };
    let service = Service::start_with(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], NOW, limits);
    let mut slow = service.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").expect("sent");
    let started = Instant::now();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());

    let large = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(64 * 1024));
    assert_eq!(service.send(large.as_bytes()).status, 431);
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn two_thousand_idle_connections_keep_nobody_out() {
    let limits = Limits { connections: 256, ..Limits::default() };
    let service = Service::start_with(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], NOW, limits);
    let idle: Vec<_> = (0..2000)
        .filter_map(|number| {
            let mut stream = std::net::TcpStream::connect(service.address).ok()?;
            if number % 2 == 0 {
                stream.write_all(b"GET /healthz HTT").ok()?;
            }
            Some(stream)
        })
        .collect();
    assert!(idle.len() > 900, "only {} connections; is the limit of open files too low?", idle.len());
    for _ in 0..5 {
        let started = Instant::now();
        assert_eq!(service.get("/faimi-2025/all.ics").status, 200);
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }
}

#[test]
fn it_ends_within_ten_seconds_under_held_connections() {
    let limits = Limits { drain: Duration::from_millis(500), ..Limits::default() };
    let mut service = Service::start_with(&[("faimi-2025.toml", &read("data/faimi-2025.toml"))], NOW, limits);
    let mut held = service.connect();
    held.write_all(b"GET /faimi-2025/all.ics HTTP/1.1\r\nHost: x\r\nX: ").expect("sent");
    let mut kept = service.connect();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let mut first = [0; 12];
    kept.read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200");
    let started = Instant::now();
    service.stop();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let mut service = faimi();
    let mut open = service.connect();
    open.write_all(b"GET /faimi-2025/all.ics HTTP/1.1\r\nHost: x\r\n").expect("sent");
    // The head is not complete, so the service knows the connection and no request yet.
    std::thread::sleep(Duration::from_millis(50));
    service.begin_to_stop();
    open.write_all(b"\r\n").expect("sent");
    let answer = read_answer(&mut open);
    assert!([0, 200].contains(&answer.status), "{}", answer.status);
    service.stop();
}
