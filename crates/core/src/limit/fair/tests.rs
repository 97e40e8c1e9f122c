use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::retry::Random;

const SEEDS: u64 = 40;

/// Who is served, each serving costing as its contender's do.
fn serve(ring: &mut Ring, costs: &[u64], servings: usize) -> Vec<u32> {
    let mut serve_one = || {
        let (seat, id) = ring.next().expect("somebody's turn");
        ring.served(seat, costs[id as usize]);
        id
    };
    (0..servings).map(|_| serve_one()).collect()
}

#[test]
fn contenders_take_turns() {
    let mut ring = Ring::default();
    assert_eq!(ring.next(), None);
    for id in 0..3 {
        ring.activate(id, 1, Overdraft::NONE);
    }
    assert_eq!(serve(&mut ring, &[1; 3], 7), [0, 1, 2, 0, 1, 2, 0]);
}

#[test]
fn a_weight_is_a_share() {
    let mut ring = Ring::default();
    for (id, weight) in [(0, 3), (1, 1), (2, 2)] {
        ring.activate(id, weight, Overdraft::NONE);
    }
    assert_eq!(serve(&mut ring, &[1; 3], 12), [0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 2, 2]);
}

#[test]
fn whoever_overdraws_sits_out_until_it_is_paid() {
    let mut ring = Ring::default();
    let costs = [4, 1, 1];
    let seats: Vec<u32> = (0..3).map(|id| ring.activate(id, 1, Overdraft::NONE)).collect();
    assert_eq!(serve(&mut ring, &costs, 10), [0, 1, 2, 1, 2, 1, 2, 1, 2, 0], "a serving of four for four of one");
    assert_eq!(ring.count(), (3, 1));
    ring.deactivate(seats[1]);
    ring.deactivate(seats[2]);
    assert_eq!(serve(&mut ring, &costs, 3), [0, 0, 0], "alone it waits for nobody");
}

#[test]
fn a_newcomer_is_behind_all_of_this_round() {
    let mut ring = Ring::default();
    for id in 0..2 {
        ring.activate(id, 1, Overdraft::NONE);
    }
    assert_eq!(serve(&mut ring, &[1; 3], 1), [0]);
    ring.activate(2, 1, Overdraft::NONE);
    assert_eq!(serve(&mut ring, &[1; 3], 5), [1, 0, 2, 1, 0]);
}

#[test]
fn leaving_is_forgetting_unless_the_overdraft_is_brought_back() {
    let mut ring = Ring::default();
    let seats: Vec<u32> = (0..2).map(|id| ring.activate(id, 2, Overdraft::NONE)).collect();
    assert_eq!(serve(&mut ring, &[7, 1], 1), [0]);
    let overdraft = ring.deactivate(seats[0]);
    assert_ne!(overdraft, Overdraft::NONE);
    assert_eq!(ring.deactivate(seats[0]), Overdraft::NONE, "nobody sits there");
    let back = ring.activate(0, 2, overdraft);
    assert_eq!(serve(&mut ring, &[7, 1], 6), [1, 1, 1, 1, 1, 1]);
    ring.deactivate(back);
    ring.activate(0, 2, Overdraft::NONE);
    assert_eq!(serve(&mut ring, &[7, 1], 3), [1, 1, 0]);
}

#[test]
fn what_two_who_wait_were_served_differs_by_a_serving_of_each_and_a_round() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut ring = Ring::default();
        let heaviest = [1, 5, 1_000, 1_000_000][usize::try_from(seed % 4).unwrap()];
        let weights: Vec<u64> = (0..8).map(|_| random.up_to(9) + 1).collect();
        for (&weight, id) in weights.iter().zip(0..) {
            ring.activate(id, u32::try_from(weight).unwrap(), Overdraft::NONE);
        }
        let mut served = vec![0_u64; weights.len()];
        for _ in 0..2_000 {
            let (seat, id) = ring.next().unwrap();
            assert_eq!(ring.next(), Some((seat, id)), "asking changes nothing");
            let cost = random.up_to(heaviest);
            ring.served(seat, cost);
            served[id as usize] += cost;
            for (one, &weight) in weights.iter().enumerate() {
                for (other, &other_weight) in weights.iter().enumerate() {
                    let ahead = (served[one] * other_weight).saturating_sub(served[other] * weight);
                    let bound = heaviest * (weight + other_weight) + 2 * weight * other_weight;
                    assert!(ahead <= bound, "seed {seed}: {one} is {ahead} ahead of {other}, {bound} at most");
                }
            }
        }
    }
}

#[test]
fn newcomers_without_end_starve_nobody() {
    let mut ring = Ring::default();
    ring.activate(0, 1, Overdraft::NONE);
    let (mut heavy, mut servings) = (0, 0);
    for id in 1..10_000 {
        // The place of whoever leaves is taken by a new one at once, as by the many keys of one tenant.
        if ring.count().0 < 5 {
            ring.activate(id, 1, Overdraft::NONE);
        }
        let (seat, next) = ring.next().unwrap();
        servings += 1;
        ring.served(seat, if next == 0 { 10 } else { 1 });
        if next == 0 {
            heavy += 1;
        } else {
            ring.deactivate(seat);
        }
    }
    assert!(heavy >= servings / 50, "{heavy} of {servings}");
}

#[test]
fn many_who_come_and_go_leave_nothing_and_a_heavy_serving_costs_no_rounds() {
    let mut ring = Ring::default();
    let seats: Vec<u32> = (0..100_000).map(|id| ring.activate(id, 1, Overdraft::NONE)).collect();
    for _ in 0..1_000 {
        let (seat, _) = ring.next().unwrap();
        ring.served(seat, u64::MAX);
        ring.served(seat, u64::MAX);
    }
    for seat in seats {
        ring.deactivate(seat);
    }
    assert_eq!(ring.count(), (0, 0));
    assert_eq!(ring.next(), None);
    let lone = ring.activate(7, 0, Overdraft::NONE);
    for _ in 0..3 {
        assert_eq!(ring.next(), Some((lone, 7)));
        ring.served(lone, u64::MAX);
    }
}

#[test]
fn another_weight_counts_from_the_next_round_on() {
    let mut ring = Ring::default();
    let seats: Vec<u32> = (0..2).map(|id| ring.activate(id, 1, Overdraft::NONE)).collect();
    ring.reweigh(seats[1], 3);
    assert_eq!(serve(&mut ring, &[1; 2], 7), [0, 1, 0, 1, 1, 1, 0]);
}
