//! The line of those who want to write into a database that has room for one writer, across all processes of the
//! server.
//!
//! Nobody waits longer, in it and for the database together, than one statement may. When the first of the line has
//! waited for so long in vain, those behind it need not find out for themselves, nor does who comes next: when it is its
//! turn each of them tries, but does not wait for the database, until one of them gets through.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::ffi;
use crate::host::clock::ServerClock;
use crate::silo::time::Clock;

/// Nobody is at the head of the line.
const FREE: u32 = 0;
/// Somebody is, and nobody else waits.
const TAKEN: u32 = 1;
/// Somebody is, and others may sleep until that one is done.
const AWAITED: u32 = 2;

/// What all processes share; all zeroes is an empty line.
#[derive(Debug, Default)]
struct Shared {
    head: AtomicU32,
    /// The millisecond, of the clock that all processes have in common, in which somebody last waited in vain; 0 when
    /// somebody has got through since.
    stuck: AtomicU64,
}

/// A line.
#[derive(Debug)]
pub struct Line {
    shared: NonNull<Shared>,
    patience: Duration,
}

// SAFETY: what it points to is shared between processes and changed by atomic operations only.
unsafe impl Sync for Line {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Line {}

impl Line {
    /// A line in which nobody stands longer than `patience`. In `mod_init`; `None` when there is not enough shared
    /// memory.
    pub fn create(patience: Duration) -> Option<Self> {
        // The clock counts from its first reading on: one that is made before the fork holds for all processes.
        ServerClock.monotonic();
        // SAFETY: the server's allocator, whose memory is aligned for numbers of 64 bits; NULL when there is not enough.
        let shared = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size_of::<Shared>()) }.cast::<Shared>())?;
        // SAFETY: fresh memory of this size.
        unsafe { shared.write(Shared::default()) };
        Some(Self { shared, patience })
    }

    fn shared(&self) -> &Shared {
        // SAFETY: written in `create`, never freed while the server runs, changed by atomic operations only.
        unsafe { self.shared.as_ref() }
    }

    /// When the patience of somebody who comes now ends, on the clock of this machine.
    pub fn end(&self) -> Duration {
        ServerClock.monotonic() + self.patience
    }

    /// Until when a statement may wait for the database that has to be over at `end`: not at all where others have just
    /// waited in vain.
    pub fn deadline(&self, end: Duration) -> Duration {
        let now = ServerClock.monotonic();
        match self.is_stuck(now) {
            true => now,
            false => end,
        }
    }

    /// Has `write` run as soon as nobody else writes, and tells it until when it may wait; `None` when that is
    /// not before `end`.
    pub fn turn<T, E>(&self, end: Duration, write: impl FnOnce(Duration) -> Result<T, E>) -> Option<Result<T, E>> {
        let _head = Head::take(&self.shared().head, end)?;
        // What happened to those who stood before is known only now.
        let deadline = self.deadline(end);
        let result = write(deadline);
        self.learn(result.is_ok(), deadline);
        Some(result)
    }

    /// Notes how it went for somebody who could wait until `deadline`.
    pub fn learn(&self, well: bool, deadline: Duration) {
        let now = ServerClock.monotonic();
        match well {
            true => self.shared().stuck.store(0, Ordering::Release),
            false if now >= deadline => self.shared().stuck.store(millis(now).max(1), Ordering::Release),
            // The database has refused the statement, and was not waited for.
            false => {}
        }
    }

    /// What somebody found out too long ago is no news.
    fn is_stuck(&self, now: Duration) -> bool {
        match self.shared().stuck.load(Ordering::Acquire) {
            0 => false,
            at => millis(now).saturating_sub(at) < millis(self.patience),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The head of the line, held; given up even when the work panics.
struct Head<'a>(&'a AtomicU32);

impl<'a> Head<'a> {
    fn take(head: &'a AtomicU32, deadline: Duration) -> Option<Self> {
        if head.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return Some(Self(head));
        }
        // Whoever takes it from here on cannot know whether others sleep, and so wakes one.
        while head.swap(AWAITED, Ordering::Acquire) != FREE {
            let left = deadline.saturating_sub(ServerClock.monotonic());
            if left.is_zero() {
                return None;
            }
            sleep(head, left);
        }
        Some(Self(head))
    }
}

impl Drop for Head<'_> {
    fn drop(&mut self) {
        if self.0.swap(FREE, Ordering::Release) == AWAITED {
            // SAFETY: futex(2): only the address of the number is used.
            unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), libc::FUTEX_WAKE, 1) };
        }
    }
}

/// Sleeps until somebody gives up the head, a signal comes, or the time is over.
fn sleep(head: &AtomicU32, longest: Duration) {
    let mut time: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    time.tv_sec = longest.as_secs().try_into().unwrap_or(libc::time_t::MAX);
    time.tv_nsec = longest.subsec_nanos().into();
    // SAFETY: futex(2): sleeps only while the number, which lives, is this one; the time is read during the call.
    unsafe { libc::syscall(libc::SYS_futex, head.as_ptr(), libc::FUTEX_WAIT, AWAITED, &raw const time) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    fn line(patience: Duration) -> Line {
        // Here threads stand in it. It is never freed, as in the server.
        Line { shared: NonNull::from(Box::leak(Box::default())), patience }
    }

    const LONG: Duration = Duration::from_secs(100);

    #[test]
    fn one_writes_at_a_time() {
        let (line, busy) = (line(LONG), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let alone = line.turn(line.end(), |_| {
                            let alone = !busy.swap(true, Ordering::SeqCst);
                            thread::yield_now();
                            busy.store(false, Ordering::SeqCst);
                            Ok::<_, ()>(alone)
                        });
                        assert_eq!(alone, Some(Ok(true)));
                    }
                });
            }
        });
    }

    #[test]
    fn who_stands_behind_somebody_who_waited_in_vain_tries_without_waiting() {
        let line = line(LONG);
        let behind = thread::scope(|scope| {
            let behind = line.turn(Duration::ZERO, |deadline| {
                let behind = scope.spawn(|| line.turn(line.end(), Err::<(), _>));
                // It sleeps behind this one.
                while line.shared().head.load(Ordering::Relaxed) != AWAITED {
                    thread::yield_now();
                }
                assert_eq!(deadline, Duration::ZERO);
                Err::<(), _>(behind)
            });
            behind.and_then(Result::err).and_then(|behind| behind.join().ok())
        });
        let deadline = behind.flatten().and_then(Result::err).expect("it has tried");
        assert!(deadline <= ServerClock.monotonic());
        // Nor does the next, until one gets through.
        assert!(line.deadline(LONG * 2) <= ServerClock.monotonic());
        assert_eq!(line.turn(line.end(), |_| Ok::<_, ()>(())), Some(Ok(())));
        assert_eq!(line.deadline(LONG * 2), LONG * 2);
    }

    #[test]
    fn who_is_refused_before_the_time_is_over_says_nothing_about_the_line() {
        let line = line(LONG);
        assert_eq!(line.turn(line.end(), |_| Err::<(), _>("a syntax error")), Some(Err("a syntax error")));
        assert_eq!(line.deadline(LONG), LONG);
    }

    #[test]
    fn nobody_stands_in_line_beyond_the_deadline() {
        let line = line(LONG);
        let behind = line.turn(line.end(), |_| Ok::<_, ()>(line.turn(ServerClock.monotonic(), |_| Ok::<_, ()>(()))));
        assert_eq!(behind, Some(Ok(None)));
    }

    #[test]
    fn what_was_found_out_long_ago_is_forgotten() {
        let line = line(Duration::ZERO);
        line.learn(false, Duration::ZERO);
        assert!(!line.is_stuck(ServerClock.monotonic()));
    }
}
