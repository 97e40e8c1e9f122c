//! The queue: who waits, who is next, and who goes when it is full.
//!
//! - First in first out, last in first out, or by [priority](super::priority). Nobody overtakes beyond that.
//! - `max_queue` bounds those who wait; a task that finds a free slot does not wait. When one too many
//!   wants to wait, [`Overflow`] says whose promise is rejected.
//! - Entering, leaving from any place and finding the next are constant time, or logarithmic by priority.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::{Place, QueueState};

/// Who of those who wait is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The one that waits longest.
    Fifo,
    /// The one that came last.
    Lifo,
    /// The one with the highest [priority](super::priority), and of those the one that waits longest.
    Priority,
}

/// Who goes when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The new task.
    Reject,
    /// The task that waits longest.
    DropOldest,
    /// The waiting task that came last.
    DropNewest,
    /// The least urgent one, which may be the new task: where priorities decide. There the others mean the same, and
    /// without priorities this is [`Overflow::Reject`].
    DropLowest,
}
