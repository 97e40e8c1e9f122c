//! One opened mailbox: the memory that JavaScript sees, the engine behind it, and its fault.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a doorbell does to the words of the mailbox.
pub(crate) trait Turn {
    /// Takes all commands in `words` and writes the effects and the header.
    fn turn(&mut self, words: &mut [u32]);
}

impl Turn for fanfold_mailbox::Mailbox {
    fn turn(&mut self, words: &mut [u32]) {
        Self::turn(self, words);
    }
}

/// An engine that stays silent after its first panic.
///
/// Invariant: once `faulted`, the engine is never entered again, since a panic may have left it
/// half changed; every later turn only says so in the header.
pub(crate) struct Session<T> {
    engine: T,
    faulted: bool,
    fault_word: usize,
    fault_panic: u32,
}

impl<T: Turn> Session<T> {
    /// A session that reports a panic by writing `fault_panic` to the word at `fault_word`.
    pub(crate) fn new(engine: T, fault_word: usize, fault_panic: u32) -> Self {
        Self { engine, faulted: false, fault_word, fault_panic }
    }

    /// Runs one turn. No panic leaves this function.
    #[inline]
    pub(crate) fn turn(&mut self, words: &mut [u32]) {
        if !self.faulted {
            // The state that a panic may have broken is never looked at again, hence the assertion.
            let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.engine.turn(words))) else {
                return;
            };
            // Dropping a payload runs code of whoever panicked, which may panic again.
            mem::forget(payload);
            self.faulted = true;
        }
        if let Some(word) = words.get_mut(self.fault_word) {
            *word = self.fault_panic;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, Turn};
    use std::panic;

    /// Adds one to the first word, and panics on the turn it was told to.
    struct Counter {
        turns_until_panic: u32,
    }

    impl Turn for Counter {
        fn turn(&mut self, words: &mut [u32]) {
            words[0] += 1;
            self.turns_until_panic -= 1;
            if self.turns_until_panic == 0 {
                panic::panic_any(PanicsWhenDropped);
            }
        }
    }

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("a payload that panics when it is dropped");
        }
    }

    #[test]
    fn a_turn_reaches_the_engine() {
        let mut session = Session::new(Counter { turns_until_panic: 9 }, 3, 7);
        let mut words = [0; 4];
        session.turn(&mut words);
        session.turn(&mut words);
        assert_eq!(words, [2, 0, 0, 0]);
    }

    #[test]
    fn a_panic_becomes_a_fault_that_stays() {
        let mut session = Session::new(Counter { turns_until_panic: 2 }, 3, 7);
        let mut words = [0; 4];
        session.turn(&mut words);
        session.turn(&mut words);
        assert_eq!(words, [2, 0, 0, 7]);
        words[3] = 0;
        session.turn(&mut words);
        assert_eq!(words, [2, 0, 0, 7], "the engine is not entered again, the fault is written again");
    }

    #[test]
    fn a_block_too_short_for_the_fault_word_is_left_alone() {
        let mut session = Session::new(Counter { turns_until_panic: 1 }, 3, 7);
        let mut words = [0; 2];
        session.turn(&mut words);
        assert_eq!(words, [1, 0]);
    }
}
