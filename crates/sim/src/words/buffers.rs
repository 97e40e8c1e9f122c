//! Words about buffers.

use fanfold_core::buffer::{BufferOptions, End, Event, Order, Overflow, Value};
use fanfold_core::{Command, Effect, Handle};
use fanfold_mailbox::layout::NONE;
use fanfold_mailbox::layout::buffers::{command, effect, flags};

/// Appends a command; whether it was one of these.
pub(super) fn push_command(it: &Command, out: &mut Vec<u32>) -> bool {
    match *it {
        Command::OpenBuffer { buffer, options } => {
            out.extend([command::OPEN_BUFFER | (bits(&options) << 8), buffer.bits(), options.capacity]);
        }
        Command::FreeBuffer { buffer } => out.extend([command::FREE_BUFFER, buffer.bits()]),
        Command::Push { buffer, seat, value: Value { slot, weight, rank }, waits } => {
            let code = if waits { command::PUSH } else { command::PUSH_NOW };
            out.extend([code | (seat << 8), buffer.bits(), slot, weight, u32::from_ne_bytes(rank.to_ne_bytes())]);
        }
        Command::Pull { buffer, seat } => out.extend([command::PULL | (seat << 8), buffer.bits()]),
        Command::Take { buffer, count } => out.extend([command::TAKE, buffer.bits(), count]),
        Command::AwaitRoom { buffer, seat } => out.extend([command::AWAIT_ROOM | (seat << 8), buffer.bits()]),
        Command::Moved { buffer, pushed, pulled } => out.extend([command::MOVED, buffer.bits(), pushed, pulled]),
        Command::Leave { buffer, seat } => out.extend([command::LEAVE | (seat << 8), buffer.bits()]),
        Command::EndBuffer { buffer } => out.extend([command::END_BUFFER, buffer.bits()]),
        Command::AbandonBuffer { buffer } => out.extend([command::ABANDON_BUFFER, buffer.bits()]),
        _ => return false,
    }
    true
}

fn bits(options: &BufferOptions) -> u32 {
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
