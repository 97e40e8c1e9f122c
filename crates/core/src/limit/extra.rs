//! What only some tasks need, so that plain ones do not pay for it.

use crate::command::SignalId;
use crate::deadlines::DeadlineId;
use crate::table::{Handle, NONE};
use crate::time::Span;

/// The rest of a task with a deadline, a signal or kin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra {
    /// Whose it is: an index in the table.
    pub(crate) task: u32,
    /// Its queue timeout, and once it runs its run timeout.
    pub(crate) deadline: DeadlineId,
    pub(crate) run_timeout: Span,
    /// The signal it listens to, or `NONE`, and its neighbours in the signal's list.
    pub(crate) signal: SignalId,
    pub(crate) signal_prev: u32,
    pub(crate) signal_next: u32,
    /// The running task from inside which it was submitted.
    pub(crate) parent: Option<Handle>,
    /// How many tasks submitted from inside it wait in the queue of its limiter, or run there and are stuck.
    pub(crate) kin_blocked: u32,
    /// The line of those who run in its slot, or `NONE`.
    pub(crate) line: u32,
    /// The line it stands in itself, or `NONE`.
    pub(crate) member_of: u32,
    /// Index of its `Load`, or `NONE`.
    pub(crate) load: u32,
    /// Index of its first `Ticket`, or `NONE`.
    pub(crate) tickets: u32,
}

impl Extra {
    pub(crate) const fn new(task: u32) -> Self {
        Self {
            task,
            deadline: DeadlineId::NONE,
            run_timeout: Span::NEVER,
            signal: NONE,
            signal_prev: NONE,
            signal_next: NONE,
            parent: None,
            kin_blocked: 0,
            line: NONE,
            member_of: NONE,
            load: NONE,
            tickets: NONE,
        }
    }
}
