mod engine;

use alloc::collections::BinaryHeap;
use alloc::format;
use alloc::string::String;
use core::cmp::Reverse;

use super::*;
use crate::retry::Random;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Aimd, Algorithm::Gradient, Algorithm::Vegas];
const SECOND: u64 = 1_000_000;

fn adaptive(algorithm: Algorithm, initial: u32) -> Adaptive {
    Adaptive::new(AdaptiveOptions { min: 1, max: 1_000, initial, algorithm })
}

/// A service that does so many at once and lets the others wait in line, and callers who always have more to do.
struct Model {
    limiter: Adaptive,
    /// When each of the hands of the service is free.
    hands: BinaryHeap<Reverse<u64>>,
    service: u64,
    /// In thousandths of the service time, up and down.
    jitter: u64,
    random: Random,
    now: u64,
    /// When a call ends, when it began, with how many in flight, and whether it was served.
    running: BinaryHeap<Reverse<(u64, u64, u32, bool)>>,
    what: String,
    /// Whether it refuses calls.
    refuses: bool,
    best: u32,
    /// Calls, and how many of them began under a limit that is within a fifth of the best.
    calls: u64,
    good: u64,
}

impl Model {
    fn new(limiter: Adaptive, hands: usize, jitter: u64) -> Self {
        let what = format!("{limiter:?}, jitter {jitter}");
        let refuses = limiter.algorithm() == Algorithm::Aimd;
        let (random, running) = (Random::new(jitter), BinaryHeap::new());
        Self {
            limiter,
            hands: (0..hands).map(|_| Reverse(0)).collect(),
            service: 10_000,
            jitter,
            random,
            now: 0,
            running,
            what,
            refuses,
            best: 0,
            calls: 0,
            good: 0,
        }
    }

    /// Calls are refused where more than a tenth of those in service stand in line.
    fn begin(&mut self) {
        let in_flight = u32::try_from(self.running.len()).unwrap() + 1;
        self.calls += 1;
        self.good += u64::from(self.limiter.limit().abs_diff(self.best) * 5 <= self.best);
        let refused = in_flight as usize * 10 > self.hands.len() * 11;
        if refused && self.refuses {
            return self.running.push(Reverse((self.now + 1_000, self.now, in_flight, false)));
        }
        let spread = self.service * self.jitter / 1_000;
        let service = self.service - spread + self.random.up_to(spread * 2);
        let Some(Reverse(free)) = self.hands.pop() else { unreachable!() };
        let done = self.now.max(free) + service;
        self.hands.push(Reverse(done));
        self.running.push(Reverse((done, self.now, in_flight, true)));
    }

    /// Lets time pass with no more in flight than the limit, nor than callers want; the least and the greatest limit.
    fn run(&mut self, micros: u64, wanted: usize) -> (u32, u32) {
        let (end, mut seen) = (self.now + micros, (u32::MAX, 0));
        while self.now < end {
            while self.running.len() < wanted.min(self.limiter.limit() as usize) {
                self.begin();
            }
            let Some(Reverse((done, began, in_flight, served))) = self.running.pop() else { unreachable!() };
            self.now = done;
            let (latency, now) = (Span::from_micros(done - began), Time::from_micros(done));
            let outcome = if served { Outcome::Ok } else { Outcome::Error };
            self.limiter.sample(&Sample { latency, stall: Span::ZERO, in_flight, outcome, now });
            seen = (seen.0.min(self.limiter.limit()), seen.1.max(self.limiter.limit()));
        }
        seen
    }

    /// Settles; then nineteen calls of twenty begin under a limit that is within a fifth of what is best. The twentieth
    /// is for looking what less does.
    fn assert_settles(&mut self, best: u32) {
        self.run(5 * SECOND, usize::MAX);
        (self.best, self.calls, self.good) = (best, 0, 0);
        let (least, greatest) = self.run(3 * SECOND, usize::MAX);
        let (good, calls, what) = (self.good, self.calls, &self.what);
        assert!(good * 20 >= calls * 19, "{good} of {calls}, {least} to {greatest}, best {best}: {what}");
        assert!(least * 3 >= best * 2 && greatest * 3 <= best * 4, "{least} to {greatest}, best {best}: {what}");
    }

    fn halve(&mut self) {
        for _ in 0..self.hands.len() / 2 {
            self.hands.pop();
        }
    }
}

#[test]
fn it_settles_within_a_fifth_of_the_best_from_both_sides() {
    for algorithm in ALGORITHMS {
        for best in [10, 40, 100] {
            for initial in [1, best * 8] {
                for jitter in [0, 300] {
                    for seed in 0..2 {
                        let mut model = Model::new(adaptive(algorithm, initial), best as usize, jitter);
                        model.random = Random::new(seed);
                        model.what = format!("{}, seed {seed}", model.what);
                        model.assert_settles(best);
                    }
                }
            }
        }
    }
}

#[test]
fn it_recovers_after_the_service_has_lost_half_of_its_hands_and_got_them_back() {
    for algorithm in ALGORITHMS {
        for jitter in [0, 200] {
            let mut model = Model::new(adaptive(algorithm, 10), 40, jitter);
            model.assert_settles(40);
            model.halve();
            model.assert_settles(20);
            model.hands.extend([Reverse(0); 20]);
            model.assert_settles(40);
        }
    }
}

#[test]
fn it_stays_where_it_is_when_every_call_takes_twice_as_long() {
    for algorithm in ALGORITHMS {
        let mut model = Model::new(adaptive(algorithm, 10), 40, 100);
        model.assert_settles(40);
        model.service *= 2;
        model.assert_settles(40);
        model.service /= 4;
        model.assert_settles(40);
    }
}

#[test]
fn while_the_caller_is_the_bottleneck_nothing_changes() {
    for algorithm in ALGORITHMS {
        let mut model = Model::new(adaptive(algorithm, 100), 40, 100);
        assert_eq!(model.run(5 * SECOND, 30), (100, 100), "{algorithm:?}");
        model.assert_settles(40);
    }
}

#[test]
fn it_keeps_to_its_bounds() {
    for algorithm in ALGORITHMS {
        let limiter = Adaptive::new(AdaptiveOptions { min: 8, max: 12, initial: 50, algorithm });
        assert_eq!(limiter.limit(), 12);
        let (least, greatest) = Model::new(limiter.clone(), 40, 0).run(10 * SECOND, usize::MAX);
        assert!(least >= 8 && greatest == 12);
        let (least, greatest) = Model::new(limiter, 2, 0).run(10 * SECOND, usize::MAX);
        assert!(least == 8 && greatest == 12);
        let nonsense = Adaptive::new(AdaptiveOptions { min: 0, max: 0, initial: 0, algorithm });
        assert_eq!(nonsense.limit(), 1);
    }
}

#[test]
fn a_stall_of_the_event_loop_is_not_latency_of_the_service() {
    for algorithm in [Algorithm::Gradient, Algorithm::Vegas] {
        let mut limiter = adaptive(algorithm, 10);
        let mut end = |now: u64, latency: u64, stall: u64| {
            let (latency, stall) = (Span::from_micros(latency), Span::from_micros(stall));
            let in_flight = limiter.limit();
            let outcome = Outcome::Ok;
            limiter.sample(&Sample { latency, stall, in_flight, outcome, now: Time::from_micros(now) });
            limiter.limit()
        };
        let mut limit = 0;
        for call in 0..2_000_u64 {
            // A stall adds up to as much as the call takes; those that are mostly stall say nothing at all.
            let stall = [0, 4_000, 9_000, 90_000][usize::try_from(call % 4).unwrap()];
            limit = end(call * 1_000 + 200_000, 10_000 + stall, stall);
        }
        assert!(limit > 50, "{algorithm:?}: {limit}");
    }
}

#[test]
fn what_says_nothing_counts_for_nothing_and_a_few_failures_for_little() {
    let mut limiter = adaptive(Algorithm::Aimd, 10);
    let mut end = |call: u64, outcome: Outcome| {
        let (latency, now) = (Span::from_micros(500), Time::from_micros(1_000 * (call + 1)));
        limiter.sample(&Sample { latency, stall: Span::ZERO, in_flight: limiter.limit(), outcome, now })
    };
    for call in 0..500 {
        assert_eq!(end(call, Outcome::Ignored), None);
    }
    let mut failing = |from: u64, one_in: u64| {
        let outcome = |call: u64| if call.is_multiple_of(one_in) { Outcome::Error } else { Outcome::Ok };
        (from..from + 10_000).filter_map(|call| end(call, outcome(call))).last()
    };
    assert!(failing(500, 100) > Some(100));
    assert_eq!(failing(10_500, 2), Some(1));
}
