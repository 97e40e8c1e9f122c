//! A budget of the model: each attempt and each retry with the moment at which it is forgotten.

use fanfold_core::retry::BudgetOptions;
use fanfold_core::{BudgetId, Time};

#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) id: BudgetId,
    options: BudgetOptions,
    attempts: Vec<Time>,
    retries: Vec<Time>,
}

impl Budget {
    pub(super) fn new(id: BudgetId, options: BudgetOptions) -> Self {
        Self { id, options, attempts: Vec::new(), retries: Vec::new() }
    }

    pub(super) fn deposit(&mut self, now: Time) {
        self.attempts.push(self.forgotten(now));
    }

    /// Whether there is a retry left. If so, it is used.
    pub(super) fn withdraw(&mut self, now: Time) -> bool {
        let left = self.retries_left(now);
        if left {
            self.retries.push(self.forgotten(now));
        }
        left
    }

    /// When something of this moment is forgotten: time is cut in tenths of a window, and ten of them are
    /// remembered, the one that has just begun included.
    fn forgotten(&self, moment: Time) -> Time {
        let tenth = (self.options.window.as_micros() / 10).max(1);
        let begun = moment.as_micros() / tenth * tenth;
        Time::from_micros(begun.saturating_add(tenth * 10))
    }

    fn retries_left(&self, now: Time) -> bool {
        let remembered = |moments: &[Time]| moments.iter().filter(|&&forgotten| now < forgotten).count();
        let share = whole(self.options.share) * float(remembered(&self.attempts) as u64);
        let minimum = whole(self.options.min_per_second) * float(self.options.window.as_micros()) / 1e6;
        // What adding fractions loses: no budget of a plan is as near to a whole number without being one.
        let allowed = (share + minimum + 1e-6).floor();
        float(remembered(&self.retries) as u64) < allowed
    }
}

/// What makes no sense is nothing.
fn whole(amount: f64) -> f64 {
    if amount > 0.0 && amount < f64::INFINITY { amount } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a model need not be right for windows of 285 years")]
fn float(number: u64) -> f64 {
    number as f64
}
