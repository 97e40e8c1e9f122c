//! How limiters keep statistics, and what they tell of them.

use crate::own::own;
use alloc::vec::Vec;

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::limit::rate::{RULES, Ready};
use crate::limit::stats::{Stats, StatsState, quantiles};
use crate::table::{Handle, State};
use crate::time::Time;

impl Engine {
    /// Begins to keep statistics, as [`Command::EnableStats`](crate::Command::EnableStats) says.
    #[cold]
    pub(super) fn enable_stats(&mut self, id: LimiterId) {
        let Some(limiter) = self.known(id) else { return };
        if limiter.stats.is_some() {
            return;
        }
        let mut waiting = self.waiting_members(id);
        self.sort_by_age(&mut waiting);
        let waiting = waiting.into_iter().filter_map(|index| self.tasks.get(index));
        let arrivals = waiting.map(|task| task.handle).collect();
        self.alter(id, |limiter| limiter.stats = Some(own(StatsState::new(id, arrivals))));
    }

    /// Those who wait in a limiter, or have slots there and were not called yet.
    fn waiting_members(&self, id: LimiterId) -> Vec<u32> {
        let queued = self.limiter(id).map(|limiter| limiter.queue.members(&self.tasks)).unwrap_or_default();
        let keyed = self.members_of_keys(id);
        let own = |index: &u32| self.tasks.get(*index).is_some_and(|task| task.limiter() == id);
        let ready = self.ready.members(&self.tasks).into_iter().filter(own).collect();
        [queued, keyed, self.members_of(id), ready].concat()
    }

    /// A task has come, and may be there still.
    #[cold]
    pub(super) fn note_arrival(&mut self, id: LimiterId, task: Handle) {
        let waits = self.tasks.find(task).is_some_and(|task| matches!(task.state(), State::Queued | State::Ready));
        if waits
            && let Some(limiter) = pick(&mut self.limiters, id)
            && let Some(stats) = &mut limiter.stats
        {
            stats.came(&self.tasks, task);
        }
    }

    /// What a limiter can tell beyond how it stands, if there is one with this id. A question: nothing changes.
    pub fn stats(&mut self, id: LimiterId) -> Option<Stats> {
        let now = self.now;
        let next_start = self.next_start(id);
        let limiter = pick(&mut self.limiters, id)?;
        let mut told = Stats { next_start, concurrency: limiter.slots.limit(), ..Stats::default() };
        if let Some(installed) = limiter.node.as_ref().and_then(|node| node.breaker.as_ref()) {
            told.circuit = Some(installed.breaker.circuit());
            told.half_open = installed.breaker.opens_at().filter(|&until| until != Time::NEVER);
        }
        if let Some(stats) = &mut limiter.stats {
            told.oldest_wait = stats.oldest_wait(&self.tasks, now);
            (told.waited, told.ran) = (quantiles(&stats.waited), quantiles(&stats.ran));
        }
        if let Some(meter) = limiter.node.as_mut().and_then(|node| node.meter.as_mut()) {
            for (nth, left) in (0..RULES).zip(&mut told.left) {
                *left = meter.rates.nth(nth as usize).map(|window| {
                    window.advance(now);
                    window.left(now)
                });
            }
        }
        Some(told)
    }

    /// When the next one of a limiter may start, if that is only a matter of time.
    fn next_start(&mut self, id: LimiterId) -> Option<Time> {
        if let Some(next) = self.head(id) {
            return self.start_of(next, id, None);
        }
        // All keys whose tasks wait have what they may have: the first of those that only wait for a time.
        let due = self.due_in_keys(id);
        due.into_iter().filter_map(|(next, due)| self.start_of(next, id, Some(due))).min()
    }

    /// When a task of a limiter may start, not before some time, if that is only a matter of time.
    fn start_of(&mut self, task: u32, id: LimiterId, earliest: Option<Time>) -> Option<Time> {
        let (now, weight, costs) = (self.now, self.load(task).weight, self.costs(task));
        let (mut starts, mut at) = (earliest, id);
        while let Some(limiter) = self.limiter(at) {
            let above = limiter.parent();
            if !limiter.slots.fit(weight) {
                return None;
            }
            if let Some(pause) = limiter.pause.until() {
                starts = starts.max(Some(self.deadlines.at(pause)?));
            }
            if let Some(held) = limiter.hold_back() {
                let due = Some(held.due()).filter(|&due| due != Time::NEVER);
                starts = starts.max(if held.is_held() { Some(due?) } else { due });
            }
            match self.meter_mut(at).map_or(Ready::Now, |meter| meter.ready(now, &costs)) {
                Ready::Now => {}
                Ready::At(due) => starts = starts.max(Some(due)),
                Ready::AtAnEnd | Ready::Never => return None,
            }
            at = above;
        }
        starts
    }
}
