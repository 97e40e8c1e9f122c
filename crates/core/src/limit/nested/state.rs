//! What a limiter keeps of its nested tasks.

use super::NestedPolicy;

#[derive(Debug)]
pub(crate) struct NestedState {
    policy: NestedPolicy,
    /// Running tasks that have a task of their own in the queue, or one that runs and is stuck itself.
    pub(crate) stuck: u32,
    /// Tasks that stand in lines.
    pub(crate) in_lines: u32,
    warned: bool,
}

impl NestedState {
    pub(crate) fn new(policy: NestedPolicy) -> Self {
        Self { policy, stuck: 0, in_lines: 0, warned: false }
    }

    pub(crate) fn policy(&self) -> NestedPolicy {
        self.policy
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.in_lines
    }

    /// Whether all of so many tasks with slots are stuck, and the one warning was not given yet.
    pub(crate) fn may_warn(&self, holders: u32) -> bool {
        holders > 0 && self.stuck == holders && !self.warned
    }

    /// This is the moment for it.
    pub(crate) fn warn(&mut self) {
        self.warned = true;
    }
}
