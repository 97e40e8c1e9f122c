//! Whether it is paused, and until when.

use crate::deadlines::DeadlineId;

#[derive(Debug, Default)]
pub(crate) struct PauseState {
    until: Option<DeadlineId>,
}

impl PauseState {
    pub(crate) fn is_paused(&self) -> bool {
        self.until.is_some()
    }

    /// The deadline at which it ends, which may be none, if it is paused.
    pub(crate) fn until(&self) -> Option<DeadlineId> {
        self.until
    }

    /// Pauses until a deadline (or none); gives the earlier one, which is void.
    pub(crate) fn set(&mut self, until: DeadlineId) -> Option<DeadlineId> {
        self.until.replace(until)
    }

    /// Ends the pause; gives its deadline, which is void.
    pub(crate) fn lift(&mut self) -> Option<DeadlineId> {
        self.until.take()
    }
}
