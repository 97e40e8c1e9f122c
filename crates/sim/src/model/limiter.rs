//! A limiter of the model.

use fanfold_core::limit::close::{Gate, Report};
use fanfold_core::limit::queue::Order;
use fanfold_core::limit::{Counts, LimiterOptions};
use fanfold_core::{Handle, LimiterId, Time};

use super::Deadline;
use super::adapt::Adaptive;
use super::breaker::Breaker;
use super::flow::Flow;
use super::hold_back::HoldBack;
use super::key::Keys;
use super::rate::Meter;
use super::ring::Ring;
use super::stats::Spans;
use super::task::Uid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    /// When it ends by itself.
    pub(super) until: Option<Deadline>,
}

#[derive(Clone, Debug)]
pub(super) struct Limiter {
    pub(super) id: LimiterId,
    pub(super) options: LimiterOptions,
    /// Those who wait for a slot, the oldest first.
    pub(super) queue: Vec<Uid>,
    pub(super) paused: Option<Pause>,
    pub(super) gate: Gate,
    pub(super) closing_since: Time,
    pub(super) grace: Option<Deadline>,
    pub(super) report: Report,
    pub(super) closers: Vec<Handle>,
    pub(super) wait_idle: Vec<Handle>,
    /// Bound and waiter, in the order of their coming.
    pub(super) wait_below: Vec<(u32, Handle)>,
    pub(super) counts: Counts,
    pub(super) warned: bool,
    pub(super) orphan: bool,
    /// More than a row of slots: it stands in a tree, or did, or goes by more than the order of arrival.
    pub(super) is_node: bool,
    pub(super) ring: Ring,
    pub(super) meter: Meter,
    pub(super) keys: Option<Keys>,
    /// Whose turn it is.
    pub(super) key_ring: Ring,
    /// While it is held back, or starts again.
    pub(super) hold_back: Option<HoldBack>,
    pub(super) breaker: Option<Breaker>,
    /// If its limit follows what is called.
    pub(super) adaptive: Option<Adaptive>,
    /// If it keeps statistics.
    pub(super) spans: Option<Spans>,
    /// If newcomers may be turned away.
    pub(super) flow: Option<Flow>,
    /// The task that it would give slots to, if those above it would.
    pub(super) offer: Option<Uid>,
}

impl Limiter {
    pub(super) fn new(id: LimiterId, options: LimiterOptions) -> Self {
        Self {
            id,
            options,
            queue: Vec::new(),
            paused: None,
            gate: Gate::Open,
            closing_since: Time::ZERO,
            grace: None,
            report: Report::default(),
            closers: Vec::new(),
            wait_idle: Vec::new(),
            wait_below: Vec::new(),
            counts: Counts::default(),
            warned: false,
            orphan: false,
            is_node: options.parent.is_some() || options.bypass > 0 || options.order == Order::Priority,
            ring: Ring::default(),
            meter: Meter::default(),
            keys: None,
            key_ring: Ring::default(),
            hold_back: None,
            flow: None,
            breaker: None,
            adaptive: None,
            spans: None,
            offer: None,
        }
    }

    /// Those who wait for the limiter and are no tasks.
    pub(super) fn guests(&self) -> Vec<Handle> {
        let below = self.wait_below.iter().map(|&(_, waiter)| waiter);
        self.closers.iter().chain(&self.wait_idle).copied().chain(below).collect()
    }
}
