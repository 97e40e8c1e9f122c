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
            let mut input: Vec<u8> = (0..length).map(|_| rng.byte()).collect();
            for at in 0..input.len() {
                if at >= 8 && rng.once_in(3) {
                    input[at] = input[at - 8];
                } else if rng.once_in(6) {
                    input[at] = 0;
                }
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
