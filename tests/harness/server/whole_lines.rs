//! The server's log in whole lines.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

/// A library that, preloaded into the server, has it write what it logs at once: see its source. `None` where
/// no C compiler is found; then lines of several processes may mix.
pub(in crate::harness) fn library() -> Option<&'static [u8]> {
    static LIBRARY: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let compile = || {
        let dir = tempfile::tempdir().ok()?;
        let (source, library) = (dir.path().join("whole_lines.c"), dir.path().join("whole_lines.so"));
        fs::write(&source, include_str!("whole_lines.c")).ok()?;
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).output();
        compiled.ok().filter(|output| output.status.success()).and_then(|_| fs::read(&library).ok())
    };
    LIBRARY.get_or_init(compile).as_deref()
}
