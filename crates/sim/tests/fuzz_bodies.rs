//! The bodies of the fuzz targets over a bounded random corpus, for compilers without a fuzzer.

mod support;

use fanfold_sim::fuzz;
use fanfold_sim::rng::Rng;

const INPUTS: u32 = 300;

/// Runs a body on inputs of all lengths, some repetitive, as a fuzzer's are.
fn run(test: &str, body: impl Fn(&[u8])) {
    for seed in support::seeds(test) {
        let mut rng = Rng::new(seed);
        for _ in 0..INPUTS {
            let length = 1 << rng.below(13);
            let mut input: Vec<u8> = Vec::with_capacity(length);
            for _ in 0..length {
                let earlier = input.len().checked_sub(8).and_then(|at| input.get(at)).copied();
                let byte = if rng.once_in(6) { 0 } else { rng.byte() };
                input.push(earlier.filter(|_| rng.once_in(3)).unwrap_or(byte));
            }
            body(&input);
        }
    }
}

#[test]
fn any_words_in_the_mailbox() {
    run("mailbox_bytes", fuzz::mailbox_bytes);
}

#[test]
fn any_plan() {
    run("plan", fuzz::plan);
}

#[test]
fn nothing_at_all() {
    fuzz::mailbox_bytes(&[]);
    fuzz::plan(&[]);
}
