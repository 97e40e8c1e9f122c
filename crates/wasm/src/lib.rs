//! The WebAssembly module of Fanfold: one mailbox for each instance.
//!
//! `open()` gives the byte offset of the mailbox in linear memory, `doorbell()` lets the engine take
//! what was written there. The module imports nothing, so JavaScript instantiates it in one
//! synchronous call. A panic becomes a trap, which `engine/wasm.ts` turns into a fault in the header.

// Without std the module is a third smaller: no panic messages, no formatting, no backtraces.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use fanfold_mailbox::{Mailbox, WORDS};
use wasm_bindgen::prelude::wasm_bindgen;

/// Half the size of the allocator that Rust's own std has on this target: a tenth of the whole module.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What `open` makes, once for each instance, and never frees.
struct Open {
    words: Box<[u32]>,
    mailbox: Mailbox,
}

/// Null until `open` was called. An atomic only because a static must be safe to share.
static OPEN: AtomicPtr<Open> = AtomicPtr::new(ptr::null_mut());

/// Makes the mailbox, or finds the one made before, and returns its byte offset in linear memory.
/// The offset stays the same for the life of the instance; views on it do not, since they are
/// detached when the memory grows.
#[wasm_bindgen]
pub fn open() -> *const u32 {
    let mut open = OPEN.load(Ordering::Relaxed);
    if open.is_null() {
        open = Box::into_raw(Box::new(Open { words: vec![0; WORDS].into(), mailbox: Mailbox::new() }));
        OPEN.store(open, Ordering::Relaxed);
    }
    // SAFETY: `open` came from `Box::into_raw` and is never freed, and nobody else refers to it now.
    unsafe { &*open }.words.as_ptr()
}

/// One turn. Does nothing before `open`.
#[wasm_bindgen]
pub fn doorbell() {
    // SAFETY: the pointer is null or came from `Box::into_raw` and is never freed. The module has one
    // thread, and a turn calls nothing outside it, so no other reference exists.
    if let Some(open) = unsafe { OPEN.load(Ordering::Relaxed).as_mut() } {
        open.mailbox.turn(&mut open.words);
    }
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
