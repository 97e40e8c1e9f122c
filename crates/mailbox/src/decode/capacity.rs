//! What only the whole engine takes: see `own.rs` in crates/core.

use fanfold_core::limit::LimiterOptions;
use fanfold_core::limit::rate::{At, Rule, Shape};
use fanfold_core::{Admission, Command, Handle};

use super::{admission, options, some};
use crate::layout::{command, rate};
use crate::words::{get, get_span, get_wide};

pub(super) fn decode(code: u32, aux: u32, words: &[u32]) -> Option<Command> {
    let subject = get(words, 1);
    let handle = Handle::from_bits(subject);
    Some(match code {
        command::SUBMIT_FULL => Command::Submit { limiter: aux, task: handle, admission: full_admission(words) },
        command::SUBMIT_KEYED => Command::Submit {
            limiter: aux,
            task: handle,
            admission: Admission { key: some(get(words, 10)), ..full_admission(words) },
        },
        command::SET_KEY => Command::SetKey { limiter: aux, key: some(subject), weight: get(words, 2) },
        command::SET_PER_KEY => {
            Command::SetPerKey { limiter: subject, concurrency: get(words, 2), max_queue: get(words, 3) }
        }
        command::SET_PER_KEY_RATE => {
            Command::SetPerKeyRate { limiter: subject, nth: aux & 0xff, rule: rule(words, aux) }
        }
        command::HOLD_KEY => Command::HoldKey { limiter: aux, key: some(subject), span: get_span(words, 2) },
        command::OPEN_FULL => Command::Open {
            limiter: subject,
            options: LimiterOptions {
                parent: some(get(words, 8)),
                bypass: get(words, 9),
                ageing: get_span(words, 10),
                ..options(words, aux)
            },
        },
        command::REPRIORITIZE => Command::Reprioritize { task: handle, priority: signed(get(words, 2)).into() },
        command::SET_RATE => Command::SetRate { limiter: subject, nth: aux & 0xff, rule: rule(words, aux) },
        command::COST => Command::Cost { task: handle, resource: aux, units: get_wide(words, 2) },
        command::SETTLE_COST => Command::SettleCost { task: handle, resource: aux, actual: get_wide(words, 2) },
        command::MOVE => Command::Move { limiter: subject, parent: some(get(words, 2)) },
        _ => return None,
    })
}

fn full_admission(words: &[u32]) -> Admission {
    Admission { weight: get(words, 8), priority: signed(get(words, 9)).into(), ..admission(words) }
}

fn rule(words: &[u32], bits: u32) -> Option<Rule> {
    let limit = get_wide(words, 2);
    (limit != u64::MAX).then(|| Rule {
        resource: (bits >> rate::RESOURCE_SHIFT) & 0xff,
        limit,
        interval: get_span(words, 4),
        shape: if bits & rate::SMOOTH != 0 { Shape::Smooth } else { Shape::Burst },
        at: match () {
            () if bits & rate::AT_BOTH != 0 => At::Both,
            () if bits & rate::AT_END != 0 => At::End,
            () => At::Start,
        },
    })
}

/// The number with these bits.
pub(super) fn signed(word: u32) -> i32 {
    i32::from_ne_bytes(word.to_ne_bytes())
}
