//! How limits follow what is called, and how stalls of the host are told from its latency.

use alloc::boxed::Box;

use super::Engine;
use crate::command::{Health, LimiterId};
use crate::deadlines::{DeadlineId, DeadlineReason};
use crate::effect::{Effect, Verdict};
use crate::limit::adaptive::{Adaptive, AdaptiveOptions, Following, Outcome, Sample};
use crate::limit::{Ticket, TicketKind};
use crate::own::CAPACITY;
use crate::table::NONE;
use crate::time::{Span, Time};

/// How often the engine looks whether the host comes in time.
const PROBE_EVERY: Span = Span::from_millis(20);

/// Timers are no more exact than this; what is later is a stall.
const PUNCTUAL: Span = Span::from_millis(5);

/// Looks how late the host comes, while there are calls whose latency matters.
#[derive(Debug)]
pub(super) struct Probe {
    /// Such calls.
    calls: u32,
    due: Time,
    alarm: DeadlineId,
    /// The last stall, as long as the host has not come in time since: from when to when.
    stall: (Time, Time),
}

impl Default for Probe {
    fn default() -> Self {
        Self { calls: 0, due: Time::NEVER, alarm: DeadlineId::NONE, stall: (Time::ZERO, Time::ZERO) }
    }
}

impl Probe {
    /// For how much of the time since a call began its end could not have been seen.
    fn stalled(&self, began: Time, now: Time) -> Span {
        let (from, to) = if self.due.after(PUNCTUAL) < now { (self.due, now) } else { self.stall };
        to.since(from.max(began))
    }
}

impl Engine {
    /// Lets a limit follow what is called, or no more, as [`Command::SetAdaptive`](crate::Command::SetAdaptive) says.
    #[cold]
    pub(super) fn set_adaptive(&mut self, id: LimiterId, options: Option<AdaptiveOptions>) {
        if self.known(id).is_none() {
            return;
        }
        self.serials = self.serials.wrapping_add(1);
        let serial = self.serials;
        let following =
            options.map(|options| Box::new(Following { serial, adaptive: Adaptive::new(options), options }));
        let limit = following.as_ref().map(|following| following.adaptive.limit());
        let mut had = false;
        self.alter(id, |limiter| {
            had = core::mem::replace(&mut limiter.node_mut().adaptive, following).is_some();
        });
        self.adaptives = self.adaptives + u32::from(limit.is_some()) - u32::from(had);
        match limit {
            Some(limit) => {
                self.follow(id, limit);
                self.reject_misfits(id);
            }
            None => self.touch(id),
        }
    }

    /// Somebody said what the limit is.
    pub(super) fn stop_following(&mut self, id: LimiterId) {
        let mut had = false;
        self.alter(id, |limiter| had = limiter.node_mut().adaptive.take().is_some());
        self.adaptives -= u32::from(had);
    }

    /// The limit is another one from now on.
    fn follow(&mut self, id: LimiterId, concurrency: u32) {
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.slots.resize(concurrency);
        self.effects.push_back(Effect::Limit { limiter: id, concurrency });
        self.touch(id);
    }

    /// Rejects those who wait in a limiter, or below it, and weigh more than an adaptive limit on their path is sure to
    /// be, the oldest first: they might wait for ever, since no limit rises while nothing runs, and nobody passes them.
    pub(super) fn reject_misfits(&mut self, id: LimiterId) {
        if self.adaptives == 0 || self.loads.is_empty() {
            return;
        }
        for id in self.subtree(id) {
            let Some(limiter) = self.limiter(id) else { continue };
            let mut waiting = limiter.queue.members(&self.tasks);
            waiting.extend(self.members_of_keys(id));
            waiting.retain(|&index| self.is_misfit(index, id));
            self.sort_by_age(&mut waiting);
            for index in waiting {
                self.reject(index, Verdict::TooHeavy, None);
            }
        }
    }

    /// Whether a task of a limiter weighs more than an adaptive limit on its path is sure to be.
    pub(super) fn is_misfit(&self, index: u32, id: LimiterId) -> bool {
        if !CAPACITY || self.adaptives == 0 {
            return false;
        }
        let weight = self.load(index).weight;
        weight > 1 && self.path(id).any(|(_, limiter)| limiter.is_adaptive() && weight > limiter.least_slots())
    }

    /// A task with slots begins to run: a sample for each adaptive limit on its path.
    pub(super) fn begin_sample(&mut self, index: u32, id: LimiterId) {
        if !self.tasks.get(index).is_some_and(|task| self.pays(task)) {
            return;
        }
        let mut at = id;
        while let Some(limiter) = self.limiter(at) {
            let (limiter_id, above, in_flight) = (at, limiter.parent(), limiter.slots.taken());
            at = above;
            if let Some(following) = limiter.node.as_ref().and_then(|node| node.adaptive.as_ref()) {
                let (serial, kind) = (following.serial, TicketKind::Adaptive { in_flight });
                self.push_ticket(index, Ticket { limiter: limiter_id, serial, kind, next: NONE });
                self.probe.calls += 1;
                if self.probe.calls == 1 {
                    self.probe.stall = (Time::ZERO, Time::ZERO);
                    self.arm_probe();
                }
            }
        }
    }

    /// A call has ended that is a sample for an adaptive limit.
    pub(super) fn sample(&mut self, ticket: &Ticket, in_flight: u32, began: Time, health: Health) {
        let (now, id) = (self.now, ticket.limiter);
        let stall = self.probe.stalled(began, now);
        self.probe.calls -= 1;
        if self.probe.calls == 0 {
            self.probe.due = Time::NEVER;
            let alarm = core::mem::replace(&mut self.probe.alarm, DeadlineId::NONE);
            self.deadlines.remove(alarm);
        }
        let outcome = match health {
            Health::Good => Outcome::Ok,
            Health::Bad => Outcome::Error,
            Health::Neutral => Outcome::Ignored,
        };
        let latency = now.since(began);
        let following = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()?.adaptive.as_mut());
        let Some(following) = following.filter(|following| following.serial == ticket.serial) else { return };
        if let Some(limit) = following.adaptive.sample(&Sample { latency, stall, in_flight, outcome, now }) {
            self.follow(id, limit);
        }
    }

    /// A probe is due; how late it is, is how long the host was stalled.
    pub(super) fn ring_probe(&mut self) {
        if !CAPACITY {
            return;
        }
        let (now, due) = (self.now, self.probe.due);
        self.probe.stall = if due.after(PUNCTUAL) < now { (due, now) } else { (Time::ZERO, Time::ZERO) };
        self.arm_probe();
    }

    fn arm_probe(&mut self) {
        self.probe.due = self.now.after(PROBE_EVERY);
        self.probe.alarm = self.deadlines.insert_as(self.probe.due, DeadlineReason::Probe, false);
    }
}
