//! A host that says itself when each task starts, in words.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it finds nothing")]

mod support;

use fanfold_core::Fault;
use fanfold_mailbox::layout::by_hand::command::{FIRST, NEXT, SUBMIT_RANKED};
use fanfold_mailbox::layout::{NONE, command, effect, flags, header};
use support::{Host, halves};

/// The words of a submission.
fn ranked(handle: u32, priority: i64) -> [u32; 5] {
    let [low, high] = halves(u64::from_ne_bytes(priority.to_ne_bytes()));
    [SUBMIT_RANKED, handle, NONE, low, high]
}

/// A host with a limiter by priority, number 0, that is paused.
fn host() -> Host {
    let (mut host, never) = (Host::new(), u32::MAX);
    host.ring(&[command::OPEN | (flags::PRIORITY << 8), 0, 1, never, never, never, never, never], false);
    host.ring(&[command::PAUSE, 0, never, never], false);
    host
}

#[test]
fn the_first_by_any_priority_starts_when_asked_for() {
    let mut host = host();
    host.ring(&[FIRST, 0], false);
    assert_eq!(host.block[header::FIRST], NONE);
    let commands = [ranked(5, -1), ranked(6, i64::MIN), ranked(7, 1 << 40), ranked(8, (1 << 40) - 1)].concat();
    assert_eq!(host.ring(&commands, true), [[0; 2]; 0], "not by itself");
    host.ring(&[FIRST, 0], false);
    assert_eq!(host.block[header::FIRST], 7);
    assert_eq!(host.ring(&[NEXT, 0], false), [[effect::START, 7]]);
    assert_eq!(host.ring(&[NEXT, 0], false), [[0; 2]; 0], "there is one slot");
    for (ended, handle) in [(7, 8), (8, 5), (5, 6)] {
        assert_eq!(host.ring(&[command::COMPLETE, ended, NEXT, 0], false), [[effect::START, handle]]);
    }
}

#[test]
fn a_limiter_that_is_not_there_is_a_fault() {
    let fault = vec![effect::FAULT | ((Fault::UnknownLimiter as u32) << 8), 3];
    assert_eq!(host().ring(&[NEXT, 3], false), [fault]);
}
