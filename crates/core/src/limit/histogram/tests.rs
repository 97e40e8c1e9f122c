use alloc::vec::Vec;

use super::*;
use crate::retry::Random;
use crate::time::Span;

fn us(micros: u64) -> Span {
    Span::from_micros(micros)
}

fn quantile(histogram: &Histogram, per_mille: u32) -> Option<Span> {
    histogram.quantiles([per_mille]).map(|[span]| span)
}

#[test]
fn a_single_span_is_told_to_within_a_thirtieth() {
    for micros in (0..41).flat_map(|bits| (0..10).map(move |tenth| (1_u64 << bits) + tenth * (1 << bits) / 10)) {
        let mut histogram = Histogram::default();
        histogram.record(us(micros));
        histogram.record(us(u64::MAX));
        let told = quantile(&histogram, 500).unwrap().as_micros();
        assert!(told.abs_diff(micros) * 31 <= micros, "{micros} told as {told}");
        assert!(micros >= 16 || told == micros);
    }
}

#[test]
fn quantiles_are_those_of_the_sorted_spans_to_within_a_thirtieth() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let (mut histogram, mut spans) = (Histogram::default(), Vec::new());
        for _ in 0..1_000 {
            let most = 1 << random.up_to(40);
            let span = random.up_to(most);
            spans.push(span);
            histogram.record(us(span));
        }
        spans.sort_unstable();
        for (per_mille, rank) in [(0, 1), (1, 1), (500, 500), (950, 950), (990, 990), (1_000, 1_000), (9_999, 1_000)] {
            let (told, exact) = (quantile(&histogram, per_mille).unwrap().as_micros(), spans[rank - 1]);
            assert!(told.abs_diff(exact) * 31 <= exact, "seed {seed}, {per_mille}: {told} for {exact}");
        }
        assert_eq!(histogram.count(), 1_000);
    }
}

#[test]
fn without_spans_there_is_no_quantile_and_no_memory() {
    let histogram = Histogram::default();
    assert_eq!((quantile(&histogram, 500), histogram.count()), (None, 0));
    assert!(size_of::<Histogram>() <= 16);
}

#[test]
fn it_takes_less_than_four_kilobytes_and_tells_no_more_than_there_was() {
    assert_eq!(state::BYTES, 2_444);
    let mut histogram = Histogram::default();
    histogram.record(us(1_000));
    assert_eq!(quantile(&histogram, 990), Some(us(1_000)));
    histogram.record(Span::NEVER);
    assert!(quantile(&histogram, 1_000).unwrap() >= us(30 * 24 * 3_600 * 1_000_000 * 31 / 32));
}
