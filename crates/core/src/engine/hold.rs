//! How calls are held whose attempts are tasks of a limiter, and how they rest between two attempts.

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::effect::{Effect, Verdict};
use crate::table::{Handle, State, Task};
use crate::time::Span;

impl Engine {
    /// Holds a call, as [`Command::Hold`](crate::Command::Hold) says.
    pub(super) fn hold(&mut self, id: LimiterId, call: Handle) {
        if self.known(id).is_none() || !self.enter(call, id, State::Held) {
            return;
        }
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.held += 1;
        }
        self.count_below(id, |node| node.tree.held_below += 1);
    }

    /// A call is over, or has no further attempt: whoever waits for its limiter hears of that.
    pub(super) fn let_go(&mut self, index: u32) {
        self.end_rest(index);
        let Some(id) = self.tasks.remove(index).map(|call| call.limiter()) else { return };
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.held = limiter.held.saturating_sub(1);
        }
        self.count_below(id, |node| node.tree.held_below -= 1);
        self.settle_down(id);
    }

    /// The limiter of a call that is held and does not rest.
    pub(super) fn held_in(&self, call: Handle) -> Option<LimiterId> {
        self.tasks.find(call).filter(|entry| entry.state() == State::Held).map(Task::limiter)
    }

    /// Rejects a call that would rest, where its next attempt could not be taken; whether it did.
    pub(super) fn refuse_rest(&mut self, call: Handle, id: LimiterId) -> bool {
        let Some(verdict) = self.shut_verdict(id) else { return false };
        let Some(limiter) = self.limiter_mut(id) else { return false };
        // Not for the report of a close, which has its attempt.
        limiter.counts.judge(verdict);
        self.effects.push_back(Effect::Reject { task: call, limiter: id, verdict, waited: Span::ZERO });
        true
    }

    /// A call that is held rests.
    pub(super) fn begin_rest(&mut self, index: u32, id: LimiterId) {
        let now = self.now;
        if let Some(call) = self.tasks.get_mut(index) {
            call.set_state(State::Resting);
            call.since = now;
        }
        if let Some(limiter) = pick(&mut self.limiters, id) {
            limiter.resting.push_back(&mut self.tasks, index);
        }
    }

    /// It rests no longer, and is still held. Who it is, where, and how long it rested; none if it did not.
    pub(super) fn end_rest(&mut self, index: u32) -> Option<(Handle, LimiterId, Span)> {
        let call = self.tasks.get_mut(index).filter(|call| call.state() == State::Resting)?;
        call.set_state(State::Held);
        let (handle, id, since) = (call.handle, call.limiter(), call.since);
        if let Some(limiter) = pick(&mut self.limiters, id) {
            limiter.resting.remove(&mut self.tasks, index);
        }
        self.drop_extra(index);
        Some((handle, id, self.now.since(since)))
    }

    /// Rejects all calls that rest, the longest first; how many there were.
    pub(super) fn reject_resting(&mut self, id: LimiterId, verdict: Verdict) -> u32 {
        let mut rejected = 0;
        while let Some(index) = self.limiter(id).and_then(|limiter| limiter.resting.front())
            && let Some((task, limiter, waited)) = self.end_rest(index)
        {
            if let Some(limiter) = self.limiter_mut(id) {
                limiter.counts.judge(verdict);
            }
            self.effects.push_back(Effect::Reject { task, limiter, verdict, waited });
            rejected += 1;
        }
        rejected
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::limit::LimiterOptions;
    use crate::limit::close::Report;
    use crate::retry::{Failure, RetryOptions};
    use crate::testing::Host;
    use crate::{BudgetId, Command, Effect, Handle, Span, Until, Verdict};

    const ONE: LimiterOptions = LimiterOptions::slots(1);

    fn hold(host: &mut Host) -> Handle {
        let call = host.handle();
        host.command(Command::Hold { limiter: 0, call });
        call
    }

    fn retry(sleeper: Handle, attempt: u32, millis: u32, budget: Option<BudgetId>) -> Command {
        let failure = Failure { attempt, after: Some(Span::from_millis(millis)), ..Failure::default() };
        Command::Retry { sleeper, options: RetryOptions::default(), failure, budget, holds: true }
    }

    /// A call that rests for so long.
    fn rest(host: &mut Host, millis: u32) -> Handle {
        let call = hold(host);
        host.command(retry(call, 1, millis, None));
        host.effects();
        call
    }

    /// Those that ended in a report, and what it says.
    fn report(host: &mut Host) -> Option<Report> {
        host.effects().into_iter().find_map(|effect| match effect {
            Effect::Closed { report, .. } => Some(report),
            _ => None,
        })
    }

    fn resting(host: &Host) -> u32 {
        host.snapshot().resting
    }

    #[test]
    fn from_one_attempt_to_the_next_its_limiter_is_not_idle() {
        let mut host = Host::with(&ONE);
        let call = hold(&mut host);
        let [attempt] = host.run();
        host.wait(Until::Idle);
        host.fail(attempt);
        host.command(retry(call, 1, 10, None));
        assert_eq!(host.told(), ["start 1", "retry 0 after 10 ms"]);
        assert_eq!((host.stand(), resting(&host), host.due()), ((0, 0), 1, Some(10)));
        host.pass(10);
        assert_eq!((host.told(), resting(&host), host.due()), (["wake 0".into()].into(), 0, None));
        let [next] = host.run();
        host.fulfil(next);
        assert_eq!(host.told(), ["start 3"], "the host has not said yet that it was the last");
        host.cancel(call);
        assert_eq!((host.told(), host.engine.tasks()), (["wake 2".into()].into(), 0));
    }

    #[test]
    fn who_rests_has_no_slot_and_no_place_in_the_queue() {
        let mut host = Host::with(&LimiterOptions { max_queue: 1, ..ONE });
        rest(&mut host, 10);
        host.run::<2>();
        assert_eq!((host.told(), host.stand(), resting(&host)), (["start 1".into()].into(), (1, 1), 1));
        host.wait(Until::QueuedBelow(2));
        assert_eq!(host.told(), ["wake 3"]);
    }

    #[test]
    fn it_rests_as_often_as_it_fails() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 10);
        host.pass(10);
        host.command(retry(call, 2, 5, None));
        assert_eq!(host.told(), ["wake 0", "retry 0 after 5 ms"]);
        host.command(retry(call, 2, 5, None));
        assert_eq!(host.told(), ["fault HandleTaken 0"], "it rests already");
        host.pass(5);
        host.command(retry(call, 9, 5, None));
        assert_eq!(host.told(), ["wake 0", "exhausted 0 Retries"]);
        host.wait(Until::Idle);
        assert_eq!(host.told(), [""; 0]);
        host.cancel(call);
        assert_eq!((host.told(), host.due(), host.engine.tasks()), (["wake 1".into()].into(), None, 0));
    }

    #[test]
    fn no_delay_is_over_in_the_same_turn() {
        let mut host = Host::with(&ONE);
        let call = hold(&mut host);
        host.command(retry(call, 1, 0, None));
        assert_eq!((host.told(), resting(&host)), (["retry 0 after 0 ms".into(), "wake 0".into()].into(), 0));
    }

    #[test]
    fn cancelled_it_goes_without_a_word_and_leaves_no_deadline() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 10);
        host.cancel(call);
        assert_eq!((host.told().len(), host.due(), host.engine.tasks(), resting(&host)), (0, None, 0, 0));
        host.cancel(call);
        let never_rested = hold(&mut host);
        host.cancel(never_rested);
        host.wait(Until::Idle);
        assert_eq!(host.told(), ["wake 2"]);
    }

    #[test]
    fn a_clear_rejects_those_that_rest_the_longest_first() {
        let mut host = Host::with(&ONE);
        let late = rest(&mut host, 50);
        host.pass(3);
        let call = hold(&mut host);
        host.pass(7);
        host.command(retry(call, 1, 20, None));
        host.effects();
        let busy = hold(&mut host);
        host.pass(1);
        host.clear();
        let reject = |task, waited| Effect::Reject {
            task,
            limiter: 0,
            verdict: Verdict::Cleared,
            waited: Span::from_millis(waited),
        };
        assert_eq!(host.effects(), [reject(late, 11), reject(call, 1)]);
        assert_eq!((host.counts().cleared, host.due(), resting(&host)), (2, None, 0));
        host.wait(Until::Idle);
        for call in [late, call, busy] {
            assert_eq!(host.told(), [""; 0], "its host has not settled {call:?} yet");
            host.cancel(call);
        }
        assert_eq!(host.told(), ["wake 3"]);
    }

    #[test]
    fn closing_rejects_those_that_rest_and_reports_when_they_are_settled() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 50);
        host.close(Span::from_millis(100));
        assert_eq!(host.told(), ["reject 0 Closed"]);
        host.pass(2);
        host.cancel(call);
        let told = Report { drained: false, cleared: 1, elapsed: Span::from_millis(2), ..Report::default() };
        assert_eq!((report(&mut host), host.due(), host.counts().cleared), (Some(told), None, 1));
    }

    #[test]
    fn what_is_closing_takes_no_rest_and_drains() {
        let mut host = Host::with(&ONE);
        let call = hold(&mut host);
        let [attempt] = host.run();
        host.close(Span::NEVER);
        host.fail(attempt);
        host.effects();
        host.command(retry(call, 1, 10, None));
        assert_eq!((host.told(), host.due()), (["reject 0 Closed".into()].into(), None));
        host.cancel(call);
        let told = Report { drained: true, rejected: 1, ..Report::default() };
        assert_eq!((report(&mut host), host.counts().cleared), (Some(told), 1));
        let late = hold(&mut host);
        host.command(retry(late, 1, 10, None));
        host.cancel(late);
        assert_eq!((host.told(), host.engine.tasks()), (["reject 3 Closed".into()].into(), 0));
    }

    #[test]
    fn the_end_of_the_grace_adds_to_those_that_rested_when_closing_began() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 50);
        let busy = hold(&mut host);
        host.run::<2>();
        host.close(Span::from_millis(5));
        host.cancel(call);
        host.pass(5);
        let told = Report { cleared: 2, aborted: 1, elapsed: Span::from_millis(5), ..Report::default() };
        assert_eq!(report(&mut host), Some(told));
        host.cancel(busy);
    }

    #[test]
    fn a_report_without_grace_counts_them_too() {
        let mut host = Host::with(&ONE);
        rest(&mut host, 50);
        host.close(Span::ZERO);
        assert_eq!(report(&mut host), Some(Report { cleared: 1, ..Report::default() }));
    }

    #[test]
    fn its_signal_rejects_them_now_and_later() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 50);
        let busy = hold(&mut host);
        host.command(Command::Abort { limiter: 0 });
        host.command(retry(busy, 1, 10, None));
        assert_eq!(host.told(), ["reject 0 LimiterAborted", "reject 1 LimiterAborted"]);
        assert_eq!((host.counts().aborted, host.due()), (2, None));
        host.cancel(call);
        host.cancel(busy);
        host.close(Span::NEVER);
        assert_eq!(report(&mut host), Some(Report { drained: true, ..Report::default() }));
    }

    #[test]
    fn an_unreachable_limiter_is_kept_for_the_next_attempt() {
        let mut host = Host::with(&ONE);
        let call = rest(&mut host, 10);
        host.command(Command::Free { limiter: 0 });
        host.pass(10);
        let [attempt] = host.run();
        host.fulfil(attempt);
        assert_eq!(host.told(), ["wake 0", "start 1"]);
        host.cancel(call);
        assert_eq!(host.told(), ["freed 0"]);
    }

    #[test]
    fn a_pause_lets_it_sleep_and_wake() {
        let mut host = Host::with(&ONE);
        rest(&mut host, 10);
        host.pause();
        host.pass(10);
        assert_eq!(host.told(), ["wake 0"]);
    }

    #[test]
    fn nothing_is_taken_from_a_budget_for_who_is_refused() {
        let mut host = Host::with(&ONE);
        let options = crate::retry::BudgetOptions { share: 1.0, min_per_second: 0.0, window: Span::from_millis(1_000) };
        host.command(Command::OpenBudget { budget: 0, options });
        host.command(Command::Deposit { budget: 0 });
        let call = hold(&mut host);
        host.close(Span::NEVER);
        host.command(retry(call, 1, 10, Some(0)));
        let sleeper = host.handle();
        host.command(retry(sleeper, 1, 10, Some(0)));
        assert_eq!(host.told(), ["reject 0 Closed", "retry 2 after 10 ms"]);
    }

    #[test]
    fn what_makes_no_sense_is_a_fault() {
        let mut host = Host::with(&ONE);
        let call = hold(&mut host);
        for (limiter, fault) in [(7, "fault UnknownLimiter 7"), (0, "fault HandleTaken 0")] {
            host.command(Command::Hold { limiter, call });
            assert_eq!(host.told(), [fault]);
        }
        host.fulfil(call);
        assert_eq!(host.told(), ["fault UnknownTask 0"]);
        host.cancel(call);
        let told: Vec<_> = host.told();
        assert_eq!((told.len(), host.engine.tasks()), (0, 0));
    }
}
