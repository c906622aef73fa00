//! Messages on their way from SIP workers to the storing processes, and what became of them on its way to the process that
//! answers, through memory that all processes of the server share.
//!
//! Lists without a lock, as in [`super::queue`]: nobody ever waits for anybody. A letter lies in the box of one storing
//! process, and is watched by the process that answers, which gives it up when the storing process is too late.
//! Both hold it, and the last to let it go gives its memory back.

mod node;

use std::io;
use std::os::fd::RawFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

pub use node::{Fate, Letter};
use node::{List, MAIN, WATCH};

use super::presence::Presence;
use super::queue::{ring, NoMemory};
use crate::ffi;
use crate::host::clock::ServerClock;
use crate::host::sip::suspend::Transaction;
use crate::silo::time::Clock;

/// As many storing processes there may be.
pub const MOST: usize = 16;
/// One part in so many of the server's shared memory is the most that letters may take up.
const LARGEST_SHARE: usize = 8;

/// The process that answers looks by itself so often for letters that it has to watch, however few there are: only one
/// that is wanted sooner is worth waking it for.
pub const IDLE_LOOK: Duration = Duration::from_secs(1);

#[repr(C)]
struct Shared {
    /// Bytes of the server's memory that letters take up.
    borrowed: AtomicUsize,
    /// Letters that are not answered.
    unanswered: AtomicUsize,
    /// The process that answers looks by itself within a moment.
    looks_soon: AtomicBool,
    done: List,
    watched: List,
    boxes: [List; MOST],
    /// For each storing process the millisecond since when its database has not answered; 0 when it does.
    silent_since: [AtomicU64; MOST],
    /// These processes have started.
    started: [AtomicBool; MOST + 1],
}

/// The lists. Every process has a copy of this handle, made by `fork`.
pub struct Letters {
    shared: NonNull<Shared>,
    /// Of the storing processes, and last of the one that answers.
    bells: Vec<RawFd>,
    readers: Vec<Presence>,
}

// SAFETY: what it points to is shared between processes and changed by atomic operations only.
unsafe impl Sync for Letters {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Letters {}

impl Letters {
    /// Lists for so many storing processes; before any process is forked.
    ///
    /// # Errors
    /// When the server or the system has no room for them.
    pub fn create(processes: usize) -> io::Result<Self> {
        // The clock counts from its first reading on: one that is made before the fork holds for all processes.
        ServerClock.monotonic();
        // SAFETY: the server's allocator; the memory is aligned for any of its own types, which hold pointers.
        let shared = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size_of::<Shared>()) }.cast::<Shared>())
            .ok_or_else(|| io::Error::other(NoMemory.to_string()))?;
        // SAFETY: fresh memory of that size; all zeroes is a value of it: empty lists and numbers that are 0.
        unsafe { ptr::write_bytes(shared.as_ptr().cast::<u8>(), 0, size_of::<Shared>()) };
        let (mut bells, mut readers) = (Vec::new(), Vec::new());
        for _ in 0..=processes.min(MOST) {
            // SAFETY: no pointers are involved.
            match unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) } {
                -1 => return Err(io::Error::last_os_error()),
                bell => bells.push(bell),
            }
            readers.push(Presence::create()?);
        }
        Ok(Self { shared, bells, readers })
    }

    fn shared(&self) -> &Shared {
        // SAFETY: allocated in `create`, never freed while the server runs, changed by atomic operations only.
        unsafe { self.shared.as_ref() }
    }

    /// How many storing processes there are.
    pub fn processes(&self) -> usize {
        self.bells.len().saturating_sub(1)
    }

    /// The number of the process that answers, for [`Letters::bell`], [`Letters::start_reading`] and [`Letters::is_orphaned`].
    pub fn answerer(&self) -> usize {
        self.processes()
    }

    /// The descriptor that becomes readable when there is something for this process.
    pub fn bell(&self, process: usize) -> RawFd {
        self.bells.get(process).copied().unwrap_or(-1)
    }

    /// Notes that this process is that one.
    ///
    /// # Errors
    /// When another one is.
    pub fn start_reading(&self, process: usize) -> io::Result<()> {
        self.readers.get(process).map_or(Ok(()), Presence::announce)?;
        if let Some(started) = self.shared().started.get(process) {
            started.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Whether that process has ended. Before it has started, it counts as there.
    pub fn is_orphaned(&self, process: usize) -> bool {
        let started = self.shared().started.get(process).is_some_and(|started| started.load(Ordering::Acquire));
        started && self.readers.get(process).is_none_or(Presence::is_over)
    }

    /// Makes a letter of a job, a notification and the name of the callback or the number of the route that will be run.
    ///
    /// # Errors
    /// When letters take up their share of the server's shared memory, or there is none left.
    pub fn write(&self, texts: [&[u8]; 3], route: i32) -> Result<Letter, NoMemory> {
        let size = Letter::size_of(&texts);
        // SAFETY: set before any module runs.
        let all = usize::try_from(unsafe { ffi::shm_mem_size }).unwrap_or(usize::MAX);
        if self.shared().borrowed.load(Ordering::Relaxed).saturating_add(size) > all / LARGEST_SHARE {
            return Err(NoMemory);
        }
        let letter = Letter::create(self.shared, size, texts, route)?;
        self.shared().borrowed.fetch_add(size, Ordering::Relaxed);
        Ok(letter)
    }

    /// Posts a letter to a storing process, which has to begin to write it by `begin_by`, times of the monotonic clock;
    /// the transaction is answered by `answer_by` whatever it does.
    pub fn post(
        &self,
        process: usize,
        letter: Letter,
        transaction: Transaction,
        begin_by: Duration,
        answer_by: Duration,
    ) {
        letter.address(transaction, begin_by, answer_by);
        let shared = self.shared();
        shared.unanswered.fetch_add(1, Ordering::SeqCst);
        let node = letter.let_go();
        shared.watched.push(node, WATCH);
        if shared.boxes.get(process).is_some_and(|list| list.push(node, MAIN)) {
            ring(self.bell(process));
        }
        let in_time = answer_by > ServerClock.monotonic() + IDLE_LOOK * 3 / 2;
        if !in_time && !shared.looks_soon.load(Ordering::SeqCst) {
            ring(self.bell(self.answerer()));
        }
    }

    /// Posts a letter for which nothing is to be written: its message is taken care of.
    pub fn post_done(&self, letter: Letter, transaction: Transaction) {
        letter.decide(transaction);
        self.shared().unanswered.fetch_add(1, Ordering::SeqCst);
        self.hand_over(letter);
    }

    /// Gives a letter that is decided to the process that answers.
    fn hand_over(&self, letter: Letter) {
        if self.shared().done.push(letter.let_go(), MAIN) {
            ring(self.bell(self.answerer()));
        }
    }

    /// Takes all letters out of the box of a storing process, the oldest first. By that process only.
    pub fn take(&self, process: usize) -> Vec<Letter> {
        drain(self.bell(process));
        self.shared().boxes.get(process).map_or_else(Vec::new, |list| list.take(MAIN, self.shared))
    }

    /// Takes all letters that are decided, and all that are to be watched. By the process that answers only.
    pub fn take_done_and_watched(&self) -> (Vec<Letter>, Vec<Letter>) {
        drain(self.bell(self.answerer()));
        (self.shared().done.take(MAIN, self.shared), self.shared().watched.take(WATCH, self.shared))
    }

    /// Notes that a letter is answered.
    pub fn answered(&self) {
        self.shared().unanswered.fetch_sub(1, Ordering::SeqCst);
    }

    /// How many letters are not answered.
    pub fn unanswered(&self) -> usize {
        self.shared().unanswered.load(Ordering::SeqCst)
    }

    /// Says whether the process that answers looks by itself within a moment.
    pub fn look_soon(&self, soon: bool) {
        self.shared().looks_soon.store(soon, Ordering::SeqCst);
    }

    /// The letter is in the table. False when its sender was told otherwise meanwhile.
    pub fn stored(&self, letter: Letter) -> bool {
        let in_time = letter.note_stored();
        if in_time {
            self.hand_over(letter);
        }
        in_time
    }

    /// The letter is not in the table, for this reason.
    pub fn refuse(&self, letter: Letter, reason: &str) {
        if letter.note_refused(reason) {
            self.hand_over(letter);
        }
    }

    /// Notes that the database of a storing process does not answer, or does again.
    pub fn note_silence(&self, process: usize, silent: bool) {
        let Some(since) = self.shared().silent_since.get(process) else { return };
        if !silent {
            since.store(0, Ordering::Release);
        } else if since.load(Ordering::Acquire) == 0 {
            since.store(millis(ServerClock.monotonic()).max(1), Ordering::Release);
        }
    }

    /// For how long the database of a storing process has not answered.
    pub fn silence(&self, process: usize) -> Duration {
        match self.shared().silent_since.get(process).map_or(0, |since| since.load(Ordering::Acquire)) {
            0 => Duration::ZERO,
            since => Duration::from_millis(millis(ServerClock.monotonic()).saturating_sub(since)),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Empties a bell.
fn drain(bell: RawFd) {
    let mut count = [0_u8; 8];
    // SAFETY: reads into a local buffer of that size. That there is nothing to read is no error.
    unsafe { libc::read(bell, count.as_mut_ptr().cast(), count.len()) };
}
