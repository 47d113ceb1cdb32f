//! The letters of the 2025 season, to one reader in Copenhagen and one in Seoul.

use allim::domain::language::Language;
use allim::domain::programme::{Deadline, Due, Moment, Programme};
use allim::domain::revision::Revision;
use allim::domain::zone::Zone;
use allim::feed::{Feed, Query, octets};
use allim::mail::letter::{About, Content, Corrected, Leaving, Letter, Links, Reader, Sender, Told};

use crate::house::{instant, programme, read};

/// A letter that owns what it speaks of.
#[derive(Clone, Debug)]
pub struct Sample {
    pub name: String,
    pub programme: Programme,
    pub sender: Sender,
    pub reader: Reader,
    pub at: &'static str,
    pub after: Vec<String>,
    pub links: Links,
    pub calendar: Option<String>,
    pub content: Content,
}

impl Sample {
    pub fn letter(&self) -> Letter<'_> {
        Letter {
            programme: &self.programme,
            sender: &self.sender,
            reader: &self.reader,
            key: &self.name,
            at: instant(self.at),
            after: self.after.clone(),
            links: self.links.clone(),
            calendar: self.calendar.clone(),
            content: self.content.clone(),
        }
    }
}

pub fn faimi() -> Programme {
    programme(&read("data/faimi-2025.toml"))
}

pub fn moment(civil: &str) -> Moment {
    let (civil, zone) = (civil.parse().expect("a civil time"), Zone::AnywhereOnEarth);
    Moment { civil, zone, instant: zone.instant(civil).expect("AoE knows no gaps") }
}

pub fn deadline(programme: &Programme, id: &str) -> Deadline {
    programme.deadlines.iter().find(|deadline| deadline.id.as_str() == id).expect("a deadline").clone()
}

fn withdrawn() -> Deadline {
    let reason = "The full paper alone is reviewed this year";
    let source = read("data/faimi-2025.toml") + "\n[[deadline]]\nid = \"abstract\"\nkind = \"abstract\"\n";
    let source = format!(
        "{source}title = \"Abstract submission\"\nshort = \"Abstract\"\ndue = 2025-06-11\ncancelled = \"{reason}\"\n"
    );
    deadline(&programme(&source), "abstract")
}

pub fn sender() -> Sender {
    Sender {
        mailbox: "reminders@allim.example".parse().expect("a mailbox"),
        bounce_domain: None,
        base_url: "https://allim.example".to_owned(),
    }
}

pub fn reader(language: Language) -> Reader {
    let (mailbox, zone) = match language {
        Language::English => ("ada@itu.dk", "Europe/Copenhagen"),
        Language::Korean => ("minji@snu.ac.kr", "Asia/Seoul"),
    };
    let (mailbox, zone) = (mailbox.parse().expect("a mailbox"), zone.parse().expect("a zone"));
    Reader { mailbox, language, zone, calendar: false }
}

/// Every link there can be.
pub fn links() -> Links {
    let of = |path: &str| format!("https://allim.example/faimi-2025/{path}");
    let with_token = |path: &str| Some(of(&format!("{path}/c3Vic2NyaWJlci10b2tlbi1vZi00My1sZXR0ZXJzLWxvbmc")));
    Links {
        page: of(""),
        changes: of("changes"),
        privacy: of("privacy"),
        confirm: with_token("confirm"),
        manage: with_token("manage"),
        unsubscribe: with_token("unsubscribe"),
        one_click: with_token("one-click"),
        done: with_token("done"),
        accepted: with_token("accepted"),
        not_accepted: with_token("not-accepted"),
        act: Some("https://allim.example/organize/act/b25lIGFjdA".to_owned()),
        other_act: Some("https://allim.example/organize/other/b25lIGFjdA".to_owned()),
        bounce: None,
    }
}

/// What app puts into a mail: the entry's own feed, as a publication by the contact (RFC 5546 3.2.1).
pub fn calendar(programme: &Programme, id: &str) -> String {
    let source = read("data/faimi-2025.toml");
    let feed = octets(&Revision::unpublished(programme, &source), &Feed::Entry(id.to_owned()), &Query::default(), None);
    let feed = String::from_utf8(feed).expect("text");
    let organizer = "\r\nORGANIZER:mailto:faimi-organizers@googlegroups.com\r\nUID:";
    feed.replacen("\r\nCALSCALE", "\r\nMETHOD:PUBLISH\r\nCALSCALE", 1).replacen("\r\nUID:", organizer, 1)
}

/// All of them, in one language.
pub fn samples(language: Language) -> Vec<Sample> {
    let programme = faimi();
    let deadline = |id: &str| deadline(&programme, id);
    let at = |civil: &str, mut deadline: Deadline| {
        deadline.due = Due::At(moment(civil));
        deadline
    };
    let corrected =
        |deadline: Deadline, told: Told| Corrected { deadline, told, link_moved_from: None, done: links().done };
    let told = |civil: &str| Told::At(moment(civil));
    let open = Deadline { due: Due::Open, ..deadline("camera-ready") };
    let talk = programme.sessions.iter().find(|session| session.id.as_str() == "oral-ozbulak").expect("a talk");
    let mut presented = talk.clone();
    presented.note = Some("12 minutes and 3 for questions. Bring the slides on a stick by 13:15".to_owned());
    let extended = corrected(deadline("full-paper"), told("2025-06-25T23:59:00"));
    let earlier = corrected(at("2025-07-30T23:59:00", deadline("camera-ready")), told("2025-08-06T23:59:00"));
    let moved = Corrected {
        link_moved_from: Some("https://cmt3.research.microsoft.com/FAIMI2025".to_owned()),
        done: links().done,
        deadline: Deadline { url: "https://openreview.net/group?id=FAIMI".parse().ok(), ..deadline("full-paper") },
        told: told("2025-06-30T23:59:00"),
    };
    let reminders = || ["2025-06-24T07:00:00Z", "2025-06-30T07:00:00Z"].map(instant).to_vec();
    let upcoming = vec![
        (deadline("full-paper"), reminders()),
        (deadline("notification"), Vec::new()),
        (deadline("camera-ready"), Vec::new()),
    ];
    let late = "2025-06-24T20:23:00Z";
    let cases: Vec<(&str, &'static str, Content)> = vec![
        ("confirmation-attendee", "2025-05-02T10:02:00Z", Content::Confirmation { upcoming: Vec::new(), announcements_only: true }),
        ("confirmation", "2025-05-02T10:02:00Z", Content::Confirmation { upcoming: upcoming.clone(), announcements_only: false }),
        ("already-subscribed", "2025-06-01T08:00:00Z", Content::AlreadySubscribed),
        (
            "invitation",
            "2025-06-01T08:00:00Z",
            Content::Invitation {
                reason: in_language(language, "You submitted a paper to FAIMI 2025 in CMT", "CMT를 통해 FAIMI 2025에 논문을 투고하셨습니다").to_owned(),
                upcoming: upcoming.iter().map(|(deadline, _)| deadline.clone()).collect(),
            },
        ),
        ("fresh-link", "2025-06-01T08:00:00Z", Content::FreshLink { void: false }),
        ("fresh-link-void", "2025-06-01T08:00:00Z", Content::FreshLink { void: true }),
        ("reminder", "2025-06-24T12:59:00Z", Content::Reminder { deadline: deadline("full-paper") }),
        ("reminder-last-hours", "2025-07-30T09:00:00Z", Content::Reminder { deadline: deadline("camera-ready") }),
        ("correction-extended", late, Content::Correction(vec![extended.clone()])),
        ("correction-earlier", "2025-07-17T10:21:00Z", Content::Correction(vec![earlier.clone()])),
        (
            "correction-withdrawn",
            "2025-06-04T09:10:00Z",
            Content::Correction(vec![corrected(withdrawn(), told("2025-06-11T23:59:00"))]),
        ),
        (
            "correction-announced",
            "2025-04-05T06:31:00Z",
            Content::Correction(vec![corrected(deadline("full-paper"), Told::Open)]),
        ),
        (
            "correction-open",
            "2025-07-17T10:21:00Z",
            Content::Correction(vec![corrected(open, told("2025-07-30T23:59:00"))]),
        ),
        (
            "correction-reopened",
            "2025-06-28T10:00:00Z",
            Content::Correction(vec![corrected(deadline("full-paper"), told("2025-06-25T23:59:00"))]),
        ),
        ("correction-link", "2025-06-10T10:00:00Z", Content::Correction(vec![moved])),
        (
            "correction-notification",
            "2025-07-10T10:00:00Z",
            Content::Correction(vec![corrected(deadline("notification"), told("2025-07-14T23:59:00"))]),
        ),
        ("correction-several", late, Content::Correction(vec![extended, earlier])),
        (
            "decisions",
            "2025-07-17T08:00:00Z",
            Content::Decisions { accepted_only: vec!["Camera-ready version".to_owned()], last: false },
        ),
        (
            "presenter",
            "2025-09-18T00:00:00Z",
            Content::Presenter { session: presented, room: programme.room(talk).map(str::to_owned) },
        ),
        ("closing", "2025-09-24T00:30:00Z", Content::Closing { body: Some(closing(language).to_owned()) }),
        ("closing-ready", "2025-09-24T00:30:00Z", Content::Closing { body: None }),
        (
            "announcement",
            "2025-08-21T09:00:00Z",
            Content::Announcement {
                subject: in_language(language, "Our room is known", "발표장이 정해졌습니다").to_owned(),
                body: announcement(language).to_owned(),
                about: None,
            },
        ),
        (
            "announcement-date",
            late,
            Content::Announcement {
                subject: in_language(language, "Five more days for full papers", "논문 마감을 닷새 늦췄습니다").to_owned(),
                body: in_language(
                    language,
                    "Many of you asked for **more time**, and reviewers could give it.",
                    "많은 분들의 요청과 심사위원들의 협조로 **마감을 늦추었습니다**.",
                )
                .to_owned(),
                about: Some(About::Deadline(Box::new(Corrected {
                    deadline: deadline("full-paper"),
                    told: told("2025-06-25T23:59:00"),
                    link_moved_from: None,
                    done: None,
                }))),
            },
        ),
        ("digest-ahead", "2025-06-22T00:00:00Z", Content::Digest { lines: vec!["Wed 25 June: 212 reminders fall due, and the relay takes 100 mails in a day (ALLIM_MAIL_PER_DAY): the last of them would leave on Fri 27 June".to_owned()], coming: true }),
        ("digest", "2025-07-03T06:00:00Z", Content::Digest { lines: digest(language), coming: false }),
        (
            "blocked-change",
            "2025-04-14T09:12:00Z",
            Content::BlockedChange {
                report: "doubt: the due date is over a year before the workshop\n  --> faimi-2025.toml:42:12\n   |\n42 | due      = 2024-06-25\n   |            ^^^^^^^^^^ did you mean 2025-06-25?\n".to_owned(),
                source: "data/faimi-2025.toml".to_owned(),
                since: instant("2025-04-14T09:10:00Z"),
                leaving: vec![Leaving {
                    title: "Abstract submission".to_owned(),
                    at: instant("2025-04-14T09:18:00Z"),
                    stop: "allim outbox stop faimi-2025 abstract".to_owned(),
                }],
            },
        ),
        (
            "hold",
            "2025-06-29T03:00:00Z",
            Content::Hold {
                reason: in_language(language, "the service stood still from Fri 27 June, 21:00 to Sun 29 June, 05:00", "6월 27일(금) 21:00부터 6월 29일(일) 12:00까지 서비스가 멈춰 있었습니다").to_owned(),
                waiting: 212,
                blocks: Some(("Full paper submission".to_owned(), Due::At(moment("2025-06-30T23:59:00")))),
            },
        ),
        ("roll-call", "2025-05-02T08:00:00Z", Content::RollCall),
        ("sign-in", "2025-05-02T08:00:00Z", Content::SignIn { until: instant("2025-05-02T08:15:00Z") }),
    ];
    let sample = |(name, at, content): (&str, &'static str, Content)| Sample {
        name: format!("{name}.{}", language.tag()),
        programme: programme.clone(),
        sender: sender(),
        reader: reader(language),
        at,
        after: Vec::new(),
        links: links(),
        calendar: None,
        content,
    };
    cases.into_iter().map(sample).collect()
}

fn in_language(language: Language, english: &'static str, korean: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::Korean => korean,
    }
}

fn closing(language: Language) -> &'static str {
    in_language(
        language,
        "Thank you for coming to FAIMI 2025.\n\n- The [proceedings](https://link.springer.com/book/10.1007/978-3-032-05870-6) are out.\n- Best oral presentation: **Utku Ozbulak** and **Louisa Fay**.\n\nSee you in 2026!",
        "FAIMI 2025에 함께해 주셔서 감사합니다.\n\n- [논문집](https://link.springer.com/book/10.1007/978-3-032-05870-6)이 출간되었습니다.\n- 우수 구두 발표상: **Utku Ozbulak**, **Louisa Fay**\n\n2026년에 다시 뵙겠습니다.",
    )
}

fn announcement(language: Language) -> &'static str {
    in_language(
        language,
        "Dear all,\n\nwe meet in room **DCC1-1F-111** of the Daejeon Convention Center.\n\n1. Doors open at 13:15.\n2. Posters hang from 13:00, see [the page](https://faimi-workshop.github.io/2025-miccai-workshop/).\n",
        "안녕하십니까.\n\n대전컨벤션센터 **DCC1-1F-111**호에서 뵙겠습니다.\n\n1. 입장은 13:15부터입니다.\n2. 포스터는 13:00부터 게시하실 수 있습니다. [홈페이지](https://faimi-workshop.github.io/2025-miccai-workshop/)를 참고해 주시기 바랍니다.\n",
    )
}

fn digest(language: Language) -> Vec<String> {
    let lines = match language {
        Language::English => [
            "3 reminders of Full paper submission: the service stood still until after the deadline",
            "1 correction of Full paper submission: the mailbox p***@example.org does not exist",
        ],
        Language::Korean => [
            "Full paper submission 알림 3통: 마감이 지날 때까지 서비스가 멈춰 있었습니다",
            "Full paper submission 정정 1통: p***@example.org 주소가 존재하지 않습니다",
        ],
    };
    lines.map(str::to_owned).to_vec()
}
