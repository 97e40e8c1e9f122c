//! What limiters learn from how tasks start and end: those that keep statistics, turn newcomers away, break or adapt.

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::limit::Limiter;
use crate::time::Span;

impl Engine {
    /// Changes what a limiter measures, and with it whether the host has to tell the time exactly.
    pub(super) fn alter(&mut self, id: LimiterId, change: impl FnOnce(&mut Limiter)) {
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let (was_timed, was_measured) = (limiter.is_timed(), limiter.is_measured());
        change(limiter);
        let (is_timed, is_measured) = (limiter.is_timed(), limiter.is_measured());
        self.timed_limiters = self.timed_limiters + u32::from(is_timed) - u32::from(was_timed);
        self.measured = self.measured + u32::from(is_measured) - u32::from(was_measured);
    }

    /// A task of a limiter begins to run that has waited for so long.
    #[inline(never)]
    pub(super) fn measure_start(&mut self, id: LimiterId, waited: Span) {
        if let Some(stats) = self.limiter_mut(id).and_then(|limiter| limiter.stats.as_mut()) {
            stats.waited.record(waited);
        }
    }

    /// A task of a limiter ends that ran.
    #[inline(never)]
    pub(super) fn measure_end(&mut self, index: u32, id: LimiterId) {
        let ran = self.now.since(self.tasks.get(index).map(|task| task.since).unwrap_or_default());
        let Some(limiter) = self.limiter_mut(id) else { return };
        if let Some(stats) = &mut limiter.stats {
            stats.ran.record(ran);
        }
        if let Some(max_wait) = limiter.node.as_mut().and_then(|node| node.max_wait.as_mut()) {
            max_wait.flow.ended(ran);
        }
    }
}
