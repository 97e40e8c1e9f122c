//! Deadlines: a binary heap whose entries can be taken out by the id they were given.
//!
//! Entering, leaving and expiring cost O(log n). Of two deadlines at one moment the one entered first
//! expires first, so that a plan always replays in the same order.

use alloc::vec::Vec;

use crate::command::LimiterId;
use crate::table::{NONE, Slab, shrink};
use crate::time::Time;

/// What is due. Tasks by their index in the table, limiters by their id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineReason {
    /// A task has waited for too long.
    QueueTimeout(u32),
    /// A task has run for too long.
    RunTimeout(u32),
    /// A pause is over.
    PauseEnd(LimiterId),
    /// The grace of a closing limiter is over.
    GraceEnd(LimiterId),
    /// A sleeper has slept.
    SleepEnd(u32),
    /// What the next task of a limiter costs is free.
    RateReady(LimiterId),
    /// A key is held back no longer, or what its next task costs is free, or it is at rest. Keys by their place.
    KeyReady(u32),
    /// A limiter is held back no longer, or the next one has its place in the restart.
    HoldBackEnd(LimiterId),
    /// A breaker is half-open.
    HalfOpen(LimiterId),
    /// Whether the host comes in time is looked at.
    Probe,
}

/// Names an entry. Stays valid until the entry leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeadlineId(u32);

impl DeadlineId {
    /// No entry.
    pub(crate) const NONE: Self = Self(NONE);
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Time,
    order: u64,
    reason: DeadlineReason,
    id: u32,
    /// Whether the host has to stay alive for it.
    holds: bool,
}

impl Entry {
    fn before(&self, other: &Self) -> bool {
        (self.at, self.order) < (other.at, other.order)
    }
}

/// All deadlines of an engine.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: Vec<Entry>,
    /// From id to position in the heap.
    positions: Slab<u32>,
    entered: u64,
    /// Entries that the host has to stay alive for.
    holding: u32,
    /// Exchanges of two entries so far.
    #[cfg(test)]
    moves: u64,
}

/// Capacity that an emptied heap keeps.
const KEPT: usize = 64;

impl Deadlines {
    /// Enters a deadline; [`DeadlineId::NONE`] if it is never due.
    pub(crate) fn insert(&mut self, at: Time, reason: DeadlineReason) -> DeadlineId {
        self.insert_as(at, reason, true)
    }

    /// The same, for a deadline that need not keep the host alive if `holds` is false.
    pub(crate) fn insert_as(&mut self, at: Time, reason: DeadlineReason, holds: bool) -> DeadlineId {
        if at == Time::NEVER {
            return DeadlineId::NONE;
        }
        self.holding += u32::from(holds);
        let position = self.heap.len();
        let id = self.positions.insert(u32::try_from(position).unwrap_or(NONE));
        self.entered += 1;
        self.heap.push(Entry { at, order: self.entered, reason, id, holds });
        self.rise(position);
        DeadlineId(id)
    }

    /// Takes a deadline out; nothing if it is not there.
    pub(crate) fn remove(&mut self, id: DeadlineId) {
        if let Some(position) = self.positions.get(id.0).copied() {
            self.take(position as usize);
        }
    }

    /// When a deadline is due, if it is there.
    pub(crate) fn at(&self, id: DeadlineId) -> Option<Time> {
        let position = *self.positions.get(id.0)?;
        self.heap.get(position as usize).map(|entry| entry.at)
    }

    /// Whether the host has to stay alive for a deadline, from now on; nothing if it is not there.
    pub(crate) fn set_holds(&mut self, id: DeadlineId, holds: bool) {
        let position = self.positions.get(id.0).map_or(usize::MAX, |&position| position as usize);
        if let Some(entry) = self.heap.get_mut(position) {
            self.holding = self.holding - u32::from(entry.holds) + u32::from(holds);
            entry.holds = holds;
        }
    }

    /// The next deadline and its reason.
    pub(crate) fn next(&self) -> Option<(Time, DeadlineReason)> {
        self.heap.first().map(|entry| (entry.at, entry.reason))
    }

    /// Whether there is a deadline that the host has to stay alive for.
    pub(crate) fn hold(&self) -> bool {
        self.holding > 0
    }

    /// Takes the next deadline out if it is due.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<DeadlineReason> {
        let (at, reason) = self.next()?;
        if at > now {
            return None;
        }
        self.take(0);
        Some(reason)
    }

    fn take(&mut self, position: usize) {
        let Some(last) = self.heap.len().checked_sub(1) else { return };
        self.heap.swap(position, last);
        if let Some(gone) = self.heap.pop() {
            self.positions.remove(gone.id);
            self.holding -= u32::from(gone.holds);
        }
        if position < self.heap.len() {
            self.place(position);
            self.sink(position);
            self.rise(position);
        } else if self.heap.is_empty() {
            shrink(&mut self.heap, KEPT);
        }
    }

    /// Writes down where the entry at `position` is.
    fn place(&mut self, position: usize) {
        if let Some(entry) = self.heap.get(position)
            && let Some(known) = self.positions.get_mut(entry.id)
        {
            *known = u32::try_from(position).unwrap_or(NONE);
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        #[cfg(test)]
        {
            self.moves += 1;
        }
        self.heap.swap(one, other);
        self.place(one);
        self.place(other);
    }

    fn is_before(&self, one: usize, other: usize) -> bool {
        matches!((self.heap.get(one), self.heap.get(other)), (Some(one), Some(other)) if one.before(other))
    }

    fn rise(&mut self, mut position: usize) {
        while position > 0 {
            let parent = (position - 1) / 2;
            if !self.is_before(position, parent) {
                return;
            }
            self.swap(position, parent);
            position = parent;
        }
    }

    fn sink(&mut self, mut position: usize) {
        loop {
            let (left, right) = (2 * position + 1, 2 * position + 2);
            let mut first = position;
            for child in [left, right] {
                if self.is_before(child, first) {
                    first = child;
                }
            }
            if first == position {
                return;
            }
            self.swap(position, first);
            position = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn drain(deadlines: &mut Deadlines) -> Vec<u32> {
        let mut order = Vec::new();
        while let Some(DeadlineReason::QueueTimeout(task)) = deadlines.pop_due(Time::from_micros(u64::MAX - 1)) {
            order.push(task);
        }
        order
    }

    #[test]
    fn the_earliest_first_and_of_two_the_one_entered_first() {
        let mut deadlines = Deadlines::default();
        for (task, at) in [(0, 50), (1, 10), (2, 50), (3, 30), (4, 10)] {
            deadlines.insert(Time::from_micros(at), DeadlineReason::QueueTimeout(task));
        }
        assert_eq!(deadlines.pop_due(Time::from_micros(9)), None);
        assert_eq!(drain(&mut deadlines), vec![1, 4, 3, 0, 2]);
    }

    #[test]
    fn any_entry_leaves_by_its_id_and_the_order_of_the_others_stays() {
        // A walk over all residues visits the times in a scrambled order without a random number.
        let mut deadlines = Deadlines::default();
        let entries: Vec<(u32, DeadlineId)> = (0..997_u32)
            .map(|n| {
                let at = (n * 389) % 997;
                (at, deadlines.insert(Time::from_micros(u64::from(at)), DeadlineReason::QueueTimeout(at)))
            })
            .collect();
        for (_, id) in entries.iter().filter(|(at, _)| at % 3 == 0) {
            deadlines.remove(*id);
            deadlines.remove(*id);
        }
        let left: Vec<u32> = (0..997).filter(|at| at % 3 != 0).collect();
        assert_eq!(drain(&mut deadlines), left);
        assert!(deadlines.heap.capacity() <= KEPT);
    }

    #[test]
    fn entering_leaving_and_expiring_move_no_more_than_the_heap_is_deep() {
        for count in [1_000_u32, 10_000, 100_000] {
            let depth = u64::from(count.ilog2()) + 1;
            let mut deadlines = Deadlines::default();
            // The latest first: each one rises all the way.
            let ids: Vec<DeadlineId> = (0..count)
                .map(|n| {
                    let at = Time::from_micros(u64::from(count - n));
                    deadlines.insert(at, DeadlineReason::QueueTimeout(n))
                })
                .collect();
            assert!(deadlines.moves <= u64::from(count) * depth);
            for id in ids.iter().step_by(2) {
                deadlines.remove(*id);
            }
            drain(&mut deadlines);
            assert!(deadlines.moves <= 2 * u64::from(count) * depth, "{} moves for {count}", deadlines.moves);
        }
    }

    #[test]
    fn never_is_not_kept() {
        let mut deadlines = Deadlines::default();
        assert_eq!(deadlines.insert(Time::NEVER, DeadlineReason::PauseEnd(0)), DeadlineId::NONE);
        assert_eq!(deadlines.next(), None);
    }
}
