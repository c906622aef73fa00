//! AVPs: values that the script attaches to a transaction (`core/usr_avp.h`).

use std::mem::MaybeUninit;

use crate::ffi;
use crate::host::str::{bytes, Lent};

/// The name of an AVP, looked up once.
pub struct AvpName {
    name: ffi::int_str,
    flags: u32,
}

// SAFETY: single thread; the name points to memory that the server never frees and is only read.
unsafe impl Sync for AvpName {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for AvpName {}

impl AvpName {
    /// Parses a definition like `$avp(name)`; `None` when it is none, or one whose name is not fixed.
    pub fn parse(definition: &'static [u8]) -> Option<Self> {
        let mut text = Lent::new(definition);
        let mut spec = MaybeUninit::<ffi::pv_spec_t>::zeroed();
        // SAFETY: all zeroes is a value of the struct, which the parser fills; it keeps pointers into the text,
        // which is static.
        let end = unsafe { ffi::pv_parse_spec2(text.as_ptr(), spec.as_mut_ptr(), 1) };
        // SAFETY: zeroed above, so every field has a value.
        let mut spec = unsafe { spec.assume_init() };
        if end.is_null() || spec.type_ != ffi::PVT_AVP {
            return None;
        }
        let mut name = ffi::int_str { s: Lent::new(b"").raw() };
        let mut flags = 0;
        // SAFETY: without a message the server refuses names that depend on one, and else fills both.
        let got = unsafe { ffi::pv_get_avp_name(std::ptr::null_mut(), &mut spec.pvp, &mut name, &mut flags) };
        (got == 0).then(|| Self { name, flags: flags.into() })
    }

    /// The text in the AVP now; `None` when it is not set or is a number.
    pub fn text(&self) -> Option<Vec<u8>> {
        let mut value = ffi::int_str { s: Lent::new(b"").raw() };
        // SAFETY: the name came from the server; the AVP lists belong to this process.
        let avp = unsafe { ffi::search_first_avp(self.flags as _, self.name, &mut value, std::ptr::null_mut()) };
        // SAFETY: an AVP that was found stays while nobody changes the list.
        if avp.is_null() || unsafe { ffi::msilo_shim_is_avp_str_val(avp) } == 0 {
            return None;
        }
        // SAFETY: the AVP is a text, so that is the member of the union; it is copied at once.
        Some(unsafe { bytes(&value.s) }.to_vec())
    }
}
