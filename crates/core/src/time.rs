//! Points in time and spans, both in whole microseconds.
//!
//! The origin is the host's: the engine only ever compares and adds. Arithmetic saturates, so that no
//! clock and no option can make it overflow.

/// A point in time: microseconds since an origin that the host chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

/// A length of time in microseconds. [`Span::NEVER`] stands for "no limit".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u64);

impl Time {
    /// The origin.
    pub const ZERO: Self = Self(0);
    /// A point that no clock reaches.
    pub const NEVER: Self = Self(u64::MAX);

    /// The point `micros` microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The point one span later; [`Time::NEVER`] if the span is [`Span::NEVER`].
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long ago `earlier` was; nothing if it lies ahead.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// No limit.
    pub const NEVER: Self = Self(u64::MAX);

    /// A span of so many microseconds; `u64::MAX` is [`Span::NEVER`].
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of so many milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis as u64 * 1_000)
    }

    /// Its length in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Its length in whole milliseconds, at most `u32::MAX` (49 days).
    pub fn as_millis(self) -> u32 {
        u32::try_from(self.0 / 1_000).unwrap_or(u32::MAX)
    }

    /// Whether this is a limit at all.
    pub const fn is_finite(self) -> bool {
        self.0 != u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_without_limit_is_never_reached() {
        assert_eq!(Time::from_micros(7).after(Span::NEVER), Time::NEVER);
        assert_eq!(Time::from_micros(7).after(Span::from_millis(2)), Time::from_micros(2_007));
    }

    #[test]
    fn a_clock_that_goes_back_measures_nothing() {
        assert_eq!(Time::from_micros(5).since(Time::from_micros(9)), Span::ZERO);
    }

    #[test]
    fn milliseconds_saturate() {
        assert_eq!(Span::from_micros(1_999).as_millis(), 1);
        assert_eq!(Span::NEVER.as_millis(), u32::MAX);
    }
}
