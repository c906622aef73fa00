//! Runtime settings of the server and its modules (`core/cfg/cfg_struct.h`).

use std::ffi::c_int;
use std::ptr::NonNull;
use std::time::Duration;

use super::str::{bytes, Lent};
use crate::ffi;

/// The part of a definition's type that says what the value is (`CFG_VAR_MASK`).
const KIND: u32 = (1 << ffi::CFG_INPUT_SHIFT) - 1;

/// How long tm gives a request of ours at most, whatever else it is told: its `max_noninv_lifetime`. `None` where tm has
/// no such setting.
pub fn longest_transaction() -> Option<Duration> {
    let millis = u64::try_from(int(b"tm", b"max_noninv_lifetime")?).ok()? * 1000 / u64::from(ffi::TIMER_TICKS_HZ);
    Some(Duration::from_millis(millis))
}

/// The core parameter `server_id`: which of several servers this is.
pub fn server_id() -> c_int {
    // SAFETY: set while the config is read, before any module starts.
    unsafe { ffi::server_id }
}

/// A setting that is a number; `None` where there is no such one.
pub fn int(group: &[u8], name: &[u8]) -> Option<c_int> {
    // SAFETY: a setting of this kind is an int.
    Some(unsafe { value(group, name, ffi::CFG_VAR_INT)?.cast::<c_int>().read() })
}

/// A setting that is a text; `None` where there is no such one.
pub fn text(group: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    // SAFETY: a setting of this kind is a `str`, which stays until this process takes over changes the next time.
    Some(unsafe { bytes(&value(group, name, ffi::CFG_VAR_STR)?.cast::<ffi::str_>().read()) }.to_vec())
}

/// Where the value of a setting of this kind lies.
fn value(group: &[u8], name: &[u8], kind: u32) -> Option<NonNull<u8>> {
    let (mut group_name, mut name) = (Lent::new(group), Lent::new(name));
    let (mut group, mut variable) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the server reads the lent names, and points to its own tables, which stay for ever.
    unsafe {
        if ffi::cfg_lookup_var(group_name.as_ptr(), name.as_ptr(), &mut group, &mut variable) != 0 {
            return None;
        }
        let variable = variable.as_ref()?;
        if variable.def.as_ref()?.type_ & KIND != kind {
            return None;
        }
        // The values of a group lie in one struct, to which its handle leads.
        let values = NonNull::new(*group.as_ref()?.handle.as_ref()?)?;
        Some(values.cast::<u8>().add(usize::try_from(variable.offset).ok()?))
    }
}
