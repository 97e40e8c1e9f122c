//! Pausing: nothing starts after the command was taken.
//!
//! - Tasks that had a slot but were not called yet go back to the front of the queue, in their order, and
//!   their slots are free: what is active while paused is what really runs. Only the slot of a parent that
//!   has ended stays with the children that inherit it.
//! - A pause may end by itself after a span. Pausing again replaces the span, resuming ends any pause.
//! - The clocks of waiting tasks go on.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::PauseState;
