//! Where a contender stands, while it comes and goes.

use super::{Overdraft, Ring};
use crate::table::NONE;

/// Where a contender stands in a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Its seat, or `NONE`.
    seat: u32,
    /// What it was given in advance, while it is held up.
    overdraft: Overdraft,
}

impl Default for Standing {
    fn default() -> Self {
        Self { seat: NONE, overdraft: Overdraft::NONE }
    }
}

impl Standing {
    /// Whether it stands as it should already.
    pub(crate) fn is_as(&self, contends: bool, waits: bool) -> bool {
        (self.seat != NONE) == contends && (waits || self.overdraft == Overdraft::NONE)
    }

    /// A contender comes to the ring or leaves it; `waits` if somebody is there who is only held up.
    pub(crate) fn contend(&mut self, ring: &mut Ring, id: u32, weight: u32, contends: bool, waits: bool) {
        if contends && self.seat == NONE {
            self.seat = ring.activate(id, weight, self.overdraft);
        } else if !contends && self.seat != NONE {
            self.overdraft = ring.deactivate(self.seat);
            self.seat = NONE;
        }
        if !waits {
            self.overdraft = Overdraft::NONE;
        }
    }

    /// Its weight, if it contends.
    pub(crate) fn weight(&self, ring: &Ring) -> u64 {
        ring.weight_of(self.seat)
    }

    /// It was given something that costs so much.
    pub(crate) fn served(&self, ring: &mut Ring, cost: u64) {
        ring.served(self.seat, cost);
    }

    /// Another weight, from its next round on.
    pub(crate) fn reweigh(&self, ring: &mut Ring, weight: u32) {
        ring.reweigh(self.seat, weight);
    }
}
