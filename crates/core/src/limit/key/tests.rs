use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::limit::nested::NestedPolicy;
use crate::limit::queue::{Order, Overflow};
use crate::limit::rate::{At, Rule, Shape};
use crate::limit::{Block, LimiterOptions};
use crate::retry::Random;
use crate::testing::Host;
use crate::{Admission, Command, Handle, KeyId, LimiterId, Span};

const ONE: LimiterOptions = LimiterOptions::slots(1);
const MANY: LimiterOptions = LimiterOptions::slots(u32::MAX);

fn of(key: KeyId) -> Admission {
    Admission { key: Some(key), ..Admission::PLAIN }
}

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

/// A task of each key, in this order.
fn submit(host: &mut Host, keys: &[KeyId]) -> Vec<Handle> {
    keys.iter().map(|&key| host.submit_with(of(key))).collect()
}

fn per_key(host: &mut Host, concurrency: u32, max_queue: u32) {
    host.command(Command::SetPerKey { limiter: 0, concurrency, max_queue });
}

fn rate_per_key(host: &mut Host, limit: u64, interval: Span) {
    let rule = Rule { resource: 0, limit, interval, shape: Shape::Burst, at: At::Start };
    host.command(Command::SetPerKeyRate { limiter: 0, nth: 0, rule: Some(rule) });
}

fn hold(host: &mut Host, key: Option<KeyId>, span: Span) {
    host.command(Command::HoldKey { limiter: 0, key, span });
}

/// Starts and ends one task after the other until there is none left: the starts.
fn one_by_one(host: &mut Host) -> Vec<String> {
    let mut starts = Vec::new();
    loop {
        host.drain();
        let told = host.told();
        let started: Vec<String> = told.into_iter().filter(|told| told.starts_with("start")).collect();
        let [start] = &started[..] else {
            assert!(started.is_empty(), "one at a time");
            return starts;
        };
        let number = start.strip_prefix("start ").and_then(|bits| bits.parse().ok()).expect("a number");
        starts.push(format!("{number}"));
        host.fulfil(Handle::from_bits(number));
    }
}

#[test]
fn keys_take_turns_and_each_keeps_its_order() {
    let mut host = Host::with(&ONE);
    submit(&mut host, &[0, 0, 0, 0, 1, 2, 1]);
    host.submit();
    assert_eq!(one_by_one(&mut host), ["0", "1", "4", "5", "7", "2", "6", "3"]);
    assert_eq!((host.engine.tasks(), host.engine.keys_kept()), (0, 1), "only the place of tasks without a key");
}

#[test]
fn the_first_key_parts_those_who_are_there_from_it() {
    let mut host = Host::with(&ONE);
    for _ in 0..4 {
        host.submit();
    }
    submit(&mut host, &[0, 0]);
    assert_eq!(one_by_one(&mut host), ["0", "1", "4", "2", "5", "3"]);
}

#[test]
fn a_weight_is_a_share() {
    let mut host = Host::with(&ONE);
    for (key, weight) in [(0, 3), (1, 0)] {
        host.engine.handle(Command::SetKey { limiter: 0, key: Some(key), weight });
    }
    submit(&mut host, &[0, 0, 0, 0, 0, 0, 1, 1, 1]);
    // The first one has its slot before anybody else is there: that is nobody's turn.
    assert_eq!(one_by_one(&mut host), ["0", "1", "2", "3", "6", "4", "5", "7", "8"]);
}

#[test]
fn what_keys_that_wait_were_served_differs_by_a_round_whoever_comes_and_goes() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut host = Host::with(&ONE);
        let weights: [u32; 5] = core::array::from_fn(|_| u32::try_from(random.up_to(8)).unwrap() + 1);
        let mut owners: Vec<KeyId> = Vec::new();
        for (key, weight) in (0..).zip(weights) {
            host.engine.handle(Command::SetKey { limiter: 0, key: Some(key), weight });
            let tasks = submit(&mut host, &vec![key; weight as usize * 12]);
            owners.extend(tasks.iter().map(|_| key));
        }
        let mut served = [0_u32; 5];
        for step in 0..150 {
            host.drain();
            let told = host.told();
            let started = told.iter().find_map(|told| told.strip_prefix("start ")).expect("one at a time");
            let task: u32 = started.parse().expect("a number");
            let owner = owners[task as usize];
            host.engine.handle(Command::Complete { task: Handle::from_bits(task), fulfilled: true });
            if owner == 5 {
                continue;
            }
            served[owner as usize] += 1;
            // Others, of a key of their own, come and go.
            if step % 7 == 0 {
                submit(&mut host, &[5]);
                owners.push(5);
            }
            if served.iter().zip(weights).any(|(&served, weight)| served >= 12 * weight) {
                break;
            }
            for (&one, weight) in served.iter().zip(weights) {
                for (&other, of_other) in served.iter().zip(weights) {
                    let ahead = (one * of_other).saturating_sub(other * weight);
                    assert!(ahead <= 2 * weight * of_other, "seed {seed}, step {step}: {served:?} by {weights:?}");
                }
            }
        }
    }
}

#[test]
fn what_tasks_weigh_is_what_their_key_takes() {
    let mut host = Host::with(&LimiterOptions::slots(3));
    for _ in 0..3 {
        host.submit_with(Admission { weight: 3, ..of(0) });
    }
    let light = submit(&mut host, &[1, 1, 1, 1]);
    for heavy in [0, 1] {
        host.drain();
        assert_eq!(host.told(), [format!("start {heavy}")]);
        host.fulfil(Handle::from_bits(heavy));
    }
    host.drain();
    assert_eq!(host.told(), ["start 3", "start 4", "start 5"], "as much as the heavy one");
    for light in light.into_iter().take(3) {
        host.fulfil(light);
    }
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
}

#[test]
fn within_a_key_the_order_of_the_limiter_holds() {
    let mut host = Host::with(&LimiterOptions { order: Order::Lifo, ..ONE });
    submit(&mut host, &[0, 0, 0, 1, 1]);
    assert_eq!(one_by_one(&mut host), ["0", "2", "4", "1", "3"]);
    let mut host = Host::with(&LimiterOptions { order: Order::Priority, ..ONE });
    for (key, priority) in [(0, 0), (0, 1), (0, 5), (1, -9), (1, 9)] {
        host.submit_with(Admission { priority, ..of(key) });
    }
    assert_eq!(one_by_one(&mut host), ["0", "2", "4", "1", "3"]);
    host.submit_with(of(0));
    let [late, early] = [host.submit_with(of(0)), host.submit_with(of(0))];
    host.command(Command::Reprioritize { task: early, priority: 1 });
    assert_eq!(one_by_one(&mut host), ["5", "7", "6"], "{late:?} is less urgent");
}

#[test]
fn lighter_ones_of_the_key_may_pass() {
    let mut host = Host::with(&LimiterOptions { bypass: 1, ..LimiterOptions::slots(3) });
    host.submit_with(Admission { weight: 2, ..of(0) });
    host.submit_with(Admission { weight: 2, ..of(0) });
    submit(&mut host, &[0, 0]);
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 2"], "one, and no more");
}

#[test]
fn a_key_has_no_more_slots_than_it_may_and_the_others_go_on() {
    let mut host = Host::with(&LimiterOptions::slots(3));
    per_key(&mut host, 1, u32::MAX);
    let tasks = submit(&mut host, &[0, 0, 1, 0, 1]);
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 2"]);
    assert_eq!(host.engine.blocked_by(tasks[1]), Some((0, Block::Key)));
    assert!(host.try_acquire().0, "there is a slot for those without a key");
    assert!(!host.try_acquire().0);
    host.fulfil(tasks[0]);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    host.submit_with(Admission { weight: 2, ..of(2) });
    assert_eq!(host.told(), ["reject 7 TooHeavy", "at rest 2"]);
    per_key(&mut host, u32::MAX, u32::MAX);
    host.fulfil(tasks[1]);
    host.drain();
    assert_eq!((host.told(), host.stand()), (vec!["start 3".into()], (3, 1)));
    host.command(Command::SetPerKey { limiter: 0, concurrency: 0, max_queue: 1 });
    assert_eq!(host.told(), ["fault ZeroConcurrency 0"]);
}

#[test]
fn a_key_has_no_more_places_than_it_may() {
    for (overflow, rejected) in [(Overflow::Reject, 4), (Overflow::DropOldest, 1), (Overflow::DropNewest, 2)] {
        let mut host = Host::with(&LimiterOptions { overflow, ..ONE });
        per_key(&mut host, u32::MAX, 2);
        submit(&mut host, &[0, 0, 0, 1, 0]);
        host.drain();
        assert_eq!(host.told(), [format!("reject {rejected} QueueFull"), "start 0".into()], "{overflow:?}");
    }
}

#[test]
fn who_floods_a_full_queue_pushes_out_its_own() {
    for (overflow, order, rejected) in [
        (Overflow::Reject, Order::Fifo, [5, 6]),
        // The second time two of each wait.
        (Overflow::DropOldest, Order::Fifo, [2, 1]),
        (Overflow::DropNewest, Order::Fifo, [4, 5]),
        (Overflow::DropLowest, Order::Fifo, [5, 6]),
        (Overflow::DropLowest, Order::Priority, [4, 5]),
    ] {
        let mut host = Host::with(&LimiterOptions { overflow, order, max_queue: 4, ..ONE });
        submit(&mut host, &[0, 1, 0, 0, 0, 1, 2]);
        host.drain();
        let told: Vec<String> = host.told().into_iter().filter(|told| told.starts_with("reject")).collect();
        assert_eq!(told, rejected.map(|task| format!("reject {task} QueueFull")), "{overflow:?}");
    }
}

#[test]
fn a_key_may_have_rates_of_its_own() {
    let mut host = Host::with(&MANY);
    rate_per_key(&mut host, 2, ms(100));
    let tasks = submit(&mut host, &[0, 0, 0, 1]);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 0".into(), "start 1".into(), "start 3".into()], Some(100)));
    assert_eq!(host.engine.blocked_by(tasks[2]), Some((0, Block::Key)));
    for task in [0, 1, 3] {
        host.fulfil(Handle::from_bits(task));
    }
    assert_eq!(host.told(), [""; 0], "what they took is remembered");
    assert!(host.engine.holds() && host.engine.is_timed());
    host.pass(100);
    host.drain();
    assert_eq!(host.told(), ["at rest 1", "start 2"]);
    host.command(Command::SettleCost { task: tasks[2], resource: 0, actual: 0 });
    host.fulfil(tasks[2]);
    assert_eq!((host.told(), host.due()), (vec!["at rest 0".into()], None), "nothing is left of it");
    host.command(Command::SetPerKeyRate { limiter: 0, nth: 0, rule: None });
    assert!(!host.engine.is_timed());
}

#[test]
fn nobody_stays_alive_to_forget_a_key() {
    let mut host = Host::with(&MANY);
    rate_per_key(&mut host, 1, ms(100));
    let tasks = submit(&mut host, &[0]);
    host.drain();
    host.fulfil(tasks[0]);
    assert_eq!((host.due(), host.engine.holds()), (Some(100), false));
    host.command(Command::Free { limiter: 0 });
    assert_eq!((host.told(), host.due()), (vec!["start 0".into(), "freed 0".into()], None));
    assert_eq!((host.engine.keys_kept(), host.engine.is_timed()), (0, false));
}

#[test]
fn a_new_rate_knows_of_those_who_run() {
    let mut host = Host::with(&MANY);
    let tasks = submit(&mut host, &[0, 1]);
    host.drain();
    let rule = Rule { resource: 0, limit: 1, interval: ms(10), shape: Shape::Burst, at: At::End };
    host.command(Command::SetPerKeyRate { limiter: 0, nth: 0, rule: Some(rule) });
    submit(&mut host, &[0, 2]);
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1", "start 3"]);
    host.fulfil(tasks[0]);
    assert_eq!(host.due(), Some(10));
    host.command(Command::SetPerKeyRate { limiter: 0, nth: 8, rule: Some(rule) });
    assert_eq!(host.told(), ["fault BadRate 0"]);
}

#[test]
fn a_key_that_is_held_back_waits_for_the_longest_of_its_holds() {
    let mut host = Host::with(&MANY);
    let tasks = submit(&mut host, &[0, 1]);
    hold(&mut host, Some(0), ms(50));
    hold(&mut host, Some(0), ms(20));
    assert_eq!((host.engine.ready(), host.due()), (1, Some(50)), "it was not called yet, and waits again");
    assert_eq!(host.engine.blocked_by(tasks[0]), Some((0, Block::Key)));
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    host.pass(49);
    assert_eq!(host.engine.ready(), 0);
    host.pass(1);
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
    hold(&mut host, Some(0), Span::NEVER);
    let third = submit(&mut host, &[0]);
    assert_eq!((host.engine.ready(), host.due()), (0, None));
    hold(&mut host, Some(0), Span::ZERO);
    assert_eq!(host.engine.ready(), 1);
    hold(&mut host, None, ms(5));
    assert!(!host.try_acquire().0);
    host.cancel(third[0]);
    host.pass(5);
    assert!(host.try_acquire().0);
}

#[test]
fn a_hold_of_a_key_without_tasks_is_kept_until_it_is_over() {
    let mut host = Host::with(&MANY);
    hold(&mut host, Some(0), ms(50));
    assert_eq!((host.told(), host.due(), host.engine.holds()), (vec![], Some(50), false));
    submit(&mut host, &[0]);
    assert_eq!((host.engine.ready(), host.engine.holds()), (0, true));
    host.cancel(Handle::from_bits(0));
    host.pass(50);
    assert_eq!(host.told(), ["reject 0 Cancelled", "at rest 0"]);
}

#[test]
fn whoever_does_not_stay_leaves_no_key() {
    let mut host = Host::with(&LimiterOptions { max_queue: 0, ..ONE });
    submit(&mut host, &[0, 1]);
    assert_eq!(host.told(), ["reject 1 QueueFull", "at rest 1"]);
    host.close(Span::NEVER);
    submit(&mut host, &[1]);
    assert_eq!(host.told(), ["reject 3 Closed", "at rest 1"]);
    let mut host = Host::with(&LimiterOptions { nested: NestedPolicy::Inherit, ..ONE });
    let [parent] = host.run();
    host.submit_with(Admission { parent: Some(parent), ..of(0) });
    host.drain();
    assert_eq!(host.told(), ["start 0", "at rest 0", "start 1"]);
}

#[test]
fn a_number_is_used_again_and_one_that_leaves_a_gap_is_a_fault() {
    let mut host = Host::with(&ONE);
    submit(&mut host, &[1]);
    assert_eq!(host.told(), ["fault UnknownKey 1"]);
    let tasks = submit(&mut host, &[0, 1, 3, 1, 2]);
    assert_eq!(host.told(), ["fault UnknownKey 3"]);
    host.cancel(tasks[4]);
    assert_eq!(host.told(), ["reject 5 Cancelled", "at rest 2"]);
    submit(&mut host, &[2]);
    hold(&mut host, Some(9), ms(1));
    host.command(Command::SetKey { limiter: 0, key: Some(u32::MAX), weight: 1 });
    host.command(Command::SetKey { limiter: 7, key: Some(0), weight: 1 });
    assert_eq!(host.told(), ["fault UnknownKey 9", "fault UnknownKey 4294967295", "fault UnknownLimiter 7"]);
    assert_eq!(one_by_one(&mut host), ["1", "2", "6", "4"]);
}

#[test]
fn a_clear_and_a_timeout_reach_all_keys() {
    let mut host = Host::with(&LimiterOptions { queue_timeout: ms(10), ..ONE });
    submit(&mut host, &[0, 1, 2]);
    host.drain();
    host.pass(10);
    assert_eq!(host.told(), ["start 0", "reject 1 QueueTimeout", "reject 2 QueueTimeout", "at rest 1", "at rest 2"]);
    submit(&mut host, &[2, 1, 0]);
    host.submit();
    host.clear();
    let rejected = [4, 3, 5, 6].map(|task| format!("reject {task} Cleared"));
    let mut told = host.told();
    told.sort();
    let mut wanted = [&rejected[..], &["at rest 1".into(), "at rest 2".into()]].concat();
    wanted.sort();
    assert_eq!(told, wanted);
    assert_eq!(host.counts().cleared, 4);
}

#[test]
fn a_pause_puts_everybody_back_into_the_queue_of_its_key() {
    let mut host = Host::with(&LimiterOptions::slots(2));
    submit(&mut host, &[0, 1, 0, 1]);
    host.pause();
    assert_eq!(host.stand(), (0, 4));
    host.resume();
    host.resize(1);
    assert_eq!(host.engine.ready(), 2);
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1"]);
}

#[test]
fn a_limiter_of_keys_goes_under_another_one() {
    let mut host = Host::with(&LimiterOptions::slots(1));
    let child: LimiterId = host.open(&MANY);
    for key in [0, 0, 1, 1] {
        host.submit_to(child, of(key));
    }
    host.command(Command::Move { limiter: child, parent: Some(0) });
    assert_eq!(one_by_one(&mut host), ["0", "2", "1", "3"]);
}

#[test]
fn those_who_wait_for_their_own_key_are_warned_of() {
    let mut host = Host::with(&LimiterOptions::slots(2));
    per_key(&mut host, 1, u32::MAX);
    let parents = submit(&mut host, &[0, 1]);
    host.drain();
    for (&parent, key) in parents.iter().zip(0..) {
        host.submit_with(Admission { parent: Some(parent), ..of(key) });
    }
    assert_eq!(host.told(), ["start 0", "start 1", "stuck 0"]);
}
