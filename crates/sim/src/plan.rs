//! A plan: what a host does, in terms that make sense whatever happened before.
//!
//! Nothing in a step is a handle or an id. A step picks among what is there when it is played, so that any
//! part of a plan is a plan too: that is what lets a failing one be shrunk.

use arbitrary::Arbitrary;
use fanfold_core::Span;
use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};

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
    /// Overflow, order and nested policy, a digit each.
    pub policies: u8,
    /// Default for waiting.
    pub queue_timeout: Quarters,
    /// Default for running.
    pub run_timeout: Quarters,
}

impl Shape {
    /// As the engine's options.
    pub fn options(self) -> LimiterOptions {
        LimiterOptions {
            concurrency: u32::from(self.concurrency) + 1,
            max_queue: if self.max_queue >= 128 { u32::MAX } else { u32::from(self.max_queue % 8) },
            overflow: match self.policies % 3 {
                0 => Overflow::Reject,
                1 => Overflow::DropOldest,
                _ => Overflow::DropNewest,
            },
            order: if (self.policies / 3).is_multiple_of(2) { Order::Fifo } else { Order::Lifo },
            nested: match self.policies / 6 % 3 {
                0 => NestedPolicy::Warn,
                1 => NestedPolicy::Error,
                _ => NestedPolicy::Inherit,
            },
            queue_timeout: self.queue_timeout.span(),
            run_timeout: self.run_timeout.span(),
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
    /// The turn ends, and one task may start or not.
    Ring(bool),
    /// The turn ends, and as many more are taken as there are tasks to start.
    Drain,
    /// Time passes.
    Pass(Quarters),
    /// Time passes up to the next deadline, or to the moment before.
    PassToDeadline(bool),
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
