use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::retry::Random;
use crate::table::{Handle, NONE, State, Task, Tasks};
use crate::time::{Span, Time};

const SEEDS: u64 = 40;

impl Places for Vec<u32> {
    fn place(&self, task: u32) -> u32 {
        self.get(task as usize).copied().unwrap_or(NONE)
    }

    fn set_place(&mut self, task: u32, place: u32) {
        self[task as usize] = place;
    }
}

fn drain(queue: &mut PriorityQueue, places: &mut impl Places) -> Vec<u32> {
    core::iter::from_fn(|| queue.pop(places)).collect()
}

/// A queue of tasks with these priorities, all waiting since the beginning.
fn filled(order: Order, priorities: &[i64]) -> (PriorityQueue, Vec<u32>) {
    let (mut queue, mut places) = (PriorityQueue::new(order, None), vec![NONE; priorities.len()]);
    for (&priority, task) in priorities.iter().zip(0..) {
        queue.push(&mut places, task, priority, Time::ZERO);
    }
    (queue, places)
}

#[test]
fn the_higher_priority_first_and_within_one_the_first_or_the_last_that_came() {
    let priorities = [0, 5, -3, 5, 0, i64::MAX, i64::MIN, 0];
    let (mut queue, mut places) = filled(Order::Fifo, &priorities);
    assert_eq!((queue.first(), queue.last(), queue.len()), (Some(5), Some(6), 8));
    assert_eq!(drain(&mut queue, &mut places), [5, 1, 3, 0, 4, 7, 2, 6]);
    assert_eq!((queue.first(), queue.last(), queue.is_empty()), (None, None, true));
    let (mut queue, mut places) = filled(Order::Lifo, &priorities);
    assert_eq!(drain(&mut queue, &mut places), [5, 3, 1, 7, 4, 0, 2, 6]);
}

#[test]
fn another_priority_keeps_the_arrival() {
    let (mut queue, mut places) = filled(Order::Fifo, &[1, 0, 1, 1]);
    assert!(queue.change(&mut places, 1, 1, Time::ZERO));
    assert!(queue.change(&mut places, 0, 0, Time::ZERO));
    assert_eq!(drain(&mut queue, &mut places), [1, 2, 3, 0]);
    assert!(!queue.change(&mut places, 1, 9, Time::ZERO), "it is not there");
    assert!(!queue.remove(&mut places, 1));
}

#[test]
fn a_task_put_back_is_the_next_of_its_priority() {
    for order in [Order::Fifo, Order::Lifo] {
        let (mut queue, mut places) = filled(order, &[0, 1, 1, 0]);
        let next = [queue.pop(&mut places), queue.pop(&mut places)].map(Option::unwrap);
        for task in [next[1], next[0]] {
            queue.put_back(&mut places, task, 1, Time::ZERO);
        }
        assert_eq!(drain(&mut queue, &mut places)[..2], next);
    }
}

#[test]
fn whoever_waits_gains_a_step_of_priority_with_each_span() {
    let (mut queue, mut places) = (PriorityQueue::new(Order::Fifo, Some(Span::from_millis(100))), vec![NONE; 4]);
    let at = |millis| Time::ZERO.after(Span::from_millis(millis));
    queue.push(&mut places, 0, 0, at(0));
    queue.push(&mut places, 1, 2, at(199));
    queue.push(&mut places, 2, 2, at(201));
    queue.push(&mut places, 3, 1, at(100));
    assert_eq!(drain(&mut queue, &mut places), [1, 0, 3, 2], "0 and 3 have waited for a step each time; 0 came first");
}

#[test]
fn priorities_too_far_apart_to_age_are_still_in_order() {
    let (mut queue, mut places) = (PriorityQueue::new(Order::Fifo, Some(Span::from_millis(u32::MAX))), vec![NONE; 5]);
    for (priority, task) in [i64::MIN, -5, 0, 5, i64::MAX].into_iter().zip(0..) {
        queue.push(&mut places, task, priority, Time::NEVER);
    }
    assert_eq!(queue.first(), Some(4));
    for none in [Span::ZERO, Span::NEVER] {
        assert_eq!(PriorityQueue::new(Order::Fifo, Some(none)).len(), 0);
    }
}

#[test]
fn it_says_the_same_as_a_sorted_list_whatever_happens() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let (mut queue, mut places) = (PriorityQueue::new(Order::Fifo, None), vec![NONE; 200]);
        // Priority, turned round, arrival and task.
        let (mut plain, mut arrivals) = (Vec::<(i64, u64, u32)>::new(), 0);
        for step in 0..1_500 {
            let priority = i64::try_from(random.up_to(9)).unwrap();
            let task = u32::try_from(random.up_to(199)).unwrap();
            let known = plain.iter().position(|entry| entry.2 == task);
            match (random.up_to(5), known) {
                (0..=2, None) => {
                    arrivals += 1;
                    queue.push(&mut places, task, priority, Time::ZERO);
                    plain.push((-priority, arrivals, task));
                }
                (0 | 1, Some(index)) => {
                    assert!(queue.remove(&mut places, task));
                    plain.remove(index);
                }
                (2 | 3, Some(index)) => {
                    assert!(queue.change(&mut places, task, priority, Time::ZERO));
                    plain[index].0 = -priority;
                }
                (4, _) => {
                    let first = plain.iter().min().copied();
                    plain.retain(|entry| Some(*entry) != first);
                    assert_eq!(queue.pop(&mut places), first.map(|entry| entry.2), "seed {seed}, step {step}");
                }
                _ => {
                    assert_eq!(queue.remove(&mut places, task), known.is_some());
                    plain.retain(|entry| entry.2 != task);
                }
            }
            assert_eq!(queue.first(), plain.iter().min().map(|entry| entry.2), "seed {seed}, step {step}");
            assert_eq!(queue.last(), plain.iter().max().map(|entry| entry.2), "seed {seed}, step {step}");
            assert_eq!(queue.len() as usize, plain.len());
        }
        plain.sort_unstable();
        assert!(drain(&mut queue, &mut places).into_iter().eq(plain.into_iter().map(|entry| entry.2)), "seed {seed}");
        assert!(places.iter().all(|&place| place == NONE));
    }
}

#[test]
fn every_operation_moves_no_more_than_the_heap_is_deep() {
    for count in [1_000_u32, 10_000, 100_000] {
        let depth = u64::from(count.ilog2()) + 1;
        let mut random = Random::new(u64::from(count));
        let (mut queue, mut places) = (PriorityQueue::new(Order::Lifo, None), vec![NONE; count as usize]);
        for task in 0..count {
            queue.push(&mut places, task, i64::from(task), Time::ZERO);
        }
        for task in (0..count).step_by(3) {
            queue.change(&mut places, task, i64::try_from(random.up_to(1 << 40)).unwrap(), Time::ZERO);
            queue.remove(&mut places, task + 1);
        }
        drain(&mut queue, &mut places);
        assert!(queue.moves <= 4 * u64::from(count) * depth, "{} moves for {count}", queue.moves);
    }
}

#[test]
fn tasks_keep_their_place_where_their_links_are() {
    let (mut queue, mut tasks) = (PriorityQueue::new(Order::Fifo, None), Tasks::default());
    for index in 0..100 {
        tasks.insert(Task::new(Handle::from_bits(index), 0, State::Queued, Time::ZERO));
        queue.push(&mut tasks, index, i64::from(index % 10), Time::ZERO);
    }
    assert!(queue.remove(&mut tasks, 9) && !queue.remove(&mut tasks, 9));
    assert!(queue.change(&mut tasks, 0, 10, Time::ZERO));
    assert_eq!(drain(&mut queue, &mut tasks)[..3], [0, 19, 29]);
}

#[test]
fn how_many_are_before_another_one_is_told_exactly_of_few_and_nearly_of_many() {
    let mut random = Random::new(3);
    for count in [1_u32, 2, 40, 64, 65, 1_000, 30_000] {
        let priorities: Vec<i64> = (0..count).map(|_| i64::try_from(random.up_to(1_000_000)).unwrap()).collect();
        let (queue, places) = filled(Order::Fifo, &priorities);
        for task in (0..count).step_by(count as usize / 20 + 1) {
            let before = |(other, priority): (u32, i64)| {
                let own = priorities[task as usize];
                priority > own || (priority == own && other < task)
            };
            let exact = (0..).zip(priorities.iter().copied()).filter(|&other| before(other)).count();
            let told = queue.ahead(&places, task) as usize;
            let off = if count <= 65 { 0 } else { count as usize / 5 };
            assert!(told.abs_diff(exact) <= off, "{told} instead of {exact} of {count}");
        }
    }
}
