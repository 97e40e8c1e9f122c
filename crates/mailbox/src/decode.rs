//! Commands from words.

mod buffers;
mod by_hand;
mod capacity;
pub(crate) mod guards;

use fanfold_core::group::{GroupOptions, Need, Rest};
use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::retry::{Backoff, BackoffKind, BudgetOptions, Failure, Jitter, RetryOptions};
use fanfold_core::{Admission, CAPACITY, Command, Handle, Span, Until};

use crate::layout::{NONE, SPAN_DEFAULT, command, flags, group, retry};
use crate::words::{get, get_float, get_span, get_wide};

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
        command::RETRY => Command::Retry {
            sleeper: handle,
            options: retry_options(words, aux),
            failure: failure(words, aux),
            budget: some(get(words, 20)),
            holds: aux & retry::HOLDS != 0,
        },
        command::OPEN_BUDGET => Command::OpenBudget {
            budget: subject,
            options: BudgetOptions {
                share: get_float(words, 2),
                min_per_second: get_float(words, 4),
                window: get_span(words, 6),
            },
        },
        command::FREE_BUDGET => Command::FreeBudget { budget: subject },
        command::DEPOSIT => Command::Deposit { budget: subject },
        command::GATHER => Command::Gather { group: handle, options: group_options(aux, get(words, 2)) },
        command::SETTLED => Command::Settled { group: handle, member: get(words, 2), fulfilled: aux != 0 },
        command::TALLY => Command::Tally { group: handle, fulfilled: get(words, 2) },
        command::SEAL => Command::Seal { group: handle, members: get_wide(words, 2) },
        command::HOLD => Command::Hold { limiter: aux, call: handle },
        command::DISBAND => Command::Disband { group: handle },
        _ if CAPACITY => {
            return buffers::decode(code, aux, words)
                .or_else(|| capacity::decode(code, aux, words))
                .or_else(|| guards::decode(code, aux, words))
                .or_else(|| by_hand::decode(code, aux, words));
        }
        _ => return None,
    })
}

fn some(word: u32) -> Option<u32> {
    (word != NONE).then_some(word)
}

fn admission(words: &[u32]) -> Admission {
    let span = |at| Some(get_span(words, at)).filter(|&span| span != Span::from_micros(SPAN_DEFAULT));
    Admission {
        signal: some(get(words, 2)),
        parent: some(get(words, 3)).map(Handle::from_bits),
        queue_timeout: span(4),
        run_timeout: span(6),
        ..Admission::PLAIN
    }
}

fn options(words: &[u32], bits: u32) -> LimiterOptions {
    let has = |flag| bits & flag != 0;
    LimiterOptions {
        concurrency: get(words, 2),
        max_queue: get(words, 3),
        order: match () {
            () if has(flags::LIFO) => Order::Lifo,
            () if has(flags::PRIORITY) => Order::Priority,
            () => Order::Fifo,
        },
        overflow: match () {
            () if has(flags::DROP_OLDEST) => Overflow::DropOldest,
            () if has(flags::DROP_NEWEST) => Overflow::DropNewest,
            () if has(flags::DROP_LOWEST) => Overflow::DropLowest,
            () => Overflow::Reject,
        },
        nested: match () {
            () if has(flags::NESTED_ERROR) => NestedPolicy::Error,
            () if has(flags::NESTED_INHERIT) => NestedPolicy::Inherit,
            () => NestedPolicy::Warn,
        },
        queue_timeout: get_span(words, 4),
        run_timeout: get_span(words, 6),
        ..LimiterOptions::slots(1)
    }
}

fn retry_options(words: &[u32], bits: u32) -> RetryOptions {
    RetryOptions {
        retries: get(words, 3),
        backoff: Backoff {
            kind: match bits & retry::KIND_MASK {
                0 => BackoffKind::Constant,
                1 => BackoffKind::Linear,
                2 => BackoffKind::Exponential,
                _ => BackoffKind::Fibonacci,
            },
            base: get_span(words, 4),
            factor: get_float(words, 6),
            max: get_span(words, 8),
        },
        jitter: match (bits >> retry::JITTER_SHIFT) & 0b11 {
            0 => Jitter::None,
            1 => Jitter::Full,
            2 => Jitter::Equal,
            _ => Jitter::Decorrelated,
        },
        max_elapsed: get_span(words, 10),
        seed: get_wide(words, 18),
    }
}

fn failure(words: &[u32], bits: u32) -> Failure {
    let given = |flag| (bits & flag != 0).then(|| get_span(words, 16));
    Failure {
        attempt: get(words, 2),
        elapsed: get_span(words, 12),
        slept: get_span(words, 14),
        base: given(retry::BASE_GIVEN),
        after: given(retry::AFTER_GIVEN),
    }
}

fn group_options(bits: u32, count: u32) -> GroupOptions {
    GroupOptions {
        need: match bits & 0b1111 {
            group::NEED_ALL => Need::All,
            group::NEED_EVERY => Need::Every,
            group::NEED_SOME => Need::Some(count),
            _ => Need::First,
        },
        rest: match bits >> group::REST_SHIFT {
            group::REST_ABORT => Rest::Abort,
            group::REST_ABORT_AND_WAIT => Rest::AbortAndWait,
            _ => Rest::Continue,
        },
    }
}
