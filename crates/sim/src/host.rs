//! A host: turns the steps of a plan into messages about what is there.
//!
//! It keeps to the rules of the border, as the TypeScript side does: the lowest free index and another
//! generation for each new task, an id of a limiter or a signal only when the engine has let go of it. It
//! knows nothing but what it said and what it was told.

mod guards;
mod judged;
mod raw;

use fanfold_core::group::{GroupOptions, Need, Rest};
use fanfold_core::limit::LimiterOptions;
use fanfold_core::retry::{BudgetOptions, Failure, RetryOptions};
use fanfold_core::{Admission, Command, Effect, Handle, KeyId, LimiterId, SignalId, Span, Time, Until};

use crate::plan::{Pick, Step, Wishes, rule, rule_of_keys};
use crate::turn::{Message, Outcome, PLAIN, Turn};
use judged::Band;

/// More messages than this do not fit the submission ring, whatever they are.
const MOST_MESSAGES: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Task {
        handle: Handle,
        limiter: LimiterId,
        started: bool,
    },
    Waiter,
    Sleeper {
        handle: Handle,
    },
    /// Held, and whether it rests: then it must not be told to rest.
    Call {
        handle: Handle,
        rests: bool,
    },
    Group(Band),
}

/// What a step makes of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Go on with the next step.
    Go,
    /// Take a turn.
    Ring {
        /// One task may start.
        may_start: bool,
    },
    /// Take turns until no more start.
    Drain,
}

/// What a host knows.
#[derive(Clone, Debug, Default)]
pub struct Host {
    now: Time,
    places: Vec<Place>,
    generations: Vec<u32>,
    /// Whether an id is in use, and whether anybody can still reach the limiter.
    limiters: Vec<(bool, bool)>,
    /// Which is above each.
    above: Vec<Option<LimiterId>>,
    /// By limiter and id, the names of keys that are in use.
    keys: Vec<Vec<Option<u8>>>,
    /// Whose signal it is, while the engine listens.
    signals: Vec<Option<LimiterId>>,
    /// Whether an id is in use.
    budgets: Vec<bool>,
    /// The last few tasks that ended: someone may still talk about them.
    ended: Vec<Handle>,
    deadline: Option<Time>,
    messages: Vec<Message>,
    /// Calls that it let go since the last turn.
    let_go: Vec<Handle>,
}

impl Host {
    /// Takes a step.
    pub fn take(&mut self, step: Step) -> Act {
        match step {
            Step::Open(shape) => {
                let parent = shape.parent.and_then(|parent| self.limiter(parent));
                self.open(LimiterOptions { parent, ..shape.options() });
            }
            Step::SetRate(at, second, limit) => {
                if let Some(limiter) = self.limiter(at) {
                    let nth = u32::from(second);
                    let rule = limit.map(|limit| rule(limiter, nth, limit));
                    self.say(Command::SetRate { limiter, nth, rule });
                }
            }
            Step::SetKey(at, ..) | Step::SetPerKey(at, ..) | Step::SetPerKeyRate(at, ..) | Step::HoldKey(at, ..) => {
                if let Some(limiter) = self.limiter(at) {
                    self.manage_keys(limiter, step);
                }
            }
            Step::SettleCost(at, second, units) => {
                if let Some(task) = pick(&self.tasks(|_, started| started), at) {
                    let actual = u64::from(units % 8);
                    self.say(Command::SettleCost { task, resource: u32::from(second), actual });
                }
            }
            Step::Reprioritize(at, priority) => {
                if let Some(task) = pick(&self.tasks(|_, _| true), at) {
                    self.say(Command::Reprioritize { task, priority: priority.into() });
                }
            }
            Step::Submit(at, wishes) => self.submit(at, wishes),
            Step::Burst(at, count) => {
                // The model takes the square of the time: a fuzzer's bursts of hundreds teach it nothing.
                for _ in 0..count % 16 {
                    self.submit(at, Wishes::default());
                }
            }
            Step::Try(at) => return self.try_acquire(at),
            Step::Complete(at, fulfilled) => {
                if let Some(task) = pick(&self.tasks(|_, started| started), at) {
                    self.say(Command::Complete { task, fulfilled });
                    self.leave(task);
                }
            }
            Step::Cancel(at) => {
                let mut tasks = self.tasks(|_, _| true);
                tasks.extend_from_slice(&self.ended);
                tasks.extend(self.bands().iter().map(|band| band.handle));
                if let Some(task) = pick(&tasks, at) {
                    self.say(Command::Cancel { task });
                }
            }
            Step::AbortSignal(at) => {
                let known: Vec<usize> = (0..self.signals.len()).filter(|&at| self.signals[at].is_some()).collect();
                if let Some(signal) = pick(&known, at) {
                    self.say(Command::SignalAborted { signal: id(signal) });
                }
            }
            Step::Sleep(span, holds) => {
                let sleeper = self.enter_sleeper();
                self.say(Command::Sleep { sleeper, span: span.span(), holds });
            }
            Step::Rouse(at) => {
                if let Some(task) = pick(&self.sleepers(), at) {
                    self.say(Command::Cancel { task });
                }
            }
            Step::Ring(may_start) => return Act::Ring { may_start },
            Step::Drain => return Act::Drain,
            Step::Pass(span) => {
                let span = if span.span().is_finite() { span.span() } else { Span::from_millis(1_000) };
                self.now = self.now.after(span);
                return Act::Ring { may_start: false };
            }
            Step::PassToDeadline(reached) => {
                if let Some(at) = self.deadline {
                    let before = Time::from_micros(at.as_micros().saturating_sub(1));
                    self.now = self.now.max(if reached { at } else { before });
                    return Act::Ring { may_start: false };
                }
            }
            Step::Raw(raw) => self.say(raw::command(raw)),
            Step::Guard(guard) => self.guard(guard),
            Step::Retry(_)
            | Step::Hold(_)
            | Step::LetGo(_)
            | Step::OpenBudget(_)
            | Step::FreeBudget(_)
            | Step::Deposit(..)
            | Step::Gather(_)
            | Step::Join(..)
            | Step::EndMember(..)
            | Step::Tally(..)
            | Step::Seal(..)
            | Step::Disband(_) => self.judge(step),
            _ => self.manage(step),
        }
        if self.messages.len() >= MOST_MESSAGES { Act::Ring { may_start: false } } else { Act::Go }
    }

    /// A step about one of the limiters.
    fn manage(&mut self, step: Step) {
        let (Step::Free(at)
        | Step::Resize(at, ..)
        | Step::Settle(at)
        | Step::Pause(at, _)
        | Step::Resume(at)
        | Step::Clear(at)
        | Step::Close(at, _)
        | Step::Abort(at)
        | Step::WaitIdle(at)
        | Step::WaitBelow(at, _)
        | Step::Next(at, _)
        | Step::Move(at, _)) = step
        else {
            return;
        };
        let Some(limiter) = self.limiter(at) else { return };
        match step {
            Step::Free(_) => {
                self.limiters[limiter as usize].1 = false;
                self.say(Command::Free { limiter });
            }
            Step::Resize(_, slots, settled) => {
                self.say(Command::Resize { limiter, concurrency: u32::from(slots) + 1 });
                if settled {
                    self.say(Command::Settle { limiter });
                }
            }
            Step::Settle(_) => self.say(Command::Settle { limiter }),
            Step::Next(_, pauses) => {
                if pauses {
                    self.say(Command::Pause { limiter, span: Span::NEVER });
                }
                self.say(Command::Next { limiter });
            }
            Step::Move(_, parent) => {
                let parent = parent.and_then(|parent| self.limiter(parent));
                if !parent.is_some_and(|parent| self.is_within(parent, limiter)) {
                    self.above[limiter as usize] = parent;
                    self.say(Command::Move { limiter, parent });
                }
            }
            Step::Pause(_, span) => self.say(Command::Pause { limiter, span: span.span() }),
            Step::Resume(_) => self.say(Command::Resume { limiter }),
            Step::Clear(_) => self.say(Command::Clear { limiter }),
            Step::Abort(_) => self.say(Command::Abort { limiter }),
            Step::Close(_, grace) => {
                let waiter = self.enter(Place::Waiter);
                self.say(Command::Close { limiter, waiter, grace: grace.span() });
            }
            Step::WaitIdle(_) => {
                let waiter = self.enter(Place::Waiter);
                self.say(Command::Wait { limiter, waiter, until: Until::Idle });
            }
            Step::WaitBelow(_, bound) => {
                let waiter = self.enter(Place::Waiter);
                self.say(Command::Wait { limiter, waiter, until: Until::QueuedBelow(u32::from(bound)) });
            }
            _ => {}
        }
    }

    /// A step about the keys of a limiter.
    fn manage_keys(&mut self, limiter: LimiterId, step: Step) {
        match step {
            Step::SetKey(_, name, weight) => {
                let key = self.key(limiter, name);
                self.say(Command::SetKey { limiter, key, weight: u32::from(weight % 5) });
            }
            Step::SetPerKey(_, slots, places) => {
                let concurrency = if slots >= 192 { u32::MAX } else { u32::from(slots % 3) + 1 };
                let max_queue = if places >= 128 { u32::MAX } else { u32::from(places % 4) };
                self.say(Command::SetPerKey { limiter, concurrency, max_queue });
            }
            Step::SetPerKeyRate(_, second, limit) => {
                let nth = u32::from(second);
                let rule = limit.map(|limit| rule_of_keys(limiter, nth, limit));
                self.say(Command::SetPerKeyRate { limiter, nth, rule });
            }
            Step::HoldKey(_, name, span) => {
                let key = self.key(limiter, name);
                self.say(Command::HoldKey { limiter, key, span: span.span() });
            }
            _ => {}
        }
    }

    /// The id of a key of a limiter with one of a few names, or of no name.
    fn key(&mut self, limiter: LimiterId, name: u8) -> Option<KeyId> {
        let name = name % 6;
        let names = &mut self.keys[limiter as usize];
        if name == 5 {
            return None;
        }
        let known = names.iter().position(|&known| known == Some(name));
        let place = known.or(names.iter().position(Option::is_none)).unwrap_or(names.len());
        if place == names.len() {
            names.push(None);
        }
        names[place] = Some(name);
        Some(id(place))
    }

    fn open(&mut self, options: LimiterOptions) {
        let place = self.limiters.iter().position(|&(used, _)| !used).unwrap_or(self.limiters.len());
        if place == self.limiters.len() {
            self.limiters.push((false, false));
            self.above.push(None);
            self.keys.push(Vec::new());
        }
        self.limiters[place] = (true, true);
        self.above[place] = options.parent;
        self.say(Command::Open { limiter: id(place), options });
    }

    /// Whether a limiter is another one or below it. Bounded, since after commands that no host sends what this one knows
    /// may be in a ring.
    fn is_within(&self, id: LimiterId, above: LimiterId) -> bool {
        let upwards = core::iter::successors(Some(id), |&id| self.above[id as usize]);
        upwards.take(self.above.len()).any(|id| id == above)
    }

    fn submit(&mut self, at: Pick, wishes: Wishes) {
        let Some(limiter) = self.limiter(at) else { return };
        let span = |span: u8| if span == u8::MAX { Span::NEVER } else { Span::from_micros(u64::from(span) * 250) };
        let mut parents = self.tasks(|owner, started| started && owner == limiter);
        if wishes.parent.is_some_and(|parent| parent >= 224) {
            parents = self.tasks(|_, started| started);
            parents.extend_from_slice(&self.ended);
        }
        let admission = Admission {
            signal: wishes.signal.map(|signal| self.signal(limiter, signal)),
            queue_timeout: wishes.queue_timeout.map(span),
            run_timeout: wishes.run_timeout.map(span),
            parent: wishes.parent.and_then(|parent| pick(&parents, parent)),
            weight: u32::from(wishes.weight) + 1,
            priority: wishes.priority.into(),
            key: wishes.key.and_then(|name| self.key(limiter, name)),
        };
        let task = self.enter_task(limiter, false);
        if let Some((resource, units)) = wishes.bill() {
            self.say(Command::Cost { task, resource, units });
        }
        self.say(Command::Submit { limiter, task, admission });
    }

    fn try_acquire(&mut self, at: Pick) -> Act {
        let Some(limiter) = self.limiter(at) else { return Act::Go };
        let task = self.enter_task(limiter, true);
        self.messages.push(Message::Try { limiter, task });
        Act::Ring { may_start: false }
    }

    /// One of the limiter's signals, or a new one.
    fn signal(&mut self, limiter: LimiterId, at: Pick) -> SignalId {
        let own: Vec<usize> = (0..self.signals.len()).filter(|&place| self.signals[place] == Some(limiter)).collect();
        if let Some(signal) = pick(&own, at).filter(|_| !at.is_multiple_of(4)) {
            return id(signal);
        }
        let place = self.signals.iter().position(Option::is_none).unwrap_or(self.signals.len());
        if place == self.signals.len() {
            self.signals.push(None);
        }
        self.signals[place] = Some(limiter);
        id(place)
    }

    /// The next turn.
    pub fn turn(&mut self, may_start: bool) -> Turn {
        Turn { now: self.now, messages: core::mem::take(&mut self.messages), may_start }
    }

    /// What a turn came to.
    pub fn learn(&mut self, turn: &Turn, outcome: &Outcome) {
        self.deadline = outcome.deadline.map(|(at, _)| at);
        if let (Some(Message::Try { task, .. }), Some(false)) = (turn.messages.last(), outcome.answer) {
            self.leave(*task);
        }
        for effect in &outcome.effects {
            // One that was let go in the same turn has no place any more, or it is another's.
            if let Some(handle) = subject(effect)
                && (self.get_up(handle) || self.let_go.contains(&handle))
            {
                continue;
            }
            match *effect {
                Effect::Start { task, .. } => {
                    if let Some(Place::Task { started, .. }) = self.places.get_mut(task.index() as usize) {
                        *started = true;
                    }
                }
                Effect::Reject { task, .. } | Effect::Refuse { task, .. } => self.leave(task),
                Effect::Wake { waiter } | Effect::Closed { waiter, .. } => self.leave(waiter),
                Effect::Exhausted { sleeper, .. } => self.leave(sleeper),
                Effect::GroupDecided { group, .. } => {
                    // Unless it was disbanded in the same turn: then its place may be another's.
                    if self.bands().iter().any(|band| band.handle == group) {
                        self.leave(group);
                    }
                }
                Effect::SignalIdle { signal } => {
                    if let Some(owner) = self.signals.get_mut(signal as usize) {
                        *owner = None;
                    }
                }
                Effect::LimiterFreed { limiter } => {
                    if let Some(used) = self.limiters.get_mut(limiter as usize) {
                        *used = (false, false);
                        self.keys[limiter as usize].clear();
                    }
                }
                Effect::KeyIdle { limiter, key } => {
                    let names = self.keys.get_mut(limiter as usize);
                    if let Some(name) = names.and_then(|names| names.get_mut(key as usize)) {
                        *name = None;
                    }
                }
                Effect::Expire { .. }
                | Effect::Room { .. }
                | Effect::NestedFull { .. }
                | Effect::RetryAfter { .. }
                | Effect::GroupStop { .. }
                | Effect::Breaker { .. }
                | Effect::Limit { .. }
                | Effect::Buffer { .. }
                | Effect::Fault { .. } => {}
            }
        }
        self.let_go.clear();
        // When all is heard: of a group that stops, the verdict may be in the same turn.
        for effect in &outcome.effects {
            if let Effect::GroupStop { group } = *effect {
                self.seal_stopped(group);
            }
        }
    }

    /// Says something that is in no plan.
    pub fn say(&mut self, command: Command) {
        self.messages.push(Message::Command(command));
    }

    /// Opens a limiter under the id that must be free when nothing is left, and runs one task in it; asks a budget
    /// in the same way for a retry that is due at once, and has a group without members judged.
    pub fn say_something_sensible(&mut self, fresh: Handle) {
        self.say(Command::Open { limiter: 0, options: PLAIN });
        self.say(Command::Submit { limiter: 0, task: fresh, admission: Admission::PLAIN });
        let [sleeper, group] = [1, 2].map(|more| Handle::from_bits(fresh.bits() + more));
        self.say(Command::OpenBudget { budget: 0, options: BudgetOptions::default() });
        let failure = Failure { after: Some(Span::ZERO), ..Failure::default() };
        let options = RetryOptions::default();
        self.say(Command::Retry { sleeper, options, failure, budget: Some(0), holds: true });
        self.say(Command::FreeBudget { budget: 0 });
        self.say(Command::Gather { group, options: GroupOptions { need: Need::All, rest: Rest::Abort } });
        self.say(Command::Seal { group, members: 0 });
    }

    fn tasks(&self, keep: impl Fn(LimiterId, bool) -> bool) -> Vec<Handle> {
        let task = |place: &Place| match *place {
            Place::Task { handle, limiter, started } => keep(limiter, started).then_some(handle),
            Place::Free | Place::Waiter | Place::Sleeper { .. } | Place::Call { .. } | Place::Group(_) => None,
        };
        self.places.iter().filter_map(task).collect()
    }

    fn sleepers(&self) -> Vec<Handle> {
        let sleeper = |place: &Place| if let Place::Sleeper { handle } = *place { Some(handle) } else { None };
        self.places.iter().filter_map(sleeper).collect()
    }

    fn limiter(&self, at: Pick) -> Option<LimiterId> {
        let reachable: Vec<usize> = (0..self.limiters.len()).filter(|&place| self.limiters[place].1).collect();
        pick(&reachable, at).map(id)
    }

    fn enter_task(&mut self, limiter: LimiterId, started: bool) -> Handle {
        let handle = self.enter(Place::Waiter);
        self.places[handle.index() as usize] = Place::Task { handle, limiter, started };
        handle
    }

    fn enter_sleeper(&mut self) -> Handle {
        let handle = self.enter(Place::Waiter);
        self.places[handle.index() as usize] = Place::Sleeper { handle };
        handle
    }

    fn enter(&mut self, resident: Place) -> Handle {
        let place = self.places.iter().position(|&place| place == Place::Free).unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(Place::Free);
            self.generations.push(0);
        }
        self.places[place] = resident;
        let generation = self.generations[place];
        self.generations[place] = (generation + 1) % (1 << Handle::GENERATION_BITS);
        Handle::from_bits(id(place) | (generation << Handle::INDEX_BITS))
    }

    fn leave(&mut self, handle: Handle) {
        if let Some(place) = self.places.get_mut(handle.index() as usize) {
            *place = Place::Free;
        }
        self.ended.push(handle);
        if self.ended.len() > 4 {
            self.ended.remove(0);
        }
    }
}

/// Who slept or waited, and does no longer.
fn subject(effect: &Effect) -> Option<Handle> {
    match *effect {
        Effect::Reject { task, .. } | Effect::Refuse { task, .. } => Some(task),
        Effect::Wake { waiter } => Some(waiter),
        Effect::Exhausted { sleeper, .. } => Some(sleeper),
        _ => None,
    }
}

fn pick<T: Copy>(values: &[T], at: Pick) -> Option<T> {
    if values.is_empty() { None } else { Some(values[at as usize % values.len()]) }
}

fn id(place: usize) -> u32 {
    u32::try_from(place).expect("plans are short")
}
