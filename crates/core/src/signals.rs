//! Who listens to which abort signal.
//!
//! The host keeps one listener a limiter and signal and gives it an id. Here every task admitted with it
//! is in a list, so that an abort reaches all of them and the last one to leave ends the listening.

use alloc::vec::Vec;

use crate::command::SignalId;
use crate::limit::Extra;
use crate::table::{NONE, Slab, give_back};

/// The head of a list that is empty, which the host knows. Like `NONE` it is no index of an extra.
const TOLD: u32 = NONE - 1;

/// Room for signals without listeners that is kept from turn to turn.
const KEPT: usize = 64;

/// A list of [`Extra`]s for each signal, linked through them.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// By id, as far as the highest that is listened to or was not told.
    heads: Vec<u32>,
    /// How many ids there have been. They stay known when their heads are gone, since the host may not have heard.
    ids: u32,
    /// Signals that had nobody left at some moment of this turn. A later command may have changed that.
    left: Vec<SignalId>,
}

impl Signals {
    /// Whether a signal may have this id: one that there was, or the next.
    pub(crate) fn accepts(&self, signal: SignalId) -> bool {
        signal <= self.ids
    }

    /// Makes sure that a signal that was accepted has a head.
    fn reach(&mut self, signal: SignalId) {
        let place = signal as usize;
        if place >= self.heads.len() && self.accepts(signal) {
            self.heads.resize(place + 1, TOLD);
            self.ids = self.ids.max(signal.saturating_add(1));
        }
    }

    /// Adds an extra to the list of the signal it names.
    pub(crate) fn link(&mut self, extras: &mut Slab<Extra>, index: u32) {
        let Some(extra) = extras.get(index) else { return };
        let signal = extra.signal;
        self.reach(signal);
        let Some(head) = self.heads.get_mut(signal as usize) else { return };
        let first = match core::mem::replace(head, index) {
            TOLD => NONE,
            first => first,
        };
        if let Some(extra) = extras.get_mut(index) {
            extra.signal_next = first;
            extra.signal_prev = NONE;
        }
        if let Some(second) = extras.get_mut(first) {
            second.signal_prev = index;
        }
    }

    /// Somebody named a signal and did not stay: the host is told if nobody else is there.
    pub(crate) fn pass_by(&mut self, signal: SignalId) {
        self.reach(signal);
        if let Some(head @ &mut (NONE | TOLD)) = self.heads.get_mut(signal as usize) {
            *head = NONE;
            self.left.push(signal);
        }
    }

    /// Takes an extra out of the list it is in, if any.
    pub(crate) fn unlink(&mut self, extras: &mut Slab<Extra>, index: u32) {
        let Some(extra) = extras.get_mut(index) else { return };
        let signal = core::mem::replace(&mut extra.signal, NONE);
        let (prev, next) = (extra.signal_prev, extra.signal_next);
        let Some(head) = self.heads.get_mut(signal as usize) else { return };
        match extras.get_mut(prev) {
            Some(before) => before.signal_next = next,
            None => *head = next,
        }
        if let Some(after) = extras.get_mut(next) {
            after.signal_prev = prev;
        }
        if *head == NONE {
            self.left.push(signal);
        }
    }

    /// A signal that nobody listens to any more, each once.
    pub(crate) fn pop_idle(&mut self) -> Option<SignalId> {
        while let Some(signal) = self.left.pop() {
            // Marked, so that one that was left more than once is told once.
            if let Some(head @ &mut NONE) = self.heads.get_mut(signal as usize) {
                *head = TOLD;
                return Some(signal);
            }
        }
        self.left.shrink_to(KEPT);
        while let Some(&TOLD) = self.heads.last() {
            self.heads.pop();
        }
        give_back(&mut self.heads, KEPT);
        None
    }

    /// The tasks that listen to a signal, in the order in which they came.
    pub(crate) fn listeners(&self, extras: &Slab<Extra>, signal: SignalId) -> Vec<u32> {
        let head = self.heads.get(signal as usize).copied().unwrap_or(NONE);
        let mut tasks: Vec<u32> = core::iter::successors(extras.get(head), |extra| extras.get(extra.signal_next))
            .map(|extra| extra.task)
            .collect();
        tasks.reverse();
        tasks
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn extras_index(extras: &mut Slab<Extra>) -> u32 {
        extras.insert(Extra { signal: 0, ..Extra::new(4) })
    }

    #[test]
    fn the_last_to_leave_is_told() {
        let (mut signals, mut extras) = (Signals::default(), Slab::default());
        let indexes: Vec<u32> = (0..3)
            .map(|task| {
                let index = extras.insert(Extra { signal: 0, ..Extra::new(task) });
                signals.link(&mut extras, index);
                index
            })
            .collect();
        assert_eq!(signals.listeners(&extras, 0), vec![0, 1, 2]);
        for index in [1, 1, 0] {
            signals.unlink(&mut extras, indexes[index]);
            assert_eq!(signals.pop_idle(), None);
        }
        signals.unlink(&mut extras, indexes[2]);
        assert_eq!((signals.pop_idle(), signals.pop_idle()), (Some(0), None));
        assert!(signals.listeners(&extras, 0).is_empty());
        let again = extras.insert(Extra { signal: 0, ..Extra::new(3) });
        signals.link(&mut extras, again);
        signals.unlink(&mut extras, again);
        let newcomer = extras_index(&mut extras);
        signals.link(&mut extras, newcomer);
        assert_eq!(signals.pop_idle(), None, "somebody came back in the same turn");
        assert!(signals.accepts(1) && !signals.accepts(2));
    }

    #[test]
    fn heads_at_the_end_go_and_their_ids_stay() {
        let (mut signals, mut extras) = (Signals::default(), Slab::default());
        let indexes: Vec<u32> = (0..1_000)
            .map(|signal| {
                let index = extras.insert(Extra { signal, ..Extra::new(signal) });
                signals.link(&mut extras, index);
                index
            })
            .collect();
        for &index in &indexes[1..] {
            signals.unlink(&mut extras, index);
        }
        while signals.pop_idle().is_some() {}
        assert_eq!(signals.heads.len(), 1, "one is listened to");
        assert!(signals.heads.capacity() <= KEPT);
        // The host may not have heard in time, and use an id that was the next for it.
        assert!(signals.accepts(1_000) && !signals.accepts(1_001));
        let late = extras.insert(Extra { signal: 1_000, ..Extra::new(7) });
        signals.link(&mut extras, late);
        assert_eq!(signals.listeners(&extras, 1_000), vec![7]);
        assert!(signals.listeners(&extras, 999).is_empty());
        for index in [late, indexes[0]] {
            signals.unlink(&mut extras, index);
        }
        let mut told: Vec<SignalId> = core::iter::from_fn(|| signals.pop_idle()).collect();
        told.sort_unstable();
        assert_eq!(told, vec![0, 1_000]);
        assert!(signals.heads.is_empty());
        signals.pass_by(999);
        assert_eq!((signals.pop_idle(), signals.pop_idle()), (Some(999), None));
    }
}
