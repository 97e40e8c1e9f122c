//! Adaptive concurrency: finds out how many at a time are best, from how long calls take and whether they fail.
//!
//! A service that can do so many at once takes the same time for each as long as there are no more; beyond that they
//! wait in line, and it fails or takes longer the more there are. The best limit is where the line begins.
//!
//! - [`Algorithm::Aimd`] asks for one more in each window, and for a tenth less when too many failed. It sees nothing
//!   but failures, so it is for services that refuse or time out. (Chiu and Jain, "Analysis of the Increase and Decrease
//!   Algorithms for Congestion Avoidance", 1989.)
//! - [`Algorithm::Gradient`] goes by the ratio of the latency without a line to what it is now: the limit is
//!   multiplied by it, with a tenth of headroom added. Finds the limit fast, and a change too. (The gradient limits of
//!   Netflix's concurrency-limits.)
//! - [`Algorithm::Vegas`] goes by the length of the line that the same ratio implies, and takes small steps until that is
//!   between 4 and 12 % of the limit. (Brakmo, O'Malley and Peterson, "TCP Vegas", 1994.)
//!
//! What is a sample, and when it counts:
//!
//! - Samples are judged by **windows**, of twenty at least, as many as the limit, and two mean latencies. Before each one
//!   a mean latency passes in which those end that ran under the limit before, which do not count.
//! - A window in which less than half of the limit was in use changes nothing: there **the caller is the bottleneck**.
//! - What the host's event loop was **stalled** is taken off a latency; a sample that was mostly stall does not count.
//! - A window with a failure in twenty, or more, is a failed one: the limit falls by a tenth, with any algorithm. Fewer
//!   are the background of any service.
//!
//! Gradient and Vegas need to know the latency without a line, which they never see while there is one. So
//! every 32 windows, sooner at first and where it led to something, they take a seventh less for one window and look:
//! where that shortens latency in proportion there was a line, and they stay and look further down; where it does not
//! there was none, and this is the latency without one, also if the service has become slower meanwhile.
//!
//! How a limiter goes by it:
//!
//! - A sample is a call that ran, of the limiter or of one below it, from its start to its end or its run timeout, which
//!   is a failure. What was cancelled says nothing, nor does an end that was said to be
//!   [neutral](crate::Health::Neutral). What runs in the slot of its parent is no sample.
//! - While samples run, the engine has a deadline every 20 ms, which does not keep the host alive. How late the turn is
//!   that it comes due in, if more than 5 ms, was a stall: of calls that end in that turn, or later but before one that is
//!   in time, so much of their latency is taken off as lies within it.
//! - A new limit is told with [`Effect::Limit`](crate::Effect::Limit), and holds from then on like one that was set.
//!   [`Command::Resize`](crate::Command::Resize) ends it: then the limit is what was said.
//! - A task that weighs more than `min` has no place in it, since it has to fit at any time: a limit that is too low for
//!   whoever is next would stay so, for nothing runs that it could learn from. So one that waits when the limit becomes
//!   adaptive, or when its limiter is moved below such a one, is rejected with
//!   [`Verdict::TooHeavy`](crate::Verdict::TooHeavy). One that has slots runs in them, but if they are taken back before
//!   it was called, as by a pause, it is rejected too.
//!
//! In the model of the tests the limit stays within a fifth of the best while service times scatter by 30 % up and down. At
//! 60 %, where the best is twenty or less, a window is too short to tell a line from chance, and it wanders further.

mod algorithm;
mod following;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use following::Following;
pub(crate) use state::Adaptive;

use crate::time::{Span, Time};

/// How the limit is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// One more each time, a tenth less on failures.
    Aimd,
    /// By the ratio of latencies.
    #[default]
    Gradient,
    /// By the length of the line.
    Vegas,
}

/// Within what, and how, the limit is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveOptions {
    /// Never less. Zero counts as one.
    pub min: u32,
    /// Never more. Less than `min` counts as that.
    pub max: u32,
    /// The limit at first.
    pub initial: u32,
    /// How it is found.
    pub algorithm: Algorithm,
}

/// How a call ended, as far as it says something about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Well.
    Ok,
    /// Badly, as it does when there are too many: refused, timed out.
    Error,
    /// In a way that says nothing: cancelled, or at fault itself.
    Ignored,
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// How long it took.
    pub(crate) latency: Span,
    /// For how much of that the host could not have seen it end.
    pub(crate) stall: Span,
    /// How many ran when it began, itself included.
    pub(crate) in_flight: u32,
    pub(crate) outcome: Outcome,
    pub(crate) now: Time,
}
