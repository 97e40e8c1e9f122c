//! Keeps the waiters in the order in which they can be woken.

use alloc::vec::Vec;

use crate::table::Handle;

#[derive(Debug, Default)]
pub(crate) struct WaiterState {
    idle: Vec<Handle>,
    /// Sorted by the bound, and among equals the first to come last: the next to wake is at the end.
    below: Vec<(u32, Handle)>,
}

impl WaiterState {
    pub(crate) fn is_empty(&self) -> bool {
        self.idle.is_empty() && self.below.is_empty()
    }

    pub(crate) fn add_idle(&mut self, waiter: Handle) {
        self.idle.push(waiter);
    }

    pub(crate) fn add_below(&mut self, bound: u32, waiter: Handle) {
        let place = self.below.partition_point(|&(other, _)| other < bound);
        self.below.insert(place, (bound, waiter));
    }

    /// The next waiter that is content with so many queued.
    pub(crate) fn pop_below(&mut self, queued: u32) -> Option<Handle> {
        self.below.pop_if(|&mut (bound, _)| queued < bound).map(|(_, waiter)| waiter)
    }

    pub(crate) fn take_idle(&mut self) -> Vec<Handle> {
        core::mem::take(&mut self.idle)
    }
}
