use alloc::vec::Vec;

use super::NestedPolicy;
use crate::limit::LimiterOptions;
use crate::testing::{Host, child_of, waits};
use crate::{Admission, Command, Handle, Span, Until};

fn policy(concurrency: u32, nested: NestedPolicy) -> Host {
    Host::with(&LimiterOptions { nested, ..LimiterOptions::slots(concurrency) })
}

fn warn(concurrency: u32) -> Host {
    policy(concurrency, NestedPolicy::Warn)
}

fn inherit(concurrency: u32) -> Host {
    policy(concurrency, NestedPolicy::Inherit)
}

/// Submits from inside a task, and lets start what may.
fn nest(host: &mut Host, parent: Handle) -> Handle {
    let child = host.submit_with(child_of(parent));
    host.drain();
    child
}

#[test]
fn a_full_limiter_of_tasks_that_may_wait_for_their_own_is_told_once() {
    let mut host = warn(2);
    let [a, b] = host.run();
    nest(&mut host, a);
    assert_eq!(host.told(), ["start 0", "start 1"]);
    nest(&mut host, a);
    assert_eq!(host.told(), [""; 0], "b has nothing in the queue");
    nest(&mut host, b);
    assert_eq!(host.told(), ["stuck 0"]);
    nest(&mut host, b);
    host.clear();
    host.effects();
    nest(&mut host, a);
    nest(&mut host, b);
    assert_eq!(host.told(), [""; 0], "once");
}

#[test]
fn who_waits_for_one_that_is_stuck_is_stuck_too() {
    let mut host = warn(2);
    let [root] = host.run();
    let child = nest(&mut host, root);
    assert_eq!(host.told(), ["start 0", "start 1"]);
    let grandchild = nest(&mut host, child);
    assert_eq!(host.told(), ["stuck 0"], "nothing of the root's own waits, but its child can never end");
    host.cancel(grandchild);
    host.fulfil(child);
    host.fulfil(root);
    assert_eq!(host.snapshot().active, 0);
}

#[test]
fn with_a_free_slot_or_a_task_that_was_not_called_yet_nothing_is_stuck() {
    let mut host = warn(2);
    let [a] = host.run();
    nest(&mut host, a);
    assert_eq!(host.told(), ["start 0", "start 1"], "it had a slot");
    let mut host = warn(2);
    let [a] = host.run();
    host.submit();
    host.submit_with(child_of(a));
    assert_eq!(host.told(), ["start 0"], "the other one was not called yet");
}

#[test]
fn a_limiter_gets_stuck_by_a_lower_limit_too() {
    let mut host = warn(2);
    let [a, b] = host.run();
    nest(&mut host, a);
    host.resize(1);
    host.effects();
    host.fulfil(b);
    assert_eq!(host.told(), ["stuck 0"]);

    let mut host = warn(2);
    let [a] = host.run();
    host.pause();
    nest(&mut host, a);
    host.effects();
    host.resize(1);
    assert_eq!(host.told(), ["stuck 0"]);
}

#[test]
fn a_limiter_gets_stuck_by_a_pause_that_takes_back_what_a_lower_limit_left() {
    let mut host = warn(2);
    let [a] = host.run();
    host.submit();
    host.submit_with(child_of(a));
    host.resize(1);
    assert_eq!(host.told(), ["start 0"], "the other one has a slot and may yet run");
    host.pause();
    assert_eq!((host.told(), host.stand()), (["stuck 0".into()].into(), (1, 2)));
}

#[test]
fn who_left_the_queue_does_not_count() {
    let mut host = warn(2);
    let [a, b] = host.run();
    let first = nest(&mut host, a);
    host.cancel(first);
    let timed = host.submit_with(Admission { parent: Some(a), ..waits(1) });
    host.pass(1);
    let _ = timed;
    host.effects();
    nest(&mut host, b);
    assert_eq!(host.told(), [""; 0]);
    nest(&mut host, a);
    assert_eq!(host.told(), ["stuck 0"]);
}

#[test]
fn a_parent_that_ended_does_not_count() {
    let mut host = warn(1);
    let [a] = host.run();
    let b = host.submit();
    host.fulfil(a);
    host.drain();
    host.effects();
    nest(&mut host, a);
    assert_eq!(host.told(), [""; 0]);
    nest(&mut host, b);
    assert_eq!(host.told(), ["stuck 0"]);
}

#[test]
fn an_expired_parent_still_counts_since_its_slot_is_taken() {
    let mut host = warn(1);
    let [a] = host.run();
    host.cancel(a);
    host.effects();
    nest(&mut host, a);
    assert_eq!(host.told(), ["stuck 0"]);
}

#[test]
fn a_task_of_another_limiter_is_no_parent() {
    let mut host = policy(1, NestedPolicy::Error);
    let other = host.open(&LimiterOptions::slots(1));
    let elsewhere = host.submit_to(other, Admission::PLAIN);
    host.drain();
    nest(&mut host, elsewhere);
    assert_eq!(host.told(), ["start 0", "start 1"]);
}

#[test]
fn by_error_a_nested_task_is_refused() {
    let mut host = policy(3, NestedPolicy::Error);
    let [a] = host.run();
    host.effects();
    host.submit_with(child_of(a));
    assert_eq!(host.told(), ["reject 1 Nested"]);
    assert_eq!((host.stand(), host.counts().dropped), ((1, 0), 1));
    host.fulfil(a);
    // The task has ended: what it submits now is not nested.
    nest(&mut host, a);
    assert_eq!(host.told(), ["start 2"]);
}

#[test]
fn an_inheriting_child_runs_at_once_in_its_parents_slot() {
    let mut host = inherit(1);
    let [parent] = host.run();
    host.submit();
    let child = nest(&mut host, parent);
    assert_eq!(host.told(), ["start 0", "start 2"]);
    assert_eq!(host.stand(), (1, 1), "one slot for both");
    host.fulfil(child);
    host.fulfil(parent);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 1".into()].into(), (1, 0)));
    assert_eq!((host.counts().started, host.counts().peak_queued), (3, 1));
}

#[test]
fn at_most_one_child_runs_at_a_time_the_others_stand_in_line() {
    let mut host = inherit(2);
    let [parent] = host.run();
    let [a, b, c] = [(); 3].map(|()| nest(&mut host, parent));
    assert_eq!((host.told(), host.stand()), (["start 0".into(), "start 1".into()].into(), (1, 2)));
    host.fulfil(a);
    host.drain();
    host.cancel(b);
    host.drain();
    assert_eq!(host.told(), ["start 2", "expire 2 Cancelled"], "it runs on in the slot");
    host.fulfil(b);
    host.drain();
    assert_eq!(host.told(), ["start 3"]);
    host.fulfil(c);
    host.fulfil(parent);
    assert_eq!((host.stand(), host.engine.tasks()), ((0, 0), 0));
}

#[test]
fn the_slot_is_free_when_the_parent_and_all_who_inherited_have_ended() {
    let mut host = inherit(1);
    let [parent] = host.run();
    let child = nest(&mut host, parent);
    let grandchild = nest(&mut host, child);
    let sibling = nest(&mut host, parent);
    host.submit();
    host.effects();
    host.fulfil(parent);
    host.fulfil(child);
    host.drain();
    assert_eq!((host.told(), host.stand()), (Vec::new(), (1, 2)), "the grandchild runs, the sibling waits");
    host.fulfil(grandchild);
    host.drain();
    assert_eq!(host.told(), [alloc::format!("start {}", sibling.bits())]);
    host.fulfil(sibling);
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 4".into()].into(), (1, 0)));
}

#[test]
fn a_child_rejected_while_it_waits_leaves_the_line() {
    let mut host = inherit(1);
    let [parent] = host.run();
    let [running, waiting, last] = [(); 3].map(|()| nest(&mut host, parent));
    host.cancel(waiting);
    assert_eq!((host.stand(), host.told().last().cloned()), ((1, 1), Some("reject 2 Cancelled".into())));
    host.fulfil(parent);
    host.fulfil(running);
    // The last one has its turn but was not called yet.
    host.cancel(last);
    assert_eq!((host.stand(), host.engine.tasks(), host.engine.ready()), ((0, 0), 0, 0));
}

#[test]
fn the_last_of_a_line_to_be_rejected_gives_the_slot_back() {
    let mut host = inherit(1);
    let [parent] = host.run();
    host.pause();
    let child = nest(&mut host, parent);
    host.fulfil(parent);
    assert_eq!(host.stand(), (1, 1), "the slot is the child's");
    let idle = host.wait(Until::Idle);
    host.effects();
    host.cancel(child);
    assert_eq!(host.told(), ["reject 1 Cancelled".into(), alloc::format!("wake {}", idle.bits())]);
    assert_eq!(host.stand(), (0, 0));
}

#[test]
fn a_pause_takes_the_turn_back_from_a_child_that_was_not_called() {
    let mut host = inherit(1);
    let [parent] = host.run();
    host.submit_with(child_of(parent));
    host.submit_with(child_of(parent));
    host.effects();
    host.pause();
    assert_eq!((host.stand(), host.engine.ready()), ((1, 2), 0));
    assert_eq!(host.counts().peak_queued, 2);
    host.drain();
    host.resume();
    host.drain();
    assert_eq!((host.told(), host.stand()), (["start 1".into()].into(), (1, 1)));
}

#[test]
fn children_submitted_while_paused_wait_for_the_end_of_it() {
    let mut host = inherit(2);
    let [parent] = host.run();
    host.command(Command::Pause { limiter: 0, span: Span::from_millis(5) });
    let child = nest(&mut host, parent);
    let cousin = host.submit();
    host.effects();
    host.pass(5);
    host.drain();
    let start = |task: Handle| alloc::format!("start {}", task.bits());
    assert_eq!(host.told(), [start(child), start(cousin)]);
}

#[test]
fn clearing_rejects_those_in_line_too() {
    let mut host = inherit(1);
    let [parent] = host.run();
    host.submit();
    let [running, _waiting] = [(); 2].map(|()| nest(&mut host, parent));
    host.effects();
    host.clear();
    assert_eq!((host.told(), host.stand()), (["reject 1 Cleared".into(), "reject 3 Cleared".into()].into(), (1, 0)));
    host.fulfil(running);
    host.fulfil(parent);
    assert_eq!((host.stand(), host.engine.tasks()), ((0, 0), 0));
}

#[test]
fn closing_refuses_new_children_and_lets_the_line_drain() {
    let mut host = inherit(1);
    let [parent] = host.run();
    let [first, second] = [(); 2].map(|()| nest(&mut host, parent));
    host.close(Span::NEVER);
    host.effects();
    nest(&mut host, parent);
    assert_eq!(host.told(), ["reject 4 Closed"]);
    host.fulfil(first);
    host.drain();
    host.fulfil(parent);
    assert_eq!(host.told(), ["start 2"]);
    host.fulfil(second);
    assert_eq!(host.told(), ["closed 3"]);
}

#[test]
fn the_end_of_the_grace_gives_up_on_lines() {
    let mut host = inherit(1);
    let [parent] = host.run();
    let [child, _waiting] = [(); 2].map(|()| nest(&mut host, parent));
    let grandchild = host.submit_with(child_of(child));
    host.effects();
    host.close(Span::ZERO);
    let told = ["reject 2 Closed", "reject 3 Closed", "expire 0 Closed", "expire 1 Closed", "closed 4"];
    assert_eq!(host.told(), told);
    assert_eq!(grandchild.bits(), 3);
    host.fulfil(parent);
    assert_eq!(host.stand(), (1, 0));
    host.fulfil(child);
    assert_eq!((host.stand(), host.engine.tasks()), ((0, 0), 0));
}

#[test]
fn an_abort_gives_up_on_lines() {
    let mut host = inherit(1);
    let [parent] = host.run();
    let [child, _waiting] = [(); 2].map(|()| nest(&mut host, parent));
    host.effects();
    host.command(Command::Abort { limiter: 0 });
    assert_eq!(host.told(), ["reject 2 LimiterAborted", "expire 0 LimiterAborted", "expire 1 LimiterAborted"]);
    host.fulfil(child);
    host.fulfil(parent);
    assert_eq!((host.stand(), host.engine.tasks()), ((0, 0), 0));
}

#[test]
fn a_waiting_child_has_its_queue_timeout() {
    let mut host = inherit(1);
    let [parent] = host.run();
    nest(&mut host, parent);
    host.submit_with(Admission { parent: Some(parent), ..waits(5) });
    host.effects();
    host.pass(5);
    assert_eq!((host.told(), host.stand()), (["reject 2 QueueTimeout".into()].into(), (1, 0)));
}

#[test]
fn lines_are_not_bound_by_the_queue() {
    let nested = NestedPolicy::Inherit;
    let mut host = Host::with(&LimiterOptions { nested, max_queue: 0, ..LimiterOptions::slots(1) });
    let [parent] = host.run();
    for _ in 0..3 {
        nest(&mut host, parent);
    }
    assert_eq!((host.told(), host.stand()), (["start 0".into(), "start 1".into()].into(), (1, 2)));
}

#[test]
fn a_chain_of_successors_is_one_line_and_ends_without_recursion() {
    let mut host = inherit(1);
    let [mut task] = host.run();
    for _ in 0..100_000 {
        let next = host.handle_at(1 - task.index());
        host.command(Command::Submit { limiter: 0, task: next, admission: child_of(task) });
        host.drain();
        host.fulfil(task);
        host.effects();
        task = next;
        assert_eq!(host.engine.lines_kept(), 1);
    }
    host.fulfil(task);
    assert_eq!((host.stand(), host.engine.tasks(), host.engine.lines_kept()), ((0, 0), 0, 0));
}

#[test]
fn parents_that_end_from_the_inside_out_leave_a_chain_that_ends_without_recursion() {
    let mut host = inherit(1);
    let [root] = host.run();
    let mut tasks = alloc::vec![root];
    for _ in 0..100_000 {
        let child = nest(&mut host, tasks[tasks.len() - 1]);
        tasks.push(child);
    }
    let leaf = tasks.pop().expect("the leaf");
    for task in tasks.into_iter().rev() {
        host.fulfil(task);
    }
    assert_eq!(host.stand(), (1, 0));
    host.fulfil(leaf);
    assert_eq!((host.stand(), host.engine.tasks(), host.engine.lines_kept()), ((0, 0), 0, 0));
}
