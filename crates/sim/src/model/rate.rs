//! Rates as lists: what was booked when, what is kept for those who run or will, and what is owed.

use fanfold_core::limit::rate::{At, Rule};
use fanfold_core::{Fault, Handle, LimiterId, Time};

use super::task::{Phase, Uid};
use super::{Deadline, Model};

/// Costs by resource.
pub(super) type Costs = [u64; 8];

/// What a task costs that does not say so.
pub(super) const ONE: Costs = [1, 0, 0, 0, 0, 0, 0, 0];

/// When a task may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ready {
    Now,
    At(Time),
    AtAnEnd,
    Never,
}

#[derive(Clone, Debug)]
pub(super) struct Window {
    rule: Rule,
    booked: Vec<(Time, u64)>,
    held: u64,
    reserved: u64,
    owed: u64,
}

impl Window {
    fn new(rule: Rule) -> Self {
        Self { rule, booked: Vec::new(), held: 0, reserved: 0, owed: 0 }
    }

    fn cost(&self, costs: &Costs) -> u64 {
        costs[self.rule.resource as usize]
    }

    fn holds(&self) -> bool {
        self.rule.at != At::Start
    }

    fn capacity(&self) -> u64 {
        self.rule.limit.saturating_sub(self.held + self.reserved)
    }

    fn total(&self) -> u64 {
        self.booked.iter().map(|(_, units)| units).sum()
    }

    fn next_to_leave(&self) -> Option<Time> {
        self.booked.iter().map(|(at, _)| at.after(self.rule.interval)).min()
    }

    /// What leaves is gone, and what is owed is booked in its place, one moment after the other.
    fn advance(&mut self, now: Time) {
        while let Some(leaves) = self.next_to_leave().filter(|&leaves| leaves <= now) {
            let interval = self.rule.interval;
            self.booked.retain(|(at, _)| at.after(interval) > leaves);
            self.pay(leaves);
        }
    }

    fn pay(&mut self, now: Time) {
        let units = self.owed.min(self.capacity().saturating_sub(self.total()));
        if units > 0 {
            self.owed -= units;
            self.booked.push((now, units));
        }
    }

    fn ready(&self, now: Time, costs: &Costs) -> Ready {
        let cost = self.cost(costs);
        let mut future = self.clone();
        future.advance(now);
        if cost > self.rule.limit {
            return Ready::Never;
        }
        if cost == 0 {
            return Ready::Now;
        }
        if cost > self.capacity() {
            return Ready::AtAnEnd;
        }
        let mut ready = Ready::Now;
        while future.total() + future.owed + cost > future.capacity() {
            let Some(leaves) = future.next_to_leave() else { return Ready::AtAnEnd };
            future.advance(leaves);
            ready = Ready::At(leaves);
        }
        ready
    }

    fn start(&mut self, now: Time, cost: u64) {
        self.reserved -= cost;
        if self.holds() {
            self.held += cost;
        } else {
            self.owed += cost;
        }
        self.pay(now);
    }

    fn end(&mut self, now: Time, cost: u64) {
        if self.holds() {
            self.held -= cost;
            self.owed += cost;
            self.pay(now);
        }
    }

    /// Fewer units than it took: of what was booked when it started, if that was here.
    fn refund(&mut self, now: Time, started: Option<Time>, units: u64) {
        if self.holds() {
            self.held -= units;
        } else if let Some(booked) = self.booked.iter_mut().filter(|(at, _)| Some(*at) == started).max() {
            booked.1 -= units.min(booked.1);
        }
        self.pay(now);
    }

    fn debt(&mut self, now: Time, units: u64) {
        if self.holds() {
            self.held += units;
        } else {
            self.owed += units;
        }
        self.pay(now);
    }
}

/// The rates of a limiter.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    windows: [Option<Window>; 8],
    /// When the next one may start, as far as that was told.
    pub(super) due: Option<Deadline>,
    /// Who started before was not booked here.
    since: u64,
}

impl Meter {
    /// Its windows as they are now. What was booked at one moment is one thing.
    fn windows(&mut self, now: Time) -> impl Iterator<Item = &mut Window> {
        for window in self.windows.iter_mut().flatten() {
            window.advance(now);
            let mut merged: Vec<(Time, u64)> = Vec::new();
            for &(at, units) in &window.booked {
                match merged.iter_mut().find(|(other, _)| *other == at) {
                    Some(entry) => entry.1 += units,
                    None => merged.push((at, units)),
                }
            }
            window.booked = merged;
        }
        self.windows.iter_mut().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.windows.iter().all(Option::is_none)
    }
}

impl Model {
    pub(super) fn set_rate(&mut self, id: LimiterId, nth: u32, rule: Option<Rule>) {
        if nth >= 8 || rule.is_some_and(|rule| rule.resource >= 8 || rule.limit == 0) {
            return self.fault(Fault::BadRate, id);
        }
        if self.limiter(id).is_none() {
            return self.fault(Fault::UnknownLimiter, id);
        }
        self.take_back(id);
        let (now, stamp) = (self.now, self.next_stamp());
        let running = self.paying(id, |phase| matches!(phase, Phase::Running | Phase::Detached));
        let limiter = self.known(id);
        limiter.is_node = true;
        limiter.meter.due = None;
        let place = &mut limiter.meter.windows[nth as usize];
        match (rule, place.as_mut()) {
            (None, _) => *place = None,
            // In the plans no rule of a place is about another resource, longer, or counted at another moment.
            (Some(rule), Some(window)) => {
                window.advance(now);
                window.rule.limit = rule.limit;
                window.pay(now);
            }
            (Some(rule), None) => {
                let mut window = Window::new(rule);
                if window.holds() {
                    window.held = running.iter().map(|costs| window.cost(costs)).sum();
                }
                *place = Some(window);
                limiter.meter.since = stamp;
            }
        }
        for id in self.subtree(id) {
            self.advance_lines(id);
        }
    }

    /// What those cost who are in a phase and have slots of their own, here or below.
    fn paying(&self, id: LimiterId, phase: impl Fn(Phase) -> bool) -> Vec<Costs> {
        let tasks = self.tasks.iter().filter(|task| phase(task.phase) && task.slot_of.is_none());
        tasks.filter(|task| self.path(task.limiter).contains(&id)).map(|task| task.costs).collect()
    }

    pub(super) fn bill(&mut self, task: Handle, resource: u32, units: u64) {
        let mut costs = self.bill.filter(|(known, _)| *known == task).map_or(ONE, |(_, costs)| costs);
        match costs.get_mut(resource as usize) {
            Some(cost) => {
                *cost = units;
                self.bill = Some((task, costs));
            }
            None => self.fault(Fault::BadRate, resource),
        }
    }

    /// The limiters that have rates.
    pub fn rated(&self) -> Vec<LimiterId> {
        self.limiters.iter().filter(|limiter| !limiter.meter.is_empty()).map(|limiter| limiter.id).collect()
    }

    /// Something about what a task costs, in every window on its path.
    fn at_windows(&mut self, uid: Uid, act: impl Fn(&mut Window, Time, u64, u64)) {
        let (now, task) = (self.now, self.task(uid).clone());
        if task.slot_of.is_some() {
            return;
        }
        for id in self.path(task.limiter) {
            let meter = &mut self.known(id).meter;
            let since = meter.since;
            for window in meter.windows(now) {
                let cost = window.cost(&task.costs);
                act(window, now, cost, since);
            }
        }
    }

    pub(super) fn reserve(&mut self, uid: Uid) {
        self.at_windows(uid, |window, _, cost, _| window.reserved += cost);
    }

    pub(super) fn unreserve(&mut self, uid: Uid) {
        self.at_windows(uid, |window, now, cost, _| {
            window.reserved -= cost;
            window.pay(now);
        });
    }

    pub(super) fn start_paying(&mut self, uid: Uid) {
        self.task_mut(uid).started_as = self.stamp;
        self.next_stamp();
        self.at_windows(uid, |window, now, cost, _| window.start(now, cost));
    }

    pub(super) fn end_paying(&mut self, uid: Uid) {
        self.at_windows(uid, |window, now, cost, _| window.end(now, cost));
    }

    pub(super) fn settle_cost(&mut self, handle: Handle, resource: u32, actual: u64) {
        let Some(task) = self.by_handle(handle).filter(|task| task.runs()).cloned() else {
            return self.fault(Fault::UnknownTask, handle.bits());
        };
        let Some(&taken) = task.costs.get(resource as usize) else {
            return self.fault(Fault::BadRate, resource);
        };
        self.at_windows(task.uid, |window, now, _, since| {
            if window.rule.resource != resource {
                return;
            }
            let was_here = task.is_billed && task.started_as > since;
            if actual < taken && (was_here || window.holds()) {
                window.refund(now, was_here.then_some(task.since), taken - actual);
            } else if actual > taken {
                window.debt(now, actual - taken);
            }
        });
        self.task_mut(task.uid).costs[resource as usize] = actual;
    }

    /// What runs here and below is counted in other limiters from now on.
    pub(super) fn leave_meters(&mut self, id: LimiterId) {
        let running = self.paying(id, |phase| matches!(phase, Phase::Running | Phase::Detached));
        let now = self.now;
        for above in self.path(id).into_iter().skip(1) {
            for window in self.known(above).meter.windows(now) {
                for costs in &running {
                    window.end(now, window.cost(costs));
                }
            }
        }
    }

    pub(super) fn come_to_meters(&mut self, id: LimiterId) {
        let running = self.paying(id, |phase| matches!(phase, Phase::Running | Phase::Detached));
        let (now, stamp) = (self.now, self.next_stamp());
        for at in self.path(id) {
            let meter = &mut self.known(at).meter;
            meter.since = stamp;
            if at != id {
                for window in meter.windows(now).filter(|window| window.holds()) {
                    window.held += running.iter().map(|costs| window.cost(costs)).sum::<u64>();
                }
            }
        }
    }

    pub(super) fn too_dear(&self, id: LimiterId, costs: &Costs) -> bool {
        let windows = self.limiter(id).into_iter().flat_map(|limiter| limiter.meter.windows.iter().flatten());
        windows.into_iter().any(|window| window.cost(costs) > window.rule.limit)
    }

    /// When the rates of a limiter let a task start that costs so much.
    pub(super) fn when(&self, id: LimiterId, costs: &Costs) -> Ready {
        let Some(limiter) = self.limiter(id) else { return Ready::Now };
        match limiter.meter.due {
            // What is due is met after the commands.
            Some(due) if due.at <= self.now => Ready::At(due.at),
            _ => {
                let windows = limiter.meter.windows.iter().flatten();
                windows.map(|window| window.ready(self.now, costs)).max().unwrap_or(Ready::Now)
            }
        }
    }

    /// Tells when a limiter has to be looked at because of its rates.
    pub(super) fn set_due(&mut self, id: LimiterId, ready: Option<Ready>) {
        let at = if let Some(Ready::At(at)) = ready { at } else { Time::NEVER };
        if self.known(id).meter.due.map_or(Time::NEVER, |due| due.at) != at {
            let stamp = self.next_stamp();
            self.known(id).meter.due = Deadline::at(at, stamp);
        }
    }
}
