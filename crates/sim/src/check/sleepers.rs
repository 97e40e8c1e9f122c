//! Who sleeps wakes, once and not early; whoever asks for a retry is answered at once.

use fanfold_core::retry::{Failure, RetryOptions};
use fanfold_core::{Handle, Span, Time};

#[derive(Clone, Copy, Debug)]
enum Until {
    /// Something happens in a limiter.
    Called,
    /// The verdict on an attempt.
    Answered(RetryOptions, Failure),
    /// A moment.
    Time(Time),
}

#[derive(Clone, Copy, Debug)]
struct Sleeper {
    handle: Handle,
    until: Until,
    /// It was cancelled: it may wake at once.
    roused: bool,
    /// A call that was let go in this turn: what is told of it was so before.
    forgotten: bool,
}

/// All who wait to be woken.
#[derive(Clone, Debug, Default)]
pub(super) struct Sleepers(Vec<Sleeper>);

impl Sleepers {
    pub(super) fn sleep(&mut self, handle: Handle, until: Time) {
        self.enter(handle, Until::Time(until));
    }

    pub(super) fn wait(&mut self, handle: Handle) {
        self.enter(handle, Until::Called);
    }

    pub(super) fn retry(&mut self, handle: Handle, options: RetryOptions, failure: Failure) {
        self.enter(handle, Until::Answered(options, failure));
    }

    pub(super) fn rouse(&mut self, handle: Handle) {
        if let Some(sleeper) = self.0.iter_mut().find(|sleeper| sleeper.handle == handle) {
            sleeper.roused = true;
        }
    }

    pub(super) fn forget(&mut self, handle: Handle) {
        if let Some(sleeper) = self.0.iter_mut().find(|sleeper| sleeper.handle == handle) {
            sleeper.forgotten = true;
        }
    }

    /// Its limiter has no next attempt for it.
    pub(super) fn reject(&mut self, handle: Handle) {
        self.leave(handle);
    }

    pub(super) fn answer(&mut self, handle: Handle, delay: Span, now: Time) -> Result<(), String> {
        let sleeper = self.find(handle)?;
        let Until::Answered(options, failure) = sleeper.until else {
            return Err(format!("answered a second time: {sleeper:?}"));
        };
        let longest = failure.after.unwrap_or(options.backoff.max);
        let start = failure.elapsed.as_micros().saturating_add(delay.as_micros());
        let retried = failure.attempt.saturating_sub(1);
        if !delay.is_finite() || delay > longest || start > options.max_elapsed.as_micros() {
            return Err(format!("{delay:?} is too long: {sleeper:?}"));
        }
        if retried >= options.retries {
            return Err(format!("one retry too many: {sleeper:?}"));
        }
        sleeper.until = Until::Time(now.after(delay));
        Ok(())
    }

    pub(super) fn exhaust(&mut self, handle: Handle) -> Result<(), String> {
        let sleeper = *self.find(handle)?;
        if !matches!(sleeper.until, Until::Answered(..)) {
            return Err(format!("exhausted, though it was answered: {sleeper:?}"));
        }
        self.leave(handle);
        Ok(())
    }

    pub(super) fn wake(&mut self, handle: Handle, now: Time) -> Result<(), String> {
        let sleeper = *self.find(handle)?;
        match sleeper.until {
            Until::Answered(..) => return Err(format!("woken without an answer: {sleeper:?}")),
            Until::Time(at) if at > now && !sleeper.roused => return Err(format!("woken early: {sleeper:?}")),
            Until::Time(_) | Until::Called => self.leave(handle),
        }
        Ok(())
    }

    /// Nobody was left out, and the host will come back for the next.
    pub(super) fn end_turn(&mut self, now: Time, deadline: Option<Time>) -> Result<(), String> {
        self.0.retain(|sleeper| !sleeper.forgotten);
        let left_out = self.0.iter().find(|sleeper| match sleeper.until {
            Until::Called => false,
            Until::Answered(..) => true,
            Until::Time(at) => {
                at <= now || sleeper.roused || (at != Time::NEVER && deadline.is_none_or(|next| next > at))
            }
        });
        left_out.map_or(Ok(()), |sleeper| Err(format!("left out: {sleeper:?}")))
    }

    fn enter(&mut self, handle: Handle, until: Until) {
        self.0.push(Sleeper { handle, until, roused: false, forgotten: false });
    }

    fn find(&mut self, handle: Handle) -> Result<&mut Sleeper, String> {
        let sleeper = self.0.iter_mut().find(|sleeper| sleeper.handle == handle);
        sleeper.ok_or_else(|| format!("{handle:?} does not sleep, or not any more"))
    }

    fn leave(&mut self, handle: Handle) {
        self.0.retain(|sleeper| sleeper.handle != handle);
    }
}
