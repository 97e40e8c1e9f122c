//! How slots are given, and given back.

use alloc::vec::Vec;

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::deadlines::{DeadlineId, DeadlineReason};
use crate::effect::Effect;
use crate::limit::close::{Gate, Report};
use crate::own::CAPACITY;
use crate::table::{Handle, State};

impl Engine {
    /// Gives a slot to a task that is in no list.
    pub(super) fn grant(&mut self, index: u32, id: LimiterId) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.slots.take(1);
        self.make_ready(index);
        self.tell_room(id);
    }

    pub(super) fn make_ready(&mut self, index: u32) {
        if let Some(task) = self.tasks.get_mut(index) {
            task.set_state(State::Ready);
        }
        self.ready.push_back(&mut self.tasks, index);
    }

    /// Gives a free slot to the next in the queue; whether there were both.
    pub(super) fn grant_next(&mut self, id: LimiterId) -> bool {
        let Some(limiter) = pick(&mut self.limiters, id) else { return false };
        if !limiter.may_grant() || limiter.node.is_some() {
            return false;
        }
        let Some(index) = limiter.queue.pop(&mut self.tasks) else { return false };
        if limiter.nested.stuck > 0 {
            self.unblock_kin(index, id);
        }
        self.grant(index, id);
        true
    }

    /// Ends a turn: what is due happens, the earliest first; signals that nobody listens to any more, and keys at rest,
    /// are told; and if it may, the longest-ready task starts, or the one that was asked for, as the last effect. Tells
    /// whether one did.
    pub fn end_turn(&mut self, may_start: bool) -> bool {
        self.expire_due();
        while let Some(signal) = self.signals.pop_idle() {
            self.effects.push_back(Effect::SignalIdle { signal });
        }
        self.drop_keys_at_rest();
        let asked = self.asked.take().filter(|_| CAPACITY);
        self.started.is_none() && (asked.is_some_and(|id| self.start_next(id)) || (may_start && self.start()))
    }

    fn start(&mut self) -> bool {
        let Some(index) = self.ready.pop_front(&mut self.tasks) else { return false };
        let Some(task) = self.tasks.get(index) else { return false };
        let (handle, id) = (task.handle, task.limiter());
        self.begin(index, id);
        self.started = Some((handle, id));
        if !self.touched.is_empty() {
            self.settle_touched();
        }
        true
    }

    /// A task with a slot begins to run.
    pub(super) fn begin(&mut self, index: u32, id: LimiterId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(index) else { return };
        task.set_state(State::Running);
        let waited = now.since(task.since);
        task.waited_ms = waited.as_millis();
        task.since = now;
        let extra = task.extra;
        if let Some(limiter) = pick(&mut self.limiters, id) {
            limiter.counts.started += 1;
            limiter.running.push_back(&mut self.tasks, index);
        }
        if CAPACITY && self.measured > 0 {
            self.measure_start(id, waited);
        }
        if CAPACITY && self.adaptives > 0 {
            self.begin_sample(index, id);
        }
        if self.meters > 0 {
            self.start_at_meters(index, id);
        }
        if let Some(extra) = self.extras.get_mut(extra) {
            self.deadlines.remove(extra.deadline);
            extra.deadline = self.deadlines.insert(now.after(extra.run_timeout), DeadlineReason::RunTimeout(index));
        }
    }

    /// A slot is free: the next one has it, and whoever waits for the rest hears of it.
    pub(super) fn free_slot(&mut self, id: LimiterId, load: u32) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        if limiter.node.is_some() {
            let load = self.unload(load);
            self.give_back(id, &load);
            return self.touch(id);
        }
        limiter.slots.give_back(1);
        self.grant_next(id);
        self.settle_down(id);
    }

    /// Looks what a change in a limiter means for those who watch it.
    pub(super) fn settle_down(&mut self, id: LimiterId) {
        let Some(limiter) = self.limiter(id) else { return };
        if limiter.node.is_some() {
            return self.touch(id);
        }
        if !limiter.is_unwatched() {
            self.attend(id);
        }
    }

    /// Tells those who watch a limiter how it stands.
    pub(super) fn attend(&mut self, id: LimiterId) {
        self.tell_room(id);
        self.warn_if_stuck(id);
        self.wake(id);
        let Some(limiter) = self.limiter(id) else { return };
        if !limiter.is_idle() {
            return;
        }
        if limiter.gate.is(Gate::Closing)
            && let Some((closers, report)) = self.shut(id, Gate::Closed)
        {
            self.tell_closers(closers, Report { drained: report.cleared == 0, ..report });
        }
        let Some(limiter) = self.limiter(id) else { return };
        if limiter.orphan && limiter.waiters.is_empty() && !limiter.has_children() {
            self.forget(id);
        }
    }

    /// Tells the host when its idea of the limiter's room is wrong.
    pub(super) fn tell_room(&mut self, id: LimiterId) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        let room = limiter.has_room();
        if limiter.room_told != room {
            limiter.room_told = room;
            self.effects.push_back(Effect::Room { limiter: id, room });
        }
    }

    fn wake(&mut self, id: LimiterId) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        if limiter.waiters.is_empty() {
            return;
        }
        while let Some(limiter) = self.limiter_mut(id)
            && let Some(waiter) = limiter.waiters.pop_below(limiter.queued())
        {
            self.dismiss(waiter, Effect::Wake { waiter });
        }
        let Some(limiter) = self.limiter_mut(id) else { return };
        if limiter.is_idle() {
            for waiter in limiter.waiters.take_idle() {
                self.dismiss(waiter, Effect::Wake { waiter });
            }
        }
    }

    /// Shuts the gate: who is to be told, and what became of the tasks so far.
    pub(super) fn shut(&mut self, id: LimiterId, gate: Gate) -> Option<(Vec<Handle>, Report)> {
        let now = self.now;
        let limiter = self.limiter_mut(id)?;
        let deadline = core::mem::replace(&mut limiter.gate.deadline, DeadlineId::NONE);
        let told = limiter.gate.shut(gate, now);
        self.deadlines.remove(deadline);
        self.tell_room(id);
        Some(told)
    }

    pub(super) fn tell_closers(&mut self, closers: Vec<Handle>, report: Report) {
        for waiter in closers {
            self.dismiss(waiter, Effect::Closed { waiter, report });
        }
    }

    pub(super) fn dismiss(&mut self, waiter: Handle, effect: Effect) {
        self.tasks.remove(waiter.index());
        self.effects.push_back(effect);
    }
}
