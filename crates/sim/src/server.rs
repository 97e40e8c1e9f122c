//! A service with a known best limit, and callers with as much to do as is wanted, on the whole engine: whether adaptive limits
//! find it.
//!
//! The service has so many hands. Each does one call at a time; calls that find none free wait in line, so that more
//! calls at a time than hands make each of them slower and nothing faster. A service that refuses answers at once where
//! more than a tenth of its hands stand in line.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::adaptive::AdaptiveOptions;
use fanfold_core::{Admission, Command, Effect, Engine, Handle, Time};

use crate::rng::Rng;

/// Tasks that wait at any time.
const WAITING: u32 = 20;

/// What a refusal takes, in microseconds.
const REFUSAL: u64 = 1_000;

/// How the service is, and the host that calls it. Times in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// The best limit.
    pub hands: u32,
    /// What a call takes a hand.
    pub time: u64,
    /// By how much that scatters, up and down, in thousandths.
    pub scatter: u64,
    /// Whether it refuses what is too much.
    pub refuses: bool,
    /// The host's event loop is stalled once in so many calls, for up to 100 ms; zero for never.
    pub stalled_in: u32,
    /// As many calls as callers want to make at a time; those beyond the limit wait.
    pub wanted: u32,
}

/// What was seen in a stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Calls that began.
    pub calls: u64,
    /// Those that began under a limit within a fifth of the best.
    pub good: u64,
    /// The least limit and the greatest.
    pub limits: (u32, u32),
}

impl Seen {
    /// Whether it has settled: nineteen calls of twenty begin under a limit within a fifth of the best. The twentieth is for
    /// looking what less does.
    pub fn is_settled(&self) -> bool {
        self.good * 20 >= self.calls * 19 && self.calls > 0
    }
}

/// Callers, the engine and the service.
pub struct Trial {
    service: Service,
    engine: Engine,
    rng: Rng,
    now: u64,
    /// When each hand is free.
    hands: BinaryHeap<Reverse<u64>>,
    /// When a call ends, which, and whether it was served.
    running: BinaryHeap<Reverse<(u64, u32, bool)>>,
    /// Handles that nobody has.
    free: Vec<Handle>,
    limit: u32,
    seen: Seen,
}

impl Trial {
    /// Begins with an adaptive limit, alone or below a limiter that is wide enough.
    pub fn new(service: Service, adaptive: AdaptiveOptions, below: bool, seed: u64) -> Self {
        let mut engine = Engine::new();
        let parent = below.then_some(0);
        engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(u32::MAX) });
        engine.handle(Command::Open { limiter: 1, options: LimiterOptions { parent, ..LimiterOptions::slots(1) } });
        engine.handle(Command::SetAdaptive { limiter: 1, options: Some(adaptive) });
        let mut trial = Self {
            service,
            engine,
            rng: Rng::new(seed),
            now: 0,
            hands: BinaryHeap::new(),
            running: BinaryHeap::new(),
            free: (0..4_096).rev().map(Handle::from_bits).collect(),
            limit: 0,
            seen: Seen { calls: 0, good: 0, limits: (u32::MAX, 0) },
        };
        trial.set_hands(service.hands);
        trial
    }

    /// From now on so many hands do the calls that come. Those who are in line are served by the old ones.
    pub fn set_hands(&mut self, hands: u32) {
        self.service.hands = hands;
        self.hands = (0..hands).map(|_| Reverse(self.now)).collect();
    }

    /// From now on callers want to make so many calls at a time.
    pub fn want(&mut self, calls: u32) {
        self.service.wanted = calls;
    }

    /// Lets time pass; what was seen meanwhile.
    pub fn run(&mut self, micros: u64) -> Seen {
        let end = self.now + micros;
        self.seen = Seen { calls: 0, good: 0, limits: (self.limit, self.limit) };
        while self.now < end {
            self.submit();
            self.turns();
            let call = self.running.peek().map_or(u64::MAX, |Reverse((done, ..))| *done);
            let due = self.engine.deadline().map_or(u64::MAX, |(at, _)| at.as_micros());
            self.now = self.now.max(call.min(due));
            if self.service.stalled_in > 0 && self.rng.once_in(self.service.stalled_in) {
                // Nobody sees what ends meanwhile.
                self.now += u64::from(self.rng.below(100_000));
            }
            self.engine.begin_turn(Time::from_micros(self.now));
            self.finish();
        }
        self.seen
    }

    /// So many wait, as long as callers want no less.
    fn submit(&mut self) {
        let (waiting, active) = self.engine.snapshot(1).map_or((0, 0), |stand| (stand.queued, stand.active));
        for _ in waiting..WAITING.min(self.service.wanted.saturating_sub(active)) {
            let task = self.free.pop().expect("few run at a time");
            self.engine.handle(Command::Submit { limiter: 1, task, admission: Admission::PLAIN });
        }
    }

    /// Turns until nobody starts any more. Only one call ends in each, as a host hears of them.
    fn turns(&mut self) {
        while self.engine.end_turn(true) {
            self.hear();
        }
        self.hear();
    }

    fn hear(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Start { task, .. } => self.begin(task),
                Effect::Limit { concurrency, .. } => {
                    self.limit = concurrency;
                    let (least, most) = self.seen.limits;
                    self.seen.limits = (least.min(concurrency), most.max(concurrency));
                }
                other => assert!(matches!(other, Effect::Room { .. }), "{other:?} was not asked for"),
            }
        }
    }

    fn begin(&mut self, task: Handle) {
        let (hands, in_flight) = (self.service.hands, u32::try_from(self.running.len()).unwrap_or(u32::MAX) + 1);
        self.seen.calls += 1;
        self.seen.good += u64::from(self.limit.abs_diff(hands) * 5 <= hands);
        if self.service.refuses && in_flight * 10 > hands * 11 {
            return self.running.push(Reverse((self.now + REFUSAL, task.bits(), false)));
        }
        let spread = self.service.time * self.service.scatter / 1_000;
        let scatter = u64::from(self.rng.below(u32::try_from(2 * spread + 1).unwrap_or(u32::MAX)));
        let Some(Reverse(free)) = self.hands.pop() else { return };
        let done = self.now.max(free) + self.service.time - spread + scatter;
        self.hands.push(Reverse(done));
        self.running.push(Reverse((done, task.bits(), true)));
    }

    /// All that has ended by now is told, each in a turn of its own.
    fn finish(&mut self) {
        while let Some(&Reverse((done, bits, fulfilled))) = self.running.peek()
            && done <= self.now
        {
            self.running.pop();
            let task = Handle::from_bits(bits);
            self.engine.handle(Command::Complete { task, fulfilled });
            self.free.push(next_owner(task));
            self.turns();
        }
    }
}

/// Another handle for the same place.
fn next_owner(task: Handle) -> Handle {
    Handle::from_bits(task.bits().wrapping_add(1 << Handle::INDEX_BITS))
}
