//! The module's statistics (`core/counters.h`).

use std::cell::UnsafeCell;
use std::ffi::CStr;

use crate::ffi;
use crate::silo::delivery::server::Counter;

/// Where the server leaves the handle of one statistic.
pub struct StatHandle(UnsafeCell<*mut ffi::stat_var>);

// SAFETY: written once by `register` during start-up, only read after that.
unsafe impl Sync for StatHandle {}

impl StatHandle {
    const fn unset() -> Self {
        Self(UnsafeCell::new(std::ptr::null_mut()))
    }
}

/// Names as the server shows them, in the order of [`Counter`].
pub const NAMES: [(&CStr, Counter); 5] = [
    (c"stored_messages", Counter::StoredMessages),
    (c"dumped_messages", Counter::DumpedMessages),
    (c"failed_messages", Counter::FailedMessages),
    (c"dumped_reminders", Counter::DumpedReminders),
    (c"failed_reminders", Counter::FailedReminders),
];

static HANDLES: [StatHandle; 5] = [const { StatHandle::unset() }; 5];

/// Registers the five statistics in the group `msilo`.
///
/// # Errors
/// When the server does not accept them.
pub fn register() -> Result<(), &'static str> {
    let end = ffi::stat_export_t { name: std::ptr::null_mut(), flags: 0, stat_pointer: std::ptr::null_mut() };
    let mut table = [end; NAMES.len() + 1];
    for ((entry, (name, _)), handle) in table.iter_mut().zip(NAMES).zip(&HANDLES) {
        *entry = ffi::stat_export_t { name: name.as_ptr().cast_mut(), flags: 0, stat_pointer: handle.0.get() };
    }
    // SAFETY: the names are static, the handles are static, and the list ends with an entry without a name; the
    // server reads the list during the call only.
    match unsafe { ffi::register_module_stats(c"msilo".as_ptr().cast_mut(), table.as_mut_ptr()) } {
        0 => Ok(()),
        _ => Err("the server does not take the statistics of the module"),
    }
}

/// Adds one to a statistic.
pub fn count(counter: Counter) {
    let handle = NAMES.iter().zip(&HANDLES).find(|((_, named), _)| *named == counter);
    if let Some((_, handle)) = handle {
        // SAFETY: written during start-up, never after.
        let statistic = unsafe { *handle.0.get() };
        if !statistic.is_null() {
            // SAFETY: a handle that the server gave out; adding to it is atomic between processes.
            unsafe { ffi::msilo_shim_update_stat(statistic, 1) }
        }
    }
}
