//! Random scripts on buffers of every kind, beside the model, on the engine and through the mailbox.

mod support;

use fanfold_core::buffer::{BufferOptions, Order, Overflow};
use fanfold_sim::buffers::{Step, play};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::seeds;

const CASES: u32 = 3_000;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (any::<u8>(), any::<i8>(), prop::bool::weighted(0.8))
            .prop_map(|(weight, rank, waits)| Step::Push { weight, rank, waits }),
        5 => Just(Step::Pull),
        5 => any::<u8>().prop_map(Step::Take),
        2 => Just(Step::Room),
        3 => any::<u8>().prop_map(Step::Leave),
        1 => prop::bool::weighted(0.3).prop_map(|ends| if ends { Step::End } else { Step::Pull }),
        1 => prop::bool::weighted(0.1).prop_map(|leaves| if leaves { Step::Abandon } else { Step::Pull }),
    ]
}

fn options() -> impl Strategy<Value = BufferOptions> {
    let capacity = prop_oneof![Just(0), 1..6_u32, Just(u32::MAX)];
    let order = prop_oneof![Just(Order::Fifo), Just(Order::Lifo), Just(Order::Priority)];
    let overflow = prop_oneof![
        3 => Just(Overflow::Suspend),
        1 => Just(Overflow::DropOldest),
        1 => Just(Overflow::Refuse),
        1 => Just(Overflow::Conflate),
    ];
    (capacity, order, overflow, any::<bool>()).prop_map(|(capacity, order, overflow, counted)| BufferOptions {
        capacity,
        order,
        overflow,
        counted: counted && order != Order::Priority,
    })
}

#[test]
fn any_script() {
    for seed in seeds("any_script") {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &support_seed(seed));
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new_with_rng(config, rng)
            .run(&(options(), vec(step(), 0..80)), |(options, steps)| {
                play(&options, &steps).map_err(TestCaseError::fail)
            });
        assert!(outcome.is_ok(), "with FANFOLD_SEED={seed}: {outcome:?}");
    }
}

/// A seed as the generator wants it.
fn support_seed(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}
