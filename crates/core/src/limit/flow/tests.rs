mod engine;

use alloc::collections::VecDeque;

use super::*;
use crate::time::{Span, Time};

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

fn at(millis: u32) -> Time {
    Time::ZERO.after(ms(millis))
}

#[test]
fn nobody_is_turned_away_before_anything_is_known() {
    assert_eq!(Flow::default().wait(at(5), 1_000, 1), Span::ZERO);
}

#[test]
fn each_slot_is_free_again_after_the_mean_service() {
    let mut flow = Flow::default();
    for _ in 0..10 {
        flow.ended(ms(100));
    }
    assert_eq!(flow.wait(at(0), 0, 1), ms(100));
    assert_eq!(flow.wait(at(0), 9, 1), ms(1_000));
    assert_eq!(flow.wait(at(0), 9, 5), ms(200));
    assert_eq!(flow.wait(at(0), 9, 0), ms(1_000), "zero counts as one");
}

#[test]
fn the_means_move_to_where_things_are() {
    let mut flow = Flow::default();
    flow.ended(ms(10_000));
    for _ in 0..100 {
        flow.ended(ms(100));
    }
    assert_eq!(flow.wait(at(0), 0, 1).as_millis(), 100);
    for _ in 0..100 {
        flow.ended(ms(200));
    }
    assert_eq!(flow.wait(at(0), 0, 1).as_millis(), 200);
}

#[test]
fn a_rate_is_known_by_the_pace_of_those_who_wait() {
    let mut flow = Flow::default();
    for start in 0..50 {
        flow.ended(ms(1));
        flow.started(at(start * 20), start > 0, 10);
    }
    assert_eq!(flow.wait(at(980), 9, 100), ms(200));
    assert_eq!(flow.wait(at(990), 9, 100), ms(190), "half of the first gap has passed");
    assert_eq!(flow.wait(at(1_980), 9, 100), ms(180));
}

#[test]
fn starts_that_nobody_waited_for_say_nothing() {
    let mut flow = Flow::default();
    for start in 0..50 {
        flow.started(at(start * 1_000), false, 0);
        flow.ended(ms(2));
    }
    assert_eq!(flow.wait(at(60_000), 0, 1), ms(2));
    flow.started(at(60_000), true, 0);
    assert_eq!(flow.wait(at(60_000), 0, 1), ms(2), "a pause in which nobody waited is not a pace");
}

#[test]
fn nothing_is_too_extreme() {
    for span in [Span::ZERO, Span::NEVER] {
        let mut flow = Flow::default();
        for now in [Time::ZERO, Time::NEVER, Time::ZERO] {
            flow.started(now, true, u32::MAX);
            flow.ended(span);
            assert!(flow.wait(now, u32::MAX, 0).is_finite());
        }
    }
}

/// Tasks of a limiter with so many slots, and no more starts than one each so many microseconds.
#[test]
fn the_estimate_is_near_what_it_comes_to() {
    for (slots, gap, service) in [(1, 0, 700), (8, 0, 700), (8, 300, 700), (100, 50, 900), (3, 1_000, 10)] {
        let mut flow = Flow::default();
        let (mut free, mut due, mut queue) = (VecDeque::from([0_u64; 1]), 0, VecDeque::new());
        free.resize(slots, 0);
        // Fifty stand in line whatever happens, each with the time it came and what it was told.
        let mut now = 0;
        for task in 0..1_000_u32 {
            while queue.len() < 50 {
                let told = flow.wait(
                    Time::from_micros(now),
                    u32::try_from(queue.len()).unwrap(),
                    u32::try_from(slots).unwrap(),
                );
                queue.push_back((now, told.as_micros()));
            }
            let slot = free.pop_front().unwrap();
            now = now.max(slot).max(due);
            due = now + gap;
            free.push_back(now + service);
            let (came, told) = queue.pop_front().unwrap();
            flow.started(Time::from_micros(now), true, u32::try_from(queue.len()).unwrap());
            flow.ended(Span::from_micros(service));
            let waited = now - came;
            assert!(task < 200 || told.abs_diff(waited) * 5 <= waited, "told {told}, waited {waited}: {slots} slots");
        }
    }
}
