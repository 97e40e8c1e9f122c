//! The host's half of the mailbox: messages to words, words to effects.
//!
//! Written from the layout's tables and not from the mailbox's own code, as the TypeScript side is.

mod buffers;
mod guards;

use fanfold_core::group::{GroupOptions, Judgement, Need, Rest};
use fanfold_core::limit::close::Report;
use fanfold_core::limit::nested::NestedPolicy;
use fanfold_core::limit::queue::{Order, Overflow};
use fanfold_core::limit::rate::{At, Rule, Shape};
use fanfold_core::limit::{Counts, LimiterOptions, Snapshot};
use fanfold_core::retry::{BackoffKind, BudgetOptions, Exhaustion, Failure, Jitter, RetryOptions};
use fanfold_core::{Admission, BudgetId, Command, Effect, Fault, Handle, Span, Until, Verdict};
use fanfold_mailbox::layout::{
    NONE, SPAN_DEFAULT, by_hand, command, effect, effect_of, flags, group, header, rate, retry,
};

use crate::turn::Message;

/// The low and the high half.
pub(crate) fn halves(wide: u64) -> [u32; 2] {
    [wide & u64::from(u32::MAX), wide >> 32].map(|half| u32::try_from(half).unwrap_or_default())
}

/// Appends a message; whether it asks for an answer.
pub(crate) fn push_message(message: &Message, out: &mut Vec<u32>) -> bool {
    match *message {
        Message::Command(command) => {
            push_command(&command, out);
            false
        }
        Message::Try { limiter, task } => {
            out.extend([command::TRY | (limiter << 8), task.bits()]);
            true
        }
    }
}

fn push_command(it: &Command, out: &mut Vec<u32>) {
    match *it {
        Command::Submit { limiter, task, admission } => push_submit(limiter, task, &admission, out),
        Command::Complete { task, fulfilled } => {
            out.extend([command::COMPLETE | (u32::from(fulfilled) << 8), task.bits()]);
        }
        Command::Cancel { task } => out.extend([command::CANCEL, task.bits()]),
        Command::SignalAborted { signal } => out.extend([command::SIGNAL_ABORTED, signal]),
        Command::Wait { limiter, waiter, until } => {
            let bound = match until {
                Until::Idle => 0,
                // Zero means idle; a queue is below one when it is empty, and never below zero.
                Until::QueuedBelow(bound) => bound.max(1),
            };
            out.extend([command::WAIT, limiter, waiter.bits(), bound]);
        }
        Command::Open { limiter, options } => push_open(limiter, &options, out),
        Command::Free { limiter } => out.extend([command::FREE, limiter]),
        Command::Resize { limiter, concurrency } => out.extend([command::RESIZE, limiter, concurrency]),
        Command::Settle { limiter } => out.extend([command::SETTLE, limiter]),
        Command::Pause { limiter, span } => {
            out.extend([command::PAUSE, limiter]);
            out.extend(halves(span.as_micros()));
        }
        Command::Resume { limiter } => out.extend([command::RESUME, limiter]),
        Command::Clear { limiter } => out.extend([command::CLEAR, limiter]),
        Command::Close { limiter, waiter, grace } => {
            out.extend([command::CLOSE, limiter, waiter.bits()]);
            out.extend(halves(grace.as_micros()));
        }
        Command::Abort { limiter } => out.extend([command::ABORT, limiter]),
        Command::Sleep { sleeper, span, holds } => {
            out.extend([command::SLEEP | (u32::from(holds) << 8), sleeper.bits()]);
            out.extend(halves(span.as_micros()));
        }
        Command::Retry { sleeper, options, failure, budget, holds } => {
            push_retry(sleeper, &options, &failure, budget, holds, out);
        }
        Command::OpenBudget { budget, options: BudgetOptions { share, min_per_second, window } } => {
            out.extend([command::OPEN_BUDGET, budget]);
            out.extend([share.to_bits(), min_per_second.to_bits(), window.as_micros()].into_iter().flat_map(halves));
        }
        Command::FreeBudget { budget } => out.extend([command::FREE_BUDGET, budget]),
        Command::Deposit { budget } => out.extend([command::DEPOSIT, budget]),
        Command::Gather { group, options } => push_gather(group, options, out),
        Command::Settled { group, member, fulfilled } => {
            out.extend([command::SETTLED | (u32::from(fulfilled) << 8), group.bits(), member]);
        }
        Command::Tally { group, fulfilled } => out.extend([command::TALLY, group.bits(), fulfilled]),
        Command::Seal { group, members } => {
            out.extend([command::SEAL, group.bits()]);
            out.extend(halves(members));
        }
        Command::Hold { limiter, call } => out.extend([command::HOLD | (limiter << 8), call.bits()]),
        Command::SetRate { limiter, nth, rule } => {
            push_rate(command::SET_RATE, limiter, nth, rule, out);
        }
        Command::SetPerKeyRate { limiter, nth, rule } => {
            push_rate(command::SET_PER_KEY_RATE, limiter, nth, rule, out);
        }
        Command::SetPerKey { limiter, concurrency, max_queue } => {
            out.extend([command::SET_PER_KEY, limiter, concurrency, max_queue]);
        }
        Command::SetKey { limiter, key, weight } => {
            out.extend([command::SET_KEY | (limiter << 8), key.unwrap_or(NONE), weight]);
        }
        Command::HoldKey { limiter, key, span } => {
            out.extend([command::HOLD_KEY | (limiter << 8), key.unwrap_or(NONE)]);
            out.extend(halves(span.as_micros()));
        }
        Command::Cost { task, resource, units } => {
            out.extend([command::COST | (resource << 8), task.bits()]);
            out.extend(halves(units));
        }
        Command::SettleCost { task, resource, actual } => {
            out.extend([command::SETTLE_COST | (resource << 8), task.bits()]);
            out.extend(halves(actual));
        }
        Command::Reprioritize { task, priority } => {
            out.extend([command::REPRIORITIZE, task.bits(), signed(priority)]);
        }
        Command::Next { limiter } => out.extend([by_hand::command::NEXT, limiter]),
        Command::Move { limiter, parent } => out.extend([command::MOVE, limiter, parent.unwrap_or(NONE)]),
        Command::Disband { group } => out.extend([command::DISBAND, group.bits()]),
        _ => assert!(guards::push_command(it, out) || buffers::push_command(it, out), "{it:?} has no words"),
    }
}

fn push_rate(code: u32, limiter: u32, nth: u32, rule: Option<Rule>, out: &mut Vec<u32>) {
    let bits = rule.map_or(0, |rule| {
        let at = match rule.at {
            At::Start => 0,
            At::End => rate::AT_END,
            At::Both => rate::AT_BOTH,
        };
        let smooth = if rule.shape == Shape::Smooth { rate::SMOOTH } else { 0 };
        at | smooth | (rule.resource << rate::RESOURCE_SHIFT)
    });
    out.extend([code | ((bits | nth) << 8), limiter]);
    out.extend(halves(rule.map_or(u64::MAX, |rule| rule.limit)));
    out.extend(halves(rule.map_or(0, |rule| rule.interval.as_micros())));
}

fn push_retry(
    sleeper: Handle,
    options: &RetryOptions,
    failure: &Failure,
    budget: Option<BudgetId>,
    holds: bool,
    out: &mut Vec<u32>,
) {
    let kind = match options.backoff.kind {
        BackoffKind::Constant => 0,
        BackoffKind::Linear => 1,
        BackoffKind::Exponential => 2,
        BackoffKind::Fibonacci => 3,
    };
    let jitter = match options.jitter {
        Jitter::None => 0,
        Jitter::Full => 1,
        Jitter::Equal => 2,
        Jitter::Decorrelated => 3,
    };
    // There is one place for a delay, and one that was asked for by name makes the other void.
    let (given, delay) = match (failure.after, failure.base) {
        (Some(after), _) => (retry::AFTER_GIVEN, after),
        (None, Some(base)) => (retry::BASE_GIVEN, base),
        (None, None) => (0, Span::ZERO),
    };
    let bits = kind | (jitter << retry::JITTER_SHIFT) | given | if holds { retry::HOLDS } else { 0 };
    out.extend([command::RETRY | (bits << 8), sleeper.bits(), failure.attempt, options.retries]);
    let wide = [
        options.backoff.base.as_micros(),
        options.backoff.factor.to_bits(),
        options.backoff.max.as_micros(),
        options.max_elapsed.as_micros(),
        failure.elapsed.as_micros(),
        failure.slept.as_micros(),
        delay.as_micros(),
        options.seed,
    ];
    out.extend(wide.into_iter().flat_map(halves));
    out.push(budget.unwrap_or(NONE));
}

fn push_gather(handle: Handle, options: GroupOptions, out: &mut Vec<u32>) {
    let (need, count) = match options.need {
        Need::All => (group::NEED_ALL, 0),
        Need::Every => (group::NEED_EVERY, 0),
        Need::Some(count) => (group::NEED_SOME, count),
        Need::First => (group::NEED_FIRST, 0),
    };
    let rest = match options.rest {
        Rest::Abort => group::REST_ABORT,
        Rest::AbortAndWait => group::REST_ABORT_AND_WAIT,
        Rest::Continue => group::REST_CONTINUE,
    };
    out.extend([command::GATHER | ((need | (rest << group::REST_SHIFT)) << 8), handle.bits(), count]);
}

fn push_submit(limiter: u32, task: Handle, admission: &Admission, out: &mut Vec<u32>) {
    if *admission == Admission::PLAIN {
        return out.extend([command::SUBMIT | (limiter << 8), task.bits()]);
    }
    let Admission { parent, priority, .. } = *admission;
    if *admission == (Admission { parent, priority, ..Admission::PLAIN }) {
        out.extend([by_hand::command::SUBMIT_RANKED | (limiter << 8), task.bits(), parent.map_or(NONE, Handle::bits)]);
        return out.extend(halves(u64::from_ne_bytes(priority.to_ne_bytes())));
    }
    let is_full = admission.weight != 1 || admission.priority != 0 || admission.key.is_some();
    let code = match admission.key {
        Some(_) => command::SUBMIT_KEYED,
        None if is_full => command::SUBMIT_FULL,
        None => command::SUBMIT_WITH,
    };
    out.extend([
        code | (limiter << 8),
        task.bits(),
        admission.signal.unwrap_or(NONE),
        admission.parent.map_or(NONE, Handle::bits),
    ]);
    for span in [admission.queue_timeout, admission.run_timeout] {
        out.extend(halves(span.map_or(SPAN_DEFAULT, Span::as_micros)));
    }
    if is_full {
        out.extend([admission.weight, signed(admission.priority)]);
    }
    out.extend(admission.key);
}

/// The word with these bits.
fn signed(number: i64) -> u32 {
    let number = i32::try_from(number).expect("a priority that one word can say");
    u32::from_ne_bytes(number.to_ne_bytes())
}

fn push_open(limiter: u32, options: &LimiterOptions, out: &mut Vec<u32>) {
    let order = match options.order {
        Order::Fifo => 0,
        Order::Lifo => flags::LIFO,
        Order::Priority => flags::PRIORITY,
    };
    let overflow = match options.overflow {
        Overflow::Reject => 0,
        Overflow::DropOldest => flags::DROP_OLDEST,
        Overflow::DropNewest => flags::DROP_NEWEST,
        Overflow::DropLowest => flags::DROP_LOWEST,
    };
    let nested = match options.nested {
        NestedPolicy::Warn => 0,
        NestedPolicy::Error => flags::NESTED_ERROR,
        NestedPolicy::Inherit => flags::NESTED_INHERIT,
    };
    let is_full = options.parent.is_some() || options.bypass > 0 || options.ageing.is_finite();
    let code = if is_full { command::OPEN_FULL } else { command::OPEN };
    out.extend([code | ((order | overflow | nested) << 8), limiter, options.concurrency, options.max_queue]);
    out.extend(halves(options.queue_timeout.as_micros()));
    out.extend(halves(options.run_timeout.as_micros()));
    if is_full {
        out.extend([options.parent.unwrap_or(NONE), options.bypass]);
        out.extend(halves(options.ageing.as_micros()));
    }
}

/// All effects that the words hold.
pub(crate) fn effects(mut words: &[u32]) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(&first) = words.first() {
        let operation = effect_of(first & 0xff).expect("an effect of the layout");
        let (own, rest) = words.split_at_checked(operation.words).expect("all words of the effect");
        effects.push(effect(operation.code, first >> 8, own));
        words = rest;
    }
    effects
}

fn effect(code: u32, aux: u32, words: &[u32]) -> Effect {
    let word = |at: usize| words.get(at).copied().expect("a word of the effect");
    let span = |at: usize| Span::from_micros(u64::from(word(at)) | (u64::from(word(at + 1)) << 32));
    let handle = Handle::from_bits(word(1));
    let verdict = || Verdict::ALL.into_iter().find(|&verdict| verdict as u32 == aux).expect("a verdict");
    match code {
        effect::START => Effect::Start { task: handle, limiter: aux },
        effect::REJECT => Effect::Reject { task: handle, limiter: word(2), verdict: verdict(), waited: span(3) },
        effect::EXPIRE => {
            Effect::Expire { task: handle, limiter: word(2), verdict: verdict(), waited: span(3), ran: span(5) }
        }
        effect::WAKE => Effect::Wake { waiter: handle },
        effect::CLOSED => Effect::Closed {
            waiter: handle,
            report: Report {
                drained: aux != 0,
                fulfilled: word(2),
                rejected: word(3),
                cleared: word(4),
                aborted: word(5),
                elapsed: span(6),
            },
        },
        effect::ROOM => Effect::Room { limiter: word(1), room: aux != 0 },
        effect::SIGNAL_IDLE => Effect::SignalIdle { signal: word(1) },
        effect::NESTED_FULL => Effect::NestedFull { limiter: word(1) },
        effect::KEY_IDLE => Effect::KeyIdle { limiter: aux, key: word(1) },
        effect::LIMITER_FREED => Effect::LimiterFreed { limiter: word(1) },
        effect::RETRY_AFTER => Effect::RetryAfter { sleeper: handle, delay: span(2) },
        effect::EXHAUSTED => Effect::Exhausted {
            sleeper: handle,
            what: Exhaustion::ALL.into_iter().find(|&what| what as u32 == aux).expect("an exhaustion"),
        },
        effect::GROUP_STOP => Effect::GroupStop { group: handle },
        effect::GROUP_DECIDED => Effect::GroupDecided {
            group: handle,
            judgement: Judgement { fulfilled: aux != 0, by: Some(word(2)).filter(|&member| member != NONE) },
        },
        effect::FAULT => Effect::Fault { fault: fault(aux), subject: word(1) },
        _ => buffers::effect(code, aux, words)
            .or_else(|| guards::effect(code, aux, verdict, words))
            .expect("an effect of the layout"),
    }
}

fn fault(code: u32) -> Fault {
    [
        Fault::UnknownLimiter,
        Fault::LimiterTaken,
        Fault::UnknownTask,
        Fault::HandleTaken,
        Fault::UnknownSignal,
        Fault::ZeroConcurrency,
        Fault::Malformed,
        Fault::UnknownGroup,
        Fault::UnknownBudget,
        Fault::Cycle,
        Fault::BadRate,
        Fault::UnknownKey,
        Fault::UnknownBuffer,
        Fault::BadSeat,
    ]
    .into_iter()
    .find(|&fault| fault as u32 == code)
    .expect("a fault")
}

/// The answer to a question, from the header.
pub(crate) fn snapshot(block: &[u32]) -> Snapshot {
    let word = |at: usize| block.get(at).copied().unwrap_or_default();
    let count = |place: usize| {
        let at = header::COUNTS + 2 * place;
        let float = f64::from_bits(u64::from(word(at)) | (u64::from(word(at + 1)) << 32));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, not negative")]
        let count = float as u64;
        count
    };
    Snapshot {
        active: word(header::ACTIVE),
        queued: word(header::QUEUED),
        resting: word(header::RESTING),
        paused: word(header::PAUSED) != 0,
        closed: word(header::CLOSED) != 0,
        counts: Counts {
            started: count(0),
            fulfilled: count(1),
            failed: count(2),
            aborted: count(3),
            timed_out: count(4),
            dropped: count(5),
            cleared: count(6),
            peak_queued: count(7),
        },
    }
}
