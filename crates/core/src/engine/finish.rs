//! How tasks end, and how they are given up.

use super::shed::Advice;
use super::{Engine, pick};
use crate::command::{Health, LimiterId};
use crate::deadlines::DeadlineId;
use crate::effect::{Effect, Fault, Verdict};
use crate::limit::close::{Gate, Report};
use crate::limit::nested::Tenure;
use crate::own::CAPACITY;
use crate::table::{Handle, NONE, State, Task};
use crate::time::Span;

impl Engine {
    /// Takes the end of a task, as [`Command::Complete`](crate::Command::Complete) says.
    pub fn complete(&mut self, handle: Handle, fulfilled: bool) {
        self.complete_as(handle, fulfilled, Health::of(fulfilled));
    }

    /// The same, as [`Command::CompleteAs`](crate::Command::CompleteAs) says.
    pub fn complete_as(&mut self, handle: Handle, fulfilled: bool, health: Health) {
        let Some((state, id)) = self.tasks.find(handle).map(|task| (task.state(), task.limiter())) else {
            return self.fault(Fault::UnknownTask, handle.bits());
        };
        if !matches!(state, State::Running | State::Detached) {
            return self.fault(Fault::UnknownTask, handle.bits());
        }
        let index = handle.index();
        if let Some(limiter) = pick(&mut self.limiters, id) {
            limiter.running.remove(&mut self.tasks, index);
            if state == State::Running {
                let counter = if fulfilled { &mut limiter.counts.fulfilled } else { &mut limiter.counts.failed };
                *counter += 1;
                if limiter.node.is_some() || limiter.gate.is(Gate::Closing) {
                    self.report(id, |report| {
                        *(if fulfilled { &mut report.fulfilled } else { &mut report.rejected }) += 1;
                    });
                }
            }
        }
        if CAPACITY && self.measured > 0 {
            self.measure_end(index, id);
        }
        if self.meters > 0 {
            self.end_at_meters(handle, id);
        }
        if CAPACITY && self.tickets_out > 0 {
            self.show_tickets(index, health);
        }
        self.leave_running(index, id);
        if !self.touched.is_empty() {
            self.settle_touched();
        }
    }

    /// A task ended in a limiter: it and all above it that close have that in their reports.
    fn report(&mut self, id: LimiterId, count: impl Fn(&mut Report)) {
        let mut at = id;
        while let Some(limiter) = self.limiter_mut(at) {
            if limiter.gate.is(Gate::Closing) {
                count(&mut limiter.gate.report);
            }
            at = limiter.parent();
        }
    }

    pub(super) fn cancel(&mut self, handle: Handle) {
        match self.tasks.find(handle).map(Task::state) {
            Some(State::Held | State::Resting) => self.let_go(handle.index()),
            Some(_) => self.give_up(handle.index(), Verdict::Cancelled),
            None => {}
        }
    }

    /// Ends a task against its will: a waiting one at once, a running one only for those who wait for it.
    pub(super) fn give_up(&mut self, index: u32, verdict: Verdict) {
        match self.tasks.get(index).map(Task::state) {
            Some(State::Queued | State::Ready) => self.reject(index, verdict, None),
            Some(State::Running) => self.expire(index, verdict),
            Some(State::Sleeper | State::Resting) => self.wake_up(index),
            Some(State::Detached | State::Waiter | State::Held | State::Group | State::Buffer) | None => {}
        }
    }

    /// Rejects a task that waits, or has slots and was not called yet.
    pub(super) fn reject(&mut self, index: u32, verdict: Verdict, advice: Option<Advice>) {
        let Some(task) = self.tasks.get(index) else { return };
        let (handle, id, state) = (task.handle, task.limiter(), task.state());
        let waited = self.now.since(task.since);
        let member_of = self.extra(task).map_or(NONE, |extra| extra.member_of);
        self.judge(id, verdict);
        self.tell_reject(handle, id, verdict, waited, advice);
        match state {
            State::Ready => {
                self.ready.remove(&mut self.tasks, index);
                self.refund_at_meters(index);
                self.show_tickets(index, Health::Neutral);
                let load = self.part_from_load(index);
                self.drop_extra(index);
                self.tasks.remove(index);
                self.release(id, tenure(member_of, load));
            }
            _ if member_of == NONE => {
                self.unblock_kin(index, id);
                self.leave_queue(index, id);
                self.drop_extra(index);
                self.tasks.remove(index);
                self.settle_down(id);
            }
            _ => {
                self.leave_line(index, member_of);
                self.drop_extra(index);
                self.tasks.remove(index);
                if let Some(tenure) = self.end_line(member_of) {
                    self.release(id, tenure);
                }
                self.settle_down(id);
            }
        }
    }

    /// Tells that a task never runs.
    pub(super) fn tell_reject(
        &mut self,
        task: Handle,
        limiter: LimiterId,
        verdict: Verdict,
        waited: Span,
        advice: Option<Advice>,
    ) {
        self.effects.push_back(match advice {
            None => Effect::Reject { task, limiter, verdict, waited },
            Some(Advice { by, after }) => Effect::Refuse { task, limiter, verdict, waited, by, after },
        });
    }

    fn expire(&mut self, index: u32, verdict: Verdict) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(index) else { return };
        task.set_state(State::Detached);
        let (task, id, extra) = (*task, task.limiter(), task.extra);
        self.judge(id, verdict);
        self.effects.push_back(Effect::Expire {
            task: task.handle,
            limiter: id,
            verdict,
            waited: task.waited(),
            ran: now.since(task.since),
        });
        if let Some(known) = self.extras.get_mut(extra) {
            let deadline = core::mem::replace(&mut known.deadline, DeadlineId::NONE);
            self.deadlines.remove(deadline);
            self.signals.unlink(&mut self.extras, extra);
        }
        if CAPACITY && self.tickets_out > 0 {
            let health = if verdict == Verdict::RunTimeout { Health::Bad } else { Health::Neutral };
            self.show_tickets(index, health);
        }
    }

    fn judge(&mut self, id: LimiterId, verdict: Verdict) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.counts.judge(verdict);
        self.report(id, |report| report.rejected += 1);
    }

    /// Takes a task that ran out of the table and passes its slot on.
    fn leave_running(&mut self, index: u32, id: LimiterId) {
        let Some(extra) = self.tasks.get(index).map(|task| task.extra) else { return };
        let Some((kin_blocked, line, member_of)) =
            self.extras.get(extra).map(|extra| (extra.kin_blocked, extra.line, extra.member_of))
        else {
            self.tasks.remove(index);
            return self.release(id, Tenure::Slot(NONE));
        };
        if kin_blocked > 0 {
            self.unblock_kin(index, id);
            if let Some(limiter) = self.limiter_mut(id) {
                limiter.nested.stuck = limiter.nested.stuck.saturating_sub(1);
            }
        }
        let load = self.part_from_load(index);
        self.drop_extra(index);
        self.tasks.remove(index);
        if line == NONE {
            self.release(id, tenure(member_of, load));
        } else {
            self.orphan_line(line, id);
        }
    }

    /// Forgets what a task had beyond its place in the table.
    pub(super) fn drop_extra(&mut self, index: u32) {
        let Some(task) = self.tasks.get_mut(index) else { return };
        let extra = core::mem::replace(&mut task.extra, NONE);
        if let Some(known) = self.extras.get(extra) {
            let (deadline, load) = (known.deadline, known.load);
            debug_assert!(known.tickets == NONE, "nobody was told how it ended");
            self.deadlines.remove(deadline);
            self.unload(load);
            self.signals.unlink(&mut self.extras, extra);
            self.extras.remove(extra);
        }
    }

    /// Ends the right by which a task ran.
    pub(super) fn release(&mut self, id: LimiterId, mut tenure: Tenure) {
        // Lines can be nested deeper than a call stack.
        while let Tenure::Member(line) = tenure {
            match self.next_in_line(line) {
                Some(above) => tenure = above,
                None => return self.settle_down(id),
            }
        }
        let Tenure::Slot(load) = tenure else { return };
        self.free_slot(id, load);
    }
}

/// The right of a task with this load that stands in this line, or in none.
pub(super) fn tenure(member_of: u32, load: u32) -> Tenure {
    if member_of == NONE { Tenure::Slot(load) } else { Tenure::Member(member_of) }
}
