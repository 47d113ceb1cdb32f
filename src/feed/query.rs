//! What a reader can ask of a feed in its address.
//!
//! A feed's address lives in calendars for years, so nothing in it is ever refused: what is not understood is left out
//! and named in the feed's description. Two addresses that ask the same are one, [`Query::normalized`].

use std::collections::BTreeSet;

use url::form_urlencoded;

use crate::domain::entry::Entry;
use crate::domain::programme::{DeadlineKind, Id, Named, SessionKind};
use crate::domain::revision::Record;
use crate::domain::zone::Zone;

/// At most so many entries can be picked.
const MOST_PICKED: usize = 64;
/// An alarm rings at most four weeks ahead.
const LONGEST_ALARM_MINUTES: u32 = 28 * 24 * 60;
/// So many misunderstandings are named; the rest are as likely noise.
const MOST_IGNORED: usize = 5;
/// The keys a query can have.
const KEYS: &[&str] = &["kind", "only", "tz", "alarm", "deadlines"];
const LONGEST_IGNORED: usize = 24;

/// The kinds a feed can be narrowed to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A kind of session.
    Session(SessionKind),
    /// A kind of deadline.
    Deadline(DeadlineKind),
}

/// What was asked of a feed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Only these kinds; all when empty.
    pub kinds: BTreeSet<Kind>,
    /// Only these entries; all when empty.
    pub only: BTreeSet<Id>,
    /// Write every time in this zone.
    pub zone: Option<Zone>,
    /// Ring so many minutes ahead.
    pub alarm: Option<u32>,
    /// Deadlines as whole days.
    pub all_day: bool,
    /// Keys that were not understood, with their values where the key was.
    pub ignored: BTreeSet<(String, String)>,
}

impl Query {
    /// Reads the part of an address behind its question mark.
    pub fn parse(query: &str) -> Query {
        let mut asked = Query::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let understood = match &*key {
                "kind" => asked.add_kinds(&value),
                "only" => asked.add_ids(&value),
                "tz" => zone(&value).map(|zone| asked.zone = Some(zone)).is_some(),
                "alarm" => minutes(&value).map(|minutes| asked.alarm = Some(minutes)).is_some(),
                "deadlines" => {
                    asked.all_day |= value == "all-day";
                    value == "all-day"
                }
                _ => false,
            };
            if !understood && !key.is_empty() && asked.ignored.len() < MOST_IGNORED {
                // The value of a key of ours tells what was wrong with it; another's may be nobody's business.
                let value = if KEYS.contains(&&*key) { brief(&value) } else { String::new() };
                asked.ignored.insert((brief(&key), value));
            }
        }
        asked
    }

    /// Takes every kind that is one; says whether all were.
    fn add_kinds(&mut self, names: &str) -> bool {
        let found: Vec<Option<Kind>> = names.split(',').map(kind).collect();
        self.kinds.extend(found.iter().flatten());
        found.iter().all(Option::is_some)
    }

    /// Takes every id that is one, while there is room; says whether all were taken.
    fn add_ids(&mut self, ids: &str) -> bool {
        let mut all = true;
        for id in ids.split(',') {
            match Id::new(id.trim()) {
                Ok(id) if self.only.len() < MOST_PICKED || self.only.contains(&id) => {
                    self.only.insert(id);
                }
                _ => all = false,
            }
        }
        all
    }

    /// Whether nothing was asked: then the prepared body answers.
    pub fn is_plain(&self) -> bool {
        *self == Query::default()
    }

    /// The same for every address that asks the same.
    pub fn normalized(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        if !self.kinds.is_empty() {
            let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
            out.append_pair("kind", &names.join(","));
        }
        if !self.only.is_empty() {
            let ids: Vec<&str> = self.only.iter().map(Id::as_str).collect();
            out.append_pair("only", &ids.join(","));
        }
        if let Some(zone) = self.zone {
            out.append_pair("tz", zone.name());
        }
        if let Some(minutes) = self.alarm {
            out.append_pair("alarm", &format!("{minutes}m"));
        }
        if self.all_day {
            out.append_pair("deadlines", "all-day");
        }
        for (key, value) in &self.ignored {
            out.append_pair(key, value);
        }
        out.finish()
    }

    /// Whether a record is among what was asked for. Days have neither kind nor id and always are.
    pub fn admits(&self, record: &Record) -> bool {
        let kind = match &record.entry {
            Entry::Session(session) => Kind::Session(session.kind),
            Entry::Deadline(deadline) => Kind::Deadline(deadline.kind),
            Entry::Day(_) => return true,
        };
        let named = |id: &Id| {
            let names = std::iter::once(&record.key).chain(&record.formerly);
            names.filter_map(|key| key.id()).any(|name| name == id.as_str())
        };
        (self.kinds.is_empty() || self.kinds.contains(&kind)) && (self.only.is_empty() || self.only.iter().any(named))
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Session(kind) => kind.name(),
            Kind::Deadline(kind) => kind.name(),
        }
    }
}

/// What was not understood, short enough to repeat. What is left out of it leaves a sign, so that the rest is not
/// understood when it is read again.
fn brief(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_IGNORED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace(char::is_control, "\u{fffd}")
}

fn kind(name: &str) -> Option<Kind> {
    let name = name.trim();
    SessionKind::named(name).map(Kind::Session).or_else(|| DeadlineKind::named(name).map(Kind::Deadline))
}

/// A zone, however its name is capitalized: addresses are typed by hand.
fn zone(name: &str) -> Option<Zone> {
    let any_case = || chrono_tz::TZ_VARIANTS.iter().find(|tz| tz.name().eq_ignore_ascii_case(name));
    Zone::named(name).or_else(|| any_case().map(|tz| Zone::Iana(*tz)))
}

/// `15m`, `2h`, `1d`, in minutes.
fn minutes(text: &str) -> Option<u32> {
    let unit = match text.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u32>().ok()?.checked_mul(unit).filter(|minutes| (1..=LONGEST_ALARM_MINUTES).contains(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_the_same_is_the_same() {
        let one = Query::parse("tz=AoE&kind=oral,keynote&alarm=60m");
        let other = Query::parse("kind=keynote&alarm=1h&kind=oral&tz=aoe");
        assert_eq!(one, other);
        assert_eq!(one.normalized(), "kind=keynote%2Coral&tz=AoE&alarm=60m");
        assert_eq!(Query::parse(&one.normalized()), one);
    }

    #[test]
    fn nothing_is_refused() {
        let query = Query::parse("kind=keynote,party&tz=Asia/Soeul&alarm=-5m&deadlines=maybe&x=1&only=Ä&%00=%ff");
        assert_eq!(query.kinds, BTreeSet::from([Kind::Session(SessionKind::Keynote)]));
        assert_eq!((query.zone, query.alarm, query.all_day), (None, None, false));
        let ignored: Vec<(&str, &str)> =
            query.ignored.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected =
            [("alarm", "-5m"), ("deadlines", "maybe"), ("kind", "keynote,party"), ("tz", "Asia/Soeul"), ("x", "")];
        assert_eq!(ignored, expected);
        assert_eq!(Query::parse("tz=asia/seoul&=x").normalized(), "tz=Asia%2FSeoul");
        assert!(Query::parse("").is_plain());
    }

    #[test]
    fn a_normalized_query_reads_back_as_itself() {
        for query in [
            "kind=oral,nonsense",
            "kind=oral&kind=nonsense&tz=x",
            "foo=1&foo=2",
            "only=a,b,b",
            "alarm=2d&tz=UTC",
            "deadlines=all-day",
            "%01=x",
            "tz=UTC%00&alarm=5m%0a&deadlines=all-day%7f",
            "kind=panel%01,party",
            "only=what,is,asked,for,is,too,long,to,be,repeated,_",
        ] {
            let parsed = Query::parse(query);
            assert_eq!(Query::parse(&parsed.normalized()), parsed, "{query}");
        }
    }
}
