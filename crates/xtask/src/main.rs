//! Build tasks of the workspace: `cargo xtask --help` lists them.

mod build;
mod constants;
mod native;
mod pack;
mod paths;
mod sizes;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build tasks of Fanfold.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes the mailbox constants of the TypeScript layer from `crates/mailbox`.
    Constants {
        /// Writes nothing, and fails where the committed file differs.
        #[arg(long)]
        check: bool,
    },
    /// Builds the WebAssembly module, optimises it and writes it beside and into the TypeScript layer.
    Wasm,
    /// Builds the Node-API addon of this machine and puts it into its package in npm/.
    Native,
    /// Prints the sizes of the built module and addon beside the reviewed ones.
    Sizes {
        /// Fails where a size is over its limit or no longer the reviewed one.
        #[arg(long, conflicts_with = "write")]
        check: bool,
        /// Makes the sizes of now the reviewed ones.
        #[arg(long)]
        write: bool,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Constants { check } => constants::run(check),
        Task::Wasm => wasm::run(),
        Task::Native => native::run(),
        Task::Sizes { check, write } => sizes::run(match (check, write) {
            (true, _) => sizes::Mode::Check,
            (_, true) => sizes::Mode::Write,
            _ => sizes::Mode::Print,
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
