use alloc::vec::Vec;

use crate::limit::LimiterOptions;
use crate::limit::queue::Order;
use crate::testing::{Host, waits};
use crate::{Command, DeadlineReason, Span};

const TWO: LimiterOptions = LimiterOptions::slots(2);

fn pause_for(host: &mut Host, millis: u32) {
    host.command(Command::Pause { limiter: 0, span: Span::from_millis(millis) });
}

#[test]
fn nothing_starts_until_resumed() {
    let mut host = Host::with(&TWO);
    host.pause();
    host.submit();
    assert_eq!(host.stand(), (0, 1));
    host.drain();
    assert_eq!(host.told(), [""; 0]);
    assert!(host.snapshot().paused);
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
    assert!(!host.snapshot().paused);
}

#[test]
fn those_who_had_a_slot_but_were_not_called_go_back_in_their_order() {
    let mut host = Host::with(&TWO);
    for _ in 0..3 {
        host.submit();
    }
    host.end_turn(true);
    host.pause();
    assert_eq!((host.stand(), host.engine.ready()), ((1, 2), 0), "what is active while paused is what really runs");
    host.submit();
    host.resize(9);
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1", "start 2", "start 3"]);
}

#[test]
fn with_last_in_first_out_too() {
    let mut host = Host::with(&LimiterOptions { order: Order::Lifo, ..TWO });
    for _ in 0..4 {
        host.submit();
    }
    host.pause();
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1"]);
    host.clear();
    assert_eq!(host.told(), ["reject 2 Cleared", "reject 3 Cleared"]);
}

#[test]
fn a_slot_freed_while_paused_is_not_given() {
    let mut host = Host::with(&TWO);
    let [first, second, _] = host.run();
    host.pause();
    host.fulfil(first);
    host.fulfil(second);
    assert_eq!((host.stand(), host.engine.ready()), ((0, 1), 0));
    host.settle();
    assert_eq!((host.stand(), host.engine.ready()), ((0, 1), 0));
    host.resume();
    assert_eq!((host.stand(), host.engine.ready()), ((1, 0), 1));
}

#[test]
fn a_pause_may_end_by_itself() {
    let mut host = Host::with(&TWO);
    pause_for(&mut host, 10);
    host.submit();
    let due = host.engine.deadline().expect("the end of the pause");
    assert_eq!((due.0.as_micros(), due.1), (10_000, DeadlineReason::PauseEnd(0)));
    host.pass(9);
    host.drain();
    assert_eq!(host.told(), [""; 0]);
    host.pass(1);
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
}

#[test]
fn pausing_again_replaces_the_span() {
    let mut host = Host::with(&TWO);
    pause_for(&mut host, 10);
    pause_for(&mut host, 30);
    assert_eq!(host.due(), Some(30));
    pause_for(&mut host, 5);
    assert_eq!(host.due(), Some(5));
    host.pause();
    assert_eq!(host.due(), None);
    host.pass(100);
    assert!(host.snapshot().paused);
    pause_for(&mut host, 0);
    assert!(!host.snapshot().paused, "a pause of no length is over at the end of its turn");
}

#[test]
fn resuming_ends_any_pause_and_its_deadline() {
    let mut host = Host::with(&TWO);
    pause_for(&mut host, 10);
    host.resume();
    assert_eq!(host.due(), None);
    host.resume();
    host.pause();
    host.pass(10);
    assert!(host.snapshot().paused, "the end of an earlier pause is void");
}

#[test]
fn resuming_gives_every_free_slot_also_those_of_a_raise() {
    let mut host = Host::with(&LimiterOptions::slots(1));
    for _ in 0..4 {
        host.submit();
    }
    host.pause();
    host.resize(3);
    host.resume();
    assert_eq!((host.stand(), host.engine.ready()), ((3, 1), 3));
}

#[test]
fn the_clocks_of_waiting_tasks_go_on() {
    let mut host = Host::with(&TWO);
    host.submit_with(waits(5));
    host.pause();
    host.submit_with(waits(3));
    host.pass(3);
    host.pass(2);
    assert_eq!(host.told(), ["reject 1 QueueTimeout", "reject 0 QueueTimeout"]);
    assert_eq!(host.stand(), (0, 0));
}

#[test]
fn what_runs_is_left_alone() {
    let mut host = Host::with(&TWO);
    let [task] = host.run();
    host.pause();
    assert_eq!(host.stand(), (1, 0));
    host.fulfil(task);
    assert_eq!((host.counts().fulfilled, host.stand()), (1, (0, 0)));
}

#[test]
fn another_limiter_is_left_alone() {
    let mut host = Host::with(&TWO);
    let other = host.open(&TWO);
    host.submit();
    host.submit_to(other, crate::Admission::PLAIN);
    host.pause();
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn a_task_back_in_the_queue_may_be_cancelled_there() {
    let mut host = Host::with(&TWO);
    let tasks: [_; 2] = core::array::from_fn(|_| host.submit());
    host.pause();
    host.cancel(tasks[0]);
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["reject 0 Cancelled", "start 1"]);
    assert_eq!(host.effects(), Vec::new());
}
