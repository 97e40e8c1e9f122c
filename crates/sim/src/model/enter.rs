//! How tasks, permits and waiters come in.

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::close::Gate;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::{Admission, Effect, Fault, Handle, LimiterId, Span, Until, Verdict};

use super::flow::overloaded;
use super::limiter::Limiter;
use super::rate::{ONE, Ready};
use super::task::{Phase, Task, Uid};
use super::{Deadline, Model};

/// Limiters have smaller ids than this.
const LIMITER_IDS: u32 = 1 << 24;

impl Model {
    pub(super) fn open(&mut self, id: LimiterId, options: &LimiterOptions) {
        if options.concurrency == 0 {
            self.fault(Fault::ZeroConcurrency, id);
        } else if self.limiter(id).is_some() || id > self.limiter_places || id >= LIMITER_IDS {
            self.fault(Fault::LimiterTaken, id);
        } else if let Some(parent) = options.parent.filter(|&parent| self.limiter(parent).is_none()) {
            self.fault(Fault::UnknownLimiter, parent);
        } else {
            if let Some(parent) = options.parent {
                self.known(parent).is_node = true;
            }
            self.limiter_places = self.limiter_places.max(id + 1);
            self.limiters.push(Limiter::new(id, *options));
            self.limiters.sort_by_key(|limiter| limiter.id);
        }
    }

    /// Whether a handle may have a new owner.
    pub(super) fn is_free(&self, handle: Handle) -> bool {
        let tasks = self.tasks.iter().filter(|task| task.phase != Phase::Ended).map(|task| task.handle);
        let guests = self.limiters.iter().flat_map(Limiter::guests);
        let sleepers = self.sleepers.iter().map(|sleeper| sleeper.handle);
        let calls = self.calls.iter().map(|call| call.handle);
        let groups = self.groups.iter().map(|group| group.handle);
        tasks.chain(guests).chain(sleepers).chain(calls).chain(groups).all(|taken| taken.index() != handle.index())
    }

    pub(super) fn submit(&mut self, id: LimiterId, handle: Handle, admission: &Admission) {
        if self.limiter(id).is_none() {
            return self.fault(Fault::UnknownLimiter, id);
        }
        if let Some(signal) = admission.signal.filter(|&signal| signal as usize > self.signals.len()) {
            return self.fault(Fault::UnknownSignal, signal);
        }
        if !self.knows_key(id, admission.key) {
            return;
        }
        if !self.is_free(handle) {
            return self.fault(Fault::HandleTaken, handle.bits());
        }
        if admission.key.is_some() {
            self.reach_key(id, admission.key);
        }
        if let Some(signal) = admission.signal {
            if signal as usize == self.signals.len() {
                self.signals.push(true);
            }
            // Whoever names a signal has begun to listen for it.
            self.signals[signal as usize] = false;
        }
        let parent = admission
            .parent
            .and_then(|parent| self.by_handle(parent))
            .filter(|parent| parent.limiter == id && parent.runs())
            .map(|parent| (parent.uid, parent.handle));
        let nested = self.known(id).options.nested;
        let refused = match parent {
            Some(_) if nested == NestedPolicy::Error => self.shut_verdict(id).or(Some(Verdict::Nested)),
            _ => self.shut_verdict(id),
        };
        if let Some(verdict) = refused {
            return self.refuse(id, handle, verdict);
        }
        if self.known(id).options.nested == NestedPolicy::Inherit
            && let Some((parent, _)) = parent
        {
            let uid = self.enter(id, handle, admission);
            self.task_mut(uid).slot_of = Some(parent);
            self.advance_lines(id);
            return self.note_peak(id);
        }
        let parent = parent.map(|(_, handle)| handle);
        if self.is_node(id) || admission.weight > 1 || self.bill.is_some_and(|(task, _)| task == handle) {
            return self.submit_to_node(id, handle, admission, parent);
        }
        self.submit_root(id, handle, admission, parent);
    }

    /// What becomes of a new task if its limiter, or one above it, takes nothing any more.
    pub(super) fn shut_verdict(&self, id: LimiterId) -> Option<Verdict> {
        let gates = self.path(id).into_iter().filter_map(|id| Some(self.limiter(id)?.gate));
        match gates.into_iter().find(|&gate| gate != Gate::Open)? {
            Gate::Aborted => Some(Verdict::LimiterAborted),
            _ => Some(Verdict::Closed),
        }
    }

    /// It waits; whoever may has slots; and if it waits still, that may be one too many.
    fn submit_to_node(&mut self, id: LimiterId, handle: Handle, admission: &Admission, kin_of: Option<Handle>) {
        let bill = self.bill.take().filter(|(task, _)| *task == handle).map(|(_, costs)| costs);
        let costs = bill.unwrap_or(ONE);
        let too_much = |id| Some(admission.weight) > self.least_slots(id) || self.too_dear(id, &costs);
        if self.path(id).into_iter().any(too_much) || self.exceeds_key(id, admission.weight, &costs) {
            return self.refuse(id, handle, Verdict::TooHeavy);
        }
        if let Some((by, after)) = self.open_breaker(id) {
            let verdict = Verdict::BreakerOpen;
            self.judge(id, verdict, true);
            let told = Effect::Refuse { task: handle, limiter: id, verdict, waited: Span::ZERO, by, after };
            return self.expected.ends.push(told);
        }
        let is_full = !self.has_place_in_key(id, admission.key);
        let uid = self.enter(id, handle, admission);
        let task = self.task_mut(uid);
        (task.kin_of, task.costs) = (kin_of, costs);
        let limiter = self.known(id);
        limiter.is_node = true;
        let queue = limiter.queue.clone();
        limiter.queue.push(uid);
        let options = limiter.options;
        self.grant_trees();
        let is_full = is_full || queue.len() >= options.max_queue as usize;
        if self.sheds(uid, overloaded(&self.told, handle)) {
            self.grant_trees();
        } else if self.task(uid).phase == Phase::Waiting && is_full && self.has_keys(id) {
            if let Some(victim) = self.one_too_many(uid, id, &queue) {
                self.give_up(victim, Verdict::QueueFull);
                self.grant_trees();
            }
        } else if self.task(uid).phase == Phase::Waiting && is_full {
            let victim = match (options.overflow, options.order) {
                (Overflow::Reject, _) => None,
                (_, Order::Priority) => self.in_order(id).last().copied(),
                (Overflow::DropLowest, _) => None,
                (Overflow::DropOldest, _) => queue.first().copied(),
                (Overflow::DropNewest, _) => queue.last().copied(),
            };
            self.give_up(victim.unwrap_or(uid), Verdict::QueueFull);
            self.grant_trees();
        }
        self.note_peak(id);
    }

    fn submit_root(&mut self, id: LimiterId, handle: Handle, admission: &Admission, kin_of: Option<Handle>) {
        let (may_grant, limiter) = (self.may_grant(id), self.known(id));
        let queue = limiter.queue.clone();
        let mut pushed_out = None;
        if !may_grant && queue.len() >= limiter.options.max_queue as usize {
            pushed_out = match limiter.options.overflow {
                Overflow::Reject | Overflow::DropLowest => None,
                Overflow::DropOldest => queue.first().copied(),
                Overflow::DropNewest => queue.last().copied(),
            };
            if pushed_out.is_none() {
                return self.refuse(id, handle, Verdict::QueueFull);
            }
        }
        let uid = self.enter(id, handle, admission);
        self.task_mut(uid).kin_of = kin_of;
        if may_grant && queue.is_empty() {
            return self.make_ready(uid);
        }
        self.known(id).queue.push(uid);
        if let Some(victim) = pushed_out {
            self.give_up(victim, Verdict::QueueFull);
        }
        if may_grant {
            self.grant_one(id);
        }
        self.note_peak(id);
    }

    fn refuse(&mut self, id: LimiterId, handle: Handle, verdict: Verdict) {
        self.judge(id, verdict, true);
        self.expected.ends.push(Effect::Reject { task: handle, limiter: id, verdict, waited: Span::ZERO });
    }

    /// A new task that waits.
    fn enter(&mut self, id: LimiterId, handle: Handle, admission: &Admission) -> Uid {
        let uid = self.next_stamp();
        let options = self.known(id).options;
        let at = self.now.after(admission.queue_timeout.unwrap_or(options.queue_timeout));
        self.tasks.push(Task {
            uid,
            handle,
            limiter: id,
            phase: Phase::Waiting,
            since: self.now,
            waited: Span::ZERO,
            due: Deadline::at(at, uid),
            run_timeout: admission.run_timeout.unwrap_or(options.run_timeout),
            signal: admission.signal,
            kin_of: None,
            slot_of: None,
            weight: admission.weight.max(1),
            priority: admission.priority,
            passed: 0,
            costs: ONE,
            passes: Vec::new(),
            samples: Vec::new(),
            key: admission.key,
        });
        uid
    }

    pub(super) fn try_acquire(&mut self, id: LimiterId, handle: Handle) -> bool {
        if self.limiter(id).is_none() {
            self.fault(Fault::UnknownLimiter, id);
            return false;
        }
        let free = |id| self.has_room(id) && !self.is_spaced(id) && self.when(id, &ONE) == Ready::Now;
        let is_free = self.path(id).into_iter().all(free);
        if !is_free
            || !self.may_try(id)
            || self.open_breaker(id).is_some()
            || self.path(id).into_iter().any(|id| self.awaits_trial(id))
        {
            return false;
        }
        if !self.is_free(handle) {
            self.fault(Fault::HandleTaken, handle.bits());
            return false;
        }
        let without_limits =
            Admission { queue_timeout: Some(Span::NEVER), run_timeout: Some(Span::NEVER), ..Admission::PLAIN };
        let uid = self.enter(id, handle, &without_limits);
        self.reserve(uid);
        self.take_places(id);
        self.enter_breakers(uid);
        self.begin(uid);
        true
    }

    pub(super) fn wait(&mut self, id: LimiterId, waiter: Handle, until: Until) {
        if !self.is_free(waiter) {
            return self.fault(Fault::HandleTaken, waiter.bits());
        }
        let limiter = self.known(id);
        match until {
            Until::Idle => limiter.wait_idle.push(waiter),
            Until::QueuedBelow(bound) => limiter.wait_below.push((bound.max(1), waiter)),
        }
        self.settle(id);
    }

    pub(super) fn close(&mut self, id: LimiterId, waiter: Handle, grace: Span) {
        if !self.is_free(waiter) {
            return self.fault(Fault::HandleTaken, waiter.bits());
        }
        let (now, idle, stamp) = (self.now, self.is_idle(id), self.next_stamp());
        let limiter = self.known(id);
        if matches!(limiter.gate, Gate::Closed | Gate::Aborted) {
            let report = fanfold_core::limit::close::Report { drained: idle, ..Default::default() };
            return self.expected.closings.push(Effect::Closed { waiter, report });
        }
        if limiter.gate == Gate::Open {
            limiter.gate = Gate::Closing;
            limiter.closing_since = now;
        }
        limiter.closers.push(waiter);
        let all = self.subtree(id);
        let resting = all.iter().map(|&id| self.reject_resting(id, Verdict::Closed)).sum::<u32>();
        let limiter = self.known(id);
        limiter.report.cleared += resting;
        if let Some(earlier) = Deadline::at(now.after(grace), stamp)
            && limiter.grace.is_none_or(|grace| earlier.at < grace.at)
        {
            limiter.grace = Some(earlier);
        }
        for id in all {
            self.resume(id);
        }
        self.settle(id);
        if grace == Span::ZERO {
            self.settle_trees();
            self.end_grace(id);
        }
    }
}
