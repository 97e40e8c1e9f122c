//! Reading and writing the block, out of bounds included: what is not there reads as zero and is not written.

use fanfold_core::{Span, Time};

/// The word at a place.
pub(crate) fn get(words: &[u32], at: usize) -> u32 {
    words.get(at).copied().unwrap_or(0)
}

pub(crate) fn set(words: &mut [u32], at: usize, value: u32) {
    if let Some(word) = words.get_mut(at) {
        *word = value;
    }
}

/// A whole number of 64 bits in two words, the low one first.
pub(crate) fn get_wide(words: &[u32], at: usize) -> u64 {
    u64::from(get(words, at)) | (u64::from(get(words, at + 1)) << 32)
}

pub(crate) fn set_wide(words: &mut [u32], at: usize, value: u64) {
    let [low, high] = [value & u64::from(u32::MAX), value >> 32].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    set(words, at, low);
    set(words, at + 1, high);
}

/// A floating-point number in two words, the low one first: what a `Float64Array` over the block sees.
pub(crate) fn get_float(words: &[u32], at: usize) -> f64 {
    f64::from_bits(get_wide(words, at))
}

pub(crate) fn set_float(words: &mut [u32], at: usize, value: f64) {
    set_wide(words, at, value.to_bits());
}

pub(crate) fn get_span(words: &[u32], at: usize) -> Span {
    Span::from_micros(get_wide(words, at))
}

pub(crate) fn set_span(words: &mut [u32], at: usize, span: Span) {
    set_wide(words, at, span.as_micros());
}

/// The host's clock, in milliseconds, as the engine's time. What is no time at all is the origin.
///
/// Rounded, since what [`millis_from_time`] told must come back as the same time: cut off, it could be the
/// microsecond before, and a deadline told to the host would not be due when the host comes back for it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, and NaN gives zero")]
pub(crate) fn time_from_millis(millis: f64) -> Time {
    Time::from_micros((millis * 1_000.0 + 0.5) as u64)
}

/// The reverse, for deadlines: never is infinity.
#[expect(clippy::cast_precision_loss, reason = "exact for the next 285 years")]
pub(crate) fn millis_from_time(time: Time) -> f64 {
    if time == Time::NEVER { f64::INFINITY } else { time.as_micros() as f64 / 1_000.0 }
}

/// A span in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
pub(crate) fn millis(span: Span) -> f64 {
    span.as_micros() as f64 / 1_000.0
}

/// A counter as a number that JavaScript can read.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 tasks")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_and_floats_survive() {
        let mut words = [0; 2];
        for value in [0, 1, u64::from(u32::MAX) + 7, u64::MAX] {
            set_wide(&mut words, 0, value);
            assert_eq!(get_wide(&words, 0), value);
        }
        set_float(&mut words, 0, -1.5);
        assert_eq!(get_float(&words, 0).to_bits(), (-1.5_f64).to_bits());
    }

    #[test]
    fn no_clock_is_too_odd() {
        for (millis, micros) in [(1.25, 1_250), (-3.0, 0), (f64::NAN, 0), (f64::INFINITY, u64::MAX)] {
            assert_eq!(time_from_millis(millis), Time::from_micros(micros));
        }
        assert!(millis_from_time(Time::NEVER).is_infinite());
    }

    #[test]
    fn a_deadline_comes_back_as_it_was_told() {
        for micros in (0..20_000).chain((0..20_000).map(|n| 1_795_000_000_000_000 + n)) {
            let time = Time::from_micros(micros);
            assert_eq!(time_from_millis(millis_from_time(time)), time);
        }
    }

    #[test]
    fn outside_the_block_is_nothing() {
        let mut words = [7];
        set(&mut words, 9, 1);
        assert_eq!((get(&words, 9), words), (0, [7]));
    }
}
