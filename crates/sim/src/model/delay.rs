//! The delays that a retry may have, from the rules as they are written down.
//!
//! Exact but for what floating-point numbers leave open, which is why the lowest and the highest are told.
//! Jitter is drawn as documented, from as many numbers of the seed as there were retries, where those can be
//! counted out.

use fanfold_core::Span;
use fanfold_core::retry::{Backoff, BackoffKind, Failure, Jitter, Random, RetryOptions};

/// Nobody counts out more numbers of a seed than this.
const MOST_NUMBERS: u32 = 1_000;

/// The lowest and the highest delay, both in microseconds; [`NEVER`] for one without end.
pub(super) type Range = (u64, u64);

/// No end.
pub(super) const NEVER: u64 = Span::NEVER.as_micros();

/// The delays that a retry may have.
pub(super) fn delays(options: &RetryOptions, failure: &Failure) -> Range {
    if let Some(asked) = failure.after {
        return (asked.as_micros(), asked.as_micros());
    }
    let attempt = failure.attempt.max(1);
    let max = options.backoff.max.as_micros();
    let (low, high) = match failure.base {
        Some(given) => (given.as_micros(), given.as_micros()),
        None => undisturbed(&options.backoff, attempt),
    };
    let (low, high) = (low.min(max), high.min(max));
    let base = failure.base.unwrap_or(options.backoff.base).as_micros();
    let (least, most) = draw(options.seed, attempt);
    let spread = |delay: u64, drawn: u64| match options.jitter {
        Jitter::None => delay,
        Jitter::Full => between(0, delay, drawn),
        Jitter::Equal => between(delay / 2, delay, drawn),
        Jitter::Decorrelated => between(base, failure.slept.as_micros().max(base).saturating_mul(3), drawn),
    };
    (spread(low, least).min(max), spread(high, most).min(max))
}

/// Before jitter and cap.
fn undisturbed(backoff: &Backoff, attempt: u32) -> Range {
    let base = u128::from(backoff.base.as_micros());
    let exactly = |micros: u128| {
        let micros = u64::try_from(micros).unwrap_or(NEVER);
        (micros, micros)
    };
    match backoff.kind {
        BackoffKind::Constant => exactly(base),
        BackoffKind::Linear => exactly(base * u128::from(attempt)),
        BackoffKind::Fibonacci => exactly(base.saturating_mul(fibonacci(attempt))),
        BackoffKind::Exponential => {
            let factor = if backoff.factor.is_finite() { backoff.factor.max(1.0) } else { 1.0 };
            if base == 0 || factor <= 1.0 { exactly(base) } else { powers(base, factor, attempt) }
        }
    }
}

/// The nth of 1, 1, 2, 3, 5, as far as it is told: the hundredth is longer than any span.
fn fibonacci(nth: u32) -> u128 {
    let mut numbers = vec![1_u128, 1];
    while numbers.len() < nth.min(100) as usize {
        numbers.push(numbers[numbers.len() - 1] + numbers[numbers.len() - 2]);
    }
    numbers[nth.min(100) as usize - 1]
}

/// The base times a power of the factor, to the nearest microsecond, give or take what a float is off by.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is lost is what the range is for, and too large is endless"
)]
fn powers(base: u128, factor: f64, attempt: u32) -> Range {
    let exact = base as f64 * factor.powf(f64::from(attempt - 1));
    let off = exact * 1e-9;
    ((exact - 0.5 - off).ceil() as u64, (exact + 0.5 + off).floor() as u64)
}

/// The number of the seed that this retry is drawn from, or all there are.
fn draw(seed: u64, attempt: u32) -> Range {
    if attempt > MOST_NUMBERS {
        return (0, u64::MAX);
    }
    let mut random = Random::new(seed);
    let drawn = (0..attempt).map(|_| random.bits()).last().unwrap_or_default();
    (drawn, drawn)
}

/// As far from the one to the other as the number is from zero to 2^64.
fn between(low: u64, high: u64, drawn: u64) -> u64 {
    if high == NEVER {
        return NEVER;
    }
    let steps = u128::from(high.saturating_sub(low)) + 1;
    low + u64::try_from((u128::from(drawn) * steps) >> 64).expect("fewer than there are steps")
}
