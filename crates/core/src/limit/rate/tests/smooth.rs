use super::*;

/// The starts of tasks of these costs, each as early as it may.
fn starts(window: &mut Window, costs: &[u64]) -> Vec<(Time, u64)> {
    let mut now = Time::ZERO;
    let start = |&cost: &u64| {
        match window.ready(now, cost) {
            Ready::At(due) => now = due,
            verdict => assert_eq!(verdict, Ready::Now),
        }
        assert_eq!(window.ready(now, cost), Ready::Now);
        window.take(now, cost);
        (now, cost)
    };
    costs.iter().map(start).collect()
}

#[test]
fn starts_are_evenly_spaced_and_do_not_drift() {
    let log = starts(&mut Window::new(smooth(7, ms(1_000))), &[1; 701]);
    for (&(start, _), number) in log.iter().zip(0_u64..) {
        assert_eq!(start.as_micros(), (number * 1_000_000).div_ceil(7));
    }
    assert_eq!(log.last().map(|last| last.0), Some(at(100_000)));
}

#[test]
fn a_start_of_n_units_takes_n_spacings() {
    let log = starts(&mut Window::new(smooth(10, ms(1_000))), &[3, 1, 2, 1]);
    let times: Vec<u32> = log.iter().map(|(start, _)| start.since(Time::ZERO).as_millis()).collect();
    assert_eq!(times, [0, 300, 400, 600]);
}

#[test]
fn nothing_is_saved_up_while_nobody_comes() {
    let mut window = Window::new(smooth(10, ms(1_000)));
    window.take(at(0), 1);
    assert_eq!((window.left(at(50)), window.left(at(100))), (0, 9));
    window.take(at(50_000), 1);
    assert_eq!(window.ready(at(50_000), 1), Ready::At(at(50_100)));
}

#[test]
fn no_window_sees_more_than_its_limit_also_with_a_heavy_task_last() {
    let mut window = Window::new(smooth(10, ms(1_000)));
    let log = starts(&mut window, &[9, 10, 4, 4, 4, 1]);
    assert_windows(&log, 10, ms(1_000), "heavy last");
    assert_eq!(log[1].0, at(1_000), "by spacing alone it would have been 900");
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let (limit, interval) = (random.up_to(30) + 1, us(random.up_to(100_000) + 1_000));
        let mut window = Window::new(smooth(limit, interval));
        let (mut now, mut log) = (Time::ZERO, Vec::<(Time, u64)>::new());
        for _ in 0..300 {
            now = later(&mut random, now, interval);
            let cost = random.up_to(limit - 1) + 1;
            if let Ready::At(due) = window.ready(now, cost) {
                now = due;
            }
            assert_eq!(window.ready(now, cost), Ready::Now, "seed {seed}");
            if let Some((last, units)) = log.last() {
                let (gap, spacing) = (now.since(*last).as_micros() * limit, units * interval.as_micros());
                assert!(gap + limit > spacing, "seed {seed}: {gap} < {spacing}");
            }
            window.take(now, cost);
            log.push((now, cost));
        }
        assert_windows(&log, limit, interval, &alloc::format!("seed {seed}"));
    }
}

#[test]
fn a_refund_shortens_the_wait_and_a_debt_prolongs_it() {
    let mut window = Window::new(smooth(10, ms(1_000)));
    window.take(at(0), 5);
    window.refund(at(10), began(at(0)), 3);
    assert_eq!(window.ready(at(10), 1), Ready::At(at(200)));
    window.debt(at(20), false, 6);
    assert_eq!(window.ready(at(20), 1), Ready::At(at(800)));
}

#[test]
fn a_late_refund_leaves_the_spacing_after_the_last_start() {
    let mut window = Window::new(smooth(10, ms(1_000)));
    window.take(at(0), 9);
    window.take(at(950), 1);
    window.refund(at(960), began(at(0)), 9);
    assert_eq!(window.ready(at(960), 1), Ready::At(at(1_050)));
    window.refund(at(960), began(at(950)), 1);
    assert_eq!(window.ready(at(960), 1), Ready::Now, "that one never happened");
}

#[test]
fn another_rate_spaces_what_comes_after_the_last_start() {
    let mut window = Window::new(smooth(10, ms(1_000)));
    window.take(at(0), 1);
    window.reconfigure(at(50), smooth(1, ms(1_000)));
    assert_eq!(window.ready(at(50), 1), Ready::At(at(1_000)));
    window.reconfigure(at(50), smooth(1_000, ms(1_000)));
    assert_eq!(window.ready(at(50), 1), Ready::At(Time::from_micros(50_950)), "what was left of the longer one");
    let mut window = Window::new(burst(10, ms(1_000)));
    window.take(at(0), 2);
    window.reconfigure(at(50), smooth(10, ms(1_000)));
    assert_eq!(window.ready(at(50), 1), Ready::At(at(200)));
}
