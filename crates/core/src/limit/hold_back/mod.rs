//! Holding back: nothing starts in a limiter, and below it, for a span; afterwards the restart is spread.
//!
//! This is what a service asks for that answers "too many requests, come back in a minute": it wants to be left alone
//! for exactly that long, and not to meet all who waited at once when it is over.
//!
//! - **The hold.** From the command on nothing starts there: tasks that had slots but were not called yet go back to the
//!   front of their queues. Attempts of calls that are retried are tasks, so they are held back as well; a call that
//!   rests goes on resting. Functions that run go on.
//! - **Of two holds that overlap the one that ends later counts**, with its own spread. One that would end earlier than
//!   what is on changes nothing.
//! - **The restart.** Those who wait when the hold ends, in the limiter and below it, are spread: the first one may start
//!   at once, and each further one an equal part of the spread later, so that after a time `t` no more than
//!   `1 + t / (spread / waiting)` have started. Newcomers queue up behind them. Places that come while all slots are taken
//!   are not lost, they are taken when slots are free. The restart is over when nobody waits any more or when the spread
//!   has passed, whichever is first; then everything is as ever.
//! - Who was given a place in the restart and is cancelled or paused before its call has used it up.
//! - **Independent of pausing.** Resuming does not lift a hold, and the end of a hold does not resume: a pause is the
//!   user's own will, a hold is somebody else's, and who resumes after a pause of his own does not know better than the
//!   service when it can be called again. Who does know says so by [`Command::LiftHold`](crate::Command::LiftHold), which
//!   ends a hold, and a restart, at once.
//! - Closing does not lift a hold either: a limiter that is held back drains when the hold is over, and its grace goes on
//!   meanwhile.
//! - What runs in the slot of its parent is held back like everything else, but starts freely in a restart: its parent
//!   was given its place.
//! - A hold keeps the host alive as long as anybody waits or runs there, and no longer.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::HoldBackState;

/// What is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The limiter, with all below it.
    Own,
    /// The one above it, if there is one, with all below that.
    Parent,
    /// The topmost one above it, with all of its tree.
    Root,
}
