//! How tasks end, and how everything is given up.

use fanfold_core::limit::close::{Gate, Report};
use fanfold_core::{Effect, Fault, Handle, Health, LimiterId, Verdict};

use super::Model;
use super::adapt::Moment;
use super::task::{Phase, Uid};

impl Model {
    pub(super) fn complete(&mut self, handle: Handle, fulfilled: bool, health: Health) {
        let Some((uid, id, phase)) =
            self.by_handle(handle).filter(|task| task.runs()).map(|task| (task.uid, task.limiter, task.phase))
        else {
            return self.fault(Fault::UnknownTask, handle.bits());
        };
        if phase == Phase::Running {
            let limiter = self.known(id);
            if fulfilled {
                limiter.counts.fulfilled += 1;
            } else {
                limiter.counts.failed += 1;
            }
            self.report(id, |report| *(if fulfilled { &mut report.fulfilled } else { &mut report.rejected }) += 1);
        }
        self.end_paying(uid);
        self.flow_off(uid);
        let ran = self.now.since(self.task(uid).since);
        if let Some(spans) = &mut self.known(id).spans {
            spans.ran.push(ran);
        }
        let moment = self.moment.unwrap_or(Moment::Expired(None));
        self.hear_of_call(uid, moment, health);
        self.end(uid);
    }

    /// Breakers and adaptive limits hear how a call has ended.
    fn hear_of_call(&mut self, uid: Uid, moment: Moment, health: Health) {
        self.report_to_breakers(uid, health);
        self.end_sample(uid, moment, health);
    }

    /// Ends a task against its will.
    pub(super) fn give_up(&mut self, uid: Uid, verdict: Verdict) {
        let now = self.now;
        let Some(task) = self.tasks.iter_mut().find(|task| task.uid == uid) else { return };
        let (handle, id) = (task.handle, task.limiter);
        match task.phase {
            Phase::Detached | Phase::Ended => {}
            Phase::Running => {
                task.phase = Phase::Detached;
                task.due = None;
                task.signal = None;
                let (waited, ran) = (task.waited, now.since(task.since));
                self.expected.ends.push(Effect::Expire { task: handle, limiter: id, verdict, waited, ran });
                self.judge(id, verdict, false);
                let health = if verdict == Verdict::RunTimeout { Health::Bad } else { Health::Neutral };
                let moment = self.moment.unwrap_or(Moment::Expired(Some(handle)));
                self.hear_of_call(uid, moment, health);
            }
            Phase::Waiting | Phase::Ready => {
                let waited = now.since(task.since);
                if task.phase == Phase::Ready {
                    self.unreserve(uid);
                    self.report_to_breakers(uid, Health::Neutral);
                }
                self.reject(uid, verdict, Effect::Reject { task: handle, limiter: id, verdict, waited });
            }
        }
    }

    /// A task never runs.
    pub(super) fn reject(&mut self, uid: Uid, verdict: Verdict, told: Effect) {
        let id = self.task(uid).limiter;
        self.expected.ends.push(told);
        self.judge(id, verdict, false);
        self.end(uid);
    }

    /// Counts a verdict, on a newcomer or on one who was there.
    pub(super) fn judge(&mut self, id: LimiterId, verdict: Verdict, newcomer: bool) {
        let limiter = self.known(id);
        let counts = &mut limiter.counts;
        match verdict {
            Verdict::QueueFull | Verdict::Nested | Verdict::TooHeavy | Verdict::Overloaded | Verdict::BreakerOpen => {
                counts.dropped += 1;
            }
            Verdict::QueueTimeout | Verdict::RunTimeout => counts.timed_out += 1,
            Verdict::Cancelled | Verdict::SignalAborted | Verdict::LimiterAborted => counts.aborted += 1,
            Verdict::Cleared | Verdict::Closed => counts.cleared += 1,
        }
        if !newcomer {
            self.report(id, |report| report.rejected += 1);
        }
    }

    /// A task has ended: all on its path that close have that in their reports.
    fn report(&mut self, id: LimiterId, count: impl Fn(&mut Report)) {
        for id in self.path(id) {
            if self.known(id).gate == Gate::Closing {
                count(&mut self.known(id).report);
            }
        }
    }

    /// A task is over. Its slot stays with those who inherit it; else the next one has it.
    fn end(&mut self, uid: Uid) {
        let id = self.task(uid).limiter;
        let taken = self.taken(id);
        let task = self.task_mut(uid);
        task.phase = Phase::Ended;
        task.signal = None;
        task.due = None;
        self.ready.retain(|&(_, other)| other != uid);
        self.known(id).queue.retain(|&other| other != uid);
        while let Some(place) = self.tasks.iter().position(|task| {
            task.phase == Phase::Ended && self.tasks.iter().all(|other| other.slot_of != Some(task.uid))
        }) {
            self.tasks.remove(place);
        }
        self.advance_lines(id);
        if self.taken(id) < taken && !self.is_node(id) {
            self.grant_one(id);
        }
        self.settle(id);
    }

    pub(super) fn reject_waiting(&mut self, id: LimiterId, verdict: Verdict) -> u32 {
        let queue = self.known(id).queue.clone();
        let in_lines: Vec<Uid> = self
            .tasks
            .iter()
            .filter(|task| task.limiter == id && task.phase == Phase::Waiting && task.slot_of.is_some())
            .map(|task| task.uid)
            .collect();
        let waiting = [queue, in_lines].concat();
        for &uid in &waiting {
            self.give_up(uid, verdict);
        }
        u32::try_from(waiting.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn end_grace(&mut self, id: LimiterId) {
        if self.limiter(id).is_some_and(|limiter| limiter.gate == Gate::Closing) {
            self.shut_down(id, Gate::Closed, Verdict::Closed);
        }
    }

    pub(super) fn shut_down(&mut self, id: LimiterId, gate: Gate, verdict: Verdict) {
        self.expected.unsteady = true;
        let (closers, report) = self.shut(id, gate);
        let (mut cleared, mut aborted) = (report.cleared, 0);
        for id in self.subtree(id) {
            cleared += self.reject_waiting(id, verdict) + self.reject_resting(id, verdict);
            let rest: Vec<(Uid, Phase)> =
                self.tasks.iter().filter(|task| task.limiter == id).map(|task| (task.uid, task.phase)).collect();
            for (uid, phase) in rest {
                cleared += u32::from(phase == Phase::Ready);
                aborted += u32::from(phase == Phase::Running);
                self.give_up(uid, verdict);
            }
        }
        for waiter in closers {
            let report = Report { cleared, aborted, ..report };
            self.expected.closings.push(Effect::Closed { waiter, report });
        }
        self.settle(id);
    }

    /// Shuts the gate: who is to be told, and what became of the tasks so far.
    pub(super) fn shut(&mut self, id: LimiterId, gate: Gate) -> (Vec<Handle>, Report) {
        let now = self.now;
        let limiter = self.known(id);
        limiter.gate = gate;
        limiter.grace = None;
        let report = Report { elapsed: now.since(limiter.closing_since), ..limiter.report };
        (core::mem::take(&mut limiter.closers), report)
    }
}
