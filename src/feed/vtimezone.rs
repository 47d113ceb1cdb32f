//! VTIMEZONE (RFC 5545 3.6.5), as short as it can be and right for the years a feed speaks of.
//!
//! A zone that keeps one offset gets one STANDARD block that begins in 1970. A zone with a yearly rule gets one
//! STANDARD and one DAYLIGHT with that rule, which is all some clients read; any other zone gets its changes one by one.
//! History before the feed's years is left out: it makes the component long, and Google garbles Korean text after one
//! of more than two hundred lines.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::domain::zone::{Transition, Zone};

/// A VTIMEZONE, CRLF after each line, that holds for the calendar years `first` to `last`.
pub fn write(zone: Zone, first: i32, last: i32) -> String {
    let mut out = String::from("BEGIN:VTIMEZONE\r\n");
    let _ = write!(out, "TZID:{}\r\n", zone.tzid());
    // A year more on both sides: the offset in force on 1 January was set the year before, and an evening in one zone
    // is the next year in another.
    let (from, to) = (first - 1, last + 1);
    let transitions = zone.transitions(from, to);
    match yearly(zone, &transitions, from, to) {
        Some(rules) => {
            for (transition, rule) in &rules {
                observance(&mut out, transition, onset(transition), Some(rule));
            }
        }
        None => {
            initial(&mut out, zone, from);
            for transition in &transitions {
                observance(&mut out, transition, onset(transition), None);
            }
        }
    }
    out.push_str("END:VTIMEZONE\r\n");
    out
}

/// The civil time of a change, on the clock that is about to be changed: what DTSTART of an observance states.
fn onset(transition: &Transition) -> NaiveDateTime {
    transition.at.naive_utc() + TimeDelta::seconds(transition.from_seconds.into())
}

/// The offset that holds before the first change of the years in question, since 1970.
fn initial(out: &mut String, zone: Zone, year: i32) {
    let start = NaiveDate::from_ymd_opt(year, 1, 1).expect("a year within the limits").and_hms_opt(0, 0, 0);
    let local = zone.local(start.expect("midnight").and_utc());
    let block = Transition {
        at: Default::default(),
        from_seconds: local.offset_seconds,
        to_seconds: local.offset_seconds,
        label: local.label,
        summer: false,
    };
    observance(out, &block, NaiveDateTime::default(), None);
}

fn observance(out: &mut String, transition: &Transition, onset: NaiveDateTime, rule: Option<&str>) {
    let kind = if transition.summer { "DAYLIGHT" } else { "STANDARD" };
    let _ = write!(out, "BEGIN:{kind}\r\nDTSTART:{}\r\n", onset.format("%Y%m%dT%H%M%S"));
    let _ = write!(out, "TZOFFSETFROM:{}\r\n", offset(transition.from_seconds));
    let _ = write!(out, "TZOFFSETTO:{}\r\n", offset(transition.to_seconds));
    if let Some(rule) = rule {
        let _ = write!(out, "RRULE:{rule}\r\n");
    }
    let _ = write!(out, "TZNAME:{}\r\nEND:{kind}\r\n", transition.label);
}

/// RFC 5545 3.3.14.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let absolute = seconds.abs();
    let (hours, minutes, seconds) = (absolute / 3600, absolute / 60 % 60, absolute % 60);
    if seconds == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{seconds:02}")
    }
}

/// So many more years are looked at to tell a rule from a coincidence: within three, the last Sunday can be the fifth
/// each time, and a calendar that keeps the rule for other years would be an hour off.
const MORE_YEARS: i32 = 12;

/// The two rules by which a zone changes twice a year, if that is what it does in all these years and long after.
fn yearly(zone: Zone, shown: &[Transition], from: i32, to: i32) -> Option<Vec<(Transition, String)>> {
    let transitions = zone.transitions(from, to + MORE_YEARS);
    let years = usize::try_from(to + MORE_YEARS - from + 1).ok()?;
    if transitions.len() != 2 * years || shown.len() < 2 {
        return None;
    }
    let rule_of = |parity: usize| {
        let same: Vec<&Transition> = transitions.iter().skip(parity).step_by(2).collect();
        let (first, rest) = same.split_first()?;
        let alike = |other: &&&Transition| {
            (other.from_seconds, other.to_seconds, &other.label) == (first.from_seconds, first.to_seconds, &first.label)
        };
        if !rest.iter().all(|other| alike(&other)) {
            return None;
        }
        let onsets: Vec<NaiveDateTime> = same.iter().map(|transition| onset(transition)).collect();
        let months =
            onsets.iter().all(|onset| onset.month() == onsets[0].month() && onset.weekday() == onsets[0].weekday());
        let hours =
            onsets.iter().all(|onset| onset.num_seconds_from_midnight() == onsets[0].num_seconds_from_midnight());
        if !(months && hours) {
            return None;
        }
        let nth = |onset: &NaiveDateTime| (onset.day() - 1) / 7 + 1;
        let is_last = |onset: &NaiveDateTime| onset.month() != (*onset + TimeDelta::days(7)).month();
        let week = if onsets.iter().all(|onset| nth(onset) == nth(&onsets[0])) {
            i64::from(nth(&onsets[0]))
        } else if onsets.iter().all(is_last) {
            -1
        } else {
            return None;
        };
        let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][onsets[0].weekday().num_days_from_monday() as usize];
        Some(((*first).clone(), format!("FREQ=YEARLY;BYMONTH={};BYDAY={week}{weekday}", onsets[0].month())))
    };
    Some(vec![rule_of(0)?, rule_of(1)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn seoul_is_one_block() {
        assert_eq!(
            write(zone("Asia/Seoul"), 2025, 2025),
            "BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
             TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nTZNAME:KST\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        );
    }

    #[test]
    fn a_yearly_zone_is_two_rules() {
        let text = write(zone("Europe/Copenhagen"), 2027, 2027);
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZNAME:CEST"), "{text}");
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZNAME:CET"), "{text}");
        assert_eq!(text.matches("BEGIN:STANDARD").count() + text.matches("BEGIN:DAYLIGHT").count(), 2);
    }

    #[test]
    fn a_rule_is_the_zones_own_in_every_year() {
        // In 2024, 2025 and 2026 the last Sunday of March is the fifth.
        for year in 2020..2032 {
            let text = write(zone("Europe/Berlin"), year, year);
            assert!(text.contains("BYMONTH=3;BYDAY=-1SU") && text.contains("BYMONTH=10;BYDAY=-1SU"), "{year}: {text}");
            let text = write(zone("America/New_York"), year, year);
            assert!(text.contains("BYMONTH=3;BYDAY=2SU") && text.contains("BYMONTH=11;BYDAY=1SU"), "{year}: {text}");
        }
        // The Friday before the last Sunday is no weekday of a month's week.
        assert!(!write(zone("Asia/Jerusalem"), 2025, 2025).contains("RRULE"));
    }

    #[test]
    fn a_zone_without_a_rule_states_its_changes() {
        let text = write(zone("Africa/Cairo"), 2026, 2026);
        assert!(text.lines().count() < 60, "{text}");
        let casablanca = write(zone("Africa/Casablanca"), 2026, 2026);
        assert!(casablanca.contains("BEGIN:STANDARD"), "{casablanca}");
    }

    #[test]
    fn every_zone_stays_short() {
        for tz in chrono_tz::TZ_VARIANTS {
            let lines = write(Zone::Iana(tz), 2025, 2028).lines().count();
            assert!(lines < 120, "{tz}: {lines} lines");
        }
    }
}
