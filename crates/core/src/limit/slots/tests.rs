use alloc::vec::Vec;

use crate::limit::LimiterOptions;
use crate::testing::{Host, heard, runs};
use crate::{Admission, Command, Effect, Fault, Handle, Span, Until, Verdict};

fn limit(concurrency: u32) -> Host {
    Host::with(&LimiterOptions::slots(concurrency))
}

#[test]
fn a_slot_is_taken_when_it_is_given_and_the_function_is_called_in_a_later_turn() {
    let mut host = limit(2);
    for _ in 0..3 {
        host.submit();
    }
    assert_eq!((host.stand(), host.engine.ready()), ((2, 1), 2));
    assert_eq!(host.told(), [""; 0]);
    assert!(host.end_turn(true));
    assert_eq!((host.told(), host.engine.ready()), (["start 0".into()].into(), 1));
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn a_freed_slot_goes_to_the_next_in_the_step_that_frees_it() {
    let mut host = limit(1);
    let [first, _] = host.run();
    host.engine.handle(Command::Complete { task: first, fulfilled: true });
    // In the same turn somebody else comes: too late for the slot.
    let late = host.submit();
    assert_eq!(host.stand(), (1, 1));
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1"]);
    host.fulfil(Handle::from_bits(1));
    host.drain();
    assert_eq!(host.told(), [alloc::format!("start {}", late.bits())]);
}

#[test]
fn the_slot_of_an_expired_task_is_kept_until_its_promise_settles() {
    let mut host = limit(1);
    let timed = host.submit_with(runs(10));
    host.submit();
    host.drain();
    host.pass(9);
    assert_eq!(host.told(), ["start 0"]);
    host.pass(1);
    host.drain();
    assert_eq!(host.told(), ["expire 0 RunTimeout"]);
    assert_eq!(host.stand(), (1, 1));
    host.fulfil(timed);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn a_cancelled_running_task_keeps_its_slot_and_is_told_once() {
    let mut host = limit(1);
    let [task] = host.run();
    host.cancel(task);
    host.cancel(task);
    host.submit();
    host.drain();
    assert_eq!(host.told(), ["start 0", "expire 0 Cancelled"]);
    host.fail(task);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    let counts = host.counts();
    assert_eq!((counts.started, counts.aborted, counts.failed, counts.fulfilled), (2, 1, 0, 0));
}

#[test]
fn expiring_says_how_long_it_waited_and_ran() {
    let mut host = limit(1);
    let [first] = host.run();
    let second = host.submit_with(runs(7));
    host.pass(5);
    host.fulfil(first);
    host.drain();
    host.effects();
    assert_eq!(host.due(), Some(12));
    host.pass(8);
    let expire = Effect::Expire {
        task: second,
        limiter: 0,
        verdict: Verdict::RunTimeout,
        waited: Span::from_millis(5),
        ran: Span::from_millis(8),
    };
    assert_eq!(host.effects(), [expire]);
    assert_eq!(host.counts().timed_out, 1);
}

#[test]
fn a_lower_limit_takes_no_slot_away_and_gives_none_until_enough_are_back() {
    let mut host = limit(3);
    let [a, b, c, _d, _e] = host.run();
    host.resize(1);
    assert_eq!(host.stand(), (3, 2));
    host.fulfil(a);
    host.fulfil(b);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 2), 0));
    host.fulfil(c);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 1), 1));
}

#[test]
fn a_higher_limit_is_given_to_those_who_wait_by_settling() {
    let mut host = limit(1);
    host.run::<5>();
    host.resize(3);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 4), 0));
    host.settle();
    assert_eq!((host.stand(), host.engine.ready()), ((3, 2), 2));
    host.effects();
    host.drain();
    assert_eq!(host.told(), ["start 1", "start 2"]);
}

#[test]
fn between_raising_and_settling_newcomers_do_not_overtake() {
    let mut host = limit(1);
    host.run::<2>();
    host.resize(2);
    host.submit();
    assert_eq!(host.stand(), (2, 1));
    host.effects();
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    assert!(!host.try_acquire().0);
}

#[test]
fn between_raising_and_settling_a_freed_slot_is_handed_over_once() {
    let mut host = limit(1);
    let [first, ..] = host.run::<4>();
    host.resize(3);
    host.fulfil(first);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 2), 1));
}

#[test]
fn without_a_limit_everything_runs() {
    let mut host = limit(u32::MAX);
    host.run::<100>();
    assert_eq!(host.stand(), (100, 0));
}

#[test]
fn nothing_has_no_slot() {
    let mut host = Host::new();
    host.open(&LimiterOptions::slots(0));
    assert_eq!(host.told(), ["fault ZeroConcurrency 0"]);
    let mut host = limit(2);
    host.resize(0);
    assert_eq!(host.told(), ["fault ZeroConcurrency 0"]);
    host.run::<2>();
    assert_eq!(host.stand(), (2, 0));
}

#[test]
fn a_permit_at_once_is_running_and_never_started() {
    let mut host = limit(1);
    let (granted, permit) = host.try_acquire();
    assert!(granted);
    assert_eq!((host.stand(), host.engine.ready()), ((1, 0), 0));
    let (again, _) = host.try_acquire();
    assert!(!again);
    host.fulfil(permit);
    host.drain();
    assert_eq!(host.told(), [""; 0]);
    let counts = host.counts();
    assert_eq!((counts.started, counts.fulfilled), (1, 1));
}

#[test]
fn a_permit_is_not_given_past_those_who_wait_or_a_pause_or_a_close() {
    let mut host = limit(2);
    host.pause();
    assert!(!host.try_acquire().0);
    host.submit();
    host.resume();
    assert!(host.try_acquire().0);
    host.close(Span::NEVER);
    assert!(!host.try_acquire().0);
}

#[test]
fn room_is_told_when_it_changes_and_only_then() {
    let mut host = limit(2);
    let [first, second] = host.run();
    assert_eq!(host.rooms(), [false]);
    host.submit();
    host.fulfil(first);
    assert_eq!(host.rooms(), [false; 0], "the freed slot was handed over");
    host.fulfil(second);
    assert_eq!(host.rooms(), [true]);
    host.pause();
    host.pause();
    assert_eq!(host.rooms(), [false]);
    host.resume();
    assert_eq!(host.rooms(), [true]);
    host.resize(1);
    assert_eq!(host.rooms(), [false]);
    host.close(Span::NEVER);
    assert_eq!(host.rooms(), [false; 0]);
}

#[test]
fn a_stale_handle_is_not_the_new_owner_of_its_place() {
    let mut host = limit(1);
    let [first] = host.run();
    host.fulfil(first);
    let second = Handle::from_bits(first.bits() + (1 << Handle::INDEX_BITS));
    assert_eq!(second.index(), first.index());
    host.command(Command::Submit { limiter: 0, task: second, admission: Admission::PLAIN });
    host.drain();
    host.effects();
    host.cancel(first);
    host.fulfil(first);
    assert_eq!(host.told(), ["fault UnknownTask 0"]);
    assert_eq!(host.stand(), (1, 0));
    host.fulfil(second);
    assert_eq!((host.stand(), host.engine.tasks()), ((0, 0), 0));
}

#[test]
fn what_cannot_be_meant_faults_and_changes_nothing() {
    let mut host = limit(1);
    let [running, queued] = host.run();
    host.effects();
    let stood = host.snapshot();
    let far = Handle::from_bits(9_000);
    let submit =
        |limiter, task, signal| Command::Submit { limiter, task, admission: Admission { signal, ..Admission::PLAIN } };
    for (command, fault, subject) in [
        (submit(7, far, None), Fault::UnknownLimiter, 7),
        (submit(0, running, None), Fault::HandleTaken, running.bits()),
        (submit(0, Handle::from_bits(2), Some(1)), Fault::UnknownSignal, 1),
        (Command::Complete { task: queued, fulfilled: true }, Fault::UnknownTask, queued.bits()),
        (Command::Complete { task: far, fulfilled: true }, Fault::UnknownTask, far.bits()),
        (Command::Wait { limiter: 0, waiter: queued, until: Until::Idle }, Fault::HandleTaken, queued.bits()),
        (Command::Close { limiter: 0, waiter: queued, grace: Span::ZERO }, Fault::HandleTaken, queued.bits()),
        (Command::Open { limiter: 0, options: LimiterOptions::slots(1) }, Fault::LimiterTaken, 0),
        (Command::Open { limiter: 2, options: LimiterOptions::slots(1) }, Fault::LimiterTaken, 2),
        (Command::Settle { limiter: 1 }, Fault::UnknownLimiter, 1),
        (Command::Abort { limiter: u32::MAX }, Fault::UnknownLimiter, u32::MAX),
    ] {
        host.command(command);
        assert_eq!(host.effects(), [Effect::Fault { fault, subject }], "{command:?}");
        assert_eq!(host.snapshot(), stood, "{command:?}");
    }
    let same_place = Handle::from_bits(running.bits() + (1 << Handle::INDEX_BITS));
    host.command(submit(0, same_place, None));
    assert_eq!(host.effects(), [Effect::Fault { fault: Fault::HandleTaken, subject: same_place.bits() }]);
    // To cancel what has ended is no fault: the two may cross.
    host.cancel(far);
    host.command(Command::SignalAborted { signal: 5 });
    assert_eq!((host.told(), host.snapshot()), (Vec::new(), stood));
}

#[test]
fn an_aborted_signal_ends_all_that_were_admitted_with_it_oldest_first() {
    let mut host = limit(1);
    for _ in 0..3 {
        host.submit_with(heard(0));
    }
    host.submit_with(heard(1));
    host.end_turn(true);
    host.command(Command::SignalAborted { signal: 0 });
    let told = ["start 0", "expire 0 SignalAborted", "reject 1 SignalAborted", "reject 2 SignalAborted", "idle 0"];
    assert_eq!(host.told(), told);
    assert_eq!(host.stand(), (1, 1));
    host.command(Command::SignalAborted { signal: 0 });
    assert_eq!(host.told(), [""; 0]);
}

#[test]
fn a_signal_is_idle_exactly_when_its_last_listener_leaves() {
    let mut host = limit(1);
    let [a, b, c] = [0; 3].map(|signal| host.submit_with(heard(signal)));
    host.drain();
    host.cancel(b);
    host.fulfil(a);
    host.drain();
    assert_eq!(host.told(), ["start 0", "reject 1 Cancelled", "start 2"]);
    // An expired task does not listen any more, though it still runs.
    host.cancel(c);
    assert_eq!(host.told(), ["expire 2 Cancelled", "idle 0"]);
    host.fulfil(c);
    assert_eq!(host.told(), [""; 0]);
}

#[test]
fn a_signal_taken_up_again_in_the_same_turn_is_not_idle() {
    let mut host = limit(1);
    let first = host.submit_with(heard(0));
    host.drain();
    host.effects();
    host.engine.handle(Command::Complete { task: first, fulfilled: true });
    let second = host.submit_with(heard(0));
    assert_eq!(host.told(), [""; 0]);
    host.cancel(second);
    assert_eq!(host.told(), ["reject 1 Cancelled", "idle 0"]);
}

#[test]
fn the_signal_of_a_refused_task_is_let_go() {
    let mut host = Host::with(&LimiterOptions { max_queue: 0, ..LimiterOptions::slots(1) });
    host.submit();
    host.submit_with(heard(0));
    assert_eq!(host.told(), ["reject 1 QueueFull", "idle 0"]);
    host.submit_with(heard(0));
    host.submit_with(heard(1));
    assert_eq!(host.told(), ["reject 2 QueueFull", "idle 0", "reject 3 QueueFull", "idle 1"]);
}

#[test]
fn a_limiter_that_nobody_can_reach_is_forgotten_at_rest() {
    let mut host = limit(1);
    let [first, second] = host.run();
    let waiter = host.wait(Until::Idle);
    host.effects();
    host.command(Command::Free { limiter: 0 });
    host.fulfil(first);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
    host.fulfil(second);
    assert_eq!(host.told(), [alloc::format!("wake {}", waiter.bits()), "freed 0".into()]);
    assert!(host.engine.snapshot(0).is_none());
    host.submit();
    assert_eq!(host.told(), ["fault UnknownLimiter 0"]);
}

#[test]
fn until_it_is_told_a_host_may_use_the_numbers_above_those_that_are_free() {
    let mut host = limit(1);
    let task = host.submit();
    host.drain();
    host.command(Command::Free { limiter: 0 });
    // Both go in this turn, of which the host hears only when it is over.
    host.engine.handle(Command::Complete { task, fulfilled: true });
    host.open(&LimiterOptions::slots(1));
    let far = Handle::from_bits(9_000);
    host.command(Command::Submit { limiter: 1, task: far, admission: Admission::PLAIN });
    host.drain();
    assert_eq!(host.told(), ["start 0", "freed 0", "start 9000"]);
}

#[test]
fn an_unreachable_limiter_at_rest_goes_at_once_with_its_pause() {
    let mut host = limit(1);
    host.command(Command::Pause { limiter: 0, span: Span::from_millis(5) });
    host.effects();
    host.command(Command::Free { limiter: 0 });
    assert_eq!((host.told(), host.due()), (["freed 0".into()].into(), None));
}

#[test]
fn a_task_that_settled_before_anybody_looked_at_the_clock_was_in_time() {
    let mut host = Host::with(&LimiterOptions { run_timeout: Span::from_millis(5), ..LimiterOptions::slots(1) });
    let [task] = host.run();
    host.submit();
    host.told();
    // The host was busy: the completion is told in the turn in which the deadline has long been due.
    host.late(50, Command::Complete { task, fulfilled: true });
    assert_eq!(host.told(), [""; 0], "neither expired nor rejected");
    assert_eq!((host.counts().fulfilled, host.counts().timed_out), (1, 0));
}
