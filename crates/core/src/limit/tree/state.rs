//! A limiter's place among others, and who contends for it.

use alloc::collections::BTreeSet;

use crate::command::LimiterId;
use crate::limit::fair::{Overdraft, Ring};
use crate::table::NONE;

/// The contender that is the limiter's own queue. No limiter has this id.
pub(crate) const OWN: LimiterId = NONE;

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

#[derive(Debug)]
pub(crate) struct TreeState {
    /// The limiter above it, or `NONE`.
    pub(crate) parent: LimiterId,
    pub(crate) children: BTreeSet<LimiterId>,
    ring: Ring,
    /// Of its own queue, in its ring. It stands there only if there are others to contend with.
    own: Standing,
    /// Of itself, in the ring above.
    pub(crate) standing: Standing,
    /// The task that it would give slots to now, if those above it would.
    pub(crate) offer: Option<u32>,
    /// Tasks that wait in the queues below it.
    pub(crate) waiting_below: u32,
    /// Calls that are held below it.
    pub(crate) held_below: u32,
}

impl TreeState {
    pub(crate) fn new(parent: LimiterId) -> Self {
        Self {
            parent,
            children: BTreeSet::new(),
            ring: Ring::default(),
            own: Standing::default(),
            standing: Standing::default(),
            offer: None,
            waiting_below: 0,
            held_below: 0,
        }
    }

    /// Whether nobody contends but its own queue.
    pub(crate) fn is_quiet(&self) -> bool {
        self.ring.next().is_none()
    }

    /// Whose turn it is: the id of a child, or [`OWN`].
    pub(crate) fn front(&self) -> Option<LimiterId> {
        self.ring.next().map(|(_, contender)| contender)
    }

    /// Its own queue contends, or not; `waits` if somebody is there who is only held up.
    pub(crate) fn seat_own(&mut self, contends: bool, waits: bool) {
        let mut own = self.own;
        self.seat(&mut own, OWN, contends, waits);
        self.own = own;
    }

    /// A contender comes to the ring or leaves it.
    pub(crate) fn seat(&mut self, standing: &mut Standing, id: LimiterId, contends: bool, waits: bool) {
        if contends && standing.seat == NONE {
            standing.seat = self.ring.activate(id, 1, standing.overdraft);
        } else if !contends && standing.seat != NONE {
            standing.overdraft = self.ring.deactivate(standing.seat);
            standing.seat = NONE;
        }
        if !waits {
            standing.overdraft = Overdraft::NONE;
        }
    }

    /// Its own queue was given so many slots.
    pub(crate) fn serve_own(&mut self, weight: u32) {
        self.serve(self.own, weight);
    }

    /// A contender was given so many slots.
    pub(crate) fn serve(&mut self, standing: Standing, weight: u32) {
        self.ring.served(standing.seat, weight.into());
    }
}
