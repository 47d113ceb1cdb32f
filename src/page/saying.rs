//! The short pages of sign-up: each says one thing, in English or Korean, and has at most one button.
//!
//! `{who}` is the masked address, `{what}` the deadline or whom an organizers' mail went to, `{short}` the programme in a word or two.

use crate::domain::language::Language;

/// What a page says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the words of each stand below")]
pub enum Saying {
    Sent,
    Confirm,
    Confirmed,
    ConfirmTooLate,
    NoLink,
    Left,
    Done,
    IsDone,
    Undone,
    Leave,
    HasLeft,
    IsBack,
    Accepted,
    NotAccepted,
    IsAccepted,
    IsNotAccepted,
    AcceptedOpen,
    LinksSent,
    LinksTooMany,
    Erased,
    NotFresh,
    Closed,
    NobodyAnswers,
    Foreign,
    TooLarge,
    NoForm,
    NotKept,
    RollCallInbox,
    RollCallSpam,
    RollCallCounted,
    ReleaseToSend,
    ReleaseAsSent,
    ReleasedToSend,
    ReleasedAsSent,
    PublishAsWritten,
    PublishedAsWritten,
    NotPublishable,
    NothingRefused,
    NoChoice,
    ChoiceDeleted,
    NotFound,
    NotReady,
    OutboxUnread,
}

/// Title, text and button, each in English and Korean; an empty button is none.
type Words = [[&'static str; 2]; 3];

impl Saying {
    /// Title, text and button in a language.
    pub fn words(self, language: Language) -> [&'static str; 3] {
        let at = usize::from(language == Language::Korean);
        self.table().map(|pair| pair[at])
    }

    fn table(self) -> Words {
        match self {
            Saying::Sent => [
                ["Look into your mailbox", "메일함을 확인해 주세요"],
                [
                    "If this address can be written to, a mail is on its way. Click the link in it: nothing else is sent before you do. At most one such mail a day goes to an address; if none comes, look in the spam folder.",
                    "메일을 보낼 수 있는 주소라면 곧 메일이 도착합니다. 메일에 있는 링크를 눌러 주세요. 누르기 전에는 다른 메일을 보내지 않습니다. 이런 메일은 한 주소에 하루 한 통까지만 갑니다. 오지 않으면 스팸함도 확인해 주세요.",
                ],
                ["", ""],
            ],
            Saying::Confirm => [
                ["Confirm: deadline mails of {short}", "{short} 마감 알림 메일 구독 확인"],
                [
                    "They will go to {who}. One click in any of them stops them all. Not you? Then do nothing: without this click nothing is sent, and the address is forgotten after seven days.",
                    "메일은 {who}(으)로 갑니다. 어느 메일에서든 한 번만 누르면 모두 멈춥니다. 본인이 아니라면 아무것도 하지 마세요. 확인하지 않으면 메일은 가지 않고, 주소는 7일 뒤 지워집니다.",
                ],
                ["Yes, write to me", "네, 받겠습니다"],
            ],
            Saying::Confirmed => [
                ["You are subscribed", "구독되었습니다"],
                [
                    "{who} gets the deadline mails of {short}. When a date moves that you were told, you are told again.",
                    "{who}(으)로 {short} 마감 알림을 보냅니다. 알려 드린 날짜가 바뀌면 다시 알려 드립니다.",
                ],
                ["", ""],
            ],
            Saying::ConfirmTooLate => [
                ["This confirmation is too old", "확인 기한이 지났습니다"],
                [
                    "Its link worked for seven days. Nothing is sent to you. Ask for a new one below.",
                    "이 링크는 7일 동안만 쓸 수 있었습니다. 메일은 가지 않습니다. 아래에서 다시 신청해 주세요.",
                ],
                ["", ""],
            ],
            Saying::NoLink => [
                ["This link does not work", "쓸 수 없는 링크입니다"],
                [
                    "It may have lost its end on the way, newer links may have replaced it, or everything it belongs to was erased. Nothing was changed. Fill in the form once more and your links come by mail.",
                    "주소의 끝이 잘렸거나, 새 링크로 바뀌었거나, 관련 정보가 모두 지워졌을 수 있습니다. 바뀐 것은 없습니다. 구독 양식을 다시 보내시면 링크를 메일로 보내 드립니다.",
                ],
                ["", ""],
            ],
            Saying::Left => [
                ["You have left", "구독을 해지하셨습니다"],
                ["Nothing of {short} is sent to {who} any more.", "{short} 메일은 이제 {who}(으)로 가지 않습니다."],
                ["", ""],
            ],
            Saying::Done => [
                ["{what}: done, or not for me?", "{what}: 마쳤거나 해당 없음"],
                [
                    "Reminders of this one deadline to {who} stop. If its date moves you still hear of it; the other deadlines stay as they are.",
                    "{who}(으)로 가는 이 마감의 알림만 멈춥니다. 날짜가 바뀌면 알려 드리며, 다른 마감은 그대로입니다.",
                ],
                ["Done, or not for me", "마쳤거나 해당 없음"],
            ],
            Saying::IsDone => [
                ["No more reminders of {what}", "{what} 알림을 멈췄습니다"],
                [
                    "Nothing reminds {who} of it any more. If its date moves, that is still told.",
                    "{who}(으)로 이 마감의 알림은 더 가지 않습니다. 날짜가 바뀌면 그것은 알려 드립니다.",
                ],
                ["Undo: remind me again", "되돌리기: 다시 알림 받기"],
            ],
            Saying::Undone => [
                ["You are reminded of {what} again", "{what} 알림을 다시 받습니다"],
                ["From now on, at {who}.", "지금부터 {who}(으)로 보냅니다."],
                ["Done, or not for me", "마쳤거나 해당 없음"],
            ],
            Saying::Leave => [
                ["Stop all mails of {short}?", "{short} 메일을 모두 그만 받으시겠습니까?"],
                [
                    "Nothing more will be sent to {who}, not even that a date moved.",
                    "{who}(으)로 아무 메일도 가지 않습니다. 날짜가 바뀌어도 알려 드리지 않습니다.",
                ],
                ["Stop everything", "모두 그만 받기"],
            ],
            Saying::HasLeft => [
                ["You have left", "구독을 해지했습니다"],
                ["Nothing of {short} is sent to {who} any more.", "{short} 메일은 이제 {who}(으)로 가지 않습니다."],
                ["Undo: write to me again", "되돌리기: 다시 받기"],
            ],
            Saying::IsBack => [
                ["You are subscribed again", "다시 구독되었습니다"],
                ["The mails of {short} go to {who} as before.", "{short} 메일이 전처럼 {who}(으)로 갑니다."],
                ["Stop everything", "모두 그만 받기"],
            ],
            Saying::Accepted => [
                ["Was a paper of yours accepted?", "논문이 채택되었습니까?"],
                [
                    "Then {who} also hears of the deadlines of accepted papers, such as the camera-ready version.",
                    "그렇다면 최종본 제출처럼 채택된 논문의 마감도 {who}(으)로 알려 드립니다.",
                ],
                ["Yes, accepted", "네, 채택되었습니다"],
            ],
            Saying::NotAccepted => [
                ["Not this time?", "이번에는 채택되지 않았습니까?"],
                ["Then no more deadline mails go to {who}.", "그렇다면 마감 알림은 더 이상 {who}(으)로 가지 않습니다."],
                ["Not this time", "이번에는 아닙니다"],
            ],
            Saying::IsAccepted => [
                ["Congratulations", "축하합니다"],
                [
                    "{who} now hears of the deadlines of accepted papers. Those whose date is known:",
                    "이제 채택된 논문의 마감을 {who}(으)로 알려 드립니다. 날짜가 정해진 마감:",
                ],
                ["Undo", "되돌리기"],
            ],
            Saying::IsNotAccepted => [
                ["Noted", "알겠습니다"],
                [
                    "No deadline of accepted papers is mailed to {who}. See you at the workshop, perhaps.",
                    "채택된 논문의 마감은 {who}(으)로 가지 않습니다. 워크숍에서 뵙기를 바랍니다.",
                ],
                ["Undo", "되돌리기"],
            ],
            Saying::AcceptedOpen => [
                ["Undone", "되돌렸습니다"],
                ["It is open again whether {who} was accepted.", "{who}의 채택 여부를 다시 미정으로 두었습니다."],
                ["", ""],
            ],
            Saying::LinksSent => [
                ["A mail with fresh links is on its way", "새 링크를 메일로 보냈습니다"],
                [
                    "It goes to {who}. For 24 hours its link also shows everything that is kept, and erases it.",
                    "{who}(으)로 보냈습니다. 메일의 링크로 24시간 동안 저장된 정보를 모두 보거나 지울 수도 있습니다.",
                ],
                ["", ""],
            ],
            Saying::LinksTooMany => [
                ["Not so often", "너무 잦은 요청입니다"],
                [
                    "Three such mails a day go to {who}, and six a month. Nothing was changed; look in the spam folder, or try again tomorrow.",
                    "이런 메일은 {who}(으)로 하루 세 통, 한 달 여섯 통까지만 갑니다. 바뀐 것은 없습니다. 스팸함을 보시거나 내일 다시 시도해 주세요.",
                ],
                ["", ""],
            ],
            Saying::Erased => [
                ["Everything is erased", "모두 지웠습니다"],
                [
                    "What was kept of {who} is gone. A mark remains that cannot be read back into the address; it keeps organizers from adding you again. You can sign up anew at any time.",
                    "{who}에 관해 저장된 정보를 모두 지웠습니다. 주소로 되돌릴 수 없는 표식만 남아, 주최 측이 다시 추가하지 못하게 합니다. 언제든 새로 구독하실 수 있습니다.",
                ],
                ["", ""],
            ],
            Saying::NotFresh => [
                ["This needs a fresh link", "새 링크가 필요합니다"],
                [
                    "A mail may have been forwarded, so an old link neither shows what is kept nor erases it. Ask for a fresh link on the page of your subscription. Nothing was changed.",
                    "메일은 전달되었을 수 있으므로 오래된 링크로는 저장된 정보를 보거나 지울 수 없습니다. 구독 관리 페이지에서 새 링크를 신청해 주세요. 바뀐 것은 없습니다.",
                ],
                ["", ""],
            ],
            Saying::Closed => [
                ["Sign-up is closed", "구독 신청이 끝났습니다"],
                [
                    "{short} is over. Its calendar feeds stay.",
                    "{short}은(는) 끝났습니다. 캘린더 피드는 그대로 남습니다.",
                ],
                ["", ""],
            ],
            Saying::NobodyAnswers => [
                ["No mails from here", "메일 구독을 받지 않습니다"],
                [
                    "The organizers have not said who answers for your data, so no address is taken. The calendar feeds need none.",
                    "개인정보를 누가 책임지는지 주최 측이 밝히지 않아 주소를 받지 않습니다. 캘린더 피드는 주소 없이 쓸 수 있습니다.",
                ],
                ["", ""],
            ],
            Saying::Foreign => [
                ["Please use the button on our own page", "저희 페이지의 버튼을 눌러 주세요"],
                [
                    "This came from another site, or from a browser that does not say from where. Nothing was changed.",
                    "다른 사이트에서 왔거나, 어디서 왔는지 알려 주지 않는 브라우저에서 온 요청입니다. 바뀐 것은 없습니다.",
                ],
                ["", ""],
            ],
            Saying::TooLarge => [
                ["That is more than this form holds", "양식보다 큰 요청입니다"],
                ["Nothing was changed.", "바뀐 것은 없습니다."],
                ["", ""],
            ],
            Saying::NoForm => [
                ["That is no form of ours", "저희 양식이 아닙니다"],
                [
                    "It is sent as application/x-www-form-urlencoded. Nothing was changed.",
                    "application/x-www-form-urlencoded 형식으로 보내야 합니다. 바뀐 것은 없습니다.",
                ],
                ["", ""],
            ],
            Saying::RollCallInbox => [
                ["Was the mail in the inbox?", "메일이 받은편지함에 있었습니까?"],
                [
                    "Then mail of {short} reaches {what}. Only the button counts.",
                    "그렇다면 {short} 메일이 {what}에 제대로 도착합니다. 버튼을 눌러야 기록됩니다.",
                ],
                ["It was in the inbox", "받은편지함에 있었습니다"],
            ],
            Saying::RollCallSpam => [
                ["Was the mail in the spam folder?", "메일이 스팸함에 있었습니까?"],
                [
                    "Then others at the domain of {what} may miss the mail of {short}. Only the button counts.",
                    "그렇다면 {what}의 도메인을 쓰는 다른 사람도 {short} 메일을 놓칠 수 있습니다. 버튼을 눌러야 기록됩니다.",
                ],
                ["It was in spam", "스팸함에 있었습니다"],
            ],
            Saying::RollCallCounted => [
                ["Counted, thank you", "기록했습니다. 고맙습니다"],
                [
                    "allim doctor shows it beside the other answers. If the mail was in spam, mark it as no spam too.",
                    "allim doctor에서 다른 답과 함께 볼 수 있습니다. 스팸함에 있었다면 스팸 아님으로도 표시해 주세요.",
                ],
                ["Undo", "되돌리기"],
            ],
            Saying::ReleaseToSend => [
                ["Send what waits?", "대기 중인 메일을 보낼까요?"],
                [
                    "Mails of {short} wait: {what}. What is sent states the dates as they are now, and nothing that is \
                     past. If a backup was restored, use allim outbox release --restored instead.",
                    "{short} 메일이 대기 중입니다: {what}. 보내는 메일에는 지금의 날짜가 적히며, 지난 것은 보내지 않습니다. 백업을 복원했다면 \
                     allim outbox release --restored를 사용하십시오.",
                ],
                ["Send them", "보내기"],
            ],
            Saying::ReleaseAsSent => [
                ["Count what waits as sent?", "대기 중인 메일을 보낸 것으로 할까요?"],
                [
                    "Mails of {short} wait: {what}. Nobody is written to, and everybody counts as told of the dates as they \
                     are now. This cannot be undone.",
                    "{short} 메일이 대기 중입니다: {what}. 아무에게도 보내지 않으며, 모두 지금의 날짜를 안내받은 것으로 기록합니다. 되돌릴 수 없습니다.",
                ],
                ["Count them as sent", "보낸 것으로 하기"],
            ],
            Saying::ReleasedToSend => [
                ["Released", "보내기로 했습니다"],
                ["What waited of {short} is on its way: {what}.", "대기하던 {short} 메일을 보내고 있습니다: {what}."],
                ["", ""],
            ],
            Saying::ReleasedAsSent => [
                ["Counted as sent", "보낸 것으로 기록했습니다"],
                [
                    "What waited of {short} counts as sent: {what}.",
                    "대기하던 {short} 메일을 보낸 것으로 기록했습니다: {what}.",
                ],
                ["", ""],
            ],
            Saying::PublishAsWritten => [
                ["Publish it as written?", "쓴 그대로 게시할까요?"],
                [
                    "The {what} of {short} was changed and not published, because something in it looks wrong. If it is \
                     meant, publish it: feeds and pages show it at once, and whoever was told another date is told in ten \
                     minutes.",
                    "{short}의 {what}이(가) 바뀌었으나, 잘못으로 보이는 부분이 있어 게시하지 않았습니다. 의도한 것이라면 게시하십시오. 피드와 \
                     페이지에 바로 나타나며, 다른 날짜를 안내받은 사람에게는 10분 뒤에 알립니다.",
                ],
                ["Publish as written", "그대로 게시하기"],
            ],
            Saying::PublishedAsWritten => [
                ["Published", "게시했습니다"],
                [
                    "The {what} of {short} is up as it was written. allim publish --undo takes it back.",
                    "{short}의 {what}을(를) 쓴 그대로 게시했습니다. allim publish --undo로 되돌릴 수 있습니다.",
                ],
                ["", ""],
            ],
            Saying::NotPublishable => [
                ["It cannot be published as it is", "그대로는 게시할 수 없습니다"],
                [
                    "The {what} of {short} was changed again, or has errors that must be mended first.",
                    "{short}의 {what}이(가) 다시 바뀌었거나, 먼저 고쳐야 할 오류가 있습니다.",
                ],
                ["", ""],
            ],
            Saying::NotFound => [
                ["Not found", "찾을 수 없습니다"],
                [
                    "There is no such page here. The list of workshops may help.",
                    "그런 페이지가 없습니다. 워크숍 목록에서 찾아보세요.",
                ],
                ["", ""],
            ],
            Saying::NotReady => [
                ["Not ready", "아직 준비되지 않았습니다"],
                ["Nothing is published here yet.", "아직 게시된 것이 없습니다."],
                ["", ""],
            ],
            Saying::OutboxUnread => [
                ["Not now", "지금은 볼 수 없습니다"],
                ["Outgoing mail cannot be read at the moment.", "지금은 보낼 메일을 읽을 수 없습니다."],
                ["", ""],
            ],
            Saying::NothingRefused => [
                ["Nothing is refused any more", "거절된 변경이 없습니다"],
                [
                    "What this mail of {short} is about was mended, changed again or published meanwhile.",
                    "이 {short} 메일에서 알린 변경은 그사이 고쳐졌거나, 다시 바뀌었거나, 게시되었습니다.",
                ],
                ["", ""],
            ],
            Saying::NoChoice => [
                ["There is nothing at this address", "이 주소에는 아무것도 없습니다"],
                [
                    "It may have lost its end on the way, a new address may have replaced it, or the feed was deleted. What you see of {short} you can choose anew on its page.",
                    "주소의 끝이 잘렸거나, 새 주소로 바뀌었거나, 삭제되었을 수 있습니다. {short} 페이지에서 다시 고르실 수 있습니다.",
                ],
                ["", ""],
            ],
            Saying::ChoiceDeleted => [
                ["Your feed was deleted", "캘린더를 삭제했습니다"],
                [
                    "Nothing of your choice is kept. Take it out of your calendar too: it would keep what it has.",
                    "선택하신 내용은 남아 있지 않습니다. 캘린더 앱에서도 구독을 지워 주세요. 지우지 않으면 이미 받은 일정이 남습니다.",
                ],
                ["", ""],
            ],
            Saying::NotKept => [
                ["It could not be kept", "저장하지 못했습니다"],
                [
                    "Something is wrong on our side. Nothing was changed; try again later.",
                    "서버에 문제가 있습니다. 바뀐 것은 없습니다. 나중에 다시 시도해 주세요.",
                ],
                ["", ""],
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_name_the_same_things() {
        for saying in [Saying::Confirm, Saying::Done, Saying::Leave, Saying::LinksSent, Saying::Erased] {
            for pair in saying.table() {
                for hole in ["{who}", "{what}", "{short}"] {
                    assert_eq!(pair[0].contains(hole), pair[1].contains(hole), "{pair:?}");
                }
                assert_eq!(pair[0].is_empty(), pair[1].is_empty());
            }
        }
    }
}
