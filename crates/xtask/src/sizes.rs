//! The sizes that a user downloads, beside the ones that were reviewed last.

use std::io::Write as _;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::{native, paths, wasm};

const SNAPSHOT: &str = "crates/xtask/sizes.snapshot.json";
const COMMAND: &str = "cargo xtask sizes --write";
/// What the compressed module of the drop-ins may take of a page. The whole one is only compared with what was reviewed.
const PLAIN_GZIP_LIMIT_BYTES: u64 = 20 * 1024;
/// How far a size may be from the reviewed one before somebody must look: one part in this many.
/// Linkers and compressors of two machines differ by less.
const TOLERANCE: u64 = 50;

/// What to do with the sizes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Print,
    Check,
    Write,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
struct Size {
    bytes: u64,
    gzip: u64,
}

#[derive(Serialize, Deserialize)]
struct Sizes {
    plain: Size,
    wasm: Size,
    addon: Size,
}

/// Prints the sizes, compares or keeps them.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let now = Sizes {
        plain: measure(&paths::read(wasm::PLAIN_FILE, "cargo xtask wasm")?)?,
        wasm: measure(&paths::read(wasm::FILE, "cargo xtask wasm")?)?,
        addon: measure(&paths::read(&native::file(native::platform()?), "cargo xtask native")?)?,
    };
    if mode == Mode::Write {
        let mut text = serde_json::to_string_pretty(&now)?;
        text.push('\n');
        paths::write(SNAPSHOT, text.as_bytes())?;
    }
    let reviewed: Sizes = serde_json::from_slice(&paths::read(SNAPSHOT, COMMAND)?)?;

    println!("{:8}{:>12}{:>12}{:>18}", "", "bytes", "gzip", "reviewed gzip");
    let pairs =
        [("plain", now.plain, reviewed.plain), ("wasm", now.wasm, reviewed.wasm), ("addon", now.addon, reviewed.addon)];
    for (name, size, reviewed) in pairs {
        println!("{name:8}{:>12}{:>12}{:>18}", size.bytes, size.gzip, reviewed.gzip);
    }
    if mode != Mode::Check {
        return Ok(());
    }
    if now.plain.gzip > PLAIN_GZIP_LIMIT_BYTES {
        bail!("the plain module takes {} bytes of gzip; the limit is {PLAIN_GZIP_LIMIT_BYTES}", now.plain.gzip);
    }
    for (name, size, reviewed) in pairs {
        if is_far(size.bytes, reviewed.bytes) || is_far(size.gzip, reviewed.gzip) {
            bail!("the size of the {name} has changed; look at why, then run `{COMMAND}` and commit {SNAPSHOT}");
        }
    }
    Ok(())
}

fn measure(content: &[u8]) -> Result<Size> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    let gzip = encoder.finish()?;
    Ok(Size { bytes: content.len().try_into()?, gzip: gzip.len().try_into()? })
}

fn is_far(now: u64, reviewed: u64) -> bool {
    now.abs_diff(reviewed) > reviewed / TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::{is_far, measure};

    #[test]
    fn a_size_is_far_beyond_one_part_in_fifty() {
        assert!(!is_far(10_000, 10_000));
        assert!(!is_far(10_200, 10_000));
        assert!(is_far(10_201, 10_000));
        assert!(is_far(9_799, 10_000));
    }

    #[test]
    fn gzip_is_measured_on_the_content() {
        let size = measure(&[7; 4096]).unwrap();
        assert_eq!(size.bytes, 4096);
        assert!(size.gzip < 100);
    }
}
