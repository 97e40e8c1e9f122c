use super::*;

#[test]
fn units_are_held_while_a_task_runs_and_booked_when_it_ends() {
    for when in [At::End, At::Both] {
        let mut window = Window::new(Rule { at: when, ..burst(3, ms(1_000)) });
        window.take(at(0), 2);
        assert_eq!(window.ready(at(9_000), 2), Ready::AtAnEnd);
        assert_eq!(window.left(at(9_000)), 1);
        window.end(at(9_500), 2);
        assert_eq!(window.ready(at(9_500), 2), Ready::At(at(10_500)));
        assert_eq!(window.ready(at(9_500), 1), Ready::Now);
    }
}

#[test]
fn no_window_sees_more_ends_nor_more_starts_than_its_limit() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let (limit, interval) = (random.up_to(12) + 1, us(random.up_to(5_000) + 10));
        let mut window = Window::new(Rule { at: At::Both, ..burst(limit, interval) });
        let (mut now, mut starts, mut ends, mut running) = (Time::ZERO, Vec::new(), Vec::new(), Vec::new());
        for _ in 0..600 {
            now = later(&mut random, now, us(interval.as_micros() / 2));
            let cost = random.up_to(limit - 1) + 1;
            if random.up_to(2) == 0 && !running.is_empty() {
                let index = usize::try_from(random.up_to(running.len() as u64 - 1)).unwrap();
                let cost = running.swap_remove(index);
                window.end(now, cost);
                ends.push((now, cost));
                continue;
            }
            match window.ready(now, cost) {
                Ready::Now => {
                    window.take(now, cost);
                    starts.push((now, cost));
                    running.push(cost);
                }
                Ready::At(due) => {
                    let held: u64 = running.iter().sum();
                    let early = seen(&ends, Time::from_micros(due.as_micros() - 1), interval);
                    assert!(held + early + cost > limit, "seed {seed}: it fits before");
                }
                Ready::AtAnEnd => assert!(running.iter().sum::<u64>() + cost > limit, "seed {seed}"),
                Ready::Never => panic!("seed {seed}"),
            }
        }
        assert_windows(&ends, limit, interval, &alloc::format!("ends, seed {seed}"));
        assert_windows(&starts, limit, interval, &alloc::format!("starts, seed {seed}"));
    }
}

#[test]
fn a_settled_cost_changes_what_is_held_then_what_is_booked() {
    let mut window = Window::new(Rule { at: At::End, ..burst(10, ms(1_000)) });
    window.take(at(0), 6);
    window.refund(at(1), began(at(0)), 2);
    assert_eq!(window.left(at(1)), 6);
    window.debt(at(2), false, 5);
    assert_eq!(window.left(at(2)), 1);
    window.end(at(3), 9);
    let run = Run { started: at(0), ended: Some(at(3)) };
    window.refund(at(4), run, 4);
    assert_eq!(window.left(at(4)), 5);
    window.debt(at(5), true, 3);
    assert_eq!((window.left(at(5)), window.left(at(1_003)), window.left(at(1_005))), (2, 7, 10));
}
