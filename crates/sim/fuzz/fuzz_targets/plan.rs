//! Any plan, checked by the model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fanfold_sim::fuzz::plan(data));
