//! The circuit breaker: stop calling what fails anyway, and find out when it has recovered.
//!
//! - **Closed**: calls go through and are counted. When they fail too often, as [`Trip`] says, it opens.
//! - **Open**: no call goes through for `half_open_after`.
//! - **Half-open**: so many calls at a time as [`BreakerOptions::trials`] says. When as many have succeeded it is closed
//!   again, with nothing counted yet; the first failure opens it again.
//! - Every call that goes through has a `Pass`, to be reported with or given back. A report about a call that
//!   went through before the last change of state counts for nothing: what was on its way when it opened neither
//!   closes it nor keeps it open.
//! - Asking changes nothing, and every operation is constant time.
//!
//! How a limiter goes by it:
//!
//! - **Who is refused.** While it is open, new tasks of the limiter and of all below it are refused at once with
//!   [`Verdict::BreakerOpen`](crate::Verdict::BreakerOpen), which says when it will be half-open. Those who wait are
//!   refused when they would start: when slots are free for them and rates let them. They take neither.
//! - **Half-open**, those who are more than there may be trials wait in their queues for the verdict.
//!   A permit cannot be told from a call before it ends: one taken while it is half-open is a trial until it is released,
//!   and then says nothing.
//! - **What counts** is how calls end that ran: by themselves, or by their run timeout, which is a failure. What was
//!   cancelled says nothing, nor does an end that was said to be [neutral](crate::Health::Neutral).
//! - A task goes through its breakers when it is given slots; if it is cancelled or paused before its call, it gives that
//!   back. What runs in the slot of its parent goes by what that one was given, and is not counted.
//! - Who is asked for with [`Command::Next`](crate::Command::Next) goes by it as well.
//! - It is half-open on time, whether somebody calls or not, and never keeps the host alive for that.
//! - Set anew it is closed, with nothing counted. Calls that went through the earlier one do not count for the new one.
//!
//! The pattern is Michael Nygard's ("Release It!", 2007).

mod installed;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use installed::Installed;
pub(crate) use state::{Breaker, Pass};

use crate::time::{Span, Time};

/// When it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trip {
    /// After so many failures in a row. Zero counts as one.
    Consecutive(u32),
    /// When so many calls in a thousand fail.
    Rate {
        /// So many; more than a thousand never do.
        per_mille: u32,
        /// Of the calls that were reported within this time. It slides by a tenth of itself.
        window: Span,
        /// But not before there are so many. Zero counts as one.
        min_calls: u32,
    },
}

/// When it opens, and how it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// When it opens.
    pub trip: Trip,
    /// How long it is open before it is half-open; [`Span::NEVER`] for until somebody resets it.
    pub half_open_after: Span,
    /// How many calls it lets through at a time while half-open, and how many successes close it. Zero counts as one.
    pub trials: u32,
}

/// What state it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Circuit {
    /// Calls go through.
    #[default]
    Closed = 1,
    /// None does.
    Open = 2,
    /// A few do, to find out.
    HalfOpen = 3,
}

/// Whether a call may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    /// It may.
    Yes,
    /// It may, as a trial.
    Trial,
    /// Not before this; [`Time::NEVER`] for not before a trial is reported or given back.
    No {
        /// When to ask again.
        until: Time,
    },
}
