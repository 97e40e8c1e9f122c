//! How groups are entered and judged.

use super::Engine;
use crate::effect::{Effect, Fault};
use crate::group::{Group, GroupOptions, Step};
use crate::table::{Handle, State};

impl Engine {
    /// Enters a group.
    #[cold]
    pub(super) fn gather(&mut self, handle: Handle, options: GroupOptions) {
        if !self.enter(handle, 0, State::Group) {
            return;
        }
        let (group, step) = Group::new(options);
        let place = self.groups.insert(group);
        if let Some(entry) = self.tasks.get_mut(handle.index()) {
            // A group is no task and has no extra: the place for it says where the group is.
            entry.extra = place;
        }
        self.take_step(handle, step);
    }

    /// Lets a group take in what happened, and tells what follows.
    pub(super) fn judge_group(&mut self, handle: Handle, take: impl FnOnce(&mut Group) -> Step) {
        match self.group_place(handle).and_then(|place| self.groups.get_mut(place)) {
            Some(group) => {
                let step = take(group);
                self.take_step(handle, step);
            }
            None => self.fault(Fault::UnknownGroup, handle.bits()),
        }
    }

    /// Nobody waits for the verdict any more.
    pub(super) fn disband(&mut self, handle: Handle) {
        match self.group_place(handle) {
            Some(place) => {
                self.groups.remove(place);
                self.tasks.remove(handle.index());
            }
            None => self.fault(Fault::UnknownGroup, handle.bits()),
        }
    }

    fn group_place(&self, handle: Handle) -> Option<u32> {
        self.tasks.find(handle).filter(|entry| entry.state() == State::Group).map(|entry| entry.extra)
    }

    #[cold]
    fn take_step(&mut self, group: Handle, step: Step) {
        match step {
            Step::Wait => {}
            Step::Stop => self.effects.push_back(Effect::GroupStop { group }),
            Step::Decided { judgement, stop } => {
                if stop {
                    self.effects.push_back(Effect::GroupStop { group });
                }
                self.disband(group);
                self.effects.push_back(Effect::GroupDecided { group, judgement });
            }
        }
    }
}
