//! Doubly linked lists threaded through the table: every operation is constant time, none allocates.

use alloc::vec::Vec;

use super::{NONE, Tasks};

/// A list of tasks. A task is in one list at most, because its links are in the task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    head: u32,
    tail: u32,
    len: u32,
}

impl Default for List {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, len: 0 }
    }
}

impl List {
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn front(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    pub(crate) fn back(&self) -> Option<u32> {
        (self.tail != NONE).then_some(self.tail)
    }

    /// Appends a task that is in no list.
    pub(crate) fn push_back(&mut self, tasks: &mut Tasks, index: u32) {
        if let Some(task) = tasks.get_mut(index) {
            task.prev = self.tail;
            task.next = NONE;
        }
        match tasks.get_mut(self.tail) {
            Some(last) => last.next = index,
            None => self.head = index,
        }
        self.tail = index;
        self.len += 1;
    }

    /// Prepends a task that is in no list.
    pub(crate) fn push_front(&mut self, tasks: &mut Tasks, index: u32) {
        if let Some(task) = tasks.get_mut(index) {
            task.prev = NONE;
            task.next = self.head;
        }
        match tasks.get_mut(self.head) {
            Some(first) => first.prev = index,
            None => self.tail = index,
        }
        self.head = index;
        self.len += 1;
    }

    /// Takes a task out that is in this list.
    pub(crate) fn remove(&mut self, tasks: &mut Tasks, index: u32) {
        let Some(task) = tasks.get_mut(index) else { return };
        let (prev, next) = (task.prev, task.next);
        task.prev = NONE;
        task.next = NONE;
        match tasks.get_mut(prev) {
            Some(before) => before.next = next,
            None => self.head = next,
        }
        match tasks.get_mut(next) {
            Some(after) => after.prev = prev,
            None => self.tail = prev,
        }
        self.len -= 1;
    }

    /// Takes the first one out.
    pub(crate) fn pop_front(&mut self, tasks: &mut Tasks) -> Option<u32> {
        let first = self.front()?;
        self.remove(tasks, first);
        Some(first)
    }

    /// Its members as they stand now, from the front to the back.
    pub(crate) fn members(&self, tasks: &Tasks) -> Vec<u32> {
        core::iter::successors(self.front(), |&index| {
            tasks.get(index).map(|task| task.next).filter(|&next| next != NONE)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::{Handle, State, Task};
    use super::*;
    use crate::time::Time;

    #[test]
    fn any_member_leaves_in_place() {
        let mut tasks = Tasks::default();
        let mut list = List::default();
        for index in 0..5 {
            tasks.insert(Task::new(Handle::from_bits(index), 0, State::Queued, Time::ZERO));
            list.push_back(&mut tasks, index);
        }
        list.remove(&mut tasks, 2);
        list.remove(&mut tasks, 4);
        assert_eq!(list.members(&tasks), vec![0, 1, 3]);
        assert_eq!((list.pop_front(&mut tasks), list.back(), list.len()), (Some(0), Some(3), 2));
        list.push_back(&mut tasks, 2);
        list.push_front(&mut tasks, 4);
        assert_eq!(list.members(&tasks), vec![4, 1, 3, 2]);
        while list.pop_front(&mut tasks).is_some() {}
        assert!(list.is_empty() && list.front().is_none() && list.back().is_none());
    }
}
