use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use super::*;
use crate::testing::Host;
use crate::{Command, Fault, Handle};

const RESTS: [Rest; 3] = [Rest::Abort, Rest::AbortAndWait, Rest::Continue];

/// A group and what it says, step by step: members are numbered as they end.
struct Script {
    group: Group,
    steps: Vec<String>,
    ended: u32,
}

impl Script {
    fn new(need: Need, rest: Rest) -> Self {
        let (group, step) = Group::new(GroupOptions { need, rest });
        let mut script = Self { group, steps: Vec::new(), ended: 0 };
        script.note(step);
        script
    }

    fn note(&mut self, step: Step) {
        match step {
            Step::Wait => {}
            Step::Stop => self.steps.push("stop".into()),
            Step::Decided { judgement: Judgement { fulfilled, by }, stop } => {
                let outcome = if fulfilled { "fulfilled" } else { "rejected" };
                let by = by.map_or_else(String::new, |by| format!(" by {by}"));
                self.steps.push(format!("{}{outcome}{by}", if stop { "stop, " } else { "" }));
            }
        }
    }

    fn seal(mut self, members: u64) -> Self {
        let step = self.group.seal(members);
        self.note(step);
        self
    }

    /// `+` for a fulfilment, `-` for a rejection.
    fn ends(mut self, outcomes: &str) -> Self {
        for outcome in outcomes.chars() {
            let step = self.group.settle(self.ended, outcome == '+');
            self.ended += 1;
            self.note(step);
            self.steps.push(outcome.into());
        }
        self
    }

    /// What was said, each word before the outcome that it came with.
    fn said(self) -> String {
        self.steps.join(" ")
    }
}

fn said(need: Need, rest: Rest, members: u64, outcomes: &str) -> String {
    Script::new(need, rest).seal(members).ends(outcomes).said()
}

#[test]
fn all_are_fulfilled_when_the_last_one_is() {
    for rest in RESTS {
        assert_eq!(said(Need::All, rest, 3, "+++"), "+ + fulfilled +");
        assert_eq!(Script::new(Need::All, rest).ends("++").seal(2).said(), "+ + fulfilled", "sealed late");
        assert_eq!(said(Need::All, rest, 0, ""), "fulfilled");
    }
}

#[test]
fn the_first_failure_rejects_all_at_once_or_when_the_rest_has_ended() {
    assert_eq!(said(Need::All, Rest::Abort, 4, "+-"), "+ stop, rejected by 1 -");
    assert_eq!(said(Need::All, Rest::AbortAndWait, 4, "+--+"), "+ stop - - rejected by 1 +");
    assert_eq!(said(Need::All, Rest::Continue, 4, "+--+"), "+ - - rejected by 1 +");
    assert_eq!(Script::new(Need::All, Rest::Abort).ends("-").said(), "stop, rejected by 0 -", "with more to come");
}

#[test]
fn whoever_stops_lets_in_no_more_and_says_how_many_there_were() {
    // Ten were to come; two were in when the first failed, and the other one ends too.
    assert_eq!(Script::new(Need::All, Rest::AbortAndWait).ends("-").seal(2).ends("+").said(), "stop - rejected by 0 +");
    let script = Script::new(Need::All, Rest::AbortAndWait).seal(10).ends("-").seal(2);
    assert_eq!(script.ends("+").said(), "stop - rejected by 0 +", "the last word counts");
    assert_eq!(Script::new(Need::All, Rest::AbortAndWait).ends("-").seal(1).said(), "stop - rejected by 0");
}

#[test]
fn nothing_is_left_to_stop_when_the_last_one_fails() {
    for rest in RESTS {
        assert_eq!(said(Need::All, rest, 2, "+-"), "+ rejected by 1 -");
    }
}

#[test]
fn every_end_is_good() {
    for rest in RESTS {
        assert_eq!(said(Need::Every, rest, 3, "--+"), "- - fulfilled +");
        assert_eq!(said(Need::Every, rest, 0, ""), "fulfilled");
    }
}

#[test]
fn some_are_enough() {
    assert_eq!(said(Need::Some(2), Rest::Abort, 5, "+-+"), "+ - stop, fulfilled by 2 +");
    assert_eq!(said(Need::Some(1), Rest::Continue, 5, "-+"), "- fulfilled by 1 +");
    assert_eq!(said(Need::Some(1), Rest::AbortAndWait, 3, "-+-"), "- stop + fulfilled by 1 -");
    assert_eq!(said(Need::Some(2), Rest::Abort, 2, "++"), "+ fulfilled by 1 +");
}

#[test]
fn some_are_impossible_when_too_few_are_left() {
    assert_eq!(said(Need::Some(2), Rest::Abort, 3, "--"), "- stop, rejected by 1 -");
    assert_eq!(said(Need::Some(2), Rest::AbortAndWait, 4, "--+-"), "- - + rejected by 3 -");
    assert_eq!(said(Need::Some(1), Rest::Abort, 0, ""), "rejected");
    assert_eq!(Script::new(Need::Some(1), Rest::Abort).ends("---").said(), "- - -", "more may come");
    assert_eq!(Script::new(Need::Some(1), Rest::Abort).ends("---").seal(3).said(), "- - - rejected");
}

#[test]
fn none_at_all_are_there_from_the_beginning() {
    assert_eq!(Script::new(Need::Some(0), Rest::Abort).said(), "stop, fulfilled");
}

#[test]
fn the_first_end_decides_whichever_it_is() {
    assert_eq!(said(Need::First, Rest::Abort, 3, "-"), "stop, rejected by 0 -");
    assert_eq!(said(Need::First, Rest::Abort, 3, "+"), "stop, fulfilled by 0 +");
    assert_eq!(said(Need::First, Rest::Continue, 3, "-"), "rejected by 0 -");
    assert_eq!(said(Need::First, Rest::AbortAndWait, 3, "+--"), "stop + - fulfilled by 0 -");
    assert_eq!(said(Need::First, Rest::Abort, 0, ""), "rejected", "nobody will ever be first");
}

#[test]
fn fulfilments_may_be_told_in_bulk() {
    let (mut group, _) = Group::new(GroupOptions { need: Need::All, rest: Rest::Abort });
    assert_eq!(group.seal(1_000_001), Step::Wait);
    assert_eq!(group.tally(1_000_000), Step::Wait);
    let judgement = Judgement { fulfilled: true, by: None };
    assert_eq!(group.tally(1), Step::Decided { judgement, stop: false });
}

#[test]
fn the_first_end_decides_also_when_nobody_says_whose_it_was() {
    let (mut group, _) = Group::new(GroupOptions { need: Need::First, rest: Rest::Abort });
    assert_eq!(group.seal(3), Step::Wait);
    assert_eq!(group.tally(0), Step::Wait, "nobody ended");
    let judgement = Judgement { fulfilled: true, by: None };
    assert_eq!(group.tally(2), Step::Decided { judgement, stop: true });
}

#[test]
fn no_number_is_too_large() {
    let (mut group, _) = Group::new(GroupOptions { need: Need::Some(u32::MAX), rest: Rest::Abort });
    assert_eq!(group.seal(u64::MAX), Step::Wait);
    for _ in 0..3 {
        group.settle(u32::MAX, false);
    }
    assert!(matches!(
        group.tally(u32::MAX),
        Step::Decided { judgement: Judgement { fulfilled: true, .. }, stop: true }
    ));
}

// ------------------------------------------------------------------ through the engine

fn gather(host: &mut Host, need: Need, rest: Rest) -> Handle {
    let group = host.handle();
    host.command(Command::Gather { group, options: GroupOptions { need, rest } });
    group
}

fn settle(host: &mut Host, group: Handle, member: u32, fulfilled: bool) {
    host.command(Command::Settled { group, member, fulfilled });
}

#[test]
fn the_engine_stops_a_group_before_it_tells_the_verdict() {
    let mut host = Host::new();
    let group = gather(&mut host, Need::All, Rest::Abort);
    host.command(Command::Seal { group, members: 3 });
    settle(&mut host, group, 0, true);
    assert_eq!(host.told(), Vec::<&str>::new());
    settle(&mut host, group, 2, false);
    assert_eq!(host.told(), ["stop 0", "rejected 0 by Some(2)"]);
    assert_eq!(host.engine.tasks(), 0);
}

#[test]
fn a_group_that_waits_is_stopped_once() {
    let mut host = Host::new();
    let group = gather(&mut host, Need::All, Rest::AbortAndWait);
    settle(&mut host, group, 0, false);
    settle(&mut host, group, 1, false);
    assert_eq!(host.told(), ["stop 0"]);
    host.command(Command::Seal { group, members: 3 });
    host.command(Command::Tally { group, fulfilled: 1 });
    assert_eq!(host.told(), ["rejected 0 by Some(0)"]);
}

#[test]
fn a_group_that_needs_nothing_is_decided_as_it_comes() {
    let mut host = Host::new();
    gather(&mut host, Need::Some(0), Rest::Continue);
    assert_eq!((host.told(), host.engine.tasks()), (vec![String::from("fulfilled 0 by None")], 0));
}

#[test]
fn a_group_that_is_disbanded_says_no_more() {
    let mut host = Host::new();
    let group = gather(&mut host, Need::First, Rest::Abort);
    host.command(Command::Disband { group });
    assert_eq!((host.told(), host.engine.tasks()), (vec![], 0));
    settle(&mut host, group, 0, true);
    assert_eq!(host.effects(), [crate::Effect::Fault { fault: Fault::UnknownGroup, subject: group.bits() }]);
}

#[test]
fn what_is_no_group_is_none_and_a_group_is_no_task() {
    let mut host = Host::new();
    let group = gather(&mut host, Need::All, Rest::Abort);
    let sleeper = host.handle();
    host.command(Command::Sleep { sleeper, span: crate::Span::NEVER, holds: true });
    for command in [
        Command::Gather { group, options: GroupOptions { need: Need::All, rest: Rest::Abort } },
        Command::Complete { task: group, fulfilled: true },
        Command::Seal { group: sleeper, members: 1 },
        Command::Tally { group: sleeper, fulfilled: 1 },
        Command::Disband { group: sleeper },
    ] {
        host.command(command);
        assert!(matches!(host.effects()[..], [crate::Effect::Fault { .. }]), "{command:?}");
    }
    host.cancel(group);
    assert_eq!((host.told(), host.engine.tasks()), (vec![], 2));
}
