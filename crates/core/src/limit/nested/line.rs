//! A line: those who run, one after the other, in the slot of one task.

use crate::command::LimiterId;
use crate::table::List;

/// By what right a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tenure {
    /// It has a slot of its own, or several: the index of its `Load`, or `NONE`.
    Slot(u32),
    /// It is the one of this line whose turn it is.
    Member(u32),
}

/// The children of one task that inherit its slot.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) limiter: LimiterId,
    /// The right of the task whose line it is. Passes to the line when that task ends first.
    pub(crate) tenure: Tenure,
    /// Whether that task has ended.
    pub(crate) owner_gone: bool,
    /// Whether a child runs, or has a line of its own that still does.
    pub(crate) busy: bool,
    pub(crate) waiting: List,
}
