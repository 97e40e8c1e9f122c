//! Who waits for whom, as far as the host can see: tasks submitted from inside tasks.

use super::Engine;
use crate::command::LimiterId;
use crate::effect::Effect;
use crate::table::{Handle, State};

impl Engine {
    /// Whether a task of this limiter with this handle runs.
    pub(super) fn is_kin(&self, handle: Handle, id: LimiterId) -> bool {
        self.tasks
            .find(handle)
            .is_some_and(|task| task.limiter() == id && matches!(task.state(), State::Running | State::Detached))
    }

    /// The index of the task's parent, as long as that one runs.
    fn parent_of(&self, index: u32) -> Option<u32> {
        let task = self.tasks.get(index)?;
        let parent = self.extra(task)?.parent?;
        self.is_kin(parent, task.limiter()).then_some(parent.index())
    }

    /// A task waits, or runs and is stuck itself: so may be the one that submitted it, and so on upwards.
    pub(super) fn block_kin(&mut self, mut index: u32, id: LimiterId) {
        while let Some(parent) = self.parent_of(index)
            && let Some(extra) = self.extra_mut(parent)
        {
            extra.kin_blocked += 1;
            if extra.kin_blocked > 1 {
                return;
            }
            if let Some(limiter) = self.limiter_mut(id) {
                limiter.nested.stuck += 1;
            }
            index = parent;
        }
    }

    /// The reverse, when it leaves the queue or ends.
    pub(super) fn unblock_kin(&mut self, mut index: u32, id: LimiterId) {
        while let Some(parent) = self.parent_of(index)
            && let Some(extra) = self.extra_mut(parent)
            && extra.kin_blocked > 0
        {
            extra.kin_blocked -= 1;
            if extra.kin_blocked > 0 {
                return;
            }
            if let Some(limiter) = self.limiter_mut(id) {
                limiter.nested.stuck = limiter.nested.stuck.saturating_sub(1);
            }
            index = parent;
        }
    }

    pub(super) fn warn_if_stuck(&mut self, id: LimiterId) {
        let Some(limiter) = self.limiter(id) else { return };
        if limiter.nested.stuck == 0 {
            return;
        }
        let (taken, has_room) = match &limiter.node {
            None => (limiter.slots.taken(), limiter.slots.has_room()),
            Some(node) => {
                let first = limiter.queue.first().map(|first| self.load(first).weight);
                (node.holders, first.is_none_or(|weight| limiter.slots.fit(weight)))
            }
        };
        let Some(limiter) = self.limiter_mut(id) else { return };
        if limiter.nested.warns(taken, has_room) {
            self.effects.push_back(Effect::NestedFull { limiter: id });
        }
    }
}
