//! Rates through the engine.

use alloc::vec;
use alloc::vec::Vec;

use super::{at, burst, ms, smooth};
use crate::limit::rate::{At, Rule};
use crate::limit::{Block, LimiterOptions};
use crate::retry::{Failure, RetryOptions};
use crate::testing::Host;
use crate::{Admission, Command, Handle, Span};

const MANY: LimiterOptions = LimiterOptions::slots(u32::MAX);

fn rated(rule: Rule) -> Host {
    let mut host = Host::with(&MANY);
    set(&mut host, 0, 0, Some(rule));
    host
}

fn set(host: &mut Host, limiter: u32, nth: u32, rule: Option<Rule>) {
    host.command(Command::SetRate { limiter, nth, rule });
}

fn submit(host: &mut Host, count: usize) {
    for _ in 0..count {
        host.submit();
    }
    host.drain();
}

/// A task that costs so many units of resource 1, and a start.
fn costly(host: &mut Host, units: u64) -> Handle {
    let task = host.handle();
    host.engine.handle(Command::Cost { task, resource: 1, units });
    host.command(Command::Submit { limiter: 0, task, admission: Admission::PLAIN });
    host.drain();
    task
}

fn tokens(limit: u64, interval: Span) -> Rule {
    Rule { resource: 1, ..burst(limit, interval) }
}

#[test]
fn so_many_start_in_a_window_and_the_next_one_exactly_when_it_is_over() {
    let mut host = rated(burst(2, ms(100)));
    submit(&mut host, 5);
    assert_eq!((host.told(), host.due()), (vec!["start 0".into(), "start 1".into()], Some(100)));
    assert_eq!(host.engine.blocked_by(Handle::from_bits(2)), Some((0, Block::Rate)));
    host.pass(99);
    assert_eq!(host.engine.ready(), 0);
    host.pass(1);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 2".into(), "start 3".into()], Some(200)));
    host.pass(100);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 4".into()], None));
}

#[test]
fn what_counts_is_when_the_function_is_called() {
    let mut host = rated(burst(1, ms(100)));
    host.submit();
    host.submit();
    host.pass(70);
    assert_eq!((host.engine.ready(), host.due()), (1, None), "nobody knows yet when it will be called");
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], Some(170)));
    host.pass(99);
    assert_eq!(host.engine.ready(), 0);
    host.pass(1);
    assert_eq!(host.engine.ready(), 1);
}

#[test]
fn who_is_cancelled_or_pushed_back_before_the_call_costs_nothing() {
    let mut host = rated(burst(1, ms(100)));
    let first = host.submit();
    host.submit();
    host.cancel(first);
    assert_eq!((host.told(), host.engine.ready()), (vec!["reject 0 Cancelled".into()], 1));
    host.pause();
    host.pass(5_000);
    host.resume();
    host.drain();
    assert_eq!((host.told(), host.engine.ready()), (vec!["start 1".into()], 0));
}

#[test]
fn even_spacing_waits_for_the_call_too() {
    let mut host = rated(smooth(10, ms(1_000)));
    submit(&mut host, 3);
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], Some(100)));
    host.pass(130);
    assert_eq!((host.engine.ready(), host.due()), (1, None));
    host.pass(20);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 1".into()], Some(250)));
}

#[test]
fn several_rules_are_taken_together_or_not_at_all() {
    let mut host = rated(burst(2, ms(10)));
    set(&mut host, 0, 1, Some(burst(3, ms(100))));
    submit(&mut host, 6);
    host.pass(10);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 0".into(), "start 1".into(), "start 2".into()], Some(100)));
    set(&mut host, 0, 1, None);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 3".into()], Some(20)));
}

#[test]
fn resources_have_costs_of_their_own() {
    let mut host = rated(tokens(100, ms(100)));
    costly(&mut host, 60);
    let second = costly(&mut host, 60);
    submit(&mut host, 1);
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], Some(100)), "strict order");
    host.cancel(second);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["reject 1 Cancelled".into(), "start 2".into()], None));
    costly(&mut host, 101);
    assert_eq!(host.told(), ["reject 3 TooHeavy"]);
}

#[test]
fn a_refund_starts_the_next_one_and_a_debt_keeps_it_waiting() {
    let mut host = rated(tokens(100, ms(100)));
    let first = costly(&mut host, 80);
    costly(&mut host, 50);
    host.pass(10);
    host.command(Command::SettleCost { task: first, resource: 1, actual: 30 });
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1"]);
    let third = costly(&mut host, 20);
    host.command(Command::SettleCost { task: third, resource: 1, actual: 150 });
    assert_eq!(host.told(), ["start 2"]);
    costly(&mut host, 10);
    host.pass(99);
    host.drain();
    assert_eq!(host.told().len(), 0);
    host.command(Command::SettleCost { task: Handle::from_bits(9), resource: 1, actual: 1 });
    assert_eq!(host.told(), ["fault UnknownTask 9"]);
}

#[test]
fn a_refund_needs_no_bill_and_goes_to_the_rules_that_were_there() {
    let mut host = rated(burst(1, ms(100)));
    submit(&mut host, 2);
    let settle = |host: &mut Host, task: u32, actual| {
        host.command(Command::SettleCost { task: Handle::from_bits(task), resource: 0, actual });
        host.drain();
    };
    set(&mut host, 0, 1, Some(tokens(5, ms(100))));
    settle(&mut host, 0, 0);
    assert_eq!(host.told(), ["start 0", "start 1"]);
    set(&mut host, 0, 0, None);
    set(&mut host, 0, 0, Some(burst(1, ms(100))));
    submit(&mut host, 2);
    settle(&mut host, 1, 0);
    assert_eq!((host.told(), host.due()), (vec!["start 2".into()], Some(100)), "1 was not counted by this rule");
}

#[test]
fn every_attempt_of_a_call_pays() {
    let mut host = rated(burst(2, ms(100)));
    let call = host.handle();
    host.command(Command::Hold { limiter: 0, call });
    let failure = Failure { attempt: 1, after: Some(ms(10)), ..Failure::default() };
    for _ in 0..3 {
        let attempt = host.submit();
        host.drain();
        host.fail(attempt);
        host.command(Command::Retry {
            sleeper: call,
            options: RetryOptions::default(),
            failure,
            budget: None,
            holds: true,
        });
        host.pass(10);
    }
    let told: Vec<_> = host.told().into_iter().filter(|told| told.starts_with("start")).collect();
    assert_eq!(told, ["start 1", "start 2"], "the third waits");
}

#[test]
fn counted_at_another_moment_from_now_on_nothing_is_forgotten() {
    let end = |rule: Rule| Rule { at: At::End, ..rule };
    let mut host = rated(burst(2, ms(100)));
    submit(&mut host, 3);
    set(&mut host, 0, 0, Some(end(burst(2, ms(100)))));
    host.pass(200);
    assert_eq!((host.told(), host.engine.ready()), (vec!["start 0".into(), "start 1".into()], 0), "both may end now");
    host.fulfil(Handle::from_bits(0));
    assert_eq!(host.due(), Some(300));
    set(&mut host, 0, 0, Some(burst(2, ms(100))));
    host.command(Command::SettleCost { task: Handle::from_bits(1), resource: 0, actual: 0 });
    assert_eq!((host.engine.ready(), host.due()), (0, Some(300)), "nothing of what others took is given back");
    host.pass(100);
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
}

#[test]
fn every_level_of_a_tree_has_its_own() {
    let mut host = rated(burst(3, ms(100)));
    for _ in 0..2 {
        let id = host.open(&LimiterOptions { parent: Some(0), ..MANY });
        set(&mut host, id, 0, Some(burst(2, ms(10))));
    }
    let tasks: [Handle; 6] = core::array::from_fn(|n| host.submit_to(1 + u32::from(n % 2 == 1), Admission::PLAIN));
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1", "start 2"]);
    assert_eq!(host.engine.blocked_by(tasks[3]), Some((0, Block::Rate)));
    assert_eq!(host.engine.blocked_by(tasks[4]), Some((1, Block::Rate)));
    host.pass(100);
    host.drain();
    assert_eq!(host.told().len(), 3);
}

#[test]
fn counted_at_the_end_nobody_starts_while_the_limit_runs() {
    let mut host = rated(Rule { at: At::End, ..burst(1, ms(100)) });
    submit(&mut host, 2);
    host.pass(500);
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], None));
    host.fulfil(Handle::from_bits(0));
    assert_eq!(host.due(), Some(600));
}

#[test]
fn a_new_rule_knows_of_those_who_run() {
    let mut host = Host::with(&MANY);
    submit(&mut host, 1);
    set(&mut host, 0, 0, Some(Rule { at: At::End, ..burst(2, ms(100)) }));
    submit(&mut host, 2);
    assert_eq!(host.told(), ["start 0", "start 1"]);
    host.fulfil(Handle::from_bits(0));
    assert_eq!((host.due(), host.engine.ready()), (Some(100), 0), "the one that runs is still to be counted");
}

#[test]
fn a_permit_is_a_start() {
    let mut host = rated(burst(1, ms(100)));
    assert!(host.try_acquire().0);
    assert!(!host.try_acquire().0);
    host.pass(100);
    assert!(host.try_acquire().0);
}

#[test]
fn a_limiter_with_a_rate_wants_to_know_the_time_and_leaves_nothing() {
    let mut host = rated(burst(1, ms(100)));
    assert!(host.engine.is_timed());
    submit(&mut host, 1);
    let waiting = host.submit();
    assert_eq!(host.due(), Some(100));
    host.cancel(waiting);
    assert_eq!(host.due(), None, "nobody waits");
    set(&mut host, 0, 0, None);
    assert!(!host.engine.is_timed());
    set(&mut host, 0, 0, Some(burst(1, ms(100))));
    host.fulfil(Handle::from_bits(0));
    host.command(Command::Free { limiter: 0 });
    assert!(!host.engine.is_timed() && host.engine.tasks() == 0);
}

#[test]
fn what_makes_no_sense_is_a_fault() {
    let mut host = Host::with(&MANY);
    for (nth, resource, limit) in [(8, 0, 1), (0, 8, 1), (0, 0, 0)] {
        set(&mut host, 0, nth, Some(Rule { resource, limit, ..burst(1, ms(1)) }));
        assert_eq!(host.told(), ["fault BadRate 0"]);
    }
    host.command(Command::Cost { task: Handle::from_bits(0), resource: 9, units: 1 });
    set(&mut host, 7, 0, None);
    assert_eq!(host.told(), ["fault BadRate 9", "fault UnknownLimiter 7"]);
    assert_eq!(at(1), crate::Time::from_micros(1_000));
}
