//! Groups, budgets and retries in words.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops where it finds nothing")]

mod support;

use fanfold_core::retry::{Backoff, BackoffKind, Exhaustion, Failure, Jitter, RetryOptions, RetryVerdict};
use fanfold_core::{Fault, Span, Time};
use fanfold_mailbox::layout::{NONE, command, effect, group, header, retry};
use support::{Host, halves};

/// The words of a retry: the third attempt failed, of six at most.
fn retry_words(bits: u32, wide: [u64; 8], budget: u32) -> Vec<u32> {
    let mut words = vec![command::RETRY | (bits << 8), 7, 3, 5];
    words.extend(wide.into_iter().flat_map(halves));
    words.push(budget);
    words
}

#[test]
fn every_field_of_a_retry_arrives() {
    let kinds = [BackoffKind::Constant, BackoffKind::Linear, BackoffKind::Exponential, BackoffKind::Fibonacci];
    let jitters = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
    for (kind_bits, kind) in (0..).zip(kinds) {
        for (jitter_bits, jitter) in (0..).zip(jitters) {
            for given in [0, retry::BASE_GIVEN, retry::AFTER_GIVEN] {
                for max in [12_000_000_456, 90_000_000_456] {
                    let bits = kind_bits | (jitter_bits << retry::JITTER_SHIFT) | given;
                    let backoff = Backoff { kind, base: BASE, factor: 1.1, max: Span::from_micros(max) };
                    arrives(bits, &RetryOptions { backoff, jitter, seed: 0xfeed_dead_beef, ..RetryOptions::default() });
                }
            }
        }
    }
}

// Beyond 32 bits all of them, so that no half can be lost.
const BASE: Span = Span::from_micros(5_000_000_123);
const ELAPSED: Span = Span::from_micros(9_000_000_111);
const SLEPT: Span = Span::from_micros(20_000_000_222);
const GIVEN: Span = Span::from_micros(8_000_000_333);

/// The third attempt failed: the delay is the one that the options give, with as many retries and as much time as
/// it needs and not with less.
fn arrives(bits: u32, options: &RetryOptions) {
    let given = |flag| (bits & flag != 0).then_some(GIVEN);
    let (base, after) = (given(retry::BASE_GIVEN), given(retry::AFTER_GIVEN));
    let failure = Failure { attempt: 3, elapsed: ELAPSED, slept: SLEPT, base, after };
    let RetryVerdict::After(delay) = options.judge(&failure, None, Time::ZERO) else { panic!("{options:?}") };
    let until = ELAPSED.as_micros() + delay.as_micros();
    let [low, high] = halves(delay.as_micros());
    let exhausted = |what: Exhaustion| vec![effect::EXHAUSTED | ((what as u32) << 8), 7];
    for (retries, max_elapsed, expected) in [
        (3, until, vec![effect::RETRY_AFTER, 7, low, high]),
        (2, until, exhausted(Exhaustion::Retries)),
        (3, until - 1, exhausted(Exhaustion::Elapsed)),
    ] {
        let backoff = options.backoff;
        let mut words = retry_words(
            bits,
            [
                backoff.base.as_micros(),
                backoff.factor.to_bits(),
                backoff.max.as_micros(),
                max_elapsed,
                ELAPSED.as_micros(),
                SLEPT.as_micros(),
                GIVEN.as_micros(),
                options.seed,
            ],
            NONE,
        );
        words[3] = retries;
        let mut host = Host::new();
        assert_eq!(host.ring(&words, false), [expected], "{options:?} {failure:?}");
        assert_eq!(host.block[header::HOLDS], 0);
    }
}

#[test]
fn who_is_tried_again_sleeps_and_may_hold_the_host() {
    let mut host = Host::new();
    host.at(1_000.0);
    let mut wide = [1_500, 1.0_f64.to_bits(), u64::MAX, u64::MAX, 0, 0, 0, 0];
    assert_eq!(host.ring(&retry_words(retry::HOLDS, wide, NONE), false), [[effect::RETRY_AFTER, 7, 1_500, 0]]);
    assert_eq!((host.block[header::DEADLINE_REASON], host.block[header::HOLDS]), (5, 1));
    assert!((host.float(header::DEADLINE) - 1_001.5).abs() < 1e-9);
    host.at(1_001.5);
    assert_eq!(host.ring(&[], false), [[effect::WAKE, 7]]);
    // The next one would start later than it may.
    wide[3] = 1_499;
    let elapsed = effect::EXHAUSTED | ((Exhaustion::Elapsed as u32) << 8);
    assert_eq!(host.ring(&retry_words(retry::HOLDS, wide, NONE), false), [[elapsed, 7]]);
    assert_eq!((host.mailbox.engine().tasks(), host.block[header::HOLDS]), (0, 0));
}

#[test]
fn a_budget_is_opened_filled_asked_and_freed() {
    let mut host = Host::new();
    let mut open = vec![command::OPEN_BUDGET, 0];
    // Half a retry for each attempt, one of a tenth in a second, and ten seconds.
    open.extend([0.5_f64.to_bits(), 0.1_f64.to_bits(), 10_000_000].into_iter().flat_map(halves));
    assert_eq!(host.ring(&open, false), [[0; 2]; 0]);
    let retry = |handle: u32| {
        let mut words = retry_words(0, [1_000, 0, u64::MAX, u64::MAX, 0, 0, 0, 0], 0);
        words[1] = handle;
        words
    };
    let (after, used_up) = (effect::RETRY_AFTER, effect::EXHAUSTED | ((Exhaustion::Budget as u32) << 8));
    assert_eq!(
        host.ring(&[retry(0), retry(1)].concat(), false),
        [vec![after, 0, 1_000, 0], vec![used_up, 1]],
        "one without any traffic"
    );
    let deposits = [command::DEPOSIT, 0, command::DEPOSIT, 0];
    assert_eq!(
        host.ring(&[&deposits[..], &retry(1), &retry(2)].concat(), false),
        [vec![after, 1, 1_000, 0], vec![used_up, 2]]
    );
    host.at(10_000.0);
    assert_eq!(host.ring(&retry(2), false)[0], [after, 2, 1_000, 0], "all is forgotten");
    assert_eq!(host.ring(&[command::FREE_BUDGET, 0], false), [[0; 2]; 0]);
    let unknown = vec![effect::FAULT | ((Fault::UnknownBudget as u32) << 8), 0];
    assert_eq!(host.ring(&[command::DEPOSIT, 0, command::FREE_BUDGET, 0], false), [unknown.clone(), unknown]);
}

/// What is told of a group that lets in four members, of whom the first two end in this order.
fn group_of_four(need: u32, rest: u32, count: u32, outcomes: [u32; 2]) -> Vec<Vec<u32>> {
    let mut host = Host::new();
    let mut words = vec![command::GATHER | ((need | (rest << group::REST_SHIFT)) << 8), 6, count];
    words.extend([command::SEAL, 6, 4, 0]);
    for (member, fulfilled) in (10..).zip(outcomes) {
        words.extend([command::SETTLED | (fulfilled << 8), 6, member]);
    }
    host.ring(&words, false)
}

#[test]
fn a_group_is_judged_as_its_words_say() {
    use group::{NEED_ALL, NEED_EVERY, NEED_FIRST, NEED_SOME, REST_ABORT, REST_ABORT_AND_WAIT, REST_CONTINUE};
    let stop = || vec![effect::GROUP_STOP, 6];
    for (need, count, outcomes, fulfilled, member) in [
        (NEED_ALL, 0, [1, 0], 0, 11),
        (NEED_SOME, 2, [1, 1], 1, 11),
        (NEED_SOME, 3, [0, 0], 0, 11),
        (NEED_FIRST, 0, [0, 1], 0, 10),
        (NEED_FIRST, 0, [1, 0], 1, 10),
    ] {
        let told = |rest| group_of_four(need, rest, count, outcomes);
        let decided = || vec![effect::GROUP_DECIDED | (fulfilled << 8), 6, member];
        // Where the first of the two decided, the other ends in no group any more.
        let unknown = vec![effect::FAULT | ((Fault::UnknownGroup as u32) << 8), 6];
        let late = if member == 10 { vec![unknown] } else { vec![] };
        assert_eq!(told(REST_ABORT), [vec![stop(), decided()], late.clone()].concat(), "{need}");
        assert_eq!(told(REST_ABORT_AND_WAIT), [stop()], "{need}");
        // Bad news wait for what else fails, except that of who is first.
        let is_open = fulfilled == 0 && need != NEED_FIRST;
        let verdict = if is_open { vec![] } else { vec![decided()] };
        assert_eq!(told(REST_CONTINUE), [verdict, late].concat(), "{need}");
    }
    assert_eq!(group_of_four(NEED_EVERY, REST_ABORT, 0, [0, 1]), [[0; 2]; 0]);
}

#[test]
fn members_are_counted_in_bulk_sealed_in_two_words_and_disbanded() {
    let mut host = Host::new();
    host.ring(&[command::GATHER | (group::NEED_EVERY << 8), 6, 0, command::SEAL, 6, 1, 1], false);
    assert_eq!(host.ring(&[command::TALLY, 6, u32::MAX, command::TALLY, 6, 1], false), [[0; 2]; 0]);
    let all = vec![effect::GROUP_DECIDED | (1 << 8), 6, NONE];
    assert_eq!(host.ring(&[command::SETTLED, 6, 0], false), [all], "2^32 and one more");
    host.ring(&[command::GATHER, 6, 0], false);
    assert_eq!(host.mailbox.engine().tasks(), 1);
    assert_eq!(host.ring(&[command::DISBAND, 6], false), [[0; 2]; 0]);
    assert_eq!(host.mailbox.engine().tasks(), 0);
}
