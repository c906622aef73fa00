//! Processes of the server (`core/pt.h`), and what one of ours needs to live in.

use std::ffi::{c_int, CStr};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use super::shared::queue;
use crate::ffi;

/// Reserves room for processes that will be forked later. In `mod_init` only.
///
/// # Errors
/// When the server cannot have that many.
pub fn reserve(count: usize) -> Result<(), &'static str> {
    let count = c_int::try_from(count).map_err(|_| "too many delivery_processes")?;
    // SAFETY: start-up: the number of processes is not fixed yet.
    match unsafe { ffi::register_procs(count) } {
        0.. => {
            // SAFETY: as above; each process will follow changes of the core's runtime settings.
            unsafe { ffi::cfg_register_child(count) };
            Ok(())
        }
        _ => Err("the server cannot have more processes"),
    }
}

/// Which side of a fork this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The main process, and the number of the new one.
    Parent(i32),
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
    // SAFETY: called in the main process, where the server allows it; the server copies the description.
    match unsafe { ffi::fork_process(ffi::PROC_NOCHLDINIT, description.as_ptr().cast_mut(), TCP_SOCKET) } {
        0 => Ok(Side::Child),
        pid @ 1.. => Ok(Side::Parent(pid)),
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

/// Whether the server was started with `fork=no`, and so lives on when a process of ours does not.
pub fn is_single() -> bool {
    // SAFETY: start-up: set before any module runs.
    unsafe { ffi::dont_fork != 0 }
}

static STOP: AtomicBool = AtomicBool::new(false);
static BELL: AtomicI32 = AtomicI32::new(-1);

/// A process that has not ended so many seconds after it was told to hangs in its database driver.
const LONGEST_END: u32 = 20;

extern "C" fn on_stop_signal(_signal: c_int) {
    STOP.store(true, Ordering::Release);
    queue::ring(BELL.load(Ordering::Acquire));
    // SAFETY: async-signal-safe.
    unsafe { libc::alarm(LONGEST_END) };
}

extern "C" fn on_alarm(_signal: c_int) {
    exit(1);
}

/// From now on SIGTERM and SIGINT only set a flag and ring `bell`; the server's own handler would end the
/// process at once and lose what is not written down. Only one that hangs ends so, some seconds later. The end of the
/// main process counts as SIGTERM, however it came: a server that is started again must not meet a second owner of its
/// inboxes.
pub fn stop_on_signals(bell: RawFd) {
    BELL.store(bell, Ordering::Release);
    // SAFETY: the handler is async-signal-safe, and all zeroes is a valid empty mask.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_stop_signal as extern "C" fn(c_int) as usize;
        for signal in [libc::SIGTERM, libc::SIGINT] {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
        action.sa_sigaction = on_alarm as extern "C" fn(c_int) as usize;
        libc::sigaction(libc::SIGALRM, &action, std::ptr::null_mut());
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        // The main process may have ended before the last line.
        if libc::getppid() == 1 {
            STOP.store(true, Ordering::Release);
        }
    }
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

/// Whether one of those signals has come.
pub fn must_stop() -> bool {
    STOP.load(Ordering::Acquire)
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
