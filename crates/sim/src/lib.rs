//! A simulator for the engine.
//!
//! A [`plan`] says what a host does; a [`host`] turns it into turns; a subject (the engine [`direct`]ly, or
//! behind its mailbox, [`boxed`]) takes them; a slow and simple [`model`] says what has to come out; and
//! [`play`] compares. [`generate`] makes plans from a seed, [`soak`] plays them without end, [`fuzz`] lets a
//! fuzzer choose them.

#![forbid(unsafe_code)]
#![expect(clippy::missing_errors_doc, reason = "an error is what went wrong, in words")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "to stop at once is what a simulator is for")]

pub mod bench;
pub mod boxed;
pub mod buffers;
pub mod check;
pub mod direct;
pub mod fairness;
pub mod fuzz;
pub mod generate;
pub mod host;
pub mod model;
pub mod plan;
pub mod play;
pub mod rng;
pub mod server;
pub mod shrink;
pub mod soak;
pub mod turn;
mod words;
