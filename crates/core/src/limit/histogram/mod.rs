//! Histograms: how long tasks waited and ran, in a fixed few kilobytes however many there were.
//!
//! - From a microsecond to thirty days, longer ones counted as that. A quantile is told to within 3.2 %, up to 15 us
//!   exactly.
//! - Recording is constant time. A quantile looks at each bucket once, 611 of them.
//! - Nothing is allocated before the first span, then 2.4 kB. Counts stop at 2^32 - 1 in each bucket.
//!
//! Each doubling is cut into sixteen equal buckets, so that the width of one is a sixteenth of what it begins with. The
//! idea is that of Gil Tene's `HdrHistogram`.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::Histogram;
