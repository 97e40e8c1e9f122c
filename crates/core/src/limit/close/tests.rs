use alloc::vec::Vec;

use super::Report;
use crate::limit::LimiterOptions;
use crate::testing::{Host, runs, waits};
use crate::{Command, DeadlineReason, Effect, Fault, Span, Until, Verdict};

const ONE: LimiterOptions = LimiterOptions::slots(1);

fn grace(millis: u32) -> Span {
    Span::from_millis(millis)
}

/// What was reported, in the order of the telling.
fn reports(host: &mut Host) -> Vec<Report> {
    let report = |effect| if let Effect::Closed { report, .. } = effect { Some(report) } else { None };
    host.effects().into_iter().filter_map(report).collect()
}

#[test]
fn what_is_idle_closes_at_once() {
    let mut host = Host::with(&ONE);
    host.close(grace(10));
    assert_eq!(reports(&mut host), [Report { drained: true, ..Report::default() }]);
    assert_eq!((host.due(), host.engine.tasks(), host.snapshot().closed), (None, 0, true));
}

#[test]
fn from_the_command_on_nothing_is_taken() {
    let mut host = Host::with(&ONE);
    let [task] = host.run();
    host.close(Span::NEVER);
    host.effects();
    host.submit();
    assert_eq!(host.told(), ["reject 2 Closed"]);
    host.fulfil(task);
    host.effects();
    host.submit();
    assert_eq!(host.told(), ["reject 3 Closed"]);
    assert_eq!(host.counts().cleared, 2);
}

#[test]
fn what_is_inside_drains_and_the_report_counts_it() {
    let mut host = Host::with(&ONE);
    let [ok, failing, cancelled, timed] = [(); 4].map(|()| host.submit());
    let late = host.submit_with(waits(5));
    let running_late = host.submit_with(runs(2));
    host.drain();
    host.close(Span::NEVER);
    host.fulfil(ok);
    host.drain();
    host.fail(failing);
    host.drain();
    host.cancel(cancelled);
    host.drain();
    host.pass(5);
    host.fulfil(cancelled);
    host.drain();
    host.fulfil(timed);
    host.drain();
    host.pass(2);
    assert_eq!(reports(&mut host), [], "the slot of an expired task is still taken");
    host.fulfil(running_late);
    let report = Report { drained: true, fulfilled: 2, rejected: 4, elapsed: grace(7), ..Report::default() };
    assert_eq!(reports(&mut host), [report]);
    assert!(host.engine.snapshot(0).is_some_and(|snapshot| snapshot.closed));
    host.cancel(late);
    assert_eq!(host.effects(), []);
}

#[test]
fn the_end_of_the_grace_gives_up_on_the_rest() {
    let mut host = Host::with(&LimiterOptions::slots(3));
    let [ok, detached, _running] = host.run();
    let _ready = host.submit();
    let _queued = host.submit();
    host.cancel(detached);
    host.effects();
    let closer = host.close(grace(10));
    host.fulfil(ok);
    let due = host.engine.deadline().expect("the end of the grace");
    assert_eq!((due.0.as_micros(), due.1), (10_000, DeadlineReason::GraceEnd(0)));
    host.pass(12);
    let report = Report { drained: false, fulfilled: 1, rejected: 0, cleared: 2, aborted: 1, elapsed: grace(12) };
    let reject = |index: u32, waited: u32| {
        let task = crate::Handle::from_bits(index);
        Effect::Reject { task, limiter: 0, verdict: Verdict::Closed, waited: grace(waited) }
    };
    let running = crate::Handle::from_bits(2);
    let expire =
        Effect::Expire { task: running, limiter: 0, verdict: Verdict::Closed, waited: Span::ZERO, ran: grace(12) };
    let told: Vec<Effect> =
        host.effects().into_iter().filter(|effect| !matches!(effect, Effect::Room { .. })).collect();
    assert_eq!(told, [reject(4, 12), reject(3, 12), expire, Effect::Closed { waiter: closer, report }]);
    assert_eq!((host.stand(), host.due()), ((2, 0), None));
    // Their functions may go on, and keep their slots.
    host.wait(Until::Idle);
    host.fulfil(detached);
    assert_eq!(host.told(), [""; 0]);
    host.fulfil(running);
    assert_eq!(host.told(), ["wake 6"]);
    let counts = host.counts();
    assert_eq!((counts.cleared, counts.aborted, counts.fulfilled), (3, 1, 1));
}

#[test]
fn no_grace_gives_up_at_once() {
    let mut host = Host::with(&ONE);
    let [task, _] = host.run();
    host.effects();
    host.close(Span::ZERO);
    assert_eq!(host.told(), ["reject 1 Closed", "expire 0 Closed", "closed 2"]);
    host.fulfil(task);
    assert_eq!((host.engine.tasks(), host.due()), (0, None));
}

#[test]
fn closing_lifts_a_pause_since_what_is_paused_cannot_drain() {
    let mut host = Host::with(&ONE);
    host.command(Command::Pause { limiter: 0, span: grace(50) });
    let task = host.submit();
    host.close(Span::NEVER);
    assert_eq!((host.snapshot().paused, host.due()), (false, None));
    host.drain();
    host.fulfil(task);
    assert_eq!(host.told(), ["start 0", "closed 1"]);
}

#[test]
fn no_grace_on_what_is_paused_starts_nothing() {
    let mut host = Host::with(&ONE);
    host.pause();
    host.submit();
    host.submit();
    host.close(Span::ZERO);
    host.drain();
    let told = host.told();
    assert_eq!(told.iter().filter(|told| told.starts_with("reject")).count(), 2);
    assert_eq!((told.last().map(|told| &**told), host.stand()), (Some("closed 2"), (0, 0)));
}

#[test]
fn a_pause_while_closing_holds_until_the_grace_is_over() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    host.submit();
    host.close(grace(10));
    host.pause();
    host.fulfil(crate::Handle::from_bits(0));
    host.effects();
    host.drain();
    host.pass(10);
    assert_eq!(host.told(), ["reject 1 Closed", "closed 2"]);
}

#[test]
fn closing_again_joins_and_can_only_shorten() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    let first = host.close(grace(20));
    let longer = host.close(grace(50));
    assert_eq!(host.due(), Some(20));
    host.pass(5);
    let shorter = host.close(grace(5));
    assert_eq!(host.due(), Some(10));
    host.effects();
    host.pass(5);
    let report = Report { drained: false, aborted: 1, elapsed: grace(10), ..Report::default() };
    let closed = |waiter| Effect::Closed { waiter, report };
    let told: Vec<Effect> = host.effects().into_iter().skip(1).collect();
    assert_eq!(told, [closed(first), closed(longer), closed(shorter)]);
    assert_eq!(host.due(), None);
}

#[test]
fn closing_again_without_grace_ends_it_now() {
    let mut host = Host::with(&ONE);
    host.run::<1>();
    host.close(Span::NEVER);
    host.effects();
    host.close(Span::ZERO);
    assert_eq!(host.told(), ["expire 0 Closed", "closed 1", "closed 2"]);
}

#[test]
fn closing_what_is_closed_reports_at_once() {
    let mut host = Host::with(&ONE);
    let [task] = host.run();
    host.close(Span::ZERO);
    reports(&mut host);
    host.close(grace(10));
    assert_eq!(reports(&mut host), [Report::default()], "something still runs");
    host.fulfil(task);
    host.close(grace(10));
    assert_eq!(reports(&mut host), [Report { drained: true, ..Report::default() }]);
    assert_eq!(host.due(), None);
}

#[test]
fn clearing_while_closing_helps_it_drain() {
    let mut host = Host::with(&ONE);
    let [task, _, _] = host.run();
    host.close(Span::NEVER);
    host.clear();
    host.effects();
    host.fulfil(task);
    let report = Report { drained: true, fulfilled: 1, rejected: 2, ..Report::default() };
    assert_eq!(reports(&mut host), [report]);
}

#[test]
fn its_own_signal_closes_it_at_once() {
    let mut host = Host::with(&LimiterOptions::slots(2));
    let [task, other] = host.run();
    host.submit();
    host.effects();
    host.command(Command::Abort { limiter: 0 });
    assert_eq!(host.told(), ["reject 2 LimiterAborted", "expire 0 LimiterAborted", "expire 1 LimiterAborted"]);
    host.submit();
    assert_eq!(host.told(), ["reject 3 LimiterAborted"]);
    assert_eq!(host.counts().aborted, 4);
    host.command(Command::Abort { limiter: 0 });
    assert_eq!(host.told(), [""; 0]);
    host.fulfil(task);
    host.fulfil(other);
    assert_eq!(host.stand(), (0, 0));
    host.close(Span::NEVER);
    assert_eq!(reports(&mut host), [Report { drained: true, ..Report::default() }]);
}

#[test]
fn an_abort_while_closing_tells_the_closers() {
    let mut host = Host::with(&ONE);
    let [task, _, _] = host.run();
    host.close(grace(50));
    host.fulfil(task);
    host.drain();
    host.pass(3);
    host.effects();
    host.command(Command::Abort { limiter: 0 });
    let report = Report { drained: false, fulfilled: 1, rejected: 0, cleared: 1, aborted: 1, elapsed: grace(3) };
    assert_eq!(reports(&mut host), [report]);
    assert_eq!(host.due(), None);
}

#[test]
fn an_abort_after_closing_changes_the_reason_of_refusals() {
    let mut host = Host::with(&ONE);
    host.close(Span::ZERO);
    host.command(Command::Abort { limiter: 0 });
    host.effects();
    host.submit();
    assert_eq!(host.told(), ["reject 1 LimiterAborted"]);
}

#[test]
fn an_unreachable_limiter_reports_before_it_is_forgotten() {
    let mut host = Host::with(&ONE);
    let [task] = host.run();
    host.close(Span::NEVER);
    host.command(Command::Free { limiter: 0 });
    host.effects();
    host.fulfil(task);
    assert_eq!(host.told(), ["closed 1", "freed 0"]);
}

#[test]
fn places_of_freed_limiters_go_and_their_ids_stay() {
    let mut host = Host::new();
    for _ in 0..1_000 {
        host.open(&LimiterOptions::slots(1));
    }
    for limiter in 1..1_000 {
        host.command(Command::Free { limiter });
    }
    assert_eq!(host.engine.limiter_places(), 1, "one is open");
    host.effects();
    let open = |limiter| Command::Open { limiter, options: LimiterOptions::slots(1) };
    host.command(open(1_001));
    assert_eq!(host.effects(), [Effect::Fault { fault: Fault::LimiterTaken, subject: 1_001 }]);
    // A host that has not heard yet opens the next higher one; one that has, any of those before.
    for limiter in [1_000, 500] {
        host.command(open(limiter));
        assert!(host.engine.snapshot(limiter).is_some());
    }
    for limiter in [0, 500, 1_000] {
        host.command(Command::Free { limiter });
    }
    assert_eq!(host.told(), ["freed 0", "freed 500", "freed 1000"]);
    assert_eq!(host.engine.limiter_places(), 0);
}
