use super::*;

/// The same rules, one unit and one moment at a time.
#[derive(Clone, Default)]
struct Plain {
    booked: Vec<(Time, u64)>,
    owed: u64,
}

impl Plain {
    fn pass(&mut self, now: Time, limit: u64, interval: Span) {
        while let Some(&(at, _)) = self.booked.first()
            && at.after(interval) <= now
        {
            self.booked.remove(0);
            self.pay(at.after(interval), limit);
        }
    }

    fn pay(&mut self, now: Time, limit: u64) {
        let booked: u64 = self.booked.iter().map(|(_, units)| units).sum();
        let units = self.owed.min(limit.saturating_sub(booked));
        self.owed -= units;
        if units > 0 {
            self.book(now, units);
        }
    }

    fn book(&mut self, now: Time, units: u64) {
        match self.booked.last_mut() {
            Some(last) if last.0 == now => last.1 += units,
            _ => self.booked.push((now, units)),
        }
    }

    fn ready(&self, now: Time, cost: u64, limit: u64, interval: Span) -> Time {
        let (mut plain, mut now) = (self.clone(), now);
        loop {
            plain.pass(now, limit, interval);
            let booked: u64 = plain.booked.iter().map(|(_, units)| units).sum();
            if booked + plain.owed + cost <= limit {
                return now;
            }
            now = plain.booked[0].0.after(interval);
        }
    }
}

#[test]
fn refunds_and_debts_are_what_a_plain_book_says() {
    for seed in 0..SEEDS * 2 {
        let mut random = Random::new(seed);
        let (limit, interval) = (random.up_to(12) + 1, us(random.up_to(1_000) + 20));
        let mut window = Window::new(burst(limit, interval));
        let (mut plain, mut now, mut runs) = (Plain::default(), Time::ZERO, Vec::<(Time, u64)>::new());
        for step in 0..300 {
            now = later(&mut random, now, interval);
            plain.pass(now, limit, interval);
            match random.up_to(3) {
                0 if !runs.is_empty() => {
                    let index = usize::try_from(random.up_to(runs.len() as u64 - 1)).unwrap();
                    let (started, cost) = runs.swap_remove(index);
                    let units = random.up_to(cost);
                    window.refund(now, began(started), units);
                    if let Some(entry) = plain.booked.iter_mut().find(|entry| entry.0 == started) {
                        entry.1 -= units.min(entry.1);
                    }
                    plain.pay(now, limit);
                }
                1 => {
                    let most = if random.up_to(5) == 0 { limit * 9 } else { limit };
                    let units = random.up_to(most);
                    window.debt(now, false, units);
                    plain.owed += units;
                    plain.pay(now, limit);
                }
                _ => {
                    let cost = random.up_to(limit - 1) + 1;
                    let due = plain.ready(now, cost, limit, interval);
                    let verdict = if due <= now { Ready::Now } else { Ready::At(due) };
                    assert_eq!(window.ready(now, cost), verdict, "seed {seed}, step {step}");
                    if due <= now {
                        window.take(now, cost);
                        plain.book(now, cost);
                        runs.push((now, cost));
                    }
                }
            }
        }
    }
}

#[test]
fn a_refund_is_as_if_it_had_never_been_taken() {
    let mut window = Window::new(burst(10, ms(1_000)));
    window.take(at(0), 5);
    window.take(at(900), 5);
    window.refund(at(950), began(at(900)), 4);
    assert_eq!(window.ready(at(950), 4), Ready::Now);
    assert_eq!(window.ready(at(950), 9), Ready::At(at(1_000)));
    window.refund(at(1_500), began(at(0)), 5);
    assert_eq!(window.left(at(1_500)), 9, "what has left the window is not given back once more");
}

#[test]
fn a_debt_is_paid_before_anybody_else_starts() {
    let mut window = Window::new(burst(10, ms(1_000)));
    window.take(at(0), 4);
    window.debt(at(100), false, 48);
    // Six at 100, four at 1000, six at 1100, four at 2000, and so on; the last two at 5000.
    assert_eq!(window.ready(at(100), 1), Ready::At(at(5_000)));
    assert_eq!(window.ready(at(100), 9), Ready::At(at(6_000)));
    assert_eq!(window.ready(at(4_999), 1), Ready::At(at(5_000)));
    assert_eq!((window.ready(at(5_000), 2), window.ready(at(5_000), 3)), (Ready::Now, Ready::At(at(5_100))));
    assert_eq!((window.left(at(5_000)), window.left(at(5_100))), (2, 8));
}

#[test]
fn any_debt_is_paid_in_one_step_by_a_clock_that_jumps() {
    let mut window = Window::new(burst(1, ms(1)));
    window.debt(at(0), false, 1_000_000_000_000);
    assert_eq!(window.ready(at(0), 1), Ready::At(Time::from_micros(1_000_000_000_000_000)));
    assert_eq!(
        window.ready(Time::from_micros(999_999_999_999_999), 1),
        Ready::At(Time::from_micros(1_000_000_000_000_000))
    );
    assert_eq!(window.ready(Time::from_micros(1_000_000_000_000_000), 1), Ready::Now);
}

#[test]
fn a_cost_known_afterwards_settles_every_rule_of_its_resource_and_no_other() {
    let tokens = |at_: At, limit| Rule { resource: 1, at: at_, ..burst(limit, ms(1_000)) };
    let mut rates = Rates::new(&[burst(10, ms(1_000)), tokens(At::Start, 100), tokens(At::End, 90)]);
    rates.take(at(0), &[1, 50]);
    rates.settle(at(100), TASK, at(0), 1, 50, 20);
    assert_eq!((rates.left(at(100), 0), rates.left(at(100), 1)), (Some(9), Some(70)));
    rates.settle(at(200), TASK, at(0), 1, 20, 80);
    assert_eq!(rates.left(at(200), 1), Some(10));
    rates.end(at(300), TASK, &[1, 80]);
    assert_eq!(rates.ready(at(300), &[1, 15]), Ready::At(at(1_300)), "held until the end, and an interval more");
    assert_eq!((rates.left(at(1_000), 1), rates.left(at(1_300), 1)), (Some(10), Some(90)));
}
