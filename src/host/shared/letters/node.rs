//! A letter in shared memory, who holds it, and what becomes of it; and lists of letters without a lock.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::time::Duration;

use super::Shared;
use crate::ffi;
use crate::host::shared::queue::NoMemory;
use crate::host::sip::suspend::Transaction;

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
pub(super) struct List(AtomicPtr<Node>);

/// A letter in shared memory: this header, and behind it three texts.
#[repr(C)]
pub(super) struct Node {
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
pub(super) const MAIN: usize = 0;
/// See above.
pub(super) const WATCH: usize = 1;

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

impl List {
    /// Puts a node on the list; whether that was empty.
    pub(super) fn push(&self, node: NonNull<Node>, link: usize) -> bool {
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

    /// Takes all of them, the oldest first.
    pub(super) fn take(&self, link: usize, shared: NonNull<Shared>) -> Vec<Letter> {
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
    /// How many bytes a letter of these texts takes up.
    pub(super) fn size_of(texts: &[&[u8]; 3]) -> usize {
        texts.iter().fold(size_of::<Node>(), |size, text| size.saturating_add(text.len()))
    }

    /// A new letter, of that many bytes as [`Letter::size_of`] says.
    ///
    /// # Errors
    /// When there is no shared memory left.
    pub(super) fn create(
        shared: NonNull<Shared>,
        size: usize,
        texts: [&[u8]; 3],
        route: i32,
    ) -> Result<Self, NoMemory> {
        // SAFETY: the server's allocator; NULL when there is not enough.
        let node = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size) }.cast::<Node>()).ok_or(NoMemory)?;
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
        Ok(Self { node, shared })
    }

    /// Says whom it is from and until when; from now on two hold it. Before it is posted.
    pub(super) fn address(&self, transaction: Transaction, begin_by: Duration, answer_by: Duration) {
        // SAFETY: nobody else knows the letter yet.
        unsafe {
            let node = &mut *self.raw();
            (node.transaction, node.begin_by, node.answer_by) = (transaction, begin_by, answer_by);
            node.holders.store(2, Ordering::Relaxed);
        }
    }

    /// Says whom it is from, and that its message is taken care of. Before it is posted.
    pub(super) fn decide(&self, transaction: Transaction) {
        // SAFETY: nobody else knows the letter yet.
        unsafe { (*self.raw()).transaction = transaction };
        self.state().store(STORED, Ordering::Release);
    }

    fn raw(&self) -> *mut Node {
        self.node.as_ptr()
    }

    /// The node, which is now held by a list.
    pub(super) fn let_go(self) -> NonNull<Node> {
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

    /// It is in the table. False when it was given up.
    pub(super) fn note_stored(&self) -> bool {
        self.changes(WRITING, STORED)
    }

    /// It is not in the table, for this reason. False when it was given up.
    pub(super) fn note_refused(&self, reason: &str) -> bool {
        let mine = self.changes(WAITING, WRITING) || self.state().load(Ordering::Acquire) == WRITING;
        if mine {
            self.note(reason.as_bytes());
        }
        mine && self.changes(WRITING, REFUSED)
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
