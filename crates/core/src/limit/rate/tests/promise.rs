use super::*;

#[test]
fn units_are_free_again_exactly_one_interval_later() {
    let mut window = Window::new(burst(2, ms(1_000)));
    window.take(at(0), 1);
    window.take(at(400), 1);
    assert_eq!(window.ready(at(400), 1), Ready::At(at(1_000)));
    assert_eq!(window.ready(at(400), 2), Ready::At(at(1_400)));
    assert_eq!(window.ready(Time::from_micros(999_999), 1), Ready::At(at(1_000)));
    assert_eq!(window.ready(at(1_000), 1), Ready::Now);
    assert_eq!(window.ready(at(1_000), 3), Ready::Never);
    assert_eq!(window.ready(at(1_000), 0), Ready::Now);
    assert_eq!((window.left(at(1_000)), window.left(at(1_400))), (1, 2));
}

#[test]
fn no_window_sees_more_than_its_limit_and_nobody_waits_longer_than_that_needs() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let interval = us([1_000, 7, 1_000_000, 2_592_000_000_000][usize::try_from(seed % 4).unwrap()]);
        let limit = random.up_to(20) + 1;
        let mut window = Window::new(burst(limit, interval));
        let (mut now, mut log) = (Time::from_micros(random.up_to(5)), Vec::new());
        for _ in 0..400 {
            now = later(&mut random, now, interval);
            let cost = random.up_to(limit - 1) + 1;
            match window.ready(now, cost) {
                Ready::Now => {
                    window.take(now, cost);
                    log.push((now, cost));
                }
                Ready::At(due) => {
                    assert!(due > now, "seed {seed}");
                    let before = Time::from_micros(due.as_micros() - 1);
                    let (early, late) = (seen(&log, before, interval), seen(&log, due, interval));
                    assert!(early + cost > limit, "seed {seed}: it fits before {due:?}");
                    assert!(late + cost <= limit, "seed {seed}: it does not fit at {due:?}");
                    if random.up_to(1) == 0 {
                        now = due;
                        assert_eq!(window.ready(now, cost), Ready::Now, "seed {seed}");
                        window.take(now, cost);
                        log.push((now, cost));
                    }
                }
                verdict => panic!("seed {seed}: {verdict:?}"),
            }
            assert_eq!(window.left(now), limit - seen(&log, now, interval), "seed {seed}");
        }
        assert_windows(&log, limit, interval, &alloc::format!("seed {seed}"));
    }
}

#[test]
fn several_rules_are_taken_together_or_not_at_all() {
    let tokens = |rule: Rule| Rule { resource: 1, ..rule };
    let rules = [burst(2, ms(1_000)), burst(3, ms(60_000)), tokens(burst(100, ms(10_000)))];
    let mut rates = Rates::new(&rules);
    assert!(!rates.is_empty() && Rates::default().is_empty());
    for start in [0, 500] {
        assert_eq!(rates.ready(at(start), &[1, 30]), Ready::Now);
        rates.take(at(start), &[1, 30]);
    }
    assert_eq!(rates.ready(at(500), &[1]), Ready::At(at(1_000)), "two a second");
    assert_eq!(rates.ready(at(500), &[0, 50]), Ready::At(at(10_000)), "a hundred tokens in ten seconds");
    assert_eq!(rates.ready(at(500), &[1, 101]), Ready::Never);
    assert_eq!((rates.left(at(500), 0), rates.left(at(500), 1), rates.left(at(500), 2)), (Some(0), Some(40), None));
    rates.take(at(1_000), &[1, 40]);
    assert_eq!(rates.ready(at(1_000), &[1, 70]), Ready::At(at(60_000)), "three a minute");
    rates.give_back(at(1_200), at(1_000), &[1, 40]);
    assert_eq!(rates.ready(at(1_200), &[1, 40]), Ready::Now);
}

#[test]
fn a_jump_of_the_clock_empties_windows_and_memory() {
    for jump in [ms(u32::MAX), us(u64::MAX / 2), us(u64::MAX - 1)] {
        let mut window = Window::new(burst(10_000, ms(1)));
        for micro in 0..500 {
            window.take(Time::from_micros(micro), 20);
        }
        let then = Time::ZERO.after(jump);
        assert_eq!(window.left(then), 10_000);
        assert_eq!(window.ready(then, 10_000), Ready::Now);
        assert_eq!(window.ledger_len(), 0);
    }
}

#[test]
fn nothing_is_too_extreme() {
    let extremes = [0, 1, 2, 1_000_000, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    for limit in extremes {
        for interval in extremes.map(us) {
            for rule in
                [burst(limit, interval), smooth(limit, interval), Rule { at: At::End, ..burst(limit, interval) }]
            {
                let mut window = Window::new(rule);
                for now in extremes.map(Time::from_micros) {
                    for cost in extremes {
                        window.ready(now, cost);
                        window.take(now, cost);
                        window.debt(now, false, cost);
                        window.end(now, cost / 2);
                        window.refund(now, began(Time::ZERO), cost / 3);
                        window.left(now);
                    }
                    window.reconfigure(now, Rule { limit: limit / 2, interval: us(limit), ..rule });
                    window.reconfigure(now, rule);
                }
            }
        }
    }
}
