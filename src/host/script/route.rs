//! Event routes of the script, and the functions of KEMI scripts that stand for them (`core/route.h`, `core/kemi.h`).

use std::ffi::{c_int, CStr};
use std::mem::MaybeUninit;

use crate::ffi;
use crate::host::str::Lent;

/// An event route, by its place among those of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRoute(c_int);

impl EventRoute {
    /// The route of that name, if the script has one. When the script has been read.
    pub fn find(name: &CStr) -> Option<Self> {
        // SAFETY: single thread; the server looks the name up in its own table, and only reads it.
        let number = unsafe { ffi::route_lookup(&raw mut ffi::event_rt, name.as_ptr().cast_mut()) };
        Self(number).actions().map(|_| Self(number))
    }

    fn actions(self) -> Option<*mut ffi::action> {
        let number = usize::try_from(self.0).ok()?;
        // SAFETY: single thread; `route_lookup` gives a place in this list, or a negative number.
        let actions = unsafe { (!ffi::event_rt.rlist.is_null()).then(|| *ffi::event_rt.rlist.add(number)) }?;
        (!actions.is_null()).then_some(actions)
    }

    /// Runs it for a request that the server makes up.
    ///
    /// # Errors
    /// When there is no such request, or no route.
    pub fn run(self) -> Result<(), &'static str> {
        let actions = self.actions().ok_or("the script has no such route")?;
        with_message(|message| {
            // What a route returns means nothing here.
            // SAFETY: the message is the server's own, and lives during the call; without a context the server takes its own.
            let _ = unsafe { ffi::run_top_route(actions, message, std::ptr::null_mut()) };
        })
    }
}

/// Whether the script is written in Lua, Python, JavaScript ... When the config has been read.
pub fn is_kemi() -> bool {
    // SAFETY: reads a pointer of the server.
    unsafe { !ffi::sr_kemi_eng_get().is_null() }
}

/// Calls a function of a KEMI script with the name of an event, for a request that the server makes up.
///
/// # Errors
/// When there is no such script, or it fails.
pub fn call(function: &[u8], event: &[u8]) -> Result<(), &'static str> {
    let (mut function, mut event) = (Lent::new(function), Lent::new(event));
    let mut code = -1;
    // SAFETY: the server's own message; the texts are lent for the call. A script is not changed while it runs.
    with_message(|message| unsafe {
        let engine = ffi::sr_kemi_eng_get();
        if !engine.is_null() {
            code = ffi::sr_kemi_route(engine, message, ffi::EVENT_ROUTE as c_int, function.as_ptr(), event.as_ptr());
        }
    })?;
    if code < 0 {
        Err("the script's function fails, see its own log line")
    } else {
        Ok(())
    }
}

/// Does something with a request that nobody has sent, in an event route.
fn with_message(work: impl FnOnce(*mut ffi::sip_msg)) -> Result<(), &'static str> {
    let mut message = Box::new(MaybeUninit::<ffi::sip_msg>::zeroed());
    let message = message.as_mut_ptr();
    // SAFETY: single thread; the server fills the memory, and frees what it has parsed of it when the route is over. It
    // keeps in a variable which kind of route is running, as all modules that run one do.
    unsafe {
        if ffi::faked_msg_get_new(message) < 0 {
            return Err("the server cannot make up a request");
        }
        let before = ffi::route_type;
        ffi::route_type = ffi::EVENT_ROUTE as c_int;
        work(message);
        ffi::route_type = before;
        ffi::free_sip_msg(message);
        ffi::ksr_msg_env_reset();
    }
    Ok(())
}
