//! What a task waits for now.

use super::Engine;
use crate::command::LimiterId;
use crate::limit::rate::Ready;
use crate::limit::{Block, Limiter};
use crate::own::CAPACITY;
use crate::table::{Handle, NONE, State};

impl Engine {
    /// What a task waits for now, and in which limiter; none if it does not wait.
    ///
    /// That is the first of the limiters on its path, from its own to the root, that could not give it what it needs
    /// even if nobody else was there to be next; its key counts as the innermost. If all of them could, it is the first one
    /// in which it is not its turn.
    pub fn blocked_by(&mut self, task: Handle) -> Option<(LimiterId, Block)> {
        if !CAPACITY {
            return None;
        }
        let known = self.tasks.find(task).filter(|task| task.state() == State::Queued)?;
        let (index, id) = (task.index(), known.limiter());
        if self.extra(known).is_some_and(|extra| extra.member_of != NONE) {
            let paused = self.path(id).find(|(_, limiter)| limiter.is_stopped());
            return Some(paused.map_or((id, Block::Order), |(at, _)| (at, Block::Paused)));
        }
        if self.is_kept_by_key(index, id) {
            return Some((id, Block::Key));
        }
        let mut at = id;
        while let Some(limiter) = self.limiter(at) {
            let (refused, above) = (self.refuses(index, limiter), limiter.parent());
            if let Some(block) = refused.or_else(|| self.is_too_early(index, at)) {
                return Some((at, block));
            }
            at = above;
        }
        let first = self.head(id) == Some(index);
        // In a row of slots there are no offers.
        let offers = |limiter: &Limiter| limiter.node.as_ref().is_none_or(|node| node.tree.offer == Some(index));
        let behind = self.path(id).find(|(_, limiter)| !first || !offers(limiter));
        Some((behind.map_or(id, |(at, _)| at), Block::Order))
    }

    fn is_too_early(&mut self, index: u32, id: LimiterId) -> Option<Block> {
        let (now, costs) = (self.now, self.costs(index));
        if self.limiter(id)?.is_spaced() {
            return Some(Block::Rate);
        }
        (self.meter_mut(id)?.ready(now, &costs) != Ready::Now).then_some(Block::Rate)
    }

    /// Why a limiter could not give a task what it needs, whoever else is there.
    fn refuses(&self, index: u32, limiter: &Limiter) -> Option<Block> {
        let weight = self.load(index).weight;
        match () {
            () if limiter.is_stopped() => Some(Block::Paused),
            () if weight > limiter.slots.limit() => Some(Block::Weight),
            () if !limiter.slots.has_room() => Some(Block::Concurrency),
            () if !limiter.slots.fit(weight) => Some(Block::Weight),
            () if limiter.awaits_trial() => Some(Block::Breaker),
            () => None,
        }
    }
}
