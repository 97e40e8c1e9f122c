//! Groups: tasks whose outcomes are judged together.
//!
//! Pure policy: the outcomes of members go in, one verdict comes out: whether the group as a whole is fulfilled or
//! rejected, by whom, and whether the rest is still wanted. How many of them run at once is a limiter's business, and
//! what became of their values the host's.
//!
//! | need                | fulfilled by             | rejected by                                    |
//! |---------------------|--------------------------|------------------------------------------------|
//! | [`Need::All`]       | the end of all           | the first failure                              |
//! | [`Need::Every`]     | the end of all           | nothing                                        |
//! | [`Need::Some`]      | so many fulfilments      | the failure after which so many are impossible |
//! | [`Need::First`]     | the first end, if good   | the first end, if bad; no member at all        |
//!
//! A verdict that comes before all members have ended leaves a rest, with which is done as [`Rest`] says. Where the
//! rest is left to run, a failure of [`Need::All`] or [`Need::Some`] waits for it, since it is to be told what else
//! failed; a group that has what it needs waits for nobody whom it need not wait for, and neither does [`Need::First`].

mod state;
#[cfg(test)]
mod tests;

pub use state::{Group, Step};

/// When a group has what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// All members fulfilled.
    All,
    /// All members ended, however they did.
    Every,
    /// So many members fulfilled. None at all is there from the beginning.
    Some(u32),
    /// One member ended, however it did.
    First,
}

/// What becomes of members that have not ended when the verdict is clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// They are given up on, and not waited for.
    #[default]
    Abort,
    /// They are given up on, and the verdict waits until all have ended.
    AbortAndWait,
    /// They go on.
    Continue,
}

/// What is to be judged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupOptions {
    /// What it needs.
    pub need: Need,
    /// What becomes of the rest.
    pub rest: Rest,
}

/// How a group ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it has what it needs.
    pub fulfilled: bool,
    /// The member whose end made that clear; none where it was the end of all, or of somebody without a number.
    pub by: Option<u32>,
}
