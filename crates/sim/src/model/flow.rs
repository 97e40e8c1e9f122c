//! How long a newcomer will wait, in floating-point numbers: two means, each moved by a share of the difference.

use fanfold_core::{Effect, Handle, LimiterId, Span, Time, Verdict};

use super::Model;
use super::task::{Phase, Uid};

/// What a limiter knows of how fast tasks come through.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    longest: Span,
    service: Option<f64>,
    gap: Option<f64>,
    last: Option<Time>,
}

/// A mean, moved by so much of the difference.
fn moved(mean: Option<f64>, to: Span, share: f64) -> f64 {
    let to = micros(to);
    mean.map_or(to, |mean| mean + (to - mean) * share)
}

#[expect(clippy::cast_precision_loss, reason = "plans are short: far below 2^53 microseconds")]
fn micros(span: Span) -> f64 {
    span.as_micros() as f64
}

impl Flow {
    /// The wait in microseconds, and by how much that may be off where the engine goes by whole ones.
    #[expect(clippy::cast_precision_loss, reason = "plans are short")]
    fn wait(&self, now: Time, ahead: usize, slots: u32) -> (f64, f64) {
        let ahead = ahead as f64 + 1.0;
        let by_slots = self.service.unwrap_or(0.0) * ahead / f64::from(slots);
        let gap = self.gap.unwrap_or(0.0);
        let passed = self.last.map_or(0.0, |last| micros(now.since(last)).min(gap));
        (by_slots.max(gap * ahead - passed), 2.0 * ahead + 2.0)
    }
}

impl Model {
    pub(super) fn set_max_wait(&mut self, id: LimiterId, longest: Span) {
        let limiter = self.known(id);
        limiter.is_node = true;
        let known = limiter.flow.take().unwrap_or(Flow { longest, service: None, gap: None, last: None });
        limiter.flow = longest.is_finite().then_some(Flow { longest, ..known });
    }

    /// A task is given slots, and has left the queue.
    pub(super) fn flow_on(&mut self, uid: Uid) {
        let (now, task) = (self.now, self.task(uid).clone());
        let limiter = self.known(task.limiter);
        let leaves = !limiter.queue.is_empty();
        if let Some(flow) = &mut limiter.flow {
            if let Some(last) = flow.last.filter(|_| task.since < now) {
                flow.gap = Some(moved(flow.gap, now.since(last), 1.0 / 32.0));
            }
            flow.last = leaves.then_some(now);
        }
    }

    /// A task ends that ran.
    pub(super) fn flow_off(&mut self, uid: Uid) {
        let (now, task) = (self.now, self.task(uid).clone());
        if let Some(flow) = &mut self.known(task.limiter).flow {
            flow.service = Some(moved(flow.service, now.since(task.since), 1.0 / 8.0));
        }
    }

    pub(super) fn interrupt_flows(&mut self, id: LimiterId) {
        for id in self.subtree(id) {
            if let Some(flow) = &mut self.known(id).flow {
                flow.last = None;
            }
        }
    }

    /// How many will be served before a task, which waits.
    fn ahead_of(&self, uid: Uid, id: LimiterId) -> usize {
        let before = |queue: &[Uid]| queue.iter().position(|&other| other == uid).expect("it waits");
        let all = self.in_order(id);
        let Some(share) = self.share_of_key(uid) else { return before(&all) };
        let own = self.in_order_of_key(id, self.task(uid).key);
        let ahead = before(&own);
        let turns = (ahead + 1).div_ceil(share.weight as usize);
        ahead + (all.len() - own.len()).min(turns * usize::try_from(share.others).unwrap_or(usize::MAX))
    }

    /// Turns a newcomer away that would wait for too long; whether it did. Where that hangs on a microsecond, the engine
    /// decides.
    pub(super) fn sheds(&mut self, uid: Uid, outcome_of: Option<Span>) -> bool {
        let task = self.task(uid).clone();
        let (id, now) = (task.limiter, self.now);
        let limiter = self.limiter(id).expect("it was looked up before");
        let Some(flow) = limiter.flow.as_ref().filter(|_| task.phase == Phase::Waiting) else { return false };
        let ahead = self.ahead_of(uid, id);
        let (flows, off) = flow.wait(now, ahead, limiter.options.concurrency);
        let longest = flow.longest;
        let held = self.path(id).into_iter().filter_map(|id| self.held_until(id)).max();
        let estimate = flows + held.map_or(0.0, |until| micros(until.since(now)));
        let near = |told: Span| match held {
            Some(Time::NEVER) => !told.is_finite(),
            _ => (micros(told) - estimate).abs() <= off,
        };
        let refused = match outcome_of {
            Some(told) => near(told) && (estimate + off > micros(longest)),
            None => estimate - off > micros(longest),
        };
        if refused {
            let after = outcome_of.unwrap_or(Span::ZERO);
            let effect = Effect::Refuse {
                task: task.handle,
                limiter: id,
                verdict: Verdict::Overloaded,
                waited: Span::ZERO,
                by: id,
                after,
            };
            self.reject(uid, Verdict::Overloaded, effect);
        }
        refused
    }
}

/// The estimate with which a task was refused, if it was.
pub(super) fn overloaded(effects: &[Effect], handle: Handle) -> Option<Span> {
    effects.iter().find_map(|effect| match *effect {
        Effect::Refuse { task, verdict: Verdict::Overloaded, after, .. } if task == handle => Some(after),
        _ => None,
    })
}
