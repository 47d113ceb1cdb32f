//! How a wish and a telling are written into a column: as JSON, by the names the web uses.

use serde_json::{Value, json};

use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::lead_time::LeadTime;
use crate::domain::subscription::{Choice, ReaderRole, Stated, Telling, Wish};
use crate::domain::zone::Zone;

use super::{StoreError, from_seconds};

/// The name of a value of a closed list.
pub(super) fn name<T: Named + PartialEq>(value: T) -> &'static str {
    T::ALL.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

/// A value of a closed list, as a row has it.
pub(super) fn named<T: Named>(name: &str) -> Result<T, StoreError> {
    T::named(name).ok_or_else(|| damaged("a name", name))
}

pub(super) fn zone(name: &str) -> Result<Zone, StoreError> {
    name.parse().map_err(|_| damaged("a zone", name))
}

pub(super) fn damaged(what: &str, text: &str) -> StoreError {
    StoreError::Damaged { what: what.to_owned(), why: format!("{text:?} is none this program knows") }
}

pub(super) fn write(wish: &Wish) -> String {
    let choice = &wish.choice;
    let leads = choice.leads.as_ref().map(|leads| leads.iter().map(ToString::to_string).collect::<Vec<_>>());
    json!({
        "language": name(wish.language),
        "zone": wish.zone.name(),
        "role": name(wish.role),
        "excluded": choice.excluded,
        "included": choice.included,
        "leads": leads,
        "minute": choice.to_the_minute,
        "calendar": choice.calendar,
    })
    .to_string()
}

pub(super) fn read(text: &str) -> Result<Wish, StoreError> {
    let value: Value = serde_json::from_str(text).map_err(|_| damaged("a wish", text))?;
    let word = |key: &str| value[key].as_str().unwrap_or_default();
    let list =
        |key: &str| -> Vec<&str> { value[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect() };
    let lead = |text: &str| text.parse::<LeadTime>().map_err(|_| damaged("a lead time", text));
    let leads = match &value["leads"] {
        Value::Null => None,
        _ => Some(list("leads").into_iter().map(lead).collect::<Result<_, _>>()?),
    };
    Ok(Wish {
        language: named::<Language>(word("language"))?,
        zone: zone(word("zone"))?,
        role: named::<ReaderRole>(word("role"))?,
        choice: Choice {
            excluded: list("excluded").into_iter().map(str::to_owned).collect(),
            included: list("included").into_iter().map(str::to_owned).collect(),
            leads,
            to_the_minute: value["minute"] == true,
            calendar: value["calendar"] == true,
        },
    })
}

/// The columns of what was stated: its name, and the instant where it is one.
pub(super) fn stated(what: Stated) -> (&'static str, Option<i64>) {
    match what {
        Stated::At(instant) => ("instant", Some(instant.timestamp())),
        Stated::Withdrawn => ("withdrawn", None),
        Stated::Open => ("open", None),
    }
}

pub(super) fn stated_of(name: &str, due: Option<i64>) -> Result<Stated, StoreError> {
    match (name, due) {
        ("instant", Some(due)) => Ok(Stated::At(from_seconds(due)?)),
        ("withdrawn", None) => Ok(Stated::Withdrawn),
        ("open", None) => Ok(Stated::Open),
        _ => Err(damaged("what was told", name)),
    }
}

pub(super) fn write_told(told: &[Telling]) -> String {
    let row = |telling: &Telling| {
        let (what, due) = stated(telling.what);
        json!([telling.deadline, what, due, telling.link])
    };
    Value::Array(told.iter().map(row).collect()).to_string()
}

pub(super) fn read_told(text: &str) -> Result<Vec<Telling>, StoreError> {
    let rows: Vec<(String, String, Option<i64>, Option<String>)> =
        serde_json::from_str(text).map_err(|_| damaged("what was told", text))?;
    let row = |(deadline, what, due, link): (String, String, Option<i64>, Option<String>)| {
        Ok(Telling { deadline, what: stated_of(&what, due)?, link })
    };
    rows.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_as_it_was_written() {
        let choice = Choice {
            excluded: ["full-paper".to_owned()].into(),
            included: ["early-bird".to_owned()].into(),
            leads: Some(vec!["7d@09:00".parse().unwrap(), "3h".parse().unwrap()]),
            to_the_minute: true,
            calendar: true,
        };
        let wish = Wish { language: Language::Korean, zone: Zone::AnywhereOnEarth, role: ReaderRole::Attendee, choice };
        assert_eq!(read(&write(&wish)).unwrap(), wish);
        let plain = Wish { choice: Choice::default(), ..wish };
        assert_eq!(read(&write(&plain)).unwrap(), plain);
    }

    #[test]
    fn what_was_told_is_read_as_it_was_written() {
        let at =
            |what| Telling { deadline: "full-paper".to_owned(), what, link: Some("https://example.org/".to_owned()) };
        let told = [at(Stated::At("2025-07-01T11:59:00Z".parse().unwrap())), at(Stated::Withdrawn), at(Stated::Open)];
        assert_eq!(read_told(&write_told(&told)).unwrap(), told);
        assert!(read_told("[[\"x\",\"instant\",null,null]]").is_err());
    }
}
