//! How slots are given in a tree: what a command touched is looked at when all of it is taken, from the leaves to the
//! roots, and whoever fits everywhere is given slots everywhere.

use core::cmp::Reverse;

use super::node::load_of;
use super::{Engine, pick};
use crate::command::LimiterId;
use crate::limit::Limiter;
use crate::limit::fair::Standing;
use crate::limit::hold_back::HoldBackState;
use crate::limit::tree::OWN;
use crate::own::CAPACITY;
use crate::table::{NONE, Task, give_back};
use crate::time::Time;

/// Room for limiters that were touched that is kept.
const TOUCHED_KEPT: usize = 64;

impl Engine {
    /// Something changed in a limiter: it and all above it are to be looked at before the command is over.
    pub(super) fn touch(&mut self, id: LimiterId) {
        let first = self.touched.len();
        let (mut at, mut depth) = (id, 0);
        while let Some(node) = self.limiter_mut(at).and_then(|limiter| limiter.node.as_mut()) {
            if let Some(known) = node.touched {
                depth = known + 1;
                break;
            }
            node.touched = Some(0);
            let parent = node.tree.parent;
            self.touched.push((Reverse(0), at));
            at = parent;
        }
        // How deep they are is known from the top.
        for place in (first..self.touched.len()).rev() {
            let Some((Reverse(known), id)) = self.touched.get_mut(place) else { return };
            *known = depth;
            let id = *id;
            if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
                node.touched = Some(depth);
            }
            depth += 1;
        }
    }

    /// All that a command touched: slots are given, then whoever watches is told.
    pub(super) fn settle_touched(&mut self) {
        if !CAPACITY || self.settle_alone() {
            return;
        }
        self.grant_touched();
        self.attend_touched();
    }

    /// Tells whoever watches what was touched, once all slots are given.
    pub(super) fn attend_touched(&mut self) {
        if !CAPACITY {
            return;
        }
        while !self.touched.is_empty() {
            // The deepest first, then by id: so the order is the same whatever touched them.
            self.touched.sort_unstable();
            let mut touched = core::mem::take(&mut self.touched);
            for &(_, id) in &touched {
                if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
                    node.touched = None;
                }
            }
            for &(_, id) in &touched {
                if self.limiter(id).is_some_and(|limiter| !limiter.is_unwatched()) {
                    self.attend(id);
                }
            }
            if self.touched.is_empty() {
                touched.clear();
                give_back(&mut touched, TOUCHED_KEPT);
                self.touched = touched;
            } else {
                self.grant_touched();
            }
        }
    }

    /// Gives slots to all who fit, in what was touched.
    pub(super) fn grant_touched(&mut self) {
        if !CAPACITY {
            return;
        }
        self.touched.sort_unstable();
        // Whoever is given slots touches its own path, of which the root is among these.
        let count = self.touched.len();
        for at in 0..count {
            if let Some(&(_, id)) = self.touched.get(at) {
                self.refresh(id);
            }
        }
        for at in 0..count {
            let Some(&(_, root)) = self.touched.get(at) else { return };
            while let Some(index) = self.offer_of_root(root) {
                self.grant_on_path(index);
            }
        }
    }

    fn offer_of_root(&self, id: LimiterId) -> Option<u32> {
        let tree = &self.limiter(id)?.node.as_ref()?.tree;
        tree.offer.filter(|_| tree.parent == NONE)
    }

    /// Looks anew who is next in a limiter, and whether it has an offer to make to the one above.
    fn refresh(&mut self, id: LimiterId) {
        self.refresh_keys(id);
        let own = self.head(id);
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        // Where nobody of its own is next, its keys may keep all from starting who wait.
        let own_wait = !limiter.queue.is_empty();
        let Some(tree) = limiter.node.as_mut().map(|node| &mut node.tree) else { return };
        let waits = own_wait || tree.waiting_below > 0;
        let front = if tree.children.is_empty() {
            tree.seat_own(false, own_wait);
            own
        } else {
            tree.seat_own(own.is_some(), own_wait);
            match tree.front() {
                Some(OWN) => own,
                Some(child) => self.limiter(child).and_then(|child| child.node.as_ref()?.tree.offer),
                None => None,
            }
        };
        if self.held_back > 0 {
            self.tend_hold_back(id, waits);
        }
        let load = front.map(|index| load_of(&self.tasks, &self.extras, &self.loads, index));
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let is_held = self.held_back > 0 && limiter.hold_back().is_some_and(HoldBackState::refuses);
        let awaits_trial = self.breakers > 0 && limiter.awaits_trial();
        let may_grant = !limiter.pause.is_paused() && !is_held && !awaits_trial;
        let fits = may_grant && load.is_some_and(|load| limiter.slots.fit(load.weight));
        let has_meter = limiter.node.as_ref().is_some_and(|node| node.meter.is_some());
        let offer = match front {
            Some(index) if fits && (!has_meter || self.passes_meter(index, id)) => Some(index),
            _ => {
                // Where slots are lacking, or nobody waits, rates are no reason to come back.
                if !fits && has_meter {
                    self.set_alarm(id, Time::NEVER);
                }
                None
            }
        };
        let Some(tree) =
            pick(&mut self.limiters, id).and_then(|limiter| limiter.node.as_mut()).map(|node| &mut node.tree)
        else {
            return;
        };
        tree.offer = offer;
        let (parent, mut standing) = (tree.parent, tree.standing);
        if parent == NONE || standing.is_as(offer.is_some(), waits) {
            return;
        }
        self.stand(parent, &mut standing, id, offer.is_some(), waits);
        if let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) {
            node.tree.standing = standing;
        }
    }

    /// A limiter stands in the ring of the one above it, or not.
    fn stand(&mut self, parent: LimiterId, standing: &mut Standing, id: LimiterId, contends: bool, waits: bool) {
        if let Some(above) = self.limiter_mut(parent).and_then(|limiter| limiter.node.as_mut()) {
            above.tree.seat(standing, id, contends, waits);
        }
    }

    /// Takes a limiter out of the ring above it, and forgets how it stood there.
    pub(super) fn unseat(&mut self, id: LimiterId) {
        let Some(node) = self.limiter_mut(id).and_then(|limiter| limiter.node.as_mut()) else { return };
        let (parent, mut standing) = (node.tree.parent, core::mem::take(&mut node.tree.standing));
        self.stand(parent, &mut standing, id, false, false);
    }

    /// Gives a task that waits slots of its limiter and all above, where it is the offer.
    fn grant_on_path(&mut self, index: u32) {
        let Some(id) = self.tasks.get(index).map(Task::limiter) else { return };
        if self.breakers > 0 {
            if self.is_broken(index, id) {
                return self.refresh_path(id);
            }
            self.enter_breakers(index, id);
        }
        let weight = self.load(index).weight;
        self.count_pass(index, id);
        self.reserve_at_meters(index);
        self.serve_key(index, id, weight);
        self.take_places(id);
        let mut below: Option<Standing> = None;
        let mut at = id;
        while let Some(limiter) = self.limiter_mut(at) {
            limiter.slots.take(weight.into());
            let tree = &mut limiter.node_mut().tree;
            match below {
                None => tree.serve_own(weight),
                Some(standing) => {
                    tree.serve(standing, weight);
                    tree.waiting_below -= 1;
                }
            }
            below = Some(tree.standing);
            at = tree.parent;
        }
        self.pull_in_node(index, id);
        let Some(limiter) = pick(&mut self.limiters, id) else { return };
        let node = limiter.node_mut();
        node.holders += 1;
        node.own += u64::from(weight);
        if limiter.nested.stuck > 0 {
            self.unblock_kin(index, id);
        }
        if self.measured > 0 {
            self.flow_on(index, id);
        }
        self.make_ready(index);
        self.touch(id);
        self.refresh_path(id);
    }

    /// Looks anew who is next, in a limiter and all above it.
    fn refresh_path(&mut self, id: LimiterId) {
        let mut at = id;
        while self.limiter(at).is_some() {
            self.refresh(at);
            at = self.limiter(at).map_or(NONE, Limiter::parent);
        }
    }
}
