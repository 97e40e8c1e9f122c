use alloc::vec::Vec;

use crate::limit::close::Report;
use crate::limit::{Block, LimiterOptions};
use crate::testing::Host;
use crate::{Admission, Command, Effect, Handle, LimiterId, Span, Until};

/// Limiters of so many slots, each below the one that is named.
fn tree<const N: usize>(limits: [(u32, Option<LimiterId>); N]) -> Host {
    let mut host = Host::new();
    for (concurrency, parent) in limits {
        host.open(&LimiterOptions { parent, ..LimiterOptions::slots(concurrency) });
    }
    host
}

fn submit(host: &mut Host, limiter: LimiterId, count: usize) -> Vec<Handle> {
    let tasks = (0..count).map(|_| host.submit_to(limiter, Admission::PLAIN)).collect();
    host.drain();
    tasks
}

fn heavy(host: &mut Host, limiter: LimiterId, weight: u32) -> Handle {
    let task = host.submit_to(limiter, Admission { weight, ..Admission::PLAIN });
    host.drain();
    task
}

/// Slots taken and tasks that wait, of each of the first limiters.
fn stand<const N: usize>(host: &Host) -> [(u32, u32); N] {
    let mut ids = 0..;
    [(); N].map(|()| {
        let snapshot = ids.next().and_then(|id| host.engine.snapshot(id)).expect("a limiter");
        (snapshot.active, snapshot.queued)
    })
}

fn blocked(host: &mut Host, task: Handle) -> Option<(LimiterId, Block)> {
    host.engine.blocked_by(task)
}

#[test]
fn three_of_14_below_one_of_30() {
    let mut host = tree([(30, None), (14, Some(0)), (14, Some(0)), (14, Some(0))]);
    let first = submit(&mut host, 1, 100);
    let second = submit(&mut host, 2, 100);
    assert_eq!(stand(&host), [(28, 0), (14, 86), (14, 86), (0, 0)], "two use 28 while the third is idle");
    assert_eq!(blocked(&mut host, first[50]), Some((1, Block::Concurrency)));
    submit(&mut host, 3, 100);
    assert_eq!(stand(&host), [(30, 0), (14, 86), (14, 86), (2, 98)], "the third has the rest at once");
    // Whatever the others end, every slot that is free above goes round.
    let mut running: Vec<Handle> = first[..14].iter().chain(&second[..14]).copied().collect();
    for _ in 0..40 {
        let done = running.remove(0);
        host.fulfil(done);
        host.effects();
        host.end_turn(true);
        running.extend(host.effects().iter().filter_map(|effect| match *effect {
            Effect::Start { task, .. } => Some(task),
            _ => None,
        }));
        let [above, ..] = stand::<4>(&host);
        assert_eq!(above.0, 30);
    }
    let [_, one, two, three] = stand::<4>(&host);
    assert!([one, two, three].iter().all(|limiter| (8..=12).contains(&limiter.0)), "{one:?} {two:?} {three:?}");
}

#[test]
fn while_it_waits_it_holds_nothing() {
    let mut host = tree([(1, None), (5, Some(0)), (5, Some(0))]);
    let [running, ..] = submit(&mut host, 1, 3)[..] else { panic!("three") };
    let other = submit(&mut host, 2, 1)[0];
    assert_eq!(stand(&host), [(1, 0), (1, 2), (0, 1)]);
    assert_eq!(blocked(&mut host, other), Some((0, Block::Concurrency)));
    host.told();
    host.fulfil(running);
    host.drain();
    assert_eq!((host.told(), stand(&host)), (["start 1".into()].into(), [(1, 0), (1, 1), (0, 1)]));
    host.fulfil(Handle::from_bits(1));
    host.drain();
    assert_eq!((host.told(), stand(&host)), (["start 3".into()].into(), [(1, 0), (0, 1), (1, 0)]), "they take turns");
}

#[test]
fn the_middle_of_three_levels_counts_too() {
    let mut host = tree([(10, None), (2, Some(0)), (9, Some(1)), (9, Some(1))]);
    submit(&mut host, 2, 1);
    let tasks = submit(&mut host, 3, 2);
    assert_eq!(stand(&host), [(2, 0), (2, 0), (1, 0), (1, 1)]);
    assert_eq!(blocked(&mut host, tasks[1]), Some((1, Block::Concurrency)));
    let own = submit(&mut host, 0, 9);
    assert_eq!(stand(&host), [(10, 1), (2, 0), (1, 0), (1, 1)], "a limiter above takes tasks of its own");
    host.fulfil(own[0]);
    host.fulfil(tasks[0]);
    host.drain();
    assert_eq!(stand(&host), [(10, 0), (2, 0), (1, 0), (1, 0)]);
}

#[test]
fn turns_go_by_weight() {
    let mut host = tree([(4, None), (4, Some(0)), (4, Some(0))]);
    let gate = heavy(&mut host, 0, 4);
    for _ in 0..4 {
        heavy(&mut host, 1, 4);
    }
    let light = submit(&mut host, 2, 16);
    host.told();
    let mut given = [0, 0];
    let mut running = alloc::vec![gate];
    for _ in 0..40 {
        let Some(done) = running.pop() else { break };
        host.fulfil(done);
        host.drain();
        for effect in host.effects() {
            if let Effect::Start { task, limiter } = effect {
                running.push(task);
                given[limiter as usize - 1] += if light.contains(&task) { 1 } else { 4 };
                assert!(u32::abs_diff(given[0], given[1]) <= 8, "{given:?}");
            }
        }
    }
    assert_eq!(given, [16, 16]);
}

#[test]
fn a_heavy_task_of_one_child_is_not_starved_by_light_ones_of_another() {
    let mut host = tree([(3, None), (3, Some(0)), (3, Some(0))]);
    let running = submit(&mut host, 2, 3);
    let head = heavy(&mut host, 1, 3);
    submit(&mut host, 2, 9);
    host.told();
    for (done, task) in running.into_iter().enumerate() {
        assert_eq!((host.told().len(), blocked(&mut host, head).map(|(at, _)| at)), (0, Some(0)), "{done}");
        host.fulfil(task);
        host.drain();
    }
    assert_eq!(host.told(), ["start 3"]);
}

#[test]
fn late_callers_never_pass_in_any_ring_on_the_path() {
    let mut host = tree([(2, None), (2, Some(0)), (2, Some(0))]);
    let light = submit(&mut host, 1, 1)[0];
    let waiting = heavy(&mut host, 1, 2);
    // One slot is free above and below.
    let late = submit(&mut host, 2, 1)[0];
    assert_eq!(stand(&host), [(2, 0), (1, 1), (1, 0)], "it waits in its own limiter, and does not contend");
    host.fulfil(late);
    host.fulfil(light);
    host.drain();
    host.told();
    let later = submit(&mut host, 2, 1)[0];
    assert_eq!((blocked(&mut host, waiting), blocked(&mut host, later)), (None, Some((0, Block::Concurrency))));
    let (granted, _) = host.try_acquire();
    assert!(!granted);
}

#[test]
fn pausing_above_takes_slots_back_from_all_below() {
    let mut host = tree([(2, None), (2, Some(0)), (2, Some(0))]);
    let one = host.submit_to(1, Admission::PLAIN);
    let two = host.submit_to(2, Admission::PLAIN);
    host.pause();
    assert_eq!((stand(&host), host.engine.ready()), ([(0, 0), (0, 1), (0, 1)], 0));
    assert_eq!([one, two].map(|task| blocked(&mut host, task)), [Some((0, Block::Paused)); 2]);
    host.drain();
    assert_eq!(host.told().len(), 0);
    host.resume();
    host.drain();
    assert_eq!(host.told(), ["start 0", "start 1"]);
}

#[test]
fn a_paused_child_holds_up_nobody_else() {
    let mut host = tree([(1, None), (1, Some(0)), (1, Some(0))]);
    let running = submit(&mut host, 1, 2)[0];
    submit(&mut host, 2, 1);
    host.command(Command::Pause { limiter: 1, span: Span::from_millis(5) });
    host.told();
    host.fulfil(running);
    host.drain();
    assert_eq!(host.told(), ["start 2"]);
    host.fulfil(Handle::from_bits(2));
    host.pass(5);
    host.drain();
    assert_eq!(host.told(), ["start 1"]);
}

#[test]
fn raising_any_level_gives_slots_at_once() {
    let mut host = tree([(1, None), (2, Some(0))]);
    submit(&mut host, 1, 3);
    host.resize(3);
    assert_eq!(stand(&host), [(2, 0), (2, 1)]);
    host.command(Command::Resize { limiter: 1, concurrency: 5 });
    assert_eq!(stand(&host), [(3, 0), (3, 0)]);
    host.resize(1);
    assert_eq!(stand(&host), [(3, 0), (3, 0)], "a lower limit takes none away");
}

#[test]
fn closing_above_refuses_what_is_new_below_and_drains_what_is_there() {
    let mut host = tree([(1, None), (1, Some(0)), (1, Some(1))]);
    let [first, second] = submit(&mut host, 2, 2)[..] else { panic!("two") };
    host.command(Command::Pause { limiter: 1, span: Span::NEVER });
    host.close(Span::NEVER);
    submit(&mut host, 2, 1);
    assert_eq!(host.told(), ["start 0", "reject 3 Closed"]);
    host.fulfil(first);
    host.drain();
    assert_eq!(host.told(), ["start 1"], "its pause is lifted");
    host.fail(second);
    let report = Report { drained: true, fulfilled: 1, rejected: 1, ..Report::default() };
    assert!(host.effects().contains(&Effect::Closed { waiter: Handle::from_bits(2), report }));
}

#[test]
fn at_the_end_of_the_grace_all_of_it_is_given_up() {
    let mut host = tree([(1, None), (1, Some(0)), (1, Some(1))]);
    submit(&mut host, 2, 2);
    submit(&mut host, 1, 1);
    host.close(Span::from_millis(5));
    host.effects();
    host.pass(5);
    let told = host.effects();
    let report = Report { cleared: 2, aborted: 1, elapsed: Span::from_millis(5), ..Report::default() };
    assert!(told.contains(&Effect::Closed { waiter: Handle::from_bits(3), report }), "{told:?}");
    assert_eq!(stand(&host), [(1, 0), (1, 0), (1, 0)], "what runs keeps its slots");
}

#[test]
fn a_child_closes_for_itself() {
    let mut host = tree([(1, None), (1, Some(0)), (1, Some(0))]);
    let waiter = host.handle();
    host.command(Command::Close { limiter: 1, waiter, grace: Span::NEVER });
    submit(&mut host, 1, 1);
    submit(&mut host, 2, 1);
    assert_eq!(host.told(), ["closed 0", "reject 1 Closed", "start 2"]);
}

#[test]
fn idle_is_who_has_nothing_below_either() {
    let mut host = tree([(2, None), (1, Some(0))]);
    host.command(Command::Pause { limiter: 1, span: Span::NEVER });
    let task = submit(&mut host, 1, 1)[0];
    host.wait(Until::Idle);
    let call = host.handle();
    host.command(Command::Hold { limiter: 1, call });
    host.cancel(task);
    assert_eq!(host.told(), ["reject 0 Cancelled"], "a call is held below");
    host.cancel(call);
    assert_eq!(host.told(), ["wake 1"]);
}

#[test]
fn a_limiter_with_children_is_not_forgotten() {
    let mut host = tree([(1, None), (5, Some(0))]);
    host.command(Command::Free { limiter: 0 });
    submit(&mut host, 1, 2);
    assert_eq!((host.told(), stand(&host)), (["start 0".into()].into(), [(1, 0), (1, 1)]));
    host.cancel(Handle::from_bits(1));
    host.fulfil(Handle::from_bits(0));
    host.told();
    host.command(Command::Free { limiter: 1 });
    assert_eq!(host.told(), ["freed 1", "freed 0"]);
}

#[test]
fn moving_takes_along_what_runs_and_what_waits() {
    let mut host = tree([(2, None), (1, None), (3, Some(0)), (3, Some(2))]);
    submit(&mut host, 3, 2);
    let ready = host.submit_to(3, Admission::PLAIN);
    submit(&mut host, 1, 1);
    assert_eq!(stand(&host), [(2, 0), (1, 0), (2, 0), (2, 1)]);
    host.command(Command::Move { limiter: 2, parent: Some(1) });
    assert_eq!(stand(&host), [(0, 0), (3, 0), (2, 0), (2, 1)], "as if the limit had been lowered");
    assert_eq!(blocked(&mut host, ready), Some((1, Block::Concurrency)));
    host.command(Command::Move { limiter: 2, parent: None });
    assert_eq!(stand(&host), [(0, 0), (1, 0), (3, 0), (3, 0)]);
    host.drain();
    host.told();
    host.command(Command::Move { limiter: 1, parent: Some(3) });
    for (limiter, parent, fault) in
        [(2, Some(1), "fault Cycle 2"), (2, Some(2), "fault Cycle 2"), (2, Some(9), "fault UnknownLimiter 9")]
    {
        host.command(Command::Move { limiter, parent });
        assert_eq!(host.told(), [fault]);
    }
}

#[test]
fn moving_takes_slots_back_from_who_was_not_called_yet() {
    let mut host = tree([(1, None), (1, None), (1, Some(0))]);
    host.submit_to(2, Admission::PLAIN);
    host.command(Command::Pause { limiter: 1, span: Span::NEVER });
    host.command(Command::Move { limiter: 2, parent: Some(1) });
    assert_eq!((stand(&host), host.engine.ready()), ([(0, 0), (0, 0), (0, 1)], 0));
    host.command(Command::Resume { limiter: 1 });
    host.drain();
    assert_eq!(host.told(), ["start 0"]);
}

#[test]
fn who_is_too_heavy_for_any_level_is_refused() {
    let mut host = tree([(2, None), (5, Some(0))]);
    heavy(&mut host, 1, 3);
    heavy(&mut host, 1, 2);
    assert_eq!(host.told(), ["reject 0 TooHeavy", "start 1"]);
}

#[test]
fn room_is_told_of_each_for_itself() {
    let mut host = tree([(1, None), (5, Some(0)), (5, Some(0))]);
    let task = submit(&mut host, 1, 1)[0];
    let rooms = |host: &mut Host| -> Vec<(LimiterId, bool)> {
        let effects = host.effects();
        let told = effects.iter().filter_map(|effect| match *effect {
            Effect::Room { limiter, room } => Some((limiter, room)),
            _ => None,
        });
        told.collect()
    };
    assert_eq!(rooms(&mut host), [(0, false)]);
    submit(&mut host, 2, 1);
    assert_eq!(rooms(&mut host), [(2, false)], "somebody waits there");
    host.fulfil(task);
    assert_eq!(rooms(&mut host), [(2, true)]);
}

#[test]
fn a_deep_chain_costs_no_stack() {
    const LEVELS: u32 = 500;
    let mut host = Host::new();
    for level in 0..LEVELS {
        host.open(&LimiterOptions { parent: level.checked_sub(1), ..LimiterOptions::slots(1) });
    }
    let tasks = submit(&mut host, LEVELS - 1, 2);
    assert_eq!(blocked(&mut host, tasks[1]), Some((LEVELS - 1, Block::Concurrency)));
    host.fulfil(tasks[0]);
    host.drain();
    host.fulfil(tasks[1]);
    for limiter in 0..LEVELS {
        host.command(Command::Free { limiter });
    }
    assert_eq!((host.told().len(), host.engine.tasks()), (LEVELS as usize + 2, 0));
}
