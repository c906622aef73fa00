//! Log lines of the module, independent of where they go.
//!
//! The core in [`crate::silo`] must not know the server, yet it has things to tell the administrator.
//! It calls the macros `lm_crit!` … `lm_dbg!` (named after Kamailio's `LM_CRIT` … `LM_DBG`), and whoever
//! started the module has said with [`set_sink`] where lines go: the server's own log in production,
//! nowhere in a unit test.

use once_cell::sync::OnceCell;

/// Severity of a line, with the numbers of Kamailio's `core/dprint.h`: those of its macros `LM_CRIT` … `LM_DBG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Something that must not happen did; a request was lost to it.
    Critical = -3,
    /// An operation failed and the administrator may have to act.
    Error = -1,
    /// Something is odd, the module goes on.
    Warning = 0,
    /// Worth knowing once.
    Info = 2,
    /// For whoever hunts a problem.
    Debug = 3,
}

/// Where log lines go.
pub trait Sink: Sync {
    /// Whether a line of this level would be written at all; asked before a line is formatted.
    fn enabled(&self, level: Level) -> bool;
    /// Writes one line, given without its line end.
    fn write(&self, level: Level, line: &str);
}

static SINK: OnceCell<&'static dyn Sink> = OnceCell::new();

/// Says where lines go from now on. The first call wins.
pub fn set_sink(sink: &'static dyn Sink) {
    let _ = SINK.set(sink);
}

/// Formats and writes a line if somebody wants it. Use the macros instead.
pub fn write(level: Level, line: std::fmt::Arguments<'_>) {
    if let Some(sink) = SINK.get() {
        if sink.enabled(level) {
            sink.write(level, &line.to_string());
        }
    }
}

/// Logs at the level of Kamailio's `LM_CRIT`.
#[macro_export]
macro_rules! lm_crit { ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Critical, format_args!($($arg)*)) } }
/// Logs at the level of Kamailio's `LM_ERR`.
#[macro_export]
macro_rules! lm_err { ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Error, format_args!($($arg)*)) } }
/// Logs at the level of Kamailio's `LM_WARN`.
#[macro_export]
macro_rules! lm_warn { ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Warning, format_args!($($arg)*)) } }
/// Logs at the level of Kamailio's `LM_INFO`.
#[macro_export]
macro_rules! lm_info { ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Info, format_args!($($arg)*)) } }
/// Logs at the level of Kamailio's `LM_DBG`.
#[macro_export]
macro_rules! lm_dbg { ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Debug, format_args!($($arg)*)) } }
