//! What happened so far.

use crate::effect::Verdict;

/// Counters of one limiter, from its opening on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Functions called and permits granted.
    pub started: u64,
    /// Tasks whose promise was fulfilled while somebody still waited for it.
    pub fulfilled: u64,
    /// Tasks whose promise was rejected by the task itself.
    pub failed: u64,
    /// Tasks cancelled, by handle or signal, waiting or running; calls that the limiter's signal met between attempts.
    pub aborted: u64,
    /// Tasks that waited or ran for too long.
    pub timed_out: u64,
    /// Tasks that found no place in the queue or were pushed out of it, and those refused: nested or too heavy ones,
    /// where the wait would be too long, or by a breaker.
    pub dropped: u64,
    /// Tasks that a clear or a close took out of the queue or gave up on, and calls that were to have no next attempt.
    pub cleared: u64,
    /// The longest queue there ever was.
    pub peak_queued: u64,
}

impl Counts {
    pub(crate) fn judge(&mut self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::QueueFull | Verdict::Nested | Verdict::TooHeavy | Verdict::Overloaded | Verdict::BreakerOpen => {
                &mut self.dropped
            }
            Verdict::QueueTimeout | Verdict::RunTimeout => &mut self.timed_out,
            Verdict::Cancelled | Verdict::SignalAborted | Verdict::LimiterAborted => &mut self.aborted,
            Verdict::Cleared | Verdict::Closed => &mut self.cleared,
        };
        *counter += 1;
    }
}
