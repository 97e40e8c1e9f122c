//! What happened in a window of time that slides by a tenth of itself.

use crate::time::{Span, Time};

/// Slices of the window.
const SLICES: usize = 10;

/// Counts of the running slice of a window and the nine before it: nothing is remembered for longer than the window,
/// everything for nine tenths of it.
///
/// Memory and time are constant, whatever happens. A clock that stands still or goes back stays in the running slice,
/// one that jumps ahead forgets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slices<T> {
    /// Length of a slice in microseconds, not zero.
    length: u64,
    /// The number of the running slice since the origin of time.
    running: u64,
    /// The running one first.
    counts: [T; SLICES],
}

impl<T: Copy + Default> Slices<T> {
    /// A window in which nothing has happened yet.
    pub(crate) fn new(window: Span) -> Self {
        Self { length: (window.as_micros() / SLICES as u64).max(1), running: 0, counts: [T::default(); SLICES] }
    }

    /// The slice of this moment, after those are forgotten that fell out of the window.
    pub(crate) fn slide(&mut self, now: Time) -> &mut T {
        let current = now.as_micros() / self.length;
        let passed = current.saturating_sub(self.running);
        let passed = usize::try_from(passed).map_or(SLICES, |passed| passed.min(SLICES));
        self.counts.rotate_right(passed);
        for slice in self.counts.iter_mut().take(passed) {
            *slice = T::default();
        }
        self.running = self.running.max(current);
        let [running, ..] = &mut self.counts;
        running
    }

    /// All slices, as of the last [`slide`](Self::slide).
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.counts.iter()
    }
}
