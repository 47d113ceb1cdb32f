//! The site of static files.

use std::path::{Path, PathBuf};

use allim::app::site::{Built, SiteError, build};

use crate::house::{instant, project, read, walk};
use crate::lint::lint;

struct Bench {
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Bench {
    fn new(source: &str) -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("programme.toml");
        std::fs::write(&file, unaligned(source)).expect("written");
        Bench { folder, file }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("public")
    }

    fn edit(&self, from: &str, to: &str) {
        let source = std::fs::read_to_string(&self.file).expect("readable");
        assert!(source.contains(from), "{from}");
        std::fs::write(&self.file, source.replace(from, to)).expect("written");
    }

    fn build(&self, now: &str) -> Result<Built, SiteError> {
        build(std::slice::from_ref(&self.file), &self.out(), Some("https://example.org/cal"), instant(now))
    }

    fn feed(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.out().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        text.replace("\r\n ", "")
    }
}

/// A programme file without the blanks that align its equal signs, so that a story can name its lines.
pub fn unaligned(source: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((key, value)) if !key.contains(['"', '#']) => format!("{} ={value}\n", key.trim_end()),
        _ => format!("{line}\n"),
    };
    source.lines().map(line).collect()
}

/// Every file below a folder, by its path from there.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    walk(folder)
        .into_iter()
        .map(|path| (path.strip_prefix(folder).expect("below").to_owned(), std::fs::read(&path).expect("readable")))
        .collect()
}

/// The event with this UID's left part, as its lines.
pub fn event(feed: &str, key: &str) -> Vec<String> {
    let uid = format!("UID:{key}.");
    let events = feed.split("BEGIN:VEVENT\r\n").skip(1);
    let found = events.filter(|event| event.lines().any(|line| line.starts_with(&uid))).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{key} in\n{feed}");
    found[0].split("END:VEVENT").next().expect("an end").lines().map(str::to_owned).collect()
}

pub fn value(event: &[String], name: &str) -> String {
    let start = format!("{name}:");
    let line = event.iter().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{name} in {event:?}"));
    line[start.len()..].to_owned()
}

#[test]
fn a_site_counts_on_from_build_to_build() {
    let site = Bench::new(&read("data/faimi-2025.toml"));
    let built = site.build("2025-08-22T00:00:00Z").expect("built");
    assert_eq!((built.programmes[0].revision, built.programmes[0].entries), (1, 17));
    let first = contents(&site.out());
    for (path, octets) in &first {
        if path.extension().is_some_and(|extension| extension == "ics") {
            assert_eq!(lint(octets), Vec::<String>::new(), "{}", path.display());
        }
    }

    // The same again changes nothing, not even a file's time.
    assert_eq!(site.build("2025-08-23T00:00:00Z").expect("built").written, 0);
    assert_eq!(contents(&site.out()), first);

    // A moved session: its own stamps rise, the others stay, and so does its UID.
    site.edit("start = 2025-09-23T17:55:00", "start = 2025-09-23T17:56:00");
    let built = site.build("2025-09-01T10:00:00Z").expect("built");
    let told = built.programmes[0].changes.as_ref().expect("a new revision");
    assert_eq!(
        told[0].words(),
        "Closing and Awards moved: Tue 23 Sep 2025, 17:55-18:00 -> Tue 23 Sep 2025, 17:56-18:00"
    );
    let feed = site.feed("faimi-2025/sessions.ics");
    let closing = event(&feed, "session-closing");
    assert_eq!(
        (value(&closing, "SEQUENCE"), value(&closing, "LAST-MODIFIED")),
        ("2".into(), "20250901T100000Z".into())
    );
    assert_eq!(value(&closing, "CREATED"), "20250821T000000Z");
    assert!(value(&closing, "DESCRIPTION").contains("Moved from 17:55 on 1 Sep"));
    let welcome = event(&feed, "session-welcome");
    assert_eq!(
        (value(&welcome, "SEQUENCE"), value(&welcome, "LAST-MODIFIED")),
        ("1".into(), "20250821T000000Z".into())
    );
    let deadlines = |files: &[(PathBuf, Vec<u8>)]| {
        files.iter().find(|(path, _)| path.ends_with("deadlines.ics")).expect("the feed").1.clone()
    };
    assert_eq!(deadlines(&contents(&site.out())), deadlines(&first));

    // A session that is gone stays as a tombstone, and comes back under the same UID.
    let with_panel = std::fs::read_to_string(&site.file).expect("readable");
    let start = with_panel.find("[[session]]\nid = \"round-table\"").expect("the round table");
    let end = start + 10 + with_panel[start + 10..].find("\n[[session]]").expect("another session");
    std::fs::write(&site.file, format!("{}{}", &with_panel[..start], &with_panel[end + 1..])).expect("written");
    site.build("2025-09-02T00:00:00Z").expect("built");
    let gone = event(&site.feed("faimi-2025/sessions.ics"), "session-round-table");
    assert_eq!((value(&gone, "STATUS"), value(&gone, "SEQUENCE")), ("CANCELLED".into(), "2".into()));
    assert!(value(&gone, "SUMMARY").starts_with("CANCELLED: "));
    assert_eq!(event(&site.feed("faimi-2025/at/round-table.ics"), "session-round-table"), gone);
    std::fs::write(&site.file, with_panel).expect("written");
    site.build("2025-09-03T00:00:00Z").expect("built");
    let back = event(&site.feed("faimi-2025/sessions.ics"), "session-round-table");
    assert_eq!((value(&back, "STATUS"), value(&back, "SEQUENCE")), ("CONFIRMED".into(), "3".into()));

    // A clock that went back takes no stamp back.
    site.edit("start = 2025-09-23T17:56:00", "start = 2025-09-23T17:55:00");
    site.build("2025-08-01T00:00:00Z").expect("built");
    let closing = event(&site.feed("faimi-2025/sessions.ics"), "session-closing");
    assert_eq!(
        (value(&closing, "SEQUENCE"), value(&closing, "LAST-MODIFIED")),
        ("3".into(), "20250901T100001Z".into())
    );
}

#[test]
fn a_renamed_entry_keeps_its_uid_and_its_old_address() {
    let site = Bench::new(&read("data/faimi-2025.toml"));
    site.build("2025-08-22T00:00:00Z").expect("built");
    let before = event(&site.feed("faimi-2025/sessions.ics"), "session-closing");
    site.edit("id = \"closing\"\n", "id = \"awards\"\nformerly = [\"closing\"]\n");
    site.build("2025-08-23T00:00:00Z").expect("built");
    let feed = site.feed("faimi-2025/sessions.ics");
    assert_eq!(event(&feed, "session-closing"), before);
    assert!(!feed.contains("UID:session-awards"));
    for name in ["closing", "awards"] {
        assert_eq!(event(&site.feed(&format!("faimi-2025/at/{name}.ics")), "session-closing"), before, "{name}");
    }
}

#[test]
fn what_is_over_stays_as_it_was_and_what_is_to_be_forgotten_leaves() {
    let source = unaligned(&read("data/faimi-2025.toml"));
    let site = Bench::new(&source);
    site.build("2025-08-22T00:00:00Z").expect("built");
    let before = event(&site.feed("faimi-2025/deadlines.ics"), "deadline-full-paper");
    let start = source.find("[[deadline]]\nid = \"full-paper\"").expect("the paper deadline");
    let end = start + 10 + source[start + 10..].find("\n[[deadline]]").expect("another deadline");
    std::fs::write(&site.file, format!("{}{}", &source[..start], &source[end + 1..])).expect("written");
    site.build("2025-10-01T00:00:00Z").expect("built");
    assert_eq!(event(&site.feed("faimi-2025/deadlines.ics"), "deadline-full-paper"), before);

    site.edit("[programme]\n", "[programme]\nforget = [\"full-paper\"]\n");
    site.build("2025-10-02T00:00:00Z").expect("built");
    let feed = site.feed("faimi-2025/deadlines.ics");
    assert!(!feed.contains("full-paper") && feed.contains("\r\nLAST-MODIFIED:20251002T000000Z\r\n"), "{feed}");
    let empty = std::fs::read(site.out().join("faimi-2025/at/full-paper.ics")).expect("it answers for ever");
    assert_eq!(lint(&empty), Vec::<String>::new());

    // Who still has it in a calendar meets it again under stamps that rose.
    std::fs::write(&site.file, &source).expect("written");
    site.build("2025-10-03T00:00:00Z").expect("built");
    let back = event(&site.feed("faimi-2025/deadlines.ics"), "deadline-full-paper");
    assert_eq!((value(&back, "SEQUENCE"), value(&back, "LAST-MODIFIED")), ("2".into(), "20251003T000000Z".into()));
}

#[test]
fn a_doubt_or_an_error_leaves_every_file_as_it_was() {
    let site = Bench::new(&read("data/examples/pacific-2027.toml"));
    site.build("2027-01-01T00:00:00Z").expect("built");
    let before = contents(&site.out());
    for (from, to, words) in [
        ("[programme]", "[programm]", "unknown key \"programm\""),
        ("due = 2027-02-26", "due = 2027-02-20", "is brought forward"),
    ] {
        let good = std::fs::read_to_string(&site.file).expect("readable");
        if !good.contains(from) {
            panic!("{from} is not in the example");
        }
        site.edit(from, to);
        let Err(SiteError::Refused(reports, _)) = site.build("2027-01-02T00:00:00Z") else {
            panic!("{to} was published")
        };
        assert!(reports[0].text(allim::app::report::Drawing::Plain).contains(words), "{reports:?}");
        assert_eq!(contents(&site.out()), before, "{to}");
        std::fs::write(&site.file, good).expect("written");
    }
    // An accepted doubt is none.
    site.edit("due = 2027-02-26", "due = 2027-02-20");
    site.edit("[programme]\n", "[programme]\naccept = [\"brought-forward:proposals:2027-02-20\"]\n");
    site.build("2027-01-03T00:00:00Z").expect("built");
}

#[test]
fn a_damaged_ledger_is_not_begun_anew() {
    let site = Bench::new(&read("data/faimi-2025.toml"));
    site.build("2025-08-22T00:00:00Z").expect("built");
    let ledger = site.out().join("revisions.json");
    std::fs::write(&ledger, "{\"format\": 1, \"programmes\": {\"fai").expect("written");
    let error = site.build("2025-08-23T00:00:00Z").expect_err("refused").to_string();
    assert!(error.contains("revisions.json is damaged") && error.contains("backup"), "{error}");
    std::fs::remove_file(&ledger).expect("removed");
    let error = site.build("2025-08-23T00:00:00Z").expect_err("refused").to_string();
    assert!(error.contains("all.ics is there") && error.contains("revisions.json is not"), "{error}");
    std::fs::write(&ledger, "{\"format\": 99}").expect("written");
    let error = site.build("2025-08-23T00:00:00Z").expect_err("refused").to_string();
    assert!(error.contains("newer version"), "{error}");
}

#[test]
fn before_its_sessions_are_known_a_workshop_has_its_day() {
    let bare = "[programme]\nid = \"w\"\ntitle = \"A Workshop\"\nshort = \"W\"\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\n";
    let site = Bench::new(bare);
    site.build("2025-01-01T00:00:00Z").expect("built");
    let open = event(&site.feed("w/workshop.ics"), "day");
    assert_eq!((value(&open, "STATUS"), value(&open, "DTSTART;VALUE=DATE")), ("TENTATIVE".into(), "20250101".into()));
    assert_eq!(event(&site.feed("w/sessions.ics"), "sessions-day").len(), open.len());

    std::fs::write(&site.file, format!("{bare}dates = [2025-09-23]\n")).expect("written");
    site.build("2025-02-01T00:00:00Z").expect("built");
    let day = event(&site.feed("w/workshop.ics"), "day");
    assert_eq!((value(&day, "STATUS"), value(&day, "DTSTART;VALUE=DATE")), ("CONFIRMED".into(), "20250923".into()));

    let session = "[[session]]\nid = \"s\"\nkind = \"ceremony\"\ntitle = \"Welcome\"\nstart = 2025-09-23T13:30:00\nend = 2025-09-23T14:00:00\n";
    std::fs::write(&site.file, format!("{bare}dates = [2025-09-23]\n{session}")).expect("written");
    site.build("2025-03-01T00:00:00Z").expect("built");
    let day = event(&site.feed("w/workshop.ics"), "day");
    assert_eq!(value(&day, "DTSTART;TZID=Asia/Seoul"), "20250923T133000");
    assert_eq!(value(&day, "SEQUENCE"), "2");
    let placeholder = event(&site.feed("w/sessions.ics"), "sessions-day");
    assert_eq!(value(&placeholder, "STATUS"), "CANCELLED");
}

#[test]
fn links_within_a_site_lead_to_files_that_are_there() {
    let site = Bench::new(&read("data/faimi-2025.toml"));
    site.build("2025-08-22T00:00:00Z").expect("built");
    let mut followed = 0;
    for page in walk(&site.out()).into_iter().filter(|path| path.extension().is_some_and(|e| e == "html")) {
        if page.ends_with("embed.html") {
            continue;
        }
        let text = std::fs::read_to_string(&page).expect("readable");
        for link in text.split("href=\"").skip(1).chain(text.split("src=\"").skip(1)) {
            let link = link.split('"').next().expect("an end").replace("&#x2f;", "/");
            let target = link.split(['#', '?']).next().expect("a path").to_owned();
            if link.contains(':') || target.is_empty() {
                continue;
            }
            let mut file = page.parent().expect("a folder").join(&target);
            if target.ends_with('/') || target.is_empty() {
                file = file.join("index.html");
            }
            assert!(file.exists(), "{}: {link}", page.display());
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed} links");
    let headers = std::fs::read_to_string(site.out().join("_headers")).expect("readable");
    assert!(headers.contains("/*.ics\n  Content-Type: text/calendar; charset=utf-8"));
    assert!(project("deploy/nginx-static.conf").exists());
}
