//! How time passes.

use super::Engine;
use crate::deadlines::{DeadlineId, DeadlineReason};
use crate::effect::Verdict;
use crate::time::Time;

impl Engine {
    /// Tells the time. It never goes back: an earlier one counts as no time having passed.
    ///
    /// What is due happens in [`end_turn`](Self::end_turn), after the commands: they report what has happened,
    /// and a task that settled before anybody looked at the clock was in time.
    pub fn begin_turn(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    /// What is due by now happens, the earliest first.
    pub(super) fn expire_due(&mut self) {
        while let Some(reason) = self.deadlines.pop_due(self.now) {
            match reason {
                DeadlineReason::QueueTimeout(index) => self.time_out(index, Verdict::QueueTimeout),
                DeadlineReason::RunTimeout(index) => self.time_out(index, Verdict::RunTimeout),
                DeadlineReason::PauseEnd(limiter) => self.resume(limiter),
                DeadlineReason::GraceEnd(limiter) => self.end_grace(limiter),
                DeadlineReason::RateReady(limiter) => self.ring_meter(limiter),
                DeadlineReason::KeyReady(place) => self.ring_key(place),
                DeadlineReason::HoldBackEnd(limiter) => self.ring_hold_back(limiter),
                DeadlineReason::HalfOpen(limiter) => self.ring_breaker(limiter),
                DeadlineReason::Probe => self.ring_probe(),
                DeadlineReason::SleepEnd(index) => self.time_out(index, Verdict::Cancelled),
            }
            if !self.touched.is_empty() {
                self.settle_touched();
            }
        }
    }

    fn time_out(&mut self, index: u32, verdict: Verdict) {
        // The entry has left the heap, and its id may be another's soon.
        if let Some(extra) = self.extra_mut(index) {
            extra.deadline = DeadlineId::NONE;
        }
        self.give_up(index, verdict);
    }
}
