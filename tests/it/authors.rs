//! Authors' lists as submission systems and spreadsheets write them, and subscribers as CSV.

use std::collections::BTreeSet;

use allim::domain::kind::Named;
use allim::domain::language::Language;
use allim::domain::lead_time::LeadTime;
use allim::domain::subscription::{Choice, ReaderRole, Standing, Subscriber, SubscriberId};
use allim::domain::zone::Zone;
use allim::exchange::authors::{AuthorsList, BadList, Why, read};
use allim::exchange::subscribers::{self, BadSubscribers, Defaults};
use allim::exchange::table::{BadTable, Delimiter, guarded, unguarded};
use encoding_rs::{EUC_KR, WINDOWS_1252};
use proptest::prelude::*;

use crate::house::{golden, instant};

fn list(text: &str) -> AuthorsList {
    read(text.as_bytes(), None).unwrap_or_else(|error| panic!("{error}"))
}

fn addresses(list: &AuthorsList) -> Vec<String> {
    list.invited.iter().map(|invited| invited.mailbox.to_string()).collect()
}

/// As CMT's export of submissions looks once it is saved as CSV: a title and an empty row, then the names.
const CMT: &str = "Submissions of Fairness 2027,,,,,,\r\n,,,,,,\r\n\
    Paper ID,Paper Title,Primary Contact Author Name,Primary Contact Author Email,Authors,Author Names,Author Emails\r\n\
    1,\"Fair, and how\",Ada Lovelace,ada@example.org,\"Ada Lovelace (London (UK))*; Bo Ek (Uppsala)\",\"Lovelace, Ada*; Ek, Bo\",\"ada@example.org*; bo@uppsala.example\"\r\n\
    2,\"Two\nlines\",Chen Wu,chen@wu.example,Chen Wu (Wu)*,\"Wu, Chen*\",chen@wu.example*\r\n\
    3,Bo again,Bo Ek,Bo@uppsala.example,Bo Ek (Uppsala)*,\"Ek, Bo*\",\"Bo@uppsala.example*; dora at home; =cmd|'/c calc'!A1\"\r\n\
    4,Nobody,,,,,\r\n\
    5,Typo,Eve,eve@example,Eve (E)*,\"E, Eve*\",eve@example*\r\n\
    6,Formula,Mal,\"=HYPERLINK(\"\"http://x.example\"\",\"\"mal@x.example\"\")\",Mal (X)*,\"X, Mal*\",@SUM(1)\r\n";

#[test]
fn a_cmt_export_gives_each_author_once_and_says_what_was_left_out() {
    let list = list(CMT);
    assert_eq!(addresses(&list), ["ada@example.org", "bo@uppsala.example", "chen@wu.example"]);
    assert_eq!(list.invited.iter().map(|one| one.line).collect::<Vec<_>>(), [4, 4, 5]);
    assert_eq!((list.rows, list.delimiter, list.repeated), (6, Delimiter::Comma, 1));
    golden("authors/cmt.txt", list.report(20).as_bytes());
    assert!(list.report(1).ends_with("more left out\n"), "{}", list.report(1));
}

#[test]
fn an_openreview_export_never_gives_its_reviewers() {
    let list = list(
        "number,forum,title,authors,authorids,Reviewers contact info,decision\n\
         1,https://openreview.example/forum?id=x,Fair,Ada Lovelace|Bo Ek,ada@example.org|~Bo_Ek1,Rex<rex@review.example>,Accept\n\
         2,https://openreview.example/forum?id=y,Fairer,Chen Wu,~Chen_Wu2,Rex<rex@review.example>,Reject\n",
    );
    assert_eq!(addresses(&list), ["ada@example.org"]);
    assert_eq!(
        list.skipped.iter().map(|one| (one.line, &one.why)).collect::<Vec<_>>(),
        [(2, &Why::Profile), (3, &Why::Profile)]
    );
    assert_eq!(list.columns, ["authors", "authorids"]);
    let only = "number,title,Reviewers contact info\n1,Fair,Rex<rex@review.example>\n";
    let error = read(only.as_bytes(), None).unwrap_err();
    assert!(matches!(error, BadList::NoColumn { .. }), "{error}");
    assert!(error.to_string().contains("\"Reviewers contact info\""), "{error}");
}

#[test]
fn delimiters_and_encodings_are_found_out() {
    let text = "Name;E-Mail\r\nJürgen Müller, Dr.;jm@example.org\r\nÅsa;asa@example.org\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], octets: &[u8]| [mark, octets].concat();
    let cases = [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8", marked(b"\xef\xbb\xbf", text.as_bytes())),
        ("UTF-16LE", marked(b"\xff\xfe", &utf16)),
        ("UTF-16LE", utf16),
        ("UTF-16BE", marked(b"\xfe\xff", &utf16be)),
        ("UTF-16BE", utf16be),
        ("windows-1252", WINDOWS_1252.encode(text).0.into_owned()),
        ("UTF-8", marked(b"sep=;\r\n", text.as_bytes())),
    ];
    for (encoding, octets) in cases {
        let list = read(&octets, None).unwrap_or_else(|error| panic!("{encoding}: {error}"));
        assert_eq!((list.encoding, list.delimiter), (encoding, Delimiter::Semicolon));
        assert_eq!(addresses(&list), ["jm@example.org", "asa@example.org"]);
    }
    let korean = "이름,이메일\n김하늘,haneul@example.org\n박바다와 친구들,bada@example.org\n";
    let list = read(&EUC_KR.encode(korean).0, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((list.encoding, list.columns.as_slice()), ("EUC-KR", &["이메일".to_owned()][..]));
    let tabs = list_of_tabs();
    assert_eq!(tabs.delimiter, Delimiter::Tab);
    assert_eq!(addresses(&tabs), ["a@example.org", "b@example.org", "c@example.org"]);
}

fn list_of_tabs() -> AuthorsList {
    list("Paper ID\tPaper Title\tAuthor Emails\n1\tFair, fairer\ta@example.org; b@example.org\n2\tX\tc@example.org\n")
}

#[test]
fn names_may_be_missing_where_one_column_holds_addresses() {
    assert_eq!(addresses(&list("a@example.org\nb@example.org\n")), ["a@example.org", "b@example.org"]);
    assert_eq!(addresses(&list("Ada,a@example.org\nBob,\n")), ["a@example.org"]);
    let two = read(b"Ada,a@example.org,rex@example.org\n", None).unwrap_err();
    assert_eq!(two, BadList::WhichColumn { columns: vec!["2".to_owned(), "3".to_owned()] });
    let unknown = read(b"Wer,Kontakt\nAda,a@example.org\n", None).unwrap_err();
    assert_eq!(unknown, BadList::NoColumn { there: vec!["Wer".to_owned(), "Kontakt".to_owned()] });
    let named = read(b"Wer,Kontakt\nAda,a@example.org\n", Some("kontakt")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(addresses(&named), ["a@example.org"]);
    assert!(matches!(read(b"Wer\na@example.org\n", Some("x")), Err(BadList::NoSuchColumn { .. })));
}

#[test]
fn what_is_no_list_is_told_clearly() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04....", "workbook"),
        (b"\xd0\xcf\x11\xe0....", "old Excel"),
        (b"<?xml version=\"1.0\"?><Workbook>", "XML"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        ("email\nmüller@example.org\nåsa\n".as_bytes(), ""),
        (b"email\nm\xc3\xbcller@example.org\n\xc3\xa5sa\ncut \xc3\n", "line 4"),
        (b"email\n\"ada@example.org\nbob@example.org\n", "in line 2 is never closed"),
    ];
    for (octets, word) in cases {
        match read(octets, None) {
            Ok(_) => assert_eq!(word, "", "{}", String::from_utf8_lossy(octets)),
            Err(error) => assert!(!word.is_empty() && error.to_string().contains(word), "{error}"),
        }
    }
    let open = format!("email,title\na@example.org,\"open\n{}", "b@example.org,x\n".repeat(2_000));
    assert_eq!(read(open.as_bytes(), None), Err(BadList::Table(BadTable::Quote { line: 2 })));
    let large = vec![b'a'; allim::exchange::table::MOST_OCTETS + 1];
    assert_eq!(read(&large, None), Err(BadList::Table(BadTable::TooLarge)));
}

#[test]
fn nothing_in_a_cell_reaches_a_terminal_or_a_header() {
    let list = list("email\n\"eve@example.org\r\nBcc: x@example.org\"\n\"\x1b[2J\x07@x\"\n");
    assert_eq!(addresses(&list), ["eve@example.org", "x@example.org"]);
    assert!(!list.report(9).contains('\x1b'), "{:?}", list.report(9));
    assert_eq!(list.skipped.len(), 1);
}

#[test]
fn a_hundred_thousand_rows_are_read_at_once() {
    let mut text = "Paper ID,Paper Title,Author Emails\n".to_owned();
    for number in 0..100_000 {
        text.push_str(&format!("{number},\"On, fairness\",a{}@example.org; =1+1; b{number}@example\n", number / 2));
    }
    let began = std::time::Instant::now();
    let list = list(&text);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert_eq!((list.rows, list.invited.len(), list.repeated), (100_000, 50_000, 50_000));
    assert_eq!(list.report(3).lines().count(), 6);
    let many = text.clone() + &text + &text;
    assert_eq!(read(many.as_bytes(), None), Err(BadList::Table(BadTable::TooLarge)));
}

const DEFAULTS: Defaults<'static> = Defaults {
    programme: "fair-2027",
    deadlines: &["abstract", "full-paper", "camera-ready"],
    language: Language::English,
    zone: Zone::AnywhereOnEarth,
    joined: chrono::DateTime::UNIX_EPOCH,
    id: SubscriberId(7),
};

fn known(id: &str) -> bool {
    DEFAULTS.deadlines.contains(&id)
}

#[test]
fn an_address_alone_is_a_subscriber_by_default() {
    let listed = subscribers::read(b"address\nada@example.org\n", known).unwrap_or_else(|error| panic!("{error}"));
    let one = listed.into_iter().next().expect("one").subscriber(&DEFAULTS);
    assert_eq!(one.choice, Choice::default());
    assert_eq!((one.role, one.standing, one.id), (ReaderRole::Author, Standing::Confirmed, SubscriberId(7)));
    assert_eq!((one.confirmed, one.created), (Some(DEFAULTS.joined), DEFAULTS.joined));
}

#[test]
fn every_cell_means_what_the_design_says() {
    let text = "address,joined,role,lead,zone,language,deadlines,done,accepted,left\n\
        ada@example.org,2027-05-02T10:00:00Z,attendee,7d@09:00 3h,Asia/Seoul,ko,full-paper,abstract@2027-06-01T00:00:00Z,2027-07-08T00:00:00Z,\n";
    let listed = subscribers::read(text.as_bytes(), known).unwrap_or_else(|error| panic!("{error}"));
    let one = &listed[0];
    assert_eq!(one.done["abstract"], Some(instant("2027-06-01T00:00:00Z")));
    assert_eq!(one.accepted, Some(subscribers::Said::Yes(Some(instant("2027-07-08T00:00:00Z")))));
    let one = one.clone().subscriber(&DEFAULTS);
    assert_eq!(one.choice.excluded, BTreeSet::from(["abstract".to_owned(), "camera-ready".to_owned()]));
    assert_eq!(one.choice.included, BTreeSet::from(["full-paper".to_owned()]), "no attendee hears of it by role");
    assert_eq!(one.choice.leads.as_ref().map(Vec::len), Some(2));
    assert_eq!((one.language, one.accepted), (Language::Korean, Some(true)));
}

#[test]
fn every_bad_cell_is_told_with_its_line() {
    let text = "address,joined,role,lead,zone,language,deadlines\n\
        ada,yesterday,king,7,Mars,fr,lunch\n\
        bob@example.org,,,,,,\n\
        Bob@example.org,,,,,,\n";
    let error = subscribers::read(text.as_bytes(), known).unwrap_err();
    golden("authors/bad-subscribers.txt", format!("{error}\n").as_bytes());
    assert_eq!(subscribers::read(b"mail\nx@example.org\n", known), Err(BadSubscribers::NoHeader));
    let twice = subscribers::read(b"address,role,role\n", known).unwrap_err();
    assert!(twice.to_string().contains("\"role\""), "{twice}");
}

fn one_of<T: Named + std::fmt::Debug>() -> impl Strategy<Value = T> {
    (0..T::ALL.len()).prop_map(|at| T::ALL[at].1)
}

prop_compose! {
    fn subscriber()(
        id: i64, local in "[-+=a-z'][a-z0-9+=-]{0,8}", role in one_of::<ReaderRole>(), standing in one_of::<Standing>(),
        language in one_of::<Language>(), zone in prop::sample::select(vec!["AoE", "Asia/Seoul", "UTC"]),
        excluded in prop::collection::btree_set(prop::sample::select(vec!["abstract", "full-paper"]), 0..3),
        included in prop::collection::btree_set(prop::sample::select(vec!["abstract", "camera-ready"]), 0..3),
        leads in prop::option::of(prop::collection::vec((1_u32..1440).prop_map(LeadTime::Hours), 0..3)),
        to_the_minute: bool, calendar: bool, accepted: Option<bool>, created in 0_i64..4_000_000_000,
        confirmed in prop::option::of(0_i64..4_000_000_000), link_version: u32,
    ) -> Subscriber {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).expect("a second");
        let ids = |ids: &BTreeSet<&str>| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<String>>();
        Subscriber {
            id: SubscriberId(id), programme: "fair-2027".to_owned(),
            mailbox: format!("{local}@example.org").parse().expect("a mailbox"), language, role, standing,
            zone: zone.parse().expect("a zone"),
            choice: Choice { excluded: ids(&excluded), included: ids(&included), leads, to_the_minute, calendar },
            created: at(created), done: ids(&excluded), presents: ids(&included), closing: calendar, accepted,
            link_version,
            confirmed: confirmed.or((standing == Standing::Confirmed).then_some(1)).map(at),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn subscribers_come_back_as_they_were_written(one in subscriber()) {
        let csv = subscribers::write(std::slice::from_ref(&one));
        let dangerous = |cell: &str| cell.trim_matches('"').starts_with(['=', '+', '-', '@']);
        prop_assert!(!csv.lines().flat_map(|line| line.split(',')).any(dangerous), "{}", csv);
        let back = subscribers::read(csv.as_bytes(), known).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(back.into_iter().map(|row| row.subscriber(&DEFAULTS)).collect::<Vec<_>>(), vec![one]);
    }

    #[test]
    fn a_guard_comes_off_as_it_went_on(cell in "['=+@a-]{0,5}") {
        let written = guarded(&cell);
        prop_assert_eq!(unguarded(&written), cell.as_str());
        prop_assert!(!written.starts_with(['=', '+', '-', '@']));
    }

    #[test]
    fn no_octets_break_the_reader(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&octets, None);
        let _ = read(&[b"email,authors\n", &octets[..]].concat(), None);
        let _ = subscribers::read(&[b"address,done\n", &octets[..]].concat(), known);
    }
}
