//! Commands about buffers.

use fanfold_core::buffer::{BufferOptions, Change, Order, Overflow, Value};
use fanfold_core::{Command, Handle};

use super::capacity::signed;
use crate::layout::buffers::{command, flags};
use crate::words::get;

/// The command in the words of one operation.
pub(super) fn decode(code: u32, aux: u32, words: &[u32]) -> Option<Command> {
    let change = match code {
        command::PUSH | command::PUSH_NOW => Change::Push {
            seat: aux,
            value: Value { slot: get(words, 2), weight: get(words, 3), rank: signed(get(words, 4)) },
            waits: code == command::PUSH,
        },
        command::PULL => Change::Pull { seat: aux },
        command::TAKE => Change::Take { count: get(words, 2) },
        command::AWAIT_ROOM => Change::AwaitRoom { seat: aux },
        command::MOVED => Change::Moved { pushed: get(words, 2), pulled: get(words, 3) },
        command::LEAVE => Change::Leave { seat: aux },
        command::END_BUFFER => Change::End,
        command::ABANDON_BUFFER => Change::Abandon,
        command::OPEN_BUFFER => Change::Open(options(aux, get(words, 2))),
        command::FREE_BUFFER => Change::Free,
        _ => return None,
    };
    Some(Command::Buffer { buffer: Handle::from_bits(get(words, 1)), change })
}

fn options(bits: u32, capacity: u32) -> BufferOptions {
    let order = match (bits & flags::RANKED != 0, bits & flags::LIFO != 0) {
        (true, _) => Order::Priority,
        (false, true) => Order::Lifo,
        (false, false) => Order::Fifo,
    };
    let overflow = match bits >> flags::OVERFLOW_SHIFT {
        flags::SUSPEND => Overflow::Suspend,
        flags::DROP_OLDEST => Overflow::DropOldest,
        flags::REFUSE => Overflow::Refuse,
        _ => Overflow::Conflate,
    };
    BufferOptions { capacity, order, overflow, counted: bits & flags::COUNTED != 0 }
}
