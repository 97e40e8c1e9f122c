//! Seeds of tests: a fixed one, so that a run can be compared with the last, and one that nobody chose, so that
//! every run sees something new.

use std::io::Write as _;

use fanfold_sim::soak::random_seed;

/// The seed of the runs that are always the same.
pub(crate) const FIXED: u64 = 0x0fa0_f01d;

/// Both seeds, the second printed past the test runner's capture. `FANFOLD_SEED` takes the place of both.
pub(crate) fn seeds(test: &str) -> Vec<u64> {
    let asked = std::env::var("FANFOLD_SEED").ok().map(|text| text.parse());
    assert!(!matches!(asked, Some(Err(_))), "FANFOLD_SEED must be a whole number");
    let seeds = asked.and_then(Result::ok).map_or_else(|| vec![FIXED, random_seed()], |seed| vec![seed]);
    let _ = writeln!(std::io::stderr().lock(), "{test}: seeds {seeds:?} (again with FANFOLD_SEED)");
    seeds
}
