//! A task of the model.

use fanfold_core::{Handle, KeyId, LimiterId, SignalId, Span, Time};

use super::Deadline;
use super::rate::Costs;

/// A number that is never used again.
pub(super) type Uid = u64;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// In the queue, or behind its siblings in the slot of its parent.
    Waiting,
    /// May start.
    Ready,
    /// Its function was called.
    Running,
    /// As running, and nobody waits for it.
    Detached,
    /// It has ended, and others still run by its right.
    Ended,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) uid: Uid,
    pub(super) handle: Handle,
    pub(super) limiter: LimiterId,
    pub(super) phase: Phase,
    /// When it came, then when it started.
    pub(super) since: Time,
    /// How long it waited, when it has started.
    pub(super) waited: Span,
    /// When its present phase is over at the latest.
    pub(super) due: Option<Deadline>,
    pub(super) run_timeout: Span,
    pub(super) signal: Option<SignalId>,
    /// Who submitted it and may wait for it.
    pub(super) kin_of: Option<Handle>,
    /// In whose slot it runs, if not in one of its own.
    pub(super) slot_of: Option<Uid>,
    /// Slots that it takes.
    pub(super) weight: u32,
    pub(super) priority: i64,
    /// How many have passed it while it was the first.
    pub(super) passed: u32,
    pub(super) costs: Costs,
    /// The breakers that it went through, each with the number of the state that it was in.
    pub(super) passes: Vec<(LimiterId, u64)>,
    /// The adaptive limits that it is a sample of, each with its number.
    pub(super) samples: Vec<(LimiterId, u64)>,
    pub(super) key: Option<KeyId>,
}

impl Task {
    /// Whether its function was called and has not settled.
    pub(super) fn runs(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Detached)
    }

    /// Whether it has a slot of its own, or had and left it to others.
    pub(super) fn holds_slot(&self) -> bool {
        self.slot_of.is_none() && self.phase != Phase::Waiting
    }
}
