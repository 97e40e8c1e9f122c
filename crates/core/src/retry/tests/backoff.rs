use super::*;

const KINDS: [BackoffKind; 4] =
    [BackoffKind::Constant, BackoffKind::Linear, BackoffKind::Exponential, BackoffKind::Fibonacci];

fn delays(backoff: Backoff) -> [u32; 7] {
    core::array::from_fn(|n| backoff.delay(u32::try_from(n).unwrap() + 1).as_millis())
}

#[test]
fn each_kind_grows_as_it_says() {
    assert_eq!(delays(uncapped(BackoffKind::Constant)), [100; 7]);
    assert_eq!(delays(uncapped(BackoffKind::Linear)), [100, 200, 300, 400, 500, 600, 700]);
    assert_eq!(delays(uncapped(BackoffKind::Exponential)), [100, 200, 400, 800, 1_600, 3_200, 6_400]);
    assert_eq!(delays(uncapped(BackoffKind::Fibonacci)), [100, 100, 200, 300, 500, 800, 1_300]);
}

#[test]
fn a_fractional_factor_gives_the_nearest_microsecond() {
    let backoff = Backoff { factor: 1.1, ..uncapped(BackoffKind::Exponential) };
    let micros: [u64; 5] = core::array::from_fn(|n| backoff.delay(u32::try_from(n).unwrap() + 1).as_micros());
    assert_eq!(micros, [100_000, 110_000, 121_000, 133_100, 146_410]);
    let third = Backoff { base: us(10), factor: 1.25, ..backoff };
    assert_eq!([2, 3, 4].map(|attempt| third.delay(attempt)), [us(13), us(16), us(20)]);
}

#[test]
fn no_delay_is_longer_than_the_cap_also_not_the_first() {
    for kind in KINDS {
        let capped = Backoff { max: ms(250), ..uncapped(kind) };
        for attempt in [1, 2, 3, 50, 1_000, u32::MAX] {
            assert_eq!(capped.delay(attempt), uncapped(kind).delay(attempt).min(ms(250)), "{kind:?} {attempt}");
        }
        assert_eq!(Backoff { max: ms(7), ..uncapped(kind) }.delay(1), ms(7));
        assert_eq!(Backoff { max: Span::ZERO, ..uncapped(kind) }.delay(9), Span::ZERO);
    }
}

#[test]
fn attempt_zero_counts_as_the_first() {
    for kind in KINDS {
        assert_eq!(uncapped(kind).delay(0), uncapped(kind).delay(1));
    }
}

#[test]
fn a_factor_that_is_garbage_counts_as_one() {
    for factor in GARBAGE.into_iter().chain([0.0, -0.0, 0.5, 1.0]) {
        let backoff = Backoff { factor, ..uncapped(BackoffKind::Exponential) };
        assert_eq!(delays(backoff), [100; 7], "{factor}");
        assert_eq!(backoff.delay(u32::MAX), ms(100), "{factor}");
    }
}

#[test]
fn what_is_too_long_saturates_and_nothing_loops_for_long() {
    for kind in KINDS {
        for base in EXTREMES {
            for factor in [1.0, 1.0 + f64::EPSILON, 1.000_000_001, 2.0, f64::MAX] {
                let backoff = Backoff { kind, base: us(base), factor, max: Span::NEVER };
                let mut last = Span::ZERO;
                for attempt in [1, 2, 3, 63, 64, 65, 94, 95, u32::MAX - 1, u32::MAX] {
                    let delay = backoff.delay(attempt);
                    assert!(delay >= last, "{backoff:?} {attempt}");
                    last = delay;
                }
                assert_eq!(backoff.delay(1), us(base), "the first is the base, to the microsecond");
                assert!(base > 0 || last == Span::ZERO, "nothing stays nothing");
            }
        }
    }
    assert_eq!(uncapped(BackoffKind::Linear).delay(u32::MAX), us(100_000 * u64::from(u32::MAX)));
    assert_eq!(uncapped(BackoffKind::Exponential).delay(48), us(100_000 << 47));
    assert_eq!(uncapped(BackoffKind::Exponential).delay(49), Span::NEVER);
    let fibonacci = Backoff { base: us(1), ..uncapped(BackoffKind::Fibonacci) };
    assert_eq!(fibonacci.delay(93), us(12_200_160_415_121_876_738));
    assert_eq!(fibonacci.delay(94), Span::NEVER);
}

#[test]
fn a_factor_just_above_one_grows_over_four_billion_attempts() {
    // (1 + 2^-32)^(2^32 - 2) is as good as e.
    let backoff =
        Backoff { base: ms(1_000), factor: 1.0 + 1.0 / 4_294_967_296.0, ..uncapped(BackoffKind::Exponential) };
    assert_eq!(backoff.delay(u32::MAX).as_millis(), 2_718);
}
