//! Counts the slots.

#[derive(Debug)]
pub(crate) struct SlotState {
    limit: u32,
    /// Wider than the limit: a limiter that is moved brings along what its tasks take, however much that is.
    taken: u64,
}

impl SlotState {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, taken: 0 }
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    pub(crate) fn taken(&self) -> u32 {
        u32::try_from(self.taken).unwrap_or(u32::MAX)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.taken < u64::from(self.limit)
    }

    /// Whether so many are free.
    pub(crate) fn fit(&self, weight: u32) -> bool {
        self.taken + u64::from(weight) <= u64::from(self.limit)
    }

    pub(crate) fn resize(&mut self, limit: u32) {
        self.limit = limit;
    }

    pub(crate) fn take(&mut self, weight: u64) {
        self.taken += weight;
    }

    pub(crate) fn give_back(&mut self, weight: u64) {
        debug_assert!(self.taken >= weight, "a slot was given back twice");
        self.taken = self.taken.saturating_sub(weight);
    }

    /// All that are taken.
    pub(crate) fn weight(&self) -> u64 {
        self.taken
    }
}
