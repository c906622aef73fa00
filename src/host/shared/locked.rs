//! A piece of memory that all processes of the server share, one at a time (`core/locking.h`).

use std::cell::Cell;
use std::mem::{align_of, size_of};
use std::ptr::NonNull;

use crate::ffi;
use crate::silo::intake::{quota, retransmissions};

/// Types that mean the same in every process, and of which all zeroes is a value.
///
/// # Safety
/// Such a type holds no pointer and nothing else that belongs to one process.
pub unsafe trait Plain: Copy {}

// SAFETY: three numbers.
unsafe impl Plain for retransmissions::Slot {}
// SAFETY: five numbers.
unsafe impl Plain for quota::Slot {}

/// A lock and the values it protects.
pub struct Locked<T> {
    lock: NonNull<ffi::gen_lock_t>,
    values: NonNull<T>,
    count: usize,
    /// This process holds the lock: taking it again would wait for ever.
    held: Cell<bool>,
}

// SAFETY: single thread; the values are reached only under the lock.
unsafe impl<T> Sync for Locked<T> {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl<T> Send for Locked<T> {}

impl<T: Plain> Locked<T> {
    /// A lock and `count` zeroed values in shared memory; in `mod_init`, so that every process gets them.
    ///
    /// `None` when there is not enough shared memory.
    pub fn create(count: usize) -> Option<Self> {
        const { assert!(align_of::<T>() <= align_of::<*mut u8>(), "what the server's allocator aligns to") };
        let size = size_of::<T>().checked_mul(count)?.max(1);
        // SAFETY: the server's allocator; NULL when there is not enough.
        let (lock, values) = unsafe {
            let lock = ffi::msilo_shim_shm_malloc(size_of::<ffi::gen_lock_t>()).cast::<ffi::gen_lock_t>();
            (NonNull::new(lock)?, NonNull::new(ffi::msilo_shim_shm_malloc(size).cast::<T>())?)
        };
        // SAFETY: fresh memory of these sizes; a lock is initialised before it is used.
        unsafe {
            std::ptr::write_bytes(values.as_ptr().cast::<u8>(), 0, size);
            NonNull::new(ffi::msilo_shim_lock_init(lock.as_ptr()))?;
        }
        Some(Self { lock, values, count, held: Cell::new(false) })
    }

    /// Does something with the values while no other process can. `None` when this process is doing so already.
    pub fn with<R>(&self, work: impl FnOnce(&mut [T]) -> R) -> Option<R> {
        if self.held.replace(true) {
            return None;
        }
        let _held = Held::take(self);
        // SAFETY: zeroed in `create`, never freed while the server runs, and ours while the lock is held.
        Some(work(unsafe { std::slice::from_raw_parts_mut(self.values.as_ptr(), self.count) }))
    }
}

/// The lock, held; given back even when the work panics.
struct Held<'a, T>(&'a Locked<T>);

impl<'a, T> Held<'a, T> {
    fn take(locked: &'a Locked<T>) -> Self {
        // SAFETY: initialised in `create`, and not held by this process.
        unsafe { ffi::msilo_shim_lock_get(locked.lock.as_ptr()) };
        Self(locked)
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // SAFETY: taken in `take`.
        unsafe { ffi::msilo_shim_lock_release(self.0.lock.as_ptr()) };
        self.0.held.set(false);
    }
}
