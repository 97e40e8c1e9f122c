//! Slots: no more than `concurrency` functions run at once.
//!
//! - A slot is taken when it is given, which may be a turn before the function is called: counts are right
//!   at once.
//! - It is kept until the function's promise really settles. A timeout or an abort rejects the promise that
//!   the caller holds, but the work may well go on, so the slot stays taken.
//! - A freed slot goes to the next in the queue in the step that frees it. Nobody overtakes.
//! - A task takes as many as it [weighs](super::weight), one as a rule.
//! - A lower limit takes no slot away: it keeps the next ones from being given until enough are back.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::SlotState;
