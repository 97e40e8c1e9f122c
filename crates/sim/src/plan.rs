//! A plan: what a host does, in terms that make sense whatever happened before.
//!
//! Nothing in a step is a handle or an id. A step picks among what is there when it is played, so that any
//! part of a plan is a plan too: that is what lets a failing one be shrunk.

pub mod guards;

use arbitrary::Arbitrary;
use fanfold_core::Span;
use fanfold_core::group::{GroupOptions, Need, Rest};
use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::limit::rate::{At, Rule, Shape as RateShape};
use fanfold_core::retry::{Backoff, BackoffKind, BudgetOptions, Failure, Jitter, RetryOptions};

/// Picks one of those there are, by remainder.
pub type Pick = u8;

/// A span in quarters of a millisecond; 255 for no limit.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarters(pub u8);

impl Quarters {
    /// As the engine's span.
    pub fn span(self) -> Span {
        if self.0 == u8::MAX { Span::NEVER } else { Span::from_micros(u64::from(self.0) * 250) }
    }
}

/// The policies of a limiter, small enough for its bounds to be hit.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Slots less one.
    pub concurrency: u8,
    /// Places in the queue, few, or from 128 on no limit.
    pub max_queue: u8,
    /// Overflow, order and nested policy, a digit each, and whether priorities decide.
    pub policies: u8,
    /// Default for waiting.
    pub queue_timeout: Quarters,
    /// Default for running.
    pub run_timeout: Quarters,
    /// One of the limiters, to be above it.
    pub parent: Option<Pick>,
    /// By how many a heavy task may be passed, and how long a step of priority takes.
    pub bypass: u8,
    /// How long a step of priority takes.
    pub ageing: Quarters,
}

impl Shape {
    /// As the engine's options.
    pub fn options(self) -> LimiterOptions {
        LimiterOptions {
            concurrency: u32::from(self.concurrency) + 1,
            max_queue: if self.max_queue >= 128 { u32::MAX } else { u32::from(self.max_queue % 8) },
            overflow: match (self.policies % 3, self.policies / 18 % 4) {
                (1.., 2 | 3) => Overflow::DropLowest,
                (0, _) => Overflow::Reject,
                (1, _) => Overflow::DropOldest,
                _ => Overflow::DropNewest,
            },
            order: match (self.policies / 18 % 4, self.policies / 3 % 2) {
                (1 | 2, _) => Order::Priority,
                (_, 0) => Order::Fifo,
                _ => Order::Lifo,
            },
            nested: match self.policies / 6 % 3 {
                0 => NestedPolicy::Warn,
                1 => NestedPolicy::Error,
                _ => NestedPolicy::Inherit,
            },
            queue_timeout: self.queue_timeout.span(),
            run_timeout: self.run_timeout.span(),
            // Which one it is, the host knows.
            parent: None,
            bypass: u32::from(self.bypass % 4),
            ageing: self.ageing.span(),
        }
    }
}

/// What one task wants beyond a slot.
#[derive(Arbitrary, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// One of the limiter's signals, or a new one.
    pub signal: Option<Pick>,
    /// Its own limit for waiting.
    pub queue_timeout: Option<u8>,
    /// Its own limit for running.
    pub run_timeout: Option<u8>,
    /// Submitted from inside one of those that run, or did a little while ago.
    pub parent: Option<Pick>,
    /// Slots less one, few.
    pub weight: u8,
    /// The higher the sooner.
    pub priority: i8,
    /// What it costs, if it says so: a resource and a few units.
    pub cost: u8,
    /// The name of its key, one of a few.
    pub key: Option<u8>,
}

impl Wishes {
    /// What it costs of which resource.
    pub fn bill(self) -> Option<(u32, u64)> {
        let cost = self.cost.checked_sub(1)?;
        Some((u32::from(cost % 2), u64::from(cost / 2 % 4)))
    }
}

/// The rule of a place of a limiter: of its own resource, and always as long and of the same shape, since how far back the
/// engine remembers is its own affair.
pub fn rule(limiter: u32, nth: u32, limit: u8) -> Rule {
    let usual = (limiter + nth) % 4;
    let at = match if limit >= 224 { u32::from(limit % 3) } else { usual } {
        0 | 3 => At::Start,
        1 => At::End,
        _ => At::Both,
    };
    let shape = if (2 * limiter + nth) % 5 == 1 { RateShape::Smooth } else { RateShape::Burst };
    let interval = Span::from_micros(750 + 1_000 * u64::from(limiter % 3) + 2_250 * u64::from(nth));
    Rule { resource: nth, limit: u64::from(limit % 4) + 1, interval, shape, at }
}

/// The rule of a place of each key of a limiter: another one than that of the limiter.
pub fn rule_of_keys(limiter: u32, nth: u32, limit: u8) -> Rule {
    rule(limiter + 1, nth, limit)
}

/// By what an exponential backoff grows, what makes no sense included.
const FACTORS: [f64; 10] = [2.0, 1.5, 3.0, 1.0, 1.1, 10.0, 0.5, -2.0, f64::NAN, f64::INFINITY];

/// Retries for each first attempt, and a second.
const SHARES: [f64; 8] = [0.5, 1.0, 0.1, 0.29, 2.0, 0.0, f64::NAN, -1.0];
const MINIMA: [f64; 6] = [0.0, 100.0, 1_000.0, 33.3, f64::INFINITY, -5.0];

/// A failed attempt of a call, and how the call is retried.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Kind of backoff, jitter and factor, a digit each.
    pub rule: u8,
    /// The first delay.
    pub base: Quarters,
    /// The longest.
    pub max: Quarters,
    /// Attempts after the first one; 255 for no limit.
    pub retries: u8,
    /// When the last one may start.
    pub max_elapsed: Quarters,
    /// What the spread is drawn from.
    pub seed: u8,
    /// Which attempt it is, one of the first few; 255 for the last there can be.
    pub number: u8,
    /// When it failed.
    pub elapsed: Quarters,
    /// The delay before it.
    pub slept: Quarters,
    /// A delay of the caller's own.
    pub given: Option<u8>,
    /// A delay that was asked for by name.
    pub asked: Option<u8>,
    /// One of the budgets, if there are any.
    pub budget: Option<Pick>,
    /// One of the calls that are held, if there are any that do not rest; otherwise a sleeper in no limiter.
    pub call: Option<Pick>,
    /// Whether the host has to stay alive for the next one.
    pub holds: bool,
}

impl Attempt {
    /// As the engine's options.
    pub fn options(self) -> RetryOptions {
        RetryOptions {
            retries: if self.retries == u8::MAX { u32::MAX } else { u32::from(self.retries) },
            backoff: Backoff {
                kind: match self.rule % 4 {
                    0 => BackoffKind::Constant,
                    1 => BackoffKind::Linear,
                    2 => BackoffKind::Exponential,
                    _ => BackoffKind::Fibonacci,
                },
                base: self.base.span(),
                factor: FACTORS[usize::from(self.rule / 16) % FACTORS.len()],
                max: self.max.span(),
            },
            jitter: match self.rule / 4 % 4 {
                0 => Jitter::None,
                1 => Jitter::Full,
                2 => Jitter::Equal,
                _ => Jitter::Decorrelated,
            },
            max_elapsed: self.max_elapsed.span(),
            seed: u64::from(self.seed),
        }
    }

    /// As what the engine is told of it.
    pub fn failure(self) -> Failure {
        Failure {
            // Few, since no delay may be longer than a clock that is a float can tell to the microsecond.
            attempt: if self.number == u8::MAX { u32::MAX } else { u32::from(self.number % 8) },
            elapsed: self.elapsed.span(),
            slept: self.slept.span(),
            base: self.given.map(|delay| Quarters(delay).span()),
            after: self.asked.map(|delay| Quarters(delay).span()),
        }
    }
}

/// A budget that few calls use up.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// One of a few.
    pub share: u8,
    /// One of a few.
    pub minimum: u8,
    /// How long it remembers.
    pub window: Quarters,
}

impl Purse {
    /// As the engine's options.
    pub fn options(self) -> BudgetOptions {
        BudgetOptions {
            share: SHARES[usize::from(self.share) % SHARES.len()],
            min_per_second: MINIMA[usize::from(self.minimum) % MINIMA.len()],
            window: self.window.span(),
        }
    }
}

/// A group and what its host makes of it.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// What it needs and what becomes of its rest, a digit each, then how many it needs.
    pub rule: u8,
    /// How many members are let in at once.
    pub members: u8,
    /// Whether these are all.
    pub sealed: bool,
    /// Whether the host goes on letting members in, whatever it was told, and seals it only by a step.
    pub careless: bool,
}

impl Party {
    /// As the engine's options.
    pub fn options(self) -> GroupOptions {
        GroupOptions {
            need: match self.rule % 4 {
                0 => Need::All,
                1 => Need::Every,
                2 => Need::Some(u32::from(self.rule / 12) % 5),
                _ => Need::First,
            },
            rest: match self.rule / 4 % 3 {
                0 => Rest::Abort,
                1 => Rest::AbortAndWait,
                _ => Rest::Continue,
            },
        }
    }
}

/// One thing that a host does.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new limiter.
    Open(Shape),
    /// Nobody can reach a limiter any more.
    Free(Pick),
    /// Another limit, and settled in the same breath or not.
    Resize(Pick, u8, bool),
    /// Give all free slots.
    Settle(Pick),
    /// Pause it.
    Pause(Pick, Quarters),
    /// Resume it.
    Resume(Pick),
    /// Clear it.
    Clear(Pick),
    /// Close it.
    Close(Pick, Quarters),
    /// Abort it.
    Abort(Pick),
    /// A task with wishes.
    Submit(Pick, Wishes),
    /// So many plain tasks.
    Burst(Pick, u8),
    /// A permit now or not at all; its own turn.
    Try(Pick),
    /// One of the running functions settles.
    Complete(Pick, bool),
    /// One of the tasks is cancelled.
    Cancel(Pick),
    /// One of two rules of a limiter, or none any more.
    SetRate(Pick, bool, Option<u8>),
    /// What one of the running tasks costs in truth.
    SettleCost(Pick, bool, u8),
    /// The share of a key of a limiter, by its name.
    SetKey(Pick, u8, u8),
    /// How many slots, and places in the queue, each key of a limiter may have.
    SetPerKey(Pick, u8, u8),
    /// One of two rules of each key of a limiter, or none any more.
    SetPerKeyRate(Pick, bool, Option<u8>),
    /// A key of a limiter is held back.
    HoldKey(Pick, u8, Quarters),
    /// One of the tasks gets another priority.
    Reprioritize(Pick, i8),
    /// The next one of a limiter is to start, which is paused for that or was before.
    Next(Pick, bool),
    /// A limiter goes under another one, or under none.
    Move(Pick, Option<Pick>),
    /// One of the signals is aborted.
    AbortSignal(Pick),
    /// Somebody waits for an idle limiter.
    WaitIdle(Pick),
    /// Somebody waits for a short queue.
    WaitBelow(Pick, u8),
    /// Somebody waits for time to pass, and may hold the host alive.
    Sleep(Quarters, bool),
    /// One of those is woken early.
    Rouse(Pick),
    /// An attempt of a call failed.
    Retry(Attempt),
    /// A call begins whose attempts are tasks of a limiter.
    Hold(Pick),
    /// One of those has no further attempt.
    LetGo(Pick),
    /// A new budget.
    OpenBudget(Purse),
    /// Nobody can reach a budget any more.
    FreeBudget(Pick),
    /// So many first attempts of calls that share a budget.
    Deposit(Pick, u8),
    /// A new group.
    Gather(Party),
    /// So many more members of a group are let in.
    Join(Pick, u8),
    /// One of its members ends.
    EndMember(Pick, Pick, bool),
    /// So many of its members are fulfilled, all told at once.
    Tally(Pick, u8),
    /// No more members come: as many as were let in, or another number.
    Seal(Pick, Option<u8>),
    /// Nobody waits for the verdict any more.
    Disband(Pick),
    /// The turn ends, and one task may start or not.
    Ring(bool),
    /// The turn ends, and as many more are taken as there are tasks to start.
    Drain,
    /// Time passes.
    Pass(Quarters),
    /// Time passes up to the next deadline, or to the moment before.
    PassToDeadline(bool),
    /// Something about what protects a service.
    Guard(guards::Guard),
    /// Anything at all, with numbers as they come: only in hostile plans.
    Raw(Raw),
}

/// A command made of numbers that mean nothing.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Which command.
    pub kind: u8,
    /// Its limiter.
    pub limiter: u8,
    /// Its task or waiter.
    pub place: u8,
    /// The generation of that.
    pub generation: u8,
    /// Whatever else it needs.
    pub other: u8,
}

/// Steps in order.
pub type Plan = Vec<Step>;
