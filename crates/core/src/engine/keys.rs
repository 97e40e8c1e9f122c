//! How the keys of a limiter come, take turns and go.

use alloc::vec::Vec;
use core::cmp::Reverse;

use super::node::load_of;
use super::{Engine, pick};
use crate::command::{KeyId, LimiterId};
use crate::deadlines::DeadlineReason;
use crate::effect::{Effect, Fault};
use crate::limit::Limiter;
use crate::limit::key::{Key, Keys};
use crate::limit::queue::QueueState;
use crate::limit::rate::{Costs, ONE, Ready, Rule};
use crate::own::{CAPACITY, own};
use crate::table::{NONE, Task, give_back};
use crate::time::Time;

/// Room for keys that may be at rest that is kept from turn to turn.
const RESTING_KEPT: usize = 64;

impl Engine {
    /// Whether a limiter that is there has this key, or had, or may have it next; else a fault.
    pub(super) fn knows_key(&mut self, id: LimiterId, key: Option<KeyId>) -> bool {
        let Some(key) = key else { return true };
        let accepted = match self.limiter(id).and_then(Limiter::keys) {
            Some(keys) => key != NONE && keys.accepts(key),
            None => key == 0,
        };
        if !accepted {
            self.fault(Fault::UnknownKey, key);
        }
        accepted
    }

    pub(super) fn keys_mut(&mut self, id: LimiterId) -> Option<&mut Keys> {
        self.limiter_mut(id)?.keys_mut()
    }

    /// Makes a limiter one that goes by keys: all tasks it has are without one.
    #[cold]
    fn part_by_keys(&mut self, id: LimiterId) {
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let taken = limiter.node_mut().own;
        let queue = limiter.queue.hand_over();
        let (waiting, pushes_out) = (queue.len(), limiter.queue.pushes_out());
        let mut key = Key::new(id, NONE, queue);
        key.taken = taken;
        let lone = self.keys.insert(key);
        limiter.node_mut().keys = Some(own(Keys::new(lone, waiting, pushes_out)));
        // Before any other key, since those who are there came before.
        self.touch_key(lone);
        self.refresh_keys(id);
    }

    /// Where a key of a limiter is, which has a place from now on.
    pub(super) fn reach_key(&mut self, id: LimiterId, key: Option<KeyId>) -> u32 {
        if self.limiter(id).is_some_and(|limiter| limiter.keys().is_none()) {
            self.part_by_keys(id);
        }
        let key = key.unwrap_or(NONE);
        let now = self.now;
        let Some(keys) = pick(&mut self.limiters, id).and_then(Limiter::keys_mut) else { return NONE };
        let place = keys.place(key);
        if place != NONE {
            return place;
        }
        let Some(lone) = self.keys.get(keys.lone) else { return NONE };
        let mut new = Key::new(id, key, lone.queue.empty_like());
        for (rule, nth) in keys.rules.iter().zip(0..) {
            new.set_rule(now, nth, *rule);
        }
        let place = self.keys.insert(new);
        keys.enter(key, place);
        // It may be at rest at the end of the turn already.
        self.touch_key(place);
        place
    }

    /// Where the key of a task is, or `NONE` where its limiter does not go by keys.
    pub(super) fn key_of(&self, index: u32) -> u32 {
        if self.keys.is_empty() {
            return NONE;
        }
        let id = self.tasks.get(index).map_or(NONE, Task::limiter);
        let Some(keys) = self.limiter(id).and_then(Limiter::keys) else { return NONE };
        let key = load_of(&self.tasks, &self.extras, &self.loads, index).key;
        if key == NONE { keys.lone } else { key }
    }

    /// Something changed about a key: it is to be looked at before the command is over.
    pub(super) fn touch_key(&mut self, place: u32) {
        let Some(key) = self.keys.get_mut(place) else { return };
        let (id, limiter) = (key.id, key.limiter);
        if !core::mem::replace(&mut key.touched, true)
            && let Some(keys) = self.keys_mut(limiter)
        {
            keys.touched.push((Reverse(!id), place));
        }
        self.touch(limiter);
    }

    /// Looks anew which of the keys of a limiter that were touched contend.
    pub(super) fn refresh_keys(&mut self, id: LimiterId) {
        let Some(keys) = self.keys_mut(id).filter(|keys| !keys.touched.is_empty()) else { return };
        let mut touched = core::mem::take(&mut keys.touched);
        // By number: so the order is the same whatever touched them.
        touched.sort_unstable();
        for &(_, place) in &touched {
            self.refresh_key(id, place);
        }
        if let Some(keys) = self.keys_mut(id) {
            keys.recycle(touched);
        }
    }

    fn refresh_key(&mut self, id: LimiterId, place: u32) {
        let next = self.next_of_key(id, place);
        let load = next.map(|index| load_of(&self.tasks, &self.extras, &self.loads, index));
        let now = self.now;
        let Some(keys) = pick(&mut self.limiters, id).and_then(Limiter::keys_mut) else { return };
        let Some(key) = self.keys.get_mut(place) else { return };
        key.touched = false;
        let ready = load.map_or(Ready::AtAnEnd, |load| {
            let costs = self.costs.get(load.costs).unwrap_or(&ONE);
            key.ready(now, load.weight, keys.concurrency, costs)
        });
        key.standing.contend(&mut keys.ring, place, key.weight, ready == Ready::Now, next.is_some());
        let (due, holds) = key.next_look(now, ready);
        if let Some(void) = key.set_due(due, holds) {
            self.deadlines.remove(void);
            key.set_alarm(self.deadlines.insert_as(due, DeadlineReason::KeyReady(place), holds));
        }
        if key.id != NONE && !key.listed && key.is_at_rest(now) {
            key.listed = true;
            self.resting_keys.push(place);
        }
    }

    /// The task of a key that would be served next, if the limiter has the slots: the first, or one near enough to pass it
    /// that fits the key where it does not.
    fn next_of_key(&self, id: LimiterId, place: u32) -> Option<u32> {
        let (limiter, key) = (self.limiter(id)?, self.keys.get(place)?);
        let (limit, bypass) = (limiter.keys()?.concurrency, limiter.node.as_ref()?.bypass);
        let first = key.queue.first()?;
        let fits = |&index: &u32| key.fits(self.load(index).weight, limit);
        if bypass == 0 || !key.queue.is_list() || self.load(first).passed >= bypass || fits(&first) {
            return Some(first);
        }
        let behind = |&index: &u32| key.queue.behind(&self.tasks, index);
        let mut others = core::iter::successors(Some(first), behind).skip(1).take(bypass as usize);
        others.find(fits).or(Some(first))
    }

    /// The task that is next in a limiter that goes by keys: of the key whose turn it is.
    pub(super) fn head_of_keys(&mut self, id: LimiterId) -> Option<u32> {
        let (_, place) = self.limiter(id)?.keys()?.ring.next()?;
        let next = self.next_of_key(id, place)?;
        let (limiter, key) = (self.limiter(id)?, self.keys.get(place)?);
        let first = key.queue.first()?;
        let bypass = limiter.node.as_ref().map_or(0, |node| node.bypass);
        let may_pass = key.queue.is_list() && self.load(first).passed < bypass;
        if !may_pass || limiter.slots.fit(self.load(next).weight) {
            return Some(next);
        }
        let mut near = self.keys.get(place).and_then(|key| key.queue.behind(&self.tasks, first));
        for _ in 0..bypass {
            let Some(index) = near else { break };
            let weight = self.load(index).weight;
            if self.limiter(id).is_some_and(|limiter| limiter.slots.fit(weight)) && !self.is_kept_by_key(index, id) {
                return Some(index);
            }
            near = self.keys.get(place).and_then(|key| key.queue.behind(&self.tasks, index));
        }
        Some(next)
    }

    /// Puts a task into the queue of its key, or of its limiter if that does not go by keys: last, or back where it was.
    pub(super) fn push_in_node(&mut self, index: u32, id: LimiterId, since: Time, back: bool) {
        let (place, priority) = (self.key_of(index), self.load(index).priority);
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let queue = match self.keys.get_mut(place) {
            Some(key) => {
                let length = key.queue.len();
                limiter.queue.count_in_keys(true);
                if let Some(keys) = limiter.keys_mut() {
                    keys.note_length(key.id, length, length + 1);
                }
                &mut key.queue
            }
            None => &mut limiter.queue,
        };
        if back {
            queue.put_back_ranked(&mut self.tasks, index, priority, since);
        } else {
            queue.push_ranked(&mut self.tasks, index, priority, since);
        }
    }

    /// Takes a task out of the queue that it is in.
    pub(super) fn pull_in_node(&mut self, index: u32, id: LimiterId) {
        let place = self.key_of(index);
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let Some(key) = self.keys.get_mut(place) else { return limiter.queue.remove(&mut self.tasks, index) };
        let length = key.queue.len();
        key.queue.remove(&mut self.tasks, index);
        limiter.queue.count_in_keys(false);
        if let Some(keys) = limiter.keys_mut() {
            keys.note_length(key.id, length, length.saturating_sub(1));
        }
        self.touch_key(place);
    }

    /// A task of a key is given so many slots.
    pub(super) fn serve_key(&mut self, index: u32, id: LimiterId, weight: u32) {
        let place = self.key_of(index);
        if place == NONE {
            return;
        }
        let Some(keys) = pick(&mut self.limiters, id).and_then(Limiter::keys_mut) else { return };
        if let Some(key) = self.keys.get_mut(place) {
            key.standing.served(&mut keys.ring, weight.into());
            key.taken += u64::from(weight);
            self.touch_key(place);
        }
    }

    /// A permit, which has no key, is given a slot.
    pub(super) fn take_without_key(&mut self, id: LimiterId) {
        let lone = self.limiter(id).and_then(Limiter::keys).map_or(NONE, |keys| keys.lone);
        if let Some(key) = self.keys.get_mut(lone) {
            key.taken += 1;
            self.touch_key(lone);
        }
    }

    /// Slots of a key are given back. Whose tasks have none is without one.
    pub(super) fn give_back_to_key(&mut self, place: u32, id: LimiterId, weight: u32) {
        let Some(keys) = self.limiter(id).and_then(Limiter::keys) else { return };
        let place = if place == NONE { keys.lone } else { place };
        if let Some(key) = self.keys.get_mut(place) {
            key.taken = key.taken.saturating_sub(weight.into());
            self.touch_key(place);
        }
    }

    /// Whether a task without a key could start now, as far as that is concerned.
    pub(super) fn may_start_without_key(&mut self, id: LimiterId) -> bool {
        let now = self.now;
        let Some(keys) = self.limiter(id).and_then(Limiter::keys) else { return true };
        let (lone, limit) = (keys.lone, keys.concurrency);
        let key = self.keys.get_mut(lone);
        key.is_none_or(|key| key.queue.is_empty() && key.ready(now, 1, limit, &ONE) == Ready::Now)
    }

    /// Whether all keys of a limiter whose tasks wait have to wait for somebody to end.
    pub(super) fn all_keys_wait_for_an_end(&mut self, id: LimiterId) -> bool {
        self.limiter(id).is_some_and(|limiter| limiter.keys().is_some())
            && self.readiness_of_keys(id).into_iter().all(|(_, ready)| ready == Ready::AtAnEnd)
    }

    /// The next of each key that only waits for a time, and that.
    pub(super) fn due_in_keys(&mut self, id: LimiterId) -> Vec<(u32, Time)> {
        let due = |(next, ready)| match ready {
            Ready::At(due) if due != Time::NEVER => Some((next, due)),
            _ => None,
        };
        self.readiness_of_keys(id).into_iter().filter_map(due).collect()
    }

    /// The next of each key in which somebody waits, and whether the key lets it start.
    fn readiness_of_keys(&mut self, id: LimiterId) -> Vec<(u32, Ready)> {
        let Some(keys) = self.limiter(id).and_then(Limiter::keys) else { return Vec::new() };
        let (all, limit, now) = (keys.all(), keys.concurrency, self.now);
        let mut known = Vec::new();
        for place in all {
            let Some(next) = self.next_of_key(id, place) else { continue };
            let load = self.load(next);
            let costs = self.costs.get(load.costs).unwrap_or(&ONE);
            if let Some(key) = self.keys.get_mut(place) {
                known.push((next, key.ready(now, load.weight, limit, costs)));
            }
        }
        known
    }

    /// All who wait in the queues of keys, the oldest first.
    pub(super) fn members_of_keys(&self, id: LimiterId) -> Vec<u32> {
        let Some(keys) = self.limiter(id).and_then(Limiter::keys) else { return Vec::new() };
        let keys = keys.all().into_iter().filter_map(|place| self.keys.get(place));
        let mut members: Vec<u32> = keys.flat_map(|key| key.queue.members(&self.tasks)).collect();
        self.sort_by_age(&mut members);
        members
    }

    /// The oldest first; of the same age in the order in which they are.
    pub(super) fn sort_by_age(&self, tasks: &mut [u32]) {
        tasks.sort_by_key(|&index| self.tasks.get(index).map(|task| task.since));
    }

    /// Whether the key of a task keeps it from starting, whoever else is there.
    pub(super) fn is_kept_by_key(&mut self, index: u32, id: LimiterId) -> bool {
        let (now, place) = (self.now, self.key_of(index));
        let load = self.load(index);
        let Some(limit) = self.limiter(id).and_then(Limiter::keys).map(|keys| keys.concurrency) else { return false };
        let costs = self.costs.get(load.costs).unwrap_or(&ONE);
        self.keys.get_mut(place).is_some_and(|key| key.ready(now, load.weight, limit, costs) != Ready::Now)
    }

    /// Whether a task is too much for any key of a limiter.
    pub(super) fn exceeds_key(&self, id: LimiterId, weight: u32, costs: &Costs) -> bool {
        let too_dear = |rule: &Rule| costs.get(rule.resource as usize).is_some_and(|&cost| cost > rule.limit);
        let keys = self.limiter(id).and_then(Limiter::keys);
        keys.is_some_and(|keys| weight > keys.concurrency || keys.rules.iter().flatten().any(too_dear))
    }

    /// How many are before a task that came just now. Where keys take turns: those before it in its own, and what the others
    /// that contend are given in as many rounds.
    pub(super) fn ahead_of_newcomer(&self, index: u32, limiter: &Limiter) -> u32 {
        let own = |queue: &QueueState| queue.ahead_of_newcomer(&self.tasks, index);
        let Some(keys) = limiter.keys() else { return own(&limiter.queue) };
        let Some(key) = self.keys.get(self.key_of(index)) else { return 0 };
        let ahead = own(&key.queue);
        let rounds = u64::from(ahead / key.weight) + 1;
        let of_others = rounds.saturating_mul(keys.ring.weight() - key.standing.weight(&keys.ring));
        let others = limiter.queue.len() - key.queue.len();
        ahead.saturating_add(u32::try_from(of_others).unwrap_or(u32::MAX).min(others))
    }

    /// Who goes for a newcomer that waits, if that is one too many: in its key, or else in the one in which most waited
    /// before it came.
    pub(super) fn one_too_many(
        &self,
        newcomer: u32,
        id: LimiterId,
        is_full: bool,
        longest: Option<u32>,
    ) -> Option<u32> {
        let own = self.keys.get(self.key_of(newcomer))?;
        let bound = self.limiter(id).and_then(Limiter::keys)?.max_queue;
        let queue = match longest.and_then(|place| self.keys.get(place)) {
            _ if own.queue.len() > bound => &own.queue,
            Some(longest) if is_full => &longest.queue,
            _ if is_full => return Some(newcomer),
            _ => return None,
        };
        queue.one_too_many(&self.tasks, newcomer).or(Some(newcomer))
    }

    /// The time has come at which a key is to be looked at.
    pub(super) fn ring_key(&mut self, place: u32) {
        let now = self.now;
        if let Some(key) = self.keys.get_mut(place) {
            key.ring(now);
            self.touch_key(place);
        }
    }

    /// Forgets the keys that are at rest, and tells the host.
    pub(super) fn drop_keys_at_rest(&mut self) {
        if !CAPACITY || self.resting_keys.is_empty() {
            return;
        }
        let mut resting = core::mem::take(&mut self.resting_keys);
        let now = self.now;
        for &place in &resting {
            // A later command may have changed that, or the limiter is gone.
            let Some(key) = self.keys.get_mut(place).filter(|key| key.listed) else { continue };
            key.listed = false;
            if !key.is_at_rest(now) {
                continue;
            }
            let (limiter, id) = (key.limiter, key.id);
            self.drop_key(place);
            if let Some(keys) = self.keys_mut(limiter) {
                keys.leave(id);
            }
            self.effects.push_back(Effect::KeyIdle { limiter, key: id });
        }
        resting.clear();
        give_back(&mut resting, RESTING_KEPT);
        self.resting_keys = resting;
    }

    fn drop_key(&mut self, place: u32) {
        if let Some(key) = self.keys.remove(place) {
            self.deadlines.remove(key.alarm());
        }
    }

    /// Forgets all keys of a limiter that is forgotten.
    pub(super) fn drop_keys(&mut self, keys: &Keys) {
        self.meters -= u32::from(!keys.rules.is_empty());
        for place in keys.all() {
            self.drop_key(place);
        }
    }
}
