//! How long tasks of a tenant that floods, of one that asks for one thing at a time, and of one that splits itself into a
//! thousand shards wait for each other: by the clock of the simulation, so always the same.

use std::collections::{BTreeMap, VecDeque};

use fanfold_core::limit::LimiterOptions;
use fanfold_core::{Admission, Command, Effect, Engine, Handle, KeyId, LimiterId, Span, Time};

/// Slots of the limiter, and how long each task runs: a thousand tasks a second.
const SLOTS: u32 = 10;
const RUN_MILLIS: u64 = 10;
/// Tasks that the flood brings at once.
const FLOOD: u32 = 10_000;
/// Tasks of the one that asks for one thing at a time, each as soon as the last one has ended.
const SINGLE: u32 = 50;
/// Shards, and the tasks that each brings at once.
const SHARDS: u32 = 1_000;
const TASKS_OF_SHARD: u32 = 5;

const LIMITER: LimiterId = 0;

/// Who is whose key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Nobody has one.
    None,
    /// Each shard has one of its own.
    EachShard,
    /// As before, and the other two weigh a hundred times as much as a shard.
    Weighed,
    /// Each tenant has one.
    EachTenant,
}

impl Keys {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::EachShard, Self::Weighed, Self::EachTenant];
}

/// A tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tenant {
    /// Brings all it has at once.
    Flood,
    /// Asks for one thing at a time.
    Single,
    /// Brings a little at once of each of a thousand shards.
    Sharded,
}

impl Tenant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Flood, Self::Single, Self::Sharded];

    fn key(self, shard: u32, keys: Keys) -> Option<KeyId> {
        match (self, keys) {
            (_, Keys::None) => None,
            (Self::Flood, _) => Some(0),
            (Self::Single, _) => Some(1),
            (Self::Sharded, Keys::EachTenant) => Some(2),
            (Self::Sharded, _) => Some(2 + shard),
        }
    }
}

/// How long the tasks of a tenant waited, in milliseconds, the shortest first; and how many of the first two thousand
/// starts were theirs.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    millis: Vec<u64>,
    /// Of the first two thousand starts.
    pub early: usize,
}

impl Waits {
    /// So many hundredths of them waited no longer.
    pub fn percentile(&self, hundredths: usize) -> u64 {
        let place = (self.millis.len() * hundredths).div_ceil(100).max(1) - 1;
        self.millis.get(place).copied().unwrap_or(0)
    }
}

struct Bench {
    engine: Engine,
    keys: Keys,
    /// Who has which place in the table, and since when it waits.
    owners: Vec<(Tenant, u64)>,
    running: VecDeque<(u64, Handle)>,
    now: u64,
    waits: BTreeMap<Tenant, Waits>,
    starts: usize,
}

/// Lets them all run; how long those of each tenant waited.
pub fn fairness(keys: Keys) -> BTreeMap<Tenant, Waits> {
    let mut bench = Bench {
        engine: Engine::new(),
        keys,
        owners: Vec::new(),
        running: VecDeque::new(),
        now: 0,
        waits: BTreeMap::new(),
        starts: 0,
    };
    bench.engine.handle(Command::Open { limiter: LIMITER, options: LimiterOptions::slots(SLOTS) });
    if keys == Keys::Weighed {
        for key in [0, 1] {
            bench.engine.handle(Command::SetKey { limiter: LIMITER, key: Some(key), weight: 100 });
        }
    }
    for _ in 0..FLOOD {
        bench.submit(Tenant::Flood, 0);
    }
    bench.submit(Tenant::Single, 0);
    for shard in (0..SHARDS).flat_map(|shard| [shard; TASKS_OF_SHARD as usize]) {
        bench.submit(Tenant::Sharded, shard);
    }
    bench.run();
    for waits in bench.waits.values_mut() {
        waits.millis.sort_unstable();
    }
    bench.waits
}

impl Bench {
    fn submit(&mut self, tenant: Tenant, shard: u32) {
        let index = u32::try_from(self.owners.len()).expect("few tasks");
        self.owners.push((tenant, self.now));
        let admission = Admission { key: tenant.key(shard, self.keys), ..Admission::PLAIN };
        self.engine.submit(LIMITER, Handle::from_bits(index), &admission);
    }

    fn run(&mut self) {
        let mut singles = 1;
        loop {
            while self.engine.end_turn(true) {
                self.take_effects();
            }
            self.take_effects();
            let Some((ends, task)) = self.running.pop_front() else { break };
            self.now = ends;
            self.engine.begin_turn(Time::ZERO.after(Span::from_micros(ends * 1_000)));
            self.engine.complete(task, true);
            if self.owners[task.index() as usize].0 == Tenant::Single && singles < SINGLE {
                singles += 1;
                self.submit(Tenant::Single, 0);
            }
        }
        assert_eq!(self.engine.tasks(), 0, "all of them ran");
    }

    fn take_effects(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            if let Effect::Start { task, .. } = effect {
                let (tenant, since) = self.owners[task.index() as usize];
                let waits = self.waits.entry(tenant).or_default();
                waits.millis.push(self.now - since);
                self.starts += 1;
                waits.early += usize::from(self.starts <= 2_000);
                self.running.push_back((self.now + RUN_MILLIS, task));
            }
        }
    }
}
