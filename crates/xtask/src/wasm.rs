//! The WebAssembly module: compiled, stripped of what bindings need only while building, optimised,
//! and written as a file and as TypeScript.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

use anyhow::{Context, Result, anyhow, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::pack::{Packed, pack};
use crate::{build, paths};

/// The whole module as a file, for `fanfold/slim` and its users.
pub(crate) const FILE: &str = "npm/fanfold/dist/fanfold.wasm";
/// The whole module as text, for everybody else.
const INLINED: &str = "npm/fanfold/src/engine/wasm-bytes.gen.ts";
/// The module without the feature `capacity`, which only measuring reads as a file.
pub(crate) const PLAIN_FILE: &str = "target/fanfold-plain.wasm";
/// The same as text, for drop-ins that need no more.
const PLAIN_INLINED: &str = "npm/fanfold/src/engine/wasm-plain-bytes.gen.ts";
/// The optimiser, from the npm package `binaryen`.
const WASM_OPT: &str = "node_modules/binaryen/bin/wasm-opt";

/// What `engine/wasm.ts` uses; everything else that wasm-bindgen exports has no caller.
const EXPORTS: [&str; 3] = ["memory", "open", "doorbell"];
const FILL_TABLE: &str = "__wbindgen_init_externref_table";

/// What rustc may use on this target; the optimiser refuses what is not named.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds both modules and writes each as a file and as text.
pub(crate) fn run() -> Result<()> {
    make(&["--no-default-features"], PLAIN_FILE, PLAIN_INLINED)?;
    make(&[], FILE, INLINED)
}

fn make(features: &[&str], file: &str, inlined: &str) -> Result<()> {
    // wasm-bindgen reads the section of target features, so nothing is stripped before it has run.
    let options = ["--profile", "wasm", "--target", "wasm32-unknown-unknown", "--config", "profile.wasm.strip=false"];
    let compiled = build::library("fanfold-wasm", &[&options, features].concat(), &["wasm"])?;
    let module = optimise(&bind(&compiled)?)?;
    paths::write(file, &module)?;
    paths::write(inlined, typescript(&module)?.as_bytes())?;
    println!("{file}: {} bytes", module.len());
    Ok(())
}

/// Runs wasm-bindgen over the compiled module and takes only the module: it has no imports and its
/// exports take and give numbers, so `engine/wasm.ts` calls it without generated code.
fn bind(compiled: &Path) -> Result<Vec<u8>> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).typescript(false).remove_name_section(true).remove_producers_section(true);
    let mut output = bindgen.web(true)?.generate_output()?;
    let module = output.wasm_mut();
    // wasm-bindgen lets every module fill a table of JavaScript values when it starts. No such
    // value ever comes here, so the start function goes, and the imported function that it is.
    module.start = None;
    let filler = module.imports.iter().find(|import| import.name == FILL_TABLE).map(|import| {
        let function = module.imports.get_func(&import.module, &import.name);
        function.map(|function| (import.id(), function))
    });
    if let Some((import, function)) = filler.transpose()? {
        module.imports.delete(import);
        module.funcs.delete(function);
    }
    let (wanted, unwanted): (Vec<_>, Vec<_>) = module
        .exports
        .iter()
        .map(|export| (export.id(), export.name.clone()))
        .partition(|(_, name)| EXPORTS.contains(&name.as_str()));
    ensure!(wanted.len() == EXPORTS.len(), "the module must export {EXPORTS:?}, but has only {wanted:?}");
    for (export, _) in unwanted {
        module.exports.delete(export);
    }
    let imports: Vec<_> = module.imports.iter().map(|import| format!("{}.{}", import.module, import.name)).collect();
    ensure!(imports.is_empty(), "the module must run without generated code, but it imports {imports:?}");
    Ok(module.emit_wasm())
}

/// Runs the optimiser of the npm package `binaryen`.
fn optimise(module: &[u8]) -> Result<Vec<u8>> {
    let tool = paths::in_repository(WASM_OPT);
    if !tool.exists() {
        bail!("{WASM_OPT} is missing; install the npm packages first (`npm ci`)");
    }
    let folder = env::temp_dir().join(format!("fanfold-wasm-{}", process::id()));
    fs::create_dir_all(&folder).context("cannot make a temporary folder")?;
    let (input, output) = (folder.join("in.wasm"), folder.join("out.wasm"));
    fs::write(&input, module)?;
    let status = Command::new("node")
        .arg(tool)
        .args(["-Oz", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"])
        .args(FEATURES)
        .arg(&input)
        .arg("--output")
        .arg(&output)
        .status()
        .context("cannot run wasm-opt through node");
    let optimised = status.and_then(|status| {
        if status.success() { Ok(fs::read(&output)?) } else { Err(anyhow!("wasm-opt failed: {status}")) }
    });
    fs::remove_dir_all(&folder).context("cannot remove the temporary folder")?;
    optimised
}

/// The module as TypeScript, for `engine/inline.ts` and `engine/inline-plain.ts`.
fn typescript(module: &[u8]) -> Result<String> {
    let Packed { digits, marks, text } = pack(module);
    let mut file = String::from("// Made by `cargo xtask wasm` from crates/wasm; not committed.\n\n");
    writeln!(file, "/** The WebAssembly module, as `unpack` reads it. */")?;
    // The types are written out: an inferred one would be the text once more, in the declarations of each build.
    writeln!(file, "export const length: number = {};", module.len())?;
    writeln!(file, "export const digits: string = '{digits}';")?;
    writeln!(file, "export const marks: string = '{marks}';")?;
    writeln!(file, "export const text: string =\n  '{text}';")?;
    Ok(file)
}
