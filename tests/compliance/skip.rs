//! Tests of what this machine does not have: they say so on the terminal, and pass. Where `MSILO_TEST_SKIP_NOTHING` is
//! set, as in the containers, they fail instead.

use std::env;
use std::io::{self, Write};
use std::thread;

use crate::harness::system_modules;

/// Whether the server has that module; says so when it does not.
pub fn has_module(name: &str) -> bool {
    let file = system_modules().join(format!("{name}.so"));
    file.exists() || missing(&format!("the server has no {name}.so: install the package with it"))
}

/// Says why the running test is left out. Gives `false`.
pub fn missing(reason: &str) -> bool {
    assert!(env::var_os("MSILO_TEST_SKIP_NOTHING").is_none(), "{reason}");
    let thread = thread::current();
    // Not by a macro: what those print of a test that passes is not shown.
    let _ = writeln!(io::stderr(), "SKIPPED {}: {reason}", thread.name().unwrap_or("a test"));
    false
}
