//! All rules of a limiter: taken together or not at all.

use alloc::vec::Vec;

use super::{Ready, Rule, Run, Window};
use crate::table::Handle;
use crate::time::Time;

/// Windows over resources. What a task costs is a slice, by resource; what is not in it costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    windows: Vec<Option<Window>>,
}

impl Rates {
    #[cfg(test)]
    pub(crate) fn new(rules: &[Rule]) -> Self {
        Self { windows: rules.iter().map(|&rule| Some(Window::new(rule))).collect() }
    }

    /// Whether there is no rule at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows.iter().all(Option::is_none)
    }

    /// When a task may start that costs so much: when the last of the rules lets it.
    pub(crate) fn ready(&mut self, now: Time, costs: &[u64]) -> Ready {
        let verdicts = self.windows.iter_mut().flatten().map(|window| {
            let cost = cost_of(window, costs);
            window.ready(now, cost)
        });
        verdicts.max().unwrap_or(Ready::Now)
    }

    /// Takes what a task costs that starts now. To be asked for before.
    #[cfg(test)]
    pub(crate) fn take(&mut self, now: Time, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.take(now, cost);
        }
    }

    /// A task ends that has cost so much by now.
    pub(crate) fn end(&mut self, now: Time, task: Handle, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.end(now, cost);
            window.is_stranger(task, true);
        }
    }

    /// A task that took units was cancelled before it began: it gives them all back.
    #[cfg(test)]
    pub(crate) fn give_back(&mut self, now: Time, started: Time, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.refund(now, Run { started, ended: None }, cost);
        }
    }

    /// What a task that runs costs of a resource is known: a refund if it is less than it took, a debt if it is more. Of
    /// what was not booked here there is nothing to give back but what is held.
    pub(crate) fn settle(&mut self, now: Time, task: Handle, started: Time, resource: u32, taken: u64, actual: u64) {
        for window in self.windows.iter_mut().flatten().filter(|window| window.rule().resource == resource) {
            if actual < taken && window.is_stranger(task, false) {
                window.release(now, taken - actual);
            } else if actual < taken {
                window.refund(now, Run { started, ended: None }, taken - actual);
            } else if actual > taken {
                window.debt(now, false, actual - taken);
            }
        }
    }

    /// Another rule in a place from now on, or none. What was taken before counts in it: it goes on with the window in
    /// its place if that is of the same resource, else with the longest one that is. Whether those who run are to be
    /// [adopted](Window::adopt) by it.
    pub(crate) fn set(&mut self, now: Time, nth: usize, rule: Option<Rule>) -> bool {
        if nth >= self.windows.len() {
            self.windows.resize(nth + 1, None);
        }
        let same = |window: &&Window| rule.is_some_and(|rule| window.rule().resource == rule.resource);
        let longest = || self.windows.iter().flatten().filter(same).max_by_key(|window| window.rule().interval);
        let heir = self.windows.get(nth).and_then(Option::as_ref).filter(same).or_else(longest).cloned();
        let mut adopts = heir.is_none() && rule.is_some();
        let window = rule.map(|rule| match heir {
            Some(mut window) => {
                adopts = window.reconfigure(now, rule);
                window
            }
            None => Window::new(rule),
        });
        if let Some(place) = self.windows.get_mut(nth) {
            *place = window;
        }
        adopts
    }

    /// Other rules in all places.
    #[cfg(test)]
    pub(crate) fn reconfigure(&mut self, now: Time, rules: &[Rule]) {
        for (nth, &rule) in rules.iter().enumerate() {
            self.set(now, nth, Some(rule));
        }
    }

    /// The window in a place.
    pub(crate) fn nth(&mut self, nth: usize) -> Option<&mut Window> {
        self.windows.get_mut(nth)?.as_mut()
    }

    /// Keeps what a task costs that will start. To be asked for before.
    pub(crate) fn reserve(&mut self, now: Time, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.reserve(now, cost);
        }
    }

    /// It starts now.
    pub(crate) fn start(&mut self, now: Time, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.start(now, cost);
        }
    }

    /// It does not start after all.
    pub(crate) fn unreserve(&mut self, now: Time, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.unreserve(now, cost);
        }
    }

    /// A task runs already that comes to be counted here.
    pub(crate) fn adopt(&mut self, now: Time, task: Handle, costs: &[u64]) {
        for window in self.windows.iter_mut().flatten() {
            let cost = cost_of(window, costs);
            window.adopt(now, task, cost);
        }
    }

    /// When nothing is left in any window, if no more comes; no later than now if that is so already.
    pub(crate) fn empty_at(&mut self, now: Time) -> Time {
        self.windows.iter_mut().flatten().map(|window| window.empty_at(now)).max().unwrap_or(now)
    }

    /// Whether a task costs more than a limit.
    pub(crate) fn exclude(&self, costs: &[u64]) -> bool {
        self.windows.iter().flatten().any(|window| cost_of(window, costs) > window.rule().limit)
    }

    /// How many units of a resource one task could take now; none if no rule is about it.
    #[cfg(test)]
    pub(crate) fn left(&self, now: Time, resource: u32) -> Option<u64> {
        let about = self.windows.iter().flatten().filter(|window| window.rule().resource == resource);
        about.map(|window| window.left(now)).min()
    }
}

fn cost_of(window: &Window, costs: &[u64]) -> u64 {
    costs.get(window.rule().resource as usize).copied().unwrap_or(0)
}
