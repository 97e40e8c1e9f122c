//! One entry of the table.

use super::{Handle, NONE};
use crate::command::LimiterId;
use crate::time::{Span, Time};

/// Where a task stands. A task is in one list at most: its queue, the ready list, or its limiter's
/// running or resting list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for a slot.
    Queued,
    /// Has a slot; its function is called in a later turn.
    Ready,
    /// Its function was called, its promise has not settled.
    Running,
    /// As running, but its promise was rejected: only its slot is still taken.
    Detached,
    /// Not a task: a promise that waits for the limiter.
    Waiter,
    /// Not a task: a promise that waits for time to pass, in no limiter.
    Sleeper,
    /// Not a task: a call whose attempts are tasks of a limiter, one of them under way or being judged.
    Held,
    /// Not a task: such a call that sleeps before its next attempt.
    Resting,
    /// Not a task: a group, whose place is kept instead of an extra's.
    Group,
    /// Not a task: a buffer, whose place is kept instead of an extra's.
    Buffer,
}

/// What is kept for every task, however plain: 32 bytes. The rest is in [`Extra`](crate::limit::Extra).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) handle: Handle,
    pub(crate) prev: u32,
    pub(crate) next: u32,
    /// Index of its `Extra`, or `NONE`.
    pub(crate) extra: u32,
    /// How long it waited before it started, in milliseconds.
    pub(crate) waited_ms: u32,
    limiter_and_state: u32,
    /// When it began to wait, then when it started; of a call that rests, since when.
    pub(crate) since: Time,
}

const STATE_SHIFT: u32 = 24;

impl Task {
    /// Limiter ids share a word with the state.
    pub(crate) const LIMITER_BITS: u32 = STATE_SHIFT;

    pub(crate) fn new(handle: Handle, limiter: LimiterId, state: State, since: Time) -> Self {
        let mut task =
            Self { handle, prev: NONE, next: NONE, extra: NONE, waited_ms: 0, limiter_and_state: limiter, since };
        task.set_state(state);
        task
    }

    pub(crate) fn limiter(&self) -> LimiterId {
        self.limiter_and_state & ((1 << STATE_SHIFT) - 1)
    }

    pub(crate) fn state(&self) -> State {
        match self.limiter_and_state >> STATE_SHIFT {
            0 => State::Queued,
            1 => State::Ready,
            2 => State::Running,
            3 => State::Detached,
            4 => State::Waiter,
            5 => State::Sleeper,
            6 => State::Held,
            7 => State::Resting,
            8 => State::Group,
            _ => State::Buffer,
        }
    }

    pub(crate) fn set_state(&mut self, state: State) {
        self.limiter_and_state = self.limiter() | ((state as u32) << STATE_SHIFT);
    }

    pub(crate) fn waited(&self) -> Span {
        Span::from_millis(self.waited_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_task_takes_thirty_two_bytes() {
        assert_eq!((size_of::<Task>(), size_of::<Option<Task>>()), (32, 32));
    }

    #[test]
    fn the_state_leaves_the_limiter_alone() {
        let mut task = Task::new(Handle::from_bits(3), 0x00ff_fffe, State::Queued, Time::ZERO);
        for state in [
            State::Ready,
            State::Running,
            State::Detached,
            State::Waiter,
            State::Sleeper,
            State::Held,
            State::Resting,
            State::Group,
            State::Buffer,
            State::Queued,
        ] {
            task.set_state(state);
            assert_eq!((task.state(), task.limiter()), (state, 0x00ff_fffe));
        }
    }
}
