//! Numbers in memory that all processes share, each changed in one step and without a lock.

use std::mem::{align_of, size_of};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use crate::ffi;

/// Atomic numbers in shared memory.
pub struct Words {
    words: NonNull<AtomicU64>,
    count: usize,
}

// SAFETY: atomics, which any thread and any process may change; the memory is never freed.
unsafe impl Sync for Words {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Words {}

impl Words {
    /// So many zeroes; in `mod_init`, so that every process gets them. `None` when there is not enough shared memory.
    pub fn create(count: usize) -> Option<Self> {
        const { assert!(align_of::<AtomicU64>() <= 8, "what the server's allocator aligns to") };
        let size = size_of::<AtomicU64>().checked_mul(count)?.max(1);
        // SAFETY: the server's allocator; NULL when there is not enough.
        let words = NonNull::new(unsafe { ffi::msilo_shim_shm_malloc(size) }.cast::<AtomicU64>())?;
        // SAFETY: fresh memory of that size, and all zeroes is a value of an atomic number.
        unsafe { std::ptr::write_bytes(words.as_ptr().cast::<u8>(), 0, size) };
        Some(Self { words, count })
    }
}

impl Deref for Words {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: made in `create` and never freed while the server runs; atomics may be changed by others meanwhile.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr(), self.count) }
    }
}
