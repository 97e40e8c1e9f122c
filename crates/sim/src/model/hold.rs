//! Calls that are held between their attempts.

use fanfold_core::{Effect, Fault, Handle, LimiterId, Span, Time, Verdict};

use super::{Deadline, Model};

/// A call whose attempts are tasks of a limiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) handle: Handle,
    pub(super) limiter: LimiterId,
    pub(super) rest: Option<Rest>,
}

/// It sleeps before its next attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    since: Time,
    pub(super) until: Option<Deadline>,
    pub(super) holds: bool,
}

impl Model {
    pub(super) fn hold(&mut self, id: LimiterId, handle: Handle) {
        if !self.is_free(handle) {
            return self.fault(Fault::HandleTaken, handle.bits());
        }
        self.calls.push(Call { handle, limiter: id, rest: None });
    }

    /// A call has no further attempt.
    pub(super) fn let_go(&mut self, handle: Handle) {
        let limiters: Vec<LimiterId> =
            self.calls.iter().filter(|call| call.handle == handle).map(|call| call.limiter).collect();
        self.calls.retain(|call| call.handle != handle);
        for id in limiters {
            self.settle(id);
        }
    }

    /// The limiter of a call that is held and does not rest.
    pub(super) fn held_awake(&self, handle: Handle) -> Option<LimiterId> {
        self.calls.iter().find(|call| call.handle == handle && call.rest.is_none()).map(|call| call.limiter)
    }

    /// How many calls a limiter holds.
    pub(super) fn held_in(&self, id: LimiterId) -> usize {
        self.calls.iter().filter(|call| call.limiter == id).count()
    }

    pub(super) fn resting(&self, id: LimiterId) -> u32 {
        let resting = self.calls.iter().filter(|call| call.limiter == id && call.rest.is_some());
        u32::try_from(resting.count()).unwrap_or(u32::MAX)
    }

    /// Whether a call was refused its rest.
    pub(super) fn is_refused_rest(&mut self, handle: Handle, id: LimiterId) -> bool {
        let Some(verdict) = self.shut_verdict(id) else { return false };
        self.judge(id, verdict, true);
        self.expected.ends.push(Effect::Reject { task: handle, limiter: id, verdict, waited: Span::ZERO });
        true
    }

    pub(super) fn lie_down(&mut self, handle: Handle, span: Span, holds: bool) {
        let until = Deadline::at(self.now.after(span), self.next_stamp());
        let rest = Some(Rest { since: self.now, until, holds });
        if let Some(call) = self.calls.iter_mut().find(|call| call.handle == handle) {
            call.rest = rest;
        }
    }

    /// A call has slept for as long as it wanted to.
    pub(super) fn get_up(&mut self, handle: Handle) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.handle == handle) {
            call.rest = None;
            self.expected.wakes.push(Effect::Wake { waiter: handle });
        }
    }

    /// Rejects those that rest; how many there were.
    pub(super) fn reject_resting(&mut self, id: LimiterId, verdict: Verdict) -> u32 {
        let rejected = self.resting(id);
        let now = self.now;
        for call in self.calls.iter_mut().filter(|call| call.limiter == id) {
            if let Some(rest) = call.rest.take() {
                let waited = now.since(rest.since);
                self.expected.ends.push(Effect::Reject { task: call.handle, limiter: id, verdict, waited });
            }
        }
        for _ in 0..rejected {
            self.judge(id, verdict, true);
        }
        rejected
    }
}
