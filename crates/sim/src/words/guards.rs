//! Words about what protects a service and those who wait for it.

use fanfold_core::limit::hold_back::Scope;
use fanfold_core::{Command, Effect, Handle, Span, Verdict};
use fanfold_mailbox::layout::guards::{command, effect, scope};

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
        Command::LiftHold { limiter } => out.extend([command::LIFT_HOLD, limiter]),
        _ => return false,
    }
    true
}

/// The effect in these words, if it is one of these.
pub(super) fn effect(code: u32, verdict: impl Fn() -> Verdict, words: &[u32]) -> Option<Effect> {
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
        _ => return None,
    })
}
