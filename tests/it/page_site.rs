//! A workshop's own page as the source of a site, a check, a publication, a data folder: what an organizer sees who
//! knows the page and nothing else.

use std::path::PathBuf;
use std::process::{Command, Output};

use allim::app::site::{Built, SiteError, build};

use crate::house::{Service, golden, instant, project, read};
use crate::site::{event, value};

/// A folder with a page in it, and the site that is made of it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(name: &str, page: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a folder") };
        desk.write(name, page);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, page: &str) {
        std::fs::write(self.path(name), page).expect("written");
    }

    fn build(&self, name: &str, base_url: &str, now: &str) -> Result<Built, SiteError> {
        build(&[self.path(name)], &self.path("calendar"), Some(base_url), instant(now))
    }

    /// The programmes of the site, as `id revision`.
    fn built(&self, name: &str, now: &str) -> Vec<String> {
        let built = self.build(name, "https://example.org/cal", now).unwrap_or_else(|error| panic!("{error:?}"));
        built.programmes.iter().map(|line| format!("{} {}", line.id, line.revision)).collect()
    }

    fn doubts(&self, name: &str, now: &str) -> Vec<String> {
        let Err(SiteError::Refused(reports, _)) = self.build(name, "https://example.org/cal", now) else {
            panic!("{name} was published")
        };
        reports.iter().flat_map(|report| &report.problems).filter_map(|problem| problem.doubt.clone()).collect()
    }

    fn programme(&self, id: &str) -> String {
        std::fs::read_to_string(self.path(&format!("calendar/{id}/programme.toml"))).expect("readable")
    }
}

fn allim(folder: &Desk, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(arguments)
        .current_dir(folder.folder.path())
        .env_remove("ALLIM_LOG")
        .output()
        .expect("it runs")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

const PAGE: &str = "---\ntitle: Maps 2027\n---\nDate: 12 March 2027. Location: Nairobi, Kenya\n\n\
    ## Schedule\n\n| Time | What |\n|---|---|\n| 9:00 - 9:10 | Welcome |\n| 9:10 - 10:00 | Keynote: Ada Otieno - Boda |\n\n\
    ## Dates\n\nAll dates are AoE.\n\n- Paper deadline: 15 January 2027\n";

const NOW: &str = "2026-10-01T00:00:00Z";

#[test]
fn the_address_of_a_page_is_found_below_the_site_wherever_that_is() {
    for (base, permalink, url) in [
        ("https://example.org/calendar", "/2027/index.html", "https://example.org/2027/"),
        ("https://example.github.io/maps/calendar", "/2027/", "https://example.github.io/maps/2027/"),
        ("https://example.github.io/maps/calendar/", "2027.html", "https://example.github.io/maps/2027.html"),
    ] {
        let page = PAGE.replace("title:", &format!("permalink: {permalink}\ntitle:"));
        let desk = Desk::new("maps.md", &page);
        desk.build("maps.md", base, NOW).expect("built");
        let programme = desk.programme("maps");
        let domain = url.split('/').nth(2).expect("a host");
        assert!(programme.contains(&format!("url = \"{url}\"\n")), "{base}: {programme}");
        assert!(programme.contains(&format!("uid_domain = \"{domain}\"\n")), "{base}: {programme}");
    }
    // What Jekyll fills in is not known here.
    let desk = Desk::new("maps.md", &PAGE.replace("title:", "permalink: /:year/:title/\ntitle:"));
    desk.built("maps.md", NOW);
    assert!(!desk.programme("maps").contains("\nurl = "));
}

#[test]
fn a_page_stays_the_programme_it_was_until_its_workshop_is_over() {
    let desk = Desk::new("index.md", PAGE);
    assert_eq!(desk.built("index.md", NOW), ["maps-2027 1"]);
    // Another title is no other workshop, nor is another year while this one is ahead: that is asked.
    desk.write("index.md", &PAGE.replace("Maps 2027", "Boda Maps 2027"));
    assert_eq!(desk.built("index.md", NOW), ["maps-2027 2"]);
    let next = PAGE.replace("2027", "2028");
    desk.write("index.md", &next);
    let doubts = desk.doubts("index.md", NOW);
    assert!(doubts.contains(&"day-moved:2028-03-12".to_owned()), "{doubts:?}");
    // Said in the page, it is another one; that the first loses its page is asked too.
    desk.write("index.md", &next.replace("title:", "allim: { id: maps-2028 }\ntitle:"));
    assert_eq!(desk.doubts("index.md", NOW), ["another-programme:maps-2028"]);
    // When the workshop is over, its page may go on to the next one, and its calendar stays.
    desk.write("index.md", &next);
    assert_eq!(desk.built("index.md", "2027-06-01T00:00:00Z"), ["maps-2028 1"]);
    assert!(desk.programme("maps-2027").contains("Boda Maps 2027"));
    // From here on the file is that of the new one.
    desk.write("index.md", &next.replace("Maps 2028", "Boda Maps"));
    assert_eq!(desk.built("index.md", "2027-06-02T00:00:00Z"), ["maps-2028 2"]);
}

#[test]
fn a_ledger_remembers_a_page_wherever_both_are_moved_and_names_no_folder_of_the_machine() {
    let desk = Desk::new("index.md", PAGE);
    desk.built("index.md", NOW);
    let ledger = std::fs::read_to_string(desk.path("calendar/revisions.json")).expect("readable");
    assert!(ledger.contains("\"file\": \"../index.md\""), "{ledger}");
    let moved = desk.path("moved");
    std::fs::create_dir(&moved).expect("a folder");
    std::fs::rename(desk.path("calendar"), moved.join("calendar")).expect("moved");
    std::fs::write(moved.join("index.md"), PAGE.replace("Maps 2027", "Boda Maps 2027")).expect("written");
    let built =
        build(&[moved.join("index.md")], &moved.join("calendar"), Some("https://example.org/cal"), instant(NOW));
    assert_eq!(built.expect("built").programmes[0].id, "maps-2027");
}

#[test]
fn two_pages_of_one_id_are_told_where_to_say_another() {
    let desk = Desk::new("index.md", PAGE);
    std::fs::create_dir(desk.path("copy")).expect("a folder");
    desk.write("copy/index.md", PAGE);
    let files = [desk.path("index.md"), desk.path("copy/index.md")];
    let error = build(&files, &desk.path("calendar"), None, instant(NOW)).expect_err("refused").to_string();
    assert!(
        error.contains("both have the id \"maps-2027\"; give one another id (a page: in its front matter)"),
        "{error}"
    );
}

#[test]
fn whoever_knows_only_the_page_understands_every_command() {
    let desk = Desk::new("index.md", &PAGE.replace("2027", "2099"));
    let mut story = String::new();
    let mut tell = |arguments: &[&str], code: i32| {
        let output = allim(&desk, arguments);
        story.push_str(&format!("$ allim {}\n{}{}", arguments.join(" "), text(&output.stdout), text(&output.stderr)));
        story.push_str(&format!("[{}]\n\n", output.status.code().expect("a code")));
        assert_eq!(output.status.code(), Some(code), "{story}");
    };
    let site = ["site", "index.md", "--out", "cal", "--base-url", "https://example.org/cal", "--includes", "_includes"];
    tell(&["check", "index.md"], 0);
    tell(&["publish", "index.md", "--state", "var"], 0);
    tell(&site, 0);
    std::fs::copy(desk.path("index.md"), desk.path("before.md")).expect("copied");
    let page = std::fs::read_to_string(desk.path("index.md")).expect("readable");
    desk.write(
        "index.md",
        &page.replace("12 March 2099", "13 March 2099").replace("- Paper deadline: 15 January 2099\n", ""),
    );
    tell(&["check", "index.md", "--against", "before.md", "--strict"], 1);
    tell(&["publish", "index.md", "--state", "var"], 1);
    tell(&["publish", "index.md", "--state", "var", "--dry-run"], 1);
    tell(&site, 1);
    desk.write(
        "index.md",
        &page.replace("- Paper deadline: 15 January 2099\n", "- ~~Paper deadline: 15 January 2099~~\n"),
    );
    tell(&site, 0);
    desk.write("page.html", &page);
    tell(&["site", "page.html", "--out", "cal"], 1);
    std::fs::write(desk.path("index.md"), b"# Caf\xe9\n").expect("written");
    tell(&["site", "index.md", "--out", "cal"], 1);
    // How long ago a publication was refused is not the same each time, nor where in the binary a year stands.
    golden("page-commands.txt", story.as_bytes());
}

#[test]
fn a_page_in_the_data_folder_is_served_and_explained() {
    let service = Service::start(&[("index.md", PAGE)], NOW);
    let path = "/maps-2027/deadlines.ics";
    let feed = || service.get(path).text().replace("\r\n ", "");
    let before = event(&feed(), "deadline-paper");
    let file = service.data.join("index.md");

    // Another title: the same programme under the same address.
    std::fs::write(&file, PAGE.replace("Maps 2027", "Boda Maps 2027")).expect("written");
    service.until("the title", |service| service.get("/maps-2027/").text().contains("Boda Maps 2027"));
    assert!(service.get("/readyz").text().starts_with("ready: 1 programme\n"));

    // A slip: explained in the page's terms, to a reader of the log and of the message about it.
    std::fs::write(&file, PAGE.replace("15 January", "10 January")).expect("written");
    service.until("the trouble", |service| service.get("/readyz").text().contains("brought forward"));
    let ready = service.get("/readyz").text();
    assert!(ready.contains("index.md:17: Paper submission is brought forward"), "{ready}");
    let blocked = crate::house::wait(async {
        let store = allim::store::Store::open(&service.state).await.expect("a store");
        store.blocked().await.expect("a store that works")
    });
    let (subject, words) = allim::app::blocked::words(&blocked[0], "Maps 2027", blocked[0].since);
    assert_eq!(subject, "[Maps 2027] Not published: the file index.md needs a look");
    assert!(words.contains("<!-- allim: accept brought-forward:paper:2027-01-10 --> into the page"), "{words}");
    assert!(words.contains("Mend the page, or") && !words.contains("[programme]"), "{words}");
    assert!(!words.contains("is guessed"), "{words}");

    service.clock.advance(chrono::TimeDelta::hours(1));
    let accepted = format!(
        "{}\n<!-- allim: accept brought-forward:paper:2027-01-10 -->\n",
        PAGE.replace("15 January", "10 January")
    );
    std::fs::write(&file, accepted).expect("written");
    service.until("the page", |_| value(&event(&feed(), "deadline-paper"), "SEQUENCE") == "1");
    let after = event(&feed(), "deadline-paper");
    assert_eq!((value(&after, "UID"), value(&after, "DTEND")), (value(&before, "UID"), "20270111T115900Z".into()));
}

#[test]
fn the_page_of_the_first_workshop_makes_a_whole_site() {
    let desk = Desk::new("faimi-2025.md", &read("tests/pages/faimi-2025.md"));
    assert_eq!(desk.built("faimi-2025.md", "2025-08-22T00:00:00Z"), ["faimi-2025 1"]);
    for feed in ["workshop", "sessions", "deadlines", "all"] {
        let octets = std::fs::read(desk.path(&format!("calendar/faimi-2025/{feed}.ics"))).expect("readable");
        assert_eq!(crate::lint::lint(&octets), Vec::<String>::new(), "{feed}");
    }
    assert!(desk.programme("faimi-2025").contains("url = \"https://faimi-workshop.github.io/2025-miccai-workshop/\""));
    assert!(project("deploy/github-pages/allim.yml").exists());
}
