//! The verdict on each failure of a call.

use super::budget::Budget;
use super::random::Random;
use super::{Exhaustion, Failure, RetryOptions, RetryVerdict};
use crate::time::{Span, Time};

/// What is kept of a call that may be retried: its options, and where it stands in its random numbers.
#[derive(Clone, Debug)]
pub struct RetryState {
    options: RetryOptions,
    random: Random,
}

impl RetryState {
    /// For a call that was not tried yet.
    pub const fn new(options: RetryOptions) -> Self {
        Self { options, random: Random::new(options.seed) }
    }

    /// Whether the call is tried again, and when.
    ///
    /// The budget is asked last, so that nothing is taken from it for a retry that does not happen. A delay
    /// without end is no delay but the end: else the call would never settle.
    pub fn judge(&mut self, failure: &Failure, budget: Option<&mut Budget>, now: Time) -> RetryVerdict {
        let Failure { attempt, elapsed, .. } = *failure;
        if attempt.max(1) > self.options.retries {
            return RetryVerdict::Exhausted(Exhaustion::Retries);
        }
        let delay = self.delay(failure);
        let start = elapsed.as_micros().saturating_add(delay.as_micros());
        if !delay.is_finite() || start > self.options.max_elapsed.as_micros() {
            return RetryVerdict::Exhausted(Exhaustion::Elapsed);
        }
        if budget.is_some_and(|budget| !budget.withdraw(now)) {
            return RetryVerdict::Exhausted(Exhaustion::Budget);
        }
        RetryVerdict::After(delay)
    }

    fn delay(&mut self, failure: &Failure) -> Span {
        if let Some(asked) = failure.after {
            return asked;
        }
        let RetryOptions { backoff, jitter, .. } = self.options;
        let delay = failure.base.map_or_else(|| backoff.delay(failure.attempt), |given| given.min(backoff.max));
        let base = failure.base.unwrap_or(backoff.base);
        jitter.apply(delay, failure.slept, base, backoff.max, &mut self.random)
    }
}
