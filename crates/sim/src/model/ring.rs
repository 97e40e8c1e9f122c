//! Deficit round robin as a list: each contender has the round in which it may be served next.

use fanfold_core::LimiterId;

/// Who may be next in a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contender {
    Own,
    Child(LimiterId),
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    who: Contender,
    round: u64,
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

    pub(super) fn next(&self) -> Option<Contender> {
        self.seats.iter().min_by_key(|seat| (seat.round, seat.in_line, seat.order)).map(|seat| seat.who)
    }

    /// Whether someone contends, and whether it waits at all.
    pub(super) fn sit(&mut self, who: Contender, contends: bool, waits: bool) {
        let place = self.seats.iter().position(|seat| seat.who == who);
        match place {
            None if contends => {
                let owed = self.owing.iter().find(|(other, _)| *other == who).map_or(0, |&(_, owed)| owed);
                self.take_seat(who, self.round, owed);
            }
            Some(place) if !contends => {
                let seat = self.seats.remove(place);
                self.owing.retain(|(other, _)| *other != who);
                // The round in which it may be served, as far as that is later than the next.
                self.owing.push((who, (seat.round - self.round).saturating_sub(1)));
            }
            _ => {}
        }
        if !waits {
            self.owing.retain(|(other, _)| *other != who);
        }
    }

    pub(super) fn serve(&mut self, who: Contender, cost: u64) {
        if let Some(place) = self.seats.iter().position(|seat| seat.who == who) {
            let seat = self.seats.remove(place);
            self.round = self.round.max(seat.round);
            self.take_seat(who, seat.round, cost - 1);
        }
    }

    pub(super) fn forget(&mut self, who: Contender) {
        self.sit(who, false, false);
    }

    fn take_seat(&mut self, who: Contender, round: u64, owed: u64) {
        let last = self.seats.iter().filter(|seat| seat.in_line).map(|seat| seat.round).max().unwrap_or(0);
        let round = round + owed + 1;
        self.order += 1;
        self.seats.push(Seat { who, round, in_line: owed == 0 && round >= last, order: self.order });
    }
}
