//! Commands from words.

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::{Admission, Command, Handle, LimiterId, Span, Until};

use crate::layout::{COMMANDS, NONE, SPAN_DEFAULT, command, flags};
use crate::words::{get, get_span};

/// What the words say: a command for the engine, or a question to be answered in the header.
pub(crate) enum Message {
    Command(Command),
    Try { limiter: LimiterId, task: Handle },
    Query { limiter: LimiterId },
}

/// The message at the front of the words, and how many words it has; none if there is no such operation or
/// not all of it is there.
pub(crate) fn decode(words: &[u32]) -> Option<(Message, usize)> {
    let first = get(words, 0);
    let (code, aux) = (first & 0xff, first >> 8);
    let length = COMMANDS.get((code as usize).checked_sub(1)?)?.words;
    if words.len() < length {
        return None;
    }
    let subject = get(words, 1);
    let handle = Handle::from_bits(subject);
    let message = Message::Command(match code {
        command::SUBMIT => Command::Submit { limiter: aux, task: handle, admission: Admission::PLAIN },
        command::SUBMIT_WITH => Command::Submit { limiter: aux, task: handle, admission: admission(words) },
        command::COMPLETE => Command::Complete { task: handle, fulfilled: aux != 0 },
        command::CANCEL => Command::Cancel { task: handle },
        command::SIGNAL_ABORTED => Command::SignalAborted { signal: subject },
        command::TRY => return Some((Message::Try { limiter: aux, task: handle }, length)),
        command::QUERY => return Some((Message::Query { limiter: subject }, length)),
        command::WAIT => Command::Wait {
            limiter: subject,
            waiter: Handle::from_bits(get(words, 2)),
            until: match get(words, 3) {
                0 => Until::Idle,
                bound => Until::QueuedBelow(bound),
            },
        },
        command::OPEN => Command::Open { limiter: subject, options: options(words, aux) },
        command::FREE => Command::Free { limiter: subject },
        command::RESIZE => Command::Resize { limiter: subject, concurrency: get(words, 2) },
        command::SETTLE => Command::Settle { limiter: subject },
        command::PAUSE => Command::Pause { limiter: subject, span: get_span(words, 2) },
        command::RESUME => Command::Resume { limiter: subject },
        command::CLEAR => Command::Clear { limiter: subject },
        command::CLOSE => {
            Command::Close { limiter: subject, waiter: Handle::from_bits(get(words, 2)), grace: get_span(words, 3) }
        }
        command::ABORT => Command::Abort { limiter: subject },
        _ => return None,
    });
    Some((message, length))
}

fn admission(words: &[u32]) -> Admission {
    let some = |word: u32| (word != NONE).then_some(word);
    let span = |at| Some(get_span(words, at)).filter(|&span| span != Span::from_micros(SPAN_DEFAULT));
    Admission {
        signal: some(get(words, 2)),
        parent: some(get(words, 3)).map(Handle::from_bits),
        queue_timeout: span(4),
        run_timeout: span(6),
    }
}

fn options(words: &[u32], bits: u32) -> LimiterOptions {
    let has = |flag| bits & flag != 0;
    LimiterOptions {
        concurrency: get(words, 2),
        max_queue: get(words, 3),
        order: if has(flags::LIFO) { Order::Lifo } else { Order::Fifo },
        overflow: match () {
            () if has(flags::DROP_OLDEST) => Overflow::DropOldest,
            () if has(flags::DROP_NEWEST) => Overflow::DropNewest,
            () => Overflow::Reject,
        },
        nested: match () {
            () if has(flags::NESTED_ERROR) => NestedPolicy::Error,
            () if has(flags::NESTED_INHERIT) => NestedPolicy::Inherit,
            () => NestedPolicy::Warn,
        },
        queue_timeout: get_span(words, 4),
        run_timeout: get_span(words, 6),
    }
}
