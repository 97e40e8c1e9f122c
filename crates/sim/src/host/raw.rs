//! Commands that no host would send.

use fanfold_core::limit::LimiterOptions;
use fanfold_core::{Admission, Command, Handle, Span, Until};

use crate::plan::guards::{Fuse, Goal, health, scope};
use crate::plan::{Attempt, Party, Purse, Quarters, Raw, Shape, rule, rule_of_keys};

/// Kinds of commands, some of them counted more than once.
const KINDS: u8 = 52;

/// A command of numbers that mean nothing, though small ones meet each other.
pub(super) fn command(raw: Raw) -> Command {
    let Raw { kind, place, generation, other, .. } = raw;
    let limiter = if raw.limiter == u8::MAX { (1 << 24) - 1 } else { u32::from(raw.limiter) % 5 };
    let task = handle(raw);
    let number = if other == u8::MAX { u32::MAX } else { u32::from(other) % 7 };
    let span = if other % 16 == 15 { Span::NEVER } else { Span::from_micros(u64::from(other) * 100) };
    match kind % KINDS {
        0 => {
            let shape = Shape {
                concurrency: other % 3,
                max_queue: generation,
                policies: place,
                queue_timeout: Quarters(u8::MAX),
                run_timeout: Quarters(generation),
                parent: None,
                bypass: raw.kind,
                ageing: Quarters(raw.limiter),
            };
            let concurrency = if other == 0 { 0 } else { u32::from(other % 3) + 1 };
            let parent = (raw.kind > 128).then_some(number.min(9));
            Command::Open { limiter, options: LimiterOptions { concurrency, parent, ..shape.options() } }
        }
        1 => Command::Free { limiter },
        2 => Command::Resize { limiter, concurrency: number },
        3 => Command::Settle { limiter },
        4 => Command::Pause { limiter, span },
        5 => Command::Resume { limiter },
        6 => Command::Clear { limiter },
        7 => Command::Close { limiter, waiter: task, grace: span },
        8 => Command::Abort { limiter },
        9 => Command::Cancel { task },
        10 => Command::SignalAborted { signal: number },
        11 => Command::Wait { limiter, waiter: task, until: Until::Idle },
        12 => Command::Wait { limiter, waiter: task, until: Until::QueuedBelow(number) },
        13 => Command::Sleep { sleeper: task, span, holds: other % 2 == 0 },
        14 | 15 => Command::Complete { task, fulfilled: other % 2 == 0 },
        16..19 => {
            let admission = Admission {
                signal: (other % 2 == 0).then_some(number),
                queue_timeout: (other % 3 == 0).then_some(span),
                run_timeout: (other % 5 == 0).then_some(span),
                parent: (generation % 2 == 0).then(|| Handle::from_bits(u32::from(other) % 40)),
                weight: if other == u8::MAX { u32::MAX } else { u32::from(raw.kind) % 4 },
                priority: if other == 7 { i32::MIN.into() } else { i64::from(other) - 100 },
                key: key(raw).filter(|_| place % 3 == 0),
            };
            Command::Submit { limiter, task, admission }
        }
        kind => judged(kind, raw),
    }
}

/// One of a few keys, mostly.
fn key(Raw { generation, .. }: Raw) -> Option<u32> {
    match generation {
        251 => Some(u32::MAX - 1),
        252.. => None,
        _ => Some(u32::from(generation % 4)),
    }
}

fn handle(Raw { place, generation, .. }: Raw) -> Handle {
    let index = if place > 250 { u32::from(place) * 1_000 } else { u32::from(place) % 40 };
    Handle::from_bits(index | (u32::from(generation % 3) << Handle::INDEX_BITS))
}

/// Commands about groups, budgets and retries.
fn judged(kind: u8, raw: Raw) -> Command {
    let Raw { place, generation, other, .. } = raw;
    let task = handle(raw);
    let limiter = if raw.limiter > 250 { u32::MAX } else { u32::from(raw.limiter) % 5 };
    let budget = if raw.limiter == u8::MAX { u32::MAX - 1 } else { u32::from(raw.limiter) % 5 };
    let party = Party { rule: other, members: 0, sealed: false, careless: true };
    match kind {
        19 => {
            let attempt = Attempt {
                rule: generation,
                base: Quarters(place),
                max: Quarters(raw.kind),
                retries: other,
                max_elapsed: Quarters(generation.rotate_left(3)),
                seed: place,
                number: other.rotate_left(2),
                elapsed: Quarters(place % 64),
                slept: Quarters(raw.limiter),
                given: (other % 3 == 0).then_some(generation),
                asked: (other % 5 == 0).then_some(place),
                budget: None,
                call: None,
                holds: other % 2 == 0,
            };
            let budget = (other % 4 == 0).then_some(budget);
            let (options, failure) = (attempt.options(), attempt.failure());
            Command::Retry { sleeper: task, options, failure, budget, holds: attempt.holds }
        }
        20 => {
            let purse = Purse { share: place, minimum: generation, window: Quarters(other) };
            Command::OpenBudget { budget, options: purse.options() }
        }
        21 => Command::FreeBudget { budget },
        22 => Command::Deposit { budget },
        23 | 24 => Command::Gather { group: task, options: party.options() },
        25 | 26 => Command::Settled { group: task, member: u32::from(raw.limiter), fulfilled: other % 2 == 0 },
        27 => Command::Tally { group: task, fulfilled: if other == u8::MAX { u32::MAX } else { u32::from(other % 4) } },
        28 => Command::Seal { group: task, members: if other == u8::MAX { u64::MAX } else { u64::from(other % 6) } },
        29 => Command::Hold { limiter: if raw.limiter > 250 { 9 } else { u32::from(raw.limiter) % 5 }, call: task },
        30 => Command::Disband { group: task },
        31 | 32 => {
            Command::Reprioritize { task, priority: if other == 9 { i32::MAX.into() } else { (other % 5).into() } }
        }
        33 => Command::Cost { task, resource: u32::from(other) % 9, units: u64::from(generation % 5) },
        34 => Command::SettleCost { task, resource: u32::from(other) % 9, actual: u64::from(generation % 9) },
        35 | 36 => {
            let (limiter, nth) = (u32::from(raw.limiter) % 5, u32::from(other % 2));
            let rule = (other % 5 != 0).then(|| rule(limiter, nth, generation));
            Command::SetRate { limiter, nth: if raw.limiter > 250 { 8 } else { nth }, rule }
        }
        37 => Command::SetKey { limiter: u32::from(raw.limiter) % 5, key: key(raw), weight: u32::from(place % 4) },
        38 => {
            let concurrency = if other == u8::MAX { u32::MAX } else { u32::from(other % 4) };
            Command::SetPerKey { limiter: u32::from(raw.limiter) % 5, concurrency, max_queue: u32::from(place) }
        }
        39 => {
            let (limiter, nth) = (u32::from(raw.limiter) % 5, u32::from(other % 2));
            let rule = (other % 5 != 0).then(|| rule_of_keys(limiter, nth, generation));
            Command::SetPerKeyRate { limiter, nth: if raw.limiter > 250 { 8 } else { nth }, rule }
        }
        40 | 41 => {
            let span = if other % 16 == 15 { Span::NEVER } else { Span::from_micros(u64::from(other) * 100) };
            Command::HoldKey { limiter: u32::from(raw.limiter) % 5, key: key(raw), span }
        }
        42 | 43 => {
            let scope = scope(generation);
            Command::HoldBack { limiter, scope, span: Quarters(other).span(), spread: Quarters(place).span() }
        }
        44 => Command::LiftHold { limiter },
        45 => Command::EnableStats { limiter },
        47 => Command::Next { limiter: u32::from(raw.limiter) % 5 },
        46 => Command::SetMaxWait { limiter, max_wait: Quarters(other).span() },
        48 => Command::CompleteAs { task, fulfilled: other % 2 == 0, health: health(generation) },
        49 => {
            let fuse =
                Fuse { trip: other, calls: place, window: Quarters(place), open: Quarters(generation), trials: place };
            Command::SetBreaker { limiter, options: (other % 5 > 0).then(|| fuse.options()) }
        }
        50 => {
            let goal = Goal { algorithm: generation, min: other, more: place, initial: other };
            Command::SetAdaptive { limiter, options: (other % 5 > 0).then(|| goal.options()) }
        }
        _ => {
            let limiter = if raw.limiter > 250 { u32::MAX } else { u32::from(raw.limiter) % 5 };
            Command::Move { limiter, parent: (other % 4 != 0).then_some(u32::from(other) % 7) }
        }
    }
}
