//! What has left the window, roughly: needed if the window becomes longer.

use alloc::vec::Vec;

use crate::time::{Span, Time};

/// How many spells are told apart.
const SPELLS: usize = 16;

/// Units that were booked between two times. They are taken for booked at the later one, since who counts them for
/// too long errs on the side of the promise.
#[derive(Clone, Copy, Debug)]
struct Spell {
    from: Time,
    to: Time,
    units: u64,
}

/// The past in a few spells, the longer the longer ago. The oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    spells: Vec<Spell>,
}

impl Past {
    /// Adds units that were booked at a time, after all that is there. Those of one grain are one spell.
    pub(super) fn record(&mut self, at: Time, units: u64, grain: Span) {
        if units == 0 {
            return;
        }
        if let Some(last) = self.spells.last_mut()
            && at.since(last.from) <= grain
        {
            last.to = last.to.max(at);
            last.units = last.units.saturating_add(units);
            return;
        }
        if self.spells.len() >= SPELLS {
            self.merge(at);
        }
        self.spells.push(Spell { from: at, to: at, units });
    }

    /// Takes out what may be in a window that ends now: when it was booked at the latest, and how much. The oldest first.
    pub(super) fn take_within(&mut self, window: Span, now: Time) -> impl Iterator<Item = (Time, u64)> {
        let first = self.spells.partition_point(|spell| spell.to.after(window) <= now);
        self.spells.split_off(first).into_iter().map(|spell| (spell.to, spell.units))
    }

    /// Makes one of the two neighbours that together are shortest for their age.
    fn merge(&mut self, now: Time) {
        let pairs = self.spells.iter().zip(self.spells.iter().skip(1));
        let coarseness = |(older, newer): (&Spell, &Spell)| {
            let (length, age) = (newer.to.since(older.from), now.since(newer.to));
            u128::from(length.as_micros()) * 1_024 / (u128::from(age.as_micros()) + 1)
        };
        let finest = pairs.map(coarseness).zip(0..).min();
        let Some((_, index)) = finest else { return };
        let older = self.spells.remove(index);
        if let Some(newer) = self.spells.get_mut(index) {
            newer.from = older.from;
            newer.units = newer.units.saturating_add(older.units);
        }
    }
}
