use super::super::ledger::Ledger;
use super::*;

/// When the nth unit was booked, counted one by one.
fn nth(entries: &[(Time, u64)], units: u64) -> Option<Time> {
    let mut sum = 0;
    entries.iter().find_map(|(at, here)| {
        sum += here;
        (sum >= units).then_some(*at)
    })
}

#[test]
fn it_says_the_same_as_a_list_whatever_happens() {
    for seed in 0..SEEDS / 3 {
        let mut random = Random::new(seed);
        let (mut ledger, mut plain) = (Ledger::default(), Vec::<(Time, u64)>::new());
        let mut now = Time::ZERO;
        // Long phases of growing and of shrinking, so that all levels come and go.
        for step in 0..3_000 {
            let grows = random.up_to(99) < if (step / 500) % 2 == 0 { 80 } else { 30 };
            if grows {
                now = now.after(us(random.up_to(2)));
                let units = random.up_to(5) + 1;
                ledger.book(now, units);
                match plain.last_mut() {
                    Some(last) if last.0 == now => last.1 += units,
                    _ => plain.push((now, units)),
                }
            } else if random.up_to(3) == 0 && !plain.is_empty() {
                let index = usize::try_from(random.up_to(plain.len() as u64 - 1)).unwrap();
                let units = random.up_to(plain[index].1 + 1);
                let had = plain[index].1.min(units);
                plain[index].1 -= had;
                assert_eq!(ledger.lessen(plain[index].0, units), had, "seed {seed}");
            } else if !plain.is_empty() {
                assert_eq!(ledger.pop(), Some(plain.remove(0)), "seed {seed}");
            }
            let total: u64 = plain.iter().map(|(_, units)| units).sum();
            assert_eq!(ledger.total(), total, "seed {seed}");
            let units = random.up_to(total).max(1);
            assert_eq!(ledger.nth(units), nth(&plain, units), "seed {seed}, step {step}, unit {units} of {total}");
            assert_eq!(ledger.nth(total + 1), None, "seed {seed}");
        }
        assert!(ledger.iter().eq(plain), "seed {seed}");
    }
}

#[test]
fn what_was_never_booked_cannot_be_taken_out() {
    let mut ledger = Ledger::default();
    ledger.book(at(2), 3);
    assert_eq!((ledger.lessen(at(1), 1), ledger.lessen(at(2), 5), ledger.total()), (0, 3, 0));
}
