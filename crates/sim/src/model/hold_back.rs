//! Holding back as a list of the times at which somebody may start.

use fanfold_core::limit::hold_back::Scope;
use fanfold_core::{LimiterId, Span, Time};

use super::{Deadline, Model};

/// A limiter that is held back, or starts again.
#[derive(Clone, Debug)]
pub(super) struct HoldBack {
    /// When the hold ends, or the next place comes, as far as that was told.
    pub(super) due: Option<Deadline>,
    /// In the hold none, since nobody knows yet how many will wait. The last one is the end.
    places: Option<Vec<Time>>,
    until: Time,
    spread: Span,
}

impl HoldBack {
    pub(super) fn is_held(&self) -> bool {
        self.places.is_none()
    }

    /// Whether a start has to wait for its place.
    pub(super) fn is_spaced(&self) -> bool {
        self.places.is_some() && self.due.is_some()
    }
}

impl Model {
    pub(super) fn hold_back(&mut self, id: LimiterId, scope: Scope, span: Span, spread: Span) {
        let path = self.path(id);
        let id = match scope {
            Scope::Own => path.first(),
            Scope::Parent => path.get(1).or(path.first()),
            Scope::Root => path.last(),
        };
        let (id, until) = (*id.expect("at least itself"), self.now.after(span));
        let due = Deadline::at(until, self.next_stamp());
        let limiter = self.known(id);
        if limiter.hold_back.as_ref().is_some_and(|held| held.is_held() && held.until > until) {
            return;
        }
        limiter.is_node = true;
        limiter.hold_back = Some(HoldBack { due, places: None, until, spread });
        self.take_back(id);
        self.interrupt_flows(id);
        self.note_peak(id);
    }

    pub(super) fn lift_hold(&mut self, id: LimiterId) {
        if self.known(id).hold_back.take().is_some() {
            self.advance_lines_below(id);
        }
    }

    /// Those who wait in the queues of a limiter and all below it.
    fn waiting_below(&self, id: LimiterId) -> usize {
        let queues = self.subtree(id).into_iter().filter_map(|id| self.limiter(id));
        queues.map(|limiter| limiter.queue.len()).sum()
    }

    pub(super) fn ring_hold_back(&mut self, id: LimiterId) {
        let (now, waiting) = (self.now, self.waiting_below(id));
        let Some(held) = self.known(id).hold_back.as_mut() else { return };
        held.due = None;
        let was_held = held.is_held();
        let spread = if held.spread.is_finite() { held.spread.as_micros() } else { 0 };
        let place = |nth: usize| now.after(Span::from_micros(spread * nth as u64 / waiting.max(1) as u64));
        let places = held.places.get_or_insert_with(|| (0..=waiting).map(place).collect());
        if waiting == 0 || places.last().is_none_or(|&end| end <= now) {
            self.known(id).hold_back = None;
        }
        if was_held {
            self.advance_lines_below(id);
        }
    }

    /// A task of a limiter is given slots, and its place wherever there are places.
    pub(super) fn take_places(&mut self, id: LimiterId) {
        for at in self.path(id) {
            let (now, stamp) = (self.now, self.next_stamp());
            let Some(held) = self.known(at).hold_back.as_mut() else { continue };
            let Some(places) = held.places.as_mut() else { continue };
            if places.len() > 1 {
                places.remove(0);
            }
            let (next, end) = (places[0], places[places.len() - 1]);
            held.due = Deadline::at(next, stamp).filter(|_| next > now);
            if end <= now {
                self.known(at).hold_back = None;
            }
        }
    }

    /// Restarts in which nobody waits are over.
    pub(super) fn end_restarts(&mut self) {
        for id in self.limiter_ids() {
            let restarts = self.known(id).hold_back.as_ref().is_some_and(|held| !held.is_held());
            if restarts && self.waiting_below(id) == 0 {
                self.known(id).hold_back = None;
            }
        }
    }

    /// Whether the host has to stay alive for the end of a hold: as long as anybody waits or runs.
    pub(super) fn holds_for(&self, id: LimiterId) -> bool {
        self.taken(id) > 0 || self.waiting_below(id) > 0
    }

    /// When a limiter is held back no longer, if it is.
    pub(super) fn held_until(&self, id: LimiterId) -> Option<Time> {
        let held = self.limiter(id)?.hold_back.as_ref().filter(|held| held.is_held())?;
        Some(held.until)
    }

    pub(super) fn is_stopped(&self, id: LimiterId) -> bool {
        self.limiter(id).is_some_and(|limiter| {
            limiter.paused.is_some() || limiter.hold_back.as_ref().is_some_and(HoldBack::is_held)
        })
    }

    pub(super) fn is_spaced(&self, id: LimiterId) -> bool {
        self.limiter(id).is_some_and(|limiter| limiter.hold_back.as_ref().is_some_and(HoldBack::is_spaced))
    }
}
