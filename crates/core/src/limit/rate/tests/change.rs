use super::*;

#[test]
fn old_starts_count_in_the_new_window() {
    let mut window = Window::new(burst(10, ms(1_000)));
    window.take(at(0), 8);
    window.reconfigure(at(100), burst(5, ms(1_000)));
    assert_eq!((window.ready(at(100), 1), window.left(at(100))), (Ready::At(at(1_000)), 0));
    window.reconfigure(at(100), burst(20, ms(50)));
    assert_eq!(window.ready(at(100), 20), Ready::Now);
    window.reconfigure(at(100), burst(10, ms(3_000)));
    assert_eq!(window.left(at(100)), 2, "also those that had left a shorter one");
    assert_eq!(window.ready(at(100), 3), Ready::At(at(3_000)));
}

#[test]
fn a_window_that_becomes_longer_knows_what_had_left_it() {
    let mut window = Window::new(burst(1, ms(100)));
    for second in 0..10 {
        window.take(at(second * 1_000), 1);
    }
    window.reconfigure(at(9_500), burst(10, ms(10_000)));
    assert_eq!(window.ready(at(9_500), 1), Ready::At(at(10_000)));
    assert_eq!(window.ready(at(9_500), 5), Ready::At(at(14_000)));
}

#[test]
fn no_start_is_the_last_of_a_window_with_more_than_the_limit_of_that_time() {
    for seed in 0..SEEDS * 2 {
        let mut random = Random::new(seed);
        let rule = |random: &mut Random| {
            let rule = burst(random.up_to(20) + 1, us(10 << random.up_to(10)));
            Rule { shape: if random.up_to(3) == 0 { Shape::Smooth } else { Shape::Burst }, ..rule }
        };
        let mut current = rule(&mut random);
        let mut rates = Rates::new(&[current]);
        let (mut now, mut log) = (Time::ZERO, Vec::<(Time, u64)>::new());
        for _ in 0..600 {
            now = later(&mut random, now, current.interval);
            if random.up_to(30) == 0 {
                current = rule(&mut random);
                rates.reconfigure(now, &[current]);
            }
            let cost = random.up_to(current.limit - 1) + 1;
            let due = match rates.ready(now, &[cost]) {
                Ready::Now => now,
                Ready::At(due) => due,
                verdict => panic!("seed {seed}: {verdict:?}"),
            };
            assert!(due.since(now) <= current.interval || current.shape == Shape::Smooth, "seed {seed}: over-cautious");
            if due == now || random.up_to(2) == 0 {
                now = due;
                assert_eq!(rates.ready(now, &[cost]), Ready::Now, "seed {seed}");
                rates.take(now, &[cost]);
                log.push((now, cost));
                let seen = seen(&log, now, current.interval);
                assert!(seen <= current.limit, "seed {seed}: {seen} of {current:?} at {now:?}");
            }
        }
    }
}

#[test]
fn a_new_rule_goes_on_with_the_longest_of_its_resource() {
    let mut rates = Rates::new(&[burst(10, ms(1_000)), burst(100, ms(60_000))]);
    for second in 0..10 {
        rates.take(at(second * 1_000), &[5]);
    }
    rates.reconfigure(at(9_500), &[burst(10, ms(1_000)), burst(100, ms(60_000)), burst(60, ms(20_000))]);
    assert_eq!(rates.ready(at(9_999), &[10]), Ready::At(at(10_000)));
    assert_eq!(rates.left(at(10_000), 0), Some(10));
    rates.take(at(10_000), &[10]);
    assert_eq!(rates.ready(at(15_000), &[1]), Ready::At(at(20_000)), "sixty in twenty seconds");
}

#[test]
fn a_pace_of_long_ago_says_nothing_in_a_window_that_goes_by_one_again() {
    let mut window = Window::new(smooth(5, ms(76)));
    window.reconfigure(at(87_000), burst(4, ms(99)));
    window.reconfigure(at(87_000), smooth(3, ms(14)));
    assert_eq!(window.ready(at(87_000), 1), Ready::Now);

    let mut rates = Rates::default();
    for (nth, rule) in [smooth(5, ms(76)), burst(4, ms(99)), smooth(3, ms(14))].into_iter().enumerate() {
        rates.set(at(87_000), nth, Some(rule));
    }
    assert_eq!(rates.ready(at(87_000), &[1]), Ready::Now, "set one by one: nobody has started anything yet");
}
