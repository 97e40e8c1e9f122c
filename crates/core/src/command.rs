//! What the host may tell the engine.

use crate::buffer::Change;
use crate::group::GroupOptions;
use crate::limit::LimiterOptions;
use crate::limit::adaptive::AdaptiveOptions;
use crate::limit::breaker::BreakerOptions;
use crate::limit::hold_back::Scope;
use crate::limit::rate::Rule;
use crate::retry::{BudgetOptions, Failure, RetryOptions};
use crate::table::Handle;
use crate::time::Span;

/// The host's number for a limiter: small, dense, reused after [`Effect::LimiterFreed`](crate::Effect::LimiterFreed).
pub type LimiterId = u32;

/// The host's number for an abort signal as seen by one limiter: small, dense, reused.
pub type SignalId = u32;

/// The host's number for a retry budget: small, dense, reused once it is freed.
pub type BudgetId = u32;

/// The host's number for a key of one limiter: small, dense, reused after [`Effect::KeyIdle`](crate::Effect::KeyIdle).
pub type KeyId = u32;

/// How one task wants to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The signal that may abort it.
    pub signal: Option<SignalId>,
    /// How long it may wait; overrides the limiter's.
    pub queue_timeout: Option<Span>,
    /// How long it may run; overrides the limiter's.
    pub run_timeout: Option<Span>,
    /// The task from inside which it was submitted, where the host could see one.
    pub parent: Option<Handle>,
    /// How many slots it takes; zero counts as one.
    pub weight: u32,
    /// The higher the sooner, where the limiter goes by that.
    pub priority: i64,
    /// Its fairness class; tasks without one share one, where others have one.
    pub key: Option<KeyId>,
}

impl Admission {
    /// A task with no wishes of its own.
    pub const PLAIN: Self =
        Self { signal: None, queue_timeout: None, run_timeout: None, parent: None, weight: 1, priority: 0, key: None };

    /// Whether a slot is all it takes, whatever its limiter is.
    pub(crate) fn is_light(&self) -> bool {
        self.weight <= 1 && self.key.is_none()
    }
}

/// What the end of a call says about the service that it called, to [breakers](crate::limit::breaker) and
/// [adaptive limits](crate::limit::adaptive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does what it should.
    Good,
    /// It does not.
    Bad,
    /// Nothing.
    Neutral,
}

impl Health {
    /// What an end says that speaks for itself.
    pub const fn of(fulfilled: bool) -> Self {
        if fulfilled { Self::Good } else { Self::Bad }
    }
}

/// What a waiter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Nothing runs, nothing waits, and no call is held.
    Idle,
    /// Fewer than so many tasks wait.
    QueuedBelow(u32),
}

/// One command. Handles and ids are the host's; a command that names what is not there is answered with
/// [`Effect::Fault`](crate::Effect::Fault) and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// A new limiter under a free id.
    Open {
        /// Its id.
        limiter: LimiterId,
        /// Its policies.
        options: LimiterOptions,
    },
    /// Nobody can reach this limiter any more: forget it as soon as it is at rest.
    Free {
        /// Its id.
        limiter: LimiterId,
    },
    /// A new limit. Lowering holds from now on; the slots that raising adds are given to new submissions
    /// and freed places at once, and to all who wait by the next [`Command::Settle`].
    Resize {
        /// Its id.
        limiter: LimiterId,
        /// Slots; `u32::MAX` for no limit.
        concurrency: u32,
    },
    /// Give every free slot to those who wait.
    Settle {
        /// Its id.
        limiter: LimiterId,
    },
    /// Start nothing, for a span or until [`Command::Resume`].
    Pause {
        /// Its id.
        limiter: LimiterId,
        /// How long; [`Span::NEVER`] for until resumed.
        span: Span,
    },
    /// Start again.
    Resume {
        /// Its id.
        limiter: LimiterId,
    },
    /// Reject all who wait, for a slot or for their next attempt.
    Clear {
        /// Its id.
        limiter: LimiterId,
    },
    /// Take nothing new, reject the calls that rest, let the others end, and abort what is left when the grace is
    /// over.
    Close {
        /// Its id.
        limiter: LimiterId,
        /// Told with [`Effect::Closed`](crate::Effect::Closed).
        waiter: Handle,
        /// How long the rest may take.
        grace: Span,
    },
    /// The limiter's own signal was aborted: reject all, take nothing new.
    Abort {
        /// Its id.
        limiter: LimiterId,
    },
    /// A task, under a free handle.
    Submit {
        /// The limiter.
        limiter: LimiterId,
        /// The handle.
        task: Handle,
        /// Its wishes.
        admission: Admission,
    },
    /// The promise of a started task settled: its slot is free, and so is its handle.
    Complete {
        /// The handle.
        task: Handle,
        /// Whether it was fulfilled.
        fulfilled: bool,
    },
    /// The same, where the end does not speak for itself about the service: what was fulfilled may have been a refusal,
    /// and what was rejected the caller's own fault.
    CompleteAs {
        /// The handle.
        task: Handle,
        /// Whether it was fulfilled.
        fulfilled: bool,
        /// What it says about the service.
        health: Health,
    },
    /// Cancel one task, or wake one sleeper. A call that is held goes without a word, resting or not, and its handle is
    /// free. Nothing happens to what has ended, or to a group.
    Cancel {
        /// The handle.
        task: Handle,
    },
    /// Another priority for a task that waits; of one that does not, nothing changes.
    Reprioritize {
        /// The handle.
        task: Handle,
        /// The higher the sooner.
        priority: i64,
    },
    /// By the end of this turn, let one task start: the next in the queue of a limiter that is paused and in no tree, if
    /// it could start were that not paused. It takes the place of one that has a slot already. Of several such commands
    /// in a turn the last one counts.
    ///
    /// For a host that says itself when each task starts: its limiter is paused for good, and keeps the order and the
    /// slots.
    Next {
        /// Its id.
        limiter: LimiterId,
    },
    /// Another rule for the rate of a limiter, from now on.
    SetRate {
        /// Its id.
        limiter: LimiterId,
        /// Which of its rules, of eight.
        nth: u32,
        /// What it says; none for no such rule any more.
        rule: Option<Rule>,
    },
    /// What a task costs of a resource. Comes before its [`Command::Submit`]; one that names no costs costs one unit of
    /// resource 0.
    Cost {
        /// The handle that it will have.
        task: Handle,
        /// Which of eight.
        resource: u32,
        /// How many units.
        units: u64,
    },
    /// What a task that runs costs of a resource in truth: what it took too much is given back, what it took too little
    /// is owed. To be said before its [`Command::Complete`]. Of what is booked by a rule that was set while it ran, or
    /// was taken below another limiter, there is nothing to give back.
    SettleCost {
        /// The handle.
        task: Handle,
        /// Which of eight.
        resource: u32,
        /// How many units.
        actual: u64,
    },
    /// The share of a key, from its next round on. It is forgotten with the key: so it is to be said again, in the turn of
    /// the next task, after [`Effect::KeyIdle`](crate::Effect::KeyIdle).
    SetKey {
        /// The limiter.
        limiter: LimiterId,
        /// Which one; none for the tasks without a key.
        key: Option<KeyId>,
        /// So many times as much as a key of weight one; zero counts as one.
        weight: u32,
    },
    /// What each key of a limiter may have, from now on.
    SetPerKey {
        /// The limiter.
        limiter: LimiterId,
        /// Slots, at least one; `u32::MAX` for no limit.
        concurrency: u32,
        /// How many tasks may wait; `u32::MAX` for no limit.
        max_queue: u32,
    },
    /// Another rule for the rate that each key of a limiter has for itself, from now on.
    SetPerKeyRate {
        /// The limiter.
        limiter: LimiterId,
        /// Which of the rules, of eight.
        nth: u32,
        /// What it says; none for no such rule any more.
        rule: Option<Rule>,
    },
    /// Start nothing of a key for a span, or for what is left of an earlier one if that is longer. Those of it that were
    /// not called yet go back to the queue.
    HoldKey {
        /// The limiter.
        limiter: LimiterId,
        /// Which one; none for the tasks without a key.
        key: Option<KeyId>,
        /// How long; [`Span::ZERO`] for no longer, [`Span::NEVER`] for until that is said.
        span: Span,
    },
    /// Starts nothing in a limiter and below it for a span, then spreads those who waited: see
    /// [`hold_back`](crate::limit::hold_back).
    HoldBack {
        /// Its id.
        limiter: LimiterId,
        /// Whether that is it, or one above it.
        scope: Scope,
        /// How long; [`Span::NEVER`] for until lifted.
        span: Span,
        /// How long the restart takes; [`Span::ZERO`] for no time at all.
        spread: Span,
    },
    /// Holds a limiter back no longer, nor spreads its restart.
    LiftHold {
        /// Its id.
        limiter: LimiterId,
    },
    /// Keeps statistics of a limiter from now on: see [`stats`](crate::limit::stats).
    EnableStats {
        /// Its id.
        limiter: LimiterId,
    },
    /// Another breaker for a limiter, closed at first, or none.
    SetBreaker {
        /// Its id.
        limiter: LimiterId,
        /// When it opens and closes.
        options: Option<BreakerOptions>,
    },
    /// Lets the limit of a limiter follow what is called, or leaves it where it is. Those who wait here or below and weigh
    /// more than its `min` are rejected with [`Verdict::TooHeavy`](crate::Verdict::TooHeavy).
    SetAdaptive {
        /// Its id.
        limiter: LimiterId,
        /// How.
        options: Option<AdaptiveOptions>,
    },
    /// Turns new tasks of a limiter away that would probably wait for longer: the estimate comes with the verdict.
    SetMaxWait {
        /// Its id.
        limiter: LimiterId,
        /// How long; [`Span::NEVER`] for as long as it takes.
        max_wait: Span,
    },
    /// Puts a limiter, with all that is below it, under another one or under none. What runs takes its slots there at
    /// once, as if a limit had been lowered.
    Move {
        /// Its id.
        limiter: LimiterId,
        /// The one above it.
        parent: Option<LimiterId>,
    },
    /// A signal was aborted: cancel every task that was admitted with it.
    SignalAborted {
        /// The signal.
        signal: SignalId,
    },
    /// Wake the sleeper when a span has passed, or when it is cancelled.
    Sleep {
        /// The handle.
        sleeper: Handle,
        /// How long; [`Span::NEVER`] for until cancelled.
        span: Span,
        /// Whether the host has to stay alive for it.
        holds: bool,
    },
    /// Tell the waiter when the limiter gets there.
    Wait {
        /// The limiter.
        limiter: LimiterId,
        /// The handle.
        waiter: Handle,
        /// What for.
        until: Until,
    },
    /// A call begins whose attempts are tasks of this limiter, or may have another: as long as it is held, the limiter
    /// is not at rest.
    ///
    /// Between two attempts nothing of a call is in the limiter: the one has left its slot, it is not judged yet, it
    /// sleeps, it is awake and the next one is not submitted yet. Held it is there all that while, whatever the host
    /// takes for each step. Its handle is its own until [`Command::Cancel`], and nothing but that ends it: the
    /// host sends it when the promise of the call is settled, so that what waits for the limiter hears of it
    /// afterwards. A closed limiter holds too, since what is submitted to it is refused anyway.
    Hold {
        /// The limiter.
        limiter: LimiterId,
        /// The handle.
        call: Handle,
    },
    /// An attempt of a call failed: wake the sleeper for the next one, or say that there is none.
    ///
    /// A call that is held rests in its limiter until then, without a slot and without a place in the queue. It stays
    /// held whatever comes of it; where the limiter takes nothing any more it is rejected in the same turn.
    Retry {
        /// The handle: of a call that is held, or a free one for a sleeper in no limiter.
        sleeper: Handle,
        /// How the call is retried.
        options: RetryOptions,
        /// The attempt.
        failure: Failure,
        /// The budget that the retry is taken from.
        budget: Option<BudgetId>,
        /// Whether the host has to stay alive for the next attempt.
        holds: bool,
    },
    /// A new budget under a free id.
    OpenBudget {
        /// Its id.
        budget: BudgetId,
        /// How much it allows.
        options: BudgetOptions,
    },
    /// Nobody can reach this budget any more.
    FreeBudget {
        /// Its id.
        budget: BudgetId,
    },
    /// A first attempt of a call that shares a budget.
    Deposit {
        /// Its id.
        budget: BudgetId,
    },
    /// A group, under a free handle.
    Gather {
        /// The handle.
        group: Handle,
        /// How it is judged.
        options: GroupOptions,
    },
    /// A member of a group has ended.
    Settled {
        /// The group.
        group: Handle,
        /// The member's number: only repeated, in the verdict.
        member: u32,
        /// Whether it was fulfilled.
        fulfilled: bool,
    },
    /// So many members of a group were fulfilled.
    Tally {
        /// The group.
        group: Handle,
        /// How many more.
        fulfilled: u32,
    },
    /// No more members come.
    Seal {
        /// The group.
        group: Handle,
        /// How many there are in all, ended or not.
        members: u64,
    },
    /// Nobody waits for the verdict on a group any more. Its handle is free.
    Disband {
        /// The group.
        group: Handle,
    },
    /// Something about a buffer.
    Buffer {
        /// Its handle.
        buffer: Handle,
        /// What.
        change: Change,
    },
}
