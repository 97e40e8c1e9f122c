//! What is where in the block, and which numbers mean what.

use alloc::string::String;
use core::fmt::Write as _;

use fanfold_core::Verdict;

/// Words of the header.
pub const HEADER_WORDS: usize = 64;
/// Words of the submission ring.
pub const COMMAND_WORDS: usize = 8_192;
/// Words of the effect ring.
pub const EFFECT_WORDS: usize = 8_192;
/// Where the submission ring begins.
pub const COMMANDS_AT: usize = HEADER_WORDS;
/// Where the effect ring begins.
pub const EFFECTS_AT: usize = COMMANDS_AT + COMMAND_WORDS;
/// Words of the whole block.
pub const WORDS: usize = EFFECTS_AT + EFFECT_WORDS;

/// "None", for a signal or a parent.
pub const NONE: u32 = u32::MAX;
/// A span that stands for "as the limiter says", in microseconds. `u64::MAX` stands for "no limit".
pub const SPAN_DEFAULT: u64 = u64::MAX - 1;
/// What the header's fault word says when the engine panicked. It cannot be used any more.
pub const FAULT_PANIC: u32 = 1;

/// Words of the header. Those of the host are read at each turn, those of the engine written.
pub mod header {
    /// Engine: zero, or [`FAULT_PANIC`](super::FAULT_PANIC).
    pub const FAULT: usize = 0;
    /// Host: how many words of commands there are.
    pub const COMMANDS: usize = 1;
    /// Host: how many tasks may start in this turn, 0 or 1.
    pub const STARTS: usize = 2;
    /// Engine: how many words of effects there are.
    pub const EFFECTS: usize = 3;
    /// Engine: how many effects did not fit; ring again for them.
    pub const MORE: usize = 4;
    /// Engine: how many tasks have a slot and wait for a turn that lets them start.
    pub const READY: usize = 5;
    /// Engine: why the next deadline.
    pub const DEADLINE_REASON: usize = 6;
    /// Engine: the answer to the last question or attempt of the turn, 0 or 1.
    pub const ANSWER: usize = 7;
    /// Host: the time in milliseconds, a float.
    pub const NOW: usize = 8;
    /// Engine: the next deadline in milliseconds, a float; infinity for none.
    pub const DEADLINE: usize = 10;
    /// Engine: the answer to a question: slots taken.
    pub const ACTIVE: usize = 12;
    /// Engine: tasks that wait.
    pub const QUEUED: usize = 13;
    /// Engine: whether it is paused.
    pub const PAUSED: usize = 14;
    /// Engine: whether it takes nothing new.
    pub const CLOSED: usize = 15;
    /// Engine: whether the next turn has to be told the time exactly.
    pub const TIMED: usize = 32;
    /// Engine: whether the host has to stay alive for a deadline.
    pub const HOLDS: usize = 33;
    /// Engine: the counters, each a float, in the order of [`COUNTERS`](super::COUNTERS).
    pub const COUNTS: usize = 16;
}

/// The counters in an answer.
pub const COUNTERS: [&str; 8] =
    ["started", "fulfilled", "failed", "aborted", "timedOut", "dropped", "cleared", "peakQueued"];

/// A kind of command or effect: its number in the low 8 bits of its first word, and its words in all.
pub struct Operation {
    /// Its name in the generated constants.
    pub name: &'static str,
    /// Its number.
    pub code: u32,
    /// How many words it has.
    pub words: usize,
    /// The words: what is in the upper 24 bits of the first, then the others.
    pub operands: &'static str,
}

const fn operation(name: &'static str, code: u32, words: usize, operands: &'static str) -> Operation {
    Operation { name, code, words, operands }
}

/// Numbers of the commands.
pub mod command {
    /// A task without wishes.
    pub const SUBMIT: u32 = 1;
    /// A task with wishes.
    pub const SUBMIT_WITH: u32 = 2;
    /// A started task settled.
    pub const COMPLETE: u32 = 3;
    /// Cancel a task.
    pub const CANCEL: u32 = 4;
    /// A signal was aborted.
    pub const SIGNAL_ABORTED: u32 = 5;
    /// A permit now or not at all.
    pub const TRY: u32 = 6;
    /// How does a limiter stand?
    pub const QUERY: u32 = 7;
    /// Wake a waiter.
    pub const WAIT: u32 = 8;
    /// A new limiter.
    pub const OPEN: u32 = 9;
    /// Forget a limiter.
    pub const FREE: u32 = 10;
    /// Change its slots.
    pub const RESIZE: u32 = 11;
    /// Give all free slots.
    pub const SETTLE: u32 = 12;
    /// Pause it.
    pub const PAUSE: u32 = 13;
    /// Resume it.
    pub const RESUME: u32 = 14;
    /// Clear its queue.
    pub const CLEAR: u32 = 15;
    /// Close it.
    pub const CLOSE: u32 = 16;
    /// Abort all of it.
    pub const ABORT: u32 = 17;
    /// Wake a sleeper.
    pub const SLEEP: u32 = 18;
}

/// Numbers of the effects.
pub mod effect {
    /// Call the function.
    pub const START: u32 = 1;
    /// Reject the promise; it never ran.
    pub const REJECT: u32 = 2;
    /// Reject the promise; it still runs.
    pub const EXPIRE: u32 = 3;
    /// Resolve a waiter.
    pub const WAKE: u32 = 4;
    /// Resolve a closer.
    pub const CLOSED: u32 = 5;
    /// There is room at once, or no longer.
    pub const ROOM: u32 = 6;
    /// Stop listening to a signal.
    pub const SIGNAL_IDLE: u32 = 7;
    /// A limiter is full of tasks that may wait for each other.
    pub const NESTED_FULL: u32 = 8;
    /// The id of a limiter is free.
    pub const LIMITER_FREED: u32 = 9;
    /// The host broke the protocol.
    pub const FAULT: u32 = 10;
}

/// Every command.
pub const COMMANDS: [Operation; 18] = [
    operation("SUBMIT", command::SUBMIT, 2, "limiter; handle"),
    operation(
        "SUBMIT_WITH",
        command::SUBMIT_WITH,
        8,
        "limiter; handle, signal, parent, queue timeout (2), run timeout (2)",
    ),
    operation("COMPLETE", command::COMPLETE, 2, "fulfilled; handle"),
    operation("CANCEL", command::CANCEL, 2, "0; handle"),
    operation("SIGNAL_ABORTED", command::SIGNAL_ABORTED, 2, "0; signal"),
    operation("TRY", command::TRY, 2, "limiter; handle"),
    operation("QUERY", command::QUERY, 2, "0; limiter"),
    operation("WAIT", command::WAIT, 4, "0; limiter, handle, fewer than so many queued (0 for idle)"),
    operation("OPEN", command::OPEN, 8, "flags; limiter, concurrency, max queue, queue timeout (2), run timeout (2)"),
    operation("FREE", command::FREE, 2, "0; limiter"),
    operation("RESIZE", command::RESIZE, 3, "0; limiter, concurrency"),
    operation("SETTLE", command::SETTLE, 2, "0; limiter"),
    operation("PAUSE", command::PAUSE, 4, "0; limiter, span (2)"),
    operation("RESUME", command::RESUME, 2, "0; limiter"),
    operation("CLEAR", command::CLEAR, 2, "0; limiter"),
    operation("CLOSE", command::CLOSE, 5, "0; limiter, handle, grace (2)"),
    operation("ABORT", command::ABORT, 2, "0; limiter"),
    operation("SLEEP", command::SLEEP, 4, "holds; handle, span (2)"),
];

/// Every effect.
pub const EFFECTS: [Operation; 10] = [
    operation("START", effect::START, 2, "limiter; handle"),
    operation("REJECT", effect::REJECT, 5, "verdict; handle, limiter, waited (2)"),
    operation("EXPIRE", effect::EXPIRE, 7, "verdict; handle, limiter, waited (2), ran (2)"),
    operation("WAKE", effect::WAKE, 2, "0; handle"),
    operation("CLOSED", effect::CLOSED, 8, "drained; handle, fulfilled, rejected, cleared, aborted, elapsed (2)"),
    operation("ROOM", effect::ROOM, 2, "room; limiter"),
    operation("SIGNAL_IDLE", effect::SIGNAL_IDLE, 2, "0; signal"),
    operation("NESTED_FULL", effect::NESTED_FULL, 2, "0; limiter"),
    operation("LIMITER_FREED", effect::LIMITER_FREED, 2, "0; limiter"),
    operation("FAULT", effect::FAULT, 2, "fault; subject"),
];

/// The longest effect, in words.
pub const LONGEST_EFFECT: usize = 8;

/// Flags of the OPEN command.
pub mod flags {
    /// Last in, first out.
    pub const LIFO: u32 = 1;
    /// A full queue drops the oldest.
    pub const DROP_OLDEST: u32 = 1 << 1;
    /// A full queue drops the newest.
    pub const DROP_NEWEST: u32 = 1 << 2;
    /// Nested tasks are refused.
    pub const NESTED_ERROR: u32 = 1 << 3;
    /// Nested tasks run in their parent's slot.
    pub const NESTED_INHERIT: u32 = 1 << 4;
}

/// A TypeScript module with every number of this file.
pub fn typescript() -> String {
    let mut out = String::from(
        "// Generated from crates/mailbox/src/layout.rs by `cargo xtask constants`. Do not edit.\n\n\
         /** The layout of the mailbox: offsets and lengths in words of 32 bits. */\n",
    );
    let mut constant = |name: &str, value: &dyn core::fmt::Display| {
        let _ = writeln!(out, "export const {name} = {value};");
    };
    constant("WORDS", &WORDS);
    constant("COMMANDS_AT", &COMMANDS_AT);
    constant("COMMAND_WORDS", &COMMAND_WORDS);
    constant("EFFECTS_AT", &EFFECTS_AT);
    constant("NONE", &NONE);
    constant("HANDLE_INDEX_BITS", &fanfold_core::Handle::INDEX_BITS);
    constant("HANDLE_GENERATION_BITS", &fanfold_core::Handle::GENERATION_BITS);
    constant("FAULT_PANIC", &FAULT_PANIC);
    let _ = writeln!(out, "\n/** Words of the header. */");
    for (name, at) in [
        ("FAULT", header::FAULT),
        ("COMMANDS", header::COMMANDS),
        ("STARTS", header::STARTS),
        ("EFFECTS", header::EFFECTS),
        ("MORE", header::MORE),
        ("READY", header::READY),
        ("DEADLINE_REASON", header::DEADLINE_REASON),
        ("ANSWER", header::ANSWER),
        ("NOW", header::NOW),
        ("DEADLINE", header::DEADLINE),
        ("ACTIVE", header::ACTIVE),
        ("QUEUED", header::QUEUED),
        ("PAUSED", header::PAUSED),
        ("CLOSED", header::CLOSED),
        ("COUNTS", header::COUNTS),
        ("TIMED", header::TIMED),
        ("HOLDS", header::HOLDS),
    ] {
        let _ = writeln!(out, "export const HEADER_{name} = {at};");
    }
    let _ = writeln!(out, "\n/** The counters of an answer, each a float, from HEADER_COUNTS on. */");
    let _ = writeln!(out, "export const COUNTERS = [");
    for counter in COUNTERS {
        let _ = writeln!(out, "  '{counter}',");
    }
    let _ = writeln!(out, "] as const;");
    for (prefix, operations) in [("COMMAND", &COMMANDS[..]), ("EFFECT", &EFFECTS[..])] {
        for Operation { name, code, words, operands } in operations {
            let _ = writeln!(out, "\n/** {words} words: {operands}. */");
            let _ = writeln!(out, "export const {prefix}_{name} = {code};");
        }
    }
    let _ = writeln!(out, "\n/** Flags of COMMAND_OPEN. */");
    for (name, flag) in [
        ("LIFO", flags::LIFO),
        ("DROP_OLDEST", flags::DROP_OLDEST),
        ("DROP_NEWEST", flags::DROP_NEWEST),
        ("NESTED_ERROR", flags::NESTED_ERROR),
        ("NESTED_INHERIT", flags::NESTED_INHERIT),
    ] {
        let _ = writeln!(out, "export const FLAG_{name} = {flag};");
    }
    let _ = writeln!(out, "\n/** Verdicts. */");
    for verdict in Verdict::ALL {
        let _ = writeln!(out, "export const VERDICT_{} = {};", constant_case(verdict), verdict as u32);
    }
    out
}

/// `QueueFull` as `QUEUE_FULL`.
fn constant_case(name: impl core::fmt::Debug) -> String {
    let mut out = String::new();
    let mut camel = String::new();
    let _ = write!(camel, "{name:?}");
    for (position, letter) in camel.chars().enumerate() {
        if position > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinct_and_in_order() {
        for operations in [&COMMANDS[..], &EFFECTS[..]] {
            for (position, operation) in (1..).zip(operations) {
                assert_eq!(operation.code, position, "{}", operation.name);
            }
        }
        for (position, verdict) in (1..).zip(Verdict::ALL) {
            assert_eq!(verdict as u32, position);
        }
    }

    #[test]
    fn floats_are_aligned_for_a_float64array() {
        for at in [header::NOW, header::DEADLINE, header::COUNTS] {
            assert_eq!(at % 2, 0);
        }
        assert!(header::COUNTS + 2 * COUNTERS.len() <= header::TIMED);
    }

    #[test]
    fn the_longest_effect_is_the_longest() {
        assert_eq!(EFFECTS.iter().map(|effect| effect.words).max(), Some(LONGEST_EFFECT));
    }

    #[test]
    fn the_module_names_every_operation() {
        let module = typescript();
        for operation in COMMANDS.iter().chain(&EFFECTS) {
            assert!(module.contains(operation.name), "{}", operation.name);
        }
        assert!(module.contains("export const VERDICT_QUEUE_FULL = 1;"));
    }
}
