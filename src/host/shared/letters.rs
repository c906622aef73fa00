//! Messages on their way from SIP workers to the storing processes, and what became of them on its way to the process that
//! answers, through memory that all processes of the server share.
//!
//! Lists without a lock, as in [`super::queue`]: nobody ever waits for anybody. A letter lies in the box of one storing
//! process, and is watched by the process that answers, which gives it up when the storing process is too late.
//! Both hold it, and the last to let it go gives its memory back.

use std::io;
use std::os::fd::RawFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

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

/// Nobody has taken the letter.
const WAITING: u32 = 0;
/// A storing process is writing it.
const WRITING: u32 = 1;
const STORED: u32 = 2;
const REFUSED: u32 = 3;
/// It took too long: the sender is told that the message is not stored.
const GIVEN_UP: u32 = 4;

/// A list of letters, the newest first.
#[repr(C)]
struct List(AtomicPtr<Node>);

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

/// A letter in shared memory: this header, and behind it three texts.
#[repr(C)]
struct Node {
    /// In the box and among what is done; among what is watched.
    older: [*mut Node; 2],
    holders: AtomicU32,
    state: AtomicU32,
    transaction: Transaction,
    begin_by: Duration,
    answer_by: Duration,
    /// Of the job, which a reason takes the place of; of the notification; and of the name of a callback.
    lengths: [usize; 3],
    size: usize,
    route: i32,
}

/// Which of the two links of a node.
const MAIN: usize = 0;
const WATCH: usize = 1;

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

/// A letter, held.
pub struct Letter {
    node: NonNull<Node>,
    shared: NonNull<Shared>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the table.
    Stored,
    /// It is not, for this reason.
    Refused(Vec<u8>),
}

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
        let size = texts.iter().fold(size_of::<Node>(), |size, text| size.saturating_add(text.len()));
        // SAFETY: set before any module runs.
        let all = usize::try_from(unsafe { ffi::shm_mem_size }).unwrap_or(usize::MAX);
        if self.shared().borrowed.load(Ordering::Relaxed).saturating_add(size) > all / LARGEST_SHARE {
            return Err(NoMemory);
        }
        // SAFETY: the server's allocator; NULL when there is not enough.
        let node = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size) }.cast::<Node>()).ok_or(NoMemory)?;
        self.shared().borrowed.fetch_add(size, Ordering::Relaxed);
        // SAFETY: fresh memory for the header and, behind it, for these texts.
        unsafe {
            node.write(Node {
                older: [ptr::null_mut(); 2],
                holders: AtomicU32::new(1),
                state: AtomicU32::new(WAITING),
                transaction: Transaction::default(),
                begin_by: Duration::MAX,
                answer_by: Duration::MAX,
                lengths: texts.map(<[u8]>::len),
                size,
                route,
            });
            let mut end = node.as_ptr().add(1).cast::<u8>();
            for text in texts {
                ptr::copy_nonoverlapping(text.as_ptr(), end, text.len());
                end = end.add(text.len());
            }
        }
        Ok(Letter { node, shared: self.shared })
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
        // SAFETY: nobody else knows the letter yet.
        unsafe {
            let node = &mut *letter.node.as_ptr();
            (node.transaction, node.begin_by, node.answer_by) = (transaction, begin_by, answer_by);
            node.holders.store(2, Ordering::Relaxed);
        }
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
        // SAFETY: nobody else knows the letter yet.
        unsafe { (*letter.node.as_ptr()).transaction = transaction };
        self.shared().unanswered.fetch_add(1, Ordering::SeqCst);
        letter.state().store(STORED, Ordering::Release);
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
        let in_time = letter.changes(WRITING, STORED);
        if in_time {
            self.hand_over(letter);
        }
        in_time
    }

    /// The letter is not in the table, for this reason.
    pub fn refuse(&self, letter: Letter, reason: &str) {
        if letter.changes(WAITING, WRITING) || letter.state().load(Ordering::Acquire) == WRITING {
            letter.note(reason.as_bytes());
            if letter.changes(WRITING, REFUSED) {
                self.hand_over(letter);
            }
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

impl List {
    /// Puts a node on the list; whether that was empty.
    fn push(&self, node: NonNull<Node>, link: usize) -> bool {
        let mut newest = self.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: this link is ours until the node is on the list. Others change other fields meanwhile.
            unsafe { (&raw mut (*node.as_ptr()).older[link]).write(newest) };
            match self.0.compare_exchange_weak(newest, node.as_ptr(), Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => return newest.is_null(),
                Err(other) => newest = other,
            }
        }
    }

    fn take(&self, link: usize, shared: NonNull<Shared>) -> Vec<Letter> {
        let mut letters = Vec::new();
        let mut next = self.0.swap(ptr::null_mut(), Ordering::SeqCst);
        while let Some(node) = NonNull::new(next) {
            // SAFETY: nodes on the list are complete, held for it, and this one is no longer on it.
            next = unsafe { (&raw const (*node.as_ptr()).older[link]).read() };
            letters.push(Letter { node, shared });
        }
        letters.reverse();
        letters
    }
}

impl Letter {
    fn raw(&self) -> *mut Node {
        self.node.as_ptr()
    }

    /// The node, which is now held by a list.
    fn let_go(self) -> NonNull<Node> {
        let node = self.node;
        std::mem::forget(self);
        node
    }

    fn state(&self) -> &AtomicU32 {
        // SAFETY: the node lives as long as it is held; the number is atomic.
        unsafe { &(*self.raw()).state }
    }

    fn changes(&self, from: u32, to: u32) -> bool {
        self.state().compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Begins to write it. False when it was given up.
    pub fn begin(&self) -> bool {
        self.changes(WAITING, WRITING)
    }

    /// Ends that, with nothing written: it can begin anew.
    pub fn begin_anew(&self) {
        self.changes(WRITING, WAITING);
    }

    /// Whether its sender still waits for what becomes of it.
    pub fn is_wanted(&self) -> bool {
        self.state().load(Ordering::Acquire) <= WRITING
    }

    /// Gives it up; false when it is decided.
    pub fn give_up(&self) -> bool {
        self.changes(WAITING, GIVEN_UP) || self.changes(WRITING, GIVEN_UP) || self.changes(WAITING, GIVEN_UP)
    }

    /// When it has to be begun at the latest.
    pub fn begin_by(&self) -> Duration {
        // SAFETY: held; written before it was posted.
        unsafe { (*self.raw()).begin_by }
    }

    /// When its sender is answered at the latest.
    pub fn answer_by(&self) -> Duration {
        // SAFETY: held; written before it was posted.
        unsafe { (*self.raw()).answer_by }
    }

    /// The transaction.
    pub fn transaction(&self) -> Transaction {
        // SAFETY: held; written before it was posted.
        unsafe { (*self.raw()).transaction }
    }

    /// The number of the route, or the name of the callback where there is one.
    pub fn route(&self) -> (i32, Vec<u8>) {
        // SAFETY: held; written with the letter.
        (unsafe { (*self.raw()).route }, self.text(2).to_vec())
    }

    /// The job, as it was written. For the storing process that has begun it.
    pub fn job(&self) -> Vec<u8> {
        self.text(0).to_vec()
    }

    /// The notification, as it was written.
    pub fn notification(&self) -> Vec<u8> {
        self.text(1).to_vec()
    }

    /// What became of it. For the process that answers, when it is decided.
    pub fn fate(&self) -> Fate {
        match self.state().load(Ordering::Acquire) {
            STORED => Fate::Stored,
            _ => Fate::Refused(self.text(0).to_vec()),
        }
    }

    fn text(&self, number: usize) -> &[u8] {
        // SAFETY: held; behind the header lie texts of these lengths. Only the reason changes, before it is decided.
        unsafe {
            let node = self.raw();
            let lengths = (*node).lengths;
            let before: usize = (*node).size - size_of::<Node>() - lengths[1..].iter().sum::<usize>();
            let start = match number {
                0 => 0,
                1 => before,
                _ => before + lengths[1],
            };
            std::slice::from_raw_parts(node.add(1).cast::<u8>().add(start), lengths[number.min(2)])
        }
    }

    /// Puts a reason in the place of the job, as much of it as there is room.
    fn note(&self, reason: &[u8]) {
        // SAFETY: only the storing process that has begun the letter looks at the job, and it has read it. The process that
        // answers looks at it when the letter is refused, and then it is not changed any more.
        unsafe {
            let node = self.raw();
            let room = (*node).size - size_of::<Node>() - (*node).lengths[1] - (*node).lengths[2];
            let length = reason.len().min(room);
            ptr::copy_nonoverlapping(reason.as_ptr(), node.add(1).cast::<u8>(), length);
            (*node).lengths[0] = length;
        }
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        // SAFETY: held until now; the last holder frees it.
        unsafe {
            let node = self.raw();
            if (*node).holders.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.shared.as_ref().borrowed.fetch_sub((*node).size, Ordering::Relaxed);
                ffi::msilo_shim_shm_free(node.cast());
            }
        }
    }
}
