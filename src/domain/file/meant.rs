//! What somebody probably meant who wrote something else: the near name, the other word, the day in other figures.
//!
//! Only ever a suggestion: nothing here is taken for what the file says.

use chrono::{NaiveDate, NaiveTime};

/// A longer suggestion would not be read, and cut short it would be wrong.
const LONGEST_SUGGESTION: usize = 120;

/// A longer name is no slip of the pen, and similarity costs the product of the lengths.
const LONGEST_NAME: usize = 60;

/// What people write, and what the file format calls it.
const SYNONYMS: &[(&str, &str)] = &[
    ("onsite", "in person"),
    ("on-site", "in person"),
    ("virtual", "online"),
    ("talk", "oral"),
    ("lunch", "break"),
    ("coffee", "break"),
    ("welcome", "ceremony"),
    ("paper", "submission"),
    ("authors", "everyone"),
    ("preliminary", "tentative"),
    ("organiser", "organizer"),
    ("reviewer", "committee"),
    ("name", "title"),
    ("date", "due"),
    ("date", "dates"),
    ("deadline", "due"),
    ("location", "room"),
    ("timezone", "time_zone"),
    ("tz", "time_zone"),
    ("email", "contact"),
    ("mail", "contact"),
    ("link", "url"),
    ("website", "url"),
    ("homepage", "url"),
    ("description", "summary"),
    ("abstract", "summary"),
    ("begin", "start"),
    ("until", "end"),
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The known name nearest to what was written, if it is near: at most every third letter is another.
pub fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if written.len() > LONGEST_NAME {
        return None;
    }
    let written = written.to_lowercase();
    let of = |name: &str| SYNONYMS.iter().any(|(word, meant)| *word == written && *meant == name);
    let near = known.filter_map(|name| {
        let letters = written.chars().count().max(name.chars().count());
        // Two names whose lengths differ too much need no comparing.
        let fewest = written.len().abs_diff(name.len());
        let distance = if of(name) {
            1
        } else if fewest * 3 > letters * 4 {
            letters
        } else {
            strsim::damerau_levenshtein(&written, &name.to_lowercase())
        };
        (distance * 3 <= letters || of(name)).then_some((distance, name))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The text as it stands in the file.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A suggestion, unless it is too long to be one.
pub(super) fn shortened(suggestion: &str) -> String {
    if suggestion.chars().count() > LONGEST_SUGGESTION {
        "the same between two straight quotation marks, \"...\"".to_owned()
    } else {
        suggestion.to_owned()
    }
}

/// What was written, short enough to repeat.
pub(super) fn brief(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    quoted(&short)
}

/// Three figures, or two and the name of a month.
pub(super) fn looks_like_a_day(text: &str) -> bool {
    figures(text).is_some()
}

/// Year, month and day in the order of the text where that is certain.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let (a, b, c) = figures(text)?;
    let valid = |year: u32, month: u32, day: u32| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    match (a, b, c) {
        (Figure::Number(year @ 1990..=2199), Figure::Number(b), Figure::Number(c)) => {
            valid(year, b, c).or_else(|| valid(year, c, b).filter(|_| b > 12))
        }
        (Figure::Number(a), Figure::Number(b), Figure::Number(year @ 1990..=2199)) => match (a > 12, b > 12) {
            (true, false) => valid(year, b, a),
            (false, true) => valid(year, a, b),
            // 30.06. is a day and a month everywhere; 03/06/ is either.
            _ if text.contains('.') => valid(year, b, a),
            _ => None,
        },
        (Figure::Number(day), Figure::Month(month), Figure::Number(year @ 1990..=2199))
        | (Figure::Month(month), Figure::Number(day), Figure::Number(year @ 1990..=2199))
        | (Figure::Number(year @ 1990..=2199), Figure::Month(month), Figure::Number(day)) => valid(year, month, day),
        _ => None,
    }
}

/// A day in the right form that no calendar has, such as 2025-02-30.
pub(super) fn impossible_day(text: &str) -> Option<String> {
    let (Figure::Number(year @ 1990..=2199), Figure::Number(month @ 1..=12), Figure::Number(day @ 1..=31)) =
        figures(text)?
    else {
        return None;
    };
    let known = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    known.is_none().then(|| format!("{year}-{month:02}-{day:02}"))
}

/// A day and an hour, as the file format writes them.
pub(super) fn moment(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (date, hour) = lower.split_once(['t', ' '])?;
    let day = day(date)?;
    let afternoon = hour.contains("pm");
    let hour = hour.trim_end_matches(['a', 'p', 'm', '.', ' ']);
    let mut parts = hour.split(':').map(|part| part.trim().parse::<u32>().ok());
    let hour = parts.next()??;
    let (minute, second) = (parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    let hour = if afternoon && hour < 12 { hour + 12 } else { hour };
    Some(format!("{day}T{}", NaiveTime::from_hms_opt(hour, minute, second)?.format("%H:%M:%S")))
}

#[derive(Clone, Copy)]
enum Figure {
    Number(u32),
    Month(u32),
}

fn figures(text: &str) -> Option<(Figure, Figure, Figure)> {
    if text.len() > LONGEST_NAME {
        return None;
    }
    let mut figures = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(figure);
    let three = (figures.next()??, figures.next()??, figures.next()??);
    figures.next().is_none().then_some(three)
}

fn figure(word: &str) -> Option<Figure> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    // 30th is a number, June a month.
    if !digits.is_empty() && matches!(&word[digits.len()..], "" | "st" | "nd" | "rd" | "th") {
        return digits.parse().ok().map(Figure::Number);
    }
    let lower = word.to_lowercase();
    let month = MONTHS.iter().position(|month| lower.starts_with(month))?;
    u32::try_from(month + 1).ok().map(Figure::Month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_understood_in_every_order_that_is_certain() {
        for text in
            ["30 June 2025", "June 30th, 2025", "2025/06/30", "30.06.2025", "2025-30-06", "2025-6-30", "6/30/2025"]
        {
            assert_eq!(day(text).unwrap().to_string(), "2025-06-30", "{text}");
        }
        for text in ["03/06/2025", "2025", "30 June", "soon", "1 2 3 4", "2025-02-30"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(impossible_day("2025-02-30").as_deref(), Some("2025-02-30"));
    }

    #[test]
    fn near_names_are_near_indeed() {
        let names = ["title", "host", "room", "programme"];
        assert_eq!(nearest("titel", names.into_iter()), Some("title"));
        assert_eq!(nearest("program", names.into_iter()), Some("programme"));
        assert_eq!(nearest("short", names.into_iter()), None);
        assert_eq!(nearest("talk", ["oral", "panel"].into_iter()), Some("oral"));
    }
}
