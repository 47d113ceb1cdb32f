//! Days and hours as people write them on a page.
//!
//! A day may lack its year and an hour its half of the day: both are kept as written here, and resolved where the rest
//! of the page is known.

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::months;
use super::tokens::{Token, tokens};

/// Years a page can speak of.
const YEARS: std::ops::RangeInclusive<u32> = 1990..=2100;

/// A day as written: perhaps without its year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Day {
    pub year: Option<i32>,
    pub month: u32,
    pub day: u32,
}

impl Day {
    /// The date in `year`, where the day itself names none.
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year.unwrap_or(year), self.month, self.day)
    }
}

/// A day, or a span of days, found in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Days {
    pub first: Day,
    pub last: Day,
    /// Where in the text it stands.
    pub range: Range<usize>,
    /// Day and month could be the other way round.
    pub ambiguous: bool,
    /// The day of the week that stands with it.
    pub weekday: Option<Weekday>,
}

/// Every day in a text, in order.
pub(super) fn days(text: &str) -> Vec<Days> {
    let tokens = tokens(text);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let read = [numeric, month_first, day_first, korean].into_iter().find_map(|read| read(&tokens[at..]));
        match read {
            Some((first, last, length, ambiguous)) => {
                let range = tokens[at].range.start..tokens[at + length - 1].range.end;
                // Right before it or right behind, a comma between at most.
                let before = tokens[..at].iter().rev().take(2).find_map(Token::word).and_then(weekday);
                let behind = tokens[at + length..].iter().take(2).find_map(Token::word).and_then(weekday);
                found.push(Days { first, last, range, ambiguous, weekday: before.or(behind) });
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn weekday(word: &str) -> Option<Weekday> {
    (word.len() >= 3).then(|| word.parse().ok()).flatten()
}

type Read = Option<(Day, Day, usize, bool)>;

/// `2026-07-03`, `2026/07/03`, `25.06.2026`, `25/06/2026`, `25.06.`
fn numeric(tokens: &[Token]) -> Read {
    let sign = |index: usize| ['-', '/', '.'].into_iter().find(|sign| tokens.get(index).is_some_and(|t| t.is(*sign)));
    let number = |index: usize| tokens.get(index).and_then(Token::number);
    // `2027. 4. 20.`, as it is written in Korea.
    if let (Some((year, 4)), Some('.'), Some((month, _)), Some('.'), Some((day, _))) =
        (number(0), sign(1), number(2), sign(3), number(4))
        && YEARS.contains(&year)
    {
        let found = Day { year: Some(year.cast_signed()), month, day };
        let stop = usize::from(tokens.get(5).is_some_and(|token| token.is('.')));
        return found.in_year(2024).map(|_| (found, found, 5 + stop, false));
    }
    // Without a blank in between, or a range of hours would be a day.
    let joined = |length: usize| tokens[..length].windows(2).all(|pair| pair[0].range.end == pair[1].range.start);
    let (first, digits) = number(0)?;
    let separator = sign(1)?;
    let (second, _) = number(2)?;
    let same = |index: usize| sign(index) == Some(separator);
    let whole = |year: u32, month: u32, day: u32| {
        let day = Day { year: i32::try_from(year).ok(), month, day };
        day.in_year(2024).map(|_| day)
    };
    if let Some((third, third_digits)) = number(4).filter(|_| same(3) && joined(5)) {
        if digits == 4 && YEARS.contains(&first) {
            let day = whole(first, second, third)?;
            return Some((day, day, 5, false));
        }
        if third_digits == 4 && YEARS.contains(&third) && digits <= 2 {
            let (month, day) = if second > 12 { (first, second) } else { (second, first) };
            let ambiguous = separator != '.' && first <= 12 && second <= 12 && first != second;
            let day = whole(third, month, day)?;
            return Some((day, day, 5, ambiguous));
        }
        return None;
    }
    // `25.06.`: with its second full stop, or it would be a number.
    if separator == '.' && digits == 2 && tokens.get(3).is_some_and(|token| token.is('.')) && joined(4) {
        let day = Day { year: None, month: second, day: first };
        day.in_year(2024)?;
        return Some((day, day, 4, false));
    }
    None
}

fn month(token: Option<&Token>) -> Option<u32> {
    months::number(token?.word()?)
}

/// A day of the month with its `th`, and how many tokens that is.
fn day_number(tokens: &[Token]) -> Option<(u32, usize)> {
    let (day, digits) = tokens.first()?.number()?;
    if digits > 2 || !(1..=31).contains(&day) {
        return None;
    }
    let ordinal = tokens.get(1).and_then(Token::word).is_some_and(|word| ["st", "nd", "rd", "th"].contains(&word));
    let joined = ordinal && tokens[0].range.end == tokens[1].range.start;
    Some((day, 1 + usize::from(joined)))
}

/// A year that follows, with the comma or the apostrophe before it.
fn year(tokens: &[Token]) -> Option<(i32, usize)> {
    let skip = tokens.iter().take_while(|token| token.is(',') || token.is('.')).count().min(1);
    let (year, digits) = tokens.get(skip)?.number()?;
    (digits == 4 && YEARS.contains(&year)).then(|| (year.cast_signed(), skip + 1))
}

/// What joins the two ends of a span of days.
fn joins(token: &Token) -> bool {
    token.is_dash() || token.is('&') || matches!(token.word(), Some("to" | "and" | "until"))
}

/// `September 23rd, 2025`, `Sept. 23`, `May 14-15, 2026`, `April 30 - May 2, 2026`
fn month_first(tokens: &[Token]) -> Read {
    let first_month = month(tokens.first())?;
    let mut at = 1 + usize::from(tokens.get(1).is_some_and(|token| token.is('.')));
    let (first_day, length) = day_number(&tokens[at..])?;
    at += length;
    let mut first = Day { year: None, month: first_month, day: first_day };
    if let Some((found, length)) = year(&tokens[at..]) {
        first.year = Some(found);
        at += length;
    }
    let mut last = first;
    if tokens.get(at).is_some_and(joins) {
        let other_month = month(tokens.get(at + 1));
        let after = at + 1 + usize::from(other_month.is_some());
        // An hour is no second day, a span does not go backwards, and after a year another month must begin.
        let is_hour = tokens.get(after..).and_then(hour).is_some();
        let goes_on = |day: u32| other_month.is_some() || first.year.is_none() && day > first_day;
        let second = tokens.get(after..).and_then(day_number).filter(|(day, _)| !is_hour && goes_on(*day));
        if let Some((day, length)) = second {
            last = Day { month: other_month.unwrap_or(first_month), day, ..first };
            at = after + length;
        }
    }
    if let Some((found, length)) = year(&tokens[at..]).filter(|_| first.year.is_none() || last != first) {
        (first.year, last.year) = (first.year.or(Some(found)), Some(found));
        at += length;
    }
    (first.in_year(2024).is_some() && last.in_year(2024).is_some()).then_some((first, last, at, false))
}

/// `23 September 2025`, `23rd of Sept`, `14-15 May 2026`, `30 April - 2 May 2026`
fn day_first(tokens: &[Token]) -> Read {
    let (first_day, mut at) = day_number(tokens)?;
    let mut first_month = None;
    let of = |at: usize| at + usize::from(tokens.get(at).and_then(Token::word) == Some("of"));
    // `3. May 2024`, but not `Version 3. May contain errors`.
    let dotted = tokens.get(at).is_some_and(|token| token.is('.'));
    if dotted
        && month(tokens.get(at + 1)).is_some()
        && (tokens.get(at + 1).and_then(Token::word) != Some("may") || year(&tokens[at + 2..]).is_some())
    {
        at += 1;
    }
    if let Some(found) = month(tokens.get(of(at))) {
        (first_month, at) = (Some(found), of(at) + 1);
    }
    let mut last_day = None;
    if tokens.get(at).is_some_and(joins)
        && let Some((day, length)) = tokens.get(at + 1..).and_then(day_number)
        && let after = at + 1 + length
        && let Some(found) = month(tokens.get(of(after)))
    {
        (last_day, at) = (Some((day, found)), of(after) + 1);
    }
    let month = first_month.or(last_day.map(|(_, month)| month))?;
    at += usize::from(tokens.get(at).is_some_and(|token| token.is('.') && year(&tokens[at..]).is_some()));
    let mut found_year = None;
    if let Some((found, length)) = year(&tokens[at..]) {
        found_year = Some(found);
        at += length;
    }
    let first = Day { year: found_year, month, day: first_day };
    let last = last_day.map_or(first, |(day, month)| Day { year: found_year, month, day });
    (first.in_year(2024).is_some() && last.in_year(2024).is_some()).then_some((first, last, at, false))
}

/// `2025년 9월 23일`, with or without the year.
fn korean(tokens: &[Token]) -> Read {
    let part = |index: usize, unit: &str| {
        let value = tokens.get(index)?.number()?.0;
        tokens.get(index + 1)?.word().filter(|word| word.starts_with(unit)).map(|_| value)
    };
    let year = part(0, "년").filter(|year| YEARS.contains(year));
    let at = if year.is_some() { 2 } else { 0 };
    let day = Day { year: year.map(u32::cast_signed), month: part(at, "월")?, day: part(at + 2, "일")? };
    day.in_year(2024).map(|_| (day, day, at + 4, false))
}

/// A four-figure year of its own in a text.
pub(super) fn years(text: &str) -> Vec<i32> {
    let numbers = tokens(text);
    let year = |token: &Token| token.number().filter(|(year, digits)| *digits == 4 && YEARS.contains(year));
    numbers.iter().filter_map(|token| Some(year(token)?.0.cast_signed())).collect()
}

/// An hour as written: perhaps without its half of the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hour {
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Whether it says `pm`; none where it says neither.
    pub pm: Option<bool>,
}

impl Hour {
    /// The time of day, `later` meaning the second half where nothing else says so.
    pub fn time(self, later: bool) -> Option<NaiveTime> {
        let hour = match self.pm {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            None if later && self.hour < 12 => self.hour + 12,
            _ => self.hour,
        };
        NaiveTime::from_hms_opt(hour, self.minute, self.second)
    }
}

/// One hour, or a start and an end, found in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hours {
    pub start: Hour,
    pub end: Option<Hour>,
    pub range: Range<usize>,
}

/// Every hour in a text, in order; two that a dash or `to` joins are one span.
pub(super) fn hours(text: &str) -> Vec<Hours> {
    let tokens = tokens(text);
    let (mut found, mut at): (Vec<Hours>, usize) = (Vec::new(), 0);
    while at < tokens.len() {
        let Some((mut start, length)) = hour(&tokens[at..]).or_else(|| opening(&tokens[at..])) else {
            at += 1;
            continue;
        };
        let (mut end, mut after) = (None, at + length);
        if tokens.get(after).is_some_and(joins)
            && let Some((hour, length)) = hour(&tokens[after + 1..]).or_else(|| bare(&tokens[after + 1..], start))
        {
            (end, after) = (Some(hour), after + 1 + length);
        }
        // `1:30 - 2:10 pm`: the half of the day is said once for both.
        if let Some(end) = end.filter(|end| start.pm.is_none() && end.pm.is_some() && start.hour <= 12) {
            let same = Hour { pm: end.pm, ..start };
            let fits = same.time(false).zip(end.time(false)).is_some_and(|(start, end)| start < end);
            start.pm = if fits { end.pm } else { Some(false) };
        }
        found.push(Hours { start, end, range: tokens[at].range.start..tokens[after - 1].range.end });
        at = after;
    }
    found
}

/// The first hour of `4 - 5pm`, `10-10:30` and `1015-1030`, which says what it is by what follows.
fn opening(tokens: &[Token]) -> Option<(Hour, usize)> {
    let (value, digits) = tokens.first()?.number()?;
    tokens.get(1).filter(|token| joins(token))?;
    let plain = |hour: u32, minute: u32| Hour { hour, minute, second: 0, pm: None };
    if let Some(start) = figures(&tokens[0]) {
        return figures(tokens.get(2)?).map(|_| (start, 1));
    }
    let (end, length) = hour(&tokens[2..])?;
    // `30 - 2:00` is no span of hours, and `3-4 May` none at all.
    let fits = digits <= 2 && value <= 23 && (end.pm.is_some() || length >= 3);
    fits.then(|| (plain(value, 0), 1))
}

/// `1015`: an hour and its minutes in four figures.
fn figures(token: &Token) -> Option<Hour> {
    let (value, 4) = token.number()? else { return None };
    let (hour, minute) = (value / 100, value % 100);
    (hour < 24 && minute < 60).then_some(Hour { hour, minute, second: 0, pm: None })
}

/// `13:30`, `23:59:59`, `9h30`, `9.30 am`, `9 am`, `noon`
fn hour(tokens: &[Token]) -> Option<(Hour, usize)> {
    if tokens.first()?.word() == Some("noon") {
        return Some((Hour { hour: 12, minute: 0, second: 0, pm: Some(true) }, 1));
    }
    let (value, digits) = tokens.first()?.number()?;
    if digits > 2 || value > 23 {
        return None;
    }
    let joined = |at: usize| tokens.get(at).is_some_and(|token| token.range.start == tokens[at - 1].range.end);
    let two = |at: usize| tokens.get(at)?.number().filter(|(value, digits)| *digits == 2 && *value < 60);
    let mut read = Hour { hour: value, minute: 0, second: 0, pm: None };
    let separator = tokens.get(1)?;
    if (separator.is(':') || separator.word() == Some("h"))
        && joined(1)
        && let Some((minute, _)) = two(2)
        && joined(2)
    {
        read.minute = minute;
        let mut at = 3;
        if tokens.get(3).is_some_and(|token| token.is(':'))
            && let Some((second, _)) = two(4)
        {
            read.second = second;
            at = 5;
        }
        let half = half(&tokens[at..]).filter(|_| value <= 12);
        read.pm = half.map(|(pm, _)| pm);
        return Some((read, at + half.map_or(0, |(_, length)| length)));
    }
    if separator.is('.')
        && joined(1)
        && let Some((minute, _)) = two(2)
        && joined(2)
        && !joined_number(tokens, 3)
    {
        read.minute = minute;
        // With a full stop only beside a second hour or its half of the day: it might be any number.
        let half = half(&tokens[3..]).filter(|_| (1..=12).contains(&value));
        let ranged = tokens.get(3).is_some_and(joins) || half.is_some();
        read.pm = half.map(|(pm, _)| pm);
        return ranged.then_some((read, 3 + half.map_or(0, |(_, length)| length)));
    }
    // `20h`
    if tokens.get(1).is_some_and(|token| token.word() == Some("h")) && joined(1) {
        return Some((read, 2));
    }
    let (pm, length) = half(&tokens[1..]).filter(|_| (1..=12).contains(&value))?;
    read.pm = Some(pm);
    Some((read, 1 + length))
}

fn joined_number(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.is('.') && token.range.start == tokens[at - 1].range.end)
        && tokens.get(at + 1).is_some_and(|token| token.number().is_some())
}

/// The second hour of `9.30 - 10.15` or `13:30 - 14`.
fn bare(tokens: &[Token], start: Hour) -> Option<(Hour, usize)> {
    if let Some(end) = tokens.first().and_then(figures) {
        return Some((end, 1));
    }
    let (value, digits) = tokens.first()?.number()?;
    let minute = match tokens.get(1..3) {
        Some([stop, number]) if stop.is('.') => number.number().filter(|(value, digits)| *digits == 2 && *value < 60),
        _ => None,
    };
    if digits > 2 || value > 23 || (minute.is_none() && value <= start.hour) {
        return None;
    }
    let (minute, length) = minute.map_or((0, 1), |(minute, _)| (minute, 3));
    let half = half(&tokens[length..]);
    let hour = Hour { hour: value, minute, second: 0, pm: half.map(|(pm, _)| pm) };
    Some((hour, length + half.map_or(0, |(_, length)| length)))
}

/// `am`, `p.m.`: whether it is the second half, and how many tokens say so.
fn half(tokens: &[Token]) -> Option<(bool, usize)> {
    match tokens.first()?.word()? {
        "am" => Some((false, 1)),
        // `12:00 NN`
        "pm" | "nn" | "noon" => Some((true, 1)),
        letter @ ("a" | "p") if tokens.get(1)?.is('.') && tokens.get(2)?.word() == Some("m") => {
            let stop = tokens.get(3).is_some_and(|token| token.is('.'));
            Some((letter == "p", 3 + usize::from(stop)))
        }
        _ => None,
    }
}

/// Whether a text says that its date is not known yet.
pub(super) fn is_open(text: &str) -> bool {
    let words: Vec<String> = tokens(text).iter().filter_map(|token| token.word().map(str::to_owned)).collect();
    let phrase = words.join(" ");
    words.iter().any(|word| ["tbc", "tba", "tbd"].contains(&word.as_str()))
        || ["to be announced", "to be confirmed", "to be determined", "to be decided", "coming soon"]
            .iter()
            .any(|open| phrase.contains(open))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Day {
        Day { year: (year > 0).then_some(year), month, day }
    }

    #[test]
    fn days_are_read_in_every_order() {
        let cases = [
            ("Sept 23, 2025.", day(2025, 9, 23), day(2025, 9, 23)),
            ("June 30th, 2025", day(2025, 6, 30), day(2025, 6, 30)),
            ("the 23rd of Sept. 2025", day(2025, 9, 23), day(2025, 9, 23)),
            ("3 July 2026", day(2026, 7, 3), day(2026, 7, 3)),
            ("2026-07-03", day(2026, 7, 3), day(2026, 7, 3)),
            ("25.06.2026", day(2026, 6, 25), day(2026, 6, 25)),
            ("May 14-15, 2026", day(2026, 5, 14), day(2026, 5, 15)),
            ("14 – 15 May 2026", day(2026, 5, 14), day(2026, 5, 15)),
            ("30 April to 2 May 2026", day(2026, 4, 30), day(2026, 5, 2)),
            ("April 30 - May 2, 2026", day(2026, 4, 30), day(2026, 5, 2)),
            ("Thursday, 14 May", day(0, 5, 14), day(0, 5, 14)),
            ("2025년 9월 23일(화)", day(2025, 9, 23), day(2025, 9, 23)),
            ("July 28th 9:00", day(0, 7, 28), day(0, 7, 28)),
            ("3. May 2024", day(2024, 5, 3), day(2024, 5, 3)),
            ("7. März 2024", day(2024, 3, 7), day(2024, 3, 7)),
            ("12. Dezember", day(0, 12, 12), day(0, 12, 12)),
        ];
        for (text, first, last) in cases {
            let found = days(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!((found[0].first, found[0].last), (first, last), "{text}");
        }
        for nothing in [
            "13:30 - 13:35",
            "pages 8-10",
            "version 1.2.3",
            "30 February 2025",
            "may contain 3 errors",
            "version 3. May contain errors",
        ] {
            assert_eq!(days(nothing), vec![], "{nothing}");
        }
        assert!(days("03/04/2026")[0].ambiguous);
    }

    #[test]
    fn hours_are_read_with_and_without_their_half_of_the_day() {
        let time = |hour: u32, minute: u32| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let cases = [
            ("13:30 - 13:35", time(13, 30), Some(time(13, 35))),
            ("13:30–14:00", time(13, 30), Some(time(14, 0))),
            ("14:50 - 15:05|", time(14, 50), Some(time(15, 5))),
            ("1:30 - 2:10 pm", time(13, 30), Some(time(14, 10))),
            ("11:30 - 1:00 p.m.", time(11, 30), Some(time(13, 0))),
            ("9 am to 10 am", time(9, 0), Some(time(10, 0))),
            ("9.30 - 10.15", time(9, 30), Some(time(10, 15))),
            ("9h30", time(9, 30), None),
            ("5:00 pm", time(17, 0), None),
            ("12:15 am", time(0, 15), None),
        ];
        for (text, start, end) in cases {
            let found = hours(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].start.time(false), Some(start), "{text}");
            assert_eq!(found[0].end.and_then(|end| end.time(false)), end, "{text}");
        }
        assert_eq!(hours("8 pages, 2.50 euros, June 30"), vec![]);
    }
}
