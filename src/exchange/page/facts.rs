//! The workshop as a whole: when and where, from what stands on top of the page.

use std::ops::Range;

use super::section::{Section, Topic};
use super::text::{Text, among, folded, says, tidy};
use super::when::{Days, days, hours, is_open};
use super::zones;
use crate::domain::programme::Attendance;

/// Something read from a page, and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fact<T> {
    pub value: T,
    pub at: Range<usize>,
}

impl<T> Fact<T> {
    pub fn new(value: T, at: Range<usize>) -> Fact<T> {
        Fact { value, at }
    }
}

/// More statements of the workshop's day are none, and neither are more labels in a line.
pub(super) const MOST_STATEMENTS: usize = 64;

/// What the top of a page says.
#[derive(Default, Debug)]
pub(super) struct Facts {
    /// Every statement of the workshop's day, in order: they may contradict one another.
    pub days: Vec<Fact<Days>>,
    /// The first day that stands on top with nothing that says of what.
    pub mentioned: Option<Fact<Days>>,
    pub room: Option<Fact<String>>,
    pub venue: Option<Fact<String>>,
    pub city: Option<Fact<String>>,
    pub country: Option<Fact<String>>,
    pub attendance: Option<Fact<Attendance>>,
}

const WHEN: &str = "date dates when day days datum termin 날짜 일시 일자";
const WHERE: &str = "location venue where place ort veranstaltungsort 장소";
const ROOM: &str = "room rooms hall raum";

pub(super) fn facts(sections: &[Section<'_>]) -> Facts {
    let mut facts = Facts::default();
    for section in sections.iter().filter(|section| matches!(section.topic, Topic::Facts | Topic::Venue)) {
        let heading = folded(&section.title());
        let by_heading = heading.split(' ').find_map(label);
        for line in section.lines() {
            let statements = statements(&line);
            if statements.is_empty() {
                facts.unlabelled(&line, by_heading);
            }
            for (label, text) in statements {
                facts.take(label, &text);
            }
            facts.attend(&line);
        }
    }
    facts
}

#[derive(Clone, Copy, PartialEq)]
enum Label {
    When,
    Where,
    Room,
}

fn label(word: &str) -> Option<Label> {
    [(WHEN, Label::When), (WHERE, Label::Where), (ROOM, Label::Room)]
        .into_iter()
        .find(|(names, _)| among(word, names))
        .map(|(_, label)| label)
}

/// The parts of a line that a label with a colon opens: `Date: Sept 23, 2025. Room: 111`.
fn statements(line: &Text) -> Vec<(Label, Text)> {
    let raw = line.raw();
    let mut starts: Vec<(usize, usize, Label)> = Vec::new();
    for (colon, _) in raw.match_indices(':') {
        if starts.len() >= MOST_STATEMENTS {
            break;
        }
        let before = raw[..colon].trim_end_matches(['*', '_', ' ']);
        let word_start = before
            .rfind(|c: char| !c.is_alphabetic())
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        if let Some(label) = label(&before[word_start..].to_lowercase()) {
            starts.push((word_start, colon + 1, label));
        }
    }
    let mut found = Vec::new();
    for (index, (_, start, label)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(raw.len(), |(next, ..)| *next);
        found.push((*label, line.part(*start..end)));
    }
    found
}

fn is_attendance(text: &str) -> bool {
    let folded = folded(text);
    ["in person", "hybrid", "online", "virtual", "on site", "onsite"].iter().any(|way| folded.starts_with(way))
}

impl Facts {
    fn take(&mut self, label: Label, text: &Text) {
        let text = text.standing();
        let (plain, at) = (text.plain(), text.span());
        if is_open(&plain) || plain.is_empty() {
            return;
        }
        match label {
            Label::When => {
                let all = days(&plain);
                // `Sept. 23-27 (conference), workshop Sept. 23`
                let named = plain.to_ascii_lowercase().find("workshop");
                let own = named.and_then(|named| all.iter().find(|days| days.range.start > named));
                let Some(found) = own.or(all.first()).cloned() else { return };
                let rest = format!("{},{}", &plain[..found.range.start], &plain[found.range.end..]);
                if self.days.len() < MOST_STATEMENTS {
                    self.days.push(Fact::new(found, at.clone()));
                }
                self.beside_a_day(&rest, at);
            }
            Label::Room => {
                let room = tidy(plain.split(['(', ';']).next().unwrap_or("")).trim_end_matches(['.', ',']).to_owned();
                if !room.is_empty() && self.room.is_none() {
                    self.room = Some(Fact::new(room, at));
                }
            }
            Label::Where => self.place(&plain, at),
        }
    }

    /// A line of its own: a day and a place, with nothing that says so.
    fn unlabelled(&mut self, line: &Text, heading: Option<Label>) {
        let line = line.standing();
        let (plain, at) = (line.plain(), line.span());
        // A sentence that mentions a day is no statement of the workshop's.
        let is_short = plain.split(' ').count() <= 16;
        if heading == Some(Label::Where) && is_short {
            return self.place(&plain, at);
        }
        let Some(found) = days(&plain).into_iter().next().filter(|_| is_short && !mentions_deadline(&plain)) else {
            return self.mention(&plain, at);
        };
        let rest = format!("{},{}", &plain[..found.range.start], &plain[found.range.end..]);
        // What was is not what will be, and a sentence is no statement.
        let other_words = rest.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
        let is_past = says(&folded(&plain), "previous past last took held was were since edition editions");
        if is_past || other_words > 6 && !parts(&rest).iter().any(|part| is_place(part)) {
            return;
        }
        self.mentioned.get_or_insert(Fact::new(found, at.clone()));
        self.beside_a_day(&rest, at);
    }

    /// The place that stands with a day.
    fn beside_a_day(&mut self, rest: &str, at: Range<usize>) {
        // Of a line that says more than a day and a place, only what sounds like a place is one.
        let parts = parts(rest);
        let Some(country) = parts.iter().rposition(|part| is_place(part)) else { return };
        let city = parts[..country].last().filter(|part| !sounds_like_a_building(part));
        let before = country - usize::from(city.is_some());
        let building = parts[..before].last().filter(|part| sounds_like_a_building(part));
        let room = parts.iter().find(|part| is_room(part));
        let place: Vec<&str> =
            room.into_iter().chain(building).chain(city).chain([&parts[country]]).map(String::as_str).collect();
        self.place(&place.join(", "), at);
    }

    /// `at MICCAI 2025 (South Korea)`: a country in passing.
    fn mention(&mut self, plain: &str, at: Range<usize>) {
        let inner = plain.split('(').skip(1).filter_map(|part| part.split(')').next());
        let country =
            inner.map(tidy).find(|part| zones::place(part).is_some_and(|found| found.range == (0..part.len())));
        if let Some(country) = country.filter(|_| self.country.is_none()) {
            self.country = Some(Fact::new(country, at));
        }
    }

    /// `Daejeon Convention Center`, `Hall A, Palais des Congrès, Lyon, France`, `Nairobi, Kenya`
    fn place(&mut self, plain: &str, at: Range<usize>) {
        // `Lyon, France. In person`: how people take part is no place.
        let plain = plain.split_once(". ").filter(|(_, rest)| is_attendance(rest)).map_or(plain, |(place, _)| place);
        let mut parts = parts(plain);
        parts.retain(|part| !is_attendance(part));
        if let Some(room) = parts.iter().position(|part| is_room(part)) {
            let text = parts.remove(room);
            let short = text.strip_prefix("Room ").or_else(|| text.strip_prefix("room "));
            self.room.get_or_insert(Fact::new(short.unwrap_or(&text).to_owned(), at.clone()));
        }
        let mut country = None;
        if parts.len() > 1 && parts.last().is_some_and(|last| is_place(last) || last.len() <= 3) {
            country = parts.pop();
        }
        // Of three parts the last is the country, whether we know it or not.
        if country.is_none() && parts.len() > 2 {
            country = parts.pop();
        }
        // A single name is the venue's where it sounds like a building.
        let alone = parts.len() == 1 && !sounds_like_a_building(&parts[0]);
        let is_city = parts.len() > 1 || alone && (country.is_some() || is_place(&parts[0]));
        let city = if is_city { parts.pop() } else { None };
        let name = (!parts.is_empty()).then(|| parts.join(", "));
        for (slot, value) in [(&mut self.venue, name), (&mut self.city, city), (&mut self.country, country)] {
            if let Some(value) = value.filter(|_| slot.is_none()) {
                *slot = Some(Fact::new(value, at.clone()));
            }
        }
    }

    fn attend(&mut self, line: &Text) {
        let standing = line.standing();
        let words = format!(" {} ", folded(&standing.plain()));
        let says = |phrase: &str| words.contains(&format!(" {phrase} "));
        let value = if says("hybrid") || (says("in person") && (says("online") || says("virtual"))) {
            Attendance::Hybrid
        } else if says("in person") || says("on site only") || says("onsite only") {
            Attendance::InPerson
        } else if says("online only") || says("fully online") || says("virtual event") || says("fully virtual") {
            Attendance::Online
        } else {
            return;
        };
        self.attendance.get_or_insert(Fact::new(value, standing.span()));
    }
}

/// The parts of a place, without what stands in brackets and what says how to take part.
fn parts(text: &str) -> Vec<String> {
    const ATTENDANCE: &[&str] = &["hybrid", "online", "in person", "in person only", "virtual"];
    const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";
    let bare = without_brackets(text).replace(" — ", ",").replace(" – ", ",").replace(". Room", ", Room");
    let parts = bare.split([',', '|', ';', '\n', '·', '•']);
    let parts = parts.map(|part| tidy(part).trim_matches(['.', ' ', '-', '–', '—']).to_owned());
    let says_where = |part: &String| {
        let words = folded(part);
        !words.is_empty()
            && days(part).is_empty()
            && hours(part).is_empty()
            && !ATTENDANCE.contains(&words.as_str())
            && !among(&words, WEEKDAYS)
    };
    parts.filter(says_where).collect()
}

/// `Room 111`, `Hall A`: not a building that is called so.
fn is_room(part: &str) -> bool {
    let folded = folded(part);
    let words: Vec<&str> = folded.split(' ').collect();
    words.first().is_some_and(|word| among(word, ROOM)) || words.len() <= 3 && words.last() == Some(&"room")
}

/// A country or a city that we know.
fn is_place(part: &str) -> bool {
    zones::is_place(part)
}

fn mentions_deadline(plain: &str) -> bool {
    let words = folded(plain);
    ["deadline", "submission", "submit", "notification", "camera", "registration", "due"]
        .iter()
        .any(|word| words.split(' ').any(|found| found == *word))
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0usize;
    let kept = text.chars().filter(|c| match c {
        '(' | '[' => {
            depth += 1;
            false
        }
        ')' | ']' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    kept.collect()
}

fn sounds_like_a_building(part: &str) -> bool {
    const BUILDINGS: &str = "\
        center centre hotel hall university institute building campus museum palais congress congrès kongress \
        house school college tower theatre theater auditorium library convention pavilion zentrum expo arena \
        resort room rooms convento palace universität université kongresshaus faculty hospital";
    says(&folded(part), BUILDINGS)
}
