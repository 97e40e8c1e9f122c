//! What is where in the block, and which numbers mean what.

pub mod buffers;
pub mod by_hand;
pub mod guards;
mod lengths;
mod typescript;

pub(crate) use lengths::{length_of_command, length_of_effect};
pub use typescript::typescript;

/// Words of the header.
pub const HEADER_WORDS: usize = 128;
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
    /// Engine: the answer to a question: calls that sleep before their next attempt.
    pub const RESTING: usize = 34;
    /// Engine: the answer to a question: the limiter that a task waits for, or [`NONE`](super::NONE).
    pub const BLOCKED_BY: usize = 35;
    /// Engine: and what it waits for there; 0 for nothing.
    pub const BLOCK: usize = 36;
    /// Engine: the answer to a question: the task that is the next, or [`NONE`](super::NONE).
    pub const FIRST: usize = 60;
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
    /// Reject all who wait in it.
    pub const CLEAR: u32 = 15;
    /// Close it.
    pub const CLOSE: u32 = 16;
    /// Abort all of it.
    pub const ABORT: u32 = 17;
    /// Wake a sleeper.
    pub const SLEEP: u32 = 18;
    /// Wake a sleeper for the next attempt, if there is one.
    pub const RETRY: u32 = 19;
    /// A new budget.
    pub const OPEN_BUDGET: u32 = 20;
    /// Forget a budget.
    pub const FREE_BUDGET: u32 = 21;
    /// Count a first attempt.
    pub const DEPOSIT: u32 = 22;
    /// A new group.
    pub const GATHER: u32 = 23;
    /// A member of a group ended.
    pub const SETTLED: u32 = 24;
    /// So many members were fulfilled.
    pub const TALLY: u32 = 25;
    /// No more members come.
    pub const SEAL: u32 = 26;
    /// Forget a group.
    pub const DISBAND: u32 = 27;
    /// A call whose attempts are tasks of a limiter.
    pub const HOLD: u32 = 28;
    /// A task with all the wishes there are.
    pub const SUBMIT_FULL: u32 = 29;
    /// A new limiter with all the options there are.
    pub const OPEN_FULL: u32 = 30;
    /// Change the priority of a task.
    pub const REPRIORITIZE: u32 = 31;
    /// Put a limiter under another one.
    pub const MOVE: u32 = 32;
    /// What does a task wait for?
    pub const BLOCKED_BY: u32 = 33;
    /// Change a rate.
    pub const SET_RATE: u32 = 34;
    /// What a task costs that is submitted next.
    pub const COST: u32 = 35;
    /// What a task costs in truth.
    pub const SETTLE_COST: u32 = 36;
    /// A task with all the wishes there are, and a key.
    pub const SUBMIT_KEYED: u32 = 37;
    /// Change the share of a key.
    pub const SET_KEY: u32 = 38;
    /// Change what each key may have.
    pub const SET_PER_KEY: u32 = 39;
    /// Change a rate of each key.
    pub const SET_PER_KEY_RATE: u32 = 40;
    /// Hold a key back.
    pub const HOLD_KEY: u32 = 41;
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
    /// There is a next attempt, after a delay.
    pub const RETRY_AFTER: u32 = 11;
    /// There is no next attempt.
    pub const EXHAUSTED: u32 = 12;
    /// Give up on the rest of a group.
    pub const GROUP_STOP: u32 = 13;
    /// The verdict on a group.
    pub const GROUP_DECIDED: u32 = 14;
    /// The id of a key is free.
    pub const KEY_IDLE: u32 = 15;
}

/// Every command.
pub const COMMANDS: [Operation; 41] = [
    operation("SUBMIT", command::SUBMIT, 2, "limiter; handle"),
    operation(
        "SUBMIT_WITH",
        command::SUBMIT_WITH,
        8,
        "limiter; handle, signal, parent, queue timeout (2), run timeout (2)",
    ),
    operation("COMPLETE", command::COMPLETE, 2, "fulfilled | health << 1; handle"),
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
    operation(
        "RETRY",
        command::RETRY,
        21,
        "flags; handle, attempt, retries, base (2), factor (float), max (2), max elapsed (2), elapsed (2), slept (2), \
         delay given (2), seed (2), budget",
    ),
    operation("OPEN_BUDGET", command::OPEN_BUDGET, 8, "0; budget, share (float), minimum a second (float), window (2)"),
    operation("FREE_BUDGET", command::FREE_BUDGET, 2, "0; budget"),
    operation("DEPOSIT", command::DEPOSIT, 2, "0; budget"),
    operation("GATHER", command::GATHER, 3, "need | rest << 4; handle, how many (for NEED_SOME)"),
    operation("SETTLED", command::SETTLED, 3, "fulfilled; handle, member"),
    operation("TALLY", command::TALLY, 3, "0; handle, how many more"),
    operation("SEAL", command::SEAL, 4, "0; handle, members (2)"),
    operation("DISBAND", command::DISBAND, 2, "0; handle"),
    operation("HOLD", command::HOLD, 2, "limiter; handle"),
    operation(
        "SUBMIT_FULL",
        command::SUBMIT_FULL,
        10,
        "limiter; handle, signal, parent, queue timeout (2), run timeout (2), weight, priority (signed)",
    ),
    operation(
        "OPEN_FULL",
        command::OPEN_FULL,
        12,
        "flags; limiter, concurrency, max queue, queue timeout (2), run timeout (2), parent, bypass, ageing (2)",
    ),
    operation("REPRIORITIZE", command::REPRIORITIZE, 3, "0; handle, priority (signed)"),
    operation("MOVE", command::MOVE, 3, "0; limiter, parent"),
    operation("BLOCKED_BY", command::BLOCKED_BY, 2, "0; handle"),
    operation(
        "SET_RATE",
        command::SET_RATE,
        6,
        "which | resource << 8 | flags << 16; limiter, units (2, all bits set for no such rule), interval (2)",
    ),
    operation("COST", command::COST, 4, "resource; handle, units (2)"),
    operation("SETTLE_COST", command::SETTLE_COST, 4, "resource; handle, units (2)"),
    operation(
        "SUBMIT_KEYED",
        command::SUBMIT_KEYED,
        11,
        "limiter; handle, signal, parent, queue timeout (2), run timeout (2), weight, priority (signed), key",
    ),
    operation("SET_KEY", command::SET_KEY, 3, "limiter; key (NONE for the tasks without one), weight"),
    operation("SET_PER_KEY", command::SET_PER_KEY, 4, "0; limiter, concurrency, max queue"),
    operation(
        "SET_PER_KEY_RATE",
        command::SET_PER_KEY_RATE,
        6,
        "which | resource << 8 | flags << 16; limiter, units (2, all bits set for no such rule), interval (2)",
    ),
    operation(
        "HOLD_KEY",
        command::HOLD_KEY,
        4,
        "limiter; key (NONE for the tasks without one), span (2, 0 for no longer)",
    ),
];

/// Every effect.
pub const EFFECTS: [Operation; 15] = [
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
    operation("RETRY_AFTER", effect::RETRY_AFTER, 4, "0; handle, delay (2)"),
    operation("EXHAUSTED", effect::EXHAUSTED, 2, "what; handle"),
    operation("GROUP_STOP", effect::GROUP_STOP, 2, "0; handle"),
    operation("GROUP_DECIDED", effect::GROUP_DECIDED, 3, "fulfilled; handle, member (NONE for the end of all)"),
    operation("KEY_IDLE", effect::KEY_IDLE, 2, "limiter; key"),
];

/// The command with this number.
pub fn command_of(code: u32) -> Option<&'static Operation> {
    find(&COMMANDS, 1, code)
        .or_else(|| find(&buffers::COMMANDS, buffers::FIRST, code))
        .or_else(|| find(&by_hand::COMMANDS, by_hand::FIRST, code))
        .or_else(|| find(&guards::COMMANDS, guards::FIRST, code))
}

/// The effect with this number.
pub fn effect_of(code: u32) -> Option<&'static Operation> {
    find(&EFFECTS, 1, code)
        .or_else(|| find(&buffers::EFFECTS, buffers::FIRST, code))
        .or_else(|| find(&guards::EFFECTS, guards::FIRST, code))
}

fn all_commands() -> impl Iterator<Item = &'static Operation> {
    COMMANDS.iter().chain(&buffers::COMMANDS).chain(&by_hand::COMMANDS).chain(&guards::COMMANDS)
}

#[cfg(test)]
fn all_effects() -> impl Iterator<Item = &'static Operation> {
    EFFECTS.iter().chain(&buffers::EFFECTS).chain(&guards::EFFECTS)
}

/// Numbers are dense from the first on.
fn find(operations: &'static [Operation], first: u32, code: u32) -> Option<&'static Operation> {
    operations.get(code.checked_sub(first)? as usize)
}

/// The longest effect, in words.
pub const LONGEST_EFFECT: usize = 8;

/// Flags of the commands that open a limiter.
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
    /// By priority.
    pub const PRIORITY: u32 = 1 << 5;
    /// A full queue drops the least urgent.
    pub const DROP_LOWEST: u32 = 1 << 6;
}

/// Flags of the commands that set a rate.
pub mod rate {
    /// How far left the resource stands.
    pub const RESOURCE_SHIFT: u32 = 8;
    /// Evenly spaced.
    pub const SMOOTH: u32 = 1 << 16;
    /// Counted when tasks end.
    pub const AT_END: u32 = 1 << 17;
    /// Counted when tasks start and when they end.
    pub const AT_BOTH: u32 = 1 << 18;
    /// How many rules a limiter can have.
    pub const RULES: u32 = fanfold_core::limit::rate::RULES;
    /// How many resources there can be.
    pub const RESOURCES: u32 = fanfold_core::limit::rate::RESOURCE_COUNT;
}

/// Flags of the RETRY command.
pub mod retry {
    /// The kind of backoff, in two bits: constant, linear, exponential, Fibonacci.
    pub const KIND_MASK: u32 = 0b11;
    /// How far left the jitter stands, in two bits: none, full, equal, decorrelated.
    pub const JITTER_SHIFT: u32 = 2;
    /// The host has to stay alive.
    pub const HOLDS: u32 = 1 << 4;
    /// The delay given takes the place of the rule's.
    pub const BASE_GIVEN: u32 = 1 << 5;
    /// The delay given was asked for by name.
    pub const AFTER_GIVEN: u32 = 1 << 6;
}

/// What a group needs, and what becomes of its rest, in the GATHER command.
pub mod group {
    /// All fulfilled.
    pub const NEED_ALL: u32 = 0;
    /// All ended.
    pub const NEED_EVERY: u32 = 1;
    /// So many fulfilled.
    pub const NEED_SOME: u32 = 2;
    /// One ended.
    pub const NEED_FIRST: u32 = 3;
    /// How far left the rest stands.
    pub const REST_SHIFT: u32 = 4;
    /// Given up on.
    pub const REST_ABORT: u32 = 0;
    /// Given up on and waited for.
    pub const REST_ABORT_AND_WAIT: u32 = 1;
    /// Left to go on.
    pub const REST_CONTINUE: u32 = 2;
}

#[cfg(test)]
mod tests {
    use fanfold_core::Verdict;

    use super::*;

    #[test]
    fn numbers_are_distinct_and_in_order() {
        for (first, operations) in [
            (1, &COMMANDS[..]),
            (buffers::FIRST, &buffers::COMMANDS),
            (by_hand::FIRST, &by_hand::COMMANDS),
            (guards::FIRST, &guards::COMMANDS),
            (1, &EFFECTS),
            (buffers::FIRST, &buffers::EFFECTS),
            (guards::FIRST, &guards::EFFECTS),
        ] {
            for (position, operation) in (first..).zip(operations) {
                assert_eq!(operation.code, position, "{}", operation.name);
            }
        }
        for (position, verdict) in (1..).zip(Verdict::ALL) {
            assert_eq!(verdict as u32, position);
        }
    }

    #[test]
    fn floats_are_aligned_for_a_float64array() {
        let is_float = |name: &str| !matches!(name, "CONCURRENCY" | "CIRCUIT");
        let stats = guards::stats::ALL.into_iter().filter(|(name, _)| is_float(name)).map(|(_, at)| at);
        for at in [header::NOW, header::DEADLINE, header::COUNTS].into_iter().chain(stats) {
            assert_eq!(at % 2, 0);
        }
        assert!(header::COUNTS + 2 * COUNTERS.len() <= header::TIMED);
    }

    #[test]
    fn the_longest_effect_is_the_longest() {
        assert_eq!(all_effects().map(|effect| effect.words).max(), Some(LONGEST_EFFECT));
    }

    #[test]
    fn the_module_names_every_operation() {
        let module = typescript();
        for operation in all_commands().chain(all_effects()) {
            assert!(module.contains(operation.name), "{}", operation.name);
        }
        assert!(module.contains("export const VERDICT_QUEUE_FULL = 1;"));
    }
}
