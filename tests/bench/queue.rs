//! The outbox: in batches against row by row, both with every commit on the disk; and how long it takes to find what is
//! due among few and many rows. `ROWS=10000000` asks for more of them than the million there are otherwise.

mod ratio;

use std::time::Instant;

use allim::domain::notice::{Message, NewNotice, NoticeKind, Outcome, Reply, Stage};
use allim::domain::subscription::SubscriberId;
use allim::store::Store;
use allim::store::outbox::{Claimed, Settlement, Step};
use chrono::TimeDelta;
use ratio::{Hold, Pair, head};

type Time = allim::domain::zone::Instant;

const BATCH: usize = 20_000;
const SINGLE: usize = 500;
const ROUNDS: usize = 5;

fn now() -> Time {
    "2025-06-20T09:00:00Z".parse().expect("an instant")
}

/// `octets` of message each, due at `due`, to the subscribers from `first` on: of two to one reader only one can be
/// claimed.
fn notices(name: &str, first: usize, count: usize, octets: usize, due: Time) -> Vec<NewNotice> {
    let notice = |number: usize| NewNotice {
        key: format!("{name} {number}"),
        programme: "workshop".to_owned(),
        subscriber: Some(SubscriberId(i64::try_from(first + number).expect("few"))),
        kind: NoticeKind::Confirmation,
        deadline: Some(name.to_owned()),
        message: Message {
            from: "reminders@allim.example".to_owned(),
            to: format!("reader{number}@example.org"),
            message_id: format!("<{number}@allim.example>"),
            octets: vec![b'x'; octets],
        },
        due,
        until: None,
        states: Vec::new(),
    };
    (0..count).map(notice).collect()
}

fn settled(claimed: &Claimed) -> Step {
    let outcome = Outcome::Relayed(Reply { code: Some(250), text: "2.0.0 ok".to_owned() });
    let (id, fence, now) = (claimed.id, claimed.fence, now());
    Step::Settle(Settlement { id, fence, stage: Stage::Dot, outcome, probe: false, now })
}

/// Microseconds each.
fn each(count: usize, started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(count).expect("few"))
}

async fn round(number: usize, pairs: &mut [Pair; 3]) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).await.expect("a store");
    let lease = TimeDelta::seconds(60);
    let (many, few) = (format!("many {number}"), format!("few {number}"));

    let batch = notices(&many, 0, BATCH, 64, now());
    let started = Instant::now();
    store.enqueue(&batch).await.expect("enqueued");
    let together = each(BATCH, started);
    let single = notices(&few, BATCH, SINGLE, 64, now());
    let started = Instant::now();
    for notice in &single {
        store.enqueue(std::slice::from_ref(notice)).await.expect("enqueued");
    }
    pairs[0].push(together, each(SINGLE, started));

    let started = Instant::now();
    let mut claimed = Vec::new();
    while claimed.len() < BATCH {
        claimed.extend(store.claim(now(), lease, 5000).await.expect("claimed"));
    }
    let together = each(claimed.len(), started);
    let started = Instant::now();
    let mut one_by_one = Vec::new();
    while one_by_one.len() < SINGLE {
        let taken = store.claim(now(), lease, 1).await.expect("claimed");
        if taken.is_empty() {
            break;
        }
        one_by_one.extend(taken);
    }
    pairs[1].push(together, each(one_by_one.len(), started));

    let steps: Vec<Step> = claimed.iter().take(BATCH / 10).map(settled).collect();
    let started = Instant::now();
    for group in steps.chunks(50) {
        store.apply(group).await.expect("settled");
    }
    let together = each(steps.len(), started);
    let steps: Vec<Step> = one_by_one.iter().map(settled).collect();
    let started = Instant::now();
    for step in &steps {
        store.apply(std::slice::from_ref(step)).await.expect("settled");
    }
    pairs[2].push(together, each(steps.len(), started));
}

/// Microseconds to find ten that are due among `rows` that are not.
async fn find(rows: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).await.expect("a store");
    for part in 0..rows.div_ceil(100_000) {
        let later =
            notices(&format!("later {part}"), 0, (rows - part * 100_000).min(100_000), 1, now() + TimeDelta::days(1));
        store.enqueue(&later).await.expect("enqueued");
    }
    store.enqueue(&notices("due", 0, 10, 1, now())).await.expect("enqueued");
    let mut times = Vec::new();
    for _ in 0..200 {
        let started = Instant::now();
        assert!(store.is_anything_due(now()).await.expect("read"));
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let rows = std::env::var("ROWS").map_or(1_000_000, |rows| rows.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut pairs: [Pair; 3] = Default::default();
        for number in 0..ROUNDS {
            round(number, &mut pairs).await;
        }
        head("µs a notice: in batches, row by row");
        let held = [Some(Hold::AtLeast(10.0)), Some(Hold::AtLeast(10.0)), None];
        for ((pair, what), held) in pairs.iter().zip(["enqueued", "claimed", "settled, in groups of 50"]).zip(held) {
            pair.print(what, held);
        }
        println!();
        head("µs to find what is due: many rows, a thousand");
        let mut pair = Pair::default();
        pair.push(find(rows).await, find(1000).await);
        pair.print(&format!("{rows} rows"), Some(Hold::AtMost(3.0)));
    });
}
