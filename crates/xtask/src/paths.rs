//! Where things are in the repository, and how files get there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A path inside the repository.
pub(crate) fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// Writes a file and the folders above it, and leaves it alone where it is the same already, so
/// that tools that watch it or compare its age are not woken up.
pub(crate) fn write(path: &str, content: &[u8]) -> Result<()> {
    let target = in_repository(path);
    if fs::read(&target).is_ok_and(|now| now == content) {
        return Ok(());
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder of {path}"))?;
    }
    // A new file takes the old one's place: a running process may have the old addon mapped, and
    // writing into that would change its code under it.
    let fresh = target.with_extension("fresh");
    fs::write(&fresh, content).with_context(|| format!("cannot write {path}"))?;
    fs::rename(&fresh, &target).with_context(|| format!("cannot replace {path}"))
}

/// Reads a file, and says by which command it is made where it is missing.
pub(crate) fn read(path: &str, made_by: &str) -> Result<Vec<u8>> {
    fs::read(in_repository(path)).with_context(|| format!("cannot read {path}; make it with `{made_by}`"))
}
