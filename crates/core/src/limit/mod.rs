//! Limiters: one folder a policy, put together here.
//!
//! Each folder has the same three files: `mod.rs` says what the policy promises, `state.rs` keeps it,
//! `tests.rs` shows it through the engine.
//!
//! The order in which the policies meet a task that comes: [`close`] (is anything taken at all?), [`nested`] (does it come
//! from inside?), [`weight`] and [`rate`] (could it ever start?), [`breaker`] (would it be refused anyway?), [`flow`]
//! (would it wait for too long?), [`queue`] (may it wait, and whom does it push out?). And one that waits, in its own
//! limiter and all above it: [`pause`] and [`hold_back`] (does anything start?), [`slots`] (is there room?), [`rate`]
//! (is it early enough?), [`breaker`] (is the service well?). When a slot is free it goes to the next in the [`queue`];
//! [`waiters`] hear of what is left. When a call has ended, the [`breaker`] and the [`adaptive`] limit learn from it.
//!
//! A limiter that is more than a row of slots (it stands in a [`tree`], its tasks have [`weight`]s or [`key`]s, or go by
//! [`priority`],
//! or it has one of the policies that plain ones have not) keeps a [`Node`] for that, and goes ways of its own: tasks
//! always come into the queue, and when all of a command is taken, those who fit are given what they need.

pub mod adaptive;
pub mod breaker;
pub mod close;
mod counts;
mod extra;
pub(crate) mod fair;
pub(crate) mod flow;
pub(crate) mod histogram;
pub mod hold_back;
pub mod key;
mod limiter;
pub mod nested;
mod node;
pub mod pause;
pub(crate) mod priority;
pub mod queue;
pub mod rate;
pub mod slots;
pub mod stats;
mod ticket;
pub(crate) mod tree;
pub mod waiters;
pub(crate) mod weight;

pub use counts::Counts;
pub(crate) use extra::Extra;
pub(crate) use limiter::Limiter;
pub use limiter::{Block, LimiterOptions, Snapshot};
pub(crate) use node::Node;
pub(crate) use ticket::{Ticket, TicketKind};
pub(crate) use weight::Load;
