//! Mails: golden messages read aloud, each parsed again by readers that are not ours.

mod hostile;
mod letters;
mod overridden;
mod reader;

use std::collections::BTreeSet;

use allim::domain::kind::Named;
use allim::domain::language::Language;
use allim::domain::notice::{Message, NoticeKind};
use allim::domain::programme::Due;
use allim::mail::compose::{ComposeError, compose};
use allim::mail::letter::{Content, Corrected, Told};
use allim::mail::templates::Templates;
use mail_parser::MimeHeaders;

use crate::house::golden;
use crate::lint::lint;
use letters::{Sample, calendar, deadline, faimi, moment, samples};
use reader::{message, see, words};

fn composed(sample: &Sample) -> Message {
    compose(&sample.letter(), &Templates::built_in()).unwrap_or_else(|error| panic!("{}: {error}", sample.name))
}

fn all() -> Vec<Sample> {
    Language::ALL.iter().flat_map(|(_, language)| samples(*language)).collect()
}

fn sample(name: &str) -> Sample {
    all().into_iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn header(octets: &[u8], name: &str) -> Option<String> {
    let message = message(octets);
    let raw = message.header_raw(name.to_owned())?;
    Some(raw.replace("\r\n", "").trim().to_owned())
}

/// The lines of the header, folded as they are.
fn header_lines(octets: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(octets).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("a body");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn every_mail_in_both_languages_is_as_reviewed() {
    let templates = Templates::built_in();
    let mut kinds = BTreeSet::new();
    for sample in all() {
        let letter = sample.letter();
        let message = compose(&letter, &templates).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        kinds.insert(letter.content.kind());
        golden(&format!("mail/{}.eml", sample.name), &message.octets);
    }
    assert_eq!(kinds.len(), NoticeKind::ALL.len());
}

#[test]
fn the_same_letter_twice_gives_the_same_octets() {
    for sample in all() {
        assert_eq!(composed(&sample), composed(&sample.clone()), "{}", sample.name);
    }
}

#[test]
fn a_reminder_has_the_headers_of_the_table() {
    let mail = composed(&sample("reminder.en"));
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("reminders@allim.example", "ada@itu.dk"));
    let token = "c3Vic2NyaWJlci10b2tlbi1vZi00My1sZXR0ZXJzLWxvbmc";
    for (name, value) in [
        ("From", "\"FAIMI 2025\" <reminders@allim.example>".to_owned()),
        ("To", "ada@itu.dk".to_owned()),
        ("Reply-To", "faimi-organizers@googlegroups.com".to_owned()),
        ("Subject", "[FAIMI 2025] Full paper due Tue 1 Jul, 13:59 Copenhagen".to_owned()),
        ("Date", "Tue, 24 Jun 2025 12:59:00 +0000".to_owned()),
        ("Message-ID", mail.message_id.clone()),
        ("List-Id", "<faimi-2025.faimi-workshop.github.io>".to_owned()),
        ("List-Unsubscribe", format!("<https://allim.example/faimi-2025/one-click/{token}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ("List-Help", "<https://allim.example/faimi-2025/>".to_owned()),
        ("List-Owner", "<mailto:faimi-organizers@googlegroups.com>".to_owned()),
        ("List-Archive", "<https://allim.example/faimi-2025/changes>".to_owned()),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Content-Language", "en".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
    ] {
        assert_eq!(header(&mail.octets, name), Some(value), "{name}");
    }
    assert!(mail.message_id.ends_with("@allim.example>"), "{}", mail.message_id);
}

#[test]
fn both_alternatives_say_the_same_words_in_the_readers_language() {
    for sample in all() {
        let seen = see(&composed(&sample).octets);
        assert_eq!(seen.html.lang, sample.reader.language.tag(), "{}", sample.name);
        let written_by_people = matches!(sample.content, Content::Closing { .. } | Content::Announcement { .. });
        if !written_by_people {
            assert_eq!(words(&seen.text), words(&seen.html.words), "{}", sample.name);
        }
    }
}

#[test]
fn a_mail_is_small_and_its_lines_are_short() {
    for sample in all() {
        let octets = composed(&sample).octets;
        assert!(octets.len() < 30_000 && octets.is_ascii(), "{}: {}", sample.name, octets.len());
        let text = String::from_utf8(octets).expect("ASCII");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{}: a bare line end", sample.name);
        let (head, body) = text.split_once("\r\n\r\n").expect("a body");
        for line in head.split("\r\n") {
            // An address is in one piece.
            let whole = line.trim_start().split(' ').count() <= 2 && line.contains("https:");
            assert!(line.len() <= 78 || whole, "{}: {line}", sample.name);
        }
        assert!(body.split("\r\n").all(|line| line.len() <= 78), "{}", sample.name);
    }
}

#[test]
fn every_link_that_should_be_there_is_in_both_alternatives() {
    for sample in all() {
        let links = &sample.links;
        let seen = see(&composed(&sample).octets);
        let everywhere = [Some(links.page.clone()), Some(links.privacy.clone())];
        let manage = [links.manage.clone(), links.unsubscribe.clone()];
        let own: Vec<Option<String>> = match &sample.content {
            Content::Confirmation { .. } | Content::Invitation { .. } => vec![links.confirm.clone()],
            Content::Reminder { .. } => vec![links.done.clone()],
            Content::Decisions { .. } => vec![links.accepted.clone(), links.not_accepted.clone()],
            Content::Correction(_) => vec![Some(links.changes.clone())],
            Content::BlockedChange { .. } | Content::Hold { .. } | Content::RollCall => {
                vec![links.act.clone(), links.other_act.clone()]
            }
            Content::Digest { .. } | Content::SignIn { .. } | Content::FreshLink { .. } => vec![links.act.clone()],
            _ => Vec::new(),
        };
        let kind = sample.content.kind();
        let manage = manage.into_iter().filter(|_| to_subscriber(kind));
        for link in everywhere.into_iter().chain(manage).chain(own).flatten() {
            assert!(seen.text.contains(&link), "{}: {link} is not in the text", sample.name);
            assert!(seen.html.links.contains(&link), "{}: {link} is not in the HTML", sample.name);
        }
        let one_click = links.one_click.as_deref().expect("one");
        assert!(!seen.text.contains(one_click) && !seen.html.links.iter().any(|link| link == one_click));
    }
}

fn to_subscriber(kind: NoticeKind) -> bool {
    use NoticeKind::{AlreadySubscribed, Announcement, Closing, Correction, Decisions, FreshLink, Presenter, Reminder};
    [AlreadySubscribed, FreshLink, Reminder, Correction, Decisions, Presenter, Closing, Announcement].contains(&kind)
}

#[test]
fn one_can_leave_by_one_click_only_after_confirming_and_only_over_https() {
    for mut sample in all() {
        let octets = composed(&sample).octets;
        let confirmed = to_subscriber(sample.content.kind());
        assert_eq!(header(&octets, "List-Unsubscribe").is_some(), confirmed, "{}", sample.name);
        assert_eq!(header(&octets, "List-Unsubscribe-Post").is_some(), confirmed, "{}", sample.name);
        assert!(header(&octets, "List-Id").is_some());
        sample.links.one_click = Some("http://127.0.0.1:8080/faimi-2025/one-click/x".to_owned());
        let octets = composed(&sample).octets;
        assert_eq!(header(&octets, "List-Unsubscribe-Post"), None, "{}", sample.name);
        let page = sample.links.unsubscribe.as_deref().filter(|_| confirmed).map(|page| format!("<{page}>"));
        assert_eq!(header(&octets, "List-Unsubscribe"), page);
    }
}

#[test]
fn the_first_forty_letters_of_a_subject_tell_it() {
    let begins = |name: &str| -> String { see(&composed(&sample(name)).octets).subject.chars().take(40).collect() };
    for (name, said) in [
        ("reminder.en", "Full paper due Tue 1 Jul"),
        ("correction-extended.en", "EXTENDED: Full paper now"),
        ("correction-earlier.en", "EARLIER BY 7 DAYS"),
        ("correction-withdrawn.en", "No Abstract deadline any mo"),
        ("correction-open.en", "DATE OPEN AGAIN: Camera-rea"),
        ("correction-notification.en", "LATER BY 2 DAYS"),
        ("decisions.en", "Decisions are out: what nex"),
        ("reminder.ko", "Full paper 마감 7월 1일(화)"),
        ("correction-extended.ko", "마감 연장: Full paper 7월 1일"),
        ("correction-earlier.ko", "7일 앞당김: Camera-ready"),
        ("correction-withdrawn.ko", "마감 취소: Abstract"),
    ] {
        let subject = begins(name);
        assert!(subject.starts_with("[FAIMI 2025] ") && subject.contains(said), "{name}: {subject}");
    }
}

#[test]
fn reminders_of_one_date_have_one_subject_and_one_thread() {
    let (mut early, mut late) = (sample("reminder.en"), sample("reminder.en"));
    (early.name, early.at) = ("7d".to_owned(), "2025-06-24T07:00:00Z");
    (late.name, late.at) = ("1d".to_owned(), "2025-06-30T07:00:00Z");
    late.after = vec![early.name.clone()];
    let (first, second) = (composed(&early), composed(&late));
    assert_eq!(header(&first.octets, "Subject"), header(&second.octets, "Subject"));
    assert_ne!(first.message_id, second.message_id);
    let root = header(&first.octets, "References").expect("a root");
    assert_eq!(header(&first.octets, "In-Reply-To").as_ref(), Some(&root));
    assert_eq!(header(&second.octets, "In-Reply-To").as_ref(), Some(&first.message_id));
    assert_eq!(header(&second.octets, "References"), Some(format!("{root} {}", first.message_id)));
    let correction = header(&composed(&sample("correction-extended.en")).octets, "References");
    assert_eq!(correction, Some(root));
    assert_eq!(header(&composed(&sample("decisions.en")).octets, "References"), None);
}

#[test]
fn the_direction_is_measured_against_what_this_reader_was_told() {
    let mut sample = sample("correction-extended.en");
    let deadline = deadline(&faimi(), "full-paper");
    let mut subject = |told: Told| {
        let corrected = Corrected { deadline: deadline.clone(), told, link_moved_from: None, done: None };
        sample.content = Content::Correction(vec![corrected]);
        see(&composed(&sample).octets).subject
    };
    assert!(subject(Told::At(moment("2025-07-04T23:59:00"))).contains("EARLIER BY 4 DAYS"));
    assert!(subject(Told::At(moment("2025-06-29T23:59:00"))).contains("EXTENDED"));
    assert!(subject(Told::Open).contains("DATE SET"));
    assert!(subject(Told::Withdrawn).contains("OPEN AGAIN"));
}

#[test]
fn the_date_of_a_deadline_for_accepted_authors_is_not_told_to_everybody() {
    for name in ["confirmation.en", "invitation.en", "decisions.en", "confirmation.ko", "invitation.ko"] {
        let seen = see(&composed(&sample(name)).octets);
        for day in ["30 July", "31 July", "7월 30일", "7월 31일"] {
            assert!(!seen.text.contains(day) && !seen.html.words.contains(day), "{name}: {day}");
        }
    }
}

#[test]
fn a_calendar_comes_with_who_asked_for_it_and_only_about_a_date() {
    let mut asked = sample("reminder.ko");
    asked.calendar = Some(calendar(&asked.programme, "full-paper"));
    assert_eq!(message(&composed(&asked).octets).attachment_count(), 0);
    asked.reader.calendar = true;
    let mail = composed(&asked);
    golden("mail/reminder-calendar.ko.eml", &mail.octets);
    let seen = message(&mail.octets);
    let part = seen.attachment(0).expect("a part");
    let kind = part.content_type().expect("a type");
    assert_eq!((kind.ctype(), kind.subtype(), kind.attribute("method")), ("text", Some("calendar"), Some("PUBLISH")));
    assert_eq!(part.attachment_name(), Some("deadline.ics"));
    assert_eq!(part.contents(), asked.calendar.as_deref().map(str::as_bytes).expect("one"));
    assert!(mail.octets.len() < 30_000);
    assert_eq!(see(&mail.octets).text, see(&composed(&sample("reminder.ko")).octets).text);
    asked.content = Content::Closing { body: Some(String::new()) };
    assert_eq!(message(&composed(&asked).octets).attachment_count(), 0);
    asked.content = sample("correction-open.ko").content;
    assert_eq!(message(&composed(&asked).octets).attachment_count(), 0);
    asked.content = sample("reminder.ko").content;
    asked.calendar = asked.calendar.map(|calendar| calendar.replace("METHOD:PUBLISH\r\n", ""));
    assert!(matches!(compose(&asked.letter(), &Templates::built_in()), Err(ComposeError::Calendar)));
    let findings = lint(calendar(&faimi(), "full-paper").as_bytes());
    let own = ["line 4: METHOD has no place in a VCALENDAR", "line 34: ORGANIZER has no place in a VEVENT"];
    assert_eq!(findings, own, "what a feed has not, and nothing else");
}

#[test]
fn reports_come_back_to_an_address_of_their_own() {
    let mut sample = sample("reminder.en");
    sample.sender.bounce_domain = Some("bounces.allim.example".to_owned());
    assert_eq!(composed(&sample).from, "reminders@allim.example");
    let token = "0123456789abcdef".repeat(3);
    sample.links.bounce = Some(token.clone());
    let mail = composed(&sample);
    let mark = mail.message_id.get(1..9).expect("a Message-ID");
    assert_eq!(mail.from, format!("bounce+{token}.{mark}@bounces.allim.example"));
    assert_eq!(mail.from.split_once('@').map(|(local, _)| local.len()), Some(64));
    assert_eq!(header(&mail.octets, "From").as_deref(), Some("\"FAIMI 2025\" <reminders@allim.example>"));
    for bad in ["a".repeat(58), "a b".to_owned(), "a@b".to_owned(), "a\r\nb".to_owned()] {
        sample.links.bounce = Some(bad);
        assert!(matches!(compose(&sample.letter(), &Templates::built_in()), Err(ComposeError::Bounce)));
    }
}

#[test]
fn what_states_nothing_is_no_mail() {
    let mut sample = sample("reminder.en");
    let templates = Templates::built_in();
    let mut refused = |content: Content| {
        compose(
            &{
                sample.content = content;
                sample.letter()
            },
            &templates,
        )
        .map(|_| ())
    };
    let paper = deadline(&faimi(), "full-paper");
    let mut open = paper.clone();
    open.due = Due::Open;
    let mut past = paper.clone();
    past.due = Due::At(moment("2025-06-20T23:59:00"));
    let mut gone = paper.clone();
    gone.cancelled = Some("why".to_owned());
    for deadline in [open, past, gone] {
        assert!(matches!(refused(Content::Reminder { deadline }), Err(ComposeError::NothingAhead(_))));
    }
    let told = Told::At(moment("2025-06-30T23:59:00"));
    let same = Corrected { deadline: paper, told, link_moved_from: None, done: None };
    assert!(matches!(refused(Content::Correction(vec![same])), Err(ComposeError::NothingCorrected)));
    assert!(matches!(refused(Content::Correction(Vec::new())), Err(ComposeError::NothingCorrected)));
}

#[test]
fn the_header_has_each_field_once() {
    for sample in all() {
        let octets = composed(&sample).octets;
        let names: Vec<String> = header_lines(&octets)
            .iter()
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect();
        let once: BTreeSet<&String> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{names:?}");
    }
}
