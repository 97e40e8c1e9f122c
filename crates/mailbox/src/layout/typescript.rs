//! The layout as the TypeScript side reads it.

use alloc::string::String;
use core::fmt::Write as _;

use fanfold_core::Verdict;
use fanfold_core::limit::Block;
use fanfold_core::retry::Exhaustion;

use super::{
    COMMAND_WORDS, COMMANDS, COMMANDS_AT, COUNTERS, EFFECTS, EFFECTS_AT, FAULT_PANIC, NONE, Operation, WORDS,
    all_commands, buffers, by_hand, flags, group, guards, header, rate, retry,
};

/// A TypeScript module with every number of the layout.
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
        ("RESTING", header::RESTING),
        ("BLOCKED_BY", header::BLOCKED_BY),
        ("BLOCK", header::BLOCK),
        ("FIRST", header::FIRST),
    ]
    .into_iter()
    .chain(guards::stats::ALL)
    {
        let _ = writeln!(out, "export const HEADER_{name} = {at};");
    }
    let _ = writeln!(out, "\n/** The longest command, in words. */");
    let longest = all_commands().map(|command| command.words).max().unwrap_or(0);
    let _ = writeln!(out, "export const LONGEST_COMMAND = {longest};");
    let _ = writeln!(out, "\n/** The counters of an answer, each a float, from HEADER_COUNTS on. */");
    let _ = writeln!(out, "export const COUNTERS = [");
    for counter in COUNTERS {
        let _ = writeln!(out, "  '{counter}',");
    }
    let _ = writeln!(out, "] as const;");
    for (prefix, operations) in [
        ("COMMAND", &COMMANDS[..]),
        ("COMMAND", &buffers::COMMANDS),
        ("COMMAND", &by_hand::COMMANDS),
        ("COMMAND", &guards::COMMANDS),
        ("EFFECT", &EFFECTS),
        ("EFFECT", &buffers::EFFECTS),
        ("EFFECT", &guards::EFFECTS),
    ] {
        for Operation { name, code, words, operands } in operations {
            let _ = writeln!(out, "\n/** {words} words: {operands}. */");
            let _ = writeln!(out, "export const {prefix}_{name} = {code};");
        }
    }
    write_flags(&mut out);
    let _ = writeln!(out, "\n/** What there may be no more of, in EFFECT_EXHAUSTED. */");
    for what in Exhaustion::ALL {
        let _ = writeln!(out, "export const EXHAUSTED_{} = {};", constant_case(what), what as u32);
    }
    let _ = writeln!(out, "\n/** What a task waits for, in HEADER_BLOCK. */");
    for block in
        [Block::Concurrency, Block::Weight, Block::Rate, Block::Paused, Block::Key, Block::Order, Block::Breaker]
    {
        let _ = writeln!(out, "export const BLOCK_{} = {};", constant_case(block), block as u32);
    }
    let _ = writeln!(out, "\n/** Verdicts. */");
    for verdict in Verdict::ALL {
        let _ = writeln!(out, "export const VERDICT_{} = {};", constant_case(verdict), verdict as u32);
    }
    out
}

/// What stands in the upper bits of commands.
fn write_flags(out: &mut String) {
    let _ = writeln!(out, "\n/** Flags of COMMAND_OPEN and COMMAND_OPEN_FULL. */");
    for (name, flag) in [
        ("LIFO", flags::LIFO),
        ("DROP_OLDEST", flags::DROP_OLDEST),
        ("DROP_NEWEST", flags::DROP_NEWEST),
        ("NESTED_ERROR", flags::NESTED_ERROR),
        ("NESTED_INHERIT", flags::NESTED_INHERIT),
        ("PRIORITY", flags::PRIORITY),
        ("DROP_LOWEST", flags::DROP_LOWEST),
    ] {
        let _ = writeln!(out, "export const FLAG_{name} = {flag};");
    }
    let _ = writeln!(out, "\n/** Flags of COMMAND_OPEN_BUFFER. */");
    for (name, flag) in buffers::flags::ALL {
        let _ = writeln!(out, "export const BUFFER_{name} = {flag};");
    }
    let _ = writeln!(out, "\n/** Flags of COMMAND_SET_RATE and COMMAND_SET_PER_KEY_RATE. */");
    for (name, flag) in [
        ("RESOURCE_SHIFT", rate::RESOURCE_SHIFT),
        ("SMOOTH", rate::SMOOTH),
        ("AT_END", rate::AT_END),
        ("AT_BOTH", rate::AT_BOTH),
        ("RULES", rate::RULES),
        ("RESOURCES", rate::RESOURCES),
    ] {
        let _ = writeln!(out, "export const RATE_{name} = {flag};");
    }
    let about = [
        "What COMMAND_HOLD_BACK holds back.",
        "What the end of a call says about the service, in COMMAND_COMPLETE.",
        "When a breaker opens, in COMMAND_SET_BREAKER.",
        "How a limit adapts, in COMMAND_SET_ADAPTIVE.",
        "States of a breaker.",
    ];
    for (about, (prefix, names)) in about.into_iter().zip(guards::constants()) {
        let _ = writeln!(out, "\n/** {about} */");
        for (name, number) in names {
            let _ = writeln!(out, "export const {prefix}_{name} = {number};");
        }
    }
    let _ = writeln!(out, "\n/** Flags of COMMAND_RETRY. */");
    for (name, flag) in [
        ("JITTER_SHIFT", retry::JITTER_SHIFT),
        ("HOLDS", retry::HOLDS),
        ("BASE_GIVEN", retry::BASE_GIVEN),
        ("AFTER_GIVEN", retry::AFTER_GIVEN),
    ] {
        let _ = writeln!(out, "export const RETRY_{name} = {flag};");
    }
    for (kind, name) in ["CONSTANT", "LINEAR", "EXPONENTIAL", "FIBONACCI"].into_iter().enumerate() {
        let _ = writeln!(out, "export const BACKOFF_{name} = {kind};");
    }
    for (jitter, name) in ["NONE", "FULL", "EQUAL", "DECORRELATED"].into_iter().enumerate() {
        let _ = writeln!(out, "export const JITTER_{name} = {jitter};");
    }
    let _ = writeln!(out, "\n/** What a group needs, and what becomes of its rest, in COMMAND_GATHER. */");
    for (name, number) in [
        ("NEED_ALL", group::NEED_ALL),
        ("NEED_EVERY", group::NEED_EVERY),
        ("NEED_SOME", group::NEED_SOME),
        ("NEED_FIRST", group::NEED_FIRST),
        ("REST_SHIFT", group::REST_SHIFT),
        ("REST_ABORT", group::REST_ABORT),
        ("REST_ABORT_AND_WAIT", group::REST_ABORT_AND_WAIT),
        ("REST_CONTINUE", group::REST_CONTINUE),
    ] {
        let _ = writeln!(out, "export const GROUP_{name} = {number};");
    }
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
