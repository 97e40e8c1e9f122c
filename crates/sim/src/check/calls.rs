//! A call that is held keeps its limiter from coming to rest, and what ends its rest is one of few things.

use fanfold_core::{Command, Handle, LimiterId, Span, Time, Until, Verdict};

#[derive(Clone, Copy, Debug)]
struct Held {
    handle: Handle,
    limiter: LimiterId,
    rests_since: Option<Time>,
    /// It was said in this turn that it is one: the limiter may have been at rest before.
    is_new: bool,
    /// It was said in this turn that it has no further attempt.
    let_go: bool,
}

/// All calls that are held, and who waits for their limiters to come to rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    held: Vec<Held>,
    guests: Vec<(Handle, LimiterId)>,
    /// Limiters that were told in this turn to reject whoever rests.
    swept: Vec<LimiterId>,
    /// Limiters that take nothing any more.
    shut: Vec<LimiterId>,
    /// Which limiter is below which, or was once.
    below: Vec<(LimiterId, LimiterId)>,
}

impl Calls {
    pub(super) fn command(&mut self, command: &Command, now: Time) {
        match *command {
            Command::Hold { limiter, call } => {
                self.held.push(Held { handle: call, limiter, rests_since: None, is_new: true, let_go: false });
            }
            Command::Retry { sleeper, .. } => {
                if let Some(call) = self.find(sleeper) {
                    call.rests_since = Some(now);
                }
            }
            Command::Wait { limiter, waiter, until: Until::Idle } => self.guests.push((waiter, limiter)),
            Command::Clear { limiter } => self.swept.push(limiter),
            Command::Close { limiter, waiter, .. } => {
                self.guests.push((waiter, limiter));
                self.shut.push(limiter);
            }
            Command::Abort { limiter } => self.shut.push(limiter),
            Command::Open { limiter, options } => self.below.extend(options.parent.map(|parent| (limiter, parent))),
            Command::Move { limiter, parent } => self.below.extend(parent.map(|parent| (limiter, parent))),
            _ => {}
        }
    }

    /// It was said that a call has no further attempt; whether it is one.
    pub(super) fn let_go(&mut self, handle: Handle) -> bool {
        self.find(handle).map(|call| call.let_go = true).is_some()
    }

    pub(super) fn is_held(&self, handle: Handle) -> bool {
        self.held.iter().any(|call| call.handle == handle)
    }

    /// Its rest is over, for the next attempt.
    pub(super) fn wake(&mut self, handle: Handle) -> Result<(), String> {
        match self.find(handle) {
            Some(call) if call.let_go => Err(format!("woken, though it was let go: {call:?}")),
            Some(call) => {
                call.rests_since = None;
                Ok(())
            }
            None => self.rest_of_guest(handle),
        }
    }

    /// It does not rest at all.
    pub(super) fn exhaust(&mut self, handle: Handle) {
        if let Some(call) = self.find(handle) {
            call.rests_since = None;
        }
    }

    /// Its rest is over, and it has no next attempt.
    pub(super) fn reject(
        &mut self,
        handle: Handle,
        limiter: LimiterId,
        verdict: Verdict,
        waited: Span,
        now: Time,
    ) -> Result<(), String> {
        let allowed = match verdict {
            Verdict::Cleared => self.swept.contains(&limiter),
            Verdict::Closed | Verdict::LimiterAborted => self.is_shut(limiter),
            _ => false,
        };
        let call = self.find(handle).ok_or_else(|| format!("{handle:?} is not held"))?;
        let rested = call.rests_since.take().map(|since| now.since(since));
        if !allowed || call.limiter != limiter || rested != Some(waited) {
            return Err(format!("rejected as {verdict:?} after {waited:?}, though it rested {rested:?}: {call:?}"));
        }
        Ok(())
    }

    /// Whether a limiter, or one that was ever above it, takes nothing any more.
    fn is_shut(&self, id: LimiterId) -> bool {
        let mut path = vec![id];
        let mut at = 0;
        while let Some(&id) = path.get(at) {
            let above = self.below.iter().filter(|&&(below, _)| below == id).map(|&(_, above)| above);
            let new: Vec<LimiterId> = above.filter(|above| !path.contains(above)).collect();
            path.extend(new);
            at += 1;
        }
        path.iter().any(|id| self.shut.contains(id))
    }

    /// Someone who waits for a limiter to come to rest is told that it did.
    pub(super) fn rest_of_guest(&mut self, guest: Handle) -> Result<(), String> {
        let Some(place) = self.guests.iter().position(|&(handle, _)| handle == guest) else { return Ok(()) };
        let (_, limiter) = self.guests.remove(place);
        self.rest_of(limiter)
    }

    /// A closer is told; whether of a limiter at rest.
    pub(super) fn closed(&mut self, closer: Handle, drained: bool) -> Result<(), String> {
        if drained {
            return self.rest_of_guest(closer);
        }
        self.guests.retain(|&(handle, _)| handle != closer);
        Ok(())
    }

    pub(super) fn freed(&mut self, limiter: LimiterId) -> Result<(), String> {
        self.shut.retain(|&other| other != limiter);
        self.below.retain(|&(below, above)| below != limiter && above != limiter);
        self.rest_of(limiter)
    }

    pub(super) fn resting(&self, limiter: LimiterId) -> usize {
        self.held.iter().filter(|call| call.limiter == limiter && call.rests_since.is_some()).count()
    }

    pub(super) fn end_turn(&mut self) {
        self.swept.clear();
        self.held.retain(|call| !call.let_go);
        self.held.iter_mut().for_each(|call| call.is_new = false);
    }

    /// A limiter is said to have been at rest at some moment of a turn: nobody may have been held all through it.
    fn rest_of(&self, limiter: LimiterId) -> Result<(), String> {
        let held = self.held.iter().find(|call| call.limiter == limiter && !call.is_new && !call.let_go);
        held.map_or(Ok(()), |call| Err(format!("limiter {limiter} is called idle and holds {call:?}")))
    }

    fn find(&mut self, handle: Handle) -> Option<&mut Held> {
        self.held.iter_mut().find(|call| call.handle == handle)
    }
}
