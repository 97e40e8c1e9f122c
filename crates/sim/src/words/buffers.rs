//! Words about buffers.

use fanfold_core::buffer::{BufferOptions, Change, End, Event, Order, Overflow, Value};
use fanfold_core::{Command, Effect, Handle};
use fanfold_mailbox::layout::NONE;
use fanfold_mailbox::layout::buffers::{command, effect, flags};

/// Appends a command; whether it was one of these.
pub(super) fn push_command(it: &Command, out: &mut Vec<u32>) -> bool {
    let Command::Buffer { buffer, change } = *it else { return false };
    let subject = buffer.bits();
    match change {
        Change::Open(options) => {
            out.extend([command::OPEN_BUFFER | (bits(options) << 8), subject, options.capacity]);
        }
        Change::Free => out.extend([command::FREE_BUFFER, subject]),
        Change::Push { seat, value: Value { slot, weight, rank }, waits } => {
            let code = if waits { command::PUSH } else { command::PUSH_NOW };
            out.extend([code | (seat << 8), subject, slot, weight, u32::from_ne_bytes(rank.to_ne_bytes())]);
        }
        Change::Pull { seat } => out.extend([command::PULL | (seat << 8), subject]),
        Change::Take { count } => out.extend([command::TAKE, subject, count]),
        Change::AwaitRoom { seat } => out.extend([command::AWAIT_ROOM | (seat << 8), subject]),
        Change::Moved { pushed, pulled } => out.extend([command::MOVED, subject, pushed, pulled]),
        Change::Leave { seat } => out.extend([command::LEAVE | (seat << 8), subject]),
        Change::End => out.extend([command::END_BUFFER, subject]),
        Change::Abandon => out.extend([command::ABANDON_BUFFER, subject]),
    }
    true
}

fn bits(options: BufferOptions) -> u32 {
    let order = match options.order {
        Order::Fifo => 0,
        Order::Lifo => flags::LIFO,
        Order::Priority => flags::RANKED,
    };
    let overflow = match options.overflow {
        Overflow::Suspend => flags::SUSPEND,
        Overflow::DropOldest => flags::DROP_OLDEST,
        Overflow::Refuse => flags::REFUSE,
        Overflow::Conflate => flags::CONFLATE,
    };
    order | (overflow << flags::OVERFLOW_SHIFT) | if options.counted { flags::COUNTED } else { 0 }
}

/// The effect in these words, if it is one of these.
pub(super) fn effect(code: u32, aux: u32, words: &[u32]) -> Option<Effect> {
    let word = |at: usize| words.get(at).copied().expect("a word of the effect");
    let slot = || Some(word(2)).filter(|&slot| slot != NONE);
    let event = match code {
        effect::ADMIT => Event::Admit { seat: aux },
        effect::REFUSE_VALUE => Event::Refuse { seat: aux },
        effect::GIVE => Event::Give { seat: Some(aux), slot: slot() },
        effect::GIVE_NOW => Event::Give { seat: None, slot: slot() },
        effect::DROP => Event::Drop { end: if aux == 1 { End::Newest } else { End::Oldest }, slot: slot() },
        effect::RELEASE => Event::Release { seat: aux },
        _ => return None,
    };
    Some(Effect::Buffer { buffer: Handle::from_bits(word(1)), event })
}
