//! How tasks come in.

use super::shed::Advice;
use super::{Engine, pick};
use crate::command::{Admission, LimiterId, Until};
use crate::deadlines::DeadlineReason;
use crate::effect::{Fault, Verdict};
use crate::limit::close::Gate;
use crate::limit::nested::NestedPolicy;
use crate::limit::queue::Place;
use crate::own::CAPACITY;
use crate::table::{Handle, State};
use crate::time::Span;

impl Engine {
    /// Takes a task, as [`Command::Submit`](crate::Command::Submit) says.
    pub fn submit(&mut self, id: LimiterId, handle: Handle, admission: &Admission) {
        if self.known(id).is_none() {
            return;
        }
        if admission.signal.is_some_and(|signal| !self.signals.accepts(signal)) {
            return self.fault(Fault::UnknownSignal, admission.signal.unwrap_or_default());
        }
        let has_key = CAPACITY && admission.key.is_some();
        if has_key && !self.knows_key(id, admission.key) || !self.enter(handle, id, State::Queued) {
            return;
        }
        if has_key {
            // Here already, so that the host hears that it is at rest should the task not stay.
            self.reach_key(id, admission.key);
        }
        let parent = admission.parent.filter(|&parent| self.is_kin(parent, id));
        let Some(limiter) = self.limiter(id) else { return };
        let (nested, is_node) = (limiter.nested.policy(), limiter.node.is_some());
        let refused = match parent {
            _ if !limiter.gate.is(Gate::Open) || is_node => self.shut_verdict(id),
            _ => None,
        };
        let refused = match parent {
            Some(_) if nested == NestedPolicy::Error => refused.or(Some(Verdict::Nested)),
            _ => refused,
        };
        if let Some(verdict) = refused {
            self.refuse(handle, admission, verdict, None);
            return self.settle_touched();
        }
        match parent {
            Some(parent) if nested == NestedPolicy::Inherit => {
                self.equip(handle.index(), id, admission, None);
                self.join_line(handle.index(), parent);
                self.settle_touched();
            }
            _ if CAPACITY && (is_node || !admission.is_light() || self.is_billed(handle)) => {
                self.queue_up_in_node(handle, id, admission, parent);
            }
            _ => self.queue_up(handle, id, admission, parent),
        }
        if CAPACITY && self.measured > 0 {
            self.note_arrival(id, handle);
        }
    }

    /// What becomes of new tasks, if a limiter or one above it takes nothing any more.
    pub(super) fn shut_verdict(&self, id: LimiterId) -> Option<Verdict> {
        let (_, shut) = self.path(id).find(|(_, limiter)| !limiter.gate.is(Gate::Open))?;
        Some(if shut.gate.is(Gate::Aborted) { Verdict::LimiterAborted } else { Verdict::Closed })
    }

    /// Gives a slot if there is one, else a place in the queue, else a refusal.
    fn queue_up(&mut self, handle: Handle, id: LimiterId, admission: &Admission, parent: Option<Handle>) {
        let index = handle.index();
        let Some(limiter) = self.limiter(id) else { return };
        let may_grant = limiter.may_grant();
        if may_grant && limiter.queue.is_empty() {
            self.equip(index, id, admission, parent);
            return self.grant(index, id);
        }
        // A free slot goes to one of those who wait, so that one more may.
        let place = if may_grant { Place::Free } else { limiter.queue.place() };
        if place == Place::None {
            return self.refuse(handle, admission, Verdict::QueueFull, None);
        }
        self.equip(index, id, admission, parent);
        self.enqueue(index, id);
        if parent.is_some() {
            self.block_kin(index, id);
        }
        if let Place::InsteadOf(victim) = place {
            // Last in, then one out: nobody who waits for room may see the place that is taken again at once.
            self.give_up(victim, Verdict::QueueFull);
        }
        if may_grant {
            self.grant_next(id);
        }
        self.note_peak(id);
        self.warn_if_stuck(id);
        self.tell_room(id);
    }

    /// A permit now or not at all; whether it was given. The task is then running.
    pub fn try_acquire(&mut self, id: LimiterId, handle: Handle) -> bool {
        if self.known(id).is_none() {
            return false;
        }
        if !self.path(id).all(|(_, limiter)| limiter.has_room())
            || !self.is_free_now(id)
            || !self.has_place(id)
            || !self.are_closed_now(id)
            || !self.may_start_without_key(id)
        {
            return false;
        }
        if !self.enter(handle, id, State::Queued) {
            return false;
        }
        self.reserve_at_meters(handle.index());
        self.take_places(id);
        if CAPACITY && self.breakers > 0 {
            self.enter_breakers(handle.index(), id);
        }
        let mut at = id;
        while let Some(limiter) = self.limiter_mut(at) {
            limiter.slots.take(1);
            at = limiter.parent();
        }
        if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
            node.holders += 1;
            node.own += 1;
        }
        self.take_without_key(id);
        self.begin(handle.index(), id);
        self.touch(id);
        self.tell_room(id);
        self.settle_touched();
        true
    }

    /// Notes down what an admission asks for beyond a slot.
    pub(super) fn equip(&mut self, index: u32, id: LimiterId, admission: &Admission, parent: Option<Handle>) {
        let Some(limiter) = self.limiter(id) else { return };
        let queue_timeout = admission.queue_timeout.unwrap_or(limiter.queue_timeout);
        let run_timeout = admission.run_timeout.unwrap_or(limiter.run_timeout);
        let timed = queue_timeout.is_finite() || run_timeout.is_finite();
        if !timed && admission.signal.is_none() && parent.is_none() {
            return;
        }
        let deadline = self.deadlines.insert(self.now.after(queue_timeout), DeadlineReason::QueueTimeout(index));
        if let Some(extra) = self.extra_mut(index) {
            extra.deadline = deadline;
            extra.run_timeout = run_timeout;
            extra.parent = parent;
            if let Some(signal) = admission.signal {
                extra.signal = signal;
            }
        }
        if admission.signal.is_some()
            && let Some(extra) = self.tasks.get(index).map(|task| task.extra)
        {
            self.signals.link(&mut self.extras, extra);
        }
    }

    /// Rejects a newcomer that has nothing yet but its place in the table.
    pub(super) fn refuse(&mut self, handle: Handle, admission: &Admission, verdict: Verdict, advice: Option<Advice>) {
        if let Some(signal) = admission.signal {
            // The host began to listen for it, and is told to stop if it was the only one.
            self.signals.pass_by(signal);
        }
        let Some(task) = self.tasks.remove(handle.index()) else { return };
        let id = task.limiter();
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.counts.judge(verdict);
        }
        self.tell_reject(handle, id, verdict, Span::ZERO, advice);
    }

    /// Puts a task at the end of the queue.
    fn enqueue(&mut self, index: u32, id: LimiterId) {
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        limiter.queue.push(&mut self.tasks, index);
    }

    /// More wait than before, now that all is settled who does.
    pub(super) fn note_peak(&mut self, id: LimiterId) {
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.counts.peak_queued = limiter.counts.peak_queued.max(u64::from(limiter.queued()));
        }
    }

    pub(super) fn wait(&mut self, id: LimiterId, waiter: Handle, until: Until) {
        if self.known(id).is_none() || !self.enter(waiter, id, State::Waiter) {
            return;
        }
        let Some(limiter) = self.limiter_mut(id) else { return };
        match until {
            Until::Idle => limiter.waiters.add_idle(waiter),
            // A queue is never shorter than empty: a bound of zero would wait for ever.
            Until::QueuedBelow(bound) => limiter.waiters.add_below(bound.max(1), waiter),
        }
        self.settle_down(id);
    }
}
