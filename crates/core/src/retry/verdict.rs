//! The verdict on each failure of a call.

use super::budget::Budget;
use super::random::Random;
use super::{Exhaustion, Failure, RetryOptions, RetryVerdict};
use crate::time::{Span, Time};

impl RetryOptions {
    /// Whether the call is tried again, and when.
    ///
    /// Nothing is kept between failures: the nth delay of a call is drawn from the nth number of its seed. The budget
    /// is asked last, so that nothing is taken from it for a retry that does not happen. A delay without end is no
    /// delay but the end: else the call would never settle.
    pub fn judge(&self, failure: &Failure, budget: Option<&mut Budget>, now: Time) -> RetryVerdict {
        let Failure { attempt, elapsed, .. } = *failure;
        if attempt.max(1) > self.retries {
            return RetryVerdict::Exhausted(Exhaustion::Retries);
        }
        let delay = self.delay(failure);
        let start = elapsed.as_micros().saturating_add(delay.as_micros());
        if !delay.is_finite() || start > self.max_elapsed.as_micros() {
            return RetryVerdict::Exhausted(Exhaustion::Elapsed);
        }
        if budget.is_some_and(|budget| !budget.withdraw(now)) {
            return RetryVerdict::Exhausted(Exhaustion::Budget);
        }
        RetryVerdict::After(delay)
    }

    fn delay(&self, failure: &Failure) -> Span {
        if let Some(asked) = failure.after {
            return asked;
        }
        let Self { backoff, jitter, .. } = *self;
        let delay = failure.base.map_or_else(|| backoff.delay(failure.attempt), |given| given.min(backoff.max));
        let base = failure.base.unwrap_or(backoff.base);
        let mut random = Random::after(self.seed, failure.attempt.saturating_sub(1));
        jitter.apply(delay, failure.slept, base, backoff.max, &mut random)
    }
}
