//! A group of the model: everything that was said of it, in order. What follows is read from all of it each time.

use fanfold_core::group::{GroupOptions, Judgement, Need, Rest};
use fanfold_core::{Command, Effect, Fault, Handle};

use super::Model;

#[derive(Clone, Copy, Debug)]
enum Said {
    /// One ended.
    Ended(u32, bool),
    /// So many were fulfilled, nobody knows who.
    Fulfilled(u64),
    /// So many there are.
    Members(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) handle: Handle,
    options: GroupOptions,
    history: Vec<Said>,
}

impl Model {
    pub(super) fn gather(&mut self, handle: Handle, options: GroupOptions) {
        if !self.is_free(handle) {
            return self.fault(Fault::HandleTaken, handle.bits());
        }
        self.groups.push(Group { handle, options, history: Vec::new() });
        self.judge_group(self.groups.len() - 1);
    }

    /// A command about a group that should be there.
    pub(super) fn hear(&mut self, handle: Handle, command: &Command) {
        let Some(place) = self.groups.iter().position(|group| group.handle == handle) else {
            return self.fault(Fault::UnknownGroup, handle.bits());
        };
        let said = match *command {
            Command::Settled { member, fulfilled, .. } => Said::Ended(member, fulfilled),
            Command::Tally { fulfilled, .. } => Said::Fulfilled(u64::from(fulfilled)),
            Command::Seal { members, .. } => Said::Members(members),
            _ => {
                self.groups.remove(place);
                return;
            }
        };
        self.groups[place].history.push(said);
        self.judge_group(place);
    }

    fn judge_group(&mut self, place: usize) {
        let Group { handle: group, options: GroupOptions { need, rest }, ref history } = self.groups[place];
        let verdicts = (0..=history.len()).map(|until| verdict(need, &history[..until]));
        let Some((moment, judgement)) = verdicts.enumerate().find_map(|(at, verdict)| Some((at, verdict?))) else {
            return;
        };
        let some_are_left = !all_ended(history);
        if moment == history.len() && some_are_left && rest != Rest::Continue {
            self.expected.groups.push(Effect::GroupStop { group });
        }
        let is_waited_for = match rest {
            Rest::Abort => false,
            Rest::AbortAndWait => true,
            Rest::Continue => !judgement.fulfilled && matches!(need, Need::All | Need::Some(_)),
        };
        if !(some_are_left && is_waited_for) {
            self.groups.remove(place);
            self.expected.groups.push(Effect::GroupDecided { group, judgement });
        }
    }
}

fn all_ended(history: &[Said]) -> bool {
    members(history).is_some_and(|members| ended(history, true) + ended(history, false) >= u128::from(members))
}

/// How many there are, as it was said last.
fn members(history: &[Said]) -> Option<u64> {
    history.iter().rev().find_map(|said| if let Said::Members(members) = *said { Some(members) } else { None })
}

fn ended(history: &[Said], good: bool) -> u128 {
    let count = |said: &Said| match *said {
        Said::Ended(_, fulfilled) => u128::from(fulfilled == good),
        Said::Fulfilled(count) if good => u128::from(count),
        Said::Fulfilled(_) | Said::Members(_) => 0,
    };
    history.iter().map(count).sum()
}

/// What is clear when so much was said, if anything is.
fn verdict(need: Need, history: &[Said]) -> Option<Judgement> {
    let last = history.last().and_then(|said| if let Said::Ended(member, _) = *said { Some(member) } else { None });
    let judgement = |fulfilled, by| Some(Judgement { fulfilled, by });
    match need {
        Need::All => {
            let failed = |said: &Said| if let Said::Ended(member, false) = *said { Some(member) } else { None };
            match history.iter().find_map(failed) {
                Some(member) => judgement(false, Some(member)),
                None if all_ended(history) => judgement(true, None),
                None => None,
            }
        }
        Need::Every if all_ended(history) => judgement(true, None),
        Need::Every => None,
        Need::Some(needed) if ended(history, true) >= u128::from(needed) => judgement(true, last),
        Need::Some(needed) => {
            let at_most = |members: u64| u128::from(members).saturating_sub(ended(history, false));
            if members(history).is_some_and(|members| at_most(members) < u128::from(needed)) {
                judgement(false, last)
            } else {
                None
            }
        }
        Need::First => {
            let first = history.iter().find_map(|said| match *said {
                Said::Ended(member, fulfilled) => judgement(fulfilled, Some(member)),
                Said::Fulfilled(1..) => judgement(true, None),
                Said::Fulfilled(0) | Said::Members(_) => None,
            });
            // Nobody was first, and nobody will be.
            if first.is_none() && all_ended(history) { judgement(false, None) } else { first }
        }
    }
}
