//! Commands about what protects a service and those who wait for it.

use fanfold_core::limit::adaptive::{AdaptiveOptions, Algorithm};
use fanfold_core::limit::breaker::{BreakerOptions, Trip};
use fanfold_core::limit::hold_back::Scope;
use fanfold_core::{Command, Health};

use crate::layout::guards::{adaptive as follow, command, health as says, scope, trip};
use crate::words::{get, get_span};

/// The command in the words of one operation.
pub(super) fn decode(code: u32, aux: u32, words: &[u32]) -> Option<Command> {
    let limiter = get(words, 1);
    Some(match code {
        command::HOLD_BACK => Command::HoldBack {
            limiter,
            scope: match aux {
                scope::OWN => Scope::Own,
                scope::PARENT => Scope::Parent,
                _ => Scope::Root,
            },
            span: get_span(words, 2),
            spread: get_span(words, 4),
        },
        command::SET_MAX_WAIT => Command::SetMaxWait { limiter, max_wait: get_span(words, 2) },
        command::ENABLE_STATS => Command::EnableStats { limiter },
        command::SET_BREAKER => Command::SetBreaker { limiter, options: breaker(aux, words) },
        command::SET_ADAPTIVE => Command::SetAdaptive { limiter, options: adaptive(aux, words) },
        command::LIFT_HOLD => Command::LiftHold { limiter },
        _ => return None,
    })
}

fn breaker(kind: u32, words: &[u32]) -> Option<BreakerOptions> {
    let failures = get(words, 3);
    let trip = match kind {
        trip::NONE => return None,
        trip::CONSECUTIVE => Trip::Consecutive(failures),
        _ => Trip::Rate { per_mille: failures, window: get_span(words, 5), min_calls: get(words, 4) },
    };
    Some(BreakerOptions { trip, half_open_after: get_span(words, 7), trials: get(words, 2) })
}

fn adaptive(kind: u32, words: &[u32]) -> Option<AdaptiveOptions> {
    let algorithm = match kind {
        follow::NONE => return None,
        follow::AIMD => Algorithm::Aimd,
        follow::GRADIENT => Algorithm::Gradient,
        _ => Algorithm::Vegas,
    };
    Some(AdaptiveOptions { min: get(words, 2), max: get(words, 3), initial: get(words, 4), algorithm })
}

/// Whether a task was fulfilled, and what its end says about the service.
pub(crate) fn end_of_call(bits: u32) -> (bool, Health) {
    let fulfilled = bits & 1 != 0;
    let health = match bits >> says::SHIFT {
        says::BY_ITSELF => Health::of(fulfilled),
        says::GOOD => Health::Good,
        says::BAD => Health::Bad,
        _ => Health::Neutral,
    };
    (fulfilled, health)
}
