//! What is stored, in its order.

use alloc::collections::{BTreeMap, VecDeque};
use core::cmp::Reverse;

use super::{End, Order, Value};

/// What is kept of a stored value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    pub(super) slot: Option<u32>,
    pub(super) weight: u32,
}

#[derive(Debug)]
pub(super) enum Store {
    /// The host has them, and their order: one unit each.
    Counted(u32),
    /// By their age.
    Line { values: VecDeque<Stored>, lifo: bool },
    /// By rank, then by age.
    Ranked { values: BTreeMap<(Reverse<i32>, u64), Stored>, come: u64 },
}

/// Room for values that is kept when the last one is gone.
const KEPT: usize = 64;

impl Store {
    pub(super) fn new(order: Order, counted: bool) -> Self {
        match order {
            Order::Priority => Self::Ranked { values: BTreeMap::new(), come: 0 },
            _ if counted => Self::Counted(0),
            _ => Self::Line { values: VecDeque::new(), lifo: order == Order::Lifo },
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Counted(count) => *count == 0,
            Self::Line { values, .. } => values.is_empty(),
            Self::Ranked { values, .. } => values.is_empty(),
        }
    }

    pub(super) fn push(&mut self, value: &Value, weight: u32) {
        let stored = Stored { slot: Some(value.slot), weight };
        match self {
            Self::Counted(count) => *count = count.saturating_add(1),
            Self::Line { values, .. } => values.push_back(stored),
            Self::Ranked { values, come } => {
                values.insert((Reverse(value.rank), *come), stored);
                *come += 1;
            }
        }
    }

    /// Takes out the one whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Stored> {
        match self {
            Self::Counted(count) => count_down(count),
            Self::Line { values, lifo } => {
                let stored = if *lifo { values.pop_back() } else { values.pop_front() };
                tidy(values);
                stored
            }
            Self::Ranked { values, .. } => values.pop_first().map(|(_, stored)| stored),
        }
    }

    /// Whether at least so many units are stored that a newcomer of this rank may drop.
    pub(super) fn yields(&self, units: u64, rank: i32) -> bool {
        let Self::Ranked { values, .. } = self else { return true };
        let mut left = units;
        for (&(Reverse(lowest), _), stored) in values.iter().rev() {
            if left == 0 || lowest > rank {
                break;
            }
            left = left.saturating_sub(stored.weight.into());
        }
        left == 0
    }

    /// Takes out the one that makes room for a newcomer of this rank, unless that ranks lower.
    pub(super) fn evict(&mut self, end: End, rank: i32) -> Option<Stored> {
        match self {
            Self::Counted(count) => count_down(count),
            Self::Line { values, .. } => {
                let stored = match end {
                    End::Oldest => values.pop_front(),
                    End::Newest => values.pop_back(),
                };
                tidy(values);
                stored
            }
            Self::Ranked { values, .. } => {
                let &(Reverse(lowest), newest) = values.last_key_value()?.0;
                if lowest > rank {
                    return None;
                }
                let key = match end {
                    End::Newest => (Reverse(lowest), newest),
                    End::Oldest => *values.range((Reverse(lowest), 0)..).next()?.0,
                };
                values.remove(&key)
            }
        }
    }

    /// Takes out all, in their order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Stored> {
        core::iter::from_fn(|| self.pop())
    }
}

fn count_down(count: &mut u32) -> Option<Stored> {
    *count = count.checked_sub(1)?;
    Some(Stored { slot: None, weight: 1 })
}

fn tidy(values: &mut VecDeque<Stored>) {
    if values.is_empty() && values.capacity() > KEPT {
        values.shrink_to(KEPT);
    }
}
