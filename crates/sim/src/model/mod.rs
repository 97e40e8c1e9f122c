//! What the engine should do, written for clarity: everything is a list that is searched from the front, and
//! nothing is counted that can be looked up. It shares the words of the engine's border and none of its code.
//!
//! Where the engine counts slots, the model counts tasks that are there. Where the engine keeps lines of
//! children, the model keeps who inherited from whom, and a task that ended stays as long as anyone who
//! inherited from it, directly or not, is there.

mod adapt;
mod answer;
mod breaker;
mod budget;
mod delay;
mod end;
mod enter;
mod flow;
mod group;
mod hold;
mod hold_back;
mod key;
mod limiter;
mod rate;
mod retry;
mod ring;
mod settle;
mod stats;
mod task;
mod time;
mod tree;

use std::collections::VecDeque;

use fanfold_core::limit::Snapshot;
use fanfold_core::limit::close::Gate;
use fanfold_core::retry::Exhaustion;
use fanfold_core::{BudgetId, Command, Effect, Fault, Handle, Health, LimiterId, SignalId, Span, Time, Verdict};

pub use adapt::{Limits, Moment};
pub use answer::Expected;
pub(crate) use answer::started;
use budget::Budget;
use group::Group;
use hold::Call;
use limiter::Limiter;
use task::{Phase, Task, Uid};

use crate::turn::{Due, Message, Outcome, Turn};

/// Everything the model knows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    now: Time,
    /// Numbers moments: of births, of deadlines, of slots given.
    stamp: u64,
    /// In the order of their submission.
    tasks: Vec<Task>,
    limiters: Vec<Limiter>,
    /// The most there ever were: ids leave no gap beyond.
    limiter_places: u32,
    /// Whether the host knows that nobody listens, for every signal there ever was.
    signals: Vec<bool>,
    /// Who sleeps, until when, and whether the host has to stay alive for it.
    sleepers: Vec<Sleeper>,
    /// Those that are held.
    calls: Vec<Call>,
    budgets: Vec<Budget>,
    /// The most there ever were.
    budget_places: u32,
    groups: Vec<Group>,
    /// What the next submission costs.
    bill: Option<(Handle, rate::Costs)>,
    /// What the engine answered to those who asked for a retry in this turn.
    answers: VecDeque<Result<Span, Exhaustion>>,
    /// All that it told in this turn, for where it has a choice.
    told: Vec<Effect>,
    /// The new limits among that, and which moment it is now.
    limits: Limits,
    moment: Option<Moment>,
    /// When it looks next whether the host is in time.
    probe: Option<Deadline>,
    /// Who may start, and since when.
    ready: Vec<(u64, Uid)>,
    /// The limiter whose next one the host wants to start.
    asked: Option<LimiterId>,
    expected: Expected,
}

impl Model {
    /// Takes a turn. Where the engine has a choice (who starts of those that may, the last microsecond of a delay
    /// that a float grew) its outcome says which it made, and is checked to be one that it has.
    pub fn turn(&mut self, turn: &Turn, outcome: &Outcome, limits: Limits) -> Result<Expected, String> {
        self.expected = Expected::default();
        self.answers = outcome.effects.iter().filter_map(answered).collect();
        self.told.clone_from(&outcome.effects);
        self.limits = limits;
        self.now = self.now.max(turn.now);
        for (number, &message) in turn.messages.iter().enumerate() {
            self.moment = Some(Moment::Message(number));
            match message {
                Message::Command(command) => self.command(&command),
                Message::Try { limiter, task } => self.expected.answer = Some(self.try_acquire(limiter, task)),
            }
            self.settle_trees();
            self.notice_stuck();
        }
        self.moment = None;
        self.expire_due();
        for signal in 0..self.signals.len() {
            let id = u32::try_from(signal).map_err(|error| error.to_string())?;
            if !self.signals[signal] && self.listeners(id).is_empty() {
                self.signals[signal] = true;
                self.expected.idle.push(id);
            }
        }
        self.drop_keys_at_rest();
        let asked = self.asked.take();
        let has_started = asked.is_some_and(|id| self.start_next(id));
        if asked.is_some() {
            // It may have been refused, too.
            self.settle_trees();
        }
        if turn.may_start && !has_started {
            self.start(started(outcome))?;
            self.settle_trees();
        }
        if let Some(limit) = self.limits.front() {
            return Err(format!("{limit:?} comes from nowhere"));
        }
        self.expected.deadline = self.next_due().map(|(deadline, due)| (deadline.at, due));
        self.expected.ready = self.ready.len();
        self.expected.holds = self.holds();
        Ok(core::mem::take(&mut self.expected))
    }

    fn command(&mut self, command: &Command) {
        match *command {
            Command::Open { limiter, options } => self.open(limiter, &options),
            Command::Submit { limiter, task, admission } => self.submit(limiter, task, &admission),
            Command::Complete { task, fulfilled } => self.complete(task, fulfilled, Health::of(fulfilled)),
            Command::CompleteAs { task, fulfilled, health } => self.complete(task, fulfilled, health),
            Command::Sleep { sleeper, span, holds } => self.sleep(sleeper, span, holds),
            Command::Cancel { task } if self.sleepers.iter().any(|sleeper| sleeper.handle == task) => self.rouse(task),
            Command::Cancel { task } if self.calls.iter().any(|call| call.handle == task) => self.let_go(task),
            Command::Cancel { task } => {
                if let Some(uid) = self.by_handle(task).map(|task| task.uid) {
                    self.give_up(uid, Verdict::Cancelled);
                }
            }
            Command::SignalAborted { signal } => {
                for uid in self.listeners(signal) {
                    self.give_up(uid, Verdict::SignalAborted);
                }
                self.expected.unsteady = true;
            }
            Command::SetRate { limiter, nth, rule } => self.set_rate(limiter, nth, rule),
            Command::Cost { task, resource, units } => self.bill(task, resource, units),
            Command::SettleCost { task, resource, actual } => self.settle_cost(task, resource, actual),
            Command::Reprioritize { task, priority } => {
                if let Some(uid) = self.by_handle(task).map(|task| task.uid) {
                    self.task_mut(uid).priority = priority;
                }
            }
            Command::Move { limiter, parent } => {
                let unknown = [Some(limiter), parent].into_iter().flatten().find(|&id| self.limiter(id).is_none());
                if let Some(id) = unknown {
                    self.fault(Fault::UnknownLimiter, id);
                } else if parent.is_some_and(|parent| self.is_within(parent, limiter)) {
                    self.fault(Fault::Cycle, limiter);
                } else {
                    self.move_under(limiter, parent);
                }
            }
            Command::Next { limiter } if self.limiter(limiter).is_some() => self.asked = Some(limiter),
            Command::Next { limiter } => self.fault(Fault::UnknownLimiter, limiter),
            // Plans have no buffers: they have a simulator of their own.
            Command::Buffer { buffer, .. } => self.fault(Fault::UnknownBuffer, buffer.bits()),
            Command::SetPerKeyRate { limiter, nth, rule }
                if nth >= 8 || rule.is_some_and(|rule| rule.resource >= 8 || rule.limit == 0) =>
            {
                self.fault(Fault::BadRate, limiter);
            }
            Command::SetPerKey { limiter, concurrency: 0, .. } | Command::Resize { limiter, concurrency: 0 } => {
                self.fault(Fault::ZeroConcurrency, limiter);
            }
            Command::Free { limiter }
            | Command::Resize { limiter, .. }
            | Command::Settle { limiter }
            | Command::Pause { limiter, .. }
            | Command::Resume { limiter }
            | Command::Clear { limiter }
            | Command::Close { limiter, .. }
            | Command::Abort { limiter }
            | Command::Hold { limiter, .. }
            | Command::SetKey { limiter, .. }
            | Command::SetPerKey { limiter, .. }
            | Command::SetPerKeyRate { limiter, .. }
            | Command::HoldKey { limiter, .. }
            | Command::HoldBack { limiter, .. }
            | Command::LiftHold { limiter }
            | Command::SetMaxWait { limiter, .. }
            | Command::EnableStats { limiter }
            | Command::SetBreaker { limiter, .. }
            | Command::SetAdaptive { limiter, .. }
            | Command::Wait { limiter, .. } => {
                if self.limiter(limiter).is_some() {
                    self.manage(limiter, command);
                } else {
                    self.fault(Fault::UnknownLimiter, limiter);
                }
            }
            Command::Retry { sleeper, options, failure, budget, holds } => {
                self.retry(sleeper, &options, &failure, budget, holds);
            }
            Command::OpenBudget { budget, options } => self.open_budget(budget, options),
            Command::FreeBudget { budget } => self.free_budget(budget),
            Command::Deposit { budget } => self.deposit(budget),
            Command::Gather { group, options } => self.gather(group, options),
            Command::Settled { group, .. }
            | Command::Tally { group, .. }
            | Command::Seal { group, .. }
            | Command::Disband { group } => self.hear(group, command),
        }
    }

    /// A command about a limiter that is there.
    fn manage(&mut self, id: LimiterId, command: &Command) {
        match *command {
            Command::Free { .. } => {
                self.known(id).orphan = true;
                self.settle(id);
            }
            Command::Resize { concurrency, .. } => {
                let limiter = self.known(id);
                limiter.options.concurrency = concurrency;
                limiter.adaptive = None;
            }
            Command::Settle { .. } => {
                while self.grant_one(id) {}
                self.settle(id);
            }
            Command::Pause { span, .. } => self.pause(id, span),
            Command::Resume { .. } => self.resume(id),
            Command::Clear { .. } => {
                self.reject_waiting(id, Verdict::Cleared);
                self.reject_resting(id, Verdict::Cleared);
                self.expected.unsteady = true;
            }
            Command::Close { waiter, grace, .. } => self.close(id, waiter, grace),
            Command::Abort { .. } => self.shut_down(id, Gate::Aborted, Verdict::LimiterAborted),
            Command::Hold { call, .. } => self.hold(id, call),
            Command::HoldBack { scope, span, spread, .. } => self.hold_back(id, scope, span, spread),
            Command::LiftHold { .. } => self.lift_hold(id),
            Command::SetBreaker { options, .. } => self.set_breaker(id, options),
            Command::SetAdaptive { options, .. } => self.set_adaptive(id, options),
            Command::EnableStats { .. } => {
                self.known(id).spans.get_or_insert_default();
            }
            Command::SetMaxWait { max_wait, .. } => self.set_max_wait(id, max_wait),
            Command::Wait { waiter, until, .. } => self.wait(id, waiter, until),
            _ => self.manage_keys(id, command),
        }
    }

    /// How a limiter should stand.
    pub fn snapshot(&self, id: LimiterId) -> Option<Snapshot> {
        let limiter = self.limiter(id)?;
        Some(Snapshot {
            active: self.taken(id),
            queued: self.waiting(id),
            resting: self.resting(id),
            paused: limiter.paused.is_some(),
            closed: limiter.gate != Gate::Open,
            counts: limiter.counts,
        })
    }

    /// Whether a task submitted now would get a slot at once.
    pub fn has_room(&self, id: LimiterId) -> bool {
        let is_open = |limiter: &Limiter| {
            let is_next = if limiter.keys.is_some() { limiter.key_ring.is_empty() } else { limiter.queue.is_empty() };
            limiter.gate == Gate::Open && is_next && limiter.ring.is_empty()
        };
        self.limiter(id).is_some_and(is_open) && self.may_grant(id) && !self.is_stopped(id)
    }

    /// The limit that holds now.
    pub fn concurrency(&self, id: LimiterId) -> Option<u32> {
        self.limiter(id).map(|limiter| limiter.options.concurrency)
    }

    /// The limiters there are.
    pub fn limiter_ids(&self) -> Vec<LimiterId> {
        self.limiters.iter().map(|limiter| limiter.id).collect()
    }

    /// Those that somebody can still reach.
    pub fn reachable(&self) -> Vec<LimiterId> {
        self.limiters.iter().filter(|limiter| !limiter.orphan).map(|limiter| limiter.id).collect()
    }

    /// The tasks whose functions run.
    pub fn running(&self) -> Vec<Handle> {
        self.tasks.iter().filter(|task| task.runs()).map(|task| task.handle).collect()
    }

    /// Those who sleep.
    pub fn sleeping(&self) -> Vec<Handle> {
        self.sleepers.iter().map(|sleeper| sleeper.handle).collect()
    }

    /// The calls that are held.
    pub fn held(&self) -> Vec<Handle> {
        self.calls.iter().map(|call| call.handle).collect()
    }

    /// The groups whose verdict is not in.
    pub fn undecided(&self) -> Vec<Handle> {
        self.groups.iter().map(|group| group.handle).collect()
    }

    /// The budgets there are.
    pub fn budget_ids(&self) -> Vec<BudgetId> {
        self.budgets.iter().map(|budget| budget.id).collect()
    }

    /// How many tasks, waiters, sleepers, held calls and groups there are.
    pub fn population(&self) -> usize {
        let tasks = self.tasks.iter().filter(|task| task.phase != Phase::Ended).count();
        tasks
            + self.sleepers.len()
            + self.calls.len()
            + self.groups.len()
            + self.limiters.iter().map(|limiter| limiter.guests().len()).sum::<usize>()
    }

    /// A limiter that could give a slot to someone who waits, though nobody asked it to yet.
    pub fn idles_while_someone_waits(&self, id: LimiterId) -> bool {
        !self.is_node(id) && self.may_grant(id) && self.limiter(id).is_some_and(|limiter| !limiter.queue.is_empty())
    }

    fn limiter(&self, id: LimiterId) -> Option<&Limiter> {
        self.limiters.iter().find(|limiter| limiter.id == id)
    }

    /// A limiter that is known to be there.
    fn known(&mut self, id: LimiterId) -> &mut Limiter {
        self.limiters.iter_mut().find(|limiter| limiter.id == id).expect("a limiter that was looked up before")
    }

    fn task(&self, uid: Uid) -> &Task {
        self.tasks.iter().find(|task| task.uid == uid).expect("a task that was looked up before")
    }

    fn task_mut(&mut self, uid: Uid) -> &mut Task {
        self.tasks.iter_mut().find(|task| task.uid == uid).expect("a task that was looked up before")
    }

    /// The task that has a handle now.
    fn by_handle(&self, handle: Handle) -> Option<&Task> {
        self.tasks.iter().find(|task| task.handle == handle && task.phase != Phase::Ended)
    }

    /// Those who would hear a signal, in the order in which they came.
    fn listeners(&self, signal: SignalId) -> Vec<Uid> {
        self.tasks.iter().filter(|task| task.signal == Some(signal)).map(|task| task.uid).collect()
    }

    fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }

    fn fault(&mut self, fault: Fault, subject: u32) {
        self.expected.faults.push(Effect::Fault { fault, subject });
    }
}

/// What became of a retry, if that is what an effect says.
fn answered(effect: &Effect) -> Option<Result<Span, Exhaustion>> {
    match *effect {
        Effect::RetryAfter { delay, .. } => Some(Ok(delay)),
        Effect::Exhausted { what, .. } => Some(Err(what)),
        _ => None,
    }
}

/// A moment at which something is due. Of two at one time the older one is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline {
    pub(super) at: Time,
    pub(super) stamp: u64,
}

/// The order of kinds does not matter: no two deadlines have one stamp.
type DueAt = (Deadline, Due);

/// A promise that waits for time to pass.
#[derive(Clone, Copy, Debug)]
struct Sleeper {
    handle: Handle,
    until: Option<Deadline>,
    holds: bool,
}
