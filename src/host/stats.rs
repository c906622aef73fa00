//! The module's statistics (`core/counters.h`).

use std::cell::UnsafeCell;
use std::ffi::{c_int, CStr};

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
pub const NAMES: [(&CStr, Counter); 9] = [
    (c"stored_messages", Counter::StoredMessages),
    (c"dumped_messages", Counter::DumpedMessages),
    (c"failed_messages", Counter::FailedMessages),
    (c"dumped_reminders", Counter::DumpedReminders),
    (c"failed_reminders", Counter::FailedReminders),
    (c"expired_messages", Counter::ExpiredMessages),
    (c"refused_messages", Counter::RefusedMessages),
    (c"retransmissions", Counter::Retransmissions),
    (c"claims_lost", Counter::ClaimsLost),
];

static HANDLES: [StatHandle; NAMES.len()] = [const { StatHandle::unset() }; NAMES.len()];

/// A statistic whose value is asked for when it is read: its name, and the function that gives it.
pub type Gauge = (&'static CStr, unsafe extern "C" fn() -> ffi::counter_val_t);

/// Registers the statistics in the group `msilo`, those of C first. The server calls the functions of `gauges` in whatever
/// process reads them.
///
/// # Errors
/// When the server does not accept them.
pub fn register(gauges: &[Gauge]) -> Result<(), &'static str> {
    let end = ffi::stat_export_t { name: std::ptr::null_mut(), flags: 0, stat_pointer: std::ptr::null_mut() };
    let counters = NAMES.iter().zip(&HANDLES).map(|((name, _), handle)| ffi::stat_export_t {
        name: name.as_ptr().cast_mut(),
        flags: 0,
        stat_pointer: handle.0.get(),
    });
    let gauges = gauges.iter().map(|(name, function)| ffi::stat_export_t {
        name: name.as_ptr().cast_mut(),
        flags: ffi::STAT_IS_FUNC as _,
        // With that flag the server takes the pointer for that of a function.
        stat_pointer: *function as *mut *mut ffi::stat_var,
    });
    let mut table: Vec<_> = counters.chain(gauges).chain([end]).collect();
    // SAFETY: the names are static, the handles are static, and the list ends with an entry without a name; the
    // server reads the list during the call only.
    match unsafe { ffi::register_module_stats(c"msilo".as_ptr().cast_mut(), table.as_mut_ptr()) } {
        0 => Ok(()),
        _ => Err("the server does not take the statistics of the module"),
    }
}

/// Adds one to a statistic.
pub fn count(counter: Counter) {
    add(counter, 1);
}

/// Adds so many to a statistic.
pub fn add(counter: Counter, count: u64) {
    let handle = NAMES.iter().zip(&HANDLES).find(|((_, named), _)| *named == counter);
    if let Some((_, handle)) = handle {
        let count = c_int::try_from(count).unwrap_or(c_int::MAX);
        // SAFETY: written during start-up, never after.
        let statistic = unsafe { *handle.0.get() };
        if !statistic.is_null() {
            // SAFETY: a handle that the server gave out; adding to it is atomic between processes.
            unsafe { ffi::msilo_shim_update_stat(statistic, count) }
        }
    }
}
