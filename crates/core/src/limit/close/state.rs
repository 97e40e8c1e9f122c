//! The gate, and who waits for it to close.

use alloc::vec::Vec;

use super::{Gate, Report};
use crate::deadlines::DeadlineId;
use crate::table::Handle;
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct GateState {
    gate: Gate,
    closers: Vec<Handle>,
    since: Time,
    /// When the grace ends, and its entry among the deadlines.
    pub(crate) ends: Time,
    pub(crate) deadline: DeadlineId,
    pub(crate) report: Report,
}

impl Default for GateState {
    fn default() -> Self {
        Self {
            gate: Gate::Open,
            closers: Vec::new(),
            since: Time::ZERO,
            ends: Time::NEVER,
            deadline: DeadlineId::NONE,
            report: Report::default(),
        }
    }
}

impl GateState {
    pub(crate) fn is(&self, gate: Gate) -> bool {
        self.gate == gate
    }

    /// Begins to close, or joins.
    pub(crate) fn close(&mut self, closer: Handle, now: Time) {
        if self.gate == Gate::Open {
            self.gate = Gate::Closing;
            self.since = now;
        }
        self.closers.push(closer);
    }

    /// Closes for good: who is to be told, and what.
    pub(crate) fn shut(&mut self, gate: Gate, now: Time) -> (Vec<Handle>, Report) {
        self.gate = gate;
        self.ends = Time::NEVER;
        let report = Report { elapsed: now.since(self.since), ..self.report };
        (core::mem::take(&mut self.closers), report)
    }
}
