//! Deficit round robin as a list: each contender has the round in which it may be served next, and what it may take there.

use fanfold_core::{KeyId, LimiterId};

/// Who may be next in a limiter, or of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contender {
    Own,
    Child(LimiterId),
    Key(Option<KeyId>),
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    who: Contender,
    weight: u64,
    round: u64,
    /// At least one, and no more than its weight.
    credit: u64,
    /// Not one of those who sit out rounds: these come first in theirs.
    in_line: bool,
    /// When it sat down.
    order: u64,
}

/// Who contends, and what those owe who are held up.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    seats: Vec<Seat>,
    owing: Vec<(Contender, u64)>,
    round: u64,
    order: u64,
}

impl Ring {
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// What all weigh but one.
    pub(super) fn weight_without(&self, who: Contender) -> u64 {
        self.seats.iter().filter(|seat| seat.who != who).map(|seat| seat.weight).sum()
    }

    pub(super) fn next(&self) -> Option<Contender> {
        self.seats.iter().min_by_key(|seat| (seat.round, seat.in_line, seat.order)).map(|seat| seat.who)
    }

    pub(super) fn has(&self, who: Contender) -> bool {
        self.seats.iter().any(|seat| seat.who == who)
    }

    /// Whether someone contends, and whether it waits at all.
    pub(super) fn sit(&mut self, who: Contender, weight: u32, contends: bool, waits: bool) {
        let place = self.seats.iter().position(|seat| seat.who == who);
        match place {
            None if contends => {
                let owed = self.owing.iter().find(|(other, _)| *other == who).map_or(0, |&(_, owed)| owed);
                self.take_seat(who, weight.into(), self.round, owed);
            }
            Some(place) if !contends => {
                let seat = self.seats.remove(place);
                self.owing.retain(|(other, _)| *other != who);
                // What it could have taken until its round, had it not taken it in advance.
                self.owing.push((who, ((seat.round - self.round) * seat.weight).saturating_sub(seat.credit)));
            }
            _ => {}
        }
        if !waits {
            self.owing.retain(|(other, _)| *other != who);
        }
    }

    pub(super) fn reweigh(&mut self, who: Contender, weight: u32) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.who == who) {
            seat.weight = weight.into();
        }
    }

    pub(super) fn serve(&mut self, who: Contender, cost: u64) {
        let Some(place) = self.seats.iter().position(|seat| seat.who == who) else { return };
        let seat = &mut self.seats[place];
        self.round = self.round.max(seat.round);
        if seat.credit > cost {
            seat.credit -= cost;
            return;
        }
        let Seat { weight, round, credit, .. } = self.seats.remove(place);
        self.take_seat(who, weight, round, cost - credit);
    }

    pub(super) fn forget(&mut self, who: Contender) {
        self.sit(who, 1, false, false);
    }

    /// Each round pays as much as it weighs of what it owes; it is served in the first in which something is left.
    fn take_seat(&mut self, who: Contender, weight: u64, mut round: u64, mut owed: u64) {
        let last = self.seats.iter().filter(|seat| seat.in_line).map(|seat| seat.round).max().unwrap_or(0);
        let first = round + 1;
        while owed >= weight {
            owed -= weight;
            round += 1;
        }
        round += 1;
        self.order += 1;
        let in_line = round == first && round >= last;
        self.seats.push(Seat { who, weight, round, credit: weight - owed, in_line, order: self.order });
    }
}
