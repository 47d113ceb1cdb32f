//! The outbox, from the notice to the relay: nothing lost, nothing doubled before the dot, and what follows from each
//! answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allim::app::dispatch::{Dispatcher, Measure};
use allim::app::mailing;
use allim::clock::Clock;
use allim::domain::language::Language;
use allim::domain::notice::{Blame, Message, NewNotice, NoticeId, NoticeKind, NoticeState, Outcome, Reply, Stage};
use allim::domain::subscription::{Choice, ReaderRole, SubscriberId, Wish};
use allim::domain::zone::Instant;
use allim::mail::transport::{Act, Memory, Timeouts, Transport};
use allim::store::outbox::{Answer, Cause, Settlement, Step};
use allim::store::{Request, Store, Why};
use chrono::TimeDelta;

use crate::house::{instant, wait};
use crate::relay::{Relay, Say};

const NOW: &str = "2025-06-20T09:00:00Z";

pub fn notice(number: i64) -> NewNotice {
    let octets = format!(
        "Message-ID: <{number}@allim.example>\r\nSubject: Notice {number}\r\n\r\nHello,\r\n.a line with a dot first\r\n\
         ..two\r\n.\r\nand the last line\r\n"
    );
    NewNotice {
        key: format!("reminder {number}"),
        programme: "workshop".to_owned(),
        subscriber: Some(SubscriberId(number)),
        kind: NoticeKind::Confirmation,
        deadline: Some("paper".to_owned()),
        message: Message {
            from: "reminders@allim.example".to_owned(),
            to: format!("reader{number}@example.org"),
            message_id: format!("<{number}@allim.example>"),
            octets: octets.into_bytes(),
        },
        due: instant(NOW),
        until: None,
        states: Vec::new(),
    }
}

fn blinded(number: i64) -> String {
    format!("blinded {number}")
}

/// Somebody who asked: a subscriber of this number, whose mailbox is `readerN@example.org`.
async fn subscribe(store: &Store, id: i64, programme: &str, number: i64) {
    let request = Request {
        id,
        programme: programme.to_owned(),
        mailbox: notice(number).message.to.parse().expect("a mailbox"),
        wish: Wish {
            language: Language::English,
            zone: "Europe/London".parse().expect("a zone"),
            role: ReaderRole::Author,
            choice: Choice::default(),
        },
        nonce: "nonce".to_owned(),
        counted: format!("counted {id}"),
        blinded: blinded(number),
        network: format!("network {id}"),
        asked: instant(NOW),
    };
    store.ask(&request).await.expect("kept");
    assert_eq!(store.decide(mailing::ceilings(5), 10, instant(NOW)).await.expect("decided"), 1);
}

/// A dispatcher over a store of its own.
struct Desk {
    folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    dispatcher: Arc<Dispatcher>,
}

const ONE: Measure = Measure { sessions: 1, per_day: None };

impl Desk {
    async fn new(transport: Transport, measure: Measure) -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a store");
        let clock = Clock::manual(instant(NOW));
        let dispatcher = Dispatcher::new(store.clone(), transport, clock.clone(), measure);
        Desk { folder, store, clock, dispatcher: Arc::new(dispatcher) }
    }

    async fn to(relay: &Relay, measure: Measure) -> Desk {
        Desk::new(transport(&relay.url(), Timeouts::default()), measure).await
    }

    async fn enqueue(&self, notices: &[NewNotice]) {
        assert_eq!(self.store.enqueue(notices).await.expect("enqueued"), notices.len());
    }

    async fn work(&self) -> usize {
        self.dispatcher.work_off().await.expect("a turn")
    }

    async fn state(&self, id: i64) -> NoticeState {
        self.store.notice(NoticeId(id)).await.expect("read").expect("a notice").state
    }

    /// How often its mailbox was said not to exist.
    async fn hard_bounces(&self, number: i64) -> u32 {
        self.store.hard_bounces(&blinded(number)).await.expect("counted")
    }

    async fn paused(&self) -> Option<Cause> {
        self.store.pause().await.expect("read").map(|pause| pause.cause)
    }

    /// As after a restart: another dispatcher over the same store.
    async fn restart(self, transport: Transport) -> Desk {
        let Desk { folder, clock, .. } = self;
        let store = Store::open(folder.path()).await.expect("a store");
        let dispatcher = Arc::new(Dispatcher::new(store.clone(), transport, clock.clone(), ONE));
        Desk { folder, store, clock, dispatcher }
    }
}

fn transport(url: &str, timeouts: Timeouts) -> Transport {
    Transport::parse(url, Path::new("var")).expect("a transport").waiting(timeouts)
}

fn impatient() -> Timeouts {
    let short = Duration::from_millis(300);
    Timeouts { connect: short, command: short, dot: short }
}

fn minutes(number: i64) -> TimeDelta {
    TimeDelta::minutes(number)
}

#[test]
fn messages_arrive_as_they_were_composed_over_one_session() {
    wait(async {
        let relay = Relay::start(&["8BITMIME"]);
        let desk = Desk::to(&relay, ONE).await;
        let mut notices: Vec<_> = (1..=5).map(notice).collect();
        notices[4].message.octets.extend_from_slice("Größe\r\n".as_bytes());
        desk.enqueue(&notices).await;
        assert_eq!(desk.work().await, 5);
        let arrived = relay.arrived();
        assert_eq!(arrived.len(), 5);
        for (arrived, notice) in arrived.iter().zip(&notices) {
            assert_eq!(arrived.octets, notice.message.octets);
            assert_eq!(arrived.to, notice.message.to);
        }
        assert!(arrived[0].from.starts_with("MAIL FROM:<reminders@allim.example>"), "{}", arrived[0].from);
        assert!(arrived[4].from.contains("BODY=8BITMIME"), "{}", arrived[4].from);
        assert_eq!(relay.connections(), 1);
        assert_eq!(relay.commands().last().map(String::as_str), Some("QUIT"), "an idle session is not kept");
        let attempts = desk.store.attempts(NoticeId(1)).await.expect("read");
        assert_eq!(attempts.len(), 1);
        assert_eq!((attempts[0].stage, attempts[0].outcome.as_deref()), (Stage::Dot, Some("relayed")));
        assert_eq!(attempts[0].reply, Some(Reply { code: Some(250), text: "2.0.0 taken".to_owned() }));
    });
}

/// What a relay does once, and what follows: the state after it, what pauses the queue, whether the mailbox is blamed,
/// and how many copies arrive once the minutes of the retry table have passed.
#[test]
fn each_answer_of_a_relay_has_its_consequence() {
    use NoticeState::{Delayed, Failed, Relayed, Uncertain};
    use Say::{Drop, Reply, Silence, Slowly, TakeAndDrop, TakeInSilence};
    let relay = Some(Cause::Relay);
    let table = [
        ("connect", Reply("421 4.3.2 busy"), Delayed, relay, false, 1),
        ("connect", Reply("554 5.7.1 not you"), Delayed, relay, false, 1),
        ("connect", Drop, Delayed, relay, false, 1),
        ("connect", Silence, Delayed, relay, false, 1),
        ("connect", Slowly, Relayed, None, false, 1),
        ("EHLO", Reply("550 5.7.1 who?"), Delayed, relay, false, 1),
        ("EHLO", Drop, Delayed, relay, false, 1),
        ("MAIL", Reply("550 5.7.1 not from you"), Delayed, relay, false, 1),
        ("MAIL", Reply("421 4.7.0 too many"), Delayed, relay, false, 1),
        ("MAIL", Reply("451 4.3.0 later"), Delayed, None, false, 1),
        ("MAIL", Drop, Delayed, relay, false, 1),
        ("MAIL", Silence, Delayed, relay, false, 1),
        ("RCPT", Reply("451 4.7.1 greylisted"), Delayed, None, false, 1),
        ("RCPT", Reply("421 4.3.2 closing"), Delayed, relay, false, 1),
        ("RCPT", Reply("550 5.1.1 no such user"), Failed, None, true, 0),
        ("RCPT", Reply("550-5.1.10 null MX\r\n550 5.1.10 see RFC 7505"), Failed, None, true, 0),
        ("RCPT", Reply("550 5.7.1 refused"), Failed, None, false, 0),
        ("RCPT", Reply("550 no reason"), Failed, None, false, 0),
        ("RCPT", Drop, Delayed, None, false, 1),
        ("RCPT", Slowly, Relayed, None, false, 1),
        ("DATA", Reply("451 4.3.0 later"), Delayed, None, false, 1),
        ("DATA", Drop, Delayed, None, false, 1),
        ("DATA", Silence, Delayed, None, false, 1),
        ("dot", Reply("451 4.3.0 try again"), Delayed, None, false, 1),
        ("dot", Reply("554 5.6.0 content"), Failed, None, false, 0),
        ("dot", Reply("550 5.1.1 no such user after all"), Failed, None, false, 0),
        ("dot", Drop, Uncertain, None, false, 1),
        ("dot", TakeAndDrop, Uncertain, None, false, 2),
        ("dot", TakeInSilence, Uncertain, None, false, 2),
        ("dot", Slowly, Relayed, None, false, 1),
    ];
    wait(async {
        for (at, say, state, pause, mailbox, copies) in table {
            let what = format!("{say:?} at {at}");
            let relay = Relay::start(&[]);
            relay.next(at, say);
            let desk = Desk::new(transport(&relay.url(), impatient()), ONE).await;
            subscribe(&desk.store, 1, "workshop", 1).await;
            desk.enqueue(&[notice(1)]).await;
            assert_eq!(desk.work().await, 1, "{what}");
            assert_eq!(desk.state(1).await, state, "{what}");
            assert_eq!(desk.paused().await, pause, "{what}");
            assert_eq!(desk.hard_bounces(1).await, u32::from(mailbox), "{what}");
            // Nothing before its time, and after it once.
            assert_eq!(desk.work().await, 0, "{what}");
            desk.clock.advance(minutes(1));
            desk.work().await;
            desk.clock.advance(TimeDelta::days(1));
            desk.work().await;
            let end = if state == Failed { Failed } else { Relayed };
            assert_eq!(desk.state(1).await, end, "{what}");
            assert_eq!(desk.paused().await, None, "{what}");
            let arrived = relay.arrived();
            assert_eq!(arrived.len(), copies, "{what}");
            assert!(arrived.iter().all(|arrived| arrived.octets == notice(1).message.octets), "{what}");
        }
    });
}

#[test]
fn what_is_uncertain_twice_is_not_sent_again() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::scripted([Act::DropAfterDot, Act::DropAfterDot])), ONE).await;
        desk.enqueue(&[notice(1)]).await;
        desk.work().await;
        for _ in 0..10 {
            desk.clock.advance(TimeDelta::hours(1));
            desk.work().await;
        }
        assert_eq!(desk.state(1).await, NoticeState::Uncertain);
        let Transport::Memory(memory) = desk.dispatcher.transport() else { panic!("another transport") };
        assert_eq!(memory.taken(), [notice(1).message, notice(1).message]);
    });
}

#[test]
fn a_refused_sign_in_pauses_the_queue_and_sends_nothing() {
    wait(async {
        let relay = Relay::start(&["AUTH PLAIN LOGIN"]);
        relay.next("AUTH", Say::Reply("535 5.7.8 wrong"));
        let url = format!("smtp://me:secret@{}", relay.address);
        let desk = Desk::new(transport(&url, Timeouts::default()), ONE).await;
        desk.enqueue(&[notice(1), notice(2)]).await;
        assert_eq!(desk.work().await, 1, "the second is not even tried");
        assert_eq!((desk.state(1).await, desk.state(2).await), (NoticeState::Delayed, NoticeState::Due));
        assert_eq!(desk.paused().await, Some(Cause::Relay));
        assert!(relay.arrived().is_empty());
        desk.clock.advance(minutes(1));
        desk.work().await;
        assert_eq!(relay.arrived().len(), 2);
        assert!(relay.commands().contains(&"AUTH PLAIN AG1lAHNlY3JldA==".to_owned()), "{:?}", relay.commands());
    });
}

#[test]
fn nothing_is_said_to_a_relay_that_offers_no_tls_where_tls_is_a_must() {
    wait(async {
        let relay = Relay::start(&["AUTH PLAIN"]);
        let url = format!("smtp://me:secret@{}?tls=required", relay.address);
        let desk = Desk::new(transport(&url, Timeouts::default()), ONE).await;
        desk.enqueue(&[notice(1)]).await;
        desk.work().await;
        assert_eq!(desk.paused().await, Some(Cause::Relay));
        let said: Vec<String> =
            relay.commands().iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
        assert!(said.iter().all(|verb| verb == "EHLO" || verb == "QUIT"), "{said:?}");
    });
}

#[test]
fn mail_goes_under_tls_from_starttls_on_or_from_the_first_octet_on() {
    wait(async {
        for implicit in [false, true] {
            let relay = Relay::start_with_tls(&["STARTTLS", "AUTH PLAIN"], implicit);
            let folder = tempfile::tempdir().expect("a folder");
            let authority = folder.path().join("ca.pem");
            std::fs::write(&authority, relay.certificate.as_ref().expect("a certificate")).expect("written");
            let (scheme, port) = (if implicit { "smtps" } else { "smtp" }, relay.address.port());
            let url = format!("{scheme}://me:secret@localhost:{port}?tls=required");
            let trusting = format!("{url}&ca={}", authority.display());

            let desk = Desk::new(transport(&url, Timeouts::default()), ONE).await;
            desk.enqueue(&[notice(1)]).await;
            desk.work().await;
            assert_eq!(desk.paused().await, Some(Cause::Relay), "a certificate that nobody vouches for");
            assert!(relay.arrived().is_empty());

            let desk = desk.restart(transport(&trusting, Timeouts::default())).await;
            desk.clock.advance(minutes(1));
            desk.work().await;
            assert_eq!(relay.arrived().len(), 1, "implicit: {implicit}");
            assert_eq!(desk.paused().await, None);
        }
    });
}

#[test]
fn a_mailbox_beyond_ascii_needs_a_relay_that_can() {
    wait(async {
        for can in [false, true] {
            let relay = Relay::start(if can { &["SMTPUTF8"] } else { &[] });
            let desk = Desk::to(&relay, ONE).await;
            let mut korean = notice(1);
            korean.message.to = "이름@example.org".to_owned();
            subscribe(&desk.store, 1, "workshop", 1).await;
            desk.enqueue(&[korean, notice(2)]).await;
            desk.work().await;
            let (state, arrived) = if can { (NoticeState::Relayed, 2) } else { (NoticeState::Failed, 1) };
            assert_eq!(desk.state(1).await, state);
            assert_eq!(relay.arrived().len(), arrived);
            assert_eq!(desk.paused().await, None);
            assert_eq!(desk.hard_bounces(1).await, 0);
            let attempts = desk.store.attempts(NoticeId(1)).await.expect("read");
            let said = attempts[0].reply.as_ref().expect("a reply").text.clone();
            assert_eq!(said.contains("SMTPUTF8"), !can, "{said}");
        }
    });
}

#[test]
fn a_session_that_ended_while_it_was_kept_is_no_failure() {
    wait(async {
        let relay = Relay::start(&[]);
        let desk = Desk::to(&relay, ONE).await;
        desk.enqueue(&[notice(1), notice(2), notice(3)]).await;
        relay.next("MAIL", Say::Slowly).next("MAIL", Say::Drop).next("MAIL", Say::Slowly);
        desk.work().await;
        assert_eq!(relay.arrived().len(), 3);
        assert_eq!(relay.connections(), 2);
        assert_eq!(desk.store.attempts(NoticeId(2)).await.expect("read").len(), 1);
    });
}

#[test]
fn five_refusals_in_a_row_say_that_it_is_not_the_messages() {
    wait(async {
        let refused = || Act::Fail(Blame::Message);
        let desk = Desk::new(Transport::Memory(Memory::scripted((0..6).map(|_| refused()))), ONE).await;
        desk.enqueue(&(1..=8).map(notice).collect::<Vec<_>>()).await;
        assert_eq!(desk.work().await, 5);
        assert_eq!(desk.paused().await, Some(Cause::Refusals));
        let pause = desk.store.pause().await.expect("read").expect("a pause");
        assert_eq!(pause.reason, "5 messages in a row were not taken, the last: 550 as told");
        desk.clock.advance(minutes(1));
        assert_eq!(desk.work().await, 1, "one as a probe");
        assert_eq!(desk.state(1).await, NoticeState::Delayed, "refused again, and not given up");
        assert_eq!(desk.paused().await, Some(Cause::Refusals));
        desk.clock.advance(minutes(5));
        desk.work().await;
        assert_eq!(desk.paused().await, None);
        for id in 1..=8 {
            assert_eq!(desk.state(id).await, NoticeState::Relayed, "{id}");
        }
    });
}

#[test]
fn an_organizers_pause_ends_when_they_say_so() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        desk.enqueue(&[notice(1)]).await;
        desk.store.pause_queue("wrong date", instant(NOW)).await.expect("paused");
        desk.clock.advance(TimeDelta::days(3));
        assert_eq!(desk.work().await, 0);
        desk.store.resume_queue().await.expect("resumed");
        assert_eq!(desk.work().await, 1);
    });
}

#[test]
fn a_restart_in_each_state_goes_on() {
    const LEASE: TimeDelta = TimeDelta::seconds(30);
    wait(async {
        let relay = Relay::start(&[]);
        let desk = Desk::to(&relay, ONE).await;
        desk.enqueue(&(1..=6).map(notice).collect::<Vec<_>>()).await;
        let now = instant(NOW);
        // Somebody took four: one claimed, one connecting, one past MAIL, one past its dot; and then the lights went out.
        let claimed = desk.store.claim(now, LEASE, 4).await.expect("claimed");
        let begin = |at: usize, stage| Step::Begin { id: claimed[at].id, fence: claimed[at].fence, stage, now };
        let steps = [
            begin(1, Stage::Connect),
            begin(2, Stage::Connect),
            begin(2, Stage::Mail),
            begin(3, Stage::Mail),
            Step::Dot { id: claimed[3].id, fence: claimed[3].fence },
        ];
        let answers = desk.store.apply(&steps).await.expect("written");
        assert!(answers.iter().all(|answer| *answer == Answer::Done), "{answers:?}");

        let desk = desk.restart(transport(&relay.url(), Timeouts::default())).await;
        assert_eq!(desk.work().await, 2, "what is in other hands stays there");
        desk.clock.advance(LEASE);
        desk.store.release_expired(desk.clock.now()).await.expect("released");
        assert_eq!(desk.state(1).await, NoticeState::Due);
        assert_eq!(desk.state(2).await, NoticeState::Delayed);
        assert_eq!(desk.state(3).await, NoticeState::Delayed);
        assert_eq!(desk.state(4).await, NoticeState::Uncertain);
        assert_eq!(desk.work().await, 4);
        let mut arrived: Vec<_> = relay.arrived().into_iter().map(|arrived| arrived.to).collect();
        arrived.sort();
        assert_eq!(arrived, (1..=6).map(|number| notice(number).message.to).collect::<Vec<_>>());

        // The one that was thought dead wakes, and can neither send nor settle.
        let (id, fence) = (claimed[3].id, claimed[3].fence);
        let outcome = Outcome::Failed(Blame::Message, Reply { code: Some(550), text: String::new() });
        let late = Settlement { id, fence, stage: Stage::Dot, outcome, probe: false, now };
        let steps = [begin(2, Stage::Mail), Step::Dot { id, fence }, Step::Settle(late)];
        assert_eq!(desk.store.apply(&steps).await.expect("written"), [Answer::Lost, Answer::Lost, Answer::Lost]);
        assert_eq!(desk.state(4).await, NoticeState::Relayed);
        let attempts = desk.store.attempts(NoticeId(4)).await.expect("read");
        let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_deref()).collect();
        assert_eq!(outcomes, [Some("uncertain"), Some("relayed")]);
    });
}

#[test]
fn a_key_is_one_notice_and_opens_again_only_after_it_was_withdrawn() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        assert_eq!(desk.store.enqueue(&[notice(1), notice(2), notice(1)]).await.expect("enqueued"), 2);
        assert_eq!(desk.store.withdraw_all(SubscriberId(1), instant(NOW)).await.expect("withdrawn"), 1);
        assert_eq!(desk.work().await, 1);
        let mut again = notice(1);
        again.message.octets = b"Subject: anew\r\n\r\nHello\r\n".to_vec();
        assert_eq!(desk.store.enqueue(&[again.clone(), notice(2)]).await.expect("enqueued"), 1);
        assert_eq!(desk.work().await, 1);
        assert_eq!(desk.store.enqueue(&[again.clone()]).await.expect("enqueued"), 0);
        let Transport::Memory(memory) = desk.dispatcher.transport() else { panic!("another transport") };
        assert_eq!(memory.taken(), [notice(2).message, again.message]);
    });
}

#[test]
fn never_two_notices_at_once_that_state_dates_to_one_subscriber() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), Measure { sessions: 4, per_day: None }).await;
        let mut correction = notice(1);
        (correction.key, correction.kind) = ("correction 1".to_owned(), NoticeKind::Correction);
        let mut other = notice(1);
        (other.key, other.deadline) = ("reminder 1 abstract".to_owned(), Some("abstract".to_owned()));
        desk.enqueue(&[notice(1), correction, other, notice(2)]).await;
        let (now, lease) = (instant(NOW), TimeDelta::seconds(30));
        let ids = |claimed: Vec<allim::store::outbox::Claimed>| claimed.iter().map(|c| c.id.0).collect::<Vec<_>>();
        assert_eq!(ids(desk.store.claim(now, lease, 9).await.expect("claimed")), [2, 4], "the correction first");
        assert_eq!(desk.store.claim(now, lease, 9).await.expect("claimed"), []);
    });
}

#[test]
fn the_most_urgent_go_first_and_an_allowance_is_spent_on_them() {
    wait(async {
        let measure = Measure { sessions: 2, per_day: Some(3) };
        let desk = Desk::new(Transport::Memory(Memory::default()), measure).await;
        let kinds = [
            NoticeKind::Announcement,
            NoticeKind::Reminder,
            NoticeKind::Confirmation,
            NoticeKind::Reminder,
            NoticeKind::Correction,
        ];
        let notices: Vec<_> = kinds
            .into_iter()
            .zip(1..)
            .map(|(kind, number)| NewNotice { kind, subscriber: None, ..notice(number) })
            .collect();
        desk.enqueue(&notices).await;
        assert_eq!(desk.work().await, 3);
        let relayed = |states: [NoticeState; 5]| states.map(|state| state == NoticeState::Relayed);
        let states = async || {
            let mut states = [NoticeState::Due; 5];
            for (state, id) in states.iter_mut().zip(1..) {
                *state = desk.state(id).await;
            }
            states
        };
        assert_eq!(relayed(states().await), [false, true, true, false, true]);
        desk.clock.advance(TimeDelta::days(1));
        desk.work().await;
        assert_eq!(relayed(states().await), [true; 5]);
    });
}

#[test]
fn what_comes_too_late_is_not_sent_and_what_may_have_arrived_is_not_called_so() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::scripted([Act::LoseAfterDot])), ONE).await;
        let until = instant(NOW) + TimeDelta::minutes(10);
        let late = |number| NewNotice { until: Some(until), ..notice(number) };
        desk.enqueue(&[late(1)]).await;
        desk.work().await;
        desk.enqueue(&[late(2)]).await;
        desk.clock.advance(TimeDelta::minutes(10));
        desk.work().await;
        assert_eq!((desk.state(1).await, desk.state(2).await), (NoticeState::Uncertain, NoticeState::Expired));
        desk.clock.advance(TimeDelta::days(1));
        assert_eq!(desk.work().await, 0);
    });
}

#[test]
fn octets_are_deleted_a_week_after_they_were_settled_and_at_once_on_erase() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        desk.enqueue(&[notice(1), notice(2)]).await;
        desk.work().await;
        desk.store.erase_mail(SubscriberId(2), instant(NOW)).await.expect("erased");
        assert_eq!(desk.store.notices_of(SubscriberId(2)).await.expect("read"), [NoticeId(2)]);
        let kept = async |id| desk.store.message(NoticeId(id)).await.expect("read").is_some();
        assert_eq!((kept(1).await, kept(2).await), (true, false));
        assert_eq!(desk.store.attempts(NoticeId(2)).await.expect("read")[0].reply, None);
        desk.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        desk.work().await;
        assert!(kept(1).await);
        desk.clock.advance(TimeDelta::minutes(1));
        desk.work().await;
        assert!(!kept(1).await);
        assert_eq!(desk.state(1).await, NoticeState::Relayed);
        let found = desk.store.notice_of_message("<1@allim.example>").await.expect("read").expect("a notice");
        assert_eq!(found.id, NoticeId(1), "a bounce that comes late still finds its notice");
    });
}

#[test]
fn the_claim_finds_what_is_due_by_the_index_made_for_it() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        let plan = desk.store.plan_of_claim().await.expect("a plan");
        let uses = |index: &str| plan.iter().any(|line| line.contains(index));
        assert!(uses("USING INDEX notice_ready (priority=? AND ready<?)"), "{plan:#?}");
        assert!(uses("USING COVERING INDEX notice_at_once") || uses("USING INDEX notice_at_once"), "{plan:#?}");
        assert!(!uses("SCAN") && !uses("TEMP B-TREE"), "{plan:#?}");
    });
}

#[test]
fn two_processes_on_one_store_send_each_message_once() {
    const MESSAGES: i64 = 300;
    let relay = Relay::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().to_owned();
    wait(async {
        let store = Store::open(&state).await.expect("a store");
        store.enqueue(&(1..=MESSAGES).map(notice).collect::<Vec<_>>()).await.expect("enqueued");
    });
    let office = |url: String| {
        let state = state.clone();
        std::thread::spawn(move || {
            wait(async {
                let store = Store::open(&state).await.expect("a store");
                let measure = Measure { sessions: 3, per_day: None };
                let clock = Clock::manual(instant(NOW));
                let dispatcher = Dispatcher::new(store, transport(&url, Timeouts::default()), clock, measure);
                Arc::new(dispatcher).work_off().await.expect("worked off")
            })
        })
    };
    let offices = [office(relay.url()), office(relay.url())];
    let worked = offices.map(|office| office.join().expect("an end"));
    assert_eq!(worked.iter().sum::<usize>(), 300, "{worked:?}");
    let mut arrived: Vec<_> = relay.arrived().into_iter().map(|arrived| arrived.to).collect();
    arrived.sort();
    arrived.dedup();
    assert_eq!((arrived.len(), relay.arrived().len()), (300, 300));
}

#[test]
fn a_heartbeat_is_kept() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        let beat = async || desk.store.heartbeat().await.expect("read");
        assert_eq!(beat().await, None);
        desk.work().await;
        assert_eq!(beat().await, Some(instant(NOW)));
        desk.clock.advance(minutes(2));
        desk.work().await;
        let later: Instant = instant(NOW) + minutes(2);
        assert_eq!(beat().await, Some(later));
    });
}

#[test]
fn two_hard_bounces_of_a_mailbox_and_nobody_writes_to_it_any_more() {
    const GONE: Say = Say::Reply("550 5.1.1 <reader1@example.org>: no such user");
    wait(async {
        let relay = Relay::start(&[]);
        let desk = Desk::to(&relay, ONE).await;
        // One mailbox in two programmes, and somebody else.
        subscribe(&desk.store, 1, "workshop", 1).await;
        subscribe(&desk.store, 2, "other", 1).await;
        subscribe(&desk.store, 3, "workshop", 3).await;
        let to = |id: i64, key: &str| NewNotice {
            key: key.to_owned(),
            subscriber: Some(SubscriberId(id)),
            deadline: Some(key.to_owned()),
            message: notice(if id == 3 { 3 } else { 1 }).message,
            ..notice(id)
        };
        relay.next("RCPT", GONE);
        desk.enqueue(&[to(1, "first")]).await;
        desk.work().await;
        assert_eq!((desk.hard_bounces(1).await, desk.state(1).await), (1, NoticeState::Failed));
        let why = async |programme| desk.store.suppressed(&blinded(1), programme).await.expect("read");
        assert_eq!(why("workshop").await, None);

        // Once may be an accident: the next is tried, and arrives; nor does a mailbox that is full count.
        desk.enqueue(&[to(1, "second")]).await;
        desk.work().await;
        relay.next("RCPT", Say::Reply("552 5.2.2 full"));
        desk.enqueue(&[to(1, "third")]).await;
        desk.work().await;
        assert_eq!((relay.arrived().len(), desk.hard_bounces(1).await), (1, 1));

        // The second, for the other programme, takes with it what waits for either.
        relay.next("RCPT", GONE);
        let later = |notice: NewNotice| NewNotice { due: instant(NOW) + TimeDelta::hours(1), ..notice };
        desk.enqueue(&[to(2, "fourth"), later(to(1, "fifth")), later(to(2, "sixth")), later(to(3, "seventh"))]).await;
        desk.work().await;
        assert_eq!((why("workshop").await, why("other").await), (Some(Why::Bounced), Some(Why::Bounced)));
        assert_eq!(desk.store.suppressed(&blinded(3), "workshop").await.expect("read"), None);
        assert_eq!(desk.store.unreachable("workshop").await.expect("read"), [SubscriberId(1)].into());
        let states = async || [desk.state(5).await, desk.state(6).await, desk.state(7).await];
        assert_eq!(states().await, [NoticeState::Withdrawn, NoticeState::Withdrawn, NoticeState::Due]);

        // What comes into the queue all the same is seen at the attempt; nothing more is said of that mailbox.
        let said = relay.commands().iter().filter(|line| line.contains("reader1@")).count();
        desk.enqueue(&[to(1, "eighth")]).await;
        desk.clock.advance(TimeDelta::hours(1));
        desk.work().await;
        assert_eq!((desk.state(8).await, desk.state(7).await), (NoticeState::Withdrawn, NoticeState::Relayed));
        assert_eq!(relay.commands().iter().filter(|line| line.contains("reader1@")).count(), said);

        // Lifted, it begins anew.
        assert_eq!(desk.store.lift(&blinded(1), "workshop").await.expect("lifted"), [Why::Bounced]);
        assert_eq!(desk.store.lift(&blinded(1), "workshop").await.expect("lifted"), []);
        desk.enqueue(&[to(1, "fifth")]).await;
        desk.work().await;
        assert_eq!((desk.state(5).await, desk.hard_bounces(1).await), (NoticeState::Relayed, 0));
    });
}

#[test]
fn erased_while_it_is_under_way_leaves_no_word_of_the_relay() {
    wait(async {
        let desk = Desk::new(Transport::Memory(Memory::default()), ONE).await;
        desk.enqueue(&[notice(1), notice(2)]).await;
        let now = instant(NOW);
        let claimed = desk.store.claim(now, TimeDelta::seconds(30), 2).await.expect("claimed");
        let steps = [0, 1].map(|at: usize| {
            let (id, fence) = (claimed[at].id, claimed[at].fence);
            [Step::Begin { id, fence, stage: Stage::Mail, now }, Step::Dot { id, fence }]
        });
        let steps: Vec<Step> = steps.into_iter().flatten().take(3).collect();
        desk.store.apply(&steps).await.expect("written");
        for number in [1, 2] {
            desk.store.erase_mail(SubscriberId(number), now).await.expect("erased");
        }
        assert_eq!((desk.state(1).await, desk.state(2).await), (NoticeState::Uncertain, NoticeState::Withdrawn));
        let (id, fence) = (claimed[1].id, claimed[1].fence);
        assert_eq!(desk.store.apply(&[Step::Dot { id, fence }]).await.expect("written"), [Answer::Lost]);
        let outcome = Outcome::Relayed(Reply { code: Some(250), text: "<reader1@example.org> taken".to_owned() });
        let (id, fence) = (claimed[0].id, claimed[0].fence);
        let late = Settlement { id, fence, stage: Stage::Dot, outcome, probe: false, now };
        assert_eq!(desk.store.apply(&[Step::Settle(late)]).await.expect("written"), [Answer::Lost]);
        assert_eq!(desk.store.attempts(id).await.expect("read")[0].reply, None);
        desk.clock.advance(TimeDelta::days(1));
        assert_eq!(desk.work().await, 0);
    });
}
