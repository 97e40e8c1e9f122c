//! A key, and the keys of a limiter.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::command::{KeyId, LimiterId};
use crate::deadlines::DeadlineId;
use crate::limit::fair::{Ring, Standing};
use crate::limit::queue::QueueState;
use crate::limit::rate::{Costs, Rates, Ready, Rule};
use crate::table::{NONE, give_back};
use crate::time::Time;

/// Room for keys that a limiter without any keeps.
const KEPT: usize = 16;

/// A key that is not at rest.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) limiter: LimiterId,
    /// The host's number, or `NONE` for all tasks without a key.
    pub(crate) id: KeyId,
    pub(crate) queue: QueueState,
    /// Its share.
    pub(crate) weight: u32,
    /// Slots that its tasks have.
    pub(crate) taken: u64,
    /// In the ring of its limiter's keys.
    pub(crate) standing: Standing,
    /// Until when it is held back.
    pub(crate) held: Option<Time>,
    pub(crate) rates: Option<Box<Rates>>,
    /// When it has to be looked at again, if that is told among the deadlines, and whether the host has to stay alive
    /// for that.
    due: Time,
    holds: bool,
    alarm: DeadlineId,
    /// Whether it has to be looked at before the command is over.
    pub(crate) touched: bool,
    /// Whether it is among those that may be at rest.
    pub(crate) listed: bool,
}

impl Key {
    pub(crate) fn new(limiter: LimiterId, id: KeyId, queue: QueueState) -> Self {
        Self {
            limiter,
            id,
            queue,
            weight: 1,
            taken: 0,
            standing: Standing::default(),
            held: None,
            rates: None,
            due: Time::NEVER,
            holds: false,
            alarm: DeadlineId::NONE,
            touched: false,
            listed: false,
        }
    }

    /// Another rule for its rate in a place, or none. Whether those who run are to be adopted by it.
    pub(crate) fn set_rule(&mut self, now: Time, nth: u32, rule: Option<Rule>) -> bool {
        if rule.is_none() && self.rates.is_none() {
            return false;
        }
        let rates = self.rates.get_or_insert_default();
        let adopts = rates.set(now, nth as usize, rule);
        if rates.is_empty() {
            self.rates = None;
        }
        adopts
    }

    /// Whether so many slots more are no more than it may have.
    pub(crate) fn fits(&self, weight: u32, limit: u32) -> bool {
        self.taken + u64::from(weight) <= u64::from(limit)
    }

    /// Whether a task of it could start now as far as the key is concerned, and if not, when.
    ///
    /// As with the rates of a limiter: once it was said when, that holds until the deadline has been met.
    pub(crate) fn ready(&mut self, now: Time, weight: u32, limit: u32, costs: &Costs) -> Ready {
        match self.held {
            _ if self.due <= now => Ready::At(self.due),
            Some(until) => Ready::At(until),
            None if !self.fits(weight, limit) => Ready::AtAnEnd,
            None => self.rates.as_mut().map_or(Ready::Now, |rates| rates.ready(now, costs)),
        }
    }

    /// When it has to be looked at again, if the next of those who wait is ready then; and whether the host has to stay
    /// alive for that.
    pub(crate) fn next_look(&mut self, now: Time, ready: Ready) -> (Time, bool) {
        let waits = !self.queue.is_empty();
        let (due, holds) = match (self.held, ready, &mut self.rates) {
            _ if self.due <= now => (self.due, self.holds),
            (Some(until), ..) => (until, waits),
            (None, Ready::At(due), _) if waits => (due, true),
            // For nothing but to be forgotten.
            (None, _, Some(rates)) if !waits && self.taken == 0 => {
                let empty = rates.empty_at(now);
                (if empty > now { empty } else { Time::NEVER }, false)
            }
            _ => (Time::NEVER, false),
        };
        (due, holds && due < Time::NEVER)
    }

    /// Notes down when it is to be looked at, if that is not what was told; gives the deadline that is void then.
    pub(crate) fn set_due(&mut self, due: Time, holds: bool) -> Option<DeadlineId> {
        ((self.due, self.holds) != (due, holds)).then(|| {
            (self.due, self.holds) = (due, holds);
            core::mem::replace(&mut self.alarm, DeadlineId::NONE)
        })
    }

    pub(crate) fn set_alarm(&mut self, alarm: DeadlineId) {
        self.alarm = alarm;
    }

    pub(crate) fn alarm(&self) -> DeadlineId {
        self.alarm
    }

    /// Its deadline has been met.
    pub(crate) fn ring(&mut self, now: Time) {
        (self.due, self.holds, self.alarm) = (Time::NEVER, false, DeadlineId::NONE);
        self.held = self.held.filter(|&until| until > now);
    }

    /// Whether nothing of it would be missed.
    pub(crate) fn is_at_rest(&mut self, now: Time) -> bool {
        self.queue.is_empty()
            && self.taken == 0
            && self.held.is_none()
            && self.rates.as_mut().is_none_or(|rates| rates.empty_at(now) <= now)
    }
}

/// A key by its number, turned round, and its place: in order by numbers. Of the type of limiters that were touched, so
/// that they are sorted by the same code.
pub(crate) type Touched = (Reverse<u32>, u32);

/// The keys of a limiter, and what each of them may have.
#[derive(Debug)]
pub(crate) struct Keys {
    /// By number, where each is, as far as the highest that is not at rest.
    places: Vec<u32>,
    /// How many numbers there have been.
    ids: u32,
    /// Where those without a key are.
    pub(crate) lone: u32,
    pub(crate) ring: Ring,
    /// Slots that each may have; `u32::MAX` for no limit.
    pub(crate) concurrency: u32,
    /// Tasks of each that may wait; `u32::MAX` for no limit.
    pub(crate) max_queue: u32,
    pub(crate) rules: Vec<Option<Rule>>,
    /// Those that have to be looked at before the command is over: number and place.
    pub(crate) touched: Vec<Touched>,
    /// How many wait in each, where full queues push out others. Of the type of the ring's set, which is in the engine
    /// anyway: a set of another one is two kilobytes more of it.
    lengths: Option<BTreeSet<(u64, u64, KeyId)>>,
}

impl Keys {
    /// The keys of a limiter that has none yet. So many wait already; those at the place without a key.
    pub(crate) fn new(lone: u32, waiting: u32, pushes_out: bool) -> Self {
        Self {
            places: Vec::new(),
            ids: 0,
            lone,
            ring: Ring::default(),
            concurrency: u32::MAX,
            max_queue: u32::MAX,
            rules: Vec::new(),
            touched: Vec::new(),
            lengths: pushes_out.then(|| (waiting > 0).then_some((waiting.into(), 0, NONE)).into_iter().collect()),
        }
    }

    /// Another rule for the rates of each, or none.
    pub(crate) fn set_rule(&mut self, nth: u32, rule: Option<Rule>) {
        let place = nth as usize;
        if place >= self.rules.len() {
            self.rules.resize(place + 1, None);
        }
        if let Some(known) = self.rules.get_mut(place) {
            *known = rule;
        }
        while self.rules.last() == Some(&None) {
            self.rules.pop();
        }
    }

    /// Whether a key may have this number: one that there was, or the next.
    pub(crate) fn accepts(&self, id: KeyId) -> bool {
        id <= self.ids
    }

    /// Where a key is, or `NONE` if it is at rest.
    pub(crate) fn place(&self, id: KeyId) -> u32 {
        if id == NONE { self.lone } else { self.places.get(id as usize).copied().unwrap_or(NONE) }
    }

    /// A key is at a place from now on.
    pub(crate) fn enter(&mut self, id: KeyId, place: u32) {
        let at = id as usize;
        if at >= self.places.len() {
            self.places.resize(at + 1, NONE);
        }
        if let Some(free) = self.places.get_mut(at) {
            *free = place;
        }
        self.ids = self.ids.max(id.saturating_add(1));
    }

    /// It is at rest.
    pub(crate) fn leave(&mut self, id: KeyId) {
        if let Some(place) = self.places.get_mut(id as usize) {
            *place = NONE;
        }
        while self.places.last() == Some(&NONE) {
            self.places.pop();
        }
        give_back(&mut self.places, KEPT);
    }

    /// The places of all that are not at rest, by number, those without a key last.
    pub(crate) fn all(&self) -> Vec<u32> {
        self.places.iter().copied().filter(|&place| place != NONE).chain([self.lone]).collect()
    }

    /// In a key so many wait that were another number before.
    pub(crate) fn note_length(&mut self, id: KeyId, before: u32, now: u32) {
        if let Some(lengths) = &mut self.lengths {
            lengths.remove(&(before.into(), 0, id));
            if now > 0 {
                lengths.insert((now.into(), 0, id));
            }
        }
    }

    /// The key in which most wait, if that matters and anybody waits.
    pub(crate) fn longest(&self) -> Option<u32> {
        self.lengths.as_ref()?.last().map(|&(.., id)| self.place(id))
    }

    /// Gives back the room of a list of those that were touched.
    pub(crate) fn recycle(&mut self, mut touched: Vec<Touched>) {
        touched.clear();
        give_back(&mut touched, KEPT);
        self.touched = touched;
    }
}
