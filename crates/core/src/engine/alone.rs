//! Slots of a limiter that stands alone: it only has weights or an order of its own, so that who is next is known without
//! looking at a tree. Does what looking at one would do, at a fraction of the cost.

use super::node::load_of;
use super::{Engine, pick};
use crate::command::LimiterId;

impl Engine {
    /// Settles what a command touched if that is one limiter that stands alone; whether it is. Of several, who comes first
    /// is for the trees to say.
    pub(super) fn settle_alone(&mut self) -> bool {
        let &[(_, id)] = self.touched.as_slice() else { return false };
        let node = pick(&mut self.limiters, id).and_then(|limiter| limiter.node.as_mut());
        let Some(node) = node.filter(|node| node.is_alone()) else { return false };
        node.touched = None;
        self.touched.clear();
        while self.grant_alone(id) {}
        if self.limiter(id).is_some_and(|limiter| !limiter.is_unwatched()) {
            self.attend(id);
        }
        self.touched.is_empty()
    }

    /// Gives slots to the next in the queue; whether it fits.
    fn grant_alone(&mut self, id: LimiterId) -> bool {
        let Some(limiter) = pick(&mut self.limiters, id).filter(|limiter| limiter.may_grant()) else { return false };
        let Some(index) = limiter.queue.first() else { return false };
        let weight = load_of(&self.tasks, &self.extras, &self.loads, index).weight;
        if !limiter.slots.fit(weight) {
            return false;
        }
        limiter.queue.remove(&mut self.tasks, index);
        limiter.slots.take(weight.into());
        let is_empty = limiter.queue.is_empty();
        let node = limiter.node_mut();
        node.holders += 1;
        node.own += u64::from(weight);
        if is_empty {
            node.tree.seat_own(false, false);
        }
        if limiter.nested.stuck > 0 {
            self.unblock_kin(index, id);
        }
        self.make_ready(index);
        true
    }
}
