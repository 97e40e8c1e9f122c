//! Commands about what protects a service and those who wait for it.

use fanfold_core::Command;
use fanfold_core::limit::hold_back::Scope;

use crate::layout::guards::{command, scope};
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
        command::LIFT_HOLD => Command::LiftHold { limiter },
        _ => return None,
    })
}
