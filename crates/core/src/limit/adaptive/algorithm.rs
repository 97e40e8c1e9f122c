//! The three rules: from a limit and what was seen under it to the next limit.

/// What a limit falls to after failures.
const BACK_OFF: f64 = 0.9;

/// No window takes more of the limit than this.
const STEEPEST: f64 = 0.5;

/// The line that is aimed at: a share of the limit.
const HEADROOM: f64 = 0.1;

/// How far a gradient goes to what it aims at in one window.
const SMOOTHING: f64 = 0.5;

/// A shorter line than this share of the limit asks for more, a longer one than that for less.
const SHORT_LINE: f64 = 0.04;
const LONG_LINE: f64 = 0.12;

/// The step towards it: a share of the limit, one at least.
const STEP: f64 = 0.05;

/// After a window with too many failures.
pub(super) fn back_off(limit: f64) -> f64 {
    limit * BACK_OFF
}

/// After a window without.
pub(super) fn aimd(limit: f64) -> f64 {
    limit + 1.0
}

/// By the latency without a line, as a share of what it is now: 1 without a line.
pub(super) fn gradient(limit: f64, share: f64) -> f64 {
    let aim = limit * share.clamp(STEEPEST, 1.0) + (limit * HEADROOM).max(1.0);
    limit + (aim - limit) * SMOOTHING
}

/// The same, by the length of the line.
pub(super) fn vegas(limit: f64, share: f64) -> f64 {
    let (line, step) = (1.0 - share, (limit * STEP).max(1.0));
    if line < SHORT_LINE {
        limit + step
    } else if line > LONG_LINE {
        limit - step
    } else {
        limit
    }
}
