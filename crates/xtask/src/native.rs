//! The addon of this machine, put into the package that npm installs for it.

use std::env::consts::{ARCH, OS};
use std::fs;

use anyhow::{Context, Result, bail};

use crate::{build, paths};

/// Builds the addon and copies it to `npm/<platform>/fanfold.node`.
pub(crate) fn run() -> Result<()> {
    let platform = platform()?;
    let library = build::library("fanfold-napi", &["--release"], &["so", "dylib", "dll"])?;
    let addon = fs::read(&library).with_context(|| format!("cannot read {}", library.display()))?;
    let file = file(platform);
    paths::write(&file, &addon)?;
    println!("{file}: {} bytes", addon.len());
    Ok(())
}

/// Where the addon of a platform goes.
pub(crate) fn file(platform: &str) -> String {
    format!("npm/{platform}/fanfold.node")
}

/// The name of this machine's package, which is also its folder in npm/.
pub(crate) fn platform() -> Result<&'static str> {
    let musl = cfg!(target_env = "musl");
    Ok(match (OS, ARCH) {
        ("linux", "x86_64") if musl => "linux-x64-musl",
        ("linux", "x86_64") => "linux-x64-gnu",
        ("linux", "aarch64") if musl => "linux-arm64-musl",
        ("linux", "aarch64") => "linux-arm64-gnu",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        ("windows", "x86_64") => "win32-x64-msvc",
        ("windows", "aarch64") => "win32-arm64-msvc",
        _ => bail!("there is no addon for {OS} on {ARCH}; Fanfold runs on WebAssembly there"),
    })
}
