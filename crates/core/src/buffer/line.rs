//! Those who wait, in their seats.

use alloc::vec::Vec;

use super::Value;
use super::ranked::{Entry, Ranked};
use crate::table::NONE;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// To be let in with a value.
    Push(Value),
    /// To be given one.
    Pull,
    /// That there is room.
    Room,
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    want: Want,
    prev: u32,
    next: u32,
    /// When it came, of all that came with a value by rank.
    came: u64,
}

/// Seats that are kept when the last one is free.
const KEPT: usize = 64;

/// Who sits where.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// As far as the highest that was taken since all were free.
    places: Vec<Option<Seat>>,
    taken: u32,
    /// How many there have been. A host uses them in order, so one that skips a seat is at fault.
    known: u32,
}

impl Seats {
    fn get_mut(&mut self, seat: u32) -> Option<&mut Seat> {
        self.places.get_mut(seat as usize)?.as_mut()
    }

    pub(super) fn want(&self, seat: u32) -> Option<Want> {
        Some(self.places.get(seat as usize)?.as_ref()?.want)
    }

    /// Whether the seat was free.
    fn sit(&mut self, seat: u32, want: Want, prev: u32) -> bool {
        let place = seat as usize;
        if seat > self.known || seat == NONE {
            return false;
        }
        self.known = self.known.max(seat + 1);
        if place >= self.places.len() {
            self.places.resize(place + 1, None);
        }
        match self.places.get_mut(place) {
            Some(free @ None) => *free = Some(Seat { want, prev, next: NONE, came: 0 }),
            _ => return false,
        }
        self.taken += 1;
        true
    }

    fn leave(&mut self, seat: u32) -> Option<Seat> {
        let left = self.places.get_mut(seat as usize)?.take()?;
        self.taken -= 1;
        if self.taken == 0 {
            self.places.clear();
            crate::table::shrink(&mut self.places, KEPT);
        }
        Some(left)
    }
}

/// First come, first served: every operation is constant time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    head: u32,
    tail: u32,
}

impl Default for Line {
    fn default() -> Self {
        Self { head: NONE, tail: NONE }
    }
}

impl Line {
    pub(super) fn head(self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    /// Whether the seat was free.
    pub(super) fn join(&mut self, seats: &mut Seats, seat: u32, want: Want) -> bool {
        if !seats.sit(seat, want, self.tail) {
            return false;
        }
        match seats.get_mut(self.tail) {
            Some(last) => last.next = seat,
            None => self.head = seat,
        }
        self.tail = seat;
        true
    }

    pub(super) fn leave(&mut self, seats: &mut Seats, seat: u32) -> Option<Want> {
        let left = seats.leave(seat)?;
        match seats.get_mut(left.prev) {
            Some(before) => before.next = left.next,
            None => self.head = left.next,
        }
        match seats.get_mut(left.next) {
            Some(after) => after.prev = left.prev,
            None => self.tail = left.prev,
        }
        Some(left.want)
    }
}

/// Those who wait with values.
#[derive(Debug)]
pub(super) enum Pushes {
    InTurn(Line),
    Ranked(Ranked),
}

impl Pushes {
    pub(super) fn new(ranked: bool) -> Self {
        if ranked { Self::Ranked(Ranked::default()) } else { Self::InTurn(Line::default()) }
    }

    pub(super) fn head(&self) -> Option<u32> {
        match self {
            Self::InTurn(line) => line.head(),
            Self::Ranked(line) => line.first().map(|entry| entry.place),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head().is_none()
    }

    /// Whether the seat was free.
    pub(super) fn join(&mut self, seats: &mut Seats, seat: u32, value: Value) -> bool {
        match self {
            Self::InTurn(line) => line.join(seats, seat, Want::Push(value)),
            Self::Ranked(line) => {
                if !seats.sit(seat, Want::Push(value), NONE) {
                    return false;
                }
                let came = line.insert(value.rank, Entry { place: seat, weight: value.weight });
                if let Some(taken) = seats.get_mut(seat) {
                    taken.came = came;
                }
                true
            }
        }
    }

    pub(super) fn leave(&mut self, seats: &mut Seats, seat: u32) -> Option<Value> {
        let want = match self {
            Self::InTurn(line) => line.leave(seats, seat)?,
            Self::Ranked(line) => {
                let left = seats.leave(seat)?;
                if let Want::Push(value) = left.want {
                    line.remove(value.rank, left.came);
                }
                left.want
            }
        };
        if let Want::Push(value) = want { Some(value) } else { None }
    }
}
