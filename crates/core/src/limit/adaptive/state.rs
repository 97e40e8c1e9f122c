//! The window that is on, and what is known of the service.

use super::{AdaptiveOptions, Algorithm, Outcome, Sample, algorithm};
use crate::time::{Span, Time};

/// Samples in a window, at least.
const FEWEST_SAMPLES: u32 = 20;

/// One failure in so many makes a window a failed one.
const FAILURE_IN: u32 = 20;

/// Windows from a look that found a line to the next look, since the verdict that this was its end may be hasty. Each
/// look that finds none doubles it.
const LOOK_SOON: u32 = 4;

/// As far as this.
const LOOK_LATE: u32 = 32;

/// What is left of the limit while looking.
const LOOK_AT: f64 = 0.85;

/// What the load has to fall to before latencies are compared.
const COMPARABLE: f64 = 0.9;

/// A line shortens latency as much as load falls, and where there is none latency stays. This far from the one to the
/// other is the verdict: near the line's end, since the line that is aimed at is not to be taken for one.
const VERDICT: f64 = 0.25;

/// Samples that ended since a time. All of them, also those that began before: to leave out what is still running at
/// the end and nothing at the beginning would make latency look shorter than it is.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Time,
    succeeded: u32,
    failed: u32,
    /// Of those that succeeded, in microseconds.
    latency: u64,
    /// How many were in flight when they began: of all together, and the most.
    in_flight: u64,
    peak: u32,
}

impl Window {
    fn new(since: Time) -> Self {
        Self { since, succeeded: 0, failed: 0, latency: 0, in_flight: 0, peak: 0 }
    }

    fn samples(&self) -> u32 {
        self.succeeded.saturating_add(self.failed)
    }

    fn mean_latency(&self) -> u64 {
        self.latency / u64::from(self.succeeded).max(1)
    }

    /// The mean load, which is what goes with the mean latency.
    #[expect(clippy::cast_precision_loss, reason = "exact for 2^53 in flight")]
    fn mean_load(&self) -> f64 {
        self.in_flight as f64 / f64::from(self.samples()).max(1.0)
    }
}

/// A limit that follows the service.
#[derive(Clone, Debug)]
pub(crate) struct Adaptive {
    options: AdaptiveOptions,
    limit: f64,
    window: Option<Window>,
    /// The latency without a line as far as is known, in microseconds.
    baseline: Option<f64>,
    /// Load and latency of a window, to compare those with that had less load.
    mark: (f64, f64),
    /// The limit to go back to after a look.
    looking: Option<f64>,
    /// Windows since the last look, and how many there are to be before the next.
    unlooked: u32,
    look_after: u32,
}

impl Adaptive {
    pub(crate) fn new(options: AdaptiveOptions) -> Self {
        let min = options.min.max(1);
        let options = AdaptiveOptions { min, max: options.max.max(min), ..options };
        let mut adaptive = Self {
            options,
            limit: f64::from(options.initial),
            window: None,
            baseline: None,
            mark: (0.0, 0.0),
            looking: None,
            unlooked: LOOK_SOON,
            look_after: LOOK_SOON,
        };
        adaptive.set(adaptive.limit);
        adaptive
    }

    /// The limit as it is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and 2^32 - 1")]
    pub(crate) fn limit(&self) -> u32 {
        (self.limit + 0.5) as u32
    }

    /// A call has ended. The new limit, if that makes one.
    pub(crate) fn sample(&mut self, sample: &Sample) -> Option<u32> {
        let latency = sample.latency.as_micros();
        let stall = sample.stall.as_micros();
        let limit = self.limit();
        let window = self.window.get_or_insert(Window::new(sample.now));
        if sample.outcome == Outcome::Ignored || sample.now < window.since || stall > latency / 2 {
            return None;
        }
        window.in_flight = window.in_flight.saturating_add(u64::from(sample.in_flight));
        window.peak = window.peak.max(sample.in_flight);
        if sample.outcome == Outcome::Ok {
            window.succeeded = window.succeeded.saturating_add(1);
            window.latency = window.latency.saturating_add(latency - stall);
        } else {
            window.failed = window.failed.saturating_add(1);
        }
        let length = sample.now.since(window.since).as_micros();
        if window.samples() < FEWEST_SAMPLES.max(limit) || length < window.mean_latency().saturating_mul(2) {
            return None;
        }
        // Those who began under the old limit are let go first.
        let next = Window::new(sample.now.after(Span::from_micros(window.mean_latency())));
        let window = core::mem::replace(window, next);
        self.judge(&window);
        Some(self.limit()).filter(|&now| now != limit)
    }

    fn judge(&mut self, window: &Window) {
        #[expect(clippy::cast_precision_loss, reason = "exact for latencies of up to 285 years")]
        let mean = window.mean_latency().max(1) as f64;
        if window.peak < self.limit().div_ceil(2) {
            // Nothing to learn about the limit. A look that was on is over.
            return self.end_look();
        }
        if window.failed.saturating_mul(FAILURE_IN) >= window.samples() {
            self.looking = None;
            return self.set(algorithm::back_off(self.limit));
        }
        if self.options.algorithm == Algorithm::Aimd {
            return self.set(algorithm::aimd(self.limit));
        }
        if self.learn(window.mean_load(), mean) {
            return;
        }
        self.unlooked += 1;
        if self.unlooked >= self.look_after && window.mean_load() >= self.limit * COMPARABLE {
            self.mark = (window.mean_load(), mean);
            return self.look();
        }
        let share = self.baseline.map_or(1.0, |baseline| baseline / mean);
        self.set(match self.options.algorithm {
            Algorithm::Vegas => algorithm::vegas(self.limit, share),
            _ => algorithm::gradient(self.limit, share),
        });
    }

    /// Takes in what latency goes with a load; whether the limit has been seen to as well.
    fn learn(&mut self, load: f64, mean: f64) -> bool {
        let (marked_load, marked_mean) = self.mark;
        let comparable = load <= marked_load * COMPARABLE;
        let helped = mean * marked_load <= marked_mean * (load + (marked_load - load) * VERDICT);
        let known = self.baseline.unwrap_or(mean);
        self.baseline = Some(if !comparable {
            // One window that is fast by chance does not make it the latency of the service.
            known + (mean - known).min(0.0) / 8.0
        } else if helped {
            // There was a line, and there may still be one.
            known.min(mean)
        } else if (mean - known).abs() > known * 0.15 {
            mean
        } else {
            // Less was not faster: there was no line, neither then nor now.
            f64::midpoint(known, mean)
        });
        if comparable || load >= marked_load * 0.95 {
            self.mark = (load, mean);
        }
        if self.looking.is_none() {
            return false;
        }
        if comparable && helped {
            self.look();
            self.look_after = LOOK_SOON;
        } else {
            self.look_after = (self.look_after * 2).min(LOOK_LATE);
            self.end_look();
        }
        true
    }

    /// Takes less for a window, to see whether that is faster.
    fn look(&mut self) {
        self.looking = Some(self.limit);
        self.unlooked = 0;
        self.set(self.limit * LOOK_AT);
    }

    fn end_look(&mut self) {
        if let Some(limit) = self.looking.take() {
            self.set(limit);
        }
    }

    fn set(&mut self, limit: f64) {
        self.limit = limit.clamp(f64::from(self.options.min), f64::from(self.options.max));
    }
}

#[cfg(test)]
impl Adaptive {
    pub(super) fn algorithm(&self) -> Algorithm {
        self.options.algorithm
    }
}
