//! Seeds of tests: a fixed one, so that a run can be compared with the last, and one that nobody chose, so that
//! every run sees something new.

use std::io::Write as _;

use fanfold_sim::soak::random_seed;

/// The seed of the runs that are always the same.
pub const FIXED: u64 = 0x0fa0_f01d;

/// Both seeds, the second printed past the test runner's capture. `FANFOLD_SEED` takes the place of both.
pub fn seeds(test: &str) -> Vec<u64> {
    let asked = std::env::var("FANFOLD_SEED").ok();
    let seeds = match asked.map(|text| text.parse()) {
        Some(Ok(seed)) => vec![seed],
        Some(Err(_)) => panic!("FANFOLD_SEED must be a whole number"),
        None => vec![FIXED, random_seed()],
    };
    let _ = writeln!(std::io::stderr().lock(), "{test}: seeds {seeds:?} (again with FANFOLD_SEED)");
    seeds
}
