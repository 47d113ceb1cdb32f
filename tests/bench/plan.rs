//! What a tick costs, planning and claiming, with a hundred reminders due: among a million that lie ahead, and among a
//! thousand. `SUBSCRIBERS=100000` asks for more people than the 25,000 there are otherwise.

#[path = "../it/house.rs"]
#[allow(dead_code, reason = "the stories ask more of it")]
mod house;

#[path = "../it/office.rs"]
#[allow(dead_code, reason = "the stories ask more of it")]
mod office;

#[allow(dead_code, reason = "other benches hold to other bounds")]
mod ratio;

use std::time::Instant;

use allim::app::plan;
use allim::domain::notice::{Outcome, Reply, Stage};
use allim::store::FILE;
use allim::store::outbox::{Claimed, Settlement, Step};
use chrono::TimeDelta;
use office::Office;
use ratio::{Hold, Pair, head};

/// Deadlines, a day apart; each is a round.
const DEADLINES: i64 = 10;
/// People with a lead time of their own, which falls due long before everybody else's.
const DUE: usize = 100;

/// Ten deadlines of which everybody is reminded four times, the first time in July.
fn file() -> String {
    let deadline = |day: i64| {
        format!(
            "[[deadline]]\nid = \"paper-{day}\"\nkind = \"submission\"\ntitle = \"Paper {day}\"\ndue = 2025-07-{}\n",
            20 + day
        )
    };
    format!(
        "[programme]\nid = \"fair-2025\"\ntitle = \"Fairness in Medical Imaging\"\nshort = \"FAIR 2025\"\n\
         dates = [2025-09-23]\ntime_zone = \"Asia/Seoul\"\nuid_domain = \"example.org\"\ncontact = \"chairs@example.org\"\n\
         remind = [\"14d\", \"7d@09:00\", \"3d\", \"1d@09:00\"]\n[venue]\ncity = \"Daejeon\"\n{}",
        (0..DEADLINES).map(deadline).collect::<String>()
    )
}

/// A service with so many subscribers, on eight clocks, who were told every date; and those to whom something is due.
async fn fixture(subscribers: usize) -> Office {
    let office = Office::open(&file(), "2025-06-01T00:00:00Z").await;
    office.tick().await;
    let path = office.folder.path().join("var").join(FILE);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("the database");
    let people = "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < $1) \
        INSERT INTO subscriber (id, programme, mailbox, found_by, language, zone, role, own_leads, to_the_minute, \
            calendar, standing, created, confirmed, link_version) \
        SELECT n, 'fair-2025', 'reader' || n || '@example.org', 'reader' || n || '@example.org', 'en', \
            json_extract('[\"Europe/London\", \"Europe/Copenhagen\", \"Asia/Seoul\", \"Asia/Tokyo\", \"America/New_York\", \
                \"America/Los_Angeles\", \"Asia/Kolkata\", \"Australia/Sydney\"]', '$[' || (n % 8) || ']'), \
            'author', n <= $2, 1, 0, 'confirmed', $3, $3, 1 FROM one";
    let leads = "INSERT INTO lead_time (subscriber, lead, since) \
        SELECT id, '45d', $3 FROM subscriber WHERE id <= $2 AND $1 > 0";
    let told = "INSERT INTO told (subscriber, deadline, what, due, link, n) \
        SELECT s.id, d.id, d.what, d.due, d.link, 1 FROM subscriber s JOIN deadline d ON d.programme = s.programme \
        WHERE $1 > 0 AND $2 > 0 AND $3 > 0";
    for sql in [people, leads, told] {
        let all = i64::try_from(subscribers + DUE).expect("few");
        let query = sqlx::query(sql).bind(all).bind(i64::try_from(DUE).expect("few"));
        query.bind(office.now().timestamp()).execute(&pool).await.expect("written");
    }
    pool.close().await;
    // The day before the first is due.
    office.sleep_until("2025-06-05T12:30:00Z");
    office.tick().await;
    office
}

/// Microseconds to plan and to claim what fell due within a day.
async fn tick(office: &Office) -> f64 {
    office.clock.advance(TimeDelta::days(1));
    let (store, now, lease) = (office.app.store(), office.now(), TimeDelta::seconds(60));
    let started = Instant::now();
    assert_eq!(plan::tick(&office.app).await.expect("planned"), DUE);
    let claimed = store.claim(now, lease, DUE).await.expect("claimed");
    let passed = started.elapsed().as_secs_f64() * 1e6;
    assert_eq!(claimed.len(), DUE);
    let steps: Vec<Step> = claimed.iter().map(|claimed| relayed(claimed, now)).collect();
    store.apply(&steps).await.expect("settled");
    passed
}

fn relayed(claimed: &Claimed, now: allim::domain::zone::Instant) -> Step {
    let outcome = Outcome::Relayed(Reply { code: Some(250), text: "2.0.0 ok".to_owned() });
    let (id, fence) = (claimed.id, claimed.fence);
    Step::Settle(Settlement { id, fence, stage: Stage::Dot, outcome, probe: false, now })
}

fn main() {
    let subscribers = std::env::var("SUBSCRIBERS").map_or(25_000, |number| number.parse().expect("a number"));
    house::wait(async {
        let (many, few) = (fixture(subscribers).await, fixture(25).await);
        let mut pair = Pair::default();
        for _ in 0..DEADLINES {
            pair.push(tick(&many).await, tick(&few).await);
        }
        head("µs a tick with 100 due: many ahead, a thousand");
        let ahead = subscribers * 4 * usize::try_from(DEADLINES).expect("few");
        pair.print(&format!("{ahead} reminders ahead"), Some(Hold::AtMost(3.0)));
    });
}
