//! Nested use: tasks submitted from inside a task of the same limiter.
//!
//! Submitting to one's own limiter is legitimate (a crawler adds pages), unless the task waits for what it
//! submitted while the limiter is full: then nothing can ever run again.
//!
//! - [`NestedPolicy::Warn`] - as any other task; but when every running task of a full limiter has a task of
//!   its own in the queue, or one that runs and is stuck in the same way, the host is told, once.
//! - [`NestedPolicy::Error`] - refused.
//! - [`NestedPolicy::Inherit`] - it runs in the slot of its parent. At most one of a parent's children runs
//!   at a time, the others stand in its line, in order. The slot is free when the parent and all who
//!   inherited from it, directly or not, have ended. Those in line count as queued, but the bound of the
//!   queue is not for them.
//!
//! Where the host cannot see the parent, a task is an ordinary one.

mod line;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use line::{Line, Tenure};
pub(crate) use state::NestedState;

/// What becomes of a task submitted from inside a task of the same limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NestedPolicy {
    /// It is an ordinary task; a limiter that is thereby stuck is reported.
    Warn,
    /// It is rejected.
    Error,
    /// It runs in its parent's slot.
    Inherit,
}
