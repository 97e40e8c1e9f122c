//! Where tasks live: a table addressed by the host's handles, and the lists threaded through it.

mod handle;
mod list;
mod slab;
mod task;
mod tasks;

pub use handle::Handle;
pub(crate) use list::List;
pub(crate) use slab::Slab;
pub(crate) use task::{State, Task};
pub(crate) use tasks::Tasks;

/// "No entry", for every index in this module.
pub(crate) const NONE: u32 = u32::MAX;
