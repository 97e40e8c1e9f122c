mod engine;

use super::*;

fn at(millis: u32) -> Time {
    Time::ZERO.after(Span::from_millis(millis))
}

fn breaker(trip: Trip, trials: u32) -> Breaker {
    Breaker::new(BreakerOptions { trip, half_open_after: Span::from_millis(100), trials })
}

/// A call that goes through and ends at once; whether the state is another one then.
fn call(breaker: &mut Breaker, now: Time, success: bool) -> bool {
    assert!(!matches!(breaker.admits(now), Admit::No { .. }));
    let pass = breaker.enter(now);
    breaker.report(now, success, pass)
}

const NOT_YET: Admit = Admit::No { until: Time::NEVER };

#[test]
fn it_opens_after_so_many_failures_in_a_row() {
    let mut breaker = breaker(Trip::Consecutive(3), 1);
    for success in [false, false, true, false, false] {
        assert!(!call(&mut breaker, at(1), success));
        assert_eq!(breaker.admits(at(1)), Admit::Yes);
    }
    assert!(call(&mut breaker, at(2), false));
    assert_eq!(breaker.admits(at(101)), Admit::No { until: at(102) });
    assert_eq!(breaker.admits(at(102)), Admit::Trial);
}

#[test]
fn it_opens_when_too_many_fail_in_a_window_and_not_before_there_are_enough() {
    let rate = Trip::Rate { per_mille: 500, window: Span::from_millis(1_000), min_calls: 10 };
    let mut breaker = breaker(rate, 1);
    for _ in 0..9 {
        assert!(!call(&mut breaker, at(0), false));
    }
    assert!(!call(&mut breaker, at(0), true), "a success never opens it");
    assert!(call(&mut breaker, at(0), false), "ten of eleven");
    breaker.reset();
    for second in 0..50 {
        for success in [true, false, true, true] {
            assert!(!call(&mut breaker, at(second * 1_000), success), "a quarter is not a half");
        }
    }
    for _ in 0..9 {
        assert!(!call(&mut breaker, at(60_000), false), "what left the window is forgotten");
    }
    assert!(call(&mut breaker, at(60_900), false), "nine tenths of it are remembered");
}

#[test]
fn half_open_it_lets_one_through_that_decides() {
    for recovered in [true, false] {
        let mut breaker = breaker(Trip::Consecutive(1), 1);
        call(&mut breaker, at(0), false);
        assert_eq!(breaker.admits(at(500)), Admit::Trial);
        assert_eq!(breaker.admits(at(500)), Admit::Trial, "asking changes nothing");
        let trial = breaker.enter(at(500));
        assert_eq!(breaker.admits(at(900)), NOT_YET);
        assert!(breaker.report(at(900), recovered, trial));
        let then = if recovered { Admit::Yes } else { Admit::No { until: at(1_000) } };
        assert_eq!(breaker.admits(at(900)), then);
    }
}

#[test]
fn several_trials_must_all_succeed() {
    let mut breaker = breaker(Trip::Consecutive(1), 3);
    call(&mut breaker, at(0), false);
    let trials = [(); 3].map(|()| breaker.enter(at(100)));
    assert_eq!(breaker.admits(at(100)), NOT_YET);
    assert!(!breaker.report(at(110), true, trials[0]));
    assert_eq!(breaker.admits(at(110)), Admit::Trial);
    assert!(!breaker.report(at(110), true, trials[1]));
    assert!(breaker.report(at(120), true, trials[2]));
    assert_eq!(breaker.admits(at(120)), Admit::Yes);
}

#[test]
fn a_cancelled_trial_leaves_its_place_to_another() {
    let mut breaker = breaker(Trip::Consecutive(1), 1);
    call(&mut breaker, at(0), false);
    let trial = breaker.enter(at(100));
    breaker.give_back(trial);
    assert_eq!(breaker.admits(at(100)), Admit::Trial);
}

#[test]
fn who_went_through_before_a_change_has_no_say_after_it() {
    let mut breaker = breaker(Trip::Consecutive(1), 1);
    let late: [Pass; 3] = [(); 3].map(|()| breaker.enter(at(0)));
    call(&mut breaker, at(0), false);
    assert!(!breaker.report(at(50), true, late[0]));
    let trial = breaker.enter(at(100));
    assert!(!breaker.report(at(100), true, late[1]));
    breaker.give_back(late[2]);
    assert_eq!(breaker.admits(at(100)), NOT_YET);
    assert!(breaker.report(at(110), false, trial));
    let again = breaker.enter(at(210));
    assert!(!breaker.report(at(210), true, trial), "a trial of another time");
    assert!(breaker.report(at(220), true, again));
    assert!(!breaker.report(at(220), false, again));
    assert_eq!(breaker.admits(at(220)), Admit::Yes);
}

#[test]
fn without_an_end_it_stays_open_until_it_is_reset() {
    let trip = Trip::Consecutive(0);
    let mut breaker = Breaker::new(BreakerOptions { trip, half_open_after: Span::NEVER, trials: 0 });
    assert!(call(&mut breaker, at(0), false), "zero counts as one");
    assert_eq!(breaker.admits(Time::NEVER), NOT_YET);
    breaker.reset();
    assert_eq!(breaker.admits(at(0)), Admit::Yes);
}
