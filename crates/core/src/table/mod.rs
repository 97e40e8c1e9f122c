//! Where tasks live: a table addressed by the host's handles, and the lists threaded through it.

mod chunked;
mod handle;
mod list;
mod slab;
mod task;
mod tasks;

use alloc::vec::Vec;

pub(crate) use chunked::ChunkedSlab;
pub use handle::Handle;
pub(crate) use list::List;
pub(crate) use slab::Slab;
pub(crate) use task::{State, Task};
pub(crate) use tasks::Tasks;

/// "No entry", for every index in this module.
pub(crate) const NONE: u32 = u32::MAX;

/// Frees what a vector that was cut no longer needs. Only where three quarters are free, and it may keep as much
/// again as it has, so that growing once more does not move everything each time; `kept` places are for nothing.
pub(crate) fn give_back<T>(places: &mut Vec<T>, kept: usize) {
    if places.capacity() / 4 >= places.len().max(kept) {
        shrink(places, (places.len() * 2).max(kept));
    }
}

/// Gives memory back after a peak. Not in WebAssembly, whose memory never shrinks: there it would only be cut into pieces,
/// and grow again for the next peak, which needs it in one.
pub(crate) fn shrink<T>(places: &mut Vec<T>, capacity: usize) {
    if !cfg!(target_arch = "wasm32") {
        places.shrink_to(capacity);
    }
}
