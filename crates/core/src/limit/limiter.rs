//! A limiter: its policies, side by side.

use super::close::{Gate, GateState};
use super::counts::Counts;
use super::nested::{NestedPolicy, NestedState};
use super::pause::PauseState;
use super::queue::{Order, Overflow, QueueState};
use super::slots::SlotState;
use super::waiters::WaiterState;
use crate::table::List;
use crate::time::Span;

/// The policies of a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimiterOptions {
    /// Slots, at least one; `u32::MAX` for no limit.
    pub concurrency: u32,
    /// How many tasks may wait; `u32::MAX` for no limit.
    pub max_queue: u32,
    /// What gives when more want to.
    pub overflow: Overflow,
    /// Who of those who wait is next.
    pub order: Order,
    /// What becomes of tasks submitted from inside its own tasks.
    pub nested: NestedPolicy,
    /// How long a task may wait, unless it says otherwise.
    pub queue_timeout: Span,
    /// How long a task may run, unless it says otherwise.
    pub run_timeout: Span,
}

impl LimiterOptions {
    /// So many slots, and for the rest the defaults: no limits, first in first out.
    pub const fn slots(concurrency: u32) -> Self {
        Self {
            concurrency,
            max_queue: u32::MAX,
            overflow: Overflow::Reject,
            order: Order::Fifo,
            nested: NestedPolicy::Warn,
            queue_timeout: Span::NEVER,
            run_timeout: Span::NEVER,
        }
    }
}

/// How a limiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Slots taken.
    pub active: u32,
    /// Tasks that wait.
    pub queued: u32,
    /// Calls that sleep before their next attempt.
    pub resting: u32,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it takes nothing new.
    pub closed: bool,
    /// What happened so far.
    pub counts: Counts,
}

/// The state of a limiter.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) slots: SlotState,
    pub(crate) queue: QueueState,
    pub(crate) pause: PauseState,
    pub(crate) gate: GateState,
    pub(crate) waiters: WaiterState,
    pub(crate) nested: NestedState,
    pub(crate) counts: Counts,
    /// Running and detached tasks, in the order of their starts.
    pub(crate) running: List,
    /// Calls that sleep before their next attempt, in the order in which they lay down.
    pub(crate) resting: List,
    /// Calls that may have a next attempt, those that rest included.
    pub(crate) held: u32,
    pub(crate) queue_timeout: Span,
    pub(crate) run_timeout: Span,
    /// What the host was last told of its room.
    pub(crate) room_told: bool,
    /// Nobody can reach it any more.
    pub(crate) orphan: bool,
}

impl Limiter {
    pub(crate) fn new(options: &LimiterOptions) -> Self {
        Self {
            slots: SlotState::new(options.concurrency),
            queue: QueueState::new(options.order, options.max_queue, options.overflow),
            pause: PauseState::default(),
            gate: GateState::default(),
            waiters: WaiterState::default(),
            nested: NestedState::new(options.nested),
            counts: Counts::default(),
            running: List::default(),
            resting: List::default(),
            held: 0,
            queue_timeout: options.queue_timeout,
            run_timeout: options.run_timeout,
            room_told: true,
            orphan: false,
        }
    }

    /// Whether its tasks have deadlines without asking for them.
    pub(crate) fn is_timed(&self) -> bool {
        self.queue_timeout.is_finite() || self.run_timeout.is_finite()
    }

    /// Whether a task that comes to the front may be given a slot now.
    pub(crate) fn may_grant(&self) -> bool {
        self.slots.has_room() && !self.pause.is_paused()
    }

    /// Whether a task submitted now would get a slot at once.
    pub(crate) fn has_room(&self) -> bool {
        self.may_grant() && self.queue.is_empty() && self.gate.is(Gate::Open)
    }

    /// Tasks that wait, in the queue and in the slots of their parents.
    pub(crate) fn queued(&self) -> u32 {
        self.queue.len() + self.nested.waiting()
    }

    /// Whether nothing runs, nothing waits, and nothing may come that was there before.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots.taken() == 0 && self.queued() == 0 && self.held == 0
    }

    /// Whether a change in it is nobody's business: the host knows its room, no task of it is stuck, nobody
    /// waits for it to get anywhere, and it stays when it is idle.
    pub(crate) fn is_unwatched(&self) -> bool {
        self.room_told == self.has_room()
            && self.nested.stuck == 0
            && self.waiters.is_empty()
            && self.gate.is(Gate::Open)
            && !self.orphan
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            active: self.slots.taken(),
            queued: self.queued(),
            resting: self.resting.len(),
            paused: self.pause.is_paused(),
            closed: !self.gate.is(Gate::Open),
            counts: self.counts,
        }
    }
}
