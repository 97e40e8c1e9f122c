use super::*;

/// How many retries there are; no more than 10,000 are asked for.
fn withdraw_all(budget: &mut Budget, now: Time) -> usize {
    (0..10_000).take_while(|_| budget.withdraw(now)).count()
}

#[test]
fn the_default_budget_is_a_fifth_and_ten_a_second_over_ten_seconds() {
    let mut budget = Budget::new(BudgetOptions::default());
    assert_eq!(withdraw_all(&mut budget, Time::ZERO), 100);
    deposit(&mut budget, 50, Time::ZERO);
    assert_eq!(withdraw_all(&mut budget, Time::ZERO), 10);
}

#[test]
fn a_share_of_the_first_attempts_may_be_retried() {
    // Shares that no binary fraction is equal to: none of them may lose its last retry, nor gain one.
    for percent in 0..=100_u32 {
        for attempts in [1, 3, 10, 100, 1_000] {
            let mut budget = budget(f64::from(percent) / 100.0, 0.0);
            deposit(&mut budget, attempts, Time::ZERO);
            let expected = (percent * attempts / 100) as usize;
            assert_eq!(withdraw_all(&mut budget, Time::ZERO), expected, "{percent}% of {attempts}");
        }
    }
    let mut twice = budget(2.0, 0.0);
    deposit(&mut twice, 3, Time::ZERO);
    assert_eq!(withdraw_all(&mut twice, Time::ZERO), 6);
}

#[test]
fn the_share_and_the_minimum_add_up() {
    let mut budget = budget(0.1, 0.05);
    assert!(!budget.withdraw(Time::ZERO), "half a retry");
    deposit(&mut budget, 5, Time::ZERO);
    assert!(budget.withdraw(Time::ZERO), "and another half");
    assert!(!budget.withdraw(Time::ZERO));
}

#[test]
fn attempts_count_for_a_window() {
    for start in [0, 1, 500, 999, 1_000, 123_456] {
        let mut budget = budget(1.0, 0.0);
        deposit(&mut budget, 10, at(start));
        assert!(budget.withdraw(at(start + 9_000)), "nine tenths are sure");
        assert!(!budget.withdraw(at(start + 10_000)), "after the window they are gone");
    }
}

#[test]
fn the_minimum_is_there_again_after_a_window() {
    for start in [0, 1, 500, 999, 1_000, 123_456] {
        let mut budget = budget(0.0, 1.0);
        assert_eq!(withdraw_all(&mut budget, at(start)), 10);
        assert_eq!(withdraw_all(&mut budget, at(start + 9_000)), 0);
        assert_eq!(withdraw_all(&mut budget, at(start + 10_000)), 10);
    }
}

#[test]
fn the_window_slides_slice_by_slice() {
    let mut budget = budget(1.0, 0.0);
    for second in 0..10 {
        deposit(&mut budget, second + 1, at(second * 1_000));
    }
    // Each second takes the oldest slice with it: 55, less 1, less 2.
    for (second, left) in [(9, 55), (10, 54), (11, 52), (12, 49), (18, 10), (19, 0)] {
        assert_eq!(withdraw_all(&mut budget.clone(), at(second * 1_000)), left, "{second} s");
    }
}

#[test]
fn in_an_outage_of_steady_traffic_the_retries_are_the_share() {
    let mut budget = budget(0.2, 0.0);
    let mut granted = 0_u32;
    for milli in 0..60_000 {
        budget.deposit(at(milli));
        for _ in 0..3 {
            granted += u32::from(budget.withdraw(at(milli)));
        }
    }
    assert!((11_900..=12_000).contains(&granted), "{granted} of 60,000");
}

#[test]
fn a_clock_that_stands_still_counts_on() {
    let mut budget = budget(0.5, 0.0);
    for _ in 0..1_000 {
        deposit(&mut budget, 2, at(5));
        assert!(budget.withdraw(at(5)));
        assert!(!budget.withdraw(at(5)));
    }
}

#[test]
fn a_clock_that_jumps_ahead_forgets_and_one_that_goes_back_does_not() {
    let mut budget = budget(1.0, 0.0);
    deposit(&mut budget, 3, at(50_000));
    assert!(budget.withdraw(at(0)), "still in the slice of 50 s");
    assert!(budget.withdraw(at(50_000)));
    assert!(!budget.clone().withdraw(Time::from_micros(u64::MAX - 1)));
    assert!(!budget.clone().withdraw(Time::NEVER));
    budget.deposit(Time::NEVER);
    assert_eq!(withdraw_all(&mut budget, Time::NEVER), 1);
}

#[test]
fn garbage_counts_as_zero() {
    for garbage in GARBAGE {
        let mut nothing = budget(garbage, garbage);
        deposit(&mut nothing, 100, Time::ZERO);
        assert_eq!(withdraw_all(&mut nothing, Time::ZERO), 0, "{garbage}");
        let mut share = budget(0.5, garbage);
        deposit(&mut share, 100, Time::ZERO);
        assert_eq!(withdraw_all(&mut share, Time::ZERO), 50, "{garbage}");
        assert_eq!(withdraw_all(&mut budget(garbage, 1.0), Time::ZERO), 10, "{garbage}");
    }
}

#[test]
fn no_window_no_share_and_no_clock_is_too_extreme() {
    for window in EXTREMES {
        for amount in [0.0, f64::MIN_POSITIVE, 0.2, f64::MAX] {
            let options = BudgetOptions { share: amount, min_per_second: amount, window: us(window) };
            let mut budget = Budget::new(options);
            for now in EXTREMES {
                budget.deposit(Time::from_micros(now));
                budget.withdraw(Time::from_micros(now));
            }
        }
    }
    let mut lifelong = Budget::new(BudgetOptions { share: 1.0, min_per_second: 0.0, window: Span::NEVER });
    lifelong.deposit(Time::ZERO);
    assert!(lifelong.withdraw(at(u32::MAX)), "a window without end never forgets");
    let none = BudgetOptions { window: Span::ZERO, share: 0.0, ..BudgetOptions::default() };
    assert!(!Budget::new(none).withdraw(Time::ZERO), "a window of zero has no minimum");
}
