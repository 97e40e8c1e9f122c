//! A host for unit tests: a virtual clock, handles in the order of their use, and what the engine told.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::limit::{Counts, LimiterOptions, Snapshot};
use crate::{Admission, Command, Effect, Engine, Handle, LimiterId, SignalId, Span, Time, Until};

/// More turns than any unit test takes: one that does not come to rest fails instead of hanging.
const MAX_TURNS: usize = 10_000;

pub(crate) struct Host {
    pub(crate) engine: Engine,
    now: Time,
    next_handle: u32,
    generation: u32,
    next_limiter: LimiterId,
    effects: Vec<Effect>,
}

/// Tasks with nothing but a signal, a parent or a limit of time.
pub(crate) fn heard(signal: SignalId) -> Admission {
    Admission { signal: Some(signal), ..Admission::PLAIN }
}

pub(crate) fn child_of(parent: Handle) -> Admission {
    Admission { parent: Some(parent), ..Admission::PLAIN }
}

pub(crate) fn waits(millis: u32) -> Admission {
    Admission { queue_timeout: Some(Span::from_millis(millis)), ..Admission::PLAIN }
}

pub(crate) fn runs(millis: u32) -> Admission {
    Admission { run_timeout: Some(Span::from_millis(millis)), ..Admission::PLAIN }
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            engine: Engine::new(),
            now: Time::ZERO,
            next_handle: 0,
            generation: 0,
            next_limiter: 0,
            effects: Vec::new(),
        }
    }

    /// A host with one limiter, number 0.
    pub(crate) fn with(options: &LimiterOptions) -> Self {
        let mut host = Self::new();
        host.open(options);
        host
    }

    pub(crate) fn open(&mut self, options: &LimiterOptions) -> LimiterId {
        let limiter = self.next_limiter;
        self.next_limiter += 1;
        self.command(Command::Open { limiter, options: *options });
        limiter
    }

    /// A turn with one command, in which nothing may start.
    pub(crate) fn command(&mut self, command: Command) {
        self.engine.handle(command);
        self.end_turn(false);
    }

    /// Ends a turn; whether a task started.
    pub(crate) fn end_turn(&mut self, may_start: bool) -> bool {
        let started = self.engine.end_turn(may_start);
        let mut last_is_start = false;
        while let Some(effect) = self.engine.poll_effect() {
            assert!(!last_is_start, "{effect:?} came after a start");
            last_is_start = matches!(effect, Effect::Start { .. });
            self.effects.push(effect);
        }
        assert_eq!(started, last_is_start);
        started
    }

    /// Turns until nothing more may start.
    pub(crate) fn drain(&mut self) {
        for _ in 0..MAX_TURNS {
            if !self.end_turn(true) {
                assert_eq!(self.engine.ready(), 0);
                return;
            }
        }
        panic!("still starting after {MAX_TURNS} turns");
    }

    pub(crate) fn handle(&mut self) -> Handle {
        let handle = Handle::from_bits(self.next_handle);
        self.next_handle += 1;
        handle
    }

    /// A handle for a place that was used before: another one than those the place had.
    pub(crate) fn handle_at(&mut self, index: u32) -> Handle {
        self.generation += 1;
        Handle::from_bits(index | (self.generation << Handle::INDEX_BITS))
    }

    pub(crate) fn submit(&mut self) -> Handle {
        self.submit_to(0, Admission::PLAIN)
    }

    pub(crate) fn submit_with(&mut self, admission: Admission) -> Handle {
        self.submit_to(0, admission)
    }

    pub(crate) fn submit_to(&mut self, limiter: LimiterId, admission: Admission) -> Handle {
        let task = self.handle();
        self.command(Command::Submit { limiter, task, admission });
        task
    }

    /// Submits so many and lets start what may.
    pub(crate) fn run<const N: usize>(&mut self) -> [Handle; N] {
        let tasks = core::array::from_fn(|_| self.submit());
        self.drain();
        tasks
    }

    pub(crate) fn fulfil(&mut self, task: Handle) {
        self.command(Command::Complete { task, fulfilled: true });
    }

    pub(crate) fn fail(&mut self, task: Handle) {
        self.command(Command::Complete { task, fulfilled: false });
    }

    pub(crate) fn cancel(&mut self, task: Handle) {
        self.command(Command::Cancel { task });
    }

    pub(crate) fn wait(&mut self, until: Until) -> Handle {
        let waiter = self.handle();
        self.command(Command::Wait { limiter: 0, waiter, until });
        waiter
    }

    pub(crate) fn close(&mut self, grace: Span) -> Handle {
        let waiter = self.handle();
        self.command(Command::Close { limiter: 0, waiter, grace });
        waiter
    }

    pub(crate) fn pause(&mut self) {
        self.command(Command::Pause { limiter: 0, span: Span::NEVER });
    }

    pub(crate) fn resume(&mut self) {
        self.command(Command::Resume { limiter: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.command(Command::Clear { limiter: 0 });
    }

    pub(crate) fn resize(&mut self, concurrency: u32) {
        self.command(Command::Resize { limiter: 0, concurrency });
    }

    pub(crate) fn settle(&mut self) {
        self.command(Command::Settle { limiter: 0 });
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn pass(&mut self, millis: u32) {
        self.now = self.now.after(Span::from_millis(millis));
        self.engine.begin_turn(self.now);
        self.end_turn(false);
    }

    /// The same, but a command comes in the turn in which that is noticed.
    pub(crate) fn late(&mut self, millis: u32, command: Command) {
        self.now = self.now.after(Span::from_millis(millis));
        self.engine.begin_turn(self.now);
        self.command(command);
    }

    /// When something is due next, in milliseconds from the start.
    pub(crate) fn due(&self) -> Option<u64> {
        self.engine.deadline().map(|(at, _)| at.as_micros() / 1_000)
    }

    /// Whether a permit was given at once, and its handle.
    pub(crate) fn try_acquire(&mut self) -> (bool, Handle) {
        let task = self.handle();
        let granted = self.engine.try_acquire(0, task);
        self.end_turn(false);
        (granted, task)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.engine.snapshot(0).expect("limiter 0")
    }

    /// Slots taken, tasks that wait.
    pub(crate) fn stand(&self) -> (u32, u32) {
        let snapshot = self.snapshot();
        (snapshot.active, snapshot.queued)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.snapshot().counts
    }

    /// What was told since it was asked the last time, in full.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        core::mem::take(&mut self.effects)
    }

    /// The same in short, without what is said about room.
    pub(crate) fn told(&mut self) -> Vec<String> {
        self.effects().iter().filter(|effect| !matches!(effect, Effect::Room { .. })).map(short).collect()
    }

    /// Only what is said about room.
    pub(crate) fn rooms(&mut self) -> Vec<bool> {
        let room = |effect| if let Effect::Room { room, .. } = effect { Some(room) } else { None };
        self.effects().into_iter().filter_map(room).collect()
    }
}

/// An effect as a word, the number of its subject and what matters most.
fn short(effect: &Effect) -> String {
    match *effect {
        Effect::Start { task, .. } => format!("start {}", task.bits()),
        Effect::Reject { task, verdict, .. } => format!("reject {} {verdict:?}", task.bits()),
        Effect::Refuse { task, verdict, by, after, .. } => {
            format!("refuse {} {verdict:?} by {by} after {} ms", task.bits(), after.as_micros() / 1_000)
        }
        Effect::Expire { task, verdict, .. } => format!("expire {} {verdict:?}", task.bits()),
        Effect::Wake { waiter } => format!("wake {}", waiter.bits()),
        Effect::Closed { waiter, .. } => format!("closed {}", waiter.bits()),
        Effect::Breaker { limiter, circuit, half_open_after } => {
            format!("breaker {limiter} {circuit:?} for {} ms", half_open_after.as_micros() / 1_000)
        }
        Effect::Limit { limiter, concurrency } => format!("limit {limiter} {concurrency}"),
        Effect::Room { room, .. } => format!("room {room}"),
        Effect::SignalIdle { signal } => format!("idle {signal}"),
        Effect::KeyIdle { key, .. } => format!("at rest {key}"),
        Effect::NestedFull { limiter } => format!("stuck {limiter}"),
        Effect::LimiterFreed { limiter } => format!("freed {limiter}"),
        Effect::RetryAfter { sleeper, delay } => {
            format!("retry {} after {} ms", sleeper.bits(), delay.as_micros() / 1_000)
        }
        Effect::Exhausted { sleeper, what } => format!("exhausted {} {what:?}", sleeper.bits()),
        Effect::GroupStop { group } => format!("stop {}", group.bits()),
        Effect::GroupDecided { group, judgement } => {
            let outcome = if judgement.fulfilled { "fulfilled" } else { "rejected" };
            format!("{outcome} {} by {:?}", group.bits(), judgement.by)
        }
        Effect::Buffer { buffer, event } => format!("buffer {} {event:?}", buffer.bits()),
        Effect::Fault { fault, subject } => format!("fault {fault:?} {subject}"),
    }
}
