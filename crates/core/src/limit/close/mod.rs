//! Closing: take nothing new, drain, and give up on the rest when the grace is over.
//!
//! - From the command on every submission is rejected with [`Verdict::Closed`](crate::Verdict::Closed). A
//!   pause is lifted, since what is paused cannot drain.
//! - Calls that rest before their next attempt are rejected at once, since it could not be taken. So is one that wants
//!   to rest while the limiter closes: its attempt has ended by itself, and counts as such.
//! - When nothing is left, or when the grace is over, everyone who closes is told with a [`Report`]. At the
//!   end of the grace those who wait are rejected and those who run are expired; their functions may go on
//!   and keep their slots, but the report does not wait for them.
//! - Closing again joins the first close and can only shorten its grace. Closing what is closed reports at
//!   once.
//! - The limiter's own signal closes it at once, with [`Verdict::LimiterAborted`](crate::Verdict::LimiterAborted)
//!   for everyone, now and later.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::GateState;

use crate::time::Span;

/// Whether a limiter takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It does.
    Open,
    /// It drains.
    Closing,
    /// It is closed.
    Closed,
    /// Its signal was aborted.
    Aborted,
}

/// What became of the tasks that were there when closing began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether all ended by themselves: none was rejected or given up on by the closing.
    pub drained: bool,
    /// Tasks fulfilled.
    pub fulfilled: u32,
    /// Tasks that failed, timed out or were cancelled meanwhile.
    pub rejected: u32,
    /// Calls that rested and were rejected when closing began, and waiting tasks rejected at the end of the grace.
    pub cleared: u32,
    /// Running tasks given up on at the end of the grace.
    pub aborted: u32,
    /// How long closing took.
    pub elapsed: Span,
}
