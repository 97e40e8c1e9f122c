//! The ring: those who have credit in this round and the next, and beside it those who sit out.

use alloc::collections::BTreeSet;

use crate::table::{NONE, Slab};

/// What a contender took in advance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overdraft(u64);

impl Overdraft {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    id: u32,
    weight: u32,
    /// The round in which it is served, and what it may take there: something, and no more than its weight.
    round: u64,
    credit: u64,
    /// Whether it is in the ring, between its neighbours, or among those who sit out.
    in_ring: bool,
    /// When it sat down: of those who sit out the same rounds the first is the first.
    order: u64,
    prev: u32,
    next: u32,
}

/// Contenders, in turn. Each has a seat while it has something to serve.
#[derive(Debug)]
pub(crate) struct Ring {
    seats: Slab<Seat>,
    /// The ring is in the order of rounds.
    head: u32,
    tail: u32,
    /// Those whose round is further ahead: round, order and seat.
    sit_out: BTreeSet<(u64, u64, u32)>,
    /// The round in which somebody was served last.
    round: u64,
    /// How often somebody sat down.
    sat: u64,
    /// What all who contend weigh.
    weight: u64,
}

impl Default for Ring {
    fn default() -> Self {
        Self { seats: Slab::default(), head: NONE, tail: NONE, sit_out: BTreeSet::new(), round: 0, sat: 0, weight: 0 }
    }
}

impl Ring {
    /// A contender has something to serve; its seat, which holds until it leaves. No weight counts as one.
    pub(crate) fn activate(&mut self, id: u32, weight: u32, overdraft: Overdraft) -> u32 {
        let round = self.round;
        let seat =
            Seat { id, weight: weight.max(1), round, credit: 0, in_ring: false, order: 0, prev: NONE, next: NONE };
        self.weight += u64::from(weight.max(1));
        let seat = self.seats.insert(seat);
        self.sit(seat, round, overdraft.0);
        seat
    }

    /// A contender has nothing to serve any more, or is held up; what it has overdrawn.
    pub(crate) fn deactivate(&mut self, seat: u32) -> Overdraft {
        let Some(known) = self.leave(seat) else { return Overdraft::NONE };
        self.seats.remove(seat);
        self.weight -= u64::from(known.weight);
        let ahead = known.round.saturating_sub(self.round).saturating_mul(u64::from(known.weight));
        Overdraft(ahead.saturating_sub(known.credit))
    }

    /// Another weight, from its next round on.
    pub(crate) fn reweigh(&mut self, seat: u32, weight: u32) {
        if let Some(seat) = self.seats.get_mut(seat) {
            self.weight = self.weight - u64::from(seat.weight) + u64::from(weight.max(1));
            seat.weight = weight.max(1);
        }
    }

    /// Whose turn it is: its seat and id. The same until somebody is served, comes or goes.
    pub(crate) fn next(&self) -> Option<(u32, u32)> {
        let head = self.seats.get(self.head);
        let waited = self.sit_out.first().filter(|(round, ..)| head.is_none_or(|head| *round <= head.round));
        let seat = waited.map_or(self.head, |(.., seat)| *seat);
        self.seats.get(seat).map(|known| (seat, known.id))
    }

    /// A contender was served something that costs so much. To be told before it leaves, if that was its last.
    pub(crate) fn served(&mut self, seat: u32, cost: u64) {
        let Some(known) = self.seats.get_mut(seat) else { return };
        self.round = self.round.max(known.round);
        if known.credit > cost {
            known.credit -= cost;
            return;
        }
        if let Some(known) = self.leave(seat) {
            self.sit(seat, known.round, cost - known.credit);
        }
    }

    /// Gives a seat its place, in the first round after this one in which it has credit.
    fn sit(&mut self, index: u32, round: u64, overdrawn: u64) {
        let last = self.seats.get(self.tail).map_or(0, |tail| tail.round);
        let Some(seat) = self.seats.get_mut(index) else { return };
        self.sat += 1;
        seat.order = self.sat;
        let weight = u64::from(seat.weight);
        let rounds = overdrawn / weight + 1;
        seat.round = round.saturating_add(rounds);
        seat.credit = weight - overdrawn % weight;
        seat.in_ring = rounds == 1 && seat.round >= last;
        if !seat.in_ring {
            self.sit_out.insert((seat.round, seat.order, index));
            return;
        }
        (seat.prev, seat.next) = (self.tail, NONE);
        match self.seats.get_mut(self.tail) {
            Some(tail) => tail.next = index,
            None => self.head = index,
        }
        self.tail = index;
    }

    /// Takes a seat out of its place.
    fn leave(&mut self, index: u32) -> Option<Seat> {
        let seat = *self.seats.get(index)?;
        if !seat.in_ring {
            self.sit_out.remove(&(seat.round, seat.order, index));
            return Some(seat);
        }
        match self.seats.get_mut(seat.prev) {
            Some(before) => before.next = seat.next,
            None => self.head = seat.next,
        }
        match self.seats.get_mut(seat.next) {
            Some(after) => after.prev = seat.prev,
            None => self.tail = seat.prev,
        }
        Some(seat)
    }
}

impl Ring {
    /// Whether nobody contends.
    pub(crate) fn is_empty(&self) -> bool {
        self.next().is_none()
    }

    /// What all who contend weigh.
    pub(crate) fn weight(&self) -> u64 {
        self.weight
    }

    /// What one of them weighs.
    pub(crate) fn weight_of(&self, seat: u32) -> u64 {
        self.seats.get(seat).map_or(0, |seat| seat.weight.into())
    }
}

#[cfg(test)]
impl Ring {
    /// How many contenders there are, and how many of them sit out.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.seats.iter().count(), self.sit_out.len())
    }
}
