//! The Node-API addon of Fanfold.
//!
//! It exports one function, `open()`, which returns `{ memory, doorbell }`: an `ArrayBuffer` that
//! holds one mailbox, and a function without arguments that lets the engine take what was written
//! to it. All that a caller can do is in the mailbox; see `fanfold-mailbox` for its layout.
//!
//! Every `open()` makes an engine of its own, owned by the doorbell function it returns. There is
//! no state per process, per thread or per environment, so workers may load the addon side by side,
//! be terminated at any moment and load it again.

mod session;

// A test binary has no host process to take Node-API from.
#[cfg(not(test))]
mod addon;
