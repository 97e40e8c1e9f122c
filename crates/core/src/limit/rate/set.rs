//! All rules of a limiter: taken together or not at all.

use alloc::vec::Vec;

use super::{Ready, Rule, Run, Window};
use crate::time::Time;

/// Windows over resources. What a task costs is a slice, by resource; what is not in it costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    windows: Vec<Window>,
}

impl Rates {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        Self { windows: rules.iter().map(|&rule| Window::new(rule)).collect() }
    }

    /// Whether there is no rule at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// When a task may start that costs so much: when the last of the rules lets it.
    pub(crate) fn ready(&mut self, now: Time, costs: &[u64]) -> Ready {
        let verdicts = self.windows.iter_mut().map(|window| {
            let cost = cost_of(window, costs);
            window.ready(now, cost)
        });
        verdicts.max().unwrap_or(Ready::Now)
    }

    /// Takes what a task costs that starts now. To be asked for before.
    pub(crate) fn take(&mut self, now: Time, costs: &[u64]) {
        for window in &mut self.windows {
            let cost = cost_of(window, costs);
            window.take(now, cost);
        }
    }

    /// A task ends that has cost so much by now.
    pub(crate) fn end(&mut self, now: Time, costs: &[u64]) {
        for window in &mut self.windows {
            let cost = cost_of(window, costs);
            window.end(now, cost);
        }
    }

    /// A task that took units was cancelled before it began: it gives them all back.
    pub(crate) fn give_back(&mut self, now: Time, started: Time, costs: &[u64]) {
        for window in &mut self.windows {
            let cost = cost_of(window, costs);
            window.refund(now, Run { started, ended: None }, cost);
        }
    }

    /// What a task costs of a resource is known: a refund if it is less than it took, a debt if it is more.
    pub(crate) fn settle(&mut self, now: Time, run: Run, resource: u32, taken: u64, actual: u64) {
        for window in self.windows.iter_mut().filter(|window| window.rule().resource == resource) {
            if actual < taken {
                window.refund(now, run, taken - actual);
            } else if actual > taken {
                window.debt(now, run, actual - taken);
            }
        }
    }

    /// Other rules from now on. What was taken before counts in them: each goes on with the window in its place
    /// if that is of the same resource, else with the longest one that is.
    pub(crate) fn reconfigure(&mut self, now: Time, rules: &[Rule]) {
        let old = core::mem::take(&mut self.windows);
        let heir = |(place, &rule): (usize, &Rule)| {
            let same = |window: &&Window| window.rule().resource == rule.resource;
            let longest = || old.iter().filter(same).max_by_key(|window| window.rule().interval);
            let Some(window) = old.get(place).filter(same).or_else(longest) else { return Window::new(rule) };
            let mut window = window.clone();
            window.reconfigure(now, rule);
            window
        };
        self.windows = rules.iter().enumerate().map(heir).collect();
    }

    /// How many units of a resource one task could take now; none if no rule is about it.
    pub(crate) fn left(&self, now: Time, resource: u32) -> Option<u64> {
        let about = self.windows.iter().filter(|window| window.rule().resource == resource);
        about.map(|window| window.left(now)).min()
    }
}

fn cost_of(window: &Window, costs: &[u64]) -> u64 {
    costs.get(window.rule().resource as usize).copied().unwrap_or(0)
}
