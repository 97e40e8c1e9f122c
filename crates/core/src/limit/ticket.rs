//! What a call takes along from the limiters that want to hear how it ends.

use super::breaker::Pass;
use crate::command::LimiterId;

/// Something to be shown when the call has ended, to a limiter on its path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(crate) limiter: LimiterId,
    /// Of the breaker or the adaptive limit that gave it, since the limiter may have another one by then.
    pub(crate) serial: u32,
    pub(crate) kind: TicketKind,
    /// The next one of the same call, or `NONE`.
    pub(crate) next: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum TicketKind {
    /// It went through a breaker.
    Breaker(Pass),
    /// It is a sample for an adaptive limit: how many slots were taken when it began, its own included.
    Adaptive { in_flight: u32 },
}
