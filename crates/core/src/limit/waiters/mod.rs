//! Waiters: promises for "nothing left" and "fewer than n wait". A call that is held may have another attempt, and is
//! something left.
//!
//! A waiter whose condition holds when it comes is woken in the same turn; the others in the turn that
//! makes it true, those who ask for less first.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::WaiterState;
