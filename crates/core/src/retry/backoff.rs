//! Backoff: how long to wait before the nth retry.
//!
//! Only additions and multiplications, which IEEE 754 defines to the last bit: a `powf` of the platform
//! would give other delays on another platform, and a plan would not replay.

use crate::time::Span;

/// How the delays grow from retry to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackoffKind {
    /// Not at all: `base`, every time.
    Constant,
    /// By `base` every time: 1, 2, 3, 4 times `base`.
    Linear,
    /// By `factor` every time: with 2 it is 1, 2, 4, 8 times `base` (Metcalfe and Boggs, "Ethernet:
    /// Distributed Packet Switching for Local Computer Networks", 1976).
    Exponential,
    /// Each the sum of the two before it: 1, 1, 2, 3, 5 times `base`. In the end it grows by the golden
    /// ratio, 1.6, and starts more gently than any exponential.
    Fibonacci,
}

/// The delays before each retry, before jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// How they grow. By default [`BackoffKind::Exponential`].
    pub kind: BackoffKind,
    /// The first delay. By default 1 s; zero makes all of them zero.
    pub base: Span,
    /// By what an exponential backoff grows. By default 2. What is no number, infinite or below 1 counts as 1.
    pub factor: f64,
    /// No delay is longer, jitter included. By default 30 s; [`Span::NEVER`] for no cap.
    pub max: Span,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            kind: BackoffKind::Exponential,
            base: Span::from_millis(1000),
            factor: 2.0,
            max: Span::from_millis(30_000),
        }
    }
}

impl Backoff {
    /// The delay after the failure of an attempt: 1 for the first; 0 counts as 1.
    ///
    /// What is too long to be told is [`Span::NEVER`].
    pub fn delay(&self, attempt: u32) -> Span {
        let attempt = attempt.max(1);
        let base = self.base.as_micros();
        let micros = match self.kind {
            BackoffKind::Constant => base,
            BackoffKind::Linear => base.saturating_mul(u64::from(attempt)),
            BackoffKind::Exponential => scaled(base, power(self.factor, attempt - 1)),
            BackoffKind::Fibonacci => fibonacci(base, attempt, self.max.as_micros()),
        };
        Span::from_micros(micros).min(self.max)
    }
}

/// The factor to a power, by squaring: 32 rounds at most, however small the factor and large the power.
fn power(factor: f64, mut exponent: u32) -> f64 {
    if !factor.is_finite() || factor <= 1.0 {
        return 1.0;
    }
    let (mut power, mut square) = (1.0, factor);
    while exponent > 0 {
        if exponent % 2 == 1 {
            power *= square;
        }
        square *= square;
        exponent /= 2;
    }
    power
}

/// So many times the base, to the nearest microsecond. The power is at least 1, and may be infinite.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the cast to an integer saturates, nothing is negative, and above 2^53 us (285 years) precision is no matter"
)]
fn scaled(base: u64, power: f64) -> u64 {
    if base == 0 || power <= 1.0 {
        return base;
    }
    // Half a microsecond more, so that 100 ms times 1.1 is not cut to 109,999 us.
    (base as f64 * power + 0.5) as u64
}

/// Grows until the attempt or the cap is reached. No more than 94 rounds: the 94th number is beyond 64 bits.
fn fibonacci(base: u64, attempt: u32, max: u64) -> u64 {
    if base == 0 {
        return 0;
    }
    let (mut delay, mut next) = (base, base);
    for _ in 1..attempt {
        if delay >= max {
            break;
        }
        (delay, next) = (next, delay.saturating_add(next));
    }
    delay
}
