use alloc::format;
use alloc::vec::Vec;

use crate::limit::LimiterOptions;
use crate::testing::{Host, waits};
use crate::{Command, Span, Until};

const ONE: LimiterOptions = LimiterOptions::slots(1);

#[test]
fn what_holds_already_is_told_in_the_same_turn() {
    let mut host = Host::with(&ONE);
    host.wait(Until::Idle);
    assert_eq!(host.told(), ["wake 0"]);
    host.run::<1>();
    host.effects();
    host.wait(Until::QueuedBelow(1));
    assert_eq!(host.told(), ["wake 2"]);
    assert_eq!(host.engine.tasks(), 1, "a woken waiter's handle is free");
}

#[test]
fn idle_is_when_nothing_runs_and_nothing_waits() {
    let mut host = Host::with(&ONE);
    let [first, second] = host.run();
    let idle = host.wait(Until::Idle);
    host.fulfil(first);
    host.effects();
    host.cancel(second);
    assert_eq!(host.told(), ["reject 1 Cancelled".into(), format!("wake {}", idle.bits())]);
}

#[test]
fn an_expired_task_that_still_runs_is_not_idle() {
    let mut host = Host::with(&ONE);
    let [task] = host.run();
    host.wait(Until::Idle);
    host.cancel(task);
    assert_eq!(host.told(), ["start 0", "expire 0 Cancelled"]);
    host.fulfil(task);
    assert_eq!(host.told(), ["wake 1"]);
}

#[test]
fn those_who_ask_for_less_come_first_and_among_equals_the_first_to_come() {
    let mut host = Host::with(&ONE);
    let [_, queued @ ..] = host.run::<6>();
    let waiters = [1, 3, 2, 3, 5, 1].map(|bound| host.wait(Until::QueuedBelow(bound)).bits());
    host.effects();
    let mut order = Vec::new();
    for task in queued {
        host.cancel(task);
        let told = host.told();
        order.extend(told.into_iter().filter(|told| told.starts_with("wake")));
        order.push(format!("{} wait", host.stand().1));
    }
    let wake = |place: usize| format!("wake {}", waiters[place]);
    let waits = |count: u32| format!("{count} wait");
    let expected =
        [wake(4), waits(4), waits(3), wake(1), wake(3), waits(2), wake(2), waits(1), wake(0), wake(5), waits(0)];
    assert_eq!(order, expected);
}

#[test]
fn one_step_that_makes_all_true_wakes_all_in_order() {
    let mut host = Host::with(&ONE);
    host.pause();
    for _ in 0..3 {
        host.submit();
    }
    for until in [Until::Idle, Until::QueuedBelow(1), Until::QueuedBelow(3)] {
        host.wait(until);
    }
    host.clear();
    let told: Vec<_> = host.told().into_iter().filter(|told| told.starts_with("wake")).collect();
    assert_eq!(told, ["wake 5", "wake 4", "wake 3"]);
}

#[test]
fn a_bound_of_zero_means_empty() {
    let mut host = Host::with(&ONE);
    host.wait(Until::QueuedBelow(0));
    assert_eq!(host.told(), ["wake 0"]);
}

#[test]
fn a_slot_given_makes_room_in_the_queue() {
    let mut host = Host::with(&ONE);
    let [first, _] = host.run();
    host.wait(Until::QueuedBelow(1));
    host.effects();
    host.fulfil(first);
    assert_eq!(host.told(), ["wake 2"]);
}

#[test]
fn a_raise_wakes_when_it_is_settled() {
    let mut host = Host::with(&ONE);
    host.run::<3>();
    host.wait(Until::QueuedBelow(1));
    host.effects();
    host.resize(3);
    assert_eq!(host.told(), [""; 0]);
    host.settle();
    assert_eq!(host.told(), ["wake 3"]);
}

#[test]
fn timeouts_and_clearing_wake_too() {
    let mut host = Host::with(&ONE);
    host.pause();
    host.submit_with(waits(5));
    host.wait(Until::Idle);
    host.pass(5);
    assert_eq!(host.told(), ["reject 0 QueueTimeout", "wake 1"]);
    host.submit();
    host.wait(Until::Idle);
    host.clear();
    assert_eq!(host.told(), ["reject 2 Cleared", "wake 3"]);
}

#[test]
fn a_waiter_is_no_task() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    let waiter = host.wait(Until::Idle);
    host.effects();
    host.cancel(waiter);
    assert_eq!(host.told(), [""; 0]);
    host.command(Command::Complete { task: waiter, fulfilled: true });
    assert_eq!(host.told(), ["fault UnknownTask 1"]);
    assert_eq!(host.stand(), (1, 0));
}

#[test]
fn waiting_works_on_what_is_closed() {
    let mut host = Host::with(&ONE);
    let [task] = host.run();
    host.close(Span::ZERO);
    let idle = host.wait(Until::Idle);
    host.effects();
    host.fulfil(task);
    assert_eq!(host.told(), [format!("wake {}", idle.bits())]);
}
