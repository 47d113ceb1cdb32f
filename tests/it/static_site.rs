//! A site of static files behind plain file servers, asked what the service is asked.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use allim::app::site::build;
use allim::domain::zone::Instant;

use crate::feeds::{
    Calendar, NOW, Promise, entries_keep_their_identity_from_edit_to_edit, every_feed_is_a_calendar,
    no_query_is_refused, source, what_a_client_has_is_not_sent_again,
};
use crate::file_server::FileServer;
use crate::house::{Answer, Service, instant, walk};

type Start = fn(&Path) -> Option<FileServer>;

/// A promise that is not kept, and why that may be.
type Lack = (Promise, &'static str);

/// The file servers a site is tried behind, and what each cannot do.
const SERVERS: [(&str, Start, &[Lack]); 3] = [
    (
        "python3",
        FileServer::python,
        &[
            (Promise::Queries, ANY_FILE_SERVER),
            (Promise::Charset, "it names none; a calendar is UTF-8 without being told, RFC 5545 section 3.1.4"),
            (Promise::CacheAndCors, "it has no place to say it; clients poll as REFRESH-INTERVAL says"),
            (Promise::Etag, "it makes none; If-Modified-Since does the same"),
            (Promise::EtagBeatsDate, "it makes none"),
        ],
    ),
    (
        "nginx",
        FileServer::nginx,
        &[
            (Promise::Queries, ANY_FILE_SERVER),
            (Promise::EtagBeatsDate, "it asks both; a client with an older date is sent once more what it has"),
        ],
    ),
    (
        "caddy",
        FileServer::caddy,
        &[
            (Promise::Queries, ANY_FILE_SERVER),
            (Promise::CacheAndCors, "only its configuration can say it, and none is needed to serve a site"),
        ],
    ),
];

const ANY_FILE_SERVER: &str = "a file is what it is; the page of a site offers no such addresses";

/// A site behind a file server.
struct Site {
    folder: tempfile::TempDir,
    server: Option<FileServer>,
    lacks: &'static [Lack],
}

impl Site {
    /// As the service starts: the same file at the same time. None where the machine does not have the server.
    fn start(start: Start, lacks: &'static [Lack]) -> Option<Site> {
        let mut site = Site { folder: tempfile::tempdir().expect("a folder"), server: None, lacks };
        site.publish(&source(), instant(NOW));
        site.server = Some(start(&site.public())?);
        Some(site)
    }

    fn public(&self) -> PathBuf {
        self.folder.path().join("public")
    }
}

impl Calendar for Site {
    fn send(&self, octets: &[u8]) -> Answer {
        self.server.as_ref().expect("a server").send(octets)
    }

    fn publish(&mut self, source: &str, now: Instant) {
        let file = self.folder.path().join("faimi-2025.toml");
        std::fs::write(&file, source).expect("written");
        let before: Vec<(PathBuf, SystemTime)> =
            if self.public().exists() { times(&self.public()) } else { Vec::new() };
        // Under the base URL of the service that it is held against.
        build(&[file], &self.public(), Some("http://calendar.example.org"), now).expect("built");
        // What was written was written then: file servers make their validators of it.
        for (path, time) in times(&self.public()) {
            if !before.contains(&(path.clone(), time)) {
                let file = std::fs::File::options().write(true).open(&path).expect("a file");
                file.set_modified(now.into()).expect("its time");
            }
        }
    }

    fn keeps(&self, promise: Promise) -> bool {
        !self.lacks.iter().any(|(lacked, _)| *lacked == promise)
    }
}

fn times(folder: &Path) -> Vec<(PathBuf, SystemTime)> {
    let time = |path: &PathBuf| std::fs::metadata(path).and_then(|about| about.modified()).expect("a time");
    walk(folder).into_iter().map(|path| (path.clone(), time(&path))).collect()
}

/// Tells a story behind every server this machine has, and says which it has not.
fn behind_each(story: impl Fn(&str, &mut Site)) {
    for (name, start, lacks) in SERVERS {
        match Site::start(start, lacks) {
            Some(mut site) => story(name, &mut site),
            None => println!("left out: a site behind {name}, which is not installed"),
        }
    }
}

#[test]
fn behind_a_file_server_every_feed_is_a_calendar() {
    behind_each(|_, site| {
        every_feed_is_a_calendar(site);
        no_query_is_refused(site);
    });
}

#[test]
fn behind_a_file_server_what_a_client_has_is_not_sent_again() {
    behind_each(|_, site| what_a_client_has_is_not_sent_again(site));
}

#[test]
fn a_site_sends_the_octets_the_service_sends_from_edit_to_edit() {
    let mut service = Service::start(&[("faimi-2025.toml", &source())], NOW);
    let served = entries_keep_their_identity_from_edit_to_edit(&mut service);
    behind_each(|name, site| {
        let sent = entries_keep_their_identity_from_edit_to_edit(site);
        assert_eq!(sent.len(), served.len());
        for ((path, octets), (served_path, served)) in sent.iter().zip(&served) {
            assert_eq!(path, served_path);
            assert!(octets == served, "{name} {path}:\n{}", String::from_utf8_lossy(octets));
        }
    });
}

#[test]
fn behind_a_file_server_every_file_is_what_was_built() {
    behind_each(|name, site| {
        let public = site.public();
        let mut asked = 0;
        for path in walk(&public.join("faimi-2025")).into_iter().chain(walk(&public.join("assets"))) {
            let address = format!("/{}", path.strip_prefix(&public).expect("below").to_string_lossy());
            let octets = std::fs::read(&path).expect("readable");
            let folder = address.strip_suffix("index.html").map(str::to_owned);
            let answer = site.get(&folder.unwrap_or(address.clone()));
            assert_eq!((answer.status, answer.body), (200, octets), "{name} {address}");
            asked += 1;
        }
        assert!(asked > 40, "{asked} files");
        if name == "nginx" {
            for (file, media_type) in [
                ("deadlines.yml", "application/yaml"),
                ("programme.json", "application/json; charset=utf-8"),
                ("changes.atom", "application/atom+xml; charset=utf-8"),
            ] {
                let answer = site.get(&format!("/faimi-2025/{file}"));
                assert_eq!(answer.header("content-type"), Some(media_type), "{file}");
            }
            for hidden in ["/revisions.json", "/_headers", "/.nojekyll"] {
                assert_eq!(site.get(hidden).status, 404, "{hidden}");
            }
        }
    });
}
