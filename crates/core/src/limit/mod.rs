//! Limiters: one folder a policy, put together here.
//!
//! Each folder has the same three files: `mod.rs` says what the policy promises, `state.rs` keeps it,
//! `tests.rs` shows it through the engine.
//!
//! The order in which the policies meet a task: [`close`] (is anything taken at all?), [`nested`] (does it
//! come from inside?), [`slots`] and [`pause`] (may it run now?), [`queue`] (may it wait, and whom does it
//! push out?). When a slot is free it goes to the next in the [`queue`]; [`waiters`] hear of what is left.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub mod adaptive;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub mod breaker;
pub mod close;
mod counts;
mod extra;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub(crate) mod fair;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub(crate) mod flow;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub(crate) mod histogram;
mod limiter;
pub mod nested;
pub mod pause;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub(crate) mod priority;
pub mod queue;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the engine is wired to it next"))]
pub mod rate;
pub mod slots;
pub mod waiters;

pub use counts::Counts;
pub(crate) use extra::Extra;
pub(crate) use limiter::Limiter;
pub use limiter::{LimiterOptions, Snapshot};
