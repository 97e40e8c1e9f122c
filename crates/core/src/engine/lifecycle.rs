//! How limiters open, change, pause, close and go.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Engine, pick};
use crate::command::LimiterId;
use crate::deadlines::{DeadlineId, DeadlineReason};
use crate::effect::{Effect, Fault, Verdict};
use crate::limit::close::{Gate, Report};
use crate::limit::{Limiter, LimiterOptions};
use crate::own::CAPACITY;
use crate::table::{Handle, NONE, State, Task, give_back};
use crate::time::Span;

/// Room for limiters that an engine without any keeps.
const LIMITERS_KEPT: usize = 64;

impl Engine {
    #[cold]
    pub(super) fn open(&mut self, id: LimiterId, options: &LimiterOptions) {
        if options.concurrency == 0 {
            return self.fault(Fault::ZeroConcurrency, id);
        }
        if !CAPACITY && !options.are_plain() {
            return self.fault(Fault::Malformed, id);
        }
        let place = id as usize;
        if self.limiter(id).is_some() || id > self.limiter_ids || id >> Task::LIMITER_BITS != 0 {
            return self.fault(Fault::LimiterTaken, id);
        }
        if let Some(parent) = options.parent
            && self.known(parent).is_none()
        {
            return;
        }
        self.limiter_ids = self.limiter_ids.max(id + 1);
        if place >= self.limiters.len() {
            self.limiters.resize_with(place + 1, || None);
        }
        if let Some(free) = self.limiters.get_mut(place) {
            let limiter = Limiter::new(options);
            self.timed_limiters += u32::from(limiter.is_timed());
            *free = Some(Box::new(limiter));
        }
        if let Some(parent) = options.parent {
            self.attach(id, parent);
            // It has a child to contend with from now on.
            self.touch(parent);
        }
    }

    pub(super) fn free(&mut self, id: LimiterId) {
        if let Some(limiter) = self.known(id) {
            limiter.orphan = true;
            self.settle_down(id);
        }
    }

    /// Drops a limiter at rest.
    #[cold]
    pub(super) fn forget(&mut self, id: LimiterId) {
        let Some(limiter) = self.limiters.get_mut(id as usize).and_then(Option::take) else { return };
        self.timed_limiters -= u32::from(limiter.is_timed());
        self.measured -= u32::from(limiter.is_measured());
        let parent = limiter.parent();
        if let Some(held) = limiter.hold_back() {
            self.held_back -= 1;
            self.deadlines.remove(held.alarm);
        }
        if let Some(node) = &limiter.node {
            self.adaptives -= u32::from(node.adaptive.is_some());
            if let Some(installed) = &node.breaker {
                self.breakers -= 1;
                self.deadlines.remove(installed.alarm);
            }
        }
        if let Some(meter) = limiter.node.as_ref().and_then(|node| node.meter.as_ref()) {
            self.meters -= 1;
            self.deadlines.remove(meter.alarm());
        }
        if let Some(keys) = limiter.keys() {
            self.drop_keys(keys);
        }
        if let Some(pause) = { limiter }.pause.lift() {
            self.deadlines.remove(pause);
        }
        // Free places at the end go. Ids go on from where they were all the same: until the host hears that this one
        // is free it counts it as used, and may open the next higher one in this very turn.
        while let Some(None) = self.limiters.last() {
            self.limiters.pop();
        }
        give_back(&mut self.limiters, LIMITERS_KEPT);
        self.effects.push_back(Effect::LimiterFreed { limiter: id });
        if let Some(above) = self.limiter_mut(parent) {
            above.node_mut().tree.children.remove(&id);
            self.touch(parent);
        }
    }

    #[cold]
    pub(super) fn resize(&mut self, id: LimiterId, concurrency: u32) {
        if concurrency == 0 {
            return self.fault(Fault::ZeroConcurrency, id);
        }
        if let Some(limiter) = self.known(id) {
            limiter.slots.resize(concurrency);
            if limiter.node.is_some() {
                self.stop_following(id);
                return self.touch(id);
            }
            self.tell_room(id);
            self.warn_if_stuck(id);
        }
    }

    pub(super) fn settle(&mut self, id: LimiterId) {
        if self.known(id).is_some() {
            while self.grant_next(id) {}
            self.settle_down(id);
        }
    }

    #[cold]
    pub(super) fn pause(&mut self, id: LimiterId, span: Span) {
        if self.known(id).is_none() {
            return;
        }
        let until = self.deadlines.insert(self.now.after(span), DeadlineReason::PauseEnd(id));
        let earlier = self.limiter_mut(id).and_then(|limiter| limiter.pause.set(until));
        if let Some(earlier) = earlier {
            self.deadlines.remove(earlier);
        }
        self.retreat_below(id);
        self.interrupt_flows(id);
        self.note_peak(id);
        if self.limiter(id).is_some_and(|limiter| limiter.node.is_some()) {
            return self.touch(id);
        }
        self.tell_room(id);
        self.warn_if_stuck(id);
    }

    /// Takes the slots back from all tasks of a limiter, and of those below it, that were not called yet.
    pub(super) fn retreat_below(&mut self, id: LimiterId) {
        for index in self.ready_below(id) {
            self.retreat(index);
        }
    }

    /// The tasks of a limiter, and of those below it, that have slots and were not called yet: from the last to the first,
    /// since each goes to the front when it is put back.
    pub(super) fn ready_below(&self, id: LimiterId) -> Vec<u32> {
        let has_slots = |index: &u32| self.tasks.get(*index).is_some_and(|task| self.takes_slots_of(task, id));
        self.ready.members(&self.tasks).into_iter().rev().filter(has_slots).collect()
    }

    /// Takes the slots back from a task that was not called yet. If its limit became adaptive meanwhile, it may not be sure
    /// to have them again: then it is rejected.
    pub(super) fn retreat(&mut self, index: u32) {
        if self.tasks.get(index).is_some_and(|task| self.is_misfit(index, task.limiter())) {
            return self.reject(index, Verdict::TooHeavy, None);
        }
        self.put_back(index);
    }

    /// Puts a task back that was not called yet.
    pub(super) fn put_back(&mut self, index: u32) {
        self.ready.remove(&mut self.tasks, index);
        let Some(task) = self.tasks.get_mut(index) else { return };
        task.set_state(State::Queued);
        let task = *task;
        let id = task.limiter();
        let line = self.extra(&task).map_or(NONE, |extra| extra.member_of);
        if line != NONE {
            return self.retreat_in_line(index, line);
        }
        if let Some(limiter) = pick(&mut self.limiters, id) {
            if limiter.node.is_some() {
                self.put_back_in_node(index, id);
            } else {
                limiter.slots.give_back(1);
                limiter.queue.put_back(&mut self.tasks, index);
            }
        }
        self.block_kin(index, id);
    }

    pub(super) fn resume(&mut self, id: LimiterId) {
        let Some(limiter) = self.known(id) else { return };
        let Some(until) = limiter.pause.lift() else { return };
        self.deadlines.remove(until);
        for id in self.subtree(id) {
            self.advance_lines(id);
        }
        self.settle(id);
    }

    pub(super) fn clear(&mut self, id: LimiterId) {
        if self.known(id).is_some() {
            self.reject_waiting(id, Verdict::Cleared);
            self.reject_resting(id, Verdict::Cleared);
        }
    }

    /// Rejects all who wait, the oldest first; how many there were.
    fn reject_waiting(&mut self, id: LimiterId, verdict: Verdict) -> u32 {
        let mut rejected = 0;
        while let Some(index) = self.limiter(id).and_then(|limiter| limiter.queue.oldest()) {
            self.give_up(index, verdict);
            rejected += 1;
        }
        for index in self.members_of_keys(id).into_iter().chain(self.members_of(id)) {
            self.give_up(index, verdict);
            rejected += 1;
        }
        rejected
    }

    /// Gives up on everything in a limiter: how many waited, how many ran.
    fn give_up_all(&mut self, id: LimiterId, verdict: Verdict) -> (u32, u32) {
        let mut waiting = self.reject_waiting(id, verdict);
        for index in self.ready.members(&self.tasks) {
            if self.tasks.get(index).is_some_and(|task| task.limiter() == id && task.state() == State::Ready) {
                self.give_up(index, verdict);
                waiting += 1;
            }
        }
        let running = self.limiter(id).map(|limiter| limiter.running.members(&self.tasks)).unwrap_or_default();
        let mut given_up = 0;
        for index in running {
            if self.tasks.get(index).is_some_and(|task| task.state() == State::Running) {
                self.give_up(index, verdict);
                given_up += 1;
            }
        }
        (waiting, given_up)
    }

    #[cold]
    pub(super) fn close(&mut self, id: LimiterId, waiter: Handle, grace: Span) {
        if self.known(id).is_none() || !self.enter(waiter, id, State::Waiter) {
            return;
        }
        let now = self.now;
        let ends = now.after(grace);
        let Some(limiter) = self.limiter_mut(id) else { return };
        if limiter.gate.is(Gate::Closed) || limiter.gate.is(Gate::Aborted) {
            let report = Report { drained: limiter.is_idle(), ..Report::default() };
            return self.dismiss(waiter, Effect::Closed { waiter, report });
        }
        limiter.gate.close(waiter, now);
        let all = self.subtree(id);
        // None of them could have its next attempt.
        let cleared = all.iter().map(|&id| self.reject_resting(id, Verdict::Closed)).sum::<u32>();
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.gate.report.cleared += cleared;
        if ends < limiter.gate.ends {
            limiter.gate.ends = ends;
            let earlier = core::mem::replace(&mut limiter.gate.deadline, DeadlineId::NONE);
            self.deadlines.remove(earlier);
            let deadline = self.deadlines.insert(ends, DeadlineReason::GraceEnd(id));
            if let Some(limiter) = self.limiter_mut(id) {
                limiter.gate.deadline = deadline;
            }
        }
        for id in all {
            self.resume(id);
        }
        self.settle_down(id);
        if grace == Span::ZERO {
            self.settle_touched();
            self.end_grace(id);
        }
    }

    /// The grace is over: gives up on what is left and reports.
    pub(super) fn end_grace(&mut self, id: LimiterId) {
        if self.limiter(id).is_some_and(|limiter| limiter.gate.is(Gate::Closing)) {
            self.shut_down(id, Gate::Closed, Verdict::Closed);
        }
    }

    pub(super) fn abort_limiter(&mut self, id: LimiterId) {
        if self.known(id).is_some() {
            self.shut_down(id, Gate::Aborted, Verdict::LimiterAborted);
        }
    }

    /// Shuts the gate on what is still inside.
    #[cold]
    fn shut_down(&mut self, id: LimiterId, gate: Gate, verdict: Verdict) {
        // Shut first: what is given up on here is not what ended while closing, and frees no slot for a next.
        let Some((closers, report)) = self.shut(id, gate) else { return };
        let (mut cleared, mut aborted) = (report.cleared, 0);
        for id in self.subtree(id) {
            let (waiting, running) = self.give_up_all(id, verdict);
            cleared += waiting + self.reject_resting(id, verdict);
            aborted += running;
        }
        self.tell_closers(closers, Report { cleared, aborted, ..report });
        self.settle_down(id);
    }
}
