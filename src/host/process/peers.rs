//! The other processes of the server (`pt` of `core/pt.h`): who still lives, and whether the server is about to end.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::ffi;

/// The main process, 0 before the first fork.
static MAIN: AtomicI32 = AtomicI32::new(0);

/// Notes that this is the main process. Before a fork.
pub fn note_main() {
    // SAFETY: no pointers are involved.
    MAIN.store(unsafe { libc::getpid() }, Ordering::Release);
}

/// Whether the main process is still there. It may be process 1: in a container it is when nothing else was started.
pub fn main_lives() -> bool {
    // SAFETY: no pointers are involved.
    unsafe { libc::getppid() == MAIN.load(Ordering::Acquire) }
}

/// What has become of the processes that take SIP and keep the server's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// All of them are there.
    Live,
    /// Some have ended, so the server is ending: it does not go on without any of them.
    Leave,
    /// Nobody takes SIP any more.
    Gone,
}

/// Looks at all of them. Async-signal-safe; one system call for each.
///
/// They count as living, whatever else, when the main process is not there: then nobody has told them to end.
pub fn workers() -> Workers {
    if !main_lives() {
        return Workers::Live;
    }
    let (mut live, mut ended) = (false, false);
    // SAFETY: the table of processes lies in shared memory and is not freed before all of them have ended. Main is the
    // only one to change it, when it forks; a process that is counted before its pid is set has 0 there until then.
    let table = unsafe {
        match (ffi::pt.is_null(), ffi::process_count.as_ref().map(|&count| usize::try_from(count))) {
            (false, Some(Ok(count))) => std::slice::from_raw_parts(ffi::pt, count),
            _ => return Workers::Live,
        }
    };
    let main = MAIN.load(Ordering::Acquire);
    for process in table.iter().filter(|process| process.pid > 0 && process.pid != main) {
        // Those of modules, ours among them, end when they have done what is left to do.
        if process.rank != ffi::PROC_NOCHLDINIT {
            match exists(process.pid) {
                true => live = true,
                false => ended = true,
            }
        }
    }
    match (live, ended) {
        (_, false) => Workers::Live,
        (true, true) => Workers::Leave,
        (false, true) => Workers::Gone,
    }
}

fn exists(pid: i32) -> bool {
    // SAFETY: signal 0 only asks whether the process exists.
    unsafe { libc::kill(pid, 0) == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH) }
}
