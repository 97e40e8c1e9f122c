//! Rates: how many units may be taken in a window of time.
//!
//! A [`Rule`] is a limit of units and the length of a window. A task costs units, one unless it says otherwise, of one
//! or several named resources (`requests`, `tokens`), and a limiter may have several rules: 10 a second and 100 a
//! minute. A task takes what it costs from all of them at once, or nothing.
//!
//! - **No window ever sees more than its limit.** Of any window `[t, t + interval)`, wherever it begins, for any
//!   arrivals. [`At`] says what is seen: units are booked when a task starts, or held while it runs and booked when
//!   it ends.
//! - [`Shape::Burst`] is that and nothing else: a sliding window with a ledger of what is in it, so that units are free
//!   again exactly one interval after they were booked, not earlier and not later.
//! - [`Shape::Smooth`] spaces starts evenly as well: after a start of n units the next one comes no earlier than
//!   n times `interval / limit` later, to the microsecond and without drift. This is the generic cell rate algorithm
//!   (ITU-T I.371, ATM Forum Traffic Management 4.0) with no tolerance. Spacing alone would keep the promise for tasks
//!   of one unit; a heavy task after light ones could break it, so the ledger is asked too.
//! - A **refund** takes units out of where they were booked, as if they had never been taken; of units that have left
//!   the window there is nothing to give back. A **debt** is booked from now on, as early as units are free and before
//!   anybody else's: a task that cost five limits keeps others waiting for five intervals. A debt is the one
//!   thing that a window cannot refuse, since it has happened.
//! - **A change of the rate** counts what was started before it in the new window: from then on no start is the last of
//!   a window of the new length with more than the new limit. What left a shorter window before is remembered
//!   in a few coarse spells, each as late as it can have been: so a longer window may make wait a little too
//!   long after the change, and never too short. Where units come to be booked at another moment, those who run are
//!   counted as if they had just started, or are held until they end. Who was given slots by the old rule and was not called yet goes back
//!   to the queue, and is asked again.
//! - **Between grant and start.** A task is given slots, and what it costs, in one turn and is called in the same or a
//!   later one. What counts is when it is called, so until then its units are *reserved*: nobody else can have them,
//!   and they are booked at the time of its [`Start`](crate::Effect::Start). If it is cancelled before, or pushed back
//!   by a pause, they are free again as if nothing had been. With [`Shape::Smooth`] the next start is spaced
//!   from one that is not known yet: so nobody is given anything while one is reserved.
//! - In a tree a task costs the same in every limiter on its path, all of it at once. What runs in the slot of its parent
//!   costs nothing: it runs by what that one was given.
//! - Time never goes back; a jump ahead empties windows, and pays debts.
//!
//! Asking, taking and settling are O(log n) in what is booked in a window, mostly O(1), and so is memory O(n). What
//! is booked at one moment is one entry.

mod ledger;
mod meter;
mod pace;
mod past;
mod set;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use meter::{Costs, Meter, ONE, RESOURCES};
pub use meter::{RESOURCE_COUNT, RULES};
pub(crate) use set::Rates;
pub(crate) use state::Window;

use crate::time::{Span, Time};

/// So many units in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Of which resource: an index into the costs of a task.
    pub resource: u32,
    /// Units; a task that costs more can never start.
    pub limit: u64,
    /// Length of the window. Zero counts as a microsecond.
    pub interval: Span,
    /// How starts are spread in it.
    pub shape: Shape,
    /// When units are booked.
    pub at: At,
}

/// How starts are spread in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// As they come.
    #[default]
    Burst,
    /// Evenly.
    Smooth,
}

/// When units are booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// When a task starts: no window sees more starts than its limit.
    #[default]
    Start,
    /// When it ends: no window sees more ends than its limit. Since what runs may end at any moment, all of it at
    /// once, its units are held until then.
    End,
    /// Both of it: no window sees more starts than its limit, and none more ends. Units held from the start to one
    /// interval after the end are there for every window that holds either, so this is what [`At::End`] does anyway.
    Both,
}

/// When a task may start, the sooner the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ready {
    /// Now.
    Now,
    /// At this time, if nobody else takes or settles anything before.
    At(Time),
    /// Not before one of those who run has ended: to be asked again then.
    AtAnEnd,
    /// Never: it costs more than the limit.
    Never,
}

/// When a task that took units started, and ended: where its units are booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// When it took them.
    pub(crate) started: Time,
    /// When it ended, if it has.
    pub(crate) ended: Option<Time>,
}
