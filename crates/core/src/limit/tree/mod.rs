//! Trees: a task takes slots of its limiter and of every limiter above it, all at once or none.
//!
//! - **While it waits it holds nothing.** So two limiters of 14 below one of 30 cannot starve a third.
//! - At each limiter those who may be next are *contenders* in a fair [ring](super::fair): its own queue, and each child
//!   that has an *offer*. The offer of a limiter is the front of its ring, if that fits the limiter: slots are free
//!   for its weight and it is not paused. So whoever stands in a ring fits everything below.
//! - **The front of a ring is strict**: nobody passes it at that level, so that a heavy task of one child gets its slots
//!   before light ones of another. Rounds are fair: each contender in its turn, by the weight of what it is given. What
//!   has been given in advance is not forgotten while a contender is held up by its own limit.
//! - **Late callers never pass**: a new task gets slots at once only if nobody waits in its queue and nobody
//!   contends in any ring on its path.
//! - As soon as a command is taken, or a deadline is met, all slots that somebody can use are given. There
//!   is no raise that waits to be settled.
//! - **Closing** a limiter refuses new tasks in all that is below it, lifts pauses there, rejects the calls that rest
//!   there, and drains it: the report counts the tasks of all of it. Clearing and counting is each limiter's own.
//! - **Pausing** it takes slots back from all tasks below that were not called yet.
//! - **Moving** a limiter takes along all that is below it. Tasks that have slots but were not called yet go back to
//!   their queues; those who run take their slots in the new place at once, as if a limit had been lowered there.
//! - A limiter is not forgotten while it has children.
//!
//! A task costs O(d log n), for d levels.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::{OWN, TreeState};
