//! The constants of the mailbox for TypeScript: generated, committed, and compared by CI.

use anyhow::{Result, bail};
use fanfold_mailbox::layout;

use crate::paths;

const FILE: &str = "npm/fanfold/src/engine/mailbox.gen.ts";
const COMMAND: &str = "cargo xtask constants";

/// Writes the file, or with `check` fails where it differs.
pub(crate) fn run(check: bool) -> Result<()> {
    let text = layout::typescript();
    if !check {
        return paths::write(FILE, text.as_bytes());
    }
    if paths::read(FILE, COMMAND)? != text.as_bytes() {
        bail!("{FILE} is not what crates/mailbox generates; run `{COMMAND}` and commit the file");
    }
    Ok(())
}
