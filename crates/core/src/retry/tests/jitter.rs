use alloc::vec::Vec;

use super::*;

#[test]
fn the_numbers_are_those_of_the_reference() {
    let mut random = Random::new(0);
    let numbers: [u64; 3] = core::array::from_fn(|_| random.bits());
    assert_eq!(numbers, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    assert_eq!(Random::new(1_234_567).bits(), 6_457_827_717_110_365_317);
}

#[test]
fn a_number_lies_between_zero_and_its_limit_and_reaches_both() {
    let mut random = Random::new(1);
    for limit in EXTREMES {
        assert!((0..1_000).all(|_| random.up_to(limit) <= limit));
    }
    let mut seen = [0_u32; 5];
    for _ in 0..10_000 {
        seen[usize::try_from(random.up_to(4)).unwrap()] += 1;
    }
    assert!(seen.iter().all(|count| (1_850..2_150).contains(count)), "{seen:?}");
    // At the limit of all limits a number is the bits themselves.
    assert_eq!(Random::new(5).up_to(u64::MAX), Random::new(5).bits());
}

/// 20,000 sleeps in place of one delay of 400 ms, after one of 200 ms, sorted.
fn sleeps(jitter: Jitter, max: Span) -> Vec<u64> {
    let mut random = Random::new(42);
    let mut sleeps: Vec<u64> =
        (0..20_000).map(|_| jitter.apply(ms(400), ms(200), ms(100), max, &mut random).as_micros()).collect();
    sleeps.sort_unstable();
    sleeps
}

/// That they lie in a range (in milliseconds), and each tenth of them fills its tenth of the range.
fn assert_even(sleeps: &[u64], low: u64, high: u64) {
    let (low, width) = (low * 1_000, (high - low) * 1_000);
    assert!(sleeps[0] >= low && sleeps[sleeps.len() - 1] <= low + width);
    for tenth in 0..=10 {
        let rank = (sleeps.len() - 1) * tenth / 10;
        let expected = low + width * tenth as u64 / 10;
        assert!(sleeps[rank].abs_diff(expected) < width / 50, "{tenth}: {} for {expected}", sleeps[rank]);
    }
}

#[test]
fn no_jitter_leaves_the_delay_and_draws_nothing() {
    let mut random = Random::new(7);
    assert_eq!(Jitter::None.apply(ms(400), ms(200), ms(100), Span::NEVER, &mut random), ms(400));
    assert_eq!(random, Random::new(7));
}

#[test]
fn full_jitter_is_even_from_nothing_to_the_delay() {
    assert_even(&sleeps(Jitter::Full, Span::NEVER), 0, 400);
}

#[test]
fn equal_jitter_is_even_over_the_upper_half_of_the_delay() {
    assert_even(&sleeps(Jitter::Equal, Span::NEVER), 200, 400);
    let mut random = Random::new(3);
    let odd: Vec<u64> =
        (0..100).map(|_| Jitter::Equal.apply(us(3), us(0), us(3), Span::NEVER, &mut random).as_micros()).collect();
    assert!([1, 2, 3].iter().all(|sleep| odd.contains(sleep)) && odd.iter().all(|sleep| (1..=3).contains(sleep)));
}

#[test]
fn decorrelated_jitter_is_even_from_the_base_to_thrice_the_previous_sleep() {
    assert_even(&sleeps(Jitter::Decorrelated, Span::NEVER), 100, 600);
    let mut random = Random::new(9);
    for slept in [Span::ZERO, ms(1), ms(100)] {
        let first: Vec<Span> =
            (0..1_000).map(|_| Jitter::Decorrelated.apply(ms(999), slept, ms(100), Span::NEVER, &mut random)).collect();
        assert!(first.iter().all(|sleep| (ms(100)..=ms(300)).contains(sleep)), "a shorter sleep counts as the base");
        assert!(first.iter().any(|&sleep| sleep < ms(105)) && first.iter().any(|&sleep| sleep > ms(295)));
    }
}

#[test]
fn decorrelated_jitter_is_cut_at_the_cap_not_squeezed_under_it() {
    let sleeps = sleeps(Jitter::Decorrelated, ms(350));
    let at_cap = sleeps.iter().filter(|&&sleep| sleep == 350_000).count();
    assert!((9_700..10_300).contains(&at_cap), "{at_cap}: half of the range lies beyond");
    assert_even(&sleeps[..sleeps.len() - at_cap], 100, 350);
    let mut random = Random::new(1);
    assert_eq!(Jitter::Decorrelated.apply(ms(5), ms(0), ms(100), ms(50), &mut random), ms(50), "also below the base");
}

#[test]
fn no_jitter_overflows_or_passes_the_cap() {
    let mut random = Random::new(11);
    for jitter in JITTERS {
        for delay in EXTREMES {
            for slept in EXTREMES {
                for max in EXTREMES {
                    let sleep = jitter.apply(us(delay), us(slept), us(delay), us(max), &mut random);
                    assert!(sleep <= us(max));
                }
            }
        }
        let endless = jitter.apply(Span::NEVER, Span::ZERO, Span::NEVER, Span::NEVER, &mut random);
        assert_eq!(endless, Span::NEVER, "{jitter:?}: a delay without end stays one");
    }
}
