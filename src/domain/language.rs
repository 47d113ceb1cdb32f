//! The languages people are written in, and how each says days, hours and lengths of time.
//!
//! A moment is always told on several clocks: the one it was promised on, Anywhere on Earth, the venue's, UTC. Which
//! clocks, in which order, stands in [`super::reading`]; whose day is another is decided here once, for every mail,
//! post and page. Dates are English as `Mon 30 June 2025` and Korean as `2025년 6월 30일(월)`, hours always as `23:59`. Names and titles are
//! never translated, so a Korean sentence is built without particles that hang on how a name ends.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::kind::Named;
use super::programme::Moment;
use super::reading::is_aoe;
use super::zone::utc_offset;

pub use super::reading::{Reading, reading_of, readings, readings_for};

/// A language people are written in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// English, days before months, hours from 00 to 23.
    English,
    /// Korean, in the polite form of public notices.
    Korean,
}

impl Named for Language {
    const ALL: &'static [(&'static str, Language)] = &[("en", Language::English), ("ko", Language::Korean)];
}

/// A zone's letters and its offset, `KST, UTC+9`, or the offset alone.
fn letters_and_offset(moment: Moment) -> String {
    let local = moment.zone.local(moment.instant);
    let offset = utc_offset(local.offset_seconds);
    if local.label == offset { offset } else { format!("{}, {offset}", local.label) }
}

/// A zone's letters alone, `KST`.
fn letters(moment: Moment) -> String {
    moment.zone.local(moment.instant).label
}

impl Language {
    /// `en` or `ko`: RFC 5646.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Korean => "ko",
        }
    }

    /// `30 June`, `6월 30일`.
    pub fn day(self, date: NaiveDate) -> String {
        match self {
            Language::English => date.format("%-d %B").to_string(),
            Language::Korean => format!("{}월 {}일", date.month(), date.day()),
        }
    }

    /// `30 June 2025`, `2025년 6월 30일`.
    pub fn day_and_year(self, date: NaiveDate) -> String {
        match self {
            Language::English => format!("{} {}", self.day(date), date.year()),
            Language::Korean => format!("{}년 {}", date.year(), self.day(date)),
        }
    }

    /// `Mon 30 June`, `6월 30일(월)`.
    pub fn weekday_and_day(self, date: NaiveDate) -> String {
        match self {
            Language::English => format!("{} {}", self.weekday(date), self.day(date)),
            Language::Korean => format!("{}({})", self.day(date), self.weekday(date)),
        }
    }

    /// `Mon 30 June 2025`, `2025년 6월 30일(월)`.
    pub fn date(self, date: NaiveDate) -> String {
        match self {
            Language::English => format!("{} {}", self.weekday(date), self.day_and_year(date)),
            Language::Korean => format!("{}({})", self.day_and_year(date), self.weekday(date)),
        }
    }

    /// `Mon`, `월`.
    pub fn weekday(self, date: NaiveDate) -> String {
        match self {
            Language::English => date.format("%a").to_string(),
            Language::Korean => {
                const NAMES: [&str; 7] = ["월", "화", "수", "목", "금", "토", "일"];
                NAMES[date.weekday().num_days_from_monday() as usize].to_owned()
            }
        }
    }

    /// `Mon 30 June 2025, 23:59 AoE (UTC-12)`, `2025년 6월 30일(월) 23:59 AoE(UTC-12)`.
    pub fn moment(self, moment: Moment) -> String {
        let label = moment.zone_label();
        match self {
            Language::English => format!("{}, {} {label}", self.date(moment.date()), moment.clock()),
            Language::Korean => {
                format!("{} {} {}", self.date(moment.date()), moment.clock(), label.replace(" (", "("))
            }
        }
    }

    /// For a subject: `Mon 30 Jun, 23:59 AoE`, `6월 30일(월) 23:59 AoE`.
    pub fn brief_moment(self, moment: Moment) -> String {
        match self {
            Language::English => format!("{} {}", moment.civil.format("%a %-d %b, %H:%M"), letters(moment)),
            Language::Korean => {
                format!("{} {} {}", self.weekday_and_day(moment.date()), moment.clock(), letters(moment))
            }
        }
    }

    /// For a reader's subject, with the city instead of letters: `Tue 1 Jul, 13:59 Copenhagen`, `7월 1일(화) 20:59 Busan`.
    /// The year stands there where it is not the one that goes without saying: `Wed 1 Jul 2026, 13:59 Copenhagen`.
    pub fn brief_reading(self, reading: &Reading, plain: Option<i32>) -> String {
        let moment = reading.moment;
        let year = plain.filter(|year| *year != moment.civil.year()).map(|_| moment.civil.year());
        let city = reading.cities.first().cloned().unwrap_or_else(|| letters(moment));
        match (self, year) {
            (Language::English, None) => format!("{} {city}", moment.civil.format("%a %-d %b, %H:%M")),
            (Language::English, Some(_)) => format!("{} {city}", moment.civil.format("%a %-d %b %Y, %H:%M")),
            (Language::Korean, year) => {
                let year = year.map_or_else(String::new, |year| format!("{year}년 "));
                format!("{year}{} {} {city}", self.weekday_and_day(moment.date()), moment.clock())
            }
        }
    }

    /// Within a sentence, where the year is plain: `Tue 1 July, 13:59 in Copenhagen`, `7월 1일(화) 20:59 Busan`.
    pub fn day_and_hour(self, reading: &Reading) -> String {
        let (day, clock) = (self.weekday_and_day(reading.moment.date()), reading.moment.clock());
        match (self, self.cities(reading)) {
            (Language::English, Some(city)) => format!("{day}, {clock} in {city}"),
            (Language::English, None) => format!("{day}, {clock} {}", letters(reading.moment)),
            (Language::Korean, city) => format!("{day} {clock} {}", city.unwrap_or_else(|| letters(reading.moment))),
        }
    }

    /// What to say beside a clock whose day is another than the reader's: `still 30 June there`, `이 기준으로는 아직 6월 30일`.
    pub fn still_or_already(self, there: NaiveDate, here: NaiveDate) -> Option<String> {
        let (word, day) = match (self, there.cmp(&here)) {
            (_, std::cmp::Ordering::Equal) => return None,
            (Language::English, std::cmp::Ordering::Less) => ("still", self.day(there)),
            (Language::English, std::cmp::Ordering::Greater) => ("already", self.day(there)),
            (Language::Korean, std::cmp::Ordering::Less) => ("아직", self.day(there)),
            (Language::Korean, std::cmp::Ordering::Greater) => ("이미", self.day(there)),
        };
        Some(match self {
            Language::English => format!("{word} {day} there"),
            Language::Korean => format!("이 기준으로는 {word} {day}"),
        })
    }

    /// A line of its own: `Mon 30 June 2025, 23:59 Anywhere on Earth (AoE, UTC-12)`,
    /// `2025년 7월 1일(화) 20:59 Busan(KST, UTC+9)`.
    pub fn reading(self, reading: &Reading) -> String {
        let moment = reading.moment;
        let (date, clock, inner) = (self.date(moment.date()), moment.clock(), letters_and_offset(moment));
        match (self, self.cities(reading)) {
            (Language::English, Some(city)) => format!("{date}, {clock} in {city} ({inner})"),
            (Language::English, None) if is_aoe(moment) => format!("{date}, {clock} Anywhere on Earth ({inner})"),
            (Language::Korean, Some(city)) => format!("{date} {clock} {city}({inner})"),
            (Language::Korean, None) if is_aoe(moment) => {
                format!("{date} {clock} AoE(Anywhere on Earth, UTC-12)")
            }
            (_, None) => self.moment(moment),
        }
    }

    /// Further clocks in one line, a day only where it is another than the one said before it:
    /// `Tue 1 July, 20:59 in Busan (KST) = 11:59 UTC`.
    pub fn equals<'r>(self, said: NaiveDate, others: impl IntoIterator<Item = &'r Reading>) -> String {
        let mut said = said;
        let told = others.into_iter().map(|reading| {
            let moment = reading.moment;
            let (clock, letters) = (moment.clock(), letters(moment));
            let hour = match (self, self.cities(reading)) {
                (Language::English, Some(city)) => format!("{clock} in {city} ({letters})"),
                (Language::Korean, Some(city)) => format!("{clock} {city}({letters})"),
                (_, None) => format!("{clock} {letters}"),
            };
            if std::mem::replace(&mut said, moment.date()) == moment.date() {
                return hour;
            }
            let comma = if self == Language::English { "," } else { "" };
            format!("{}{comma} {hour}", self.weekday_and_day(moment.date()))
        });
        told.collect::<Vec<_>>().join(" = ")
    }

    /// Whose calendar shows another day than the first clock's, if any does:
    /// `In Busan and UTC it is already 1 July by then, but still 30 June Anywhere on Earth.`
    pub fn other_days(self, readings: &[Reading]) -> Option<String> {
        let (own, others) = readings.split_first()?;
        let today = own.moment.date();
        let on = |holds: fn(&NaiveDate, &NaiveDate) -> bool| -> Vec<&Reading> {
            others.iter().filter(|reading| holds(&reading.moment.date(), &today)).collect()
        };
        let (before, after) = (on(NaiveDate::lt), on(NaiveDate::gt));
        let groups: Vec<String> = [(&before, false), (&after, true)]
            .into_iter()
            .filter_map(|(group, later)| Some(self.elsewhere(group, group.first()?.moment.date(), later)))
            .collect();
        if groups.is_empty() {
            return None;
        }
        let (day, place) = (self.day(today), self.whereabouts(own));
        Some(match (self, before.is_empty(), after.is_empty()) {
            (Language::English, true, _) => capitalized(&format!("{}, but still {day} {place}.", groups.join(", "))),
            (Language::English, _, true) => capitalized(&format!("{}, but already {day} {place}.", groups.join(", "))),
            (Language::English, ..) => capitalized(&format!("{}, and {day} {place}.", groups.join(", "))),
            (Language::Korean, true, _) => {
                format!("이 시각은 {}이지만, {place} 기준으로는 아직 {day}입니다.", groups.join(", "))
            }
            (Language::Korean, _, true) => {
                format!("이 시각은 {}이지만, {place} 기준으로는 이미 {day}입니다.", groups.join(", "))
            }
            (Language::Korean, ..) => format!("이 시각은 {}이며, {place} 기준으로는 {day}입니다.", groups.join(", ")),
        })
    }

    /// `in Busan and UTC it is already 1 July by then`, `Busan·UTC 기준으로는 이미 7월 1일`.
    fn elsewhere(self, group: &[&Reading], date: NaiveDate, later: bool) -> String {
        let (day, places) = (self.day(date), group.iter().map(|reading| self.whereabouts(reading)));
        match self {
            Language::English => {
                let places = places.collect::<Vec<_>>().join(" and ").replace(" and in ", " and ");
                format!("{places} it is {} {day} by then", if later { "already" } else { "still" })
            }
            Language::Korean => {
                let places = places.collect::<Vec<_>>().join("·");
                format!("{places} 기준으로는 {} {day}", if later { "이미" } else { "아직" })
            }
        }
    }

    /// `in Busan`, `in UTC`, `Anywhere on Earth`; in Korean the name alone.
    fn whereabouts(self, reading: &Reading) -> String {
        let name = self.cities(reading).unwrap_or_else(|| letters(reading.moment));
        match self {
            Language::English if is_aoe(reading.moment) => "Anywhere on Earth".to_owned(),
            Language::English => format!("in {name}"),
            Language::Korean => name,
        }
    }

    /// `Busan`, `Los Angeles and Vancouver`.
    fn cities(self, reading: &Reading) -> Option<String> {
        let and = if self == Language::English { " and " } else { "·" };
        (!reading.cities.is_empty()).then(|| reading.cities.join(and))
    }

    /// The two largest units of a length of time, rounded down: `4 days and 2 hours`, `4일 2시간`, `59 minutes`.
    pub fn length(self, length: TimeDelta) -> String {
        let minutes = length.num_minutes();
        let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
        let parts = match (days, hours, minutes) {
            (0, 0, 0) => {
                return match self {
                    Language::English => "less than a minute",
                    Language::Korean => "1분 미만",
                }
                .to_owned();
            }
            (0, hours, minutes) => [self.count(hours, Unit::Hour), self.count(minutes, Unit::Minute)],
            (days, hours, _) => [self.count(days, Unit::Day), self.count(hours, Unit::Hour)],
        };
        let and = if self == Language::English { " and " } else { " " };
        parts.into_iter().flatten().collect::<Vec<_>>().join(and)
    }

    /// `7 days`, `7일`.
    pub fn days(self, days: i64) -> String {
        self.count(days, Unit::Day).unwrap_or_default()
    }

    fn count(self, number: i64, unit: Unit) -> Option<String> {
        let plural = if number == 1 { "" } else { "s" };
        let said = match (self, unit) {
            (Language::English, Unit::Day) => format!("{number} day{plural}"),
            (Language::English, Unit::Hour) => format!("{number} hour{plural}"),
            (Language::English, Unit::Minute) => format!("{number} minute{plural}"),
            (Language::Korean, Unit::Day) => format!("{number}일"),
            (Language::Korean, Unit::Hour) => format!("{number}시간"),
            (Language::Korean, Unit::Minute) => format!("{number}분"),
        };
        (number > 0).then_some(said)
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Hour,
    Minute,
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::zone::Zone;

    fn moment(civil: &str, zone: &str) -> Moment {
        let (civil, zone): (_, Zone) = (civil.parse().unwrap(), zone.parse().unwrap());
        Moment { civil, zone, instant: zone.instant(civil).unwrap() }
    }

    fn lines(language: Language, readings: &[Reading]) -> Vec<String> {
        readings.iter().map(|reading| language.reading(reading)).collect()
    }

    #[test]
    fn a_deadline_anywhere_on_earth_is_told_on_three_clocks() {
        let readings = readings(moment("2025-06-30T23:59:00", "AoE"), "Asia/Seoul".parse().unwrap(), Some("Daejeon"));
        assert_eq!(
            lines(Language::English, &readings),
            [
                "Mon 30 June 2025, 23:59 Anywhere on Earth (AoE, UTC-12)",
                "Tue 1 July 2025, 20:59 in Daejeon (KST, UTC+9)",
                "Tue 1 July 2025, 11:59 UTC"
            ]
        );
        assert_eq!(
            lines(Language::Korean, &readings),
            [
                "2025년 6월 30일(월) 23:59 AoE(Anywhere on Earth, UTC-12)",
                "2025년 7월 1일(화) 20:59 Daejeon(KST, UTC+9)",
                "2025년 7월 1일(화) 11:59 UTC"
            ]
        );
        let today = readings[0].moment.date();
        assert_eq!(Language::English.equals(today, &readings[1..]), "Tue 1 July, 20:59 in Daejeon (KST) = 11:59 UTC");
        assert_eq!(Language::Korean.equals(today, &readings[1..]), "7월 1일(화) 20:59 Daejeon(KST) = 11:59 UTC");
        assert_eq!(
            Language::English.other_days(&readings).unwrap(),
            "In Daejeon and UTC it is already 1 July by then, but still 30 June Anywhere on Earth."
        );
        assert_eq!(
            Language::Korean.other_days(&readings).unwrap(),
            "이 시각은 Daejeon·UTC 기준으로는 이미 7월 1일이지만, AoE 기준으로는 아직 6월 30일입니다."
        );
    }

    #[test]
    fn a_clock_is_read_once_and_a_zone_without_a_city_by_its_letters() {
        let utc: Zone = "UTC".parse().unwrap();
        let told = readings(moment("2026-01-05T12:00:00", "Etc/UTC"), utc, Some("Nowhere"));
        assert_eq!(
            lines(Language::English, &told),
            ["Mon 5 January 2026, 12:00 UTC", "Mon 5 January 2026, 00:00 Anywhere on Earth (AoE, UTC-12)"]
        );
        assert_eq!(Language::English.other_days(&told), None);
        let east = readings(moment("2026-01-05T12:00:00", "EST"), utc, None);
        assert_eq!(Language::English.reading(&east[0]), "Mon 5 January 2026, 12:00 EST (UTC-5)");
    }

    #[test]
    fn a_venue_on_the_same_time_is_named_beside_it() {
        let vancouver = "America/Vancouver".parse().unwrap();
        let told = readings(moment("2027-06-25T17:00:00", "America/Los_Angeles"), vancouver, None);
        assert_eq!(
            lines(Language::English, &told),
            [
                "Fri 25 June 2027, 17:00 in Los Angeles and Vancouver (PDT, UTC-7)",
                "Fri 25 June 2027, 12:00 Anywhere on Earth (AoE, UTC-12)",
                "Sat 26 June 2027, 00:00 UTC"
            ]
        );
        assert_eq!(
            Language::Korean.other_days(&told).unwrap(),
            "이 시각은 UTC 기준으로는 이미 6월 26일이지만, Los Angeles·Vancouver 기준으로는 아직 6월 25일입니다."
        );
    }

    #[test]
    fn a_reader_is_told_on_their_own_clock_first() {
        let (aoe, seoul): (Moment, Zone) = (moment("2025-06-30T23:59:00", "AoE"), "Asia/Seoul".parse().unwrap());
        let told = readings_for("Europe/Copenhagen".parse().unwrap(), aoe, seoul, Some("Daejeon"));
        assert_eq!(Language::English.brief_reading(&told[0], Some(2025)), "Tue 1 Jul, 13:59 Copenhagen");
        assert_eq!(Language::English.brief_reading(&told[0], Some(2026)), "Tue 1 Jul 2025, 13:59 Copenhagen");
        assert_eq!(Language::Korean.brief_reading(&told[0], None), "7월 1일(화) 13:59 Copenhagen");
        assert_eq!(Language::Korean.brief_reading(&told[0], Some(2024)), "2025년 7월 1일(화) 13:59 Copenhagen");
        assert_eq!(Language::English.day_and_hour(&told[0]), "Tue 1 July, 13:59 in Copenhagen");
        assert_eq!((told.len(), told[1].moment.zone), (4, Zone::AnywhereOnEarth));
        let there = told[1].moment.date();
        assert_eq!(Language::English.still_or_already(there, told[0].moment.date()).unwrap(), "still 30 June there");
        let near = readings_for(seoul, aoe, seoul, Some("Daejeon"));
        assert_eq!(Language::English.reading(&near[0]), "Tue 1 July 2025, 20:59 in Seoul and Daejeon (KST, UTC+9)");
        assert_eq!(near.len(), 3);
    }

    #[test]
    fn the_day_may_be_another_before_and_after() {
        let seoul = "Asia/Seoul".parse().unwrap();
        let early = readings(moment("2026-07-01T08:00:00", "Asia/Seoul"), seoul, Some("Busan"));
        assert_eq!(
            Language::English.other_days(&early).unwrap(),
            "Anywhere on Earth and UTC it is still 30 June by then, but already 1 July in Busan."
        );
        assert_eq!(
            Language::Korean.other_days(&early).unwrap(),
            "이 시각은 AoE·UTC 기준으로는 아직 6월 30일이지만, Busan 기준으로는 이미 7월 1일입니다."
        );
        let island = "Pacific/Kiritimati".parse().unwrap();
        let both = readings(moment("2026-07-01T11:30:00", "Europe/London"), island, None);
        assert_eq!(
            Language::English.other_days(&both).unwrap(),
            "Anywhere on Earth it is still 30 June by then, in Kiritimati it is already 2 July by then, and 1 July in London."
        );
    }

    #[test]
    fn dates_are_said_as_people_of_each_language_do() {
        let date = NaiveDate::from_ymd_opt(2025, 9, 23).unwrap();
        assert_eq!(Language::English.weekday_and_day(date), "Tue 23 September");
        assert_eq!(Language::Korean.weekday_and_day(date), "9월 23일(화)");
        let aoe = moment("2025-06-30T23:59:59", "AoE");
        assert_eq!(Language::English.brief_moment(aoe), "Mon 30 Jun, 23:59 AoE");
        assert_eq!(Language::Korean.brief_moment(aoe), "6월 30일(월) 23:59 AoE");
        assert_eq!(Language::English.moment(aoe), "Mon 30 June 2025, 23:59 AoE (UTC-12)");
        assert_eq!(Language::Korean.moment(aoe), "2025년 6월 30일(월) 23:59 AoE(UTC-12)");
    }

    #[test]
    fn lengths_are_rounded_down_to_two_units() {
        for (seconds, english, korean) in [
            (59, "less than a minute", "1분 미만"),
            (60, "1 minute", "1분"),
            (3_660, "1 hour and 1 minute", "1시간 1분"),
            (7_200, "2 hours", "2시간"),
            (86_399, "23 hours and 59 minutes", "23시간 59분"),
            (86_400, "1 day", "1일"),
            (4 * 86_400 + 2 * 3_600 + 3_000, "4 days and 2 hours", "4일 2시간"),
        ] {
            assert_eq!(Language::English.length(TimeDelta::seconds(seconds)), english);
            assert_eq!(Language::Korean.length(TimeDelta::seconds(seconds)), korean);
        }
    }
}
