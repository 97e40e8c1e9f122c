//! Priorities: of those who wait, who is the most urgent, and who the least.
//!
//! - The higher priority first; within a priority the one that came first, or with [`Order::Lifo`] the one that came
//!   last.
//! - **Ageing**: with a span for each step of priority, a task gains one step each time it has waited that long, so that
//!   nothing waits for ever. All of them age at the same speed, so their order never changes by itself: who is to be
//!   compared is `priority * ageing - beginning of the wait`, which stands still. Nothing is ever sorted again.
//!   Among tasks that weigh the same to the microsecond the order of arrival decides.
//! - A task that is given another priority keeps its arrival, and the time that it has waited.
//! - The least urgent one, of those the last, is at hand too: for a full queue that drops it.
//!
//! Entering, leaving from any place, and changing a priority are O(log n), looking at both ends is constant time.
//! This is a min-max heap (Atkinson, Sack, Santoro and Strothotte, "Min-Max Heaps and Generalized Priority Queues",
//! 1986).

mod state;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use state::Places;
pub(crate) use state::PriorityQueue;

use super::queue::Order;
