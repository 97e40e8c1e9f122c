//! Adaptive limits on the whole engine, against a service whose best limit is known.

use fanfold_core::limit::adaptive::{AdaptiveOptions, Algorithm};
use fanfold_sim::server::{Service, Trial};

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Aimd, Algorithm::Gradient, Algorithm::Vegas];
const SECOND: u64 = 1_000_000;

/// Aimd sees nothing but failures.
fn service(hands: u32, algorithm: Algorithm) -> Service {
    Service {
        hands,
        time: 10_000,
        scatter: 200,
        refuses: algorithm == Algorithm::Aimd,
        stalled_in: 0,
        wanted: u32::MAX,
    }
}

fn options(algorithm: Algorithm, initial: u32) -> AdaptiveOptions {
    AdaptiveOptions { min: 1, max: 1_000, initial, algorithm }
}

/// Lets it settle; then it has, and its limit never was far from the best.
fn assert_settles(trial: &mut Trial, best: u32, what: &str) {
    trial.run(5 * SECOND);
    let seen = trial.run(3 * SECOND);
    let (least, most) = seen.limits;
    assert!(seen.is_settled(), "{seen:?}, best {best}: {what}");
    assert!(least * 3 >= best * 2 && most * 3 <= best * 4, "{seen:?}, best {best}: {what}");
}

#[test]
fn it_settles_within_a_fifth_of_the_best_from_both_sides() {
    for algorithm in ALGORITHMS {
        for best in [10, 40, 100] {
            for (initial, below) in [(1, false), (best * 8, true)] {
                let what = format!("{algorithm:?} from {initial}, below another one: {below}");
                let service = service(best, algorithm);
                let mut trial = Trial::new(service, options(algorithm, initial), below, u64::from(best));
                assert_settles(&mut trial, best, &what);
            }
        }
    }
}

#[test]
fn it_recovers_after_the_service_has_lost_half_of_its_hands_and_got_them_back() {
    for algorithm in ALGORITHMS {
        let mut trial = Trial::new(service(40, algorithm), options(algorithm, 10), false, 3);
        for best in [40, 20, 40] {
            trial.set_hands(best);
            assert_settles(&mut trial, best, &format!("{algorithm:?}"));
        }
    }
}

#[test]
fn a_host_that_is_stalled_finds_it_all_the_same() {
    for algorithm in ALGORITHMS {
        let service = Service { stalled_in: 400, ..service(40, algorithm) };
        let mut trial = Trial::new(service, options(algorithm, 10), false, 7);
        assert_settles(&mut trial, 40, &format!("{algorithm:?}"));
    }
}

#[test]
fn while_callers_want_little_nothing_is_learnt() {
    for algorithm in ALGORITHMS {
        // Sixteen would say much of a service with ten hands, if not of a limit of forty.
        let mut trial = Trial::new(Service { wanted: 16, ..service(10, algorithm) }, options(algorithm, 40), false, 5);
        trial.run(SECOND);
        let seen = trial.run(5 * SECOND);
        assert_eq!(seen.limits, (40, 40), "{seen:?}, {algorithm:?}");
        // As soon as they want more it is found.
        trial.want(u32::MAX);
        assert_settles(&mut trial, 10, &format!("{algorithm:?}"));
    }
}
