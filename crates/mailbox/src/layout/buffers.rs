//! Commands and effects about buffers. Numbered from 100 on. Their subject is always the buffer, and whoever waits is named
//! by a seat in the upper bits.

use super::{Operation, operation};

/// The number of the first of these commands, and of the first of these effects.
pub const FIRST: u32 = 100;

/// Numbers of the commands.
pub mod command {
    /// A new buffer.
    pub const OPEN_BUFFER: u32 = 100;
    /// Forget a buffer.
    pub const FREE_BUFFER: u32 = 101;
    /// Somebody brings a value, and waits for room.
    pub const PUSH: u32 = 102;
    /// Somebody brings a value, and does not wait.
    pub const PUSH_NOW: u32 = 103;
    /// Somebody wants a value.
    pub const PULL: u32 = 104;
    /// Give what is there.
    pub const TAKE: u32 = 105;
    /// Somebody waits for room.
    pub const AWAIT_ROOM: u32 = 106;
    /// What has come and gone.
    pub const MOVED: u32 = 107;
    /// Somebody does not wait any more.
    pub const LEAVE: u32 = 108;
    /// Nothing more comes in.
    pub const END_BUFFER: u32 = 109;
    /// Nothing comes out any more.
    pub const ABANDON_BUFFER: u32 = 110;
}

/// Numbers of the effects.
pub mod effect {
    /// The value of a seat is stored.
    pub const ADMIT: u32 = 100;
    /// The value of a seat is not taken.
    pub const REFUSE_VALUE: u32 = 101;
    /// Somebody in a seat is given a value.
    pub const GIVE: u32 = 102;
    /// Somebody who took what is there is given a value.
    pub const GIVE_NOW: u32 = 103;
    /// A stored value is dropped.
    pub const DROP: u32 = 104;
    /// Somebody in a seat waits no longer.
    pub const RELEASE: u32 = 105;
}

/// Flags of the command that opens a buffer.
pub mod flags {
    /// Last in, first out.
    pub const LIFO: u32 = 1;
    /// By rank.
    pub const RANKED: u32 = 1 << 1;
    /// The host counts.
    pub const COUNTED: u32 = 1 << 2;
    /// What becomes of values for which there is no room, in two bits: they wait, or one is dropped.
    pub const OVERFLOW_SHIFT: u32 = 3;
    /// They wait.
    pub const SUSPEND: u32 = 0;
    /// The oldest makes room.
    pub const DROP_OLDEST: u32 = 1;
    /// The newcomer is refused.
    pub const REFUSE: u32 = 2;
    /// The newest makes room.
    pub const CONFLATE: u32 = 3;

    /// All of them with their names.
    pub(crate) const ALL: [(&str, u32); 8] = [
        ("LIFO", LIFO),
        ("RANKED", RANKED),
        ("COUNTED", COUNTED),
        ("OVERFLOW_SHIFT", OVERFLOW_SHIFT),
        ("SUSPEND", SUSPEND),
        ("DROP_OLDEST", DROP_OLDEST),
        ("REFUSE", REFUSE),
        ("CONFLATE", CONFLATE),
    ];
}

/// Every command, in the order of their numbers.
pub const COMMANDS: [Operation; 11] = [
    operation("OPEN_BUFFER", command::OPEN_BUFFER, 3, "flags; buffer, capacity"),
    operation("FREE_BUFFER", command::FREE_BUFFER, 2, "0; buffer"),
    operation("PUSH", command::PUSH, 5, "seat; buffer, slot, weight, rank (signed)"),
    operation("PUSH_NOW", command::PUSH_NOW, 5, "seat; buffer, slot, weight, rank (signed)"),
    operation("PULL", command::PULL, 2, "seat; buffer"),
    operation("TAKE", command::TAKE, 3, "0; buffer, how many"),
    operation("AWAIT_ROOM", command::AWAIT_ROOM, 2, "seat; buffer"),
    operation("MOVED", command::MOVED, 4, "0; buffer, how many came, how many went"),
    operation("LEAVE", command::LEAVE, 2, "seat; buffer"),
    operation("END_BUFFER", command::END_BUFFER, 2, "0; buffer"),
    operation("ABANDON_BUFFER", command::ABANDON_BUFFER, 2, "0; buffer"),
];

/// Every effect, in the order of their numbers.
pub const EFFECTS: [Operation; 6] = [
    operation("ADMIT", effect::ADMIT, 2, "seat; buffer"),
    operation("REFUSE_VALUE", effect::REFUSE_VALUE, 2, "seat; buffer"),
    operation("GIVE", effect::GIVE, 3, "seat; buffer, slot (NONE where the host counts)"),
    operation("GIVE_NOW", effect::GIVE_NOW, 3, "0; buffer, slot (NONE where the host counts)"),
    operation("DROP", effect::DROP, 3, "1 for the newest; buffer, slot (NONE where the host counts)"),
    operation("RELEASE", effect::RELEASE, 2, "seat; buffer"),
];
