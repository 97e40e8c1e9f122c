//! Adaptive limits. What is learned from the samples is the engine's own affair, and is judged where a service is
//! simulated too; here is checked that each new limit comes from a sample, not too soon, within its bounds, and that it
//! holds for everybody from that moment on.

use std::collections::VecDeque;

use fanfold_core::limit::adaptive::AdaptiveOptions;
use fanfold_core::{Effect, Handle, Health, LimiterId, Span, Verdict};

use super::task::{Phase, Uid};
use super::{Deadline, Model};

/// No window has fewer samples.
const FEWEST_SAMPLES: u32 = 20;

/// At which moment of a turn the engine told a new limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// While it took this message.
    Message(usize),
    /// After it was told that this task expired.
    Expired(Option<Handle>),
}

/// New limits of a turn, in order.
pub type Limits = VecDeque<(Moment, LimiterId, u32)>;

#[derive(Clone, Debug)]
pub(super) struct Adaptive {
    options: AdaptiveOptions,
    /// Which one it is.
    number: u64,
    /// Samples since the last new limit that say something.
    samples: u32,
}

impl Adaptive {
    pub(super) fn least(&self) -> u32 {
        self.options.min.max(1)
    }
}

impl Model {
    pub(super) fn set_adaptive(&mut self, id: LimiterId, options: Option<AdaptiveOptions>) {
        let number = self.next_stamp();
        let limiter = self.known(id);
        limiter.is_node = true;
        limiter.adaptive = options.map(|options| Adaptive { options, number, samples: 0 });
        if let Some(AdaptiveOptions { min, max, initial, .. }) = options {
            let least = min.max(1);
            let concurrency = initial.clamp(least, max.max(least));
            limiter.options.concurrency = concurrency;
            self.expected.guards.push(Effect::Limit { limiter: id, concurrency });
            // It is told while this message is taken.
            self.limits.pop_front();
        }
    }

    /// A task with slots of its own begins.
    pub(super) fn begin_sample(&mut self, uid: Uid) {
        let task = self.task(uid);
        if task.slot_of.is_some() {
            return;
        }
        for id in self.path(task.limiter) {
            if let Some(number) = self.known(id).adaptive.as_ref().map(|adaptive| adaptive.number) {
                if self.probed().is_empty() {
                    self.arm_probe();
                }
                self.task_mut(uid).samples.push((id, number));
            }
        }
    }

    /// It has ended: a sample for each limit that counted it.
    pub(super) fn end_sample(&mut self, uid: Uid, moment: Moment, health: Health) {
        for (id, number) in core::mem::take(&mut self.task_mut(uid).samples) {
            if self.probed().is_empty() {
                self.probe = None;
            }
            let told = self.limits.front().copied().filter(|&(at, limiter, _)| (at, limiter) == (moment, id));
            let Some(limiter) = self.limiters.iter_mut().find(|limiter| limiter.id == id) else { continue };
            let Some(adaptive) = limiter.adaptive.as_mut().filter(|adaptive| adaptive.number == number) else {
                continue;
            };
            adaptive.samples += u32::from(health != Health::Neutral);
            let least = adaptive.least();
            let bounds = least..=adaptive.options.max.max(least);
            let Some((.., concurrency)) = told else { continue };
            let enough = adaptive.samples >= FEWEST_SAMPLES && health != Health::Neutral;
            if enough && bounds.contains(&concurrency) && concurrency != limiter.options.concurrency {
                adaptive.samples = 0;
                limiter.options.concurrency = concurrency;
                self.expected.guards.push(Effect::Limit { limiter: id, concurrency });
                self.limits.pop_front();
            }
        }
    }

    /// Those whose latency matters.
    fn probed(&self) -> Vec<Uid> {
        self.tasks.iter().filter(|task| !task.samples.is_empty()).map(|task| task.uid).collect()
    }

    /// The host is asked to come in a while, to see how late it is.
    pub(super) fn arm_probe(&mut self) {
        let stamp = self.next_stamp();
        self.probe = Deadline::at(self.now.after(Span::from_millis(20)), stamp);
    }

    /// Whether an adaptive limit on the path of a task may be too low for it for ever.
    pub(super) fn is_misfit(&self, uid: Uid) -> bool {
        let task = self.task(uid);
        let least = |id| self.limiter(id)?.adaptive.as_ref().map(Adaptive::least);
        task.slot_of.is_none() && self.path(task.limiter).into_iter().filter_map(least).any(|least| task.weight > least)
    }

    /// Nobody waits who might wait for ever.
    pub(super) fn reject_misfits(&mut self) {
        let waiting = self.tasks.iter().filter(|task| task.phase == Phase::Waiting).map(|task| task.uid);
        let misfits: Vec<Uid> = waiting.filter(|&uid| self.is_misfit(uid)).collect();
        for uid in misfits {
            self.give_up(uid, Verdict::TooHeavy);
        }
    }

    pub(super) fn least_slots(&self, id: LimiterId) -> Option<u32> {
        let limiter = self.limiter(id)?;
        Some(limiter.adaptive.as_ref().map_or(limiter.options.concurrency, Adaptive::least))
    }
}
