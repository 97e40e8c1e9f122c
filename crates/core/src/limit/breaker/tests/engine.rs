//! Breakers through the engine.

use alloc::vec;
use alloc::vec::Vec;

use crate::limit::breaker::{BreakerOptions, Circuit, Trip};
use crate::limit::hold_back::Scope;
use crate::limit::nested::NestedPolicy;
use crate::limit::rate::{At, Rule, Shape};
use crate::limit::{Block, LimiterOptions};
use crate::testing::{Host, child_of, runs};
use crate::{Admission, Command, DeadlineReason, Effect, Handle, Health, LimiterId, Span, Verdict};

const MANY: LimiterOptions = LimiterOptions::slots(100);

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

/// Opens after so many failures in a row, for 100 ms.
fn after(failures: u32, trials: u32) -> BreakerOptions {
    BreakerOptions { trip: Trip::Consecutive(failures), half_open_after: ms(100), trials }
}

fn set(host: &mut Host, limiter: LimiterId, options: BreakerOptions) {
    host.command(Command::SetBreaker { limiter, options: Some(options) });
}

fn with_breaker(limiter: &LimiterOptions, options: BreakerOptions) -> Host {
    let mut host = Host::with(limiter);
    set(&mut host, 0, options);
    host
}

fn end(host: &mut Host, task: Handle, health: Health) {
    host.command(Command::CompleteAs { task, fulfilled: false, health });
}

fn circuit(host: &mut Host) -> Option<Circuit> {
    host.engine.stats(0).expect("limiter 0").circuit
}

/// Fails so often that it is open.
fn break_it(host: &mut Host, failures: usize) {
    for _ in 0..failures {
        let [task] = host.run();
        host.fail(task);
    }
    host.effects();
    assert_eq!(circuit(host), Some(Circuit::Open));
}

#[test]
fn it_opens_refuses_and_finds_out() {
    let mut host = with_breaker(&MANY, after(2, 1));
    let [first, second] = host.run();
    host.fail(first);
    host.fail(second);
    assert_eq!(host.told(), ["start 0", "start 1", "breaker 0 Open for 100 ms"]);
    host.pass(30);
    host.submit();
    assert_eq!(host.told(), ["refuse 2 BreakerOpen by 0 after 70 ms"]);
    assert_eq!((host.stand(), host.counts().dropped, host.due(), host.engine.holds()), ((0, 0), 1, Some(100), false));
    assert_eq!(host.engine.deadline().map(|(_, why)| why), Some(DeadlineReason::HalfOpen(0)));
    assert!(!host.try_acquire().0);
    host.pass(70);
    assert_eq!(
        (host.told(), circuit(&mut host)),
        (vec!["breaker 0 HalfOpen for 0 ms".into()], Some(Circuit::HalfOpen))
    );
    let [trial, next] = host.run();
    assert_eq!((host.told(), host.stand()), (vec!["start 4".into()], (1, 1)));
    assert_eq!(host.engine.blocked_by(next), Some((0, Block::Breaker)));
    host.fulfil(trial);
    host.drain();
    assert_eq!(host.told(), ["breaker 0 Closed for 0 ms", "start 5"]);
}

#[test]
fn who_waits_for_a_trial_is_told_so_only_where_slots_are_free() {
    let mut host = with_breaker(&LimiterOptions::slots(3), after(1, 2));
    break_it(&mut host, 1);
    host.pass(100);
    let trials = host.run::<2>();
    let heavy = host.submit_with(Admission { weight: 2, ..Admission::PLAIN });
    let next = host.submit();
    let blocked = |host: &mut Host| [heavy, next].map(|task| host.engine.blocked_by(task));
    assert_eq!(blocked(&mut host), [Some((0, Block::Weight)), Some((0, Block::Breaker))]);
    host.resize(2);
    assert_eq!(blocked(&mut host), [Some((0, Block::Concurrency)); 2]);
    host.resize(4);
    assert_eq!(blocked(&mut host), [Some((0, Block::Breaker)); 2]);
    host.pause();
    assert_eq!(blocked(&mut host), [Some((0, Block::Paused)); 2]);
    host.resume();
    for trial in trials {
        host.fulfil(trial);
    }
    host.drain();
    assert_eq!(blocked(&mut host), [None; 2]);
}

#[test]
fn a_permit_is_a_trial_until_it_is_released_and_says_nothing() {
    let mut host = with_breaker(&MANY, after(1, 1));
    break_it(&mut host, 1);
    host.pass(100);
    let (granted, permit) = host.try_acquire();
    let [next] = host.run();
    assert_eq!((granted, host.engine.blocked_by(next)), (true, Some((0, Block::Breaker))));
    host.effects();
    end(&mut host, permit, Health::Neutral);
    host.drain();
    assert_eq!((host.told(), circuit(&mut host)), (vec!["start 2".into()], Some(Circuit::HalfOpen)));
}

#[test]
fn a_trial_that_fails_opens_it_again_and_those_who_waited_are_refused() {
    let mut host = with_breaker(&MANY, after(1, 1));
    break_it(&mut host, 1);
    host.pass(150);
    let [trial, _] = host.run();
    host.effects();
    host.fail(trial);
    assert_eq!(host.told(), ["breaker 0 Open for 100 ms", "refuse 2 BreakerOpen by 0 after 100 ms"]);
}

#[test]
fn who_waits_is_refused_when_it_would_start_and_takes_nothing() {
    let mut host = with_breaker(&LimiterOptions::slots(2), after(1, 1));
    let rule = Rule { resource: 0, limit: 3, interval: ms(10_000), shape: Shape::Burst, at: At::Start };
    host.command(Command::SetRate { limiter: 0, nth: 0, rule: Some(rule) });
    let [first, second, ..] = host.run::<4>();
    host.effects();
    host.pause();
    host.fail(first);
    assert_eq!(host.told(), ["breaker 0 Open for 100 ms"], "paused nobody would start");
    host.resume();
    assert_eq!(host.told(), ["refuse 2 BreakerOpen by 0 after 100 ms", "refuse 3 BreakerOpen by 0 after 100 ms"]);
    assert_eq!(host.engine.stats(0).expect("limiter 0").left[0], Some(1));
    host.fulfil(second);
    host.pass(100);
    host.run::<1>();
    assert_eq!(host.told(), ["breaker 0 HalfOpen for 0 ms", "start 4"]);
}

#[test]
fn who_is_held_back_for_longer_waits_for_the_trial() {
    let mut host = with_breaker(&MANY, after(1, 1));
    let [first] = host.run();
    host.submit();
    host.command(Command::HoldBack { limiter: 0, scope: Scope::Own, span: ms(500), spread: Span::ZERO });
    host.fail(first);
    host.pass(500);
    host.drain();
    assert_eq!(host.told(), ["start 0", "breaker 0 Open for 100 ms", "breaker 0 HalfOpen for 0 ms", "start 1"]);
}

#[test]
fn only_what_ran_counts_and_what_was_cancelled_does_not() {
    let mut host = with_breaker(&LimiterOptions::slots(1), after(2, 1));
    let [cancelled, waiting] = host.run();
    host.cancel(cancelled);
    host.cancel(waiting);
    host.fail(cancelled);
    assert_eq!(circuit(&mut host), Some(Circuit::Closed));
    for health in [Health::Bad, Health::Neutral, Health::Good, Health::Bad, Health::Neutral] {
        let [task] = host.run();
        end(&mut host, task, health);
        assert_eq!(circuit(&mut host), Some(Circuit::Closed));
    }
    let late = host.submit_with(runs(10));
    host.drain();
    host.effects();
    host.pass(10);
    assert_eq!(host.told(), ["expire 7 RunTimeout", "breaker 0 Open for 100 ms"], "that is a failure, and at once");
    host.pass(100);
    host.fail(late);
    assert_eq!(circuit(&mut host), Some(Circuit::HalfOpen), "it is not counted twice");
}

#[test]
fn what_was_fulfilled_may_say_that_the_service_is_ill() {
    let mut host = with_breaker(&MANY, after(1, 1));
    let [task] = host.run();
    host.command(Command::CompleteAs { task, fulfilled: true, health: Health::Bad });
    assert_eq!((circuit(&mut host), host.counts().fulfilled, host.counts().failed), (Some(Circuit::Open), 1, 0));
}

#[test]
fn a_trial_that_says_nothing_makes_room_for_another_one() {
    for how in 0..4 {
        let mut host = with_breaker(&MANY, after(1, 1));
        break_it(&mut host, 1);
        host.pass(100);
        let [trial, next] = [host.submit(), host.submit()];
        assert_eq!((host.engine.ready(), host.stand()), (1, (1, 1)));
        match how {
            0 => host.cancel(trial),
            1 => {
                host.drain();
                host.cancel(trial);
            }
            2 => {
                host.drain();
                end(&mut host, trial, Health::Neutral);
            }
            _ => {
                host.pause();
                assert_eq!(host.stand(), (0, 2));
                host.resume();
                assert_eq!(host.stand(), (1, 1));
                host.cancel(trial);
            }
        }
        host.drain();
        host.effects();
        host.fulfil(next);
        assert_eq!(circuit(&mut host), Some(Circuit::Closed), "{how}");
    }
}

#[test]
fn a_breaker_above_is_for_all_below_it() {
    let mut host = with_breaker(&MANY, after(1, 2));
    let child = host.open(&LimiterOptions { parent: Some(0), ..MANY });
    let sister = host.open(&LimiterOptions { parent: Some(0), ..MANY });
    set(&mut host, child, after(5, 1));
    let task = host.submit_to(child, Admission::PLAIN);
    host.drain();
    host.fail(task);
    host.submit_to(sister, Admission::PLAIN);
    assert_eq!(host.told(), ["start 0", "breaker 0 Open for 100 ms", "refuse 1 BreakerOpen by 0 after 100 ms"]);
    host.command(Command::Move { limiter: sister, parent: None });
    host.submit_to(sister, Admission::PLAIN);
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
    host.pass(100);
    for _ in 0..3 {
        host.submit_to(child, Admission::PLAIN);
    }
    host.drain();
    assert_eq!(host.told(), ["breaker 0 HalfOpen for 0 ms", "start 3", "start 4"], "two trials");
}

#[test]
fn a_call_reports_to_the_breaker_it_went_through_wherever_its_limiter_is() {
    let mut host = with_breaker(&MANY, after(1, 1));
    let child = host.open(&LimiterOptions { parent: Some(0), ..MANY });
    let tasks: Vec<Handle> = (0..2).map(|_| host.submit_to(child, Admission::PLAIN)).collect();
    host.drain();
    host.command(Command::Move { limiter: child, parent: None });
    host.effects();
    host.fail(tasks[0]);
    assert_eq!(host.told(), ["breaker 0 Open for 100 ms"]);
    host.command(Command::Free { limiter: 0 });
    assert_eq!((host.told(), host.due()), (vec!["freed 0".into()], None));
    host.command(Command::Open { limiter: 0, options: MANY });
    set(&mut host, 0, after(1, 1));
    host.fail(tasks[1]);
    assert_eq!((host.told(), circuit(&mut host)), (vec![], Some(Circuit::Closed)), "that is another one");
}

#[test]
fn set_anew_it_is_closed_and_what_is_on_its_way_does_not_count() {
    let mut host = with_breaker(&MANY, after(1, 1));
    let [running] = host.run();
    break_it(&mut host, 1);
    set(&mut host, 0, after(1, 1));
    assert_eq!((host.told(), host.due()), (vec!["breaker 0 Closed for 0 ms".into()], None));
    host.fail(running);
    assert_eq!(circuit(&mut host), Some(Circuit::Closed));
    break_it(&mut host, 1);
    host.command(Command::SetBreaker { limiter: 0, options: None });
    host.run::<1>();
    assert_eq!((host.told(), circuit(&mut host)), (vec!["breaker 0 Closed for 0 ms".into(), "start 3".into()], None));
    assert!(!host.engine.is_timed());
    host.command(Command::SetBreaker { limiter: 5, options: None });
    assert_eq!(host.told(), ["fault UnknownLimiter 5"]);
}

#[test]
fn without_an_end_it_stays_open() {
    let options = BreakerOptions { half_open_after: Span::NEVER, ..after(1, 1) };
    let mut host = with_breaker(&MANY, options);
    break_it(&mut host, 1);
    host.pass(1_000_000);
    let task = host.submit();
    let refused = Effect::Refuse {
        task,
        limiter: 0,
        verdict: Verdict::BreakerOpen,
        waited: Span::ZERO,
        by: 0,
        after: Span::NEVER,
    };
    assert_eq!((host.effects(), host.due()), (vec![refused], None));
}

#[test]
fn what_runs_in_the_slot_of_its_parent_goes_by_what_that_one_was_given() {
    let mut host = with_breaker(&LimiterOptions { nested: NestedPolicy::Inherit, ..MANY }, after(1, 1));
    let [parent] = host.run();
    break_it(&mut host, 1);
    let child = host.submit_with(child_of(parent));
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
    host.pass(100);
    host.fail(child);
    assert_eq!(circuit(&mut host), Some(Circuit::HalfOpen), "nor is it counted");
}

#[test]
fn permits_are_calls_too() {
    let mut host = with_breaker(&MANY, after(1, 1));
    let (granted, permit) = host.try_acquire();
    assert!(granted);
    end(&mut host, permit, Health::Bad);
    host.pass(100);
    let (granted, permit) = host.try_acquire();
    assert!(granted && !host.try_acquire().0, "one trial");
    end(&mut host, permit, Health::Good);
    assert_eq!(circuit(&mut host), Some(Circuit::Closed));
}

#[test]
fn by_rate_in_a_window() {
    let trip = Trip::Rate { per_mille: 500, window: ms(1_000), min_calls: 4 };
    let mut host = with_breaker(&MANY, BreakerOptions { trip, half_open_after: ms(100), trials: 1 });
    for (good, state) in
        [(true, Circuit::Closed), (false, Circuit::Closed), (true, Circuit::Closed), (false, Circuit::Open)]
    {
        let [task] = host.run();
        end(&mut host, task, if good { Health::Good } else { Health::Bad });
        assert_eq!(circuit(&mut host), Some(state));
    }
}

#[test]
fn who_is_asked_for_goes_by_it_too() {
    let mut host = with_breaker(&LimiterOptions::slots(3), after(1, 1));
    host.pause();
    let [first, _, third, fourth] = core::array::from_fn(|_| host.submit());
    let next = |host: &mut Host| {
        host.command(Command::Next { limiter: 0 });
        host.told()
    };
    next(&mut host);
    end(&mut host, first, Health::Bad);
    host.effects();
    assert_eq!(next(&mut host), ["refuse 1 BreakerOpen by 0 after 100 ms"]);
    host.pass(100);
    host.effects();
    assert_eq!(next(&mut host), ["start 2"]);
    assert_eq!(next(&mut host), [""; 0], "one trial at a time");
    end(&mut host, third, Health::Good);
    host.effects();
    assert_eq!(next(&mut host), ["start 3"]);
    end(&mut host, fourth, Health::Good);
}
