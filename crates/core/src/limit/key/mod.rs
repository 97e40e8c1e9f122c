//! Fair keys: the tasks of a limiter in classes (tenants, users, hosts), each of which has its turn.
//!
//! - A task names its key when it is submitted. Giving one is enough: from then on the limiter serves its keys in turn,
//!   and all tasks without a key share one.
//! - **Shares**: keys take turns in deficit round robin ([`fair`](super::fair)), by what their tasks weigh. In a round a
//!   key is given slots for its own weight, one unless [`Command::SetKey`](crate::Command::SetKey) says otherwise. So of
//!   two keys that both wait, each has its share, however many tasks the other one has.
//! - **Work-conserving**: a free slot goes to somebody, if anybody may have it. A key that nobody else contends with has all
//!   of them.
//! - **A key is what it is called.** A tenant that splits itself into a thousand keys has a thousand shares: that is what
//!   a share for each means. Who hands out keys has to see to that, by a key for each tenant, or by weights: tasks do not
//!   wait any longer than the number of keys, and what they weigh, makes them.
//! - **Within a key** the order of the limiter holds: first in first out, last in first out or by priority; nobody
//!   overtakes beyond that, or beyond what a `bypass` lets pass.
//! - **What a key may have**: so many slots at a time, so many tasks that wait, and rates of its own, the same for each key
//!   of a limiter ([`Command::SetPerKey`](crate::Command::SetPerKey),
//!   [`Command::SetPerKeyRate`](crate::Command::SetPerKeyRate)). A key that has all it may have, or whose next task has to
//!   wait for a rate of the key, does not contend, and holds up nobody else. A rate of the limiter itself, or slots that a
//!   heavy task lacks there, hold up all keys, since the front of the ring is strict.
//! - **Full queues**: one too many in its own key goes by what the limiter says about overflow, among the tasks of
//!   that key. One too many in the limiter goes by it among the tasks of the key with the longest queue, so that a key
//!   that floods pushes out its own; of equal ones those without a key come first, then the one with the highest number.
//!   Where newcomers are refused, who keeps others from being refused is the bound of the key.
//! - **Held back**: a key can be kept from starting anything until a time, and the others go on.
//! - **At rest nothing is kept.** A key without tasks that wait or have slots, with nothing in the windows of its rates,
//!   that is not held back, is dropped at the end of the turn, with its weight, and the host is told that its number is
//!   free. A million idle keys cost nothing.
//!
//! A task costs O(log n) more in a limiter with keys only where full queues push out others, or rates and deadlines
//! do; otherwise constant time, for any number of keys.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::{Key, Keys};
