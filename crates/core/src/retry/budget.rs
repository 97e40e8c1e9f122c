//! The retry budget: how many retries all who share it may make together.
//!
//! When a service is down, every call to it fails, and three retries each make four times the traffic of what it
//! could not bear. A budget ties retries to first attempts instead. The idea is that of Twitter's Finagle
//! (`RetryBudget`) and of tower (`tower/src/retry/budget`).

use crate::slices::Slices;
use crate::time::{Span, Time};

/// How many retries there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetOptions {
    /// Retries for each first attempt in the window: 0.2, the default, is one for every five. What is no number,
    /// infinite or negative counts as zero.
    pub share: f64,
    /// Retries a second that there are without any traffic, so that a quiet client may retry at all. They are
    /// counted over the window, not second by second: 10, the default, is 100 in a window of ten seconds.
    /// What is no number, infinite or negative counts as zero.
    pub min_per_second: f64,
    /// How long attempts and retries are remembered. By default 10 s. A window of zero has no minimum.
    pub window: Span,
}

impl Default for BudgetOptions {
    fn default() -> Self {
        Self { share: 0.2, min_per_second: 10.0, window: Span::from_millis(10_000) }
    }
}

/// What adding and multiplying fractions may lose: 100 attempts at 0.29 are 29 retries, not 28.999999999999996.
const ROUNDING: f64 = 1e-6;

/// First attempts and retries in a slice of the window.
#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    deposits: u32,
    withdrawals: u32,
}

/// A budget of retries, shared between callers.
///
/// The window slides by a tenth of itself: nothing is remembered for longer than the window, everything for nine
/// tenths of it. Memory and time are constant, whatever the traffic. A clock that stands still or goes back stays
/// in the running slice, one that jumps ahead forgets.
#[derive(Clone, Debug)]
pub struct Budget {
    share: f64,
    /// Retries in a window that need no first attempt.
    reserve: f64,
    slices: Slices<Slice>,
}

impl Budget {
    /// A budget that nobody has used yet.
    pub fn new(options: BudgetOptions) -> Self {
        let window = options.window.as_micros();
        Self {
            share: sane(options.share),
            reserve: sane(options.min_per_second) * seconds(window),
            slices: Slices::new(options.window),
        }
    }

    /// Counts a first attempt.
    pub fn deposit(&mut self, now: Time) {
        let running = self.slices.slide(now);
        running.deposits = running.deposits.saturating_add(1);
    }

    /// Whether there is a retry left. If so, it is used.
    pub fn withdraw(&mut self, now: Time) -> bool {
        self.slices.slide(now);
        let deposits: f64 = self.slices.iter().map(|slice| f64::from(slice.deposits)).sum();
        let withdrawals: f64 = self.slices.iter().map(|slice| f64::from(slice.withdrawals)).sum();
        let granted = self.share * deposits + self.reserve >= withdrawals + 1.0 - ROUNDING;
        if granted {
            let running = self.slices.slide(now);
            running.withdrawals = running.withdrawals.saturating_add(1);
        }
        granted
    }
}

/// Zero for what is no sensible amount.
fn sane(amount: f64) -> f64 {
    if amount.is_finite() && amount > 0.0 { amount } else { 0.0 }
}

#[allow(clippy::cast_precision_loss, reason = "above 2^53 us, 285 years, a second more or less is no matter")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
