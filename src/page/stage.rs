//! The first screen: what is next before a deadline, what is now on the day, what stays afterwards.
//!
//! A service knows what time it is and shows the one that holds. A file does not: it holds all three, hidden, and its
//! reader's script shows the one that does.

use chrono::{DurationRound, NaiveTime, TimeDelta};

use super::entries::{rfc3339, session_view, submits};
use super::timeline::room;
use super::view::{Addresses, ChangedView, DueView, LineView, LinkView, StageView, TodayView};
use super::words::{brief_day, change_kind, either, moved};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::entry::Entry;
use crate::domain::language::{Language, readings};
use crate::domain::programme::{Audience, Deadline, DeadlineKind, LinkKind, Moment, Programme, Session};
use crate::domain::publication::Chapter;
use crate::domain::revision::Revision;
use crate::domain::zone::{Instant, Zone};

/// So many sessions are told ahead, where they follow one another in one room.
const AHEAD: usize = 3;

/// So many of today's changes are told before one has to look.
const MOST_CHANGES: usize = 5;

/// From when on a workshop's first day is, and from when on it is over; none while its days are not known.
fn bounds(programme: &Programme) -> Option<(Instant, Instant)> {
    let (first, last) = programme.dates?;
    let midnight = |date: chrono::NaiveDate| programme.time_zone.instant_or_nearest(date.and_time(NaiveTime::MIN));
    let kept = programme.sessions.iter().filter(|session| session.cancelled.is_none());
    let end = kept.map(|session| session.end).max_by_key(|end| end.instant);
    let closes =
        end.filter(|end| end.date() >= last).map_or_else(|| midnight(last + TimeDelta::days(1)), |end| end.instant);
    Some((midnight(first), closes))
}

/// The moment a page made at `now` speaks of: to the minute on the day and near a deadline, else to the hour, and never
/// from before something fell due, began or ended. Pages of the same moment are the same.
pub fn as_of(programme: &Programme, now: Instant) -> Instant {
    let bounds = bounds(programme);
    let due = |deadline: &Deadline| deadline.due.moment().map(|due| due.instant);
    let is_day = bounds.is_some_and(|(opens, closes)| opens <= now && now < closes);
    let is_near = programme.deadlines.iter().filter_map(due).any(|due| now < due && due - now < TimeDelta::hours(2));
    let grain = if is_day || is_near { TimeDelta::minutes(1) } else { TimeDelta::hours(1) };
    let floor = now.duration_trunc(grain).unwrap_or(now);
    let ends = bounds.into_iter().flat_map(|(opens, closes)| [opens, closes]);
    let steps = programme.deadlines.iter().filter_map(due).chain(ends);
    steps.filter(|step| *step <= now).fold(floor, Instant::max)
}

/// The first screen at `now`; without a `now`, everything that can ever be on it.
pub(super) fn stage(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    chapters: &[Chapter],
    now: Option<Instant>,
) -> StageView {
    let language = addresses.language;
    let bounds = bounds(programme);
    let phase = match (now, bounds) {
        (None, _) => "",
        (Some(now), Some((_, closes))) if closes <= now => "after",
        (Some(now), Some((opens, _))) if opens <= now => "day",
        (Some(_), _) => "before",
    };
    let mut dues: Vec<(Instant, DueView)> = Vec::new();
    for deadline in programme.deadlines.iter().filter(|deadline| deadline.cancelled.is_none()) {
        let Some(due) = deadline.due.moment() else { continue };
        dues.push((due.instant, due_view(revision, programme, addresses, deadline, due, now)));
    }
    dues.sort_by_key(|(due, _)| *due);
    if let Some(now) = now
        && let Some((_, next)) = dues.iter_mut().find(|(due, _)| *due > now)
    {
        next.next = true;
    }
    // Next year's page is what most who come now look for.
    let links = |kind: LinkKind| programme.links.iter().filter(move |link| link.kind == kind);
    let stays = links(LinkKind::Next).chain(links(LinkKind::Proceedings));
    StageView {
        phase,
        opens: bounds.map(|(opens, _)| rfc3339(opens)),
        closes: bounds.map(|(_, closes)| rfc3339(closes)),
        days_left: now.zip(bounds).and_then(|(now, (opens, _))| days_left(programme, now, opens, language)),
        due: dues.into_iter().map(|(_, due)| due).collect(),
        date: now.and_then(|now| date_of(programme, now)),
        today: today(revision, programme, addresses, now),
        stays: stays
            .map(|link| LinkView {
                kind: link.kind.name(),
                title: link.title.clone(),
                url: link.url.to_string(),
                summary: None,
            })
            .collect(),
        changed: changed(programme, addresses, chapters, now),
    }
}

/// Today's date, where there are sessions today.
fn date_of(programme: &Programme, now: Instant) -> Option<String> {
    let today = programme.time_zone.local(now).civil.date();
    programme.sessions.iter().any(|session| session.start.date() == today).then(|| today.to_string())
}

fn due_view(
    revision: &Revision,
    programme: &Programme,
    addresses: &Addresses,
    deadline: &Deadline,
    due: Moment,
    now: Option<Instant>,
) -> DueView {
    let language = addresses.language;
    let record = revision.records.iter().find(|record| record.key.id() == Some(deadline.id.as_str()));
    let told = readings(due, programme.time_zone, programme.venue.city.as_deref());
    let clocks = told.iter().filter(|reading| told.len() < 3 || reading.moment.zone != Zone::UTC);
    let entry = record.and_then(|record| match &record.entry {
        Entry::Deadline(entry) => Some(entry),
        _ => None,
    });
    DueView {
        short: deadline.short.clone(),
        title: deadline.title.clone(),
        instant: rfc3339(due.instant),
        clocks: clocks
            .map(|reading| {
                let east = reading.moment.zone.local(due.instant).offset_seconds / 60;
                (language.brief_reading(reading, None), east)
            })
            .collect(),
        day: brief_day(due.date(), language),
        left: now.filter(|now| *now < due.instant).map(|now| left(due.instant - now, language)),
        moved: record.and_then(|record| moved(record, language)),
        accepted_only: deadline.audience == Audience::Accepted,
        url: entry.filter(|entry| submits(entry)).and_then(|entry| entry.url.clone()),
        registers: deadline.kind == DeadlineKind::Registration,
        page: addresses.page(&format!("{}at/{}/", addresses.programme, deadline.id)),
        past: now.is_some_and(|now| due.instant <= now),
        next: false,
    }
}

/// `5 days left`, `31 h left`, `12 min left`.
fn left(left: TimeDelta, language: Language) -> String {
    let (days, hours, minutes) = (left.num_days(), left.num_hours(), left.num_minutes());
    match language {
        Language::English if hours >= 48 => format!("{days} days left"),
        Language::English if hours >= 1 => format!("{hours} h left"),
        Language::English => format!("{minutes} min left"),
        Language::Korean if hours >= 48 => format!("{days}일 남음"),
        Language::Korean if hours >= 1 => format!("{hours}시간 남음"),
        Language::Korean => format!("{minutes}분 남음"),
    }
}

/// How many days of the venue's calendar lie before the first.
fn days_left(programme: &Programme, now: Instant, opens: Instant, language: Language) -> Option<String> {
    let day = |at: Instant| programme.time_zone.local(at).civil.date();
    let days = (day(opens) - day(now)).num_days();
    match (days, language) {
        (..=0, _) => None,
        (1, language) => Some(either(language, "tomorrow", "내일").to_owned()),
        (days, Language::English) => Some(format!("in {days} days")),
        (days, Language::Korean) => Some(format!("{days}일 뒤")),
    }
}

fn today(revision: &Revision, programme: &Programme, addresses: &Addresses, now: Option<Instant>) -> TodayView {
    let language = addresses.language;
    let all: Vec<&Session> = programme.sessions.iter().collect();
    let date = now.map(|now| programme.time_zone.local(now).civil.date());
    let line = |session: &&Session| {
        let record = revision.records.iter().find(|record| record.key.id() == Some(session.id.as_str()))?;
        let Entry::Session(entry) = &record.entry else { return None };
        let view = session_view(record, entry, addresses, now);
        let day = (date != Some(session.start.date())).then(|| language.weekday(session.start.date()));
        let speakers: Vec<&str> = view.speakers.iter().map(|speaker| speaker.name.as_str()).collect();
        let speakers = speakers.join(", ");
        Some(LineView {
            day,
            room: room(programme, session)
                .filter(|room| programme.venue.room.as_deref() != Some(room))
                .map(str::to_owned),
            speakers,
            start: view.start,
            end: view.end,
            title: view.title,
            page: view.page,
            cancelled: session.cancelled.is_some(),
        })
    };
    let lines = |sessions: &[&Session]| sessions.iter().filter_map(line).collect();
    let Some(now) = now else {
        let (clock, zone) = (String::new(), String::new());
        return TodayView { clock, zone, now: Vec::new(), next: Vec::new(), then: Vec::new() };
    };
    let on: Vec<&Session> =
        all.iter().copied().filter(|session| session.start.instant <= now && now < session.end.instant).collect();
    // What was called off stays in its place, struck out: whoever looks for it finds that.
    let ahead: Vec<&Session> = all.iter().copied().filter(|session| session.start.instant > now).collect();
    let kept = ahead.iter().find(|session| session.cancelled.is_none());
    let first = kept.map(|session| session.start.instant);
    let (next, later): (Vec<&Session>, Vec<&Session>) =
        ahead.into_iter().partition(|session| first.is_some_and(|first| session.start.instant <= first));
    let then: Vec<&Session> = if next.len() > 1
        || later
            .first()
            .is_some_and(|one| later.iter().filter(|other| other.start.instant == one.start.instant).count() > 1)
    {
        Vec::new()
    } else {
        later.into_iter().take(AHEAD).collect()
    };
    TodayView {
        clock: programme.time_zone.local(now).civil.format("%H:%M").to_string(),
        zone: programme.time_zone.local(now).label,
        now: lines(&on),
        next: lines(&next),
        then: lines(&then),
    }
}

/// The last change that is one: what was there from the beginning changed nothing.
fn changed(
    programme: &Programme,
    addresses: &Addresses,
    chapters: &[Chapter],
    now: Option<Instant>,
) -> Option<ChangedView> {
    let language = addresses.language;
    let chapter = chapters.iter().find(|chapter| chapter.number > 1 && !chapter.changes.is_empty())?;
    let date = |at: Instant| programme.time_zone.local(at).civil.date();
    let today = now.is_some_and(|now| date(now) == date(chapter.published));
    let words = |change: &Change| format!("{}: {}", change.title, change_kind(change.kind, language));
    let mut told: Vec<&Change> = Vec::new();
    if today {
        // All of today's, each once as it is by now, and what does not take place first.
        let of_today = chapters.iter().filter(|one| one.number > 1 && date(one.published) == date(chapter.published));
        for change in of_today.flat_map(|one| &one.changes) {
            if !told.iter().any(|known| known.title == change.title && known.kind == change.kind) {
                told.push(change);
            }
        }
        told.sort_by_key(|change| change.kind != ChangeKind::Cancelled);
    } else {
        told.extend(&chapter.changes);
    }
    let shown = if today { told.len().min(MOST_CHANGES) } else { 1 };
    Some(ChangedView {
        instant: rfc3339(chapter.published),
        day: brief_day(date(chapter.published), language),
        words: told.iter().take(shown).map(|change| words(change)).collect::<Vec<_>>().join("; "),
        more: told.len() - shown,
        page: addresses.page(&format!("{}changes/", addresses.programme)),
        today,
    })
}
