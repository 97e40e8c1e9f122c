//! What the engine tells the host to do.

use crate::buffer::Event;
use crate::command::{KeyId, LimiterId, SignalId};
use crate::group::Judgement;
use crate::limit::breaker::Circuit;
use crate::limit::close::Report;
use crate::retry::Exhaustion;
use crate::table::Handle;
use crate::time::Span;

/// Why a task is not run, or is no longer waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// The queue was full.
    QueueFull = 1,
    /// It waited for longer than its queue timeout.
    QueueTimeout = 2,
    /// It ran for longer than its run timeout.
    RunTimeout = 3,
    /// It was cancelled by its handle.
    Cancelled = 4,
    /// Its signal was aborted.
    SignalAborted = 5,
    /// The limiter's signal was aborted.
    LimiterAborted = 6,
    /// The queue was cleared.
    Cleared = 7,
    /// The limiter was closed.
    Closed = 8,
    /// It was submitted from inside a task of its own limiter, which forbids that.
    Nested = 9,
    /// It weighs more than its limiter, or one above that, has slots; or costs more than a rate of theirs ever
    /// allows. Or it is more than any key of its limiter may have. Of an adaptive limit its `min` counts, and that also for
    /// who waits when a limit becomes adaptive, or its limiter comes below such a one.
    TooHeavy = 10,
    /// It would probably have waited for longer than its limiter lets anybody wait.
    Overloaded = 11,
    /// A breaker of its limiter, or of one above it, is open.
    BreakerOpen = 12,
}

impl Verdict {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::QueueFull,
        Self::QueueTimeout,
        Self::RunTimeout,
        Self::Cancelled,
        Self::SignalAborted,
        Self::LimiterAborted,
        Self::Cleared,
        Self::Closed,
        Self::Nested,
        Self::TooHeavy,
        Self::Overloaded,
        Self::BreakerOpen,
    ];
}

/// A command that cannot be meant. The host never sends one: seeing this is a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// No limiter has this id.
    UnknownLimiter = 1,
    /// A limiter has this id already, or the id leaves a gap.
    LimiterTaken = 2,
    /// No task has this handle, or it is not in a state where the command makes sense.
    UnknownTask = 3,
    /// A task or waiter has the place of this handle.
    HandleTaken = 4,
    /// The id of the signal leaves a gap.
    UnknownSignal = 5,
    /// A limit of zero slots, which would never run anything.
    ZeroConcurrency = 6,
    /// An operation that the mailbox does not know, or words that end in the middle of one.
    Malformed = 7,
    /// No group has this handle.
    UnknownGroup = 8,
    /// No budget has this id, or one that is to be opened has it already or leaves a gap.
    UnknownBudget = 9,
    /// A limiter cannot be put under itself, or under one that is below it.
    Cycle = 10,
    /// There is no such rule or resource, or a limit of no units.
    BadRate = 11,
    /// The id of the key leaves a gap.
    UnknownKey = 12,
    /// No buffer has this handle.
    UnknownBuffer = 13,
    /// A seat that is taken or leaves a gap, or a count of what cannot have come or gone.
    BadSeat = 14,
}

/// One thing for the host to do, in order. Nothing here calls for an answer in the same breath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Call the task's function now. At most one a turn, and always the last effect of it.
    Start {
        /// The handle.
        task: Handle,
        /// Its limiter.
        limiter: LimiterId,
    },
    /// The task never runs: reject its promise. Its handle is free. Or a call that rests, or wanted to: there is no next
    /// attempt, and it is still held.
    Reject {
        /// The handle.
        task: Handle,
        /// Its limiter.
        limiter: LimiterId,
        /// Why.
        verdict: Verdict,
        /// How long it waited, or rested.
        waited: Span,
    },
    /// The same, by a verdict that says when to come back.
    Refuse {
        /// The handle.
        task: Handle,
        /// Its limiter.
        limiter: LimiterId,
        /// Why.
        verdict: Verdict,
        /// How long it waited.
        waited: Span,
        /// The limiter that refused it: its own, or one above that.
        by: LimiterId,
        /// With [`Verdict::Overloaded`], how long it would probably have waited; with [`Verdict::BreakerOpen`], when it
        /// is half-open. [`Span::NEVER`] if nobody knows.
        after: Span,
    },
    /// The task still runs and keeps its slot, but nobody waits for it: reject its promise, abort its signal.
    Expire {
        /// The handle; free only when the host has reported [`Command::Complete`](crate::Command::Complete).
        task: Handle,
        /// Its limiter.
        limiter: LimiterId,
        /// Why.
        verdict: Verdict,
        /// How long it waited, to the millisecond.
        waited: Span,
        /// How long it has run.
        ran: Span,
    },
    /// What the waiter waits for is there, or the sleeper has slept. Its handle is free, but for a call that is held:
    /// it rests no longer, and is still held.
    Wake {
        /// The handle.
        waiter: Handle,
    },
    /// The limiter is closed. The waiter's handle is free.
    Closed {
        /// The handle.
        waiter: Handle,
        /// What became of its tasks.
        report: Report,
    },
    /// Whether a task submitted now would get a slot at once; told when it changes, `true` at first. Of a limiter in a
    /// tree this is said for itself alone: there is room for its tasks where there is in all above it too.
    Room {
        /// The limiter.
        limiter: LimiterId,
        /// Whether there is room.
        room: bool,
    },
    /// A breaker is in another state.
    Breaker {
        /// Its limiter.
        limiter: LimiterId,
        /// The state.
        circuit: Circuit,
        /// When it will be half-open, if it is open; [`Span::NEVER`] for not before it is set anew.
        half_open_after: Span,
    },
    /// A limiter with an adaptive limit has another one.
    Limit {
        /// The limiter.
        limiter: LimiterId,
        /// Slots.
        concurrency: u32,
    },
    /// No task is left that was admitted with this signal: stop listening. The id is free.
    SignalIdle {
        /// The signal.
        signal: SignalId,
    },
    /// A key of a limiter is at rest, and forgotten. The id is free.
    KeyIdle {
        /// The limiter.
        limiter: LimiterId,
        /// The key.
        key: KeyId,
    },
    /// Every running task of this full limiter has a task of its own in its queue. Told once.
    NestedFull {
        /// The limiter.
        limiter: LimiterId,
    },
    /// The limiter is forgotten. The id is free.
    LimiterFreed {
        /// The limiter.
        limiter: LimiterId,
    },
    /// The call is tried again after this delay; the sleeper is woken then.
    RetryAfter {
        /// The handle.
        sleeper: Handle,
        /// How long it sleeps.
        delay: Span,
    },
    /// The call is not tried again. The sleeper's handle is free, but for a call that is held.
    Exhausted {
        /// The handle.
        sleeper: Handle,
        /// What there is no more of.
        what: Exhaustion,
    },
    /// The verdict on a group is clear: give up on the members that have not ended, let in no more, and seal it.
    GroupStop {
        /// The handle.
        group: Handle,
    },
    /// The verdict on a group. Its handle is free.
    GroupDecided {
        /// The handle.
        group: Handle,
        /// The verdict.
        judgement: Judgement,
    },
    /// What happens in a buffer.
    Buffer {
        /// Its handle.
        buffer: Handle,
        /// What.
        event: Event,
    },
    /// The host broke the protocol.
    Fault {
        /// How.
        fault: Fault,
        /// The id, handle or word at fault.
        subject: u32,
    },
}
