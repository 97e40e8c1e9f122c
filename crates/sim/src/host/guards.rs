//! The steps about what protects a service.

use fanfold_core::Command;

use super::Host;
use crate::plan::guards::{Guard, scope};

impl Host {
    /// A step about what protects a service.
    pub(super) fn guard(&mut self, guard: Guard) {
        let (Guard::HoldBack(at, ..) | Guard::MaxWait(at, _) | Guard::Stats(at) | Guard::Lift(at)) = guard;
        let Some(limiter) = self.limiter(at) else { return };
        match guard {
            Guard::HoldBack(_, which, span, spread) => {
                let (span, spread) = (span.span(), spread.span());
                self.say(Command::HoldBack { limiter, scope: scope(which), span, spread });
            }
            Guard::MaxWait(_, span) => self.say(Command::SetMaxWait { limiter, max_wait: span.span() }),
            Guard::Stats(_) => self.say(Command::EnableStats { limiter }),
            Guard::Lift(_) => self.say(Command::LiftHold { limiter }),
        }
    }
}
