//! The rates of one limiter, and when it has to be looked at again because of them.

use super::{Rates, Ready, Rule};
use crate::deadlines::DeadlineId;
use crate::time::Time;

/// Resources that a task can cost units of.
pub const RESOURCE_COUNT: u32 = 8;

/// The same, for lists.
pub(crate) const RESOURCES: usize = RESOURCE_COUNT as usize;

/// Rules that a limiter can have.
pub const RULES: u32 = 8;

/// What a task costs, by resource.
pub(crate) type Costs = [u64; RESOURCES];

/// What a task costs that does not say so: one unit of the first.
pub(crate) const ONE: Costs = [1, 0, 0, 0, 0, 0, 0, 0];

/// The rates of a limiter.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) rates: Rates,
    /// When its next one may start, if that is told among the deadlines.
    due: Time,
    alarm: DeadlineId,
    /// Whether the next one had to wait: then it is asked again when somebody starts or ends.
    pub(crate) refuses: bool,
}

impl Default for Meter {
    fn default() -> Self {
        Self { rates: Rates::default(), due: Time::NEVER, alarm: DeadlineId::NONE, refuses: false }
    }
}

impl Meter {
    /// Whether a task that costs so much may start now, and if not, when.
    ///
    /// Once it was said when, that holds until the deadline has been met: in a turn that comes late, what the host reports
    /// comes before what is due, here as everywhere.
    pub(crate) fn ready(&mut self, now: Time, costs: &Costs) -> Ready {
        if self.due <= now { Ready::At(self.due) } else { self.rates.ready(now, costs) }
    }

    /// When it has to be looked at again, if that is not what was told; gives the deadline that is void then.
    pub(crate) fn set_due(&mut self, due: Time) -> Option<DeadlineId> {
        (self.due != due).then(|| {
            self.due = due;
            core::mem::replace(&mut self.alarm, DeadlineId::NONE)
        })
    }

    pub(crate) fn set_alarm(&mut self, alarm: DeadlineId) {
        self.alarm = alarm;
    }

    /// Its deadline has been met.
    pub(crate) fn ring(&mut self) {
        (self.due, self.alarm) = (Time::NEVER, DeadlineId::NONE);
    }

    pub(crate) fn alarm(&self) -> DeadlineId {
        self.alarm
    }

    /// Another rule in a place, or none.
    pub(crate) fn set(&mut self, now: Time, nth: u32, rule: Option<Rule>) -> bool {
        self.rates.set(now, nth as usize, rule)
    }
}
