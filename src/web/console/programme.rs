//! The programme: its entries with a form for each everyday change, the whole file, and what a change would do before it
//! is done.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use warp::http::StatusCode;

use super::{Answer, Fault, Visit};
use crate::app::console::change::{self, Change, Considered, Edit, When, edit};
use crate::app::publish::Outcome;
use crate::domain::change::Change as Said;
use crate::domain::programme::{Due, Id, Moment, Programme};
use crate::page::console::change::{self as page, Row, Shown, Subject};
use crate::web::form::Form;
use crate::web::{not_found, respond};

/// Fields of a form that are the change itself: they are carried from its consequences to the act.
const CARRIED: [&str; 12] =
    ["edit", "entry", "day", "time", "why", "start", "end", "room", "title", "source", "base", "note"];

/// What was filled in and cannot be taken, in English and in Korean.
type Bad = [&'static str; 2];

impl Visit<'_> {
    /// The list of entries.
    pub(super) async fn programme(&self, programme: &Programme) -> Answer {
        let can = change::source(self.app, programme.id.as_str()).await?.is_some();
        let deadlines = programme.deadlines.iter().map(|deadline| Row {
            id: deadline.id.to_string(),
            title: deadline.title.clone(),
            when: deadline.due.moment().map(|due| self.lang.moment(due)),
            room: None,
            gone: deadline.cancelled.is_some(),
        });
        let sessions = programme.sessions.iter().map(|session| Row {
            id: session.id.to_string(),
            title: session.title.clone(),
            when: Some(self.lang.moment(session.start)),
            room: programme.room(session).map(str::to_owned),
            gone: session.cancelled.is_some(),
        });
        let (deadlines, sessions): (Vec<Row>, Vec<Row>) = (deadlines.collect(), sessions.collect());
        let back = change::before(self.app, programme.id.as_str()).await?.is_some();
        let frame = self.frame(Some(programme), "programme");
        Ok(respond::page(StatusCode::OK, page::entries(&frame, &deadlines, &sessions, can, back)))
    }

    /// The forms of one entry.
    pub(super) async fn entry(&self, programme: &Programme, id: &str) -> Answer {
        let Some(subject) = self.subject(programme, id).await? else { return Ok(not_found(self.asked)) };
        Ok(respond::page(StatusCode::OK, page::entry(&self.frame(Some(programme), "programme"), &subject, None)))
    }

    async fn subject(&self, programme: &Programme, id: &str) -> Result<Option<Subject>, Fault> {
        let Some((base, _)) = change::source(self.app, programme.id.as_str()).await? else { return Ok(None) };
        let deadline = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
        let session = programme.sessions.iter().find(|session| session.id.as_str() == id);
        Ok(match (deadline, session) {
            (Some(deadline), _) => Some(Subject {
                base,
                id: id.to_owned(),
                title: deadline.title.clone(),
                is_session: false,
                day: deadline.due.moment().map(|due| due.date().to_string()),
                time: deadline.due.moment().map(Moment::clock),
                zone: deadline.due.moment().map_or(programme.deadline_zone, |due| due.zone).name().to_owned(),
                open: deadline.due == Due::Open,
                start: String::new(),
                end: String::new(),
                room: String::new(),
                gone: deadline.cancelled.clone(),
            }),
            (None, Some(session)) => Some(Subject {
                base,
                id: id.to_owned(),
                title: session.title.clone(),
                is_session: true,
                day: None,
                time: None,
                zone: programme.time_zone.name().to_owned(),
                open: false,
                start: session.start.civil.format("%Y-%m-%dT%H:%M").to_string(),
                end: session.end.seen_in(programme.time_zone).civil.format("%Y-%m-%dT%H:%M").to_string(),
                room: session.room.clone().unwrap_or_default(),
                gone: session.cancelled.clone(),
            }),
            _ => None,
        })
    }

    /// The whole file.
    pub(super) async fn file(&self, programme: &Programme) -> Answer {
        let Some((base, source)) = change::source(self.app, programme.id.as_str()).await? else {
            return Ok(not_found(self.asked));
        };
        Ok(respond::page(StatusCode::OK, page::file(&self.frame(Some(programme), "programme"), base, &source)))
    }

    /// A change was filled in, or is to be published.
    pub(super) async fn change(&self, programme: &Programme, form: &Form) -> Answer {
        let change = match self.changed(programme, form).await? {
            Ok(change) => change,
            Err(bad) => {
                let id = form.get("entry").unwrap_or_default();
                let Some(subject) = self.subject(programme, id).await? else {
                    return Ok(not_found(self.asked));
                };
                let frame = self.frame(Some(programme), "programme");
                let page = page::entry(&frame, &subject, Some(bad));
                return Ok(respond::page(StatusCode::UNPROCESSABLE_ENTITY, page));
            }
        };
        if form.get("step") != Some("publish") {
            return self.considered(programme, &change, form, StatusCode::OK).await;
        }
        match change::act(self.app, &change).await? {
            Outcome::Published(publication) => {
                let words: Vec<String> = publication.changes.iter().map(Said::words).collect();
                let about = format!("revision {}", publication.revision.number);
                self.note(programme, "publish", &about, "", &words.join("; ")).await?;
                self.back("./")
            }
            Outcome::Unchanged(_) => self.back("programme"),
            Outcome::Refused(_) | Outcome::Overtaken(_) => {
                self.considered(programme, &change, form, StatusCode::CONFLICT).await
            }
        }
    }

    async fn considered(&self, programme: &Programme, change: &Change, form: &Form, status: StatusCode) -> Answer {
        let Considered { consequences, overtaken, people, sample, calendar, paste } =
            change::consider(self.app, change, self.lang).await?;
        let titled = |id: &String| {
            let found = programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id);
            found.map_or_else(|| id.clone(), |deadline| deadline.title.clone())
        };
        let errors = consequences.report.errors();
        let doubts = consequences.report.problems.iter().filter_map(|problem| {
            let name = problem.doubt.clone()?;
            Some(page::Doubt { name, what: problem.what.clone(), help: problem.help.clone().unwrap_or_default() })
        });
        // Another revision is live by now: this change goes on top of it.
        let base = consequences.live.to_string();
        let mut carried: Vec<(&str, String)> = CARRIED
            .iter()
            .filter(|name| **name != "base")
            .filter_map(|name| Some((*name, form.get(name)?.to_owned())))
            .collect();
        carried.push(("base", base));
        let shown = Shown {
            changes: consequences.changes.iter().map(Said::words).collect(),
            errors,
            doubts: doubts.collect(),
            overtaken,
            people: people.iter().map(|(id, one)| (titled(id), one.corrected, one.superseded)).collect(),
            sample,
            calendar,
            paste: paste.into_iter().map(|words| (words.subject, words.body)).collect(),
            carried: carried.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        Ok(respond::page(status, page::consequences(&self.frame(Some(programme), "programme"), &shown)))
    }

    /// The file as a form changes it, on top of the revision that is live.
    async fn changed(&self, programme: &Programme, form: &Form) -> Result<Result<Change, Bad>, Fault> {
        let id = programme.id.as_str();
        let Some((live, source)) = change::source(self.app, id).await? else {
            return Ok(Err(PAGE));
        };
        let base = form.get("base").and_then(|base| base.parse().ok()).unwrap_or(live);
        let (accept, note) = (form.all("accept").map(str::to_owned).collect(), form.get("note").map(str::trim));
        let note = note.filter(|note| !note.is_empty()).map(str::to_owned);
        let source = match form.get("edit") {
            Some("file") => form.get("source").unwrap_or_default().replace("\r\n", "\n"),
            Some("undo") => match change::before(self.app, id).await? {
                Some(before) => before,
                None => return Ok(Err(NOTHING)),
            },
            _ => match wanted(form) {
                Ok(wanted) => match edit(&source, &wanted) {
                    Ok(source) => source,
                    Err(_) => return Ok(Err(NOTHING)),
                },
                Err(bad) => return Ok(Err(bad)),
            },
        };
        Ok(Ok(Change { programme: id.to_owned(), source, accept, note, base }))
    }
}

const PAGE: Bad = ["It is changed on the workshop's own page.", "워크숍 페이지에서 고쳐 주세요."];
const NOTHING: Bad = ["There is no such entry any more.", "그런 항목이 더 이상 없습니다."];
const NO_DAY: Bad = ["Write the day as 2025-06-30.", "날짜는 2025-06-30처럼 적어 주세요."];
const NO_TIME: Bad = [
    "Write the time as 17:00, or leave it empty for the end of the day.",
    "시각은 17:00처럼 적어 주세요. 비워 두면 그날의 끝입니다.",
];
const NO_WHY: Bad = ["Say in a word why: people read it.", "사유를 적어 주세요. 독자에게 보입니다."];
const NO_TITLE: Bad = ["A title is needed.", "제목을 적어 주세요."];
const NO_TIMES: Bad = ["It must end after it begins.", "끝나는 시각은 시작보다 뒤여야 합니다."];

/// What a form wants changed.
fn wanted(form: &Form) -> Result<Edit, Bad> {
    let field = |name: &str| form.get(name).unwrap_or_default().trim();
    let entry = Id::new(field("entry")).map_err(|_| NOTHING)?;
    match field("edit") {
        "due" => {
            let day: NaiveDate = field("day").parse().map_err(|_| NO_DAY)?;
            let time = match field("time") {
                "" | "23:59" | "23:59:00" => None,
                time => Some(clock(time).ok_or(NO_TIME)?),
            };
            Ok(Edit::Due { deadline: entry, due: Some(When { day, time }) })
        }
        "open" => Ok(Edit::Due { deadline: entry, due: None }),
        "cancel" => match field("why") {
            "" => Err(NO_WHY),
            why => Ok(Edit::Cancel { entry, why: why.to_owned() }),
        },
        "reinstate" => Ok(Edit::Reinstate { entry }),
        "times" => {
            let at = |name| NaiveDateTime::parse_from_str(field(name), "%Y-%m-%dT%H:%M").map_err(|_| NO_DAY);
            let (start, end) = (at("start")?, at("end")?);
            if end <= start { Err(NO_TIMES) } else { Ok(Edit::Times { session: entry, start, end }) }
        }
        "room" => Ok(Edit::Room { session: entry, room: field("room").to_owned() }),
        "title" => match field("title") {
            "" => Err(NO_TITLE),
            title => Ok(Edit::Title { entry, title: title.to_owned() }),
        },
        _ => Err(NOTHING),
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).ok()
}
