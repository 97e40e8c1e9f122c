//! Whole turns in words, as a host in another language takes them.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it finds nothing")]

mod support;

use fanfold_core::limit::Block;
use fanfold_core::{Fault, Verdict};
use fanfold_mailbox::layout::{
    COMMAND_WORDS, COMMANDS_AT, EFFECT_WORDS, EFFECTS_AT, SPAN_DEFAULT, command, effect, flags, header, retry,
};
use fanfold_mailbox::{Mailbox, WORDS};
use support::{Host, halves};

/// A host with one limiter, number 0.
fn host_with(slots: u32, bits: u32) -> Host {
    let mut host = Host::new();
    let never = u32::MAX;
    host.ring(&[command::OPEN | (bits << 8), 0, slots, u32::MAX, never, never, never, never], false);
    host
}

#[test]
fn a_task_comes_runs_and_goes() {
    let mut host = host_with(1, 0);
    assert_eq!(
        host.ring(&[command::SUBMIT, 7, command::SUBMIT, 8], true),
        [vec![effect::ROOM, 0], vec![effect::START, 7]]
    );
    assert_eq!(host.block[header::READY], 0);
    assert_eq!(host.ring(&[command::COMPLETE | (1 << 8), 7], false), [[0; 2]; 0]);
    assert_eq!(host.block[header::READY], 1);
    assert_eq!(host.ring(&[], true), [[effect::START, 8]]);
    assert_eq!(host.ring(&[command::COMPLETE, 8], true), [[effect::ROOM | (1 << 8), 0]]);
    host.ring(&[command::QUERY, 0], false);
    let counts: Vec<f64> = (0..8).map(|place| host.float(header::COUNTS + 2 * place)).collect();
    assert_eq!(counts, [2.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn a_question_is_answered_in_the_header() {
    let mut host = host_with(2, 0);
    let never = u32::MAX;
    host.ring(&[command::SUBMIT, 0, command::SUBMIT, 1, command::SUBMIT, 2], true);
    host.ring(&[command::PAUSE, 0, never, never, command::QUERY, 0], false);
    let answer = [header::ACTIVE, header::QUEUED, header::PAUSED, header::CLOSED].map(|at| host.block[at]);
    assert_eq!(answer, [1, 2, 1, 0]);
    host.ring(&[command::CLOSE, 0, 3, never, never, command::QUERY, 0], false);
    let answer = [header::ACTIVE, header::QUEUED, header::PAUSED, header::CLOSED].map(|at| host.block[at]);
    assert_eq!(answer, [2, 1, 0, 1]);
    assert_eq!(host.ring(&[command::QUERY, 9], false), [[effect::FAULT | ((Fault::UnknownLimiter as u32) << 8), 9]]);
}

#[test]
fn a_call_that_is_held_rests_and_has_its_handle_until_it_goes() {
    let mut host = host_with(1, 0);
    let mut failed = [0; 21];
    // Of whatever kind, after a delay of a second that was asked for by name.
    failed[..4].copy_from_slice(&[command::RETRY | (retry::AFTER_GIVEN << 8), 3, 1, 5]);
    (failed[8], failed[9], failed[10], failed[11]) = (u32::MAX, u32::MAX, u32::MAX, u32::MAX);
    (failed[16], failed[20]) = (1_000_000, u32::MAX);
    host.ring(&[command::HOLD, 3], false);
    assert_eq!(host.ring(&failed, false), [[effect::RETRY_AFTER, 3, 1_000_000, 0]]);
    host.ring(&[command::QUERY, 0], false);
    assert_eq!((host.block[header::RESTING], host.block[header::QUEUED]), (1, 0));
    let cleared = effect::REJECT | ((Verdict::Cleared as u32) << 8);
    assert_eq!(host.ring(&[command::CLEAR, 0], false), [[cleared, 3, 0, 0, 0]]);
    assert_eq!(host.ring(&[command::WAIT, 0, 4, 0], false), [[0; 0]; 0]);
    assert_eq!(host.ring(&[command::CANCEL, 3], false), [[effect::WAKE, 4]]);
}

#[test]
fn weights_priorities_and_trees_have_longer_words() {
    let mut host = host_with(3, 0);
    let never = u32::MAX;
    let [low, high] = halves(1_000_000);
    let open = command::OPEN_FULL | (flags::PRIORITY << 8);
    host.ring(&[open, 1, 5, never, never, never, never, never, 0, 0, low, high], false);
    let [default_low, default_high] = halves(SPAN_DEFAULT);
    let submit = |handle, weight, priority: i32| {
        let priority = u32::from_ne_bytes(priority.to_ne_bytes());
        let spans = [default_low, default_high, default_low, default_high];
        [&[command::SUBMIT_FULL | (1 << 8), handle, never, never], &spans[..], &[weight, priority]].concat()
    };
    let blocked = |host: &mut Host, handle| {
        host.ring(&[command::BLOCKED_BY, handle], false);
        (host.block[header::BLOCKED_BY], host.block[header::BLOCK])
    };
    host.ring(&submit(0, 2, 0), false);
    host.ring(&[submit(1, 2, -1), submit(2, 2, 1)].concat(), false);
    assert_eq!(blocked(&mut host, 2), (0, Block::Weight as u32));
    assert_eq!(blocked(&mut host, 0), (never, 0));
    let too_heavy = effect::REJECT | ((Verdict::TooHeavy as u32) << 8);
    assert_eq!(host.ring(&submit(3, 4, 0), true), [vec![too_heavy, 3, 1, 0, 0], vec![effect::START | (1 << 8), 0]]);
    host.ring(&[command::REPRIORITIZE, 1, 7], false);
    let told = host.ring(&[command::MOVE, 1, never, command::COMPLETE, 0], true);
    assert_eq!(told.last(), Some(&vec![effect::START | (1 << 8), 1]));
    assert_eq!(host.ring(&[], true), [[effect::START | (1 << 8), 2]]);
}

#[test]
fn keys_are_told_when_they_are_at_rest() {
    let mut host = host_with(1, 0);
    let never = u32::MAX;
    let [default_low, default_high] = halves(SPAN_DEFAULT);
    let submit = |handle, key| {
        let spans = [default_low, default_high, default_low, default_high];
        [&[command::SUBMIT_KEYED, handle, never, never], &spans[..], &[1, 0, key]].concat()
    };
    let idle = |key| vec![effect::KEY_IDLE, key];
    let start = |handle| vec![effect::START, handle];
    let [low, high] = halves(5_000);
    assert_eq!(host.ring(&[submit(0, 0), submit(1, 0), submit(2, 1)].concat(), true).last(), Some(&start(0)));
    host.ring(&[command::SET_PER_KEY, 0, 1, never, command::SET_KEY, 1, 3, command::HOLD_KEY, 1, low, high], false);
    host.ring(&[command::BLOCKED_BY, 1], false);
    assert_eq!((host.block[header::BLOCKED_BY], host.block[header::BLOCK]), (0, Block::Key as u32));
    assert_eq!(host.ring(&[command::COMPLETE, 0], true).last(), Some(&start(1)));
    let [units, _, day, month] = [1, 0, 1_000, 0];
    host.ring(&[command::SET_PER_KEY_RATE, 0, units, 0, day, month], false);
    assert_eq!(host.float(header::DEADLINE).to_bits(), 5.0_f64.to_bits());
    assert_eq!(host.block[header::DEADLINE_REASON], 7);
    host.at(5.0);
    assert!(host.ring(&[command::COMPLETE, 1], false).contains(&idle(0)));
    assert_eq!(host.ring(&[], true), [start(2)]);
    host.ring(&[command::COMPLETE, 2], false);
    assert_eq!((host.block[header::DEADLINE_REASON], host.block[header::HOLDS]), (7, 0), "its rate is not at rest");
    host.at(6.0);
    assert_eq!(host.ring(&[], false), [idle(1)]);
}

#[test]
fn a_try_is_answered_at_once() {
    let mut host = host_with(1, 0);
    host.ring(&[command::TRY, 0], false);
    assert_eq!(host.block[header::ANSWER], 1);
    host.ring(&[command::TRY, 1], false);
    assert_eq!(host.block[header::ANSWER], 0);
    assert_eq!(host.mailbox.engine().tasks(), 1);
}

#[test]
fn a_deadline_is_told_with_its_reason_and_met_at_that_very_time() {
    let mut host = host_with(1, 0);
    host.at(1_000.123);
    let [low, high] = halves(2_500);
    let [default_low, default_high] = halves(SPAN_DEFAULT);
    let submit = |handle| [command::SUBMIT_WITH, handle, u32::MAX, u32::MAX, low, high, default_low, default_high];
    host.ring(&[command::SUBMIT, 0], true);
    host.ring(&submit(1), false);
    assert_eq!(host.block[header::DEADLINE_REASON], 1);
    assert_eq!(host.block[header::TIMED], 1);
    let due = host.float(header::DEADLINE);
    assert!((due - 1_002.623).abs() < 1e-9);
    host.at(due - 0.001);
    assert_eq!(host.ring(&[], false), [[0; 2]; 0]);
    host.at(due);
    let verdict = (Verdict::QueueTimeout as u32) << 8;
    assert_eq!(host.ring(&[], false), [[effect::REJECT | verdict, 1, 0, 2_500, 0]]);
    assert!(host.float(header::DEADLINE).is_infinite());
    assert_eq!((host.block[header::DEADLINE_REASON], host.block[header::TIMED]), (0, 0));
}

#[test]
fn effects_that_do_not_fit_come_with_the_next_rings_in_order() {
    const TASKS: u32 = 5_000;
    let mut host = host_with(1, flags::LIFO);
    for first in (0..TASKS).step_by(1_000) {
        let batch: Vec<u32> = (first..first + 1_000).flat_map(|handle| [command::SUBMIT, handle]).collect();
        host.ring(&batch, false);
    }
    // The only one with a slot may start when the others are rejected: its effect is the last, some rings later.
    let mut rings = vec![host.ring(&[command::CLEAR, 0], true)];
    assert!(host.block[header::MORE] > 0);
    while host.block[header::MORE] > 0 {
        assert!(host.block[header::EFFECTS] as usize <= EFFECT_WORDS);
        // Even a host that forgets itself does not get a second start before it has the first.
        rings.push(host.ring(&[], true));
    }
    assert!(rings.len() > 2);
    let told = rings.concat();
    let subjects: Vec<u32> = told.iter().map(|words| words[1]).collect();
    assert_eq!(subjects, (1..TASKS).chain([0]).collect::<Vec<u32>>());
    assert_eq!(told.last(), Some(&vec![effect::START, 0]));
}

#[test]
fn leftover_effects_hold_up_the_next_start() {
    const TASKS: u32 = 3_000;
    let mut host = host_with(2, 0);
    for first in (0..TASKS).step_by(1_000) {
        let batch: Vec<u32> = (first..first + 1_000).flat_map(|handle| [command::SUBMIT, handle]).collect();
        host.ring(&batch, false);
    }
    let mut rings = vec![host.ring(&[command::CLEAR, 0], true)];
    while host.block[header::MORE] > 0 || host.block[header::READY] > 0 {
        rings.push(host.ring(&[], true));
    }
    for effects in &rings {
        let starts: Vec<usize> = (0..effects.len()).filter(|&at| effects[at][0] == effect::START).collect();
        assert!(starts.is_empty() || starts == [effects.len() - 1], "one start a ring, and last");
    }
    assert_eq!(rings.concat().iter().filter(|words| words[0] == effect::START).count(), 2);
}

#[test]
fn unreadable_words_fault_and_nothing_after_them_is_taken() {
    let mut host = host_with(1, 0);
    let malformed = |word: u32| vec![effect::FAULT | ((Fault::Malformed as u32) << 8), word];
    for wrong in [0, command::SETTLE_COST + 1, 255, u32::MAX] {
        assert_eq!(host.ring(&[wrong, 0, command::SUBMIT, 5], false), [malformed(wrong)]);
    }
    // An operation that ends in the middle.
    assert_eq!(host.ring(&[command::CANCEL, 0, command::OPEN, 1, 1], false), [malformed(command::OPEN)]);
    assert_eq!(host.mailbox.engine().tasks(), 0);
    // A length that is a lie is cut to the ring, which is full of zeros behind the last command.
    host.block[COMMANDS_AT..COMMANDS_AT + COMMAND_WORDS].fill(0);
    host.block[header::COMMANDS] = u32::MAX;
    host.mailbox.turn(&mut host.block);
    assert_eq!(host.block[header::COMMANDS], 0);
    assert_eq!(host.block[EFFECTS_AT..EFFECTS_AT + 2], malformed(0));
}

#[test]
fn a_slice_that_is_no_block_is_left_alone() {
    let mut mailbox = Mailbox::new();
    let mut short = vec![7; WORDS - 1];
    mailbox.turn(&mut short);
    assert!(short.iter().all(|&word| word == 7));
    mailbox.turn(&mut []);
}
