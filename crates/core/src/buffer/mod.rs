//! Buffers: values on their way from whoever pushes them to whoever pulls them.
//!
//! Pure policy: it is told what wants to come in and what is wanted, and tells who is let in, who is given what, and what
//! is dropped. The values are the host's. It names a value by the *slot* it keeps it in, and whoever waits by a *seat*,
//! both small numbers of its own choice that are free again once it was told about them.
//!
//! | order                | who pulls gets           | who waits with a value is let in | what [`Overflow::DropOldest`] drops | [`Overflow::Conflate`]   |
//! |----------------------|--------------------------|----------------------------------|-------------------------------------|--------------------------|
//! | [`Order::Fifo`]      | the oldest               | first come, first served         | the oldest                          | the newest               |
//! | [`Order::Lifo`]      | the newest               | first come, first served         | the oldest                          | the newest               |
//! | [`Order::Priority`]  | the highest, then oldest | the highest, then first come     | of the lowest, the oldest           | of the lowest the newest |
//!
//! A line of those who wait with values is strict: a heavy one at its head is not overtaken by lighter ones. Where the
//! newcomer itself ranks lower than what would be dropped, it is the newcomer that is dropped. Pulls are served first
//! come, first served, and whoever pulls has a value before one is stored.
//!
//! **What is lent.** While nobody waits there is nothing to decide about values of one unit each that go by their age: so
//! the host counts them itself ([`BufferOptions::counted`]), and tells with [`Buffer::moved`] how many have come and gone
//! before it asks anything else. Everything else is asked: such a buffer costs a turn only where somebody has to wait.

mod line;
mod ranked;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use state::Buffer;

/// In which order values come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they came.
    #[default]
    Fifo,
    /// The last one first.
    Lifo,
    /// The highest rank first, and as they came within a rank.
    Priority,
}

/// What becomes of a value for which there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It waits, if it can; otherwise it is refused.
    #[default]
    Suspend,
    /// Those that came first make room.
    DropOldest,
    /// It is refused.
    Refuse,
    /// Those that came last make room.
    Conflate,
}

/// How a buffer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferOptions {
    /// Units; `u32::MAX` for no limit, 0 for a hand-over and nothing else.
    pub capacity: u32,
    /// In which order values come out.
    pub order: Order,
    /// What becomes of those for which there is no room.
    pub overflow: Overflow,
    /// Whether the host counts, as long as nobody waits: all values are of one unit, and not by rank. Then no value has a
    /// slot.
    pub counted: bool,
}

/// A value that wants to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where the host keeps it.
    pub slot: u32,
    /// Units; zero counts as one. More than the capacity never fits, and is refused.
    pub weight: u32,
    /// The higher the sooner.
    pub rank: i32,
}

/// What the host may say about a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new one, under a free handle.
    Open(BufferOptions),
    /// Nobody can reach it any more, nor those who wait for it. Its handle is free.
    Free,
    /// Somebody brings a value, under a free seat.
    Push {
        /// The seat.
        seat: u32,
        /// The value.
        value: Value,
        /// Whether it stays until there is room.
        waits: bool,
    },
    /// Somebody wants a value, under a free seat.
    Pull {
        /// The seat.
        seat: u32,
    },
    /// Give values that are there to somebody who does not wait.
    Take {
        /// At most so many.
        count: u32,
    },
    /// Somebody waits for room, under a free seat.
    AwaitRoom {
        /// The seat.
        seat: u32,
    },
    /// What the host has counted itself since it was asked the last time.
    Moved {
        /// Values that have come.
        pushed: u32,
        /// Values that have gone.
        pulled: u32,
    },
    /// Somebody does not wait any more.
    Leave {
        /// The seat.
        seat: u32,
    },
    /// Nothing more comes in.
    End,
    /// Nothing comes out any more either.
    Abandon,
}

/// Which end of what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What came first.
    Oldest,
    /// What came last.
    Newest,
}

/// What happens to who waits, and to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The value of this seat is stored. The seat is free.
    Admit {
        /// The seat.
        seat: u32,
    },
    /// The value of this seat is not taken. The seat is free, and so is the slot.
    Refuse {
        /// The seat.
        seat: u32,
    },
    /// Somebody is given a value, whose slot is free.
    Give {
        /// The seat, which is free; none where values were [taken](Buffer::take).
        seat: Option<u32>,
        /// The slot; none where the host counts: the one at the end that the order says.
        slot: Option<u32>,
    },
    /// What is stored there is dropped, and its slot free.
    Drop {
        /// Where, if there is no slot.
        end: End,
        /// The slot; none where the host counts.
        slot: Option<u32>,
    },
    /// Nothing comes of waiting any more; or, for who waits for room, there is some. The seat is free.
    Release {
        /// The seat.
        seat: u32,
    },
}
