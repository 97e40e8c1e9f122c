//! The engine: commands in, effects out.

mod adapt;
mod admit;
mod alone;
mod blocked;
mod breaker;
mod buffers;
mod clock;
mod finish;
mod gather;
mod grant;
mod hold;
mod hold_back;
mod inherit;
mod key_limits;
mod keys;
mod kin;
mod lifecycle;
mod measure;
mod next;
mod node;
mod rates;
mod retry;
mod shed;
mod sleep;
mod stats;
mod tickets;
mod tree;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::buffer::Buffer;
use crate::command::{Command, LimiterId, SignalId};
use crate::deadlines::{DeadlineReason, Deadlines};
use crate::effect::{Effect, Fault};
use crate::group::Group;
use crate::limit::key::Key;
use crate::limit::nested::Line;
use crate::limit::rate::Costs;
use crate::limit::{Extra, Limiter, Load, Snapshot, Ticket};
use crate::own::CAPACITY;
use crate::retry::Budget;
use crate::signals::Signals;
use crate::table::{ChunkedSlab, Handle, List, NONE, Slab, State, Task, Tasks};
use crate::time::Time;
use adapt::Probe;
use rates::Bill;

/// All limiters and tasks of one host, as one state machine.
///
/// A host takes a turn whenever it has something to say or a deadline has come:
///
/// 1. [`begin_turn`](Self::begin_turn) tells the time.
/// 2. [`handle`](Self::handle) takes each command, in order. [`submit`](Self::submit) and
///    [`complete`](Self::complete) are the two that every task needs, to be had without the detour;
///    [`try_acquire`](Self::try_acquire) is the one that is answered on the spot.
/// 3. [`end_turn`](Self::end_turn) makes happen what is due, and lets one task start, if the host is at a
///    moment where a function may be called.
/// 4. [`poll_effect`](Self::poll_effect) gives the effects, in order, until there is none left.
/// 5. [`deadline`](Self::deadline) says when to come back and why, [`ready`](Self::ready) how many tasks
///    have a slot and wait for the host to let them start. Both hold until the next turn.
///
/// Questions ([`snapshot`](Self::snapshot)) change nothing. No input makes the engine panic: what makes no
/// sense is answered with [`Effect::Fault`] and changes nothing.
#[derive(Debug, Default)]
pub struct Engine {
    now: Time,
    tasks: Tasks,
    extras: Slab<Extra>,
    loads: Slab<Load>,
    costs: Slab<Costs>,
    /// Keys that are not at rest, of all limiters.
    keys: ChunkedSlab<Key>,
    /// Where keys are that were at rest at some moment of this turn. A later command may have changed that.
    resting_keys: Vec<u32>,
    /// What the next submission costs, if that was told.
    bill: Option<Bill>,
    /// Limiters with a rate, and those whose keys have one.
    meters: u32,
    /// What calls take along from breakers and adaptive limits, and how many such things there are.
    tickets: Slab<Ticket>,
    tickets_out: u32,
    /// Limiters with a breaker, and those with an adaptive limit; how many of both there have been.
    breakers: u32,
    adaptives: u32,
    serials: u32,
    probe: Probe,
    /// Limiters that look how tasks come, start and end.
    measured: u32,
    /// Limiters that are held back, or start again after that.
    held_back: u32,
    lines: Slab<Line>,
    groups: Slab<Group>,
    buffers: Slab<Box<Buffer>>,
    /// By id, as limiters are.
    budgets: Vec<Option<Box<Budget>>>,
    budget_ids: u32,
    signals: Signals,
    /// By id, as far as the highest that is open.
    limiters: Vec<Option<Box<Limiter>>>,
    /// How many ids there have been. They are used in order, so a host that skips one is at fault.
    limiter_ids: u32,
    /// Tasks with a slot that were not called yet, of all limiters, in the order of their slots.
    ready: List,
    deadlines: Deadlines,
    effects: VecDeque<Effect>,
    /// The task that this turn let start: the last effect of it.
    started: Option<(Handle, LimiterId)>,
    /// The limiter whose next one this turn is to let start.
    asked: Option<LimiterId>,
    /// Limiters with a timeout.
    timed_limiters: u32,
    /// Limiters in which the command changed something, and all above them, each with its depth: if they are more than
    /// rows of slots.
    touched: Vec<(Reverse<u32>, LimiterId)>,
}

/// Room for effects that an engine at rest keeps.
const EFFECTS_KEPT: usize = 256;

impl Engine {
    /// An engine without limiters, at the origin of time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one command.
    pub fn handle(&mut self, command: Command) {
        match command {
            Command::Submit { limiter, task, admission } => self.submit(limiter, task, &admission),
            Command::Complete { task, fulfilled } => self.complete(task, fulfilled),
            Command::Cancel { task } => self.cancel(task),
            Command::SignalAborted { signal } => self.abort_signal(signal),
            Command::Sleep { sleeper, span, holds } => self.sleep(sleeper, span, holds),
            Command::Wait { limiter, waiter, until } => self.wait(limiter, waiter, until),
            Command::Open { limiter, options } => self.open(limiter, &options),
            Command::Free { limiter } => self.free(limiter),
            Command::Resize { limiter, concurrency } => self.resize(limiter, concurrency),
            Command::Settle { limiter } => self.settle(limiter),
            Command::Pause { limiter, span } => self.pause(limiter, span),
            Command::Resume { limiter } => self.resume(limiter),
            Command::Clear { limiter } => self.clear(limiter),
            Command::Close { limiter, waiter, grace } => self.close(limiter, waiter, grace),
            Command::Abort { limiter } => self.abort_limiter(limiter),
            Command::Hold { limiter, call } => self.hold(limiter, call),
            Command::Retry { sleeper, options, failure, budget, holds } => {
                self.retry(sleeper, &options, &failure, budget, holds);
            }
            Command::OpenBudget { budget, options } => self.open_budget(budget, options),
            Command::FreeBudget { budget } => self.free_budget(budget),
            Command::Deposit { budget } => self.deposit(budget),
            Command::Gather { group, options } => self.gather(group, options),
            Command::Settled { group, member, fulfilled } => {
                self.judge_group(group, |group| group.settle(member, fulfilled));
            }
            Command::Tally { group, fulfilled } => self.judge_group(group, |group| group.tally(fulfilled)),
            Command::Seal { group, members } => self.judge_group(group, |group| group.seal(members)),
            Command::Disband { group } => self.disband(group),
            Command::Reprioritize { .. }
            | Command::SetRate { .. }
            | Command::Cost { .. }
            | Command::SettleCost { .. }
            | Command::SetKey { .. }
            | Command::SetPerKey { .. }
            | Command::SetPerKeyRate { .. }
            | Command::HoldKey { .. }
            | Command::Move { .. }
            | Command::HoldBack { .. }
            | Command::LiftHold { .. }
            | Command::SetMaxWait { .. }
            | Command::SetBreaker { .. }
            | Command::SetAdaptive { .. }
            | Command::CompleteAs { .. }
            | Command::EnableStats { .. }
            | Command::Next { .. }
            | Command::Buffer { .. }
                if !CAPACITY =>
            {
                self.fault(Fault::Malformed, 0);
            }
            Command::Reprioritize { task, priority } => self.reprioritize(task, priority),
            Command::SetRate { limiter, nth, rule } => self.set_rate(limiter, nth, rule),
            Command::Cost { task, resource, units } => self.bill(task, resource, units),
            Command::SettleCost { task, resource, actual } => self.settle_cost(task, resource, actual),
            Command::SetKey { limiter, key, weight } => self.set_key(limiter, key, weight),
            Command::SetPerKey { limiter, concurrency, max_queue } => self.set_per_key(limiter, concurrency, max_queue),
            Command::SetPerKeyRate { limiter, nth, rule } => self.set_per_key_rate(limiter, nth, rule),
            Command::HoldKey { limiter, key, span } => self.hold_key(limiter, key, span),
            Command::Move { limiter, parent } => self.move_under(limiter, parent),
            Command::HoldBack { limiter, scope, span, spread } => self.hold_back(limiter, scope, span, spread),
            Command::LiftHold { limiter } => self.lift_hold(limiter),
            Command::CompleteAs { task, fulfilled, health } => self.complete_as(task, fulfilled, health),
            Command::SetBreaker { limiter, options } => self.set_breaker(limiter, options),
            Command::SetAdaptive { limiter, options } => self.set_adaptive(limiter, options),
            Command::EnableStats { limiter } => self.enable_stats(limiter),
            Command::SetMaxWait { limiter, max_wait } => self.set_max_wait(limiter, max_wait),
            Command::Next { limiter } => self.ask_for_next(limiter),
            Command::Buffer { buffer, change } => self.change_buffer(buffer, change),
        }
        if !self.touched.is_empty() {
            self.settle_touched();
        }
    }

    /// The next effect.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        if self.effects.is_empty() {
            return self.started.take().map(|(task, limiter)| Effect::Start { task, limiter });
        }
        let effect = self.effects.pop_front();
        if self.effects.is_empty() && self.effects.capacity() > EFFECTS_KEPT {
            self.effects.shrink_to(EFFECTS_KEPT);
        }
        effect
    }

    /// How many effects wait to be polled.
    pub fn effects_left(&self) -> usize {
        self.effects.len() + usize::from(self.started.is_some())
    }

    /// When something is due next, and what. Not in the past, unless time has not been told since.
    pub fn deadline(&self) -> Option<(Time, DeadlineReason)> {
        self.deadlines.next()
    }

    /// Whether the host has to stay alive for a deadline. What all who sleep can do without need not keep it.
    pub fn holds(&self) -> bool {
        self.deadlines.hold()
    }

    /// Whether the next turn has to be told the time exactly: something is due some day, or a limiter is open
    /// whose tasks may be. Otherwise time only measures how long tasks waited and ran.
    pub fn is_timed(&self) -> bool {
        self.timed_limiters > 0 || self.deadlines.next().is_some()
    }

    /// How many tasks have a slot and wait for a turn that lets them start.
    pub fn ready(&self) -> u32 {
        self.ready.len()
    }

    /// How a limiter stands, if there is one with this id.
    pub fn snapshot(&self, limiter: LimiterId) -> Option<Snapshot> {
        self.limiter(limiter).map(Limiter::snapshot)
    }

    /// How many tasks, waiters, sleepers, held calls and groups there are.
    pub fn tasks(&self) -> u32 {
        self.tasks.len()
    }

    /// Says that the host sent what it should not have.
    pub fn fault(&mut self, fault: Fault, subject: u32) {
        self.effects.push_back(Effect::Fault { fault, subject });
    }

    /// How many keys are kept, those of tasks without a key included.
    #[cfg(test)]
    pub(crate) fn keys_kept(&self) -> usize {
        self.keys.iter().count()
    }

    /// How many lines there are.
    #[cfg(test)]
    pub(crate) fn lines_kept(&self) -> usize {
        self.lines.iter().count()
    }

    /// How many tasks statistics keep, waiting or not.
    #[cfg(test)]
    pub(crate) fn arrivals_kept(&self) -> usize {
        let stats = self.limiters.iter().flatten().filter_map(|limiter| limiter.stats.as_ref());
        stats.map(|stats| stats.kept()).sum()
    }

    /// How many places limiters have.
    #[cfg(test)]
    pub(crate) fn limiter_places(&self) -> usize {
        self.limiters.len()
    }

    fn limiter(&self, id: LimiterId) -> Option<&Limiter> {
        self.limiters.get(id as usize)?.as_deref()
    }

    fn limiter_mut(&mut self, id: LimiterId) -> Option<&mut Limiter> {
        pick(&mut self.limiters, id)
    }

    /// The limiter, or a fault.
    fn known(&mut self, id: LimiterId) -> Option<&mut Limiter> {
        if self.limiter(id).is_none() {
            self.fault(Fault::UnknownLimiter, id);
        }
        self.limiter_mut(id)
    }

    fn extra(&self, task: &Task) -> Option<&Extra> {
        self.extras.get(task.extra)
    }

    /// The extra of a task, made if it has none.
    fn extra_mut(&mut self, index: u32) -> Option<&mut Extra> {
        let task = self.tasks.get_mut(index)?;
        if task.extra == NONE {
            task.extra = self.extras.insert(Extra::new(index));
        }
        self.extras.get_mut(task.extra)
    }

    /// Enters a new task or whatever else has a handle into the table, or faults.
    fn enter(&mut self, handle: Handle, limiter: LimiterId, state: State) -> bool {
        let entered = self.tasks.insert(Task::new(handle, limiter, state, self.now));
        if !entered {
            self.fault(Fault::HandleTaken, handle.bits());
        }
        entered
    }

    fn abort_signal(&mut self, signal: SignalId) {
        for index in self.signals.listeners(&self.extras, signal) {
            self.give_up(index, crate::effect::Verdict::SignalAborted);
        }
    }
}

/// The limiter with this id. Borrows nothing but the limiters, so that lists of tasks can change beside it.
fn pick(limiters: &mut [Option<Box<Limiter>>], id: LimiterId) -> Option<&mut Limiter> {
    limiters.get_mut(id as usize)?.as_deref_mut()
}
