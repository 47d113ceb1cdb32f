//! Importing a list of authors: first what was read and what would become of each, then the act, with its reason.

use warp::http::StatusCode;

use super::{Answer, Visit};
use crate::app::invite::{self, Fate, NotNow, may_invite, reason_of};
use crate::domain::language::Language;
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::Programme;
use crate::page::console::subscribers::{self as page, Import, Report};
use crate::page::console::words::either;
use crate::web::form::Form;
use crate::web::respond;

/// What was left out of a list is told with its line, so much of it.
const MOST_SKIPPED: usize = 20;

impl Visit<'_> {
    pub(super) async fn import(&self, programme: &Programme) -> Answer {
        let written = |name: &str| self.form.as_ref().and_then(|form| form.get(name)).unwrap_or_default().trim();
        let known = self.app.store().reason(programme.id.as_str()).await?.map(|(_, words)| words).unwrap_or_default();
        let mut page = Import {
            reason: if self.form.is_some() { written("reason").to_owned() } else { known },
            column: written("column").to_owned(),
            ..Import::default()
        };
        if let Err(why) = may_invite(programme, self.app.base_url(), self.now) {
            page.closed = Some(match why {
                NotNow::Over => "over",
                NotNow::NobodyAnswers => "nobody-answers",
            });
            return self.show_import(programme, StatusCode::OK, &page);
        }
        let Some(form) = &self.form else { return self.show_import(programme, StatusCode::OK, &page) };
        let reason = reason_of(&page.reason);
        if form.get("act") == Some("invite") {
            let mailboxes = addresses(form);
            return match reason {
                Ok(reason) => self.invite(programme, &mailboxes, &reason).await,
                Err(fault) => {
                    page.reason_fault = Some(fault.to_owned());
                    page.report = self.report(programme, Vec::new(), &mailboxes).await?;
                    self.show_import(programme, StatusCode::UNPROCESSABLE_ENTITY, &page)
                }
            };
        }
        // Without one it can still be looked at what would become of each.
        page.reason_fault = reason.err().filter(|_| !page.reason.is_empty()).map(str::to_owned);
        let pasted = form.get("pasted").unwrap_or_default();
        let octets = form.file("file").unwrap_or(pasted.as_bytes());
        if octets.iter().all(u8::is_ascii_whitespace) {
            let fault =
                either(self.lang, "Choose a file, or paste the list.", "파일을 고르거나 목록을 붙여 넣어 주세요.");
            page.fault = Some(fault.to_owned());
            return self.show_import(programme, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        let column = Some(page.column.as_str()).filter(|column| !column.is_empty());
        match invite::read(octets, column) {
            Ok(list) => {
                let mailboxes: Vec<Mailbox> = list.invited.iter().map(|invited| invited.mailbox.clone()).collect();
                let read = list.report(MOST_SKIPPED).lines().map(str::to_owned).collect();
                page.report = self.report(programme, read, &mailboxes).await?;
                self.show_import(programme, StatusCode::OK, &page)
            }
            Err(fault) => {
                (page.fault, page.fault_is_english) = (Some(fault.to_string()), true);
                // What was pasted is there to be mended; a file has to be chosen anew.
                page.pasted = if form.file("file").is_none() { pasted.to_owned() } else { String::new() };
                self.show_import(programme, StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
        }
    }

    fn show_import(&self, programme: &Programme, status: StatusCode, import: &Import) -> Answer {
        Ok(respond::page(status, page::import(&self.frame(Some(programme), "subscribers"), import)))
    }

    /// What would become of these people.
    async fn report(
        &self,
        programme: &Programme,
        read: Vec<String>,
        mailboxes: &[Mailbox],
    ) -> Result<Option<Report>, super::Fault> {
        let Some(mailing) = self.app.mailing() else { return Ok(None) };
        let imported =
            invite::import(self.app.store(), &mailing.key, programme, mailboxes, (None, true), self.now).await?;
        let fates = imported.fates.iter().map(|(fate, number)| (*number, words(self.lang, *fate)));
        let lines: Vec<String> = mailboxes.iter().map(ToString::to_string).collect();
        Ok(Some(Report {
            read,
            fates: fates.collect(),
            invites: imported.fates.get(&Fate::Invited).copied().unwrap_or(0),
            addresses: lines.join("\n"),
        }))
    }

    async fn invite(&self, programme: &Programme, mailboxes: &[Mailbox], reason: &str) -> Answer {
        let Some(mailing) = self.app.mailing() else { return self.back("./") };
        let how = (Some(reason), false);
        let imported = invite::import(self.app.store(), &mailing.key, programme, mailboxes, how, self.now).await?;
        let number = imported.fates.get(&Fate::Invited).copied().unwrap_or(0);
        self.note(programme, "import list", reason, "", &format!("{number} of {} invited", mailboxes.len())).await?;
        self.app.ring();
        self.back(&self.screen(programme, &format!("subscribers?done=invited.{number}")))
    }
}

/// The addresses of a list that was looked at before.
fn addresses(form: &Form) -> Vec<Mailbox> {
    let lines = form.get("addresses").unwrap_or_default().lines();
    lines.filter_map(|line| line.parse().ok()).collect()
}

fn words(language: Language, fate: Fate) -> &'static str {
    let (english, korean) = match fate {
        Fate::Invited => ("would be invited", "명을 초대합니다"),
        Fate::Subscribed => ("left alone: subscribed already", "명 제외: 이미 구독 중"),
        Fate::Asked => ("left alone: asked already, and not answered yet", "명 제외: 이미 물었고 답을 기다리는 중"),
        Fate::InvitedBefore => ("left alone: invited before", "명 제외: 전에 초대함"),
        Fate::Left => ("left alone: they unsubscribed", "명 제외: 구독을 해지함"),
        Fate::Erased => ("left alone: they had everything erased", "명 제외: 정보를 모두 지움"),
        Fate::Bounced => ("left alone: mail to them came back", "명 제외: 메일이 되돌아옴"),
        Fate::Limited => (
            "not today: their mailbox had as many mails as one may be sent; import again tomorrow",
            "명은 오늘 안 됨: 받을 수 있는 메일 수를 채움. 내일 다시 해 주세요",
        ),
    };
    either(language, english, korean)
}
