//! How newcomers are turned away that would wait for too long.

use alloc::boxed::Box;

use super::Engine;
use crate::command::LimiterId;
use crate::effect::Verdict;
use crate::limit::flow::MaxWait;
use crate::limit::hold_back::HoldBackState;
use crate::table::State;
use crate::time::{Span, Time};

/// Who refused a task, and when it makes sense to come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Advice {
    pub(super) by: LimiterId,
    pub(super) after: Span,
}

impl Engine {
    /// Sets the longest wait, as [`Command::SetMaxWait`](crate::Command::SetMaxWait) says.
    #[cold]
    pub(super) fn set_max_wait(&mut self, id: LimiterId, limit: Span) {
        if self.known(id).is_none() {
            return;
        }
        self.alter(id, |limiter| {
            let max_wait = &mut limiter.node_mut().max_wait;
            *max_wait = limit.is_finite().then(|| match max_wait.take() {
                Some(known) => Box::new(MaxWait { limit, ..*known }),
                None => Box::new(MaxWait::new(limit)),
            });
        });
        self.touch(id);
    }

    /// Turns a newcomer away that waits, if that would probably be for too long; whether it did.
    pub(super) fn sheds(&mut self, index: u32, id: LimiterId) -> bool {
        if self.tasks.get(index).is_none_or(|task| task.state() != State::Queued) {
            return false;
        }
        let Some(limiter) = self.limiter(id) else { return false };
        let Some(max_wait) = limiter.node.as_ref().and_then(|node| node.max_wait.as_ref()) else { return false };
        let (ahead, concurrency) = (self.ahead_of_newcomer(index, limiter), limiter.slots.limit());
        let Some(after) = max_wait.exceeded_by(self.now, ahead, concurrency, self.held_until(id)) else { return false };
        self.reject(index, Verdict::Overloaded, Some(Advice { by: id, after }));
        true
    }

    /// Until when a limiter, or one above it, is held back; the origin of time if none is.
    fn held_until(&self, id: LimiterId) -> Time {
        let held = self.path(id).filter_map(|(_, limiter)| limiter.hold_back()).filter(|held| held.is_held());
        held.map(HoldBackState::due).max().unwrap_or(Time::ZERO)
    }

    /// A task is given slots of its limiter.
    pub(super) fn flow_on(&mut self, index: u32, id: LimiterId) {
        let (now, since) = (self.now, self.tasks.get(index).map(|task| task.since).unwrap_or_default());
        let Some(limiter) = self.limiter_mut(id) else { return };
        let behind = limiter.queue.len();
        if let Some(max_wait) = limiter.node.as_mut().and_then(|node| node.max_wait.as_mut()) {
            max_wait.flow.started(now, since < now, behind);
        }
    }

    /// Nothing starts for a while, in a limiter and below it: that is no pace.
    pub(super) fn interrupt_flows(&mut self, id: LimiterId) {
        if self.limiter(id).is_none_or(|limiter| limiter.node.is_none()) {
            return;
        }
        for id in self.subtree(id) {
            let node = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut());
            if let Some(max_wait) = node.and_then(|node| node.max_wait.as_mut()) {
                max_wait.flow.interrupt();
            }
        }
    }
}
