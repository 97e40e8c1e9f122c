//! A slab: values under indexes that the engine picks itself, the freed ones first.

use alloc::vec::Vec;

use super::{NONE, shrink};

#[derive(Debug)]
enum Place<T> {
    Taken(T),
    Free { next: u32 },
}

/// Values under indexes. Empties its memory when the last value goes.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Place<T>>,
    free: u32,
    live: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: NONE, live: 0 }
    }
}

/// Capacity that an emptied slab keeps, so that a stream of one value at a time does not allocate.
const KEPT: usize = 64;

impl<T> Slab<T> {
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.live += 1;
        let index = self.free;
        if let Some(place) = self.places.get_mut(index as usize)
            && let Place::Free { next } = *place
        {
            self.free = next;
            *place = Place::Taken(value);
            return index;
        }
        self.places.push(Place::Taken(value));
        u32::try_from(self.places.len() - 1).unwrap_or(NONE)
    }

    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        let place = self.places.get_mut(index as usize)?;
        if matches!(place, Place::Free { .. }) {
            return None;
        }
        let Place::Taken(value) = core::mem::replace(place, Place::Free { next: self.free }) else { return None };
        self.free = index;
        self.live -= 1;
        if self.live == 0 {
            self.free = NONE;
            self.places.clear();
            shrink(&mut self.places, KEPT);
        }
        Some(value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        match self.places.get(index as usize) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.places.get_mut(index as usize) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.places.iter().zip(0..).filter_map(|(place, index)| match place {
            Place::Taken(value) => Some((index, value)),
            Place::Free { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_freed_index_is_used_again_and_an_empty_slab_is_small() {
        let mut slab = Slab::default();
        let indexes: Vec<u32> = (0..1_000).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.remove(7), Some(7));
        assert_eq!(slab.remove(7), None);
        assert_eq!(slab.insert(70), 7);
        assert_eq!((slab.get(7), slab.iter().count()), (Some(&70), 1_000));
        for index in indexes {
            assert!(slab.remove(index).is_some());
        }
        assert!(slab.places.capacity() <= KEPT);
        assert_eq!(slab.insert(1), 0);
    }
}
