//! The hold, then the restart.

use crate::deadlines::DeadlineId;
use crate::time::{Span, Time};

#[derive(Debug)]
enum Phase {
    /// Nothing starts.
    Held { spread: Span },
    /// So many waited when the hold ended, and so many places were given since.
    Restart { began: Time, spread: Span, waited: u32, given: u32 },
}

/// How a limiter is held back, from the hold to the end of the restart.
#[derive(Debug)]
pub(crate) struct HoldBackState {
    phase: Phase,
    /// When the hold ends or the next place is free; [`Time::NEVER`] if one is free now.
    due: Time,
    /// The same among the deadlines. There is one at most.
    pub(crate) alarm: DeadlineId,
}

impl HoldBackState {
    /// A hold until a time. A spread without end is none.
    pub(crate) fn new(until: Time, spread: Span) -> Self {
        let spread = if spread.is_finite() { spread } else { Span::ZERO };
        Self { phase: Phase::Held { spread }, due: until, alarm: DeadlineId::NONE }
    }

    /// Whether nothing starts at all.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.phase, Phase::Held { .. })
    }

    /// Whether the next one has to wait for its place.
    pub(crate) fn is_spaced(&self) -> bool {
        !self.is_held() && self.due != Time::NEVER
    }

    /// Whether nobody may start now.
    pub(crate) fn refuses(&self) -> bool {
        self.is_held() || self.is_spaced()
    }

    /// When the hold ends, or the next place is free, if it is not now.
    pub(crate) fn due(&self) -> Time {
        self.due
    }

    /// Whether a hold until a time is to take its place.
    pub(crate) fn yields_to(&self, until: Time) -> bool {
        !self.is_held() || self.due <= until
    }

    /// Its deadline has been met, while so many wait; whether all is over.
    pub(crate) fn ring(&mut self, now: Time, waiting: u32) -> bool {
        (self.due, self.alarm) = (Time::NEVER, DeadlineId::NONE);
        if let Phase::Held { spread } = self.phase {
            self.phase = Phase::Restart { began: now, spread, waited: waiting, given: 0 };
        }
        waiting == 0 || self.is_past(now)
    }

    /// A task is given its place; whether all is over.
    pub(crate) fn give(&mut self, now: Time) -> bool {
        if let Phase::Restart { began, spread, waited, given } = &mut self.phase {
            *given = given.saturating_add(1);
            let next = began.after(part(*spread, *given, *waited));
            self.due = if next > now { next } else { Time::NEVER };
        }
        self.is_past(now)
    }

    fn is_past(&self, now: Time) -> bool {
        matches!(self.phase, Phase::Restart { began, spread, .. } if began.after(spread) <= now)
    }
}

/// So many parts of a span, of so many.
fn part(span: Span, nth: u32, of: u32) -> Span {
    let micros = u128::from(span.as_micros()) * u128::from(nth.min(of)) / u128::from(of.max(1));
    Span::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
