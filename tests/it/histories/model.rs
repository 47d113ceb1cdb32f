//! The pure model alone: it lives through thousands of seasons in a moment.

use std::collections::{BTreeMap, BTreeSet};

use allim::domain::lead_time::LeadTime;
use allim::domain::programme::Programme;
use allim::domain::season::{Follower, Kind, season};
use allim::domain::subscription::{Standing, Stated, Subscriber, SubscriberId, Telling};
use allim::domain::zone::Instant;
use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{DEADLINES, PEOPLE, START, Says, config, number, says, source};
use crate::house::{instant, programme};
use crate::office::wish;

/// Each of the people of these stories, who joined when it began, in the pure model: done with a deadline since, accepted
/// since, gone since.
fn followers(start: Instant, said: &[(usize, i64, u8)]) -> Vec<Follower> {
    let mut followers: Vec<Follower> = PEOPLE
        .iter()
        .zip(1..)
        .map(|((address, zone, leads), id)| {
            let wish = wish(zone, leads);
            let subscriber = Subscriber {
                id: SubscriberId(id),
                programme: "fair-2025".to_owned(),
                mailbox: address.parse().expect("a mailbox"),
                language: wish.language,
                zone: wish.zone,
                role: wish.role,
                choice: wish.choice,
                standing: Standing::Confirmed,
                created: start,
                confirmed: Some(start),
                accepted: None,
                done: BTreeSet::new(),
                presents: BTreeSet::new(),
                closing: false,
                link_version: 0,
            };
            Follower { subscriber, joined: start, left: None, done: Vec::new(), accepted: None }
        })
        .collect();
    for (who, minutes, what) in said {
        let (follower, at) = (&mut followers[*who], start + TimeDelta::minutes(*minutes));
        match what {
            0 => follower.left = follower.left.or(Some(at)),
            1 => follower.accepted = follower.accepted.or(Some(at)),
            number => follower.done.push((DEADLINES[usize::from(*number) % DEADLINES.len()].0.to_owned(), at)),
        }
    }
    followers
}

proptest! {
    #![proptest_config(config(number()))]
    /// What the pure model says of a season holds of every season.
    #[test]
    fn whatever_happens_the_model_leaves_nobody_with_an_old_date(
        moves in vec((1i64..9000, 0..DEADLINES.len(), says()), 1..9),
        said in vec((0..PEOPLE.len(), 0i64..40_000, 0u8..6), 0..5),
    ) {
        let start = instant(START);
        let (mut at, mut all) = (start, [Says::Day(10), Says::Day(17), Says::Day(24)]);
        let mut versions = vec![(start - TimeDelta::days(1), all)];
        for (gap, deadline, says) in &moves {
            at += TimeDelta::minutes(*gap);
            all[*deadline] = *says;
            versions.push((at, all));
        }
        let read: Vec<(Instant, Programme)> =
            versions.iter().map(|(at, says)| (*at, programme(&source(says)))).collect();
        let (followers, end) = (followers(start, &said), at.max(start) + TimeDelta::days(45));
        let stated = |deadline: &str, at: Instant| {
            let live = &read.iter().rev().find(|(published, _)| *published <= at).expect("a version").1;
            let found = live.deadlines.iter().find(|known| known.id.as_str() == deadline);
            found.map_or(Stated::Withdrawn, |deadline| Telling::of(deadline).what)
        };
        let mut told: BTreeMap<(usize, &str), Stated> = BTreeMap::new();
        let mut reminded: BTreeSet<(usize, &str, LeadTime, Stated)> = BTreeSet::new();
        let mut corrected: BTreeMap<(usize, &str), Instant> = BTreeMap::new();
        let events = season(&read, &followers, start, end);
        for event in events.iter().filter(|event| event.kind.is_mail()) {
            let (whose, says) = ((event.follower, event.deadline.as_str()), event.statement.stated());
            prop_assert_eq!(says, stated(&event.deadline, event.at), "it is not so: {:?}", event);
            prop_assert!(followers[event.follower].left.is_none_or(|left| event.at <= left), "gone: {:?}", event);
            if let Kind::Reminder(lead) = &event.kind {
                let Stated::At(due) = says else { panic!("a reminder of nothing: {event:?}") };
                prop_assert!(event.at < due, "a reminder of what is past: {:?}", event);
                prop_assert!(reminded.insert((whose.0, whose.1, *lead, says)), "twice: {:?}", event);
                let is_done = |(done, since): &(String, Instant)| *done == event.deadline && *since < event.at;
                prop_assert!(!followers[event.follower].done.iter().any(is_done), "done: {:?}", event);
                if let Some(before) = corrected.get(&whose) {
                    let quiet = (due - *before).max(TimeDelta::zero()) / 4;
                    let fire = lead.fire(due, followers[event.follower].subscriber.zone, false);
                    prop_assert!(fire > *before + quiet.min(TimeDelta::hours(12)), "beside its correction: {:?}", event);
                }
            }
            if let Kind::Correction(_) = event.kind {
                prop_assert!(told.get(&whose) != Some(&says), "told so already: {:?}", event);
                corrected.insert(whose, event.at);
            }
            told.insert(whose, says);
        }
        // In the end everybody who stayed knows how it is, of what concerns them and is not over.
        for (number, follower) in followers.iter().enumerate().filter(|(_, follower)| follower.left.is_none()) {
            for (deadline, _) in DEADLINES {
                if deadline == "camera-ready" && follower.accepted.is_none() {
                    continue;
                }
                // A date that was past when it was published is told to nobody who was told of none ahead.
                for (changed, _) in read.iter().skip(1) {
                    let settled = *changed + TimeDelta::minutes(31);
                    let is = stated(deadline, settled);
                    let moved = read.iter().any(|(other, _)| other > changed && *other <= settled);
                    let ahead = |stated: Stated| matches!(stated, Stated::At(due) if due > settled);
                    if moved || follower.accepted.is_some_and(|accepted| accepted > *changed && deadline == "camera-ready") {
                        continue;
                    }
                    let mails = events.iter().filter(|event| event.kind.is_mail() && event.at <= settled);
                    let mut own = mails.filter(|event| event.follower == number && event.deadline == deadline);
                    let was = own.next_back().map_or(Stated::Open, |event| event.statement.stated());
                    let shown = deadline == "camera-ready";
                    prop_assert!(
                        was == is || shown || !ahead(was) && !ahead(is),
                        "{} was told {:?} of {}, which is {:?} at {}", PEOPLE[number].0, was, deadline, is, settled
                    );
                }
            }
        }
    }
}
