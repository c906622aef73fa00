//! Processes of the server (`core/pt.h`), and what one of ours needs to live in.

use std::ffi::{c_int, CStr};
use std::os::fd::RawFd;
use std::time::Duration;

pub mod peers;
pub mod stop;

use crate::ffi;

/// Reserves room for processes that will be forked later. In `mod_init` only.
///
/// # Errors
/// When the server cannot have that many.
pub fn reserve(count: usize) -> Result<(), &'static str> {
    make_room(count)?;
    will_follow_settings(count);
    Ok(())
}

/// Reserves room for processes that may be forked later. In `mod_init` only.
///
/// # Errors
/// When the server cannot have that many.
pub fn make_room(count: usize) -> Result<(), &'static str> {
    let count = c_int::try_from(count).map_err(|_| "too many processes")?;
    // SAFETY: start-up: the number of processes is not fixed yet.
    match unsafe { ffi::register_procs(count) } {
        0.. => Ok(()),
        _ => Err("the server cannot have more processes"),
    }
}

/// Says that so many processes will follow changes of the server's runtime settings. Before they are forked.
pub fn will_follow_settings(count: usize) {
    // SAFETY: adds to a counter, in the main process and before any other is there.
    unsafe { ffi::cfg_register_child(c_int::try_from(count).unwrap_or(0)) };
}

/// Which side of a fork this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The main process.
    Parent,
    /// The new one.
    Child,
}

/// Forks a process that the server knows and ends with itself. From the main process only, at
/// `child_init(PROC_MAIN)`.
///
/// # Errors
/// When there is no room for it.
pub fn fork(description: &'static CStr) -> Result<Side, &'static str> {
    // Without a socket to the TCP process, tm cannot send over TCP and TLS from the new process.
    const TCP_SOCKET: c_int = 1;
    peers::note_main();
    // SAFETY: called in the main process, where the server allows it; the server copies the description.
    match unsafe { ffi::fork_process(ffi::PROC_NOCHLDINIT, description.as_ptr().cast_mut(), TCP_SOCKET) } {
        0 => Ok(Side::Child),
        1.. => Ok(Side::Parent),
        _ => Err("the server cannot fork"),
    }
}

/// Makes a forked process a full member: every module opens what it needs there.
///
/// # Errors
/// When a module cannot.
pub fn join() -> Result<(), &'static str> {
    // SAFETY: in a forked process, once.
    unsafe {
        if ffi::init_child(ffi::PROC_RPC) < 0 {
            return Err("a module could not start in the delivery process, see its own log line");
        }
        match ffi::cfg_child_init() {
            0 => Ok(()),
            _ => Err("the runtime settings could not be set up in the delivery process"),
        }
    }
}

/// Takes over what was changed in the server's runtime settings since the last call.
pub fn follow_settings() {
    // SAFETY: after `join`.
    unsafe { ffi::msilo_shim_cfg_update() }
}

/// Has this process, which has nothing to write down, end at once when its parent does: `parent` is who has forked it.
pub fn end_with(parent: u32) {
    // SAFETY: no memory is involved.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        // It may have ended before the last line.
        if u32::try_from(libc::getppid()) != Ok(parent) {
            exit(1);
        }
    }
}

/// Waits until `bell` rings, a signal comes, or the time is over.
pub fn wait(bell: RawFd, longest: Duration) {
    // Rounded up: a wait that ends too early would turn into a busy loop.
    let millis = longest.as_micros().div_ceil(1000);
    let mut poll = libc::pollfd { fd: bell, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor in a local variable.
    unsafe { libc::poll(&mut poll, 1, c_int::try_from(millis).unwrap_or(c_int::MAX)) };
}

/// Ends a forked process without running what the main process has set up for its own end.
pub fn exit(status: c_int) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}
