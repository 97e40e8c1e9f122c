use alloc::vec::Vec;

use super::*;
use crate::Handle;
use crate::retry::Random;

mod change;
mod ends;
mod engine;
mod ledger;
mod promise;
mod settle;
mod smooth;

const SEEDS: u64 = 60;

const TASK: Handle = Handle::from_bits(7);

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

fn us(micros: u64) -> Span {
    Span::from_micros(micros)
}

fn at(millis: u32) -> Time {
    Time::ZERO.after(ms(millis))
}

fn burst(limit: u64, interval: Span) -> Rule {
    Rule { resource: 0, limit, interval, shape: Shape::Burst, at: At::Start }
}

fn smooth(limit: u64, interval: Span) -> Rule {
    Rule { shape: Shape::Smooth, ..burst(limit, interval) }
}

fn began(started: Time) -> Run {
    Run { started, ended: None }
}

/// Units of what started (or ended) in the window of this length that ends with this moment, it included.
fn seen(log: &[(Time, u64)], last: Time, interval: Span) -> u64 {
    log.iter().filter(|(at, _)| *at <= last && at.after(interval) > last).map(|(_, units)| units).sum()
}

/// Whether any window sees more than the limit. The fullest ones end with an entry.
fn assert_windows(log: &[(Time, u64)], limit: u64, interval: Span, what: &str) {
    for &(last, _) in log {
        let seen = seen(log, last, interval);
        assert!(seen <= limit, "{what}: {seen} of {limit} in the window that ends with {last:?}");
    }
}

/// The next time after a pause that is mostly short, sometimes an edge of the window, rarely a long one.
fn later(random: &mut Random, now: Time, interval: Span) -> Time {
    let interval = interval.as_micros();
    let pause = match random.up_to(9) {
        0..=3 => 0,
        4 | 5 => random.up_to(interval / 10),
        6 => random.up_to(interval),
        7 => interval,
        8 => interval.saturating_sub(1),
        _ => random.up_to(interval * 5),
    };
    now.after(us(pause))
}
