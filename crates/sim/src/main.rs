//! The simulator's command line.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use fanfold_sim::bench::bench;
use fanfold_sim::fairness::{Keys, fairness};
use fanfold_sim::soak::{attempt, explain, fuzz_bodies, plan_of, random_seed, soak};

#[derive(Parser)]
#[command(about = "Plays random plans on Fanfold's engine and compares with a simple model")]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Subcommand)]
enum Action {
    /// Play one seed after the other for a while.
    Soak {
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The first seed; a random one if left out.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Run the bodies of the fuzz targets on random inputs, without a fuzzer.
    Fuzz {
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The seed; a random one if left out.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// What a task costs in several kinds of limiters.
    Bench,
    /// How long a flooding key, a single one and a thousand shards of one tenant wait for each other.
    Fairness,
    /// Play the plan of one seed, and show it.
    Replay {
        /// The seed.
        #[arg(long)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match act(Arguments::parse().action) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn act(action: Action) -> Result<(), String> {
    match action {
        Action::Soak { seconds, seed } => {
            let seed = seed.unwrap_or_else(random_seed);
            println!("seed {seed}");
            let tally = soak(seed, Duration::from_secs(seconds))?;
            let seconds = tally.elapsed.as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
            let rate = tally.commands as f64 / seconds;
            println!(
                "{} plans, {} turns, {} commands in {seconds:.1} s: {rate:.0} commands/s, nothing wrong",
                tally.plans, tally.turns, tally.commands
            );
        }
        Action::Fuzz { seconds, seed } => {
            let seed = seed.unwrap_or_else(random_seed);
            println!("seed {seed}");
            let inputs = fuzz_bodies(seed, Duration::from_secs(seconds))?;
            println!("{inputs} inputs for each target in {seconds} s, nothing wrong");
        }
        Action::Bench => {
            for (name, nanos, ratio) in bench() {
                println!("{name:>24}: {nanos:6.0} ns a task, {ratio:.2} of a plain limiter");
            }
        }
        Action::Fairness => {
            for keys in Keys::ALL {
                println!("{keys:?}");
                for (tenant, waits) in fairness(keys) {
                    let [least, half, most, all] = [1, 50, 99, 100].map(|hundredths| waits.percentile(hundredths));
                    println!(
                        "{tenant:>12?}: waits of {least} ms (p1), {half} ms (p50), {most} ms (p99), {all} ms at most; \
                         {} of the first 2000 starts",
                        waits.early
                    );
                }
            }
        }
        Action::Replay { seed } => {
            let plan = plan_of(seed);
            let played = attempt(&plan).map_err(|wrong| explain(seed, &plan, &wrong))?;
            for (number, (turn, outcome)) in played.turns.iter().enumerate() {
                println!("{number} at {:?}, may start: {}", turn.now, turn.may_start);
                turn.messages.iter().for_each(|message| println!("    {message:?}"));
                outcome.effects.iter().for_each(|effect| println!("  → {effect:?}"));
            }
            println!("seed {seed}: {} turns, {} commands, nothing wrong", played.turns.len(), played.commands());
        }
    }
    Ok(())
}
