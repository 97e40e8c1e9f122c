//! What a buffer is to do, by looking at everything each time.

use std::collections::BTreeMap;

use fanfold_core::buffer::{BufferOptions, End, Event, Order, Overflow, Value};

/// A value, and when it came.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Aged {
    value: Value,
    came: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sitting {
    Push(Aged),
    Pull(u64),
    Room(u64),
}

#[derive(Debug)]
pub(super) struct Model {
    options: BufferOptions,
    stored: Vec<Aged>,
    seats: BTreeMap<u32, Sitting>,
    clock: u64,
    ended: bool,
    over: bool,
}

impl Model {
    pub(super) fn new(options: BufferOptions) -> Self {
        Self { options, stored: Vec::new(), seats: BTreeMap::new(), clock: 0, ended: false, over: false }
    }

    pub(super) fn free_seat(&self) -> u32 {
        (0..=u32::MAX).find(|seat| !self.seats.contains_key(seat)).expect("a free seat")
    }

    pub(super) fn taken_seat(&self, nth: usize) -> Option<u32> {
        self.seats.keys().copied().nth(nth % self.seats.len().max(1))
    }

    pub(super) fn nobody_waits(&self) -> bool {
        self.seats.is_empty()
    }

    pub(super) fn is_open(&self) -> bool {
        !self.ended && !self.over
    }

    pub(super) fn has_room(&self) -> bool {
        self.fits(1)
    }

    pub(super) fn stored(&self) -> usize {
        self.stored.len()
    }

    pub(super) fn push(&mut self, seat: u32, value: Value, waits: bool) -> Vec<Event> {
        if !self.is_open() {
            return vec![Event::Release { seat }];
        }
        let came = self.now();
        let newcomer = Aged { value: Value { weight: value.weight.max(1), ..value }, came };
        let weight = newcomer.value.weight;
        let mut events = Vec::new();
        let would_be_next =
            self.pushes().iter().all(|(_, waiting)| self.ranked() && waiting.value.rank < newcomer.value.rank);
        let end = match self.options.overflow {
            Overflow::DropOldest => Some(End::Oldest),
            Overflow::Conflate => Some(End::Newest),
            _ => None,
        };
        if let Some(end) = end
            && would_be_next
            && self.pulls().is_empty()
            && weight <= self.options.capacity
        {
            let victims = self.victims(&newcomer, end);
            for victim in victims.into_iter().flatten() {
                self.stored.retain(|stored| *stored != victim);
                events.push(Event::Drop { end, slot: Some(victim.value.slot) });
            }
        }
        self.seats.insert(seat, Sitting::Push(newcomer));
        events.extend(self.settle());
        let stays = waits && self.options.overflow == Overflow::Suspend && weight <= self.options.capacity.max(1);
        if !stays && self.seats.get(&seat) == Some(&Sitting::Push(newcomer)) {
            self.seats.remove(&seat);
            events.push(Event::Refuse { seat });
        }
        events
    }

    pub(super) fn pull(&mut self, seat: u32) -> Vec<Event> {
        let came = self.now();
        self.seats.insert(seat, Sitting::Pull(came));
        self.settle()
    }

    pub(super) fn await_room(&mut self, seat: u32) -> Vec<Event> {
        let came = self.now();
        self.seats.insert(seat, Sitting::Room(came));
        self.settle()
    }

    /// Like so many who pull one after the other, as long as they need not wait.
    pub(super) fn take(&mut self, count: u32) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..count {
            if self.stored.is_empty() {
                events.extend(self.admit());
            }
            let Some(next) = self.next_out() else { break };
            self.stored.retain(|stored| *stored != next);
            events.push(Event::Give { seat: None, slot: Some(next.value.slot) });
            events.extend(self.admit_who_fit());
        }
        events.extend(self.settle());
        events
    }

    pub(super) fn leave(&mut self, seat: u32) -> Vec<Event> {
        self.seats.remove(&seat);
        let mut events = vec![Event::Release { seat }];
        events.extend(self.settle());
        events
    }

    pub(super) fn end(&mut self) -> Vec<Event> {
        self.ended = true;
        self.settle()
    }

    pub(super) fn abandon(&mut self) -> Vec<Event> {
        self.over = true;
        self.stored.clear();
        core::mem::take(&mut self.seats).into_keys().map(|seat| Event::Release { seat }).collect()
    }

    fn now(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn ranked(&self) -> bool {
        self.options.order == Order::Priority
    }

    fn used(&self) -> u64 {
        self.stored.iter().map(|stored| u64::from(stored.value.weight)).sum()
    }

    fn fits(&self, weight: u32) -> bool {
        self.options.capacity == u32::MAX || self.used() + u64::from(weight) <= u64::from(self.options.capacity)
    }

    fn pushes(&self) -> Vec<(u32, Aged)> {
        let mut pushes: Vec<(u32, Aged)> = self
            .seats
            .iter()
            .filter_map(|(&seat, sitting)| if let Sitting::Push(value) = sitting { Some((seat, *value)) } else { None })
            .collect();
        pushes.sort_by_key(|(_, waiting)| (if self.ranked() { -waiting.value.rank } else { 0 }, waiting.came));
        pushes
    }

    fn pulls(&self) -> Vec<u32> {
        let mut pulls: Vec<(u64, u32)> = self
            .seats
            .iter()
            .filter_map(|(&seat, sitting)| if let Sitting::Pull(came) = sitting { Some((*came, seat)) } else { None })
            .collect();
        pulls.sort_unstable();
        pulls.into_iter().map(|(_, seat)| seat).collect()
    }

    fn next_out(&self) -> Option<Aged> {
        let order = |stored: &&Aged| match self.options.order {
            Order::Fifo => (0, i64::try_from(stored.came).unwrap_or(i64::MAX)),
            Order::Lifo => (0, -i64::try_from(stored.came).unwrap_or(i64::MAX)),
            Order::Priority => (-stored.value.rank, i64::try_from(stored.came).unwrap_or(i64::MAX)),
        };
        self.stored.iter().min_by_key(order).copied()
    }

    /// Whom a newcomer drops, one by one; nobody if that would not be enough.
    fn victims(&self, newcomer: &Aged, end: End) -> Option<Vec<Aged>> {
        let mut left = self.stored.clone();
        let mut victims = Vec::new();
        let room = u64::from(self.options.capacity) - u64::from(newcomer.value.weight);
        while left.iter().map(|stored| u64::from(stored.value.weight)).sum::<u64>() > room {
            let lowest = left.iter().map(|stored| stored.value.rank).min()?;
            if lowest > newcomer.value.rank {
                return None;
            }
            let candidates = left.iter().filter(|stored| stored.value.rank == lowest);
            let victim = match end {
                End::Oldest => candidates.min_by_key(|stored| stored.came),
                End::Newest => candidates.max_by_key(|stored| stored.came),
            };
            let victim = *victim?;
            left.retain(|stored| *stored != victim);
            victims.push(victim);
        }
        Some(victims)
    }

    /// Lets in the first of those who wait with values. From then on its age counts, not when it came to wait.
    fn admit(&mut self) -> Option<Event> {
        let &(seat, mut value) = self.pushes().first()?;
        self.seats.remove(&seat);
        value.came = self.now();
        self.stored.push(value);
        Some(Event::Admit { seat })
    }

    fn admit_who_fit(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some((_, value)) = self.pushes().first()
            && self.fits(value.value.weight)
        {
            events.extend(self.admit());
        }
        events
    }

    fn settle(&mut self) -> Vec<Event> {
        let mut events = self.admit_who_fit();
        while let Some(&seat) = self.pulls().first() {
            if self.stored.is_empty() {
                events.extend(self.admit());
            }
            let Some(next) = self.next_out() else { break };
            self.stored.retain(|stored| *stored != next);
            self.seats.remove(&seat);
            events.push(Event::Give { seat: Some(seat), slot: Some(next.value.slot) });
            events.extend(self.admit_who_fit());
        }
        let has_ended = self.over || (self.ended && self.stored.is_empty() && self.pushes().is_empty());
        let has_room = !self.pulls().is_empty() || (self.pushes().is_empty() && self.fits(1));
        let gives_way = matches!(self.options.overflow, Overflow::DropOldest | Overflow::Conflate);
        let tells_room = has_room || !self.is_open() || (gives_way && self.options.capacity > 0);
        let leaves = |sitting: &Sitting| match sitting {
            Sitting::Push(_) => false,
            Sitting::Pull(_) => has_ended,
            Sitting::Room(_) => tells_room,
        };
        let left: Vec<u32> = self.seats.iter().filter(|(_, sitting)| leaves(sitting)).map(|(&seat, _)| seat).collect();
        for seat in left {
            self.seats.remove(&seat);
            events.push(Event::Release { seat });
        }
        events
    }
}
