//! How long ahead of a deadline a reminder goes out.
//!
//! `3h` and `7d` count hours back from the deadline; `7d@09:00` is nine in the morning of the reader's own day, seven
//! days before the day on which the deadline falls for them.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveTime, TimeDelta, Timelike};

use super::zone::{Instant, Zone};

/// A reminder's distance from its deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LeadTime {
    /// So many hours before the deadline. `7d` is 168 of them.
    Hours(u32),
    /// At an hour of the reader's own day, so many days before the deadline's day there.
    DaysAt {
        /// Whole days.
        days: u32,
        /// The hour and minute of the reader's day.
        at: NaiveTime,
    },
}

/// A lead time that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a lead time is written \"3h\", \"7d\" or \"7d@09:00\", at most 60 days")]
pub struct BadLeadTime;

const MOST_DAYS: u32 = 60;

impl FromStr for LeadTime {
    type Err = BadLeadTime;

    fn from_str(text: &str) -> Result<LeadTime, BadLeadTime> {
        let number = |digits: &str, most: u32| {
            (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
                .then(|| digits.parse::<u32>().ok())
                .flatten()
                .filter(|n| (1..=most).contains(n))
                .ok_or(BadLeadTime)
        };
        if let Some((days, at)) = text.split_once("d@") {
            let at = NaiveTime::parse_from_str(at, "%H:%M").map_err(|_| BadLeadTime)?;
            return Ok(LeadTime::DaysAt { days: number(days, MOST_DAYS)?, at });
        }
        if let Some(days) = text.strip_suffix('d') {
            return Ok(LeadTime::Hours(number(days, MOST_DAYS)? * 24));
        }
        let hours = text.strip_suffix('h').ok_or(BadLeadTime)?;
        Ok(LeadTime::Hours(number(hours, MOST_DAYS * 24)?))
    }
}

impl LeadTime {
    /// How long before a deadline it lies, without regard to days and nights.
    pub fn length(self) -> TimeDelta {
        match self {
            LeadTime::Hours(hours) => TimeDelta::hours(hours.into()),
            LeadTime::DaysAt { days, .. } => TimeDelta::days(days.into()),
        }
    }

    /// When a reminder of what is due at `due` goes out, on the clock of its reader. Hour-counted ones keep out of the
    /// night unless they are wanted to the minute.
    pub fn fire(self, due: Instant, zone: Zone, to_the_minute: bool) -> Instant {
        let own = zone.local(due).civil.date();
        let at = |days: i64, hour: NaiveTime| zone.instant_or_nearest((own - TimeDelta::days(days)).and_time(hour));
        let full = |hour: u32| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        match self {
            LeadTime::Hours(hours) => {
                let fire = due - TimeDelta::hours(hours.into());
                let civil = zone.local(fire).civil;
                let back = match civil.hour() {
                    _ if to_the_minute => return fire,
                    22.. => 0,
                    ..7 => 1,
                    _ => return fire,
                };
                zone.instant_or_nearest((civil.date() - TimeDelta::days(back)).and_time(full(21)))
            }
            LeadTime::DaysAt { days, at: hour } => {
                let fire = at(days.into(), hour);
                if fire > due - TimeDelta::hours(3) { at(1, full(18)) } else { fire }
            }
        }
    }
}

impl fmt::Display for LeadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeadTime::Hours(hours) if hours % 24 == 0 => write!(f, "{}d", hours / 24),
            LeadTime::Hours(hours) => write!(f, "{hours}h"),
            LeadTime::DaysAt { days, at } => write!(f, "{days}d@{}", at.format("%H:%M")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lead_times_read_and_print_alike() {
        for text in ["3h", "7d", "1d@09:00", "60d@23:59"] {
            assert_eq!(text.parse::<LeadTime>().unwrap().to_string(), text);
        }
        assert_eq!("168h".parse::<LeadTime>().unwrap(), LeadTime::Hours(168));
    }

    /// The local time at which a reminder fires, for a deadline at 30 June 2025, 23:59 AoE.
    fn fires(lead: &str, zone: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        let due: Instant = "2025-07-01T11:59:00Z".parse().unwrap();
        zone.local(lead.parse::<LeadTime>().unwrap().fire(due, zone, false)).civil.format("%m-%d %H:%M").to_string()
    }

    #[test]
    fn an_hour_of_the_readers_day_is_theirs() {
        // The deadline falls on 1 July for both, and on the last of June in Honolulu.
        assert_eq!(fires("7d@09:00", "Europe/Copenhagen"), "06-24 09:00");
        assert_eq!(fires("7d@09:00", "Asia/Seoul"), "06-24 09:00");
        assert_eq!(fires("1d@09:00", "Pacific/Honolulu"), "06-30 09:00");
        // At four in the morning of its day, in Los Angeles: nine of the day before is early enough.
        assert_eq!(fires("1d@09:00", "America/Los_Angeles"), "06-30 09:00");
        assert_eq!(fires("1d@23:30", "Pacific/Honolulu"), "06-30 18:00", "too late, so the evening before");
    }

    #[test]
    fn counted_hours_keep_out_of_the_night() {
        assert_eq!(fires("168h", "Europe/Copenhagen"), "06-24 13:59");
        assert_eq!(fires("7d", "America/Los_Angeles"), "06-23 21:00", "04:59 would be the night");
        assert_eq!(fires("3h", "Asia/Seoul"), "07-01 17:59");
        assert_eq!(fires("22h", "Asia/Seoul"), "06-30 21:00", "22:59 would be the night");
        let zone: Zone = "America/Los_Angeles".parse().unwrap();
        let due: Instant = "2025-07-01T11:59:00Z".parse().unwrap();
        assert_eq!(LeadTime::Hours(3).fire(due, zone, true), "2025-07-01T08:59:00Z".parse::<Instant>().unwrap());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "7", "d", "0d", "61d", "-1d", "7d@", "7d@9", "7d@25:00", "+3h", "9999999999d"] {
            assert_eq!(text.parse::<LeadTime>(), Err(BadLeadTime), "{text:?}");
        }
    }
}
