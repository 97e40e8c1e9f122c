//! Keeps those who wait, the oldest at the front.

use super::{Order, Overflow};
use crate::table::{List, Tasks};

#[derive(Debug)]
pub(crate) struct QueueState {
    list: List,
    order: Order,
    max: u32,
    overflow: Overflow,
}

/// What a full queue says to one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// There is a place.
    Free,
    /// There is one if this task goes.
    InsteadOf(u32),
    /// There is none.
    None,
}

impl QueueState {
    pub(crate) fn new(order: Order, max: u32, overflow: Overflow) -> Self {
        Self { list: List::default(), order, max, overflow }
    }

    pub(crate) fn len(&self) -> u32 {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether there is a place for one more that has to wait.
    pub(crate) fn place(&self) -> Place {
        if self.list.len() < self.max {
            return Place::Free;
        }
        let victim = match self.overflow {
            Overflow::Reject => None,
            Overflow::DropOldest => self.list.front(),
            Overflow::DropNewest => self.list.back(),
        };
        // More may wait than the bound when a pause took slots back: one newcomer then still pushes out one.
        victim.map_or(Place::None, Place::InsteadOf)
    }

    pub(crate) fn push(&mut self, tasks: &mut Tasks, index: u32) {
        self.list.push_back(tasks, index);
    }

    /// Puts a task where it is the next.
    pub(crate) fn put_back(&mut self, tasks: &mut Tasks, index: u32) {
        match self.order {
            Order::Fifo => self.list.push_front(tasks, index),
            Order::Lifo => self.list.push_back(tasks, index),
        }
    }

    pub(crate) fn pop(&mut self, tasks: &mut Tasks) -> Option<u32> {
        let next = match self.order {
            Order::Fifo => self.list.front(),
            Order::Lifo => self.list.back(),
        }?;
        self.list.remove(tasks, next);
        Some(next)
    }

    pub(crate) fn remove(&mut self, tasks: &mut Tasks, index: u32) {
        self.list.remove(tasks, index);
    }

    /// The one that waits longest.
    pub(crate) fn oldest(&self) -> Option<u32> {
        self.list.front()
    }
}
