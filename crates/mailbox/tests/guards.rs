//! Turns in words about what protects a service.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it finds nothing")]

mod support;

use fanfold_core::limit::Block;
use fanfold_core::{Fault, Verdict};
use fanfold_mailbox::layout::guards::{adaptive, command as guard, effect as guarded, health, scope, stats, trip};
use fanfold_mailbox::layout::{command, effect, header, rate};
use support::{Host, halves};

/// A host with a limiter of so many slots, number 0, and one below it, number 1.
fn host_with(slots: u32) -> Host {
    let mut host = Host::new();
    let never = u32::MAX;
    for (limiter, parent) in [(0, never), (1, 0)] {
        let limits = [never; 5];
        let options = [&[command::OPEN_FULL, limiter, slots][..], &limits, &[parent, 0, never, never]].concat();
        host.ring(&options, false);
    }
    host
}

#[test]
fn a_tree_is_held_back_and_lifted() {
    let mut host = host_with(5);
    host.at(10.0);
    let [low, high] = halves(50_000);
    let [spread_low, spread_high] = halves(20_000);
    host.ring(&[guard::HOLD_BACK | (scope::ROOT << 8), 1, low, high, spread_low, spread_high], false);
    assert_eq!((host.block[header::DEADLINE_REASON], host.block[header::HOLDS]), (200, 0));
    host.ring(&[command::SUBMIT | (1 << 8), 0, command::SUBMIT | (1 << 8), 1, command::BLOCKED_BY, 1], true);
    assert_eq!((host.block[header::BLOCKED_BY], host.block[header::BLOCK]), (0, Block::Paused as u32));
    assert!((host.float(header::DEADLINE) - 60.0).abs() < 1e-9);
    host.at(60.0);
    host.ring(&[], false);
    assert_eq!(host.ring(&[], true), [[effect::START | (1 << 8), 0]]);
    assert!((host.float(header::DEADLINE) - 70.0).abs() < 1e-9);
    host.ring(&[guard::LIFT_HOLD, 0], false);
    assert_eq!(host.ring(&[], true), [[effect::START | (1 << 8), 1]]);
    assert_eq!(host.block[header::DEADLINE_REASON], 0);
}

#[test]
fn who_would_wait_for_too_long_is_refused() {
    let mut host = host_with(1);
    let [low, high] = halves(50_000);
    host.ring(&[guard::SET_MAX_WAIT, 0, low, high, command::SUBMIT, 0], true);
    host.at(60.0);
    host.ring(&[command::COMPLETE | (1 << 8), 0, command::SUBMIT, 1], true);
    let refused = guarded::REFUSE | ((Verdict::Overloaded as u32) << 8);
    assert_eq!(host.ring(&[command::SUBMIT, 2], true), [[refused, 2, 0, 0, 0, 0, 60_000, 0]]);
    assert_eq!(host.block[header::TIMED], 1);
}

#[test]
fn statistics_are_answered_in_the_header() {
    let mut host = host_with(1);
    let floats =
        |host: &Host, at: usize, count: usize| (0..count).map(|nth| host.float(at + 2 * nth)).collect::<Vec<_>>();
    host.ring(&[guard::QUERY_STATS, 0], false);
    assert!(host.float(stats::OLDEST_WAIT).is_nan() && host.float(stats::NEXT_START).is_infinite());
    assert_eq!(host.block[header::TIMED], 0);
    let [low, high] = halves(20_000);
    let rule = rate::SMOOTH << 8 | 3 << 8;
    host.ring(&[guard::ENABLE_STATS, 0, command::SET_RATE | rule, 0, 2, 0, low, high], false);
    host.at(10.0);
    host.ring(&[command::SUBMIT, 0, command::SUBMIT, 1], true);
    host.at(12.0);
    host.ring(&[command::COMPLETE | (1 << 8), 0, guard::QUERY_STATS, 0], true);
    assert!((host.float(stats::OLDEST_WAIT) - 2.0).abs() < 1e-9 && (host.float(stats::NEXT_START) - 20.0).abs() < 1e-9);
    assert_eq!(floats(&host, stats::WAITED, 4), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(floats(&host, stats::RAN, 4), [1.0, 2.0, 2.0, 2.0]);
    let left = floats(&host, stats::LEFT, 8);
    assert!(left[0].is_nan() && left[3].abs() < 1e-9, "{left:?}");
    let unknown = effect::FAULT | ((Fault::UnknownLimiter as u32) << 8);
    assert_eq!(host.ring(&[guard::QUERY_STATS, 9], false), [[unknown, 9]]);
}

#[test]
fn a_breaker_opens_and_an_end_says_what_it_means() {
    let mut host = host_with(1);
    let [low, high] = halves(50_000);
    let consecutive = [guard::SET_BREAKER | (trip::CONSECUTIVE << 8), 0, 1, 1, 0, 0, 0, low, high];
    host.ring(&[&consecutive[..], &[command::SUBMIT, 0]].concat(), true);
    let bad = 1 | (health::BAD << health::SHIFT);
    let told = host.ring(&[command::COMPLETE | (bad << 8), 0, command::SUBMIT, 1], true);
    let refused = guarded::REFUSE | ((Verdict::BreakerOpen as u32) << 8);
    let open = guarded::BREAKER | (2 << 8);
    assert!(told.contains(&vec![open, 0, low, high]), "{told:?}");
    assert!(told.contains(&vec![refused, 1, 0, 0, 0, 0, low, high]), "{told:?}");
    host.ring(&[guard::QUERY_STATS, 0, command::QUERY, 0], false);
    assert!((host.float(header::COUNTS + 2) - 1.0).abs() < 1e-9, "it was fulfilled");
    assert_eq!((host.block[stats::CIRCUIT], host.block[header::DEADLINE_REASON]), (2, 201));
    assert!((host.float(stats::HALF_OPEN) - 50.0).abs() < 1e-9);
    host.at(50.0);
    assert_eq!(host.ring(&[], false), [[guarded::BREAKER | (3 << 8), 0, 0, 0]]);
    host.ring(&[command::SUBMIT, 2], true);
    let neutral = health::NEUTRAL << health::SHIFT;
    let told = host.ring(&[command::COMPLETE | (neutral << 8), 2, command::SUBMIT, 3], true);
    assert!(told.contains(&vec![effect::START, 3]));
    let good = health::GOOD << health::SHIFT;
    let told = host.ring(&[command::COMPLETE | (good << 8), 3], true);
    assert!(told.contains(&vec![guarded::BREAKER | (1 << 8), 0, 0, 0]));
    let rate = [guard::SET_BREAKER | (trip::RATE << 8), 0, 1, 500, 2, low, high, low, high];
    host.ring(&[&rate[..], &[command::SUBMIT, 4]].concat(), true);
    host.ring(&[command::COMPLETE, 4, guard::QUERY_STATS, 0], true);
    assert_eq!(host.block[stats::CIRCUIT], 1, "one is too few");
    host.ring(&[&[guard::SET_BREAKER, 0][..], &[0; 7], &[guard::QUERY_STATS, 0]].concat(), false);
    assert_eq!(host.block[stats::CIRCUIT], 0);
}

#[test]
fn an_adaptive_limit_is_told() {
    let mut host = host_with(1);
    let told = host.ring(&[guard::SET_ADAPTIVE | (adaptive::VEGAS << 8), 0, 2, 9, 50], false);
    assert!(told.contains(&vec![guarded::LIMIT, 0, 9]), "{told:?}");
    host.ring(&[command::SUBMIT, 0, guard::QUERY_STATS, 0], true);
    assert_eq!((host.block[stats::CONCURRENCY], host.block[header::DEADLINE_REASON]), (9, 202));
    host.ring(&[guard::SET_ADAPTIVE, 0, 0, 0, 0, command::COMPLETE, 0], true);
    assert_eq!(host.block[header::DEADLINE_REASON], 0);
}
