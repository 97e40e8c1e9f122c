//! Runs cargo for one crate and finds what it made.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::paths;

/// The lines of cargo's report that name a made file.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds the library of `package` and returns the path of its file with one of `extensions`.
pub(crate) fn library(package: &str, options: &[&str], extensions: &[&str]) -> Result<PathBuf> {
    // Set by cargo itself, so that the same toolchain does both.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(paths::in_repository(""))
        .args(["build", "--package", package, "--message-format=json-render-diagnostics"])
        .args(options)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo build of {package} failed");
    }
    let library = package.replace('-', "_");
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| message.target.as_ref().is_some_and(|target| target.name == library))
        .flat_map(|message| message.filenames)
        .find(|file| file.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted)))
        .with_context(|| format!("cargo built {package} and named no file ending in {extensions:?}"))
}
