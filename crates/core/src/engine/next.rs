//! Starts one at a time, where the host says itself when.

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::limit::Limiter;
use crate::limit::hold_back::HoldBackState;
use crate::limit::rate::Ready;
use crate::table::{Handle, NONE};

impl Engine {
    /// The task that is the next of those who wait in a limiter: who it is, whether it could have its slots or not.
    pub fn first(&mut self, id: LimiterId) -> Option<Handle> {
        let first = self.head(id)?;
        self.tasks.get(first).map(|first| first.handle)
    }

    /// The host wants the next one of a limiter to start, as [`Command::Next`](crate::Command::Next) says.
    pub(super) fn ask_for_next(&mut self, id: LimiterId) {
        if self.known(id).is_some() {
            self.asked = Some(id);
        }
    }

    /// Lets the next one of a limiter start that is paused; whether there is one that can.
    pub(super) fn start_next(&mut self, id: LimiterId) -> bool {
        let Some(index) = self.head(id).filter(|&index| self.may_be_next(index, id)) else { return false };
        let (now, costs, load) = (self.now, self.costs(index), self.load(index));
        if self.meter_mut(id).is_some_and(|meter| meter.ready(now, &costs) != Ready::Now) {
            return false;
        }
        if self.breakers > 0 {
            if self.is_broken(index, id) {
                if !self.touched.is_empty() {
                    self.settle_touched();
                }
                return false;
            }
            self.enter_breakers(index, id);
        }
        self.count_pass(index, id);
        self.reserve_at_meters(index);
        self.serve_key(index, id, load.weight);
        self.take_places(id);
        self.leave_queue(index, id);
        let Some(limiter) = pick(&mut self.limiters, id) else { return false };
        limiter.slots.take(load.weight.into());
        if let Some(node) = limiter.node.as_mut() {
            node.holders += 1;
            node.own += u64::from(load.weight);
        }
        if limiter.nested.stuck > 0 {
            self.unblock_kin(index, id);
        }
        self.flow_on(index, id);
        self.begin(index, id);
        self.started = self.tasks.get(index).map(|task| (task.handle, id));
        self.settle_down(id);
        if !self.touched.is_empty() {
            self.settle_touched();
        }
        true
    }

    /// Whether a task could start now, were its limiter not paused.
    fn may_be_next(&self, index: u32, id: LimiterId) -> bool {
        let is_alone = |limiter: &Limiter| limiter.parent() == NONE && !limiter.has_children();
        let fits = |limiter: &Limiter| limiter.slots.fit(self.load(index).weight);
        let is_held = |limiter: &Limiter| {
            limiter.awaits_trial() || limiter.is_spaced() || limiter.hold_back().is_some_and(HoldBackState::is_held)
        };
        self.limiter(id)
            .is_some_and(|limiter| limiter.pause.is_paused() && is_alone(limiter) && !is_held(limiter) && fits(limiter))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use crate::limit::LimiterOptions;
    use crate::limit::queue::Order;
    use crate::testing::Host;
    use crate::{Admission, Command, Handle, Span};

    const TWO: LimiterOptions = LimiterOptions::slots(2);
    const RANKED: LimiterOptions = LimiterOptions { order: Order::Priority, ..TWO };

    fn paused(options: &LimiterOptions) -> Host {
        let mut host = Host::with(options);
        host.pause();
        host
    }

    fn submit(host: &mut Host, priority: i64) -> Handle {
        host.submit_with(Admission { priority, ..Admission::PLAIN })
    }

    fn next(host: &mut Host) -> Vec<String> {
        host.command(Command::Next { limiter: 0 });
        host.told()
    }

    #[test]
    fn one_starts_for_each_time_it_is_asked_for_as_long_as_there_are_slots() {
        let mut host = paused(&TWO);
        let tasks: [_; 3] = core::array::from_fn(|_| host.submit());
        assert_eq!(host.engine.first(0), Some(tasks[0]));
        assert_eq!((next(&mut host), host.stand()), (["start 0".into()].into(), (1, 2)));
        assert_eq!((next(&mut host), host.stand()), (["start 1".into()].into(), (2, 1)));
        assert_eq!((next(&mut host), host.stand()), ([].into(), (2, 1)));
        host.fulfil(tasks[1]);
        assert_eq!((next(&mut host), host.stand()), (["start 2".into()].into(), (2, 0)));
        assert_eq!((next(&mut host), host.engine.first(0)), ([].into(), None));
    }

    #[test]
    fn the_most_urgent_is_the_next_whatever_a_number_of_this_width_can_say() {
        let mut host = paused(&RANKED);
        let [low, high] = [i64::MIN + 1, i64::MAX].map(|priority| submit(&mut host, priority));
        let [first, second] = [3, 3].map(|priority| submit(&mut host, priority << 40));
        assert_eq!(host.engine.first(0), Some(high));
        assert_eq!(next(&mut host), ["start 1"]);
        host.cancel(first);
        host.effects();
        assert_eq!((host.engine.first(0), next(&mut host)), (Some(second), ["start 3".into()].into()));
        host.resize(3);
        assert_eq!((host.engine.first(0), next(&mut host)), (Some(low), ["start 0".into()].into()));
    }

    #[test]
    fn it_has_to_fit_by_its_weight() {
        let mut host = paused(&RANKED);
        host.submit();
        host.submit_with(Admission { weight: 2, priority: -1, ..Admission::PLAIN });
        assert_eq!(next(&mut host), ["start 0"]);
        assert_eq!(next(&mut host), [""; 0]);
    }

    #[test]
    fn the_last_of_several_counts_and_one_that_is_not_paused_goes_its_own_way() {
        let mut host = paused(&TWO);
        let other = host.open(&TWO);
        host.submit();
        host.submit_to(other, Admission::PLAIN);
        host.engine.handle(Command::Next { limiter: 0 });
        host.command(Command::Next { limiter: other });
        assert_eq!(host.told(), [""; 0]);
        host.engine.handle(Command::Next { limiter: 0 });
        host.end_turn(true);
        assert_eq!(host.told(), ["start 0"], "in the place of the one that is ready");
        host.end_turn(true);
        assert_eq!(host.told(), ["start 1"]);
    }

    #[test]
    fn what_is_in_a_tree_is_left_alone_and_what_is_not_there_a_fault() {
        let mut host = paused(&TWO);
        let child = host.open(&LimiterOptions { parent: Some(0), ..TWO });
        host.command(Command::Pause { limiter: child, span: Span::NEVER });
        for limiter in [0, child] {
            host.submit_to(limiter, Admission::PLAIN);
            host.command(Command::Next { limiter });
            assert_eq!(host.told(), [""; 0]);
        }
        host.command(Command::Next { limiter: 7 });
        assert_eq!(host.told(), ["fault UnknownLimiter 7"]);
    }
}
