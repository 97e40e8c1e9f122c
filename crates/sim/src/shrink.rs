//! Makes a failing plan short.

use crate::plan::Plan;

/// The shortest plan found by leaving steps out, ever smaller stretches of them, that still fails.
pub fn shrink(plan: &Plan, fails: impl Fn(&Plan) -> bool) -> Plan {
    let mut best = plan.clone();
    let mut stretch = best.len().next_power_of_two() / 2;
    while stretch > 0 {
        let mut at = 0;
        while at < best.len() {
            let end = (at + stretch).min(best.len());
            let shorter = [&best[..at], &best[end..]].concat();
            if fails(&shorter) {
                best = shorter;
            } else {
                at = end;
            }
        }
        stretch /= 2;
    }
    best
}
