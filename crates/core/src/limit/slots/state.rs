//! Counts the slots.

#[derive(Debug)]
pub(crate) struct SlotState {
    limit: u32,
    taken: u32,
}

impl SlotState {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, taken: 0 }
    }

    pub(crate) fn taken(&self) -> u32 {
        self.taken
    }

    pub(crate) fn has_room(&self) -> bool {
        self.taken < self.limit
    }

    pub(crate) fn resize(&mut self, limit: u32) {
        self.limit = limit;
    }

    pub(crate) fn take(&mut self) {
        self.taken += 1;
    }

    pub(crate) fn give_back(&mut self) {
        debug_assert!(self.taken > 0, "a slot was given back twice");
        self.taken = self.taken.saturating_sub(1);
    }
}
