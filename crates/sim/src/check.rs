//! What a host can see for itself, whatever any model says.
//!
//! A model may share a wrong idea with the engine. These rules are the promises of the design in the words of
//! someone who only calls functions and counts them.

mod calls;
mod groups;
mod guards;
mod sleepers;
mod windows;

use fanfold_core::limit::Snapshot;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::Order;
use fanfold_core::{Admission, Command, Effect, Fault, Handle, KeyId, LimiterId, Time};

use crate::turn::{Message, Outcome, Turn};
use calls::Calls;
use groups::Groups;
use guards::Guards;
use sleepers::Sleepers;
use windows::Windows;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Waiting,
    Running,
    Expired,
}

#[derive(Clone, Debug)]
struct Seen {
    handle: Handle,
    limiter: LimiterId,
    life: Life,
    /// May run in the slot of another.
    nested: bool,
    /// Submitted before those with a higher number.
    number: u64,
    weight: u32,
    key: Option<KeyId>,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that was seen or said")]
struct Watched {
    id: LimiterId,
    limit: u32,
    /// The most slots that may be taken: the limit, and for a while more when it was lowered.
    ceiling: u32,
    first_in_first_out: bool,
    above: Option<LimiterId>,
    inherits: bool,
    room: bool,
    /// Paused without a deadline: nothing starts until the host says so.
    paused: bool,
    warned: bool,
    /// It may go by keys: then there is room for those whose key has what it may have not.
    by_keys: bool,
    /// Slots for each key, and the last task that was submitted when that was said.
    per_key: (u32, u64),
}

/// Watches a host's dealings with the engine.
#[derive(Clone, Debug, Default)]
pub struct Check {
    tasks: Vec<Seen>,
    limiters: Vec<Watched>,
    submitted: u64,
    completed: Vec<Handle>,
    /// Keys that were said to be at rest.
    idle_keys: Vec<(LimiterId, KeyId)>,
    sleepers: Sleepers,
    groups: Groups,
    calls: Calls,
    windows: Windows,
    /// The limiter that was paused, and whose next one the host wanted to start.
    asked: Option<LimiterId>,
    guards: Guards,
    now: Time,
}

impl Check {
    /// Looks at a turn.
    pub fn turn(&mut self, turn: &Turn, outcome: &Outcome) -> Result<(), String> {
        self.now = turn.now;
        for &message in &turn.messages {
            match message {
                Message::Command(command) => self.command(&command)?,
                Message::Try { limiter, task } if outcome.answer == Some(true) => {
                    self.enter(limiter, task, &Admission::PLAIN);
                    self.seen(task)?.life = Life::Running;
                }
                Message::Try { .. } => {}
            }
        }
        let (start, told) = match outcome.effects.split_last() {
            Some((&Effect::Start { task, limiter }, told)) => (Some((task, limiter)), told),
            _ => (None, &outcome.effects[..]),
        };
        // What is told may be about a moment of the turn in which a completed task still ran.
        for effect in told {
            self.effect(effect)?;
        }
        let asked = self.asked.take();
        let completed = core::mem::take(&mut self.completed);
        self.tasks.retain(|seen| !completed.contains(&seen.handle));
        let idle = core::mem::take(&mut self.idle_keys);
        // In the slot of another its key is nothing to a task.
        let is_idle = |seen: &&Seen| !seen.nested && seen.key.is_some_and(|key| idle.contains(&(seen.limiter, key)));
        if let Some(seen) = self.tasks.iter().find(is_idle) {
            return Err(format!("its key is said to be at rest: {seen:?}"));
        }
        if let Some(left) = self.tasks.iter().find(|seen| !self.limiters.iter().any(|known| known.id == seen.limiter)) {
            return Err(format!("its limiter was freed: {left:?}"));
        }
        self.sleepers.end_turn(turn.now, outcome.deadline.map(|(at, _)| at))?;
        self.groups.end_turn();
        self.calls.end_turn();
        self.guards.end_turn();
        match start {
            Some((_, limiter)) if !turn.may_start && asked != Some(limiter) => Err("a start where none may be".into()),
            Some((task, limiter)) => self.start(task, limiter, asked),
            None => Ok(()),
        }
    }

    fn command(&mut self, command: &Command) -> Result<(), String> {
        self.calls.command(command, self.now);
        self.windows.command(command);
        if let Command::HoldBack { limiter, .. }
        | Command::LiftHold { limiter }
        | Command::Resize { limiter, .. }
        | Command::SetAdaptive { limiter, .. } = *command
        {
            self.guards.command(command, &self.path(limiter), self.now);
        }
        match *command {
            Command::Open { limiter, options } => self.limiters.push(Watched {
                id: limiter,
                limit: options.concurrency,
                ceiling: options.concurrency,
                first_in_first_out: options.order == Order::Fifo && options.bypass == 0,
                above: options.parent,
                inherits: options.nested == NestedPolicy::Inherit,
                room: true,
                paused: false,
                warned: false,
                by_keys: false,
                per_key: (u32::MAX, 0),
            }),
            Command::Resize { limiter, concurrency } => {
                if let Some(limiter) = self.watched(limiter) {
                    limiter.limit = concurrency;
                    limiter.ceiling = limiter.ceiling.max(concurrency);
                }
            }
            Command::Pause { limiter, span } => {
                if let Some(limiter) = self.watched(limiter) {
                    limiter.paused = !span.is_finite();
                }
            }
            Command::Resume { limiter } => {
                if let Some(limiter) = self.watched(limiter) {
                    limiter.paused = false;
                }
            }
            Command::Close { limiter, .. } => {
                let ids: Vec<LimiterId> = self.limiters.iter().map(|known| known.id).collect();
                for id in ids {
                    if self.path(id).contains(&limiter)
                        && let Some(below) = self.watched(id)
                    {
                        below.paused = false;
                    }
                }
            }
            Command::Submit { limiter, task, admission } => {
                if admission.key.is_some() {
                    self.goes_by_keys(limiter);
                }
                self.enter(limiter, task, &admission);
            }
            Command::SetKey { limiter, .. }
            | Command::SetPerKeyRate { limiter, .. }
            | Command::HoldKey { limiter, .. } => self.goes_by_keys(limiter),
            Command::SetPerKey { limiter, concurrency, .. } => {
                self.goes_by_keys(limiter);
                let submitted = self.submitted;
                if let Some(limiter) = self.watched(limiter) {
                    limiter.per_key = (concurrency, submitted);
                }
            }
            Command::Next { limiter } => self.asked = Some(limiter),
            Command::Move { limiter, parent } => {
                if let Some(limiter) = self.watched(limiter) {
                    limiter.above = parent;
                }
                // What runs already has its slots there now, however many: how many, is seen when the turn is over.
                for id in self.path(limiter) {
                    if let Some(above) = self.watched(id) {
                        above.ceiling = u32::MAX;
                    }
                }
            }
            Command::Complete { task, .. } | Command::CompleteAs { task, .. } => {
                if self.seen(task)?.life == Life::Waiting {
                    return Err(format!("the plan completes {task:?}, which never started"));
                }
                self.completed.push(task);
            }
            Command::Sleep { sleeper, span, .. } => self.sleepers.sleep(sleeper, self.now.after(span)),
            Command::Retry { sleeper, options, failure, .. } => self.sleepers.retry(sleeper, options, failure),
            Command::Wait { waiter, .. } => self.sleepers.wait(waiter),
            Command::Cancel { task } if self.calls.let_go(task) => self.sleepers.forget(task),
            Command::Cancel { task } => self.sleepers.rouse(task),
            _ => self.groups.command(command),
        }
        Ok(())
    }

    fn effect(&mut self, effect: &Effect) -> Result<(), String> {
        match *effect {
            Effect::Start { .. } => Err(format!("{effect:?} is not the last effect of its turn")),
            Effect::Reject { task, limiter, verdict, waited } if self.calls.is_held(task) => {
                self.sleepers.reject(task);
                self.calls.reject(task, limiter, verdict, waited, self.now)
            }
            Effect::Reject { task, limiter, .. } | Effect::Refuse { task, limiter, .. } => {
                let seen = self.seen(task)?;
                if seen.life != Life::Waiting || seen.limiter != limiter {
                    return Err(format!("rejected, though it is {seen:?}"));
                }
                self.tasks.retain(|seen| seen.handle != task);
                Ok(())
            }
            Effect::Expire { task, limiter, .. } => {
                let seen = self.seen(task)?;
                if seen.life != Life::Running || seen.limiter != limiter {
                    return Err(format!("expired, though it is {seen:?}"));
                }
                seen.life = Life::Expired;
                Ok(())
            }
            Effect::Room { limiter, room } => match self.watched(limiter) {
                Some(known) if known.room != room => {
                    known.room = room;
                    Ok(())
                }
                known => Err(format!("told {room} of the room of {known:?}")),
            },
            Effect::NestedFull { limiter } => match self.watched(limiter) {
                Some(known) if !known.warned => {
                    known.warned = true;
                    Ok(())
                }
                known => Err(format!("warned again of {known:?}")),
            },
            Effect::KeyIdle { limiter, key } => {
                self.idle_keys.push((limiter, key));
                Ok(())
            }
            Effect::LimiterFreed { limiter } => {
                self.limiters.retain(|known| known.id != limiter);
                self.windows.freed(limiter);
                self.guards.freed(limiter);
                self.calls.freed(limiter)
            }
            // Nobody can know of a verdict in the turn that brings it.
            Effect::Fault { fault: Fault::UnknownGroup, subject } if self.groups.is_over(subject) => Ok(()),
            // Plans have none: they have a simulator of their own.
            Effect::Buffer { .. } | Effect::Fault { .. } => {
                Err(format!("{effect:?}, though the host keeps to the rules"))
            }
            Effect::Wake { waiter } => {
                self.calls.wake(waiter)?;
                self.sleepers.wake(waiter, self.now)
            }
            Effect::RetryAfter { sleeper, delay } => self.sleepers.answer(sleeper, delay, self.now),
            Effect::Exhausted { sleeper, .. } => {
                self.calls.exhaust(sleeper);
                self.sleepers.exhaust(sleeper)
            }
            Effect::GroupStop { group } => self.groups.stop(group),
            Effect::GroupDecided { group, judgement } => self.groups.decide(group, judgement),
            Effect::Closed { waiter, report } => self.calls.closed(waiter, report.drained),
            Effect::Limit { limiter, concurrency } => {
                // Unless somebody said later in the turn what it is.
                let is_fixed = self.guards.is_fixed(limiter);
                if let Some(limiter) = self.watched(limiter) {
                    limiter.limit = if is_fixed { limiter.limit } else { concurrency };
                    limiter.ceiling = limiter.ceiling.max(concurrency);
                }
                Ok(())
            }
            Effect::SignalIdle { .. } | Effect::Breaker { .. } => Ok(()),
        }
    }

    fn start(&mut self, task: Handle, limiter: LimiterId, asked: Option<LimiterId>) -> Result<(), String> {
        let started = self.seen(task)?.clone();
        if started.life != Life::Waiting || started.limiter != limiter {
            return Err(format!("started, though it is {started:?}"));
        }
        let Some(watched) = self.watched(limiter).cloned() else {
            return Err(format!("started in limiter {limiter}, which is not there"));
        };
        for id in self.path(limiter) {
            if asked != Some(id) && self.watched(id).is_some_and(|above| above.paused) {
                return Err(format!("{task:?} started while limiter {id} is paused"));
            }
        }
        let overtaken = self.tasks.iter().find(|other| {
            other.limiter == limiter
                && other.key == started.key
                && other.life == Life::Waiting
                && other.number < started.number
                && !(watched.inherits && (other.nested || started.nested))
        });
        if let Some(overtaken) = overtaken.filter(|_| watched.first_in_first_out) {
            return Err(format!("{started:?} overtook {overtaken:?}"));
        }
        self.guards.start(task, &self.path(limiter), self.now)?;
        self.seen(task)?.life = Life::Running;
        if !self.may_inherit(limiter) {
            self.windows.count(task, &self.path(limiter), started.key, self.now)?;
            let (limit, since) = watched.per_key;
            let own = self.tasks.iter().filter(|seen| (seen.limiter, seen.key) == (limiter, started.key));
            let running: u64 = own.filter(|seen| seen.life != Life::Waiting).map(|seen| u64::from(seen.weight)).sum();
            if started.number > since && running > u64::from(limit) {
                return Err(format!("{started:?} is one too many of its key: {watched:?}"));
            }
        }
        for id in self.path(limiter) {
            let Some(above) = self.limiters.iter().find(|known| known.id == id) else { continue };
            if !self.may_inherit(id) && self.running_weight(id) > u64::from(above.ceiling) {
                return Err(format!("{task:?} is one too many: {above:?}"));
            }
        }
        Ok(())
    }

    /// A limiter and all above it.
    fn path(&self, id: LimiterId) -> Vec<LimiterId> {
        let above = |&id: &LimiterId| self.limiters.iter().find(|limiter| limiter.id == id)?.above;
        core::iter::successors(Some(id), above).collect()
    }

    /// Whether tasks, here or below, run in the slots of others.
    fn may_inherit(&self, id: LimiterId) -> bool {
        self.limiters.iter().any(|limiter| limiter.inherits && self.path(limiter.id).contains(&id))
    }

    /// What all weigh that run here or below.
    fn running_weight(&self, id: LimiterId) -> u64 {
        let running = self.tasks.iter().filter(|seen| seen.life != Life::Waiting);
        running.filter(|seen| self.path(seen.limiter).contains(&id)).map(|seen| u64::from(seen.weight)).sum()
    }

    /// Looks at how a limiter says it stands after a turn.
    pub fn stands(&mut self, id: LimiterId, snapshot: &Snapshot) -> Result<(), String> {
        if snapshot.resting as usize != self.calls.resting(id) {
            return Err(format!("{} rest, of {:?}", snapshot.resting, self.calls));
        }
        let running = self.running_weight(id);
        let below = self.tasks.iter().filter(|seen| self.path(seen.limiter).contains(&id));
        let all: u64 = below.map(|seen| u64::from(seen.weight)).sum();
        let own = self.tasks.iter().filter(|seen| seen.limiter == id);
        let (own_all, own_waiting) = (own.clone().count(), own.filter(|seen| seen.life == Life::Waiting).count());
        let is_plain = all == own_all as u64 && self.limiters.iter().all(|limiter| limiter.above != Some(id));
        let inherits = self.may_inherit(id);
        let Some(watched) = self.watched(id) else { return Ok(()) };
        if snapshot.active > watched.ceiling {
            return Err(format!("{} slots are taken: {watched:?}", snapshot.active));
        }
        watched.ceiling = watched.limit.max(snapshot.active);
        if inherits {
            return Ok(());
        }
        let (active, queued) = (u64::from(snapshot.active), snapshot.queued as usize);
        if active < running || active > all || queued > own_waiting || (is_plain && active + queued as u64 != all) {
            return Err(format!("{active} active and {queued} queued of {all}, of which {running} run"));
        }
        let queued = if watched.by_keys { 0 } else { queued };
        if watched.room && (active >= u64::from(watched.limit) || queued > 0 || snapshot.paused || snapshot.closed) {
            return Err(format!("no room in truth: {watched:?} {snapshot:?}"));
        }
        Ok(())
    }

    fn goes_by_keys(&mut self, limiter: LimiterId) {
        if let Some(limiter) = self.watched(limiter) {
            limiter.by_keys = true;
        }
    }

    /// What the host was last told of a limiter's room.
    pub fn room(&self, id: LimiterId) -> Option<bool> {
        self.limiters.iter().find(|limiter| limiter.id == id).map(|limiter| limiter.room)
    }

    fn enter(&mut self, limiter: LimiterId, handle: Handle, admission: &Admission) {
        self.submitted += 1;
        self.tasks.push(Seen {
            handle,
            limiter,
            life: Life::Waiting,
            nested: admission.parent.is_some(),
            number: self.submitted,
            weight: admission.weight.max(1),
            key: admission.key,
        });
    }

    fn seen(&mut self, handle: Handle) -> Result<&mut Seen, String> {
        let seen = self.tasks.iter_mut().find(|seen| seen.handle == handle);
        seen.ok_or_else(|| format!("{handle:?} is not there, or not any more"))
    }

    fn watched(&mut self, id: LimiterId) -> Option<&mut Watched> {
        self.limiters.iter_mut().find(|limiter| limiter.id == id)
    }
}
