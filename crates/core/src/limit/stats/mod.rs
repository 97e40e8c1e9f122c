//! Statistics: how long tasks wait and run, who has waited longest, and when the next one starts.
//!
//! - From [`Command::EnableStats`](crate::Command::EnableStats) on, a limiter keeps a [histogram](super::histogram) of the
//!   times that tasks waited, of all that started, and one of the times that they ran, of all whose functions have
//!   settled, also if nobody waited for them any more. What happened before is not in them. A limiter without costs nothing
//!   but a look whether it is one.
//! - The oldest wait is exact, in any order of the queue: those who came are kept in that order beside it, and those who
//!   are gone are forgotten in bulk. That is constant time a task, and four to eight bytes.
//! - When the next one may start, and what is left of rates, is asked of the limiters as they are at that moment, whether
//!   they keep statistics or not.
//! - All of it is each limiter's own: tasks below it are not in it.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::{StatsState, quantiles};

use super::breaker::Circuit;
use super::rate::RULES;
use crate::time::{Span, Time};

/// What a limiter can tell beyond how it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// How long the one has waited that waits longest; none if nobody does, or if the limiter keeps no statistics.
    pub oldest_wait: Option<Span>,
    /// When the next of those who wait may start, as far as that is a matter of time: of a rate, of a hold or a restart,
    /// of a pause with an end. Not before that, and later if something else is in the way then. None if nobody waits, or
    /// if something has to happen first.
    pub next_start: Option<Time>,
    /// How long those waited who started; none if nobody did yet.
    pub waited: Option<Quantiles>,
    /// How long those ran who ended; none if nobody did yet.
    pub ran: Option<Quantiles>,
    /// For each rule of its own, by its number, how many units a task could take now.
    pub left: [Option<u64>; RULES as usize],
    /// Slots as they are now.
    pub concurrency: u32,
    /// The state of its breaker, if it has one.
    pub circuit: Option<Circuit>,
    /// When that will be half-open; none if it is not open, or only when it is set anew.
    pub half_open: Option<Time>,
}

/// Of many spans, told to within 3.2 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many spans there were.
    pub count: u64,
    /// Half of them were no longer than this.
    pub p50: Span,
    /// Ninety-five in a hundred.
    pub p95: Span,
    /// Ninety-nine in a hundred.
    pub p99: Span,
}
