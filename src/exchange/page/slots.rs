//! The schedule as the page lays it out: tables and blocks become slots with their hours and cells.
//!
//! What the cells mean is read in [`super::schedule`].

use chrono::{NaiveTime, TimeDelta};

use super::outline::Block;
use super::text::{Text, folded, says};
use super::when::{Day, Hour, Hours, days, hours};

/// Which day a slot is on.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) enum OnDay {
    /// The page's only day, or its first.
    #[default]
    First,
    /// `Day 2`, from 0.
    Nth(usize),
    /// A day that is named.
    At(Day),
}

/// One row or block of the schedule.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Slot {
    pub day: OnDay,
    pub hours: Option<Hours>,
    /// What is on; the speaker may be in it.
    pub what: Text,
    /// The cell of the speaker alone.
    pub who: Option<Text>,
    pub affiliation: Option<Text>,
    pub room: Option<Text>,
    /// Of tables beside each other, which: the order of the hours is each one's own.
    pub beside: usize,
    pub at: std::ops::Range<usize>,
}

/// The slots of a schedule's blocks, in the page's order.
pub(super) fn slots(heading: Option<&Text>, blocks: &[&Block]) -> Vec<Slot> {
    let own_day = heading.and_then(|heading| day_of(&heading.plain(), true));
    let (mut slots, mut day): (Vec<Slot>, OnDay) = (Vec::new(), own_day.unwrap_or_default());
    let mut tracks = 0;
    for block in blocks {
        match block {
            Block::Table { has_head, rows } => {
                tracks += 1;
                slots.extend(table(*has_head, rows, day));
            }
            Block::Heading(_, text) | Block::Paragraph(text) | Block::Item(text) => {
                let is_heading = matches!(block, Block::Heading(..));
                for line in text.lines() {
                    let plain = line.plain();
                    let opening = opening_hours(&line);
                    if let (None, Some(found)) = (&opening, day_of(&plain, is_heading)) {
                        day = found;
                    } else if let Some((hours, rest)) = opening {
                        slots.push(Slot { day, hours: Some(hours), what: rest, at: line.span(), ..Slot::default() });
                    } else if let Some(last) = slots.last_mut().filter(|_| tracks == 0) {
                        // What stands below a time belongs to it: first the title, then who.
                        if last.what.is_empty() {
                            last.what = line.clone();
                        } else if last.who.is_none() {
                            last.who = Some(line.clone());
                        }
                        last.at.end = line.span().end.max(last.at.end);
                    }
                }
            }
        }
    }
    slots
}

/// The hours a line begins with, and what follows them.
fn opening_hours(line: &Text) -> Option<(Hours, Text)> {
    let raw = line.raw();
    let found = hours(&raw).into_iter().next()?;
    let before = &raw[..found.range.start];
    let is_first = before.chars().all(|c| !c.is_alphanumeric());
    let rest = line.part(found.range.end..raw.len());
    let rest_raw = rest.raw();
    let start = rest_raw.len() - rest_raw.trim_start_matches([' ', ':', '-', '–', '—', '|', '·', ')', ',']).len();
    is_first.then(|| (found, rest.part(start..rest_raw.len())))
}

/// The day a heading or a line of its own names.
pub(super) fn day_of(plain: &str, is_heading: bool) -> Option<OnDay> {
    if let Some(found) = days(plain).first().filter(|_| is_heading || plain.split(' ').count() <= 8) {
        return Some(OnDay::At(found.first));
    }
    let folded = folded(plain);
    let number = folded.strip_prefix("day ").and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    number.filter(|number| (1..=31).contains(number)).map(|number| OnDay::Nth(number - 1))
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Column {
    Time,
    End,
    What,
    Who,
    Affiliation,
    Room,
    Unknown,
}

fn column(heading: &str) -> Column {
    let folded = folded(heading);
    let any = |list: &str| says(&folded, list);
    if any("time times when start hour hours from") {
        Column::Time
    } else if any("end until ends to") {
        Column::End
    } else if any("title talk what session event activity topic programme program item description") {
        Column::What
    } else if any("affiliation institution organization organisation") {
        Column::Affiliation
    } else if any("speaker speakers who presenter presenters author authors name") {
        Column::Who
    } else if any("room where location place track hall") {
        Column::Room
    } else {
        Column::Unknown
    }
}

/// Tables beside each other in one: each with hours of its own, and perhaps a room above them.
fn beside(has_head: bool, rows: &[Vec<Text>]) -> Vec<(Option<Text>, Vec<Vec<Text>>)> {
    let body = &rows[usize::from(has_head)..];
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_span = |cell: &Text| hours(&cell.raw()).first().is_some_and(|hours| hours.end.is_some());
    let spans = |index: usize| {
        let cells: Vec<&Text> = body.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty()).collect();
        !cells.is_empty() && cells.iter().all(|cell| is_span(cell))
    };
    let starts: Vec<usize> = (0..width).filter(|index| spans(*index)).collect();
    if starts.len() < 2 || starts[0] != 0 {
        return Vec::new();
    }
    let ends = starts.iter().skip(1).copied().chain([width]);
    let part = |(start, end): (usize, usize)| {
        let room = rows.first().filter(|_| has_head).and_then(|head| head.get(start)).cloned();
        let room = room.filter(|room| !room.is_empty() && column(&room.plain()) != Column::Time);
        let cells = body.iter().map(|row| row.get(start..end.min(row.len())).unwrap_or_default().to_vec());
        (room, cells.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect())
    };
    starts.iter().copied().zip(ends).map(part).collect()
}

fn table(has_head: bool, rows: &[Vec<Text>], mut day: OnDay) -> Vec<Slot> {
    let beside = beside(has_head, rows);
    if !beside.is_empty() {
        let slots = beside.into_iter().enumerate().flat_map(|(beside, (room, rows))| {
            let slots = table(false, &rows, day);
            slots.into_iter().map(move |slot| Slot { room: slot.room.or_else(|| room.clone()), beside, ..slot })
        });
        return slots.collect();
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let head = rows.first().filter(|_| has_head);
    let mut columns: Vec<Column> = match head {
        Some(head) => head.iter().map(|cell| column(&cell.plain())).collect(),
        None => Vec::new(),
    };
    columns.resize(width, Column::Unknown);
    let body = &rows[usize::from(has_head)..];
    // Without a heading that says so, the column of the times is the one with the most of them.
    if !columns.contains(&Column::Time) {
        let mut times = vec![0; width];
        for (index, cell) in body.iter().flat_map(|row| row.iter().enumerate()) {
            times[index] += usize::from(!hours(&cell.raw()).is_empty());
        }
        if let Some(index) = (0..width).rev().max_by_key(|index| times[*index]).filter(|index| times[*index] > 0) {
            columns[index] = Column::Time;
        }
    }
    let tracks = tracks(head, &columns);
    if !columns.contains(&Column::What) {
        let free = columns.iter().position(|column| *column == Column::Unknown);
        let who = || columns.iter().position(|column| *column == Column::Who);
        if let Some(index) = free.or_else(who) {
            columns[index] = Column::What;
        }
    }
    let mut slots = Vec::new();
    let first: Vec<(Column, usize)> = [Column::Time, Column::End, Column::What, Column::Who]
        .into_iter()
        .chain([Column::Affiliation, Column::Room])
        .filter_map(|wanted| Some((wanted, columns.iter().position(|column| *column == wanted)?)))
        .collect();
    for row in body {
        if !tracks.is_empty() {
            slots.extend(beside_each_other(row, &columns, &tracks, day));
            continue;
        }
        let cell = |wanted: Column| {
            let (_, at) = first.iter().find(|(column, _)| *column == wanted)?;
            row.get(*at).filter(|cell| !cell.is_empty()).cloned()
        };
        let whole = Text(row.iter().flat_map(|cell| cell.0.clone()).collect());
        let mut found = cell(Column::Time).and_then(|cell| hours(&cell.raw()).into_iter().next());
        if let (Some(found), Some(end)) = (&mut found, cell(Column::End)) {
            found.end = hours(&end.raw()).first().map(|hours| hours.start).or(found.end);
        }
        let plain = whole.plain();
        if found.is_none()
            && let Some(named) = day_of(&plain, false)
        {
            day = named;
            continue;
        }
        let what = cell(Column::What).unwrap_or_else(|| {
            let rest = columns.iter().zip(row).filter(|(column, _)| matches!(column, Column::Unknown | Column::Who));
            let rest = rest.map(|(_, cell)| cell).find(|cell| !cell.is_empty()).cloned();
            rest.unwrap_or_else(|| if found.is_none() { whole.clone() } else { Text::default() })
        });
        slots.push(Slot {
            day,
            hours: found,
            what,
            who: cell(Column::Who),
            affiliation: cell(Column::Affiliation),
            room: cell(Column::Room),
            beside: 0,
            at: whole.span(),
        });
    }
    slots
}

/// A column that is a room of its own, or a day.
struct Track {
    column: usize,
    room: Option<Text>,
    day: Option<OnDay>,
}

/// The columns of a table whose hours hold for several things at once: rooms beside each other, or days.
fn tracks(head: Option<&Vec<Text>>, columns: &[Column]) -> Vec<Track> {
    let Some(head) = head else { return Vec::new() };
    let names_a_part = columns.iter().any(|column| matches!(column, Column::What | Column::Who | Column::Affiliation));
    let is_track = |column: &Column| matches!(column, Column::Room | Column::Unknown);
    let tracks = columns.iter().enumerate().filter(|(_, column)| is_track(column)).filter_map(|(column, _)| {
        let heading = head.get(column).filter(|heading| !heading.is_empty())?;
        let day = day_of(&heading.plain(), true);
        Some(Track { column, room: day.is_none().then(|| heading.clone()), day })
    });
    let tracks: Vec<Track> = tracks.collect();
    if names_a_part || tracks.len() < 2 { Vec::new() } else { tracks }
}

/// One slot for each track of a row.
fn beside_each_other(row: &[Text], columns: &[Column], tracks: &[Track], day: OnDay) -> Vec<Slot> {
    let time = columns.iter().position(|column| *column == Column::Time).and_then(|column| row.get(column));
    let Some(found) = time.and_then(|cell| hours(&cell.raw()).into_iter().next()) else { return Vec::new() };
    let filled = tracks.iter().filter(|track| row.get(track.column).is_some_and(|cell| !cell.is_empty()));
    let filled: Vec<&Track> = filled.collect();
    // What stands once in the row is for all rooms.
    let alone = filled.len() == 1;
    let slot = |track: &&Track| {
        let what = row[track.column].clone();
        Slot {
            day: track.day.unwrap_or(day),
            hours: Some(found.clone()),
            at: what.span(),
            what,
            room: track.room.clone().filter(|_| !alone),
            ..Slot::default()
        }
    };
    filled.iter().map(slot).collect()
}

/// When a slot begins and ends, as times of day, and what had to be assumed for it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Times {
    pub start: NaiveTime,
    pub end: NaiveTime,
    pub guess: Option<String>,
}

/// No workshop begins at this hour of the night.
const EARLIEST_SILENT: u32 = 6;

/// A slot without an end that would be longer may well end before the next begins.
const LONGEST_SILENT_MINUTES: i64 = 60;

/// How long a last slot without an end is taken to be.
const LAST_MINUTES: i64 = 30;

/// Resolves the hours of one day's slots, in the page's order.
pub(super) fn times(slots: &[&Slot]) -> Vec<Option<Times>> {
    let all = || slots.iter().filter_map(|slot| slot.hours.as_ref());
    let each = || all().flat_map(|hours| std::iter::once(hours.start).chain(hours.end));
    let has_afternoon = each().any(|hour| hour.hour >= 13 || hour.pm == Some(true));
    let silent = |hour: Hour| hour.pm.is_none() && (1..=12).contains(&hour.hour);
    let goes_back = {
        let mut last = None;
        all().any(|hours| {
            let back = last.is_some_and(|last| hours.start.time(false).is_some_and(|start| start < last));
            last = hours.start.time(false);
            back
        })
    };
    // Hours that go back without a word are those of a clock with twelve.
    let twelve = goes_back && each().any(silent) && !each().any(|hour| hour.hour >= 13 && hour.pm.is_none());
    // A day that begins at half past one, says nothing of the morning and never gets past twelve is an afternoon.
    let first = all().next().map(|hours| hours.start).filter(|hour| silent(*hour) && hour.hour <= EARLIEST_SILENT);
    let noon = NaiveTime::from_hms_opt(12, 0, 0).filter(|_| first.is_some() && !has_afternoon);
    let mut clock = Clock { twelve: twelve || noon.is_some(), has_afternoon, last: noon };
    let mut starts: Vec<Option<Resolved>> = Vec::new();
    for slot in slots {
        starts.push(slot.hours.as_ref().and_then(|hours| {
            let (start, first) = clock.resolve(hours.start)?;
            clock.last = Some(start);
            // A clock of twenty-four that ends before it began has passed midnight.
            let full = hours.start.hour >= 13 && hours.start.pm.is_none();
            let end = hours.end.and_then(|end| if full { Some((end.time(false)?, false)) } else { clock.resolve(end) });
            let by_order = first || end.is_some_and(|(_, by_order)| by_order);
            Some(Resolved { start, end: end.map(|(end, _)| end), by_order })
        }));
    }
    let resolved = starts.iter().enumerate().map(|(index, found)| {
        let Resolved { start, end, by_order } = (*found)?;
        let later = starts[index + 1..].iter().flatten().map(|next| next.start).find(|next| *next > start);
        let order = by_order.then(|| "the hours say neither am nor pm: their order tells".to_owned());
        let (end, guess) = match (end, later) {
            (Some(end), _) => (end, order),
            (None, Some(next)) if (next - start).num_minutes() <= LONGEST_SILENT_MINUTES => (next, order),
            (None, Some(next)) => (next, Some("no end is given: the next start is taken".to_owned())),
            (None, None) => {
                let end = start.overflowing_add_signed(TimeDelta::minutes(LAST_MINUTES)).0;
                let midnight = NaiveTime::from_hms_opt(23, 59, 0).expect("a time");
                let why = format!("no end is given: {LAST_MINUTES} minutes are assumed");
                (if end > start { end } else { midnight }, Some(why))
            }
        };
        Some(Times { start, end, guess })
    });
    resolved.collect()
}

/// A slot's hours on a clock of twenty-four.
#[derive(Clone, Copy)]
struct Resolved {
    start: NaiveTime,
    end: Option<NaiveTime>,
    /// It was the order of the hours that told the half of the day.
    by_order: bool,
}

/// A clock of twelve or twenty-four hours going through a day.
#[derive(Clone, Copy)]
struct Clock {
    twelve: bool,
    has_afternoon: bool,
    last: Option<NaiveTime>,
}

impl Clock {
    /// The time of day, and whether it was the order that told it.
    fn resolve(self, hour: Hour) -> Option<(NaiveTime, bool)> {
        let plain = hour.time(false)?;
        let silent = hour.pm.is_none() && hour.hour < 12;
        let back = self.last.is_some_and(|last| plain < last);
        if silent && back && (self.twelve || self.has_afternoon) {
            return Some((hour.time(true)?, true));
        }
        Some((plain, false))
    }
}
