//! Plays plans of growing seeds for as long as it is let.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use crate::fuzz::{self, mailbox_bytes, random_input};
use crate::generate::{Mood, plan};
use crate::plan::Plan;
use crate::play::{Played, play};
use crate::rng::Rng;
use crate::shrink::shrink;

/// What a soak did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Plans played, each in three ways and by the model.
    pub plans: u64,
    /// Turns of all plans, counted once.
    pub turns: u64,
    /// Commands of all plans, counted once.
    pub commands: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// The plan of a seed.
pub fn plan_of(seed: u64) -> Plan {
    let mut rng = Rng::new(seed);
    let mood = rng.pick(&Mood::ALL).unwrap_or(Mood::Mixed);
    let longest = if rng.once_in(8) { 600 } else { 120 };
    let steps = 1 + rng.below(longest);
    plan(mood, steps as usize, &mut rng)
}

/// Plays one plan; a panic is a failure like any other.
pub fn attempt(plan: &Plan) -> Result<Played, String> {
    catch_unwind(AssertUnwindSafe(|| play(plan))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Err(format!("panicked: {}", said.unwrap_or("no message")))
    })
}

/// A failure as it should be read: the seed, the shortest plan that still fails, and why it does.
pub fn explain(seed: u64, plan: &Plan, wrong: &str) -> String {
    let short = shrink(plan, |shorter| attempt(shorter).is_err());
    let mut text = format!("seed {seed} failed: {wrong}\n\nshortened to {} steps:\n", short.len());
    for step in &short {
        let _ = writeln!(text, "  {step:?},");
    }
    if let Err(wrong) = attempt(&short) {
        let _ = writeln!(text, "which fails with: {wrong}");
    }
    let _ = write!(text, "\nagain: cargo run --release --package fanfold-sim -- replay --seed {seed}");
    text
}

/// Plays plans for so long, one seed after the other.
pub fn soak(first_seed: u64, length: Duration) -> Result<Tally, String> {
    let began = now();
    let mut tally = Tally::default();
    let mut seed = first_seed;
    while tally.elapsed < length {
        let plan = plan_of(seed);
        let played = attempt(&plan).map_err(|wrong| explain(seed, &plan, &wrong))?;
        tally.plans += 1;
        tally.turns += played.turns.len() as u64;
        tally.commands += played.commands() as u64;
        seed = seed.wrapping_add(1);
        tally.elapsed = now().saturating_sub(began);
    }
    Ok(tally)
}

/// Runs the bodies of the fuzz targets on random inputs for so long; how many inputs. What is wrong panics, and
/// the number of inputs before it is in the message.
pub fn fuzz_bodies(seed: u64, length: Duration) -> Result<u64, String> {
    let began = now();
    let mut rng = Rng::new(seed);
    let mut inputs = 0;
    while now().saturating_sub(began) < length {
        let input = random_input(&mut rng);
        for body in [mailbox_bytes, fuzz::plan] {
            catch_unwind(|| body(&input)).map_err(|_| format!("seed {seed} failed on input {inputs}, said above"))?;
        }
        inputs += 1;
    }
    Ok(inputs)
}

/// A seed that nobody chose.
pub fn random_seed() -> u64 {
    let nanos = u64::try_from(now().as_nanos() & u128::from(u64::MAX)).unwrap_or_default();
    // Small enough to be typed, and to survive a trip through a JavaScript number.
    Rng::new(nanos ^ u64::from(std::process::id())).bits() >> 24
}

#[expect(clippy::disallowed_methods, reason = "the length of a soak is in real time; nothing the engine sees is")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
