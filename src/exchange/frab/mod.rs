//! The schedule of conference apps, as frab and pentabarf first wrote it: days, in them rooms, in them events.
//!
//! Giggity, EventFahrplan, c3nav and others read it, as XML or as JSON; the two are one schedule written twice.
//! Deadlines have no place in it. Cancelled sessions are left out: the format has no word for them, and an app that
//! knew an event and finds it gone says "cancelled" by itself, while one left in would be shown as taking place.

mod heading;
mod identity;
mod import;
mod naming;
mod plan;
mod reading;
mod schedule;
mod table;
mod xml;

pub use heading::Options;
pub use import::{ImportError, Imported, import};

use super::published::Published;

/// The schedule as JSON.
pub fn json(published: &Published) -> String {
    let document = plan::document(published);
    let mut text = serde_json::to_string_pretty(&document).expect("plain data");
    text.push('\n');
    text
}

/// The schedule as XML.
pub fn xml(published: &Published) -> String {
    xml::write(&plan::document(published))
}
