use alloc::vec::Vec;

use super::*;
use crate::time::Time;

mod backoff;
mod budget;
mod jitter;

const JITTERS: [Jitter; 4] = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
const EXTREMES: [u64; 7] = [0, 1, 2, 1_000_000, u64::MAX / 2, u64::MAX - 1, u64::MAX];
const GARBAGE: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0];

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

fn us(micros: u64) -> Span {
    Span::from_micros(micros)
}

fn at(millis: u32) -> Time {
    Time::ZERO.after(ms(millis))
}

fn uncapped(kind: BackoffKind) -> Backoff {
    Backoff { kind, base: ms(100), factor: 2.0, max: Span::NEVER }
}

/// Retries as the options say, after 100 ms, 200 ms and so on, without jitter unless they want it.
fn plain() -> RetryOptions {
    let backoff = Backoff { base: ms(100), ..Backoff::default() };
    RetryOptions { backoff, jitter: Jitter::None, ..RetryOptions::default() }
}

fn failed(attempt: u32) -> Failure {
    Failure { attempt, ..Failure::default() }
}

fn judge(options: RetryOptions, failure: Failure) -> RetryVerdict {
    options.judge(&failure, None, Time::ZERO)
}

/// The delays of a call that fails every time, each telling the next what was slept.
fn run(options: RetryOptions) -> Vec<Span> {
    let mut slept = Vec::new();
    for attempt in 1.. {
        let failure = Failure { slept: slept.last().copied().unwrap_or_default(), ..failed(attempt) };
        match options.judge(&failure, None, Time::ZERO) {
            RetryVerdict::After(delay) => slept.push(delay),
            RetryVerdict::Exhausted(_) => break,
        }
    }
    slept
}

fn budget(share: f64, min_per_second: f64) -> Budget {
    Budget::new(BudgetOptions { share, min_per_second, window: ms(10_000) })
}

fn deposit(budget: &mut Budget, count: u32, now: Time) {
    for _ in 0..count {
        budget.deposit(now);
    }
}

#[test]
fn the_defaults_are_those_that_are_written_down() {
    let options = RetryOptions::default();
    assert_eq!((options.retries, options.jitter, options.max_elapsed), (3, Jitter::Full, Span::NEVER));
    assert_eq!(run(RetryOptions { jitter: Jitter::None, ..options }), [ms(1_000), ms(2_000), ms(4_000)]);
    assert_eq!(options.backoff.delay(u32::MAX), ms(30_000));
}

#[test]
fn the_retries_are_the_attempts_after_the_first() {
    for retries in 0..5 {
        assert_eq!(run(RetryOptions { retries, ..plain() }).len(), retries as usize);
    }
    let none = RetryOptions { retries: 0, ..plain() };
    assert_eq!(judge(none, failed(0)), RetryVerdict::Exhausted(Exhaustion::Retries), "0 counts as 1");
    let endless = RetryOptions { retries: u32::MAX, ..plain() };
    assert_eq!(judge(endless, failed(u32::MAX)), RetryVerdict::After(ms(30_000)));
}

#[test]
fn the_same_seed_gives_the_same_delays_and_another_gives_others() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
        let options = RetryOptions { retries: 20, jitter, seed: 1, ..RetryOptions::default() };
        assert_eq!(run(options), run(options));
        assert_ne!(run(options), run(RetryOptions { seed: 2, ..options }), "{jitter:?}");
        assert!(run(options).iter().all(|&delay| delay <= options.backoff.max));
    }
}

#[test]
fn the_delays_of_a_seed_are_fixed_for_all_targets() {
    let delays = |jitter| -> Vec<u64> {
        let options = RetryOptions { retries: 5, jitter, seed: 1, ..plain() };
        run(options).into_iter().map(Span::as_micros).collect()
    };
    assert_eq!(delays(Jitter::Full), [56_656, 149_157, 388_402, 355_487, 710_823]);
    assert_eq!(delays(Jitter::Equal), [78_328, 174_578, 394_201, 577_744, 1_155_412]);
    assert_eq!(delays(Jitter::Decorrelated), [213_312, 502_675, 1_467_197, 2_011_452, 2_736_425]);
}

#[test]
fn a_delay_of_the_callers_own_takes_the_place_of_the_backoff() {
    let given = |base| Failure { base: Some(base), ..failed(2) };
    assert_eq!(judge(plain(), given(ms(7))), RetryVerdict::After(ms(7)));
    assert_eq!(judge(plain(), given(Span::ZERO)), RetryVerdict::After(Span::ZERO));
    assert_eq!(judge(plain(), given(ms(90_000))), RetryVerdict::After(ms(30_000)), "the cap is for it too");
    let ranges = [(Jitter::Full, 0, 60), (Jitter::Equal, 30, 60), (Jitter::Decorrelated, 60, 180)];
    for (jitter, low, high) in ranges {
        for seed in 0..200 {
            let verdict = judge(RetryOptions { jitter, seed, ..plain() }, given(ms(60)));
            let RetryVerdict::After(delay) = verdict else { panic!("{verdict:?}") };
            assert!((ms(low)..=ms(high)).contains(&delay), "{jitter:?} {delay:?}");
        }
    }
}

#[test]
fn a_delay_asked_for_by_name_is_taken_as_it_is() {
    for jitter in JITTERS {
        let options = RetryOptions { jitter, seed: 5, ..plain() };
        for after in [Span::ZERO, us(1), ms(90_000)] {
            let failure = Failure { after: Some(after), base: Some(ms(5)), ..failed(1) };
            assert_eq!(options.judge(&failure, None, Time::ZERO), RetryVerdict::After(after));
        }
    }
}

#[test]
fn each_delay_of_a_call_is_drawn_anew_and_always_the_same() {
    for seed in [0, 7, u64::MAX] {
        let mut numbers = Random::new(seed);
        for given in 0..20 {
            assert_eq!(Random::after(seed, given), numbers);
            numbers.bits();
        }
        let options = RetryOptions { seed, retries: u32::MAX, ..RetryOptions::default() };
        let delays: Vec<RetryVerdict> = (10..30).map(|attempt| judge(options, failed(attempt))).collect();
        let mut different = delays.clone();
        different.dedup();
        assert_eq!(different.len(), delays.len(), "the cap is reached, the chance differs");
    }
}

#[test]
fn a_retry_that_would_start_too_late_does_not_happen() {
    let options = RetryOptions { max_elapsed: ms(1_000), ..plain() };
    let late = RetryVerdict::Exhausted(Exhaustion::Elapsed);
    let failed = |elapsed, after| Failure { elapsed, after, ..failed(1) };
    assert_eq!(judge(options, failed(ms(900), None)), RetryVerdict::After(ms(100)), "just in time");
    assert_eq!(judge(options, failed(us(900_001), None)), late);
    assert_eq!(judge(options, failed(ms(0), Some(us(1_000_001)))), late, "also when it was asked for");
    assert_eq!(judge(options, failed(Span::NEVER, Some(Span::ZERO))), late);
    assert_eq!(judge(plain(), failed(us(u64::MAX - 1), None)), RetryVerdict::After(ms(100)), "no limit");
}

#[test]
fn a_delay_without_end_is_the_end() {
    let late = RetryVerdict::Exhausted(Exhaustion::Elapsed);
    let endless = RetryOptions { backoff: uncapped(BackoffKind::Exponential), retries: u32::MAX, ..plain() };
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal] {
        assert_eq!(judge(RetryOptions { jitter, ..endless }, failed(u32::MAX)), late);
    }
    for jitter in JITTERS {
        let options = RetryOptions { jitter, ..endless };
        assert_eq!(judge(options, Failure { after: Some(Span::NEVER), ..failed(1) }), late);
        assert_eq!(judge(options, Failure { base: Some(Span::NEVER), ..failed(1) }), late);
    }
}

#[test]
fn retries_are_judged_before_time_and_time_before_the_budget() {
    let mut empty = budget(0.0, 0.0);
    let options = RetryOptions { retries: 1, max_elapsed: ms(500), ..plain() };
    let late = |attempt| Failure { elapsed: ms(501), ..failed(attempt) };
    let mut ask = |failure: Failure| options.judge(&failure, Some(&mut empty), Time::ZERO);
    assert_eq!(ask(late(2)), RetryVerdict::Exhausted(Exhaustion::Retries));
    assert_eq!(ask(late(1)), RetryVerdict::Exhausted(Exhaustion::Elapsed));
    assert_eq!(ask(failed(1)), RetryVerdict::Exhausted(Exhaustion::Budget));
}

#[test]
fn nothing_is_withdrawn_for_a_retry_that_does_not_happen() {
    let mut shared = budget(0.0, 0.1);
    let options = RetryOptions { retries: 1, max_elapsed: ms(500), ..plain() };
    options.judge(&failed(2), Some(&mut shared), Time::ZERO);
    options.judge(&Failure { elapsed: ms(501), ..failed(1) }, Some(&mut shared), Time::ZERO);
    let verdict = options.judge(&failed(1), Some(&mut shared), Time::ZERO);
    assert_eq!(verdict, RetryVerdict::After(ms(100)), "the one retry of the window is still there");
    let verdict = options.judge(&failed(1), Some(&mut shared), Time::ZERO);
    assert_eq!(verdict, RetryVerdict::Exhausted(Exhaustion::Budget));
}

#[test]
fn callers_share_a_budget() {
    let mut shared = budget(0.2, 0.0);
    let calls = (0..100).map(|seed| RetryOptions { seed, ..RetryOptions::default() });
    deposit(&mut shared, 100, Time::ZERO);
    let retried = calls
        .filter_map(|call| match call.judge(&failed(1), Some(&mut shared), at(1)) {
            RetryVerdict::After(delay) => Some(delay),
            RetryVerdict::Exhausted(_) => None,
        })
        .count();
    assert_eq!(retried, 20);
}
