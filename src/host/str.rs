//! Kamailio's `str`: a pointer and a length, without owner and without NUL (`core/str.h`).

use std::ffi::{c_char, c_int};
use std::marker::PhantomData;

use crate::ffi::str_;

/// The bytes of a `str`; none when it is empty or has no memory.
///
/// # Safety
/// Its memory must hold that many bytes, unchanged, for `'a`.
pub unsafe fn bytes<'a>(text: &str_) -> &'a [u8] {
    match usize::try_from(text.len) {
        Ok(length) if length > 0 && !text.s.is_null() => {
            // SAFETY: the caller vouches for pointer, length and lifetime.
            unsafe { std::slice::from_raw_parts(text.s.cast::<u8>(), length) }
        }
        _ => &[],
    }
}

/// A `str` with a value in its padding, too: the server copies it into shared memory as a whole.
#[repr(C)]
struct Padded {
    s: *mut c_char,
    len: c_int,
    padding: c_int,
}

/// A `str` that lends Rust bytes to a function of the server.
pub struct Lent<'a> {
    text: Padded,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Lent<'a> {
    /// Lends these bytes. The functions they are lent to take `char *` and only read it.
    ///
    /// Text longer than a C `int` can say is cut to nothing; no buffer of the server can hold such a text.
    pub fn new(bytes: &'a [u8]) -> Self {
        let len = c_int::try_from(bytes.len()).unwrap_or(0);
        Self { text: Padded { s: bytes.as_ptr().cast::<c_char>().cast_mut(), len, padding: 0 }, bytes: PhantomData }
    }

    /// The pointer that goes to C, good while this value is.
    pub fn as_ptr(&mut self) -> *mut str_ {
        const { assert!(size_of::<Padded>() >= size_of::<str_>() && align_of::<Padded>() >= align_of::<str_>()) };
        std::ptr::from_mut(&mut self.text).cast::<str_>()
    }

    /// The plain value, for structs that hold a `str` rather than a pointer to it; good while `bytes` is.
    pub fn raw(&self) -> str_ {
        str_ { s: self.text.s, len: self.text.len }
    }
}
