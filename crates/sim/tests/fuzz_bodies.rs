//! The bodies of the fuzz targets over a bounded random corpus, for compilers without a fuzzer.

mod support;

use fanfold_sim::fuzz;
use fanfold_sim::rng::Rng;

const INPUTS: u32 = 300;

fn run(test: &str, body: impl Fn(&[u8])) {
    for seed in support::seeds(test) {
        let mut rng = Rng::new(seed);
        for _ in 0..INPUTS {
            body(&fuzz::random_input(&mut rng));
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
