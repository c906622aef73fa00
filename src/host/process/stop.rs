//! The end of a delivery process.
//!
//! Workers end in their signal handler, wherever they are. One that holds the lock of the server's allocator takes it
//! along, and only the main process would give it back, which waits for us first. So a process of ours that stands still
//! breaks the lock as the main process does, once those who could have taken it along are gone: others of ours may be at
//! work, so one of them does it for all. Other locks have no such way; where the transaction module or usrloc waits for
//! one, or for a name server, or in a script, its call is left where it stands.

use std::ffi::c_int;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use super::exit;
use super::peers::{self, Workers};
use crate::ffi;
use crate::host::shared::queue;
use crate::host::shared::words::Words;

static STOP: AtomicBool = AtomicBool::new(false);
/// What follows asks nothing of the allocator.
static LAST_STEPS: AtomicBool = AtomicBool::new(false);
static BELL: AtomicI32 = AtomicI32::new(-1);
/// Which of the processes of ours this is.
static INDEX: AtomicU32 = AtomicU32::new(0);
/// How much this process has begun: turns of its loop, calls of tm and usrloc.
static BEGUN: AtomicU32 = AtomicU32::new(0);
/// What that was when [`STILL`] was zero.
static LAST_BEGUN: AtomicU32 = AtomicU32::new(0);
/// So many ticks have not seen anything begin.
static STILL: AtomicU32 = AtomicU32::new(0);
/// Ticks since the signal.
static TICKS: AtomicU32 = AtomicU32::new(0);
/// A call of tm was left where it stood.
static LEFT: AtomicBool = AtomicBool::new(false);
/// Not 0 when one of our processes has broken the lock of the allocator.
static BROKEN: OnceLock<Words> = OnceLock::new();

/// So often a process that is to end looks whether a lock holds it.
const TICK: Duration = Duration::from_millis(100);
/// Two processes of ours do not break the lock at the same moment: one of them may just have got it.
const APART: Duration = Duration::from_millis(10);
/// A process that has begun nothing for so many ticks may wait for the lock of the allocator: who lives holds it for
/// microseconds.
const STANDS: u32 = 1;
/// And so often it breaks it once more, should somebody else have ended with it since.
const AGAIN: u32 = 10;
/// So many ticks after the signal a worker that has not ended hangs in its signal handler.
const HANGS: u32 = 3;
/// A message that tm has not sent after so many ticks it will not send, and a lock of usrloc's it will not get.
const STUCK: u32 = 4;
/// A process that has not ended so many ticks after the signal hangs in its database driver.
const LONGEST_END: u32 = 200;

extern "C" fn on_stop_signal(_signal: c_int) {
    keeping_errno(|| {
        if !STOP.swap(true, Ordering::AcqRel) {
            tick_after(TICK + APART * INDEX.load(Ordering::Acquire).min(8));
        }
        queue::ring(BELL.load(Ordering::Acquire));
    });
}

extern "C" fn on_tick(_signal: c_int) {
    keeping_errno(|| {
        let ticks = TICKS.fetch_add(1, Ordering::AcqRel);
        if ticks >= LONGEST_END {
            exit(1);
        }
        if LAST_STEPS.load(Ordering::Acquire) || !workers_are_out(ticks >= HANGS) {
            return;
        }
        let begun = BEGUN.load(Ordering::Acquire);
        if LAST_BEGUN.swap(begun, Ordering::AcqRel) != begun {
            STILL.store(0, Ordering::Release);
            return;
        }
        let still = STILL.fetch_add(1, Ordering::AcqRel);
        if still >= STANDS && (still.is_multiple_of(AGAIN) || is_first_to_break()) {
            // SAFETY: whoever could have taken the lock along has ended, or hangs and will never use it. Another process of
            // ours may hold it, but not for as long as this one stands still, if that is what it waits for. The call stores to
            // the lock, no more.
            unsafe { ffi::msilo_shim_shm_global_unlock() };
        }
        if still >= STUCK {
            // SAFETY: if it leaves the call, it drops frames of C only, between here and `Tm::send` or `Usrloc::contacts`: what
            // is on top of them, this handler among them, has nothing to drop. A call that has stood still for so long waits,
            // and is not in the middle of a change. Nothing is handed to tm after that, so nobody sees what it leaves.
            unsafe { ffi::msilo_shim_leave() };
        }
    });
}

/// Whether no process of ours has broken the lock before.
fn is_first_to_break() -> bool {
    let broken = BROKEN.get().and_then(|words| words.first());
    broken.is_none_or(|broken| broken.swap(1, Ordering::AcqRel) == 0)
}

/// Sets up what processes of ours tell each other at a stop. In `mod_init`; `None` when there is not enough shared memory.
pub fn prepare() -> Option<()> {
    BROKEN.set(Words::create(1)?).ok()
}

/// Says that this process begins something: a turn of its loop, or a call that may stand still.
pub fn begin() {
    BEGUN.fetch_add(1, Ordering::AcqRel);
}

/// Says that a call of tm was left where it stood. Another one would meet what it has left half done.
pub fn note_left() {
    LEFT.store(true, Ordering::Release);
}

/// Whether tm must not be called any more.
pub fn has_left() -> bool {
    LEFT.load(Ordering::Acquire)
}

/// Signal handlers must leave the number of the last error as it was.
fn keeping_errno(work: impl FnOnce()) {
    // SAFETY: the address of this thread's own number.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        work();
        *errno = before;
    }
}

/// The next tick then, and more after it.
fn tick_after(first: Duration) {
    let time = |time: Duration| libc::timeval {
        tv_sec: 0,
        tv_usec: libc::suseconds_t::try_from(time.as_micros()).unwrap_or(100_000).min(999_999),
    };
    let timer = libc::itimerval { it_value: time(first), it_interval: time(TICK) };
    // SAFETY: reads a local variable. In Linux this is a bare system call, so it may be made in a signal handler.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, ptr::null_mut()) };
}

/// Whether no worker will do anything any more. Those that have lived on for `long` after the signal hang, if others
/// have ended.
fn workers_are_out(long: bool) -> bool {
    match peers::workers() {
        Workers::Live => false,
        Workers::Leave => long,
        Workers::Gone => true,
    }
}

/// From now on SIGTERM and SIGINT only set a flag and ring `bell`; the server's own handler would end the
/// process at once and lose what is not written down. Only one that hangs ends so, some seconds later. The end of the
/// main process counts as SIGTERM, however it came: a server that is started again must not meet a second owner of its
/// inboxes. `index` tells the processes of ours apart.
pub fn on_signals(bell: RawFd, index: usize) {
    BELL.store(bell, Ordering::Release);
    INDEX.store(u32::try_from(index).unwrap_or(0), Ordering::Release);
    // SAFETY: the handlers are async-signal-safe, and all zeroes is a valid empty mask.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        // Drivers wait for their databases in system calls. Whoever leaves the handler by a jump leaves no mask behind.
        action.sa_flags = libc::SA_RESTART | libc::SA_NODEFER;
        action.sa_sigaction = on_tick as extern "C" fn(c_int) as usize;
        libc::sigaction(libc::SIGALRM, &action, ptr::null_mut());
        action.sa_flags = 0;
        action.sa_sigaction = on_stop_signal as extern "C" fn(c_int) as usize;
        for signal in [libc::SIGTERM, libc::SIGINT] {
            libc::sigaction(signal, &action, ptr::null_mut());
        }
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
    }
    // The main process may have ended before the last line.
    if !peers::main_lives() {
        STOP.store(true, Ordering::Release);
    }
}

/// Whether one of those signals has come.
pub fn is_on() -> bool {
    STOP.load(Ordering::Acquire)
}

/// Says that nothing which follows asks for shared memory, so that nothing but the database can hold it.
pub fn last_steps() {
    LAST_STEPS.store(true, Ordering::Release);
}

/// Waits until no worker takes SIP any more. False when some still do: then it is only this process that ends, and for
/// now the server goes on.
pub fn wait_for_workers() -> bool {
    while !workers_are_out(TICKS.load(Ordering::Acquire) >= HANGS) {
        if TICKS.load(Ordering::Acquire) > HANGS {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
