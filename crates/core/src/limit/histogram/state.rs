//! The buckets.

use alloc::boxed::Box;

use crate::time::Span;

/// Each doubling has two to this power of buckets.
const CUT_BITS: u32 = 4;
const CUT: u64 = 1 << CUT_BITS;

/// The longest span told apart from longer ones: thirty days.
const LONGEST_US: u64 = 30 * 24 * 3_600 * 1_000_000;

/// One for each microsecond below the first doubling that is cut, then those of the doublings.
const BUCKETS: usize = bucket(LONGEST_US) + 1;

/// What the buckets take.
#[cfg(test)]
pub(super) const BYTES: usize = size_of::<[u32; BUCKETS]>();

/// Counts of spans by their length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    counts: Option<Box<[u32; BUCKETS]>>,
    longest: Span,
}

impl Histogram {
    /// Counts a span.
    pub(crate) fn record(&mut self, span: Span) {
        let counts = self.counts.get_or_insert_with(|| Box::new([0; BUCKETS]));
        if let Some(count) = counts.get_mut(bucket(span.as_micros())) {
            *count = count.saturating_add(1);
        }
        self.longest = self.longest.max(span);
    }

    /// How many spans were counted.
    pub(crate) fn count(&self) -> u64 {
        self.counts().map(u64::from).sum()
    }

    /// The spans that so many in a thousand are not longer than; none if there are no spans.
    pub(crate) fn quantiles<const N: usize>(&self, per_mille: [u32; N]) -> Option<[Span; N]> {
        let count = self.count();
        let rank = |per_mille: u32| count.saturating_mul(u64::from(per_mille.min(1_000))).div_ceil(1_000).max(1);
        (count > 0).then(|| per_mille.map(|per_mille| self.nth(rank(per_mille))))
    }

    /// The nth span of all, the shortest first.
    fn nth(&self, rank: u64) -> Span {
        let mut passed = 0;
        let reached = |count: u32| {
            passed += u64::from(count);
            passed >= rank
        };
        let bucket = self.counts().position(reached).unwrap_or(BUCKETS);
        Span::from_micros(middle(bucket)).min(self.longest)
    }

    fn counts(&self) -> impl Iterator<Item = u32> {
        self.counts.iter().flat_map(|counts| counts.iter().copied())
    }
}

/// The bucket of a length.
#[expect(clippy::cast_possible_truncation, reason = "there are 611 of them")]
const fn bucket(micros: u64) -> usize {
    let micros = if micros < LONGEST_US { micros } else { LONGEST_US };
    if micros < CUT {
        return micros as usize;
    }
    // What is left when the doubling is taken away, and the leading digits within it.
    let doubling = micros.ilog2() - CUT_BITS;
    (doubling as u64 * CUT + (micros >> doubling)) as usize
}

/// The length in the middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < CUT {
        return bucket;
    }
    let (doubling, digits) = (bucket / CUT - 1, bucket % CUT + CUT);
    (digits << doubling) + ((1 << doubling) >> 1)
}
