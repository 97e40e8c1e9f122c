//! Any words at all as commands in the mailbox.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fanfold_sim::fuzz::mailbox_bytes(data));
