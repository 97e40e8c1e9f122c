//! How calls that failed wait for their next attempt, and which budgets there are.

use alloc::boxed::Box;

use super::Engine;
use crate::command::BudgetId;
use crate::effect::{Effect, Fault};
use crate::retry::{Budget, BudgetOptions, Failure, RetryOptions, RetryVerdict};
use crate::table::{Handle, State, give_back};

/// Room for budgets that an engine without any keeps.
const BUDGETS_KEPT: usize = 16;

impl Engine {
    /// Enters a sleeper that wakes for the next attempt, unless there is none.
    #[cold]
    pub(super) fn retry(
        &mut self,
        sleeper: Handle,
        options: &RetryOptions,
        failure: &Failure,
        budget: Option<BudgetId>,
        holds: bool,
    ) {
        if let Some(id) = budget
            && self.budget_mut(id).is_none()
        {
            return self.fault(Fault::UnknownBudget, id);
        }
        let held = self.held_in(sleeper);
        match held {
            Some(id) if self.refuse_rest(sleeper, id) => return,
            None if !self.enter(sleeper, 0, State::Sleeper) => return,
            _ => {}
        }
        let now = self.now;
        let budget = budget.and_then(|id| self.budget_mut(id));
        match options.judge(failure, budget, now) {
            RetryVerdict::After(delay) => {
                self.effects.push_back(Effect::RetryAfter { sleeper, delay });
                if let Some(id) = held {
                    self.begin_rest(sleeper.index(), id);
                }
                self.lay_down(sleeper, delay, holds);
            }
            RetryVerdict::Exhausted(what) if held.is_some() => {
                self.effects.push_back(Effect::Exhausted { sleeper, what });
            }
            RetryVerdict::Exhausted(what) => self.dismiss(sleeper, Effect::Exhausted { sleeper, what }),
        }
    }

    #[cold]
    pub(super) fn open_budget(&mut self, id: BudgetId, options: BudgetOptions) {
        if self.budget_mut(id).is_some() || id > self.budget_ids {
            return self.fault(Fault::UnknownBudget, id);
        }
        self.budget_ids = self.budget_ids.max(id + 1);
        let place = id as usize;
        if place >= self.budgets.len() {
            self.budgets.resize_with(place + 1, || None);
        }
        if let Some(free) = self.budgets.get_mut(place) {
            *free = Some(Box::new(Budget::new(options)));
        }
    }

    #[cold]
    pub(super) fn free_budget(&mut self, id: BudgetId) {
        let Some(budget) = self.budgets.get_mut(id as usize).filter(|budget| budget.is_some()) else {
            return self.fault(Fault::UnknownBudget, id);
        };
        *budget = None;
        while let Some(None) = self.budgets.last() {
            self.budgets.pop();
        }
        give_back(&mut self.budgets, BUDGETS_KEPT);
    }

    pub(super) fn deposit(&mut self, id: BudgetId) {
        let now = self.now;
        match self.budget_mut(id) {
            Some(budget) => budget.deposit(now),
            None => self.fault(Fault::UnknownBudget, id),
        }
    }

    fn budget_mut(&mut self, id: BudgetId) -> Option<&mut Budget> {
        self.budgets.get_mut(id as usize)?.as_deref_mut()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use crate::retry::{Backoff, BackoffKind, BudgetOptions, Failure, Jitter, RetryOptions};
    use crate::testing::Host;
    use crate::{Command, Handle, Span};

    fn options(retries: u32) -> RetryOptions {
        let backoff = Backoff { kind: BackoffKind::Linear, base: Span::from_millis(10), factor: 1.0, max: Span::NEVER };
        RetryOptions { retries, backoff, jitter: Jitter::None, max_elapsed: Span::NEVER, seed: 7 }
    }

    fn failed(host: &mut Host, attempt: u32, budget: Option<u32>) -> Handle {
        let sleeper = host.handle();
        let failure = Failure { attempt, ..Failure::default() };
        host.command(Command::Retry { sleeper, options: options(3), failure, budget, holds: true });
        sleeper
    }

    #[test]
    fn who_is_tried_again_is_told_the_delay_and_wakes_after_it() {
        let mut host = Host::new();
        failed(&mut host, 2, None);
        assert_eq!(
            (host.told(), host.due(), host.engine.holds()),
            (vec!["retry 0 after 20 ms".into()], Some(20), true)
        );
        host.pass(19);
        assert_eq!(host.told(), Vec::<&str>::new());
        host.pass(1);
        assert_eq!((host.told(), host.engine.tasks()), (vec!["wake 0".into()], 0));
    }

    #[test]
    fn no_delay_is_over_in_the_same_turn() {
        let mut host = Host::new();
        let sleeper = host.handle();
        let failure = Failure { attempt: 1, after: Some(Span::ZERO), ..Failure::default() };
        host.command(Command::Retry { sleeper, options: options(1), failure, budget: None, holds: false });
        assert_eq!(host.told(), ["retry 0 after 0 ms", "wake 0"]);
    }

    #[test]
    fn who_has_no_retry_left_sleeps_not_at_all() {
        let mut host = Host::new();
        failed(&mut host, 4, None);
        assert_eq!((host.told(), host.due(), host.engine.tasks()), (vec!["exhausted 0 Retries".into()], None, 0));
    }

    #[test]
    fn cancelled_it_wakes_at_once() {
        let mut host = Host::new();
        let sleeper = failed(&mut host, 1, None);
        host.cancel(sleeper);
        assert_eq!((host.told(), host.due()), (vec!["retry 0 after 10 ms".into(), "wake 0".into()], None));
    }

    #[test]
    fn a_budget_is_shared_until_it_is_freed() {
        let mut host = Host::new();
        let options = BudgetOptions { share: 0.5, min_per_second: 0.0, window: Span::from_millis(1_000) };
        host.command(Command::OpenBudget { budget: 0, options });
        for _ in 0..2 {
            host.command(Command::Deposit { budget: 0 });
        }
        failed(&mut host, 1, Some(0));
        failed(&mut host, 1, Some(0));
        assert_eq!(host.told(), ["retry 0 after 10 ms", "exhausted 1 Budget"]);
        host.command(Command::FreeBudget { budget: 0 });
        host.command(Command::Deposit { budget: 0 });
        failed(&mut host, 1, Some(0));
        assert_eq!(host.told(), ["fault UnknownBudget 0", "fault UnknownBudget 0"]);
        host.pass(10);
        assert_eq!(host.engine.tasks(), 0);
    }

    #[test]
    fn nothing_is_taken_from_a_budget_for_a_handle_that_is_taken() {
        let mut host = Host::new();
        let one = BudgetOptions { share: 1.0, min_per_second: 0.0, window: Span::from_millis(1_000) };
        host.command(Command::OpenBudget { budget: 0, options: one });
        host.command(Command::Deposit { budget: 0 });
        let sleeper = failed(&mut host, 1, None);
        let failure = Failure { attempt: 1, ..Failure::default() };
        host.command(Command::Retry { sleeper, options: options(3), failure, budget: Some(0), holds: true });
        failed(&mut host, 1, Some(0));
        assert_eq!(host.told(), ["retry 0 after 10 ms", "fault HandleTaken 0", "retry 1 after 10 ms"]);
    }

    #[test]
    fn ids_of_budgets_are_dense_and_used_again() {
        let mut host = Host::new();
        let open = |budget| Command::OpenBudget { budget, options: BudgetOptions::default() };
        for (budget, faults) in [(1, 1), (0, 0), (0, 1), (1, 0), (3, 1)] {
            host.command(open(budget));
            assert_eq!(host.told().len(), faults, "{budget}");
        }
        for command in [Command::FreeBudget { budget: 1 }, open(1), Command::FreeBudget { budget: 0 }, open(0)] {
            host.command(command);
        }
        host.command(Command::FreeBudget { budget: 9 });
        assert_eq!(host.told(), ["fault UnknownBudget 9"]);
    }
}
