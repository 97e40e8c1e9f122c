//! Commands and effects about what protects a service and those who wait for it. Numbered from 200 on.

use super::{Operation, operation};

/// The number of the first of these commands, and of the first of these effects.
pub const FIRST: u32 = 200;

/// Numbers of the commands.
pub mod command {
    /// Start nothing for a span, then spread the restart.
    pub const HOLD_BACK: u32 = 200;
    /// Hold back no longer.
    pub const LIFT_HOLD: u32 = 201;
}

/// What is held back, in the `HOLD_BACK` command.
pub mod scope {
    /// The limiter.
    pub const OWN: u32 = 0;
    /// The one above it.
    pub const PARENT: u32 = 1;
    /// The topmost one above it.
    pub const ROOT: u32 = 2;
}

/// Every command, in the order of their numbers.
pub const COMMANDS: [Operation; 2] = [
    operation("HOLD_BACK", command::HOLD_BACK, 6, "scope; limiter, span (2), spread (2)"),
    operation("LIFT_HOLD", command::LIFT_HOLD, 2, "0; limiter"),
];
