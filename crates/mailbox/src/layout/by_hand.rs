//! Commands of hosts that say themselves when each task starts, by any number as its priority. Numbered from 160 on.

use super::{Operation, operation};

/// The number of the first of these commands.
pub const FIRST: u32 = 160;

/// Numbers of the commands.
pub mod command {
    /// A task whose priority is all it wishes for.
    pub const SUBMIT_RANKED: u32 = 160;
    /// Start the next one of a limiter that is paused.
    pub const NEXT: u32 = 161;
    /// Who is the next of those who wait?
    pub const FIRST: u32 = 162;
}

/// Every command, in the order of their numbers.
pub const COMMANDS: [Operation; 3] = [
    operation("SUBMIT_RANKED", command::SUBMIT_RANKED, 5, "limiter; handle, parent, priority (2, signed)"),
    operation("NEXT", command::NEXT, 2, "0; limiter"),
    operation("FIRST", command::FIRST, 2, "0; limiter"),
];
