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
//! - While a limiter, or one above it, is [held back](super::hold_back), it waits for the end of that first. A pause has
//!   no end that is known, so it counts for nothing, neither here nor as a pace.
//!
//! With a longest wait, a newcomer that would have to wait for longer is refused at once, with
//! [`Verdict::Overloaded`](crate::Verdict::Overloaded) and the estimate: before the queue is looked at for a place, so that
//! nobody is pushed out for somebody who would not stay. It is a limiter's own rule, for its own tasks. Those before it
//! are counted as they are in the order of the queue: all in order of arrival, nobody last in first out, and by priority
//! those that are more urgent; where more than 64 wait, as far as 64 of them tell. Where [keys](super::key) take turns, that is
//! so within its own key, and of the others as many are before it as these are given in the rounds until its turn: so it is
//! the key that floods whose newcomers are refused. What runs in the slot of its parent
//! is never refused.
//!
//! Whoever need not wait waits for nothing, and nobody is turned away before anything is known: without a task that
//! has ended and without starts out of a queue the estimate is zero.

mod max_wait;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use max_wait::MaxWait;
pub(crate) use state::Flow;
