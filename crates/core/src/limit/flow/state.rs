//! The two means.

use crate::time::{Span, Time};

/// A mean that moves by two to this power with each value; kept multiplied by that, so that it gets to where it is drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Mean<const WEIGHT_BITS: u32> {
    scaled: Option<u64>,
}

impl<const WEIGHT_BITS: u32> Mean<WEIGHT_BITS> {
    fn add(&mut self, span: Span) {
        let micros = span.as_micros().min(u64::MAX >> (WEIGHT_BITS + 1));
        let scaled = self.scaled.map_or(micros << WEIGHT_BITS, |scaled| scaled - (scaled >> WEIGHT_BITS) + micros);
        self.scaled = Some(scaled);
    }

    fn micros(self) -> u64 {
        self.scaled.unwrap_or(0) >> WEIGHT_BITS
    }
}

/// How fast tasks come through a limiter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    service: Mean<3>,
    /// From start to start, while others waited.
    gap: Mean<5>,
    /// The last start, if it left somebody waiting.
    last: Option<Time>,
}

impl Flow {
    /// A task starts that had to wait, or not, and leaves so many behind who still do.
    pub(crate) fn started(&mut self, now: Time, waited: bool, behind: u32) {
        if let Some(last) = self.last
            && waited
        {
            self.gap.add(now.since(last));
        }
        self.last = (behind > 0).then_some(now);
    }

    /// Nothing starts for a while, for a reason that says nothing about the next time.
    pub(crate) fn interrupt(&mut self) {
        self.last = None;
    }

    /// A task has run for so long.
    pub(crate) fn ended(&mut self, service: Span) {
        self.service.add(service);
    }

    /// How long somebody will probably wait who has so many before it, itself not counted, where no slot is free.
    pub(crate) fn wait(&self, now: Time, ahead: u32, concurrency: u32) -> Span {
        let by_slots = product(self.service.micros(), ahead) / u128::from(concurrency.max(1));
        let (gap, since) = (self.gap.micros(), self.last.map_or(Span::ZERO, |last| now.since(last)));
        let by_pace = product(gap, ahead).saturating_sub(u128::from(gap.min(since.as_micros())));
        let micros = u64::try_from(by_slots.max(by_pace)).unwrap_or(u64::MAX);
        Span::from_micros(micros.min(u64::MAX - 1))
    }
}

/// What so many and one more take.
fn product(each: u64, ahead: u32) -> u128 {
    u128::from(each) * (u128::from(ahead) + 1)
}
