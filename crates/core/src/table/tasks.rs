//! The table of tasks: constant-time access by handle, in chunks that go when nobody lives in them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Handle, Task};

/// Tasks a chunk. Growing never copies what is there, and a drained queue gives its memory back.
const CHUNK: usize = 512;

/// Places for chunks that an empty table keeps, so that a stream of one task at a time does not allocate.
const KEPT: usize = 8;

type Chunk = Box<[Option<Task>; CHUNK]>;

/// Tasks under the handles that the host chose.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    chunks: Vec<Room>,
    /// The last chunk given up, so that a stream at a chunk's edge does not allocate on each task.
    spare: Option<Chunk>,
    live: u32,
}

#[derive(Debug, Default)]
struct Room {
    chunk: Option<Chunk>,
    live: u32,
}

const fn split(index: u32) -> (usize, usize) {
    (index as usize / CHUNK, index as usize % CHUNK)
}

impl Tasks {
    /// Puts a task under its handle, unless its place is taken.
    ///
    /// Any index will do. The host picks the lowest it knows to be free, but it hears of ended tasks only after
    /// the turn: a chunk that went in this very turn may lie below the one it needs.
    pub(crate) fn insert(&mut self, task: Task) -> bool {
        let (room, place) = split(task.handle.index());
        if room >= self.chunks.len() {
            self.chunks.resize_with(room + 1, Room::default);
        }
        let Some(room) = self.chunks.get_mut(room) else { return false };
        let chunk = match &mut room.chunk {
            Some(chunk) => chunk,
            empty => empty.insert(self.spare.take().unwrap_or_else(|| Box::new([None; CHUNK]))),
        };
        match chunk.get_mut(place) {
            Some(free @ None) => *free = Some(task),
            _ => return false,
        }
        room.live += 1;
        self.live += 1;
        true
    }

    /// Takes the task at an index away.
    pub(crate) fn remove(&mut self, index: u32) -> Option<Task> {
        let (at, place) = split(index);
        let room = self.chunks.get_mut(at)?;
        let task = room.chunk.as_mut()?.get_mut(place)?.take()?;
        room.live -= 1;
        self.live -= 1;
        // The first one stays: a stream of one task at a time would give it up for each.
        if room.live == 0 && at > 0 {
            self.give_up(at);
        }
        Some(task)
    }

    /// Lets an empty chunk go, and what is empty above it.
    #[cold]
    fn give_up(&mut self, at: usize) {
        self.spare = self.chunks.get_mut(at).and_then(|room| room.chunk.take());
        while self.chunks.last().is_some_and(|last| last.chunk.is_none()) {
            self.chunks.pop();
        }
        if self.chunks.len() <= 1 {
            self.chunks.shrink_to(KEPT);
        }
    }

    /// The task at an index.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Task> {
        let (room, place) = split(index);
        self.chunks.get(room)?.chunk.as_ref()?.get(place)?.as_ref()
    }

    /// The task at an index, to change.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut Task> {
        let (room, place) = split(index);
        self.chunks.get_mut(room)?.chunk.as_mut()?.get_mut(place)?.as_mut()
    }

    /// The task that has exactly this handle: not an earlier or later owner of its place.
    #[inline]
    pub(crate) fn find(&self, handle: Handle) -> Option<&Task> {
        self.get(handle.index()).filter(|task| task.handle == handle)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.live
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use crate::time::Time;

    fn task(bits: u32) -> Task {
        Task::new(Handle::from_bits(bits), 0, State::Queued, Time::ZERO)
    }

    #[test]
    fn a_place_is_taken_once() {
        let mut tasks = Tasks::default();
        assert!(tasks.insert(task(0)));
        assert!(!tasks.insert(task(0)));
        let next_generation = 1 << Handle::INDEX_BITS;
        assert!(tasks.find(Handle::from_bits(next_generation)).is_none());
        tasks.remove(0);
        assert!(tasks.insert(task(next_generation)));
        assert!(tasks.find(Handle::from_bits(0)).is_none());
    }

    #[test]
    fn a_gap_costs_no_chunks() {
        let mut tasks = Tasks::default();
        let highest = (1 << Handle::INDEX_BITS) - 1;
        assert!(tasks.insert(task(highest)));
        assert_eq!(tasks.chunks.iter().filter(|room| room.chunk.is_some()).count(), 1);
        assert!(tasks.remove(highest).is_some());
        assert!(tasks.chunks.capacity() <= KEPT);
    }

    #[test]
    fn memory_goes_with_the_last_task() {
        let mut tasks = Tasks::default();
        for index in 0..10_000 {
            assert!(tasks.insert(task(index)));
        }
        assert_eq!(tasks.len(), 10_000);
        for index in 0..10_000 {
            assert!(tasks.remove(index).is_some());
        }
        assert_eq!((tasks.len(), tasks.chunks.len()), (0, 1));
        assert!(tasks.chunks.capacity() <= KEPT);
    }
}
