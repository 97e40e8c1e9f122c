//! Keeps the waiters in the order in which they can be woken.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::table::Handle;

#[derive(Debug, Default)]
pub(crate) struct WaiterState {
    idle: Vec<Handle>,
    /// The highest bound first, and among equals the first to come: the next to wake is at the front, and the
    /// usual newcomer, who asks for what the others ask for, goes to the back.
    below: VecDeque<(u32, Handle)>,
}

/// Room for waiters that is kept when the last one is gone.
const KEPT: usize = 64;

impl WaiterState {
    pub(crate) fn is_empty(&self) -> bool {
        self.idle.is_empty() && self.below.is_empty()
    }

    pub(crate) fn add_idle(&mut self, waiter: Handle) {
        self.idle.push(waiter);
    }

    pub(crate) fn add_below(&mut self, bound: u32, waiter: Handle) {
        let place = self.below.partition_point(|&(other, _)| other >= bound);
        self.below.insert(place, (bound, waiter));
    }

    /// The next waiter that is content with so many queued.
    pub(crate) fn pop_below(&mut self, queued: u32) -> Option<Handle> {
        let &(bound, waiter) = self.below.front()?;
        if queued >= bound {
            return None;
        }
        self.below.pop_front();
        if self.below.is_empty() {
            self.below.shrink_to(KEPT);
        }
        Some(waiter)
    }

    pub(crate) fn take_idle(&mut self) -> Vec<Handle> {
        core::mem::take(&mut self.idle)
    }
}
