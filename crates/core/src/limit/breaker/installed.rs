//! A breaker as a limiter has it.

use super::{Breaker, BreakerOptions};
use crate::deadlines::DeadlineId;

/// The breaker of a limiter.
#[derive(Debug)]
pub(crate) struct Installed {
    /// Which one of all there have been.
    pub(crate) serial: u32,
    pub(crate) breaker: Breaker,
    /// When it is half-open, while it is open.
    pub(crate) alarm: DeadlineId,
}

impl Installed {
    pub(crate) fn new(serial: u32, options: BreakerOptions) -> Self {
        Self { serial, breaker: Breaker::new(options), alarm: DeadlineId::NONE }
    }
}
