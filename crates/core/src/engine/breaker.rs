//! How breakers let calls through, refuse them, and learn from them.

use alloc::boxed::Box;

use super::Engine;
use super::shed::Advice;
use crate::command::{Health, LimiterId};
use crate::deadlines::{DeadlineId, DeadlineReason};
use crate::effect::{Effect, Verdict};
use crate::limit::breaker::{Admit, BreakerOptions, Circuit, Installed, Pass};
use crate::limit::{Ticket, TicketKind};
use crate::own::CAPACITY;
use crate::table::NONE;
use crate::time::{Span, Time};

impl Engine {
    /// Installs a breaker, or takes it away, as [`Command::SetBreaker`](crate::Command::SetBreaker) says.
    #[cold]
    pub(super) fn set_breaker(&mut self, id: LimiterId, options: Option<BreakerOptions>) {
        if self.known(id).is_none() {
            return;
        }
        self.serials = self.serials.wrapping_add(1);
        let installed = options.map(|options| Box::new(Installed::new(self.serials, options)));
        self.breakers += u32::from(installed.is_some());
        let mut earlier = None;
        self.alter(id, |limiter| {
            earlier = core::mem::replace(&mut limiter.node_mut().breaker, installed);
        });
        if let Some(earlier) = earlier {
            self.breakers -= 1;
            self.deadlines.remove(earlier.alarm);
            if earlier.breaker.circuit() != Circuit::Closed {
                self.tell_circuit(id, Circuit::Closed, Span::ZERO);
            }
        }
        self.touch(id);
    }

    /// The breaker on the path of a limiter that lets nothing through now, if there is one, and when it will.
    pub(super) fn open_breaker(&mut self, id: LimiterId) -> Option<Advice> {
        let mut at = id;
        while CAPACITY
            && self.breakers > 0
            && let Some(limiter) = self.limiter(at)
        {
            let (by, above) = (at, limiter.parent());
            self.tick_breaker(by);
            if let Some(until) = self.installed_mut(by).and_then(|installed| installed.breaker.opens_at()) {
                let after = if until == Time::NEVER { Span::NEVER } else { until.since(self.now) };
                return Some(Advice { by, after });
            }
            at = above;
        }
        None
    }

    /// Refuses a task of a limiter whose turn it is, if a breaker on its path is open; whether it did.
    pub(super) fn is_broken(&mut self, index: u32, id: LimiterId) -> bool {
        let advice = self.open_breaker(id);
        if advice.is_some() {
            self.reject(index, Verdict::BreakerOpen, advice);
        }
        advice.is_some()
    }

    /// Whether all breakers on the path of a limiter let a call through at once.
    pub(super) fn are_closed_now(&mut self, id: LimiterId) -> bool {
        self.open_breaker(id).is_none() && !self.path(id).any(|(_, limiter)| limiter.awaits_trial())
    }

    /// A task that was admitted goes through the breakers on its path.
    pub(super) fn enter_breakers(&mut self, index: u32, id: LimiterId) {
        let (now, mut at) = (self.now, id);
        while let Some(limiter) = self.limiter_mut(at) {
            let (limiter_id, above) = (at, limiter.parent());
            at = above;
            let Some(installed) = limiter.node.as_mut().and_then(|node| node.breaker.as_mut()) else { continue };
            debug_assert!(!matches!(installed.breaker.admits(now), Admit::No { .. }), "it was asked before");
            let kind = TicketKind::Breaker(installed.breaker.enter(now));
            let ticket = Ticket { limiter: limiter_id, serial: installed.serial, kind, next: NONE };
            self.push_ticket(index, ticket);
        }
    }

    /// A call has ended that went through a breaker, or says nothing.
    pub(super) fn report_to_breaker(&mut self, ticket: &Ticket, pass: Pass, health: Health) {
        let (now, id) = (self.now, ticket.limiter);
        let Some(installed) = self.installed_mut(id).filter(|installed| installed.serial == ticket.serial) else {
            return;
        };
        let has_changed = match health {
            Health::Good => installed.breaker.report(now, true, pass),
            Health::Bad => installed.breaker.report(now, false, pass),
            Health::Neutral => {
                installed.breaker.give_back(pass);
                false
            }
        };
        let (circuit, until) = (installed.breaker.circuit(), installed.breaker.opens_at());
        if has_changed {
            let after =
                until.map_or(Span::ZERO, |until| if until == Time::NEVER { Span::NEVER } else { until.since(now) });
            self.tell_circuit(id, circuit, after);
            if let Some(until) = until {
                let alarm = self.deadlines.insert_as(until, DeadlineReason::HalfOpen(id), false);
                if let Some(installed) = self.installed_mut(id) {
                    installed.alarm = alarm;
                }
            }
        }
        if has_changed || circuit == Circuit::HalfOpen {
            self.touch(id);
        }
    }

    /// The time has come at which a breaker is half-open.
    pub(super) fn ring_breaker(&mut self, id: LimiterId) {
        if let Some(installed) = self.installed_mut(id) {
            // It has left the heap, and its id may be another's soon.
            installed.alarm = DeadlineId::NONE;
        }
        self.tick_breaker(id);
    }

    /// An open breaker is half-open when its time has come.
    fn tick_breaker(&mut self, id: LimiterId) {
        let now = self.now;
        let Some(installed) = self.installed_mut(id).filter(|installed| installed.breaker.is_due(now)) else { return };
        installed.breaker.half_open();
        let alarm = core::mem::replace(&mut installed.alarm, DeadlineId::NONE);
        self.deadlines.remove(alarm);
        self.tell_circuit(id, Circuit::HalfOpen, Span::ZERO);
    }

    fn tell_circuit(&mut self, limiter: LimiterId, circuit: Circuit, half_open_after: Span) {
        self.effects.push_back(Effect::Breaker { limiter, circuit, half_open_after });
    }

    fn installed_mut(&mut self, id: LimiterId) -> Option<&mut Installed> {
        self.limiter_mut(id)?.node.as_mut()?.breaker.as_deref_mut()
    }
}
