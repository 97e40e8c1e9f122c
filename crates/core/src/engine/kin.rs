//! Who waits for whom, as far as the host can see: tasks submitted from inside tasks.

use super::Engine;
use crate::command::LimiterId;
use crate::effect::Effect;
use crate::limit::rate::Ready;
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
        let holders = limiter.node.as_ref().map_or(limiter.slots.taken(), |node| node.holders);
        if !limiter.nested.may_warn(holders) || self.has_room_for_kin(id) {
            return;
        }
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.nested.warn();
            self.effects.push_back(Effect::NestedFull { limiter: id });
        }
    }

    /// Whether somebody else than those who run could let the next one start.
    fn has_room_for_kin(&mut self, id: LimiterId) -> bool {
        let Some(limiter) = self.limiter(id) else { return true };
        if limiter.node.is_none() {
            return limiter.slots.has_room();
        }
        if limiter.queue.is_empty() {
            return true;
        }
        let next = if limiter.keys().is_some() { self.head(id) } else { limiter.queue.first() };
        let Some(next) = next else { return !self.all_keys_wait_for_an_end(id) };
        let (now, load, costs) = (self.now, self.load(next), self.costs(next));
        self.limiter(id).is_some_and(|limiter| limiter.slots.fit(load.weight))
            && self.meter_mut(id).is_none_or(|meter| meter.ready(now, &costs) != Ready::AtAnEnd)
    }
}
