//! Statistics from the spans themselves.

use fanfold_core::limit::stats::{Quantiles, Stats};
use fanfold_core::{LimiterId, Span, Time};

use super::Model;
use super::rate::Ready;
use super::task::{Phase, Uid};

/// All spans of a limiter.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    pub(super) waited: Vec<Span>,
    pub(super) ran: Vec<Span>,
}

impl Model {
    /// Compares what a limiter tells with what it should; what is wrong, if anything is.
    pub fn judge_stats(&self, id: LimiterId, told: &Stats) -> Result<(), String> {
        let limiter = self.limiter(id).ok_or("no such limiter")?;
        let own = self.tasks.iter().filter(|task| task.limiter == id && task.phase == Phase::Waiting);
        let oldest = own.map(|task| self.now.since(task.since)).max().filter(|_| limiter.spans.is_some());
        let expected = Stats {
            oldest_wait: oldest,
            next_start: self.next_start(id),
            concurrency: limiter.options.concurrency,
            circuit: limiter.breaker.as_ref().map(|breaker| breaker.stand().0),
            half_open: limiter.breaker.as_ref().and_then(|breaker| breaker.stand().1),
            left: core::array::from_fn(|nth| limiter.meter.left(nth, self.now)),
            ..*told
        };
        if *told != expected {
            return Err(format!("limiter {id} tells {told:?}, expected {expected:?}"));
        }
        let spans = limiter.spans.clone().unwrap_or_default();
        for (told, spans) in [(told.waited, spans.waited), (told.ran, spans.ran)] {
            if !fits(told, spans.clone()) {
                return Err(format!("limiter {id} tells {told:?} of {spans:?}"));
            }
        }
        Ok(())
    }

    /// When the next one may start, if that is only a matter of time.
    fn next_start(&self, id: LimiterId) -> Option<Time> {
        if let Some(next) = self.head(id) {
            return self.start_of(next, id, None);
        }
        self.due_in_keys(id).into_iter().filter_map(|(next, due)| self.start_of(next, id, Some(due))).min()
    }

    fn start_of(&self, next: Uid, id: LimiterId, mut starts: Option<Time>) -> Option<Time> {
        for at in self.path(id) {
            let limiter = self.limiter(at)?;
            if !self.has_slots(next, at) {
                return None;
            }
            if let Some(pause) = limiter.paused {
                starts = starts.max(Some(pause.until?.at));
            }
            if let Some(held) = &limiter.hold_back {
                let due = held.due.map(|due| due.at);
                starts = starts.max(if held.is_held() { Some(due?) } else { due });
            }
            match self.when(at, &self.task(next).costs) {
                Ready::Now => {}
                Ready::At(due) => starts = starts.max(Some(due)),
                Ready::AtAnEnd | Ready::Never => return None,
            }
        }
        starts
    }
}

/// Longer spans count as thirty days.
const LONGEST_US: u64 = 30 * 24 * 3_600 * 1_000_000;

/// Whether quantiles are those of these spans, to within 3.2 %.
fn fits(told: Option<Quantiles>, mut spans: Vec<Span>) -> bool {
    spans.sort_unstable();
    let Some(Quantiles { count, p50, p95, p99 }) = told else { return spans.is_empty() };
    let near = |(told, per_mille): (Span, usize)| {
        let nth = (spans.len() * per_mille).div_ceil(1_000).max(1) - 1;
        let exact = spans[nth].as_micros().min(LONGEST_US);
        told.as_micros().abs_diff(exact) * 31 <= exact
    };
    count == spans.len() as u64 && count > 0 && [(p50, 500), (p95, 950), (p99, 990)].into_iter().all(near)
}
