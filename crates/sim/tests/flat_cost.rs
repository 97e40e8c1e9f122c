//! Cost per operation is flat from a thousand tasks to a million, and memory returns after a drain. Counted in
//! allocations and bytes, never in time: all of it in one test, since the counters are the process's.
#![expect(unsafe_code, reason = "an allocator that counts is unsafe by its trait; it only passes calls on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use fanfold_core::group::{GroupOptions, Need, Rest};
use fanfold_core::limit::LimiterOptions;
use fanfold_core::retry::{BudgetOptions, Failure, RetryOptions};
use fanfold_core::{Admission, Command, Effect, Engine, Handle, Span, Time, Until};

static CALLS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is the system allocator's, with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
const MILLION: u32 = 1_000_000;

/// What an engine at rest may keep, whatever it went through.
const KEPT_BYTES: usize = 64 << 10;

#[derive(Clone, Copy)]
enum Ending {
    /// Each runs, one after the other.
    Run,
    /// All are cancelled, the last first.
    Cancel,
    /// All time out.
    TimeOut,
    /// One signal aborts them.
    Abort,
    /// The queue is cleared.
    Clear,
}

struct Cost {
    calls_per_task: f64,
    bytes_per_task: f64,
    kept: usize,
}

#[expect(clippy::cast_precision_loss, reason = "ratios to compare")]
fn cost(tasks: u32, admission: Admission, ending: Ending) -> Cost {
    let mut engine = Engine::new();
    engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(1) });
    engine.handle(Command::Submit { limiter: 0, task: Handle::from_bits(0), admission: Admission::PLAIN });
    take_effects(&mut engine, true);
    let (calls, live) = (CALLS.load(Ordering::Relaxed), LIVE.load(Ordering::Relaxed));
    for index in 1..=tasks {
        engine.handle(Command::Submit { limiter: 0, task: Handle::from_bits(index), admission });
    }
    let bytes = LIVE.load(Ordering::Relaxed) - live;
    match ending {
        Ending::Run => {
            for index in 0..tasks {
                engine.handle(Command::Complete { task: Handle::from_bits(index), fulfilled: true });
                take_effects(&mut engine, true);
            }
            engine.handle(Command::Complete { task: Handle::from_bits(tasks), fulfilled: true });
        }
        Ending::Cancel => {
            for index in (1..=tasks).rev() {
                engine.handle(Command::Cancel { task: Handle::from_bits(index) });
                take_effects(&mut engine, false);
            }
        }
        Ending::TimeOut => engine.begin_turn(Time::from_micros(10_000_000)),
        Ending::Abort => engine.handle(Command::SignalAborted { signal: 0 }),
        Ending::Clear => engine.handle(Command::Clear { limiter: 0 }),
    }
    take_effects(&mut engine, false);
    if !matches!(ending, Ending::Run) {
        assert_eq!(engine.tasks(), 1, "only the one that runs is left");
        engine.handle(Command::Complete { task: Handle::from_bits(0), fulfilled: true });
        take_effects(&mut engine, false);
    }
    assert_eq!(engine.tasks(), 0);
    Cost {
        calls_per_task: (CALLS.load(Ordering::Relaxed) - calls) as f64 / f64::from(tasks),
        bytes_per_task: bytes as f64 / f64::from(tasks),
        kept: LIVE.load(Ordering::Relaxed).saturating_sub(live),
    }
}

/// Ends a turn and takes its effects; how many.
fn take_effects(engine: &mut Engine, may_start: bool) -> usize {
    engine.end_turn(may_start);
    let mut effects = 0;
    while let Some(effect) = engine.poll_effect() {
        assert!(!matches!(effect, Effect::Fault { .. }), "{effect:?}");
        effects += 1;
    }
    effects
}

fn queued_tasks() {
    let plain = Admission::PLAIN;
    let heard = Admission { signal: Some(0), ..plain };
    let timed = Admission { queue_timeout: Some(Span::from_millis(10)), ..plain };
    // The most bytes that a waiting task may take: a doubling vector has at most half of its places unused.
    for (name, admission, ending, most_bytes) in [
        ("plain, run", plain, Ending::Run, 33.0),
        ("plain, cancelled", plain, Ending::Cancel, 33.0),
        ("plain, cleared", plain, Ending::Clear, 33.0),
        ("with a signal, run", heard, Ending::Run, 200.0),
        ("with a signal, aborted", heard, Ending::Abort, 200.0),
        ("with a timeout, run", timed, Ending::Run, 320.0),
        ("with a timeout, timed out", timed, Ending::TimeOut, 320.0),
    ] {
        let mut first = None;
        // A million of them takes its time in a build without optimisations: only where it tells most.
        let largest =
            matches!((name, cfg!(debug_assertions)), (_, false) | ("plain, run" | "with a signal, aborted", _));
        for tasks in SIZES.into_iter().chain(largest.then_some(MILLION)) {
            let cost = cost(tasks, admission, ending);
            println!(
                "{name}: {tasks} tasks, {:.4} allocations and {:.1} bytes each, {} bytes kept",
                cost.calls_per_task, cost.bytes_per_task, cost.kept
            );
            let first = *first.get_or_insert(cost.calls_per_task);
            assert!(cost.calls_per_task <= first.max(0.01), "{name}: allocations grow with the tasks");
            // A few chunks and spines weigh on a thousand tasks.
            let most_bytes = if tasks > 1_000 { most_bytes } else { 2.0 * most_bytes };
            assert!(cost.bytes_per_task <= most_bytes, "{name}: {} bytes per task", cost.bytes_per_task);
            assert!(cost.kept <= KEPT_BYTES, "{name}: {} bytes kept", cost.kept);
        }
    }
}

/// Submit, run, complete, again and again: nothing is allocated at all.
fn steady_stream() {
    let mut engine = Engine::new();
    engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(1) });
    let timed = Admission {
        signal: Some(0),
        queue_timeout: Some(Span::from_millis(10)),
        run_timeout: Some(Span::from_millis(10)),
        ..Admission::PLAIN
    };
    let mut warm = None;
    for round in 0..10_000_u32 {
        let generation = (round % (1 << Handle::GENERATION_BITS)) << Handle::INDEX_BITS;
        let admission = if round % 2 == 0 { timed } else { Admission::PLAIN };
        let (task, waiter) = (Handle::from_bits(generation), Handle::from_bits(generation | 1));
        engine.handle(Command::Submit { limiter: 0, task, admission });
        engine.handle(Command::Wait { limiter: 0, waiter, until: Until::QueuedBelow(1) });
        take_effects(&mut engine, true);
        engine.handle(Command::Complete { task, fulfilled: true });
        take_effects(&mut engine, false);
        let calls = CALLS.load(Ordering::Relaxed);
        if round > 100 {
            assert_eq!(calls, *warm.get_or_insert(calls), "round {round} allocated");
        }
    }
}

/// Waiters for the same thing, however many, do not move each other.
fn waiters() {
    for waiters in [1_000, 100_000] {
        let mut engine = Engine::new();
        engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(1) });
        for index in 0..2 {
            let task = Handle::from_bits(index);
            engine.handle(Command::Submit { limiter: 0, task, admission: Admission::PLAIN });
        }
        take_effects(&mut engine, true);
        let live = LIVE.load(Ordering::Relaxed);
        for index in 2..waiters + 2 {
            let until = if index % 2 == 0 { Until::QueuedBelow(1) } else { Until::Idle };
            engine.handle(Command::Wait { limiter: 0, waiter: Handle::from_bits(index), until });
        }
        engine.handle(Command::Complete { task: Handle::from_bits(0), fulfilled: true });
        assert_eq!(take_effects(&mut engine, true), waiters as usize / 2 + 1);
        engine.handle(Command::Complete { task: Handle::from_bits(1), fulfilled: true });
        take_effects(&mut engine, false);
        assert_eq!(engine.tasks(), 0);
        let kept = LIVE.load(Ordering::Relaxed).saturating_sub(live);
        assert!(kept <= KEPT_BYTES, "{kept} bytes kept of {waiters} waiters");
    }
}

/// Limiters and signals come and go, a hundred thousand of each at a time, and leave nothing.
fn limiters_and_signals() {
    let mut engine = Engine::new();
    let live = LIVE.load(Ordering::Relaxed);
    let many = 100_000;
    for index in 0..many {
        let admission = Admission { signal: Some(index), ..Admission::PLAIN };
        engine.handle(Command::Open { limiter: index, options: LimiterOptions::slots(1) });
        engine.handle(Command::Submit { limiter: index, task: Handle::from_bits(index), admission });
    }
    for limiter in 0..many {
        engine.handle(Command::Cancel { task: Handle::from_bits(limiter) });
        engine.handle(Command::Free { limiter });
    }
    take_effects(&mut engine, false);
    let kept = LIVE.load(Ordering::Relaxed).saturating_sub(live);
    assert!(kept <= KEPT_BYTES, "{kept} bytes kept of {many} limiters and signals");
}

/// Groups, budgets and calls that are retried, a hundred thousand of each, and they leave nothing either.
fn groups_budgets_and_retries() {
    let mut engine = Engine::new();
    let live = LIVE.load(Ordering::Relaxed);
    let many = 100_000;
    let options = GroupOptions { need: Need::All, rest: Rest::Abort };
    let failure = Failure::default();
    for budget in 0..many {
        engine.handle(Command::OpenBudget { budget, options: BudgetOptions::default() });
        engine.handle(Command::Deposit { budget });
        engine.handle(Command::Gather { group: Handle::from_bits(budget), options });
        let sleeper = Handle::from_bits(many + budget);
        let options = RetryOptions::default();
        engine.handle(Command::Retry { sleeper, options, failure, budget: Some(budget), holds: true });
    }
    assert_eq!((take_effects(&mut engine, false), engine.tasks()), (many as usize, 2 * many));
    for budget in 0..many {
        let group = Handle::from_bits(budget);
        engine.handle(if budget % 2 == 0 { Command::Disband { group } } else { Command::Seal { group, members: 0 } });
        engine.handle(Command::FreeBudget { budget });
    }
    assert_eq!(take_effects(&mut engine, false), many as usize / 2);
    engine.begin_turn(Time::from_micros(60_000_000));
    assert_eq!((take_effects(&mut engine, false), engine.tasks()), (many as usize, 0));
    let kept = LIVE.load(Ordering::Relaxed).saturating_sub(live);
    assert!(kept <= KEPT_BYTES, "{kept} bytes kept of {many} groups, budgets and retries");
}

/// A group is two counts, however many members it has, and a stream of groups and retries allocates nothing.
fn steady_groups_and_retries() {
    let mut engine = Engine::new();
    engine.handle(Command::OpenBudget { budget: 0, options: BudgetOptions::default() });
    let mut warm = None;
    for round in 0..10_000_u32 {
        let generation = (round % (1 << Handle::GENERATION_BITS)) << Handle::INDEX_BITS;
        let (group, sleeper) = (Handle::from_bits(generation), Handle::from_bits(generation | 1));
        engine.begin_turn(Time::from_micros(u64::from(round) * 1_000_000));
        engine.handle(Command::Gather { group, options: GroupOptions { need: Need::All, rest: Rest::Abort } });
        let failure = Failure { attempt: 1, ..Failure::default() };
        let options = RetryOptions::default();
        engine.handle(Command::Retry { sleeper, options, failure, budget: Some(0), holds: true });
        for member in 0..100 {
            engine.handle(Command::Settled { group, member, fulfilled: true });
        }
        engine.handle(Command::Seal { group, members: 100 });
        assert_eq!(take_effects(&mut engine, false), 2);
        engine.handle(Command::Cancel { task: sleeper });
        take_effects(&mut engine, false);
        let calls = CALLS.load(Ordering::Relaxed);
        if round > 100 {
            assert_eq!(calls, *warm.get_or_insert(calls), "round {round} allocated");
        }
    }
}

/// A task of each of so many keys: what each costs in allocations, and what is left when all are at rest.
#[expect(clippy::cast_precision_loss, reason = "ratios to compare")]
fn keyed(keys: u32, slots: u32) -> (f64, usize) {
    let mut engine = Engine::new();
    engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(slots) });
    // The place of tasks without a key stays.
    engine.handle(Command::SetPerKey { limiter: 0, concurrency: 1, max_queue: 1 });
    take_effects(&mut engine, true);
    let (calls, live) = (CALLS.load(Ordering::Relaxed), LIVE.load(Ordering::Relaxed));
    for key in 0..keys {
        let admission = Admission { key: Some(key), ..Admission::PLAIN };
        engine.handle(Command::Submit { limiter: 0, task: Handle::from_bits(key), admission });
    }
    let mut told = 0;
    for key in 0..keys {
        told += take_effects(&mut engine, true);
        engine.handle(Command::Complete { task: Handle::from_bits(key), fulfilled: true });
    }
    told += take_effects(&mut engine, true);
    assert!(told >= 2 * keys as usize, "each has started, and each key is at rest");
    assert_eq!(engine.tasks(), 0);
    let calls = (CALLS.load(Ordering::Relaxed) - calls) as f64;
    (calls / f64::from(keys), LIVE.load(Ordering::Relaxed).saturating_sub(live))
}

/// A million idle keys cost nothing, and one that is not as much as one of few.
fn keys_at_rest() {
    for (slots, keys) in [(1, MILLION), (u32::MAX, 100_000)] {
        let (few, _) = keyed(1_000, slots);
        let (calls, kept) = keyed(keys, slots);
        assert!(calls <= few * 1.5 + 0.1, "{calls} allocations for one of {keys} keys, {few} for one of few");
        assert!(kept <= KEPT_BYTES, "{kept} bytes kept of {keys} keys");
    }
}

/// A stream of keys, each of which comes and goes, allocates nothing.
fn steady_keys() {
    let mut engine = Engine::new();
    engine.handle(Command::Open { limiter: 0, options: LimiterOptions::slots(1) });
    let mut warm = None;
    for round in 0..10_000_u32 {
        let generation = (round % (1 << Handle::GENERATION_BITS)) << Handle::INDEX_BITS;
        for key in 0..3 {
            let admission = Admission { key: Some(key), ..Admission::PLAIN };
            engine.handle(Command::Submit { limiter: 0, task: Handle::from_bits(generation | key), admission });
        }
        for key in 0..3 {
            take_effects(&mut engine, true);
            engine.handle(Command::Complete { task: Handle::from_bits(generation | key), fulfilled: true });
        }
        take_effects(&mut engine, false);
        let calls = CALLS.load(Ordering::Relaxed);
        if round > 100 {
            assert_eq!(calls, *warm.get_or_insert(calls), "round {round} allocated");
        }
    }
}

#[test]
fn cost_is_flat_and_memory_returns() {
    queued_tasks();
    steady_stream();
    waiters();
    limiters_and_signals();
    groups_budgets_and_retries();
    steady_groups_and_retries();
    keys_at_rest();
    steady_keys();
}
