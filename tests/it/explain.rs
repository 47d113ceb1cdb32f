//! Explanations: never made up. Held against an oracle that knows the rules by itself, and against what people got.

use std::collections::{BTreeMap, BTreeSet};

use allim::app::explain::{Explanation, Question, explain as answer};
use allim::domain::language::Language;
use allim::domain::lead_time::LeadTime;
use allim::domain::notice::{NoticeKind, NoticeState};
use allim::domain::planner::{
    Asking, DeadlineFacts, Ledger, News, Reason, Row, SaidBy, Saying, Statement, Told, Verdict, explain, news,
};
use allim::domain::programme::{Audience, DeadlineKind, Moment};
use allim::domain::subscription::{Choice, ReaderRole, Standing, Stated, Subscriber, SubscriberId};
use allim::domain::zone::{Instant, Zone};
use allim::mail::transport::Act;
use chrono::TimeDelta;

use crate::house::{golden, instant, wait};
use crate::office::{Office, wish};
use crate::reminders::{deadline, file};

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn one_in(&mut self, most: u64) -> bool {
        self.below(most) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).expect("a place")]
    }

    /// An instant of the season, at a whole minute.
    fn instant(&mut self) -> Instant {
        self.within(0, 90)
    }

    /// An instant of these days of it.
    fn within(&mut self, first: i64, last: u64) -> Instant {
        let minutes = i64::try_from(self.below(last * 24 * 60)).expect("a number");
        instant("2025-05-01T00:00:00Z") + TimeDelta::days(first) + TimeDelta::minutes(minutes)
    }

    /// One that is early, most of the time.
    fn early(&mut self) -> Instant {
        if self.one_in(5) { self.instant() } else { self.within(0, 20) }
    }
}

const ZONES: [&str; 5] = ["Asia/Seoul", "Europe/Copenhagen", "America/Los_Angeles", "Pacific/Apia", "AoE"];

fn pool() -> Vec<LeadTime> {
    // The last two fire at one moment where the deadline falls into somebody's night.
    ["14d", "7d@09:00", "3d", "1d@21:00", "3h"].map(|lead| lead.parse().expect("a lead time")).to_vec()
}

/// The programme's own lead times.
fn offered() -> Vec<LeadTime> {
    vec![pool()[1], pool()[3]]
}

fn deadlines(dice: &mut Dice) -> Vec<DeadlineFacts> {
    let at = |dice: &mut Dice| {
        let instant = dice.within(25, 60);
        Statement::At(Moment { civil: instant.naive_utc(), zone: Zone::AnywhereOnEarth, instant })
    };
    let links = [None, Some("https://a.example"), Some("https://b.example")];
    let mut all = Vec::new();
    for number in 0..10 {
        let kind = match dice.below(8) {
            0 => DeadlineKind::Registration,
            1 => DeadlineKind::Notification,
            _ => DeadlineKind::Submission,
        };
        all.push(DeadlineFacts {
            id: format!("d{number}"),
            kind,
            audience: if dice.one_in(8) { Audience::Accepted } else { Audience::Everyone },
            ours: !dice.one_in(12),
            statement: match dice.below(15) {
                0 => Statement::Open,
                1 => Statement::Withdrawn,
                _ => at(dice),
            },
            link: dice.of(&links).map(str::to_owned),
            held_until: match dice.below(8) {
                0 | 1 => Some(dice.instant()),
                2 => Some(Instant::MAX_UTC),
                _ => None,
            },
        });
    }
    all
}

fn subscriber(dice: &mut Dice, number: i64) -> Subscriber {
    let ids = |dice: &mut Dice| (0..10).filter(|_| dice.one_in(20)).map(|id| format!("d{id}")).collect::<BTreeSet<_>>();
    let own = dice.one_in(2).then(|| pool().into_iter().filter(|_| !dice.one_in(4)).collect());
    let confirmed = dice.early();
    Subscriber {
        id: SubscriberId(number),
        programme: "p".to_owned(),
        mailbox: format!("p{number}@example.org").parse().expect("a mailbox"),
        language: Language::English,
        zone: dice.of(&ZONES).parse().expect("a zone"),
        role: dice.of(&[ReaderRole::Author, ReaderRole::Author, ReaderRole::Author, ReaderRole::Attendee]),
        choice: Choice {
            excluded: ids(dice),
            included: ids(dice),
            leads: own,
            to_the_minute: dice.one_in(3),
            calendar: false,
        },
        standing: dice
            .of(&[Standing::Confirmed; 8].into_iter().chain([Standing::Left, Standing::Pending]).collect::<Vec<_>>()),
        created: confirmed,
        confirmed: Some(confirmed),
        accepted: dice.of(&[None, None, None, Some(true), Some(true), Some(false)]),
        done: ids(dice),
        presents: Default::default(),
        closing: false,
        link_version: 0,
    }
}

/// What happened between one subscriber and one deadline: the rows, and the ledger that follows from them.
fn history(dice: &mut Dice, subscriber: &Subscriber, deadline: &DeadlineFacts) -> (Ledger, Vec<Row>) {
    let states = [
        NoticeState::Due,
        NoticeState::Sending,
        NoticeState::Relayed,
        NoticeState::Delayed,
        NoticeState::Failed,
        NoticeState::Uncertain,
        NoticeState::Superseded,
        NoticeState::Expired,
        NoticeState::Withdrawn,
        NoticeState::Held,
    ];
    let mut rows = Vec::new();
    let mut ledger = Ledger::since(subscriber.confirmed.expect("confirmed"));
    // Somebody asks, or a correction covers, at the very moment a reminder fires: the edges are where rules go wrong.
    let edge = |dice: &mut Dice| {
        let lead = dice.of(&pool());
        let due = deadline.statement.instant().unwrap_or_else(|| dice.instant());
        lead.fire(due, subscriber.zone, subscriber.choice.to_the_minute)
    };
    if dice.one_in(4) {
        ledger.asked = ledger.asked.max(dice.instant());
    }
    if dice.one_in(8) {
        ledger.asked = edge(dice);
    }
    let own = subscriber.choice.leads.clone();
    ledger.chosen = own.unwrap_or_else(offered).into_iter().map(|lead| (lead, dice.early())).collect();
    ledger.covers_until = dice.one_in(5).then(|| if dice.one_in(2) { edge(dice) } else { dice.instant() });
    let other = Stated::At(dice.instant());
    let now = deadline.statement.stated();
    let link = deadline.link.clone();
    match dice.below(3) {
        0 => ledger.told = Told { statement: deadline.statement, link: link.clone(), number: 1 },
        1 => {
            let Stated::At(at) = other else { return (ledger, rows) };
            let moment = Moment { civil: at.naive_utc(), zone: Zone::AnywhereOnEarth, instant: at };
            ledger.told = Told { statement: Statement::At(moment), link: link.clone(), number: 2 };
        }
        _ => {}
    }
    let row = |dice: &mut Dice, kind, reminder, stated| {
        let state = dice.of(&states);
        Row {
            kind,
            state,
            reminder,
            stated,
            link: link.clone(),
            number: 2,
            ready: (state == NoticeState::Delayed || state == NoticeState::Uncertain).then(|| dice.instant()),
            settled: (!matches!(state, NoticeState::Due | NoticeState::Delayed)).then(|| dice.instant()),
            attempt: dice.one_in(2).then(|| (dice.instant(), None)),
            said_by: dice.one_in(2).then(|| SaidBy {
                saying: Saying::Mail(NoticeKind::Correction),
                state: dice.of(&[NoticeState::Relayed, NoticeState::Withdrawn]),
                settled: Some(dice.instant()),
            }),
        }
    };
    for lead in pool() {
        for stated in [other, now] {
            let Stated::At(due) = stated else { continue };
            if !dice.one_in(6) {
                continue;
            }
            let fire = lead.fire(due, subscriber.zone, subscriber.choice.to_the_minute);
            let made = row(dice, NoticeKind::Reminder, Some((lead, fire)), stated);
            if !is_void(&made) {
                ledger.finished.insert((lead, due));
            }
            rows.push(made);
        }
    }
    if dice.one_in(3) {
        let made = row(dice, NoticeKind::Correction, None, now);
        if made.number == ledger.told.number && !matches!(made.state, NoticeState::Superseded | NoticeState::Withdrawn)
        {
            ledger.corrected.insert((made.stated, made.link.clone()));
        }
        rows.push(made);
    }
    (ledger, rows)
}

/// Withdrawn, or said by what was: as if it had not been made.
fn is_void(row: &Row) -> bool {
    let by = row.said_by.is_some_and(|by| by.state == NoticeState::Withdrawn);
    row.state == NoticeState::Withdrawn || row.state == NoticeState::Superseded && by
}

/// Who somebody is to a deadline, and what happened, as the oracle is asked.
struct Case<'c> {
    now: Instant,
    subscriber: &'c Subscriber,
    deadline: &'c DeadlineFacts,
    ledger: &'c Ledger,
    rows: &'c [Row],
    /// When each lead time fires; empty where there is no date.
    fires: &'c BTreeMap<LeadTime, Instant>,
}

/// The rules of the design told once more, without the planner's words for them.
impl Case<'_> {
    fn wanted_at_all(&self) -> Result<(), Verdict> {
        let (who, what) = (self.subscriber, self.deadline);
        let registration = what.kind == DeadlineKind::Registration;
        let may_hear = match (what.audience, who.accepted) {
            (Audience::Accepted, accepted) => accepted == Some(true) || registration && accepted == Some(true),
            (Audience::Everyone, Some(false)) => registration,
            (Audience::Everyone, _) => true,
        };
        match who.role {
            _ if who.standing != Standing::Confirmed => Err(Verdict::NotSubscribed),
            _ if !what.ours => Err(Verdict::AnothersDate),
            ReaderRole::Attendee if !registration && !who.choice.included.contains(&what.id) => {
                Err(Verdict::NotTheirRole)
            }
            _ if who.choice.excluded.contains(&what.id) => Err(Verdict::NotChosen),
            _ if !may_hear => Err(Verdict::NotAccepted),
            _ => Ok(()),
        }
    }

    fn wanted(&self, lead: LeadTime) -> Result<(), Verdict> {
        self.wanted_at_all()?;
        match () {
            () if self.deadline.kind == DeadlineKind::Notification => Err(Verdict::NoReminders),
            () if self.subscriber.done.contains(&self.deadline.id) => Err(Verdict::Done),
            () if !self.theirs().contains(&lead) => Err(Verdict::LeadNotChosen),
            () => Ok(()),
        }
    }

    fn held(&self) -> Option<Instant> {
        self.deadline.held_until.filter(|until| *until > self.now)
    }

    fn theirs(&self) -> Vec<LeadTime> {
        self.subscriber.choice.leads.clone().unwrap_or_else(offered)
    }

    fn since(&self, lead: LeadTime) -> Instant {
        self.ledger.chosen.get(&lead).copied().unwrap_or(self.ledger.asked).max(self.ledger.asked)
    }

    /// Up to when the correction covers that is made at this moment, if one is.
    fn corrected_at(&self, at: Instant) -> Option<Instant> {
        let told = self.ledger.told.statement.stated();
        let is = self.deadline.statement.stated();
        let links = (&self.ledger.told.link, &self.deadline.link);
        let moved = matches!((links.0, links.1), (Some(was), Some(now)) if was != now) && matches!(is, Stated::At(_));
        let ahead = [told, is].iter().any(|said| matches!(said, Stated::At(due) if *due > at));
        let made = self.ledger.corrected.contains(&(is, self.deadline.link.clone()));
        let Stated::At(due) = is else { return None };
        let quarter = (due - at).max(TimeDelta::zero()) / 4;
        ((told != is || moved) && ahead && !made).then(|| at + quarter.min(TimeDelta::hours(12)))
    }

    fn of_row(&self, row: &Row) -> Option<Reason> {
        let said = row.attempt.clone().map(|(at, _)| at);
        let open = matches!(row.state, NoticeState::Due | NoticeState::Delayed | NoticeState::Held);
        if open {
            let fire = row.reminder.map_or(self.now, |(_, fire)| fire);
            let reminder = row.reminder.is_some();
            // What its reader wants no more is stopped, also on its way.
            let wanted = match row.reminder {
                Some((lead, _)) => self.wanted(lead),
                None => self.wanted_at_all(),
            };
            if let Err(verdict) = wanted {
                return Some(Reason::Rule(verdict));
            }
            if reminder && matches!(row.stated, Stated::At(due) if due <= self.now) {
                return Some(Reason::Rule(Verdict::Expired { fire }));
            }
            if let Some(until) = self.held() {
                return Some(Reason::Rule(Verdict::Held { fire, until }));
            }
        }
        Some(match row.state {
            NoticeState::Relayed => Reason::Sent { at: row.settled? },
            NoticeState::Failed => Reason::Failed { at: row.settled, reply: None },
            NoticeState::Uncertain => Reason::Uncertain { at: said, again: row.ready },
            NoticeState::Superseded => Reason::Superseded { by: row.said_by },
            NoticeState::Expired => Reason::Rule(Verdict::Expired { fire: row.reminder?.1 }),
            NoticeState::Held => Reason::Stopped,
            NoticeState::Delayed => Reason::Delayed { until: row.ready?, reply: None },
            _ => Reason::OnItsWay,
        })
    }

    fn reason(&self, lead: LeadTime) -> Reason {
        let due = self.deadline.statement.instant();
        let own = self.rows.iter().rev().find(|row| {
            row.reminder.is_some_and(|(of, _)| of == lead) && due.is_some_and(|due| row.stated == Stated::At(due))
        });
        if let Some(reason) = own.filter(|row| !is_void(row)).and_then(|row| self.of_row(row)) {
            return reason;
        }
        let rule = Reason::Rule;
        if let Err(verdict) = self.wanted(lead) {
            return rule(verdict);
        }
        let Some(due) = due else {
            let open = self.deadline.statement == Statement::Open;
            return rule(if open { Verdict::NoDate } else { Verdict::Withdrawn });
        };
        let fire = self.fires[&lead];
        let asked = self.since(lead);
        if asked >= fire {
            let by = match () {
                () if Some(asked) == self.subscriber.confirmed => Asking::Confirmed,
                () if asked == self.ledger.asked => Asking::Anew,
                () if self.subscriber.choice.leads.is_some() => Asking::Chose,
                () => Asking::Offered,
            };
            return Reason::AskedLater { fire, asked, by };
        }
        let covers = self.ledger.covers_until;
        if let Some(until) = covers.filter(|until| *until >= fire) {
            return rule(Verdict::Covered { fire, until });
        }
        if self.now >= due {
            return rule(Verdict::Expired { fire });
        }
        // When something may go out: now, or when the hold ends.
        let at = self.held().unwrap_or(self.now);
        let held = |until| rule(Verdict::Held { fire, until });
        if at >= due {
            return held(at);
        }
        let horizon = self.corrected_at(at);
        if horizon.is_some_and(|until| fire <= until) {
            return Reason::WillBeSaid { by: Saying::Mail(NoticeKind::Correction), at };
        }
        let covered = horizon.max(covers);
        // Of those that may go at a moment the one that fires last goes, and of equals the last on the list.
        let finished = |lead: LeadTime| self.ledger.finished.contains(&(lead, due));
        let open = self.theirs().into_iter().filter(|other| {
            let fires = self.fires[other];
            !finished(*other) && self.since(*other) < fires && covered.is_none_or(|until| fires > until)
        });
        let rivals: Vec<(Instant, usize, LeadTime)> =
            open.enumerate().map(|(place, other)| (self.fires[&other], place, other)).collect();
        let moment = fire.max(at);
        let meets = |(fires, ..): &&(Instant, usize, LeadTime)| if fire > at { *fires == fire } else { *fires <= at };
        let (.., winner) = rivals.iter().filter(meets).max().expect("it is among them");
        match self.held() {
            _ if *winner != lead => Reason::WillBeSaid { by: Saying::Reminder(*winner), at: moment },
            _ if fire > at => rule(Verdict::Ahead { fire }),
            Some(until) => held(until),
            None => rule(Verdict::Due { fire }),
        }
    }

    fn news(&self) -> News {
        let (told, is) = (self.ledger.told.statement.stated(), self.deadline.statement.stated());
        let links = (&self.ledger.told.link, &self.deadline.link);
        let moved = matches!((links.0, links.1), (Some(was), Some(now)) if was != now) && matches!(is, Stated::At(_));
        if told == is && !moved {
            return News::Same;
        }
        if let Err(verdict) = self.wanted_at_all() {
            return News::Rule(verdict);
        }
        let made = self.rows.iter().find(|row| {
            row.kind == NoticeKind::Correction
                && row.number == self.ledger.told.number
                && !matches!(row.state, NoticeState::Superseded | NoticeState::Withdrawn)
        });
        if let Some(reason) = made.and_then(|row| self.of_row(row)) {
            return News::Made(reason);
        }
        let ahead = [told, is].iter().any(|said| matches!(said, Stated::At(due) if *due > self.now));
        match self.held() {
            _ if !ahead => News::NothingAhead,
            Some(until) => News::Held { until },
            None => News::Due,
        }
    }
}

#[test]
fn the_reason_told_is_the_reason_there_is() {
    let mut dice = Dice(7);
    let (pool, offered) = (pool(), offered());
    let mut season = Vec::new();
    let nows: Vec<Instant> = (0..300).map(|_| dice.instant()).collect();
    let mut kinds = BTreeMap::new();
    let mut turn = 0;
    for number in 0..1100 {
        // Another ten deadlines for each twenty people.
        if number % 20 == 0 {
            season = deadlines(&mut dice);
        }
        let subscriber = subscriber(&mut dice, number);
        for deadline in &season {
            let (ledger, rows) = history(&mut dice, &subscriber, deadline);
            let fires: BTreeMap<LeadTime, Instant> = match deadline.statement.instant() {
                Some(due) => {
                    let fire = |lead: &LeadTime| lead.fire(due, subscriber.zone, subscriber.choice.to_the_minute);
                    pool.iter().map(|lead| (*lead, fire(lead))).collect()
                }
                None => BTreeMap::new(),
            };
            // Each at three of the moments, all of which come in their turn, and around one at which something changes.
            let changes: Vec<Instant> =
                [deadline.statement.instant(), deadline.held_until].into_iter().flatten().collect();
            let changes: Vec<Instant> = changes.into_iter().chain(fires.values().copied()).collect();
            let place = turn;
            let own = [-1, 0, 1].into_iter().filter_map(|minutes| {
                let change = changes.get(place / 3 % changes.len().max(1)).filter(|at| **at < Instant::MAX_UTC)?;
                Some(*change + TimeDelta::minutes(minutes) - TimeDelta::hours(i64::from(place % 2 == 1)))
            });
            let common = (turn..turn + 3).map(|turn| nows[turn % nows.len()]);
            turn += 3;
            for now in common.chain(own) {
                let subscriber = &subscriber;
                let case = Case { now, subscriber, deadline, ledger: &ledger, rows: &rows, fires: &fires };
                for lead in &pool {
                    let reason = explain(now, subscriber, &offered, deadline, &ledger, &rows, *lead);
                    let told_of = || format!("{lead} at {now}: {subscriber:#?}\n{deadline:#?}\n{ledger:#?}\n{rows:#?}");
                    assert_eq!(reason, case.reason(*lead), "{}", told_of());
                    *kinds
                        .entry(format!("{reason:?}").split(" {").next().unwrap_or_default().to_owned())
                        .or_insert(0_usize) += 1;
                }
                let said = news(now, subscriber, deadline, &ledger, &rows);
                assert_eq!(said, case.news(), "at {now}: {subscriber:#?}\n{deadline:#?}\n{ledger:#?}\n{rows:#?}");
            }
        }
    }
    // Whatever may be said comes up, and often.
    assert!(kinds.len() == 24 && kinds.values().all(|count| *count > 500), "{kinds:#?}");
}

async fn told(office: &Office, address: &str, all: bool) -> Explanation {
    let mailbox = address.parse().expect("an address");
    let question = Question { programme: &office.programme, mailbox: &mailbox, deadline: None, all };
    answer(office.app.store(), &question, office.now()).await.expect("an answer")
}

fn paper(due: &str) -> String {
    file(&[deadline("full-paper", "submission", due), deadline("camera-ready", "camera-ready", "\"TBC\"")])
}

#[test]
fn a_season_is_explained_at_each_turn_of_it() {
    wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T00:00:00Z").await;
        let mut story = String::new();
        let mut tell = async |office: &Office, who: &str, what: &str| {
            let told = told(office, &format!("{who}@example.org"), true).await;
            // Whatever is due has gone by now: what is said to be due next would be made up.
            let due = |(_, reason): &(LeadTime, Reason)| matches!(reason, Reason::Rule(Verdict::Due { .. }));
            let mut reminders = told.deadlines.iter().flat_map(|explained| &explained.reminders);
            assert!(
                !reminders.any(due) && told.deadlines.iter().all(|explained| explained.news != News::Due),
                "{told:#?}"
            );
            story.push_str(&format!("-- {} UTC: {what}\n{}\n", office.now().format("%-d %b %H:%M"), told.text()));
        };
        office
            .join("2025-06-10T08:00:00Z", "early@example.org", wish("Europe/Copenhagen", "7d@09:00 1d@09:00 3h"))
            .await;
        tell(&office, "early", "all is ahead").await;
        office.pass("2025-06-19T08:00:00Z", TimeDelta::hours(1)).await;
        tell(&office, "early", "the first went").await;
        office.publish("2025-06-24T20:13:00Z", &paper("2025-06-30")).await;
        tell(&office, "early", "extended, and held").await;
        office.pass("2025-06-24T20:40:00Z", TimeDelta::minutes(1)).await;
        tell(&office, "early", "corrected").await;
        let late =
            office.join("2025-06-24T20:40:00Z", "late@example.org", wish("Asia/Seoul", "7d@09:00 1d@09:00")).await;
        tell(&office, "late", "one lead time was over").await;
        office.pass("2025-06-29T23:00:00Z", TimeDelta::hours(1)).await;
        office.then(Act::Delay(allim::domain::notice::Blame::Message));
        office.pass("2025-06-30T00:00:30Z", TimeDelta::minutes(5)).await;
        tell(&office, "late", "a busy relay").await;
        office.pass("2025-06-30T00:30:00Z", TimeDelta::minutes(5)).await;
        office.act(&late, &allim::app::manage::Ask::Leave).await;
        tell(&office, "late", "they left").await;
        office.pass("2025-07-02T00:00:00Z", TimeDelta::hours(1)).await;
        tell(&office, "early", "all is over").await;
        golden("stories/explained.txt", story.as_bytes());
        let lines = told(&office, "early@example.org", false).await.json_lines();
        golden("stories/explained.jsonl", lines.as_bytes());
    });
}

#[test]
fn whoever_is_not_there_is_named_with_what_comes_near() {
    let office = wait(async {
        let office = Office::open(&paper("2025-06-25"), "2025-06-01T00:00:00Z").await;
        office.join("2025-06-10T08:00:00Z", "ada@example.org", wish("Europe/Copenhagen", "7d@09:00")).await;
        office
    });
    let state = office.folder.path().join("var");
    let allim = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_allim"));
        let done = command.arg("explain").args(arguments).arg("--state").arg(&state).output().expect("it runs");
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    for (arguments, said) in [
        (
            &["fair-2024", "ada@example.org"][..],
            "no programme \"fair-2024\" is published here; did you mean fair-2025?",
        ),
        (
            &["fair-2025", "adda@example.org"],
            "fair-2025 has no subscriber adda@example.org; did you mean a***@example.org?",
        ),
        (
            &["fair-2025", "ada@example.org", "fullpaper"],
            "fair-2025 has no deadline \"fullpaper\"; did you mean full-paper?",
        ),
        (&["fair-2025", "nobody.near@elsewhere.net"], "fair-2025 has no subscriber nobody.near@elsewhere.net"),
    ] {
        assert_eq!(allim(arguments), (Some(1), String::new(), format!("allim: {said}\n")), "{arguments:?}");
    }
    let (code, said, _) = allim(&["fair-2025", "Ada@Example.org", "full-paper", "--json"]);
    assert_eq!((code, said.lines().count()), (Some(0), 2), "{said}");
    let lines: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&lines[0]["kind"], &lines[1]["lead"]), (&"told".into(), &"7d@09:00".into()));
    assert_eq!(allim(&["fair-2025", "no address"]).0, Some(2));
}

/// Asks of every reminder what will become of it, then lets it come about with nothing else happening.
#[test]
fn what_is_said_to_come_comes() {
    wait(async {
        let files = |paper: &str, camera: &str| {
            file(&[
                deadline("abstract", "abstract", "2025-06-25"),
                deadline("full-paper", "submission", paper),
                deadline("poster", "submission", camera),
            ])
        };
        let office = Office::open(&files("2025-06-25", "2025-07-02"), "2025-06-01T00:00:00Z").await;
        let people = [
            ("one", "Europe/Copenhagen", "7d@09:00 1d@09:00"),
            ("two", "Asia/Seoul", "1d@21:00 3h"),
            ("three", "America/Los_Angeles", "3h 6h 1d@21:00 2d"),
            ("four", "Pacific/Apia", "5d 3d 24h 12h"),
            ("five", "Europe/London", ""),
        ];
        for (who, zone, leads) in people {
            office.join("2025-06-19T00:00:00Z", &format!("{who}@example.org"), wish(zone, leads)).await;
        }
        let done = office.join("2025-06-22T00:00:00Z", "six@example.org", wish("Africa/Nairobi", "4d 2d")).await;
        office.act(&done, &allim::app::manage::Ask::Done("poster".to_owned(), true)).await;
        office.publish("2025-06-24T20:13:00Z", &files("2025-06-28", "\"TBC\"")).await;
        let mut said = Vec::new();
        for who in ["one", "two", "three", "four", "five", "six"] {
            said.push((who, told(&office, &format!("{who}@example.org"), true).await));
        }
        office.pass("2025-07-05T00:00:00Z", TimeDelta::minutes(30)).await;
        let mut kept = BTreeMap::new();
        for (who, before) in said {
            let after = told(&office, &format!("{who}@example.org"), true).await;
            for (before, after) in before.deadlines.iter().zip(&after.deadlines) {
                if before.news != News::Same {
                    assert!(
                        matches!(before.news, News::Held { .. }) && after.news == News::Same,
                        "{who}: {before:#?}\n{after:#?}"
                    );
                }
                for ((lead, said), (_, came)) in before.reminders.iter().zip(&after.reminders) {
                    let soon = |fire: Instant, at: Instant| fire <= at && at < fire + TimeDelta::minutes(31);
                    let holds = match (said, came) {
                        (Reason::Rule(Verdict::Ahead { fire }), Reason::Sent { at }) => soon(*fire, *at),
                        (Reason::Rule(Verdict::Held { until, .. }), Reason::Sent { at }) => soon(*until, *at),
                        (Reason::WillBeSaid { by, .. }, Reason::Superseded { by: Some(came) }) => *by == came.saying,
                        (said, came) => said == came,
                    };
                    assert!(holds, "{who}, {}, {lead}: {said:?}, and then {came:?}", before.deadline.id);
                    let name = format!("{said:?}").split(" {").next().unwrap_or_default().to_owned();
                    *kept.entry(name).or_insert(0) += 1;
                }
            }
        }
        assert!(kept.contains_key("Rule(Ahead") && kept.contains_key("WillBeSaid"), "{kept:?}");
    });
}
