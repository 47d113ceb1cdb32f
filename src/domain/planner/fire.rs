//! When a reminder fires: counted back from the deadline, or at an hour of the reader's own day, never in their night.

use chrono::{Days, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::domain::lead_time::LeadTime;
use crate::domain::zone::{Instant, Zone};

/// A reminder at an hour of the day that comes later than this before its deadline is moved to the evening before.
const TOO_LATE: TimeDelta = TimeDelta::hours(3);

/// When a reminder of this lead time fires for a reader in `zone`, for a deadline at `due`. `to_the_minute` keeps
/// hour-counted ones where they fall, also at night.
pub fn fire(lead: LeadTime, due: Instant, zone: Zone, to_the_minute: bool) -> Instant {
    match lead {
        LeadTime::Hours(hours) => {
            let at = due - TimeDelta::hours(hours.into());
            if to_the_minute { at } else { out_of_the_night(at, zone) }
        }
        LeadTime::DaysAt { days, at } => {
            let day = zone.local(due).civil.date();
            let on = |back: u64, time: NaiveTime| {
                let day = day.checked_sub_days(Days::new(back)).unwrap_or(day);
                zone.instant_or_nearest(NaiveDateTime::new(day, time))
            };
            let chosen = on(days.into(), at);
            if chosen > due - TOO_LATE { on(1, clock(18)) } else { chosen }
        }
    }
}

/// The instant itself, or nine in the evening before, when it falls between ten and seven.
fn out_of_the_night(at: Instant, zone: Zone) -> Instant {
    let local = zone.local(at).civil;
    let day = match local.hour() {
        7..22 => return at,
        22.. => local.date(),
        _ => local.date().pred_opt().unwrap_or(local.date()),
    };
    zone.instant_or_nearest(NaiveDateTime::new(day, clock(21)))
}

fn clock(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The local time at which a reminder fires, for a deadline at 30 June 2025, 23:59 AoE.
    fn fires(lead: &str, zone: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        let due: Instant = "2025-07-01T11:59:00Z".parse().unwrap();
        zone.local(fire(lead.parse().unwrap(), due, zone, false)).civil.format("%m-%d %H:%M").to_string()
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
        assert_eq!(fire(LeadTime::Hours(3), due, zone, true), "2025-07-01T08:59:00Z".parse::<Instant>().unwrap());
    }
}
