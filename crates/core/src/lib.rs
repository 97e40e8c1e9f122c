//! The engine of Fanfold: every decision, and nothing else.
//!
//! [`Engine`] is a deterministic state machine. Commands go in, effects come out, time is an input.
//! It reads no clock, draws no random number but from a seed it was given, does no I/O, starts no thread and
//! knows no JavaScript: functions, promises and errors stay with the host, which is told by integer handles
//! what to do.
//! The same commands at the same times give the same effects, on every platform.
//!
//! A reader starts with [`Engine`] (the method families and the order of a turn), then the words that
//! cross the border ([`Command`], [`Effect`]), then the policies, one folder each: those of a limiter in [`limit`],
//! and the three that need none, [`group`], [`retry`] and [`buffer`].

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod buffer;
mod command;
mod deadlines;
mod effect;
mod engine;
pub mod group;
pub mod limit;
mod own;
pub mod retry;
mod signals;
mod slices;
mod table;
#[cfg(test)]
mod testing;
mod time;

pub use command::{Admission, BudgetId, Command, Health, KeyId, LimiterId, SignalId, Until};
pub use deadlines::DeadlineReason;
pub use effect::{Effect, Fault, Verdict};
pub use engine::Engine;
pub use own::CAPACITY;
pub use table::Handle;
pub use time::{Span, Time};
