//! Even spacing: the generic cell rate algorithm without tolerance.
//!
//! All it keeps is when the next unit is due. That is a fraction of a microsecond as a rule (7 a second are 142,857.14
//! apart), so it is kept multiplied by the limit: exact, and nothing adds up.

use crate::time::{Span, Time};

/// A rate: units, and microseconds for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spacing {
    pub(super) limit: u64,
    pub(super) interval: u64,
}

impl Spacing {
    /// A time, multiplied by the limit.
    fn scale(self, time: Time) -> u128 {
        u128::from(time.as_micros()) * u128::from(self.limit)
    }

    /// So many spacings, multiplied by the limit.
    fn spacings(self, units: u64) -> u128 {
        u128::from(units) * u128::from(self.interval)
    }
}

/// When the next unit is due.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Multiplied by the limit.
    due: u128,
    /// The last start, and what it costs as far as is known.
    last: Time,
    units: u64,
}

impl Pace {
    /// When a task may start.
    pub(super) fn due(&self, now: Time, spacing: Spacing) -> Time {
        if spacing.scale(now) >= self.due {
            return now;
        }
        let due = self.due.div_ceil(u128::from(spacing.limit.max(1)));
        u64::try_from(due).map_or(Time::NEVER, Time::from_micros)
    }

    /// A start.
    pub(super) fn take(&mut self, now: Time, units: u64, spacing: Spacing) {
        let same = self.last == now;
        self.last = now;
        self.units = if same { self.units.saturating_add(units) } else { units };
        self.owe(now, units, spacing);
    }

    /// Units that come to what was taken.
    pub(super) fn owe(&mut self, now: Time, units: u64, spacing: Spacing) {
        let now = spacing.scale(now);
        // Whoever starts in the microsecond in which the unit was due was not late: its fraction is not lost.
        let punctual = now.saturating_sub(self.due) < u128::from(spacing.limit);
        let from = if punctual { self.due } else { now };
        self.due = from.saturating_add(spacing.spacings(units));
    }

    /// Units that a task gives back. The spacing after the last start is kept: it goes only by what that one costs.
    pub(super) fn refund(&mut self, started: Time, units: u64, spacing: Spacing) {
        if self.last == started {
            self.units = self.units.saturating_sub(units);
        }
        let least = self.least(spacing).min(self.due);
        self.due = self.due.saturating_sub(spacing.spacings(units)).max(least);
    }

    /// Goes over to another rate: what is left to wait for stays the same number of units, and the
    /// spacing after the last start is that of the new rate at least.
    pub(super) fn change(&mut self, now: Time, old: Spacing, new: Spacing) {
        let left = self.due.saturating_sub(old.scale(now));
        let left = left.saturating_mul(u128::from(new.interval)).div_ceil(u128::from(old.interval.max(1)));
        self.due = new.scale(now).saturating_add(left).max(self.least(new));
    }

    /// When the next unit is due by what the last start costs, if that was not late.
    fn least(&self, spacing: Spacing) -> u128 {
        spacing.scale(self.last).saturating_add(spacing.spacings(self.units))
    }
}

impl From<(u64, Span)> for Spacing {
    fn from((limit, interval): (u64, Span)) -> Self {
        Self { limit, interval: interval.as_micros() }
    }
}
