//! How tasks run in the slot of their parent.

use alloc::vec::Vec;

use super::Engine;
use super::finish::tenure;
use crate::command::LimiterId;
use crate::limit::nested::{Line, Tenure};
use crate::table::{Handle, List, NONE, Task};

impl Engine {
    /// Puts a new task into the line of the running task that submitted it.
    pub(super) fn join_line(&mut self, index: u32, parent: Handle) {
        let Some(id) = self.tasks.get(index).map(Task::limiter) else { return };
        let Some(owner) = self.extra_mut(parent.index()) else { return };
        let (mut line, member_of, load) = (owner.line, owner.member_of, owner.load);
        if line == NONE {
            line = self.lines.insert(Line {
                limiter: id,
                tenure: tenure(member_of, load),
                owner_gone: false,
                busy: false,
                waiting: List::default(),
            });
            if let Some(owner) = self.extra_mut(parent.index()) {
                owner.line = line;
            }
        }
        if let Some(extra) = self.extra_mut(index) {
            extra.member_of = line;
        }
        if let Some(line) = self.lines.get_mut(line) {
            line.waiting.push_back(&mut self.tasks, index);
        }
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.nested.in_lines += 1;
        }
        self.advance_line(line);
        self.note_peak(id);
    }

    /// Lets the first of a line have its turn, if nobody has it.
    fn advance_line(&mut self, index: u32) {
        let Some(line) = self.lines.get(index) else { return };
        let id = line.limiter;
        if line.busy || self.path(id).any(|(_, limiter)| limiter.is_stopped()) {
            return;
        }
        let Some(line) = self.lines.get_mut(index) else { return };
        let Some(next) = line.waiting.pop_front(&mut self.tasks) else { return };
        line.busy = true;
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.nested.in_lines -= 1;
        }
        self.make_ready(next);
    }

    /// The one whose turn it was has ended. Gives the right of the line if that is over.
    pub(super) fn next_in_line(&mut self, index: u32) -> Option<Tenure> {
        if let Some(line) = self.lines.get_mut(index) {
            line.busy = false;
        }
        self.advance_line(index);
        self.end_line(index)
    }

    /// The task whose line it is has ended: its slot is the line's, as long as anyone is left.
    pub(super) fn orphan_line(&mut self, index: u32, id: LimiterId) {
        if let Some(line) = self.lines.get_mut(index) {
            line.owner_gone = true;
        }
        match self.end_line(index) {
            Some(tenure) => self.release(id, tenure),
            None => self.inherit_tenure(index),
        }
    }

    /// Lets a line take the place of the one above it, if that has nobody else left: tasks that submit their
    /// own successor and end, one after the other for ever, would else leave a line each.
    fn inherit_tenure(&mut self, index: u32) {
        while let Some(Tenure::Member(above)) = self.lines.get(index).map(|line| line.tenure)
            && self.lines.get(above).is_some_and(|above| above.owner_gone && above.waiting.is_empty())
            && let Some(above) = self.lines.remove(above)
            && let Some(line) = self.lines.get_mut(index)
        {
            line.tenure = above.tenure;
        }
    }

    /// Takes a waiting task out of its line.
    pub(super) fn leave_line(&mut self, index: u32, line: u32) {
        let Some(line) = self.lines.get_mut(line) else { return };
        line.waiting.remove(&mut self.tasks, index);
        let id = line.limiter;
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.nested.in_lines -= 1;
        }
    }

    /// Ends a line when neither its owner nor anyone else needs it. Gives its right, which is to be released.
    pub(super) fn end_line(&mut self, index: u32) -> Option<Tenure> {
        let over = |line: &Line| line.owner_gone && !line.busy && line.waiting.is_empty();
        if !self.lines.get(index).is_some_and(over) {
            return None;
        }
        self.lines.remove(index).map(|line| line.tenure)
    }

    /// Takes the turn back from a task that was not called yet; it stays first in its line.
    pub(super) fn retreat_in_line(&mut self, index: u32, line: u32) {
        let Some(line) = self.lines.get_mut(line) else { return };
        line.busy = false;
        line.waiting.push_front(&mut self.tasks, index);
        let id = line.limiter;
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.nested.in_lines += 1;
        }
    }

    /// The tasks that stand in the lines of a limiter.
    pub(super) fn members_of(&self, id: LimiterId) -> Vec<u32> {
        if self.limiter(id).is_none_or(|limiter| limiter.nested.waiting() == 0) {
            return Vec::new();
        }
        let lines = self.lines.iter().filter(|(_, line)| line.limiter == id);
        lines.flat_map(|(_, line)| line.waiting.members(&self.tasks)).collect()
    }

    /// Lets the lines of a limiter go on after a pause.
    pub(super) fn advance_lines(&mut self, id: LimiterId) {
        if self.limiter(id).is_none_or(|limiter| limiter.nested.waiting() == 0) {
            return;
        }
        let lines = self.lines.iter().filter(|(_, line)| line.limiter == id);
        let lines: Vec<u32> = lines.map(|(index, _)| index).collect();
        for line in lines {
            self.advance_line(line);
        }
        // Fewer wait now, which somebody may watch.
        self.touch(id);
    }
}
