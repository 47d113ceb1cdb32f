//! The shape of the schedule: that of its JSON, key by key. The XML is written from the same values.

use chrono::NaiveDate;
use serde::Serialize;
use serde::ser::SerializeMap;

#[derive(Serialize)]
pub(super) struct Document {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub generator: Generator,
    pub schedule: Schedule,
}

#[derive(Serialize)]
pub(super) struct Generator {
    pub name: &'static str,
}

#[derive(Serialize)]
pub(super) struct Schedule {
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    pub conference: Conference,
}

#[derive(Serialize)]
pub(super) struct Conference {
    pub acronym: String,
    pub title: String,
    pub start: String,
    pub end: String,
    #[serde(rename = "daysCount")]
    pub days_count: usize,
    pub timeslot_duration: &'static str,
    pub time_zone_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colors: Option<Colors>,
    pub rooms: Vec<RoomHead>,
    pub tracks: Vec<Track>,
    pub days: Vec<Day>,
}

#[derive(Serialize)]
pub(super) struct Colors {
    pub primary: String,
}

#[derive(Clone, Serialize)]
pub(super) struct RoomHead {
    pub name: String,
    pub guid: String,
}

#[derive(Serialize)]
pub(super) struct Track {
    pub name: String,
    pub slug: String,
}

#[derive(Serialize)]
pub(super) struct Day {
    pub index: usize,
    pub date: NaiveDate,
    pub day_start: String,
    pub day_end: String,
    /// In JSON an object: the room's name, then its events.
    #[serde(serialize_with = "by_name")]
    pub rooms: Vec<Room>,
}

pub(super) struct Room {
    pub head: RoomHead,
    pub events: Vec<Event>,
}

#[derive(Serialize)]
pub(super) struct Event {
    pub id: u32,
    pub guid: String,
    pub date: String,
    pub start: String,
    pub end: String,
    pub duration: String,
    pub room: String,
    pub slug: String,
    /// The format wants an address; where none is known, it is the name that never changes.
    pub url: String,
    pub title: String,
    pub subtitle: &'static str,
    pub track: Option<String>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub language: &'static str,
    #[serde(rename = "abstract")]
    pub summary: String,
    pub description: String,
    pub persons: Vec<Person>,
    pub links: Vec<Link>,
}

#[derive(Serialize)]
pub(super) struct Person {
    /// For XML alone: in JSON a person with a number is one of an older form.
    #[serde(skip)]
    pub id: u32,
    pub guid: String,
    pub name: String,
    /// The same, for readers of the older form.
    pub public_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Link {
    pub title: &'static str,
    pub url: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
}

fn by_name<S: serde::Serializer>(rooms: &[Room], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(rooms.len()))?;
    for room in rooms {
        map.serialize_entry(&room.head.name, &room.events)?;
    }
    map.end()
}
