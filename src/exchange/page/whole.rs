//! The programme as a whole: its name, its days, its place, its zones.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use toml_edit::{Array, Value};

use super::Options;
use super::deadlines::Dates;
use super::draft::{Draft, civil_day};
use super::facts::{Fact, Facts};
use super::front::Front;
use super::ids::slug_of_title;
use super::outline::Block;
use super::rest::contact;
use super::section::{Section, Topic};
use super::sheet::Sheet;
use super::text::{Text, folded, says};
use super::when::{Day, years};
use super::zones;
use crate::domain::programme::Id;
use crate::domain::zone::Zone;

/// What the whole page agrees on.
pub(super) struct Whole {
    pub url: Option<String>,
    pub short: String,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub year: Option<i32>,
    pub deadline_zone: Zone,
}

impl Sheet {
    pub(super) fn programme(
        &mut self,
        sections: &[Section<'_>],
        front: &Front,
        facts: &Facts,
        dates: &Dates,
        accepted: &[String],
        options: &Options,
    ) -> Whole {
        let head = sections.iter().filter_map(|section| section.heading).next();
        let top = head.map_or(0..0, Text::span);
        let (title, title_at) = match (&front.title, head) {
            (Some(title), _) => (title.clone(), front.place("title")),
            (None, Some(head)) => (head.plain(), head.span()),
            (None, None) => (first_words(sections), 0..0),
        };
        let year =
            options.date.map(|date| date.year()).or_else(|| page_year(front, head.map(Text::plain), facts, sections));
        let days = set_days(front).or_else(|| self.days(facts, dates, year, accepted, options));
        let year = days.map(|(first, _)| first.year()).or(year);
        let mut draft = Draft::single("programme", title_at.clone());
        let set = |key: &str| front.setting(key).map(str::to_owned);
        let short = set("short").or_else(|| short_name(&title, year, sections));
        let id = options
            .id
            .clone()
            .or_else(|| set("id").and_then(|id| Id::new(&id).ok()))
            .or_else(|| options.continued(year))
            .or_else(|| options.named_by_file());
        match id {
            Some(id) => drop(draft.set("id", id.as_str(), title_at.clone())),
            None => {
                let base = short.as_deref().unwrap_or(&title);
                let slug = slug_of_title(base, 6).unwrap_or_else(|| Id::new("workshop").expect("an id"));
                let dated = year.filter(|year| !slug.as_str().contains(&year.to_string()));
                let id = dated.and_then(|year| Id::suggestion(&format!("{slug}-{year}"))).unwrap_or(slug);
                self.guess(&mut draft, "id", id.as_str(), title_at.clone(), "of the title; it must never change");
            }
        }
        let full = match &short {
            Some(short) if !folded(&title).contains(&folded(short)) && set("title").is_none() => {
                format!("{title} ({short})")
            }
            _ => title.clone(),
        };
        draft.set("title", full.chars().take(300).collect::<String>(), title_at.clone());
        let short = short.unwrap_or_else(|| first_of(&title, 40));
        draft.set("short", short.as_str(), title_at.clone());
        let url = set("url").or_else(|| options.address(front.permalink.as_deref()));
        if let Some(url) = &url {
            draft.set("url", url.as_str(), front.place("url"));
        }
        if let Some(contact) = contact(sections) {
            draft.set("contact", contact.value, contact.at);
        }
        if let Some((first, last)) = days {
            let at = facts.days.first().or(dates.workshop.first()).map_or(top.clone(), |fact| fact.at.clone());
            let list: Array = if first == last {
                [first].map(civil_day).into_iter().collect()
            } else {
                [first, last].map(civil_day).into_iter().collect()
            };
            draft.set("dates", Value::Array(list), at);
        }
        let first = days.map(|(first, _)| first);
        let time_zone = self.time_zone(&mut draft, sections, facts, set("time_zone"), first, options);
        let deadline_zone = self.deadline_zone(&mut draft, dates, set("deadline_zone"), time_zone, year);
        self.uid_domain(&mut draft, url.as_deref(), set("uid_domain"), options);
        if let Some(attendance) = &facts.attendance {
            draft.set("attendance", attendance.value.name(), attendance.at.clone());
        }
        if !accepted.is_empty() {
            draft.set("accept", Value::Array(accepted.iter().map(String::as_str).collect()), front.place("accept"));
        }
        self.drafts.push(draft);
        Whole { url, short, days, year, deadline_zone }
    }

    /// The days of the workshop; where the page says several, the first is taken and that is doubted.
    pub(super) fn days(
        &mut self,
        facts: &Facts,
        dates: &Dates,
        year: Option<i32>,
        accepted: &[String],
        options: &Options,
    ) -> Option<(NaiveDate, NaiveDate)> {
        if let Some(date) = options.date {
            return Some((date, date));
        }
        let mut stated: Vec<(NaiveDate, NaiveDate, Range<usize>)> = Vec::new();
        for fact in facts.days.iter().chain(&dates.workshop) {
            let in_year = |day: Day| day.year.or(year).and_then(|year| day.in_year(year));
            if let (Some(first), Some(last)) = (in_year(fact.value.first), in_year(fact.value.last)) {
                stated.push((first, last.max(first), fact.at.clone()));
            }
        }
        let (first, last, _) = stated.first().cloned()?;
        let known = |first: NaiveDate, last: NaiveDate, other: (NaiveDate, NaiveDate)| {
            (first, last) == other || other.0 >= first && other.1 <= last
        };
        // One statement may name the whole span and another a day of it.
        let (first, last) = stated
            .iter()
            .map(|(a, b, _)| (*a, *b))
            .find(|(a, b)| known(*a, *b, (first, last)) && (*a, *b) != (first, last))
            .unwrap_or((first, last));
        for (other, other_last, at) in &stated {
            if known(first, last, (*other, *other_last)) {
                continue;
            }
            let what = format!("the page says two days for the workshop: {first} above, {other} here");
            self.doubt(
                at.clone(),
                what,
                "make them one; the first is taken",
                format!("two-days:{first}:{other}"),
                accepted,
            );
        }
        Some((first, last))
    }

    pub(super) fn time_zone(
        &mut self,
        draft: &mut Draft,
        sections: &[Section<'_>],
        facts: &Facts,
        set: Option<String>,
        day: Option<NaiveDate>,
        options: &Options,
    ) -> Zone {
        let named = options.zone.or_else(|| set.and_then(|name| name.parse().ok()));
        if let Some(zone) = named {
            draft.set("time_zone", zone.name(), draft.at.clone());
            return zone;
        }
        let places = [&facts.country, &facts.city, &facts.venue].into_iter().flatten();
        let by_place = places.into_iter().find_map(|fact| Some((zones::place(&fact.value)?.zone, fact)));
        if let Some(found) = stated_zone(sections) {
            // Letters and offsets say the hour; the place knows its summer time too.
            let local = by_place.as_ref().map(|(zone, _)| *zone).filter(|zone| same_clock(*zone, found.value, day));
            let zone = local.unwrap_or(found.value);
            draft.set("time_zone", zone.name(), found.at);
            return zone;
        }
        if let Some((zone, fact)) = by_place {
            let why = format!("the clock of {}", fact.value);
            self.guess(draft, "time_zone", zone.name(), fact.at.clone(), &why);
            return zone;
        }
        let at = draft.at.clone();
        self.guess(draft, "time_zone", "UTC", at, "the page names neither a zone nor a country that has one clock");
        Zone::UTC
    }

    pub(super) fn deadline_zone(
        &mut self,
        draft: &mut Draft,
        dates: &Dates,
        set: Option<String>,
        venue: Zone,
        year: Option<i32>,
    ) -> Zone {
        if let Some(zone) = set.and_then(|name| name.parse::<Zone>().ok()) {
            draft.set("deadline_zone", zone.name(), draft.at.clone());
            return zone;
        }
        // A page whose lines all name the same zone says it of all.
        let lines: Vec<Zone> = dates.deadlines.iter().filter_map(|deadline| deadline.zone).collect();
        let common = lines.first().filter(|first| lines.iter().all(|zone| zone == *first)).copied();
        let stated = dates.zone.clone().or_else(|| {
            let at = dates.deadlines.iter().find(|deadline| deadline.zone.is_some())?.at.clone();
            Some(Fact::new(common?, at))
        });
        match stated {
            Some(found) => {
                // `CET` is many countries' clock: here the venue's own, where that agrees.
                let year = year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 15));
                let summer = year.and_then(|day| day.checked_add_months(chrono::Months::new(6)));
                let agrees = same_clock(venue, found.value, year) && same_clock(venue, found.value, summer);
                let zone = if agrees && found.value != Zone::UTC { venue } else { found.value };
                draft.set("deadline_zone", zone.name(), found.at);
                zone
            }
            None => {
                if let Some(first) = dates.deadlines.first() {
                    let at = first.at.clone();
                    let why = "no zone stands beside the dates: Anywhere on Earth is usual";
                    self.guess(draft, "deadline_zone", "AoE", at, why);
                }
                Zone::AnywhereOnEarth
            }
        }
    }

    pub(super) fn uid_domain(&mut self, draft: &mut Draft, url: Option<&str>, set: Option<String>, options: &Options) {
        let host = |url: &str| {
            let host = url::Url::parse(url).ok()?.host_str()?.to_owned();
            (host.contains('.') && !host.rsplit('.').next()?.bytes().all(|b| b.is_ascii_digit())).then_some(host)
        };
        let at = draft.at.clone();
        if let Some(domain) = set.or_else(|| url.and_then(host)) {
            draft.set("uid_domain", domain, at);
        } else if let Some(host) = options.site.as_deref().and_then(host) {
            draft.set("uid_domain", host, at);
        } else {
            let id = draft.text("id").unwrap_or("workshop").to_owned();
            self.guess(
                draft,
                "uid_domain",
                format!("{id}.invalid"),
                at,
                "the page does not say its own address (url:); it must never change",
            );
        }
    }

    pub(super) fn venue(&mut self, facts: &Facts) {
        let keys = [("name", &facts.venue), ("city", &facts.city), ("country", &facts.country), ("room", &facts.room)];
        let Some((_, first)) = keys.iter().find(|(_, fact)| fact.is_some()) else { return };
        let mut draft = Draft::single("venue", first.as_ref().map_or(0..0, |fact| fact.at.clone()));
        for (name, fact) in keys {
            if let Some(fact) = fact {
                draft.set(name, fact.value.as_str(), fact.at.clone());
            }
        }
        self.drafts.push(draft);
    }
}

/// The days that the front matter sets.
fn set_days(front: &Front) -> Option<(NaiveDate, NaiveDate)> {
    let day = |value: &serde_json::Value| value.as_str().and_then(|text| text.parse::<NaiveDate>().ok());
    match front.settings.get("dates")? {
        serde_json::Value::Array(days) => {
            let first = days.first().and_then(day)?;
            Some((first, days.last().and_then(day).unwrap_or(first)))
        }
        value => day(value).map(|day| (day, day)),
    }
}

/// The zone that the schedule's head, or a sentence about all times, names.
fn stated_zone(sections: &[Section<'_>]) -> Option<Fact<Zone>> {
    let about_times = |text: &Text| says(&folded(&text.plain()), "time times zone");
    let mut found: Vec<Fact<Zone>> = Vec::new();
    for section in sections {
        let is_schedule = section.topic == Topic::Schedule;
        if !is_schedule && section.topic != Topic::Facts {
            continue;
        }
        let texts = section.heading.into_iter().cloned().chain(section.blocks.iter().flat_map(|block| match block {
            Block::Table { has_head: true, rows } => rows.first().cloned().unwrap_or_default(),
            Block::Heading(_, text) | Block::Paragraph(text) | Block::Item(text) => text.lines(),
            Block::Table { .. } => Vec::new(),
        }));
        let texts = texts.filter(|text| is_schedule || about_times(text));
        found.extend(texts.filter_map(|text| Some(Fact::new(zones::clock(&text.plain())?.zone, text.span()))));
    }
    found.retain(|fact| fact.value != Zone::AnywhereOnEarth);
    let is_offset = |fact: &Fact<Zone>| fact.value.name().starts_with("Etc/");
    let named = found.iter().find(|fact| !is_offset(fact)).cloned();
    named.or_else(|| found.into_iter().next())
}

/// Whether two zones show the same hour at noon of a day.
pub(super) fn same_clock(one: Zone, other: Zone, day: Option<NaiveDate>) -> bool {
    let noon = day.and_then(|day| day.and_hms_opt(12, 0, 0));
    noon.is_some_and(|noon| one.local(noon.and_utc()).offset_seconds == other.local(noon.and_utc()).offset_seconds)
}

fn first_words(sections: &[Section<'_>]) -> String {
    let first = sections.iter().flat_map(|section| section.blocks.iter()).next();
    first.map_or_else(|| "Workshop".to_owned(), |block| first_of(&block.text().plain(), 80))
}

/// The first characters of a text, to the end of a word.
pub(super) fn first_of(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let head = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    head.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// The year a page is about: of its title, of its day, or the one it names most.
fn page_year(front: &Front, head: Option<String>, facts: &Facts, sections: &[Section<'_>]) -> Option<i32> {
    let titles = [front.title.clone(), front.description.clone(), head, front.permalink.clone()];
    let of_title =
        titles.into_iter().flatten().find_map(|text| years(&text.replace(['-', '/', '_'], " ")).first().copied());
    let of_day = || facts.days.iter().find_map(|fact| fact.value.first.year);
    let most = || {
        let mut counts: std::collections::BTreeMap<i32, usize> = std::collections::BTreeMap::new();
        for block in sections.iter().flat_map(|section| &section.blocks) {
            for year in years(&block.text().plain()) {
                *counts.entry(year).or_default() += 1;
            }
        }
        counts.into_iter().max_by_key(|(year, count)| (*count, *year)).map(|(year, _)| year)
    };
    of_title.or_else(of_day).or_else(most)
}

/// `FAIMI 2025`: letters that begin the words of the title, with the year, somewhere on the page.
fn short_name(title: &str, year: Option<i32>, sections: &[Section<'_>]) -> Option<String> {
    let year = year?.to_string();
    let capitals: String = title.chars().filter(|c| c.is_uppercase()).collect();
    let stands_for = |word: &str| {
        word.len() >= 3 && capitals.len() >= 2 && word.chars().filter(|c| c.is_uppercase()).eq(capitals.chars())
    };
    let texts = sections.iter().flat_map(|section| {
        section.heading.into_iter().cloned().chain(section.blocks.iter().map(|block| block.text()))
    });
    // With its year beside it, or at least by itself.
    let mut alone = None;
    for text in texts {
        let plain = text.plain();
        let words: Vec<&str> =
            plain.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
        if let Some(pair) = words.windows(2).find(|pair| pair[1] == year && stands_for(pair[0])) {
            return Some(format!("{} {year}", pair[0]));
        }
        let letters = |word: &&&str| stands_for(word) && word.chars().all(char::is_uppercase);
        alone = alone.or_else(|| words.iter().find(letters).map(|word| format!("{word} {year}")));
    }
    if alone.is_some() {
        return alone;
    }
    if title.contains(&year) {
        return None;
    }
    let named = |word: &&str| word.chars().count() >= 3 && word.chars().filter(|c| c.is_uppercase()).count() >= 2;
    let words: Vec<&str> = title.split([' ', ':', '(', ')']).collect();
    let word = words.iter().copied().find(|word| named(word) && word.chars().all(char::is_alphanumeric))?;
    Some(format!("{word} {year}"))
}
