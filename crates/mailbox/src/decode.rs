//! Commands from words.

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::{Admission, Command, Handle, Span, Until};

use crate::layout::{COMMANDS, NONE, SPAN_DEFAULT, command, flags};
use crate::words::{get, get_span};

/// How many words the operation with this code has; none if there is no such operation.
pub(crate) fn length_of(code: u32) -> Option<usize> {
    Some(COMMANDS.get((code as usize).checked_sub(1)?)?.words)
}

/// The command in the words of one operation. Plain submissions, completions and what is answered in the header
/// are not here: the turn itself takes those.
pub(crate) fn decode(code: u32, aux: u32, words: &[u32]) -> Option<Command> {
    let subject = get(words, 1);
    let handle = Handle::from_bits(subject);
    Some(match code {
        command::SUBMIT_WITH => Command::Submit { limiter: aux, task: handle, admission: admission(words) },
        command::CANCEL => Command::Cancel { task: handle },
        command::SIGNAL_ABORTED => Command::SignalAborted { signal: subject },
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
        command::SLEEP => Command::Sleep { sleeper: handle, span: get_span(words, 2), holds: aux != 0 },
        _ => return None,
    })
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
