//! The fixed words of the pages, in English and in Korean, and how they write a moment.
//!
//! Titles, names and whatever organizers wrote stay as they are written.

use chrono::NaiveDate;

use crate::domain::change::ChangeKind;
use crate::domain::entry::Entry;
use crate::domain::kind::SessionKind;
use crate::domain::language::Language;
use crate::domain::programme::{Attendance, Moment, Role};
use crate::domain::revision::{Moved, Record};

/// The English or the Korean of a pair.
pub(super) fn either<'w>(language: Language, english: &'w str, korean: &'w str) -> &'w str {
    match language {
        Language::English => english,
        Language::Korean => korean,
    }
}

pub(super) fn attendance(attendance: Attendance, language: Language) -> &'static str {
    let [english, korean] = match attendance {
        Attendance::InPerson => ["In person", "현장 참석"],
        Attendance::Online => ["Online", "온라인"],
        Attendance::Hybrid => ["In person and online", "현장·온라인 병행"],
    };
    either(language, english, korean)
}

pub(super) fn session_kind(kind: SessionKind, language: Language) -> &'static str {
    let korean = match kind {
        SessionKind::Ceremony => "행사",
        SessionKind::Keynote => "기조강연",
        SessionKind::Oral => "구두 발표",
        SessionKind::Poster => "포스터",
        SessionKind::Break => "휴식",
        SessionKind::Panel => "패널 토론",
    };
    either(language, kind.label(), korean)
}

/// As a choice of what to see: `Keynotes`.
pub(super) fn session_kinds(kind: SessionKind, language: Language) -> &'static str {
    let [english, korean] = match kind {
        SessionKind::Ceremony => ["Ceremonies", "행사"],
        SessionKind::Keynote => ["Keynotes", "기조강연"],
        SessionKind::Oral => ["Talks", "구두 발표"],
        SessionKind::Poster => ["Posters", "포스터"],
        SessionKind::Break => ["Breaks", "휴식"],
        SessionKind::Panel => ["Panels", "패널 토론"],
    };
    either(language, english, korean)
}

pub(super) fn role(role: Role, language: Language) -> &'static str {
    let [english, korean] = match role {
        Role::Organizer => ["Organizers", "조직위원"],
        Role::Keynote => ["Keynote speakers", "기조강연자"],
        Role::Chair => ["Chairs", "위원장"],
        Role::Committee => ["Committee", "위원회"],
    };
    either(language, english, korean)
}

pub(super) fn change_kind(kind: ChangeKind, language: Language) -> &'static str {
    let korean = match kind {
        ChangeKind::Announced => "날짜 발표",
        ChangeKind::Added => "추가",
        ChangeKind::Extended => "연장",
        ChangeKind::BroughtForward => "앞당김",
        ChangeKind::Withdrawn => "취소",
        ChangeKind::OpenAgain => "날짜 다시 미정",
        ChangeKind::Moved => "시간 변경",
        ChangeKind::RoomMoved => "장소 변경",
        ChangeKind::DayMoved => "날짜 변경",
        ChangeKind::CityMoved => "도시 변경",
        ChangeKind::SubmissionSiteMoved => "제출 사이트 변경",
        ChangeKind::Retitled => "제목 변경",
        ChangeKind::Described => "설명 변경",
        ChangeKind::Cancelled => "취소",
        ChangeKind::Reinstated => "다시 진행",
    };
    either(language, kind.name(), korean)
}

pub(super) fn map_name(key: &'static str, language: Language) -> &'static str {
    let [english, korean] = match key {
        "naver" => ["Naver", "네이버"],
        "kakao" => ["Kakao", "카카오"],
        _ => ["Google", "구글"],
    };
    either(language, english, korean)
}

/// `Mon 30 Jun 2025, 23:59 AoE (UTC-12)`, with the city between where one is named; in Korean
/// `2025년 6월 30일(월) 23:59 AoE(UTC-12)`.
pub(super) fn on_clock(moment: Moment, city: Option<&str>, language: Language) -> String {
    let label = moment.zone_label();
    match (language, city) {
        (Language::English, city) => {
            let place = city.map_or(String::new(), |city| format!(" in {city},"));
            format!("{}{place} {label}", moment.civil.format("%a %-d %b %Y, %H:%M"))
        }
        (Language::Korean, None) => language.moment(moment),
        (Language::Korean, Some(city)) => {
            format!("{} {} {city} {}", language.date(moment.date()), moment.clock(), label.replace(" (", "("))
        }
    }
}

/// `Tuesday 23 September 2025`, `2025년 9월 23일(화)`.
pub(super) fn full_day(date: NaiveDate, language: Language) -> String {
    match language {
        Language::English => date.format("%A %-d %B %Y").to_string(),
        Language::Korean => language.date(date),
    }
}

/// In a line: `24 Jun`, `6월 24일`.
pub(super) fn brief_day(date: NaiveDate, language: Language) -> String {
    match language {
        Language::English => date.format("%-d %b").to_string(),
        Language::Korean => language.day(date),
    }
}

/// `Tuesday 23 September 2025`, or `2–3 October 2027`, or both days in full where the month changes.
pub fn span_of_days(first: NaiveDate, last: NaiveDate, language: Language) -> String {
    use chrono::Datelike;
    let same_month = (first.year(), first.month()) == (last.year(), last.month());
    match language {
        _ if first == last => full_day(first, language),
        Language::English if same_month => format!("{}–{}", first.day(), last.format("%-d %B %Y")),
        Language::Korean if same_month => format!("{}–{}일", language.day_and_year(first), last.day()),
        _ => format!("{} – {}", full_day(first, language), full_day(last, language)),
    }
}

/// How an entry was moved: `Extended on 24 Jun (was 25 Jun)`, `6월 24일 연장(원래 6월 25일)`.
pub(super) fn moved(record: &Record, language: Language) -> Option<String> {
    if language == Language::English {
        return record.move_in_words();
    }
    let Moved { from, on } = record.moved?;
    let to = record.entry.moment()?;
    let on = on.map_or(String::new(), |on| format!("{} ", language.day(to.zone.local(on).civil.date())));
    let clock = if from.civil.time() == to.civil.time() { String::new() } else { format!(" {}", from.clock()) };
    Some(match &record.entry {
        Entry::Deadline(_) => {
            let how = if from.instant < to.instant { "연장" } else { "앞당김" };
            format!("{on}{how}(원래 {}{clock})", language.day(from.date()))
        }
        Entry::Session(_) | Entry::Day(_) if from.date() == to.date() => format!("{on}변경(원래 {})", from.clock()),
        Entry::Session(_) | Entry::Day(_) => format!("{on}변경(원래 {} {})", language.day(from.date()), from.clock()),
    })
}
