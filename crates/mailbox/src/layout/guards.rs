//! Commands and effects about what protects a service and those who wait for it. Numbered from 200 on.

use fanfold_core::limit::breaker::Circuit;

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
    /// Install a breaker.
    pub const SET_BREAKER: u32 = 205;
    /// Let the limit adapt.
    pub const SET_ADAPTIVE: u32 = 206;
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
    /// Engine: slots as they are now. Not a float.
    pub const CONCURRENCY: usize = 100;
    /// Engine: the state of its breaker; 0 for none. Not a float.
    pub const CIRCUIT: usize = 101;
    /// Engine: when that is half-open; infinity if it is not open, or only when it is set anew.
    pub const HALF_OPEN: usize = 102;

    /// All of them with their names.
    pub(crate) const ALL: [(&str, usize); 8] = [
        ("OLDEST_WAIT", OLDEST_WAIT),
        ("NEXT_START", NEXT_START),
        ("WAITED", WAITED),
        ("RAN", RAN),
        ("LEFT", LEFT),
        ("CONCURRENCY", CONCURRENCY),
        ("CIRCUIT", CIRCUIT),
        ("HALF_OPEN", HALF_OPEN),
    ];
}

/// Numbers of the effects.
pub mod effect {
    /// Reject the promise; it never ran, and it is known who refused it and when to come back.
    pub const REFUSE: u32 = 200;
    /// A breaker is in another state.
    pub const BREAKER: u32 = 201;
    /// An adaptive limit is another one.
    pub const LIMIT: u32 = 202;
}

/// What the end of a call says about the service, in the `COMPLETE` command, left of its lowest bit.
pub mod health {
    /// How far left it stands.
    pub const SHIFT: u32 = 1;
    /// What an end says that speaks for itself.
    pub const BY_ITSELF: u32 = 0;
    /// It does what it should.
    pub const GOOD: u32 = 1;
    /// It does not.
    pub const BAD: u32 = 2;
    /// Nothing.
    pub const NEUTRAL: u32 = 3;
}

/// When a breaker opens, in the `SET_BREAKER` command.
pub mod trip {
    /// There is none.
    pub const NONE: u32 = 0;
    /// After so many failures in a row.
    pub const CONSECUTIVE: u32 = 1;
    /// When so many of a thousand fail in a window.
    pub const RATE: u32 = 2;
}

/// How a limit adapts, in the `SET_ADAPTIVE` command.
pub mod adaptive {
    /// It does not.
    pub const NONE: u32 = 0;
    /// One more, or a tenth less.
    pub const AIMD: u32 = 1;
    /// By the ratio of latencies.
    pub const GRADIENT: u32 = 2;
    /// By the length of the line.
    pub const VEGAS: u32 = 3;
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
pub const COMMANDS: [Operation; 7] = [
    operation("HOLD_BACK", command::HOLD_BACK, 6, "scope; limiter, span (2), spread (2)"),
    operation("LIFT_HOLD", command::LIFT_HOLD, 2, "0; limiter"),
    operation("SET_MAX_WAIT", command::SET_MAX_WAIT, 4, "0; limiter, span (2)"),
    operation("ENABLE_STATS", command::ENABLE_STATS, 2, "0; limiter"),
    operation("QUERY_STATS", command::QUERY_STATS, 2, "0; limiter"),
    operation(
        "SET_BREAKER",
        command::SET_BREAKER,
        9,
        "kind; limiter, trials, failures (in a row, or of a thousand), calls at least, window (2), half-open after (2)",
    ),
    operation("SET_ADAPTIVE", command::SET_ADAPTIVE, 5, "algorithm; limiter, min, max, initial"),
];

/// Every effect, in the order of their numbers.
pub const EFFECTS: [Operation; 3] = [
    operation("REFUSE", effect::REFUSE, 8, "verdict; handle, limiter, waited (2), refused by, after (2)"),
    operation("BREAKER", effect::BREAKER, 4, "state; limiter, half-open after (2)"),
    operation("LIMIT", effect::LIMIT, 3, "0; limiter, concurrency"),
];

/// The numbers that stand in commands, and states of breakers, by their names.
pub(super) fn constants() -> [(&'static str, &'static [(&'static str, u32)]); 5] {
    const STATES: [(&str, u32); 3] =
        [("CLOSED", Circuit::Closed as u32), ("OPEN", Circuit::Open as u32), ("HALF_OPEN", Circuit::HalfOpen as u32)];
    [
        ("SCOPE", &[("OWN", scope::OWN), ("PARENT", scope::PARENT), ("ROOT", scope::ROOT)]),
        (
            "HEALTH",
            &[
                ("SHIFT", health::SHIFT),
                ("BY_ITSELF", health::BY_ITSELF),
                ("GOOD", health::GOOD),
                ("BAD", health::BAD),
                ("NEUTRAL", health::NEUTRAL),
            ],
        ),
        ("TRIP", &[("NONE", trip::NONE), ("CONSECUTIVE", trip::CONSECUTIVE), ("RATE", trip::RATE)]),
        (
            "ADAPTIVE",
            &[
                ("NONE", adaptive::NONE),
                ("AIMD", adaptive::AIMD),
                ("GRADIENT", adaptive::GRADIENT),
                ("VEGAS", adaptive::VEGAS),
            ],
        ),
        ("CIRCUIT", &STATES),
    ]
}
