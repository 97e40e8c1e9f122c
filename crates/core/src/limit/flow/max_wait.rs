//! The longest wait that a newcomer may expect.

use super::Flow;
use crate::time::{Span, Time};

/// What a limiter keeps that turns newcomers away.
#[derive(Debug)]
pub(crate) struct MaxWait {
    /// The longest wait.
    pub(crate) limit: Span,
    pub(crate) flow: Flow,
}

impl MaxWait {
    pub(crate) fn new(limit: Span) -> Self {
        Self { limit, flow: Flow::default() }
    }

    /// The estimate for a newcomer that has so many before it, and waits until `held` at least; if that is too long.
    pub(crate) fn exceeded_by(&self, now: Time, ahead: u32, concurrency: u32, held: Time) -> Option<Span> {
        let flows = self.flow.wait(now, ahead, concurrency);
        let begins = now.after(flows).max(held.after(flows));
        let estimate = if begins == Time::NEVER { Span::NEVER } else { begins.since(now) };
        (estimate > self.limit).then_some(estimate)
    }
}
