//! What a task costs in several kinds of limiters, side by side in one run: ratios, since times are the machine's.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::queue::Order;
use fanfold_core::limit::rate::{At, Rule, Shape};
use fanfold_core::{Admission, Command, Effect, Engine, Handle, LimiterId, Span, Time};

/// Tasks of a round: some run, the others wait.
const TASKS: u32 = 10_000;
const SLOTS: u32 = 10;
const ROUNDS: u32 = 20;
/// Each kind is measured so often, in turn, and the best counts: what else the machine does only ever adds.
const TIMES: u32 = 7;

/// How the limiters stand, and which of them takes the tasks.
type Build = fn(&mut Engine) -> LimiterId;

/// What the tasks ask for, each by its number.
type Ask = fn(u32) -> Admission;

const KINDS: [(&str, Build, Ask); 9] = [
    ("plain", plain, nothing),
    ("by priority", by_priority, nothing),
    ("of random priorities", by_priority, |nth| {
        // The multiplier is that of Park and Miller's generator.
        let priority = i64::from(nth.wrapping_mul(48_271) % 1_009);
        Admission { priority, ..Admission::PLAIN }
    }),
    ("with a bypass", |engine| open(engine, 0, LimiterOptions { bypass: 2, ..LimiterOptions::slots(SLOTS) }), nothing),
    ("of ten keys", plain, |nth| keyed(nth % 10)),
    ("of a thousand keys", plain, |nth| keyed(nth % 1_000)),
    (
        "below another",
        |engine| {
            plain(engine);
            open(engine, 1, LimiterOptions { parent: Some(0), ..LimiterOptions::slots(SLOTS + 1) })
        },
        nothing,
    ),
    ("three levels", three_levels, nothing),
    (
        "three levels and a rate",
        |engine| {
            let leaf = three_levels(engine);
            let interval = Span::from_millis(1);
            let rule = Rule { resource: 0, limit: u64::from(u32::MAX), interval, shape: Shape::Burst, at: At::Start };
            engine.handle(Command::SetRate { limiter: 0, nth: 0, rule: Some(rule) });
            leaf
        },
        nothing,
    ),
];

fn open(engine: &mut Engine, limiter: LimiterId, options: LimiterOptions) -> LimiterId {
    engine.handle(Command::Open { limiter, options });
    limiter
}

fn nothing(_nth: u32) -> Admission {
    Admission::PLAIN
}

fn keyed(key: u32) -> Admission {
    Admission { key: Some(key), ..Admission::PLAIN }
}

fn by_priority(engine: &mut Engine) -> LimiterId {
    open(engine, 0, LimiterOptions { order: Order::Priority, ..LimiterOptions::slots(SLOTS) })
}

fn plain(engine: &mut Engine) -> LimiterId {
    open(engine, 0, LimiterOptions::slots(SLOTS))
}

fn three_levels(engine: &mut Engine) -> LimiterId {
    plain(engine);
    for id in 1..=2 {
        open(engine, id, LimiterOptions { parent: Some(id - 1), ..LimiterOptions::slots(SLOTS + id) });
    }
    2
}

/// Nanoseconds a task, and how often as much as a plain one, for each kind.
pub fn bench() -> Vec<(&'static str, f64, f64)> {
    let mut best = [f64::INFINITY; KINDS.len()];
    for _ in 0..TIMES {
        for (place, &(_, build, ask)) in KINDS.iter().enumerate() {
            best[place] = best[place].min(round_trips(build, ask));
        }
    }
    KINDS.iter().zip(best).map(|(&(name, ..), nanos)| (name, nanos, nanos / best[0])).collect()
}

/// Submits, starts and completes tasks, most of them from the queue.
fn round_trips(build: Build, ask: Ask) -> f64 {
    let mut engine = Engine::new();
    let limiter = build(&mut engine);
    let mut running = VecDeque::new();
    let began = now();
    for round in 0..ROUNDS {
        engine.begin_turn(Time::from_micros(u64::from(round) * 1_000));
        for index in 0..TASKS {
            engine.submit(limiter, Handle::from_bits(index), &ask(index));
        }
        // Those of keys do not start in the order of their coming.
        running.clear();
        for _ in 0..TASKS {
            while let Some(started) = turn(&mut engine) {
                running.push_back(started);
            }
            if let Some(done) = running.pop_front() {
                engine.complete(done, true);
            }
        }
        turn(&mut engine);
    }
    assert_eq!(engine.tasks(), 0, "all of them ran");
    #[expect(clippy::cast_precision_loss, reason = "a time to look at")]
    let nanos = now().saturating_sub(began).as_nanos() as f64;
    nanos / f64::from(ROUNDS * TASKS)
}

/// Ends a turn; what it started.
fn turn(engine: &mut Engine) -> Option<Handle> {
    engine.end_turn(true);
    let mut started = None;
    while let Some(effect) = engine.poll_effect() {
        if let Effect::Start { task, .. } = effect {
            started = Some(task);
        }
    }
    started
}

#[expect(clippy::disallowed_methods, reason = "the length of a run is in real time; nothing the engine sees is")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
