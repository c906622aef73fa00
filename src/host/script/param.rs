//! Storage that the server's config parser writes module parameters into.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_void, CStr};

use crate::ffi::str_;
use crate::host::str::bytes;

/// A parameter, where the server can write it.
pub struct Param<T>(UnsafeCell<T>);

// SAFETY: start-up: only the config parser writes, before anything reads, and both on the same thread.
unsafe impl<T> Sync for Param<T> {}

/// A parameter of the server's type PARAM_INT.
pub type IntParam = Param<c_int>;
/// A parameter of the server's type PARAM_STR: a `str`.
pub type StrParam = Param<str_>;
/// A parameter of the server's type PARAM_STRING: a C string.
pub type StringParam = Param<*mut c_char>;

impl<T> Param<T> {
    /// Where the server writes the value.
    pub const fn place(&self) -> *mut c_void {
        self.0.get().cast()
    }
}

impl IntParam {
    /// A number with its default.
    pub const fn new(default: c_int) -> Self {
        Self(UnsafeCell::new(default))
    }

    /// What the config says, or the default.
    pub fn get(&self) -> c_int {
        // SAFETY: see `Sync`.
        unsafe { *self.0.get() }
    }
}

impl StrParam {
    /// A text with its default.
    pub const fn new(default: &'static CStr) -> Self {
        // The length of a literal in this crate always fits.
        let len = default.count_bytes() as c_int;
        Self(UnsafeCell::new(str_ { s: default.as_ptr().cast_mut(), len }))
    }

    /// A text that is not set unless the config sets it.
    pub const fn unset() -> Self {
        Self(UnsafeCell::new(str_ { s: std::ptr::null_mut(), len: 0 }))
    }

    /// What the config says, or the default; `None` when there is neither.
    pub fn get(&self) -> Option<&'static [u8]> {
        // SAFETY: see `Sync`.
        let text = unsafe { *self.0.get() };
        // SAFETY: start-up: the server keeps the text of a parameter for ever.
        (!text.s.is_null()).then(|| unsafe { bytes(&text) })
    }
}

impl StringParam {
    /// A text that is not set unless the config sets it.
    pub const fn unset_string() -> Self {
        Self(UnsafeCell::new(std::ptr::null_mut()))
    }

    /// What the config says; `None` when it says nothing.
    pub fn get(&self) -> Option<&'static CStr> {
        // SAFETY: see `Sync`.
        let text = unsafe { *self.0.get() };
        // SAFETY: start-up: the server keeps the text of a parameter, which ends with a NUL, for ever.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
    }
}
