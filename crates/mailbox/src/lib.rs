//! The mailbox: the only border between the engine and its host.
//!
//! Both sides see one block of [`WORDS`] words of 32 bits. The host appends commands, rings the doorbell
//! (a call without arguments), and reads the effects. A burst of ten thousand submissions costs a few
//! crossings, and no call carries an argument.
//!
//! Each ring is refilled from its start at every turn, because a turn takes all commands and the host reads
//! all effects before the next one: it never wraps. [`layout`] says what is where, and writes the same for
//! TypeScript, so that no number is typed twice.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod decode;
mod encode;
pub mod layout;
mod turn;
mod words;

pub use layout::WORDS;
pub use turn::Mailbox;
