//! The longest wait through the engine.

use alloc::vec;
use alloc::vec::Vec;

use crate::limit::hold_back::Scope;
use crate::limit::queue::{Order, Overflow};
use crate::limit::rate::{At, Rule, Shape};
use crate::limit::{Block, LimiterOptions};
use crate::testing::Host;
use crate::{Admission, Command, Effect, Handle, Span, Verdict};

const ONE: LimiterOptions = LimiterOptions::slots(1);

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

fn limited(options: &LimiterOptions, millis: u32) -> Host {
    let mut host = Host::with(options);
    host.command(Command::SetMaxWait { limiter: 0, max_wait: ms(millis) });
    host
}

/// Lets so many tasks run for so long, one after the other.
fn learn(host: &mut Host, tasks: u32, millis: u32) {
    for _ in 0..tasks {
        let [task] = host.run();
        host.pass(millis);
        host.fulfil(task);
    }
    host.effects();
}

#[test]
fn who_would_wait_for_too_long_is_refused_with_the_estimate() {
    let mut host = limited(&ONE, 250);
    learn(&mut host, 3, 100);
    host.run::<4>();
    let refused = Effect::Refuse {
        task: Handle::from_bits(6),
        limiter: 0,
        verdict: Verdict::Overloaded,
        waited: Span::ZERO,
        by: 0,
        after: ms(300),
    };
    assert!(host.effects().contains(&refused), "the one that runs and two before it");
    assert_eq!((host.stand(), host.counts().dropped, host.counts().peak_queued), ((1, 2), 1, 2));
    assert!(host.engine.is_timed());
}

#[test]
fn nobody_is_refused_before_anything_is_known_or_without_having_to_wait() {
    let mut host = limited(&ONE, 0);
    host.run::<3>();
    assert_eq!(host.stand(), (1, 2));
    let mut host = limited(&ONE, 0);
    learn(&mut host, 1, 100);
    host.run::<2>();
    assert_eq!(host.told(), ["refuse 2 Overloaded by 0 after 100 ms", "start 1"]);
    host.command(Command::SetMaxWait { limiter: 0, max_wait: ms(100) });
    host.run::<1>();
    host.command(Command::SetMaxWait { limiter: 0, max_wait: Span::NEVER });
    host.run::<1>();
    assert_eq!((host.told(), host.stand()), (vec![], (1, 2)));
    assert!(!host.engine.is_timed());
}

#[test]
fn those_before_it_are_counted_in_the_order_of_the_queue() {
    for (order, accepted) in [(Order::Fifo, 2), (Order::Lifo, 9), (Order::Priority, 2)] {
        let mut host = limited(&LimiterOptions { order, ..ONE }, 250);
        learn(&mut host, 1, 100);
        host.run::<10>();
        assert_eq!(host.stand(), (1, accepted), "{order:?}");
    }
    let mut host = limited(&LimiterOptions { order: Order::Priority, ..ONE }, 250);
    learn(&mut host, 1, 100);
    let with = |priority| Admission { priority, ..Admission::PLAIN };
    let tasks: Vec<Handle> = [0, 5, 5, 1, 5, 7, 6].map(|priority| host.submit_with(with(priority))).to_vec();
    let refused = tasks.iter().map(|&task| host.engine.blocked_by(task) != Some((0, Block::Concurrency)));
    // The first one has the slot. Of the others those are accepted that have no more than one before them.
    assert_eq!(refused.collect::<Vec<_>>(), [true, false, false, true, true, false, false]);
}

#[test]
fn nobody_is_pushed_out_for_who_would_not_stay() {
    let mut host = limited(&LimiterOptions { max_queue: 1, overflow: Overflow::DropOldest, ..ONE }, 150);
    learn(&mut host, 1, 100);
    host.run::<3>();
    assert_eq!(host.told(), ["refuse 3 Overloaded by 0 after 200 ms", "start 1"]);
}

#[test]
fn a_rate_counts_by_its_pace_and_a_hold_by_its_end() {
    let mut host = limited(&LimiterOptions::slots(100), 500);
    let rule = Rule { resource: 0, limit: 1, interval: ms(100), shape: Shape::Burst, at: At::Start };
    host.command(Command::SetRate { limiter: 0, nth: 0, rule: Some(rule) });
    host.run::<30>();
    for _ in 0..25 {
        host.pass(100);
        host.drain();
    }
    host.effects();
    assert_eq!(host.stand(), (26, 4));
    host.run::<3>();
    assert_eq!(host.told(), ["refuse 31 Overloaded by 0 after 600 ms", "refuse 32 Overloaded by 0 after 600 ms"]);
    host.clear();
    host.effects();
    host.command(Command::HoldBack { limiter: 0, scope: Scope::Own, span: ms(300), spread: Span::ZERO });
    host.run::<3>();
    assert_eq!(host.told(), ["refuse 35 Overloaded by 0 after 600 ms"]);
    host.clear();
    host.command(Command::HoldBack { limiter: 0, scope: Scope::Own, span: Span::NEVER, spread: Span::ZERO });
    host.run::<1>();
    let after = host.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Refuse { after, .. } => Some(after),
        _ => None,
    });
    assert_eq!(after, Some(Span::NEVER));
}

#[test]
fn a_pause_is_no_pace() {
    let mut host = limited(&ONE, 1_000);
    let mut running = host.run::<3>()[0];
    for _ in 0..40 {
        host.pass(10);
        host.submit();
        host.fulfil(running);
        running = Handle::from_bits(running.bits() + 1);
        host.drain();
    }
    host.pause();
    host.fulfil(running);
    host.pass(100_000);
    host.resume();
    host.drain();
    host.run::<5>();
    assert_eq!(host.stand(), (1, 6), "nobody was refused");
}

#[test]
fn who_is_above_says_nothing_of_its_own_and_slows_all_the_same() {
    let mut host = limited(&LimiterOptions::slots(1), 50);
    host.open(&LimiterOptions { parent: Some(0), ..LimiterOptions::slots(10) });
    for _ in 0..5 {
        let task = host.submit_to(1, Admission::PLAIN);
        host.drain();
        host.pass(100);
        host.fulfil(task);
    }
    host.effects();
    for _ in 0..3 {
        host.submit_to(1, Admission::PLAIN);
    }
    assert_eq!(host.told(), [""; 0]);
    host.command(Command::SetMaxWait { limiter: 7, max_wait: ms(100) });
    assert_eq!(host.told(), ["fault UnknownLimiter 7"]);
}
