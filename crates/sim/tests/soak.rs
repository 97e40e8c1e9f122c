//! The soak and the fuzz targets, each for a short time.

mod support;

use std::io::Write as _;
use std::time::Duration;

use fanfold_sim::soak::{fuzz_bodies, soak};

const SHORT: Duration = Duration::from_secs(4);

#[test]
fn a_short_soak() {
    for seed in support::seeds("soak") {
        let tally = soak(seed, SHORT);
        let _ = writeln!(std::io::stderr().lock(), "soak of seed {seed}: {tally:?}");
        assert!(tally.is_ok(), "{}", tally.err().unwrap_or_default());
    }
}

#[test]
fn the_fuzz_targets_without_a_fuzzer() {
    for seed in support::seeds("fuzz") {
        let inputs = fuzz_bodies(seed, SHORT);
        assert!(inputs.is_ok(), "{}", inputs.err().unwrap_or_default());
    }
}
