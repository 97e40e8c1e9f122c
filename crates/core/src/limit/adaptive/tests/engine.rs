//! Adaptive limits through the engine.

use alloc::vec::Vec;

use crate::limit::LimiterOptions;
use crate::limit::adaptive::{AdaptiveOptions, Algorithm};
use crate::limit::nested::NestedPolicy;
use crate::limit::queue::Order;
use crate::testing::{Host, child_of, runs};
use crate::{Admission, Command, DeadlineReason, Handle, Health, LimiterId, Span};

const AIMD: AdaptiveOptions = AdaptiveOptions { min: 1, max: 100, initial: 10, algorithm: Algorithm::Aimd };

fn set(host: &mut Host, limiter: LimiterId, options: AdaptiveOptions) {
    host.command(Command::SetAdaptive { limiter, options: Some(options) });
}

fn adaptive(options: AdaptiveOptions) -> Host {
    let mut host = Host::with(&LimiterOptions::slots(1));
    set(&mut host, 0, options);
    host
}

fn limit(host: &mut Host) -> u32 {
    host.engine.stats(0).expect("limiter 0").concurrency
}

/// So many rounds in which as many calls as there are slots run for so long, with a probe in time every twenty.
fn serve(host: &mut Host, limiter: LimiterId, rounds: u32, millis: u32, health: Health) {
    for _ in 0..rounds {
        let tasks: Vec<Handle> = (0..host.engine.stats(limiter).expect("a limiter").concurrency)
            .map(|_| host.submit_to(limiter, Admission::PLAIN))
            .collect();
        host.drain();
        for _ in 0..millis {
            host.pass(1);
        }
        for task in tasks {
            host.command(Command::CompleteAs { task, fulfilled: true, health });
        }
        host.drain();
    }
}

#[test]
fn the_limit_follows_and_is_told() {
    let mut host = adaptive(AIMD);
    assert_eq!(host.told(), ["limit 0 10"]);
    serve(&mut host, 0, 20, 5, Health::Good);
    let told: Vec<_> = host.told().into_iter().filter(|effect| effect.starts_with("limit")).collect();
    let grown = limit(&mut host);
    assert!(told.len() > 2 && told.first().is_some_and(|first| first == "limit 0 11"), "{told:?}");
    assert_eq!(grown as usize, 10 + told.len(), "one more each time");
    serve(&mut host, 0, 20, 5, Health::Bad);
    assert!(limit(&mut host) < grown);
    let least = limit(&mut host);
    serve(&mut host, 0, 20, 5, Health::Neutral);
    assert_eq!(limit(&mut host), least);
}

#[test]
fn more_slots_go_to_those_who_wait_in_the_step_that_makes_them() {
    let mut host = adaptive(AdaptiveOptions { initial: 2, ..AIMD });
    let mut tasks: Vec<Handle> = host.run::<200>().into_iter().rev().collect();
    for _ in 0..100 {
        host.pass(1);
        for _ in 0..2 {
            let task = tasks.pop().expect("there are enough");
            host.fulfil(task);
            host.drain();
        }
        let (active, _) = host.stand();
        assert_eq!(active, limit(&mut host).min(u32::try_from(tasks.len()).unwrap_or_default()));
    }
    assert!(limit(&mut host) > 2);
}

#[test]
fn a_run_timeout_is_a_failure_and_a_cancelled_call_says_nothing() {
    for (cancelled, falls) in [(false, true), (true, false)] {
        let mut host = adaptive(AIMD);
        for _ in 0..20 {
            let tasks: Vec<Handle> = (0..limit(&mut host)).map(|_| host.submit_with(runs(5))).collect();
            host.drain();
            host.pass(4);
            for &task in tasks.iter().filter(|_| cancelled) {
                host.cancel(task);
            }
            host.pass(1);
            for task in tasks {
                host.fulfil(task);
            }
        }
        assert_eq!(limit(&mut host) < 10, falls, "{}", limit(&mut host));
    }
}

#[test]
fn a_limit_above_learns_from_all_below_it_and_one_of_its_own_too() {
    let mut host = adaptive(AIMD);
    let child = host.open(&LimiterOptions { parent: Some(0), ..LimiterOptions::slots(1) });
    set(&mut host, child, AdaptiveOptions { max: 12, ..AIMD });
    serve(&mut host, child, 30, 5, Health::Good);
    let above = limit(&mut host);
    assert!(above > 10 && host.engine.stats(child).is_some_and(|told| told.concurrency == 12), "{above}");
}

#[test]
fn who_sets_a_limit_ends_it() {
    let mut host = adaptive(AIMD);
    host.resize(7);
    serve(&mut host, 0, 30, 5, Health::Good);
    assert_eq!((limit(&mut host), host.engine.is_timed()), (7, false));
    set(&mut host, 0, AIMD);
    host.command(Command::SetAdaptive { limiter: 0, options: None });
    serve(&mut host, 0, 30, 5, Health::Good);
    assert_eq!(limit(&mut host), 10, "it stays where it is");
    host.command(Command::SetAdaptive { limiter: 3, options: None });
    assert!(host.told().contains(&"fault UnknownLimiter 3".into()));
}

#[test]
fn what_is_heavier_than_the_least_limit_has_no_place() {
    let mut host = adaptive(AdaptiveOptions { min: 3, ..AIMD });
    host.effects();
    for weight in [3, 4] {
        host.submit_with(Admission { weight, ..Admission::PLAIN });
    }
    assert_eq!(host.told(), ["reject 1 TooHeavy"]);
}

fn weighs(weight: u32) -> Admission {
    Admission { weight, ..Admission::PLAIN }
}

/// A limiter of three slots, all taken by the first of these; the others wait: heavy, light, heavy.
fn crowded(options: &LimiterOptions) -> (Host, Handle) {
    let mut host = Host::with(options);
    let busy = host.submit_with(weighs(3));
    host.drain();
    for weight in [3, 1, 2] {
        host.submit_with(weighs(weight));
    }
    host.effects();
    (host, busy)
}

#[test]
fn who_waits_and_has_no_place_any_more_is_rejected_and_nobody_behind_waits_for_ever() {
    let slots = LimiterOptions::slots(3);
    for options in [slots, LimiterOptions { order: Order::Lifo, ..slots }, LimiterOptions { bypass: 2, ..slots }] {
        let (mut host, busy) = crowded(&options);
        set(&mut host, 0, AdaptiveOptions { initial: 2, ..AIMD });
        assert_eq!(host.told(), ["limit 0 2", "reject 1 TooHeavy", "reject 3 TooHeavy"], "{options:?}");
        assert_eq!((host.stand(), host.counts().dropped), ((3, 1), 2));
        host.fulfil(busy);
        host.drain();
        assert_eq!(host.told(), ["start 2"]);
    }
    let (mut host, _) = crowded(&LimiterOptions { order: Order::Priority, ..slots });
    set(&mut host, 0, AdaptiveOptions { min: 2, ..AIMD });
    assert_eq!(host.told(), ["limit 0 10", "reject 1 TooHeavy"]);
    assert_eq!(host.stand(), (6, 0), "more slots go to the others in the same step");
}

#[test]
fn a_limit_above_that_becomes_adaptive_rejects_below_and_in_keys_too() {
    let (mut host, _) = crowded(&LimiterOptions::slots(3));
    let below = host.open(&LimiterOptions { parent: Some(0), ..LimiterOptions::slots(9) });
    for key in [0, 1] {
        let admission = Admission { key: Some(key), ..weighs(2) };
        host.command(Command::SetKey { limiter: below, key: Some(key), weight: 1 });
        host.submit_to(below, admission);
        host.submit_to(below, Admission { weight: 1, ..admission });
    }
    host.effects();
    set(&mut host, 0, AdaptiveOptions { initial: 3, ..AIMD });
    let rejected = [1, 3, 4, 6].map(|task| alloc::format!("reject {task} TooHeavy"));
    assert_eq!(host.told(), [&["limit 0 3".into()], &rejected[..]].concat());
    set(&mut host, 0, AdaptiveOptions { initial: 3, ..AIMD });
    assert_eq!(host.told(), ["limit 0 3"]);
}

#[test]
fn who_comes_below_an_adaptive_limit_has_to_fit_there() {
    let mut host = adaptive(AdaptiveOptions { min: 2, initial: 2, ..AIMD });
    let [from, waits] = [None, Some(1)].map(|parent| host.open(&LimiterOptions { parent, ..LimiterOptions::slots(3) }));
    let busy = host.submit_to(from, weighs(3));
    host.drain();
    for weight in [3, 2] {
        host.submit_to(waits, weighs(weight));
    }
    host.effects();
    host.command(Command::Move { limiter: from, parent: Some(0) });
    assert_eq!(host.told(), ["reject 1 TooHeavy"]);
    host.fulfil(busy);
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
}

#[test]
fn who_has_slots_runs_in_them_unless_they_are_taken_back() {
    let slots = LimiterOptions::slots(3);
    for (takes_back, told) in [
        (None, "start 0"),
        (Some(Command::Pause { limiter: 0, span: Span::NEVER }), "reject 0 TooHeavy"),
        (Some(Command::Move { limiter: 1, parent: None }), "start 0"),
        (Some(Command::Move { limiter: 1, parent: Some(2) }), "reject 0 TooHeavy"),
    ] {
        let mut host = Host::with(&slots);
        let child = host.open(&LimiterOptions { parent: Some(0), ..slots });
        let other = host.open(&slots);
        set(&mut host, other, AdaptiveOptions { initial: 3, ..AIMD });
        host.submit_to(child, weighs(3));
        set(&mut host, 0, AdaptiveOptions { initial: 3, ..AIMD });
        assert_eq!((host.stand(), host.engine.ready()), ((3, 0), 1));
        host.effects();
        if let Some(command) = takes_back {
            host.command(command);
        }
        host.drain();
        assert_eq!(host.told(), [told], "{takes_back:?}");
        host.resume();
        host.drain();
        assert_eq!(host.told(), [""; 0]);
    }
}

#[test]
fn while_calls_run_the_engine_looks_whether_the_host_is_in_time() {
    let mut host = adaptive(AIMD);
    assert_eq!(host.due(), None);
    let [first, second] = host.run();
    assert_eq!((host.due(), host.engine.holds()), (Some(20), false));
    assert_eq!(host.engine.deadline().map(|(_, why)| why), Some(DeadlineReason::Probe));
    host.pass(20);
    assert_eq!(host.due(), Some(40));
    host.pass(100);
    assert_eq!(host.due(), Some(140));
    host.fulfil(first);
    assert_eq!(host.due(), Some(140));
    host.cancel(second);
    assert_eq!(host.due(), None, "nobody waits for it any more");
    host.fulfil(second);
}

/// A service whose calls take 10 ms, and a host that is stalled in every third round: the limit grows as if it was not.
#[test]
fn a_stall_of_the_host_is_no_latency() {
    for stalls in [false, true] {
        let mut host = adaptive(AdaptiveOptions { algorithm: Algorithm::Gradient, ..AIMD });
        for round in 0..150 {
            let tasks: Vec<Handle> = (0..limit(&mut host)).map(|_| host.submit()).collect();
            host.drain();
            host.pass(10);
            if stalls && round % 3 == 0 {
                host.late(200, Command::Settle { limiter: 0 });
            }
            // What ended meanwhile is only heard of in turns after the one that came late.
            for task in tasks {
                host.fulfil(task);
            }
            host.drain();
        }
        assert!(limit(&mut host) > 40, "stalls: {stalls}, {}", limit(&mut host));
    }
}

#[test]
fn what_runs_in_the_slot_of_its_parent_is_no_sample() {
    let mut host = Host::with(&LimiterOptions { nested: NestedPolicy::Inherit, ..LimiterOptions::slots(1) });
    set(&mut host, 0, AIMD);
    let [parent] = host.run();
    for _ in 0..100 {
        let child = host.submit_with(child_of(parent));
        host.drain();
        host.pass(5);
        host.fulfil(child);
    }
    assert_eq!(limit(&mut host), 10);
    host.fulfil(parent);
    assert_eq!(host.due(), None);
}
