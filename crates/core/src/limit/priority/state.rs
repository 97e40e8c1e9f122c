//! The heap: on even levels (the root's is one) the most urgent of all below, on odd ones the least urgent.

use alloc::vec::Vec;

use super::Order;
use crate::table::{NONE, Tasks, give_back};
use crate::time::{Span, Time};

/// Where tasks write down their place in the heap, so that one can be found in it.
pub(crate) trait Places {
    /// The place of a task; anything if it is in no heap.
    fn place(&self, task: u32) -> u32;
    /// Writes it down.
    fn set_place(&mut self, task: u32, place: u32);
}

/// A task in a heap is in no list, so its links are free.
impl Places for Tasks {
    fn place(&self, task: u32) -> u32 {
        self.get(task).map_or(NONE, |task| task.prev)
    }

    fn set_place(&mut self, task: u32, place: u32) {
        if let Some(task) = self.get_mut(task) {
            task.prev = place;
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The more urgent the smaller.
    rank: i64,
    /// Within a rank, the next the smaller.
    order: i64,
    task: u32,
}

impl Entry {
    fn before(&self, other: &Self) -> bool {
        (self.rank, self.order) < (other.rank, other.order)
    }
}

/// Those who wait, by priority.
#[derive(Debug)]
pub(crate) struct PriorityQueue {
    heap: Vec<Entry>,
    order: Order,
    /// How long a task waits for a step of priority.
    ageing: Option<Span>,
    /// The least and the greatest order given so far.
    first: i64,
    last: i64,
    /// Exchanges of two entries so far.
    #[cfg(test)]
    pub(super) moves: u64,
}

/// So many tell how many are before another one.
const LOOKED_AT: usize = 65;

/// Capacity that an emptied heap keeps.
const KEPT: usize = 64;

impl PriorityQueue {
    /// An ageing of zero or without end is none.
    pub(crate) fn new(order: Order, ageing: Option<Span>) -> Self {
        let ageing = ageing.filter(|&ageing| ageing.is_finite() && ageing > Span::ZERO);
        Self {
            heap: Vec::new(),
            order,
            ageing,
            first: 0,
            last: 0,
            #[cfg(test)]
            moves: 0,
        }
    }

    /// Another one with the same rules.
    pub(crate) fn empty_like(&self) -> Self {
        Self::new(self.order, self.ageing)
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.heap.len()).unwrap_or(u32::MAX)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Enters a task that has waited since a time.
    pub(crate) fn push(&mut self, places: &mut impl Places, task: u32, priority: i64, since: Time) {
        match self.order {
            Order::Lifo => self.enter_first(places, task, priority, since),
            Order::Fifo | Order::Priority => self.enter_last(places, task, priority, since),
        }
    }

    /// Enters a task where it is the next of its priority.
    pub(crate) fn put_back(&mut self, places: &mut impl Places, task: u32, priority: i64, since: Time) {
        self.enter_first(places, task, priority, since);
    }

    /// The most urgent one.
    pub(crate) fn first(&self) -> Option<u32> {
        self.heap.first().map(|entry| entry.task)
    }

    /// The least urgent one.
    pub(crate) fn last(&self) -> Option<u32> {
        let last = if self.is_before(1, 2) { 2 } else { 1 };
        self.heap.get(last).or(self.heap.first()).map(|entry| entry.task)
    }

    /// All tasks, in no order.
    pub(crate) fn members(&self) -> Vec<u32> {
        self.heap.iter().map(|entry| entry.task).collect()
    }

    /// About how many are more urgent than a task: exactly if no more than 64 others are there, else by 64 of them.
    pub(crate) fn ahead(&self, places: &impl Places, task: u32) -> u32 {
        let Some((_, entry)) = self.find(places, task) else { return 0 };
        let samples = self.heap.len().min(LOOKED_AT);
        let before = |&nth: &usize| {
            // Spread over the heap, which is in no order but from level to level: most are on the last ones.
            let other = self.heap.get(nth * self.heap.len() / samples.max(1));
            other.is_some_and(|other| other.before(&entry))
        };
        let count = (0..samples).filter(before).count();
        u32::try_from(count * self.heap.len() / samples.max(1)).unwrap_or(u32::MAX)
    }

    /// Takes the most urgent one out.
    #[cfg(test)]
    pub(crate) fn pop(&mut self, places: &mut impl Places) -> Option<u32> {
        let first = self.first()?;
        self.take(places, 0);
        Some(first)
    }

    /// Takes a task out; whether it was there.
    pub(crate) fn remove(&mut self, places: &mut impl Places, task: u32) -> bool {
        let found = self.find(places, task);
        if let Some((place, _)) = found {
            self.take(places, place);
        }
        found.is_some()
    }

    /// Gives a task another priority; whether it was there.
    pub(crate) fn change(&mut self, places: &mut impl Places, task: u32, priority: i64, since: Time) -> bool {
        let Some((place, entry)) = self.find(places, task) else { return false };
        self.take(places, place);
        self.enter(places, Entry { rank: self.rank(priority, since), ..entry });
        true
    }

    /// Beyond 292,000 years of ageing priorities count as the same.
    fn rank(&self, priority: i64, since: Time) -> i64 {
        let Some(ageing) = self.ageing else { return priority.saturating_neg() };
        let rank = i128::from(since.as_micros()) - i128::from(priority) * i128::from(ageing.as_micros());
        i64::try_from(rank).unwrap_or(if rank < 0 { i64::MIN } else { i64::MAX })
    }

    fn enter_first(&mut self, places: &mut impl Places, task: u32, priority: i64, since: Time) {
        self.first -= 1;
        self.enter(places, Entry { rank: self.rank(priority, since), order: self.first, task });
    }

    fn enter_last(&mut self, places: &mut impl Places, task: u32, priority: i64, since: Time) {
        self.last += 1;
        self.enter(places, Entry { rank: self.rank(priority, since), order: self.last, task });
    }

    fn find(&self, places: &impl Places, task: u32) -> Option<(usize, Entry)> {
        let place = places.place(task) as usize;
        self.heap.get(place).filter(|entry| entry.task == task).map(|entry| (place, *entry))
    }

    fn enter(&mut self, places: &mut impl Places, entry: Entry) {
        let place = self.heap.len();
        self.heap.push(entry);
        self.note(places, place);
        self.rise(places, place);
    }

    fn take(&mut self, places: &mut impl Places, place: usize) {
        let Some(last) = self.heap.len().checked_sub(1) else { return };
        self.heap.swap(place, last);
        if let Some(gone) = self.heap.pop() {
            places.set_place(gone.task, NONE);
        }
        if place < last {
            self.note(places, place);
            // Whoever is here after that may still have to sink: the new one, or one that it put down.
            self.rise(places, place);
            self.sink(places, place);
        }
        give_back(&mut self.heap, KEPT);
    }

    /// Writes down where the entry at a place is.
    fn note(&self, places: &mut impl Places, place: usize) {
        if let Some(entry) = self.heap.get(place) {
            places.set_place(entry.task, u32::try_from(place).unwrap_or(NONE));
        }
    }

    fn swap(&mut self, places: &mut impl Places, one: usize, other: usize) {
        #[cfg(test)]
        {
            self.moves += 1;
        }
        self.heap.swap(one, other);
        self.note(places, one);
        self.note(places, other);
    }

    fn is_before(&self, one: usize, other: usize) -> bool {
        matches!((self.heap.get(one), self.heap.get(other)), (Some(one), Some(other)) if one.before(other))
    }

    /// Whether one belongs above the other on a level of this kind.
    fn is_above(&self, urgent: bool, one: usize, other: usize) -> bool {
        if urgent { self.is_before(one, other) } else { self.is_before(other, one) }
    }

    fn rise(&mut self, places: &mut impl Places, mut place: usize) {
        let Some(parent) = parent(place) else { return };
        let mut urgent = is_urgent_level(place);
        if self.is_above(!urgent, place, parent) {
            self.swap(places, place, parent);
            (place, urgent) = (parent, !urgent);
        }
        while let Some(above) = parent_of_parent(place)
            && self.is_above(urgent, place, above)
        {
            self.swap(places, place, above);
            place = above;
        }
    }

    fn sink(&mut self, places: &mut impl Places, mut place: usize) {
        let urgent = is_urgent_level(place);
        loop {
            let child = 2 * place + 1;
            let grandchild = 2 * child + 1;
            let mut top = place;
            for below in [child, child + 1, grandchild, grandchild + 1, grandchild + 2, grandchild + 3] {
                if self.is_above(urgent, below, top) {
                    top = below;
                }
            }
            if top == place {
                return;
            }
            self.swap(places, place, top);
            if top < grandchild {
                return;
            }
            // What sank two levels may not belong below the one between.
            if let Some(between) = parent(top)
                && self.is_above(!urgent, top, between)
            {
                self.swap(places, top, between);
            }
            place = top;
        }
    }
}

/// Whether the level of a place has the most urgent of all below.
fn is_urgent_level(place: usize) -> bool {
    (place + 1).ilog2().is_multiple_of(2)
}

fn parent(place: usize) -> Option<usize> {
    place.checked_sub(1).map(|below| below / 2)
}

fn parent_of_parent(place: usize) -> Option<usize> {
    parent(place).and_then(parent)
}
