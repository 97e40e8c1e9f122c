//! A slab in chunks, for what comes in hundreds of thousands and does not go together.

use alloc::vec::Vec;

use super::{NONE, give_back, shrink};
use crate::own::CAPACITY;

/// Values a chunk. Growing never copies what is there, and one value that stays keeps no more than its chunk.
const CHUNK: usize = 64;

/// Capacity that an emptied slab keeps, so that a stream of one value at a time does not allocate.
const KEPT: usize = 16;

#[derive(Debug)]
enum Place<T> {
    Taken(T),
    Free { next: u32 },
}

#[derive(Debug)]
struct Chunk<T> {
    places: Vec<Place<T>>,
    /// The first free place of those that were taken before.
    free: u32,
    live: u32,
    /// Its neighbours among those with room, or among those without places.
    prev: u32,
    next: u32,
}

/// Values under indexes. Gives back the memory of each chunk with its last value. Only the whole engine has any.
#[derive(Debug)]
pub(crate) struct ChunkedSlab<T> {
    chunks: Vec<Chunk<T>>,
    /// The first chunk with values and room, and the first without places.
    open: u32,
    vacant: u32,
    /// The places of the last chunk given up, so that a stream at the edge of a chunk does not allocate on each value.
    spare: Vec<Place<T>>,
    live: u32,
}

impl<T> Default for ChunkedSlab<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), open: NONE, vacant: NONE, spare: Vec::new(), live: 0 }
    }
}

const fn split(index: u32) -> (usize, usize) {
    (index as usize / CHUNK, index as usize % CHUNK)
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NONE)
}

impl<T> ChunkedSlab<T> {
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        if self.open == NONE {
            self.open_chunk();
        }
        let at = self.open;
        let Some(chunk) = self.chunks.get_mut(at as usize) else { return NONE };
        let mut place = chunk.free;
        if let Some(free) = chunk.places.get_mut(place as usize) {
            if let Place::Free { next } = *free {
                chunk.free = next;
            }
            *free = Place::Taken(value);
        } else {
            place = number(chunk.places.len());
            chunk.places.push(Place::Taken(value));
        }
        chunk.live += 1;
        self.live += 1;
        if chunk.live as usize == CHUNK {
            let next = chunk.next;
            self.unlink(at);
            self.open = next;
        }
        number(at as usize * CHUNK + place as usize)
    }

    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        if !CAPACITY {
            return None;
        }
        let (at, place) = split(index);
        let chunk = self.chunks.get_mut(at)?;
        let taken = chunk.places.get_mut(place)?;
        if matches!(taken, Place::Free { .. }) {
            return None;
        }
        let Place::Taken(value) = core::mem::replace(taken, Place::Free { next: chunk.free }) else { return None };
        chunk.free = number(place);
        let was_full = chunk.live as usize == CHUNK;
        chunk.live -= 1;
        let is_empty = chunk.live == 0;
        self.live -= 1;
        if was_full {
            self.open = self.link(number(at), self.open);
        }
        if self.live == 0 {
            self.empty();
        } else if is_empty {
            self.give_up(number(at));
        }
        Some(value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        !CAPACITY || self.live == 0
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        if !CAPACITY {
            return None;
        }
        let (at, place) = split(index);
        match self.chunks.get(at)?.places.get(place) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        if !CAPACITY {
            return None;
        }
        let (at, place) = split(index);
        match self.chunks.get_mut(at)?.places.get_mut(place) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let chunks = self.chunks.iter().zip((0..).step_by(CHUNK));
        chunks.flat_map(|(chunk, first)| {
            chunk.places.iter().zip(first..).filter_map(|(place, index)| match place {
                Place::Taken(value) => Some((index, value)),
                Place::Free { .. } => None,
            })
        })
    }

    /// Makes sure that there is a chunk with room.
    #[cold]
    fn open_chunk(&mut self) {
        let mut places = core::mem::take(&mut self.spare);
        // The first one grows as it has to: many a slab has few values. Of the others there will be more.
        if !self.chunks.is_empty() && places.capacity() < CHUNK {
            places.reserve_exact(CHUNK);
        }
        let chunk = Chunk { places, free: NONE, live: 0, prev: NONE, next: NONE };
        let mut at = self.vacant;
        if let Some(vacant) = self.chunks.get_mut(at as usize) {
            let next = vacant.next;
            *vacant = chunk;
            if let Some(next) = self.chunks.get_mut(next as usize) {
                next.prev = NONE;
            }
            self.vacant = next;
        } else {
            at = number(self.chunks.len());
            self.chunks.push(chunk);
        }
        self.open = at;
    }

    /// Lets the places of a chunk without values go, and the chunks without places at the end.
    #[cold]
    fn give_up(&mut self, at: u32) {
        let next = self.unlink(at);
        if self.open == at {
            self.open = next;
        }
        if let Some(chunk) = self.chunks.get_mut(at as usize) {
            self.spare = core::mem::take(&mut chunk.places);
            self.spare.clear();
        }
        self.vacant = self.link(at, self.vacant);
        while let Some(last) = self.chunks.last().filter(|last| last.live == 0) {
            let next = last.next;
            let at = number(self.chunks.len() - 1);
            self.unlink(at);
            if self.vacant == at {
                self.vacant = next;
            }
            self.chunks.pop();
        }
        give_back(&mut self.chunks, KEPT);
    }

    /// Nothing is left: begins anew, with some room.
    #[cold]
    fn empty(&mut self) {
        let kept = self.chunks.drain(..).next();
        (self.open, self.vacant, self.spare) = (NONE, NONE, Vec::new());
        shrink(&mut self.chunks, 1);
        if let Some(Chunk { mut places, .. }) = kept {
            places.clear();
            shrink(&mut places, KEPT);
            self.spare = places;
        }
    }

    /// Puts a chunk before the first of a list; the first one then.
    fn link(&mut self, at: u32, first: u32) -> u32 {
        if let Some(chunk) = self.chunks.get_mut(at as usize) {
            (chunk.prev, chunk.next) = (NONE, first);
        }
        if let Some(second) = self.chunks.get_mut(first as usize) {
            second.prev = at;
        }
        at
    }

    /// Takes a chunk out of the list it is in; the one after it.
    fn unlink(&mut self, at: u32) -> u32 {
        let Some(chunk) = self.chunks.get(at as usize) else { return NONE };
        let (prev, next) = (chunk.prev, chunk.next);
        if let Some(before) = self.chunks.get_mut(prev as usize) {
            before.next = next;
        }
        if let Some(after) = self.chunks.get_mut(next as usize) {
            after.prev = prev;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use super::*;
    use crate::retry::Random;

    fn places<T>(slab: &ChunkedSlab<T>) -> usize {
        slab.chunks.iter().map(|chunk| chunk.places.capacity()).sum::<usize>() + slab.spare.capacity()
    }

    #[test]
    fn a_freed_index_is_used_again_and_an_empty_one_is_small() {
        let mut slab = ChunkedSlab::default();
        let indexes: Vec<u32> = (0..1_000).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.remove(7), Some(7));
        assert_eq!(slab.remove(7), None);
        assert_eq!(slab.insert(70), 7);
        assert_eq!((slab.get(7), slab.iter().count()), (Some(&70), 1_000));
        for index in indexes {
            assert!(slab.remove(index).is_some());
        }
        assert!(places(&slab) <= KEPT && slab.chunks.is_empty());
        assert_eq!(slab.insert(1), 0);
    }

    #[test]
    fn one_that_stays_keeps_no_more_than_its_chunk() {
        for survivor in [0, 50_000, 99_999] {
            let mut slab = ChunkedSlab::default();
            for n in 0..100_000_u32 {
                assert_eq!(slab.insert(n), n);
            }
            for n in (0..100_000).filter(|&n| n != survivor) {
                assert_eq!(slab.remove(n), Some(n));
            }
            assert!(places(&slab) <= 2 * CHUNK, "{survivor}");
            assert_eq!(slab.iter().collect::<Vec<_>>(), [(survivor, &survivor)]);
            assert_eq!(slab.remove(survivor), Some(survivor));
            assert!(places(&slab) <= KEPT);
        }
    }

    #[test]
    fn it_says_the_same_as_a_map_whatever_happens() {
        for seed in 0..20 {
            let (mut random, mut slab, mut map) = (Random::new(seed), ChunkedSlab::default(), BTreeMap::new());
            for step in 0..20_000_u32 {
                // Now more come than go, now more go.
                let grows = (step / 2_000).is_multiple_of(2);
                if random.up_to(9) < if grows { 6 } else { 4 } {
                    let index = slab.insert(step);
                    assert_eq!(map.insert(index, step), None, "seed {seed}");
                } else {
                    let index = u32::try_from(random.up_to(1_000)).unwrap();
                    assert_eq!(slab.remove(index), map.remove(&index), "seed {seed}");
                }
                let index = u32::try_from(random.up_to(1_000)).unwrap();
                assert_eq!(slab.get(index), map.get(&index), "seed {seed}");
                assert_eq!(slab.get_mut(index), map.get_mut(&index), "seed {seed}");
                assert_eq!(slab.is_empty(), map.is_empty());
            }
            assert!(slab.iter().eq(map.iter().map(|(&index, value)| (index, value))), "seed {seed}");
        }
    }
}
