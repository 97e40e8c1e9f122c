use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::*;

/// A buffer, and what it told.
struct Bench {
    buffer: Buffer,
    told: Vec<Event>,
}

const FIFO: BufferOptions =
    BufferOptions { capacity: 2, order: Order::Fifo, overflow: Overflow::Suspend, counted: false };

impl Bench {
    fn new(options: BufferOptions) -> Self {
        let mut bench = Self { buffer: Buffer::new(options), told: Vec::new() };
        // A seat can be any that there was.
        for seat in 0..8 {
            bench.pull(seat);
        }
        for seat in 0..8 {
            bench.leave(seat);
        }
        bench.told.clear();
        bench
    }

    fn with(order: Order, overflow: Overflow) -> Self {
        Self::new(BufferOptions { order, overflow, ..FIFO })
    }

    /// Slots are ten times the seat.
    fn push(&mut self, seat: u32, weight: u32, rank: i32) -> &mut Self {
        let value = Value { slot: seat * 10, weight, rank };
        assert!(self.buffer.push(seat, value, true, &mut |event| self.told.push(event)));
        self
    }

    fn push_now(&mut self, seat: u32) -> &mut Self {
        let value = Value { slot: seat * 10, weight: 1, rank: 0 };
        assert!(self.buffer.push(seat, value, false, &mut |event| self.told.push(event)));
        self
    }

    fn pull(&mut self, seat: u32) -> &mut Self {
        assert!(self.buffer.pull(seat, &mut |event| self.told.push(event)));
        self
    }

    fn take(&mut self, count: u32) -> &mut Self {
        self.buffer.take(count, &mut |event| self.told.push(event));
        self
    }

    fn room(&mut self, seat: u32) -> &mut Self {
        assert!(self.buffer.await_room(seat, &mut |event| self.told.push(event)));
        self
    }

    fn leave(&mut self, seat: u32) -> &mut Self {
        self.buffer.leave(seat, &mut |event| self.told.push(event));
        self
    }

    fn end(&mut self) -> &mut Self {
        self.buffer.end(&mut |event| self.told.push(event));
        self
    }

    fn abandon(&mut self) -> &mut Self {
        self.buffer.abandon(&mut |event| self.told.push(event));
        self
    }

    fn told(&mut self) -> Vec<String> {
        core::mem::take(&mut self.told)
            .into_iter()
            .map(|event| match event {
                Event::Admit { seat } => format!("in {seat}"),
                Event::Refuse { seat } => format!("no {seat}"),
                Event::Give { seat: Some(seat), slot } => format!("{seat} gets {}", slot.map_or(-1, i64::from)),
                Event::Give { seat: None, slot } => format!("gets {}", slot.map_or(-1, i64::from)),
                Event::Drop { end, slot } => format!("drops {end:?} {}", slot.map_or(-1, i64::from)),
                Event::Release { seat } => format!("bye {seat}"),
            })
            .collect()
    }
}

#[test]
fn values_wait_for_room_and_pulls_for_values() {
    let mut bench = Bench::new(FIFO);
    bench.push(0, 1, 0).push(0, 1, 0).push(0, 1, 0).push(1, 1, 0);
    assert_eq!(bench.told(), ["in 0", "in 0"]);
    bench.pull(2);
    assert_eq!(bench.told(), ["2 gets 0", "in 0"]);
    bench.take(9);
    assert_eq!(bench.told(), ["gets 0", "in 1", "gets 0", "gets 10"]);
    bench.pull(0).pull(1);
    assert_eq!(bench.told(), Vec::<String>::new());
    bench.push(2, 1, 0);
    assert_eq!(bench.told(), ["in 2", "0 gets 20"]);
    bench.push_now(0);
    assert_eq!(bench.told(), ["in 0", "1 gets 0"]);
}

#[test]
fn without_room_at_all_values_are_handed_over() {
    let mut bench = Bench::new(BufferOptions { capacity: 0, ..FIFO });
    bench.push_now(0).push(0, 1, 0).room(1);
    assert_eq!(bench.told(), ["no 0"]);
    bench.take(1);
    assert_eq!(bench.told(), ["in 0", "gets 0"]);
    bench.pull(0);
    assert_eq!(bench.told(), ["bye 1"]);
    bench.push_now(1);
    assert_eq!(bench.told(), ["in 1", "0 gets 10"]);
}

#[test]
fn a_heavy_value_at_the_head_is_not_overtaken_but_can_leave() {
    let mut bench = Bench::new(BufferOptions { capacity: 3, ..FIFO });
    bench.push(0, 2, 0).push(1, 3, 0).push(2, 1, 0);
    assert_eq!(bench.told(), ["in 0"]);
    bench.leave(1);
    assert_eq!(bench.told(), ["bye 1", "in 2"]);
    bench.push(0, 4, 0);
    assert_eq!(bench.told(), ["no 0"]);
}

#[test]
fn the_last_one_is_the_first() {
    let mut bench = Bench::with(Order::Lifo, Overflow::Suspend);
    bench.push(0, 1, 0).push(1, 1, 0).push(2, 1, 0).push(3, 1, 0).told();
    bench.take(4);
    assert_eq!(bench.told(), ["gets 10", "in 2", "gets 20", "in 3", "gets 30", "gets 0"]);
}

#[test]
fn the_highest_comes_first_inside_and_outside() {
    let mut bench = Bench::with(Order::Priority, Overflow::Suspend);
    bench.push(0, 1, 1).push(1, 1, 5).push(2, 1, 0).push(3, 1, 9).push(4, 1, 9);
    assert_eq!(bench.told(), ["in 0", "in 1"]);
    bench.take(5);
    assert_eq!(bench.told(), ["gets 10", "in 3", "gets 30", "in 4", "gets 40", "in 2", "gets 0", "gets 20"]);
}

#[test]
fn what_makes_room_is_the_oldest_the_newest_or_the_newcomer() {
    for (overflow, expected) in [
        (Overflow::DropOldest, vec!["drops Oldest 0", "in 2", "gets 10", "gets 20"]),
        (Overflow::Conflate, vec!["drops Newest 10", "in 2", "gets 0", "gets 20"]),
        (Overflow::Refuse, vec!["no 2", "gets 0", "gets 10"]),
    ] {
        let mut bench = Bench::with(Order::Fifo, overflow);
        bench.push(0, 1, 0).push(1, 1, 0).told();
        bench.push(2, 1, 0).take(9);
        assert_eq!(bench.told(), expected);
    }
}

#[test]
fn by_rank_the_lowest_makes_room_if_it_is_not_the_newcomer() {
    for (overflow, dropped) in [(Overflow::DropOldest, "drops Oldest 10"), (Overflow::Conflate, "drops Newest 20")] {
        let mut bench = Bench::new(BufferOptions { capacity: 3, order: Order::Priority, overflow, counted: false });
        bench.push(0, 1, 7).push(1, 1, 3).push(2, 1, 3).told();
        bench.push(3, 1, 2).push(4, 1, 3);
        assert_eq!(bench.told(), ["no 3", dropped, "in 4"]);
        // Nothing is dropped for one that does not fit all the same.
        bench.push(5, 3, 5);
        assert_eq!(bench.told(), ["no 5"]);
    }
}

#[test]
fn who_waits_for_room_is_told_when_nobody_waits_before() {
    let mut bench = Bench::new(FIFO);
    bench.room(0);
    assert_eq!(bench.told(), ["bye 0"]);
    bench.push(0, 1, 0).push(1, 1, 0).push(2, 1, 0).room(3).told();
    bench.take(1);
    assert_eq!(bench.told(), ["gets 0", "in 2"]);
    bench.take(1);
    assert_eq!(bench.told(), ["gets 10", "bye 3"]);
}

#[test]
fn after_the_end_what_was_there_before_still_comes() {
    let mut bench = Bench::new(FIFO);
    bench.push(0, 1, 0).push(1, 1, 0).push(2, 1, 0).told();
    bench.end().push(3, 1, 0);
    assert_eq!(bench.told(), ["bye 3"]);
    bench.take(2).pull(0).pull(1);
    assert_eq!(bench.told(), ["gets 0", "in 2", "gets 10", "0 gets 20", "bye 1"]);
    bench.pull(0).end();
    assert_eq!(bench.told(), ["bye 0"]);
    let mut empty = Bench::new(FIFO);
    empty.pull(0).end();
    assert_eq!(empty.told(), ["bye 0"]);
}

#[test]
fn who_leaves_releases_all() {
    let mut bench = Bench::new(FIFO);
    bench.push(0, 1, 0).push(1, 1, 0).push(2, 1, 0).push(3, 1, 0).room(4).told();
    bench.abandon();
    assert_eq!(bench.told(), ["bye 2", "bye 3", "bye 4"]);
    bench.push(0, 1, 0).pull(1).room(2).take(3);
    assert_eq!(bench.told(), ["bye 0", "bye 1", "bye 2"]);
    assert!(bench.buffer.pull(0, &mut |_| ()));
}

#[test]
fn what_the_host_has_counted_is_taken_over() {
    let mut bench = Bench::new(BufferOptions { counted: true, ..FIFO });
    let mut told = Vec::new();
    assert!(bench.buffer.moved(3, 1, &mut |event| told.push(event)));
    bench.push(0, 1, 0).push(1, 1, 0).pull(2);
    assert_eq!(bench.told(), ["2 gets -1", "in 0"]);
    assert!(bench.buffer.moved(0, 1, &mut |event| told.push(event)));
    assert_eq!(told, [Event::Admit { seat: 1 }]);
    for (pushed, pulled) in [(1, 0), (0, 3), (u32::MAX, 0)] {
        assert!(!bench.buffer.moved(pushed, pulled, &mut |_| ()));
    }
    assert!(!Bench::new(FIFO).buffer.moved(0, 0, &mut |_| ()));
}

#[test]
fn a_seat_is_taken_once_and_leaves_no_gap() {
    let mut bench = Bench::new(FIFO);
    bench.pull(0);
    let value = Value { slot: 0, weight: 1, rank: 0 };
    assert!(!bench.buffer.pull(0, &mut |_| ()));
    assert!(!bench.buffer.push(0, value, true, &mut |_| ()));
    assert!(!bench.buffer.await_room(9, &mut |_| ()));
    bench.leave(1).leave(99);
    assert_eq!(bench.told(), Vec::<String>::new());
}
