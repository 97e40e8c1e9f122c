//! Keeps those who wait, the oldest at the front.

use alloc::vec::Vec;

use super::{Order, Overflow};
use crate::limit::priority::PriorityQueue;
use crate::own::{CAPACITY, Own, own};
use crate::table::{List, NONE, Tasks};
use crate::time::{Span, Time};

#[derive(Debug)]
pub(crate) struct QueueState {
    list: List,
    /// Takes the place of the list where priorities decide.
    heap: Option<Own<PriorityQueue>>,
    order: Order,
    max: u32,
    overflow: Overflow,
    /// How many of them wait in the queues of its keys.
    in_keys: u32,
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
    pub(crate) fn new(order: Order, ageing: Span, max: u32, overflow: Overflow) -> Self {
        let heap = (CAPACITY && order == Order::Priority).then(|| own(PriorityQueue::new(order, Some(ageing))));
        Self { list: List::default(), heap, order, max, overflow, in_keys: 0 }
    }

    /// Parts it into the queue of one key, to which all go that are in it, and the rest, which only counts from now on.
    pub(crate) fn hand_over(&mut self) -> Self {
        let key = Self { list: core::mem::take(&mut self.list), heap: self.heap.take(), max: u32::MAX, ..*self };
        self.in_keys = key.len();
        key
    }

    /// One for another key, with nobody in it.
    pub(crate) fn empty_like(&self) -> Self {
        let heap = self.heap.as_ref().map(|heap| own(heap.empty_like()));
        Self { list: List::default(), heap, ..*self }
    }

    /// One more, or one less, waits in the queue of a key.
    pub(crate) fn count_in_keys(&mut self, more: bool) {
        self.in_keys = if more { self.in_keys + 1 } else { self.in_keys.saturating_sub(1) };
    }

    pub(crate) fn len(&self) -> u32 {
        self.in_keys + self.heap.as_ref().map_or(self.list.len(), |heap| heap.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is in the order in which tasks came, or the reverse.
    pub(crate) fn is_list(&self) -> bool {
        self.order != Order::Priority
    }

    /// Whether whoever comes last is last.
    pub(crate) fn is_fifo(&self) -> bool {
        self.order == Order::Fifo
    }

    /// Whether there is a place for one more that has to wait.
    pub(crate) fn place(&self) -> Place {
        if self.len() < self.max {
            return Place::Free;
        }
        let victim = match self.overflow {
            Overflow::Reject | Overflow::DropLowest => None,
            Overflow::DropOldest => self.list.front(),
            Overflow::DropNewest => self.list.back(),
        };
        // More may wait than the bound when a pause took slots back: one newcomer then still pushes out one.
        victim.map_or(Place::None, Place::InsteadOf)
    }

    pub(crate) fn push(&mut self, tasks: &mut Tasks, index: u32) {
        self.list.push_back(tasks, index);
    }

    /// The same in any order, for a task of a priority that waits since a time.
    pub(crate) fn push_ranked(&mut self, tasks: &mut Tasks, index: u32, priority: i64, since: Time) {
        match &mut self.heap {
            Some(heap) => heap.push(tasks, index, priority, since),
            None => self.list.push_back(tasks, index),
        }
    }

    /// Puts a task where it is the next.
    pub(crate) fn put_back(&mut self, tasks: &mut Tasks, index: u32) {
        match self.order {
            Order::Lifo => self.list.push_back(tasks, index),
            Order::Fifo | Order::Priority => self.list.push_front(tasks, index),
        }
    }

    /// The same in any order: the next of its priority.
    pub(crate) fn put_back_ranked(&mut self, tasks: &mut Tasks, index: u32, priority: i64, since: Time) {
        match &mut self.heap {
            Some(heap) => heap.put_back(tasks, index, priority, since),
            None => self.put_back(tasks, index),
        }
    }

    /// Gives a task that waits another priority.
    pub(crate) fn change(&mut self, tasks: &mut Tasks, index: u32, priority: i64, since: Time) {
        if let Some(heap) = &mut self.heap {
            heap.change(tasks, index, priority, since);
        }
    }

    pub(crate) fn pop(&mut self, tasks: &mut Tasks) -> Option<u32> {
        let next = match self.order {
            Order::Lifo => self.list.back(),
            Order::Fifo | Order::Priority => self.list.front(),
        }?;
        self.list.remove(tasks, next);
        Some(next)
    }

    /// The one that is next.
    pub(crate) fn first(&self) -> Option<u32> {
        match (&self.heap, self.order) {
            (Some(heap), _) => heap.first(),
            (None, Order::Lifo) => self.list.back(),
            (None, _) => self.list.front(),
        }
    }

    /// The one behind another, in a list.
    pub(crate) fn behind(&self, tasks: &Tasks, index: u32) -> Option<u32> {
        let task = tasks.get(index)?;
        Some(if self.order == Order::Lifo { task.prev } else { task.next }).filter(|&index| index != NONE)
    }

    /// How many are before a task that came just now, if it waits.
    pub(crate) fn ahead_of_newcomer(&self, tasks: &Tasks, index: u32) -> u32 {
        match (&self.heap, self.order) {
            (Some(heap), _) => heap.ahead(tasks, index),
            (None, Order::Lifo) => 0,
            (None, _) => self.list.len().saturating_sub(1),
        }
    }

    /// Who goes when there is one too many, and priorities decide on that.
    pub(crate) fn least(&self) -> Option<u32> {
        self.heap.as_ref().filter(|_| self.overflow != Overflow::Reject)?.last()
    }

    /// All who wait, in no order.
    pub(crate) fn members(&self, tasks: &Tasks) -> Vec<u32> {
        self.heap.as_ref().map_or_else(|| self.list.members(tasks), |heap| heap.members())
    }

    pub(crate) fn remove(&mut self, tasks: &mut Tasks, index: u32) {
        match &mut self.heap {
            Some(heap) => {
                heap.remove(tasks, index);
            }
            None => self.list.remove(tasks, index),
        }
    }

    /// Whether a full queue may push out others than the newcomer.
    pub(crate) fn pushes_out(&self) -> bool {
        match self.overflow {
            _ if self.max == u32::MAX => false,
            Overflow::Reject => false,
            Overflow::DropLowest => !self.is_list(),
            Overflow::DropOldest | Overflow::DropNewest => true,
        }
    }

    /// Who of a key goes when there is one too many, if it is not to be this newcomer, who may be in it or not.
    pub(crate) fn one_too_many(&self, tasks: &Tasks, newcomer: u32) -> Option<u32> {
        let victim = match (self.overflow, &self.heap) {
            (Overflow::Reject, _) | (Overflow::DropLowest, None) => None,
            (_, Some(heap)) => heap.last(),
            (Overflow::DropOldest, None) => self.list.front(),
            (Overflow::DropNewest, None) => match self.list.back() {
                Some(last) if last == newcomer => tasks.get(last).map(|task| task.prev).filter(|&prev| prev != NONE),
                last => last,
            },
        };
        victim.filter(|&victim| victim != newcomer)
    }

    /// The one that waits longest; by priority, the next.
    pub(crate) fn oldest(&self) -> Option<u32> {
        self.heap.as_ref().map_or(self.list.front(), |heap| heap.first())
    }
}
