use alloc::vec;
use alloc::vec::Vec;

use super::Scope;
use crate::limit::nested::NestedPolicy;
use crate::limit::queue::Order;
use crate::limit::rate::{At, Rule, Shape};
use crate::limit::{Block, LimiterOptions};
use crate::retry::{Failure, RetryOptions};
use crate::testing::{Host, child_of, waits};
use crate::{Admission, Command, DeadlineReason, LimiterId, Span};

const MANY: LimiterOptions = LimiterOptions::slots(100);

fn below(parent: LimiterId) -> LimiterOptions {
    LimiterOptions { parent: Some(parent), ..MANY }
}

fn hold(host: &mut Host, limiter: LimiterId, scope: Scope, span: u32, spread: u32) {
    let (span, spread) = (Span::from_millis(span), Span::from_millis(spread));
    host.command(Command::HoldBack { limiter, scope, span, spread });
}

/// Lets so many milliseconds pass, one after the other: what starts in each of them.
fn watch(host: &mut Host, millis: u32) -> Vec<(u32, usize)> {
    host.effects();
    let mut seen = Vec::new();
    for at in 1..=millis {
        host.pass(1);
        host.drain();
        let starts = host.told().iter().filter(|effect| effect.starts_with("start")).count();
        if starts > 0 {
            seen.push((at, starts));
        }
    }
    seen
}

#[test]
fn nothing_starts_for_exactly_that_long() {
    let mut host = Host::with(&MANY);
    let [running] = host.run();
    host.submit();
    hold(&mut host, 0, Scope::Own, 50, 0);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 1), 0), "what was not called yet has gone back");
    host.submit();
    host.fulfil(running);
    assert_eq!((host.stand(), host.due()), ((0, 2), Some(50)));
    assert_eq!(host.engine.deadline().map(|(_, why)| why), Some(DeadlineReason::HoldBackEnd(0)));
    assert!(!host.try_acquire().0 && !host.snapshot().paused);
    assert_eq!(watch(&mut host, 100), [(50, 2)]);
    assert_eq!(host.due(), None);
}

#[test]
fn of_two_holds_the_one_that_ends_later_counts() {
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Own, 50, 0);
    hold(&mut host, 0, Scope::Own, 20, 30);
    host.submit();
    assert_eq!(host.due(), Some(50));
    host.pass(10);
    hold(&mut host, 0, Scope::Own, 60, 0);
    assert_eq!(host.due(), Some(70));
    assert_eq!(watch(&mut host, 100), [(60, 1)]);
}

#[test]
fn the_restart_is_spread_over_those_who_waited() {
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Own, 10, 100);
    for _ in 0..5 {
        host.submit();
    }
    assert_eq!(watch(&mut host, 35), [(10, 1), (30, 1)]);
    assert_eq!(host.due(), Some(50));
    // Who comes late is the last.
    host.submit();
    assert_eq!(watch(&mut host, 100), [(15, 1), (35, 1), (55, 1), (75, 1)]);
    assert_eq!((host.stand(), host.due()), ((6, 0), None));
    host.submit();
    host.drain();
    assert_eq!(host.told(), ["start 6"], "it is over");
}

#[test]
fn it_is_over_as_soon_as_nobody_waits() {
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Own, 10, 1_000);
    let tasks: Vec<_> = (0..3).map(|_| host.submit()).collect();
    host.pass(10);
    host.drain();
    host.cancel(tasks[1]);
    assert_eq!(host.due(), Some(343));
    host.cancel(tasks[2]);
    assert_eq!(host.due(), None);
    host.run::<2>();
    assert_eq!(host.told(), ["start 0", "reject 1 Cancelled", "reject 2 Cancelled", "start 3", "start 4"]);
}

#[test]
fn places_are_not_lost_while_all_slots_are_taken() {
    let mut host = Host::with(&LimiterOptions::slots(1));
    hold(&mut host, 0, Scope::Own, 10, 80);
    let tasks: Vec<_> = (0..4).map(|_| host.submit()).collect();
    assert_eq!(watch(&mut host, 70), [(10, 1)]);
    assert_eq!((host.due(), host.engine.blocked_by(tasks[1])), (None, Some((0, Block::Concurrency))));
    host.fulfil(tasks[0]);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 1".into()], None), "forty are long past, not fifty and sixty");
    host.fulfil(tasks[1]);
    host.drain();
    host.fulfil(tasks[2]);
    assert_eq!((host.told(), host.due(), host.engine.ready()), (vec!["start 2".into()], None, 1), "seventy as well");
}

#[test]
fn a_turn_that_comes_late_begins_the_restart_late() {
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Own, 10, 20);
    for _ in 0..2 {
        host.submit();
    }
    host.pass(60);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], Some(70)));
    host.pass(100);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 1".into()], None));
}

#[test]
fn resuming_does_not_lift_it_and_its_end_does_not_resume() {
    let mut host = Host::with(&MANY);
    host.submit();
    hold(&mut host, 0, Scope::Own, 50, 0);
    host.pause();
    host.resume();
    assert_eq!(host.engine.ready(), 0);
    host.pause();
    host.pass(50);
    assert_eq!((host.engine.ready(), host.due()), (0, None));
    host.resume();
    assert_eq!(host.engine.ready(), 1);
}

#[test]
fn it_can_be_lifted_and_so_can_a_restart() {
    let mut host = Host::with(&MANY);
    let lift = Command::LiftHold { limiter: 0 };
    host.command(Command::HoldBack { limiter: 0, scope: Scope::Own, span: Span::NEVER, spread: Span::NEVER });
    host.submit();
    assert_eq!((host.due(), host.engine.ready()), (None, 0));
    host.command(lift);
    assert_eq!((host.due(), host.engine.ready()), (None, 1));
    host.drain();
    hold(&mut host, 0, Scope::Own, 5, 100);
    host.submit();
    host.submit();
    host.pass(5);
    assert_eq!(host.engine.ready(), 1);
    host.command(lift);
    assert_eq!((host.due(), host.engine.ready()), (None, 2));
    host.command(Command::LiftHold { limiter: 7 });
    hold(&mut host, 9, Scope::Root, 5, 100);
    assert_eq!(host.told(), ["start 0", "fault UnknownLimiter 7", "fault UnknownLimiter 9"]);
}

#[test]
fn one_answer_holds_back_the_whole_tree() {
    for (scope, free) in [(Scope::Own, vec![0, 1, 3]), (Scope::Parent, vec![0]), (Scope::Root, vec![])] {
        let mut host = Host::with(&MANY);
        for parent in [0, 1, 1] {
            host.open(&below(parent));
        }
        hold(&mut host, 2, scope, 10, 0);
        let tasks = [0, 1, 2, 3].map(|limiter| host.submit_to(limiter, Admission::PLAIN));
        let blocked = tasks.map(|task| host.engine.blocked_by(task));
        let started = (0..4).filter(|&at| blocked[at].is_none()).collect::<Vec<_>>();
        assert_eq!(started, free, "{scope:?}");
        assert!(blocked.iter().flatten().all(|&(_, block)| block == Block::Paused));
        host.drain();
        host.pass(10);
        host.drain();
        assert_eq!(host.told().len(), 4);
    }
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Parent, 10, 0);
    host.submit();
    assert_eq!((host.engine.ready(), host.due()), (0, Some(10)), "nobody is above it");
}

#[test]
fn the_restart_of_a_tree_is_spread_over_all_of_it_in_turn() {
    let mut host = Host::with(&MANY);
    host.open(&below(0));
    host.open(&below(0));
    hold(&mut host, 1, Scope::Root, 10, 40);
    let tasks = [1, 1, 1, 2].map(|limiter| host.submit_to(limiter, Admission::PLAIN));
    host.pass(10);
    host.drain();
    assert_eq!((host.told(), host.due()), (vec!["start 0".into()], Some(20)));
    assert_eq!(host.engine.blocked_by(tasks[3]), Some((0, Block::Rate)));
    assert!(!host.engine.try_acquire(2, crate::Handle::from_bits(9)));
    host.pass(10);
    host.drain();
    assert_eq!(host.told(), ["start 3"]);
    assert_eq!(watch(&mut host, 40), [(10, 1), (20, 1)]);
}

#[test]
fn a_rate_and_a_restart_go_together() {
    let mut host = Host::with(&MANY);
    let interval = Span::from_millis(30);
    let rule = Rule { resource: 0, limit: 1, interval, shape: Shape::Burst, at: At::Start };
    host.command(Command::SetRate { limiter: 0, nth: 0, rule: Some(rule) });
    hold(&mut host, 0, Scope::Own, 10, 40);
    for _ in 0..4 {
        host.submit();
    }
    assert_eq!(watch(&mut host, 120), [(10, 1), (40, 1), (70, 1), (100, 1)]);
}

#[test]
fn limits_of_time_go_on_and_it_holds_the_host_only_for_somebody() {
    let mut host = Host::with(&MANY);
    hold(&mut host, 0, Scope::Own, 50, 0);
    assert!(!host.engine.holds());
    let task = host.submit_with(waits(20));
    assert!(host.engine.holds());
    host.pass(20);
    assert_eq!((host.told(), host.engine.holds()), (vec!["reject 0 QueueTimeout".into()], false));
    let task = [task, host.submit()][1];
    assert!(host.engine.holds());
    host.cancel(task);
    assert!(!host.engine.holds());
    host.clear();
    host.pass(30);
    assert_eq!(host.due(), None);
}

#[test]
fn attempts_are_held_back_and_who_rests_goes_on_resting() {
    let mut host = Host::with(&MANY);
    let call = host.handle();
    host.command(Command::Hold { limiter: 0, call });
    let [first] = host.run();
    host.fail(first);
    hold(&mut host, 0, Scope::Own, 50, 0);
    let failure = Failure { attempt: 1, after: Some(Span::from_millis(10)), ..Failure::default() };
    let options = RetryOptions::default();
    host.command(Command::Retry { sleeper: call, options, failure, budget: None, holds: true });
    host.effects();
    host.pass(10);
    assert_eq!(host.told(), ["wake 0"]);
    host.submit();
    assert_eq!(watch(&mut host, 50), [(40, 1)]);
}

#[test]
fn those_in_the_slot_of_their_parent_are_held_back_too() {
    let mut host = Host::with(&LimiterOptions { nested: NestedPolicy::Inherit, ..LimiterOptions::slots(1) });
    let [parent] = host.run();
    hold(&mut host, 0, Scope::Own, 10, 50);
    let child = host.submit_with(child_of(parent));
    assert_eq!(host.engine.blocked_by(child), Some((0, Block::Paused)));
    host.submit();
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
    host.pass(10);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    host.command(Command::LiftHold { limiter: 0 });
}

#[test]
fn who_goes_back_keeps_its_order() {
    for (order, first) in [(Order::Fifo, "start 0"), (Order::Lifo, "start 0"), (Order::Priority, "start 2")] {
        let mut host = Host::with(&LimiterOptions { order, ..LimiterOptions::slots(2) });
        let with = |priority| Admission { priority, ..Admission::PLAIN };
        for priority in [1, 1, 2] {
            host.submit_with(with(priority));
        }
        hold(&mut host, 0, Scope::Own, 10, 0);
        host.pass(10);
        host.drain();
        assert_eq!(host.told()[0], first, "{order:?}");
    }
}

#[test]
fn closing_waits_for_it_and_aborting_does_not() {
    let mut host = Host::with(&MANY);
    host.submit();
    hold(&mut host, 0, Scope::Own, 50, 10);
    host.close(Span::NEVER);
    assert_eq!(host.engine.ready(), 0);
    host.pass(50);
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
    let mut host = Host::with(&MANY);
    host.submit();
    hold(&mut host, 0, Scope::Own, 50, 10);
    host.command(Command::Abort { limiter: 0 });
    assert_eq!(host.told(), ["reject 0 LimiterAborted"]);
    host.command(Command::Free { limiter: 0 });
    assert_eq!((host.told(), host.due()), (vec!["freed 0".into()], None));
}

#[test]
fn who_moves_away_is_not_held_back_any_more() {
    let mut host = Host::with(&MANY);
    host.open(&below(0));
    hold(&mut host, 0, Scope::Own, 50, 10);
    host.submit_to(1, Admission::PLAIN);
    host.command(Command::Move { limiter: 1, parent: None });
    assert_eq!((host.engine.ready(), host.engine.holds()), (1, false));
    host.drain();
    host.command(Command::Move { limiter: 1, parent: Some(0) });
    assert!(host.engine.holds(), "what runs is called from below it again");
}

/// No more than one and a part have started after any time of a restart, for any numbers.
#[test]
fn no_restart_is_faster_than_it_may_be() {
    for (waiting, spread) in [(1, 7_u32), (3, 100), (7, 20), (40, 13), (100, 1), (10, 0)] {
        let mut host = Host::with(&LimiterOptions::slots(1_000));
        hold(&mut host, 0, Scope::Own, 5, spread);
        for _ in 0..waiting {
            host.submit();
        }
        let seen = watch(&mut host, 5 + spread);
        let mut started = 0;
        for (at, count) in seen {
            started += count;
            let passed = (at - 5) as usize;
            assert!(spread == 0 || (started - 1) * spread as usize <= passed * waiting, "{waiting} in {spread} ms");
        }
        assert_eq!((started, host.due()), (waiting, None));
    }
}
