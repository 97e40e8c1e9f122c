//! Limiters that are more than rows of slots: everything about them is looked up anew, from the leaves to the roots,
//! after every command and every deadline.

use core::cmp::Reverse;

use fanfold_core::limit::Block;
use fanfold_core::limit::queue::Order;
use fanfold_core::{Handle, LimiterId, Verdict};

use super::Model;
use super::limiter::Limiter;
use super::rate::Ready;
use super::ring::Contender;
use super::task::{Phase, Task, Uid};

impl Model {
    /// A limiter and all above it, from itself to the root.
    pub(super) fn path(&self, id: LimiterId) -> Vec<LimiterId> {
        self.upwards(id).collect()
    }

    fn upwards(&self, id: LimiterId) -> impl Iterator<Item = LimiterId> {
        core::iter::successors(Some(id), |&id| self.limiter(id).and_then(|limiter| limiter.options.parent))
    }

    /// Whether a limiter is another one or below it.
    pub(super) fn is_within(&self, id: LimiterId, above: LimiterId) -> bool {
        self.upwards(id).any(|at| at == above)
    }

    /// A limiter and all below it.
    pub(super) fn subtree(&self, id: LimiterId) -> Vec<LimiterId> {
        self.limiter_ids().into_iter().filter(|&other| self.is_within(other, id)).collect()
    }

    pub(super) fn is_node(&self, id: LimiterId) -> bool {
        self.limiter(id).is_some_and(|limiter| limiter.is_node)
    }

    pub(super) fn children(&self, id: LimiterId) -> Vec<LimiterId> {
        let children = self.limiters.iter().filter(|limiter| limiter.options.parent == Some(id));
        children.map(|child| child.id).collect()
    }

    /// All that are more than rows of slots, the deepest first.
    fn nodes(&self) -> Vec<LimiterId> {
        let mut nodes: Vec<LimiterId> = self.limiter_ids().into_iter().filter(|&id| self.is_node(id)).collect();
        nodes.sort_by_cached_key(|&id| (Reverse(self.upwards(id).count()), id));
        nodes
    }

    /// Gives slots to all who fit, and tells whoever watches.
    pub(super) fn settle_trees(&mut self) {
        self.reject_misfits();
        loop {
            self.grant_trees();
            let before = self.limiters.len();
            for id in self.nodes() {
                self.settle_node(id);
            }
            if self.limiters.len() == before {
                return;
            }
        }
    }

    pub(super) fn grant_trees(&mut self) {
        self.look();
        let roots: Vec<LimiterId> = self.nodes().into_iter().filter(|&id| self.upwards(id).count() == 1).collect();
        for root in roots {
            while let Some(uid) = self.known(root).offer {
                self.grant_on_path(uid);
                self.look();
            }
        }
    }

    /// Who contends for what, from the leaves to the roots.
    fn look(&mut self) {
        self.end_restarts();
        for id in self.nodes() {
            self.look_at_keys(id);
            let own = self.head(id);
            let is_leaf = self.children(id).is_empty();
            let limiter = self.known(id);
            let own_wait = !limiter.queue.is_empty();
            limiter.ring.sit(Contender::Own, 1, own.is_some() && !is_leaf, own_wait);
            let next = if is_leaf { own.map(|_| Contender::Own) } else { limiter.ring.next() };
            let front = match next {
                Some(Contender::Own) => own,
                Some(Contender::Child(child)) => self.limiter(child).and_then(|child| child.offer),
                Some(Contender::Key(_)) | None => None,
            };
            let fits = front.filter(|&uid| self.fits(uid, id));
            let ready = fits.map(|uid| self.when(id, &self.task(uid).costs));
            self.set_due(id, ready);
            let offer = fits.filter(|_| ready == Some(Ready::Now));
            self.known(id).offer = offer;
            if let Some(parent) = self.known(id).options.parent {
                let waits = self.subtree(id).iter().any(|&id| self.limiter(id).is_some_and(|it| !it.queue.is_empty()));
                self.known(parent).ring.sit(Contender::Child(id), 1, offer.is_some(), waits);
            }
        }
    }

    fn fits(&self, uid: Uid, id: LimiterId) -> bool {
        !self.is_stopped(id) && !self.is_spaced(id) && !self.awaits_trial(id) && self.has_slots(uid, id)
    }

    pub(super) fn has_slots(&self, uid: Uid, id: LimiterId) -> bool {
        let limit = self.concurrency(id).unwrap_or_default();
        self.taken(id).saturating_add(self.task(uid).weight) <= limit
    }

    /// Those who wait in a queue, in the order in which they are next.
    pub(super) fn in_order(&self, id: LimiterId) -> Vec<Uid> {
        let Some(Limiter { options, queue, .. }) = self.limiter(id) else { return Vec::new() };
        let mut queue = queue.clone();
        match options.order {
            Order::Fifo => {}
            Order::Lifo => queue.reverse(),
            Order::Priority => queue.sort_by_key(|&uid| {
                let task = self.task(uid);
                let age = options.ageing.as_micros();
                if options.ageing.is_finite() && age > 0 {
                    i128::from(task.since.as_micros()) - i128::from(task.priority) * i128::from(age)
                } else {
                    -i128::from(task.priority)
                }
            }),
        }
        queue
    }

    /// The task of its own queue that a limiter would serve next.
    pub(super) fn head(&self, id: LimiterId) -> Option<Uid> {
        if self.has_keys(id) {
            return self.head_of_keys(id);
        }
        let queue = self.in_order(id);
        let first = *queue.first()?;
        let options = self.limiter(id)?.options;
        let may_pass = self.task(first).passed < options.bypass && options.order != Order::Priority;
        if self.has_slots(first, id) || !may_pass {
            return Some(first);
        }
        let near = queue.iter().skip(1).take(options.bypass as usize);
        near.copied().find(|&uid| self.has_slots(uid, id)).or(Some(first))
    }

    fn grant_on_path(&mut self, uid: Uid) {
        if let Some(refused) = self.broken(uid) {
            return self.reject(uid, Verdict::BreakerOpen, refused);
        }
        self.enter_breakers(uid);
        let (id, weight) = (self.task(uid).limiter, self.task(uid).weight);
        let mut contender = Contender::Own;
        for at in self.path(id) {
            self.known(at).ring.serve(contender, u64::from(weight));
            contender = Contender::Child(at);
        }
        self.take_from_queue(uid);
        self.take_places(id);
        self.flow_on(uid);
        self.make_ready(uid);
    }

    /// Lets the next one of a limiter start that is paused and in no tree; whether there is one that can.
    pub(super) fn start_next(&mut self, id: LimiterId) -> bool {
        let alone = self.limiter(id).is_some_and(|it| it.paused.is_some() && it.options.parent.is_none())
            && self.held_until(id).is_none()
            && !self.is_spaced(id)
            && !self.awaits_trial(id)
            && self.children(id).is_empty();
        let ready = |&uid: &Uid| self.has_slots(uid, id) && self.when(id, &self.task(uid).costs) == Ready::Now;
        let Some(uid) = self.head(id).filter(|uid| alone && ready(uid)) else { return false };
        if let Some(refused) = self.broken(uid) {
            self.reject(uid, Verdict::BreakerOpen, refused);
            self.settle(id);
            return false;
        }
        self.enter_breakers(uid);
        self.take_from_queue(uid);
        self.take_places(id);
        self.flow_on(uid);
        self.begin(uid);
        self.expected.start = Some(self.task(uid).handle);
        self.settle(id);
        true
    }

    /// Whoever it passes is passed once more, and what it costs is kept for it.
    fn take_from_queue(&mut self, uid: Uid) {
        let Task { limiter: id, weight, key, .. } = *self.task(uid);
        let first = if self.has_keys(id) { self.in_order_of_key(id, key) } else { self.in_order(id) };
        let first = first.first().copied();
        if let Some(first) = first.filter(|&first| first != uid) {
            self.task_mut(first).passed += 1;
        }
        self.known(id).key_ring.serve(Contender::Key(key), u64::from(weight));
        self.known(id).queue.retain(|&other| other != uid);
        self.reserve(uid);
    }

    /// A limiter goes under another one, or under none.
    pub(super) fn move_under(&mut self, id: LimiterId, parent: Option<LimiterId>) {
        let back = self.ready_below(id);
        self.put_back(&back);
        self.leave_meters(id);
        self.known(id).is_node = true;
        if let Some(above) = self.known(id).options.parent {
            self.known(above).ring.forget(Contender::Child(id));
        }
        self.known(id).options.parent = parent;
        if let Some(parent) = parent {
            self.known(parent).is_node = true;
        }
        self.come_to_meters(id);
        self.advance_lines_below(id);
    }

    /// Who is the next of those who wait in a limiter.
    pub fn first(&self, id: LimiterId) -> Option<Handle> {
        self.head(id).map(|uid| self.task(uid).handle)
    }

    /// What a task waits for.
    pub fn blocked_by(&self, handle: Handle) -> Option<(LimiterId, Block)> {
        let task = self.by_handle(handle).filter(|task| task.phase == Phase::Waiting)?;
        let (id, path) = (task.limiter, self.path(task.limiter));
        let paused = |&id: &LimiterId| self.is_stopped(id);
        if task.slot_of.is_some() {
            return Some(path.into_iter().find(paused).map_or((id, Block::Order), |at| (at, Block::Paused)));
        }
        if self.when_by_key(task.uid) != Ready::Now {
            return Some((id, Block::Key));
        }
        for &at in &path {
            let (limit, taken) = (self.concurrency(at)?, self.taken(at));
            let block = if paused(&at) {
                Block::Paused
            } else if taken >= limit && task.weight <= limit {
                Block::Concurrency
            } else if taken.saturating_add(task.weight) > limit {
                Block::Weight
            } else if self.awaits_trial(at) {
                Block::Breaker
            } else if self.is_spaced(at) || self.when(at, &task.costs) != Ready::Now {
                Block::Rate
            } else {
                continue;
            };
            return Some((at, block));
        }
        if !self.is_node(id) || self.head(id) != Some(task.uid) {
            return Some((id, Block::Order));
        }
        let elsewhere = path.into_iter().find(|&at| self.limiter(at).and_then(|it| it.offer) != Some(task.uid));
        Some((elsewhere.unwrap_or(id), Block::Order))
    }

    /// Somebody waits though there are slots for everybody on every path.
    pub fn wastes(&self) -> Option<LimiterId> {
        self.nodes().into_iter().filter(|&root| self.upwards(root).count() == 1).find(|&root| {
            let tree = self.subtree(root);
            let waiting = tree.iter().flat_map(|&id| self.in_order(id));
            let waiting: Vec<Uid> = waiting.filter(|&uid| self.contends(uid)).collect();
            let ready = |id, uid| self.when(id, &self.task(uid).costs) == Ready::Now;
            let free = |&id: &LimiterId| waiting.iter().all(|&uid| self.fits(uid, id) && ready(id, uid));
            !waiting.is_empty() && tree.iter().all(free)
        })
    }

    /// The tasks that wait.
    pub fn waiting_tasks(&self) -> Vec<Handle> {
        let waiting = self.tasks.iter().filter(|task| task.phase == Phase::Waiting);
        waiting.map(|task| task.handle).collect()
    }
}
