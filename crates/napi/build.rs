//! Link arguments of an addon whose Node-API symbols the host process supplies.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match os.as_str() {
        "macos" | "ios" => {
            println!("cargo::rustc-cdylib-link-arg=-undefined");
            println!("cargo::rustc-cdylib-link-arg=dynamic_lookup");
        }
        "linux" | "android" | "freebsd" | "openbsd" | "netbsd" => {
            // Node closes the library of a worker that ends. Code that is never unmapped can
            // neither vanish under a finalizer that is still due nor be mapped twice by the next load.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        _ => {}
    }
}
