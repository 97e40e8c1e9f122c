//! An adaptive limit as a limiter has it.

use super::{Adaptive, AdaptiveOptions};

/// The adaptive limit of a limiter.
#[derive(Debug)]
pub(crate) struct Following {
    /// Which one of all there have been.
    pub(crate) serial: u32,
    pub(crate) adaptive: Adaptive,
    pub(crate) options: AdaptiveOptions,
}
