//! The state, and what is counted in it.

use super::{Admit, BreakerOptions, Circuit, Trip};
use crate::slices::Slices;
use crate::time::{Span, Time};

/// What a call that goes through is reported with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Changes of state before it.
    epoch: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    all: u32,
    failed: u32,
}

#[derive(Clone, Copy, Debug)]
enum Tally {
    /// Failures since the last success.
    Consecutive(u32),
    Rate(Slices<Calls>),
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed(Tally),
    Open { until: Time },
    HalfOpen { running: u32, succeeded: u32 },
}

/// A breaker, closed at first.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    options: BreakerOptions,
    state: State,
    /// Changes of state so far.
    epoch: u32,
}

impl Breaker {
    pub(crate) fn new(options: BreakerOptions) -> Self {
        Self { options, state: closed(options.trip), epoch: 0 }
    }

    /// Whether a call may go through now.
    pub(crate) fn admits(&self, now: Time) -> Admit {
        match self.state {
            State::Closed(_) => Admit::Yes,
            State::Open { until } if now < until || until == Time::NEVER => Admit::No { until },
            State::HalfOpen { running, .. } if running >= self.trials() => Admit::No { until: Time::NEVER },
            State::Open { .. } | State::HalfOpen { .. } => Admit::Trial,
        }
    }

    /// The state it is in, as far as it was told.
    pub(crate) fn circuit(&self) -> Circuit {
        match self.state {
            State::Closed(_) => Circuit::Closed,
            State::Open { .. } => Circuit::Open,
            State::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }

    /// When it will be half-open, if it is open.
    pub(crate) fn opens_at(&self) -> Option<Time> {
        if let State::Open { until } = self.state { Some(until) } else { None }
    }

    /// Whether it is open and should be half-open.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        self.opens_at().is_some_and(|until| until != Time::NEVER && until <= now)
    }

    /// It is half-open from now on.
    pub(crate) fn half_open(&mut self) {
        self.go(State::HalfOpen { running: 0, succeeded: 0 });
    }

    /// Whether it is half-open, and all trials run that may.
    pub(crate) fn awaits_trial(&self) -> bool {
        matches!(self.state, State::HalfOpen { running, .. } if running >= self.trials())
    }

    /// A call goes through that was admitted.
    pub(crate) fn enter(&mut self, now: Time) -> Pass {
        if let (State::Open { .. }, Admit::Trial) = (self.state, self.admits(now)) {
            self.half_open();
        }
        if let State::HalfOpen { running, .. } = &mut self.state {
            *running = running.saturating_add(1);
        }
        Pass { epoch: self.epoch }
    }

    /// A call has ended that says something about what is called. Whether the state is another one now.
    pub(crate) fn report(&mut self, now: Time, success: bool, pass: Pass) -> bool {
        if pass.epoch != self.epoch {
            return false;
        }
        let trials = self.trials();
        let next = match &mut self.state {
            State::Closed(tally) => tally.trips(now, success, self.options.trip).then(|| self.open(now)),
            State::Open { .. } => None,
            State::HalfOpen { .. } if !success => Some(self.open(now)),
            State::HalfOpen { running, succeeded } => {
                *running = running.saturating_sub(1);
                *succeeded += 1;
                (*succeeded >= trials).then(|| closed(self.options.trip))
            }
        };
        if let Some(next) = next {
            self.go(next);
        }
        next.is_some()
    }

    /// A call says nothing, since it was cancelled or failed for its caller's fault: if it was a trial, another may be.
    pub(crate) fn give_back(&mut self, pass: Pass) {
        if let State::HalfOpen { running, .. } = &mut self.state
            && pass.epoch == self.epoch
        {
            *running = running.saturating_sub(1);
        }
    }

    /// Closes it, with nothing counted yet.
    #[cfg(test)]
    pub(crate) fn reset(&mut self) {
        self.go(closed(self.options.trip));
    }

    fn open(&self, now: Time) -> State {
        State::Open { until: now.after(self.options.half_open_after) }
    }

    fn go(&mut self, state: State) {
        self.state = state;
        self.epoch = self.epoch.wrapping_add(1);
    }

    fn trials(&self) -> u32 {
        self.options.trials.max(1)
    }
}

fn closed(trip: Trip) -> State {
    State::Closed(match trip {
        Trip::Consecutive(_) => Tally::Consecutive(0),
        Trip::Rate { window, .. } => Tally::Rate(Slices::new(window.max(Span::from_micros(1)))),
    })
}

impl Tally {
    /// Counts a call; whether that was one failure too many.
    fn trips(&mut self, now: Time, success: bool, trip: Trip) -> bool {
        match (self, trip) {
            (Self::Consecutive(failed), Trip::Consecutive(limit)) => {
                *failed = if success { 0 } else { failed.saturating_add(1) };
                *failed >= limit.max(1)
            }
            (Self::Rate(slices), Trip::Rate { per_mille, min_calls, .. }) => {
                let running = slices.slide(now);
                running.all = running.all.saturating_add(1);
                running.failed = running.failed.saturating_add(u32::from(!success));
                let all: u64 = slices.iter().map(|calls| u64::from(calls.all)).sum();
                let failed: u64 = slices.iter().map(|calls| u64::from(calls.failed)).sum();
                let enough = all >= u64::from(min_calls.max(1));
                !success && enough && failed * 1_000 >= all * u64::from(per_mille)
            }
            _ => false,
        }
    }
}
