//! Announcing: an organizer's own words, that decisions are out, the closing mail. Each is looked at first.

use chrono::TimeDelta;
use warp::http::StatusCode;

use super::{Answer, Fault, Visit};
use crate::app::announce::{self as app, Draft, Leaves, NotAnnounced, draft, words};
use crate::app::console::once;
use crate::domain::announcement::{Addressees, Announcement, Missed, Says};
use crate::domain::kind::Named;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;
use crate::domain::programme::Programme;
use crate::page::console::announce::{self as page, Announcing, Made, Preview, Sample, TakenBack, Written};
use crate::page::console::words as said;
use crate::web::form::Form;
use crate::web::not_found;
use crate::web::respond::{self, letter};

/// What was announced, on the screen.
const LISTED: usize = 20;

/// What was published so long ago is no news, and so many offers are enough.
const LATELY: TimeDelta = TimeDelta::days(2);
const OFFERED: usize = 5;

/// So long after it left there is still a button: some of its mails may have been delayed.
const TAKEN_BACK_WITHIN: TimeDelta = TimeDelta::days(1);

/// A kind as the address has it.
fn of_address(kind: &str) -> NoticeKind {
    match kind {
        "decisions" => NoticeKind::Decisions,
        "closing" => NoticeKind::Closing,
        _ => NoticeKind::Announcement,
    }
}

fn address(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Decisions => "decisions",
        NoticeKind::Closing => "closing",
        _ => "announce",
    }
}

fn written(form: &Form) -> Written {
    let of = |name: &str| form.get(name).unwrap_or_default().to_owned();
    Written {
        to: of("to"),
        subject: of("subject"),
        // A browser ends lines as mail does.
        body: of("body").replace("\r\n", "\n"),
        about: of("about"),
        now: form.get("when") == Some("now"),
    }
}

impl Visit<'_> {
    pub(super) async fn announce(&self, programme: &Programme, kind: &str) -> Answer {
        let kind = of_address(kind);
        let Some(form) = &self.form else {
            if kind != NoticeKind::Announcement {
                return self.preview(programme, kind, Written::default(), None).await;
            }
            let of = |name: &str| self.asked_for(name).unwrap_or_default();
            let written =
                Written { to: "all".to_owned(), about: of("about"), subject: of("subject"), ..Written::default() };
            return self.write(programme, kind, StatusCode::OK, written, None).await;
        };
        let mut written = written(form);
        match form.get("act").unwrap_or_default() {
            "take-back" => self.take_back(programme, form).await,
            "announce" => self.make(programme, kind, written).await,
            "edit" => self.write(programme, kind, StatusCode::OK, written, None).await,
            "html" => self.html(programme, kind, &written, form.get("language").unwrap_or_default()).await,
            "mail" => {
                let token = form.get("token").unwrap_or_default();
                self.preview(programme, kind, written, Some(token)).await
            }
            act => {
                written.now = written.now && act != "held" || act == "at-once";
                self.preview(programme, kind, written, None).await
            }
        }
    }

    /// What was announced, and the form.
    async fn write(
        &self,
        programme: &Programme,
        kind: NoticeKind,
        status: StatusCode,
        written: Written,
        fault: Option<String>,
    ) -> Answer {
        let deadlines = programme.deadlines.iter().filter(|deadline| deadline.ours);
        let sessions = programme.sessions.iter();
        let taken_back = self.asked_for("back").and_then(|back| {
            let (done, left) = back.split_once('.')?;
            Some(TakenBack { done: done == "yes", left: left.parse().ok()? })
        });
        let page = Announcing {
            kind: address(kind),
            made: if kind == NoticeKind::Announcement { self.made(programme, None).await? } else { Vec::new() },
            taken_back,
            done: self.asked_for("done").is_some(),
            fault,
            written,
            likely: if kind == NoticeKind::Announcement { self.likely(programme) } else { Vec::new() },
            entries: [
                deadlines.map(|deadline| (deadline.id.to_string(), deadline.title.clone())).collect(),
                sessions.map(|session| (session.id.to_string(), session.title.clone())).collect(),
            ],
        };
        Ok(respond::page(status, page::announce(&self.frame(Some(programme), "announce"), &page)))
    }

    /// What was published lately and may be worth a mail.
    fn likely(&self, programme: &Programme) -> Vec<(String, String)> {
        let Some(edition) = self.app.edition(programme.id.as_str()) else { return Vec::new() };
        let lately = edition.chapters.iter().take_while(|chapter| self.now - chapter.published < LATELY);
        // Whatever a first revision holds is new to nobody.
        let changes = lately.filter(|chapter| chapter.number > 1).flat_map(|chapter| app::likely(&chapter.changes));
        let offer = |(id, subject): (Option<&str>, String)| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("subject", &subject);
            query.extend_pairs(id.map(|id| ("about", id)));
            (subject, query.finish())
        };
        changes.map(offer).take(OFFERED).collect()
    }

    /// What was announced and not taken back, the newest first.
    async fn made(&self, programme: &Programme, only: Option<NoticeKind>) -> Result<Vec<Made>, Fault> {
        let all = self.app.store().announcements(programme.id.as_str()).await?;
        let of_kind = |one: &&Announcement| only.is_none_or(|kind| one.says.kind() == kind);
        let mut made: Vec<Made> = Vec::new();
        for one in all.iter().rev().filter(of_kind).take(LISTED) {
            let kind = address(one.says.kind());
            // Of the ready ones each mail is known by its reader alone, so the last of them stands for all.
            let is_last = kind == "announce" || made.iter().all(|other| other.kind != kind);
            let waits = one.due > self.now || !one.told;
            let minutes = ((one.due - self.now).num_seconds().max(0) + 59) / 60;
            made.push(Made {
                number: format!("{:016x}", one.id),
                kind,
                subject: match &one.says {
                    Says::Words { subject, .. } => Some(subject.clone()),
                    Says::Decisions | Says::Closing { .. } => None,
                },
                to: Addressees::ALL.iter().find(|(_, to)| *to == one.to).map_or("all", |(name, _)| name),
                made: self.said(programme, one.made),
                leaves: waits.then(|| (self.said(programme, one.due), minutes)),
                takes_back: is_last && (waits || self.now - one.due < TAKEN_BACK_WITHIN),
            });
        }
        Ok(made)
    }

    async fn draft(&self, programme: &Programme, kind: NoticeKind, written: &Written) -> Result<Draft, NotAnnounced> {
        let (to, says) = match kind {
            NoticeKind::Decisions => (Addressees::Authors, Says::Decisions),
            NoticeKind::Closing => {
                let body = Some(written.body.as_bytes()).filter(|body| !body.is_empty());
                (Addressees::All, app::closing(programme, body, self.now)?)
            }
            _ => {
                let about = Some(written.about.as_str()).filter(|about| !about.is_empty());
                let says = words(programme, &written.subject, written.body.as_bytes(), about)?;
                (Addressees::named(&written.to).unwrap_or(Addressees::All), says)
            }
        };
        Ok(draft(self.app.store(), programme, to, says, written.now, self.now).await?)
    }

    /// The mail, who gets it, who does not; with a token it is mailed to who looks, once.
    async fn preview(&self, programme: &Programme, kind: NoticeKind, written: Written, token: Option<&str>) -> Answer {
        let mut page = self.blank(programme, kind, written).await?;
        let draft = match self.draft(programme, kind, &page.written).await {
            Ok(draft) => draft,
            Err(NotAnnounced::Store(error)) => return Err(error.into()),
            Err(fault) => return self.refuse(programme, kind, page.written, &fault).await,
        };
        let Some(edition) = self.app.edition(programme.id.as_str()) else { return Ok(not_found(self.asked)) };
        let (of, to) = ((programme, &edition.revision), &self.session.organizer.mailbox);
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            page.mailed = Some(draft.mail_preview(self.app, of, (to, token), self.now).await?);
        }
        page.samples = draft
            .preview(self.app, of, to, self.now)
            .await?
            .into_iter()
            .map(|(language, read)| Sample { language: language.tag(), subject: read.subject, text: read.text })
            .collect();
        page.about = draft.announcement.about().map(|id| titled(programme, id));
        page.reached = draft.roles().map(|(number, _)| number);
        let languages = draft.languages().into_iter().filter(|(number, _)| *number > 0);
        page.languages = languages.map(|(number, language)| (number, language.tag())).collect();
        let missed = draft.missed.iter().filter(|(why, _)| **why != Missed::OtherRole);
        page.missed = missed.map(|(why, number)| (*number, said::missed(self.lang, *why))).collect();
        page.leaves = match draft.leaves {
            Leaves::Now => page::Leaves::Now,
            Leaves::At(at) => page::Leaves::At(self.said(programme, at)),
            Leaves::WithChange(at) => page::Leaves::Change(self.said(programme, at)),
            Leaves::Stopped => page::Leaves::Stopped,
        };
        self.show_preview(programme, StatusCode::OK, &page)
    }

    async fn blank(&self, programme: &Programme, kind: NoticeKind, written: Written) -> Result<Preview, Fault> {
        let made = if kind == NoticeKind::Announcement { Vec::new() } else { self.made(programme, Some(kind)).await? };
        Ok(Preview {
            kind: address(kind),
            fault: None,
            about: None,
            reached: [0, 0],
            languages: Vec::new(),
            missed: Vec::new(),
            leaves: page::Leaves::Now,
            samples: Vec::new(),
            mailed: None,
            token: once(),
            made,
            written,
        })
    }

    /// Says what is wrong: above the form, where that can mend it.
    async fn refuse(&self, programme: &Programme, kind: NoticeKind, written: Written, fault: &NotAnnounced) -> Answer {
        let said = Some(self.fault(programme, fault));
        if kind == NoticeKind::Announcement || fault.is_of_the_body() {
            return self.write(programme, kind, StatusCode::UNPROCESSABLE_ENTITY, written, said).await;
        }
        let page = Preview { fault: said, ..self.blank(programme, kind, written).await? };
        // To look at what cannot be done yet is no mistake.
        let status = if self.form.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        self.show_preview(programme, status, &page)
    }

    fn show_preview(&self, programme: &Programme, status: StatusCode, preview: &Preview) -> Answer {
        Ok(respond::page(status, page::preview(&self.frame(Some(programme), "announce"), preview)))
    }

    /// The mail's HTML, alone.
    async fn html(&self, programme: &Programme, kind: NoticeKind, written: &Written, tag: &str) -> Answer {
        let Some(edition) = self.app.edition(programme.id.as_str()) else { return Ok(not_found(self.asked)) };
        let draft = match self.draft(programme, kind, written).await {
            Ok(draft) => draft,
            Err(NotAnnounced::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(not_found(self.asked)),
        };
        let to = &self.session.organizer.mailbox;
        let samples = draft.preview(self.app, (programme, &edition.revision), to, self.now).await?;
        let html = samples.into_iter().find(|(language, _)| language.tag() == tag).and_then(|(_, read)| read.html);
        Ok(html.map_or_else(|| not_found(self.asked), letter))
    }

    /// Announces it.
    async fn make(&self, programme: &Programme, kind: NoticeKind, written: Written) -> Answer {
        let made = match self.draft(programme, kind, &written).await {
            Ok(draft) => app::announce(self.app.store(), &draft).await.map(|()| draft),
            Err(fault) => Err(fault),
        };
        match made {
            Ok(draft) => {
                self.app.ring();
                let about = if kind == NoticeKind::Announcement { &written.subject } else { &String::new() };
                let after = format!("to {} people", draft.reached.len());
                self.note(programme, kind.name(), about, "", &after).await?;
                self.back(&self.screen(programme, "announce?done=yes"))
            }
            Err(NotAnnounced::Store(error)) => Err(error.into()),
            Err(fault) => self.refuse(programme, kind, written, &fault).await,
        }
    }

    /// Takes one back, as far as it has not left.
    async fn take_back(&self, programme: &Programme, form: &Form) -> Answer {
        let number = form.get("number").and_then(|number| i64::from_str_radix(number, 16).ok());
        let kind = of_address(form.get("kind").unwrap_or_default());
        let Some(number) = number else { return self.back(&self.screen(programme, "announce")) };
        let store = self.app.store();
        let Some(back) = store.take_back(programme.id.as_str(), kind, Some(number), self.now).await? else {
            return self.back(&self.screen(programme, "announce"));
        };
        if back.done {
            let after = format!("{} withdrawn, {} left before", back.withdrawn, back.left);
            self.note(programme, "take back", &format!("{} {}", kind.name(), back.subject), "", &after).await?;
        }
        self.app.ring();
        let done = if back.done { "yes" } else { "no" };
        self.back(&self.screen(programme, &format!("announce?back={done}.{}", back.left)))
    }

    /// What is wrong, to whoever wrote it.
    fn fault(&self, programme: &Programme, fault: &NotAnnounced) -> String {
        match fault {
            NotAnnounced::Twice if self.lang == Language::English => {
                "The same is announced already and has not left yet.".to_owned()
            }
            NotAnnounced::AnothersDate(_) if self.lang == Language::English => {
                "That date is set by others, and nobody is written to about it.".to_owned()
            }
            fault if self.lang == Language::English => sentence(&fault.to_string()),
            NotAnnounced::NoSubject => "제목이 비어 있습니다. 앞 40자를 사람들이 읽습니다.".to_owned(),
            NotAnnounced::SubjectLines => "제목은 한 줄로 적어 주세요.".to_owned(),
            NotAnnounced::SubjectLong(letters) => format!("제목이 {letters}자입니다. 120자까지 쓸 수 있습니다."),
            NotAnnounced::NotUtf8(_) => "UTF-8로 적은 글이 아닙니다.".to_owned(),
            NotAnnounced::NoBody => "내용이 비어 있거나 메일에 실을 수 없는 표시뿐입니다.".to_owned(),
            NotAnnounced::BodyLong(letters) => {
                format!("내용이 {letters}자입니다. 10,000자까지 쓸 수 있으니 나머지는 페이지에 적고 링크해 주세요.")
            }
            NotAnnounced::NoEntry { id, .. } => format!("{id}라는 마감이나 세션이 없습니다."),
            NotAnnounced::AnothersDate(id) => format!("{id}의 날짜는 다른 곳에서 정하므로 메일로 알리지 않습니다."),
            NotAnnounced::NoLastDay => "날짜와 세션이 아직 없어 언제 끝나는지 알 수 없습니다.".to_owned(),
            NotAnnounced::NotOver(at) => {
                format!("워크숍이 아직 끝나지 않았습니다. 마무리 메일을 보낼 수 있는 때: {}", self.said(programme, *at))
            }
            NotAnnounced::LongOver(at) => {
                format!("마무리 메일은 {}까지 보낼 수 있었습니다.", self.said(programme, *at))
            }
            NotAnnounced::Twice => "같은 공지가 이미 있고 아직 나가지 않았습니다.".to_owned(),
            NotAnnounced::Nobody => "받을 사람이 없습니다.".to_owned(),
            NotAnnounced::Store(_) | NotAnnounced::NoMail => "메일을 만들 수 없습니다.".to_owned(),
        }
    }
}

fn titled(programme: &Programme, id: &str) -> String {
    let deadlines = programme.deadlines.iter().map(|deadline| (&deadline.id, &deadline.title));
    let sessions = programme.sessions.iter().map(|session| (&session.id, &session.title));
    let found = deadlines.chain(sessions).find(|(known, _)| known.as_str() == id);
    found.map_or_else(|| id.to_owned(), |(_, title)| title.clone())
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
