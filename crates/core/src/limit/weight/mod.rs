//! Weights: a task may take several slots, all at once or none.
//!
//! - The sum of the weights of those who run is never higher than the limit.
//! - **Strict order**: who is next and too heavy for the slots that are free waits for more of them, and nobody passes.
//!   So a heavy task is not starved by light ones.
//! - **Bypass**: with `bypass: n`, while the next one waits for slots, lighter ones among the n behind it may go first,
//!   the longest-waiting of those that fit; but no task at the head is ever passed by more than n. This is for
//!   queues in order of arrival: by priority the order is always strict.
//! - A task that weighs more than its limiter, or any above that, has slots is refused with
//!   [`Verdict::TooHeavy`](crate::Verdict::TooHeavy). If a limit is lowered below what a waiting task weighs, that one
//!   waits all the same, and so do those behind it, until the limit is raised or it is given up:
//!   [`blocked_by`](crate::Engine::blocked_by) says so. A limit that is lowered for a while must not reject anybody. One that becomes
//!   [adaptive](super::adaptive) does, since it is lowered for good.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::Load;
