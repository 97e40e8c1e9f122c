//! Circuit breakers from the calls themselves.

use fanfold_core::limit::breaker::{BreakerOptions, Circuit, Trip};
use fanfold_core::{Effect, Health, LimiterId, Span, Time, Verdict};

use super::task::Uid;
use super::{Deadline, Model};

/// What calls have done since it is in this state.
#[derive(Clone, Debug)]
enum State {
    /// When each ended, and whether well.
    Closed(Vec<(Time, bool)>),
    Open(Time),
    /// Which of them run, and how many have ended well.
    HalfOpen(Vec<Uid>, u32),
}

#[derive(Clone, Debug)]
pub(super) struct Breaker {
    options: BreakerOptions,
    state: State,
    /// The number of this state: no other one, of any breaker, has it.
    since: u64,
    pub(super) due: Option<Deadline>,
}

impl Breaker {
    fn circuit(&self) -> Circuit {
        match self.state {
            State::Closed(_) => Circuit::Closed,
            State::Open(_) => Circuit::Open,
            State::HalfOpen(..) => Circuit::HalfOpen,
        }
    }

    fn trials(&self) -> usize {
        self.options.trials.max(1) as usize
    }

    pub(super) fn awaits_trial(&self) -> bool {
        matches!(&self.state, State::HalfOpen(running, _) if running.len() >= self.trials())
    }

    /// The state and when it is over, if it is open and will be half-open.
    pub(super) fn stand(&self) -> (Circuit, Option<Time>) {
        let until = if let State::Open(until) = self.state { Some(until) } else { None };
        (self.circuit(), until.filter(|&until| until != Time::NEVER))
    }

    /// Whether the last call was one failure too many.
    fn trips(&self, calls: &[(Time, bool)], now: Time) -> bool {
        let failures = |calls: &[(Time, bool)]| calls.iter().filter(|(_, good)| !good).count() as u64;
        if calls.last().is_none_or(|&(_, good)| good) {
            return false;
        }
        match self.options.trip {
            Trip::Consecutive(limit) => {
                let row = calls.iter().rev().take_while(|(_, good)| !good).count();
                row >= limit.max(1) as usize
            }
            Trip::Rate { per_mille, window, min_calls } => {
                let slice = (window.as_micros().max(1) / 10).max(1);
                let current = now.as_micros() / slice;
                let mut inside = calls.to_vec();
                inside.retain(|(at, _)| at.as_micros() / slice + 10 > current);
                let all = inside.len() as u64;
                all >= u64::from(min_calls.max(1)) && failures(&inside) * 1_000 >= all * u64::from(per_mille)
            }
        }
    }
}

impl Model {
    pub(super) fn set_breaker(&mut self, id: LimiterId, options: Option<BreakerOptions>) {
        let since = self.next_stamp();
        let limiter = self.known(id);
        limiter.is_node = true;
        let state = State::Closed(Vec::new());
        let earlier = limiter.breaker.take();
        limiter.breaker = options.map(|options| Breaker { options, state, since, due: None });
        if earlier.is_some_and(|earlier| earlier.circuit() != Circuit::Closed) {
            self.tell_circuit(id, Circuit::Closed, Span::ZERO);
        }
    }

    fn tell_circuit(&mut self, limiter: LimiterId, circuit: Circuit, half_open_after: Span) {
        self.expected.guards.push(Effect::Breaker { limiter, circuit, half_open_after });
    }

    /// The breaker on the path of a limiter that is open, and for how long.
    pub(super) fn open_breaker(&mut self, id: LimiterId) -> Option<(LimiterId, Span)> {
        for at in self.path(id) {
            self.tick_breaker(at);
            if let Some(State::Open(until)) = self.known(at).breaker.as_ref().map(|breaker| &breaker.state) {
                let after = if *until == Time::NEVER { Span::NEVER } else { until.since(self.now) };
                return Some((at, after));
            }
        }
        None
    }

    /// An open breaker is half-open when its time has come.
    pub(super) fn tick_breaker(&mut self, id: LimiterId) {
        let (now, stamp) = (self.now, self.next_stamp());
        let Some(breaker) = self.known(id).breaker.as_mut() else { return };
        if matches!(breaker.state, State::Open(until) if until <= now && until != Time::NEVER) {
            (breaker.state, breaker.since, breaker.due) = (State::HalfOpen(Vec::new(), 0), stamp, None);
            self.tell_circuit(id, Circuit::HalfOpen, Span::ZERO);
        }
    }

    pub(super) fn awaits_trial(&self, id: LimiterId) -> bool {
        self.limiter(id).and_then(|limiter| limiter.breaker.as_ref()).is_some_and(Breaker::awaits_trial)
    }

    /// A task whose turn it is, or that comes, is refused if a breaker on its path is open; the effect that says so.
    pub(super) fn broken(&mut self, uid: Uid) -> Option<Effect> {
        let task = self.task(uid).clone();
        let (by, after) = self.open_breaker(task.limiter)?;
        Some(Effect::Refuse {
            task: task.handle,
            limiter: task.limiter,
            verdict: Verdict::BreakerOpen,
            waited: self.now.since(task.since),
            by,
            after,
        })
    }

    /// A task goes through all breakers on its path.
    pub(super) fn enter_breakers(&mut self, uid: Uid) {
        for id in self.path(self.task(uid).limiter) {
            let Some(breaker) = self.known(id).breaker.as_mut() else { continue };
            if let State::HalfOpen(running, _) = &mut breaker.state {
                running.push(uid);
            }
            let pass = (id, breaker.since);
            self.task_mut(uid).passes.push(pass);
        }
    }

    /// It has ended, or will not begin.
    pub(super) fn report_to_breakers(&mut self, uid: Uid, health: Health) {
        let now = self.now;
        for (id, since) in core::mem::take(&mut self.task_mut(uid).passes) {
            let (stamp, alarm) = (self.next_stamp(), self.next_stamp());
            let Some(limiter) = self.limiters.iter_mut().find(|limiter| limiter.id == id) else { continue };
            let Some(breaker) = limiter.breaker.as_mut().filter(|breaker| breaker.since == since) else { continue };
            let trials = breaker.trials();
            let next = match (&mut breaker.state, health) {
                (State::HalfOpen(running, succeeded), _) => {
                    running.retain(|&other| other != uid);
                    *succeeded += u32::from(health == Health::Good);
                    match health {
                        Health::Bad => Some(Circuit::Open),
                        Health::Good if *succeeded as usize >= trials => Some(Circuit::Closed),
                        _ => None,
                    }
                }
                (State::Closed(calls), Health::Good | Health::Bad) => {
                    calls.push((now, health == Health::Good));
                    let calls = calls.clone();
                    breaker.trips(&calls, now).then_some(Circuit::Open)
                }
                _ => None,
            };
            let until = now.after(breaker.options.half_open_after);
            match next {
                Some(Circuit::Open) => {
                    (breaker.state, breaker.since) = (State::Open(until), stamp);
                    breaker.due = Deadline::at(until, alarm);
                    let after = if until == Time::NEVER { Span::NEVER } else { until.since(now) };
                    self.tell_circuit(id, Circuit::Open, after);
                }
                Some(_) => {
                    (breaker.state, breaker.since) = (State::Closed(Vec::new()), stamp);
                    self.tell_circuit(id, Circuit::Closed, Span::ZERO);
                }
                None => {}
            }
        }
    }

    /// When breakers are half-open, and which.
    pub(super) fn half_opens(&self) -> Vec<(Deadline, LimiterId)> {
        let due = |limiter: &super::limiter::Limiter| Some((limiter.breaker.as_ref()?.due?, limiter.id));
        self.limiters.iter().filter_map(due).collect()
    }
}
