//! Clocks a moment is told on: which, in which order, and the cities they hang in.
//!
//! Everybody is told the clock it was promised on, Anywhere on Earth, the venue's and UTC; one reader their own before
//! those. Each is told once. How it is said stands in [`super::language`].

use super::programme::Moment;
use super::zone::{Instant, Zone};

/// What one clock shows at a moment, and where it hangs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The moment on this clock.
    pub moment: Moment,
    /// The cities it hangs in; none for Anywhere on Earth, UTC, and zones that are named by letters.
    pub cities: Vec<String>,
}

/// A moment on the clocks it is told on, each once: its own first, then Anywhere on Earth, the venue's, UTC. A venue
/// whose clocks show the moment's own time is named beside it.
pub fn readings(moment: Moment, venue: Zone, city: Option<&str>) -> Vec<Reading> {
    told_on(moment, told_to_all(moment, venue, city))
}

/// A moment for one reader: their own clock first, by its own city's name, then those of [`readings`].
pub fn readings_for(reader: Zone, moment: Moment, venue: Zone, city: Option<&str>) -> Vec<Reading> {
    let own = (reader, city_of(reader));
    told_on(moment, [own].into_iter().chain(told_to_all(moment, venue, city)))
}

/// A moment on one reader's clock alone.
pub fn reading_of(reader: Zone, instant: Instant) -> Reading {
    let moment = Moment { civil: reader.local(instant).civil, zone: reader, instant };
    Reading { moment, cities: city_of(reader).into_iter().collect() }
}

type Clock = (Zone, Option<String>);

fn told_to_all(moment: Moment, venue: Zone, city: Option<&str>) -> impl Iterator<Item = Clock> {
    let named = move |zone| city.filter(|_| zone == venue).map(str::to_owned).or_else(|| city_of(zone));
    [moment.zone, Zone::AnywhereOnEarth, venue, Zone::UTC].map(|zone| (zone, named(zone))).into_iter()
}

fn told_on(moment: Moment, clocks: impl IntoIterator<Item = Clock>) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for (zone, named) in clocks {
        let seen = moment.seen_in(zone);
        let cities: Vec<String> = named.filter(|_| !is_utc(seen) && !is_aoe(seen)).into_iter().collect();
        let known = |other: &Reading| other.moment.zone == zone || is_utc(seen) && is_utc(other.moment);
        let again = readings.iter().any(known);
        match readings.first_mut() {
            Some(own) if own.moment.civil == seen.civil && !own.cities.is_empty() && !cities.is_empty() => {
                let new: Vec<String> = cities.into_iter().filter(|city| !own.cities.contains(city)).collect();
                own.cities.extend(new);
            }
            _ if again => {}
            _ => readings.push(Reading { moment: seen, cities }),
        }
    }
    readings
}

/// The city a zone is named after, if it is named after one.
fn city_of(zone: Zone) -> Option<String> {
    let name = zone.name();
    (name.contains('/') && !name.starts_with("Etc/")).then(|| zone.city())
}

fn is_utc(moment: Moment) -> bool {
    moment.civil == moment.instant.naive_utc() && moment.zone_label() == "UTC"
}

pub(super) fn is_aoe(moment: Moment) -> bool {
    moment.zone == Zone::AnywhereOnEarth
}
