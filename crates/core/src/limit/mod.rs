//! Limiters: one folder a policy, put together here.
//!
//! Each folder has the same three files: `mod.rs` says what the policy promises, `state.rs` keeps it,
//! `tests.rs` shows it through the engine.
//!
//! The order in which the policies meet a task: [`close`] (is anything taken at all?), [`nested`] (does it
//! come from inside?), [`slots`] and [`pause`] (may it run now?), [`queue`] (may it wait, and whom does it
//! push out?). When a slot is free it goes to the next in the [`queue`]; [`waiters`] hear of what is left. A
//! limiter that is more than a row of slots (it stands in a [`tree`], its tasks have [`weight`]s or [`key`]s, or go by
//! [`priority`]) keeps a [`Node`] for that, and goes ways of its own: tasks always come into the queue, and when all
//! of a command is taken, those who fit are given what they need.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub mod adaptive;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
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
pub(crate) mod tree;
pub mod waiters;
pub(crate) mod weight;

pub use counts::Counts;
pub(crate) use extra::Extra;
pub(crate) use limiter::Limiter;
pub use limiter::{Block, LimiterOptions, Snapshot};
pub(crate) use node::Node;
pub(crate) use weight::Load;
