//! Log lines of the module, independent of where they go.
//!
//! The core in [`crate::silo`] must not know the server, yet it has things to tell the administrator.
//! It calls the macros `lm_crit!` … `lm_dbg!` (named after Kamailio's `LM_CRIT` … `LM_DBG`), and whoever
//! started the module has said with [`set_sink`] where lines go: the server's own log in production,
//! nowhere in a unit test.

use std::fmt;
use std::time::Duration;

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

/// Lets one line a second through, and counts the others: a database that is away is the same news for every message.
#[derive(Debug, Default)]
pub struct Throttle {
    next: Duration,
    left_out: u64,
}

/// How many lines were left out before this one. It is the end of that line, and empty when there were none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut(u64);

impl LeftOut {
    /// For lines of which none is left out.
    pub const NONE: Self = Self(0);
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (1 similar line left out before)"),
            count => write!(f, " ({count} similar lines left out before)"),
        }
    }
}

impl Throttle {
    const PAUSE: Duration = Duration::from_secs(1);

    /// Nothing was left out yet.
    pub const fn new() -> Self {
        Self { next: Duration::ZERO, left_out: 0 }
    }

    /// Whether a line may be written at `now`, and how it ends.
    pub fn pass(&mut self, now: Duration) -> Option<LeftOut> {
        if now < self.next {
            self.left_out += 1;
            return None;
        }
        self.next = now.saturating_add(Self::PAUSE);
        Some(LeftOut(std::mem::take(&mut self.left_out)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_passes_and_says_how_many_did_not() {
        let mut throttle = Throttle::new();
        let mut line = |millis| throttle.pass(Duration::from_millis(millis)).map(|left_out| left_out.to_string());
        assert_eq!(line(0).unwrap(), "");
        assert_eq!((line(1), line(999)), (None, None));
        assert_eq!(line(1000).unwrap(), " (2 similar lines left out before)");
        assert_eq!(line(1999), None);
        assert_eq!(line(5000).unwrap(), " (1 similar line left out before)");
        assert_eq!(line(9000).unwrap(), "");
    }
}
