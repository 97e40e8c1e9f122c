//! Rates as lists: what was booked when, what is kept for those who run or will, and what is owed.

use fanfold_core::limit::rate::{At, Rule, Shape};
use fanfold_core::{Fault, Handle, LimiterId, Time};

use super::task::{Task, Uid};
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
    /// Who runs and was not counted here when it started.
    strangers: Vec<Uid>,
    /// With even spacing: when the next unit is due, and when it is however much is given back, both in microseconds
    /// times the limit; and the last start.
    due: u128,
    least: u128,
    last: Option<Time>,
}

impl Window {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            booked: Vec::new(),
            held: 0,
            reserved: 0,
            owed: 0,
            strangers: Vec::new(),
            due: 0,
            least: 0,
            last: None,
        }
    }

    fn is_smooth(&self) -> bool {
        self.rule.shape == Shape::Smooth
    }

    /// A time as a share of a microsecond of which the limit is the whole.
    fn fine(&self, time: Time) -> u128 {
        u128::from(time.as_micros()) * u128::from(self.rule.limit)
    }

    fn spacings(&self, units: u64) -> u128 {
        u128::from(units) * u128::from(self.rule.interval.as_micros())
    }

    /// The next unit is so many spacings later than it was due, or than now if that was in a microsecond before this.
    fn space(&mut self, now: Time, units: u64) {
        let now = self.fine(now);
        let is_late = now >= self.due + u128::from(self.rule.limit);
        self.due = if is_late { now } else { self.due } + self.spacings(units);
    }

    /// The spacing after the last start is kept, whatever is given back of others.
    fn unspace(&mut self, started: Time, units: u64) {
        if self.last == Some(started) {
            self.least = self.least.saturating_sub(self.spacings(units)).max(self.fine(started));
        }
        self.due = self.due.saturating_sub(self.spacings(units)).max(self.least.min(self.due));
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
        if self.reserved > 0 && self.is_smooth() {
            return Ready::AtAnEnd;
        }
        let mut ready = Ready::Now;
        while future.total() + future.owed + cost > future.capacity() {
            let Some(leaves) = future.next_to_leave() else { return Ready::AtAnEnd };
            future.advance(leaves);
            ready = Ready::At(leaves);
        }
        if self.is_smooth() && self.fine(now) < self.due {
            let due = self.due.div_ceil(u128::from(self.rule.limit));
            ready = ready.max(Ready::At(Time::from_micros(u64::try_from(due).expect("a time of a plan"))));
        }
        ready
    }

    /// When nothing is left in it, if nobody has any units that are not booked.
    fn empty_at(&self, now: Time) -> Time {
        let mut future = self.clone();
        let mut then = now;
        future.advance(now);
        while future.total() + future.owed > 0 {
            let Some(leaves) = future.next_to_leave() else { return Time::NEVER };
            future.advance(leaves);
            then = leaves;
        }
        let spaced = if self.is_smooth() { self.due.div_ceil(u128::from(self.rule.limit)) } else { 0 };
        then.max(Time::from_micros(u64::try_from(spaced).expect("a time of a plan")))
    }

    fn start(&mut self, now: Time, cost: u64) {
        self.reserved -= cost;
        if self.holds() {
            self.held += cost;
        } else {
            self.owed += cost;
        }
        self.pay(now);
        if self.is_smooth() && cost > 0 {
            let so_far = if self.last == Some(now) { self.least } else { self.fine(now) };
            self.least = so_far + self.spacings(cost);
            self.last = Some(now);
            self.space(now, cost);
        }
    }

    fn end(&mut self, now: Time, task: Uid, cost: u64) {
        self.strangers.retain(|&other| other != task);
        if self.holds() {
            self.held -= cost;
            self.owed += cost;
            self.pay(now);
        }
    }

    /// Fewer units than it took: of what was booked when it started, if that was here.
    fn refund(&mut self, now: Time, task: Uid, started: Time, units: u64) {
        let was_here = !self.strangers.contains(&task);
        if self.holds() {
            self.held -= units;
        } else if was_here && let Some(booked) = self.booked.iter_mut().filter(|(at, _)| *at == started).max() {
            booked.1 -= units.min(booked.1);
        }
        if was_here && self.is_smooth() {
            self.unspace(started, units);
        }
        self.pay(now);
    }

    fn debt(&mut self, now: Time, units: u64) {
        if self.holds() {
            self.held += units;
        } else {
            self.owed += units;
        }
        if self.is_smooth() {
            self.space(now, units);
        }
        self.pay(now);
    }

    /// Those who run and were not counted here, or in another way, are.
    fn adopt(&mut self, running: &[(Uid, Costs)]) {
        for (task, costs) in running {
            self.strangers.push(*task);
            if self.holds() {
                self.held += self.cost(costs);
            }
        }
    }

    /// Another limit, or another moment at which units are counted.
    fn change(&mut self, now: Time, rule: Rule, running: &[(Uid, Costs)]) {
        self.advance(now);
        let (held, was_held, due) = (self.holds(), self.held, self.due.saturating_sub(self.fine(now)));
        let spaced = self.last.map_or(0, |last| self.least - self.fine(last));
        self.rule = rule;
        // It stays as many units, and so as much of a microsecond, since the length is the same.
        self.least = self.last.map_or(0, |last| self.fine(last)) + spaced;
        self.due = (self.fine(now) + due).max(self.least);
        if held != self.holds() {
            self.held = 0;
            self.owed += if held { was_held } else { 0 };
        }
        self.pay(now);
        if held != self.holds() {
            self.adopt(running);
        }
    }
}

/// The rates of a limiter.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    windows: [Option<Window>; 8],
    /// When the next one may start, as far as that was told.
    pub(super) due: Option<Deadline>,
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

    /// Another rule in a place, or none.
    pub(super) fn set_rule(&mut self, now: Time, nth: usize, rule: Option<Rule>, running: &[(Uid, Costs)]) {
        let place = &mut self.windows[nth];
        match (rule, place.as_mut()) {
            (None, _) => *place = None,
            // In the plans no rule of a place is about another resource, longer, or of another shape.
            (Some(rule), Some(window)) => window.change(now, rule, running),
            (Some(rule), None) => place.insert(Window::new(rule)).adopt(running),
        }
    }

    /// When all rules let a task start that costs so much.
    pub(super) fn when(&self, now: Time, costs: &Costs) -> Ready {
        self.windows.iter().flatten().map(|window| window.ready(now, costs)).max().unwrap_or(Ready::Now)
    }

    /// When nothing is left in any window.
    pub(super) fn empty_at(&self, now: Time) -> Time {
        self.windows.iter().flatten().map(|window| window.empty_at(now)).max().unwrap_or(now)
    }

    /// How many units of a rule one task could take now.
    pub(super) fn left(&self, nth: usize, now: Time) -> Option<u64> {
        let mut window = self.windows.get(nth)?.clone()?;
        window.advance(now);
        let is_spaced = window.reserved > 0 || window.fine(now) < window.due;
        let gone = window.total() + window.owed;
        Some(if window.is_smooth() && is_spaced { 0 } else { window.capacity().saturating_sub(gone) })
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
        let now = self.now;
        let running = self.paying(id);
        let limiter = self.known(id);
        limiter.is_node = true;
        limiter.meter.due = None;
        limiter.meter.set_rule(now, nth as usize, rule, &running);
        self.advance_lines_below(id);
    }

    /// Those who run and have slots of their own, here or below, and what they cost.
    fn paying(&self, id: LimiterId) -> Vec<(Uid, Costs)> {
        let tasks = self.tasks.iter().filter(|task| task.runs() && task.slot_of.is_none());
        let below = tasks.filter(|task| self.is_within(task.limiter, id));
        below.map(|task| (task.uid, task.costs)).collect()
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
    fn at_windows(&mut self, uid: Uid, act: impl Fn(&mut Window, Time, u64)) {
        let (now, task) = (self.now, self.task(uid).clone());
        if task.slot_of.is_some() {
            return;
        }
        for id in self.path(task.limiter) {
            for window in self.known(id).meter.windows(now) {
                let cost = window.cost(&task.costs);
                act(window, now, cost);
            }
        }
        if let Some(key) = self.key_mut(task.limiter, task.key) {
            for window in key.meter.windows(now) {
                let cost = window.cost(&task.costs);
                act(window, now, cost);
            }
        }
    }

    pub(super) fn reserve(&mut self, uid: Uid) {
        self.at_windows(uid, |window, _, cost| window.reserved += cost);
    }

    pub(super) fn unreserve(&mut self, uid: Uid) {
        self.at_windows(uid, |window, now, cost| {
            window.reserved -= cost;
            window.pay(now);
        });
    }

    pub(super) fn start_paying(&mut self, uid: Uid) {
        self.at_windows(uid, Window::start);
    }

    pub(super) fn end_paying(&mut self, uid: Uid) {
        self.at_windows(uid, |window, now, cost| window.end(now, uid, cost));
    }

    pub(super) fn settle_cost(&mut self, handle: Handle, resource: u32, actual: u64) {
        let Some(Task { uid, costs, since, .. }) = self.by_handle(handle).filter(|task| task.runs()).cloned() else {
            return self.fault(Fault::UnknownTask, handle.bits());
        };
        let Some(&taken) = costs.get(resource as usize) else {
            return self.fault(Fault::BadRate, resource);
        };
        self.at_windows(uid, |window, now, _| {
            if window.rule.resource != resource {
                return;
            }
            if actual < taken {
                window.refund(now, uid, since, taken - actual);
            } else if actual > taken {
                window.debt(now, actual - taken);
            }
        });
        self.task_mut(uid).costs[resource as usize] = actual;
    }

    /// What runs here and below is counted in other limiters from now on.
    pub(super) fn leave_meters(&mut self, id: LimiterId) {
        let (now, running) = (self.now, self.paying(id));
        for above in self.path(id).into_iter().skip(1) {
            for window in self.known(above).meter.windows(now) {
                for &(task, ref costs) in &running {
                    window.end(now, task, window.cost(costs));
                }
            }
        }
    }

    pub(super) fn come_to_meters(&mut self, id: LimiterId) {
        let (now, running) = (self.now, self.paying(id));
        for above in self.path(id).into_iter().skip(1) {
            for window in self.known(above).meter.windows(now) {
                window.adopt(&running);
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
            _ => limiter.meter.when(self.now, costs),
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
