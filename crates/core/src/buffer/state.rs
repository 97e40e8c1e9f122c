//! One buffer.

use super::line::{Line, Pushes, Seats, Want};
use super::store::Store;
use super::{BufferOptions, End, Event, Order, Overflow, Value};

/// Which end it has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nothing more comes in; what is in, or waits to be, still comes out.
    Ending,
    /// Nothing comes out any more.
    Over,
}

/// A buffer: what is in it, and who waits for it.
///
/// What a call brings about is told in order while it is made. Seats and slots are the host's: one that is taken, or
/// leaves a gap, is answered with `false`, and nothing changes.
#[derive(Debug)]
pub struct Buffer {
    capacity: u32,
    overflow: Overflow,
    phase: Phase,
    store: Store,
    /// Units that are stored.
    used: u64,
    seats: Seats,
    pushes: Pushes,
    pulls: Line,
    /// Those who wait for room.
    onlookers: Line,
}

impl Buffer {
    /// An empty one.
    pub fn new(options: BufferOptions) -> Self {
        let ranked = options.order == Order::Priority;
        Self {
            capacity: options.capacity,
            overflow: options.overflow,
            phase: Phase::Open,
            store: Store::new(options.order, options.counted),
            used: 0,
            seats: Seats::default(),
            pushes: Pushes::new(ranked),
            pulls: Line::default(),
            onlookers: Line::default(),
        }
    }

    /// Somebody brings a value, and sits down until it is admitted or refused. Who does not wait is answered at once.
    pub fn push(&mut self, seat: u32, value: Value, waits: bool, tell: &mut dyn FnMut(Event)) -> bool {
        let weight = value.weight.max(1);
        let value = Value { weight, ..value };
        if !self.pushes.join(&mut self.seats, seat, value) {
            return false;
        }
        if self.phase != Phase::Open {
            self.pushes.leave(&mut self.seats, seat);
            tell(Event::Release { seat });
            return true;
        }
        if !self.fits(weight) && self.pulls.head().is_none() {
            self.make_room(&value, tell);
        }
        self.settle(tell);
        // Whoever is still there has found no room.
        if (!waits || self.overflow != Overflow::Suspend || weight > self.capacity.max(1))
            && self.seats.want(seat) == Some(Want::Push(value))
        {
            self.pushes.leave(&mut self.seats, seat);
            tell(Event::Refuse { seat });
        }
        true
    }

    /// Somebody wants a value, and sits down until there is one or none will come.
    pub fn pull(&mut self, seat: u32, tell: &mut dyn FnMut(Event)) -> bool {
        if !self.pulls.join(&mut self.seats, seat, Want::Pull) {
            return false;
        }
        self.settle(tell);
        true
    }

    /// Gives up to so many values that are there, to somebody who does not wait.
    pub fn take(&mut self, count: u32, tell: &mut dyn FnMut(Event)) {
        for _ in 0..count {
            if self.store.is_empty() {
                // A hand-over needs nobody to be seated.
                self.admit_next(tell);
            }
            let Some(stored) = self.store.pop() else { break };
            self.used = self.used.saturating_sub(stored.weight.into());
            tell(Event::Give { seat: None, slot: stored.slot });
            self.admit_who_fits(tell);
        }
        self.settle(tell);
    }

    /// Somebody waits until there is room for a value of one unit, or until nothing comes in any more.
    pub fn await_room(&mut self, seat: u32, tell: &mut dyn FnMut(Event)) -> bool {
        if !self.onlookers.join(&mut self.seats, seat, Want::Room) {
            return false;
        }
        self.settle(tell);
        true
    }

    /// So many values have come and gone, by the host's own count. No more than there was room for, or were there.
    pub fn moved(&mut self, pushed: u32, pulled: u32, tell: &mut dyn FnMut(Event)) -> bool {
        let Store::Counted(count) = &mut self.store else { return false };
        let Some(now) = count.checked_add(pushed).and_then(|sum| sum.checked_sub(pulled)) else { return false };
        if now > self.capacity {
            return false;
        }
        *count = now;
        self.used = now.into();
        self.settle(tell);
        true
    }

    /// Somebody does not wait any more.
    pub fn leave(&mut self, seat: u32, tell: &mut dyn FnMut(Event)) {
        let left = match self.seats.want(seat) {
            Some(Want::Push(_)) => self.pushes.leave(&mut self.seats, seat).is_some(),
            Some(Want::Pull) => self.pulls.leave(&mut self.seats, seat).is_some(),
            Some(Want::Room) => self.onlookers.leave(&mut self.seats, seat).is_some(),
            None => false,
        };
        if left {
            tell(Event::Release { seat });
            // A heavy one may have been in the way of lighter ones.
            self.settle(tell);
        }
    }

    /// Nothing more comes in. What is in, and what waits to be, still comes out.
    pub fn end(&mut self, tell: &mut dyn FnMut(Event)) {
        if self.phase == Phase::Open {
            self.phase = Phase::Ending;
            self.settle(tell);
        }
    }

    /// Nothing comes out any more either: all who wait are released, and the host drops what is stored.
    pub fn abandon(&mut self, tell: &mut dyn FnMut(Event)) {
        self.phase = Phase::Over;
        self.store.clear();
        self.used = 0;
        while let Some(seat) = self.pushes.head() {
            self.pushes.leave(&mut self.seats, seat);
            tell(Event::Release { seat });
        }
        self.settle(tell);
    }

    fn fits(&self, weight: u32) -> bool {
        self.capacity == u32::MAX || self.used + u64::from(weight) <= u64::from(self.capacity)
    }

    /// Whether there is room for whatever comes, since something else goes.
    fn makes_room(&self) -> bool {
        self.capacity > 0 && matches!(self.overflow, Overflow::DropOldest | Overflow::Conflate)
    }

    /// Drops what makes room for a newcomer. Where something can be dropped nobody waits, so it is the next.
    fn make_room(&mut self, value: &Value, tell: &mut dyn FnMut(Event)) {
        let end = match self.overflow {
            Overflow::DropOldest => End::Oldest,
            Overflow::Conflate => End::Newest,
            Overflow::Suspend | Overflow::Refuse => return,
        };
        let missing = (self.used + u64::from(value.weight)).saturating_sub(self.capacity.into());
        if value.weight > self.capacity || !self.store.yields(missing, value.rank) {
            return;
        }
        while !self.fits(value.weight) {
            let Some(dropped) = self.store.evict(end, value.rank) else { return };
            self.used = self.used.saturating_sub(dropped.weight.into());
            tell(Event::Drop { end, slot: dropped.slot });
        }
    }

    /// Lets the first of those who wait with values in, whether there is room or not.
    fn admit_next(&mut self, tell: &mut dyn FnMut(Event)) -> bool {
        let Some(seat) = self.pushes.head() else { return false };
        let Some(value) = self.pushes.leave(&mut self.seats, seat) else { return false };
        self.store.push(&value);
        self.used += u64::from(value.weight);
        tell(Event::Admit { seat });
        true
    }

    fn admit_who_fits(&mut self, tell: &mut dyn FnMut(Event)) {
        while let Some(seat) = self.pushes.head()
            && let Some(Want::Push(value)) = self.seats.want(seat)
            && self.fits(value.weight)
        {
            self.admit_next(tell);
        }
    }

    /// Does all that is due: values to those who pull, those who fit into the store, and the end to whom it concerns.
    fn settle(&mut self, tell: &mut dyn FnMut(Event)) {
        self.admit_who_fits(tell);
        while let Some(seat) = self.pulls.head() {
            if self.store.is_empty() && !self.admit_next(tell) {
                break;
            }
            let Some(stored) = self.store.pop() else { break };
            self.used = self.used.saturating_sub(stored.weight.into());
            self.pulls.leave(&mut self.seats, seat);
            tell(Event::Give { seat: Some(seat), slot: stored.slot });
            self.admit_who_fits(tell);
        }
        if self.phase == Phase::Ending && self.store.is_empty() && self.pushes.is_empty() {
            self.phase = Phase::Over;
        }
        if self.phase == Phase::Over {
            while let Some(seat) = self.pulls.head() {
                self.pulls.leave(&mut self.seats, seat);
                tell(Event::Release { seat });
            }
        }
        let has_room = self.pulls.head().is_some() || (self.pushes.is_empty() && self.fits(1));
        if has_room || self.phase != Phase::Open || self.makes_room() {
            while let Some(seat) = self.onlookers.head() {
                self.onlookers.leave(&mut self.seats, seat);
                tell(Event::Release { seat });
            }
        }
    }
}
