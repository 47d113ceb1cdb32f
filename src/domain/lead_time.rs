//! How long ahead of a deadline a reminder goes out.
//!
//! `3h` and `7d` count hours back from the deadline; `7d@09:00` is nine in the morning of the reader's own day, seven
//! days before the day on which the deadline falls for them.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveTime;

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

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "7", "d", "0d", "61d", "-1d", "7d@", "7d@9", "7d@25:00", "+3h", "9999999999d"] {
            assert_eq!(text.parse::<LeadTime>(), Err(BadLeadTime), "{text:?}");
        }
    }
}
