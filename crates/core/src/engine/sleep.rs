//! How promises wait for time to pass.

use super::Engine;
use crate::deadlines::DeadlineReason;
use crate::effect::Effect;
use crate::table::{Handle, State};
use crate::time::Span;

impl Engine {
    /// Enters a sleeper.
    pub(super) fn sleep(&mut self, sleeper: Handle, span: Span, holds: bool) {
        if self.enter(sleeper, 0, State::Sleeper) {
            self.lay_down(sleeper, span, holds);
        }
    }

    /// Lets a sleeper sleep that was entered.
    pub(super) fn lay_down(&mut self, sleeper: Handle, span: Span, holds: bool) {
        let reason = DeadlineReason::SleepEnd(sleeper.index());
        let deadline = self.deadlines.insert_as(self.now.after(span), reason, holds);
        if let Some(extra) = self.extra_mut(sleeper.index()) {
            extra.deadline = deadline;
        }
    }

    /// It has slept, or need not any more: which of the two, the host knows.
    pub(super) fn wake_up(&mut self, index: u32) {
        if let Some((waiter, ..)) = self.end_rest(index) {
            return self.effects.push_back(Effect::Wake { waiter });
        }
        self.drop_extra(index);
        if let Some(task) = self.tasks.get(index) {
            self.dismiss(task.handle, Effect::Wake { waiter: task.handle });
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::testing::Host;
    use crate::{Command, Span};

    fn sleep(host: &mut Host, millis: u32, holds: bool) -> crate::Handle {
        let sleeper = host.handle();
        host.command(Command::Sleep { sleeper, span: Span::from_millis(millis), holds });
        sleeper
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines() {
        let mut host = Host::new();
        for millis in [30, 10, 20, 10] {
            sleep(&mut host, millis, true);
        }
        host.pass(9);
        assert_eq!(host.told(), Vec::<&str>::new());
        host.pass(1);
        assert_eq!(host.told(), ["wake 1", "wake 3"]);
        assert_eq!(host.due(), Some(20));
        host.pass(50);
        assert_eq!(host.told(), ["wake 2", "wake 0"]);
        assert_eq!((host.due(), host.engine.tasks()), (None, 0));
    }

    #[test]
    fn no_time_at_all_is_over_in_the_same_turn() {
        let mut host = Host::new();
        sleep(&mut host, 0, true);
        assert_eq!(host.told(), ["wake 0"]);
    }

    #[test]
    fn cancelled_it_wakes_at_once_and_leaves_no_deadline() {
        let mut host = Host::new();
        let sleeper = sleep(&mut host, 1_000, true);
        host.cancel(sleeper);
        assert_eq!(host.told(), ["wake 0"]);
        host.cancel(sleeper);
        assert_eq!(host.told(), Vec::<&str>::new());
        assert_eq!((host.due(), host.engine.tasks()), (None, 0));
    }

    #[test]
    fn who_sleeps_for_ever_wakes_only_when_cancelled() {
        let mut host = Host::new();
        let sleeper = host.handle();
        host.command(Command::Sleep { sleeper, span: Span::NEVER, holds: true });
        assert_eq!((host.due(), host.engine.holds()), (None, false));
        host.pass(u32::MAX);
        host.cancel(sleeper);
        assert_eq!(host.told(), ["wake 0"]);
    }

    #[test]
    fn the_host_is_held_as_long_as_one_of_them_wants_it() {
        let mut host = Host::new();
        assert!(!host.engine.holds());
        sleep(&mut host, 10, false);
        assert!(!host.engine.holds());
        let held = sleep(&mut host, 50, true);
        assert!(host.engine.holds());
        host.pass(10);
        assert!(host.engine.holds());
        host.cancel(held);
        assert!(!host.engine.holds());
    }

    #[test]
    fn a_handle_that_is_taken_is_refused() {
        let mut host = Host::new();
        let sleeper = sleep(&mut host, 10, true);
        host.command(Command::Sleep { sleeper, span: Span::ZERO, holds: true });
        assert_eq!(host.told(), ["fault HandleTaken 0"]);
        host.pass(10);
        assert_eq!(host.told(), ["wake 0"]);
    }
}
