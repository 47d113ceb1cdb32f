//! The dates section: what authors must do by when, with the dates that no longer hold.

use chrono::{Datelike, NaiveDate, NaiveTime};

use super::MOST_DEADLINES;
use super::facts::{Fact, MOST_STATEMENTS};
use super::months;
use super::outline::Block;
use super::section::{Section, Topic};
use super::text::{Run, Text, among, folded, says, tidy};
use super::when::{Day, Days, Hour, days, hours, is_open};
use super::zones;
use crate::domain::programme::DeadlineKind;
use crate::domain::zone::Zone;

/// A date as the page gives it: the day perhaps without its year.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Date {
    pub day: Day,
    pub ambiguous: bool,
}

/// A deadline of the page.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Deadline {
    /// What the page calls it.
    pub label: String,
    pub kind: DeadlineKind,
    /// None while to be announced.
    pub due: Option<Date>,
    /// The hour, where the line names one.
    pub hour: Option<NaiveTime>,
    /// The zone, where the line names one.
    pub zone: Option<Zone>,
    /// Struck out, oldest first.
    pub was: Vec<Date>,
    /// The whole line is struck out.
    pub withdrawn: bool,
    /// Where it leads.
    pub url: Option<String>,
    /// The line in the page.
    pub at: std::ops::Range<usize>,
    /// The day of the week the page names with it.
    pub weekday: Option<chrono::Weekday>,
    /// What the reader assumed.
    pub guess: Option<String>,
    /// What it asks for is not known.
    pub kind_guessed: bool,
    /// What stands in brackets behind its label: tells it from another of the same name.
    pub bracket: Option<String>,
}

/// What the dates section says.
#[derive(Default, Debug)]
pub(super) struct Dates {
    pub deadlines: Vec<Deadline>,
    /// The workshop's own day, if it stands among them.
    pub workshop: Vec<Fact<Days>>,
    /// The zone and the hour of all dates.
    pub zone: Option<Fact<Zone>>,
    pub hour: Option<Fact<NaiveTime>>,
    /// Lines that were left out, and why.
    pub left_out: Vec<Fact<String>>,
}

pub(super) fn dates(sections: &[Section<'_>]) -> Dates {
    let mut dates = Dates::default();
    let has_section = sections.iter().any(|section| section.topic == Topic::Dates);
    for section in sections.iter() {
        match section.topic {
            Topic::Dates => {}
            // A page without such a section tells its deadlines on top, or in the call.
            Topic::Facts | Topic::Call | Topic::Other if !has_section => {}
            _ => continue,
        }
        let strict = section.topic != Topic::Dates;
        if let Some(heading) = section.heading.filter(|_| !strict) {
            dates.sentence(heading);
        }
        for block in &section.blocks {
            match block {
                Block::Table { has_head, rows } => dates.table(*has_head, rows),
                Block::Paragraph(text) | Block::Item(text) => {
                    for line in text.lines() {
                        for statement in parts(&line) {
                            dates.line(&statement, strict);
                        }
                    }
                }
                Block::Heading(_, text) if !strict => dates.sentence(text),
                Block::Heading(..) => {}
            }
        }
    }
    dates.tell_apart();
    dates
}

/// Deadlines told outside of the dates section, where there is one: they may contradict it.
pub(super) fn elsewhere(sections: &[Section<'_>]) -> Vec<Deadline> {
    if !sections.iter().any(|section| section.topic == Topic::Dates) {
        return Vec::new();
    }
    let mut dates = Dates::default();
    for section in sections.iter().filter(|section| section.topic == Topic::Facts) {
        section.lines().iter().for_each(|line| dates.line(line, true));
    }
    dates.deadlines
}

/// The halves of `Abstract: 1 May; Paper: 8 May`.
fn parts(line: &Text) -> Vec<Text> {
    let parts = line.split(|c| c == ';');
    let stands_alone = |part: &Text| part.plain().contains(':') && !days(&part.plain()).is_empty();
    if parts.len() > 1 && parts.iter().all(stands_alone) { parts } else { vec![line.clone()] }
}

/// A date of a line, where it stands and whether it is struck out.
struct Stated {
    /// Of a span of days the last, until which there is time.
    date: Date,
    first: Day,
    last: Day,
    range: std::ops::Range<usize>,
    struck: bool,
    weekday: Option<chrono::Weekday>,
}

impl Dates {
    /// Two of one name are told apart by what stands in brackets behind it.
    fn tell_apart(&mut self) {
        let labels: Vec<String> = self.deadlines.iter().map(|deadline| folded(&deadline.label)).collect();
        for (at, deadline) in self.deadlines.iter_mut().enumerate() {
            let shared = labels.iter().enumerate().any(|(other, label)| other != at && *label == labels[at]);
            if let Some(bracket) = deadline.bracket.as_ref().filter(|_| shared) {
                deadline.label = format!("{} ({bracket})", deadline.label);
            }
        }
    }

    /// A sentence about all dates: `All deadlines are 23:59 Pacific Time.`
    fn sentence(&mut self, text: &Text) {
        let (plain, at) = (text.standing().plain(), text.span());
        if let Some(found) = zones::clock(&plain) {
            self.zone.get_or_insert(Fact::new(found.zone, at.clone()));
            let hour = hours(&plain).first().map(|hours| hours.start);
            if let Some(time) = hour.and_then(|hour| hour.time(false)) {
                self.hour.get_or_insert(Fact::new(time, at));
            }
        }
    }

    fn table(&mut self, has_head: bool, rows: &[Vec<Text>]) {
        for (index, row) in rows.iter().enumerate() {
            let holds_date = |cell: &Text| !days(&cell.raw()).is_empty() || is_open(&cell.plain());
            if !row.iter().any(holds_date) {
                if has_head && index == 0 {
                    row.iter().for_each(|cell| self.sentence(cell));
                }
                continue;
            }
            // `| | Regular | Late-breaking |`: each column has a date of its own.
            let dated = row.iter().filter(|cell| holds_date(cell)).count();
            if let (true, Some(label)) = (has_head && dated > 1, row.iter().find(|cell| !holds_date(cell))) {
                for (cell, head) in row.iter().zip(&rows[0]).filter(|(cell, _)| holds_date(cell)) {
                    let mut both = label.clone();
                    both.0.extend(head.0.iter().cloned().map(|run| Run { text: format!(" {}", run.text), ..run }));
                    self.statement(Some(&both), cell, false);
                }
                continue;
            }
            // The first cell without a date says of what the others are.
            let (dated, rest): (Vec<&Text>, Vec<&Text>) = row.iter().partition(|cell| holds_date(cell));
            let line = Text(dated.into_iter().flat_map(|cell| cell.0.clone()).collect());
            self.statement(rest.first().copied(), &line, false);
        }
    }

    fn line(&mut self, line: &Text, strict: bool) {
        self.statement(None, line, strict);
    }

    /// What a line says, or the cells of a row: then its label stands apart.
    fn statement(&mut self, labelled: Option<&Text>, line: &Text, strict: bool) {
        let raw = line.raw();
        let stated = stated(line, &raw);
        let open = stated.is_empty() && is_open(&raw);
        if stated.is_empty() && !open {
            if !strict || folded(&raw).contains("deadline") || folded(&raw).contains("dates") {
                self.sentence(line);
            }
            let told =
                labelled.map_or_else(|| clean(raw.split(':').next().unwrap_or("")), |label| clean(&label.plain()));
            let looks_dated = !strict && raw.contains(':') && mentions_a_month_or_day(&raw);
            if looks_dated && kind(&told).is_some() && told.split(' ').count() <= 6 {
                let why = format!("{:?} has no date that can be read", tidy(&raw));
                self.left_out.push(Fact::new(why, line.span()));
            }
            return;
        }
        let label = labelled.map_or_else(|| label(line, &raw, &stated), |label| clean(&label.plain()));
        let words = label.split(' ').count();
        let known = kind(&label).filter(|_| words <= 14 && !label.is_empty());
        let is_workshop = known.is_none() && is_workshop(&label);
        // In a list of dates whatever has one is a deadline of some kind.
        let guessed = known.is_none() && !strict && !is_workshop && (1..=10).contains(&words) && !label.is_empty();
        let Some(kind) = known.or_else(|| guessed.then_some(DeadlineKind::Other).filter(|_| !open)) else {
            if let Some(standing) = stated.iter().find(|stated| !stated.struck).filter(|_| is_workshop) {
                let value = Days {
                    first: standing.first,
                    last: standing.last,
                    range: standing.range.clone(),
                    weekday: standing.weekday,
                    ambiguous: standing.date.ambiguous,
                };
                if self.workshop.len() < MOST_STATEMENTS {
                    self.workshop.push(Fact::new(value, line.span()));
                }
            } else if !strict && !is_workshop && !open {
                let why = format!("{:?} was not read as a deadline: it does not say of what", tidy(&raw));
                self.left_out.push(Fact::new(why, line.span()));
            }
            return;
        };
        // In running text a date is a deadline only where the line is one: `Paper deadline: 1 May`.
        if strict && !(raw.contains(':') && words <= 8) {
            return;
        }
        // Where something is, is no date.
        let place = "link site system portal location venue template room";
        if open && says(&folded(&label), place) {
            return;
        }
        let at = labelled.map_or(line.span(), |label| label.span().start..line.span().end.max(label.span().end));
        self.deadline(line, at, &label, kind, stated, guessed);
    }

    fn deadline(
        &mut self,
        line: &Text,
        at: std::ops::Range<usize>,
        label: &str,
        kind: DeadlineKind,
        stated: Vec<Stated>,
        guessed: bool,
    ) {
        if self.deadlines.len() >= MOST_DEADLINES {
            return;
        }
        let raw = line.raw();
        let folded_line = folded(&format!("{label} {raw}"));
        if says(&folded_line, "open opens opening starts") {
            let why = format!("{label:?} is an opening, not a deadline");
            return self.left_out.push(Fact::new(why, at));
        }
        let withdrawn = !stated.is_empty() && line.standing().is_empty();
        let (mut was, mut standing): (Vec<&Stated>, Vec<&Stated>) =
            stated.iter().partition(|stated| stated.struck && !withdrawn);
        let mut guess = None;
        // `25 June, extended to 30 June`: the later of the two holds.
        if standing.len() > 1 {
            let last = standing.pop();
            let says_so = says(&folded_line, "extended extension new moved postponed");
            if says_so {
                was.append(&mut standing);
            } else {
                guess = Some("of several dates in this line the last one is taken".to_owned());
            }
            standing = last.into_iter().collect();
        }
        let standing_text = line.standing();
        let plain = standing_text.plain();
        let zone = zones::clock(&plain).map(|found| found.zone);
        let hour =
            hours(&plain).last().map(|hours| hours.end.unwrap_or(hours.start)).and_then(|hour: Hour| hour.time(false));
        self.deadlines.push(Deadline {
            label: label.to_owned(),
            kind,
            due: standing.first().map(|stated| stated.date),
            hour,
            zone,
            was: was.iter().map(|stated| stated.date).collect(),
            withdrawn,
            url: standing_text.leads_to(),
            weekday: standing.first().and_then(|stated| stated.weekday),
            at,
            guess,
            kind_guessed: guessed,
            bracket: bracket(&raw),
        });
    }
}

fn stated(line: &Text, raw: &str) -> Vec<Stated> {
    let struck_at = |range: &std::ops::Range<usize>| line.part(range.clone()).0.iter().all(|run| run.style.strike);
    let found = days(raw).into_iter().take(MOST_STATEMENTS).map(|days| Stated {
        date: Date { day: days.last, ambiguous: days.ambiguous },
        first: days.first,
        last: days.last,
        struck: struck_at(&days.range) || was_once(&raw[..days.range.start]),
        weekday: days.weekday,
        range: days.range,
    });
    let mut found: Vec<Stated> = found.collect();
    // `July 21st July 28th, 2023`: the year said once holds for both.
    for index in (1..found.len()).rev() {
        if found[index - 1].date.day.year.is_none() {
            found[index - 1].date.day.year = found[index].date.day.year;
        }
    }
    found
}

/// `(was 1 April)`: a date that held once, said in words.
fn was_once(before: &str) -> bool {
    let before = folded(before);
    let mut words = before.rsplit(' ');
    words.next().is_some_and(|word| among(word, "was previously originally formerly before"))
}

/// What the line calls its date: the words before the first of them, or else behind the last.
fn label(line: &Text, raw: &str, stated: &[Stated]) -> String {
    let first = stated.first().map_or_else(|| open_at(raw), |stated| stated.range.start);
    let last = stated.last().map_or(raw.len(), |stated| stated.range.end);
    let before = clean(&line.part(0..first).plain());
    if !before.is_empty() { before } else { clean(&line.part(last..raw.len()).plain()) }
}

/// Where a line stops being a label and says that the date is open.
fn open_at(raw: &str) -> usize {
    raw.find(':').or_else(|| raw.to_ascii_uppercase().find("TB")).unwrap_or(raw.len()).min(raw.len())
}

const WEEKDAYS: &str = "\
    mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday \
    due by on extended new until";

fn clean(text: &str) -> String {
    // What stands in brackets says something else; an unclosed one too.
    let mut bare = String::new();
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    let bare = tidy(&bare);
    let lower = bare.to_lowercase();
    let start = ["deadline for ", "deadlines for ", "due date for "].iter().find(|start| lower.starts_with(*start));
    let bare = start.and_then(|start| bare.get(start.len()..)).unwrap_or(&bare);
    let sign = |c: char| !c.is_alphanumeric();
    let mut words: Vec<&str> = bare.split(' ').collect();
    let drop = |word: &&str| {
        let folded = folded(word);
        folded.is_empty() || among(&folded, WEEKDAYS)
    };
    while words.last().is_some_and(drop) {
        words.pop();
    }
    let lead = words.iter().take_while(|word| drop(word)).count();
    words.drain(..lead);
    words.join(" ").trim_matches(sign).to_owned()
}

fn mentions_a_month_or_day(raw: &str) -> bool {
    folded(raw).split(' ').any(|word| months::number(word).is_some())
}

/// What a deadline asks for, by its words; none for what is no deadline of authors.
fn kind(label: &str) -> Option<DeadlineKind> {
    let folded = folded(label);
    let any = |list: &str| says(&folded, list);
    Some(if any("camera final druckfassung endfassung 최종본 최종논문") {
        DeadlineKind::CameraReady
    } else if any(
        "notification notifications acceptance decision decisions answer answers results benachrichtigung 통보 결과통보",
    ) {
        DeadlineKind::Notification
    } else if any("abstract abstracts 초록") && !any("extended full paper papers") {
        DeadlineKind::Abstract
    } else if any("registration register bird anmeldung registrierung 등록") {
        DeadlineKind::Registration
    } else if any(PAPERS) {
        DeadlineKind::Submission
    } else if any("deadline due poster posters review reviews rebuttal upload") {
        DeadlineKind::Other
    } else {
        return None;
    })
}

/// What authors hand in.
const PAPERS: &str = "\
    paper papers submission submissions manuscript manuscripts abstract abstracts proposal proposals \
    application applications einreichung beiträge 논문 투고";

/// The first words in brackets, if they hold no date.
fn bracket(raw: &str) -> Option<String> {
    let inner = raw.split_once('(')?.1.split(')').next()?;
    let inner = tidy(inner);
    (days(&inner).is_empty() && hours(&inner).is_empty() && zones::clock(&inner).is_none() && !inner.is_empty())
        .then_some(inner)
}

fn is_workshop(label: &str) -> bool {
    says(&folded(label), "workshop conference event day date meeting symposium")
}

/// The year of a day that names none: the one of the workshop, or the one before where the deadline would fall after it.
pub(super) fn dated(day: Day, workshop: Option<NaiveDate>, year: Option<i32>) -> (Option<NaiveDate>, bool) {
    if day.year.is_some() {
        return (day.in_year(0), false);
    }
    let Some(year) = workshop.map(|day| day.year()).or(year) else { return (None, false) };
    let same = day.in_year(year);
    let earlier = workshop.zip(same).is_some_and(|(workshop, same)| same > workshop);
    (if earlier { day.in_year(year - 1) } else { same }, true)
}
