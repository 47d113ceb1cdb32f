//! The recipe that builds a calendar in a repository's own CI: the workflow's own words, run in a clone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::house::read;
use crate::site::{event, value};

/// The step of the workflow that does the work, as its own words.
fn recipe() -> String {
    let workflow = read("deploy/github-pages/allim.yml");
    let step = workflow.split("      - name: Build the calendar\n").nth(1).expect("the step");
    let script = step.split("        run: |\n").nth(1).expect("its script");
    let lines = script.lines().take_while(|line| line.is_empty() || line.starts_with("          "));
    lines.map(|line| line.strip_prefix("          ").unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args([
            "-c",
            "user.name=An Organizer",
            "-c",
            "user.email=organizer@example.org",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .output()
        .expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A site's repository, as an organizer edits it, with the origin that its workflow pushes to.
struct Repository {
    folder: tempfile::TempDir,
    /// The repository variable ALLIM_PAGE.
    pages: &'static str,
}

/// What came of a run.
struct Run {
    good: bool,
    /// Its log.
    said: String,
    /// What it added to its summary page.
    summary: String,
}

impl Repository {
    fn new(pages: &'static str, files: &[(&str, &str)]) -> Repository {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "-q", "--bare", "origin.git"]);
        let origin = folder.path().join("origin.git");
        git(folder.path(), &["clone", "-q", origin.to_str().expect("a path"), "clone"]);
        let repository = Repository { folder, pages };
        files.iter().for_each(|(path, text)| repository.write(path, text));
        repository.push("The site");
        repository
    }

    fn clone(&self) -> PathBuf {
        self.folder.path().join("clone")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.clone().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.clone().join(path)).expect("readable");
        assert!(text.contains(from), "{from}");
        self.write(path, &text.replace(from, to));
        self.push("An edit in the browser");
    }

    fn push(&self, message: &str) {
        git(&self.clone(), &["add", "-A"]);
        git(&self.clone(), &["commit", "-q", "-m", message]);
        git(&self.clone(), &["push", "-q", "origin", "HEAD:refs/heads/main"]);
    }

    fn head(&self) -> String {
        git(&self.folder.path().join("origin.git"), &["rev-parse", "main"])
    }

    /// A file as it was pushed.
    fn published(&self, file: &str) -> String {
        git(&self.folder.path().join("origin.git"), &["show", &format!("main:{file}")]).replace("\r\n ", "")
    }

    fn run(&self) -> Run {
        let binary = Path::new(env!("CARGO_BIN_EXE_allim")).parent().expect("a folder").to_owned();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
        let summary = self.folder.path().join("summary.md");
        drop(std::fs::remove_file(&summary));
        let output = Command::new("bash")
            .current_dir(self.clone())
            .args(["-c", &recipe()])
            .env("PATH", &path)
            .env("ALLIM_PAGE", self.pages)
            .env("ALLIM_SITE_URL", "https://workshop.example.org/")
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_REPOSITORY", "maps/site")
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        let said = [output.stdout, output.stderr].concat();
        Run {
            good: output.status.success(),
            said: String::from_utf8_lossy(&said).into_owned(),
            summary: std::fs::read_to_string(&summary).unwrap_or_default(),
        }
    }

    fn must_run(&self) -> Run {
        let run = self.run();
        assert!(run.good, "{}", run.said);
        run
    }
}

#[test]
fn a_jekyll_repository_gets_its_calendar_from_one_workflow_file() {
    let repository = Repository::new(
        "",
        &[
            ("index.md", "---\ntitle: A workshop\n---\n\n{% include allim.html %}\n"),
            ("_allim/pacific-2027.toml", &read("data/examples/pacific-2027.toml")),
        ],
    );
    repository.must_run();
    assert!(repository.published("_includes/allim.html").contains("https://workshop.example.org/calendar/"));
    assert!(repository.published("calendar/revisions.json").contains("\"format\": 1"));
    let before = repository.head();
    repository.must_run();
    assert_eq!(repository.head(), before, "nothing changed, so nothing is committed");

    // A doubt fails the run in clear words, and what was published stays.
    repository.edit("_allim/pacific-2027.toml", "\"America/Vancouver\"", "\"America/Toronto\"");
    let before = repository.head();
    let Run { good, said, summary } = repository.run();
    assert!(!good && said.contains("another time zone: America/Vancouver -> America/Toronto"), "{said}");
    assert!(
        said.contains("Pacific 2027 described: time zone America/Vancouver -> time zone America/Toronto"),
        "{said}"
    );
    assert!(summary.contains("zone-moved:America/Toronto"), "{summary}");
    assert_eq!(repository.head(), before);
}

/// A page as organizers write it in the browser: no id, no permalink, nothing for us but the tag.
const PAGE: &str = "---\nlayout: default\ntitle: Maps for Motorcycle Taxis\n---\n\n\
    # Maps 2099\n\n{% include allim.html %}\n\nDate: 12 March 2099. Location: Nairobi, Kenya\n\n\
    ## Schedule\n\n| Time | What |\n|---|---|\n| 9:00 - 9:10 | Welcome |\n\
    | 9:10 - 10:00 | Keynote: Ada Otieno - Boda |\n| 10:00 - 10:30 | Break |\n\n\
    ## Dates\n\nAll dates are AoE.\n\n- Paper deadline: 15 January 2099\n- Notification: 1 February 2099\n";

const ID: &str = "maps-motorcycle-taxis-2099";

#[test]
fn the_workshops_own_page_is_all_a_repository_needs() {
    let repository = Repository::new("index.md", &[("index.md", PAGE), ("about.md", "# About\n")]);
    let first = repository.must_run();
    assert!(first.summary.contains(&format!("{ID}: revision 1 (new)")), "{}", first.summary);
    // What was guessed is told once, where an organizer looks.
    assert!(first.summary.contains("time_zone = \"Africa/Nairobi\" is guessed"), "{}", first.summary);
    assert!(first.summary.contains("[Edit index.md](https://github.com/maps/site/edit/main/index.md)"));
    let deadline = || event(&repository.published(&format!("calendar/{ID}/deadlines.ics")), "deadline-paper");
    let before = deadline();
    assert_eq!(value(&before, "DTEND"), "20990116T115900Z");
    assert_eq!(value(&before, "SEQUENCE"), "0");
    assert_eq!(value(&before, "UID"), format!("deadline-paper.{ID}@workshop.example.org"));
    assert_eq!(value(&before, "URL"), "https://workshop.example.org/");
    for fragment in ["_includes/allim.html".to_owned(), format!("_includes/allim-{ID}.html")] {
        let text = repository.published(&fragment);
        assert!(text.contains(&format!("https://workshop.example.org/calendar/{ID}/")), "{fragment}: {text}");
    }

    // Untouched, and with an edit that is none of the calendar's: nothing is committed.
    repository.edit("about.md", "About", "About us");
    let pushed = repository.head();
    let again = repository.must_run();
    assert_eq!((repository.head(), again.summary.as_str()), (pushed, ""), "{}", again.said);

    // An extension, as organizers write it.
    repository.edit("index.md", "15 January 2099", "~~15 January 2099~~ **22 January 2099** (extended)");
    let run = repository.must_run();
    assert!(run.summary.contains("Paper submission extended: "), "{}", run.summary);
    let extended = deadline();
    assert_eq!(value(&extended, "UID"), value(&before, "UID"));
    assert_eq!((value(&extended, "DTEND"), value(&extended, "SEQUENCE")), ("20990123T115900Z".into(), "1".into()));
    assert!(value(&extended, "DESCRIPTION").contains("was 15 Jan"), "{extended:?}");

    // A slip is refused, in words for somebody who knows the page and nothing else.
    repository.edit("index.md", "**22 January 2099**", "**20 January 2099**");
    let pushed = repository.head();
    let Run { good, said, summary } = repository.run();
    assert!(!good, "{said}");
    assert_eq!((repository.head(), deadline()), (pushed, extended));
    let accept = "<!-- allim: accept brought-forward:paper:2099-01-20 -->";
    for words in [
        "### The calendar was not changed: the site and people's calendars show what they showed before",
        "doubt: Paper submission is brought forward: 2099-01-22 23:59 AoE -> 2099-01-20 23:59 AoE",
        "--> index.md:24:",
        "- Paper deadline: ~~15 January 2099~~ **20 January 2099** (extended)",
        &format!("If it is meant, write {accept} into the page"),
        "[Edit index.md](https://github.com/maps/site/edit/main/index.md)",
    ] {
        assert!(summary.contains(words), "{words}\nin\n{summary}");
    }
    for foreign in ["[programme]", "accept = [", "is guessed", ".toml"] {
        assert!(!summary.contains(foreign), "{foreign}\nin\n{summary}");
    }

    // It was meant, and the page says so; the comment goes no further than that.
    repository.edit("index.md", "## Dates\n", &format!("{accept}\n\n## Dates\n"));
    repository.must_run();
    let earlier = deadline();
    assert_eq!((value(&earlier, "DTEND"), value(&earlier, "SEQUENCE")), ("20990121T115900Z".into(), "2".into()));
    assert_eq!(value(&earlier, "UID"), value(&before, "UID"));

    // Another title, then another name of the file: the same calendar.
    let calendars = |repository: &Repository| {
        let folders = git(&repository.clone(), &["ls-tree", "-d", "--name-only", "HEAD", "calendar/"]);
        folders.lines().map(|line| line.trim_start_matches("calendar/").to_owned()).collect::<Vec<_>>()
    };
    repository.edit("index.md", "title: Maps for Motorcycle Taxis", "title: Better Maps for Motorcycle Taxis");
    repository.must_run();
    assert_eq!(calendars(&repository), ["assets", ID]);
    git(&repository.clone(), &["mv", "index.md", "2099.md"]);
    repository
        .must_fail_for("ALLIM_PAGE names index.md, and this repository has no such file. Its pages are:\n2099.md");
    let repository = Repository { pages: "2099.md", ..repository };
    repository.push("A new name");
    repository.must_run();
    assert_eq!(calendars(&repository), ["assets", ID]);

    // Both at once cannot be told from another workshop, so it is asked.
    git(&repository.clone(), &["mv", "2099.md", "maps.md"]);
    let repository = Repository { pages: "maps.md", ..repository };
    repository.edit("maps.md", "title: Better Maps", "title: The Best Maps");
    repository.must_fail_for(&format!(
        "this would be a new calendar, \"maps\", and 2099.md, of which \"{ID}\" was made, is gone"
    ));
    repository.must_fail_for(&format!("if it is the same workshop, write id: {ID} below allim: in the front matter"));
    repository.edit("maps.md", "layout: default\n", &format!("layout: default\nallim:\n  id: {ID}\n"));
    repository.must_run();
    assert_eq!(calendars(&repository), ["assets", ID]);
    // The entry counts on, by the one change there was: a page that is not the site's first has no known address.
    let kept = event(&repository.published(&format!("calendar/{ID}/deadlines.ics")), "deadline-paper");
    assert_eq!((value(&kept, "UID"), value(&kept, "SEQUENCE")), (value(&before, "UID"), "3".into()));
}

impl Repository {
    fn must_fail_for(&self, words: &str) {
        let run = self.run();
        assert!(!run.good && run.said.contains(words) && run.summary.contains(words), "{}", run.said);
    }
}

#[test]
fn a_page_and_a_programme_file_stand_side_by_side() {
    let toml = read("data/examples/pacific-2027.toml");
    let files = [("2099/index.md", PAGE), ("_allim/pacific-2027.toml", &toml), ("old.md", "# Old\n")];
    let repository = Repository::new("2099/index.md", &files);
    repository.must_run();
    let of = |name: &str| repository.published(&format!("_includes/{name}.html"));
    assert!(of("allim-pacific-2027").contains("/calendar/pacific-2027/"));
    assert_eq!(of("allim"), of(&format!("allim-{ID}")), "a page comes after the files");
    let pushed = repository.head();
    repository.must_run();
    assert_eq!(repository.head(), pushed);

    // One is doubtful: neither is changed.
    repository.edit("2099/index.md", "12 March 2099", "13 March 2099");
    repository.edit("_allim/pacific-2027.toml", "title = \"", "title = \"The ");
    let pushed = repository.head();
    let run = repository.run();
    assert!(!run.good && run.summary.contains("day-moved:2099-03-13"), "{}", run.said);
    assert_eq!(repository.head(), pushed);
}

#[test]
fn a_repository_that_names_no_page_is_told_which_there_are() {
    let repository = Repository::new("", &[("index.md", PAGE), ("docs/call.md", "# Call\n")]);
    repository.must_fail_for("Set the repository variable ALLIM_PAGE");
    repository.must_fail_for("docs/call.md\nindex.md\n");
    let repository = Repository { pages: "index.html", ..repository };
    repository.must_fail_for("ALLIM_PAGE names index.html: a page is a Markdown file");
}

#[test]
fn a_page_gives_way_to_the_file_it_became_and_no_entry_changes() {
    let repository = Repository::new("index.md", &[("index.md", PAGE)]);
    repository.must_run();
    let feed = |repository: &Repository| repository.published(&format!("calendar/{ID}/all.ics"));
    let before = feed(&repository);
    let file = repository.published(&format!("calendar/{ID}/programme.toml"));
    repository.write(&format!("_allim/{ID}.toml"), &file);
    repository.push("Our own file");
    repository.must_fail_for(&format!("both have the id \"{ID}\"; give one another id"));
    let repository = Repository { pages: "", ..repository };
    let run = repository.must_run();
    assert!(run.said.contains(&format!("{ID}: revision 1 (as before)")), "{}", run.said);
    assert_eq!(feed(&repository), before);
    repository.edit(&format!("_allim/{ID}.toml"), "due = 2099-01-15", "due = 2099-01-22");
    repository.must_run();
    let extended = event(&feed(&repository), "deadline-paper");
    let known = event(&before, "deadline-paper");
    assert_eq!((value(&extended, "UID"), value(&extended, "SEQUENCE")), (value(&known, "UID"), "1".into()));
}
