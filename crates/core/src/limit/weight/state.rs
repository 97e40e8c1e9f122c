//! What a task takes beyond a slot.

use crate::table::NONE;

/// The load of a task that is not a plain one. It stays until the slots are given back, which may be after the task
/// has ended, if others inherit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// Slots, at least one.
    pub(crate) weight: u32,
    pub(crate) priority: i64,
    /// How many have passed it while it was at the head of its queue.
    pub(crate) passed: u32,
    /// Where it says what it costs, or `NONE`.
    pub(crate) costs: u32,
    /// Where its key is, or `NONE` if it has none.
    pub(crate) key: u32,
}

impl Load {
    /// That of a plain task.
    pub(crate) const PLAIN: Self = Self { weight: 1, priority: 0, passed: 0, costs: NONE, key: NONE };
}
