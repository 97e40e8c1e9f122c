//! How limiters are held back, and how they start again.

use alloc::boxed::Box;

use super::Engine;
use crate::command::LimiterId;
use crate::deadlines::DeadlineReason;
use crate::limit::Limiter;
use crate::limit::hold_back::{HoldBackState, Scope};
use crate::time::{Span, Time};

impl Engine {
    /// Holds back, as [`Command::HoldBack`](crate::Command::HoldBack) says.
    #[cold]
    pub(super) fn hold_back(&mut self, id: LimiterId, scope: Scope, span: Span, spread: Span) {
        if self.known(id).is_none() {
            return;
        }
        let id = self.in_scope(id, scope);
        let until = self.now.after(span);
        let Some(limiter) = self.limiter_mut(id) else { return };
        let held = &mut limiter.node_mut().hold_back;
        if held.as_ref().is_some_and(|held| !held.yields_to(until)) {
            return;
        }
        let earlier = held.replace(Box::new(HoldBackState::new(until, spread)));
        match earlier {
            Some(earlier) => self.deadlines.remove(earlier.alarm),
            None => self.held_back += 1,
        }
        // Whether it keeps the host alive is seen when the command is over.
        let alarm = self.deadlines.insert_as(until, DeadlineReason::HoldBackEnd(id), false);
        if let Some(held) = self.hold_back_mut(id) {
            held.alarm = alarm;
        }
        self.retreat_below(id);
        self.interrupt_flows(id);
        self.note_peak(id);
        self.touch(id);
    }

    /// The limiter that a scope means.
    fn in_scope(&self, id: LimiterId, scope: Scope) -> LimiterId {
        let steps = match scope {
            Scope::Own => 0,
            Scope::Parent => 1,
            Scope::Root => usize::MAX,
        };
        self.path(id).take(steps.saturating_add(1)).last().map_or(id, |(at, _)| at)
    }

    /// Ends a hold or a restart, as [`Command::LiftHold`](crate::Command::LiftHold) says.
    #[cold]
    pub(super) fn lift_hold(&mut self, id: LimiterId) {
        if self.known(id).is_some() && self.drop_hold_back(id) {
            self.start_again(id);
        }
    }

    /// The hold is over, or the next one has its place in the restart.
    pub(super) fn ring_hold_back(&mut self, id: LimiterId) {
        let (now, waiting) = (self.now, self.limiter(id).map_or(0, Limiter::waiting_in_queues));
        let Some(held) = self.hold_back_mut(id) else { return };
        let was_held = held.is_held();
        if held.ring(now, waiting) {
            self.drop_hold_back(id);
        }
        if was_held {
            return self.start_again(id);
        }
        self.touch(id);
    }

    /// A task of a limiter is given slots: it takes its place in each restart on its path.
    pub(super) fn take_places(&mut self, id: LimiterId) {
        if self.held_back == 0 {
            return;
        }
        let (now, mut at) = (self.now, id);
        while let Some(limiter) = self.limiter_mut(at) {
            let (id, above) = (at, limiter.parent());
            at = above;
            let Some(held) = limiter.node.as_mut().and_then(|node| node.hold_back.as_mut()) else { continue };
            let (is_over, due) = (held.give(now), held.due());
            if is_over {
                self.drop_hold_back(id);
            } else if due != Time::NEVER {
                let alarm = self.deadlines.insert(due, DeadlineReason::HoldBackEnd(id));
                if let Some(held) = self.hold_back_mut(id) {
                    held.alarm = alarm;
                }
            }
        }
    }

    /// A restart in which nobody waits is over, and a hold keeps the host alive only for somebody.
    pub(super) fn tend_hold_back(&mut self, id: LimiterId, waits: bool) {
        let Some(limiter) = self.limiter(id) else { return };
        let Some(held) = limiter.node.as_ref().and_then(|node| node.hold_back.as_ref()) else { return };
        if held.is_held() {
            let is_used = waits || limiter.slots.taken() > 0;
            self.deadlines.set_holds(held.alarm, is_used);
        } else if !waits {
            self.drop_hold_back(id);
        }
    }

    /// Whether a plain task of a limiter need not wait for its place in a restart, here or above.
    pub(super) fn has_place(&self, id: LimiterId) -> bool {
        self.held_back == 0 || !self.path(id).any(|(_, limiter)| limiter.is_spaced())
    }

    /// Forgets a hold or a restart; whether there was one.
    pub(super) fn drop_hold_back(&mut self, id: LimiterId) -> bool {
        let held = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()?.hold_back.take());
        if let Some(held) = &held {
            self.held_back -= 1;
            self.deadlines.remove(held.alarm);
        }
        held.is_some()
    }

    fn start_again(&mut self, id: LimiterId) {
        for id in self.subtree(id) {
            self.advance_lines(id);
        }
        self.touch(id);
    }

    fn hold_back_mut(&mut self, id: LimiterId) -> Option<&mut HoldBackState> {
        self.limiter_mut(id)?.node.as_mut()?.hold_back.as_deref_mut()
    }
}
