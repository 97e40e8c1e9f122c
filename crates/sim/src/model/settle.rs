//! Who may start, who is told what, and which limiters go.

use fanfold_core::limit::close::{Gate, Report};
use fanfold_core::limit::queue::Order;
use fanfold_core::{Effect, Handle, LimiterId, Span};

use super::rate::Ready;
use super::task::{Phase, Task, Uid};
use super::{Deadline, Model};

impl Model {
    /// Slots taken, here or below: as many as it weighs for each task that has its own, however many run in them.
    pub(super) fn taken(&self, id: LimiterId) -> u32 {
        let below = |task: &Task| task.limiter == id || self.is_within(task.limiter, id);
        let holders = self.tasks.iter().filter(|task| task.holds_slot() && below(task));
        holders.fold(0, |sum, task| sum.saturating_add(task.weight))
    }

    /// Tasks that wait, in the queue or for their turn in another's slot.
    pub(super) fn waiting(&self, id: LimiterId) -> u32 {
        let waiting = self.tasks.iter().filter(|task| task.limiter == id && task.phase == Phase::Waiting);
        u32::try_from(waiting.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn may_grant(&self, id: LimiterId) -> bool {
        let taken = self.taken(id);
        self.limiter(id).is_some_and(|limiter| limiter.paused.is_none() && taken < limiter.options.concurrency)
    }

    pub(super) fn is_idle(&self, id: LimiterId) -> bool {
        let rests = |&id: &LimiterId| self.waiting(id) == 0 && self.held_in(id) == 0;
        self.taken(id) == 0 && self.subtree(id).iter().all(rests)
    }

    pub(super) fn make_ready(&mut self, uid: Uid) {
        let stamp = self.next_stamp();
        self.task_mut(uid).phase = Phase::Ready;
        self.ready.push((stamp, uid));
    }

    /// Gives a free slot to the next in the queue; whether there were both.
    pub(super) fn grant_one(&mut self, id: LimiterId) -> bool {
        if self.is_node(id) || !self.may_grant(id) || self.known(id).queue.is_empty() {
            return false;
        }
        let limiter = self.known(id);
        let place = match limiter.options.order {
            Order::Fifo | Order::Priority => 0,
            Order::Lifo => limiter.queue.len() - 1,
        };
        let uid = limiter.queue.remove(place);
        self.make_ready(uid);
        true
    }

    /// Where nobody has the turn among the children of a task, the oldest has it now. Several at one moment
    /// (after a pause) may start in any order.
    pub(super) fn advance_lines(&mut self, id: LimiterId) {
        let stamp = self.next_stamp();
        self.advance_lines_at(id, stamp);
    }

    /// The same in a limiter and all below it, at one moment.
    pub(super) fn advance_lines_below(&mut self, id: LimiterId) {
        let stamp = self.next_stamp();
        for id in self.subtree(id) {
            self.advance_lines_at(id, stamp);
        }
    }

    fn advance_lines_at(&mut self, id: LimiterId, stamp: u64) {
        if self.path(id).into_iter().any(|id| self.limiter(id).is_none() || self.is_stopped(id)) {
            return;
        }
        let parents: Vec<Uid> = self.tasks.iter().filter(|task| task.limiter == id).map(|task| task.uid).collect();
        for parent in parents {
            let children = || self.tasks.iter().filter(|task| task.slot_of == Some(parent));
            if children().all(|child| child.phase == Phase::Waiting)
                && let Some(uid) = children().map(|child| child.uid).next()
            {
                self.task_mut(uid).phase = Phase::Ready;
                self.ready.push((stamp, uid));
            }
        }
    }

    pub(super) fn start(&mut self, started: Option<Handle>) -> Result<(), String> {
        let Some(&(first, oldest)) = self.ready.iter().min() else { return Ok(()) };
        let candidates = self.ready.iter().filter(|&&(stamp, _)| stamp == first).map(|&(_, uid)| uid);
        let chosen = candidates.into_iter().find(|&uid| Some(self.task(uid).handle) == started);
        let uid = chosen.ok_or_else(|| {
            format!("started {started:?}, expected {:?} or one as long ready", self.task(oldest).handle)
        })?;
        self.ready.retain(|&(_, other)| other != uid);
        self.begin(uid);
        self.expected.start = started;
        Ok(())
    }

    pub(super) fn begin(&mut self, uid: Uid) {
        let (now, stamp) = (self.now, self.next_stamp());
        self.start_paying(uid);
        self.begin_sample(uid);
        let task = self.task_mut(uid);
        task.phase = Phase::Running;
        let waited = now.since(task.since);
        task.waited = Span::from_millis(waited.as_millis());
        task.since = now;
        task.due = Deadline::at(now.after(task.run_timeout), stamp);
        let id = task.limiter;
        let limiter = self.known(id);
        limiter.counts.started += 1;
        if let Some(spans) = &mut limiter.spans {
            spans.waited.push(waited);
        }
    }

    pub(super) fn note_peak(&mut self, id: LimiterId) {
        let waiting = u64::from(self.waiting(id));
        let counts = &mut self.known(id).counts;
        counts.peak_queued = counts.peak_queued.max(waiting);
    }

    /// Tells everyone who waits for what is true now. In a tree that is done when the command is over.
    pub(super) fn settle(&mut self, id: LimiterId) {
        if !self.is_node(id) {
            self.settle_node(id);
        }
    }

    pub(super) fn settle_node(&mut self, id: LimiterId) {
        if self.limiter(id).is_none() {
            return;
        }
        let (waiting, idle) = (self.waiting(id), self.is_idle(id));
        let limiter = self.known(id);
        let mut awake: Vec<(u32, Handle)> =
            limiter.wait_below.iter().copied().filter(|&(bound, _)| waiting < bound).collect();
        limiter.wait_below.retain(|&(bound, _)| waiting >= bound);
        // Stable: those who ask for less first, among equals the first to come.
        awake.sort_by_key(|&(bound, _)| core::cmp::Reverse(bound));
        if idle {
            awake.extend(limiter.wait_idle.drain(..).map(|waiter| (0, waiter)));
        }
        self.expected.wakes.extend(awake.into_iter().map(|(_, waiter)| Effect::Wake { waiter }));
        if idle && self.known(id).gate == Gate::Closing {
            let (closers, report) = self.shut(id, Gate::Closed);
            let drained = report.cleared == 0;
            let closed = |waiter| Effect::Closed { waiter, report: Report { drained, ..report } };
            self.expected.closings.extend(closers.into_iter().map(closed));
        }
        let is_leaf = self.children(id).is_empty();
        let limiter = self.known(id);
        if idle && is_leaf && limiter.orphan && limiter.guests().is_empty() {
            self.limiters.retain(|limiter| limiter.id != id);
            self.expected.freed.push(id);
        }
    }

    /// Whether a running task has a task of its own in the queue, or one that runs of which the same is true.
    fn waits_for_kin(&self, parent: Handle, id: LimiterId) -> bool {
        let mut kin = self.tasks.iter().filter(|task| task.limiter == id && task.kin_of == Some(parent));
        kin.any(|task| task.phase == Phase::Waiting || (task.runs() && self.waits_for_kin(task.handle, id)))
    }

    /// Whether somebody else than those who run could let the next one start.
    fn has_room_for_kin(&self, id: LimiterId) -> bool {
        let queue = self.in_order(id);
        let next = if self.has_keys(id) { self.head_of_keys(id) } else { queue.first().copied() };
        match next {
            _ if queue.is_empty() => true,
            None => !self.all_keys_wait_for_an_end(id),
            Some(uid) => self.has_slots(uid, id) && self.when(id, &self.task(uid).costs) != Ready::AtAnEnd,
        }
    }

    /// Notices full limiters all of whose running tasks wait for a task of their own, as far as can be seen.
    pub(super) fn notice_stuck(&mut self) {
        for place in 0..self.limiters.len() {
            let (id, limit) = (self.limiters[place].id, self.limiters[place].options.concurrency);
            let mut holders = self.tasks.iter().filter(|task| task.limiter == id && task.holds_slot());
            let full = if self.is_node(id) { !self.has_room_for_kin(id) } else { self.taken(id) >= limit };
            let any = self.tasks.iter().any(|task| task.limiter == id && task.holds_slot());
            let stuck = any && full && holders.all(|holder| holder.runs() && self.waits_for_kin(holder.handle, id));
            if stuck && !self.limiters[place].warned {
                self.limiters[place].warned = true;
                self.expected.stuck.push(id);
            }
        }
    }

    /// The engine said so in the middle of a command, and may.
    pub fn accept_warnings(&mut self, limiters: &[LimiterId]) {
        for limiter in self.limiters.iter_mut().filter(|limiter| limiters.contains(&limiter.id)) {
            limiter.warned = true;
        }
    }
}
