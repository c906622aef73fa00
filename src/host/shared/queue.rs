//! Mail from SIP workers to a delivery process, through memory that all processes of the server share.
//!
//! Workers push onto a list without a lock, so one that is killed in the middle leaves nothing locked, and ring
//! an eventfd. The process takes the whole list at once. Nobody ever waits for anybody.

use std::cell::UnsafeCell;
use std::os::fd::RawFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::{io, ptr};

use super::free_list::FreeList;
use super::presence::Presence;
use crate::ffi;
use crate::silo::delivery::event::Event;

/// Places for nodes, 64 KiB for each queue: more than are usually on their way. For the others, and for those that
/// do not fit, memory is taken from the server, whose allocator is slow.
const CELLS: usize = 512;

/// One part in so many of the server's shared memory is the most that nodes may take up which can be done without.
const LARGEST_SHARE: usize = 8;

/// What of a queue lies in shared memory.
#[repr(C)]
struct Shared {
    /// The newest node; each points to the one before it.
    newest: AtomicPtr<Node>,
    /// The process that reads has started.
    started: AtomicBool,
    /// The process will look very soon by itself: what can wait so long needs no bell.
    looks_soon: AtomicBool,
    /// Bytes of the server's memory that nodes take up now.
    borrowed: AtomicUsize,
    free: FreeList<CELLS>,
    cells: UnsafeCell<[Cell; CELLS]>,
}

/// A cell for a node of the usual length.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Cell([u8; 128]);

/// One event in shared memory: this header and, behind it, `length` bytes.
#[repr(C)]
struct Node {
    older: *mut Node,
    length: usize,
}

/// A queue. Every process has a copy of this handle, made by `fork`.
pub struct EventQueue {
    shared: NonNull<Shared>,
    bell: RawFd,
    reader: Presence,
}

// SAFETY: what it points to is shared between processes and changed by atomic operations only.
unsafe impl Sync for EventQueue {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for EventQueue {}

/// Why an event could not be posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

impl std::fmt::Display for NoMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server has too little shared memory: start it with more (option -m)")
    }
}

impl EventQueue {
    /// Makes a queue; in `mod_init`, so that every process gets it.
    ///
    /// # Errors
    /// When the server or the system has no room for it.
    pub fn create() -> io::Result<Self> {
        // SAFETY: the server's allocator; the memory is aligned for any of its own types, which hold pointers.
        let shared = unsafe { ffi::msilo_shim_shm_malloc(size_of::<Shared>()) }.cast::<Shared>();
        let shared = NonNull::new(shared).ok_or_else(|| io::Error::other(NoMemory.to_string()))?;
        let empty = Shared {
            newest: AtomicPtr::new(ptr::null_mut()),
            started: AtomicBool::new(false),
            looks_soon: AtomicBool::new(false),
            borrowed: AtomicUsize::new(0),
            free: FreeList::full(),
            cells: UnsafeCell::new([Cell([0; 128]); CELLS]),
        };
        // SAFETY: fresh memory of the right size.
        unsafe { shared.write(empty) };
        // SAFETY: no pointers are involved.
        let bell = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        match bell {
            -1 => Err(io::Error::last_os_error()),
            bell => Ok(Self { shared, bell, reader: Presence::create()? }),
        }
    }

    fn shared(&self) -> &Shared {
        // SAFETY: allocated in `create` and never freed while the server runs.
        unsafe { self.shared.as_ref() }
    }

    /// Posts an event. Never blocks.
    ///
    /// # Errors
    /// When there is no shared memory left; for an event that can wait, when nodes take up their share of it.
    /// Otherwise those who register while the process hangs in its database could take what the whole server needs.
    pub fn post(&self, event: &Event) -> Result<(), NoMemory> {
        let bytes = event.encode();
        let node = self.write(&bytes, event.can_wait()).ok_or(NoMemory)?;
        let mut newest = self.shared().newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: the node is ours until it is on the list.
            unsafe { (*node.as_ptr()).older = newest };
            let pushed =
                self.shared().newest.compare_exchange_weak(newest, node.as_ptr(), Ordering::SeqCst, Ordering::Relaxed);
            match pushed {
                Ok(_) => break,
                Err(other) => newest = other,
            }
        }
        // Whoever finds the list empty rings. Sequential consistency makes sure that a node which is not rung for
        // is on the list before the process looks: see `look_soon`.
        let must_ring = match self.shared().looks_soon.load(Ordering::SeqCst) {
            true => !event.can_wait(),
            false => newest.is_null(),
        };
        if must_ring {
            self.ring();
        }
        Ok(())
    }

    /// Wakes the process that reads. Safe to call from a signal handler.
    pub fn ring(&self) {
        ring(self.bell);
    }

    /// The descriptor that becomes readable when something was posted.
    pub fn bell(&self) -> RawFd {
        self.bell
    }

    /// Says whether the process will look within a moment even if nobody rings. To be taken back before the look.
    pub fn look_soon(&self, soon: bool) {
        self.shared().looks_soon.store(soon, Ordering::SeqCst);
    }

    /// Takes everything that was posted, oldest first. Only the process that reads may call this.
    pub fn take_all(&self) -> Vec<Event> {
        let mut events = Vec::new();
        self.empty(|node| {
            events.extend(node.read());
            self.free(node);
        });
        events.reverse();
        events
    }

    /// Like [`EventQueue::take_all`], but leaves the memory alone: at the end of the server a worker may have been
    /// stopped while it held the lock of the allocator.
    pub fn take_all_at_the_end(&self) -> Vec<Event> {
        let mut events = Vec::new();
        self.empty(|node| events.extend(node.read()));
        events.reverse();
        events
    }

    fn empty(&self, mut each: impl FnMut(Taken)) {
        let mut count = [0_u8; 8];
        // SAFETY: reads into a local buffer of that size. That there is nothing to read is no error.
        unsafe { libc::read(self.bell, count.as_mut_ptr().cast(), count.len()) };
        let mut next = self.shared().newest.swap(ptr::null_mut(), Ordering::SeqCst);
        while let Some(node) = NonNull::new(next) {
            // SAFETY: nodes on the list are complete, and this one is no longer on it.
            next = unsafe { (*node.as_ptr()).older };
            each(Taken(node));
        }
    }

    /// Puts bytes into a node; `None` when there is not enough memory.
    fn write(&self, bytes: &[u8], can_wait: bool) -> Option<NonNull<Node>> {
        let node = self.take_memory(size_of::<Node>().checked_add(bytes.len())?, can_wait)?;
        // SAFETY: memory for the header and, behind it, for that many bytes, which nobody else uses: it is fresh, or its
        // cell was taken off the list of free ones.
        unsafe {
            node.write(Node { older: ptr::null_mut(), length: bytes.len() });
            ptr::copy_nonoverlapping(bytes.as_ptr(), node.as_ptr().add(1).cast::<u8>(), bytes.len());
        }
        Some(node)
    }

    fn take_memory(&self, size: usize, can_wait: bool) -> Option<NonNull<Node>> {
        if size <= size_of::<Cell>() {
            if let Some(number) = self.shared().free.take() {
                return NonNull::new(self.cells().wrapping_add(number).cast());
            }
        }
        let borrowed = &self.shared().borrowed;
        // SAFETY: set before any module runs.
        let all = usize::try_from(unsafe { ffi::shm_mem_size }).unwrap_or(usize::MAX);
        if can_wait && borrowed.load(Ordering::Relaxed) > all / LARGEST_SHARE {
            return None;
        }
        // SAFETY: the server's allocator; NULL when there is not enough.
        let memory = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size) }.cast())?;
        borrowed.fetch_add(size, Ordering::Relaxed);
        Some(memory)
    }

    fn cells(&self) -> *mut Cell {
        self.shared().cells.get().cast::<Cell>()
    }

    /// Gives back the memory of a node that was read.
    fn free(&self, node: Taken) {
        let node = node.0.as_ptr();
        let offset = (node as usize).wrapping_sub(self.cells() as usize);
        match offset / size_of::<Cell>() {
            number if number < CELLS => self.shared().free.put_back(number),
            _ => {
                // SAFETY: a whole node in memory of the server's allocator, which nobody points to any more.
                unsafe {
                    let size = size_of::<Node>() + (*node).length;
                    self.shared().borrowed.fetch_sub(size, Ordering::Relaxed);
                    ffi::msilo_shim_shm_free(node.cast());
                }
            }
        }
    }

    /// Notes that this process reads the mail.
    ///
    /// # Errors
    /// When another one does.
    pub fn start_reading(&self) -> io::Result<()> {
        self.reader.announce()?;
        self.shared().started.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether nobody reads the mail any more. Before the process has started, it counts as there.
    pub fn is_orphaned(&self) -> bool {
        self.shared().started.load(Ordering::Acquire) && self.reader.is_over()
    }
}

/// Whether less than a quarter of the server's shared memory is left.
pub fn memory_is_low() -> bool {
    // SAFETY: reads two numbers of the server's allocator; the first may be a little out of date.
    unsafe { ffi::msilo_shim_shm_available() < ffi::shm_mem_size / 4 }
}

/// Adds one to an eventfd. Async-signal-safe.
pub fn ring(bell: RawFd) {
    let one = 1_u64.to_ne_bytes();
    // SAFETY: writes eight bytes of a local buffer. A full counter has woken the reader already.
    unsafe { libc::write(bell, one.as_ptr().cast(), one.len()) };
}

/// A node that is off the list and belongs to its reader.
struct Taken(NonNull<Node>);

impl Taken {
    fn read(&self) -> Option<Event> {
        // SAFETY: `Node::write` put that many bytes behind the header.
        let bytes = unsafe {
            let length = (*self.0.as_ptr()).length;
            std::slice::from_raw_parts(self.0.as_ptr().add(1).cast::<u8>(), length)
        };
        Event::decode(bytes)
    }
}
