//! How tasks come, wait and go in a limiter that is more than a row of slots.

use super::{Engine, pick};
use crate::command::{Admission, Health, KeyId, LimiterId};
use crate::effect::{Fault, Verdict};
use crate::limit::queue::{Place, QueueState};
use crate::limit::rate::{Costs, ONE};
use crate::limit::{Extra, Limiter, Load, Node};
use crate::table::{Handle, NONE, Slab, State, Task, Tasks};

impl Engine {
    /// Puts a new task into the queue, lets those have slots who may, and looks whether that was one too many.
    pub(super) fn queue_up_in_node(
        &mut self,
        handle: Handle,
        id: LimiterId,
        admission: &Admission,
        parent: Option<Handle>,
    ) {
        let index = handle.index();
        let costs = self.take_bill(handle);
        if self.is_too_heavy(id, admission.weight, &costs.unwrap_or(ONE)) {
            self.refuse(handle, admission, Verdict::TooHeavy, None);
            return self.settle_touched();
        }
        if let Some(advice) = self.open_breaker(id) {
            self.refuse(handle, admission, Verdict::BreakerOpen, Some(advice));
            return self.settle_touched();
        }
        let (is_last, has_place, longest) = self.survey(id, admission.key);
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.node_mut();
        // Among keys and children it takes its place all the same.
        let is_full = !limiter.slots.has_room() && limiter.keys().is_none() && !limiter.has_children();
        let place = limiter.queue.place();
        self.equip(index, id, admission, parent);
        let key = self.load_up(index, id, admission, costs);
        self.enter_queue(index, id);
        if parent.is_some() {
            self.block_kin(index, id);
        } else if (is_last || is_full) && has_place {
            // Behind others, or where there is no slot, it changes nothing about who is given one.
            if self.sheds(index, id) {
                self.settle_touched();
            }
            return self.note_peak(id);
        }
        self.touch(id);
        self.touch_key(key);
        self.grant_touched();
        if self.sheds(index, id) {
            self.grant_touched();
        } else if !has_place && self.tasks.find(handle).is_some_and(|task| task.state() == State::Queued) {
            let victim = if key == NONE {
                let least = self.limiter(id).and_then(|limiter| limiter.queue.least());
                least.or(if let Place::InsteadOf(victim) = place { Some(victim) } else { Some(index) })
            } else {
                self.one_too_many(index, id, place != Place::Free, longest)
            };
            if let Some(victim) = victim {
                self.give_up(victim, Verdict::QueueFull);
                self.grant_touched();
            }
        }
        self.note_peak(id);
        self.attend_touched();
    }

    /// Whether a new task stands behind others of its key without being next because of it; whether there is a place for
    /// it; and where most wait.
    fn survey(&self, id: LimiterId, key: Option<KeyId>) -> (bool, bool, Option<u32>) {
        let Some(limiter) = self.limiter(id) else { return (false, false, None) };
        let has_place = limiter.queue.place() == Place::Free;
        let Some(keys) = limiter.keys() else { return (limiter.is_last_in_line(), has_place, None) };
        let waiting = self.keys.get(keys.place(key.unwrap_or(NONE))).map_or(0, |key| key.queue.len());
        (waiting > 0 && limiter.is_in_line(), has_place && waiting < keys.max_queue, keys.longest())
    }

    /// Whether a task of such a weight, or such costs, has no place in a limiter, whoever else is there.
    fn is_too_heavy(&self, id: LimiterId, weight: u32, costs: &Costs) -> bool {
        let too_dear = |limiter: &Limiter| {
            let meter = limiter.node.as_ref().and_then(|node| node.meter.as_ref());
            meter.is_some_and(|meter| meter.rates.exclude(costs))
        };
        self.path(id).any(|(_, limiter)| weight > limiter.least_slots() || too_dear(limiter))
            || self.exceeds_key(id, weight, costs)
    }

    /// Notes down what a task takes beyond a slot; where its key is, if its limiter goes by keys.
    fn load_up(&mut self, index: u32, id: LimiterId, admission: &Admission, costs: Option<Costs>) -> u32 {
        let key = if admission.key.is_some() { self.reach_key(id, admission.key) } else { NONE };
        let mut load = Load { weight: admission.weight.max(1), priority: admission.priority, key, ..Load::PLAIN };
        if let Some(costs) = costs {
            load.costs = self.costs.insert(costs);
        }
        if load != Load::PLAIN {
            let place = self.loads.insert(load);
            if let Some(extra) = self.extra_mut(index) {
                extra.load = place;
            }
        }
        self.key_of(index)
    }

    /// What a task takes.
    pub(super) fn load(&self, index: u32) -> Load {
        load_of(&self.tasks, &self.extras, &self.loads, index)
    }

    /// Gives a task another load.
    pub(super) fn set_load(&mut self, index: u32, load: Load) {
        let place = self.part_from_load(index);
        let place = match self.loads.get_mut(place) {
            Some(known) => {
                *known = load;
                place
            }
            None => self.loads.insert(load),
        };
        if let Some(extra) = self.extra_mut(index) {
            extra.load = place;
        }
    }

    /// Forgets a load.
    pub(super) fn unload(&mut self, place: u32) -> Load {
        let load = self.loads.remove(place).unwrap_or(Load::PLAIN);
        self.costs.remove(load.costs);
        load
    }

    /// Parts a task from its load, which stays for those who inherit its slots.
    pub(super) fn part_from_load(&mut self, index: u32) -> u32 {
        let extra = self.tasks.get(index).map_or(NONE, |task| task.extra);
        self.extras.get_mut(extra).map_or(NONE, |extra| core::mem::replace(&mut extra.load, NONE))
    }

    pub(super) fn reprioritize(&mut self, handle: Handle, priority: i64) {
        // One that has slots and was not called yet may have to go back.
        let Some((state @ (State::Queued | State::Ready), id, since)) =
            self.tasks.find(handle).map(|task| (task.state(), task.limiter(), task.since))
        else {
            return;
        };
        let index = handle.index();
        if self.limiter(id).is_none_or(|limiter| limiter.queue.is_list()) {
            return;
        }
        let load = Load { priority, ..self.load(index) };
        self.set_load(index, load);
        if state == State::Queued
            && self
                .extras
                .get(self.tasks.get(index).map_or(NONE, |task| task.extra))
                .is_some_and(|it| it.member_of == NONE)
        {
            let key = self.key_of(index);
            if let Some(known) = self.keys.get_mut(key) {
                known.queue.change(&mut self.tasks, index, priority, since);
            } else if let Some(limiter) = pick(&mut self.limiters, id) {
                limiter.queue.change(&mut self.tasks, index, priority, since);
            }
            self.touch_key(key);
        }
        self.touch(id);
    }

    /// Puts a task into the queue, in its order.
    fn enter_queue(&mut self, index: u32, id: LimiterId) {
        self.push_in_node(index, id, self.now, false);
        self.count_below(id, |node| node.tree.waiting_below += 1);
    }

    /// Puts a task back that had slots, as the next.
    pub(super) fn put_back_in_node(&mut self, index: u32, id: LimiterId) {
        let load = self.load(index);
        self.refund_at_meters(index);
        self.show_tickets(index, Health::Neutral);
        self.give_back(id, &load);
        let since = self.tasks.get(index).map(|task| task.since).unwrap_or_default();
        self.push_in_node(index, id, since, true);
        self.count_below(id, |node| node.tree.waiting_below += 1);
        self.note_peak(id);
        self.touch(id);
    }

    /// Takes a task out of the queue.
    pub(super) fn leave_queue(&mut self, index: u32, id: LimiterId) {
        self.pull_in_node(index, id);
        if self.limiter(id).is_some_and(|limiter| limiter.node.is_some()) {
            self.count_below(id, |node| node.tree.waiting_below -= 1);
        }
    }

    /// Gives slots back, here and in all above.
    pub(super) fn give_back(&mut self, id: LimiterId, load: &Load) {
        if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
            node.holders -= 1;
            node.own -= u64::from(load.weight);
        }
        self.give_back_to_key(load.key, id, load.weight);
        let mut at = id;
        while let Some(limiter) = self.limiter_mut(at) {
            limiter.slots.give_back(load.weight.into());
            at = limiter.parent();
        }
    }

    /// Changes what all above a limiter count of those below them.
    pub(super) fn count_below(&mut self, id: LimiterId, change: impl Fn(&mut Node)) {
        let mut at = self.limiter(id).map_or(NONE, Limiter::parent);
        while let Some(node) = self.limiter_mut(at).and_then(|limiter| limiter.node.as_mut()) {
            change(node);
            at = node.tree.parent;
        }
    }

    /// The task of its own queue that a limiter would serve next: the first, or one that may pass it.
    pub(super) fn head(&mut self, id: LimiterId) -> Option<u32> {
        if self.limiter(id)?.keys().is_some() {
            return self.head_of_keys(id);
        }
        let limiter = self.limiter(id)?;
        let first = limiter.queue.first()?;
        let bypass = limiter.node.as_ref().map_or(0, |node| node.bypass);
        if bypass == 0 || !limiter.queue.is_list() {
            return Some(first);
        }
        let load = self.load(first);
        if load.passed >= bypass || limiter.slots.fit(load.weight) {
            return Some(first);
        }
        let behind = |&index: &u32| limiter.queue.behind(&self.tasks, index);
        let mut others = core::iter::successors(Some(first), behind).skip(1).take(bypass as usize);
        others.find(|&index| limiter.slots.fit(self.load(index).weight)).or(Some(first))
    }

    /// If a task passes the first of its queue, that is counted.
    pub(super) fn count_pass(&mut self, index: u32, id: LimiterId) {
        let queue = match self.keys.get(self.key_of(index)) {
            Some(key) => Some(&key.queue),
            None => self.limiter(id).map(|limiter| &limiter.queue),
        };
        let Some(first) = queue.and_then(QueueState::first).filter(|&first| first != index) else { return };
        let place = self.tasks.get(first).and_then(|task| self.extra(task)).map_or(NONE, |extra| extra.load);
        if let Some(load) = self.loads.get_mut(place) {
            load.passed += 1;
        }
    }

    /// A limiter and all above it, from itself to the root.
    pub(super) fn path(&self, id: LimiterId) -> impl Iterator<Item = (LimiterId, &Limiter)> {
        let at = |id| self.limiter(id).map(|limiter| (id, limiter));
        core::iter::successors(at(id), move |(_, limiter)| at(limiter.parent()))
    }

    /// Whether a limiter is another one or below it.
    pub(super) fn is_within(&self, id: LimiterId, above: LimiterId) -> bool {
        self.path(id).any(|(at, _)| at == above)
    }

    /// Whether the slots of a task are those of this limiter.
    pub(super) fn takes_slots_of(&self, task: &Task, id: LimiterId) -> bool {
        task.limiter() == id || self.is_within(task.limiter(), id)
    }

    /// Moves a limiter, as [`Command::Move`](crate::Command::Move) says.
    #[cold]
    pub(super) fn move_under(&mut self, id: LimiterId, parent: Option<LimiterId>) {
        if self.known(id).is_none() || parent.is_some_and(|parent| self.known(parent).is_none()) {
            return;
        }
        let above = parent.unwrap_or(NONE);
        if self.is_within(above, id) {
            return self.fault(Fault::Cycle, id);
        }
        if let Some(limiter) = self.limiter_mut(id) {
            limiter.node_mut();
        }
        // Whether they fit is asked where they come to.
        for index in self.ready_below(id) {
            self.put_back(index);
        }
        self.move_between_meters(id, |rates, now, task, costs| rates.end(now, task, costs));
        self.detach(id);
        self.attach(id, above);
        // What was booked elsewhere is not given back here.
        self.move_between_meters(id, |rates, now, task, costs| rates.adopt(now, task, costs));
        for id in self.subtree(id) {
            self.advance_lines(id);
        }
        self.reject_misfits(id);
        self.touch(id);
        // What was touched before the move is elsewhere now, and as deep as that.
        let touched = core::mem::take(&mut self.touched);
        for &(_, id) in &touched {
            if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
                node.touched = None;
            }
        }
        for (_, id) in touched {
            self.touch(id);
        }
    }

    /// Takes a limiter out of its tree, with all that is below it.
    fn detach(&mut self, id: LimiterId) {
        let Some((weight, waiting, held)) = self.limiter(id).map(Limiter::burden) else { return };
        let above = self.limiter(id).map_or(NONE, Limiter::parent);
        self.touch(above);
        self.unseat(id);
        self.count_below(id, |node| {
            node.tree.waiting_below -= waiting;
            node.tree.held_below -= held;
        });
        let mut at = above;
        while let Some(limiter) = self.limiter_mut(at) {
            limiter.slots.give_back(weight);
            at = limiter.parent();
        }
        if let Some(above) = self.limiter_mut(above) {
            above.node_mut().tree.children.remove(&id);
        }
    }

    /// Puts a limiter that is in no tree under another one.
    pub(super) fn attach(&mut self, id: LimiterId, above: LimiterId) {
        if let Some(above) = self.limiter_mut(above) {
            above.node_mut().tree.children.insert(id);
        }
        let Some(limiter) = self.limiter_mut(id) else { return };
        limiter.node_mut().tree.parent = above;
        let (weight, waiting, held) = limiter.burden();
        self.count_below(id, |node| {
            node.tree.waiting_below += waiting;
            node.tree.held_below += held;
        });
        let mut at = above;
        while let Some(limiter) = self.limiter_mut(at) {
            limiter.slots.take(weight);
            at = limiter.parent();
        }
    }

    /// A limiter and all below it, each before those below it.
    pub(super) fn subtree(&self, id: LimiterId) -> alloc::vec::Vec<LimiterId> {
        let mut all = alloc::vec![id];
        let mut at = 0;
        while let Some(limiter) = all.get(at).and_then(|&id| self.limiter(id)) {
            all.extend(limiter.node.iter().flat_map(|node| &node.tree.children));
            at += 1;
        }
        all
    }
}

/// What a task takes. Borrows nothing but what tasks have, so that limiters can change beside it.
pub(super) fn load_of(tasks: &Tasks, extras: &Slab<Extra>, loads: &Slab<Load>, index: u32) -> Load {
    if loads.is_empty() {
        return Load::PLAIN;
    }
    let extra = tasks.get(index).map_or(NONE, |task| task.extra);
    let place = extras.get(extra).map_or(NONE, |extra| extra.load);
    loads.get(place).copied().unwrap_or(Load::PLAIN)
}
