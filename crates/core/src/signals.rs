//! Who listens to which abort signal.
//!
//! The host keeps one listener a limiter and signal and gives it an id. Here every task admitted with it
//! is in a list, so that an abort reaches all of them and the last one to leave ends the listening.

use alloc::vec::Vec;

use crate::command::SignalId;
use crate::limit::Extra;
use crate::table::{NONE, Slab};

/// The head of a list that is empty, which the host knows. Like `NONE` it is no index of an extra.
const TOLD: u32 = NONE - 1;

/// Room for signals without listeners that is kept from turn to turn.
const KEPT: usize = 64;

/// A list of [`Extra`]s for each signal, linked through them.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    heads: Vec<u32>,
    /// Signals that had nobody left at some moment of this turn. A later command may have changed that.
    left: Vec<SignalId>,
}

impl Signals {
    /// Whether a signal may have this id: one in use, or the next.
    pub(crate) fn accepts(&self, signal: SignalId) -> bool {
        signal as usize <= self.heads.len()
    }

    /// Adds an extra to the list of the signal it names.
    pub(crate) fn link(&mut self, extras: &mut Slab<Extra>, index: u32) {
        let Some(extra) = extras.get(index) else { return };
        let signal = extra.signal as usize;
        if signal == self.heads.len() {
            self.heads.push(TOLD);
        }
        let Some(head) = self.heads.get_mut(signal) else { return };
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
        if signal as usize == self.heads.len() {
            self.heads.push(TOLD);
        }
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
}
