//! How tasks pay what they cost: reserved with their slots, booked when they start, told when they end.

use alloc::vec::Vec;

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::deadlines::DeadlineReason;
use crate::effect::Fault;
use crate::limit::Limiter;
use crate::limit::rate::{Costs, Meter, ONE, RESOURCES, RULES, Rates, Ready, Rule};
use crate::table::{Handle, NONE, State, Task};
use crate::time::Time;

/// What the next submission of a task costs, told before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bill {
    task: Handle,
    costs: Costs,
}

impl Engine {
    /// Another rule for a limiter, as [`Command::SetRate`](crate::Command::SetRate) says.
    #[cold]
    pub(super) fn set_rate(&mut self, id: LimiterId, nth: u32, rule: Option<Rule>) {
        if nth >= RULES || rule.is_some_and(|rule| rule.resource as usize >= RESOURCES || rule.limit == 0) {
            return self.fault(Fault::BadRate, id);
        }
        let now = self.now;
        let Some(limiter) = self.known(id) else { return };
        limiter.node_mut();
        // Whoever was not called yet is asked again: what the old rule let through may be too much for the new one.
        self.retreat_below(id);
        let Some(limiter) = self.limiter_mut(id) else { return };
        let was_timed = limiter.is_timed();
        let node = limiter.node_mut();
        let had_meter = node.meter.is_some();
        let meter = node.meter.get_or_insert_default();
        let adopts = meter.set(now, nth, rule);
        let is_empty = meter.rates.is_empty();
        // Whatever was due by the old rules is not.
        let alarm = meter.set_due(Time::NEVER);
        if is_empty {
            node.meter = None;
        }
        let is_timed = limiter.is_timed();
        if let Some(alarm) = alarm {
            self.deadlines.remove(alarm);
        }
        self.timed_limiters = self.timed_limiters + u32::from(is_timed) - u32::from(was_timed);
        self.meters = self.meters + u32::from(!is_empty) - u32::from(had_meter);
        if adopts {
            self.catch_up(id, nth);
        }
        for id in self.subtree(id) {
            self.advance_lines(id);
        }
        self.touch(id);
    }

    /// A window that begins from nothing, or to book at another moment, knows of those who run already.
    fn catch_up(&mut self, id: LimiterId, nth: u32) {
        let now = self.now;
        for (task, costs) in self.those_who_run(id) {
            if let Some(window) = self.meter_mut(id).and_then(|meter| meter.rates.nth(nth as usize)) {
                let cost = costs.get(window.rule().resource as usize).copied().unwrap_or(0);
                window.adopt(now, task, cost);
            }
        }
    }

    /// All who run in a limiter, and below it, and pay for themselves; and what each costs.
    fn those_who_run(&self, id: LimiterId) -> Vec<(Handle, Costs)> {
        self.subtree(id).into_iter().flat_map(|id| self.own_who_run(id)).collect()
    }

    /// The same without those below.
    pub(super) fn own_who_run(&self, id: LimiterId) -> Vec<(Handle, Costs)> {
        let running = self.limiter(id).map(|limiter| limiter.running.members(&self.tasks)).unwrap_or_default();
        let running = running.into_iter();
        let paying = running.filter_map(|index| self.tasks.get(index)).filter(|task| self.pays(task));
        paying.map(|task| (task.handle, self.costs(task.handle.index()))).collect()
    }

    pub(super) fn meter_mut(&mut self, id: LimiterId) -> Option<&mut Meter> {
        self.limiter_mut(id)?.node.as_mut()?.meter.as_deref_mut()
    }

    /// Whether a task pays for itself, and does not run by what its parent was given.
    pub(super) fn pays(&self, task: &Task) -> bool {
        self.extra(task).is_none_or(|extra| extra.member_of == NONE)
    }

    /// The next submission of a task costs so much.
    pub(super) fn bill(&mut self, task: Handle, resource: u32, units: u64) {
        let mut costs = self.bill.filter(|bill| bill.task == task).map_or(ONE, |bill| bill.costs);
        match costs.get_mut(resource as usize) {
            Some(cost) => {
                *cost = units;
                self.bill = Some(Bill { task, costs });
            }
            None => self.fault(Fault::BadRate, resource),
        }
    }

    /// Whether it was told what a new task costs.
    pub(super) fn is_billed(&self, task: Handle) -> bool {
        self.bill.is_some_and(|bill| bill.task == task)
    }

    /// What a new task costs, if that was told.
    pub(super) fn take_bill(&mut self, task: Handle) -> Option<Costs> {
        self.bill.take().filter(|bill| bill.task == task).map(|bill| bill.costs)
    }

    /// What a task costs.
    pub(super) fn costs(&self, index: u32) -> Costs {
        self.costs.get(self.load(index).costs).copied().unwrap_or(ONE)
    }

    /// Something about what a task costs, in every limiter on its path that has a rate.
    pub(super) fn at_meters(&mut self, index: u32, act: impl Fn(&mut Rates, Time, &Costs)) {
        if self.meters == 0 {
            return;
        }
        let Some(id) = self.tasks.get(index).filter(|task| self.pays(task)).map(Task::limiter) else { return };
        let now = self.now;
        let (load, key) = (self.load(index), self.key_of(index));
        let costs = self.costs.get(load.costs).unwrap_or(&ONE);
        if let Some(rates) = self.keys.get_mut(key).and_then(|key| key.rates.as_mut()) {
            act(rates, now, costs);
        }
        let mut at = id;
        while let Some(limiter) = pick(&mut self.limiters, at) {
            at = limiter.parent();
            if let Some(meter) = limiter.node.as_mut().and_then(|node| node.meter.as_mut()) {
                act(&mut meter.rates, now, costs);
            }
        }
    }

    /// Whether a plain task of a limiter may start now, as far as rates go.
    pub(super) fn is_free_now(&mut self, id: LimiterId) -> bool {
        let (now, mut at) = (self.now, id);
        while self.meters > 0
            && let Some(limiter) = self.limiter_mut(at)
        {
            at = limiter.parent();
            let meter = limiter.node.as_mut().and_then(|node| node.meter.as_mut());
            if meter.is_some_and(|meter| meter.ready(now, &ONE) != Ready::Now) {
                return false;
            }
        }
        true
    }

    /// A task is given slots.
    pub(super) fn reserve_at_meters(&mut self, index: u32) {
        self.at_meters(index, |rates, now, costs| rates.reserve(now, costs));
    }

    /// A task that has slots starts.
    pub(super) fn start_at_meters(&mut self, index: u32, id: LimiterId) {
        self.at_meters(index, |rates, now, costs| rates.start(now, costs));
        self.ask_key_again(index);
        self.ask_again(id);
    }

    /// A task that ran ends.
    pub(super) fn end_at_meters(&mut self, task: Handle, id: LimiterId) {
        self.at_meters(task.index(), |rates, now, costs| rates.end(now, task, costs));
        self.ask_key_again(task.index());
        self.ask_again(id);
    }

    /// The same for those who wait because of a rate of their key.
    fn ask_key_again(&mut self, index: u32) {
        let place = self.key_of(index);
        if self.keys.get(place).is_some_and(|key| key.rates.is_some() && !key.queue.is_empty()) {
            self.touch_key(place);
        }
    }

    /// Whoever waits because of a rate, here or above, may have to wait for longer now, or less long.
    fn ask_again(&mut self, id: LimiterId) {
        let mut at = id;
        while let Some(limiter) = self.limiter(at) {
            let above = limiter.parent();
            if limiter.node.as_ref().and_then(|node| node.meter.as_ref()).is_some_and(|meter| meter.refuses) {
                self.touch(at);
            }
            at = above;
        }
    }

    /// What a task costs is known, as [`Command::SettleCost`](crate::Command::SettleCost) says.
    pub(super) fn settle_cost(&mut self, handle: Handle, resource: u32, actual: u64) {
        let running = |task: &&Task| matches!(task.state(), State::Running | State::Detached);
        let Some((id, started)) = self.tasks.find(handle).filter(running).map(|task| (task.limiter(), task.since))
        else {
            return self.fault(Fault::UnknownTask, handle.bits());
        };
        let index = handle.index();
        let Some(taken) = self.costs(index).get(resource as usize).copied() else {
            return self.fault(Fault::BadRate, resource);
        };
        self.at_meters(index, |rates, now, _| rates.settle(now, handle, started, resource, taken, actual));
        self.write_down(index, resource, actual);
        self.ask_key_again(index);
        self.touch(id);
    }

    /// What a task costs from now on.
    fn write_down(&mut self, index: u32, resource: u32, units: u64) {
        let mut load = self.load(index);
        if self.costs.get(load.costs).is_none() {
            load.costs = self.costs.insert(ONE);
            self.set_load(index, load);
        }
        if let Some(cost) = self.costs.get_mut(load.costs).and_then(|costs| costs.get_mut(resource as usize)) {
            *cost = units;
        }
    }

    /// A task that has slots does not start after all.
    pub(super) fn refund_at_meters(&mut self, index: u32) {
        self.at_meters(index, |rates, now, costs| rates.unreserve(now, costs));
    }

    /// Whether the rates of a limiter let a task start now. If not, it is looked at again when they do.
    pub(super) fn passes_meter(&mut self, index: u32, id: LimiterId) -> bool {
        let (now, costs) = (self.now, self.costs(index));
        let Some(meter) = self.meter_mut(id) else { return true };
        let ready = meter.ready(now, &costs);
        meter.refuses = ready != Ready::Now;
        self.set_alarm(id, if let Ready::At(due) = ready { due } else { Time::NEVER });
        ready == Ready::Now
    }

    /// When a limiter has to be looked at because of its rates.
    pub(super) fn set_alarm(&mut self, id: LimiterId, due: Time) {
        if let Some(void) = self.meter_mut(id).and_then(|meter| meter.set_due(due)) {
            self.deadlines.remove(void);
            let alarm = self.deadlines.insert(due, DeadlineReason::RateReady(id));
            if let Some(meter) = self.meter_mut(id) {
                meter.set_alarm(alarm);
            }
        }
    }

    /// The time has come at which the next one of a limiter may start.
    pub(super) fn ring_meter(&mut self, id: LimiterId) {
        if let Some(meter) = self.meter_mut(id) {
            meter.ring();
        }
        self.touch(id);
    }

    /// All that runs in a limiter, and below it, is counted elsewhere from now on: in the limiters above, as if it
    /// ended; or, in those where it has come to, as if it had started there.
    pub(super) fn move_between_meters(&mut self, id: LimiterId, act: impl Fn(&mut Rates, Time, Handle, &Costs)) {
        if self.meters == 0 {
            return;
        }
        let now = self.now;
        let above = self.limiter(id).map_or(NONE, Limiter::parent);
        for (task, costs) in self.those_who_run(id) {
            let mut at = above;
            while let Some(limiter) = pick(&mut self.limiters, at) {
                at = limiter.parent();
                if let Some(meter) = limiter.node.as_mut().and_then(|node| node.meter.as_mut()) {
                    act(&mut meter.rates, now, task, &costs);
                }
            }
        }
    }
}
