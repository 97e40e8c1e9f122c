//! What keys may have: shares, slots, places, rates, and whether they are held back.

use super::{Engine, pick};
use crate::command::{KeyId, LimiterId};
use crate::effect::Fault;
use crate::limit::Limiter;
use crate::limit::key::Keys;
use crate::limit::rate::{RESOURCES, RULES, Rule};
use crate::table::NONE;
use crate::time::{Span, Time};

impl Engine {
    /// The share of a key, as [`Command::SetKey`](crate::Command::SetKey) says.
    pub(super) fn set_key(&mut self, id: LimiterId, key: Option<KeyId>, weight: u32) {
        if self.known(id).is_none() || !self.knows_key(id, key) {
            return;
        }
        let place = self.reach_key(id, key);
        let Some(keys) = pick(&mut self.limiters, id).and_then(Limiter::keys_mut) else { return };
        if let Some(key) = self.keys.get_mut(place) {
            key.weight = weight.max(1);
            key.standing.reweigh(&mut keys.ring, weight);
        }
    }

    /// What each key may have, as [`Command::SetPerKey`](crate::Command::SetPerKey) says.
    #[cold]
    pub(super) fn set_per_key(&mut self, id: LimiterId, concurrency: u32, max_queue: u32) {
        if concurrency == 0 {
            return self.fault(Fault::ZeroConcurrency, id);
        }
        if self.known(id).is_none() {
            return;
        }
        self.reach_key(id, None);
        if let Some(keys) = self.keys_mut(id) {
            (keys.concurrency, keys.max_queue) = (concurrency, max_queue);
        }
        self.touch_keys(id);
    }

    /// All keys of a limiter are to be looked at.
    fn touch_keys(&mut self, id: LimiterId) {
        for place in self.limiter(id).and_then(Limiter::keys).map(Keys::all).unwrap_or_default() {
            self.touch_key(place);
        }
    }

    /// Another rule for each key, as [`Command::SetPerKeyRate`](crate::Command::SetPerKeyRate) says.
    #[cold]
    pub(super) fn set_per_key_rate(&mut self, id: LimiterId, nth: u32, rule: Option<Rule>) {
        if nth >= RULES || rule.is_some_and(|rule| rule.resource as usize >= RESOURCES || rule.limit == 0) {
            return self.fault(Fault::BadRate, id);
        }
        if self.known(id).is_none() {
            return;
        }
        self.reach_key(id, None);
        // As with the rates of a limiter, whoever was not called yet is asked again.
        self.retreat_of_key(id, None);
        let Some(limiter) = self.limiter_mut(id) else { return };
        let was_timed = limiter.is_timed();
        let Some(keys) = limiter.keys_mut() else { return };
        let (was_free, all) = (keys.rules.is_empty(), keys.all());
        keys.set_rule(nth, rule);
        let is_free = keys.rules.is_empty();
        let is_timed = limiter.is_timed();
        self.timed_limiters = self.timed_limiters + u32::from(is_timed) - u32::from(was_timed);
        self.meters = self.meters + u32::from(was_free) - u32::from(is_free);
        for place in all {
            self.set_rule_of_key(place, nth, rule);
        }
        self.touch_keys(id);
    }

    fn set_rule_of_key(&mut self, place: u32, nth: u32, rule: Option<Rule>) {
        let now = self.now;
        let Some(key) = self.keys.get_mut(place) else { return };
        let (id, adopts) = (key.limiter, key.set_rule(now, nth, rule));
        // Whatever was due by the old rules is not.
        self.end_look(place);
        if !adopts {
            return;
        }
        for (task, costs) in self.own_who_run(id) {
            if self.key_of(task.index()) != place {
                continue;
            }
            let rates = self.keys.get_mut(place).and_then(|key| key.rates.as_mut());
            if let Some(window) = rates.and_then(|rates| rates.nth(nth as usize)) {
                let cost = costs.get(window.rule().resource as usize).copied().unwrap_or(0);
                window.adopt(now, task, cost);
            }
        }
    }

    /// Holds a key back, as [`Command::HoldKey`](crate::Command::HoldKey) says.
    pub(super) fn hold_key(&mut self, id: LimiterId, key: Option<KeyId>, span: Span) {
        if self.known(id).is_none() || !self.knows_key(id, key) {
            return;
        }
        let place = self.reach_key(id, key);
        let until = self.now.after(span);
        let Some(key) = self.keys.get_mut(place) else { return };
        let was_held = key.held.take();
        self.touch_key(place);
        if span > Span::ZERO {
            if let Some(key) = self.keys.get_mut(place) {
                key.held = Some(was_held.map_or(until, |earlier| earlier.max(until)));
            }
            self.retreat_of_key(id, Some(place));
            self.note_peak(id);
        } else if was_held.is_some() {
            self.end_look(place);
        }
    }

    /// Takes the slots back from all tasks of a key, or of all keys of a limiter, that were not called yet. Not from those
    /// who run in the slots of others, of which keys know nothing.
    fn retreat_of_key(&mut self, id: LimiterId, place: Option<u32>) {
        // From the last to the first, since each goes to the front.
        for index in self.ready.members(&self.tasks).into_iter().rev() {
            let Some(task) = self.tasks.get(index).filter(|task| task.limiter() == id) else { continue };
            let in_line = self.extra(task).is_some_and(|extra| extra.member_of != NONE);
            if !in_line && place.is_none_or(|place| self.key_of(index) == place) {
                self.retreat(index);
            }
        }
    }

    /// No look at a key is due any more.
    fn end_look(&mut self, place: u32) {
        if let Some(void) = self.keys.get_mut(place).and_then(|key| key.set_due(Time::NEVER, false)) {
            self.deadlines.remove(void);
        }
    }
}
