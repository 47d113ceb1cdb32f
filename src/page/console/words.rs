//! What the console calls things: kinds and states of mails, standings, roles.

use crate::domain::announcement::Missed;
use crate::domain::language::Language;
use crate::domain::notice::{NoticeKind, NoticeState, Stage};
use crate::domain::subscription::{ReaderRole, Standing};

/// The English or the Korean of a pair.
pub fn either(language: Language, english: &'static str, korean: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::Korean => korean,
    }
}

/// What a mail is.
pub fn kind(language: Language, kind: NoticeKind) -> &'static str {
    let korean = match kind {
        NoticeKind::Confirmation => "구독 확인",
        NoticeKind::AlreadySubscribed => "이미 구독 중",
        NoticeKind::Invitation => "초대",
        NoticeKind::FreshLink => "새 링크",
        NoticeKind::Reminder => "마감 알림",
        NoticeKind::Correction => "변경 안내",
        NoticeKind::Decisions => "심사 결과",
        NoticeKind::Presenter => "발표 안내",
        NoticeKind::Closing => "마무리 메일",
        NoticeKind::Announcement => "공지",
        NoticeKind::Digest => "요약(조직위원)",
        NoticeKind::BlockedChange => "게시되지 않은 변경(조직위원)",
        NoticeKind::Hold => "확인 요청(조직위원)",
        NoticeKind::RollCall => "도착 확인(조직위원)",
        NoticeKind::SignIn => "로그인 링크(조직위원)",
    };
    either(language, kind.name(), korean)
}

/// How far a mail has come.
pub fn state(language: Language, state: NoticeState) -> &'static str {
    let (english, korean) = match state {
        NoticeState::Due => ("waits its turn", "보낼 차례를 기다림"),
        NoticeState::Claimed | NoticeState::Sending => ("being sent", "보내는 중"),
        NoticeState::Relayed => ("sent", "보냄"),
        NoticeState::Delayed => ("tried again later", "나중에 다시 시도"),
        NoticeState::Failed => ("failed", "실패"),
        NoticeState::Uncertain => ("perhaps arrived", "도착 불확실"),
        NoticeState::Superseded => ("said by another mail", "다른 메일로 대신함"),
        NoticeState::Expired => ("too late", "시한 지남"),
        NoticeState::Withdrawn => ("withdrawn", "취소됨"),
        NoticeState::Held => ("waits for an organizer", "조직위원 확인 대기"),
    };
    either(language, english, korean)
}

/// How far an attempt got.
pub fn stage(language: Language, stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => either(language, "connecting to the relay", "릴레이 연결"),
        Stage::Mail => either(language, "naming the sender", "보내는 주소 전달"),
        Stage::Recipient => either(language, "naming the recipient", "받는 주소 전달"),
        Stage::Data => either(language, "before the message", "본문 전송 전"),
        Stage::Dot => either(language, "at the end of the message", "본문 전송 끝"),
    }
}

/// How far a subscription has come.
pub fn standing(language: Language, standing: Standing) -> &'static str {
    match standing {
        Standing::Pending => either(language, "not confirmed", "확인 전"),
        Standing::Confirmed => either(language, "subscribed", "구독 중"),
        Standing::Left => either(language, "left", "해지"),
    }
}

/// A language, in another.
pub fn language(language: Language, of: Language) -> &'static str {
    match of {
        Language::English => either(language, "English", "영어"),
        Language::Korean => either(language, "Korean", "한국어"),
    }
}

/// What somebody is to the workshop.
pub fn role(language: Language, role: ReaderRole) -> &'static str {
    match role {
        ReaderRole::Author => either(language, "author", "저자"),
        ReaderRole::Attendee => either(language, "attendee", "참가자"),
    }
}

/// Why an announcement does not reach somebody, as the end of "12 people, for".
pub fn missed(language: Language, missed: Missed) -> &'static str {
    let (english, korean) = match missed {
        Missed::OtherRole => ("it is for the others", "대상이 아님"),
        Missed::Left => ("they left", "구독을 해지함"),
        Missed::Unconfirmed => ("they did not confirm", "구독을 확인하지 않음"),
        Missed::NotTheirs => (
            "they hear nothing of this deadline: it is not for them, or they unticked it",
            "이 마감의 알림을 받지 않음(대상이 아니거나 선택을 해제함)",
        ),
        Missed::Answered => ("they have said already whether they were accepted", "채택 여부를 이미 알려 줌"),
        Missed::Before => ("they were written to about it before", "전에 이 내용을 알림"),
        Missed::NotAskedFor => ("they were not accepted, and did not ask for it", "채택되지 않았고 신청하지 않음"),
        Missed::Unreachable => ("mail to them came back", "메일이 되돌아옴"),
    };
    either(language, english, korean)
}
