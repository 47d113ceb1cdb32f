//! The ways into a calendar: each feed's address as each service wants it, single entries for what cannot subscribe,
//! and the code a telephone reads from a screen.

use chrono::{Days as Ahead, NaiveDate};
use qrcode::{Color, EcLevel, QrCode};
use url::form_urlencoded;

use super::view::{Addresses, FeedView, OneView, SubscribeLinks};
use super::words::either;
use crate::domain::entry::{DayEntry, Days, Entry};
use crate::domain::language::Language;
use crate::domain::programme::{Moment, Programme};
use crate::domain::revision::{Record, Revision, State};
use crate::domain::zone::Zone;

/// A service's form takes no more of a description: its address grows too long.
const LONGEST_DETAILS: usize = 1200;

/// Every feed, the whole workshop's first.
pub(super) fn feeds(revision: &Revision, programme: &Programme, addresses: &Addresses) -> Vec<FeedView> {
    let language = addresses.language;
    let feed = |id: &'static str, [title, korean]: [&'static str; 2], [what, korean_what]: [&'static str; 2]| {
        let short = &programme.short;
        let name = if id == "workshop" { short.clone() } else { format!("{short} {}", title.to_lowercase()) };
        let one = if id == "deadlines" { Vec::new() } else { days(revision, language) };
        FeedView {
            id,
            title: either(language, title, korean),
            what: either(language, what, korean_what),
            path: format!("{}{id}.ics", addresses.programme),
            links: addresses.feeds.as_ref().map(|base| subscribe_links(&format!("{base}{id}.ics"), &name)),
            one,
        }
    };
    vec![
        feed(
            "workshop",
            ["The workshop", "워크숍"],
            ["one entry a day, with the whole programme in it", "하루에 일정 하나, 프로그램 전체 포함"],
        ),
        feed(
            "sessions",
            ["Every session", "모든 세션"],
            ["one entry each, with its room and speaker", "세션마다 일정 하나, 장소와 발표자 포함"],
        ),
        feed("deadlines", ["Deadlines", "마감"], ["with alarms a week and a day before", "1주일 전과 하루 전에 알림"]),
        feed("all", ["Sessions and deadlines", "세션과 마감"], ["both in one calendar", "한 캘린더에 모두"]),
    ]
}

/// The address of a feed as each kind of calendar wants it: Google takes a `webcal:` address inside its own link and
/// turns an `https:` one down; Microsoft's services are the other way round.
pub(super) fn subscribe_links(address: &str, name: &str) -> SubscribeLinks {
    let webcal = match address.split_once("://") {
        Some((_, rest)) => format!("webcal://{rest}"),
        None => address.to_owned(),
    };
    let microsoft =
        |host: &str| format!("https://{host}/calendar/0/addfromweb/?url={}&name={}", encode(address), encode(name));
    SubscribeLinks {
        google: format!("https://calendar.google.com/calendar/u/0/r?cid={}", encode(&webcal)),
        outlook: microsoft("outlook.live.com"),
        office: microsoft("outlook.office.com"),
        send: format!("mailto:?subject={}&body={}", encode(name), encode(address)),
        address: address.to_owned(),
        webcal,
    }
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The workshop's days, each as one entry.
fn days(revision: &Revision, language: Language) -> Vec<OneView> {
    let live = revision.records.iter().filter(|record| record.state == State::Live);
    let mut days: Vec<(&DayEntry, OneView)> = live
        .filter_map(|record| match &record.entry {
            Entry::Day(day) => Some((day, of_day(day)?)),
            _ => None,
        })
        .collect();
    days.sort_by_key(|(day, _)| day.ordinal);
    let several = days.len() > 1;
    let named = days.into_iter().map(|(day, one)| OneView { day: day_name(day, language).filter(|_| several), ..one });
    named.collect()
}

fn day_name(day: &DayEntry, language: Language) -> Option<String> {
    let first = day.lines.iter().map(|line| line.start).min_by_key(|start| start.instant);
    let date = first.map(Moment::date).or(match day.days {
        Days::Span(first, _) => Some(first),
        Days::Open => None,
    });
    date.map(|date| language.weekday_and_day(date))
}

fn of_day(day: &DayEntry) -> Option<OneView> {
    let title = match day.ordinal {
        Some((which, of)) => format!("{} ({which}/{of})", day.title),
        None => day.title.clone(),
    };
    let place = joined([&day.place.room, &day.place.name, &day.place.city]);
    let mut details = String::new();
    for line in day.lines.iter().filter(|line| !line.cancelled) {
        let line = format!("{} {}\n", line.start.clock(), line.headline);
        if details.len() + line.len() > LONGEST_DETAILS {
            break;
        }
        details.push_str(&line);
    }
    details.push_str(day.url.as_deref().unwrap_or_default());
    let kept = day.lines.iter().filter(|line| !line.cancelled);
    let start = kept.clone().map(|line| line.start).min_by_key(|start| start.instant);
    let end = kept.map(|line| line.end).max_by_key(|end| end.instant);
    match (start.zip(end), day.days) {
        (Some((start, end)), _) => Some(timed(&title, start, end, &details, &place)),
        (None, Days::Span(first, last)) => Some(all_day(&title, first, last, &details, &place)),
        (None, Days::Open) => None,
    }
}

/// A session or a deadline in a service's own form; none once it is cancelled.
pub(super) fn one(record: &Record, short: &str) -> Option<OneView> {
    if record.state != State::Live || record.entry.is_cancelled() {
        return None;
    }
    Some(match &record.entry {
        Entry::Session(session) => {
            let place = joined([&session.place.room, &session.place.name, &session.place.city]);
            let title = format!("{} · {short}", session.headline());
            timed(&title, session.start, session.end, session.url.as_deref().unwrap_or_default(), &place)
        }
        Entry::Deadline(deadline) => {
            let title = format!("{} · {short}", deadline.title);
            timed(&title, deadline.due, deadline.due, deadline.link().unwrap_or_default(), "")
        }
        Entry::Day(day) => return of_day(day),
    })
}

fn timed(title: &str, start: Moment, end: Moment, details: &str, place: &str) -> OneView {
    let google = |moment: Moment| moment.instant.format("%Y%m%dT%H%M%SZ");
    let outlook = |moment: Moment| encode(&moment.instant.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let zone = match start.zone {
        Zone::AnywhereOnEarth => String::new(),
        zone => format!("&ctz={}", encode(zone.name())),
    };
    forms(
        title,
        &format!("{}/{}{zone}", google(start), google(end)),
        &format!("startdt={}&enddt={}", outlook(start), outlook(end)),
        details,
        place,
    )
}

fn all_day(title: &str, first: NaiveDate, last: NaiveDate, details: &str, place: &str) -> OneView {
    let after = last.checked_add_days(Ahead::new(1)).unwrap_or(last);
    forms(
        title,
        &format!("{}/{}", first.format("%Y%m%d"), after.format("%Y%m%d")),
        &format!("startdt={first}&enddt={after}&allday=true"),
        details,
        place,
    )
}

fn forms(title: &str, google: &str, outlook: &str, details: &str, place: &str) -> OneView {
    let [title, details, place] = [title, details, place].map(encode);
    OneView {
        day: None,
        google: format!(
            "https://calendar.google.com/calendar/render?action=TEMPLATE&text={title}&dates={google}&details={details}\
             &location={place}"
        ),
        outlook: format!(
            "https://outlook.live.com/calendar/0/deeplink/compose?subject={title}&{outlook}&body={details}\
             &location={place}"
        ),
    }
}

fn joined(parts: [&Option<String>; 3]) -> String {
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What draws an address as a QR code (ISO/IEC 18004): the side of its square and the path of its dark modules, with
/// the quiet zone of four modules around it. None for an address that no telephone would read.
pub(super) fn code(address: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run[0] == Color::Dark {
                path.push_str(&format!("M{} {}h{}v1H{}z", x + 4, y + 4, run.len(), x + 4));
            }
            x += run.len();
        }
    }
    Some((width + 8, path))
}
