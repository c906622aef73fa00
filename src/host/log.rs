//! The server's own log (`core/dprint.h`).

use std::ffi::c_int;

use crate::ffi;
use crate::log::{Level, Sink};

/// Writes to wherever the server writes, with its levels and prefixes.
pub struct ServerLog;

impl Sink for ServerLog {
    fn enabled(&self, level: Level) -> bool {
        // SAFETY: reads the level of this process; valid since the module was loaded.
        unsafe { ffi::msilo_shim_log_enabled(level as c_int) != 0 }
    }

    fn write(&self, level: Level, line: &str) {
        let length = c_int::try_from(line.len()).unwrap_or(c_int::MAX);
        // SAFETY: pointer and length are those of a living text; the format string is the shim's own.
        unsafe { ffi::msilo_shim_log(level as c_int, std::ptr::null(), line.as_ptr().cast(), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_are_those_of_the_server() {
        use Level::{Critical, Debug, Error, Info, Warning};
        let ours = [Critical, Error, Warning, Info, Debug].map(|level| level as c_int);
        assert_eq!(ours, [ffi::L_CRIT2, ffi::L_ERR, ffi::L_WARN, ffi::L_INFO, ffi::L_DBG]);
    }
}
