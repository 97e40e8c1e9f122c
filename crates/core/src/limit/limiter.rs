//! A limiter: its policies, side by side.

use super::close::{Gate, GateState};
use super::counts::Counts;
use super::hold_back::HoldBackState;
use super::key::Keys;
use super::nested::{NestedPolicy, NestedState};
use super::node::Node;
use super::pause::PauseState;
use super::queue::{Order, Overflow, QueueState};
use super::slots::SlotState;
use super::stats::StatsState;
use super::waiters::WaiterState;
use crate::command::LimiterId;
use crate::own::{CAPACITY, Own, own};
use crate::table::{List, NONE};
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
    /// The limiter above it.
    pub parent: Option<LimiterId>,
    /// How many lighter tasks may pass one that waits for slots.
    pub bypass: u32,
    /// For how long a task has to wait to gain a step of priority; [`Span::NEVER`] for no such thing.
    pub ageing: Span,
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
            parent: None,
            bypass: 0,
            ageing: Span::NEVER,
        }
    }

    /// Whether it is more than a row of slots from the beginning.
    pub(crate) fn are_plain(&self) -> bool {
        self.parent.is_none() && self.bypass == 0 && self.order != Order::Priority
    }
}

/// Why a task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Block {
    /// All slots are taken.
    Concurrency = 1,
    /// Slots are free, but fewer than it weighs; or there are not so many at all since the limit was lowered.
    Weight = 2,
    /// It would be too much for a rate, or too early in a restart after it was held back.
    Rate = 3,
    /// The limiter is paused, or held back.
    Paused = 4,
    /// Its key has all that a key may have.
    Key = 5,
    /// Another one is next.
    Order = 6,
    /// Slots are free, but as many trials run as a half-open breaker lets through.
    Breaker = 7,
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
    /// If it keeps statistics.
    pub(crate) stats: Option<Own<StatsState>>,
    /// What it is more than a row of slots.
    pub(crate) node: Option<Own<Node>>,
}

impl Limiter {
    pub(crate) fn new(options: &LimiterOptions) -> Self {
        Self {
            slots: SlotState::new(options.concurrency),
            queue: QueueState::new(options.order, options.ageing, options.max_queue, options.overflow),
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
            stats: None,
            node: (CAPACITY && !options.are_plain())
                .then(|| own(Node::new(options.parent.unwrap_or(NONE), options.bypass))),
        }
    }

    /// Whether its tasks have deadlines without asking for them.
    pub(crate) fn is_timed(&self) -> bool {
        self.queue_timeout.is_finite()
            || self.run_timeout.is_finite()
            || self.stats.is_some()
            || self.node.as_ref().is_some_and(|node| node.is_timed())
    }

    /// Whether it looks how tasks come, start and end.
    pub(crate) fn is_measured(&self) -> bool {
        self.stats.is_some() || self.node.as_ref().is_some_and(|node| node.max_wait.is_some())
    }

    /// Whether a task that comes to the front may be given a slot now.
    pub(crate) fn may_grant(&self) -> bool {
        self.slots.has_room() && !self.pause.is_paused()
    }

    /// Whether a task submitted now would get a slot at once, as far as this limiter is concerned.
    pub(crate) fn has_room(&self) -> bool {
        self.may_grant()
            && self.is_nobody_next()
            && self.gate.is(Gate::Open)
            && self.node.as_ref().is_none_or(|node| node.tree.is_quiet())
            && !self.is_held_back()
    }

    /// Whether nothing starts in it, because somebody paused it or holds it back.
    pub(crate) fn is_stopped(&self) -> bool {
        self.pause.is_paused() || self.is_held_back()
    }

    fn is_held_back(&self) -> bool {
        self.hold_back().is_some_and(HoldBackState::is_held)
    }

    /// Whether its next one has to wait for its place in a restart.
    pub(crate) fn is_spaced(&self) -> bool {
        self.hold_back().is_some_and(HoldBackState::is_spaced)
    }

    /// Whether its next one has to wait for the end of a trial of its breaker.
    pub(crate) fn awaits_trial(&self) -> bool {
        let breaker = self.node.as_ref().and_then(|node| node.breaker.as_ref());
        breaker.is_some_and(|installed| installed.breaker.awaits_trial())
    }

    /// As many slots as it will have at any time, as long as nobody says otherwise.
    pub(crate) fn least_slots(&self) -> u32 {
        let adaptive = self.node.as_ref().and_then(|node| node.adaptive.as_ref());
        adaptive.map_or(self.slots.limit(), |following| following.options.min.max(1))
    }

    /// Whether its limit follows what is called.
    pub(crate) fn is_adaptive(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.adaptive.is_some())
    }

    /// While it is held back, or starts again after that.
    pub(crate) fn hold_back(&self) -> Option<&HoldBackState> {
        self.node.as_ref()?.hold_back.as_deref()
    }

    /// Tasks that wait for slots, here and below.
    pub(crate) fn waiting_in_queues(&self) -> u32 {
        self.queue.len() + self.node.as_ref().map_or(0, |node| node.tree.waiting_below)
    }

    /// Whether nobody of its own waits who could be given slots. With keys, some of which may have all they may have.
    fn is_nobody_next(&self) -> bool {
        match self.keys() {
            Some(keys) => keys.ring.is_empty(),
            None => self.queue.is_empty(),
        }
    }

    /// Its keys, if a task ever had one.
    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.node.as_ref()?.keys.as_deref()
    }

    pub(crate) fn keys_mut(&mut self) -> Option<&mut Keys> {
        self.node.as_mut()?.keys.as_deref_mut()
    }

    pub(crate) fn has_children(&self) -> bool {
        self.node.as_ref().is_some_and(|node| !node.tree.children.is_empty())
    }

    /// The limiter above it, or `NONE`.
    pub(crate) fn parent(&self) -> LimiterId {
        self.node.as_ref().map_or(NONE, |node| node.tree.parent)
    }

    /// What it counts for in all above it: slots taken, tasks that wait, calls that are held.
    pub(crate) fn burden(&self) -> (u64, u32, u32) {
        let (waiting, held) = self.node.as_ref().map_or((0, 0), |node| (node.tree.waiting_below, node.tree.held_below));
        (self.slots.weight(), self.queue.len() + waiting, self.held + held)
    }

    /// Whether a new task stands behind others, and none of those comes to be next, or may pass, because of it.
    pub(crate) fn is_last_in_line(&self) -> bool {
        !self.queue.is_empty() && self.is_in_line()
    }

    /// Whether those who wait are next in the order of their coming, and nobody passes anybody.
    pub(crate) fn is_in_line(&self) -> bool {
        self.queue.is_fifo() && self.node.as_ref().is_some_and(|node| node.bypass == 0)
    }

    /// Makes it more than a row of slots.
    pub(crate) fn node_mut(&mut self) -> &mut Node {
        // So far every slot was taken by a task of its own that weighs one.
        let (holders, taken) = (self.slots.taken(), self.slots.weight());
        self.node.get_or_insert_with(|| own(Node { holders, own: taken, ..Node::new(NONE, 0) }))
    }

    /// Tasks that wait, in the queue and in the slots of their parents.
    pub(crate) fn queued(&self) -> u32 {
        self.queue.len() + self.nested.waiting()
    }

    /// Whether nothing runs, nothing waits, and nothing may come that was there before.
    pub(crate) fn is_idle(&self) -> bool {
        let below = self.node.as_ref().map_or(0, |node| node.tree.waiting_below + node.tree.held_below);
        self.slots.taken() == 0 && self.queued() == 0 && self.held == 0 && below == 0
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
