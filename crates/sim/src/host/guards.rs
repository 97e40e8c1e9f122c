//! The steps about what protects a service.

use fanfold_core::Command;

use super::{Host, pick};
use crate::plan::Pick;
use crate::plan::guards::{Fuse, Goal, Guard, health, scope};

impl Host {
    /// A step about what protects a service.
    pub(super) fn guard(&mut self, guard: Guard) {
        if let Guard::Finish(at, count, says) = guard {
            return self.finish(at, count, says);
        }
        let (Guard::HoldBack(at, ..)
        | Guard::MaxWait(at, _)
        | Guard::Stats(at)
        | Guard::Breaker(at, _)
        | Guard::Adaptive(at, _)
        | Guard::Finish(at, ..)
        | Guard::Lift(at)) = guard;
        let Some(limiter) = self.limiter(at) else { return };
        match guard {
            Guard::HoldBack(_, which, span, spread) => {
                let (span, spread) = (span.span(), spread.span());
                self.say(Command::HoldBack { limiter, scope: scope(which), span, spread });
            }
            Guard::MaxWait(_, span) => self.say(Command::SetMaxWait { limiter, max_wait: span.span() }),
            Guard::Stats(_) => self.say(Command::EnableStats { limiter }),
            Guard::Breaker(_, fuse) => {
                let options = fuse.map(Fuse::options);
                self.say(Command::SetBreaker { limiter, options });
            }
            Guard::Adaptive(_, goal) => {
                let options = goal.map(Goal::options);
                self.say(Command::SetAdaptive { limiter, options });
            }
            Guard::Finish(..) => {}
            Guard::Lift(_) => self.say(Command::LiftHold { limiter }),
        }
    }

    /// Lets so many functions settle, one after the other.
    fn finish(&mut self, at: Pick, count: u8, says: u8) {
        for nth in 0..count % 24 {
            let Some(task) = pick(&self.tasks(|_, started| started), at) else { return };
            let health = health(if says > 128 { says } else { says.wrapping_add(nth) });
            self.say(Command::CompleteAs { task, fulfilled: says.is_multiple_of(2), health });
            self.leave(task);
        }
    }
}
