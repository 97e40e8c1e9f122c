//! One rule: what is booked in its window, held by those who run, and owed.
//!
//! Why a held unit keeps the promise for ends as well as for starts: of the tasks that end in a window, look at the one
//! that started last. When it started, each of the others was running, so its units were held, or had ended in the
//! window that ends with this start, so they were booked. The same goes for those that start in a window.

use alloc::collections::BTreeSet;

use super::ledger::Ledger;
use super::pace::{Pace, Spacing};
use super::past::Past;
use super::{At, Ready, Rule, Run, Shape};
use crate::table::Handle;
use crate::time::{Span, Time};

/// The window of one rule.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    rule: Rule,
    /// What was booked less than an interval ago.
    ledger: Ledger,
    past: Past,
    pace: Pace,
    /// Units of those who run, if they are booked at the end.
    held: u64,
    /// Units of those who were given them and have not started.
    reserved: u64,
    /// Units that were taken but not booked yet. Only if none are free.
    owed: u64,
    /// Those who run and did not take their units here: there is nothing of it to give back.
    strangers: BTreeSet<Handle>,
}

impl Window {
    pub(crate) fn new(rule: Rule) -> Self {
        let mut window = Self {
            rule,
            ledger: Ledger::default(),
            past: Past::default(),
            pace: Pace::default(),
            held: 0,
            reserved: 0,
            owed: 0,
            strangers: BTreeSet::new(),
        };
        window.set(rule);
        window
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// When a task of such a cost may start. One that costs nothing always may.
    pub(crate) fn ready(&mut self, now: Time, cost: u64) -> Ready {
        self.advance(now);
        if cost > self.rule.limit {
            return Ready::Never;
        }
        if cost == 0 {
            return Ready::Now;
        }
        if self.reserved > 0 && self.rule.shape == Shape::Smooth {
            return Ready::AtAnEnd;
        }
        let Some(free) = self.free_at(cost) else { return Ready::AtAnEnd };
        let due = match self.rule.shape {
            Shape::Burst => free,
            Shape::Smooth => free.max(self.pace.due(now, self.spacing())),
        };
        if due <= now { Ready::Now } else { Ready::At(due) }
    }

    /// When nothing is left in it, if no more comes.
    pub(crate) fn empty_at(&mut self, now: Time) -> Time {
        self.advance(now);
        let Some(free) = self.free_at(self.rule.limit) else { return Time::NEVER };
        match self.rule.shape {
            Shape::Burst => free.max(now),
            Shape::Smooth => free.max(self.pace.due(now, self.spacing())),
        }
    }

    /// Keeps what a task costs that will start.
    ///
    /// What is kept for anybody leaves less to pay debts with, but only from now on: here and below, what has left the
    /// window by now is seen to before.
    pub(crate) fn reserve(&mut self, now: Time, cost: u64) {
        self.advance(now);
        self.reserved = self.reserved.saturating_add(cost);
    }

    /// It starts now.
    pub(crate) fn start(&mut self, now: Time, cost: u64) {
        self.advance(now);
        self.reserved = self.reserved.saturating_sub(cost);
        self.take(now, cost);
    }

    /// It does not start after all.
    pub(crate) fn unreserve(&mut self, now: Time, cost: u64) {
        self.advance(now);
        self.reserved = self.reserved.saturating_sub(cost);
        self.pay(now);
    }

    /// A task runs already that comes to be counted here: it is booked when it ends, if that is when tasks are.
    pub(crate) fn adopt(&mut self, now: Time, task: Handle, cost: u64) {
        self.strangers.insert(task);
        if self.holds() {
            self.advance(now);
            self.held = self.held.saturating_add(cost);
        }
    }

    /// Whether a task that runs took its units elsewhere. From now on it does not run any more if it `leaves`.
    pub(crate) fn is_stranger(&mut self, task: Handle, leaves: bool) -> bool {
        if leaves { self.strangers.remove(&task) } else { self.strangers.contains(&task) }
    }

    /// Takes what a task costs that starts now. Whoever takes what is not free owes it.
    pub(crate) fn take(&mut self, now: Time, cost: u64) {
        self.advance(now);
        if self.holds() {
            self.held = self.held.saturating_add(cost);
        } else {
            self.owe(now, cost);
        }
        if self.rule.shape == Shape::Smooth && cost > 0 {
            self.pace.take(now, cost, self.spacing());
        }
    }

    /// A task ends that has cost so much by now.
    pub(crate) fn end(&mut self, now: Time, cost: u64) {
        if self.holds() {
            self.advance(now);
            self.held = self.held.saturating_sub(cost);
            self.owe(now, cost);
        }
    }

    /// A task needs fewer units than it took, or none, because it was cancelled before it began.
    pub(crate) fn refund(&mut self, now: Time, run: Run, units: u64) {
        self.advance(now);
        match run.ended {
            None if self.holds() => self.held = self.held.saturating_sub(units),
            Some(ended) if self.holds() => {
                self.ledger.lessen(ended, units);
            }
            _ => {
                self.ledger.lessen(run.started, units);
            }
        }
        if self.rule.shape == Shape::Smooth {
            self.pace.refund(run.started, units, self.spacing());
        }
        self.pay(now);
    }

    /// A task that runs, and was booked elsewhere, needs fewer units than are held for it.
    pub(crate) fn release(&mut self, now: Time, units: u64) {
        if self.holds() {
            self.advance(now);
            self.held = self.held.saturating_sub(units);
            self.pay(now);
        }
    }

    /// A task needs more units than it took.
    pub(crate) fn debt(&mut self, now: Time, has_ended: bool, units: u64) {
        self.advance(now);
        if self.holds() && !has_ended {
            self.held = self.held.saturating_add(units);
        } else {
            self.owe(now, units);
        }
        if self.rule.shape == Shape::Smooth {
            self.pace.owe(now, units, self.spacing());
        }
    }

    /// Another rule of the same resource from now on. Whether those who run are to be [adopted](Self::adopt), since
    /// units are booked at another moment from now on.
    pub(crate) fn reconfigure(&mut self, now: Time, rule: Rule) -> bool {
        self.advance(now);
        let (old, spacing, held) = (self.rule, self.spacing(), self.holds());
        self.set(rule);
        if old.shape == Shape::Smooth {
            self.pace.change(now, spacing, self.spacing());
        } else {
            // The pace of a window that did not go by one may be left from before that, in units of another limit.
            self.pace = Pace::default();
            if let Some((last, units)) = self.ledger.newest() {
                self.pace.take(last, units, self.spacing());
            }
        }
        if self.rule.interval > old.interval {
            let mut ledger = Ledger::default();
            for (at, units) in self.past.take_within(self.rule.interval, now).chain(self.ledger.iter()) {
                ledger.book(at, units);
            }
            self.ledger = ledger;
        }
        if !self.holds() {
            // When those started that were held nobody knows any more: as late as it can have been.
            self.owed = self.owed.saturating_add(core::mem::take(&mut self.held));
        }
        self.advance(now);
        self.pay(now);
        self.holds() != held
    }

    /// How many units one task could take now. May be too few after a jump of the clock, until time is told.
    pub(crate) fn left(&self, now: Time) -> u64 {
        let is_spaced = self.reserved > 0 || self.pace.due(now, self.spacing()) > now;
        if self.rule.shape == Shape::Smooth && is_spaced {
            return 0;
        }
        let gone = |&(at, _): &(Time, u64)| at.after(self.rule.interval) <= now;
        let gone = self.ledger.iter().take_while(gone).fold(0_u64, |sum, (_, units)| sum.saturating_add(units));
        let booked = self.ledger.total().saturating_sub(gone);
        let gone = booked.saturating_add(self.held).saturating_add(self.reserved).saturating_add(self.owed);
        self.rule.limit.saturating_sub(gone)
    }

    /// Forgets what has left the window, and pays what is owed from it.
    pub(crate) fn advance(&mut self, now: Time) {
        let interval = self.rule.interval;
        while let Some((at, units)) = self.ledger.oldest() {
            let leaves = at.after(interval);
            if leaves > now || leaves == Time::NEVER {
                return;
            }
            if self.owed > 0 && self.pay_rounds(now) {
                continue;
            }
            self.ledger.pop();
            self.past.record(at, units, Span::from_micros(interval.as_micros() / 8));
            self.pay(leaves);
        }
    }

    fn set(&mut self, rule: Rule) {
        self.rule = Rule { interval: rule.interval.max(Span::from_micros(1)), ..rule };
    }

    fn spacing(&self) -> Spacing {
        Spacing::from((self.rule.limit, self.rule.interval))
    }

    fn holds(&self) -> bool {
        self.rule.at != At::Start
    }

    /// What those who run, or will, leave to others.
    fn capacity(&self) -> u64 {
        self.rule.limit.saturating_sub(self.held.saturating_add(self.reserved))
    }

    fn owe(&mut self, now: Time, units: u64) {
        self.owed = self.owed.saturating_add(units);
        self.pay(now);
    }

    /// Books what is owed as far as units are free.
    fn pay(&mut self, at: Time) {
        let units = self.owed.min(self.capacity().saturating_sub(self.ledger.total()));
        if units > 0 {
            self.owed -= units;
            self.ledger.book(at, units);
        }
    }

    /// While more is owed than fits, whatever leaves the window is booked again at once. This pays as many whole
    /// intervals of that as have passed, however many; whether there was one.
    fn pay_rounds(&mut self, now: Time) -> bool {
        let (round, interval) = (self.ledger.total(), self.rule.interval.as_micros());
        let Some((newest, _)) = self.ledger.newest() else { return false };
        if round == 0 || round != self.capacity() {
            return false;
        }
        let rounds = (self.owed / round).min(now.since(newest).as_micros() / interval.max(1));
        if rounds == 0 {
            return false;
        }
        self.owed -= rounds * round;
        let last = newest.after(Span::from_micros((rounds - 1) * interval));
        self.past.record(last, rounds * round, Span::ZERO);
        self.ledger.shift(Span::from_micros(rounds * interval));
        true
    }

    /// When so many units are free, what is owed being paid before; none if not while all run who run.
    fn free_at(&self, cost: u64) -> Option<Time> {
        let (total, capacity) = (self.ledger.total(), self.capacity());
        if cost > capacity {
            return None;
        }
        let lacking = total.saturating_add(self.owed).saturating_add(cost).saturating_sub(capacity);
        if lacking == 0 {
            return Some(Time::ZERO);
        }
        let interval = self.rule.interval.as_micros();
        // The units that leave first are not booked again if more than the capacity is booked, after a change. The
        // others are, one interval later each time, until nothing is owed.
        let (unit, intervals) = match lacking.checked_sub(total) {
            None | Some(0) => (lacking, 1),
            Some(rest) => {
                let rounds = (rest - 1) / capacity.max(1);
                (total.saturating_sub(capacity) + (rest - rounds * capacity), rounds.saturating_add(2))
            }
        };
        let wait = Span::from_micros(interval.saturating_mul(intervals));
        self.ledger.nth(unit).map(|booked| booked.after(wait))
    }
}

#[cfg(test)]
impl Window {
    /// How many entries are kept.
    pub(super) fn ledger_len(&self) -> usize {
        self.ledger.iter().count()
    }
}
