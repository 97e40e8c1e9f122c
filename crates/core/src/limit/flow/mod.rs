//! The flow: how long a newcomer will probably wait, for `maxWait`.
//!
//! Little's law says so twice. If so many stand before it, it waits until they and itself have been let in:
//!
//! - each of so many slots is free again after the mean time a task runs (`service / concurrency` from start to start);
//! - where something else than slots holds them back, a rate or a parent, starts come at the pace at which they came
//!   lately while others waited. Starts that nobody waited for only say how many came.
//!
//! The longer of the two is the estimate. The means move by an eighth of the difference with each task that ends, as
//! round-trip times do in TCP (Jacobson, "Congestion Avoidance and Control", 1988; RFC 6298), and by a thirty-second with
//! each start, since slots that become free together let many start at once.
//!
//! Whoever need not wait waits for nothing, and nobody is turned away before anything is known: without a task that
//! has ended and without starts out of a queue the estimate is zero.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::Flow;
