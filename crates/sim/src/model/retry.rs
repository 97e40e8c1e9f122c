//! Calls that failed, and the budgets that they share.

use fanfold_core::retry::{BudgetOptions, Exhaustion, Failure, RetryOptions};
use fanfold_core::{BudgetId, Effect, Fault, Handle, Span};

use super::Model;
use super::budget::Budget;
use super::delay::{NEVER, delays};

impl Model {
    pub(super) fn retry(
        &mut self,
        sleeper: Handle,
        options: &RetryOptions,
        failure: &Failure,
        budget: Option<BudgetId>,
        holds: bool,
    ) {
        if let Some(id) = budget.filter(|&id| self.budget(id).is_none()) {
            return self.fault(Fault::UnknownBudget, id);
        }
        let held = self.held_awake(sleeper);
        match held {
            Some(id) if self.is_refused_rest(sleeper, id) => return,
            None if !self.is_free(sleeper) => return self.fault(Fault::HandleTaken, sleeper.bits()),
            _ => {}
        }
        match self.verdict(options, failure, budget) {
            Ok(delay) => {
                self.expected.wakes.push(Effect::RetryAfter { sleeper, delay });
                if held.is_some() {
                    self.lie_down(sleeper, delay, holds);
                } else {
                    self.sleep(sleeper, delay, holds);
                }
            }
            Err(what) => self.expected.wakes.push(Effect::Exhausted { sleeper, what }),
        }
    }

    fn verdict(
        &mut self,
        options: &RetryOptions,
        failure: &Failure,
        budget: Option<BudgetId>,
    ) -> Result<Span, Exhaustion> {
        let answer = self.answers.pop_front();
        let retries_made = failure.attempt.max(1) - 1;
        if retries_made >= options.retries {
            return Err(Exhaustion::Retries);
        }
        let (low, high) = delays(options, failure);
        // Where that leaves a choice, it is the engine's.
        let delay = match answer {
            Some(Ok(delay)) => delay.as_micros().clamp(low, high),
            Some(Err(Exhaustion::Elapsed)) => high,
            _ => low,
        };
        let start = u128::from(failure.elapsed.as_micros()) + u128::from(delay);
        let limit = options.max_elapsed.as_micros();
        if delay == NEVER || (limit != NEVER && start > u128::from(limit)) {
            return Err(Exhaustion::Elapsed);
        }
        let now = self.now;
        let granted = budget.and_then(|id| self.budget(id)).is_none_or(|budget| budget.withdraw(now));
        if granted { Ok(Span::from_micros(delay)) } else { Err(Exhaustion::Budget) }
    }

    pub(super) fn open_budget(&mut self, id: BudgetId, options: BudgetOptions) {
        if self.budget(id).is_some() || id > self.budget_places {
            return self.fault(Fault::UnknownBudget, id);
        }
        self.budget_places = self.budget_places.max(id + 1);
        self.budgets.push(Budget::new(id, options));
    }

    pub(super) fn free_budget(&mut self, id: BudgetId) {
        if self.budget(id).is_none() {
            return self.fault(Fault::UnknownBudget, id);
        }
        self.budgets.retain(|budget| budget.id != id);
    }

    pub(super) fn deposit(&mut self, id: BudgetId) {
        let now = self.now;
        match self.budget(id) {
            Some(budget) => budget.deposit(now),
            None => self.fault(Fault::UnknownBudget, id),
        }
    }

    fn budget(&mut self, id: BudgetId) -> Option<&mut Budget> {
        self.budgets.iter_mut().find(|budget| budget.id == id)
    }
}
