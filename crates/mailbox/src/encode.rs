//! Effects and answers to words.

use fanfold_core::buffer::{End, Event};
use fanfold_core::limit::Snapshot;
use fanfold_core::limit::stats::{Quantiles, Stats};
use fanfold_core::{CAPACITY, DeadlineReason, Effect, Time};

use crate::layout::guards::stats;
use crate::layout::{NONE, buffers, effect, guards, header, length_of_effect};
use crate::words::{millis, millis_from_time, number, set, set_float, set_span};

/// Writes an effect to the front of the words; how many words it has.
pub(crate) fn encode(effect: &Effect, words: &mut [u32]) -> usize {
    let mut write = |code: u32, aux: u32, subject: u32| {
        set(words, 0, code | (aux << 8));
        set(words, 1, subject);
        code
    };
    let code = match *effect {
        // The plain engine has no such thing.
        Effect::Refuse { .. } | Effect::Breaker { .. } | Effect::Limit { .. } | Effect::Buffer { .. } if !CAPACITY => {
            return 0;
        }
        Effect::Start { task, limiter } => write(effect::START, limiter, task.bits()),
        Effect::Reject { task, limiter, verdict, waited } => {
            let code = write(effect::REJECT, verdict as u32, task.bits());
            set(words, 2, limiter);
            set_span(words, 3, waited);
            code
        }
        Effect::Refuse { task, limiter, verdict, waited, by, after } => {
            let code = write(guards::effect::REFUSE, verdict as u32, task.bits());
            set(words, 2, limiter);
            set_span(words, 3, waited);
            set(words, 5, by);
            set_span(words, 6, after);
            code
        }
        Effect::Breaker { limiter, circuit, half_open_after } => {
            let code = write(guards::effect::BREAKER, circuit as u32, limiter);
            set_span(words, 2, half_open_after);
            code
        }
        Effect::Limit { limiter, concurrency } => {
            let code = write(guards::effect::LIMIT, 0, limiter);
            set(words, 2, concurrency);
            code
        }
        Effect::Expire { task, limiter, verdict, waited, ran } => {
            let code = write(effect::EXPIRE, verdict as u32, task.bits());
            set(words, 2, limiter);
            set_span(words, 3, waited);
            set_span(words, 5, ran);
            code
        }
        Effect::Wake { waiter } => write(effect::WAKE, 0, waiter.bits()),
        Effect::Closed { waiter, report } => {
            let code = write(effect::CLOSED, u32::from(report.drained), waiter.bits());
            let counts = [report.fulfilled, report.rejected, report.cleared, report.aborted];
            for (at, count) in (2..).zip(counts) {
                set(words, at, count);
            }
            set_span(words, 6, report.elapsed);
            code
        }
        Effect::Room { limiter, room } => write(effect::ROOM, u32::from(room), limiter),
        Effect::SignalIdle { signal } => write(effect::SIGNAL_IDLE, 0, signal),
        Effect::KeyIdle { limiter, key } => write(effect::KEY_IDLE, limiter, key),
        Effect::NestedFull { limiter } => write(effect::NESTED_FULL, 0, limiter),
        Effect::LimiterFreed { limiter } => write(effect::LIMITER_FREED, 0, limiter),
        Effect::RetryAfter { sleeper, delay } => {
            let code = write(effect::RETRY_AFTER, 0, sleeper.bits());
            set_span(words, 2, delay);
            code
        }
        Effect::Exhausted { sleeper, what } => write(effect::EXHAUSTED, what as u32, sleeper.bits()),
        Effect::GroupStop { group } => write(effect::GROUP_STOP, 0, group.bits()),
        Effect::GroupDecided { group, judgement } => {
            let code = write(effect::GROUP_DECIDED, u32::from(judgement.fulfilled), group.bits());
            set(words, 2, judgement.by.unwrap_or(NONE));
            code
        }
        Effect::Buffer { buffer, event } => {
            let (code, aux, slot) = in_buffer(event);
            set(words, 0, code | (aux << 8));
            set(words, 1, buffer.bits());
            set(words, 2, slot.unwrap_or(NONE));
            code
        }
        Effect::Fault { fault, subject } => write(effect::FAULT, fault as u32, subject),
    };
    length_of_effect(code).unwrap_or(0)
}

/// The number of what happens in a buffer, what stands in its upper bits, and the slot.
fn in_buffer(event: Event) -> (u32, u32, Option<u32>) {
    match event {
        Event::Admit { seat } => (buffers::effect::ADMIT, seat, None),
        Event::Refuse { seat } => (buffers::effect::REFUSE_VALUE, seat, None),
        Event::Give { seat: Some(seat), slot } => (buffers::effect::GIVE, seat, slot),
        Event::Give { seat: None, slot } => (buffers::effect::GIVE_NOW, 0, slot),
        Event::Drop { end, slot } => (buffers::effect::DROP, u32::from(end == End::Newest), slot),
        Event::Release { seat } => (buffers::effect::RELEASE, seat, None),
    }
}

/// Writes how a limiter stands into the header.
pub(crate) fn answer(snapshot: &Snapshot, words: &mut [u32]) {
    set(words, header::ACTIVE, snapshot.active);
    set(words, header::QUEUED, snapshot.queued);
    set(words, header::RESTING, snapshot.resting);
    set(words, header::PAUSED, u32::from(snapshot.paused));
    set(words, header::CLOSED, u32::from(snapshot.closed));
    let counts = &snapshot.counts;
    let counters = [
        counts.started,
        counts.fulfilled,
        counts.failed,
        counts.aborted,
        counts.timed_out,
        counts.dropped,
        counts.cleared,
        counts.peak_queued,
    ];
    for (place, count) in counters.into_iter().enumerate() {
        set_float(words, header::COUNTS + 2 * place, number(count));
    }
}

/// Writes what a limiter can tell beyond that into the header.
pub(crate) fn answer_stats(told: &Stats, words: &mut [u32]) {
    let mut write = |at, value: Option<f64>| set_float(words, at, value.unwrap_or(f64::NAN));
    write(stats::OLDEST_WAIT, told.oldest_wait.map(millis));
    write(stats::NEXT_START, Some(millis_from_time(told.next_start.unwrap_or(Time::NEVER))));
    for (at, quantiles) in [(stats::WAITED, told.waited), (stats::RAN, told.ran)] {
        write(at, Some(number(quantiles.map_or(0, |quantiles| quantiles.count))));
        let spans = quantiles.map(|Quantiles { p50, p95, p99, .. }| [p50, p95, p99]);
        for nth in 0..3 {
            let span = spans.and_then(|spans| spans.get(nth).copied());
            write(at + 2 + 2 * nth, span.map(millis));
        }
    }
    write(stats::HALF_OPEN, Some(millis_from_time(told.half_open.unwrap_or(Time::NEVER))));
    for (nth, left) in told.left.into_iter().enumerate() {
        write(stats::LEFT + 2 * nth, left.map(number));
    }
    set(words, stats::CONCURRENCY, told.concurrency);
    set(words, stats::CIRCUIT, told.circuit.map_or(0, |circuit| circuit as u32));
}

/// The number of a reason: 0 for no deadline.
pub(crate) fn reason(reason: Option<DeadlineReason>) -> u32 {
    match reason {
        None => 0,
        Some(DeadlineReason::QueueTimeout(_)) => 1,
        Some(DeadlineReason::RunTimeout(_)) => 2,
        Some(DeadlineReason::PauseEnd(_)) => 3,
        Some(DeadlineReason::GraceEnd(_)) => 4,
        Some(DeadlineReason::SleepEnd(_)) => 5,
        Some(DeadlineReason::RateReady(_)) => 6,
        Some(DeadlineReason::KeyReady(_)) => 7,
        Some(DeadlineReason::HoldBackEnd(_)) => 200,
        Some(DeadlineReason::HalfOpen(_)) => 201,
        Some(DeadlineReason::Probe) => 202,
    }
}
