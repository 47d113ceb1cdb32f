//! The words of schema.org that we use, each a type with the keys we know something for.

use serde::Serialize;

/// A key that has no value is left out, as the vocabulary wants it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    pub context: Option<&'static str>,
    #[serde(rename = "@type")]
    pub kind: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<String>,
    pub event_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_start_date: Option<String>,
    pub event_attendance_mode: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub location: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organizer: Vec<Party>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub performer: Vec<Party>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_event: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub potential_action: Vec<Action>,
}

#[derive(Serialize)]
#[serde(tag = "@type")]
pub(super) enum Location {
    #[serde(rename_all = "camelCase")]
    Place {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        alternate_name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        #[serde(skip_serializing_if = "Option::is_none")]
        geo: Option<Geo>,
    },
    VirtualLocation {
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
}

#[derive(Clone, Serialize)]
#[serde(tag = "@type", rename = "PostalAddress", rename_all = "camelCase")]
pub(super) struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_country: Option<String>,
}

/// Degrees as the programme writes them.
#[derive(Serialize)]
#[serde(tag = "@type", rename = "GeoCoordinates")]
pub(super) struct Geo {
    pub latitude: String,
    pub longitude: String,
}

#[derive(Serialize)]
pub(super) struct Party {
    #[serde(rename = "@type")]
    pub kind: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<Box<Party>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action {
    #[serde(rename = "@type")]
    pub kind: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub end_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
