//! Texts with pseudo-variables: in module parameters and in the arguments of functions (`core/pvar.h`,
//! `core/mod_fix.h`).

use std::ffi::{c_char, c_int, CStr};

use crate::ffi;
use crate::host::sip::msg::Request;
use crate::host::str::{bytes, Lent};

/// A text with pseudo-variables in it, parsed once.
pub struct Format {
    elements: ffi::pv_elem_p,
}

// SAFETY: single thread; the elements are only read after they were parsed.
unsafe impl Sync for Format {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Format {}

impl Format {
    /// Parses the text of a module parameter; `None` when a pseudo-variable in it does not exist.
    pub fn parse(text: &'static CStr) -> Option<Self> {
        let mut elements: ffi::pv_elem_p = std::ptr::null_mut();
        let mut text = Lent::new(text.to_bytes());
        // SAFETY: the parser keeps pointers into the text, which is static.
        let parsed = unsafe { ffi::pv_parse_format(text.as_ptr(), &mut elements) };
        (parsed == 0 && !elements.is_null()).then_some(Self { elements })
    }

    /// The text with the values that the variables have for this request; `None` when they have none.
    pub fn print(&self, request: &Request<'_>) -> Option<Vec<u8>> {
        let mut text = ffi::str_ { s: std::ptr::null_mut(), len: 0 };
        // SAFETY: message: the request is alive; the elements were parsed by the server.
        let printed = unsafe { ffi::pv_printf_s(request.as_ptr(), self.elements, &mut text) };
        // SAFETY: the text is in a buffer of the server that is used again later, so it is copied at once.
        (printed >= 0).then(|| unsafe { bytes(&text) }.to_vec())
    }
}

/// The value of a function argument that was prepared by one of the server's `fixup_spve_*`.
///
/// # Safety
/// `argument` must be what that fixup left of the argument.
pub unsafe fn argument(request: &Request<'_>, argument: *mut c_char) -> Option<Vec<u8>> {
    let mut text = ffi::str_ { s: std::ptr::null_mut(), len: 0 };
    // SAFETY: message: the request is alive; the caller vouches for the argument.
    let got: c_int = unsafe { ffi::get_str_fparam(&mut text, request.as_ptr(), argument.cast()) };
    // SAFETY: the text is in the script or in a buffer of the server; it is copied at once.
    (got == 0).then(|| unsafe { bytes(&text) }.to_vec())
}
