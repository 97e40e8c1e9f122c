//! What is stored, in its order.

use alloc::collections::VecDeque;

use super::ranked::{Entry, Ranked};
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
    Line { values: VecDeque<Entry>, lifo: bool },
    /// By rank, then by age.
    Ranked(Ranked),
}

/// Room for values that is kept when the last one is gone.
const KEPT: usize = 64;

impl Store {
    pub(super) fn new(order: Order, counted: bool) -> Self {
        match order {
            Order::Priority => Self::Ranked(Ranked::default()),
            _ if counted => Self::Counted(0),
            _ => Self::Line { values: VecDeque::new(), lifo: order == Order::Lifo },
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Counted(count) => *count == 0,
            Self::Line { values, .. } => values.is_empty(),
            Self::Ranked(values) => values.is_empty(),
        }
    }

    pub(super) fn push(&mut self, value: &Value) {
        let entry = Entry { place: value.slot, weight: value.weight };
        match self {
            Self::Counted(count) => *count = count.saturating_add(1),
            Self::Line { values, .. } => values.push_back(entry),
            Self::Ranked(values) => {
                values.insert(value.rank, entry);
            }
        }
    }

    /// Takes out the one whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Stored> {
        let entry = match self {
            Self::Counted(count) => return count_down(count),
            Self::Line { values, lifo } => {
                let entry = if *lifo { values.pop_back() } else { values.pop_front() };
                tidy(values);
                entry
            }
            Self::Ranked(values) => values.take_first(),
        };
        entry.map(stored)
    }

    /// Whether at least so many units are stored that a newcomer of this rank may drop.
    pub(super) fn yields(&self, units: u64, rank: i32) -> bool {
        if let Self::Ranked(values) = self { values.yields(units, rank) } else { true }
    }

    /// Takes out the one that makes room for a newcomer of this rank, unless that ranks lower.
    pub(super) fn evict(&mut self, end: End, rank: i32) -> Option<Stored> {
        let entry = match self {
            Self::Counted(count) => return count_down(count),
            Self::Line { values, .. } => {
                let entry = match end {
                    End::Oldest => values.pop_front(),
                    End::Newest => values.pop_back(),
                };
                tidy(values);
                entry
            }
            Self::Ranked(values) => values.take_lowest(end, rank),
        };
        entry.map(stored)
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        match self {
            Self::Counted(count) => *count = 0,
            Self::Line { values, .. } => *values = VecDeque::new(),
            Self::Ranked(values) => *values = Ranked::default(),
        }
    }
}

fn count_down(count: &mut u32) -> Option<Stored> {
    *count = count.checked_sub(1)?;
    Some(Stored { slot: None, weight: 1 })
}

fn stored(entry: Entry) -> Stored {
    Stored { slot: Some(entry.place), weight: entry.weight }
}

fn tidy(values: &mut VecDeque<Entry>) {
    if values.is_empty() && values.capacity() > KEPT {
        values.shrink_to(KEPT);
    }
}
