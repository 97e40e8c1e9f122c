//! The ledger: units by the time they were booked, the oldest first.
//!
//! A refund changes an entry in the middle, and whoever waits asks when the oldest n units are gone. Sums of blocks of
//! sixteen entries, of sixteen such blocks, and so on, make both O(log n); a ledger of few entries has no sums at all.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::time::{Span, Time};

/// Entries in a block, and blocks in a block of the next level: two to this power.
const FAN_BITS: usize = 4;
const FAN: usize = 1 << FAN_BITS;

/// Entries that an emptied ledger keeps room for.
const KEPT: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Time,
    units: u64,
}

/// Units by the time they were booked.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    entries: VecDeque<Entry>,
    /// Entries that have left: the number of the oldest one. Blocks are aligned by number.
    gone: usize,
    /// By level, the sums of its blocks, from the block of the oldest entry on.
    sums: Vec<VecDeque<u64>>,
    total: u64,
}

impl Ledger {
    /// All units in it.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The oldest entry.
    pub(super) fn oldest(&self) -> Option<(Time, u64)> {
        self.entries.front().map(|entry| (entry.at, entry.units))
    }

    /// The newest entry.
    pub(super) fn newest(&self) -> Option<(Time, u64)> {
        self.entries.back().map(|entry| (entry.at, entry.units))
    }

    /// All entries, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Time, u64)> {
        self.entries.iter().map(|entry| (entry.at, entry.units))
    }

    /// Books units. A time before that of the newest entry counts as that.
    pub(super) fn book(&mut self, at: Time, units: u64) {
        if self.entries.back().is_none_or(|newest| newest.at < at) {
            self.append(at);
        }
        self.change(self.entries.len().saturating_sub(1), |sum| sum.saturating_add(units));
        self.total = self.total.saturating_add(units);
    }

    /// Takes units out of what was booked at a time; how many there were to take.
    pub(super) fn lessen(&mut self, at: Time, units: u64) -> u64 {
        let Ok(index) = self.entries.binary_search_by(|entry| entry.at.cmp(&at)) else { return 0 };
        let units = self.entries.get(index).map_or(0, |entry| entry.units.min(units));
        self.change(index, |sum| sum.saturating_sub(units));
        self.total = self.total.saturating_sub(units);
        units
    }

    /// Takes the oldest entry out.
    pub(super) fn pop(&mut self) -> Option<(Time, u64)> {
        let Entry { at, units } = self.entries.pop_front()?;
        self.total = self.total.saturating_sub(units);
        self.gone += 1;
        for (level, sums) in self.sums.iter_mut().enumerate() {
            if let Some(sum) = sums.front_mut() {
                *sum = sum.saturating_sub(units);
            }
            if self.gone.trailing_zeros() as usize >= FAN_BITS * (level + 1) {
                sums.pop_front();
            }
        }
        if self.entries.is_empty() {
            self.entries.shrink_to(KEPT);
            *self = Self { entries: core::mem::take(&mut self.entries), ..Self::default() };
        }
        Some((at, units))
    }

    /// When the unit was booked with whose leaving so many will have left, if there are so many.
    pub(super) fn nth(&self, units: u64) -> Option<Time> {
        let (mut left, mut index) = (units, 0);
        for (level, sums) in self.sums.iter().enumerate().rev() {
            index = pass(sums, index, &mut left, |sum| *sum);
            let block = (self.gone >> (FAN_BITS * (level + 1))) + index;
            // The first block may have lost some of what it had.
            index = (block << FAN_BITS).saturating_sub(self.gone >> (FAN_BITS * level));
        }
        index = pass(&self.entries, index, &mut left, |entry| entry.units);
        self.entries.get(index).map(|entry| entry.at)
    }

    /// Makes all of it so much later.
    pub(super) fn shift(&mut self, span: Span) {
        for entry in &mut self.entries {
            entry.at = entry.at.after(span);
        }
    }

    fn append(&mut self, at: Time) {
        self.entries.push_back(Entry { at, units: 0 });
        let number = self.gone + self.entries.len() - 1;
        for (level, sums) in self.sums.iter_mut().enumerate() {
            let shift = FAN_BITS * (level + 1);
            if (number >> shift) - (self.gone >> shift) >= sums.len() {
                sums.push_back(0);
            }
        }
        if self.sums.last().map_or(self.entries.len(), VecDeque::len) > FAN {
            self.raise();
        }
    }

    /// Adds a level.
    fn raise(&mut self) {
        let first = self.gone >> (FAN_BITS * self.sums.len());
        let mut sums = VecDeque::<u64>::new();
        let mut add = |(block, units): (usize, u64)| {
            if (block >> FAN_BITS) - (first >> FAN_BITS) >= sums.len() {
                sums.push_back(0);
            }
            if let Some(sum) = sums.back_mut() {
                *sum = sum.saturating_add(units);
            }
        };
        match self.sums.last() {
            Some(below) => (first..).zip(below.iter().copied()).for_each(&mut add),
            None => (first..).zip(self.entries.iter().map(|entry| entry.units)).for_each(&mut add),
        }
        self.sums.push(sums);
    }

    /// Changes the units of an entry, and the sums that it is in.
    fn change(&mut self, index: usize, change: impl Fn(u64) -> u64) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.units = change(entry.units);
        }
        let number = self.gone + index;
        for (level, sums) in self.sums.iter_mut().enumerate() {
            let shift = FAN_BITS * (level + 1);
            if let Some(sum) = sums.get_mut((number >> shift) - (self.gone >> shift)) {
                *sum = change(*sum);
            }
        }
    }
}

/// Goes on from an index while what is there is not enough, and takes it off what is left.
fn pass<T>(from: &VecDeque<T>, index: usize, left: &mut u64, units: impl Fn(&T) -> u64) -> usize {
    let mut index = index.min(from.len());
    for one in from.range(index..) {
        let units = units(one);
        if units >= *left {
            break;
        }
        *left -= units;
        index += 1;
    }
    index
}
