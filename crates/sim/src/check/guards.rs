//! What a host can see of what protects a service.

use fanfold_core::limit::hold_back::Scope;
use fanfold_core::{Command, Handle, LimiterId, Time};

/// What was said of the limiters.
#[derive(Clone, Debug, Default)]
pub(super) struct Guards {
    /// Nothing starts there before this.
    held: Vec<(LimiterId, Time)>,
    /// Limiters whose limit was set in this turn, after it followed what is called.
    fixed: Vec<LimiterId>,
}

impl Guards {
    /// A command about a limiter with these above it.
    pub(super) fn command(&mut self, command: &Command, path: &[LimiterId], now: Time) {
        match *command {
            Command::HoldBack { limiter, scope, span, .. } => {
                let held = match scope {
                    Scope::Own => Some(limiter),
                    Scope::Parent => path.get(1).or(path.first()).copied(),
                    Scope::Root => path.last().copied(),
                };
                self.held.extend(held.map(|held| (held, now.after(span))));
            }
            Command::LiftHold { limiter } => self.freed(limiter),
            Command::Resize { limiter, .. } => self.fixed.push(limiter),
            Command::SetAdaptive { limiter, options: Some(_) } => self.fixed.retain(|&fixed| fixed != limiter),
            _ => {}
        }
    }

    /// Whether the limit of a limiter is what was said in this turn, whatever is told of it.
    pub(super) fn is_fixed(&self, limiter: LimiterId) -> bool {
        self.fixed.contains(&limiter)
    }

    pub(super) fn end_turn(&mut self) {
        self.fixed.clear();
    }

    pub(super) fn freed(&mut self, limiter: LimiterId) {
        self.held.retain(|&(held, _)| held != limiter);
    }

    /// A function is called, of a limiter with these above it.
    pub(super) fn start(&self, task: Handle, path: &[LimiterId], now: Time) -> Result<(), String> {
        let held = self.held.iter().find(|(held, until)| path.contains(held) && now < *until);
        held.map_or(Ok(()), |held| Err(format!("{task:?} started at {now:?}, held back: {held:?}")))
    }
}
