//! Random plans on the engine: compared with the model after every turn, watched by a host that counts, played
//! twice and once through the mailbox. A failing plan is shrunk before it is shown.

mod support;

use fanfold_sim::plan::guards::{Fuse, Goal, Guard};
use fanfold_sim::plan::{Attempt, Party, Purse, Quarters, Raw, Shape, Step, Wishes};
use fanfold_sim::soak::{attempt, explain, plan_of};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What the plans of one property are made of.
#[derive(Clone, Copy)]
struct Flavour {
    /// Nested policies: 0 to warn, 6 to refuse, 12 to inherit.
    nested: &'static [u8],
    /// How often a task has kin, a signal or a limit of time of its own.
    wishes: f64,
    /// Groups and retries, for each ten steps about tasks.
    judged: u32,
    /// How often a task is heavy or urgent, or a limiter goes by that.
    heavy: f64,
    /// How often a limiter is below another one.
    trees: f64,
    /// How often a task says what it costs; and whether limiters have rates.
    rates: f64,
    /// How often a task has a key; and whether keys have limits.
    keys: f64,
    /// Whether limiters are held back, or break.
    guards: bool,
    hostile: bool,
}

/// Something, or mostly nothing; never if that is how often.
fn sometimes<S: Strategy + 'static>(often: f64, strategy: S) -> BoxedStrategy<Option<S::Value>>
where
    S::Value: Clone,
{
    if often > 0.0 { proptest::option::weighted(often, strategy).boxed() } else { Just(None).boxed() }
}

fn quarters() -> impl Strategy<Value = Quarters> {
    prop_oneof![4 => Just(u8::MAX), 1 => Just(0), 3 => 0..40_u8].prop_map(Quarters)
}

fn shape(flavour: Flavour) -> impl Strategy<Value = Shape> {
    let max_queue = prop_oneof![2 => Just(u8::MAX), 1 => 0..6_u8];
    let policies = (proptest::sample::select(flavour.nested), 0..6_u8).prop_map(|(nested, rest)| nested + rest);
    let ranked = (sometimes(flavour.heavy, 0..4_u8), sometimes(flavour.heavy, 0..4_u8), quarters());
    let slots = if flavour.heavy > 0.0 { 0..8_u8 } else { 0..4_u8 };
    (slots, max_queue, policies, quarters(), quarters(), ranked, sometimes(flavour.trees, any::<u8>())).prop_map(
        |(concurrency, max_queue, policies, queue_timeout, run_timeout, (ranked, bypass, ageing), parent)| Shape {
            concurrency,
            max_queue,
            policies: policies + 18 * ranked.unwrap_or(0),
            queue_timeout,
            run_timeout,
            parent,
            bypass: bypass.unwrap_or(0),
            ageing,
        },
    )
}

fn wishes(Flavour { wishes: often, heavy, rates, keys, .. }: Flavour) -> impl Strategy<Value = Wishes> {
    let maybe = move || sometimes(often, any::<u8>());
    let span = move || sometimes(often, prop_oneof![5 => 0..40_u8, 1 => Just(u8::MAX)]);
    let heavy = (sometimes(heavy, 0..5_u8), sometimes(heavy, -3..4_i8), sometimes(rates, any::<u8>()));
    let key = sometimes(keys, any::<u8>());
    (maybe(), span(), span(), maybe(), heavy, key).prop_map(
        |(signal, queue_timeout, run_timeout, parent, (weight, priority, cost), key)| Wishes {
            signal,
            queue_timeout,
            run_timeout,
            parent,
            weight: weight.unwrap_or(0),
            priority: priority.unwrap_or(0),
            cost: cost.unwrap_or(0),
            key,
        },
    )
}

fn raw() -> impl Strategy<Value = Step> {
    any::<[u8; 5]>().prop_map(|[kind, limiter, place, generation, other]| {
        Step::Raw(Raw { kind, limiter, place, generation, other })
    })
}

fn step(flavour: Flavour) -> BoxedStrategy<Step> {
    let live = flavour.heavy > 0.0 || flavour.trees > 0.0;
    let lawful = prop_oneof![10 => lawful(flavour), flavour.judged => judged()];
    let lawful = if flavour.rates > 0.0 { prop_oneof![10 => lawful, 2 => rates()].boxed() } else { lawful.boxed() };
    let lawful = if flavour.keys > 0.0 { prop_oneof![10 => lawful, 2 => about_keys()].boxed() } else { lawful };
    let lawful = if live { prop_oneof![10 => lawful, 1 => changes()].boxed() } else { lawful.boxed() };
    let lawful = if flavour.guards { prop_oneof![10 => lawful, 2 => guards()].boxed() } else { lawful };
    if flavour.hostile { prop_oneof![raw(), lawful].boxed() } else { lawful.boxed() }
}

fn lawful(flavour: Flavour) -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        24 => (at(), wishes(flavour)).prop_map(|(at, wishes)| Step::Submit(at, wishes)),
        4 => (at(), 0..9_u8).prop_map(|(at, count)| Step::Burst(at, count)),
        17 => (at(), any::<bool>()).prop_map(|(at, fulfilled)| Step::Complete(at, fulfilled)),
        5 => at().prop_map(Step::Cancel),
        10 => any::<bool>().prop_map(Step::Ring),
        6 => Just(Step::Drain),
        4 => (0..20_u8).prop_map(|span| Step::Pass(Quarters(span))),
        6 => any::<bool>().prop_map(Step::PassToDeadline),
        3 => (at(), 0..6_u8, any::<bool>()).prop_map(|(at, slots, settled)| Step::Resize(at, slots, settled)),
        1 => at().prop_map(Step::Settle),
        3 => (at(), quarters()).prop_map(|(at, span)| Step::Pause(at, span)),
        3 => at().prop_map(Step::Resume),
        2 => (at(), any::<bool>()).prop_map(|(at, pauses)| Step::Next(at, pauses)),
        1 => at().prop_map(Step::Clear),
        1 => (at(), quarters()).prop_map(|(at, grace)| Step::Close(at, grace)),
        2 => at().prop_map(Step::AbortSignal),
        1 => at().prop_map(Step::Abort),
        1 => at().prop_map(Step::Free),
        2 => shape(flavour).prop_map(Step::Open),
        2 => at().prop_map(Step::Try),
        2 => at().prop_map(Step::WaitIdle),
        2 => (at(), 0..5_u8).prop_map(|(at, bound)| Step::WaitBelow(at, bound)),
    ]
}

/// What may change about a task that waits, or a limiter in a tree.
fn changes() -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        (at(), -3..4_i8).prop_map(|(at, priority)| Step::Reprioritize(at, priority)),
        (at(), sometimes(0.6, at())).prop_map(|(at, parent)| Step::Move(at, parent)),
    ]
}

/// What may change about rates.
fn rates() -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        (at(), any::<bool>(), sometimes(0.8, at())).prop_map(|(at, which, rule)| Step::SetRate(at, which, rule)),
        (at(), any::<bool>(), at()).prop_map(|(at, which, units)| Step::SettleCost(at, which, units)),
    ]
}

/// What may change about keys.
fn about_keys() -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        (at(), at(), at()).prop_map(|(at, name, weight)| Step::SetKey(at, name, weight)),
        (at(), at(), at()).prop_map(|(at, slots, places)| Step::SetPerKey(at, slots, places)),
        (at(), any::<bool>(), sometimes(0.7, at())).prop_map(|(at, which, rule)| Step::SetPerKeyRate(at, which, rule)),
        (at(), at(), quarters()).prop_map(|(at, name, span)| Step::HoldKey(at, name, span)),
    ]
}

/// What protects a service.
fn guards() -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        3 => (at(), at(), quarters(), quarters())
            .prop_map(|(at, scope, span, spread)| Guard::HoldBack(at, scope, span, spread)),
        1 => at().prop_map(Guard::Lift),
        1 => at().prop_map(Guard::Stats),
        2 => (at(), weighted_fuse()).prop_map(|(at, fuse)| Guard::Breaker(at, fuse)),
        1 => (at(), weighted_goal()).prop_map(|(at, goal)| Guard::Adaptive(at, goal)),
        4 => (at(), at(), at()).prop_map(|(at, count, says)| Guard::Finish(at, count, says)),
        1 => (at(), quarters()).prop_map(|(at, span)| Guard::MaxWait(at, span)),
    ]
    .prop_map(Step::Guard)
}

fn weighted_fuse() -> impl Strategy<Value = Option<Fuse>> {
    let fuse = (any::<u8>(), any::<u8>(), quarters(), quarters(), any::<u8>());
    sometimes(0.8, fuse.prop_map(|(trip, calls, window, open, trials)| Fuse { trip, calls, window, open, trials }))
}

fn weighted_goal() -> impl Strategy<Value = Option<Goal>> {
    let goal = any::<[u8; 4]>();
    sometimes(0.8, goal.prop_map(|[algorithm, min, more, initial]| Goal { algorithm, min, more, initial }))
}

fn judged() -> impl Strategy<Value = Step> {
    let at = any::<u8>;
    prop_oneof![
        6 => failed().prop_map(Step::Retry),
        2 => at().prop_map(Step::Hold),
        1 => at().prop_map(Step::LetGo),
        1 => (at(), at(), quarters()).prop_map(|(share, minimum, window)| {
            Step::OpenBudget(Purse { share, minimum, window })
        }),
        1 => at().prop_map(Step::FreeBudget),
        3 => (at(), 0..6_u8).prop_map(|(at, count)| Step::Deposit(at, count)),
        3 => (at(), at(), any::<bool>(), any::<bool>()).prop_map(|(rule, members, sealed, careless)| {
            Step::Gather(Party { rule, members, sealed, careless })
        }),
        2 => (at(), at()).prop_map(|(at, more)| Step::Join(at, more)),
        8 => (at(), at(), any::<bool>()).prop_map(|(at, which, fulfilled)| Step::EndMember(at, which, fulfilled)),
        1 => (at(), at()).prop_map(|(at, count)| Step::Tally(at, count)),
        2 => (at(), sometimes(0.2, at())).prop_map(|(at, number)| Step::Seal(at, number)),
        1 => at().prop_map(Step::Disband),
        2 => Just(Step::PassToDeadline(true)),
    ]
}

fn failed() -> impl Strategy<Value = Attempt> {
    let rules = (any::<u8>(), quarters(), quarters(), prop_oneof![1 => Just(u8::MAX), 1 => 0..8_u8], quarters());
    let failure = (any::<[u8; 2]>(), quarters(), quarters(), sometimes(0.2, 0..40_u8), sometimes(0.2, 0..40_u8));
    let whose = (sometimes(0.5, any::<u8>()), sometimes(0.6, any::<u8>()));
    (rules, failure, whose, any::<bool>()).prop_map(|(rules, failure, (budget, call), holds)| {
        let (rule, base, max, retries, max_elapsed) = rules;
        let ([seed, number], elapsed, slept, given, asked) = failure;
        Attempt {
            rule,
            base,
            max,
            retries,
            max_elapsed,
            seed,
            number,
            elapsed,
            slept,
            given,
            asked,
            budget,
            call,
            holds,
        }
    })
}

/// Plays so many plans of each seed.
fn holds(test: &str, flavour: Flavour) {
    const CASES: u32 = 120;
    for seed in support::seeds(test) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let plans = (
            vec(shape(flavour).prop_map(Step::Open), if flavour.trees > 0.0 { 2..7 } else { 1..3 }),
            vec(step(flavour), 0..120),
        )
            .prop_map(|(opened, rest)| [opened, rest].concat());
        let outcome = TestRunner::new_with_rng(config, rng)
            .run(&plans, |plan| attempt(&plan).map(drop).map_err(TestCaseError::fail));
        assert!(
            outcome.is_ok(),
            "with FANFOLD_SEED={seed}: {}",
            outcome.map_or_else(|wrong| wrong.to_string(), |()| String::new())
        );
    }
}

/// Rows of slots, and little else.
const PLAIN: Flavour = Flavour {
    nested: &[0],
    wishes: 0.05,
    judged: 1,
    heavy: 0.0,
    trees: 0.0,
    rates: 0.0,
    keys: 0.0,
    guards: false,
    hostile: false,
};

#[test]
fn plain_tasks_and_live_changes() {
    holds("plain", PLAIN);
}

#[test]
fn signals_and_limits_of_time() {
    holds("signals", Flavour { wishes: 0.4, ..PLAIN });
}

#[test]
fn tasks_inside_tasks() {
    holds("nested", Flavour { nested: &[0, 6, 12, 12], wishes: 0.4, ..PLAIN });
}

#[test]
fn groups_and_retries() {
    holds("judged", Flavour { wishes: 0.1, judged: 30, ..PLAIN });
}

#[test]
fn heavy_and_urgent_tasks() {
    holds("heavy", Flavour { nested: &[0, 0, 12], wishes: 0.1, heavy: 0.5, ..PLAIN });
}

#[test]
fn limiters_below_limiters() {
    holds("trees", Flavour { nested: &[0, 0, 12], wishes: 0.1, heavy: 0.1, trees: 0.7, ..PLAIN });
}

#[test]
fn rates_at_any_level() {
    holds("rates", Flavour { nested: &[0, 0, 12], wishes: 0.1, heavy: 0.1, trees: 0.4, rates: 0.5, ..PLAIN });
}

#[test]
fn keys_in_turn() {
    holds("keys", Flavour { nested: &[0, 0, 12], wishes: 0.1, heavy: 0.2, trees: 0.3, rates: 0.1, keys: 0.8, ..PLAIN });
}

#[test]
fn limiters_that_are_held_back() {
    holds(
        "guards",
        Flavour { nested: &[0, 0, 12], wishes: 0.1, heavy: 0.1, trees: 0.4, rates: 0.1, guards: true, ..PLAIN },
    );
}

#[test]
fn keys_of_limiters_that_are_held_back() {
    holds(
        "guarded keys",
        Flavour {
            nested: &[0, 0, 12],
            wishes: 0.1,
            heavy: 0.1,
            trees: 0.3,
            rates: 0.1,
            keys: 0.6,
            guards: true,
            ..PLAIN
        },
    );
}

#[test]
fn commands_that_no_host_sends() {
    let (guards, hostile) = (true, true);
    holds(
        "hostile",
        Flavour {
            nested: &[0, 6, 12],
            wishes: 0.2,
            heavy: 0.2,
            trees: 0.3,
            rates: 0.2,
            keys: 0.2,
            guards,
            hostile,
            ..PLAIN
        },
    );
}

#[test]
fn generated_plans_of_every_mood() {
    const PLANS: u64 = 150;
    for first in support::seeds("moods") {
        for seed in first..first + PLANS {
            let plan = plan_of(seed);
            if let Err(wrong) = attempt(&plan) {
                panic!("{}", explain(seed, &plan, &wrong));
            }
        }
    }
}
