//! Templates of an organizer's own: what stands in, and what is refused with its file and line.

use std::path::Path;

use allim::mail::compose::compose;
use allim::mail::templates::{BadTemplates, Templates};
use tempfile::TempDir;

use super::reader::see;
use super::sample;
use crate::house::read;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, source) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, source).expect("written");
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = Templates::with_folder(folder.path()).expect_err("it is broken");
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_file_of_the_same_name_stands_in() {
    let own = folder(&[
        ("reminder/en.subject", "{{ deadline.left }} left for {{ deadline.short }}\n"),
        ("README.md", "not a template"),
    ]);
    let templates = Templates::with_folder(own.path()).expect("whole");
    let mail = compose(&sample("reminder.en").letter(), &templates).expect("a mail");
    assert_eq!(see(&mail.octets).subject, "6 days and 23 hours left for Full paper");
    let ours = compose(&sample("reminder.en").letter(), &Templates::built_in()).expect("a mail");
    assert_eq!(see(&mail.octets).text, see(&ours.octets).text);
    let ko = compose(&sample("reminder.ko").letter(), &templates).expect("a mail");
    assert!(see(&ko.octets).subject.contains("마감"));
}

#[test]
fn a_broken_template_is_an_error_that_names_file_and_line() {
    let parts = read("src/mail/templates/parts/en.txt").replacen("deadline.title", "deadline.name", 1);
    for (file, source, said) in [
        ("reminder/en.txt", "one\n{% if %}\n", "reminder/en.txt:2: "),
        ("reminder/en.txt", "one\ntwo\n{{ deadlin.left }}\n", "reminder/en.txt:3: "),
        ("hold/ko.html", "<p>{{ reason }}</p>\n{{ waiting|plural }}\n", "hold/ko.html:2: "),
        ("parts/en.txt", &parts, "parts/en.txt:3: "),
        ("sign-in/en.subject", "{{ deadline.short }}", "sign-in/en.subject:1: "),
        ("digest/en.subject", "{{ reason }}", "digest/en.subject:1: "),
    ] {
        let error = refused(&[(file, source)]);
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_file_that_stands_in_for_nothing_is_an_error() {
    let error = refused(&[("remindr/en.txt", "x")]);
    assert_eq!(error, "remindr/en.txt stands in for no template: did you mean reminder/en.txt?");
    let missing = Templates::with_folder(Path::new("/no/such/folder"));
    assert!(matches!(missing, Err(BadTemplates::Unreadable { .. })));
}
