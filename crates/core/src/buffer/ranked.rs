//! What goes by rank, then by age: one structure for values and for those who wait with them, since each costs its code.

use alloc::collections::BTreeMap;
use core::cmp::Reverse;

use super::End;

type Key = (Reverse<i32>, u64);

/// A stored value's slot, or the seat of somebody who waits; and what it weighs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) place: u32,
    pub(super) weight: u32,
}

#[derive(Debug, Default)]
pub(super) struct Ranked {
    entries: BTreeMap<Key, Entry>,
    come: u64,
}

impl Ranked {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Gives when it came, by which it can be taken out.
    pub(super) fn insert(&mut self, rank: i32, entry: Entry) -> u64 {
        let came = self.come;
        self.come += 1;
        self.entries.insert((Reverse(rank), came), entry);
        came
    }

    pub(super) fn remove(&mut self, rank: i32, came: u64) -> Option<Entry> {
        self.entries.remove(&(Reverse(rank), came))
    }

    /// The highest, of these the oldest.
    pub(super) fn first(&self) -> Option<Entry> {
        self.entries.iter().next().map(|(_, &entry)| entry)
    }

    pub(super) fn take_first(&mut self) -> Option<Entry> {
        let &key = self.entries.keys().next()?;
        self.entries.remove(&key)
    }

    /// The oldest or newest of the lowest, unless all are higher than that.
    pub(super) fn take_lowest(&mut self, end: End, rank: i32) -> Option<Entry> {
        let &(lowest, newest) = self.entries.keys().next_back()?;
        if lowest.0 > rank {
            return None;
        }
        let key = match end {
            End::Newest => (lowest, newest),
            End::Oldest => *self.entries.range((lowest, 0)..).next()?.0,
        };
        self.entries.remove(&key)
    }

    /// Whether those that are no higher weigh so much in all.
    pub(super) fn yields(&self, units: u64, rank: i32) -> bool {
        let mut left = units;
        for (&(Reverse(lowest), _), entry) in self.entries.iter().rev() {
            if left == 0 || lowest > rank {
                break;
            }
            left = left.saturating_sub(entry.weight.into());
        }
        left == 0
    }
}
