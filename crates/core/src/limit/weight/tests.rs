use alloc::vec::Vec;

use crate::limit::{Block, LimiterOptions};
use crate::testing::{Host, child_of};
use crate::{Admission, Command, Handle, LimiterId, Span, Until};

fn heavy(weight: u32) -> Admission {
    Admission { weight, ..Admission::PLAIN }
}

fn limit(concurrency: u32) -> Host {
    Host::with(&LimiterOptions::slots(concurrency))
}

fn bypassed(concurrency: u32, bypass: u32) -> Host {
    Host::with(&LimiterOptions { bypass, ..LimiterOptions::slots(concurrency) })
}

/// Submits tasks of these weights and lets start who may.
fn weigh<const N: usize>(host: &mut Host, weights: [u32; N]) -> [Handle; N] {
    let tasks = weights.map(|weight| host.submit_with(heavy(weight)));
    host.drain();
    tasks
}

fn blocked(host: &mut Host, task: Handle) -> Option<(LimiterId, Block)> {
    host.engine.blocked_by(task)
}

#[test]
fn the_sum_of_weights_stays_within_the_limit() {
    let mut host = limit(5);
    let [first, second, ..] = weigh(&mut host, [3, 2, 4, 1]);
    assert_eq!((host.told(), host.stand()), (["start 0".into(), "start 1".into()].into(), (5, 2)));
    host.fulfil(second);
    host.drain();
    assert_eq!((host.told().len(), host.stand()), (0, (3, 2)), "two are free, four are needed");
    host.fulfil(first);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 2".into(), "start 3".into()].into(), (5, 0)));
}

#[test]
fn nobody_passes_a_heavy_task_at_the_head() {
    let mut host = limit(4);
    let [light, ..] = weigh(&mut host, [1, 4, 1]);
    assert_eq!((host.told(), host.stand()), (["start 0".into()].into(), (1, 2)));
    host.submit();
    host.drain();
    assert_eq!(host.told().len(), 0, "nor does a late one");
    host.fulfil(light);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn a_bypass_lets_so_many_pass_one_head_and_no_more() {
    let mut host = bypassed(4, 2);
    let [running, head, ..] = weigh(&mut host, [2, 4, 1, 1, 1, 1]);
    assert_eq!(host.told(), ["start 0", "start 2", "start 3"]);
    for done in [2, 3] {
        host.fulfil(Handle::from_bits(done));
    }
    host.drain();
    assert_eq!((host.told().len(), blocked(&mut host, head)), (0, Some((0, Block::Weight))));
    host.fulfil(running);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn only_those_right_behind_may_pass() {
    let mut host = bypassed(4, 1);
    weigh(&mut host, [3, 4, 2, 1]);
    assert_eq!((host.told(), host.stand()), (["start 0".into()].into(), (3, 3)));
}

#[test]
fn the_count_is_the_heads_own() {
    let mut host = bypassed(4, 1);
    let [running, _, light, ..] = weigh(&mut host, [3, 4, 1, 4, 1]);
    assert_eq!(host.told(), ["start 0", "start 2"]);
    host.fulfil(light);
    host.drain();
    assert_eq!(host.told().len(), 0);
    host.fulfil(running);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    let gate = Handle::from_bits(1);
    host.fulfil(gate);
    host.drain();
    assert_eq!(host.told(), ["start 3"]);
}

#[test]
fn who_can_never_fit_is_refused() {
    let mut host = limit(3);
    host.submit_with(heavy(4));
    host.submit_with(heavy(u32::MAX));
    assert_eq!(host.told(), ["reject 0 TooHeavy", "reject 1 TooHeavy"]);
    assert_eq!((host.counts().dropped, host.engine.tasks(), host.stand()), (2, 0, (0, 0)));
    let mut unlimited = limit(u32::MAX);
    weigh(&mut unlimited, [u32::MAX, 1]);
    assert_eq!((unlimited.told(), unlimited.stand()), (["start 0".into()].into(), (u32::MAX, 1)));
}

#[test]
fn who_weighs_more_than_a_lowered_limit_waits_and_says_why() {
    let mut host = limit(4);
    let [first, second, third] = weigh(&mut host, [4, 3, 1]);
    host.resize(2);
    assert_eq!(blocked(&mut host, second), Some((0, Block::Weight)));
    host.fulfil(first);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 0".into()].into(), (0, 2)));
    assert_eq!(
        (blocked(&mut host, second), blocked(&mut host, third)),
        (Some((0, Block::Weight)), Some((0, Block::Order)))
    );
    host.resize(3);
    host.drain();
    assert_eq!((host.told(), blocked(&mut host, third)), (["start 1".into()].into(), Some((0, Block::Concurrency))));
}

#[test]
fn cancelling_the_heavy_one_lets_the_others_go_in_the_same_turn() {
    let mut host = limit(2);
    let [_, head, ..] = weigh(&mut host, [1, 2, 1]);
    host.cancel(head);
    assert_eq!((host.stand(), host.engine.ready()), ((2, 0), 1));
}

#[test]
fn clearing_rejects_all_who_wait_before_anybody_gets_slots() {
    let mut host = limit(2);
    weigh(&mut host, [1, 2, 1]);
    host.clear();
    host.drain();
    assert_eq!(host.told(), ["start 0", "reject 1 Cleared", "reject 2 Cleared"]);
}

#[test]
fn a_bound_of_the_queue_is_for_those_who_really_wait() {
    let mut host = Host::with(&LimiterOptions { max_queue: 1, ..LimiterOptions::slots(3) });
    weigh(&mut host, [1, 1, 2, 1]);
    assert_eq!(host.told(), ["reject 3 QueueFull", "start 0", "start 1"]);
}

#[test]
fn heirs_keep_all_the_slots() {
    let mut host =
        Host::with(&LimiterOptions { nested: crate::limit::nested::NestedPolicy::Inherit, ..LimiterOptions::slots(3) });
    let [parent] = weigh(&mut host, [3]);
    let child = host.submit_with(child_of(parent));
    host.submit();
    host.drain();
    host.fulfil(parent);
    assert_eq!((host.told(), host.stand()), (["start 0".into(), "start 1".into()].into(), (3, 1)));
    host.fulfil(child);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 2".into()].into(), (1, 0)));
}

#[test]
fn stuck_is_who_waits_for_a_child_that_is_too_heavy_for_what_is_left() {
    let mut host = limit(3);
    let [parent] = weigh(&mut host, [2]);
    host.submit_with(Admission { weight: 2, ..child_of(parent) });
    assert_eq!(host.told(), ["start 0", "stuck 0"]);
}

#[test]
fn a_pause_gives_all_of_them_back() {
    let mut host = limit(3);
    host.submit_with(heavy(2));
    host.submit_with(heavy(2));
    host.pause();
    assert_eq!(host.stand(), (0, 2));
    host.resume();
    assert_eq!((host.stand(), host.engine.ready()), ((2, 1), 1));
}

#[test]
fn room_and_waiters_hear_of_it() {
    let mut host = limit(2);
    let [first, ..] = weigh(&mut host, [1, 2]);
    assert_eq!(host.rooms(), [false], "somebody waits, though a slot is free");
    host.wait(Until::QueuedBelow(1));
    host.fulfil(first);
    assert_eq!(host.told(), ["wake 2"]);
}

#[test]
fn a_plain_limiter_keeps_what_it_had_when_the_first_heavy_task_comes() {
    let mut host = limit(2);
    let [first, second, _] = host.run();
    host.submit_with(heavy(2));
    host.told();
    host.fulfil(first);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 2".into()].into(), (2, 1)));
    for task in [second, Handle::from_bits(2)] {
        host.fulfil(task);
    }
    host.drain();
    assert_eq!(host.told(), ["start 3"]);
    host.fulfil(Handle::from_bits(3));
    host.command(Command::Free { limiter: 0 });
    let told: Vec<_> = host.told();
    assert_eq!((told, host.engine.tasks()), (["freed 0".into()].into(), 0));
}

#[test]
fn what_runs_out_of_time_keeps_its_slots() {
    let mut host = limit(2);
    let run_timeout = Some(Span::from_millis(5));
    let timed = host.submit_with(Admission { run_timeout, ..heavy(2) });
    host.submit();
    host.drain();
    host.pass(5);
    assert_eq!((host.told(), host.stand()), (["start 0".into(), "expire 0 RunTimeout".into()].into(), (2, 1)));
    host.fulfil(timed);
    assert_eq!(host.stand(), (1, 0));
}
