//! Words about what protects a service and those who wait for it.

use fanfold_core::Command;
use fanfold_core::limit::hold_back::Scope;
use fanfold_mailbox::layout::guards::{command, scope};

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
        Command::LiftHold { limiter } => out.extend([command::LIFT_HOLD, limiter]),
        _ => return false,
    }
    true
}
