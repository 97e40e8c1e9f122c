//! Words about what protects a service and those who wait for it.

use fanfold_core::limit::adaptive::Algorithm;
use fanfold_core::limit::breaker::{BreakerOptions, Circuit, Trip};
use fanfold_core::limit::hold_back::Scope;
use fanfold_core::{Command, Effect, Handle, Health, LimiterId, Span, Verdict};
use fanfold_mailbox::layout::command::COMPLETE;
use fanfold_mailbox::layout::guards::{adaptive, command, effect, health, scope, trip};

use super::halves;

/// Appends a command; whether it was one of these.
pub(super) fn push_command(it: &Command, out: &mut Vec<u32>) -> bool {
    match *it {
        Command::HoldBack { limiter, scope: which, span, spread } => {
            let which = match which {
                Scope::Own => scope::OWN,
                Scope::Parent => scope::PARENT,
                Scope::Root => scope::ROOT,
            };
            out.extend([command::HOLD_BACK | (which << 8), limiter]);
            out.extend([span, spread].into_iter().flat_map(|span| halves(span.as_micros())));
        }
        Command::SetMaxWait { limiter, max_wait } => {
            out.extend([command::SET_MAX_WAIT, limiter]);
            out.extend(halves(max_wait.as_micros()));
        }
        Command::EnableStats { limiter } => out.extend([command::ENABLE_STATS, limiter]),
        Command::CompleteAs { task, fulfilled, health } => {
            let says = match health {
                Health::Good => health::GOOD,
                Health::Bad => health::BAD,
                Health::Neutral => health::NEUTRAL,
            };
            out.extend([COMPLETE | ((u32::from(fulfilled) | (says << health::SHIFT)) << 8), task.bits()]);
        }
        Command::SetBreaker { limiter, options } => push_breaker(limiter, options, out),
        Command::SetAdaptive { limiter, options } => {
            let kind = options.map_or(adaptive::NONE, |options| match options.algorithm {
                Algorithm::Aimd => adaptive::AIMD,
                Algorithm::Gradient => adaptive::GRADIENT,
                Algorithm::Vegas => adaptive::VEGAS,
            });
            let [min, max, initial] = options.map_or([0; 3], |options| [options.min, options.max, options.initial]);
            out.extend([command::SET_ADAPTIVE | (kind << 8), limiter, min, max, initial]);
        }
        Command::LiftHold { limiter } => out.extend([command::LIFT_HOLD, limiter]),
        _ => return false,
    }
    true
}

fn push_breaker(limiter: LimiterId, options: Option<BreakerOptions>, out: &mut Vec<u32>) {
    let Some(BreakerOptions { trip: when, half_open_after, trials }) = options else {
        out.extend([command::SET_BREAKER | (trip::NONE << 8), limiter]);
        return out.extend([0; 7]);
    };
    let (kind, failures, calls, window) = match when {
        Trip::Consecutive(failures) => (trip::CONSECUTIVE, failures, 0, Span::ZERO),
        Trip::Rate { per_mille, window, min_calls } => (trip::RATE, per_mille, min_calls, window),
    };
    out.extend([command::SET_BREAKER | (kind << 8), limiter, trials, failures, calls]);
    out.extend([window, half_open_after].into_iter().flat_map(|span| halves(span.as_micros())));
}

/// The effect in these words, if it is one of these.
pub(super) fn effect(code: u32, aux: u32, verdict: impl Fn() -> Verdict, words: &[u32]) -> Option<Effect> {
    let word = |at: usize| words.get(at).copied().expect("a word of the effect");
    let span = |at: usize| Span::from_micros(u64::from(word(at)) | (u64::from(word(at + 1)) << 32));
    Some(match code {
        effect::REFUSE => Effect::Refuse {
            task: Handle::from_bits(word(1)),
            limiter: word(2),
            verdict: verdict(),
            waited: span(3),
            by: word(5),
            after: span(6),
        },
        effect::BREAKER => Effect::Breaker {
            limiter: word(1),
            circuit: match aux {
                1 => Circuit::Closed,
                2 => Circuit::Open,
                _ => Circuit::HalfOpen,
            },
            half_open_after: span(2),
        },
        effect::LIMIT => Effect::Limit { limiter: word(1), concurrency: word(2) },
        _ => return None,
    })
}
