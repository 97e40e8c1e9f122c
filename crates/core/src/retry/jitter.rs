//! Jitter: spreads the delays of callers that failed at the same moment.
//!
//! The four of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Backoff alone makes
//! a crowd come back more rarely, but still as a crowd.

use super::random::Random;
use crate::time::Span;

/// How a delay is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Not at all: the delay as it is.
    None,
    /// Anything from nothing to the delay. Costs the service the least work; the default.
    #[default]
    Full,
    /// Half of the delay, and anything up to the other half: never back at once.
    Equal,
    /// Anything from the base to three times the previous sleep (which counts as the base at least), and at most
    /// the cap. Grows by its own chance: the kind and factor of the backoff play no part, only base and cap do.
    Decorrelated,
}

impl Jitter {
    /// The sleep in place of a delay, with the sleep before it (zero if there was none), the base of the
    /// delays and their cap.
    ///
    /// Draws one number at most, and [`Jitter::None`] none. A delay without end stays one.
    pub fn apply(self, delay: Span, slept: Span, base: Span, max: Span, random: &mut Random) -> Span {
        let sleep = match self {
            Self::None => delay,
            Self::Full => between(Span::ZERO, delay, random),
            Self::Equal => between(Span::from_micros(delay.as_micros() / 2), delay, random),
            Self::Decorrelated => {
                let thrice = slept.max(base).as_micros().saturating_mul(3);
                between(base, Span::from_micros(thrice), random)
            }
        };
        sleep.min(max)
    }
}

/// Anything from `low` to `high`, both included; the latter is not the shorter one.
fn between(low: Span, high: Span, random: &mut Random) -> Span {
    if !high.is_finite() {
        return high;
    }
    let (low, high) = (low.as_micros(), high.as_micros());
    Span::from_micros(low.saturating_add(random.up_to(high.saturating_sub(low))))
}
