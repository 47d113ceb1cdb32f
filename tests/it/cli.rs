//! The command line, as a person or a script uses it.

use std::process::{Command, Output};

use crate::house::{golden, project};

fn allim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allim"))
        .args(arguments)
        .current_dir(project("."))
        .env_remove("ALLIM_LOG")
        .output()
        .expect("it runs")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn check_says_what_is_wrong_and_exits_by_it() {
    let good = allim(&["check", "data/faimi-2025.toml", "data/examples/pacific-2027.toml"]);
    assert_eq!((good.status.code(), text(&good.stderr).as_str()), (Some(0), ""));
    assert_eq!(text(&good.stdout).lines().count(), 2);

    let bad = allim(&["check", "tests/programmes/bad/unknown-zone-with-a-near-name.toml"]);
    let said = text(&bad.stdout);
    assert_eq!(bad.status.code(), Some(1), "{said}");
    assert!(said.contains("tests/programmes/bad/unknown-zone-with-a-near-name.toml:"), "{said}");

    let json = allim(&["check", "--json", "tests/programmes/bad/unknown-zone-with-a-near-name.toml"]);
    for line in text(&json.stdout).lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(object["line"].as_u64().is_some() && object["level"] == "error", "{line}");
    }

    let missing = allim(&["check", "no-such-file.toml"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stdout).contains("cannot be read"));
}

#[test]
fn doubts_pass_unless_strict_and_are_asked_against_another_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = std::fs::read_to_string(project("data/examples/pacific-2027.toml")).expect("readable");
    let next = folder.path().join("next.toml");
    std::fs::write(&next, source.replace("America/Vancouver", "America/Toronto")).expect("written");
    let next = next.to_str().expect("a path");
    let alone = allim(&["check", "--strict", next]);
    assert!(!text(&alone.stdout).contains("zone-moved"));
    let against = ["check", next, "--against", "data/examples/pacific-2027.toml"];
    let asked = allim(&against);
    assert_eq!(asked.status.code(), Some(0));
    assert!(text(&asked.stdout).contains("zone-moved:America/Toronto"), "{}", text(&asked.stdout));
    assert!(text(&asked.stdout).contains("time zone America/Vancouver -> time zone America/Toronto"));
    let strict = allim(&[&against[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn wrong_usage_is_two() {
    for arguments in
        [&["serve", "--listen", "nowhere"][..], &["render"], &["render", "x", "--feed", "mine"], &["fly"], &[]]
    {
        assert_eq!(allim(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let base = allim(&["site", "data/faimi-2025.toml", "--out", "/nonexistent", "--base-url", "ftp://x/"]);
    assert_eq!(base.status.code(), Some(2), "{}", text(&base.stderr));
    let data = allim(&["serve", "--data", "no-such-folder"]);
    assert_eq!(data.status.code(), Some(2));
    assert!(text(&data.stderr).contains("no-such-folder"));
}

#[test]
fn the_manual_and_the_completions_name_every_command() {
    let manual = allim(&["man"]);
    for command in ["serve", "check", "render", "site", "new", "text", "completions"] {
        assert!(text(&manual.stdout).contains(command), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = allim(&["completions", shell]);
        assert!(script.status.success() && text(&script.stdout).contains("render"), "{shell}");
    }
}

#[test]
fn help_is_as_reviewed() {
    let mut all = String::new();
    for command in
        ["serve", "check", "render", "site", "new", "text", "publish", "backup", "bounce", "doctor", "explain"]
    {
        all.push_str(&text(&allim(&[command, "--help"]).stdout));
        all.push('\n');
    }
    golden("help.txt", all.as_bytes());
}

#[test]
fn output_that_nobody_reads_on_is_no_failure() {
    let shell = Command::new("bash")
        .args(["-o", "pipefail", "-c", "\"$0\" render data/faimi-2025.toml | head -c 10"])
        .arg(env!("CARGO_BIN_EXE_allim"))
        .current_dir(project("."))
        .output()
        .expect("bash");
    assert!(shell.status.success(), "{}", text(&shell.stderr));
}

#[test]
fn import_makes_a_file_of_a_page_or_a_schedule_and_says_what_it_guessed() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = allim(&["import", "tests/pages/minimal.md", "--id", "boda-2027", "--zone", "Africa/Kampala"]);
    assert_eq!(page.status.code(), Some(0));
    let file = text(&page.stdout);
    assert!(file.contains("id = \"boda-2027\"") && file.contains("time_zone = \"Africa/Kampala\"\n"), "{file}");
    let said = text(&page.stderr);
    assert!(
        said.contains("deadline_zone = \"AoE\" is guessed") && said.contains("tests/pages/minimal.md:5:1"),
        "{said}"
    );

    let first = folder.path().join("boda.toml");
    std::fs::write(&first, file.replace("[venue]", "# ask about the hall\n[venue]")).expect("written");
    let first = first.to_str().expect("a path");
    let onto = allim(&["import", "tests/pages/minimal.md", "--onto", first]);
    assert!(text(&onto.stdout).contains("# ask about the hall"), "{}", text(&onto.stdout));
    assert!(text(&onto.stdout).contains("id = \"boda-2027\""));

    let schedule = allim(&["export", "data/faimi-2025.toml", "--format", "frab-json"]);
    let json = folder.path().join("schedule.json");
    std::fs::write(&json, &schedule.stdout).expect("written");
    let json = json.to_str().expect("a path");
    let back = allim(&["import", json]);
    assert_eq!(back.status.code(), Some(0), "{}", text(&back.stderr));
    assert_eq!(text(&back.stdout).matches("[[session]]").count(), 13);
    assert_eq!(allim(&["import", json, "--onto", first]).status.code(), Some(2));

    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "[programme\n").expect("written");
    let refused = allim(&["import", "tests/pages/minimal.md", "--onto", broken.to_str().expect("a path")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("no programme file") && refused.stdout.is_empty());
    assert_eq!(allim(&["import", "no-such-page.md"]).status.code(), Some(1));
}
