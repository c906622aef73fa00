//! Tests of what this machine does not have, or of another database: they say so on the terminal, and pass. Where
//! `MSILO_TEST_SKIP_NOTHING` is set, as in the containers, what this machine does not have fails instead.

use std::cell::Cell;
use std::env;
use std::io::{self, Write};
use std::thread;

use crate::harness::{database_under_test, second_pass, system_modules, Kind};

thread_local! {
    /// Whether the running test was left out: each test has a thread of its own.
    static LEFT_OUT: Cell<bool> = const { Cell::new(false) };
}

/// Whether the running test has said that it is left out, so that its coming to an end means nothing.
pub fn is_left_out() -> bool {
    LEFT_OUT.get()
}

/// Whether the server has that module; says so when it does not.
pub fn has_module(name: &str) -> bool {
    let file = system_modules().join(format!("{name}.so"));
    file.exists() || missing(&format!("the server has no {name}.so: install the package with it"))
}

/// Says why the running test is left out. Gives `false`.
pub fn missing(reason: &str) -> bool {
    assert!(env::var_os("MSILO_TEST_SKIP_NOTHING").is_none(), "{reason}");
    skipped(reason);
    false
}

/// Whether the running test is about the database under test; says so when it is not.
pub fn only_on(kinds: &[Kind], reason: &str) -> bool {
    let kind = database_under_test();
    let meant = kinds.contains(&kind);
    if !meant {
        skipped(&format!("not on {kind:?}: {reason}"));
    }
    meant
}

/// Whether the database under test knows SQL; says so when it does not. The test changes the table by SQL.
pub fn with_sql() -> bool {
    only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "the test changes the table by SQL")
}

/// Whether messages take the way through the address of record, which the running test is about; says why not when the
/// suite runs with delivery to contacts.
pub fn through_the_address_of_record(reason: &str) -> bool {
    let through = !second_pass();
    if !through {
        skipped(&format!("not where messages go straight to the contacts: {reason}"));
    }
    through
}

/// Says that the running test is left out, and why.
pub fn skipped(reason: &str) {
    LEFT_OUT.set(true);
    let thread = thread::current();
    let line = format!("SKIPPED {}: {reason}\n", thread.name().unwrap_or("a test"));
    // Not by a macro: what those print of a test that passes is not shown. In one write: these lines are counted, and other
    // tests print theirs between two.
    let _ = io::stderr().write_all(line.as_bytes());
}
