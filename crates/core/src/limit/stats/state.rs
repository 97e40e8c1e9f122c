//! The histograms, and who came in which order.

use alloc::collections::VecDeque;

use super::Quantiles;
use crate::command::LimiterId;
use crate::limit::histogram::Histogram;
use crate::table::{Handle, State, Task, Tasks};
use crate::time::{Span, Time};

/// So many who are gone may be kept beside those who wait.
const SLACK: usize = 64;

/// What a limiter keeps that keeps statistics.
#[derive(Debug)]
pub(crate) struct StatsState {
    limiter: LimiterId,
    pub(crate) waited: Histogram,
    pub(crate) ran: Histogram,
    /// All who wait, or have slots and were not called yet, in the order in which they came; and some who did.
    arrivals: VecDeque<Handle>,
    /// When there are so many of them, those who are gone are forgotten.
    most: usize,
}

impl StatsState {
    /// Those of a limiter in which these wait already.
    pub(crate) fn new(limiter: LimiterId, waiting: VecDeque<Handle>) -> Self {
        let most = 2 * waiting.len() + SLACK;
        Self { limiter, waited: Histogram::default(), ran: Histogram::default(), arrivals: waiting, most }
    }

    /// A task has come.
    pub(crate) fn came(&mut self, tasks: &Tasks, task: Handle) {
        if self.arrivals.len() >= self.most {
            let limiter = self.limiter;
            self.arrivals.retain(|&task| find(tasks, limiter, task).is_some());
            self.most = 2 * self.arrivals.len() + SLACK;
            self.arrivals.shrink_to(self.most);
        }
        self.arrivals.push_back(task);
    }

    /// How long the one has waited that waits longest.
    pub(crate) fn oldest_wait(&mut self, tasks: &Tasks, now: Time) -> Option<Span> {
        while let Some(&first) = self.arrivals.front()
            && find(tasks, self.limiter, first).is_none()
        {
            self.arrivals.pop_front();
        }
        let here = self.arrivals.iter().filter_map(|&task| find(tasks, self.limiter, task));
        let oldest = here.map(|task| (task.state(), task.since)).find(|&(state, _)| state == State::Queued);
        oldest.map(|(_, since)| now.since(since))
    }
}

#[cfg(test)]
impl StatsState {
    /// How many tasks it keeps.
    pub(crate) fn kept(&self) -> usize {
        self.arrivals.len()
    }
}

/// A task that waits in a limiter, or has slots there and was not called yet.
fn find(tasks: &Tasks, limiter: LimiterId, task: Handle) -> Option<&Task> {
    let is_here = |task: &&Task| task.limiter() == limiter && matches!(task.state(), State::Queued | State::Ready);
    tasks.find(task).filter(is_here)
}

/// What a histogram tells, if there is anything in it.
pub(crate) fn quantiles(of: &Histogram) -> Option<Quantiles> {
    let [p50, p95, p99] = of.quantiles([500, 950, 990])?;
    Some(Quantiles { count: of.count(), p50, p95, p99 })
}
