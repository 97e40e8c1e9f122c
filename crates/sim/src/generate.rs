//! Random plans, in moods: what happens often in one hardly happens in another.

use crate::plan::guards::{Fuse, Goal, Guard};
use crate::plan::{Attempt, Party, Plan, Purse, Quarters, Raw, Shape, Step, Wishes};
use crate::rng::Rng;

/// What a plan is mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// A bit of everything.
    Mixed,
    /// Deadlines everywhere.
    Timed,
    /// Tasks inside tasks inside tasks.
    Nested,
    /// Bursts into short queues, live changes.
    Crowded,
    /// Signals shared, aborted and reused.
    Signals,
    /// Groups and retries.
    Judged,
    /// Heavy tasks and light ones, by priority or not.
    Heavy,
    /// Limiters below limiters.
    Trees,
    /// Rates, some of them below others.
    Rates,
    /// Keys in turn.
    Keys,
    /// Limiters that are held back, and break.
    Guarded,
    /// Commands that no host would send.
    Hostile,
}

impl Mood {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Mixed,
        Self::Timed,
        Self::Nested,
        Self::Crowded,
        Self::Signals,
        Self::Judged,
        Self::Heavy,
        Self::Trees,
        Self::Rates,
        Self::Keys,
        Self::Guarded,
        Self::Hostile,
    ];
}

/// A plan of so many steps, the same for the same numbers.
pub fn plan(mood: Mood, steps: usize, rng: &mut Rng) -> Plan {
    let opened = 1 + rng.below(if mood == Mood::Trees { 6 } else { 3 });
    let mut plan: Plan = (0..opened).map(|_| Step::Open(shape(mood, rng))).collect();
    plan.extend((0..steps).map(|_| step(mood, rng)));
    plan
}

fn shape(mood: Mood, rng: &mut Rng) -> Shape {
    let timed = if mood == Mood::Timed { 2 } else { 6 };
    let nested = if mood == Mood::Nested { 12 * (rng.byte() % 2) } else { 6 * (rng.byte() % 3) };
    let ranked = match mood {
        Mood::Heavy => 2,
        Mood::Keys => 4,
        _ => 12,
    };
    let rooted = match mood {
        Mood::Trees => 4,
        Mood::Rates | Mood::Keys => 2,
        _ => 1,
    };
    let unbounded = if mood == Mood::Crowded { 6 } else { 2 };
    Shape {
        concurrency: rng.byte() % if mood == Mood::Heavy { 8 } else { 4 },
        max_queue: if rng.once_in(unbounded) { u8::MAX } else { rng.byte() % 6 },
        policies: nested + rng.byte() % 6 + if rng.once_in(ranked) { 18 * (rng.byte() % 4) } else { 0 },
        queue_timeout: limit(timed, rng),
        run_timeout: limit(timed, rng),
        parent: if rng.once_in(rooted) { None } else { Some(rng.byte()) },
        bypass: if rng.once_in(ranked) { rng.byte() % 4 } else { 0 },
        ageing: limit(2, rng),
    }
}

/// A span, once in so many times.
fn limit(times: u32, rng: &mut Rng) -> Quarters {
    if rng.once_in(times) { Quarters(rng.byte() % 40) } else { Quarters(u8::MAX) }
}

/// A span or none; sometimes none at all, sometimes one of no length.
fn span(rng: &mut Rng) -> Quarters {
    match rng.below(6) {
        0 => Quarters(0),
        1 => Quarters(u8::MAX),
        _ => Quarters(rng.byte() % 60),
    }
}

fn wishes(mood: Mood, rng: &mut Rng) -> Wishes {
    let timed = if mood == Mood::Timed { 2 } else { 8 };
    let heard = if mood == Mood::Signals { 2 } else { 8 };
    let nested = if mood == Mood::Nested { 2 } else { 8 };
    let heavy = match mood {
        Mood::Heavy => 2,
        Mood::Trees | Mood::Rates | Mood::Keys => 6,
        _ => 40,
    };
    let costly = match mood {
        Mood::Rates => 2,
        Mood::Keys => 6,
        _ => 40,
    };
    let keyed = if mood == Mood::Keys { 1 } else { 60 };
    let byte = |times, rng: &mut Rng| rng.once_in(times).then(|| rng.byte());
    Wishes {
        signal: byte(heard, rng),
        queue_timeout: byte(timed, rng).map(|span| if span > 250 { 255 } else { span % 40 }),
        run_timeout: byte(timed, rng).map(|span| if span > 250 { 255 } else { span % 40 }),
        parent: byte(nested, rng),
        weight: byte(heavy, rng).unwrap_or_default() % 6,
        priority: i8::from_ne_bytes([byte(heavy, rng).unwrap_or_default()]) % 4,
        cost: byte(costly, rng).unwrap_or_default(),
        key: byte(keyed, rng),
    }
}

fn step(mood: Mood, rng: &mut Rng) -> Step {
    if mood == Mood::Hostile && rng.once_in(2) {
        return Step::Raw(Raw {
            kind: rng.byte(),
            limiter: rng.byte(),
            place: rng.byte(),
            generation: rng.byte(),
            other: rng.byte(),
        });
    }
    if rng.once_in(if mood == Mood::Judged { 2 } else { 8 }) {
        return judged(rng);
    }
    let at = rng.byte();
    if rng.once_in(if matches!(mood, Mood::Heavy | Mood::Trees) { 12 } else { 200 }) {
        let other = if rng.once_in(3) { None } else { Some(rng.byte()) };
        let priority = i8::from_ne_bytes([rng.byte()]) % 4;
        return if mood == Mood::Heavy { Step::Reprioritize(at, priority) } else { Step::Move(at, other) };
    }
    if rng.once_in(if mood == Mood::Rates { 8 } else { 150 }) {
        let second = rng.once_in(2);
        let rule = if rng.once_in(6) { None } else { Some(rng.byte()) };
        return if rng.once_in(2) { Step::SetRate(at, second, rule) } else { Step::SettleCost(at, second, rng.byte()) };
    }
    if rng.once_in(if mood == Mood::Keys { 6 } else { 300 }) {
        return about_keys(rng);
    }
    if rng.once_in(if mood == Mood::Guarded { 8 } else { 150 }) {
        return Step::Guard(guard(rng));
    }
    let crowded = mood == Mood::Crowded;
    match rng.below(100) {
        0..24 => Step::Submit(at, wishes(mood, rng)),
        24..28 => Step::Burst(at, rng.byte() % if crowded { 12 } else { 4 }),
        28..45 => Step::Complete(at, !rng.once_in(3)),
        45..50 => Step::Cancel(at),
        50..61 => Step::Ring(!rng.once_in(3)),
        61..67 => Step::Drain,
        67..71 => Step::Pass(Quarters(rng.byte() % 20)),
        71..77 => Step::PassToDeadline(!rng.once_in(4)),
        77..80 => Step::Resize(at, rng.byte() % 6, rng.once_in(2)),
        80 => Step::Settle(at),
        81..83 => Step::Pause(at, span(rng)),
        83 | 84 => Step::Next(at, rng.once_in(3)),
        85 | 86 => Step::Resume(at),
        87 => Step::Clear(at),
        88 => Step::Close(at, span(rng)),
        89..91 => Step::AbortSignal(at),
        91 => Step::Abort(at).unless(rng.once_in(2), Step::Open(shape(mood, rng))),
        92..94 => Step::Open(shape(mood, rng)).unless(rng.once_in(2), Step::Free(at)),
        94 => Step::Try(at),
        95 => Step::WaitIdle(at),
        96 => Step::WaitBelow(at, rng.byte() % 5),
        97 => Step::Rouse(at),
        _ => Step::Sleep(span(rng), rng.once_in(2)),
    }
}

/// A step about the keys of a limiter.
fn about_keys(rng: &mut Rng) -> Step {
    let (at, name) = (rng.byte(), rng.byte());
    match rng.below(10) {
        0..2 => Step::SetKey(at, name, rng.byte()),
        2..5 => Step::SetPerKey(at, rng.byte(), rng.byte()),
        5..7 => Step::SetPerKeyRate(at, rng.once_in(2), if rng.once_in(4) { None } else { Some(rng.byte()) }),
        _ => Step::HoldKey(at, name, span(rng)),
    }
}

/// A step about what protects a service.
fn guard(rng: &mut Rng) -> Guard {
    let at = rng.byte();
    match rng.below(16) {
        3 | 4 => Guard::Breaker(at, (!rng.once_in(5)).then(|| fuse(rng))),
        5 => Guard::Adaptive(at, (!rng.once_in(5)).then(|| goal(rng))),
        6..10 => Guard::Finish(at, rng.byte(), rng.byte()),
        0 => Guard::Lift(at),
        1 => Guard::MaxWait(at, span(rng)),
        2 => Guard::Stats(at),
        _ => Guard::HoldBack(at, rng.byte(), span(rng), span(rng)),
    }
}

fn fuse(rng: &mut Rng) -> Fuse {
    Fuse { trip: rng.byte(), calls: rng.byte(), window: Quarters(rng.byte() % 80), open: span(rng), trials: rng.byte() }
}

fn goal(rng: &mut Rng) -> Goal {
    Goal { algorithm: rng.byte(), min: rng.byte(), more: rng.byte(), initial: rng.byte() }
}

/// A step about a group, a budget or a call.
fn judged(rng: &mut Rng) -> Step {
    let at = rng.byte();
    match rng.below(100) {
        0..18 => Step::Retry(attempt(rng)),
        18..22 => Step::Hold(at),
        22..24 => Step::LetGo(at),
        24..28 => Step::OpenBudget(Purse { share: rng.byte(), minimum: rng.byte(), window: Quarters(rng.byte() % 80) }),
        28 => Step::FreeBudget(at),
        29..37 => Step::Deposit(at, rng.byte() % 6),
        37..51 => Step::Gather(party(rng)),
        51..58 => Step::Join(at, rng.byte()),
        58..83 => Step::EndMember(at, rng.byte(), rng.once_in(2)),
        83..88 => Step::Tally(at, rng.byte()),
        88..96 => Step::Seal(at, rng.once_in(6).then(|| rng.byte())),
        _ => Step::Disband(at),
    }
}

fn attempt(rng: &mut Rng) -> Attempt {
    let one_in = |times, rng: &mut Rng| rng.once_in(times).then(|| rng.byte());
    let few = rng.byte() % 8;
    Attempt {
        rule: rng.byte(),
        base: Quarters(rng.byte() % 12),
        max: limit(2, rng),
        retries: if rng.once_in(2) { u8::MAX } else { few },
        max_elapsed: limit(3, rng),
        seed: rng.byte(),
        number: if rng.once_in(24) { u8::MAX } else { rng.byte() },
        elapsed: Quarters(rng.byte() % 20),
        slept: Quarters(rng.byte() % 20),
        given: one_in(6, rng).map(|delay| if delay > 250 { 255 } else { delay % 24 }),
        asked: one_in(6, rng).map(|delay| if delay > 250 { 255 } else { delay % 24 }),
        budget: one_in(2, rng),
        call: if rng.once_in(3) { None } else { Some(rng.byte()) },
        holds: rng.once_in(2),
    }
}

fn party(rng: &mut Rng) -> Party {
    Party { rule: rng.byte(), members: rng.byte(), sealed: rng.once_in(2), careless: rng.once_in(8) }
}

impl Step {
    fn unless(self, instead: bool, other: Self) -> Self {
        if instead { other } else { self }
    }
}
