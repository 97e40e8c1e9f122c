//! What a limiter keeps that is more than a row of slots. Plain ones do not pay for it.

use alloc::boxed::Box;

use super::adaptive::Following;
use super::breaker::Installed;
use super::flow::MaxWait;
use super::hold_back::HoldBackState;
use super::key::Keys;
use super::rate::Meter;
use super::tree::TreeState;
use crate::command::LimiterId;
use crate::own::Own;
use crate::table::NONE;

/// The rest of a limiter that stands in a tree, or whose tasks have weights or priorities.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) tree: TreeState,
    /// Its rates, if it has any.
    pub(crate) meter: Option<Box<Meter>>,
    /// Its keys, if a task ever had one.
    pub(crate) keys: Option<Own<Keys>>,
    /// While it is held back, or starts again after that.
    pub(crate) hold_back: Option<Box<HoldBackState>>,
    /// The longest wait that a newcomer may expect, if there is one.
    pub(crate) max_wait: Option<Box<MaxWait>>,
    /// Its breaker, if it has one.
    pub(crate) breaker: Option<Box<Installed>>,
    /// What its limit follows, if it does.
    pub(crate) adaptive: Option<Box<Following>>,
    /// How many lighter tasks may pass one that waits for slots.
    pub(crate) bypass: u32,
    /// Tasks of its own that have slots.
    pub(crate) holders: u32,
    /// Slots that these have.
    pub(crate) own: u64,
    /// Its depth, if it has to be looked at before the command is over. Then all above it have to as well.
    pub(crate) touched: Option<u32>,
}

impl Node {
    pub(crate) fn new(parent: LimiterId, bypass: u32) -> Self {
        Self {
            tree: TreeState::new(parent),
            meter: None,
            keys: None,
            hold_back: None,
            max_wait: None,
            breaker: None,
            adaptive: None,
            bypass,
            holders: 0,
            own: 0,
            touched: None,
        }
    }

    /// Whether it only has weights or an order of its own: nobody above or below it, and nothing else that keeps tasks from
    /// their slots.
    pub(crate) fn is_alone(&self) -> bool {
        self.tree.parent == NONE
            && self.tree.children.is_empty()
            && self.bypass == 0
            && self.meter.is_none()
            && self.keys.is_none()
            && self.hold_back.is_none()
            && self.max_wait.is_none()
            && self.breaker.is_none()
            && self.adaptive.is_none()
    }

    /// Whether what it does depends on the time.
    pub(crate) fn is_timed(&self) -> bool {
        let of_keys = self.keys.as_ref().is_some_and(|keys| !keys.rules.is_empty());
        of_keys || self.meter.is_some() || self.max_wait.is_some() || self.breaker.is_some() || self.adaptive.is_some()
    }
}
