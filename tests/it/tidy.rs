//! What holds for the tree: who may know whom, where time and SQL are read, which words are not used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::house::{project, read, walk};

/// Which of our modules each may use. `main` alone may use everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain"]),
    ("feed", &["domain"]),
    ("page", &["domain"]),
    ("exchange", &["domain"]),
    ("mail", &["domain"]),
    ("store", &["domain"]),
    ("app", &["clock", "feed", "page", "exchange", "mail", "store", "domain"]),
    ("web", &["app", "feed", "page", "domain"]),
    ("config", &[]),
    ("server", &["web", "app"]),
];

/// One library crate owns one edge.
const EDGES: &[(&str, &[&str])] = &[
    ("warp", &["web", "server"]),
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("sqlx", &["store"]),
    ("lettre", &["mail"]),
    ("mail_parser", &["mail"]),
    ("icalendar", &["feed"]),
    ("tokio_cron_scheduler", &["server"]),
    ("notify", &["server"]),
    ("minijinja", &["page", "mail"]),
    ("qrcode", &["page"]),
    ("pulldown_cmark", &["exchange", "mail"]),
    ("ammonia", &["mail"]),
    ("html5gum", &["exchange"]),
    ("toml_edit", &["exchange"]),
    ("serde_saphyr", &["exchange"]),
    ("quick_xml", &["exchange"]),
    ("csv", &["exchange"]),
    ("encoding_rs", &["exchange"]),
    ("chardetng", &["exchange"]),
    ("psl", &["mail"]),
    ("hickory_resolver", &["app"]),
    ("clap", &["main", "arguments", "command", "config"]),
    ("tokio", &["server", "command", "app", "mail"]),
    ("jiff", &["domain"]),
    ("toml", &["domain", "config"]),
];

const NO_NAMES: &[&str] = &["util", "utils", "common", "helpers", "types", "models", "services", "manager"];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let texts = walk(&project(folder)).into_iter().filter(rust).map(|path| {
        let text = std::fs::read_to_string(&path).expect("text");
        (path, text)
    });
    texts.collect()
}

/// The top module a file belongs to.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(project("src")).expect("below src");
    let first = below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file: no comments, no tests of its own.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).filter(|word| !word.is_empty())
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for (path, text) in sources("src") {
        let room = room(&path);
        if ["main", "arguments", "command", "lib"].contains(&room.as_str()) {
            continue;
        }
        let may = allowed.get(room.as_str()).unwrap_or_else(|| panic!("{room} has no arrows: add it to the table"));
        for word in words(&code(&text)) {
            let Some(used) = word.strip_prefix("crate::").and_then(|rest| rest.split("::").next()) else { continue };
            assert!(used == room || may.contains(&used), "{}: {room} must not use {used}", path.display());
        }
    }
}

#[test]
fn each_library_has_one_owner() {
    for (path, text) in sources("src") {
        let room = room(&path);
        for word in words(&code(&text)) {
            let Some((library, _)) = word.split_once("::") else { continue };
            if let Some((_, owners)) = EDGES.iter().find(|(name, _)| *name == library) {
                assert!(owners.contains(&room.as_str()), "{}: {library} belongs to {owners:?}", path.display());
            }
        }
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    for (path, text) in sources("src") {
        let room = room(&path);
        for forbidden in ["Utc::now", "Local::now", "SystemTime::now", "Timestamp::now", "Zoned::now"] {
            assert!(room == "clock" || !code(&text).contains(forbidden), "{}: {forbidden}", path.display());
        }
        // A monotonic clock measures idleness, and whether the other one was set, and nothing else.
        assert!(
            room == "server" || room == "clock" || !code(&text).contains("Instant::now"),
            "{}: Instant::now",
            path.display()
        );
    }
}

#[test]
fn the_domain_is_pure() {
    for (path, text) in sources("src/domain") {
        for forbidden in ["std::fs", "std::net", "std::env", "std::io", "async fn", "tokio", "println!", "tracing"] {
            assert!(!code(&text).contains(forbidden), "{}: {forbidden}", path.display());
        }
    }
}

#[test]
fn sql_stays_in_the_store() {
    for (path, text) in sources("src") {
        let code = code(&text);
        for statement in ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE"] {
            assert!(room(&path) == "store" || !code.contains(statement), "{}: {statement}", path.display());
        }
    }
}

#[test]
fn what_only_sqlite_understands_stands_in_one_place() {
    for (path, text) in sources("src/store") {
        let own = path.ends_with("sqlite.rs");
        for word in ["PRAGMA", "BEGIN IMMEDIATE", "VACUUM", "INSERT OR", "json_each", "datetime('now')", "rowid"] {
            assert!(own || !code(&text).contains(word), "{}: {word}", path.display());
        }
    }
    for path in walk(&project("src/store/migrations")) {
        let text = std::fs::read_to_string(&path).expect("text");
        for word in ["AUTOINCREMENT", "WITHOUT ROWID", "STRICT", "PRAGMA", "now()", "CURRENT_TIMESTAMP"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn rooms_and_files_have_names_that_say_something() {
    for (path, text) in sources("src") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(!NO_NAMES.contains(&name.as_str()), "{}", path.display());
        assert!(text.starts_with("//! "), "{} does not say what it is", path.display());
        assert!(text.lines().count() <= 500, "{} is too long to be one thing", path.display());
        assert!(!code(&text).contains(".unwrap()"), "{}: unwrap is for tests", path.display());
    }
}

#[test]
fn the_top_level_is_what_was_given() {
    let given = ["Cargo.toml", "Cargo.lock", "README.md", "src", "data", "tests", "deploy"];
    // What a build and a running service leave behind is not ours to judge.
    let left_behind = ["target", "var"];
    for entry in std::fs::read_dir(project(".")).expect("the project") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = given.contains(&name.as_str()) || left_behind.contains(&name.as_str()) || name.starts_with('.');
        assert!(known, "{name} has no place at the top level");
    }
}

#[test]
fn nothing_in_the_code_knows_the_first_workshop() {
    for (path, text) in sources("src") {
        for word in ["Daejeon", "FAIMI", "faimi", "Seoul"] {
            let lines = code(&text).lines().filter(|line| line.contains(word)).count();
            // Examples in error messages are the file format's own, not knowledge of the workshop.
            let examples = path.ends_with("domain/file/schema.rs") || path.ends_with("domain/file/value.rs");
            assert!(lines == 0 || examples, "{}: {word}", path.display());
        }
    }
}

#[test]
fn the_readme_names_the_modules_there_are() {
    let readme = read("README.md");
    for (module, _) in ARROWS {
        assert!(readme.contains(&format!("`{module}")), "README.md does not say what {module} is");
    }
}
