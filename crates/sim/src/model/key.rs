//! Keys: which tasks have which is looked up, and what a key has is counted, whenever that matters.

use core::cmp::Reverse;

use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::limit::rate::Rule;
use fanfold_core::{Command, Fault, KeyId, LimiterId, Span, Time};

use super::rate::{Meter, ONE, Ready};
use super::ring::Contender;
use super::task::Uid;
use super::{Deadline, Model};

/// A key that is not at rest.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Option<KeyId>,
    weight: u32,
    held: Option<Time>,
    /// When it is to be looked at, too.
    pub(super) meter: Meter,
    /// Whether the host has to stay alive for that.
    pub(super) holds: bool,
}

/// The keys of a limiter.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    ids: u32,
    /// By id, that of tasks without a key last.
    pub(super) list: Vec<Key>,
    concurrency: u32,
    max_queue: u32,
    rules: [Option<Rule>; 8],
}

/// What a key is given in a round, and all others.
pub(super) struct Share {
    pub(super) weight: u32,
    pub(super) others: u64,
}

impl Model {
    /// Whether it goes by keys.
    pub(super) fn has_keys(&self, id: LimiterId) -> bool {
        self.limiter(id).is_some_and(|limiter| limiter.keys.is_some())
    }

    /// The limiters that go by keys, and those of each that are not at rest.
    pub fn keyed(&self) -> Vec<(LimiterId, Vec<Option<KeyId>>)> {
        let keyed = self.limiter_ids().into_iter().filter(|&id| self.has_keys(id));
        keyed.map(|id| (id, self.ids_of_keys(id))).collect()
    }

    /// Whether a key may have this number, or a fault.
    pub(super) fn knows_key(&mut self, id: LimiterId, key: Option<KeyId>) -> bool {
        let ids = self.known(id).keys.as_ref().map_or(0, |keys| keys.ids);
        let wrong = key.filter(|&key| key > ids);
        if let Some(key) = wrong {
            self.fault(Fault::UnknownKey, key);
        }
        wrong.is_none()
    }

    /// Makes sure that a key is there.
    pub(super) fn reach_key(&mut self, id: LimiterId, key: Option<KeyId>) {
        let now = self.now;
        let limiter = self.known(id);
        if limiter.keys.is_none() {
            limiter.is_node = true;
            let lone = Key { id: None, weight: 1, held: None, meter: Meter::default(), holds: false };
            let (list, rules) = (vec![lone], [None; 8]);
            limiter.keys = Some(Keys { ids: 0, list, concurrency: u32::MAX, max_queue: u32::MAX, rules });
            // Those who are there came before any other key.
            self.look_at_keys(id);
        }
        let Some(keys) = &mut self.known(id).keys else { return };
        if keys.list.iter().any(|known| known.id == key) {
            return;
        }
        let mut new = Key { id: key, weight: 1, held: None, meter: Meter::default(), holds: false };
        for (nth, rule) in keys.rules.iter().enumerate() {
            new.meter.set_rule(now, nth, *rule, &[]);
        }
        keys.list.push(new);
        keys.list.sort_by_key(|key| (key.id.is_none(), key.id));
        keys.ids = keys.ids.max(key.map_or(0, |id| id + 1));
    }

    pub(super) fn key_mut(&mut self, id: LimiterId, key: Option<KeyId>) -> Option<&mut Key> {
        self.known(id).keys.as_mut()?.list.iter_mut().find(|known| known.id == key)
    }

    fn key(&self, id: LimiterId, key: Option<KeyId>) -> Option<&Key> {
        self.limiter(id)?.keys.as_ref()?.list.iter().find(|known| known.id == key)
    }

    fn ids_of_keys(&self, id: LimiterId) -> Vec<Option<KeyId>> {
        let keys = self.limiter(id).and_then(|limiter| limiter.keys.as_ref());
        keys.into_iter().flat_map(|keys| keys.list.iter().map(|key| key.id)).collect()
    }

    /// What the key of a task is given in each round, and what the others are that contend, where keys take turns.
    pub(super) fn share_of_key(&self, uid: Uid) -> Option<Share> {
        let task = self.task(uid);
        let key = self.key(task.limiter, task.key)?;
        let others = self.limiter(task.limiter)?.key_ring.weight_without(Contender::Key(key.id));
        Some(Share { weight: key.weight, others })
    }

    /// Those of a key who wait, in the order in which they are next.
    pub(super) fn in_order_of_key(&self, id: LimiterId, key: Option<KeyId>) -> Vec<Uid> {
        let mut queue = self.in_order(id);
        queue.retain(|&uid| self.task(uid).key == key);
        queue
    }

    /// Slots that tasks of a key have.
    fn taken_by_key(&self, id: LimiterId, key: Option<KeyId>) -> u32 {
        let own = self.tasks.iter().filter(|task| task.limiter == id && task.key == key && task.holds_slot());
        own.fold(0, |sum, task| sum.saturating_add(task.weight))
    }

    fn key_has_slots(&self, uid: Uid) -> bool {
        let task = self.task(uid);
        let limit = self.limiter(task.limiter).and_then(|limiter| limiter.keys.as_ref()).map(|keys| keys.concurrency);
        self.taken_by_key(task.limiter, task.key).saturating_add(task.weight) <= limit.unwrap_or(u32::MAX)
    }

    /// When a task may start as far as its key is concerned.
    pub(super) fn when_by_key(&self, uid: Uid) -> Ready {
        let task = self.task(uid);
        let Some(key) = self.key(task.limiter, task.key) else { return Ready::Now };
        match (key.meter.due, key.held) {
            (Some(due), _) if due.at <= self.now => Ready::At(due.at),
            (_, Some(until)) => Ready::At(until),
            _ if !self.key_has_slots(uid) => Ready::AtAnEnd,
            _ => key.meter.when(self.now, &task.costs),
        }
    }

    /// The first of a list, or one that may pass it and fits where that does not.
    fn first_that(&self, id: LimiterId, list: &[Uid], fits: impl Fn(Uid) -> bool) -> Option<Uid> {
        let first = *list.first()?;
        let options = self.limiter(id)?.options;
        let may_pass = self.task(first).passed < options.bypass && options.order != Order::Priority;
        if fits(first) || !may_pass {
            return Some(first);
        }
        list.iter().copied().skip(1).take(options.bypass as usize).find(|&uid| fits(uid)).or(Some(first))
    }

    /// The task of a key that would be next, if the limiter has slots for it.
    fn next_of_key(&self, id: LimiterId, key: Option<KeyId>) -> Option<Uid> {
        self.first_that(id, &self.in_order_of_key(id, key), |uid| self.key_has_slots(uid))
    }

    /// The task that is next, of the key whose turn it is.
    pub(super) fn head_of_keys(&self, id: LimiterId) -> Option<Uid> {
        let Some(Contender::Key(key)) = self.limiter(id)?.key_ring.next() else { return None };
        let next = self.next_of_key(id, key)?;
        if self.has_slots(next, id) {
            return Some(next);
        }
        let fits = |uid: Uid| self.has_slots(uid, id) && self.when_by_key(uid) == Ready::Now;
        let passing = self.first_that(id, &self.in_order_of_key(id, key), fits)?;
        Some(if fits(passing) { passing } else { next })
    }

    /// Which keys contend, and when those are to be looked at again that do not.
    pub(super) fn look_at_keys(&mut self, id: LimiterId) {
        for key in self.ids_of_keys(id) {
            let next = self.next_of_key(id, key);
            let ready = next.map(|uid| self.when_by_key(uid));
            let taken = self.taken_by_key(id, key);
            let (now, stamp) = (self.now, self.next_stamp());
            let Some(known) = self.key_mut(id, key) else { continue };
            let weight = known.weight;
            let wanted = match (known.held, ready) {
                (Some(until), _) => (until, next.is_some()),
                (None, Some(Ready::At(at))) => (at, true),
                (None, None) if taken == 0 => {
                    (Some(known.meter.empty_at(now)).filter(|&at| at > now).unwrap_or(Time::NEVER), false)
                }
                _ => (Time::NEVER, false),
            };
            let wanted = (wanted.0, wanted.1 && wanted.0 < Time::NEVER);
            let told = (known.meter.due.map_or(Time::NEVER, |due| due.at), known.holds);
            if wanted != told && known.meter.due.is_none_or(|due| due.at > now) {
                known.meter.due = Deadline::at(wanted.0, stamp);
                known.holds = wanted.1;
            }
            let contends = ready == Some(Ready::Now);
            self.known(id).key_ring.sit(Contender::Key(key), weight, contends, next.is_some());
        }
    }

    /// A deadline of a key has been met.
    pub(super) fn ring_key(&mut self, deadline: Deadline) {
        let now = self.now;
        let all = self.limiters.iter_mut().filter_map(|limiter| limiter.keys.as_mut()).flat_map(|keys| &mut keys.list);
        for key in all.filter(|key| key.meter.due == Some(deadline)) {
            (key.meter.due, key.holds) = (None, false);
            key.held = key.held.filter(|&until| until > now);
        }
    }

    /// Those that nobody would miss are forgotten.
    pub(super) fn drop_keys_at_rest(&mut self) {
        let now = self.now;
        for id in self.limiter_ids() {
            for key in self.ids_of_keys(id) {
                let is_busy =
                    self.tasks.iter().any(|task| task.limiter == id && task.key == key && task.slot_of.is_none());
                let Some(known) = self.key_mut(id, key) else { continue };
                if let Some(number) = known.id
                    && !is_busy
                    && known.held.is_none()
                    && known.meter.empty_at(now) <= now
                {
                    self.expected.idle_keys.push((id, number));
                    if let Some(keys) = &mut self.known(id).keys {
                        keys.list.retain(|known| known.id != key);
                    }
                }
            }
        }
    }

    /// Whether a task is too much for any key.
    pub(super) fn exceeds_key(&self, id: LimiterId, weight: u32, costs: &super::rate::Costs) -> bool {
        let keys = self.limiter(id).and_then(|limiter| limiter.keys.as_ref());
        keys.is_some_and(|keys| {
            let too_dear = |rule: &Rule| costs[rule.resource as usize] > rule.limit;
            weight > keys.concurrency || keys.rules.iter().flatten().any(too_dear)
        })
    }

    /// Whether a permit may be had, as far as keys are concerned.
    pub(super) fn may_try(&self, id: LimiterId) -> bool {
        let Some(keys) = self.limiter(id).and_then(|limiter| limiter.keys.as_ref()) else { return true };
        let Some(lone) = self.key(id, None) else { return true };
        let is_due = lone.meter.due.is_some_and(|due| due.at <= self.now);
        self.in_order_of_key(id, None).is_empty()
            && !is_due
            && lone.held.is_none()
            && self.taken_by_key(id, None) < keys.concurrency
            && lone.meter.when(self.now, &ONE) == Ready::Now
    }

    /// Who goes for a newcomer that waits: among those who waited before it came, or itself.
    pub(super) fn one_too_many(&self, newcomer: Uid, id: LimiterId, before: &[Uid]) -> Option<Uid> {
        let (options, keys) = (self.limiter(id)?.options, self.limiter(id)?.keys.as_ref()?);
        let own = self.task(newcomer).key;
        let count = |key| before.iter().filter(|&&uid| self.task(uid).key == key).count();
        let key = if self.in_order_of_key(id, own).len() > keys.max_queue as usize {
            own
        } else if before.len() >= options.max_queue as usize {
            let longest = self.ids_of_keys(id).into_iter().filter(|&key| count(key) > 0);
            let longest = longest.max_by_key(|&key| (count(key), key.is_none(), key));
            match longest {
                Some(key) if options.max_queue < u32::MAX => key,
                _ => return Some(newcomer),
            }
        } else {
            return None;
        };
        let others = self.known_queue(id, key, newcomer);
        let victim = match (options.overflow, options.order) {
            (Overflow::Reject, _) => None,
            (_, Order::Priority) => self.in_order_of_key(id, key).last().copied(),
            (Overflow::DropLowest, _) => None,
            (Overflow::DropOldest, _) => others.first().copied(),
            (Overflow::DropNewest, _) => others.last().copied(),
        };
        victim.or(Some(newcomer))
    }

    /// Those of a key who wait, in the order of their coming, but for one.
    fn known_queue(&self, id: LimiterId, key: Option<KeyId>, newcomer: Uid) -> Vec<Uid> {
        let queue = self.limiter(id).map(|limiter| limiter.queue.clone()).unwrap_or_default();
        queue.into_iter().filter(|&uid| uid != newcomer && self.task(uid).key == key).collect()
    }

    /// Whether there is a place for one more of a key.
    pub(super) fn has_place_in_key(&self, id: LimiterId, key: Option<KeyId>) -> bool {
        let keys = self.limiter(id).and_then(|limiter| limiter.keys.as_ref());
        keys.is_none_or(|keys| self.in_order_of_key(id, key).len() < keys.max_queue as usize)
    }

    /// The next of each key that only has to wait for a time, and that.
    pub(super) fn due_in_keys(&self, id: LimiterId) -> Vec<(Uid, Time)> {
        let next = self.ids_of_keys(id).into_iter().filter_map(|key| self.next_of_key(id, key));
        let due = next.filter_map(|uid| match self.when_by_key(uid) {
            Ready::At(due) if due < Time::NEVER => Some((uid, due)),
            _ => None,
        });
        due.collect()
    }

    /// Whether all keys whose tasks wait have to wait for somebody to end.
    pub(super) fn all_keys_wait_for_an_end(&self, id: LimiterId) -> bool {
        let next = self.ids_of_keys(id).into_iter().filter_map(|key| self.next_of_key(id, key));
        next.into_iter().all(|uid| self.when_by_key(uid) == Ready::AtAnEnd)
    }

    /// Takes the slots back from all of a limiter itself who were not called yet, if they are of such a key.
    fn take_back_of_key(&mut self, id: LimiterId, is_one: impl Fn(Option<KeyId>) -> bool) {
        let own = |uid: Uid| {
            let task = self.task(uid);
            task.limiter == id && task.slot_of.is_none() && is_one(task.key)
        };
        let mut back: Vec<(u64, Uid)> = self.ready.iter().copied().filter(|&(_, uid)| own(uid)).collect();
        back.sort_unstable_by_key(|&entry| Reverse(entry));
        self.retreat(&back);
    }

    /// A command about the keys of a limiter that is there.
    pub(super) fn manage_keys(&mut self, id: LimiterId, command: &Command) {
        match *command {
            Command::SetKey { key, weight, .. } => {
                if !self.knows_key(id, key) {
                    return;
                }
                self.reach_key(id, key);
                self.known(id).key_ring.reweigh(Contender::Key(key), weight.max(1));
                if let Some(known) = self.key_mut(id, key) {
                    known.weight = weight.max(1);
                }
            }
            Command::SetPerKey { concurrency, max_queue, .. } => {
                self.reach_key(id, None);
                if let Some(keys) = &mut self.known(id).keys {
                    (keys.concurrency, keys.max_queue) = (concurrency, max_queue);
                }
            }
            Command::SetPerKeyRate { nth, rule, .. } => {
                self.reach_key(id, None);
                self.take_back_of_key(id, |_| true);
                let now = self.now;
                if let Some(keys) = &mut self.known(id).keys {
                    keys.rules[nth as usize] = rule;
                }
                for key in self.ids_of_keys(id) {
                    let running = self
                        .tasks
                        .iter()
                        .filter(|task| task.limiter == id && task.key == key && task.runs() && task.slot_of.is_none());
                    let running: Vec<_> = running.map(|task| (task.uid, task.costs)).collect();
                    if let Some(known) = self.key_mut(id, key) {
                        known.meter.set_rule(now, nth as usize, rule, &running);
                        (known.meter.due, known.holds) = (None, false);
                    }
                }
            }
            Command::HoldKey { key, span, .. } => {
                if !self.knows_key(id, key) {
                    return;
                }
                self.reach_key(id, key);
                let until = self.now.after(span);
                let Some(known) = self.key_mut(id, key) else { return };
                if span > Span::ZERO {
                    known.held = Some(known.held.map_or(until, |earlier| earlier.max(until)));
                    self.take_back_of_key(id, |other| other == key);
                    self.note_peak(id);
                } else if known.held.take().is_some() {
                    (known.meter.due, known.holds) = (None, false);
                }
            }
            _ => {}
        }
    }

    /// Whether those of a key contend who wait.
    pub(super) fn contends(&self, uid: Uid) -> bool {
        let task = self.task(uid);
        let Some(limiter) = self.limiter(task.limiter) else { return false };
        limiter.keys.is_none() || limiter.key_ring.has(Contender::Key(task.key))
    }
}
