//! Who else organizes this programme: asked in, and taken off, by those who do.

use warp::http::StatusCode;

use super::{Answer, Visit};
use crate::app::console::sign_in::{self, Invited};
use crate::domain::mailbox::Mailbox;
use crate::domain::programme::Programme;
use crate::page::console::{self, Colleague};
use crate::web::respond;

impl Visit<'_> {
    pub(super) async fn organizers(&self, programme: &Programme) -> Answer {
        let Some(form) = &self.form else { return self.show_organizers(programme, StatusCode::OK, None).await };
        let id = programme.id.as_str();
        let (act, address) = (form.get("act").unwrap_or_default(), form.get("address").unwrap_or_default().trim());
        let Ok(mailbox) = address.parse::<Mailbox>() else {
            return self.show_organizers(programme, StatusCode::UNPROCESSABLE_ENTITY, Some(NO_ADDRESS)).await;
        };
        match act {
            "add" => match sign_in::invite(self.app, &mailbox, id, self.lang, self.now).await? {
                Invited::Done => self.note(programme, "add organizer", address, "", id).await?,
                Invited::List => {
                    return self.show_organizers(programme, StatusCode::UNPROCESSABLE_ENTITY, Some(LIST)).await;
                }
            },
            "remove" if self.app.store().remove_organizer(&mailbox, Some(id)).await? => {
                self.note(programme, "remove organizer", address, id, "").await?;
            }
            _ => {}
        }
        self.back("organizers")
    }

    async fn show_organizers(&self, programme: &Programme, status: StatusCode, bad: Option<[&str; 2]>) -> Answer {
        let id = programme.id.as_str();
        let all = self.app.store().organizers().await?;
        let theirs = all.into_iter().filter(|organizer| organizer.organizes(id));
        let rows: Vec<Colleague> = theirs
            .map(|organizer| Colleague {
                removable: organizer.programmes.contains(id) && !organizer.owner,
                owner: organizer.owner,
                address: organizer.mailbox.to_string(),
            })
            .collect();
        Ok(respond::page(status, console::organizers(&self.frame(Some(programme), "organizers"), &rows, bad)))
    }
}

const NO_ADDRESS: [&str; 2] = [
    "This is no mail address: write it as name@example.org.",
    "메일 주소가 아닙니다. name@example.org처럼 적어 주세요.",
];
const LIST: [&str; 2] = [
    "This is a mailing list: everybody who reads it could sign in. Name a person's own address.",
    "메일링 리스트입니다. 읽는 사람 모두가 로그인할 수 있게 되므로 개인 주소를 적어 주세요.",
];
