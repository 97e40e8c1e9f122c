//! The border to the host: what it calls, and what it must free.

use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{mem, ptr, slice};

use fanfold_mailbox::{Mailbox, WORDS, layout};
use napi_sys as sys;

use crate::session::Session;

/// What a doorbell function owns.
struct Open {
    session: Session<Mailbox>,
    /// The first of the `WORDS` words of the `ArrayBuffer` that the doorbell function refers to.
    words: *mut u32,
}

/// A call into the host that failed, with what it was for.
struct Failed(&'static CStr);

/// Entry point: the host calls it whenever the addon is loaded into an environment.
///
/// # Safety
///
/// Only for a Node-API host, which passes a live environment and its `exports` object.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(env: sys::napi_env, exports: sys::napi_value) -> sys::napi_value {
    // On Windows the host's functions are looked up by name; elsewhere the linker has bound them.
    #[cfg(target_env = "msvc")]
    // SAFETY: called before any other Node-API function of this module.
    mem::forget(unsafe { sys::setup() });

    // SAFETY: `env` is live, since the host is calling us with it.
    let made = unsafe { function(env, c"open", open, ptr::null_mut()) }
        // SAFETY: as above, and both values belong to the current scope.
        .and_then(|open| unsafe { set_fixed(env, exports, c"open", open) });
    if let Err(failed) = made {
        // SAFETY: `env` is live.
        unsafe { throw(env, &failed) };
    }
    exports
}

/// `open()`: makes a mailbox and returns `{ memory, doorbell }`.
unsafe extern "C" fn open(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    // `Mailbox::new` allocates; a panic must not unwind into the host.
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `env` is live, since the host is calling us with it.
        unsafe { open_mailbox(env) }
    }));
    let failed = match made {
        Ok(Ok(opened)) => return opened,
        Ok(Err(failed)) => failed,
        Err(payload) => {
            mem::forget(payload);
            Failed(c"fanfold: a new mailbox could not be made")
        }
    };
    // SAFETY: `env` is live.
    unsafe { throw(env, &failed) };
    ptr::null_mut()
}

/// Makes the memory, the engine and the doorbell that ties them together.
///
/// # Safety
///
/// `env` is live and on the current thread.
unsafe fn open_mailbox(env: sys::napi_env) -> Result<sys::napi_value, Failed> {
    let mut data = ptr::null_mut();
    let mut memory = ptr::null_mut();
    // The host allocates: hosts that cage their pointers refuse memory of ours.
    // SAFETY: both out pointers are valid for the call.
    let status = unsafe { sys::napi_create_arraybuffer(env, WORDS * size_of::<u32>(), &raw mut data, &raw mut memory) };
    check(status, c"fanfold: the host refused the memory of a mailbox")?;
    let words = data.cast::<u32>();
    if words.is_null() || !words.is_aligned() {
        return Err(Failed(c"fanfold: the host gave memory that cannot hold a mailbox"));
    }
    // Not every host clears the memory that it gives to an addon, and Rust may not read it before.
    // SAFETY: the buffer is `WORDS` words long, aligned, and nobody else has seen it yet.
    unsafe { words.write_bytes(0, WORDS) };

    let session = Session::new(Mailbox::new(), layout::header::FAULT, layout::FAULT_PANIC);
    let owned = Box::into_raw(Box::new(Open { session, words })).cast::<c_void>();
    // SAFETY: `env` is live, and `owned` stays allocated for as long as the function can be called:
    // it is freed by the function's own finalizer, or just below when no caller has seen the function.
    let doorbell = unsafe { function(env, c"doorbell", doorbell, owned) }.and_then(|doorbell| {
        // The doorbell keeps the memory alive through an edge that the collector can follow. A
        // strong reference would do so too, but had to be deleted in a finalizer, at a time when
        // the environment may already be on its way out.
        // SAFETY: `env` is live and both values belong to the current scope.
        unsafe { set_fixed(env, doorbell, c"memory", memory) }?;
        // SAFETY: as above; `free` takes exactly what `owned` points to.
        let status =
            unsafe { sys::napi_add_finalizer(env, doorbell, owned, Some(free), ptr::null_mut(), ptr::null_mut()) };
        check(status, c"fanfold: the host refused the finalizer of a mailbox")?;
        Ok(doorbell)
    });
    let doorbell = match doorbell {
        Ok(doorbell) => doorbell,
        Err(failed) => {
            // SAFETY: no finalizer was added, and the function was not handed out.
            drop(unsafe { Box::from_raw(owned.cast::<Open>()) });
            return Err(failed);
        }
    };

    let mut opened = ptr::null_mut();
    // SAFETY: the out pointer is valid for the call.
    let status = unsafe { sys::napi_create_object(env, &raw mut opened) };
    check(status, c"fanfold: the host could not make an object")?;
    // SAFETY: `env` is live and all values belong to the current scope.
    unsafe {
        set_fixed(env, opened, c"memory", memory)?;
        set_fixed(env, opened, c"doorbell", doorbell)?;
    }
    Ok(opened)
}

/// `doorbell()`: one turn. One call back into the host, no allocation, no return value.
unsafe extern "C" fn doorbell(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut();
    // SAFETY: `env` and `info` are those of the running call; parts that are not asked for may be null.
    let status =
        unsafe { sys::napi_get_cb_info(env, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &raw mut data) };
    if status == sys::Status::napi_ok && !data.is_null() {
        // SAFETY: `data` is the `Open` this function was made with. It is freed only when the
        // function has been collected, so it lives now. The host calls an environment's functions on
        // one thread, and a turn never calls into JavaScript, so this is the only reference to it.
        let open = unsafe { &mut *data.cast::<Open>() };
        // SAFETY: the doorbell keeps its `ArrayBuffer` alive, so the `WORDS` words are there as long
        // as the buffer is not transferred, which `engine/native.ts`, its only owner, never does.
        // JavaScript does not run during the turn, so nobody else reads or writes them.
        let words = unsafe { slice::from_raw_parts_mut(open.words, WORDS) };
        open.session.turn(words);
    }
    ptr::null_mut()
}

/// Finalizer of a doorbell: collected, or its environment ends.
unsafe extern "C" fn free(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` came from `Box::into_raw` in `open_mailbox`, and a finalizer runs once.
    let owned = unsafe { Box::from_raw(data.cast::<Open>()) };
    // The words are not touched: the collector may have taken them already.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(owned))) {
        mem::forget(payload);
    }
}

/// Makes a JavaScript function.
///
/// # Safety
///
/// `env` is live, and `data` is what `callback` expects for as long as it can be called.
unsafe fn function(
    env: sys::napi_env,
    name: &'static CStr,
    callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
    data: *mut c_void,
) -> Result<sys::napi_value, Failed> {
    let mut made = ptr::null_mut();
    // SAFETY: the name is valid for the call and its length is known; the out pointer is valid.
    let status =
        unsafe { sys::napi_create_function(env, name.as_ptr(), length(name), Some(callback), data, &raw mut made) };
    check(status, c"fanfold: the host could not make a function")?;
    Ok(made)
}

/// Defines a property that can be read, and neither changed nor deleted.
///
/// # Safety
///
/// `env` is live; `object` and `value` are values of the current scope.
unsafe fn set_fixed(
    env: sys::napi_env,
    object: sys::napi_value,
    name: &'static CStr,
    value: sys::napi_value,
) -> Result<(), Failed> {
    let property = sys::napi_property_descriptor {
        utf8name: name.as_ptr(),
        name: ptr::null_mut(),
        method: None,
        getter: None,
        setter: None,
        value,
        attributes: sys::PropertyAttributes::enumerable,
        data: ptr::null_mut(),
    };
    // SAFETY: one descriptor, valid for the call.
    let status = unsafe { sys::napi_define_properties(env, object, 1, &raw const property) };
    check(status, c"fanfold: the host could not define a property")
}

/// Throws `failed` as a JavaScript `Error`, unless an exception is pending already.
///
/// # Safety
///
/// `env` is live.
unsafe fn throw(env: sys::napi_env, failed: &Failed) {
    // A failure here means that another exception is pending or that the environment is ending.
    // Either way the caller learns of it from the host.
    // SAFETY: the message ends in a zero, and a null code means none.
    unsafe { sys::napi_throw_error(env, ptr::null::<c_char>(), failed.0.as_ptr()) };
}

fn check(status: sys::napi_status, otherwise: &'static CStr) -> Result<(), Failed> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Failed(otherwise)) }
}

/// The length of a name in the type that Node-API asks for.
fn length(name: &CStr) -> isize {
    // A C string in memory is at most `isize::MAX` bytes long.
    name.count_bytes().cast_signed()
}
