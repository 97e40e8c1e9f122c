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
    /// Turn new tasks away that would wait for too long.
    pub const SET_MAX_WAIT: u32 = 202;
    /// Keep statistics.
    pub const ENABLE_STATS: u32 = 203;
    /// What do they say?
    pub const QUERY_STATS: u32 = 204;
}

/// Words of the header that answer `QUERY_STATS`: floats, spans in milliseconds, and not a number for what there is not.
pub mod stats {
    /// Engine: how long the one has waited that waits longest.
    pub const OLDEST_WAIT: usize = 64;
    /// Engine: when the next one may start, if that is only a matter of time; infinity if it is not.
    pub const NEXT_START: usize = 66;
    /// Engine: how many have started, then the spans that 50, 95 and 99 % of them waited for at most.
    pub const WAITED: usize = 68;
    /// Engine: how many have ended, then the spans that 50, 95 and 99 % of them ran for at most.
    pub const RAN: usize = 76;
    /// Engine: for each of eight rules, how many units a task could take now.
    pub const LEFT: usize = 84;

    /// All of them with their names.
    pub(crate) const ALL: [(&str, usize); 5] =
        [("OLDEST_WAIT", OLDEST_WAIT), ("NEXT_START", NEXT_START), ("WAITED", WAITED), ("RAN", RAN), ("LEFT", LEFT)];
}

/// Numbers of the effects.
pub mod effect {
    /// Reject the promise; it never ran, and it is known who refused it and when to come back.
    pub const REFUSE: u32 = 200;
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
pub const COMMANDS: [Operation; 5] = [
    operation("HOLD_BACK", command::HOLD_BACK, 6, "scope; limiter, span (2), spread (2)"),
    operation("LIFT_HOLD", command::LIFT_HOLD, 2, "0; limiter"),
    operation("SET_MAX_WAIT", command::SET_MAX_WAIT, 4, "0; limiter, span (2)"),
    operation("ENABLE_STATS", command::ENABLE_STATS, 2, "0; limiter"),
    operation("QUERY_STATS", command::QUERY_STATS, 2, "0; limiter"),
];

/// Every effect, in the order of their numbers.
pub const EFFECTS: [Operation; 1] =
    [operation("REFUSE", effect::REFUSE, 8, "verdict; handle, limiter, waited (2), refused by, after (2)")];
