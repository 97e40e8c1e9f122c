use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Order, Overflow};
use crate::limit::LimiterOptions;
use crate::testing::{Host, waits};
use crate::{Admission, Command, Effect, Handle, Span, Until, Verdict};

const ONE: LimiterOptions = LimiterOptions::slots(1);

/// The order in which everything runs, one after the other.
fn run_all(host: &mut Host) -> Vec<u32> {
    let mut order = Vec::new();
    loop {
        host.drain();
        let started = host.effects().into_iter().find_map(|effect| match effect {
            Effect::Start { task, .. } => Some(task),
            _ => None,
        });
        let Some(task) = started else { return order };
        order.push(task.bits());
        host.fulfil(task);
        // Only the start of the next one is of interest.
        host.effects();
    }
}

#[test]
fn first_in_first_out() {
    let mut host = Host::with(&ONE);
    for _ in 0..5 {
        host.submit();
    }
    assert_eq!(run_all(&mut host), [0, 1, 2, 3, 4]);
}

#[test]
fn last_in_first_out() {
    let mut host = Host::with(&LimiterOptions { order: Order::Lifo, ..ONE });
    for _ in 0..5 {
        host.submit();
    }
    assert_eq!(run_all(&mut host), [0, 4, 3, 2, 1]);
}

#[test]
fn any_place_can_be_left() {
    let mut host = Host::with(&ONE);
    let tasks: [Handle; 6] = core::array::from_fn(|_| host.submit());
    for index in [1, 3, 5] {
        host.cancel(tasks[index]);
    }
    assert_eq!(host.told(), ["reject 1 Cancelled", "reject 3 Cancelled", "reject 5 Cancelled"]);
    assert_eq!(run_all(&mut host), [0, 2, 4]);
}

fn overflowing(overflow: Overflow, order: Order) -> (Vec<String>, Vec<u32>) {
    let mut host = Host::with(&LimiterOptions { max_queue: 2, overflow, order, ..ONE });
    for _ in 0..5 {
        host.submit();
    }
    assert_eq!(host.stand(), (1, 2));
    assert_eq!(host.counts().dropped, 2);
    assert_eq!(host.counts().peak_queued, 2);
    (host.told(), run_all(&mut host))
}

#[test]
fn a_full_queue_rejects_as_its_policy_says() {
    let full = |dropped: [u32; 2]| dropped.map(|task| format!("reject {task} QueueFull")).to_vec();
    assert_eq!(overflowing(Overflow::Reject, Order::Fifo), (full([3, 4]), [0, 1, 2].into()));
    assert_eq!(overflowing(Overflow::DropOldest, Order::Fifo), (full([1, 2]), [0, 3, 4].into()));
    assert_eq!(overflowing(Overflow::DropNewest, Order::Fifo), (full([2, 3]), [0, 1, 4].into()));
    assert_eq!(overflowing(Overflow::DropOldest, Order::Lifo), (full([1, 2]), [0, 4, 3].into()));
    assert_eq!(overflowing(Overflow::DropNewest, Order::Lifo), (full([2, 3]), [0, 4, 1].into()));
}

#[test]
fn a_queue_of_no_places_rejects_the_newcomer_whatever_the_policy() {
    for overflow in [Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest] {
        let mut host = Host::with(&LimiterOptions { max_queue: 0, overflow, ..ONE });
        host.run::<2>();
        assert_eq!(host.told(), ["reject 1 QueueFull", "start 0"]);
    }
}

#[test]
fn a_task_that_finds_a_free_slot_does_not_wait() {
    let mut host = Host::with(&LimiterOptions { max_queue: 0, ..LimiterOptions::slots(2) });
    host.run::<2>();
    assert_eq!((host.stand(), host.counts().peak_queued), ((2, 0), 0));
}

#[test]
fn after_a_raise_a_full_queue_has_room_for_one_more_per_free_slot() {
    for order in [Order::Fifo, Order::Lifo] {
        let mut host = Host::with(&LimiterOptions { max_queue: 2, order, ..ONE });
        for _ in 0..3 {
            host.submit();
        }
        host.resize(2);
        host.submit();
        assert_eq!((host.told(), host.stand()), (Vec::new(), (2, 2)));
        // Nobody waited who was not counted before: one left as the other came.
        assert_eq!(host.counts().peak_queued, 2);
        host.submit();
        assert_eq!(host.told(), ["reject 4 QueueFull"]);
        host.drain();
        let next = if order == Order::Fifo { 1 } else { 3 };
        assert_eq!(host.told(), ["start 0".into(), format!("start {next}")]);
    }
}

#[test]
fn a_pushed_out_task_makes_no_room_that_anybody_could_see() {
    for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
        let mut host = Host::with(&LimiterOptions { max_queue: 1, overflow, ..ONE });
        host.run::<2>();
        host.wait(Until::QueuedBelow(1));
        host.effects();
        host.submit();
        assert_eq!(host.told(), ["reject 1 QueueFull"]);
        // Not even where nothing runs.
        let mut host = Host::with(&LimiterOptions { max_queue: 1, overflow, ..ONE });
        host.pause();
        host.submit();
        host.wait(Until::Idle);
        host.submit();
        assert_eq!(host.told(), ["reject 0 QueueFull"]);
    }
}

#[test]
fn more_may_wait_than_the_bound_when_a_pause_took_slots_back() {
    let mut host = Host::with(&LimiterOptions { max_queue: 1, overflow: Overflow::DropOldest, ..ONE });
    host.submit();
    host.submit();
    host.pause();
    assert_eq!((host.stand(), host.counts().peak_queued), ((0, 2), 2));
    host.submit();
    assert_eq!((host.told(), host.stand()), (["reject 0 QueueFull".into()].into(), (0, 2)));
}

#[test]
fn the_limiters_queue_timeout_is_the_default_of_its_tasks() {
    let mut host = Host::with(&LimiterOptions { queue_timeout: Span::from_millis(10), ..ONE });
    host.run::<1>();
    host.submit();
    host.submit_with(waits(5));
    let never = Admission { queue_timeout: Some(Span::NEVER), ..Admission::PLAIN };
    host.submit_with(never);
    host.effects();
    assert_eq!(host.due(), Some(5));
    host.pass(5);
    assert_eq!((host.told(), host.due()), (["reject 2 QueueTimeout".into()].into(), Some(10)));
    host.pass(100);
    assert_eq!((host.told(), host.due()), (["reject 1 QueueTimeout".into()].into(), None));
    assert_eq!((host.stand(), host.counts().timed_out), ((1, 1), 2));
}

#[test]
fn a_rejection_says_how_long_it_waited() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    let task = host.submit_with(waits(5));
    host.effects();
    host.pass(7);
    let waited = Span::from_millis(7);
    assert_eq!(host.effects(), [Effect::Reject { task, limiter: 0, verdict: Verdict::QueueTimeout, waited }]);
}

#[test]
fn a_task_with_a_slot_whose_function_was_not_called_may_still_time_out() {
    let mut host = Host::with(&ONE);
    host.submit_with(waits(5));
    host.submit();
    assert_eq!(host.stand(), (1, 1));
    host.pass(5);
    assert_eq!((host.told(), host.stand()), (["reject 0 QueueTimeout".into()].into(), (1, 0)));
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn once_started_the_queue_timeout_is_void() {
    let mut host = Host::with(&ONE);
    let task = host.submit_with(waits(5));
    host.drain();
    assert_eq!(host.due(), None);
    host.pass(50);
    host.fulfil(task);
    assert_eq!((host.told(), host.counts().fulfilled), (["start 0".into()].into(), 1));
}

#[test]
fn of_two_deadlines_at_one_moment_the_older_task_goes_first() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    host.submit_with(waits(5));
    host.submit_with(waits(5));
    host.effects();
    host.pass(6);
    assert_eq!(host.told(), ["reject 1 QueueTimeout", "reject 2 QueueTimeout"]);
}

#[test]
fn clearing_rejects_all_who_wait_and_none_who_have_a_slot() {
    let mut host = Host::with(&ONE);
    for _ in 0..3 {
        host.submit();
    }
    host.clear();
    assert_eq!(host.told(), ["reject 1 Cleared", "reject 2 Cleared"]);
    assert_eq!((host.stand(), host.counts().cleared), ((1, 0), 2));
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
}

#[test]
fn clearing_rejects_the_oldest_first_whatever_the_order() {
    let mut host = Host::with(&LimiterOptions { order: Order::Lifo, ..ONE });
    for _ in 0..3 {
        host.submit();
    }
    host.clear();
    assert_eq!(host.told(), ["reject 1 Cleared", "reject 2 Cleared"]);
}

#[test]
fn every_way_to_end_is_counted_once() {
    let mut host = Host::with(&LimiterOptions { max_queue: 3, ..ONE });
    let [ok] = host.run();
    let failing = host.submit();
    let cancelled = host.submit();
    let _timed = host.submit_with(waits(1));
    let _refused = host.submit();
    host.cancel(cancelled);
    host.pass(1);
    host.fulfil(ok);
    host.drain();
    host.fail(failing);
    let (_, permit) = host.try_acquire();
    host.submit();
    host.clear();
    host.fulfil(permit);
    let counts = host.counts();
    assert_eq!((counts.started, counts.fulfilled, counts.failed), (3, 2, 1));
    assert_eq!((counts.aborted, counts.timed_out, counts.dropped, counts.cleared), (1, 1, 1, 1));
    assert_eq!(counts.peak_queued, 3);
    assert_eq!((host.engine.tasks(), host.due()), (0, None));
}

#[test]
fn time_never_goes_back() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    host.pass(10);
    host.engine.begin_turn(crate::Time::ZERO);
    host.submit_with(waits(5));
    assert_eq!(host.due(), Some(15));
    host.command(Command::Clear { limiter: 0 });
    assert_eq!(host.due(), None);
}

fn by_priority(concurrency: u32) -> LimiterOptions {
    LimiterOptions { order: Order::Priority, ..LimiterOptions::slots(concurrency) }
}

fn urgent(host: &mut Host, priority: i32) -> Handle {
    host.submit_with(Admission { priority: priority.into(), ..Admission::PLAIN })
}

#[test]
fn by_priority_the_most_urgent_is_next_and_within_one_the_first() {
    let mut host = Host::with(&by_priority(1));
    for priority in [0, 1, i32::MAX, 1, i32::MIN, 0] {
        urgent(&mut host, priority);
    }
    host.drain();
    for done in [0, 2, 1, 3, 5] {
        host.fulfil(Handle::from_bits(done));
        host.drain();
    }
    assert_eq!(host.told(), ["start 0", "start 2", "start 1", "start 3", "start 5", "start 4"]);
}

#[test]
fn a_task_that_waits_may_be_given_another_priority() {
    let mut host = Host::with(&by_priority(1));
    let tasks = [0, 3, 2, 1].map(|priority| urgent(&mut host, priority));
    host.drain();
    host.command(Command::Reprioritize { task: tasks[3], priority: 3 });
    host.command(Command::Reprioritize { task: tasks[0], priority: -9 });
    host.fulfil(tasks[0]);
    host.drain();
    host.fulfil(tasks[1]);
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1", "start 3"], "it keeps its arrival within the new one");
}

#[test]
fn with_ageing_nothing_waits_for_ever() {
    let mut host = Host::with(&LimiterOptions { ageing: Span::from_millis(10), ..by_priority(1) });
    let running = urgent(&mut host, 0);
    urgent(&mut host, 0);
    host.drain();
    host.pass(29);
    urgent(&mut host, 3);
    host.pass(2);
    urgent(&mut host, 3);
    host.fulfil(running);
    host.drain();
    host.fulfil(Handle::from_bits(2));
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 2", "start 1"]);
}

#[test]
fn a_pause_puts_the_urgent_back_first() {
    let mut host = Host::with(&by_priority(2));
    for priority in [1, 5, 5] {
        urgent(&mut host, priority);
    }
    host.pause();
    urgent(&mut host, 5);
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["start 1", "start 2"]);
}

#[test]
fn a_full_queue_drops_the_least_urgent() {
    for overflow in [Overflow::DropLowest, Overflow::DropOldest, Overflow::DropNewest] {
        let mut host = Host::with(&LimiterOptions { max_queue: 2, overflow, ..by_priority(1) });
        for priority in [0, 1, 2, 3, 0, 2] {
            urgent(&mut host, priority);
        }
        assert_eq!(host.told(), ["reject 1 QueueFull", "reject 4 QueueFull", "reject 5 QueueFull"]);
        assert_eq!(host.counts().peak_queued, 2);
    }
    let mut host = Host::with(&LimiterOptions { max_queue: 1, ..by_priority(1) });
    for priority in [0, 1, 2] {
        urgent(&mut host, priority);
    }
    assert_eq!(host.told(), ["reject 2 QueueFull"], "or the new one, if it says so");
}
