use super::{Quantiles, Stats};
use crate::limit::LimiterOptions;
use crate::limit::hold_back::Scope;
use crate::limit::nested::NestedPolicy;
use crate::limit::queue::Order;
use crate::limit::rate::{At, Rule, Shape};
use crate::testing::{Host, child_of};
use crate::{Admission, Command, Handle, Span, Time};

const ONE: LimiterOptions = LimiterOptions::slots(1);

fn ms(millis: u32) -> Span {
    Span::from_millis(millis)
}

fn at(millis: u32) -> Time {
    Time::ZERO.after(ms(millis))
}

fn with_stats(options: &LimiterOptions) -> Host {
    let mut host = Host::with(options);
    host.command(Command::EnableStats { limiter: 0 });
    host
}

fn stats(host: &mut Host) -> Stats {
    host.engine.stats(0).expect("limiter 0")
}

fn oldest(host: &mut Host) -> Option<Span> {
    stats(host).oldest_wait
}

/// Whether a span is told to within 3.2 %.
fn is_near(told: Span, exact: Span) -> bool {
    told.as_micros().abs_diff(exact.as_micros()) * 31 <= exact.as_micros()
}

#[test]
fn how_long_tasks_wait_and_run_is_told_by_quantiles() {
    let mut host = with_stats(&LimiterOptions::slots(10));
    let nothing = Stats { concurrency: 10, ..Stats::default() };
    assert_eq!((stats(&mut host), host.engine.is_timed()), (nothing, true));
    for task in 1..=100 {
        host.submit();
        host.pass(task);
        host.drain();
        host.pass(2 * task);
        host.fulfil(Handle::from_bits(task - 1));
    }
    let Stats { waited: Some(waited), ran: Some(ran), .. } = stats(&mut host) else { panic!("{:?}", stats(&mut host)) };
    for (Quantiles { count, p50, p95, p99 }, each) in [(waited, 1), (ran, 2)] {
        assert!(is_near(p50, ms(50 * each)) && is_near(p95, ms(95 * each)) && is_near(p99, ms(99 * each)));
        assert_eq!(count, 100);
    }
}

#[test]
fn who_never_starts_has_not_waited_and_who_expired_runs_on() {
    let mut host = with_stats(&ONE);
    let [task, waiting] = host.run();
    host.pass(10);
    host.cancel(waiting);
    host.cancel(task);
    host.pass(10);
    host.fulfil(task);
    let told = stats(&mut host);
    assert_eq!(told.waited.map(|it| (it.count, it.p99)), Some((1, Span::ZERO)));
    assert!(told.ran.is_some_and(|it| it.count == 1 && is_near(it.p99, ms(20))));
}

#[test]
fn without_it_nothing_is_counted_and_what_was_before_is_not_in_it() {
    let mut host = Host::with(&ONE);
    let [first, _, _] = host.run();
    host.pass(10);
    let nothing = Stats { concurrency: 1, ..Stats::default() };
    assert_eq!((stats(&mut host), host.engine.is_timed()), (nothing, false));
    host.command(Command::EnableStats { limiter: 0 });
    assert_eq!(stats(&mut host), Stats { oldest_wait: Some(ms(10)), ..nothing });
    host.fulfil(first);
    host.drain();
    host.command(Command::EnableStats { limiter: 0 });
    let told = stats(&mut host);
    assert_eq!((told.waited.map(|it| it.count), told.ran.map(|it| it.count)), (Some(1), Some(1)));
    host.command(Command::EnableStats { limiter: 3 });
    assert_eq!(host.told()[2..], ["fault UnknownLimiter 3"]);
    assert_eq!(host.engine.stats(3), None);
}

#[test]
fn the_oldest_wait_is_that_of_the_oldest_in_any_order() {
    for order in [Order::Fifo, Order::Lifo, Order::Priority] {
        let mut host = with_stats(&LimiterOptions { order, ..ONE });
        host.run::<1>();
        assert_eq!(oldest(&mut host), None);
        for priority in [0, 5, 1, 3] {
            host.submit_with(Admission { priority, ..Admission::PLAIN });
            host.pass(10);
        }
        assert_eq!(oldest(&mut host), Some(ms(40)), "{order:?}");
        host.cancel(Handle::from_bits(1));
        assert_eq!(oldest(&mut host), Some(ms(30)), "{order:?}");
        host.clear();
        assert_eq!(oldest(&mut host), None);
    }
}

#[test]
fn who_goes_back_waits_again_since_it_came() {
    let mut host = with_stats(&LimiterOptions::slots(3));
    for _ in 0..2 {
        host.submit();
        host.pass(10);
    }
    assert_eq!((host.stand(), oldest(&mut host)), ((2, 0), None));
    host.pause();
    assert_eq!(oldest(&mut host), Some(ms(20)));
}

#[test]
fn who_waits_for_the_slot_of_its_parent_waits_too() {
    for late in [false, true] {
        let options = LimiterOptions { nested: NestedPolicy::Inherit, ..ONE };
        let mut host = if late { Host::with(&options) } else { with_stats(&options) };
        let [parent] = host.run();
        host.submit_with(child_of(parent));
        host.pass(5);
        host.submit_with(child_of(parent));
        host.pass(5);
        host.command(Command::EnableStats { limiter: 0 });
        assert_eq!(oldest(&mut host), Some(ms(5)));
        host.pause();
        assert_eq!(oldest(&mut host), Some(ms(10)));
    }
}

#[test]
fn those_who_are_gone_are_forgotten_in_bulk() {
    let mut host = with_stats(&ONE);
    host.run::<1>();
    for round in 0..1_000 {
        let task = host.submit();
        if round % 100 > 0 {
            host.cancel(task);
        }
        host.told();
    }
    assert_eq!(host.stand().1, 10);
    assert!(host.engine.arrivals_kept() <= 2 * 10 + 64 + 1, "{}", host.engine.arrivals_kept());
}

#[test]
fn when_the_next_one_starts_is_told_as_far_as_it_is_a_matter_of_time() {
    let mut host = Host::with(&LimiterOptions::slots(3));
    let told = |host: &mut Host| stats(host).next_start;
    assert_eq!(told(&mut host), None, "nobody waits");
    host.pause();
    host.submit();
    assert_eq!(told(&mut host), None, "until somebody resumes");
    host.command(Command::Pause { limiter: 0, span: ms(50) });
    assert_eq!(told(&mut host), Some(at(50)));
    host.command(Command::HoldBack { limiter: 0, scope: Scope::Own, span: ms(70), spread: ms(20) });
    assert_eq!(told(&mut host), Some(at(70)));
    host.submit();
    host.pass(70);
    host.drain();
    assert_eq!(told(&mut host), Some(at(80)), "of two in twenty");
    host.pass(10);
    host.drain();
    assert_eq!((host.stand(), told(&mut host)), ((2, 0), None));
    let interval = ms(100);
    let rule = Rule { resource: 0, limit: 1, interval, shape: Shape::Burst, at: At::Start };
    host.command(Command::SetRate { limiter: 0, nth: 2, rule: Some(rule) });
    host.submit();
    host.drain();
    host.submit();
    assert_eq!(told(&mut host), None, "there is no slot");
    host.resize(5);
    assert_eq!(told(&mut host), Some(at(180)));
    host.open(&LimiterOptions { parent: Some(0), ..LimiterOptions::slots(3) });
    host.command(Command::Pause { limiter: 0, span: ms(500) });
    host.submit_to(1, Admission::PLAIN);
    assert_eq!(host.engine.stats(1).and_then(|told| told.next_start), Some(at(580)), "by the one above");
}

#[test]
fn what_is_left_of_rates_is_told_by_rule() {
    let mut host = Host::with(&LimiterOptions::slots(9));
    let interval = ms(100);
    let rule = |limit, shape| Some(Rule { resource: 0, limit, interval, shape, at: At::Start });
    host.command(Command::SetRate { limiter: 0, nth: 1, rule: rule(5, Shape::Burst) });
    host.command(Command::SetRate { limiter: 0, nth: 7, rule: rule(9, Shape::Smooth) });
    let left = |host: &mut Host| [1, 7].map(|nth| stats(host).left[nth].expect("a rule"));
    assert_eq!((left(&mut host), stats(&mut host).left[0]), ([5, 9], None));
    host.submit();
    assert_eq!(left(&mut host), [4, 0]);
    host.drain();
    assert_eq!(left(&mut host), [4, 0]);
    host.pass(50);
    assert_eq!(left(&mut host), [4, 8]);
    host.pass(50);
    assert_eq!(left(&mut host), [5, 9]);
}
