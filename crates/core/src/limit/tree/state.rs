//! A limiter's place among others, and who contends for it.

use alloc::collections::BTreeSet;

use crate::command::LimiterId;
use crate::limit::fair::{Ring, Standing};
use crate::table::NONE;

/// The contender that is the limiter's own queue. No limiter has this id.
pub(crate) const OWN: LimiterId = NONE;

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
        self.ring.is_empty()
    }

    /// Whose turn it is: the id of a child, or [`OWN`].
    pub(crate) fn front(&self) -> Option<LimiterId> {
        self.ring.next().map(|(_, contender)| contender)
    }

    /// Its own queue contends, or not; `waits` if somebody is there who is only held up.
    pub(crate) fn seat_own(&mut self, contends: bool, waits: bool) {
        self.own.contend(&mut self.ring, OWN, 1, contends, waits);
    }

    /// A child comes to the ring or leaves it.
    pub(crate) fn seat(&mut self, standing: &mut Standing, id: LimiterId, contends: bool, waits: bool) {
        standing.contend(&mut self.ring, id, 1, contends, waits);
    }

    /// Its own queue was given so many slots.
    pub(crate) fn serve_own(&mut self, weight: u32) {
        self.own.served(&mut self.ring, weight.into());
    }

    /// A child was given so many slots.
    pub(crate) fn serve(&mut self, standing: Standing, weight: u32) {
        standing.served(&mut self.ring, weight.into());
    }
}
